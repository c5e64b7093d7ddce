"""What a node says of something else than its log, signed with the log's key: a note (C2SP signed-note). Pure.

The text is two lines: what is stated (`takan errand v1`) and canonical JSON (RFC 8785), which has no line break. It
can't be taken for a checkpoint, whose first line is its log's name, which has no space, and its second a number.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import rfc8785

from evidence_store.canonical import NotCanonical, read_canonical
from evidence_store.ledger.notes import BadNote, VerifierKey, open_note

_LINES = 3
"""With the empty one after the last newline."""


def statement(kind: str, says: Mapping[str, Any]) -> str:
    """The text to sign. Raises ValueError for a kind that could be a log's name, and for what is no JSON."""
    if " " not in kind or "\n" in kind:
        raise ValueError(f"{kind!r} can't begin a statement: one line with a space in it")
    return f"{kind}\n{rfc8785.dumps(dict(says)).decode()}\n"


def read_statement(note: str, kind: str, keys: Sequence[VerifierKey]) -> tuple[Any, list[VerifierKey]]:
    """What a note of this kind says, and those of the keys that signed it; at least one. Raises BadNote."""
    text, signed = open_note(note, keys)
    lines = text.split("\n")
    if len(lines) != _LINES or lines[0] != kind:
        raise BadNote(f"this is signed, but it is no {kind}")
    try:
        return read_canonical(lines[1].encode()), signed
    except NotCanonical as fault:
        raise BadNote(f"the {kind} {fault}") from None
