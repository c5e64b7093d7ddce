"""How far an audit has come: a small file, so that one which was interrupted need not read every object again."""

from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from evidence_store.audit.report import Finding
from evidence_store.files import write_private

_VERSION = 2


class BadState(Exception):
    """The state file is of another audit, or none at all. Says which in words."""


@dataclass(frozen=True, slots=True)
class Question:
    """What makes two runs parts of one audit."""

    endpoint: str
    bucket: str
    nodes: tuple[str, ...]
    copy: bool
    sample: float


@dataclass(frozen=True, slots=True)
class Done:
    """Up to which checkpoint of a log every object has been looked at."""

    batch: int
    root: str
    """That checkpoint's root, in hexadecimal: the log must still have it when the audit goes on."""


@dataclass(slots=True)
class State:
    """An audit under way."""

    question: Question
    seed: str
    """Chooses the sample."""
    done: dict[str, Done] = field(default_factory=dict[str, Done])
    """By the log's prefix."""
    objects: int = 0
    bytes: int = 0
    seconds: float = 0.0
    findings: list[Finding] = field(default_factory=list[Finding])
    """About objects. What is wrong with a log is found again: logs are read whole each time."""
    v: int = _VERSION


def load(path: Path, question: Question) -> State | None:
    """The state in this file, None if there is none. Raises BadState if it is no state of this audit, OSError."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        state = msgspec.json.decode(data, type=State)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BadState(f"{path} is not the state of an audit. Name another file, or remove this one.") from None
    if state.v != _VERSION:
        raise BadState(f"{path} was written by another version of this program. Remove it and begin anew.")
    if state.question != question:
        raise BadState(
            f"{path} is the state of an audit of {state.question.bucket!r} at {state.question.endpoint} that asked "
            "something else. Use the same options again, name another file, or remove this one."
        )
    return state


def save(path: Path, state: State) -> None:
    """Put the state in place, whole or not at all. Raises OSError."""
    write_private(path, msgspec.json.encode(state))
