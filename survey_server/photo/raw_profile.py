"""EXIF as PNG writers kept it before `eXIf` existed: hexadecimal text in a text chunk (ImageMagick, ExifTool)."""

import zlib
from typing import Final

MAX_TEXT: Final = 2 << 20
_KEYWORDS: Final = (b"Raw profile type exif", b"Raw profile type APP1")


def profile_of(name: bytes, body: bytes, limit: int = MAX_TEXT) -> bytes | None:
    """The profile in a `tEXt`, `zTXt` or `iTXt` chunk; None when the chunk is about something else, b"" if unreadable.

    At most `limit` bytes of text are inflated, so a chunk that unpacks to gigabytes costs milliseconds.
    """
    keyword, _, rest = body.partition(b"\0")
    if keyword not in _KEYWORDS:
        return None
    text = _text(name, rest, limit)
    lines = text.split(b"\n", 3)  # an empty line, the profile's name, its length, then the hexadecimal digits
    if len(lines) < 4:
        return b""
    digits = b"".join(lines[3].split())
    try:
        return bytes.fromhex(digits[: len(digits) & ~1].decode("ascii"))
    except ValueError:
        return b""


def _text(name: bytes, rest: bytes, limit: int) -> bytes:
    match name:
        case b"zTXt":
            return _inflated(rest[1:], limit)
        case b"iTXt":  # compression flag and method, language, translated keyword (PNG third edition, 11.3.3.4)
            compressed, text = rest[:1] == b"\1", rest[2:].split(b"\0", 2)[-1]
            return _inflated(text, limit) if compressed else text[:limit]
        case _:
            return rest[:limit]


def _inflated(body: bytes, limit: int) -> bytes:
    try:
        return zlib.decompressobj().decompress(body, limit)
    except zlib.error:
        return b""
