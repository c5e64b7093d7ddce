"""A survey as a value: everything its journal says. `step.step` builds it."""

from datetime import datetime

from msgspec import Struct

from survey_server.survey.draws import Draws
from survey_server.survey.events import (
    Acknowledged,
    Applied,
    Decided,
    Missed,
    PhotoChecked,
    PhotoReceived,
    Reported,
    StillCommitted,
    VideoChecked,
    VideoKept,
    VideoReceived,
)
from survey_server.survey.life import NOT_HELD
from survey_server.survey.material import Answer, Material, name_of
from survey_server.survey.opinions import Opinions
from survey_server.survey.panel_events import ErrandGiven
from survey_server.survey.restriction import Restriction
from survey_server.survey.second_look import SecondLook
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
    took_part: bool = False
    """Was their way for sound and picture ever up?"""
    clock_offset_ms: int = 0
    """Their device's clock minus the server's, as measured when their page connected last."""
    interruptions: tuple[Interruption, ...] = ()
    department: Department | None = None
    drawn: str | None = None
    """Who they are in the register, if they were drawn by lot."""
    credential: str = ""
    seen: bool = False
    """Their picture flowed at some time."""
    heard: bool = False
    """Their sound did."""


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

    @property
    def usable(self) -> bool:
        """Can it be used, as far as is known?"""
        return self.verdict is None or self.verdict.result != "rejected"


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
    def attended(self) -> bool:
        """Has a reviewer been in the call?"""
        return any(person.took_part for person in self.participants.values() if person.role == "reviewer")

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
        """Checklist points that the applicant has still to photograph or to explain. A photo that can't be used shows
        nothing.
        """
        given = {point: one.at for point, one in self.material.explanations.items()}
        for photo in self.photos.values():
            point = photo.received.point
            if point is not None and photo.usable:
                given[point] = max(given.get(point, photo.received_at), photo.received_at)
        late = {shot.point for shot in self.material.open_shots if shot.at > given.get(shot.point, shot.at)}
        missing = self.material.lacking(self._points, given)
        return [point for point in self._points if point in missing or point in late]

    @property
    def bare(self) -> list[str]:
        """Checklist points for which nothing at all was handed in. Older journals were submitted with no usable one."""
        shown = [photo.received.point for photo in self.photos.values() if photo.received.point is not None]
        return self.material.lacking(self._points, shown)

    @property
    def _points(self) -> list[str]:
        return [point.id for point in self.application.item.view.points]

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
