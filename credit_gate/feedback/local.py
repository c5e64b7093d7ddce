"""The local standing: what a source says, with this authority's own deductions and repairs, which count at once.

A source may take hours to publish what it was told; nobody is admitted, and nobody turned away, because of that.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from credit_gate.standing import Event, Standing


def with_local(standing: Standing, own: Iterable[Event]) -> Standing:
    """The standing with our own events beside the source's.

    An event the source has too (the same id) ends at whichever end comes first: a repair counts at once wherever it was
    made. The source's `as_of`, tier and silence stay what they are.
    """
    events = {event.id: event for event in standing.events}
    for event in own:
        theirs = events.get(event.id)
        events[event.id] = event if theirs is None else _both(event, theirs)
    return replace(standing, events=tuple(events.values()))


def _both(own: Event, theirs: Event) -> Event:
    """Our event as the source has it: its published end, and the first of two repairs and of two reversals."""
    return replace(
        own,
        until=_first(own, theirs.until),
        repaired_at=_first(own, own.repaired_at, theirs.repaired_at),
        reversed_at=_first(own, own.reversed_at, theirs.reversed_at),
    )


def _first(own: Event, *ends: datetime | None) -> datetime | None:
    """The first of these, though not before our event began: clocks differ."""
    told = [end for end in ends if end is not None]
    return max(own.at, min(told)) if told else None
