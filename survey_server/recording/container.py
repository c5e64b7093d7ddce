"""The container of an epoch: fragmented MP4, or WebM where the pictures are VP8, which MP4 can't bring to a player."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from survey_server.recording import fmp4, webm
from survey_server.recording.samples import ReadFragment, Run
from survey_server.rtc import h264, vp8
from survey_server.rtc.assembler import Frame

PictureSettings = h264.ParameterSets | vp8.PictureSize
"""What a run of pictures needs to be decoded: another one begins another epoch."""
_LEFT_OUT = {h264.SPS, h264.PPS, h264.DELIMITER, h264.FILLER}


class Container(Protocol):
    """Writes one epoch. Pure."""

    @property
    def mime(self) -> str:
        """What MediaSource.isTypeSupported takes."""
        ...

    def init_segment(self) -> bytes:
        """What every fragment needs before it."""
        ...

    def fragment(self, number: int, runs: Sequence[Run], notes: bytes) -> bytes:
        """These runs, at most one a kind, led by the recorder's notes."""
        ...


class _Mp4:
    def __init__(self, sets: h264.ParameterSets | None, *, audio: bool) -> None:
        self._sets, self._audio = sets, audio
        self.mime = fmp4.mime(sets, audio=audio)

    def init_segment(self) -> bytes:
        return fmp4.init_segment(self._sets, audio=self._audio)

    def fragment(self, number: int, runs: Sequence[Run], notes: bytes) -> bytes:
        return fmp4.fragment(number, runs, notes)


class _WebM:
    def __init__(self, picture: vp8.PictureSize, *, audio: bool) -> None:
        self._picture, self._audio = picture, audio
        self.mime = webm.mime(audio=audio)

    def init_segment(self) -> bytes:
        return webm.init_segment(self._picture, audio=self._audio)

    def fragment(self, number: int, runs: Sequence[Run], notes: bytes) -> bytes:
        del number
        return webm.fragment(runs, notes)


def container(picture: PictureSettings | None, *, audio: bool) -> Container:
    """The container for an epoch with these tracks; `picture` is None where there is sound only."""
    return _WebM(picture, audio=audio) if isinstance(picture, vp8.PictureSize) else _Mp4(picture, audio=audio)


def suffixes(mime: str) -> tuple[str, str]:
    """How the names of an init segment and of a media object of this type end."""
    return (".webm", ".webm") if mime.partition(";")[0].endswith("webm") else (".mp4", ".m4s")


def picture_settings(frame: Frame) -> PictureSettings | None:
    """What a keyframe says of the pictures from it on; None if it says nothing, or is none."""
    if not frame.keyframe or frame.codec == "opus":
        return None
    return h264.parameter_sets(frame.units) if frame.codec == "h264" else vp8.picture_size(frame.units)


def sample_data(frame: Frame) -> bytes:
    """A frame as its container holds it."""
    if frame.codec != "h264":
        return frame.units[0]
    return fmp4.avc_sample([u for u in frame.units if h264.unit_type(u) not in _LEFT_OUT])


def read_fragments(data: bytes) -> Iterator[ReadFragment]:
    """The whole fragments at the beginning of stored media, of either container, without its init segment."""
    return webm.read_fragments(data) if data.startswith(webm.CLUSTER) else fmp4.read_fragments(data)
