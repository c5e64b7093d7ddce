"""WebM (EBML, RFC 8794; Matroska, RFC 9559) with VP8 and Opus, as a stream of unknown length. Pure.

Timecodes are milliseconds on the survey's line. A cluster can say neither durations nor ticks, so each carries, in a
Void element that players skip, a table of them and the recorder's own notes: a fragment is one whole Cluster.
"""

import struct
import uuid
from collections.abc import Iterator, Sequence

from survey_server.recording.samples import TIMESCALE, ReadFragment, ReadRun, Run
from survey_server.rtc import vp8
from survey_server.wire.basics import Kind

CLUSTER = b"\x1f\x43\xb6\x75"
_EBML, _SEGMENT, _INFO, _TRACKS = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67", b"\x15\x49\xa9\x66", b"\x16\x54\xae\x6b"
_TIMESTAMP, _VOID, _SIMPLE_BLOCK = b"\xe7", b"\xec", b"\xa3"
_UNKNOWN_SIZE = b"\x01" + b"\xff" * 7
_TRACK_NUMBER: dict[Kind, int] = {"video": 1, "audio": 2}
_KIND: dict[int, Kind] = {1: "video", 2: "audio"}
_NOTES = uuid.UUID("5c3e8d12-64f7-4b1a-9a0d-e1b7f2c85a34").bytes
_RUN = struct.Struct(">BQI")
_KEY_BLOCK, _INVISIBLE_BLOCK = 0x80, 0x08
_SEEK_PRE_ROLL_NS = 80_000_000


def mime(*, audio: bool) -> str:
    """What MediaSource.isTypeSupported takes."""
    return f'video/webm; codecs="{"vp8,opus" if audio else "vp8"}"'


def init_segment(picture: vp8.PictureSize, *, audio: bool) -> bytes:
    """The EBML header and the beginning of a segment that never says where it ends."""
    header = _element(
        _EBML, _number(b"\x42\x86", 1), _number(b"\x42\xf7", 1), _number(b"\x42\xf2", 4), _number(b"\x42\xf3", 8),
        _element(b"\x42\x82", b"webm"), _number(b"\x42\x87", 4), _number(b"\x42\x85", 2),
    )  # fmt: skip
    info = _element(
        _INFO, _number(b"\x2a\xd7\xb1", 1_000_000), _element(b"\x4d\x80", b"Takan"), _element(b"\x57\x41", b"Takan")
    )
    size = _element(b"\xe0", _number(b"\xb0", picture.width), _number(b"\xba", picture.height))
    tracks = [_track("video", 1, b"V_VP8", size)]
    if audio:
        opus_head = b"OpusHead" + struct.pack("<BBHIhB", 1, 2, 0, TIMESCALE["audio"], 0, 0)
        rate = struct.pack(">d", TIMESCALE["audio"])
        sound = _element(b"\xe1", _element(b"\xb5", rate), _number(b"\x9f", 2))
        delays = _number(b"\x56\xaa", 0) + _number(b"\x56\xbb", _SEEK_PRE_ROLL_NS)
        tracks.append(_track("audio", 2, b"A_OPUS", _element(b"\x63\xa2", opus_head) + delays + sound))
    return header + _SEGMENT + _UNKNOWN_SIZE + info + _element(_TRACKS, *tracks)


def fragment(runs: Sequence[Run], notes: bytes) -> bytes:
    """One cluster, led by its table and the notes. The runs must lie within half a minute."""
    blocks: list[tuple[int, int, int, bytes]] = []
    for run in runs:
        number, at = _TRACK_NUMBER[run.kind], run.decode_time
        for sample in run.samples:
            flags = _KEY_BLOCK if sample.sync else 0
            if run.kind == "video" and not vp8.is_shown(sample.data):
                flags |= _INVISIBLE_BLOCK
            blocks.append((_milliseconds(run.kind, at), number, flags, sample.data))
            at += sample.duration
    blocks.sort(key=lambda block: block[0])
    start = blocks[0][0]
    return _element(
        CLUSTER,
        _number(_TIMESTAMP, start),
        _element(_VOID, _NOTES, _table(runs), notes),
        *(
            _element(_SIMPLE_BLOCK, bytes([0x80 | number]), struct.pack(">hB", at - start, flags), data)
            for at, number, flags, data in blocks
        ),
    )


def read_fragments(data: bytes) -> Iterator[ReadFragment]:
    """The whole fragments at the beginning of these bytes; stops before the first that is cut short or foreign."""
    for identifier, start, end in _elements(data, 0, len(data)):
        found = _read_cluster(data, start, end) if identifier == CLUSTER else None
        if found is None:
            return
        yield found


def _milliseconds(kind: Kind, ticks: int) -> int:
    return round(ticks * 1000 / TIMESCALE[kind])


def _table(runs: Sequence[Run]) -> bytes:
    """Every run's decode time and durations in ticks: how many runs, then kind, decode time, count, durations."""
    rows = [bytes([len(runs)])]
    for run in runs:
        rows.append(_RUN.pack(_TRACK_NUMBER[run.kind], run.decode_time, len(run.samples)))
        rows.append(struct.pack(f">{len(run.samples)}I", *(s.duration for s in run.samples)))
    return b"".join(rows)


def _read_cluster(data: bytes, start: int, end: int) -> ReadFragment | None:
    told: tuple[tuple[ReadRun, ...], bytes] | None = None
    blocks: dict[Kind, int] = {"video": 0, "audio": 0}
    at = start
    for identifier, content, until in _elements(data, start, end):
        at = until
        if identifier == _VOID and data[content : content + len(_NOTES)] == _NOTES:
            told = _read_table(data[content + len(_NOTES) : until])
        elif identifier == _SIMPLE_BLOCK and data[content] & 0x7F in _KIND:
            blocks[_KIND[data[content] & 0x7F]] += 1
    if told is None or at != end or any(blocks[run.kind] != run.samples for run in told[0]):
        return None
    return ReadFragment(end, told[1], told[0])


def _read_table(told: bytes) -> tuple[tuple[ReadRun, ...], bytes] | None:
    runs: list[ReadRun] = []
    at = 1
    try:
        for _ in range(told[0]):
            number, decode_time, count = _RUN.unpack_from(told, at)
            durations = struct.unpack_from(f">{count}I", told, at + _RUN.size)
            at += _RUN.size + 4 * count
            runs.append(ReadRun(_KIND[number], decode_time, sum(durations), count, durations[-1] if durations else 0))
    except (struct.error, KeyError, IndexError):
        return None
    return tuple(runs), told[at:]


def _elements(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Identifier, content's start and end of the whole elements of known size in this range."""
    while at < end and data[at]:
        identifier = data[at : at + 9 - data[at].bit_length()]
        at += len(identifier)
        width = 9 - data[at].bit_length() if at < end and data[at] else 0
        if not width or at + width > end:
            return
        size = int.from_bytes(data[at : at + width]) & ((1 << 7 * width) - 1)
        at += width
        if at + size > end:
            return
        yield identifier, at, at + size
        at += size


def _track(kind: Kind, kind_number: int, codec: bytes, settings: bytes) -> bytes:
    number = _TRACK_NUMBER[kind]
    return _element(
        b"\xae", _number(b"\xd7", number), _number(b"\x73\xc5", number), _number(b"\x83", kind_number),
        _number(b"\x9c", 0), _element(b"\x86", codec), settings,
    )  # fmt: skip


def _number(identifier: bytes, value: int) -> bytes:
    return _element(identifier, value.to_bytes(max(1, (value.bit_length() + 7) // 8)))


def _element(identifier: bytes, *content: bytes) -> bytes:
    """An element with its size in the shortest form of 1, 2, 4 or 8 bytes."""
    size = sum(len(c) for c in content)
    width = next(width for width in (1, 2, 4, 8) if size < (1 << 7 * width) - 1)
    return identifier + (size | 1 << 7 * width).to_bytes(width) + b"".join(content)
