"""What a lane's writer asks to be done, in order. Values only: segments.py carries them out."""

from dataclasses import dataclass

import msgspec

from survey_server.recording.lanes import Gap, TrackFacts
from survey_server.rtc.codecs import Codec
from survey_server.wire.basics import Kind


@dataclass(frozen=True)
class EpochOpens:
    """Keep this init segment; the fragments that follow belong to it."""

    number: int
    connection: int
    kinds: tuple[Kind, ...]
    mime: str
    width: int
    height: int
    init: bytes


@dataclass(frozen=True)
class KeyPicture:
    """A picture that a decoder can begin with, as it is kept: `at_s` on the survey's line."""

    at_s: float
    codec: Codec
    units: tuple[bytes, ...]
    """H.264: parameter sets and slices; VP8: the one frame."""


@dataclass(frozen=True)
class Fragment:
    """Append these bytes to the part of this number."""

    part: int
    data: bytes
    start_s: float
    end_s: float
    tracks: dict[Kind, TrackFacts]
    gaps: list[Gap]
    key_picture: KeyPicture | None = None
    """The first that the fragment holds."""


@dataclass(frozen=True)
class EpochCloses:
    """No more fragments under the last init segment. `cause` is set when the connection ended too."""

    cause: str
    muted: tuple[Kind, ...]


@dataclass(frozen=True)
class PartCloses:
    """Nothing came for a while: hand on what there is, so that it does not wait on this machine alone."""

    muted: tuple[Kind, ...]


Step = EpochOpens | Fragment | PartCloses | EpochCloses


class FragmentNotes(msgspec.Struct, frozen=True):
    """What a fragment carries for recovery: the real RTP timestamp of each track's first sample, and its gaps."""

    rtp: dict[Kind, int]
    gaps: list[Gap]
