"""Who may move a survey outside of its session, and when: each rule answers None (go on) or the refusal in words."""

from datetime import datetime, timedelta

from msgspec import Struct

from credit_gate.feedback.feedback import same_person
from credit_gate.working_days import CHINA
from survey_server.survey.life import WAITING
from survey_server.survey.refusals import Refusal, role
from survey_server.survey.survey import Participant, Survey
from survey_server.wire.basics import Text
from survey_server.wire.life import (
    Arrange,
    LifeOrder,
    MakeAppeal,
    Rate,
    Refer,
    ReportMissed,
    Withdraw,
)


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """The house's limits.

    Appeals: 60 days from the conclusion (Administrative Reconsideration Law of 2023, art. 20), answered within
    `appeal_answer_days` working days. As long a person may be asked to look at the gate's decision (PIPL art. 24, which
    knows no limit), who answers within `person_answer_days` working days.
    """

    reschedules: int = 2
    """How often an applicant may change an appointment by themselves."""
    ahead: timedelta = timedelta(minutes=10)
    """An appointment begins this much later than now at least."""
    grace: timedelta = timedelta(minutes=15)
    """So long after its start an appointment can be called missed."""
    appeal: timedelta = timedelta(days=60)
    appeal_answer_days: int = 20
    ask_person: timedelta = timedelta(days=60)
    person_answer_days: int = 5


LIMITS = Limits()


class Teller(Struct, frozen=True):
    """Who gives an order: a participant, or (None) the bureau's desk through its `officer`."""

    person: Participant | None
    officer: str = ""

    @property
    def applicant(self) -> bool:
        """Is it the applicant?"""
        return self.person is not None and self.person.role == "applicant"


def life_refusal(
    survey: Survey, teller: Teller, order: LifeOrder, now: datetime, limits: Limits = LIMITS
) -> Refusal | None:
    """The rule table for orders that move a survey outside of its session."""
    unnamed = _named(teller)
    if unnamed is not None:
        return unnamed
    match order:
        case Arrange():
            refused = _of(teller, "applicant", "reviewer") or _waiting(survey)
            return refused or _arrangeable(survey, teller, order, now, limits)
        case ReportMissed():
            return _of(teller, "reviewer", "applicant") or _missable(survey, teller, order, now, limits)
        case Refer():
            return _of(teller, "applicant", "reviewer") or _waiting(survey) or _referable(teller, order)
        case Withdraw():
            return _of(teller, "applicant") or _waiting(survey)
        case Rate():
            return _only_applicant(teller) or _ratable(survey)
        case MakeAppeal():
            return _only_applicant(teller) or _appealable(survey, now, limits)


def concluded_at(survey: Survey) -> datetime | None:
    """When two reviewers agreed, None before."""
    if survey.conclusion is None:
        return None
    return max(signature.at for signature in survey.signatures.values())


def _named(teller: Teller) -> Refusal | None:
    if teller.person is not None or teller.officer.strip():
        return None
    return Refusal(
        "no_officer",
        Text("请写明经办人姓名（officer）。", "Name the officer who orders this (officer)."),
    )


def _of(teller: Teller, *roles: str) -> Refusal | None:
    """The bureau's desk, or a participant of these roles."""
    return None if teller.person is None else role(teller.person, *roles)  # type: ignore[arg-type]


def _only_applicant(teller: Teller) -> Refusal | None:
    if teller.applicant:
        return None
    return Refusal("wrong_role", Text("只有申请人可以这样做。", "Only the applicant can do this."))


def _waiting(survey: Survey) -> Refusal | None:
    if survey.state in WAITING:
        return None
    if survey.closing is not None:
        return Refusal(
            "closed",
            Text("这次申请已经转现场或撤回。", "This application was referred to a visit or withdrawn already."),
        )
    return Refusal(
        "begun",
        Text("踏勘已经开始或结束，不能再改。", "The survey has begun or is over; this can't be changed any more."),
    )


def _arrangeable(survey: Survey, teller: Teller, order: Arrange, now: datetime, limits: Limits) -> Refusal | None:
    window = survey.application.window
    if survey.mode == "upload_only":
        return Refusal(
            "upload_only",
            Text("只传照片的踏勘不用预约。", "A survey by photos alone needs no appointment."),
        )
    if order.replaces != len(survey.appointments):
        last = survey.appointments[-1] if survey.appointments else None
        by, at = ("", now) if last is None else (name_of_teller(survey, last.by), last.at)
        return Refusal(
            "changed_meanwhile",
            Text(
                f"{by} 在 {at.astimezone(CHINA):%H:%M} 改了预约，请先看新的时间。",
                f"{by} changed the appointment at {at.astimezone(CHINA):%H:%M} (UTC+8): look at it first.",
            ),
        )
    if order.start < now + limits.ahead:
        return Refusal(
            "too_soon", Text("开始时间要晚于现在至少 10 分钟。", "It must begin at least 10 minutes from now.")
        )
    if not window.start <= order.start <= window.end - timedelta(minutes=order.minutes):
        return Refusal(
            "outside_window",
            Text(
                "预约要在这次踏勘的时间范围之内。",
                "The appointment must lie within the survey's time window.",
            ),
        )
    mine = sum(one.by == teller.person.id for one in survey.appointments) if teller.person is not None else 0
    if teller.applicant and mine > limits.reschedules:
        return Refusal(
            "too_often",
            Text(
                "改期次数已用完，请联系经办人改期。",
                "You have changed it as often as you can by yourself: ask the bureau.",
            ),
        )
    return None


def _missable(survey: Survey, teller: Teller, order: ReportMissed, now: datetime, limits: Limits) -> Refusal | None:
    standing = survey.appointment
    if standing is None or standing.number != order.number:
        return Refusal(
            "no_appointment", Text("没有这个预约，或它已经改期。", "There is no such appointment, or it was changed.")
        )
    if now < standing.start + limits.grace:
        return Refusal(
            "too_soon",
            Text("开始 15 分钟后才能登记未到。", "It can be called missed 15 minutes after its start."),
        )
    if teller.applicant and order.side == "applicant":
        return Refusal("wrong_role", Text("请改约时间。", "Please agree on another time instead."))
    roles = ("applicant",) if order.side == "applicant" else ("reviewer",)
    if any(person.present for person in survey.participants.values() if person.role in roles):
        return Refusal("present", Text("对方现在在线。", "They are connected right now."))
    return None


def _referable(teller: Teller, order: Refer) -> Refusal | None:
    wishes = ("applicant_wish", "location_declined")
    if teller.applicant is not (order.cause in wishes):
        return Refusal("wrong_cause", Text("转现场的原因与身份不符。", "This cause is not yours to give."))
    if not teller.applicant and not order.reason.strip():
        return Refusal("no_reason", Text("请写明转现场的理由。", "Say why the survey is referred to a visit."))
    return None


def _ratable(survey: Survey) -> Refusal | None:
    if survey.rating is not None:
        return Refusal("rated", Text("您已经评价过了。", "You have rated this survey already."))
    if survey.state not in ("ended", "concluded", "appealed"):
        return Refusal("not_ended", Text("踏勘结束后再评价。", "You can rate it when the survey is over."))
    return None


def _appealable(survey: Survey, now: datetime, limits: Limits) -> Refusal | None:
    if survey.appeal is not None:
        return Refusal("appealed", Text("已经提出过申诉。", "There is an appeal already."))
    at = concluded_at(survey)
    if at is None:
        return Refusal("not_concluded", Text("作出结论后才能申诉。", "You can appeal once there is a conclusion."))
    if now > at + limits.appeal:
        return Refusal(
            "too_late",
            Text("已超过 60 日的申诉期限。", "The 60 days in which you could appeal are over."),
        )
    return None


def may_decide_appeal(survey: Survey, officer: str) -> Refusal | None:
    """An officer who takes no part in the survey, once."""
    if survey.appeal is None:
        return Refusal("no_appeal", Text("没有申诉。", "There is no appeal."))
    if survey.appeal.result is not None:
        by = survey.appeal.officer
        return Refusal("decided", Text(f"{by} 已经处理了这件申诉。", f"{by} has decided this appeal already."))
    if same_person(officer, [person.name for person in survey.participants.values()]):
        return Refusal(
            "own_case",
            Text("参加过本案的人不能处理对它的申诉。", "Who took part in the case can't decide the appeal in it."),
        )
    return None


def name_of_teller(survey: Survey, by: str) -> str:
    """A participant's name, or the officer's as it stands."""
    person = survey.participants.get(by)
    return by if person is None else person.name
