"""EXIF as PNG writers kept it before `eXIf` existed: hexadecimal text in a text chunk (ImageMagick, ExifTool)."""

import zlib
from typing import Final

MAX_TEXT: Final = 2 << 20
_KEYWORDS: Final = (b"Raw profile type exif", b"Raw profile type APP1")


def exif_of(name: bytes, body: bytes) -> bytes | None:
    """The EXIF in a `tEXt`, `zTXt` or `iTXt` chunk; None when the chunk is about something else, b"" when unreadable.

    At most 2 MiB are inflated, so a chunk that unpacks to gigabytes costs milliseconds.
    """
    keyword, _, rest = body.partition(b"\0")
    if keyword not in _KEYWORDS:
        return None
    text = _text(name, rest)
    lines = text.split(b"\n", 3)  # an empty line, the profile's name, its length, then the hexadecimal digits
    if len(lines) < 4:
        return b""
    digits = b"".join(lines[3].split())
    try:
        return bytes.fromhex(digits[: len(digits) & ~1].decode("ascii"))
    except ValueError:
        return b""


def _text(name: bytes, rest: bytes) -> bytes:
    match name:
        case b"zTXt":
            return _inflated(rest[1:])
        case b"iTXt":  # compression flag and method, language, translated keyword (PNG third edition, 11.3.3.4)
            compressed, text = rest[:1] == b"\1", rest[2:].split(b"\0", 2)[-1]
            return _inflated(text) if compressed else text[:MAX_TEXT]
        case _:
            return rest[:MAX_TEXT]


def _inflated(body: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(body, MAX_TEXT)
    except zlib.error:
        return b""
