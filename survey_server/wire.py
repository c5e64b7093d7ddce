"""Every message and body that crosses the wire, as tagged unions.

**The client's types are generated from this file** (`takan wire-types`); nothing else describes the wire.
Times are RFC 3339 in UTC. Times on the recording's own line are seconds from `RecordingView.started_at`.
Sentences for people come as `Text`, in both languages.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

Role = Literal["applicant", "reviewer", "expert", "auditor"]
Kind = Literal["audio", "video"]
SurveyState = Literal["refused", "on_site", "admitted", "in_session", "ended", "concluded"]
Mode = Literal["live", "upload_only"]
"""How a survey is held: in a call, or by photos alone, which departments then review separately."""
OpinionValue = Literal["approve", "rectify", "on_site"]
CheckValue = Literal["ok", "not_ok", "unsure"]
ConclusionResult = Literal["pass", "rectify", "refer_on_site", "not_pass"]
EndCause = Literal["reviewer", "applicant", "idle", "server_restart", "disk_full"]
"""Who or what ended a session: somebody in it; nobody being connected; the server, whose disk ran full."""
Datum = Literal["wgs84", "gcj02", "bd09"]
Interruption = Literal["hidden", "camera_taken", "microphone_taken"]
"""What keeps a person from showing the place though they did not switch anything off: the page is in the background or
the screen is locked; a phone call or another program has the camera or the microphone."""
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]
ShortText = Annotated[str, Meta(max_length=200)]
LongText = Annotated[str, Meta(max_length=4000)]


class Wire(Struct, frozen=True, forbid_unknown_fields=True):
    """What every body and message has in common: immutable, and an unknown field is an error."""


class Text(Wire, frozen=True):
    """One sentence in the interface's two languages."""

    zh: str
    en: str


# ---------------------------------------------------------------- places, times


class Site(Wire, frozen=True):
    """Where the premises are: the point as it was given, with its datum, and the fence round it."""

    lat: Latitude
    lon: Longitude
    radius_m: Annotated[float, Meta(gt=0, le=50_000)]
    datum: Datum = "wgs84"
    address: ShortText = ""


class Window(Wire, frozen=True):
    """When the survey's pictures may have been taken. Both ends carry a zone."""

    start: Annotated[datetime, Meta(tz=True)]
    end: Annotated[datetime, Meta(tz=True)]


class Position(Wire, frozen=True):
    """A device's own position (W3C Geolocation, WGS-84); accuracy is the 95 % radius in metres."""

    lat: Latitude
    lon: Longitude
    accuracy_m: Annotated[float, Meta(ge=0)]
    at: datetime


# ---------------------------------------------------------------- admission


class SubjectForm(Wire, frozen=True):
    """Who applies. `code` is the unified social credit code of an enterprise, or a person's id number."""

    code: Annotated[str, Meta(min_length=1, max_length=40)]
    name: ShortText


class ApplicationForm(Wire, frozen=True):
    """An application for one remote survey, as the approvals platform or the intake desk sends it."""

    subject: SubjectForm
    item: ShortText
    site: Site
    window: Window
    case_no: ShortText = ""
    mode: Mode = "live"
    """The way the applicant wishes; the gate decides."""


class AdmissionView(Wire, frozen=True):
    """The gate's answer, with every reason. `survey` names the case in all three outcomes."""

    survey: str
    outcome: Literal["admitted", "on_site", "refused"]
    tier: str
    reasons: list[Text]
    policy_digest: str
    mode: Mode = "live"


class Department(Wire, frozen=True):
    """A department's name in both languages; the Chinese one tells departments apart."""

    zh: Annotated[str, Meta(pattern=r"\S", max_length=200)]
    en: Annotated[str, Meta(pattern=r"\S", max_length=200)]


class InvitationOrder(Wire, frozen=True):
    """One person to invite: a one-time link will be made. In an upload-only survey a reviewer has a department."""

    role: Role
    name: Annotated[str, Meta(pattern=r"\S", max_length=200)]
    department: Department | None = None


class InvitationLink(Wire, frozen=True):
    """A fresh one-time link. The server keeps only its hash, so this is the one time it can be read."""

    role: Role
    name: str
    link: str
    expires_at: datetime


class InvitationView(Wire, frozen=True):
    """What a link's page may show before anyone presses Start. Reading it spends nothing."""

    role: Role
    name: str
    state: Literal["fresh", "spent", "expired"]
    item: Text
    case_no: str
    address: str
    survey_state: SurveyState | None
    now: datetime
    mode: Mode = "live"


class OpenForm(Wire, frozen=True):
    """Pressing Start: `key` is 32 random bytes the page made, hex; the link is bound to it for good."""

    key: Sha256


class SessionView(Wire, frozen=True):
    """The answer to Start. `session` goes into `Authorization: Bearer` and the WebSocket's `hello`."""

    session: str
    role: Role
    name: str
    participant: str
    survey: str | None


# ---------------------------------------------------------------- items


class CheckPoint(Wire, frozen=True):
    """One point of a checklist."""

    id: str
    title: Text
    hint: Text
    shot: Text | None = None
    """What a photo of it must show, where the survey is held by photos alone; null: as `hint` says."""
    example: Text | None = None
    """What a good photo of it looks like, in words."""


class ItemView(Wire, frozen=True):
    """A survey item (事项): what is looked at and under which terms."""

    code: str
    name: Text
    kind: Literal["remote_survey", "pre_siting", "joint_inspection", "re_survey"]
    department: Text
    points: list[CheckPoint]


# ---------------------------------------------------------------- photos

FindingResult = Literal["pass", "flag", "fail", "na"]


class Finding(Wire, frozen=True):
    """One check's answer about one photo. `evidence` holds the measured facts, JSON values only."""

    id: str
    result: FindingResult
    reason: Text
    evidence: dict[str, Any] = {}
    version: int = 1


class PhotoForm(Wire, frozen=True):
    """The `facts` part of a photo's multipart upload; the `file` part holds the bytes.

    A still carries the nonce it answers; its `sha256` must be the one committed by `still_taken`. `point` is the
    checklist point that the photo shows.
    """

    name: ShortText
    channel: Literal["still", "upload"]
    sha256: Sha256
    nonce: Annotated[str, Meta(max_length=64)] | None = None
    position: Position | None = None
    taken_at: datetime | None = None
    source: Literal["capture", "library"] | None = None
    """Did the page open the camera or the library? Either way the phone may remove what a file says of itself."""
    point: Annotated[str, Meta(max_length=60)] | None = None


class PhotoView(Wire, frozen=True):
    """A photo as phone, desk and auditor see it. While checks run `result` is null."""

    id: str
    name: str
    channel: Literal["still", "upload"]
    sha256: str
    size: int
    media_type: str
    received_at: datetime
    result: Literal["accepted", "needs_review", "rejected"] | None
    findings: list[Finding]
    position: Position | None
    archived: bool
    moment_s: float | None
    point: str | None = None


class VideoForm(Wire, frozen=True):
    """What the phone says of a site video. `sha256` is of the whole file, computed there."""

    name: ShortText
    sha256: Sha256
    position: Position | None = None
    taken_at: datetime | None = None


class UploadForm(Wire, frozen=True):
    """What a resumable upload is to become: a photo or a video, exactly one. Base64 of this as JSON is the key `facts`
    in tus's Upload-Metadata.
    """

    photo: PhotoForm | None = None
    video: VideoForm | None = None


class VideoView(Wire, frozen=True):
    """A site video as phone, desk and auditor see it. While checks run `result` is null; `seconds` is its length."""

    id: str
    name: str
    sha256: str
    size: int
    media_type: str
    seconds: float | None
    received_at: datetime
    result: Literal["accepted", "needs_review", "rejected"] | None
    findings: list[Finding]
    position: Position | None
    archived: bool
    moment_s: float | None


class VideoLink(Wire, frozen=True):
    """Where a browser can fetch or play a video without a session, until `expires_at`; byte ranges are served."""

    url: str
    expires_at: datetime


class ComingView(Wire, frozen=True):
    """A file on its way: how many of its bytes are on the server's disk."""

    name: str
    size: int
    received: int


# ---------------------------------------------------------------- the survey


class ParticipantView(Wire, frozen=True):
    """A person of this survey, present or not; `audio`/`video` say what they send now.

    Present without `connected`: their sound and picture are away and being brought back.
    """

    id: str
    role: Role
    name: str
    present: bool
    consented: bool
    connected: bool
    audio: bool
    video: bool
    interruptions: list[Interruption]
    department: Department | None = None


class AnswerView(Wire, frozen=True):
    """The latest answer to one checklist point and the moment of the recording it was pinned to."""

    point: str
    value: CheckValue
    note: str
    by: str
    at: datetime
    moment_s: float | None


class SignatureView(Wire, frozen=True):
    """One reviewer's signed conclusion; two distinct reviewers with the same result conclude."""

    participant: str
    name: str
    result: ConclusionResult
    reason: str
    at: datetime


class ExplanationView(Wire, frozen=True):
    """Why the applicant can't show a point."""

    point: str
    reason: str
    at: datetime


class AskedShotView(Wire, frozen=True):
    """Another shot of a point that a department asked for; `answered` once a photo or an explanation came after it.

    `open` until the material is submitted again.
    """

    point: str
    department: Department
    reason: str
    at: datetime
    open: bool
    answered: bool


class MaterialView(Wire, frozen=True):
    """What the applicant of an upload-only survey handed in besides photos.

    `submitted_at` is when they last did, `rounds` how often; `with_applicant` is true until the first time, and while
    something is asked for.
    """

    submitted_at: datetime | None
    rounds: int
    with_applicant: bool
    explanations: list[ExplanationView]
    asked: list[AskedShotView]


class OpinionView(Wire, frozen=True):
    """A department's opinion about the whole material."""

    value: OpinionValue
    reason: str
    by: str
    at: datetime


class ReviewView(Wire, frozen=True):
    """What one department found. Others learn of it when every department's opinion is in: until then they see `given`
    only.
    """

    department: Department
    given: bool
    answers: list[AnswerView]
    opinion: OpinionView | None


SealKind = Literal["recording", "case", "addendum"]
"""The first seal is the recording's; of an upload-only survey it is the material's."""


class SealView(Wire, frozen=True):
    """A seal: the manifest's object and digest. Kept false: saved here, archiving pending."""

    number: int
    kind: SealKind
    sha256: str
    key: str
    version_id: str | None
    sealed_at: datetime
    kept: bool


class RecordingView(Wire, frozen=True):
    """The recording as a whole: from the first join to the end, in server time."""

    started_at: datetime
    ended_at: datetime | None
    end: EndCause | None = None


class SurveyView(Wire, frozen=True):
    """Everything a participant may know of the survey. Sent whole whenever it changes: it is small."""

    id: str
    case_no: str
    state: SurveyState
    item: ItemView
    subject_name: str
    tier: str
    site: Site
    window: Window
    participants: list[ParticipantView]
    photos: list[PhotoView]
    videos: list[VideoView]
    coming: list[ComingView]
    answers: list[AnswerView]
    signatures: list[SignatureView]
    conclusion: ConclusionResult | None
    recording: RecordingView | None
    seals: list[SealView]
    mode: Mode = "live"
    material: MaterialView | None = None
    """Of an upload-only survey only."""
    reviews: list[ReviewView] = []
    reviews_open: bool = False
    """Every department's opinion is in, and everybody at the desks sees them all."""


class SurveyCard(Wire, frozen=True):
    """A line of the auditor's list."""

    id: str
    case_no: str
    state: SurveyState
    item: Text
    subject_name: str
    tier: str
    created_at: datetime
    seconds: float | None
    participants: int
    photos: int
    conclusion: ConclusionResult | None
    sealed: bool
    mode: Mode = "live"


# ---------------------------------------------------------------- replay


class ReplayPart(Wire, frozen=True):
    """One stored object of media: fetch `/api/objects/{object}`; append it to the source buffer as it is."""

    object: str
    sha256: str
    size: int
    start_s: float
    end_s: float


class ReplayEpoch(Wire, frozen=True):
    """A run of media under one init segment. `mime` is what MediaSource.isTypeSupported takes.

    Decode times inside the parts are already on the recording's line: no timestamp offset is needed.
    """

    number: int
    mime: str
    kinds: list[Kind]
    width: int
    height: int
    init: ReplayPart
    parts: list[ReplayPart]


class Gap(Wire, frozen=True):
    """A stretch without media, and why."""

    start_s: float
    end_s: float
    kind: Kind | None
    cause: str


class ReplayTrack(Wire, frozen=True):
    """One participant's sound or picture as a whole. `seconds` is what is recorded: first to last, without gaps.

    `coverage` is the percentage recorded of the time in which the person was there and had not switched it off.
    """

    kind: Kind
    codec: str
    seconds: float
    gaps: list[Gap]
    coverage: float


class ReplayLane(Wire, frozen=True):
    """Everything one participant's recording holds."""

    participant: str
    name: str
    role: Role
    tracks: list[ReplayTrack]
    epochs: list[ReplayEpoch]
    gaps: list[Gap]


class ReplayEvent(Wire, frozen=True):
    """A journal event on the time line. `moment_s` may lie after the recording (conclusion, seal)."""

    seq: int
    at: datetime
    moment_s: float | None
    kind: str
    participant: str | None
    text: Text
    photo: str | None = None


class ReplayView(Wire, frozen=True):
    """What the auditor's page needs to replay a survey with every participant in step."""

    survey: SurveyView
    seconds: float
    lanes: list[ReplayLane]
    events: list[ReplayEvent]
    admission: AdmissionView


# ---------------------------------------------------------------- problems


class Problem(Wire, frozen=True):
    """RFC 9457 problem details; `title` and `detail` say what happened and what to do."""

    type: str
    status: int
    title: Text
    detail: Text


class HealthView(Wire, frozen=True):
    """Is this node fit to hold a survey?

    `ok` is false while the archive can't be reached, while the disk has less room than `disk_reserve_mb` (`disk_low`:
    no survey begins), and while nothing can be entered in the ledger (what is recorded then has no proof yet). A
    missing timestamp leaves `ok` true: the ledger proves without it, and it is asked for until it comes. Troubles are
    in words, empty when all is well; `ledger_waiting` entries are in the archive and no checkpoint covers them yet.

    `loop_lag_ms` is how late its event loop ran at worst in the last minute, `loop_lag_p99_ms` in 99 of 100 looks.
    `udp_drops` are datagrams the kernel threw away before this process read them. What the system can't say is 0.
    """

    ok: bool
    version: str
    store: str
    store_reachable: bool
    backlog_objects: int
    backlog_bytes: int
    disk_low: bool
    disk_free_bytes: int
    ledger_trouble: str
    ledger_waiting: int
    timestamp_trouble: str
    loop_lag_ms: float
    loop_lag_p99_ms: float
    rss_bytes: int
    open_files: int
    udp_drops: int


class StreamView(Wire, frozen=True):
    """A survey as HLS (RFC 8216): `url` is the master playlist, good without a session until `expires_at`."""

    url: str
    expires_at: datetime


class NodeView(Wire, frozen=True):
    """A node as its operator sees it: version, and where its evidence is kept."""

    version: str
    store_kind: Literal["embedded", "s3"]
    store_endpoint: str
    store_bucket: str


class LedgerView(Wire, frozen=True):
    """The keys that this node's checkpoints are signed with (C2SP signed-note), newest first: what a verifier needs."""

    vkeys: list[str]


class UploadView(Wire, frozen=True):
    """One of a person's own uploads. `path` is its tus address; when it is done `photo` or `video` is what it became,
    and `problem` says why if it became nothing.
    """

    path: str
    form: UploadForm
    size: int
    received: int
    state: Literal["coming", "taking", "done", "refused"]
    photo: PhotoView | None = None
    video: VideoView | None = None
    problem: Problem | None = None


# ---------------------------------------------------------------- WebSocket: from a person


class Message(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type"):
    """What every WebSocket message has in common."""


class Hello(Message, frozen=True, tag="hello"):
    """First message of every connection; `clock` is the device's own time now."""

    session: str
    clock: Annotated[datetime, Meta(tz=True)]
    language: Literal["zh", "en"] = "zh"
    device: ShortText = ""


class Consent(Message, frozen=True, tag="consent"):
    """The person read the notice of this version and agrees to being recorded."""

    notice: ShortText


class DeviceReport(Message, frozen=True, tag="device_report"):
    """The device check's outcome; a recorded fact, never a reason to refuse."""

    camera: Literal["ok", "denied", "missing"]
    microphone: Literal["ok", "denied", "missing"]
    location: Literal["ok", "denied", "missing"]


class JoinMedia(Message, frozen=True, tag="join_media"):
    """Ready for a peer connection. The server makes every offer.

    `peer` is the ICE user name (server's half) of the connection the page still holds: if the server hears that one, it
    offers on it again instead of making a new one. Empty asks for a new one.
    """

    peer: ShortText = ""


class SdpAnswer(Message, frozen=True, tag="sdp_answer"):
    """Answer to the offer of this revision. The first two m-lines carry the person's own sound and picture."""

    revision: int
    sdp: Annotated[str, Meta(max_length=200_000)]


class Mute(Message, frozen=True, tag="mute"):
    """A track was switched off or on by its owner."""

    kind: Kind
    muted: bool


class Interrupted(Message, frozen=True, tag="interrupted"):
    """Something came between the person and their device, or is over."""

    what: Interruption
    over: bool


class DeviceTurned(Message, frozen=True, tag="device_turned"):
    """The camera was switched or the device turned: how the picture is now."""

    facing: Literal["environment", "user"]
    orientation: Literal["portrait", "landscape"]


class AskStill(Message, frozen=True, tag="ask_still"):
    """A reviewer or expert asks the applicant for a still."""

    note: ShortText = ""


class StillTaken(Message, frozen=True, tag="still_taken"):
    """Sent the moment a still is taken, before its bytes: commits the hash."""

    nonce: Annotated[str, Meta(max_length=64)]
    sha256: Sha256
    size: int
    position: Position | None = None
    taken_at: datetime | None = None


class AnswerPoint(Message, frozen=True, tag="answer_point"):
    """A reviewer's answer to a checklist point; pinned to the moment it arrives."""

    point: ShortText
    value: CheckValue
    note: ShortText = ""


class EndSession(Message, frozen=True, tag="end_session"):
    """A reviewer ends the live session, or the applicant says they are finished."""


class Conclude(Message, frozen=True, tag="conclude"):
    """A reviewer's signature under a conclusion."""

    result: ConclusionResult
    reason: LongText = ""


class ExplainShot(Message, frozen=True, tag="explain_shot"):
    """The applicant of an upload-only survey can't show a point, and says why."""

    point: ShortText
    reason: Annotated[str, Meta(max_length=500)]


class SubmitMaterial(Message, frozen=True, tag="submit_material"):
    """The applicant hands their photos in: the departments may review them."""


class AskShot(Message, frozen=True, tag="ask_shot"):
    """A reviewer of an upload-only survey needs another photo of a point; `reason` says what it must show."""

    point: ShortText
    reason: Annotated[str, Meta(max_length=500)]


class GiveOpinion(Message, frozen=True, tag="give_opinion"):
    """A reviewer's opinion for their department, before they see the others'."""

    value: OpinionValue
    reason: LongText = ""


class Ping(Message, frozen=True, tag="ping"):
    """Keeps the connection; `n` comes back."""

    n: int


FromPerson = (
    Hello | Consent | DeviceReport | JoinMedia | SdpAnswer | Mute | Interrupted | DeviceTurned | AskStill | StillTaken
    | AnswerPoint | EndSession | Conclude | ExplainShot | SubmitMaterial | AskShot | GiveOpinion | Ping
)  # fmt: skip


# ---------------------------------------------------------------- WebSocket: to a person


class Welcome(Message, frozen=True, tag="welcome"):
    """Answer to `hello`. `clock_offset_ms` is device minus server."""

    you: str
    role: Role
    now: datetime
    clock_offset_ms: int
    notice: ShortText
    survey: SurveyView


class SurveyChanged(Message, frozen=True, tag="survey"):
    """The survey as it stands now."""

    survey: SurveyView


class OfferedTrack(Wire, frozen=True):
    """Which participant and kind an m-line of the offer carries; `own` marks the person's own send lines."""

    mid: str
    participant: str
    kind: Kind
    own: bool


class IceServer(Wire, frozen=True):
    """A TURN server (RFC 8656) and credentials that expire; in the shape of RTCIceServer."""

    urls: list[str]
    username: str
    credential: str


class SdpOffer(Message, frozen=True, tag="sdp_offer"):
    """An offer to answer. `tracks` names every live m-line; `ice_servers` are for a connection it begins."""

    revision: int
    sdp: str
    tracks: list[OfferedTrack]
    ice_servers: list[IceServer] = []


class StillRequested(Message, frozen=True, tag="still_requested"):
    """To the applicant: take a still now; the nonce is good once and until `expires_at`."""

    nonce: str
    by: str
    note: str
    expires_at: datetime


class RecordingProgress(Wire, frozen=True):
    """One participant's bytes on this node's disk or beyond, the time they cover, and how long ago the last came."""

    participant: str
    bytes: int
    seconds: float
    age_s: float


class RecordingLight(Message, frozen=True, tag="recording"):
    """Once a second while recording: what is on disk. The light shows this and nothing else.

    `seconds` is where the recording's line stands now. While `archiving_pending` the archive can't be reached, or has
    fallen behind: what is recorded is safe on this server's disk and is archived later.
    """

    bytes: int
    archived_bytes: int
    archiving_pending: bool
    seconds: float
    participants: list[RecordingProgress]


class PicturesRest(Message, frozen=True, tag="pictures_rest"):
    """The way to this person is too narrow for everything: these people's pictures rest, so that sound gets through.

    Sent at each change; an empty list when all are back.
    """

    participants: list[str]


class Fault(Message, frozen=True, tag="fault"):
    """A message was refused; the connection goes on unless `fatal`."""

    code: str
    text: Text
    fatal: bool = False


class Pong(Message, frozen=True, tag="pong"):
    """Answer to `ping`."""

    n: int


ToPerson = Welcome | SurveyChanged | SdpOffer | StillRequested | RecordingLight | PicturesRest | Fault | Pong
