"""The recording's lanes of a survey, with the causes that only the journal knows."""

from collections.abc import Iterable

from msgspec import Struct

from survey_server.db.objects import StoredObject
from survey_server.flows.case import Case
from survey_server.flows.node import Node
from survey_server.recording import Epoch, Gap, Lane, lanes_from_objects
from survey_server.recording import StoredObject as MediaObject
from survey_server.survey.events import Entry, ServerRestarted
from survey_server.survey.survey import Survey
from survey_server.wire import Kind

_MEANT = frozenset({"mute", "left", "ended"})


class WholeTrack(Struct, frozen=True):
    """One kind of one participant over all epochs; `seconds` is recorded time, `gaps` all that is missing."""

    kind: Kind
    codec: str
    seconds: float
    gaps: list[Gap]

    @property
    def coverage(self) -> float:
        """Percent recorded of the time in which the person was there and had not switched it off."""
        missing = sum(gap.end_s - gap.start_s for gap in self.gaps if gap.cause not in _MEANT)
        return round(100 * self.seconds / (self.seconds + missing), 2) if self.seconds else 0.0


class SurveyLane(Struct, frozen=True):
    """One participant's lane with its tracks as wholes."""

    participant: str
    tracks: list[WholeTrack]
    epochs: tuple[Epoch, ...]
    gaps: list[Gap]


async def media_objects(node: Node, case: Case) -> list[MediaObject]:
    """Every finished media object of the survey, in the store or still on its way there."""
    kept = [_media(stored) for stored in await node.index.of_survey(case.id)]
    known = {stored.key for stored in kept}
    held = node.store.held(node.prefix(case))
    on_the_way = [MediaObject(facts.about, one.key, one.sha256, one.size) for facts, one in held]
    return kept + [stored for stored in on_the_way if stored.key not in known]


def survey_lanes(survey: Survey, entries: Iterable[Entry], objects: Iterable[StoredObject]) -> list[SurveyLane]:
    """Every lane, from the objects the store has; a track that stopped before the recording's end gets a last gap."""
    end_s = survey.moment_s(survey.ended_at) if survey.ended_at is not None else None
    restarts = [survey.moment_s(entry.at) for entry in entries if isinstance(entry.event, ServerRestarted)]
    lanes = lanes_from_objects((_media(stored) for stored in objects), end_s)
    return [_lane(lane, [at for at in restarts if at is not None]) for lane in lanes]


def _media(stored: StoredObject) -> MediaObject:
    return MediaObject(stored.about, stored.key, stored.sha256, stored.size)


def _lane(lane: Lane, restarts: list[float]) -> SurveyLane:
    gaps = [_named(gap, restarts) for gap in lane.gaps]
    return SurveyLane(lane.participant, list(_tracks(lane, gaps)), lane.epochs, gaps)


def _named(gap: Gap, restarts: list[float]) -> Gap:
    if any(gap.start_s <= at <= gap.end_s for at in restarts):
        return Gap(gap.start_s, gap.end_s, gap.kind, "server_restart")
    return gap


def _tracks(lane: Lane, gaps: list[Gap]) -> Iterable[WholeTrack]:
    kinds: tuple[Kind, Kind] = ("video", "audio")
    for kind in kinds:
        shares = [track for epoch in lane.epochs for track in epoch.tracks if track.kind == kind]
        if shares:
            seconds = round(sum(share.seconds for share in shares), 3)
            yield WholeTrack(kind, shares[0].codec, seconds, [gap for gap in gaps if gap.kind == kind])
