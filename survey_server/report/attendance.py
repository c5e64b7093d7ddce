"""Who took part, in which role, and from when to when; and how the survey went."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from survey_server.report.document import Facts, Lines, Table, Words
from survey_server.report.words import NOBODY, ROLE, moment, on_the_line
from survey_server.survey.chronicle import ENDED
from survey_server.survey.events import Consented, Entry, Joined, Left, ServerRestarted
from survey_server.survey.survey import Participant, Survey
from survey_server.wire.basics import Text

_STRETCHES: Final = 12
"""Times of presence that are listed one by one; who came and went more often has the rest counted."""


def people(survey: Survey, entries: Sequence[Entry]) -> Table:
    """One row a person."""
    return Table(
        [2, 2.6, 2.2, 4.4],
        [
            Text("姓名", "Name"),
            Text("身份", "Role"),
            Text("同意告知", "Agreed to the notice"),
            Text("页面在线时段", "Page open"),
        ],
        [
            [person.name, _role(person), moment(_agreed(entries, person.id)), Lines(_presence(entries, person.id))]
            for person in survey.participants.values()
        ],
    )


def _role(person: Participant) -> Text:
    role, of = ROLE[person.role], person.department
    return role if of is None else Text(f"{role.zh}，{of.zh}", f"{role.en}, {of.en}")


def _agreed(entries: Sequence[Entry], participant: str) -> datetime | None:
    return next(
        (
            entry.at
            for entry in entries
            if isinstance(entry.event, Consented) and entry.event.participant == participant
        ),
        None,
    )


def presence(entries: Sequence[Entry], participant: str) -> Iterator[tuple[datetime, datetime | None]]:
    """The times in which a person's page was connected; the last without an end if it still is."""
    since: datetime | None = None
    for entry in entries:
        match entry.event:
            case Joined(participant=who) if who == participant:
                since = since or entry.at
            case Left(participant=who) if who == participant and since is not None:
                yield since, entry.at
                since = None
            case ServerRestarted() if since is not None:
                yield since, entry.at
                since = None
            case _:
                pass
    if since is not None:
        yield since, None


def _presence(entries: Sequence[Entry], participant: str) -> list[Words]:
    stretches = list(presence(entries, participant))
    told: list[Words] = [_stretch(*one) for one in stretches[:_STRETCHES]]
    if (more := len(stretches) - _STRETCHES) > 0:
        told.append(Text(f"另有 {more} 段，见流水", f"and {more} more times, see the journal"))
    return told or [Text("未进入", "never came")]


def _stretch(since: datetime, until: datetime | None) -> Text:
    if until is None:
        return Text(f"{moment(since)} 起，至本笔录生成时在线", f"from {moment(since)}, still there when this was made")
    return Text(f"{moment(since)} 至 {moment(until)}", f"{moment(since)} to {moment(until)}")


def course(survey: Survey) -> Facts:
    """When it was held and how it ended."""
    if survey.mode == "upload_only":
        rounds: list[Words] = [moment(at) for at in survey.material.submissions]
        return Facts([
            (Text("提交资料", "Material submitted"), Lines(list(rounds)) if rounds else NOBODY),
            (Text("收集结束", "Collecting ended"), moment(survey.ended_at)),
        ])  # fmt: skip
    length = None
    if survey.started_at is not None and survey.ended_at is not None:
        length = (survey.ended_at - survey.started_at).total_seconds()
    return Facts([
        (Text("录制开始", "Recording began"), moment(survey.started_at)),
        (Text("录制结束", "Recording ended"), moment(survey.ended_at)),
        (Text("时长", "Length"), on_the_line(length)),
        (Text("结束方式", "How it ended"), NOBODY if survey.end is None else ENDED[survey.end]),
    ])  # fmt: skip
