"""VP8 in RTP (RFC 7741) and the few facts of a stream that a container needs (RFC 6386). Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_EXTENDED, _PARTITION_START, _PARTITION = 0x80, 0x10, 0x07
_PICTURE_ID, _LAYER_INDEX, _LAYER_OR_KEY = 0x80, 0x40, 0x30
_LONG_PICTURE_ID = 0x80
_START_CODE = b"\x9d\x01\x2a"
_KEY_HEADER = 10


@dataclass(frozen=True)
class PictureSize:
    """What a run of pictures needs to be shown: width and height in pixels, as its keyframe says."""

    width: int
    height: int

    @property
    def codec(self) -> str:
        """Name of the codec as WebM players take it."""
        return "vp8"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.width, self.height


def _descriptor_size(payload: bytes) -> int | None:
    """Length of the payload descriptor (RFC 7741 section 4.2). None if the payload ends before its data begin."""
    if not payload:
        return None
    at = 1
    if payload[0] & _EXTENDED:
        if len(payload) < 2:
            return None
        flags = payload[1]
        at = 2
        if flags & _PICTURE_ID:
            if len(payload) < 3:
                return None
            at += 2 if payload[2] & _LONG_PICTURE_ID else 1
        at += bool(flags & _LAYER_INDEX) + bool(flags & _LAYER_OR_KEY)
    return at if at < len(payload) else None


def begins_picture(payload: bytes) -> bool:
    """Does this RTP payload hold the first bytes of a frame?"""
    return bool(payload) and bool(payload[0] & _PARTITION_START) and not payload[0] & _PARTITION


def begins_keyframe(payload: bytes) -> bool:
    """Does this RTP payload hold the first bytes of a keyframe?"""
    at = _descriptor_size(payload)
    return at is not None and begins_picture(payload) and not payload[at] & 1


def unpack(payloads: Iterable[bytes]) -> tuple[bytes, ...] | None:
    """The frame, as the only element, from its payloads in order. None if they are not one frame from its beginning."""
    frame = bytearray()
    for payload in payloads:
        at = _descriptor_size(payload)
        if at is None or begins_picture(payload) == bool(frame):
            return None
        frame += payload[at:]
    return (bytes(frame),) if frame else None


def packetize(frame: bytes, picture_id: int, room: int = 1150) -> list[bytes]:
    """RTP payloads of one frame, with a picture identifier of 15 bits."""
    pieces = [frame[at : at + room] for at in range(0, len(frame), room)]
    identifier = (0x8000 | picture_id & 0x7FFF).to_bytes(2)
    return [
        bytes([_EXTENDED | (0 if n else _PARTITION_START), _PICTURE_ID]) + identifier + piece
        for n, piece in enumerate(pieces)
    ]


def is_keyframe(units: Sequence[bytes]) -> bool:
    """Can a decoder begin with this frame? One whose size can't be read is none."""
    return picture_size(units) is not None


def holds_picture(units: Sequence[bytes]) -> bool:
    """Is there anything to decode?"""
    return any(units)


def is_shown(frame: bytes) -> bool:
    """The show_frame bit (RFC 6386 section 9.1): a frame without it only serves later ones."""
    return bool(frame[0] & 0x10)


def picture_size(units: Iterable[bytes]) -> PictureSize | None:
    """The size in a keyframe's header (RFC 6386 section 9.1); None for other frames."""
    for frame in units:
        if len(frame) >= _KEY_HEADER and not frame[0] & 1 and frame[3:6] == _START_CODE:
            width, height = (int.from_bytes(frame[at : at + 2], "little") & 0x3FFF for at in (6, 8))
            return PictureSize(width, height) if width and height else None
    return None
