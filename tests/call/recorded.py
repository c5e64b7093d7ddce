"""What a bundle holds of a participant, sample by sample, on the survey's line; read with ffmpeg's libraries."""

import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import av

from tests.flows.bundles import Bundle

Kind = Literal["audio", "video"]


@dataclass(frozen=True)
class Sample:
    """One recorded picture or 20 ms of sound."""

    epoch: int
    at_s: float
    keyframe: bool


def lane_of(bundle: Bundle, participant: str) -> dict[str, Any]:
    return next(lane for lane in bundle.manifest["recording"]["lanes"] if lane["participant"] == participant)


def started_at(bundle: Bundle) -> float:
    """Second 0 of the line, by the wall clock."""
    return datetime.fromisoformat(bundle.manifest["recording"]["started_at"]).timestamp()


def media_of(bundle: Bundle, epoch: dict[str, Any]) -> io.BytesIO:
    return io.BytesIO(b"".join(bundle.path(part["key"]).read_bytes() for part in [epoch["init"], *epoch["parts"]]))


def samples(bundle: Bundle, participant: str, kind: Kind) -> list[Sample]:
    """Every sample, in the order of the files."""
    return [sample for epoch in lane_of(bundle, participant)["epochs"] for sample in _of(bundle, epoch, kind)]


def _of(bundle: Bundle, epoch: dict[str, Any], kind: Kind) -> Iterator[Sample]:
    with av.open(media_of(bundle, epoch)) as container:
        for stream in (one for one in container.streams if one.type == kind):
            for packet in container.demux(stream):
                if packet.pts is not None:
                    yield Sample(epoch["number"], float(packet.pts * packet.time_base), packet.is_keyframe)


def between(found: list[Sample], start_s: float, end_s: float) -> int:
    """How many samples lie in this stretch of the line."""
    return sum(start_s <= sample.at_s < end_s for sample in found)


def holes(found: list[Sample], longer_than_s: float) -> list[tuple[float, float]]:
    """Stretches between neighbouring samples that are longer than this."""
    times = sorted(sample.at_s for sample in found)
    return [(a, b) for a, b in itertools.pairwise(times) if b - a > longer_than_s]


def gaps(bundle: Bundle, participant: str, kind: Kind) -> list[dict[str, Any]]:
    """The gaps the manifest lists."""
    return [gap for gap in lane_of(bundle, participant)["gaps"] if gap["kind"] == kind]
