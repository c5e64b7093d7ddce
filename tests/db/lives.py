"""A survey's life in journal lines, as far as the database cares."""

from datetime import UTC, datetime, timedelta

from survey_server.survey.events import Applied, Decided, Entry, Invited, ItemRecord
from survey_server.survey.items import load_items
from survey_server.survey.step import rebuild
from survey_server.survey.survey import Survey
from survey_server.wire.basics import Site, Text, Window

T0 = datetime(2026, 11, 22, 1, tzinfo=UTC)
ITEM = ItemRecord(load_items()["food-business"].view(), Text("法", "law"), 10)


def application(survey: str = "s1", at: datetime = T0) -> list[Entry]:
    window = Window(T0, T0 + timedelta(hours=8))
    applied = Applied("琼-1", ITEM, "ref", "某公司", Site(20, 110, 100), window)
    return [Entry(survey, 1, at, applied), Entry(survey, 2, at, Decided("admitted", "red", [], "d", "k", "h"))]


def invited(seq: int, name: str = "王", survey: str = "s1", at: datetime = T0) -> Entry:
    return Entry(survey, seq, at, Invited(f"p{seq}", "expert", name))


def with_lines(*entries: Entry, survey: str = "s1") -> Survey:
    """The survey after its application and these lines."""
    return rebuild([*application(survey), *entries])
