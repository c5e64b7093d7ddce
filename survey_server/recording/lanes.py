"""The recording's table of contents, made from nothing but what the stored objects say of themselves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
from msgspec import Struct

from survey_server.wire.basics import Kind

WHAT = "takan_media"
HOLE_S = 0.5
DISK_FULL = "disk_full"


class Gap(Struct, frozen=True):
    """A stretch without media of one kind, and why.

    loss: some of what was sent did not arrive; network: nothing at all arrived though things were sent; silent: nothing
    was sent; mute: switched off by its owner; disconnected, left, ended: so went the connection; server_restart;
    disk_full: it came, and this machine could not write it for too long.
    """

    start_s: float
    end_s: float
    kind: Kind
    cause: str


class TrackFacts(Struct, frozen=True):
    """One track's share of one part. RTP timestamps are unwrapped; `seconds` is the sum of sample durations.

    `first_rtp` is the sender's; `last_rtp` belongs to the last sample and is carried on from the first by the survey's
    line, so that it differs from the sender's where that clock was replaced, and by as much as it drifted since (a
    tenth of a second in an hour is common). `anchors` tell of that: sender's timestamps and where they lie, in seconds.
    Over an epoch: seconds == (last_rtp - first_rtp) / clock_rate + last_s - gaps, within the 0.05 s of unlisted holes.
    """

    codec: str
    clock_rate: int
    first_rtp: int
    last_rtp: int
    start_s: float
    end_s: float
    seconds: float
    last_s: float
    samples: int
    anchors: list[tuple[int, float]] = []
    sender_report: tuple[int, int, float] | None = None


class PartFacts(Struct, frozen=True):
    """What a stored object says of itself (`Facts.about`)."""

    what: str
    part: Literal["init", "media"]
    participant: str
    connection: int
    epoch: int
    kinds: list[Kind]
    mime: str
    width: int
    height: int
    number: int = 0
    start_s: float = 0.0
    end_s: float = 0.0
    tracks: dict[Kind, TrackFacts] = {}
    gaps: list[Gap] = []
    muted: list[Kind] = []
    closed: str = ""


@dataclass(frozen=True)
class StoredObject:
    """An object of the store and what its owner said of it."""

    about: Mapping[str, Any]
    key: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Part:
    """One stored object of media."""

    key: str
    sha256: str
    size: int
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Track:
    """One track over one epoch; the fields are those of TrackFacts."""

    kind: Kind
    codec: str
    clock_rate: int
    first_rtp: int
    last_rtp: int
    seconds: float
    last_s: float
    gaps: tuple[Gap, ...]


@dataclass(frozen=True)
class Epoch:
    """A run of media under one init segment. Decode times inside are on the survey's line."""

    number: int
    connection: int
    kinds: tuple[Kind, ...]
    mime: str
    width: int
    height: int
    init: Part
    parts: tuple[Part, ...]
    tracks: tuple[Track, ...]


@dataclass(frozen=True)
class Lane:
    """Everything one participant's recording holds."""

    participant: str
    epochs: tuple[Epoch, ...]
    gaps: tuple[Gap, ...]


def lanes_from_objects(objects: Iterable[StoredObject], end_s: float | None = None) -> list[Lane]:
    """The lanes that these objects make up; objects that are no media of ours are passed over.

    With `end_s` (the recording's end) a track that stopped before it gets a last gap.
    """
    told: dict[str, dict[int, list[tuple[PartFacts, StoredObject]]]] = {}
    for stored in objects:
        if stored.about.get("what") == WHAT:
            facts = msgspec.convert(stored.about, PartFacts)
            told.setdefault(facts.participant, {}).setdefault(facts.epoch, []).append((facts, stored))
    lanes = (_lane(participant, epochs, end_s) for participant, epochs in sorted(told.items()))
    return [lane for lane in lanes if lane.epochs]


def _lane(
    participant: str, told: Mapping[int, list[tuple[PartFacts, StoredObject]]], end_s: float | None
) -> Lane:  # fmt: skip
    epochs: list[Epoch] = []
    gaps: list[Gap] = []
    last: PartFacts | None = None
    ends: dict[Kind, float] = {}
    for number, found in sorted(told.items()):
        init = next((o for f, o in found if f.part == "init"), None)
        media = sorted(((f, o) for f, o in found if f.part == "media"), key=lambda pair: pair[0].number)
        if init is None or not media:
            continue
        epochs.append(_epoch(number, init, media))
        for facts, _ in media:
            last = facts
            gaps += facts.gaps
            ends.update({kind: track.end_s for kind, track in facts.tracks.items()})
    if end_s is not None and last is not None:
        gaps += [
            Gap(end, round(end_s, 4), kind, _last_cause(kind, last))
            for kind, end in ends.items()
            if end_s - end > HOLE_S
        ]
    return Lane(participant, tuple(epochs), tuple(sorted(gaps, key=lambda g: (g.start_s, g.kind))))


@dataclass(frozen=True)
class Continuation:
    """Where a participant's lane goes on after a restart: numbers not used yet, and where each track ended."""

    epoch: int = 0
    connection: int = 0
    ends_s: Mapping[Kind, float] = field(default_factory=dict[Kind, float])


def continuations(objects: Iterable[StoredObject]) -> dict[str, Continuation]:
    """Where each participant's lane goes on, counting also epochs that hold nothing but their init segment."""
    found: dict[str, Continuation] = {}
    for stored in objects:
        if stored.about.get("what") != WHAT:
            continue
        facts = msgspec.convert(stored.about, PartFacts)
        before = found.get(facts.participant, Continuation())
        ends = dict(before.ends_s)
        for kind, track in facts.tracks.items():
            ends[kind] = max(ends.get(kind, 0.0), track.end_s)
        found[facts.participant] = Continuation(
            max(before.epoch, facts.epoch + 1), max(before.connection, facts.connection + 1), ends
        )
    return found


def _last_cause(kind: Kind, last: PartFacts) -> str:
    """Why a track stopped before the recording's end."""
    if kind in last.muted:
        return "mute"
    return (last.closed if kind in last.kinds else "") or "silent"


def _epoch(number: int, init: StoredObject, media: list[tuple[PartFacts, StoredObject]]) -> Epoch:
    first = media[0][0]
    parts = tuple(Part(o.key, o.sha256, o.size, f.start_s, f.end_s) for f, o in media)
    tracks: list[Track] = []
    for kind in first.kinds:
        shares = [f.tracks[kind] for f, _ in media if kind in f.tracks]
        if shares:
            inside = (g for f, _ in media for g in f.gaps if g.kind == kind and g.start_s >= shares[0].start_s)
            tracks.append(
                Track(
                    kind,
                    shares[0].codec,
                    shares[0].clock_rate,
                    shares[0].first_rtp,
                    shares[-1].last_rtp,
                    round(sum(s.seconds for s in shares), 6),
                    shares[-1].last_s,
                    tuple(inside),
                )
            )
    return Epoch(
        number=number, connection=first.connection, kinds=tuple(first.kinds), mime=first.mime, width=first.width,
        height=first.height, init=Part(init.key, init.sha256, init.size, parts[0].start_s, parts[0].start_s),
        parts=parts, tracks=tuple(tracks),
    )  # fmt: skip
