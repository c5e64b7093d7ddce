"""The recording's lanes of a survey, with the causes that only the journal knows."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from survey_server.db.objects import StoredObject
from survey_server.flows.case import Case
from survey_server.flows.interruptions import Stretch, named, stretches
from survey_server.flows.node import Node
from survey_server.recording import Epoch, Gap, Lane, lanes_from_objects
from survey_server.recording import StoredObject as MediaObject
from survey_server.survey.events import Entry, ServerRestarted
from survey_server.survey.survey import Survey
from survey_server.wire.basics import Kind

MEANT = frozenset({"mute", "left", "ended"})
"""Causes that are a person's own will: nothing is missing of what they wanted to show."""


class WholeTrack(Struct, frozen=True):
    """One kind of one participant over all epochs; `seconds` is recorded time, `gaps` all that is missing.

    `coverage` is the percentage recorded of the time from the track's beginning to the recording's end, without what
    the person had switched off and without their absence after they left by themselves. Whatever else is missing
    counts against it, whosever fault it was: loss, a dead network, a phone call, a hidden page, a server restart.
    """

    kind: Kind
    codec: str
    seconds: float
    gaps: list[Gap]
    coverage: float


class SurveyLane(Struct, frozen=True):
    """One participant's lane with its tracks as wholes."""

    participant: str
    tracks: list[WholeTrack]
    epochs: tuple[Epoch, ...]
    gaps: list[Gap]


async def media_objects(node: Node, case: Case) -> list[MediaObject]:
    """Every finished media object of the survey, in the store or still on its way there.

    What is held is listed first: an object leaves there only after it stands in the index.
    """
    media, _ = await media_and_kept(node, case)
    return media


async def media_and_kept(node: Node, case: Case) -> tuple[list[MediaObject], list[StoredObject]]:
    """The same, and what the index holds of the survey: both from one reading of it."""
    held = list(node.store.held(node.prefix(case)))
    kept = await node.index.of_survey(case.id)
    known = {stored.key for stored in kept}
    on_the_way = [MediaObject(facts.about, one.key, one.sha256, one.size) for facts, one in held]
    return [*map(_media, kept), *(stored for stored in on_the_way if stored.key not in known)], kept


def coverage(seconds: float, gaps: Iterable[Gap]) -> float:
    """Percent recorded, given the recorded seconds and what is missing; 0 if nothing was to be recorded."""
    wanted = seconds + sum(gap.end_s - gap.start_s for gap in gaps if gap.cause not in MEANT)
    return round(100 * seconds / wanted, 2) if wanted else 0.0


def survey_lanes(survey: Survey, entries: Sequence[Entry], objects: Iterable[StoredObject]) -> list[SurveyLane]:
    """Every lane, from the objects the store has; a track that stopped before the recording's end gets a last gap."""
    end_s = survey.moment_s(survey.ended_at) if survey.ended_at is not None else None
    restarts = [survey.moment_s(entry.at) for entry in entries if isinstance(entry.event, ServerRestarted)]
    interrupted = stretches(survey, entries)
    lanes = lanes_from_objects((_media(stored) for stored in objects), end_s)
    return [
        _lane(lane, [at for at in restarts if at is not None], interrupted.get(lane.participant, ())) for lane in lanes
    ]


def _media(stored: StoredObject) -> MediaObject:
    return MediaObject(stored.about, stored.key, stored.sha256, stored.size)


def _lane(lane: Lane, restarts: Sequence[float], interrupted: Sequence[Stretch]) -> SurveyLane:
    gaps = [piece for gap in lane.gaps for piece in named(_of_restart(gap, restarts), interrupted)]
    return SurveyLane(lane.participant, list(_tracks(lane, gaps)), lane.epochs, gaps)


def _of_restart(gap: Gap, restarts: Sequence[float]) -> Gap:
    if any(gap.start_s <= at <= gap.end_s for at in restarts):
        return Gap(gap.start_s, gap.end_s, gap.kind, "server_restart")
    return gap


def _tracks(lane: Lane, gaps: list[Gap]) -> Iterable[WholeTrack]:
    kinds: tuple[Kind, Kind] = ("video", "audio")
    for kind in kinds:
        shares = [track for epoch in lane.epochs for track in epoch.tracks if track.kind == kind]
        if shares:
            seconds = round(sum(share.seconds for share in shares), 3)
            missing = [gap for gap in gaps if gap.kind == kind]
            yield WholeTrack(kind, shares[0].codec, seconds, missing, coverage(seconds, missing))
