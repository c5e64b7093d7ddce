"""A video file made ready for a simulated person: encoded once, outside any server, then only sent.

Constrained baseline H.264 without B-frames and Opus in 20 ms packets, as a phone's browser would send them.
"""

import hashlib
import math
import os
import struct
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import msgspec
from av.audio.resampler import AudioResampler
from av.container import InputContainer
from av.video.frame import PictureType

from survey_server.rtc import h264

FRAMES_PER_SECOND = 30
OPUS_SAMPLES = 960
_VERSION = 2
_LONGEST_S = 60
_KEY_EVERY = 60
_BIT_RATE = 1_200_000
_LIMITS = (1280, 720)


class PreparedMedia(msgspec.Struct, frozen=True):
    """Pictures at 30 per second, each a list of NAL units, and Opus packets of 20 ms. Both are sent in a loop."""

    pictures: list[list[bytes]]
    keyframes: list[bool]
    sounds: list[bytes]
    width: int
    height: int

    @property
    def seconds(self) -> float:
        """Length of one round of the picture."""
        return len(self.pictures) / FRAMES_PER_SECOND


def prepare(video_file: Path, cache_dir: Path) -> PreparedMedia:
    """Encode the first minute of a file, or read what an earlier call encoded. Blocking: seconds of work.

    Raises OSError if the file can't be read, ValueError if it holds no picture.
    """
    with video_file.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
    kept = cache_dir / f"{digest[:20]}-{_VERSION}.media"
    if kept.exists():
        return msgspec.msgpack.decode(kept.read_bytes(), type=PreparedMedia)
    media = _encode(video_file)
    cache_dir.mkdir(parents=True, exist_ok=True)
    fresh = kept.with_suffix(f".{os.getpid()}")
    fresh.write_bytes(msgspec.msgpack.encode(media))
    fresh.rename(kept)
    return media


def _encode(video_file: Path) -> PreparedMedia:
    pictures: list[list[bytes]] = []
    with av.open(str(video_file)) as container:
        if not container.streams.video:
            raise ValueError(f"{video_file.name} holds no picture")
        stream = container.streams.video[0]
        shrink = min(1.0, _LIMITS[0] / stream.width, _LIMITS[1] / stream.height)
        width, height = (int(x * shrink) // 2 * 2 for x in (stream.width, stream.height))
        encoder = av.CodecContext.create("libx264", "w")
        assert isinstance(encoder, av.VideoCodecContext)
        encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
        encoder.framerate, encoder.time_base = Fraction(FRAMES_PER_SECOND), Fraction(1, FRAMES_PER_SECOND)
        encoder.bit_rate = _BIT_RATE
        encoder.options = {
            "profile": "baseline", "level": "31", "preset": "veryfast", "tune": "zerolatency",
            "x264-params": f"bframes=0:keyint={_KEY_EVERY}:min-keyint={_KEY_EVERY}:scenecut=0:repeat-headers=1"
            f":vbv-maxrate={_BIT_RATE * 3 // 2000}:vbv-bufsize={_BIT_RATE // 1000}",
        }  # fmt: skip
        for number, frame in enumerate(_at_even_times(container)):
            picture = frame.reformat(width=width, height=height, format="yuv420p")
            picture.pts, picture.time_base = number, encoder.time_base
            picture.pict_type = PictureType.NONE
            pictures += [h264.split_annex_b(p) for p in _encoded(encoder, picture)]
        pictures += [h264.split_annex_b(p) for p in _encoded(encoder, None)]
    if not pictures:
        raise ValueError(f"{video_file.name} holds no picture that can be read")
    pictures = [[_as_42e0(unit) for unit in picture] for picture in pictures]
    keyframes = [any(h264.unit_type(u) == h264.IDR for u in p) for p in pictures]
    return PreparedMedia(pictures, keyframes, _sound(video_file, len(pictures)), width, height)


def _as_42e0(unit: bytes) -> bytes:
    """The parameter set with constraint_set2 besides 0 and 1: what is negotiated as 42e01f (RFC 6184 section 8.1).

    x264 leaves the flag out; a stream without slice groups, ASO and redundant slices obeys it (H.264 A.2.3).
    """
    if h264.unit_type(unit) != h264.SPS:
        return unit
    return unit[:2] + bytes([unit[2] | 0x20]) + unit[3:]


def _encoded(encoder: Any, frame: av.VideoFrame | av.AudioFrame | None) -> list[bytes]:
    return [bytes(packet) for packet in encoder.encode(frame)]


def _at_even_times(container: InputContainer) -> Iterator[av.VideoFrame]:
    """Frames of the first video stream at 30 per second: doubled or left out as their times ask for."""
    count = 0
    start: float | None = None
    for frame in container.decode(video=0):
        at = frame.time
        start = at if start is None else start
        while count <= (at - start) * FRAMES_PER_SECOND + 0.5:
            if count >= _LONGEST_S * FRAMES_PER_SECOND:
                return
            yield frame
            count += 1


def _sound(video_file: Path, pictures: int) -> list[bytes]:
    """The file's sound as Opus, cut or filled to the pictures' length; a soft tone where there is none."""
    samples = pictures * 48_000 // FRAMES_PER_SECOND // OPUS_SAMPLES * OPUS_SAMPLES
    pcm = bytearray()
    with av.open(str(video_file)) as container:
        if container.streams.audio:
            resampler = AudioResampler(format="s16", layout="mono", rate=48_000)
            for frame in container.decode(audio=0):
                for piece in resampler.resample(frame):
                    pcm += bytes(piece.planes[0])[: piece.samples * 2]
                if len(pcm) >= samples * 2:
                    break
    if not pcm:
        pcm += b"".join(struct.pack("<h", int(900 * math.sin(n * 440 * math.tau / 48_000))) for n in range(samples))
    pcm = pcm[: samples * 2] + bytes(max(0, samples * 2 - len(pcm)))
    encoder = av.CodecContext.create("libopus", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.layout, encoder.format = 48_000, "mono", "s16"
    encoder.bit_rate, encoder.time_base = 32_000, Fraction(1, 48_000)
    packets: list[bytes] = []
    for at in range(0, samples, OPUS_SAMPLES):
        frame = av.AudioFrame(format="s16", layout="mono", samples=OPUS_SAMPLES)
        frame.planes[0].update(bytes(pcm[at * 2 : (at + OPUS_SAMPLES) * 2]))
        frame.sample_rate, frame.pts, frame.time_base = 48_000, at, Fraction(1, 48_000)
        packets += _encoded(encoder, frame)
    return packets + _encoded(encoder, None)
