"""What a container is made of and what can be read back from it, whichever container it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from survey_server.rtc.codecs import CLOCK_RATE
from survey_server.wire.basics import Kind

TIMESCALE: dict[Kind, int] = CLOCK_RATE
"""Ticks per second of each kind's decode times: those of its RTP clock."""


class Sample(NamedTuple):
    """One picture or one Opus packet as the container holds it; its duration in the track's timescale."""

    data: bytes
    duration: int
    sync: bool


@dataclass(frozen=True)
class Run:
    """Samples of one track without a hole between them, from a decode time in the track's timescale."""

    kind: Kind
    decode_time: int
    samples: Sequence[Sample]


@dataclass(frozen=True)
class ReadRun:
    """What a stored fragment says of one track."""

    kind: Kind
    decode_time: int
    duration: int
    samples: int
    last_duration: int


@dataclass(frozen=True)
class ReadFragment:
    """A whole fragment found in stored bytes: where it ends, its notes and its runs."""

    end: int
    notes: bytes
    runs: tuple[ReadRun, ...]
