"""A site video as a file: what its container says of time, place and device. No picture is decoded for it.

FFmpeg (through PyAV) reads the tags, our own walk the structure (`boxes`). The reader is chosen by the first bytes and
is given a file object, so that no file can make it open another one, or an address (playlists can).
"""

import io
import math
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import av
import av.container
import av.error

from survey_server.photo.boxes import Movie, NoMovie, read_movie
from survey_server.photo.container import Kind, sniff
from survey_server.photo.exif import text

MP4: Final = Kind("video/mp4", ".mp4", "MP4 视频", "an MP4 video")
QUICKTIME: Final = Kind("video/quicktime", ".mov", "QuickTime 视频", "a QuickTime video")
WEBM: Final = Kind("video/webm", ".webm", "WebM 视频", "a WebM video")
MATROSKA: Final = Kind("video/x-matroska", ".mkv", "Matroska 视频", "a Matroska video")
VIDEOS: Final = (MP4, QUICKTIME, WEBM, MATROSKA)

MAX_PACKETS: Final = 400_000
"""Looked at for jumps where no sample table tells of them: two hours of sound and picture."""
_PLACE: Final = re.compile(r"([+-]\d{2}(?:\.\d+)?)([+-]\d{3}(?:\.\d+)?)(?:[+-]\d+(?:\.\d+)?)?(?:CRS\w+)?/?")
"""ISO 6709 annex H in whole degrees, as phones write it."""
_MOMENT: Final = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.\d+)?(Z|[+-]\d{2}:?\d{2})?")


@dataclass(frozen=True)
class Film:
    """What a video file says of itself. Absent is None."""

    kind: Kind
    size: int
    seconds: float = 0.0
    video_codec: str | None = None
    audio_codec: str | None = None
    width: int = 0
    height: int = 0
    written_at: datetime | None = None
    """When the file was written, as its header says: UTC by the standard, and most phones keep to it."""
    taken_at: datetime | None = None
    """When it was taken, with the zone the phone stood in (Apple's creationdate)."""
    place: tuple[float, float] | None = None
    place_error_m: float | None = None
    place_text: str | None = None
    """The place as it stands there, possible or not."""
    make: str | None = None
    model: str | None = None
    software: str | None = None
    encoder: str | None = None
    movie: Movie | None = None
    """None for Matroska, and where `fault` says why not."""
    longest_gap_s: float = 0.0
    """Between two pictures in a row."""
    backwards: int = 0
    """How often time goes back between two packets of the picture."""
    broken: str = ""
    """Why nothing can be read; empty if it can."""
    bound: str = ""
    """The bound it breaks, if that is why."""


def kind_of(head: bytes) -> Kind:
    """What the first bytes (4 kB are plenty) say the file is; one of VIDEOS or what `sniff` calls it."""
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return WEBM if b"webm" in head[:64] else MATROSKA
    if head[4:8] == b"ftyp" and not sniff(head).picture:
        return QUICKTIME if head[8:12] == b"qt  " else MP4
    if head[4:8] in (b"moov", b"mdat", b"wide", b"free", b"skip") and len(head) > 8:
        return QUICKTIME  # written before there was a type box
    return sniff(head)


def read_film(path: Path) -> Film:
    """Everything the container says. Never raises for what the file is; OSError when it can't be read."""
    with path.open("rb") as file:
        kind = kind_of(file.read(4096))
        film = Film(kind, os.fstat(file.fileno()).st_size)
        if kind not in VIDEOS:
            return film
        film = replace(film, **_structure(file, film))
        if film.broken:
            return film
        file.seek(0)
        try:
            with opened(file, kind) as container:
                return _tagged(film, container)
        except (av.error.FFmpegError, ValueError, OverflowError, UnicodeError) as fault:
            return replace(film, broken=f"it can't be opened: {type(fault).__name__}")


def opened(file: BinaryIO, kind: Kind) -> av.container.InputContainer:
    """The container for reading. Raises av.error.FFmpegError."""
    reader = "mov" if kind in (MP4, QUICKTIME) else "matroska"
    return av.open(cast("io.BufferedReader", file), "r", format=reader, metadata_errors="replace")


def _structure(file: BinaryIO, film: Film) -> dict[str, Any]:
    if film.kind not in (MP4, QUICKTIME):
        return {}
    try:
        movie = read_movie(file, film.size)
    except NoMovie as fault:
        return {"broken": str(fault), "bound": fault.bound}
    longest = max((track.longest_s for track in movie.tracks if track.kind == "vide"), default=0.0)
    return {"movie": movie, "seconds": movie.seconds, "written_at": movie.created_at, "longest_gap_s": longest}


def _tagged(film: Film, container: av.container.InputContainer) -> Film:
    tags = {name.lower(): value for name, value in container.metadata.items()}
    for stream in container.streams:
        for name, value in stream.metadata.items():
            if name.lower() in ("encoder", "location", "com.apple.quicktime.location.iso6709"):
                tags.setdefault(name.lower(), value)
    video = container.streams.video[0] if container.streams.video else None
    audio = container.streams.audio[0] if container.streams.audio else None
    written = text(tags.get("location")) or text(tags.get("com.apple.quicktime.location.iso6709"))
    film = replace(
        film,
        seconds=film.seconds or (container.duration or 0) / av.time_base,
        video_codec=video.codec_context.name if video else None,
        audio_codec=audio.codec_context.name if audio else None,
        width=video.codec_context.width if video else 0,
        height=video.codec_context.height if video else 0,
        written_at=film.written_at or moment(tags.get("creation_time"), UTC),
        taken_at=moment(tags.get("com.apple.quicktime.creationdate")),
        place=place_in(written),
        place_error_m=_metres(tags.get("com.apple.quicktime.location.accuracy.horizontal")),
        place_text=written,
        make=_first(tags, "com.apple.quicktime.make", "com.android.manufacturer", "make"),
        model=_first(tags, "com.apple.quicktime.model", "com.android.model", "model"),
        software=_first(tags, "com.apple.quicktime.software", "software", "com.android.version"),
        encoder=_first(tags, "encoder", "encoded_by", "writing_application"),
    )
    if video is not None and (film.movie is None or film.movie.fragmented):
        longest, backwards, end = _jumps(container, video.index)
        film = replace(film, longest_gap_s=longest, backwards=backwards, seconds=film.seconds or end)
    return film


def _jumps(container: av.container.InputContainer, index: int) -> tuple[float, int, float]:
    """The longest step between two pictures in a row, how often time goes back, and where it ends. Seconds."""
    longest, backwards, before = 0.0, 0, None
    for number, packet in enumerate(container.demux(container.streams[index])):
        if number >= MAX_PACKETS:
            break
        if packet.dts is None:
            continue
        at = float(packet.dts * packet.time_base)
        if before is not None:
            longest, backwards = max(longest, at - before), backwards + (at < before)
        before = at
    return longest, backwards, before or 0.0


def place_in(written: str | None) -> tuple[float, float] | None:
    """Latitude and longitude out of ISO 6709 text; None for what is none. They may be impossible."""
    found = _PLACE.match(written or "")
    return (float(found[1]), float(found[2])) if found else None


def moment(written: str | None, zone: Any = None) -> datetime | None:
    """A moment as QuickTime and FFmpeg write it; None when blank, impossible or (without `zone`) of no zone."""
    found = _MOMENT.match(written or "")
    if found is None:
        return None
    stated = (found[2] or "").replace("Z", "+00:00")
    with suppress(ValueError, OverflowError):
        at = datetime.fromisoformat(found[1] + stated)
        if at.tzinfo is None:
            if zone is None:
                return None
            at = at.replace(tzinfo=zone)
        return at if at.astimezone(UTC).year >= 1995 else None
    return None


def _first(tags: Mapping[str, str], *names: str) -> str | None:
    return next((found for name in names if (found := text(tags.get(name)))), None)


def _metres(written: str | None) -> float | None:
    with suppress(TypeError, ValueError):
        metres = float(cast("str", written))
        if math.isfinite(metres) and metres >= 0:
            return metres
    return None
