"""From bytes to a picture file's parts: what it is, its declared size, its metadata, what hangs behind it.

Nothing is decoded here and every loop is bounded. A whole file is never handed to an EXIF reader: ExifRead looks
for EXIF in a 4,000-byte window only, so the walk to the TIFF blob is ours (JPEG: ITU-T T.81 Annex B and Exif 3.0
section 4.7; PNG third edition; WebP container specification).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal

from survey_server.photo import heif, raw_profile
from survey_server.photo.exif import TIFF_HEADS

MAX_BYTES: Final = 30 * 1024 * 1024
MAX_PIXELS: Final = 60_000_000
MAX_LARGE_PIXELS: Final = 210_000_000
"""For a JPEG of one scan, which is decoded small: phones take pictures of 200 MP."""
MAX_SCANS: Final = 64
MAX_SEGMENTS: Final = 2_000
MAX_CHUNKS: Final = 65_536
"""Of a PNG's picture data, which libpng writes in chunks of 8 KiB: 3,840 of them make `MAX_BYTES`."""
MAX_EXIF_BYTES: Final = 1 << 20
MAX_XMP_BYTES: Final = 1 << 16

Trailing = Literal["none", "padding", "phone", "unknown"]
"""What lies behind the picture's end: nothing, zeros, what phones append on purpose, or something else."""


@dataclass(frozen=True)
class Kind:
    """A sort of content, by its first bytes; `zh` and `en` name it inside a sentence, `en` with its article.

    `picture` says a camera or a screen could have made it.
    """

    media_type: str
    suffix: str
    zh: str
    en: str
    picture: bool = False


@dataclass(frozen=True)
class Container:
    """A picture file taken apart. `width` and `height` are as declared, 0 when nothing declares them."""

    kind: Kind
    width: int = 0
    height: int = 0
    exif: tuple[bytes, ...] = ()
    exif_blocks: int = 0
    xmp: bytes = b""
    c2pa: bool = False
    """Is a C2PA manifest there? Whether it holds is `provenance`'s question."""
    scans: int = 1
    complete: bool = True
    trailing: Trailing = "none"
    trailing_bytes: int = 0
    endless: bool = False
    """More segments than any camera writes; the walk was given up."""

    @property
    def pixels(self) -> int:
        return self.width * self.height


JPEG: Final = Kind("image/jpeg", ".jpg", "JPEG 照片", "a JPEG photo", picture=True)
PNG: Final = Kind("image/png", ".png", "PNG 图片", "a PNG picture", picture=True)
WEBP: Final = Kind("image/webp", ".webp", "WebP 图片", "a WebP picture", picture=True)
HEIF: Final = Kind("image/heic", ".heic", "HEIC 照片", "a HEIC photo", picture=True)
AVIF: Final = Kind("image/avif", ".avif", "AVIF 图片", "an AVIF picture", picture=True)
GIF: Final = Kind("image/gif", ".gif", "GIF 动图", "a GIF picture", picture=True)
TIFF: Final = Kind("image/tiff", ".tif", "TIFF 图片", "a TIFF picture", picture=True)
BMP: Final = Kind("image/bmp", ".bmp", "BMP 图片", "a BMP picture", picture=True)
VIDEO: Final = Kind("video/mp4", ".mp4", "视频文件", "a video")
PDF: Final = Kind("application/pdf", ".pdf", "PDF 文档", "a PDF document")
ZIP: Final = Kind("application/zip", ".zip", "压缩包或办公文档", "a zip archive or office document")
POSTSCRIPT: Final = Kind("application/postscript", ".eps", "PostScript 文件", "a PostScript file")
HTML: Final = Kind("text/html", ".html", "网页（HTML）文件", "a web page (HTML)")
SVG: Final = Kind("image/svg+xml", ".svg", "SVG/XML 文件", "an SVG or XML file")
EMPTY: Final = Kind("application/octet-stream", ".bin", "空文件", "an empty file")
UNKNOWN: Final = Kind("application/octet-stream", ".bin", "无法识别的文件", "a file of an unknown kind")

READABLE: Final = (JPEG, PNG, WEBP, HEIF)

_MAGIC: Final = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
    (b"BM", BMP),
    (b"%PDF-", PDF),
    (b"PK\x03\x04", ZIP),
    (b"%!PS", POSTSCRIPT),
    (b"\xc5\xd0\xd3\xc6", POSTSCRIPT),
)
_HEVC_BRANDS: Final = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis"})
_AV1_BRANDS: Final = frozenset({b"avif", b"avis"})
_ANY_CODEC: Final = frozenset({b"mif1", b"msf1"})
_MAX_BRANDS: Final = 64


def sniff(data: bytes) -> Kind:
    """What the first bytes say, whatever the name says."""
    if not data:
        return EMPTY
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WEBP
    if data[4:8] == b"ftyp":
        return _sniff_brands(data)
    return _sniff_text(data[:1024])


def _sniff_brands(data: bytes) -> Kind:
    """A picture or a video, by the major brand or else the compatible ones (ISO/IEC 14496-12, 4.3; 23008-12, 10.2)."""
    end = min(int.from_bytes(data[:4], "big"), 16 + 4 * _MAX_BRANDS)
    major, brands = data[8:12], {data[at : at + 4] for at in range(16, end - 3, 4)}
    for named in ({major}, brands):
        if named & _HEVC_BRANDS:
            return HEIF
        if named & _AV1_BRANDS:
            return AVIF
    return HEIF if _ANY_CODEC & {major, *brands} else VIDEO


def _sniff_text(head: bytes) -> Kind:
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script")):
        return HTML
    if text.startswith((b"<?xml", b"<svg")):
        return HTML if b"<html" in text else SVG
    return UNKNOWN


def open_container(data: bytes) -> Container:
    """Take a picture file apart. Never raises; an unreadable kind has neither size nor EXIF."""
    kind = sniff(data)
    if kind is JPEG:
        return _open_jpeg(data)
    if kind is PNG:
        return _open_png(data)
    if kind is WEBP:
        return _open_webp(data)
    if kind in (HEIF, AVIF):
        return _open_heif(data, kind)
    return Container(kind)


# ---------------------------------------------------------------- JPEG

_SOF: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SOS, _EOI, _APP1, _APP2, _APP11 = 0xDA, 0xD9, 0xE1, 0xE2, 0xEB
_XMP: Final = b"http://ns.adobe.com/xap/1.0/\0"
_ALONE: Final = frozenset({0x00, 0x01, *range(0xD0, 0xD9)})
"""Codes without a length: a stuffed byte out of place, TEM, restarts, SOI."""
_MARKER_IN_SCAN: Final = re.compile(rb"\xff[\xc0-\xcf\xd9-\xef\xfe]")
_NOT_FF: Final = re.compile(rb"[^\xff]", re.DOTALL)


@dataclass(frozen=True)
class _Segment:
    """One marker segment; `end` is where the next marker is sought."""

    marker: int
    start: int
    end: int


def _jpeg_segments(data: bytes) -> Iterator[_Segment]:
    """Marker segments in order, up to and including EOI; stops where the file does.

    Stray bytes between segments are stepped over, as libjpeg does; after the first scan header so is everything that
    is not a segment's marker: entropy-coded data, restarts, damage.
    """
    at, scanning = 2, False
    while True:
        if scanning:
            following = _MARKER_IN_SCAN.search(data, at)
            ff = following.start() if following else -1
        else:
            ff = data.find(b"\xff", at)
        if ff < 0:
            return
        code = _NOT_FF.search(data, ff)
        if code is None:
            return
        marker, body = data[code.start()], code.start() + 1
        if marker in _ALONE:
            yield _Segment(marker, body, body)
            at = body
        elif marker == _EOI:
            yield _Segment(marker, body, body)
            return
        else:
            length = int.from_bytes(data[body : body + 2], "big")
            if length < 2 or body + 2 > len(data):
                return
            at = body + length
            yield _Segment(marker, body + 2, at)
            scanning = scanning or marker == _SOS


def _open_jpeg(data: bytes) -> Container:
    segments = list(islice(_jpeg_segments(data), MAX_SEGMENTS + 1))

    def marked(marker: int, head: bytes = b"") -> list[_Segment]:
        return [each for each in segments if each.marker == marker and data.startswith(head, each.start)]

    frames = [data[each.start : each.end][1:5] for each in segments if each.marker in _SOF]
    blocks, ends = _jpeg_exif(data, segments), marked(_EOI)
    xmp = next(iter(marked(_APP1, _XMP)), None)
    described = data[xmp.start + len(_XMP) : min(xmp.end, xmp.start + MAX_XMP_BYTES)] if xmp else b""
    whole = [each for each in segments if each.end <= len(data)]
    if not frames and blocks and (not whole or whole[-1].end <= blocks[0][0].end):
        blocks = []  # cut off before any picture began: a lone head proves nothing, and exiftool gives up on it as well
    rest = data[ends[-1].end :] if ends else b""
    return Container(
        kind=JPEG,
        width=max((int.from_bytes(frame[2:4], "big") for frame in frames), default=0),
        height=max((int.from_bytes(frame[:2], "big") for frame in frames), default=0),
        exif=tuple(blob for _, blob in blocks[:2]),
        exif_blocks=len(blocks),
        xmp=described,
        c2pa=any(b"jumdc2pa" in data[each.start : each.start + 40] for each in marked(_APP11, b"JP")),
        scans=len(marked(_SOS)),
        complete=bool(ends),
        trailing=_trailing(rest, pictures_declared=_GOOGLE in described or bool(marked(_APP2, b"MPF\0"))),
        trailing_bytes=len(rest),
        endless=len(segments) > MAX_SEGMENTS,
    )


def _jpeg_exif(data: bytes, segments: list[_Segment]) -> list[tuple[_Segment, bytes]]:
    """TIFF blobs in front of the picture, where the standard has them, with the segments they begin in.

    A segment that follows at once without a head of its own goes on with the blob, as exiftool has it.
    """
    blocks: list[tuple[_Segment, bytes]] = []
    last = -1
    for number, each in enumerate(segments):
        if each.marker == _SOS:
            break
        if each.marker != _APP1 or not data.startswith(b"Exif\0", each.start):
            continue
        blob = _bare(data[each.start + 6 : each.end])
        if blob.startswith(TIFF_HEADS):
            blocks.append((each, blob))
        elif blocks and last == number - 1:
            first, begun = blocks[-1]
            blocks[-1] = first, (begun + blob)[:MAX_EXIF_BYTES]
        else:
            continue
        last = number
    return blocks


_FOREIGN: Final = re.compile(rb"PK\x05\x06|<script|<html|<\?php|%PDF-|MZ\x90\x00", re.IGNORECASE)


_GOOGLE: Final = b"http://ns.google.com/photos/1.0/container/item/"
"""The namespace of XMP's list of what follows the picture (Ultra HDR, Motion Photo 1.0)."""
_VIVO_END: Final = b"\xff\xff\xff\xff\x1b*9HWfu\x84\x93\xa2\xb1"
_ONEPLUS_END: Final = re.compile(rb"jxrs.{3}\0", re.DOTALL)


def _trailing(rest: bytes, *, pictures_declared: bool) -> Trailing:
    """Judge what is attached behind the picture.

    Phones append a gain map or depth picture (declared by MPF, CIPA DC-007, or in XMP by Google's container), a motion
    photo's video, or a trailer of Samsung's, vivo's or OnePlus's own (ExifTool 13.47, Trailer.pm); those are no sign of
    anything. Archives, pages and programs are, wherever they hide.
    """
    body = rest.lstrip(b"\0")
    if not rest:
        return "none"
    if not body:
        return "padding"
    if _FOREIGN.search(body):
        return "unknown"
    gain_map = pictures_declared and body.startswith(b"\xff\xd8\xff")
    motion = b"ftyp" in body[1:8]  # the box length's leading zeros may be gone
    vivo = body.startswith((b'vivo{"', b"streamdata\xff\xd8\xff")) and body.endswith(_VIVO_END)
    makers = vivo or body.endswith(b"SEFT") or _ONEPLUS_END.match(body[-8:])
    return "phone" if gain_map or motion or makers else "unknown"


# ---------------------------------------------------------------- PNG


def _open_png(data: bytes) -> Container:
    """Chunks of a PNG, with the EXIF in `eXIf` or in the older text form."""
    at, width, height, blocks, seen, pieces, complete = 8, 0, 0, 0, 0, 0, False
    exif: list[bytes] = []
    xmp: bytes | None = None
    c2pa = False
    while at + 12 <= len(data) and seen <= MAX_SEGMENTS and pieces <= MAX_CHUNKS:
        length = int.from_bytes(data[at : at + 4], "big")
        name, body, at = data[at + 4 : at + 8], at + 8, at + 12 + length
        if name == b"IDAT":
            pieces += 1
            continue
        seen += 1
        if name == b"IHDR" and body == 16:
            width = int.from_bytes(data[body : body + 4], "big")
            height = int.from_bytes(data[body + 4 : body + 8], "big")
        elif name == b"IEND":
            complete = at <= len(data)
            break
        elif name == b"caBX":
            c2pa = True
        elif name == b"iTXt" and data.startswith(b"XML:com.adobe.xmp\0", body):
            xmp = data[body + 18 : min(body + length, body + MAX_XMP_BYTES)]
        elif name in _PROFILES:
            content = data[body : body + min(length, MAX_EXIF_BYTES)]
            head = _png_profile(name, content, _HEAD_TEXT)
            if head.startswith(TIFF_HEADS):
                blocks += 1
                exif += [_png_profile(name, content)] if len(exif) < 2 else []
            elif head.startswith(_XMP) and xmp is None:
                xmp = _png_profile(name, content)[len(_XMP) :][:MAX_XMP_BYTES]
    rest = data[at:] if complete else b""
    return Container(
        kind=PNG,
        width=width,
        height=height,
        exif=tuple(exif),
        exif_blocks=blocks,
        xmp=xmp or b"",
        c2pa=c2pa,
        complete=complete,
        trailing=_trailing(rest, pictures_declared=False),
        trailing_bytes=len(rest),
        endless=seen > MAX_SEGMENTS or pieces > MAX_CHUNKS,
    )


_PROFILES: Final = (b"eXIf", b"tEXt", b"zTXt", b"iTXt")
_HEAD_TEXT: Final = 1024
"""As much of a text chunk as tells what its profile is."""


def _png_profile(name: bytes, body: bytes, limit: int = raw_profile.MAX_TEXT) -> bytes:
    """A chunk's EXIF or XMP, from at most `limit` bytes of text; b"" when there is none or it can't be read."""
    return _bare(body if name == b"eXIf" else raw_profile.profile_of(name, body, limit) or b"")


def _bare(blob: bytes) -> bytes:
    """The TIFF blob without the `Exif` header some writers leave in front."""
    return blob[6:] if blob.startswith(b"Exif\0\0") else blob


# ---------------------------------------------------------------- WebP


def _open_webp(data: bytes) -> Container:
    """Chunks of a WebP, each padded to an even length."""
    end = min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    at, width, height, blocks, seen = 12, 0, 0, 0, 0
    exif: list[bytes] = []
    xmp, c2pa = b"", False
    while at + 8 <= end:
        seen += 1
        if seen > MAX_SEGMENTS:
            break
        name, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        body, at = at + 8, at + 8 + length + (length & 1)
        across, down = _webp_size(name, data[body : body + 10])
        width, height = max(width, across), max(height, down)
        if name == b"EXIF" and length <= MAX_EXIF_BYTES:
            blob = _bare(data[body : body + length])
            if blob.startswith(TIFF_HEADS):
                blocks += 1
                exif += [blob] if len(exif) < 2 else []
        elif name == b"XMP ":
            xmp = data[body : min(body + length, body + MAX_XMP_BYTES)]
        c2pa = c2pa or name == b"C2PA"
    rest = data[end:]
    return Container(
        kind=WEBP,
        width=width,
        height=height,
        exif=tuple(exif),
        exif_blocks=blocks,
        xmp=xmp,
        c2pa=c2pa,
        complete=at <= len(data),
        trailing=_trailing(rest, pictures_declared=False),
        trailing_bytes=len(rest),
        endless=seen > MAX_SEGMENTS,
    )


def _webp_size(name: bytes, head: bytes) -> tuple[int, int]:
    if len(head) < 10:
        return 0, 0
    if name == b"VP8X":
        return int.from_bytes(head[4:7], "little") + 1, int.from_bytes(head[7:10], "little") + 1
    if name == b"VP8 ":
        return int.from_bytes(head[6:8], "little") & 0x3FFF, int.from_bytes(head[8:10], "little") & 0x3FFF
    if name == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return 0, 0


# ---------------------------------------------------------------- HEIF


def _open_heif(data: bytes, kind: Kind) -> Container:
    parts = heif.walk(data)
    rest = data[parts.end :]
    return Container(
        kind=kind,
        width=parts.width,
        height=parts.height,
        exif=parts.exif,
        exif_blocks=parts.exif_blocks,
        xmp=parts.xmp[:MAX_XMP_BYTES],
        c2pa=parts.c2pa,
        complete=parts.complete,
        trailing=_trailing(rest, pictures_declared=False),
        trailing_bytes=len(rest),
    )
