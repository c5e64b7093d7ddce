"""The locks of a log's own objects are 30 years from their writing; once a year all of them are lengthened to 30 again.

A pass goes through everything that was in the log when it began, block by block, in the order of their names, and notes
which blocks are done. What is written later has 30 years of its own. So no lock is ever shorter than 29 years less the
time a pass takes. Interrupted, it goes on with the first block that is not done; in there the store tells which
objects have their new lock. A lost note costs one more pass.

A node that was given up lengthens nothing any more. Whoever finds a log half a year late takes it on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from evidence_store.files import write_private
from evidence_store.ledger.log import LOCK, VKEY
from evidence_store.objects import Objects, Version

EVERY = timedelta(days=365)
"""From the beginning of one pass to that of the next."""
_LATE = EVERY + timedelta(days=182)


class _Pass(msgspec.Struct, forbid_unknown_fields=True):
    """The note of a pass."""

    began: datetime
    done: list[str]
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the log, small enough to be done again."""

    name: str
    versions: list[Version]
    """Of each key the oldest, which is the one that counts."""


class LogLocks:
    """One log's yearly passes. Blocks; one thread at a time."""

    def __init__(self, objects: Objects, prefix: str, note: Path) -> None:
        """`prefix` is the log's, without a slash at its end; `note` is the file that remembers how far a pass came."""
        self.prefix = prefix
        self._objects, self._note = objects, note
        self._pass = _read(note)

    @property
    def next_at(self) -> datetime | None:
        """When the next pass begins; None while there is something left to do in one."""
        return self._pass.began + EVERY if self._pass is not None and self._pass.ended else None

    def begin(self, now: datetime) -> datetime:
        """Begin a pass, if a year is over since the last one began. Returns until when this one locks."""
        if self._pass is None or now - self._pass.began >= EVERY:
            self._pass = _Pass(now, [])
            self._write()
        return self._pass.began + LOCK

    def blocks(self) -> Iterator[Block]:
        """What this pass has still to do, listed as it is asked for. Raises as the store does."""
        if self._pass is None or self._pass.ended:
            return
        for name in self._names():
            if name not in self._pass.done:
                block = self._block(name)
                if not block.versions and name.startswith("checkpoint/"):
                    return  # checkpoints are numbered without holes, so this is the end of the log
                yield block

    def extend(self, version: Version, until: datetime) -> datetime:
        """Lengthen one lock; one that is long enough is left. Raises as Objects.extend."""
        return self._objects.extend(version.key, version.version_id, until)

    def finish(self, block: Block) -> None:
        """Everything in this block is locked for as long as this pass asks."""
        if self._pass is not None:
            self._pass.done.append(block.name)
            self._write()

    def end(self) -> None:
        """Every block is done."""
        if self._pass is not None:
            self._pass.ended, self._pass.done = True, []
            self._write()

    def _names(self) -> Iterator[str]:
        yield from (VKEY, "tsa/", "tile/")
        thousand = 0
        while True:  # until `blocks` finds a thousand numbers without a checkpoint
            yield f"checkpoint/{thousand:06}"
            yield f"batch/{thousand:06}"
            thousand += 1

    def _block(self, name: str) -> Block:
        oldest: dict[str, Version] = {}
        for each in self._objects.versions(f"{self.prefix}/{name}"):  # a key's newest first
            if not each.is_marker:
                oldest[each.key] = each
        return Block(name, [oldest[key] for key in sorted(oldest)])

    def _write(self) -> None:
        write_private(self._note, msgspec.json.encode(self._pass))


def given_up(objects: Objects, own: str, folder: Path, now: datetime) -> list[LogLocks]:
    """The other logs in the bucket whose nodes are half a year late, or that were taken on before.

    `own` is the prefix of the node's own log; `folder` keeps the notes of passes. Raises as the store does.
    """
    found: list[LogLocks] = []
    for node in objects.folders("log/"):
        prefix, note = f"log/{node}", folder / f"log-locks-{node}.json"
        if prefix != own and (note.exists() or _is_late(objects, prefix, now)):
            found.append(LogLocks(objects, prefix, note))
    return found


def _is_late(objects: Objects, prefix: str, now: datetime) -> bool:
    """The key is the first to be lengthened in each pass."""
    path = f"{prefix}/{VKEY}"
    versions = [each for each in objects.versions(path) if each.key == path and not each.is_marker]
    if not versions:
        return False
    until = objects.stat(path, versions[-1].version_id).locked_until
    return until is not None and until < now + LOCK - _LATE


def _read(note: Path) -> _Pass | None:
    try:
        return msgspec.json.decode(note.read_bytes(), type=_Pass)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None
