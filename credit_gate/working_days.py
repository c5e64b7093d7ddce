"""Working days in China: the calendar that limits of the administrative licensing law run in (art. 82: without
statutory holidays), with holidays and make-up working days as data.

A limit of n days does not count the day it begins on (Civil Code art. 201) and runs until the end of its last day (art.
203). Days are days in China (UTC+8), whatever zone a moment is given in. Of a year without data only the weekends are
known to be off; `Due.weekends_only` names such years, so that no answer is taken for more than it is.
"""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from credit_gate.policy import Words
from credit_gate.reason import Reason

CHINA = timezone(timedelta(hours=8))
DAY = timedelta(days=1)
SATURDAY = 5
LONGEST = 10_000
"""Working days a limit may have: forty years. More is a mistake, and each is counted one by one."""


class BadCalendar(ValueError):
    """The calendar's file cannot be used; the message names the file, the year and what was expected."""


class Holiday(Struct, frozen=True, forbid_unknown_fields=True):
    """Days off in a row, `first` and `last` among them."""

    zh: Words
    en: Words
    first: date
    last: date

    def __post_init__(self) -> None:
        """Refuse what runs backwards or for months."""
        if not self.first <= self.last <= self.first + timedelta(days=30):
            msg = f"{self.zh} is from {self.first} to {self.last}: last comes after first, within a month"
            raise ValueError(msg)

    def days(self) -> Iterator[date]:
        """Each of its days."""
        return (self.first + DAY * n for n in range((self.last - self.first).days + 1))


class Year(Struct, frozen=True, forbid_unknown_fields=True):
    """One year's arrangement: its source by name, its holidays, and the weekend days that are worked instead."""

    year: Annotated[int, Meta(ge=2000, le=2200)]
    source: Words
    holiday: tuple[Holiday, ...]
    working: tuple[date, ...] = ()

    def __post_init__(self) -> None:
        """Refuse days of another year, days told twice and make-up days that are none."""
        off = [day for holiday in self.holiday for day in holiday.days()]
        for day in (*off, *self.working):
            if day < date(self.year - 1, 12, 1):  # New Year's holiday may begin in December
                msg = f"{self.year}: {day} is not of this year"
                raise ValueError(msg)
            if day > date(self.year, 12, 31):
                msg = f"{self.year}: {day} is of a later year; write it there"
                raise ValueError(msg)
        if len({*off, *self.working}) < len(off) + len(self.working):
            msg = f"{self.year}: a day is named twice"
            raise ValueError(msg)
        for day in self.working:
            if day.weekday() < SATURDAY:
                msg = f"{self.year}: {day} is worked anyway; `working` is for Saturdays and Sundays"
                raise ValueError(msg)


class YearsEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """The file as a whole."""

    year: tuple[Year, ...]


@dataclass(frozen=True, slots=True)
class Due:
    """When a limit ends: with `day`, in China; `at` is its midnight, the first moment that is too late.

    `weekends_only` are the years it runs through of which no holidays are known: weekends alone are left out there.
    """

    day: date
    at: datetime
    weekends_only: tuple[int, ...] = ()

    def passed(self, now: datetime) -> bool:
        """Is it over?"""
        return now >= self.at

    @property
    def note(self) -> Reason | None:
        """What to say beside it where holidays are not known; else nothing."""
        if not self.weekends_only:
            return None
        years = "、".join(str(year) for year in self.weekends_only)
        return Reason(
            "weekends_only",
            f"{years} 年的节假日安排尚未录入，此日期只扣除了周末；请以公布的安排为准。",
            f"The holidays of {years.replace('、', ', ')} are not entered yet: this day leaves out weekends only; "
            "the published arrangement decides.",
        )


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are worked. `sources` names the arrangement of each year that is known."""

    sources: dict[int, str]
    off: frozenset[date]
    worked: frozenset[date]

    def works(self, day: date) -> bool:
        """Is it a working day?"""
        return day in self.worked or (day.weekday() < SATURDAY and day not in self.off)

    def add(self, at: date, n: int) -> date:
        """The n-th working day after the day of `at`, or before it where n is negative; that day itself for 0.

        A moment must carry a zone.
        """
        if abs(n) > LONGEST:
            msg = f"a limit of {n} working days: at most {LONGEST}"
            raise ValueError(msg)
        day, left, way = day_of(at), abs(n), DAY if n > 0 else -DAY
        while left:
            day += way
            left -= self.works(day)
        return day

    def between(self, start: date, end: date) -> int:
        """How many working days come after the day of `start`, up to and with the day of `end`; negative backwards.

        So `between(at, add(at, n)) == n` for every n from 0.
        """
        first, last = day_of(start), day_of(end)
        if last < first:
            return -self.between(last, first)
        return sum(self.works(first + DAY * n) for n in range(1, (last - first).days + 1))

    def due(self, at: datetime, n: int) -> Due:
        """When a limit of n working days ends that begins at a moment. n from 0: 0 ends with the same day."""
        if n < 0:
            msg = f"a limit of {n} working days cannot be kept"
            raise ValueError(msg)
        day = self.add(at, n)
        through = range(day_of(at).year, day.year + 1)
        unknown = tuple(year for year in through if year not in self.sources)
        return Due(day, datetime.combine(day + DAY, time(), CHINA), unknown)


def day_of(at: date) -> date:
    """The day in China that a moment falls on; a day stays itself. Raises ValueError for a moment without a zone."""
    if not isinstance(at, datetime):
        return at
    if at.tzinfo is None:
        msg = "the moment needs a zone"
        raise ValueError(msg)
    return at.astimezone(CHINA).date()


def load(path: Path | None = None) -> Calendar:
    """The packaged years; those of a file of one's own stand beside them, or in their place. Raises `BadCalendar`."""
    packaged = parse(files("credit_gate").joinpath("working_days.toml").read_text("utf-8"), "working_days.toml")
    if path is None:
        return calendar(packaged)
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: cannot be read ({error}); check the path and its permissions"
        raise BadCalendar(msg) from error
    own = parse(text, str(path))
    told = {year.year for year in own}
    return calendar([*(year for year in packaged if year.year not in told), *own])


def parse(text: str, where: str) -> list[Year]:
    """The years in a TOML text; `where` names it in errors. Raises `BadCalendar`."""
    try:
        years = list(msgspec.convert(tomllib.loads(text), YearsEntry).year)
    except tomllib.TOMLDecodeError as error:
        msg = f"{where}: not TOML: {error}"
        raise BadCalendar(msg) from error
    except msgspec.ValidationError as error:
        msg = f"{where}: {error}"
        raise BadCalendar(msg) from error
    if len({year.year for year in years}) < len(years):
        msg = f"{where}: a year appears twice; keep one entry with all its days"
        raise BadCalendar(msg)
    return years


def calendar(years: Sequence[Year]) -> Calendar:
    """The calendar that these years make. A later year's word about a December day wins."""
    worked = {day: works for year in sorted(years, key=lambda y: y.year) for day, works in _days(year)}
    return Calendar(
        sources={year.year: year.source for year in years},
        off=frozenset(day for day, works in worked.items() if not works),
        worked=frozenset(day for day, works in worked.items() if works),
    )


def _days(year: Year) -> Iterator[tuple[date, bool]]:
    for holiday in year.holiday:
        for day in holiday.days():
            yield day, False
    for day in year.working:
        yield day, True
