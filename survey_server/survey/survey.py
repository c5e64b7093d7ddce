"""A survey as a value, and `step`, the one function that changes it.

The life of a survey is the table `life.LIFE`: which state an event leads to from where. An event the table does not
allow raises `OutOfOrder`: the journal never holds one, so meeting it means the journal was altered.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import Enum
from typing import assert_never

from msgspec import Struct
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
from survey_server.survey.draws import DrawEvent, Draws
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
from survey_server.survey.life import NOT_HELD, leads_to
from survey_server.survey.material import Answer, AskedShot, Material, Opinion, name_of
from survey_server.survey.opinions import Opinions
from survey_server.survey.panel_events import ErrandGiven, ExpertOpinion, Recused
from survey_server.survey.restriction import Restriction
from survey_server.survey.restriction import after as restriction_after
from survey_server.survey.restriction import fits as restriction_fits
from survey_server.survey.restriction_events import Restricted, RestrictionEvent, RestrictionLifted
from survey_server.survey.second_look import SecondLook
from survey_server.survey.second_look import after as second_look_after
from survey_server.survey.second_look import fits as second_look_fits
from survey_server.wire.admission import Department
from survey_server.wire.basics import (
    AppealResult,
    ConclusionResult,
    EndCause,
    Interruption,
    Mode,
    ReferralCause,
    Role,
    SurveyState,
)
from survey_server.wire.survey import SealKind


class OutOfOrder(Exception):
    """An event came in a state that does not allow it: a fault of this program or an altered journal."""


class Effect(Enum):
    """What the outside world must do because of an event, after the event is in the journal."""

    SEAL_RECORDING = "seal_recording"
    SEAL_CASE = "seal_case"
    SEAL_ADDENDUM = "seal_addendum"
    WRITE_RECORD = "write_record"
    PRESERVE_LAPSE = "preserve_lapse"


class Participant(Struct, frozen=True):
    """One invited person."""

    id: str
    role: Role
    name: str
    present: bool = False
    consented: bool = False
    audio: bool = True
    video: bool = True
    media: bool = False
    clock_offset_ms: int = 0
    """Their device's clock minus the server's, as measured when their page connected last."""
    interruptions: tuple[Interruption, ...] = ()
    department: Department | None = None
    drawn: str | None = None
    """Who they are in the register, if they were drawn by lot."""
    credential: str = ""


class Still(Struct, frozen=True):
    """A still that was asked for, and what the phone committed for it, if it did."""

    nonce: str
    by: str
    note: str
    expires_at: datetime
    committed: StillCommitted | None = None
    point: str | None = None
    outside: bool = False
    at: datetime | None = None


class Question(Struct, frozen=True):
    """Something the applicant was asked in writing."""

    by: str
    text: str
    point: str | None
    outside: bool
    at: datetime


class Photo(Struct, frozen=True):
    """A received photo and its verdict, once there is one."""

    received: PhotoReceived
    received_at: datetime
    verdict: PhotoChecked | None = None


class Video(Struct, frozen=True):
    """A received site video; how it is kept and its verdict come in either order."""

    received: VideoReceived
    received_at: datetime
    kept: VideoKept | None = None
    verdict: VideoChecked | None = None

    @property
    def settled(self) -> bool:
        """Is nothing left to be done about it?"""
        return self.kept is not None and self.verdict is not None


class Signature(Struct, frozen=True):
    """A reviewer's latest signature."""

    participant: str
    result: ConclusionResult
    reason: str
    at: datetime
    points: tuple[str, ...] = ()
    days: int | None = None


class Appointment(Struct, frozen=True):
    """When the people agreed to meet; `number` counts from 1."""

    number: int
    start: datetime
    end: datetime
    by: str
    """A participant's id, or the officer's name."""
    at: datetime


class Closing(Struct, frozen=True):
    """Why no remote survey is held although it was admitted: referred to a visit, or (`cause` None) withdrawn."""

    cause: ReferralCause | None
    reason: str
    by: str
    at: datetime


class Rating(Struct, frozen=True):
    """The applicant's rating, 5 very satisfied to 1 very dissatisfied."""

    stars: int
    words: str
    at: datetime


class Appeal(Struct, frozen=True):
    """The applicant's appeal against the conclusion, and what an officer who took no part made of it."""

    reason: str
    at: datetime
    result: AppealResult | None = None
    answer: str = ""
    officer: str = ""
    answered_at: datetime | None = None


class Seal(Struct, frozen=True):
    """A seal that was set."""

    number: int
    kind: SealKind
    key: str
    sha256: str
    at: datetime
    lines: int = 0
    """How much of the journal it covers."""


class Acknowledgement(Struct, frozen=True):
    """The applicant's word that they have read the record, with the digests they were shown."""

    of: Acknowledged
    at: datetime


class Survey(Struct, frozen=True):
    """Everything the journal says. Built by `step` from `begin` only."""

    id: str
    seq: int
    state: SurveyState
    created_at: datetime
    application: Applied
    decision: Decided | None = None
    """The gate's own, whatever a person made of it."""
    second_look: SecondLook | None = None
    participants: dict[str, Participant] = {}
    stills: dict[str, Still] = {}
    questions: tuple[Question, ...] = ()
    photos: dict[str, Photo] = {}
    videos: dict[str, Video] = {}
    answers: dict[str, Answer] = {}
    signatures: dict[str, Signature] = {}
    conclusion: ConclusionResult | None = None
    concluded_at: datetime | None = None
    rectify: tuple[str, ...] = ()
    """Points that are to be put right, after the conclusion `rectify`; within `rectify_days` working days of it."""
    rectify_days: int | None = None
    re_surveys: tuple[str, ...] = ()
    started_at: datetime | None = None
    ended_at: datetime | None = None
    end: EndCause | None = None
    seals: tuple[Seal, ...] = ()
    arrivals: int = 0
    locked_until: datetime | None = None
    locks_end: datetime | None = None
    appointments: tuple[Appointment, ...] = ()
    missed: tuple[Missed, ...] = ()
    closing: Closing | None = None
    rating: Rating | None = None
    appeal: Appeal | None = None
    acted_at: datetime | None = None
    """When somebody last went on with it."""
    trailing: int = 0
    """The last line that a seal after the case seal has to cover: an access, a restriction, a re-survey, a rating, an
    appeal, the applicant's word that they have read the written record, or that record if it comes late."""
    report: Reported | None = None
    report_owed: bool = False
    """It could not be made for the case seal, and is still to be."""
    acknowledged: Acknowledgement | None = None
    material: Material = Material()
    """Of an upload-only survey."""
    draws: Draws = ()
    opinions: Opinions = Opinions()
    """The experts' of a live survey; who stands aside, of any."""
    errands: tuple[ErrandGiven, ...] = ()
    restriction: Restriction | None = None
    """While it stands, the case is kept, and read only as its rules allow."""

    @property
    def admission(self) -> Decided | None:
        """The decision that holds: the gate's, or the one of the person who overruled it."""
        overruled = None if self.second_look is None else self.second_look.decision
        return self.decision if overruled is None else overruled

    @property
    def mode(self) -> Mode:
        """How it is held; as long as nobody decided, live."""
        return "live" if self.admission is None else self.admission.mode

    @property
    def appointment(self) -> Appointment | None:
        """The one that stands."""
        return self.appointments[-1] if self.state == "scheduled" else None

    @property
    def joint(self) -> bool:
        """Do several departments inspect together, each with points and a conclusion of its own?"""
        return len(self.application.item.view.departments) > 1

    @property
    def numbered_here(self) -> bool:
        """Has the case only the number that this system gave it?"""
        return self.application.case_no == own_number(self.id)

    @property
    def departments(self) -> dict[str, Department]:
        """The departments by name: of a joint inspection those of the item, else those that its reviewers are of, in
        the order they were invited.
        """
        if self.joint:
            return {name_of(one): one for one in self.application.item.view.departments}
        reviewers = [
            person
            for person in self.participants.values()
            if person.role == "reviewer" and person.id not in self.opinions.recused
        ]
        return {name_of(one.department): one.department for one in reviewers if one.department is not None}

    @property
    def experts_due(self) -> list[str]:
        """Whose opinion a live survey waits for: every expert who was there and did not stand aside."""
        experts = [person for person in self.participants.values() if person.role == "expert" and person.consented]
        return [one.id for one in experts if one.id not in self.opinions.recused] if self.mode == "live" else []

    @property
    def lacking(self) -> list[str]:
        """Checklist points that the applicant has still to photograph or to explain."""
        shown = {photo.received.point for photo in self.photos.values()} - {None}
        points = [point.id for point in self.application.item.view.points]
        return self.material.lacking(points, [point for point in shown if point is not None])

    @property
    def open(self) -> bool:
        """Is there anything left to do about it?"""
        if self.decision is None or (self.state in NOT_HELD and self.closing is None):
            return self.decision is None
        return self.locked_until is None or self.unsealed or self.report_owed

    @property
    def unsealed(self) -> bool:
        """Is the case done with, and did anything come since its last seal that a seal has to cover?"""
        return self.locked_until is not None and self.trailing > self.seals[-1].lines

    def moment_s(self, at: datetime) -> float | None:
        """Seconds on the recording's line, or None before the recording began."""
        if self.started_at is None or at < self.started_at:
            return None
        return round((at - self.started_at).total_seconds(), 3)


def own_number(survey: str) -> str:
    """The number of a case that came without one."""
    return f"TK-{survey[1:].upper()}"


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
            return material.with_applicant and not survey.lacking
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
            return _person(survey, event.participant, media=True)
        case MediaLost() as event:
            return _person(survey, event.participant, media=False)
        case Muted() as event:
            return _person(survey, event.participant, **{event.track: not event.muted})
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
    answers = {point: answer for point, answer in survey.answers.items() if answer.by != who}
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
    return replace(survey, answers={**survey.answers, event.point: answer})


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
