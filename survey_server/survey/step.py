"""`step`, the one function that changes a survey.

The life of a survey is the table `life.LIFE`: which state an event leads to from where. An event the table does not
allow raises `OutOfOrder`: the journal never holds one, so meeting it means the journal was altered.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import Enum
from typing import assert_never

from msgspec.structs import replace

from survey_server.survey.decision_events import DecisionEvent, DecisionUpheld, Overruled, PersonAsked, RefusalLifted
from survey_server.survey.draw_events import (
    DrawCovered,
    DrawLapsed,
    Drawn,
    DrawOpened,
    DrawRefused,
    DrawReplaced,
    DrawSeeded,
    NumberCommitted,
    NumberRevealed,
)
from survey_server.survey.draws import DrawEvent
from survey_server.survey.draws import after as draws_after
from survey_server.survey.draws import fits as draw_fits
from survey_server.survey.events import (
    Acknowledged,
    AnyEvent,
    AppealDecided,
    Appealed,
    Applied,
    Cancelled,
    Concluded,
    Condensed,
    Consented,
    Decided,
    DeviceChecked,
    DeviceTurned,
    Ended,
    Entry,
    Exported,
    Interrupted,
    Invited,
    Joined,
    Left,
    LinkOpened,
    LocksEnding,
    LocksExtended,
    LocksRenewed,
    MaterialSubmitted,
    MediaConnected,
    MediaLost,
    Missed,
    Muted,
    OpinionGiven,
    PhotoChecked,
    PhotoReceived,
    PointAnswered,
    QuestionAsked,
    Rated,
    Referred,
    Replayed,
    Reported,
    ReportFailed,
    ReSurveyed,
    Scheduled,
    Sealed,
    ServerRestarted,
    ShotAsked,
    ShotExplained,
    Signed,
    Started,
    StillAsked,
    StillCommitted,
    VideoChecked,
    VideoKept,
    VideoReceived,
)
from survey_server.survey.life import leads_to
from survey_server.survey.material import Answer, AskedShot, Material, Opinion, standing
from survey_server.survey.panel_events import ErrandGiven, ExpertOpinion, Recused
from survey_server.survey.restriction import after as restriction_after
from survey_server.survey.restriction import fits as restriction_fits
from survey_server.survey.restriction_events import Restricted, RestrictionEvent, RestrictionLifted
from survey_server.survey.second_look import after as second_look_after
from survey_server.survey.second_look import fits as second_look_fits
from survey_server.survey.survey import (
    Acknowledgement,
    Appeal,
    Appointment,
    Closing,
    Participant,
    Photo,
    Question,
    Rating,
    Seal,
    Signature,
    Still,
    Survey,
    Video,
)
from survey_server.wire.admission import Department


class OutOfOrder(Exception):
    """An event came in a state that does not allow it: a fault of this program or an altered journal."""


class Effect(Enum):
    """What the outside world must do because of an event, after the event is in the journal."""

    SEAL_RECORDING = "seal_recording"
    SEAL_CASE = "seal_case"
    SEAL_ADDENDUM = "seal_addendum"
    WRITE_RECORD = "write_record"
    PRESERVE_LAPSE = "preserve_lapse"


EFFECTS: dict[type, tuple[Effect, ...]] = {
    Ended: (Effect.SEAL_RECORDING,),
    MaterialSubmitted: (Effect.SEAL_RECORDING,),
    Concluded: (Effect.SEAL_CASE,),
    Referred: (Effect.SEAL_RECORDING, Effect.SEAL_CASE),
    Cancelled: (Effect.SEAL_RECORDING, Effect.SEAL_CASE),
    Rated: (Effect.SEAL_ADDENDUM,),
    Appealed: (Effect.SEAL_ADDENDUM,),
    AppealDecided: (Effect.SEAL_ADDENDUM,),
    LocksExtended: (Effect.SEAL_ADDENDUM, Effect.WRITE_RECORD),
    Reported: (Effect.SEAL_ADDENDUM,),
    Acknowledged: (Effect.SEAL_ADDENDUM,),
    LocksEnding: (Effect.PRESERVE_LAPSE,),
    Replayed: (Effect.SEAL_ADDENDUM,),
    Exported: (Effect.SEAL_ADDENDUM,),
    ReSurveyed: (Effect.SEAL_ADDENDUM,),
    Restricted: (Effect.SEAL_ADDENDUM,),
    RestrictionLifted: (Effect.SEAL_ADDENDUM,),
}


NOBODYS: frozenset[type[AnyEvent]] = frozenset({
    Decided, PhotoChecked, Sealed, LocksExtended, LocksRenewed, LocksEnding, ServerRestarted, Replayed, Exported,
    ReSurveyed, Restricted, RestrictionLifted,
})  # fmt: skip
"""Lines that this program wrote by itself, or that somebody who only looked caused: nobody went on with the case."""


def begin(entry: Entry) -> Survey:
    """The survey after its first journal line, which must be `Applied`. Undecided, it is not admitted to anything."""
    if not isinstance(entry.event, Applied) or entry.seq != 1:
        raise OutOfOrder(f"journal of {entry.survey} does not begin with an application")
    return Survey(
        id=entry.survey, seq=1, state="on_site", created_at=entry.at, application=entry.event, acted_at=entry.at
    )


def step(survey: Survey, entry: Entry) -> tuple[Survey, tuple[Effect, ...]]:
    """The survey after one more journal line, and the effects it asks for.

    Raises OutOfOrder when the line does not continue this journal or the state does not allow it.
    """
    if entry.survey != survey.id or entry.seq != survey.seq + 1:
        raise OutOfOrder(f"line {entry.seq} of {entry.survey} does not follow line {survey.seq} of {survey.id}")
    state = leads_to(survey.mode, survey.state, type(entry.event))
    if state is None:
        raise OutOfOrder(f"{type(entry.event).__name__} in state {survey.state}")
    if not _fits(survey, entry.event):
        raise OutOfOrder(f"{type(entry.event).__name__} does not fit the survey as it stands")
    acted_at = survey.acted_at if type(entry.event) in NOBODYS else entry.at
    survey = replace(survey, state=state, acted_at=acted_at)
    survey = replace(_apply(survey, entry), seq=entry.seq)
    return survey, EFFECTS.get(type(entry.event), ())


def rebuild(entries: Iterable[Entry]) -> Survey:
    """The survey a whole journal tells. Raises OutOfOrder for an empty or broken one."""
    survey: Survey | None = None
    for entry in entries:
        survey = begin(entry) if survey is None else step(survey, entry)[0]
    if survey is None:
        raise OutOfOrder("empty journal")
    return survey


def _fits(survey: Survey, event: AnyEvent) -> bool:
    """Does the event go with what is in the survey already?"""
    if isinstance(event, DrawEvent):
        return draw_fits(survey.draws, event)
    if isinstance(event, DecisionEvent):
        return survey.closing is None and second_look_fits(survey.second_look, event)
    if isinstance(event, RestrictionEvent):
        return restriction_fits(survey.restriction, event)
    match event:
        case Scheduled() | Missed():
            return event.number == len(survey.appointments) + isinstance(event, Scheduled)
        case Rated():
            return survey.rating is None
        case Appealed():
            return survey.appeal is None
        case Recused():
            return event.participant not in survey.opinions.recused
        case ExpertOpinion():
            return not survey.opinions.opened and event.participant in survey.experts_due
        case ErrandGiven():
            before = sum(one.participant == event.participant for one in survey.errands)
            return event.number == before + 1 and event.participant not in survey.opinions.recused
        case _:
            return survey.mode == "live" or _fits_material(survey.material, survey, event)


def _fits_material(material: Material, survey: Survey, event: AnyEvent) -> bool:
    match event:
        case PhotoReceived() | VideoReceived() | ShotExplained():
            return material.with_applicant
        case MaterialSubmitted():
            return material.with_applicant and not survey.bare
        case PointAnswered() | OpinionGiven():
            return not material.opened
        case Concluded():
            return material.opened
        case _:
            return True


def _apply(survey: Survey, entry: Entry) -> Survey:  # noqa: C901, PLR0912, PLR0915 - one arm for each event, nothing else
    at = entry.at
    match entry.event:
        case Applied():
            raise OutOfOrder("a second application in one journal")
        case Decided() as event:
            if survey.decision is not None:
                raise OutOfOrder("a second decision in one journal")
            return replace(survey, decision=event, state=event.outcome)
        case Invited() as event:
            if event.participant in survey.participants:
                raise OutOfOrder(f"a second {event.participant}")
            person = Participant(
                event.participant, event.role, event.name,
                department=event.department, drawn=event.drawn, credential=event.credential,
            )  # fmt: skip
            return replace(survey, participants={**survey.participants, person.id: person})
        case Joined() as event:
            offset = event.clock_offset_ms
            back = _person(survey, event.participant, present=True, interruptions=(), clock_offset_ms=offset)
            return replace(back, arrivals=survey.arrivals + 1)
        case Left() as event:
            return _person(survey, event.participant, present=False, media=False, interruptions=())
        case Consented() as event:
            return _person(survey, event.participant, consented=True)
        case MediaConnected() as event:
            return _flowing(_person(survey, event.participant, media=True, took_part=True), event.participant)
        case MediaLost() as event:
            return _person(survey, event.participant, media=False)
        case Muted() as event:
            return _flowing(_person(survey, event.participant, **{event.track: not event.muted}), event.participant)
        case Interrupted() as event:
            others = tuple(x for x in survey.participants[event.participant].interruptions if x != event.what)
            return _person(survey, event.participant, interruptions=others if event.over else (*others, event.what))
        case StillAsked() as event:
            still = Still(
                event.nonce, event.participant, event.note, event.expires_at, None, event.point, event.outside, at
            )
            return replace(survey, stills={**survey.stills, event.nonce: still})
        case QuestionAsked() as event:
            asked = Question(event.participant, event.text, event.point, event.outside, at)
            return replace(survey, questions=(*survey.questions, asked))
        case StillCommitted() as event:
            still = survey.stills.get(event.nonce)
            if still is None or still.committed is not None:
                return survey  # a nonce nobody gave out, or one already answered: the first commitment stands
            return replace(survey, stills={**survey.stills, event.nonce: replace(still, committed=event)})
        case PhotoReceived() as event:
            material = survey.material.photographed(event.point)
            return replace(survey, photos={**survey.photos, event.photo: Photo(event, at)}, material=material)
        case PhotoChecked() as event:
            photo = replace(survey.photos[event.photo], verdict=event)
            return replace(survey, photos={**survey.photos, event.photo: photo})
        case VideoReceived() | VideoKept() | VideoChecked() as event:
            return replace(survey, videos={**survey.videos, event.video: _video(survey, event, at)})
        case PointAnswered() as event:
            return _answered(survey, event, at)
        case ShotExplained() | MaterialSubmitted() | ShotAsked() | OpinionGiven() as event:
            return _of_material(survey, event, at)
        case Started():
            return replace(survey, started_at=at)
        case Ended() as event:
            hung_up = {
                key: replace(person, media=False, interruptions=()) for key, person in survey.participants.items()
            }
            return replace(survey, ended_at=at, end=event.cause, participants=hung_up)
        case Signed() as event:
            signature = Signature(event.participant, event.result, event.reason, at, tuple(event.points), event.days)
            return replace(survey, signatures={**survey.signatures, event.participant: signature})
        case Concluded() as event:
            return replace(
                survey,
                conclusion=event.result,
                concluded_at=at,
                rectify=tuple(event.points),
                rectify_days=event.days,
            )
        case Scheduled() | Missed() | Referred() | Cancelled() as event:
            return _before_the_survey(survey, event, at)
        case Rated() as event:
            return replace(survey, rating=Rating(event.stars, event.words, at), trailing=entry.seq)
        case Appealed() as event:
            return replace(survey, appeal=Appeal(event.reason, at), trailing=entry.seq)
        case AppealDecided() as event:
            return replace(survey, appeal=_decided(survey, event, at), trailing=entry.seq)
        case Sealed() as event:
            seal = Seal(event.number, event.seal, event.key, event.sha256, at, event.lines)
            return replace(survey, seals=(*survey.seals, seal))
        case Reported() | ReportFailed() | Acknowledged() as event:
            return _of_the_record(survey, event, entry)
        case LocksExtended() as event:
            return replace(survey, locked_until=event.until)
        case LocksRenewed() as event:
            sealed = survey.locked_until is not None and event.failed == 0
            return replace(survey, locked_until=event.until if sealed else survey.locked_until, locks_end=None)
        case LocksEnding() as event:
            return replace(survey, locks_end=event.first)
        case ServerRestarted():
            gone = {
                key: replace(person, present=False, media=False, interruptions=())
                for key, person in survey.participants.items()
            }
            return replace(survey, participants=gone)
        case Replayed() | Exported():
            return replace(survey, trailing=entry.seq)
        case (
            DrawOpened() | NumberCommitted() | DrawCovered() | DrawSeeded() | NumberRevealed() | Drawn() | DrawLapsed()
            | DrawRefused() | DrawReplaced()
        ) as event:  # fmt: skip
            return replace(survey, draws=draws_after(survey.draws, event, at))
        case ReSurveyed() as event:
            return replace(survey, trailing=entry.seq, re_surveys=(*survey.re_surveys, event.re_survey))
        case Recused() | ExpertOpinion() as event:
            return _of_panel(survey, event, at)
        case ErrandGiven() as event:
            return replace(survey, errands=(*survey.errands, event))
        case PersonAsked() | DecisionUpheld() | Overruled() | RefusalLifted() as event:
            return replace(survey, second_look=second_look_after(survey.second_look, event, at))
        case Restricted() | RestrictionLifted() as event:
            return replace(survey, restriction=restriction_after(event, at), trailing=entry.seq)
        case LinkOpened() | DeviceChecked() | DeviceTurned() | Condensed():
            return survey
        case _:
            assert_never(entry.event)


def _before_the_survey(survey: Survey, event: Scheduled | Missed | Referred | Cancelled, at: datetime) -> Survey:
    by = event.participant or event.officer
    match event:
        case Scheduled():
            made = Appointment(event.number, event.start, event.end, by, at)
            return replace(survey, appointments=(*survey.appointments, made))
        case Missed():
            return replace(survey, missed=(*survey.missed, event))
        case Referred():
            return replace(survey, ended_at=at, closing=Closing(event.cause, event.reason, by, at))
        case Cancelled():
            return replace(survey, ended_at=at, closing=Closing(None, event.reason, by, at))


def _decided(survey: Survey, event: AppealDecided, at: datetime) -> Appeal:
    if survey.appeal is None:
        raise OutOfOrder("an appeal decided that nobody made")
    return replace(survey.appeal, result=event.result, answer=event.reason, officer=event.officer, answered_at=at)


def _of_panel(survey: Survey, event: Recused | ExpertOpinion, at: datetime) -> Survey:
    due = [one for one in survey.experts_due if not (isinstance(event, Recused) and one == event.participant)]
    survey = replace(survey, opinions=survey.opinions.after(event, at, due))
    if not isinstance(event, Recused):
        return survey
    who = event.participant
    signatures = {one: signature for one, signature in survey.signatures.items() if one != who}
    answers = standing(survey.answers, who)
    material = survey.material.without(who, survey.departments)
    return replace(survey, signatures=signatures, answers=answers, material=material)


def _of_the_record(survey: Survey, event: Reported | ReportFailed | Acknowledged, entry: Entry) -> Survey:
    match event:
        case Reported():
            late = any(seal.kind == "case" for seal in survey.seals)
            trailing = entry.seq if late else survey.trailing
            return replace(survey, report=event, report_owed=False, trailing=trailing)
        case ReportFailed():
            return replace(survey, report_owed=survey.report is None)
        case Acknowledged():
            return replace(survey, acknowledged=Acknowledgement(event, entry.at), trailing=entry.seq)


def _answered(survey: Survey, event: PointAnswered, at: datetime) -> Survey:
    answer = Answer(event.value, event.note, event.participant, at)
    if survey.mode == "upload_only":
        of = _department(survey, event.participant)
        return replace(survey, material=survey.material.answered(of, event.point, answer))
    return replace(survey, answers={**survey.answers, event.point: answer.over(survey.answers.get(event.point))})


def _of_material(
    survey: Survey, event: ShotExplained | MaterialSubmitted | ShotAsked | OpinionGiven, at: datetime
) -> Survey:
    material = survey.material
    match event:
        case ShotExplained():
            return replace(survey, material=material.explained(event.point, event.reason, at))
        case MaterialSubmitted():  # what was signed before was about other material
            return replace(survey, material=material.submitted(at), ended_at=survey.ended_at or at, signatures={})
        case ShotAsked():
            of = _department(survey, event.participant)
            shot = AskedShot(event.point, event.participant, of, event.reason, at, material.round)
            return replace(survey, material=material.asking(shot))
        case OpinionGiven():
            of = _department(survey, event.participant)
            opinion = Opinion(event.value, event.reason, event.participant, at, material.round)
            return replace(survey, material=material.judged(of, opinion, survey.departments))


def _department(survey: Survey, participant: str) -> Department:
    of = survey.participants[participant].department
    if of is None:
        raise OutOfOrder(f"{participant} is of no department")
    return of


def _video(survey: Survey, event: VideoReceived | VideoKept | VideoChecked, at: datetime) -> Video:
    match event:
        case VideoReceived():
            return Video(event, at)
        case VideoKept():
            return replace(survey.videos[event.video], kept=event)
        case VideoChecked():
            return replace(survey.videos[event.video], verdict=event)


def _person(survey: Survey, participant: str, **changes: object) -> Survey:
    person = replace(survey.participants[participant], **changes)
    return replace(survey, participants={**survey.participants, participant: person})


def _flowing(survey: Survey, participant: str) -> Survey:
    """The survey with what flows from this person now as having flowed."""
    person = survey.participants[participant]
    if not person.media:
        return survey
    return _person(survey, participant, seen=person.seen or person.video, heard=person.heard or person.audio)
