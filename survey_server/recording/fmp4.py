"""Fragmented MP4 (ISO/IEC 14496-12) with H.264 (14496-15) and Opus (Opus in ISOBMFF 0.8.1). Pure.

Decode times are written as given and no edit list is used: a player shows a sample at its decode time. Each fragment is
led by a `uuid` box with the recorder's own notes; players skip it.
"""

import struct
import uuid
from collections.abc import Iterator, Sequence

from survey_server.recording.samples import TIMESCALE, ReadFragment, ReadRun, Run
from survey_server.rtc.h264 import ParameterSets
from survey_server.wire.basics import Kind

_TRACK_ID: dict[Kind, int] = {"video": 1, "audio": 2}
_KIND: dict[int, Kind] = {1: "video", 2: "audio"}
_NOTES = uuid.UUID("7f0c6d1e-5a0b-4e7c-9f43-2b8d6a1c9e50").bytes
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_SYNC, _NOT_SYNC = 0x02000000, 0x01010000
_BOX_HEADER = 8
_FINE_TICKS = 450


def avc_sample(units: Sequence[bytes]) -> bytes:
    """NAL units as a sample: each behind its 4-byte length."""
    return b"".join(len(u).to_bytes(4) + u for u in units)


def mime(video: ParameterSets | None, *, audio: bool) -> str:
    """What MediaSource.isTypeSupported takes."""
    codecs = [video.codec] if video is not None else []
    codecs += ["opus"] if audio else []
    return f'{"video" if video is not None else "audio"}/mp4; codecs="{",".join(codecs)}"'


def init_segment(video: ParameterSets | None, *, audio: bool) -> bytes:
    """File type and movie boxes for these tracks.

    Pictures don't come at a steady rate. FFmpeg would guess one and complain of pictures that share one of its ticks;
    an empty row in the time table (no samples, 1/200 s each) gives it a rate fine enough. Others skip it.
    """
    tracks: list[bytes] = []
    kinds: list[Kind] = []
    if video is not None:
        width, height = video.size
        kinds.append("video")
        tracks.append(_track("video", width, height, _avc1(video, width, height)))
    if audio:
        kinds.append("audio")
        tracks.append(_track("audio", 0, 0, _opus()))
    header = struct.pack(">IIIII", 0, 0, 1000, 0, 0x10000) + struct.pack(">HHII", 0x0100, 0, 0, 0)
    header += _MATRIX + bytes(24) + (3).to_bytes(4)
    extends = b"".join(_full("trex", 0, 0, struct.pack(">5I", _TRACK_ID[k], 1, 0, 0, 0)) for k in kinds)
    moov = _box("moov", _full("mvhd", 0, 0, header), *tracks, _box("mvex", extends))
    return _box("ftyp", b"iso6" + bytes(4) + b"iso6mp41dash") + moov


def fragment(number: int, runs: Sequence[Run], notes: bytes) -> bytes:
    """One moof with its mdat, led by the notes."""
    lead = _box("uuid", _NOTES + notes)
    size = len(_moof(number, runs, 0))
    return lead + _moof(number, runs, size + _BOX_HEADER) + _box("mdat", *(s.data for run in runs for s in run.samples))


def _moof(number: int, runs: Sequence[Run], data_at: int) -> bytes:
    parts: list[bytes] = []
    for run in runs:
        rows = b"".join(
            struct.pack(">III", s.duration, len(s.data), _SYNC if s.sync else _NOT_SYNC) for s in run.samples
        )
        parts.append(
            _box(
                "traf",
                _full("tfhd", 0, 0x020000, _TRACK_ID[run.kind].to_bytes(4)),
                _full("tfdt", 1, 0, run.decode_time.to_bytes(8)),
                _full("trun", 0, 0x000701, struct.pack(">II", len(run.samples), data_at) + rows),
            )
        )
        data_at += sum(len(s.data) for s in run.samples)
    return _box("moof", _full("mfhd", 0, 0, number.to_bytes(4)), *parts)


def read_fragments(data: bytes) -> Iterator[ReadFragment]:
    """The whole fragments at the beginning of these bytes; stops before the first that is cut short or foreign."""
    notes, runs = b"", ()
    for name, start, end in _boxes(data, 0, len(data)):
        if name == b"uuid" and data[start : start + 16] == _NOTES:
            notes = data[start + 16 : end]
        elif name == b"moof":
            runs = tuple(_read_trafs(data, start, end))
        elif name == b"mdat" and runs:
            yield ReadFragment(end, notes, runs)
            notes, runs = b"", ()
        else:
            return


def _read_trafs(data: bytes, start: int, end: int) -> Iterator[ReadRun]:
    for name, at, until in _boxes(data, start, end):
        if name != b"traf":
            continue
        inner = {n: data[a:u] for n, a, u in _boxes(data, at, until)}
        kind = _KIND[int.from_bytes(inner[b"tfhd"][4:8])]
        trun = inner[b"trun"]
        count = int.from_bytes(trun[4:8])
        durations = [int.from_bytes(trun[12 + 12 * n : 16 + 12 * n]) for n in range(count)]
        decode_time = int.from_bytes(inner[b"tfdt"][4:12])
        yield ReadRun(kind, decode_time, sum(durations), count, durations[-1] if durations else 0)


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    while at + _BOX_HEADER <= end:
        size = int.from_bytes(data[at : at + 4])
        if size < _BOX_HEADER or at + size > end:
            return
        yield data[at + 4 : at + 8], at + _BOX_HEADER, at + size
        at += size


def _box(name: str, *content: bytes) -> bytes:
    size = _BOX_HEADER + sum(len(c) for c in content)
    return size.to_bytes(4) + name.encode() + b"".join(content)


def _full(name: str, version: int, flags: int, *content: bytes) -> bytes:
    return _box(name, bytes([version]) + flags.to_bytes(3), *content)


def _track(kind: Kind, width: int, height: int, entry: bytes) -> bytes:
    head = struct.pack(">IIIII", 0, 0, _TRACK_ID[kind], 0, 0) + bytes(8)
    head += struct.pack(">HHHH", 0, 0, 0x0100 if kind == "audio" else 0, 0) + _MATRIX
    head += struct.pack(">II", width << 16, height << 16)
    media_head = struct.pack(">IIIIHH", 0, 0, TIMESCALE[kind], 0, 0x55C4, 0)
    handler, title = (b"vide", b"picture\0") if kind == "video" else (b"soun", b"sound\0")
    medium = _full("vmhd", 0, 1, bytes(8)) if kind == "video" else _full("smhd", 0, 0, bytes(4))
    tables = _box(
        "stbl",
        _full("stsd", 0, 0, (1).to_bytes(4) + entry),
        _full("stts", 0, 0, struct.pack(">III", 1, 0, _FINE_TICKS) if kind == "video" else bytes(4)),
        _full("stsc", 0, 0, bytes(4)),
        _full("stsz", 0, 0, bytes(8)),
        _full("stco", 0, 0, bytes(4)),
    )
    here = _box("dinf", _full("dref", 0, 0, (1).to_bytes(4) + _full("url ", 0, 1)))
    return _box(
        "trak",
        _full("tkhd", 0, 3, head),
        _box(
            "mdia",
            _full("mdhd", 0, 0, media_head),
            _full("hdlr", 0, 0, bytes(4) + handler + bytes(12) + title),
            _box("minf", medium, here, tables),
        ),
    )


def _avc1(sets: ParameterSets, width: int, height: int) -> bytes:
    entry = bytes(6) + (1).to_bytes(2) + bytes(16) + struct.pack(">HHII", width, height, 0x480000, 0x480000)
    entry += bytes(4) + (1).to_bytes(2) + bytes(32) + (0x18).to_bytes(2) + b"\xff\xff"
    configuration = b"\x01" + sets.sps[1:4] + b"\xff\xe1" + len(sets.sps).to_bytes(2) + sets.sps
    configuration += b"\x01" + len(sets.pps).to_bytes(2) + sets.pps
    return _box("avc1", entry, _box("avcC", configuration))


def _opus() -> bytes:
    entry = bytes(6) + (1).to_bytes(2) + bytes(8) + struct.pack(">HHHHI", 2, 16, 0, 0, 48_000 << 16)
    return _box("Opus", entry, _box("dOps", struct.pack(">BBHIhB", 0, 2, 0, 48_000, 0, 0)))
