"""What is to be done by whom until when: in a survey, about the gate's decision, about false material. Pure; the
screens show it, and reminders and lapses are made of it.

A limit in working days ends with its last day in China (`credit_gate.working_days`); `until` is the first moment that
is too late. An obligation is there only while it is to be done: what was done, or can't be done any more, has none.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

from credit_gate.feedback.feedback import Feedback
from credit_gate.feedback.life import State
from credit_gate.working_days import Calendar
from survey_server.survey.concluding import by_department
from survey_server.survey.life import WAITING
from survey_server.survey.life_rules import LIMITS, Limits
from survey_server.survey.material import name_of
from survey_server.survey.survey import Participant, Survey
from survey_server.wire.platform import Reminded, ReminderOf


class Party(Struct, frozen=True):
    """Who has to do it. `name` is told to officials only; `member` is who they are in the register, if drawn by lot."""

    who: Reminded
    name: str = ""
    member: str = ""


class Obligation(Struct, frozen=True):
    """One thing to be done. `key` is its own for ever among those of its survey or feedback: another appointment, or a
    period that began anew, is another one. `since` is when it came to be.
    """

    key: str
    of: ReminderOf
    by: tuple[Party, ...]
    since: datetime
    until: datetime | None
    """None: there is no limit, only people who wait."""
    weekends_only: tuple[int, ...] = ()


class Terms(Struct, frozen=True):
    """The periods of the house: working days in which an admitted survey is to begin (0: no such limit), and how long
    the collecting of photos may rest.
    """

    begin_days: int
    material: timedelta
    limits: Limits = LIMITS
    spared_until: datetime | None = None
    """Nothing has to begin before: people could not be reminded."""


APPLICANT = Party("applicant")
OFFICER = Party("officer")


def of_survey(survey: Survey, calendar: Calendar, terms: Terms) -> list[Obligation]:
    """What is to be done in this survey now."""
    found = [*_asked(survey), *_before(survey, calendar, terms), *_after(survey, calendar, terms)]
    days = 0 if survey.admission is None else survey.admission.time_limit_days
    if days and survey.state in (*WAITING, "in_session", "ended"):
        due = calendar.due(survey.created_at, days)
        found.append(Obligation("case", "case", (OFFICER,), survey.created_at, due.at, due.weekends_only))
    return found


def of_feedback(feedback: Feedback) -> list[Obligation]:
    """What is to be done about this finding of false material, within a period that was told to its subject."""
    told, asked = feedback.notified, feedback.repair
    if feedback.state is State.NOTIFIED and told is not None and feedback.notified_at is not None:
        return [Obligation("notice", "notice", (APPLICANT,), feedback.notified_at, told.due, told.weekends_only)]
    if feedback.state is State.REPAIRING and asked is not None and feedback.repair_at is not None:
        key = f"repair.{asked.application}"
        return [Obligation(key, "repair", (OFFICER,), feedback.repair_at, asked.due, asked.weekends_only)]
    return []


def _asked(survey: Survey) -> Iterator[Obligation]:
    """A person was asked to look at the gate's decision, whatever state that left the survey in."""
    look = survey.second_look
    if look is not None and look.answer is None:
        weekends_only = tuple(look.asked.weekends_only)
        yield Obligation("person", "person", (OFFICER,), look.asked_at, look.asked.due, weekends_only)


def _before(survey: Survey, calendar: Calendar, terms: Terms) -> Iterator[Obligation]:
    """Before a survey begins, in a call or by photos alone."""
    if survey.state not in WAITING:
        return
    acted = survey.acted_at or survey.created_at
    if survey.mode == "upload_only":
        yield Obligation(_from("material", acted), "material", (APPLICANT,), acted, acted + terms.material)
        return
    meeting = survey.appointment
    if meeting is not None:
        people = tuple(_party(one) for one in survey.participants.values() if _counts(survey, one))
        panel = [one for one in people if one.who != "applicant"]
        by = (APPLICANT, *(panel or [OFFICER]))
        yield Obligation(f"appointment.{meeting.number}", "appointment", by, meeting.at, meeting.start)
    if terms.begin_days:
        since = max(acted, survey.application.window.end)
        due = calendar.due(since, terms.begin_days)
        until = due.at if terms.spared_until is None else max(due.at, terms.spared_until)
        yield Obligation(_from("begin", since), "begin", (APPLICANT,), since, until, due.weekends_only)


def _after(survey: Survey, calendar: Calendar, terms: Terms) -> Iterator[Obligation]:
    """After it: what the panel owes, what the applicant has to put right, an appeal's answer."""
    if survey.state == "ended":
        of, by = _awaited(survey)
        handed_in = survey.material.submissions[-1:]
        since = max([one for one in (survey.ended_at, *handed_in) if one is not None], default=None)
        if by and since is not None:
            yield Obligation(_from(of, since), of, by, since, None)
    if _to_rectify(survey) and survey.concluded_at is not None and survey.rectify_days is not None:
        due = calendar.due(survey.concluded_at, survey.rectify_days)
        yield Obligation("rectify", "rectify", (APPLICANT,), survey.concluded_at, due.at, due.weekends_only)
    if survey.state == "appealed" and survey.appeal is not None:
        due = calendar.due(survey.appeal.at, terms.limits.appeal_answer_days)
        yield Obligation("appeal", "appeal", (OFFICER,), survey.appeal.at, due.at, due.weekends_only)


def _to_rectify(survey: Survey) -> bool:
    """Not while the conclusion is under appeal, nor if the appeal put another way in its place."""
    stands = survey.appeal is None or survey.appeal.result == "stands"
    return survey.state == "concluded" and survey.conclusion == "rectify" and stands and not survey.re_surveys


def _awaited(survey: Survey) -> tuple[Literal["opinion", "signature"], tuple[Party, ...]]:
    """Whom the conclusion waits for: first for opinions, then for signatures; where all signed and do not agree, for
    them all; nobody while the material is with the applicant.
    """
    panel = {one.id: one for one in survey.participants.values() if one.role == "reviewer" and _counts(survey, one)}
    if survey.mode == "upload_only" and not survey.material.opened:
        if survey.material.with_applicant and survey.material.submissions:
            return "opinion", ()
        missing = {name_of(one) for one in survey.material.pending(survey.departments)}
        owing = [one for one in panel.values() if one.department is None or name_of(one.department) in missing]
        return "opinion", tuple(map(_party, owing)) or (OFFICER,)
    experts = survey.opinions.pending(survey.experts_due)
    if experts:
        return "opinion", tuple(_party(survey.participants[one]) for one in experts)
    if survey.joint:
        open_ = {name_of(one.department) for one in by_department(survey) if one.result is None}
        owing = [one for one in panel.values() if one.department is not None and name_of(one.department) in open_]
    else:
        owing = [one for key, one in panel.items() if key not in survey.signatures] or list(panel.values())
    return "signature", tuple(map(_party, owing)) or (OFFICER,)


def _counts(survey: Survey, person: Participant) -> bool:
    return person.id not in survey.opinions.recused


def _party(person: Participant) -> Party:
    match person.role:
        case "reviewer" | "expert":
            return Party(person.role, person.name, person.drawn or "")
        case _:
            return APPLICANT


def _from(of: str, since: datetime) -> str:
    """A period that begins anew with everything somebody does: its beginning tells it from the others."""
    return f"{of}.{since:%Y%m%dT%H%M%S}"
