"""What a record is about, read from its newest seal: whatever that holds."""

import random
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from survey_server.survey.about_record import AboutRecord, about_record
from tests.evidence_store.verify.maker import NODE, Log, Survey, conduct

members = st.sampled_from([
    "people", "id", "name", "zh", "en", "presence", "event", "at", "consent", "recording", "lanes", "tracks", "gaps",
    "coverage", "photos", "videos", "verdict", "result", "signatures", "participant", "department", "item", "subject",
    "site", "conclusion",
])  # fmt: skip
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(members, inner, max_size=8),
)


def newest(*, up_to_case: bool) -> dict[str, Any]:
    survey = Survey(Log(NODE), random.Random(1))
    conduct(survey, up_to_case=up_to_case)
    return survey.seals[-1][1]


@given(st.dictionaries(members, anything))
def test_of_any_shape_something_is_read_that_prints(manifest: dict[str, Any]) -> None:
    told = msgspec.to_builtins(about_record(manifest))
    assert msgspec.convert(told, AboutRecord)
    assert all(text.isprintable() for text in strings(told))


def strings(value: object) -> list[str]:
    match value:
        case str():
            return [value]
        case dict():
            return [text for one in value.values() for text in strings(one)]
        case list():
            return [text for one in value for text in strings(one)]
        case _:
            return []


def test_a_concluded_case_says_who_signed_what() -> None:
    about = about_record(newest(up_to_case=True))
    assert about.conclusion == "rectify"
    (signed,) = about.signatures
    assert (signed.person, signed.result, signed.reason, signed.department) == ("李审查", "rectify", "缺灭火器", None)
    assert [(one.name, bool(one.joined), bool(one.consented)) for one in about.people] == [
        ("王店长", True, True), ("李审查", True, True), ("周专家", True, False),
    ]  # fmt: skip
    assert (about.videos, about.video_verdicts) == (2, {"needs_review": 1})


def test_before_the_conclusion_there_is_none() -> None:
    about = about_record(newest(up_to_case=False))
    assert (about.conclusion, about.signatures) == ("", [])


def test_what_a_terminal_obeys_is_not_passed_on() -> None:
    about = about_record({"subject": {"name": "a\x1b[2Jb\u202ec\nd"}})
    assert about.subject == "a\ufffd[2Jb\ufffdc\ufffdd"
