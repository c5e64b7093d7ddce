"""A log's key changes: the entry that says so, and which key signs when. Pure.

The entry names the old key and the new one, is about no survey, and is the last that its checkpoint covers. That
checkpoint is signed by the old key, every larger one by the new: so the old key itself says who comes after it, and
what it signs from then on counts for nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from evidence_store.ledger.entries import Entry
from evidence_store.ledger.notes import BadNote, VerifierKey

NO_SURVEY = "-"
"""What stands for the survey in an entry about the log itself."""
ROTATION = "key_rotation"


@dataclass(frozen=True, slots=True)
class Rotation:
    """One change of keys."""

    number: int
    """Which entry of the log says so, from 0."""
    old: VerifierKey
    new: VerifierKey


def rotation_entry(old: VerifierKey, new: VerifierKey, at: datetime) -> Entry:
    """The entry by which `old` hands the log over."""
    return Entry(ROTATION, NO_SURVEY, at, {"old": str(old), "new": str(new)})


class _Leaf(msgspec.Struct):
    type: str
    survey: str
    old: str = ""
    new: str = ""


# made once, here: several threads that make msgspec's first decoder of a type at once may crash the process
_LEAF = msgspec.json.Decoder(_Leaf)


def rotations(leaves: Iterable[tuple[int, bytes]]) -> list[Rotation]:
    """Those of these leaves, given with their numbers, that change the key. What is miswritten changes nothing."""
    found: list[Rotation] = []
    for number, data in leaves:
        try:
            leaf = _LEAF.decode(data)
            if (leaf.type, leaf.survey) == (ROTATION, NO_SURVEY):
                found.append(Rotation(number, VerifierKey.parse(leaf.old), VerifierKey.parse(leaf.new)))
        except (msgspec.MsgspecError, BadNote):
            continue
    return found


def key_at(first: VerifierKey, changes: Sequence[Rotation], size: int) -> VerifierKey:
    """The key that signs the log's checkpoint of this size; `first` signed its first one. What others than the key in
    force say about the next one is passed over.
    """
    key = first
    for change in changes:
        if change.number + 1 < size and change.old == key and change.new.name == key.name:
            key = change.new
    return key
