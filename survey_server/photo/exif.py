"""EXIF as two independent readers see it: ExifRead reads for us, Pillow reads against it.

Both get the bare TIFF blob through a metered handle, so a blob that points at itself a million times costs a bounded
amount and counts as unreadable. Rationals are read here: ExifRead's own `get_gps_coords` changes its input, divides by
zero on blanked values and takes any reference letter for positive (measured, PHOTOS.md).
"""

import io
import logging
import math
import warnings
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from exifread.core.exif_header import ExifHeader
from exifread.tags.fields import FieldType
from PIL import ExifTags, Image

MAX_READS: Final = 100_000
MAX_READ_BYTES: Final = 16 << 20
TIFF_HEADS: Final = (b"II*\0", b"MM\0*")
"""How a TIFF blob begins, in either byte order (TIFF 6.0, section 2)."""

logging.getLogger("exifread").setLevel(logging.ERROR)  # it warns of every oddity; a hostile file has thousands

Number = float | None
"""A value of a tag; None is a blank (0/0, n/0), which is how phones and browsers remove a location."""


@dataclass(frozen=True)
class Gps:
    """The GPS block as written. A reference is None when its tag is absent, "" when it was blanked."""

    latitude: tuple[Number, ...] = ()
    latitude_ref: str | None = None
    longitude: tuple[Number, ...] = ()
    longitude_ref: str | None = None
    date: str | None = None
    time: tuple[Number, ...] = ()
    error_m: Number = None
    altitude_m: Number = None
    """Above sea level; below it when the reference says so."""
    direction_deg: Number = None
    """Where the camera looked, clockwise from north."""
    map_datum: str | None = None

    @property
    def mentions_place(self) -> bool:
        """Is there any tag about a position at all?"""
        refs = (self.latitude_ref, self.longitude_ref)
        return bool(self.latitude or self.longitude) or any(ref is not None for ref in refs)


@dataclass(frozen=True)
class Exif:
    """What one reader found. Text is stripped of control characters and cut to 120; absent is None.

    `readable` is false where that reader gave up.
    """

    make: str | None = None
    model: str | None = None
    software: str | None = None
    orientation: int | None = None
    datetime_original: str | None = None
    datetime_modified: str | None = None
    offset_original: str | None = None
    gps: Gps = Gps()
    readable: bool = True


class _OverBudget(Exception):
    """The blob makes its reader run in circles."""


class _Metered(io.BytesIO):
    """A blob that may be read so often and so much, and no more."""

    def __init__(self, blob: bytes) -> None:
        super().__init__(blob)
        self._reads = MAX_READS
        self._bytes = MAX_READ_BYTES

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self._reads -= 1
        self._bytes -= len(data)
        if self._reads < 0 or self._bytes < 0:
            raise _OverBudget
        return data


def text(value: object, limit: int = 120) -> str | None:
    """A tag's text: without NULs, control characters and blanks around; None when nothing is left."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return None
    clean = "".join(char for char in value.split("\0", 1)[0][: limit * 4] if char.isprintable()).strip()
    return clean[:limit] or None


def _number(value: Any) -> Number:
    """One rational, float or integer of either reader. ExifRead gives a double as a tuple of one."""
    if isinstance(value, tuple):
        value = _first(value)
    try:
        if hasattr(value, "numerator") and hasattr(value, "denominator"):
            return None if value.denominator == 0 else float(value.numerator) / float(value.denominator)
        return float(value)
    except (AttributeError, TypeError, ValueError, OverflowError, ZeroDivisionError):
        return math.nan


def _items(value: Any) -> list[Any]:
    """A tag's values, however many its reader wrapped."""
    return list(cast("list[Any]", value)) if isinstance(value, list | tuple) else [value]


def _numbers(value: Any) -> tuple[Number, ...]:
    """A tag's numbers; text where numbers belong is one that is none, unless it is blank."""
    if isinstance(value, str | bytes):
        return (math.nan,) if text(value) else ()
    if value is None:
        return ()
    return tuple(_number(item) for item in _items(value)[:16])


def _first(value: Any) -> Any:
    return next(iter(_items(value)), None)


def _orientation(value: Any) -> int | None:
    value = _first(value)
    if isinstance(value, bytes) and len(value) == 1:
        value = value[0]  # as Pillow gives a BYTE
    return value if isinstance(value, int) and 1 <= value <= 8 else None


def _reference(value: Any) -> str | None:
    """The reference letter in capitals; "" when blanked, None when absent."""
    return None if value is None else (text(value) or "")[:1].upper()


def _altitude(value: Any, reference: Any) -> Number:
    """Metres above sea level; reference 1 means below (CIPA DC-008, 4.6.6)."""
    metres = _number(_first(value)) if value is not None else None
    return -metres if metres is not None and _first(reference) in (1, b"\x01", "\x01") else metres


# ---------------------------------------------------------------- ExifRead


class _Reader(ExifHeader):
    """ExifRead on the first IFD and what hangs below it; a tag it stumbles over costs that tag alone.

    The chain of further IFDs holds thumbnails, which nobody asks for and whose pointer many writers leave wild.
    """

    def __init__(self, blob: bytes) -> None:
        order = "I" if blob.startswith(b"II") else "M"
        super().__init__(_Metered(blob), order, 0, 0, strict=False, detailed=False)

    def walk(self) -> dict[str, Any]:
        self.dump_ifd(self._first_ifd(), "Image")
        inner = _first(getattr(self.tags.get("Image ExifOffset"), "values", None))
        if isinstance(inner, int):
            self.dump_ifd(inner, "EXIF")
        return self.tags

    def _process_tag(self, *of_tag: Any, **more: Any) -> None:
        try:
            super()._process_tag(*of_tag, **more)
        except (_OverBudget, RecursionError, MemoryError):
            raise
        except Exception:  # noqa: S110 - a hostile tag makes the library raise nearly anything
            pass


def read(blob: bytes) -> Exif:
    """Read a TIFF blob with ExifRead; what it gives up is `readable=False` with Pillow's values. Never raises."""
    try:
        tags = _Reader(blob).walk() if blob.startswith(TIFF_HEADS) else {}
    except Exception:  # what runs in circles, above all
        tags = {}
    return _of_tags(tags) if tags else replace(read_again(blob), readable=False)


def _of_tags(tags: dict[str, Any]) -> Exif:
    def value(*names: str) -> Any:
        for name in names:
            if name in tags:
                return getattr(tags[name], "values", None)
        return None

    def letters(*names: str) -> Any:
        """Text as it stands in the file, whatever type its writer gave it."""
        found = value(*names)
        kind = next((tags[name].field_type for name in names if name in tags), None)
        return bytes(found) if kind in (FieldType.BYTE, FieldType.UNDEFINED) else found

    return Exif(
        make=text(letters("Image Make")),
        model=text(letters("Image Model")),
        software=text(letters("Image Software")),
        orientation=_orientation(value("Image Orientation")),
        datetime_original=text(letters("EXIF DateTimeOriginal", "Image DateTimeOriginal")),
        datetime_modified=text(letters("Image DateTime")),
        offset_original=text(letters("EXIF OffsetTimeOriginal", "Image OffsetTimeOriginal")),
        gps=Gps(
            latitude=_numbers(value("GPS GPSLatitude")),
            latitude_ref=_reference(letters("GPS GPSLatitudeRef")),
            longitude=_numbers(value("GPS GPSLongitude")),
            longitude_ref=_reference(letters("GPS GPSLongitudeRef")),
            date=text(letters("GPS GPSDate", "GPS GPSDateStamp")),
            time=_numbers(value("GPS GPSTimeStamp")),
            error_m=_number(_first(value("GPS Tag 0x001F", "GPS GPSHPositioningError") or [math.nan])),
            altitude_m=_altitude(value("GPS GPSAltitude"), value("GPS GPSAltitudeRef")),
            direction_deg=_number(_first(value("GPS GPSImgDirection") or [math.nan])),
            map_datum=text(letters("GPS GPSMapDatum")),
        ),
    )


# ---------------------------------------------------------------- Pillow


def read_again(blob: bytes) -> Exif:
    """Read the same blob with Pillow, the second opinion. Never raises."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _pillow(blob)
    except Exception:  # as above
        return Exif(readable=False)


def _pillow(blob: bytes) -> Exif:
    exif = Image.Exif()
    exif.load_from_fp(_Metered(blob))
    inner: dict[int, Any] = exif.get_ifd(ExifTags.IFD.Exif)
    gps: dict[int, Any] = exif.get_ifd(ExifTags.IFD.GPSInfo)
    tag, place = ExifTags.Base, ExifTags.GPS
    return Exif(
        make=text(exif.get(tag.Make)),
        model=text(exif.get(tag.Model)),
        software=text(exif.get(tag.Software)),
        orientation=_orientation(exif.get(tag.Orientation)),
        datetime_original=text(inner.get(tag.DateTimeOriginal, exif.get(tag.DateTimeOriginal))),
        datetime_modified=text(exif.get(tag.DateTime)),
        offset_original=text(inner.get(tag.OffsetTimeOriginal, exif.get(tag.OffsetTimeOriginal))),
        gps=Gps(
            latitude=_numbers(gps.get(place.GPSLatitude)),
            latitude_ref=_reference(gps.get(place.GPSLatitudeRef)),
            longitude=_numbers(gps.get(place.GPSLongitude)),
            longitude_ref=_reference(gps.get(place.GPSLongitudeRef)),
            date=text(gps.get(place.GPSDateStamp)),
            time=_numbers(gps.get(place.GPSTimeStamp)),
            error_m=_number(_first(gps.get(place.GPSHPositioningError, math.nan))),
            altitude_m=_altitude(gps.get(place.GPSAltitude), gps.get(place.GPSAltitudeRef)),
            direction_deg=_number(_first(gps.get(place.GPSImgDirection, math.nan))),
            map_datum=text(gps.get(place.GPSMapDatum)),
        ),
    )


def differences(one: Exif, other: Exif) -> tuple[str, ...]:
    """Names of the facts that bear on place and time and that the two readers see differently."""
    pairs: dict[str, tuple[object, object]] = {
        "datetime_original": (one.datetime_original, other.datetime_original),
        "offset_original": (one.offset_original, other.offset_original),
        "orientation": (one.orientation, other.orientation),
        "latitude_ref": (one.gps.latitude_ref or "", other.gps.latitude_ref or ""),
        "longitude_ref": (one.gps.longitude_ref or "", other.gps.longitude_ref or ""),
        "gps_date": (one.gps.date, other.gps.date),
    }
    named = [name for name, (left, right) in pairs.items() if left != right]
    if not _same(one.gps.latitude, other.gps.latitude):
        named.append("latitude")
    if not _same(one.gps.longitude, other.gps.longitude):
        named.append("longitude")
    return tuple(named)


def _same(one: tuple[Number, ...], other: tuple[Number, ...]) -> bool:
    """Equal numbers; every way of being no number is one."""
    left = [value if value is not None and math.isfinite(value) else None for value in one]
    right = [value if value is not None and math.isfinite(value) else None for value in other]
    if not any(value is not None for value in (*left, *right)):
        return True
    return len(left) == len(right) and all(
        a == b or (a is not None and b is not None and math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9))
        for a, b in zip(left, right, strict=True)
    )
