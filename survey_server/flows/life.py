"""What moves a survey outside of its session: checked against its rules under the case's lock, then journaled."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from credit_gate.working_days import Calendar, Due, day_of
from survey_server.flows.case import Case
from survey_server.flows.node import Node
from survey_server.flows.trouble import or_told
from survey_server.survey.events import AnyEvent, AppealDecided, Appealed, Cancelled, Missed, Rated, Referred, Scheduled
from survey_server.survey.life_rules import (
    Limits,
    Teller,
    concluded_at,
    life_refusal,
    may_decide_appeal,
    name_of_teller,
)
from survey_server.survey.obligations import Obligation, Terms, of_survey
from survey_server.survey.survey import Appeal, Survey
from survey_server.wire.basics import Side, Text
from survey_server.wire.life import (
    AppealAnswerForm,
    AppealView,
    AppointmentView,
    Arrange,
    ClosingView,
    LifeOrder,
    LifeView,
    LimitOf,
    LimitView,
    MakeAppeal,
    Rate,
    Refer,
    ReportMissed,
    Withdraw,
)


async def move(node: Node, case: Case, participant: str | None, order: LifeOrder) -> None:
    """Carry an order out. Raises Trouble (409) with the reason in words where it may not be.

    `participant` is who gives it; None: the bureau's desk.
    """

    def events(survey: Survey) -> list[AnyEvent]:
        person = None if participant is None else survey.participants[participant]
        officer = "" if participant is not None else getattr(order, "officer", "").strip()
        or_told(life_refusal(survey, Teller(person, officer), order, node.clock()))
        return [_event(survey, participant, officer, order)]

    await case.decide(events)


async def decide_appeal(case: Case, officer: str, form: AppealAnswerForm) -> None:
    """An officer answers the appeal. Raises Trouble (409) in words: none made, answered already, own case."""
    decided = AppealDecided(form.result, form.reason.strip(), officer.strip())
    await case.decide(lambda survey: [] if or_told(may_decide_appeal(survey, decided.officer)) else [decided])


_SIDES: dict[str, tuple[LimitOf, Side]] = {
    "case": ("case", "bureau"), "begin": ("begin", "applicant"), "material": ("material", "applicant"),
    "rectify": ("rectify", "applicant"), "appeal": ("appeal", "bureau"),
}  # fmt: skip
"""Obligations that everybody sees the limit of, and whose they are."""


def limit_views(obligations: Sequence[Obligation], calendar: Calendar, now: datetime) -> list[LimitView]:
    """The limits that run, the next to end first."""
    found: list[LimitView] = []
    for one in obligations:
        if one.of in _SIDES and one.until is not None:
            (of, side), last = _SIDES[one.of], day_of(one.until - timedelta(microseconds=1))
            note = Due(last, one.until, one.weekends_only).note
            left = calendar.between(now, last)
            found.append(LimitView(of, side, last, one.until, left, None if note is None else Text(note.zh, note.en)))
    return sorted(found, key=lambda view: view.at)


def life_view(survey: Survey, calendar: Calendar, terms: Terms, now: datetime) -> LifeView:
    """What is agreed, due and left to do."""
    last = survey.appointments[-1] if survey.appointments else None
    closing, concluded = survey.closing, concluded_at(survey)
    days = 0 if survey.admission is None else survey.admission.time_limit_days
    return LifeView(
        appointment=None
        if last is None
        else AppointmentView(
            last.number, last.start, last.end, name_of_teller(survey, last.by), survey.appointment is not None
        ),
        missed=len(survey.missed),
        closing=None if closing is None else ClosingView(closing.cause, closing.reason, closing.at),
        due_at=calendar.due(survey.created_at, days).at if days else None,
        stars=None if survey.rating is None else survey.rating.stars,
        appeal=None if survey.appeal is None else _appeal_view(survey.appeal, calendar, terms.limits),
        appeal_until=concluded + terms.limits.appeal if concluded is not None and survey.appeal is None else None,
        limits=limit_views(of_survey(survey, calendar, terms), calendar, now),
    )


def _appeal_view(appeal: Appeal, calendar: Calendar, limits: Limits) -> AppealView:
    return AppealView(
        appeal.reason,
        appeal.at,
        calendar.due(appeal.at, limits.appeal_answer_days).at,
        appeal.result,
        appeal.answer,
        appeal.officer,
        appeal.answered_at,
    )


def _event(survey: Survey, participant: str | None, officer: str, order: LifeOrder) -> AnyEvent:
    match order:
        case Arrange(start, minutes):
            number = len(survey.appointments) + 1
            return Scheduled(number, start, start + timedelta(minutes=minutes), participant, officer)
        case ReportMissed(number, side):
            return Missed(number, side, participant, officer)
        case Refer(cause, reason):
            return Referred(cause, reason.strip(), participant, officer)
        case Withdraw(reason):
            return Cancelled(reason.strip(), participant, officer)
        case Rate(stars, words):
            return Rated(participant or "", stars, words.strip())
        case MakeAppeal(reason):
            return Appealed(participant or "", reason.strip())
