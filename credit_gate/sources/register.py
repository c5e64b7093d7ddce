"""A register file: subjects with the tier of their evaluation, and their credit events, in TOML.

The file is read at every question, so a repair entered there counts at once; a register of many thousands belongs on
a credit platform instead. It names subjects by their codes in the clear and stays with the operator.

```toml
name = "district credit register"
as_of = 2026-11-01T08:00:00+08:00      # or: demonstration = true, read as of the moment asked about

[[subject]]
code = "91..."                         # credit code or identity number
name = "..."
tier = "orange"                        # left out: no evaluation yet
tier_since = 2026-03-01T00:00:00+08:00 # optional: when it came into force, for questions about earlier days
representative = "46..."               # optional; counts only with authorised_at
authorised_at = 2026-10-01T00:00:00+08:00

[[subject.event]]
id = "..."                             # kind = { zh, en }, severity, at, rule, confirmed_by;
                                       # optional: until, repaired_at, reversed_at (on appeal)
```
"""

import asyncio
import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

from credit_gate import words
from credit_gate.policy import Words
from credit_gate.reason import Reason
from credit_gate.standing import Event, Severity, Standing
from credit_gate.subject import Person, Subject, parse
from credit_gate.tier import Tier
from credit_gate.toml_lines import Place, explained, located

Time = Annotated[datetime, Meta(tz=True)]
_Given = TypeVar("_Given")
_Made = TypeVar("_Made")


class BadRegister(ValueError):
    """The register cannot be used; the message names the file, the line and the field, never a subject's code."""


class Naming(Struct, frozen=True, forbid_unknown_fields=True):
    """What kind of event it is, in both languages."""

    zh: Words
    en: Words


class EventEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """An event as written in the file."""

    id: Words
    kind: Naming
    severity: Severity
    at: Time
    rule: Words
    confirmed_by: Words
    until: Time | None = None
    repaired_at: Time | None = None
    reversed_at: Time | None = None


class SubjectEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """A subject as written in the file."""

    code: Words
    name: Words
    tier: Tier | None = None
    tier_since: Time | None = None
    representative: Words | None = None
    authorised_at: Time | None = None
    event: tuple[EventEntry, ...] = ()

    def __post_init__(self) -> None:
        """No evaluation is written by leaving the tier out."""
        if self.tier is Tier.UNKNOWN:
            msg = "tier: unknown is no tier to write down, leave it out"
            raise ValueError(msg)
        if self.tier_since is not None and self.tier is None:
            msg = "tier_since: there is no tier that it could be of"
            raise ValueError(msg)


class RegisterEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """The file as a whole."""

    name: Words
    subject: tuple[SubjectEntry, ...]
    as_of: Time | None = None
    demonstration: bool = False

    def __post_init__(self) -> None:
        """Exactly one way of saying as of when."""
        if (self.as_of is None) is not self.demonstration:
            msg = "as_of: give it (with a zone), or demonstration = true"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Record:
    """One subject's part of the register."""

    tier: Tier | None
    since: datetime | None
    events: tuple[Event, ...]
    representative: Person | None
    authorised_at: datetime | None


@dataclass(frozen=True, slots=True)
class Register:
    """A register that was read whole and holds together. `as_of` is None for a demonstration."""

    name: str
    as_of: datetime | None
    records: dict[Subject, Record]

    def standing(self, subject: Subject, at: datetime) -> Standing:
        """What the register says about one subject."""
        as_of = at if self.as_of is None else self.as_of
        record = self.records.get(subject)
        if record is None:
            return self._told(None, as_of)
        authorised = record.authorised_at is not None and record.authorised_at <= at
        stands_in = None
        if record.representative is not None and authorised:
            theirs = self.records.get(record.representative)
            stands_in = self._told(theirs, as_of)
        return self._told(record, as_of, stands_in)

    def _told(self, record: Record | None, as_of: datetime, representative: Standing | None = None) -> Standing:
        tier = record.tier if record is not None else None
        return Standing(
            tier=tier or Tier.UNKNOWN,
            as_of=as_of,
            events=record.events if record is not None else (),
            source=self.name,
            unknown_because=None if tier else words.NO_RECORD,
            representative=representative,
            since=record.since if record is not None else None,
        )


class RegisterFile:
    """A source over one file."""

    def __init__(self, path: Path) -> None:
        """Remember where it is; nothing is read yet."""
        self.path = path

    def standing(self, subject: Subject, at: datetime) -> Standing:
        """What the register says about `subject`; unknown, with `fault` for the log, if it cannot be read.

        Blocking (one small file). Never raises for anything the file holds.
        """
        try:
            return self.read().standing(subject, at)
        except BadRegister as error:
            return silent(words.SOURCE_SILENT, str(error))

    async def ask(self, subject: Subject, at: datetime) -> Standing:
        """The same beside the event loop."""
        return await asyncio.to_thread(self.standing, subject, at)

    async def close(self) -> None:
        """Nothing stays open between questions."""

    def read(self) -> Register:
        """Read and check the whole file. Raises `BadRegister`: for an operator who wants to know what is wrong."""
        try:
            text = self.path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            msg = f"{self.path}: cannot be read ({error}); check the path, its permissions and that it is UTF-8"
            raise BadRegister(msg) from error
        return read(text, str(self.path))


def silent(why: Reason, fault: str) -> Standing:
    """The standing when a source gives no answer."""
    return Standing(Tier.UNKNOWN, None, (), "none", unknown_because=why, fault=fault)


def read(text: str, where: str) -> Register:
    """The register in a TOML text; `where` names it in errors. Raises `BadRegister`."""
    try:
        entry = msgspec.convert(tomllib.loads(text), RegisterEntry)
    except tomllib.TOMLDecodeError as error:
        msg = f"{where}: not TOML: {error}"
        raise BadRegister(msg) from error
    except msgspec.ValidationError as error:
        msg = f"{where}, {explained(error, text)}"
        raise BadRegister(msg) from error
    records: dict[Subject, Record] = {}
    for number, one in enumerate(entry.subject):
        place = ("subject", number)
        try:
            subject = _in_place("code", parse, one.code)
            record = _record(one)
            if subject in records:
                raise _Misplaced(("code",), "this code appears twice; keep one entry with all its events")
        except _Misplaced as error:
            msg = f"{where}, {located(error.words, text, (*place, *error.place))}"
            raise BadRegister(msg) from error
        records[subject] = record
    return Register(entry.name, entry.as_of, records)


class _Misplaced(Exception):
    """Something in a subject's entry that does not hold together, and where in the entry."""

    def __init__(self, place: Place, words: str) -> None:
        super().__init__(words)
        self.place, self.words = place, words


def _in_place(name: str, make: Callable[[_Given], _Made], given: _Given, number: int | None = None) -> _Made:
    try:
        return make(given)
    except ValueError as error:
        raise _Misplaced((name,) if number is None else (name, number), str(error)) from error


def _record(one: SubjectEntry) -> Record:
    representative = None
    if one.representative is not None:
        representative = _in_place("representative", _person, one.representative)
    events = tuple(_in_place("event", checked, event, number) for number, event in enumerate(one.event))
    return Record(one.tier, one.tier_since, events, representative, one.authorised_at)


def _person(code: str) -> Person:
    subject = parse(code)
    if not isinstance(subject, Person):
        msg = "a legal representative is a person: give their identity number"
        raise ValueError(msg)  # noqa: TRY004 - a wrong code, not a wrong type
    return subject


def checked(event: EventEntry) -> Event:
    """The event of an entry. Raises ValueError if its times can't be."""
    return Event(
        id=event.id,
        kind_zh=event.kind.zh,
        kind_en=event.kind.en,
        severity=event.severity,
        at=event.at,
        rule=event.rule,
        confirmed_by=event.confirmed_by,
        until=event.until,
        repaired_at=event.repaired_at,
        reversed_at=event.reversed_at,
    )


def written(register: RegisterEntry) -> str:
    """The register as TOML text that `read` takes."""
    lines = [f"name = {_quoted(register.name)}"]
    lines.append(f"as_of = {register.as_of.isoformat()}" if register.as_of is not None else "demonstration = true")
    for one in register.subject:
        lines += [
            "",
            "[[subject]]",
            *_pairs(one, "code", "name", "tier", "tier_since", "representative", "authorised_at"),
        ]
        for event in one.event:
            lines += ["", "[[subject.event]]", *_pairs(event, "id")]
            lines.append(f"kind = {{ zh = {_quoted(event.kind.zh)}, en = {_quoted(event.kind.en)} }}")
            lines += _pairs(event, "severity", "at", "until", "repaired_at", "reversed_at", "rule", "confirmed_by")
    return "\n".join([*lines, ""])


def _pairs(entry: Struct, *names: str) -> list[str]:
    values = {name: getattr(entry, name) for name in names}
    return [
        f"{name} = {value.isoformat() if isinstance(value, datetime) else _quoted(str(value))}"
        for name, value in values.items()
        if value is not None
    ]


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's escapes are among its own, and it wants DEL escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


DEMO_REGISTER = Path(__file__).with_name("demo_register.toml")
"""Invented enterprises and persons of every tier, for the demonstration and for trying out."""
