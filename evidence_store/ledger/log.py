"""One node's log in the bucket: batches of entries, checkpoints that nobody can claim twice, full tiles.

Below the log's prefix, all under long locks:

    vkey                        the key its first checkpoint is signed with; written on condition that it is not there
    batch/{n}-{sha16}.jsonl     the leaves that checkpoint n adds, one a line
    checkpoint/{n}              the signed note; written on condition that it is not there
    checkpoint/{n}.tsr          its timestamp, where it has one, and
    tsa/{sha16}.pem             the certificates that timestamps are checked with (`timestamps`)
    tile/{level}/{index}        full tiles of hashes, and tile/entries/{index} of entries (C2SP tlog-tiles)

The order makes a fork impossible: first the batch, which is named by its digest and so disturbs nobody; then the
checkpoint, which one writer gets; then the tiles, which follow from what was claimed. Whoever loses the claim reads
what the winner wrote, checks it, and enters his own after it. Whoever is killed in between finds the same at the next
start. Partial tiles aren't stored: they follow from the batches, and what can be replaced is no evidence.

A key can be changed (`rotation`): the old one signs for an entry that names the new one.

The key lies there for other nodes: one that takes over a survey puts this log's proofs into the bundle beside its own
(`other_logs`). It is a claim by whoever may write to the bucket, and no more than a claim is needed: so is the key in a
bundle, and the keys that an auditor has by another way decide.
"""

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import msgspec

from evidence_store.errors import EvidenceError, KeyTaken
from evidence_store.ledger.batches import Growth, fitting, grown
from evidence_store.ledger.book import Book, Line, Page, Stamped
from evidence_store.ledger.entries import Entry, leaf
from evidence_store.ledger.merkle import inclusion, root
from evidence_store.ledger.notes import BadNote, Checkpoint, Signer, VerifierKey, open_note, split_note
from evidence_store.ledger.proofs import ProvenEntry
from evidence_store.ledger.rotation import NO_SURVEY, key_at, rotation_entry, rotations
from evidence_store.ledger.statements import statement
from evidence_store.ledger.tiles import TILE_WIDTH, TiledTree, entries_bytes, entries_path, tile_path
from evidence_store.objects import Objects

LOCK = timedelta(days=30 * 365 + 8)
"""How long everything of a log is locked when it is written."""
VKEY = "vkey"
"""Where a log's key lies below its prefix."""
_JSONL, _NOTE, _TILE = "application/jsonl", "text/plain; charset=utf-8", "application/octet-stream"


class LedgerFault(EvidenceError):
    """The log in the bucket is not the one this node remembers. Nothing more is entered until people have looked."""


class Succession(Protocol):
    """Where a log finds the key that is to take over from its own."""

    def successor(self) -> Signer | None:
        """The next key, once there is one. Raises OSError, ValueError."""
        ...

    def hand_over(self) -> None:
        """The log names that key as the next one: from now on it is the node's own. Raises OSError."""
        ...


@dataclass(frozen=True, slots=True)
class Proven:
    """A survey's entries with everything that proves them."""

    note: str
    vkey: str
    entries: list[ProvenEntry]
    timestamp: Stamped | None = None
    """The timestamp of this checkpoint, where it has one."""


def proven_entries(tree: TiledTree, size: int, entries: Iterable[tuple[int, bytes]]) -> list[ProvenEntry]:
    """Those of the entries, given as number and leaf, that the tree of the first `size` has, with their proofs."""
    return [ProvenEntry(number, data, inclusion(tree, number, size)) for number, data in entries if number < size]


def checkpoint_path(number: int) -> str:
    """Where a checkpoint lies below its log's prefix."""
    return f"checkpoint/{number:09}"


class Log:
    """A node's log. Blocks; one thread at a time."""

    def __init__(
        self, objects: Objects, book: Book, signer: Signer, prefix: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC), succession: Succession | None = None,
    ) -> None:  # fmt: skip
        """`prefix` is where it lies in the bucket, without a slash at its end."""
        self._objects, self._book, self._signer, self._prefix, self._now = objects, book, signer, prefix, now
        self._succession = succession
        self._page = book.page()
        self._changes = rotations(book.of_survey(NO_SURVEY))
        self._first_key = self._changes[0].old if self._changes else signer.verifier
        """The key of its first checkpoint, as far as this node knows."""
        self._tree = self._tree_of(self._page)
        self._stamped = book.stamped()
        self._compared = self._key_told = False

    @property
    def vkey(self) -> str:
        """The key that checkpoints are signed with, as verifiers take it."""
        return str(self._signer.verifier)

    @property
    def vkeys(self) -> list[str]:
        """That key and those it took over from, newest first."""
        keys = [self._signer.verifier, *(change.old for change in reversed(self._changes))]
        return list(dict.fromkeys(map(str, keys)))

    def signed(self, kind: str, says: Mapping[str, Any]) -> str:
        """A statement (`statements`) that this node signs with the log's key; nothing of it is entered here."""
        return self._signer.sign(statement(kind, says))

    @property
    def size(self) -> int:
        """How many entries the last checkpoint covers."""
        return self._page.size

    @property
    def page(self) -> Page:
        """The log as of its last checkpoint."""
        return self._page

    @property
    def stamped(self) -> Stamped | None:
        """The newest checkpoint that is known to have a timestamp."""
        return self._stamped

    def stamp(self, stamped: Stamped) -> None:
        """Remember that a checkpoint has a timestamp, which is in the bucket."""
        self._book.stamp(stamped)
        self._stamped = self._book.stamped()

    def timestamped(self, key: str) -> bool:
        """Does a checkpoint that has a timestamp cover an entry about this object?"""
        number = self._book.number(key)
        return number is not None and self._stamped is not None and number < self._stamped.size

    def has(self, key: str) -> bool:
        """Does a checkpoint cover an entry about this object?"""
        return self._book.has(key)

    def append(self, entries: Sequence[Entry]) -> None:
        """Enter these and sign for them. When it returns they are in the bucket, covered by a checkpoint.

        An object is entered once: what the book has, or comes twice here, is left out, so calling again after any error
        is right. Raises LedgerFault, StoreUnreachable, StoreRefused.
        """
        while True:
            self.catch_up()
            self._check_own_key()
            successor = None if self._succession is None else self._succession.successor()
            if successor is not None:
                self._claim([rotation_entry(self._signer.verifier, successor.verifier, self._now())])
                continue
            wanted = self._new(entries)
            if not wanted or self._claim(wanted):
                return

    def _claim(self, entries: Sequence[Entry]) -> bool:
        """Write the next checkpoint, over these; False if another process of this node was first."""
        lines = self._lines(entries)
        self._tell_key()
        number = self._page.number + 1
        batch = b"".join(line.leaf + b"\n" for line in lines)
        self._put(f"batch/{number:09}-{hashlib.sha256(batch).hexdigest()[:16]}.jsonl", batch, _JSONL)
        growth = grown(self._tree, [line.leaf for line in lines])
        size = growth.tree.size
        checkpoint = Checkpoint(self._signer.verifier.name, size, root(growth.tree, size))
        note = self._signer.sign(checkpoint.text())
        try:
            self._put(checkpoint_path(number), note.encode(), _NOTE)
        except KeyTaken:
            return False
        self._adopt(number, note, lines, growth)
        return True

    def catch_up(self) -> None:
        """Take over what was claimed since: by this node before it was killed, or by another of its name.

        Raises LedgerFault, StoreUnreachable, StoreRefused.
        """
        if not self._compared:
            self._compare()
        while True:
            number = self._page.number + 1
            found = self._objects.first(f"{self._prefix}/{checkpoint_path(number)}")
            if found is None:
                return
            self._take_over(number, found)

    def proven(self, survey: str, *keys: str) -> Proven:
        """A survey's entries, each with its proof to the last checkpoint.

        If that has no timestamp, and an earlier one that has covers the entries about the objects `keys`, that one is
        taken, with the entries it covers.
        """
        stamped = self._stamped
        newest = stamped is not None and stamped.number == self._page.number
        if not newest and not (keys and all(map(self.timestamped, keys))):
            stamped = None
        note, size = (self._page.note, self._page.size) if stamped is None else (stamped.note, stamped.size)
        key = key_at(self._first_key, self._changes, size)
        return Proven(note, str(key), proven_entries(self._tree, size, self._book.of_survey(survey)), stamped)

    def _compare(self) -> None:
        """A bucket that was set back, or another one, would let this node sign two histories."""
        if self._page.number:
            origin = Checkpoint.parse(split_note(self._page.note)[0]).origin
            if origin != self._signer.verifier.name:
                raise LedgerFault(
                    f"The book of this node is of the log {origin}, and the node signs as {self._signer.verifier.name} "
                    "now. Put ledger.db and ledger.key aside, so that the new name gets its own, or give the node its "
                    "old name back (settings deployment and node)."
                )
            found = self._objects.first(f"{self._prefix}/{checkpoint_path(self._page.number)}")
            if found is None or found.decode("utf-8", "replace") != self._page.note:
                raise LedgerFault(
                    f"This node has signed checkpoint {self._page.number} of {self._prefix!r}, but the bucket "
                    f"{'does not have it' if found is None else 'has another'}. Was the bucket exchanged or set back? "
                    "Point the node at the bucket it wrote to, or give it a new node name for a new log."
                )
        else:
            told = self._objects.first(f"{self._prefix}/{VKEY}")
            if told is not None:
                with contextlib.suppress(BadNote):  # `_tell_key` says what is wrong
                    self._first_key = VerifierKey.parse(told.decode("utf-8", "replace"))
        self._compared = True

    @property
    def _due(self) -> VerifierKey:
        """The key that the next checkpoint is to be signed with."""
        return key_at(self._first_key, self._changes, self._page.size + 1)

    def _check_own_key(self) -> None:
        """Is it the one that is due? A change that was cut off half-way is finished first. Raises LedgerFault."""
        due = self._due
        if due != self._signer.verifier and self._succession is not None:
            successor = self._succession.successor()
            if successor is not None and successor.verifier == due:
                self._succession.hand_over()
                self._signer = successor
        if due != self._signer.verifier:
            raise LedgerFault(
                f"The log {self._prefix!r} is signed with the key {due} by now, and this node has another. Another "
                "node writes under this node's name, or this one lost its key: put back the newest copy of ledger.key, "
                "or give the node a name of its own (setting node)."
            )

    def _tell_key(self) -> None:
        """The key that this log began with, in the bucket: once, before the first checkpoint that needs it."""
        if self._key_told:
            return
        try:
            self._put(VKEY, f"{self._first_key}\n".encode(), _NOTE)
        except KeyTaken:
            raise LedgerFault(
                f"{self._prefix}/{VKEY} in the bucket is another key than this node's. Another node writes under this "
                "node's name, or this one lost its key: give it a name of its own (setting node)."
            ) from None
        self._key_told = True

    def _take_over(self, number: int, found: bytes) -> None:
        note = found.decode("utf-8", "replace")
        try:
            checkpoint = Checkpoint.parse(open_note(note, [self._due])[0])
        except BadNote as fault:
            raise LedgerFault(
                f"Checkpoint {number} of {self._prefix!r} is not signed by this node's key ({fault}). Another node "
                "writes under this node's name: give each a name of its own (setting node)."
            ) from fault
        names = self._objects.names(f"{self._prefix}/batch/{number:09}-")
        growth = fitting(self._tree, (self._objects.first(name) or b"" for name in names), checkpoint)
        if growth is None:
            raise LedgerFault(
                f"Checkpoint {number} of {self._prefix!r} is signed, but none of the {len(names)} batches under its "
                "number gives its root. Compare with the second copy; nothing is entered until this is understood."
            )
        self._adopt(number, note, [_line(data) for data in growth.leaves], growth)

    def _adopt(self, number: int, note: str, lines: Sequence[Line], growth: Growth) -> None:
        first, tree = self._page.size, growth.tree
        for level, index, tile in growth.full:
            self._put(tile_path(level, index), tile, _TILE)
            if level == 0:
                self._put(entries_path(index), entries_bytes(self._leaves(index, first, lines)), _TILE)
        page = Page(number, tree.size, note, tree.edge_hashes())
        self._book.enter(page, first, lines)
        self._page, self._tree = page, tree
        self._changes += rotations((first + at, line.leaf) for at, line in enumerate(lines))

    def _leaves(self, tile: int, first: int, lines: Sequence[Line]) -> list[bytes]:
        """The 256 leaves of a tile: those in the book, then the new ones."""
        begins = tile * TILE_WIDTH
        before = self._book.leaves(begins, min(first, begins + TILE_WIDTH))
        fresh = lines[max(0, begins - first) : begins + TILE_WIDTH - first]
        return [*before, *(line.leaf for line in fresh)]

    def _new(self, entries: Sequence[Entry]) -> list[Entry]:
        new: list[Entry] = []
        keys: set[str] = set()
        for entry in entries:
            if entry.key is not None:
                if entry.key in keys or self._book.has(entry.key):
                    continue
                keys.add(entry.key)
            new.append(entry)
        return new

    def _lines(self, entries: Sequence[Entry]) -> list[Line]:
        last: dict[str, tuple[int, bytes | None]] = {}
        lines: list[Line] = []
        for entry in entries:
            if entry.survey not in last:
                line = self._book.last(entry.survey)
                last[entry.survey] = (0, None) if line is None else (line.seq, line.leaf)
            seq, previous = last[entry.survey]
            data = leaf(entry, seq + 1, previous)
            lines.append(Line(entry.survey, seq + 1, entry.key, data))
            last[entry.survey] = (seq + 1, data)
        return lines

    def _tree_of(self, page: Page) -> TiledTree:
        return TiledTree(self._fetch, page.size, page.edge)

    def _fetch(self, level: int, index: int) -> bytes:
        path = f"{self._prefix}/{tile_path(level, index)}"
        tile = self._objects.first(path)
        if tile is None:
            raise LedgerFault(f"The bucket does not have {path!r}. Take it from the second copy.")
        return tile

    def _put(self, path: str, data: bytes, media_type: str) -> None:
        digest = hashlib.sha256(data).hexdigest()
        self._objects.put(f"{self._prefix}/{path}", data, digest, media_type, self._now() + LOCK)


class _Leaf(msgspec.Struct):
    """What the book wants to know of a leaf."""

    survey: str
    seq: int
    key: str | None = None


# made once, here: several threads that make msgspec's first decoder of a type at once may crash the process
_LEAF = msgspec.json.Decoder(_Leaf)


def _line(data: bytes) -> Line:
    found = _LEAF.decode(data)
    return Line(found.survey, found.seq, found.key, data)
