"""H.264 in RTP (RFC 6184, packetization mode 1) and the few facts of a stream that a container needs. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

IDR, SEI, SPS, PPS, DELIMITER, FILLER = 5, 6, 7, 8, 9, 12
_STAP_A, _FU_A = 24, 28
_HIGH_PROFILES = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}


def unit_type(unit: bytes) -> int:
    """The NAL unit's type."""
    return unit[0] & 31


def split_annex_b(stream: bytes) -> list[bytes]:
    """NAL units of a byte stream with start codes."""
    units: list[bytes] = []
    start = stream.find(b"\0\0\1")
    while start >= 0:
        start += 3
        end = stream.find(b"\0\0\1", start)
        unit = stream[start : end if end >= 0 else len(stream)].rstrip(b"\0")
        if unit:
            units.append(unit)
        start = end
    return units


def packetize(units: Sequence[bytes], room: int = 1150) -> list[bytes]:
    """RTP payloads of one access unit: small units aggregated (STAP-A), large ones fragmented (FU-A)."""
    payloads: list[bytes] = []
    gathered: list[bytes] = []

    def flush() -> None:
        if len(gathered) == 1:
            payloads.append(gathered[0])
        elif gathered:
            importance = max(u[0] & 0x60 for u in gathered)
            payloads.append(bytes([importance | _STAP_A]) + b"".join(len(u).to_bytes(2) + u for u in gathered))
        gathered.clear()

    for unit in units:
        if len(unit) > room:
            flush()
            indicator, kind = unit[0] & 0x60 | _FU_A, unit[0] & 31
            for at in range(1, len(unit), room):
                part = unit[at : at + room]
                edge = (0x80 if at == 1 else 0) | (0x40 if at + room >= len(unit) else 0)
                payloads.append(bytes([indicator, edge | kind]) + part)
            continue
        if sum(len(u) + 2 for u in gathered) + len(unit) + 3 > room:
            flush()
        gathered.append(unit)
    flush()
    return payloads


def unpack(payloads: Iterable[bytes]) -> tuple[bytes, ...] | None:
    """NAL units of an access unit from its payloads in order. None if they don't fit together."""
    units: list[bytes] = []
    fragments = bytearray()
    for payload in payloads:
        kind = payload[0] & 31 if payload else 0
        if kind == _FU_A and len(payload) > 1:
            if bool(payload[1] & 0x80) == bool(fragments):
                return None
            fragments += payload[2:] if fragments else bytes([payload[0] & 0xE0 | payload[1] & 31]) + payload[2:]
            if payload[1] & 0x40:
                units.append(bytes(fragments))
                fragments.clear()
            continue
        parts = _aggregated(payload) if kind == _STAP_A else [payload] if 1 <= kind < _STAP_A else None
        if parts is None or fragments:
            return None
        units += parts
    return None if fragments else tuple(units)


def _aggregated(payload: bytes) -> list[bytes] | None:
    units: list[bytes] = []
    at = 1
    while at < len(payload):
        size = int.from_bytes(payload[at : at + 2])
        unit = payload[at + 2 : at + 2 + size]
        if len(unit) < size or not unit:
            return None
        units.append(unit)
        at += 2 + size
    return units


def begins_keyframe(payload: bytes) -> bool:
    """Does this RTP payload hold the start of an IDR picture or its parameter sets?"""
    if not payload:
        return False
    kind = payload[0] & 31
    if kind == _FU_A:
        return len(payload) > 1 and bool(payload[1] & 0x80) and payload[1] & 31 in {IDR, SPS}
    if kind == _STAP_A:
        return any(unit_type(u) in {IDR, SPS} for u in _aggregated(payload) or ())
    return kind in {IDR, SPS}


def begins_picture(payload: bytes) -> bool:
    """Does this RTP payload begin with what can only be the start of a picture: a delimiter or a parameter set?"""
    kind = payload[0] & 31 if payload else 0
    if kind == _STAP_A and len(payload) > 3:
        kind = payload[3] & 31
    elif kind == _FU_A and len(payload) > 1 and payload[1] & 0x80:
        kind = payload[1] & 31
    return kind in {SPS, DELIMITER}


def is_keyframe(units: Sequence[bytes]) -> bool:
    """Is this access unit an IDR picture?"""
    return any(unit_type(u) == IDR for u in units)


def holds_picture(units: Sequence[bytes]) -> bool:
    """Is there a coded slice among these units?"""
    return any(unit_type(u) <= IDR for u in units)


@dataclass(frozen=True)
class ParameterSets:
    """The sequence and picture parameter sets that a run of pictures needs."""

    sps: bytes
    pps: bytes

    @property
    def codec(self) -> str:
        """RFC 6381 name of the stream."""
        return f"avc1.{self.sps[1:4].hex()}"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels after cropping. (0, 0) if the set can't be read."""
        try:
            return _picture_size(self.sps)
        except IndexError:
            return (0, 0)


def parameter_sets(units: Iterable[bytes]) -> ParameterSets | None:
    """The parameter sets among these units; None unless both are there."""
    sps = pps = None
    for unit in units:
        if unit_type(unit) == SPS and len(unit) > 3:
            sps = unit
        elif unit_type(unit) == PPS:
            pps = unit
    return ParameterSets(sps, pps) if sps is not None and pps is not None else None


class _Bits:
    def __init__(self, data: bytes) -> None:
        self._data = data.replace(b"\0\0\3", b"\0\0")
        self._at = 0

    def bit(self) -> int:
        value = self._data[self._at >> 3] >> (7 - (self._at & 7)) & 1
        self._at += 1
        return value

    def bits(self, count: int) -> int:
        value = 0
        for _ in range(count):
            value = value << 1 | self.bit()
        return value

    def golomb(self) -> int:
        zeros = 0
        while not self.bit():
            zeros += 1
        return (1 << zeros) - 1 + self.bits(zeros)

    def signed(self) -> int:
        value = self.golomb()
        return (value + 1) // 2 if value & 1 else -(value // 2)


def _picture_size(sps: bytes) -> tuple[int, int]:
    """ITU-T H.264 section 7.3.2.1.1, as far as the cropping rectangle."""
    bits = _Bits(sps[4:])
    bits.golomb()
    chroma = 1
    if sps[1] in _HIGH_PROFILES:
        chroma = _skip_high_fields(bits)
    bits.golomb()
    order = bits.golomb()
    if order == 0:
        bits.golomb()
    elif order == 1:
        bits.bit()
        bits.signed()
        bits.signed()
        for _ in range(bits.golomb()):
            bits.signed()
    bits.golomb()
    bits.bit()
    width = (bits.golomb() + 1) * 16
    map_units = bits.golomb() + 1
    frame_only = bits.bit()
    height = map_units * 16 * (2 - frame_only)
    if not frame_only:
        bits.bit()
    bits.bit()
    if bits.bit():
        across, down = (2 if chroma in {1, 2} else 1), (2 if chroma == 1 else 1) * (2 - frame_only)
        left, right, top, bottom = (bits.golomb() for _ in range(4))
        width -= (left + right) * across
        height -= (top + bottom) * down
    return width, height


def _skip_high_fields(bits: _Bits) -> int:
    chroma = bits.golomb()
    if chroma == 3:
        bits.bit()
    bits.golomb()
    bits.golomb()
    bits.bit()
    if bits.bit():
        for index in range(8 if chroma != 3 else 12):
            if bits.bit():
                last = following = 8
                for _ in range(16 if index < 6 else 64):
                    if following:
                        following = (last + bits.signed()) % 256
                    last = following or last
    return chroma
