"""Which reminders of what is to be done are due now. Pure; which and when is data (`reminders.toml`).

**A reminder has one id for ever, is never due before its obligation or after it, and never once the thing is done.** Of
several whose time has come the last one stands, so that a node which was away reminds once, not of each that it missed.
"""

import tomllib
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from credit_gate.working_days import CHINA, Calendar, day_of
from survey_server.survey.obligations import OFFICER, Obligation, Party
from survey_server.wire.platform import ReminderOf

Hours = Annotated[int, Meta(ge=1, le=720)]
Days = Annotated[int, Meta(ge=0, le=250)]
Waited = Annotated[int, Meta(ge=1, le=250)]


class BadReminders(ValueError):
    """The file of reminders can't be used; the message names it and what was expected."""


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """When those who owe one sort of obligation are reminded."""

    of: ReminderOf
    hours_before: tuple[Hours, ...] = ()
    days_before: tuple[Days, ...] = ()
    days_after: tuple[Waited, ...] = ()
    officers: bool = False


class Rules(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file. `morning` is when reminders that count days come, in China."""

    version: str
    morning: time
    remind: tuple[Rule, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a morning with a zone of its own."""
        if self.morning.tzinfo is not None:
            msg = "morning is a time in China: write it without a zone, 09:00:00"
            raise ValueError(msg)


class Reminder(Struct, frozen=True):
    """One that is due. `key` is its own for ever among those of its survey or feedback; `at` its time had come."""

    key: str
    obligation: Obligation
    to: tuple[Party, ...]
    at: datetime


def load_reminders(path: Path | None) -> Rules:
    """The packaged rules, or those of a file in their place. Raises BadReminders."""
    where = "reminders.toml" if path is None else str(path)
    try:
        packaged = files("survey_server.survey").joinpath("reminders.toml")
        text = packaged.read_text("utf-8") if path is None else path.read_text("utf-8")
        return msgspec.convert(tomllib.loads(text), Rules)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as fault:
        raise BadReminders(f"{where} can't be used: {fault}") from fault


def due_now(obligations: Sequence[Obligation], rules: Rules, calendar: Calendar, now: datetime) -> list[Reminder]:
    """The reminders that stand now: at most one for each obligation and rule."""
    found: list[Reminder] = []
    for one in obligations:
        for rule in _of(one, rules):
            come = [(at, step) for at, step in _steps(one, rule, rules, calendar) if at <= now]
            if come and not (one.until is not None and now >= one.until):
                at, step = max(come)
                found.append(Reminder(f"{one.key}.{step}", one, _to(one, rule), at))
    return found


def next_at(obligations: Sequence[Obligation], rules: Rules, calendar: Calendar, now: datetime) -> datetime | None:
    """When, after now, the next reminder becomes due if nothing else happens; None: none ever."""
    times = (at for one in obligations for rule in _of(one, rules) for at, _ in _steps(one, rule, rules, calendar))
    return min((at for at in times if at > now), default=None)


def _of(obligation: Obligation, rules: Rules) -> list[Rule]:
    return [rule for rule in rules.remind if rule.of == obligation.of]


def _to(obligation: Obligation, rule: Rule) -> tuple[Party, ...]:
    return obligation.by if not rule.officers or OFFICER in obligation.by else (*obligation.by, OFFICER)


def _steps(obligation: Obligation, rule: Rule, rules: Rules, calendar: Calendar) -> Iterator[tuple[datetime, str]]:
    """Every moment that the rule names for it, with a name; none before it came to be or after its end."""
    since, until = obligation.since, obligation.until
    for at, step in _moments(since, until, rule, rules, calendar):
        if since < at and (until is None or at < until):
            yield at, step


def _moments(
    since: datetime, until: datetime | None, rule: Rule, rules: Rules, calendar: Calendar
) -> Iterator[tuple[datetime, str]]:
    for days in rule.days_after:
        yield datetime.combine(calendar.add(since, days), rules.morning, CHINA), f"{days}d-on"
    if until is None:
        return
    for hours in rule.hours_before:
        yield until - timedelta(hours=hours), f"{hours}h"
    last = day_of(until - timedelta(microseconds=1))
    working = last if calendar.works(last) else calendar.add(last, -1)
    for days in rule.days_before:
        day = calendar.add(working, -days) if days else last
        yield datetime.combine(day, rules.morning, CHINA), f"{days}d"
