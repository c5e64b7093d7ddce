"""Builds photos with exactly the EXIF, size, scans and tails a test needs. The pixels are real JPEG."""

import io
import struct
import zlib
from datetime import UTC, datetime

import numpy as np
from PIL import Image

from survey_server.photo import Context
from survey_server.wire.basics import Site, Window

HAIKOU = (20.03, 110.35)
DMS_HAIKOU = ((20, 1), (1, 1), (48, 1)), ((110, 1), (21, 1), (0, 1))
"""20.03, 110.35 in degrees, minutes and seconds as rationals."""


def noise(width: int = 640, height: int = 480, **options) -> bytes:
    """A sharp, bright JPEG without any metadata."""
    values = np.random.default_rng(7).integers(0, 255, (height // 8, width // 8, 3), np.uint8)
    picture = Image.fromarray(values).resize((width, height), Image.Resampling.NEAREST)
    return encoded(picture, **options)


def encoded(picture: Image.Image, kind: str = "JPEG", **options) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def app1(tiff: bytes) -> bytes:
    body = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def with_exif(tiff: bytes, jpeg: bytes | None = None) -> bytes:
    jpeg = jpeg or noise()
    return jpeg[:2] + app1(tiff) + jpeg[2:]


class Tiff:
    """A little-endian TIFF blob with IFD0, Exif and GPS, values laid out behind."""

    def __init__(self) -> None:
        self.ifd0: list[tuple[int, int, int, bytes]] = []
        self.exif: list[tuple[int, int, int, bytes]] = []
        self.gps: list[tuple[int, int, int, bytes]] = []

    def text(self, where: str, tag: int, value: str | bytes) -> "Tiff":
        raw = (value.encode() if isinstance(value, str) else value) + b"\0"
        getattr(self, where).append((tag, 2, len(raw), raw))
        return self

    def short(self, where: str, tag: int, value: int) -> "Tiff":
        getattr(self, where).append((tag, 3, 1, struct.pack("<H", value)))
        return self

    def rationals(self, where: str, tag: int, values, signed: bool = False) -> "Tiff":
        raw = b"".join(struct.pack("<ii" if signed else "<II", *value) for value in values)
        getattr(self, where).append((tag, 10 if signed else 5, len(values), raw))
        return self

    def doubles(self, where: str, tag: int, values) -> "Tiff":
        getattr(self, where).append((tag, 12, len(values), struct.pack(f"<{len(values)}d", *values)))
        return self

    def taken(self, local: str, offset: str | None = None) -> "Tiff":
        self.text("exif", 0x9003, local)
        return self.text("exif", 0x9011, offset) if offset else self

    def place(self, dms=DMS_HAIKOU, refs=("N", "E"), error=None) -> "Tiff":
        for tag, ref, value in ((1, refs[0], dms[0]), (3, refs[1], dms[1])):
            if ref is not None:
                self.text("gps", tag, ref)
            self.rationals("gps", tag + 1, value)
        return self.rationals("gps", 0x1F, [error]) if error else self

    def satellites(self, date: str, hour: int, minute: int, second: int) -> "Tiff":
        self.text("gps", 0x1D, date)
        return self.rationals("gps", 7, [(hour, 1), (minute, 1), (second, 1)])

    def blob(self) -> bytes:
        at_exif = 8 + self._size([*self.ifd0, (0, 0, 0, b""), (0, 0, 0, b"")])
        at_gps = at_exif + self._size(self.exif)
        pointers = [(0x8769, 4, 1, struct.pack("<I", at_exif)), (0x8825, 4, 1, struct.pack("<I", at_gps))]
        return (
            b"II*\0"
            + struct.pack("<I", 8)
            + self._ifd([*self.ifd0, *pointers], 8)
            + self._ifd(self.exif, at_exif)
            + self._ifd(self.gps, at_gps)
        )

    @staticmethod
    def _size(entries) -> int:
        return 2 + 12 * len(entries) + 4 + sum(len(raw) for *_, raw in entries if len(raw) > 4)

    @staticmethod
    def _ifd(entries, start: int) -> bytes:
        data_at, head, data = start + 2 + 12 * len(entries) + 4, struct.pack("<H", len(entries)), b""
        for tag, kind, count, raw in sorted(entries, key=lambda entry: entry[0]):
            head += struct.pack("<HHI", tag, kind, count)
            head += raw.ljust(4, b"\0") if len(raw) <= 4 else struct.pack("<I", data_at + len(data))
            data += raw if len(raw) > 4 else b""
        return head + struct.pack("<I", 0) + data


def resized_header(jpeg: bytes, width: int, height: int) -> bytes:
    """The same JPEG claiming another size."""
    at = jpeg.find(b"\xff\xc0")
    return jpeg[: at + 5] + struct.pack(">HH", height, width) + jpeg[at + 9 :]


def many_scans(scans: int, width: int = 320, height: int = 240) -> bytes:
    """A progressive JPEG whose last scan is repeated until there are this many."""
    jpeg = encoded(Image.new("RGB", (width, height), (90, 120, 150)), progressive=True, quality=10)
    last = jpeg.rfind(b"\xff\xda")
    return jpeg[:-2] + jpeg[last:-2] * (scans - jpeg.count(b"\xff\xda")) + b"\xff\xd9"


def png_bomb(width: int, height: int) -> bytes:
    """A PNG of zeros: tiny as a file, large when decoded."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    deflate, row = zlib.compressobj(9), b"\0" * (1 + width * 3)
    body = b"".join(deflate.compress(row) for _ in range(height)) + deflate.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def window(start: str, end: str) -> Window:
    return Window(datetime.fromisoformat(start), datetime.fromisoformat(end))


def context(**given) -> Context:
    """A survey in Haikou on 1 July 2026, 9 to 18 o'clock, whose photo came at noon; change what a test is about."""
    facts = {
        "name": "photo.jpg",
        "channel": "upload",
        "site": Site(*HAIKOU, radius_m=200),
        "window": window("2026-07-01T09:00+08:00", "2026-07-01T18:00+08:00"),
        "received_at": datetime(2026, 7, 1, 4, 0, tzinfo=UTC),
    }
    return Context(**(facts | given))


def result(report, check: str) -> str:
    return found(report, check).result


def found(report, check: str):
    return next(finding for finding in report.findings if finding.id == check)
