"""A register from a spreadsheet: CSV in UTF-8 or GB18030, with Chinese or English column names, checked row by row.

One row a subject, or one row for each of its events with the subject's columns repeated. A time without a zone is
China's; a day alone begins at midnight, except the end of publicity, which is the end of that day. What is wrong is
told by row (the header is row 1) and column, with what to do, and never repeats a code.
"""

import csv
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import StringIO
from typing import TypeVar

from credit_gate.reason import Reason
from credit_gate.sources import table_words
from credit_gate.sources.register import EventEntry, Naming, SubjectEntry, checked
from credit_gate.standing import CHINA, Severity
from credit_gate.subject import BadCode, Enterprise, Person, Subject, parse
from credit_gate.tier import Tier

COLUMNS = {
    "code": ("代码", "统一社会信用代码", "信用代码", "公民身份号码", "身份证号", "主体代码"),
    "name": ("名称", "企业名称", "姓名", "主体名称"),
    "tier": ("等级", "信用等级", "评价等级"),
    "tier_since": ("评价日期", "评定日期", "等级生效日期"),
    "representative": ("法定代表人身份证号", "法定代表人公民身份号码", "法定代表人证件号码"),
    "authorised_at": ("授权日期", "授权时间"),
    "event_id": ("记录编号", "信用记录编号"),
    "event_kind": ("失信行为", "行为", "记录内容"),
    "event_kind_en": ("失信行为英文", "行为英文"),
    "severity": ("严重程度", "失信程度", "记录类型"),
    "at": ("认定日期", "认定时间", "列入日期"),
    "until": ("公示截止日期", "公示截止", "公示期至"),
    "repaired_at": ("修复日期", "修复时间"),
    "reversed_at": ("撤销日期", "撤销时间"),
    "rule": ("依据", "认定依据", "法律依据"),
    "confirmed_by": ("认定单位", "认定机关"),
}
"""Every column by its English name, and what else it may be called."""
NEEDED = ("code", "name", "tier")
_OF_EVENT = ("event_id", "event_kind", "severity", "at", "rule", "confirmed_by")
_TIERS = {**{tier.value: tier for tier in Tier}, **{tier.zh: tier for tier in Tier}}
_SEVERITIES: dict[str, Severity] = {
    "minor": "minor", "general": "general", "serious": "serious", "轻微": "minor", "一般": "general", "严重": "serious",
}  # fmt: skip
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_EIGHT = re.compile(r"(\d{4})(\d\d)(\d\d)")
_ROUNDED = re.compile(r"\d(\.\d+)?E\+?\d+", re.IGNORECASE)
_Read = TypeVar("_Read")


class NotATable(ValueError):
    """The file as a whole cannot be taken; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong in one place: row as a spreadsheet counts it, column as the file calls it."""

    row: int
    column: str
    what: Reason


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a file: whole subjects, and every fault. A subject with a faulty row, or of the name that a row
    without a readable code has, is left out with all its rows: without one of its events it would stand better.
    """

    rows: int
    subjects: tuple[SubjectEntry, ...]
    faults: tuple[RowFault, ...]
    left_out: int
    """Rows that went with their subject, faulty or not."""


def imported(content: bytes) -> Imported:
    """The subjects of a CSV file. Raises NotATable if there is no table in it."""
    table, names = _table(content)
    faults: list[RowFault] = []
    bad: set[Subject] = set()
    kept: dict[Subject, _Gathered] = {}
    nameless: list[str] = []
    for number, cells in enumerate(table, 2):
        row = _Row(number, names, dict(zip(names, (cell.strip() for cell in cells), strict=False)))
        if not any(row.cells.values()):
            continue
        if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
            row.fault("code", table_words.TOO_MANY_CELLS)
        subject = row.read("code", _code, needed=True)
        entry = row.subject()
        if subject is None:
            nameless.append(entry.name)
        else:
            known = kept.setdefault(subject, _Gathered())
            known.take(row, entry)
            if row.faults:
                bad.add(subject)
        faults += row.faults
    bad |= {subject for subject, known in kept.items() if known.first and known.first.name in nameless}
    whole = tuple(known.whole(_text_of(subject)) for subject, known in kept.items() if subject not in bad)
    left_out = len(nameless) + sum(kept[subject].rows for subject in bad)
    return Imported(len(nameless) + sum(known.rows for known in kept.values()), whole, tuple(faults), left_out)


@dataclass(slots=True)
class _Row:
    number: int
    names: dict[str, str]
    """Our names of the columns that are there, and what the file calls them."""
    cells: dict[str, str]
    faults: list[RowFault] = field(default_factory=list[RowFault])

    def read(self, name: str, reader: Callable[[str], _Read], *, needed: bool = False) -> _Read | None:
        """One cell; None if it is empty or wrong, which is then noted."""
        text = self.cells.get(name, "")
        if not text:
            if needed:
                self.fault(name, table_words.MISSING)
            return None
        try:
            return reader(text)
        except _Wrong as wrong:
            self.fault(name, wrong.what)
            return None

    def fault(self, name: str, what: Reason) -> None:
        self.faults.append(RowFault(self.number, self.names.get(name, name), what))

    def subject(self) -> SubjectEntry:
        """The row's subject with its one event, as far as they can be read."""
        tier = self.read("tier", _tier)
        since = self.read("tier_since", _time)
        if since is not None and tier is None:
            self.fault("tier_since", table_words.SINCE_WITHOUT_TIER)
            since = None
        return SubjectEntry(
            code="-",
            name=self.read("name", str, needed=True) or "-",
            tier=tier,
            tier_since=since,
            representative=self.read("representative", _representative),
            authorised_at=self.read("authorised_at", _time),
            event=self.event(),
        )

    def event(self) -> tuple[EventEntry, ...]:
        of_event = (*_OF_EVENT, "event_kind_en", "until", "repaired_at", "reversed_at")
        if not any(self.cells.get(name) for name in of_event):
            return ()
        before = len(self.faults)
        words = {name: self.read(name, str, needed=True) or "-" for name in _OF_EVENT if name not in {"severity", "at"}}
        severity, at = self.read("severity", _severity, needed=True), self.read("at", _time, needed=True)
        times = {name: self.read(name, _time) for name in ("repaired_at", "reversed_at")}
        until = self.read("until", _end_of_day)
        if severity is None or at is None or len(self.faults) > before:
            return ()
        kind = Naming(words["event_kind"], self.cells.get("event_kind_en") or "see the Chinese wording")
        entry = EventEntry(
            words["event_id"], kind, severity, at, words["rule"], words["confirmed_by"], until,
            times["repaired_at"], times["reversed_at"],
        )  # fmt: skip
        try:
            checked(entry)
        except ValueError:
            late = next(name for name in ("until", "repaired_at", "reversed_at") if (getattr(entry, name) or at) < at)
            self.fault(late, table_words.BEFORE_IT_BEGINS)
        return (entry,)


@dataclass(slots=True)
class _Gathered:
    """The rows of one subject so far."""

    rows: int = 0
    first: SubjectEntry | None = None
    events: dict[str, EventEntry] = field(default_factory=dict[str, EventEntry])

    def take(self, row: _Row, entry: SubjectEntry) -> None:
        self.rows += 1
        if self.first is None:
            self.first = entry
        else:
            for name in ("name", "tier", "tier_since", "representative", "authorised_at"):
                if getattr(entry, name) != getattr(self.first, name):
                    row.fault(name, table_words.CONTRADICTS)
            if not entry.event and not row.faults:
                row.fault("code", table_words.SUBJECT_TWICE)
        for event in entry.event:
            if event.id in self.events:
                row.fault("event_id", table_words.EVENT_TWICE)
            self.events[event.id] = event

    def whole(self, code: str) -> SubjectEntry:
        one = self.first
        assert one is not None, "a row was taken"
        return SubjectEntry(
            code, one.name, one.tier, one.tier_since, one.representative, one.authorised_at, tuple(self.events.values())
        )


def _table(content: bytes) -> tuple[Iterable[list[str]], dict[str, str]]:
    text = _decoded(content)
    header = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=header.count)
    table = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        given = [name.strip() for name in next(table, [])]
        rows = list(table)
    except csv.Error as error:
        msg = f"line {table.line_num}: {error}; save the table as CSV once more"
        raise NotATable(msg) from error
    names = {_known_as(name) or f"({number})": name for number, name in enumerate(given)}
    lacking = [name for name in NEEDED if name not in names]
    if lacking:
        wanted = ", ".join(f"{name} ({COLUMNS[name][0]})" for name in lacking)
        msg = f"the first row names no column {wanted}; known columns: {', '.join(COLUMNS)}"
        raise NotATable(msg)
    strange = [name for name in given if name and _known_as(name) is None]
    if strange or len(names) < len(given):
        msg = f"a column is unknown or appears twice: {', '.join(strange or given)}; take it out or rename it"
        raise NotATable(msg)
    return rows, names


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    msg = "neither UTF-8 nor GB18030: save the table as “CSV UTF-8”"
    raise NotATable(msg)


def _known_as(name: str) -> str | None:
    plain = re.sub(r"\s|（.*?）|\(.*?\)", "", name).lower()
    return next((ours for ours, others in COLUMNS.items() if plain == ours or plain in others), None)


class _Wrong(Exception):
    def __init__(self, what: Reason) -> None:
        super().__init__(what.code)
        self.what = what


def _code(text: str) -> Subject:
    bare = text.lstrip("'’`").strip()
    if _ROUNDED.fullmatch(bare):
        raise _Wrong(table_words.ROUNDED)
    try:
        return parse(bare)
    except BadCode as error:
        raise _Wrong(Reason(error.code, error.zh, error.en)) from error


def _representative(text: str) -> str:
    subject = _code(text)
    if isinstance(subject, Enterprise):
        raise _Wrong(table_words.NO_PERSON)
    return subject.number


def _text_of(subject: Subject) -> str:
    return subject.number if isinstance(subject, Person) else subject.code


def _tier(text: str) -> Tier | None:
    plain = text.lower().removesuffix("色").removesuffix("级")
    if plain in {"未评价", "未评", "none", "-"}:
        return None
    tier = _TIERS.get(plain)
    if tier is None or tier is Tier.UNKNOWN:
        raise _Wrong(table_words.NO_TIER)
    return tier


def _severity(text: str) -> Severity:
    found = _SEVERITIES.get(text.lower().removesuffix("失信"))
    if found is None:
        raise _Wrong(table_words.NO_SEVERITY)
    return found


def _time(text: str) -> datetime:
    return _moment(text)[0]


def _end_of_day(text: str) -> datetime:
    moment, day_alone = _moment(text)
    return moment + timedelta(days=1) if day_alone else moment


def _moment(text: str) -> tuple[datetime, bool]:
    """The moment, and whether only its day was written."""
    try:
        if day := _DAY.fullmatch(text) or _EIGHT.fullmatch(text):
            return datetime(*(int(part) for part in day.groups()), tzinfo=CHINA), True
        moment = datetime.fromisoformat(text.replace("/", "-"))
    except ValueError as error:
        raise _Wrong(table_words.NO_TIME) from error
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=CHINA)), False
