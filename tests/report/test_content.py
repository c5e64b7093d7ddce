"""What the record says where a survey is not the usual one: by photos alone, closed early, in a flood of gaps."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from survey_server.report.attendance import presence
from survey_server.report.content import Sources, record
from survey_server.report.document import LANGUAGES, in_language
from survey_server.report.glyphs import printable
from survey_server.report.recording import Track
from survey_server.survey.draw_events import Candidate, Drawn, DrawOpened
from survey_server.survey.draws import Draw
from survey_server.survey.events import (
    AnyEvent,
    Applied,
    Concluded,
    Decided,
    Entry,
    Invited,
    ItemRecord,
    Joined,
    Left,
    MaterialSubmitted,
    OpinionGiven,
    PhotoReceived,
    PointAnswered,
    Sealed,
    ServerRestarted,
    ShotAsked,
    ShotExplained,
    Signed,
)
from survey_server.survey.survey import rebuild
from survey_server.wire.admission import Department
from survey_server.wire.basics import Site, Text, Window
from survey_server.wire.replay import Gap
from tests.report.sample import ITEM, T0, digest, sources

OPENED = DrawOpened(1, "expert", 1, [Candidate("A", "甲专家", "x"), Candidate("B", "乙专家", "x")], [], "00" * 32, T0)


def leaves(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for one in value.values():
                yield from leaves(one)
        case list():
            for one in value:
                yield from leaves(one)
        case _:
            pass


def said(of: Sources, language: Any = "zh") -> str:
    return "\n".join(leaves(in_language(record(of), language)))


def by_photos() -> Sources:
    item = ITEM
    view = item.view()
    fire, city = Department("消防救援局", "Fire and Rescue"), Department("综合行政执法局", "Urban Management")
    first, *others = [point.id for point in view.points]
    applied = Applied(
        "TK-9", ItemRecord(view, Text("法", "law"), "permanent"), "ref", "某店", Site(19, 110, 50),
        Window(T0, T0 + timedelta(hours=8)),
    )  # fmt: skip
    photo = PhotoReceived("001", "p1", "x", "upload", "k", digest("p"), 1, "image/jpeg", None, None, None, point=first)
    events: list[AnyEvent] = [
        applied, Decided("admitted", "red", [], digest("policy"), "k", digest("d"), "upload_only"),
        Invited("p1", "applicant", "吴"), Invited("p2", "reviewer", "林", fire), Invited("p3", "reviewer", "陈", city),
        photo, *(ShotExplained("p1", point, f"拍不了{point}") for point in others), MaterialSubmitted("p1"),
        Sealed(1, "recording", "k", digest("seal"), 20), ShotAsked("p2", first, "看不清门牌"),
        replace(photo, photo="002", sha256=digest("q")), MaterialSubmitted("p1"),
        PointAnswered("p2", first, "ok", "门牌清楚"), PointAnswered("p3", first, "unsure", "招牌偏大"),
        OpinionGiven("p2", "approve", ""), OpinionGiven("p3", "on_site", "请到现场"),
        Signed("p2", "refer_on_site", ""), Signed("p3", "refer_on_site", "到现场看招牌"),
        Concluded("refer_on_site", ["p2", "p3"]),
    ]  # fmt: skip
    entries = [Entry("s2", n + 1, T0 + timedelta(minutes=n), event) for n, event in enumerate(events)]
    return Sources(rebuild(entries), entries, [], set(), [], "", "takan")


def test_a_survey_by_photos_tells_each_departments_answers_and_opinion() -> None:
    told = said(by_photos())
    for words in (
        "上传照片，各部门分别审查", "消防救援局", "门牌清楚", "同意", "招牌偏大", "须现场核实", "请到现场",
        "结论：转现场核实", "到现场看招牌", "永久", "资料封存", digest("seal"), digest("p"), digest("q"), "未检查",
        "看不清门牌", "拍不了",
    ):  # fmt: skip
        assert words in told, words
    assert "覆盖率" not in told, "nothing was recorded, so nothing is said of it"
    assert "Referred to an on-site visit".lower() in said(by_photos(), "en").lower()


def test_who_sits_here_by_lot_is_named_with_the_draws_record() -> None:
    draws = (Draw(OPENED, T0, drawn=Drawn(1, ["B", "A"], "k", digest("draw"))), Draw(OPENED, T0))
    at = replace(sources(), survey=replace(sources().survey, draws=draws))
    told = said(at)
    assert "2 人中抽 1 名" in told
    assert "乙专家" in told
    assert "甲专家" not in told
    assert told.count(digest("draw")) == 1


def test_what_is_to_be_put_right_is_named_with_its_limit() -> None:
    survey = sources().survey
    point = survey.application.item.view.points[0]
    told = said(replace(sources(), survey=replace(survey, conclusion="rectify", rectify=(point.id,), rectify_days=10)))
    assert "结论：整改后复验" in told
    assert "10 个工作日" in told
    assert told.count(point.title.zh) == 2


def test_every_sentence_of_ours_is_in_the_chosen_language() -> None:
    for of in (by_photos(), sources()):
        documents = [list(leaves(in_language(record(of), language))) for language in LANGUAGES]
        assert len(documents[0]) == len(documents[1]), "both have the same parts"
        ours = [(zh, en) for zh, en in zip(*documents, strict=True) if zh != en]
        assert len(ours) > 60
        for zh, en in ours:
            assert any("\u4e00" <= one <= "\u9fff" for one in zh) or zh == "zh", (zh, en)


def test_a_line_full_of_holes_is_counted_where_it_can_not_be_listed() -> None:
    holes = [Gap(2.0 * n, 2.0 * n + 1, "video", "loss") for n in range(1000)]
    of = replace(sources(), tracks=[Track("p1", "video", 1.0, 50.0, holes)])
    told = said(of)
    assert "另有 800 条" in told
    assert said(of).count("网络丢包") == 200


def test_a_cause_of_a_later_version_is_told_as_it_was_written() -> None:
    of = replace(sources(), tracks=[Track("p1", "video", 1.0, 50.0, [Gap(1, 2, "video", "solar_flare")])])
    assert "solar_flare" in said(of)


def test_presence_is_from_the_first_page_to_the_last() -> None:
    def at(n: int, event: AnyEvent) -> Entry:
        return Entry("s", n, T0 + timedelta(seconds=n), event)

    entries = [
        at(1, Joined("p1", 0, "")), at(2, Joined("p1", 0, "")), at(3, Left("p2", "lost")), at(4, Left("p1", "lost")),
        at(5, Joined("p1", 0, "")), at(6, ServerRestarted()), at(7, Left("p1", "lost")), at(8, Joined("p1", 0, "")),
    ]  # fmt: skip
    seconds = [(since - T0, until and until - T0) for since, until in presence(entries, "p1")]
    assert seconds == [(timedelta(seconds=1), timedelta(seconds=4)), (timedelta(seconds=5), timedelta(seconds=6)),
                       (timedelta(seconds=8), None)]  # fmt: skip


def test_what_can_not_be_shown_is_written_as_its_number() -> None:
    has = frozenset(map(ord, "ab c-字"))
    assert printable("a字", has) == "a字"
    assert printable("😀\x00\u202e", has) == "[U+1F600][U+0000]\u200b[U+202E]"
    assert printable("a\tb\nc", has) == "a b\nc"
    long = printable("a" * 100, has)
    assert long.replace("\u200b", "") == "a" * 100
    assert max(map(len, long.split("\u200b"))) == 24
    assert printable("字" * 100, has) == "字" * 100
