"""When something came between a person and their device, by the journal, and what gaps that explains."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from survey_server.recording import Gap
from survey_server.survey.events import Entry, Interrupted, Joined
from survey_server.survey.step import begin, step
from survey_server.survey.survey import Survey
from survey_server.wire.basics import Interruption, Kind

EXPLAINS: Mapping[Kind, tuple[Interruption, ...]] = {
    "video": ("camera_taken", "hidden"),
    "audio": ("microphone_taken", "hidden"),
}
"""What stops which track; where two do at once, the first is the reason."""
REPEATED = timedelta(seconds=5)
"""A page that comes back says within this time what still is so; what it doesn't say again is over."""

_Key = tuple[str, Interruption]


@dataclass(frozen=True)
class Stretch:
    """A time in which a person was interrupted, in seconds on the recording's line."""

    what: Interruption
    start_s: float
    end_s: float


def stretches(survey: Survey, entries: Sequence[Entry]) -> dict[str, list[Stretch]]:
    """By participant, from a whole journal; those that ended before the recording began are left out.

    A new page of a person ends what it doesn't soon say again; what it does say again went on all the time.
    """
    found: dict[str, list[Stretch]] = {}
    began: dict[_Key, Entry] = {}
    carried: set[_Key] = set()

    def over(key: _Key, at: Entry) -> None:
        who, what = key
        since, until = survey.moment_s(began.pop(key).at) or 0.0, survey.moment_s(at.at)
        if until is not None and until > since:
            found.setdefault(who, []).append(Stretch(what, since, until))

    value = begin(entries[0])
    for place, entry in enumerate(entries[1:], 1):
        value, _ = step(value, entry)
        now: set[_Key] = {(person.id, what) for person in value.participants.values() for what in person.interruptions}
        if isinstance(entry.event, Joined):
            carried |= began.keys() & set(_said_by(entry.event.participant, entry, entries[place + 1 :]))
        carried -= now
        for key in began.keys() - now - carried:
            over(key, entry)
        for key in now - began.keys():
            began[key] = entry
    for key in tuple(began):
        over(key, entries[-1])
    return found


def named(gap: Gap, interrupted: Sequence[Stretch]) -> Iterator[Gap]:
    """A silent gap, cut where the journal knows a reason for a part of it; any other gap as it is."""
    if gap.cause != "silent":
        yield gap
        return
    reasons = EXPLAINS[gap.kind]
    mine = [s for s in interrupted if s.what in reasons and s.start_s < gap.end_s and s.end_s > gap.start_s]
    cuts = {gap.start_s, gap.end_s} | {round(t, 4) for s in mine for t in (s.start_s, s.end_s)}
    ends = sorted(t for t in cuts if gap.start_s <= t <= gap.end_s)
    pieces = [Gap(start, end, gap.kind, _cause(start, end, mine, reasons)) for start, end in pairwise(ends)]
    yield from _joined(pieces) if pieces else [gap]


def _said_by(who: str, joined: Entry, later: Iterable[Entry]) -> Iterator[_Key]:
    for entry in later:
        if entry.at - joined.at > REPEATED:
            return
        match entry.event:
            case Interrupted(participant=participant, what=what, over=False) if participant == who:
                yield who, what
            case _:
                pass


def _cause(start_s: float, end_s: float, interrupted: Sequence[Stretch], reasons: Sequence[Interruption]) -> str:
    middle = (start_s + end_s) / 2
    going_on = {s.what for s in interrupted if s.start_s <= middle <= s.end_s}
    return next((reason for reason in reasons if reason in going_on), "silent")


def _joined(pieces: Sequence[Gap]) -> list[Gap]:
    """Neighbours with one cause are one gap."""
    out = [pieces[0]]
    for piece in pieces[1:]:
        last = out[-1]
        if piece.cause == last.cause:
            out[-1] = Gap(last.start_s, piece.end_s, last.kind, last.cause)
        else:
            out.append(piece)
    return out
