"""The applicant's word that they have read the record: of what they were shown, once it is there, and theirs alone."""

import pytest

from survey_server.survey.events import (
    Acknowledged,
    Concluded,
    Ended,
    LocksExtended,
    Reported,
    ReportFailed,
    ReportFile,
    Sealed,
    Signed,
    Started,
)
from survey_server.wire.from_person import AcknowledgeRecord
from tests.survey.test_life import T0, code, survey

FILES = [ReportFile("zh", "k1", "1" * 64, 9), ReportFile("en", "k2", "2" * 64, 9)]
SEAL = "5" * 64
OVER = [
    Started(), Ended("p2", "reviewer"), Sealed(1, "recording", "k", SEAL, 7), Signed("p2", "pass", ""),
    Signed("p3", "pass", ""), Concluded("pass", ["p2", "p3"]),
]  # fmt: skip
READ = AcknowledgeRecord(["1" * 64, "2" * 64], SEAL)
WORD = Acknowledged("p1", "pass", ["1" * 64, "2" * 64], SEAL)


def test_it_waits_for_the_record() -> None:
    assert code(survey(*OVER), "p1", READ) == "no_record"
    assert code(survey(*OVER, ReportFailed("x")), "p1", READ) == "no_record"
    assert code(survey(*OVER, Reported(12, FILES)), "p1", READ) is None


@pytest.mark.parametrize("person", ["p2", "p4"])
def test_it_is_the_applicants_alone(person: str) -> None:
    assert code(survey(*OVER, Reported(12, FILES)), person, READ) == "wrong_role"


@pytest.mark.parametrize(
    "read",
    [
        AcknowledgeRecord(["1" * 64], SEAL),
        AcknowledgeRecord(["2" * 64, "1" * 64], SEAL),
        AcknowledgeRecord(["1" * 64, "2" * 64], "6" * 64),
        AcknowledgeRecord([], SEAL),
    ],
)
def test_it_is_of_exactly_what_stands(read: AcknowledgeRecord) -> None:
    assert code(survey(*OVER, Reported(12, FILES)), "p1", read) == "other_record"


def test_after_the_case_seal_it_asks_for_an_addendum_and_before_it_does_not() -> None:
    made = survey(*OVER, Reported(12, FILES))
    lines = made.seq + 1
    before = survey(*OVER, Reported(12, FILES), WORD, Sealed(2, "case", "k", "h", lines), LocksExtended(T0))
    after = survey(*OVER, Reported(12, FILES), Sealed(2, "case", "k", "h", made.seq), LocksExtended(T0), WORD)
    meanwhile = survey(*OVER, Reported(12, FILES), WORD, Sealed(2, "case", "k", "h", made.seq), LocksExtended(T0))
    assert (before.unsealed, after.unsealed) == (False, True)
    assert meanwhile.unsealed, "it came while the case seal was made, which does not cover it"


def test_a_record_that_is_owed_keeps_the_case_open_until_its_addendum() -> None:
    owed = survey(*OVER, ReportFailed("x"), Sealed(2, "case", "k", "h", 12), LocksExtended(T0))
    assert owed.open
    assert not owed.unsealed
    late = survey(*OVER, ReportFailed("x"), Sealed(2, "case", "k", "h", 12), LocksExtended(T0), Reported(14, FILES))
    assert late.unsealed
    assert not late.report_owed
    told = survey(
        *OVER, ReportFailed("x"), Sealed(2, "case", "k", "h", 12), LocksExtended(T0), Reported(14, FILES),
        Sealed(3, "addendum", "k", "h", late.seq),
    )  # fmt: skip
    assert not told.open


def test_journals_of_versions_without_records_owe_none() -> None:
    assert not survey(*OVER, Sealed(2, "case", "k", "h", 0), LocksExtended(T0)).open
