"""What the approvals platform is told of a case: one message for each event of `TOLD`, made out of the journal alone.

Pure. A message says how the case stood right after its event, so it is the same whenever it is made; only the links in
it are fresh each time.
"""

from collections.abc import Sequence
from typing import Any

from survey_server.survey.decision_events import DecisionUpheld, Overruled, PersonAsked, RefusalLifted
from survey_server.survey.events import (
    AnyEvent,
    AppealDecided,
    Appealed,
    Cancelled,
    Concluded,
    Decided,
    Ended,
    Entry,
    MaterialSubmitted,
    Missed,
    Referred,
    Scheduled,
    Sealed,
    Started,
)
from survey_server.survey.survey import Survey
from survey_server.wire.platform import (
    AnyTiding,
    AppealAnswered,
    AppointmentMade,
    AppointmentMissed,
    CaseAppealed,
    CaseCancelled,
    CaseConcluded,
    CaseDecided,
    CaseQuestioned,
    CaseReferred,
    CaseReviewed,
    CaseSealed,
    FileLink,
    MaterialHandedIn,
    SignedBy,
    SurveyEnded,
    SurveyStarted,
)

TOLD: frozenset[type[AnyEvent]] = frozenset({
    Decided, Scheduled, Missed, Started, Ended, MaterialSubmitted, Concluded, Sealed, Referred, Cancelled, Appealed,
    AppealDecided, PersonAsked, DecisionUpheld, Overruled, RefusalLifted,
})  # fmt: skip
"""Events that the platform is told of."""


def tiding(  # noqa: C901, PLR0912 - an arm each
    survey: Survey, entry: Entry, files: Sequence[FileLink] = (), *, restricted: bool = False
) -> AnyTiding:
    """The message about this line; `survey` as it stood right after it, `files` those of a seal. Whether the case is
    `restricted` is asked when the links are made: what was free then may not be now.

    Raises ValueError for an event that nobody is told of.
    """
    about: dict[str, Any] = {
        "timestamp": entry.at,
        "case_no": survey.application.case_no,
        "survey": survey.id,
        "line": entry.seq,
        "state": survey.state,
    }
    match entry.event:
        case Decided() as event:
            return CaseDecided(
                **about,
                outcome=event.outcome,
                mode=event.mode,
                tier=event.tier,
                reasons=event.reasons,
                policy_digest=event.policy_digest,
            )
        case Started():
            return SurveyStarted(**about)
        case Ended() as event:
            return SurveyEnded(**about, cause=event.cause)
        case MaterialSubmitted():
            return MaterialHandedIn(**about, round=survey.material.round)
        case Concluded() as event:
            return CaseConcluded(
                **about,
                result=event.result,
                signatures=signed_by(survey),
                points=event.points,
                days=event.days,
            )
        case Sealed() as event:
            return CaseSealed(
                **about,
                number=event.number,
                seal=event.seal,
                result=survey.conclusion,
                files=list(files),
                restricted=restricted,
            )
        case Scheduled() as event:
            return AppointmentMade(**about, number=event.number, start=event.start, end=event.end)
        case Missed() as event:
            return AppointmentMissed(**about, number=event.number, side=event.side)
        case Referred() as event:
            return CaseReferred(**about, cause=event.cause, reason=event.reason)
        case Cancelled() as event:
            return CaseCancelled(**about, reason=event.reason)
        case Appealed() as event:
            return CaseAppealed(**about, reason=event.reason)
        case AppealDecided() as event:
            return AppealAnswered(**about, result=event.result, reason=event.reason)
        case PersonAsked() as event:
            return CaseQuestioned(**about, reason=event.words, due=event.due)
        case DecisionUpheld() as event:
            return CaseReviewed(**about, result="upheld", reason=event.reason, officer=event.officer, **_held(survey))
        case Overruled() | RefusalLifted() as event:
            became = "admitted" if isinstance(event, Overruled) else "on_site"
            return CaseReviewed(**about, result=became, reason=event.reason, officer=event.officer, **_held(survey))
        case _:
            raise ValueError(f"nobody is told of {type(entry.event).__name__}")


def _held(survey: Survey) -> dict[str, Any]:
    """The decision that holds after the second look."""
    holds = survey.admission
    assert holds is not None  # somebody looked at it
    return {"outcome": holds.outcome, "mode": holds.mode, "tier": holds.tier, "reasons": holds.reasons}


def signed_by(survey: Survey) -> list[SignedBy]:
    """The reviewers' signatures as they stand."""
    signed = [(survey.participants[one.participant], one) for one in survey.signatures.values()]
    return [SignedBy(person.name, one.result, one.reason, one.at, person.department) for person, one in signed]
