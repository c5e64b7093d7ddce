"""One log in the bucket, read as a stranger would: every checkpoint, the batch that gives its root, the full tiles.

In memory are the tree's edge, the leaves of its last tile and a few batches, however long the log is. Where a
checkpoint or a batch is damaged the reading goes on with what is left, so that the objects behind it are still looked
at; what can't be derived any more is said.
"""

import hashlib
import heapq
import itertools
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from evidence_store.audit.claims import Claims, Entered
from evidence_store.audit.leaves import BadLeaf, Leaf, read_leaf
from evidence_store.audit.report import Finding, Kind, LogSummary
from evidence_store.errors import NotFound
from evidence_store.ledger.batches import Growth, grown, leaves_in
from evidence_store.ledger.log import VKEY
from evidence_store.ledger.merkle import leaf_hash, root
from evidence_store.ledger.notes import BadNote, Checkpoint, VerifierKey, open_note, split_note
from evidence_store.ledger.rotation import Rotation, rotations
from evidence_store.ledger.tiles import TILE_WIDTH, TiledTree, entries_bytes, entries_in, entries_path, tile_path
from evidence_store.listing import Listing
from evidence_store.objects import Objects, Stat, Version
from evidence_store.patience import Unreadable, in_order, patiently

_CHECKPOINT = re.compile(r".+/checkpoint/([0-9]{9})")
_BATCH = re.compile(r".+/batch/([0-9]{9})-([0-9a-f]{16})\.jsonl")
_AHEAD = 16
_MOST_UNPROVEN = 64
_TOLD = 20
"""Of what is wrong with checkpoints, one by one; the rest is counted."""


@dataclass(frozen=True, slots=True)
class _Part:
    """An object of the log, the oldest version of it. `data` None: it could not be read, `why` says it."""

    version: Version
    data: bytes | None
    locked_until: datetime | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Question:
    number: int
    checkpoints: Sequence[Version]
    batches: Sequence[Version]


@dataclass(frozen=True, slots=True)
class _Answer:
    checkpoints: Sequence[_Part]
    batches: Sequence[_Part]


class LogReading:
    """Reads one log. `findings` grow as it goes."""

    def __init__(
        self,
        objects: Objects,
        listing: Listing,
        claims: Claims,
        prefix: str,
        keys: Sequence[VerifierKey],
        locked: datetime,
    ) -> None:
        """`prefix` is where the log lies, without a slash at its end; `listing` has everything below it. All of it must
        be locked until `locked`.
        """
        self._objects, self._listing, self._claims, self._prefix, self._keys = objects, listing, claims, prefix, keys
        self._locked = locked
        self.findings: list[Finding] = []
        self._tree = TiledTree(_no_tile)
        self._last_leaves: list[bytes] = []
        """Those that no full tile has yet."""
        self._origin = ""
        self._size = 0
        self._signers: dict[str, None] = {}
        self._changes: list[Rotation] = []
        """Of the key, as far as it was read."""
        self._untold = 0
        self._last_number = 0
        self._expected = 1
        self._unproven: list[tuple[int, str, bytes]] = []
        """Tiles since the last checkpoint that fitted: its number, path, bytes."""
        self._lost = 0
        """Checkpoints since one whose root could not be derived, that one too."""
        self._proven = True
        """The last checkpoint that was looked at fits the tree."""

    def run(self, pool: ThreadPoolExecutor) -> LogSummary:
        """Read it whole. Raises StoreUnreachable, StoreRefused."""
        self._last_number = max((number for number, _ in self._numbered(_CHECKPOINT, "checkpoint")), default=0)
        self._claims.begin()
        for question, answer in in_order(pool, self._fetch, self._questions(), _AHEAD):
            self._take(question, answer)
        self._claims.commit()
        self._check_vkey()
        self._conclude()
        return LogSummary(self._origin, self._size, tuple(self._signers))

    def _numbered(self, form: re.Pattern[str], folder: str) -> Iterator[tuple[int, str]]:
        """The numbers and keys in a folder, in order."""
        for key in self._listing.keys(f"{self._prefix}/{folder}/"):
            match = form.fullmatch(key)
            if match is not None and int(match[1]):
                yield int(match[1]), key

    def _questions(self) -> Iterator[_Question]:
        """Every number that has a checkpoint or, below the last, a batch."""
        named = heapq.merge(self._numbered(_CHECKPOINT, "checkpoint"), self._numbered(_BATCH, "batch"))
        for number, group in itertools.groupby(named, lambda each: each[0]):
            if number > self._last_number:
                self._beyond(number)
                return
            batches = [self._listing.versions(key)[0] for _, key in group if _BATCH.fullmatch(key)]
            yield _Question(number, self._listing.versions(f"{self._prefix}/checkpoint/{number:09}"), batches)

    def _beyond(self, number: int) -> None:
        """The first batch without a checkpoint. One is what a node leaves that is about to claim it, or was killed."""
        last = max((each for each, _ in self._numbered(_BATCH, "batch")), default=0)
        if last > self._last_number + 1:
            self._say(
                "missing",
                f"{self._prefix}/checkpoint/{number:09}",
                f"is not there, and neither is any after it, although there are batches up to {last}",
            )

    def _fetch(self, question: _Question) -> _Answer:
        return _Answer([self._part(each) for each in question.checkpoints], [self._part(b) for b in question.batches])

    def _part(self, version: Version) -> _Part:
        try:
            data, stat = patiently(self._objects, lambda: self._whole(version))
        except (Unreadable, NotFound) as fault:
            return _Part(version, None, why=str(fault))
        return _Part(version, data, stat.locked_until)

    def _whole(self, version: Version) -> tuple[bytes, Stat]:
        with self._objects.opened(version.key, version.version_id) as (stat, pieces):
            return b"".join(pieces), stat

    def _written_since(self, number: int, listed: Sequence[_Part]) -> list[_Part]:
        """Batches that a running node wrote between the listing of batches and that of checkpoints."""
        known = {part.version.key for part in listed}
        prefix = f"{self._prefix}/batch/{number:09}-"
        found = patiently(self._objects, lambda: list(self._objects.versions(prefix)))
        oldest = {each.key: each for each in found if not each.is_marker and each.key not in known}
        return [self._part(version) for version in oldest.values()]

    def _take(self, question: _Question, answer: _Answer) -> None:
        number = question.number
        if number > self._expected:
            until = "" if number == self._expected + 1 else f", and neither is any before {number}"
            key = f"{self._prefix}/checkpoint/{self._expected:09}"
            self._say("missing", key, f"is not there with its batch, and later ones are{until}")
        self._expected = number + 1
        checkpoint = self._checkpoint(number, answer.checkpoints)
        batches = answer.batches
        step = self._fitting(checkpoint, batches)
        if step is None:
            batches = [*batches, *self._written_since(number, batches)]
            step = self._fitting(checkpoint, batches)
        for part in batches:
            self._check_lock(part)
        self._proven = step is not None
        if step is None:
            step = self._without(number, checkpoint, batches)
        if step is not None:
            first = self._tree.size
            self._tree = step.tree
            self._gather_tiles(number, step)
            for at, leaf in enumerate(step.leaves):
                self._enter(number, first + at, leaf)
        if self._proven:
            self._lost = 0
            self._check_tiles()
        self._claims.close_batch(self._prefix, number, root(self._tree, self._tree.size).hex())

    def _check_vkey(self) -> None:
        """The key that the log says it began with, for nodes that take surveys over."""
        key = f"{self._prefix}/{VKEY}"
        versions = self._listing.versions(key)
        if not versions:
            self._say("missing", key, "is not there: a node that takes over a survey could not prove this log")
            return
        part = self._part(versions[0])
        self._check_lock(part)
        try:
            first = VerifierKey.parse((part.data or b"").decode("utf-8", "replace"))
        except BadNote as fault:
            self._say("altered", key, f"is not the key of a log: {fault}", part.version)
            return
        if self._signers and str(first) != next(iter(self._signers)):
            self._say("altered", key, "is not the key that signed the first checkpoint", part.version)

    def _conclude(self) -> None:
        if self._untold:
            self._say("bad-checkpoint", f"{self._prefix}/checkpoint/", f"has {self._untold} more that are wrong")
        if self._lost > 1:
            key = f"{self._prefix}/checkpoint/{self._last_number:09}"
            problem = f"does not follow from the entries either, nor does any of the last {self._lost} checkpoints"
            self.findings.append(Finding("bad-checkpoint", key, "", problem))

    def _checkpoint(self, number: int, parts: Sequence[_Part]) -> Checkpoint | None:
        key = f"{self._prefix}/checkpoint/{number:09}"
        if not parts:
            self._say("missing", key, "is not there, and later ones are")
            return None
        oldest, *later = parts
        self._check_lock(oldest)
        for other in later:
            self._check_other(oldest, other)
        if oldest.data is None:
            self._say("altered", key, f"can't be read: {oldest.why}", oldest.version)
            return None
        try:
            checkpoint = self._opened(oldest.data)
        except (BadNote, UnicodeDecodeError) as fault:
            self._say("bad-checkpoint", key, f"is not what a node of this log signed: {fault}", oldest.version)
            return None
        self._origin = self._origin or checkpoint.origin
        if checkpoint.origin != self._origin:
            self._say("bad-checkpoint", key, f"is of {checkpoint.origin}, in the log of {self._origin}", oldest.version)
        self._size = checkpoint.size
        return checkpoint

    def _opened(self, data: bytes) -> Checkpoint:
        note = data.decode()
        if not self._keys:
            return Checkpoint.parse(split_note(note)[0])
        for change in self._changes:
            if change.old.id in {identifier for _, identifier, _ in split_note(note)[1]}:
                raise BadNote(f"the key {change.old} signed it, for which entry {change.number} put another")
        text, signers = self._signed(note)
        checkpoint = Checkpoint.parse(text)
        if any(key.name != checkpoint.origin for key in signers):
            raise BadNote(f"the key that signed it is not one of {checkpoint.origin}")
        self._signers.update(dict.fromkeys(map(str, signers)))
        return checkpoint

    def _signed(self, note: str) -> tuple[str, list[VerifierKey]]:
        try:
            return open_note(note, self._keys)
        except BadNote as fault:
            if not self._changes or self._changes[-1].new in self._keys:
                raise
            new = self._changes[-1]
            raise BadNote(f"{fault}; entry {new.number} of the log puts {new.new} in place of {new.old}") from None

    def _check_other(self, oldest: _Part, other: _Part) -> None:
        """A node never writes a second version: its writes are conditional."""
        if other.data == oldest.data and other.data is not None:
            return
        signed = "nobody whose key was given signed it"
        try:
            if other.data is not None and self._keys:
                names = open_note(other.data.decode(), self._keys)[1]
                signed = f"{', '.join(key.name for key in names)} signed it"
        except (BadNote, UnicodeDecodeError):
            pass
        what = "was written over by something else" if self._keys else "has a second version that says something else"
        more = f": {signed}" if self._keys else ""
        self._say("fork", oldest.version.key, f"{what}{more}", other.version)

    def _fitting(self, checkpoint: Checkpoint | None, batches: Sequence[_Part]) -> Growth | None:
        """The batch that gives the checkpoint's root."""
        for part in batches:
            if checkpoint is not None and part.data is not None:
                step = grown(self._tree, leaves_in(part.data))
                if step.gives(checkpoint):
                    return step
        return None

    def _without(self, number: int, checkpoint: Checkpoint | None, batches: Sequence[_Part]) -> Growth | None:
        """Nothing gives the root: say whose fault it seems to be, and go on with the batch that is most likely."""
        whole: list[_Part] = []
        for part in batches:
            match = _BATCH.fullmatch(part.version.key)
            if part.data is None:
                self._say("altered", part.version.key, f"can't be read: {part.why}", part.version)
            elif match is None or not hashlib.sha256(part.data).hexdigest().startswith(match[2]):
                self._say(
                    "altered", part.version.key, "does not have the SHA-256 that its name ends with", part.version
                )
            else:
                whole.append(part)
        self._lost += checkpoint is not None
        if not batches:
            self._say("missing", f"{self._prefix}/batch/{number:09}", "is not there, and a checkpoint covers it")
        elif whole and checkpoint is not None and self._lost == 1:
            key = f"{self._prefix}/checkpoint/{number:09}"
            self._say("bad-checkpoint", key, "has a root that does not follow from the entries up to it")
        if checkpoint is not None and not whole:
            step = self._from_tiles(checkpoint)
            if step is not None:
                self._proven = True
                return step
        readable = [*whole, *(part for part in batches if part.data is not None)]
        return None if not readable else grown(self._tree, leaves_in(readable[0].data or b""))

    def _from_tiles(self, checkpoint: Checkpoint) -> Growth | None:
        """The full tiles have the entries once more, unless they are among the log's last 255."""
        leaves: list[bytes] = []
        for index in range(self._tree.size // TILE_WIDTH, -(-checkpoint.size // TILE_WIDTH)):
            versions = self._listing.versions(f"{self._prefix}/{entries_path(index)}")
            data = self._part(versions[0]).data if versions else None
            try:
                tile = entries_in(data or b"")
            except ValueError:
                return None
            if len(tile) != TILE_WIDTH:
                return None
            leaves += tile
        begins = self._tree.size % TILE_WIDTH
        step = grown(self._tree, leaves[begins : begins + checkpoint.size - self._tree.size])
        return step if step.gives(checkpoint) else None

    def _enter(self, number: int, index: int, data: bytes) -> None:
        where = f"{self._prefix}/checkpoint/{number:09}"
        try:
            leaf: Leaf = read_leaf(data)
        except BadLeaf as fault:
            self._say("bad-entry", where, f"covers entry {index}, which {fault}")
            return
        wrong = self._claims.link(self._prefix, leaf.survey, leaf.seq, leaf.previous, leaf_hash(data).hex())
        self._changes += rotations([(index, data)])
        if leaf.claim is not None:
            entered = Entered(self._prefix, number, leaf.survey, leaf.type, leaf.claim)
            wrong = self._claims.add(entered) or wrong
        if wrong is not None:
            self._say("bad-entry", where, f"covers entry {index}, which {wrong}")

    def _gather_tiles(self, number: int, step: Growth) -> None:
        leaves = [*self._last_leaves, *step.leaves]
        for level, index, tile in step.full:
            self._unproven.append((number, tile_path(level, index), tile))
            if level == 0:
                self._unproven.append((number, entries_path(index), entries_bytes(leaves[:TILE_WIDTH])))
                leaves = leaves[TILE_WIDTH:]
        self._last_leaves = leaves
        del self._unproven[:-_MOST_UNPROVEN]

    def _check_tiles(self) -> None:
        for number, path, tile in self._unproven:
            self._check_tile(number, path, tile)
        self._unproven.clear()

    def _check_tile(self, number: int, path: str, expected: bytes) -> None:
        key = f"{self._prefix}/{path}"
        versions = self._listing.versions(key)
        if not versions:
            if number < self._last_number:  # else the node may be about to write it
                self._say("missing", key, "is not there, and the log is long enough for it")
            return
        part = self._part(versions[0])
        self._check_lock(part)
        if part.data is None:
            self._say("altered", key, f"can't be read: {part.why}", part.version)
        elif part.data != expected:
            self._say("altered", key, "is not what follows from the entries", part.version)

    def _check_lock(self, part: _Part) -> None:
        if part.data is None:
            return
        if part.locked_until is None:
            self._say(
                "unlocked", part.version.key, "is not under a COMPLIANCE lock, or this key may not see it", part.version
            )
        elif part.locked_until < self._locked:
            problem = f"is locked until {part.locked_until:%Y-%m-%d %H:%M} UTC, which is within the alarm margin"
            self._say("short-lock", part.version.key, problem, part.version)

    def _say(self, kind: Kind, key: str, problem: str, version: Version | None = None) -> None:
        if len(self.findings) >= _TOLD and kind == "bad-checkpoint" and not key.endswith("/"):
            self._untold += 1
            return
        self.findings.append(Finding(kind, key, "" if version is None else version.version_id, problem))


def _no_tile(level: int, index: int) -> bytes:
    raise AssertionError(f"tile {level}/{index} was asked for, and a log's root follows from its edge alone")
