"""Other nodes' logs in the same bucket, for surveys that moved from one node to another.

A node that takes over a survey goes on with it in its own log. What another log covers must not be entered a second
time, and is proven by that log's own checkpoint in the survey's bundle. So the other logs are read as a stranger would:
every checkpoint, the batch that gives its root. Each is read once and remembered (`other_book`); later only what was
added since.

Where a log says of itself which key signs it first (`vkey`, see `log`), every checkpoint must be signed by that one, or
by what it was changed for (`rotation`). The key is that log's claim, as it will be in the bundle, where the keys that
the auditor has by another way decide. Whoever may write to the bucket could thus make up a log about objects that a
node is taking over; what comes of it is a bundle that the auditor's keys refuse, never one that they accept.

What can't be read as a log ends it: what comes before counts, what comes after nobody could prove.
"""

import itertools
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

from evidence_store.ledger.batches import fitting
from evidence_store.ledger.book import Page, Stamped
from evidence_store.ledger.log import VKEY, LedgerFault, Proven, checkpoint_path, proven_entries
from evidence_store.ledger.merkle import root
from evidence_store.ledger.notes import BadNote, Checkpoint, VerifierKey, open_note, split_note
from evidence_store.ledger.other_book import OtherBook, OtherPage
from evidence_store.ledger.rotation import NO_SURVEY, key_at, rotations
from evidence_store.ledger.tiles import TiledTree
from evidence_store.ledger.tokens import BadToken, check, read_chain
from evidence_store.objects import Objects
from evidence_store.patience import in_order

_LOGS = "log/"
_AT_ONCE = 8
_AHEAD = 16


@dataclass(frozen=True, slots=True)
class _Claimed:
    """What lies in the bucket under a checkpoint's number."""

    note: str | None
    stamped: bool
    batches: Sequence[bytes] = ()


class OtherLogs:
    """Every log under `log/` but the node's own. Blocks; one thread at a time."""

    def __init__(self, objects: Objects, book: OtherBook, own: str) -> None:
        """`own` is where the node's own log lies, without a slash at its end."""
        self._objects, self._book, self._own = objects, book, own
        self.faults: dict[str, str] = {}
        """What is wrong with a log, by where it lies, in words; as of the last time they were read."""
        self._set_back: set[str] = set()
        self._stopped = threading.Event()

    def stop(self) -> None:
        """End a reading that is under way; what was read so far is remembered. From any thread."""
        self._stopped.set()

    def catch_up(self) -> None:
        """Read what was added to the other logs since. Raises StoreUnreachable, StoreRefused; again goes on there."""
        self.faults, self._set_back = {}, set()
        for node in self._objects.folders(_LOGS):
            log = f"{_LOGS}{node}"
            if log != self._own:
                try:
                    self._read(log, node)
                except LedgerFault as fault:
                    self.faults[log] = str(fault)

    def covering(self, keys: Sequence[str]) -> dict[str, set[str]]:
        """The logs that have entries about some of these objects, and about which, as far as they were read."""
        return self._book.logs_of(keys)

    def proven(self, log: str, survey: str) -> Proven:
        """All entries of a survey in this log, each with its proof to the newest checkpoint that was read, or to the
        newest one with a timestamp that covers them all.

        Raises LedgerFault in words for a log that can't be proven, StoreUnreachable, StoreRefused.
        """
        if log in self._set_back:
            raise LedgerFault(self.faults[log])
        key, read = self._key(log), self._book.page(log)
        if key is None:
            raise LedgerFault(
                f"{log!r} has entries about {survey}, and does not say which key signs it. Start its node once more, "
                f"or put the node's verifier key into the bucket as {log}/{VKEY}."
            )
        entries = self._book.of_survey(log, survey)
        needed = entries[-1][0] + 1 if entries else 0
        tree = self._tree(log, read.page)
        for number in dict.fromkeys((read.page.number, read.stamped)):
            stamped = self._stamped(log, number, key, tree) if number else None
            if stamped is not None and stamped.size >= needed:
                signed_by = self._key_at(log, key, stamped.size)
                return Proven(stamped.note, str(signed_by), proven_entries(tree, stamped.size, entries), stamped)
        self._check(log, read.page.number, read.page.note, key, tree)
        signed_by = self._key_at(log, key, read.page.size)
        return Proven(read.page.note, str(signed_by), proven_entries(tree, read.page.size, entries))

    def _read(self, log: str, node: str) -> None:
        read, key = self._book.page(log), self._key(log)
        if read.page.number and self._claim(log, read.page.number).note != read.page.note:
            self._set_back.add(log)
            raise LedgerFault(
                f"{log!r} had another checkpoint {read.page.number} when this node read it before: the log was "
                "exchanged or set back since. Compare with the second copy."
            )
        if self._claim(log, read.page.number + 1).note is None:
            return
        numbers = itertools.count(read.page.number + 1)
        with (
            ThreadPoolExecutor(_AT_ONCE, "other-logs") as pool,
            closing(in_order(pool, lambda number: self._whole_claim(log, number), numbers, _AHEAD)) as claims,
        ):
            for number, claimed in claims:
                if claimed.note is None or self._stopped.is_set():
                    return
                read = self._take(log, node, key, read, number, claimed)

    def _take(
        self, log: str, node: str, key: VerifierKey | None, read: OtherPage, number: int, claimed: _Claimed
    ) -> OtherPage:
        """Go on by one checkpoint. Raises LedgerFault when it does not follow."""
        note = claimed.note or ""
        try:
            checkpoint = _opened(note, key and self._key_at(log, key, read.page.size + 1))
            if checkpoint.origin.rpartition("/")[2] != node:
                raise BadNote(f"it is of {checkpoint.origin}")
        except BadNote as fault:
            raise LedgerFault(f"Checkpoint {number} of {log!r} is not one of that log: {fault}.") from None
        growth = fitting(self._tree(log, read.page), claimed.batches, checkpoint)
        if growth is None:
            raise LedgerFault(
                f"Checkpoint {number} of {log!r} can't be followed: none of the {len(claimed.batches)} batches under "
                "its number gives its root. Compare with the second copy."
            )
        page = Page(number, checkpoint.size, note, growth.tree.edge_hashes())
        taken = OtherPage(page, number if claimed.stamped else read.stamped)
        self._book.enter(log, taken, growth)
        return taken

    def _claim(self, log: str, number: int) -> _Claimed:
        """The checkpoint of this number, the oldest version of it, and whether it has a timestamp."""
        path = f"{log}/{checkpoint_path(number)}"
        oldest, stamped = None, False
        for version in self._objects.versions(path):  # a key's newest first
            if version.key == path and not version.is_marker:
                oldest = version.version_id
            stamped = stamped or version.key == f"{path}.tsr"
        if oldest is None:
            return _Claimed(None, stamped)
        return _Claimed(self._objects.get(path, oldest).decode("utf-8", "replace"), stamped)

    def _whole_claim(self, log: str, number: int) -> _Claimed:
        """The same with the batches under its number. Used from several threads."""
        claimed = self._claim(log, number)
        if claimed.note is None:
            return claimed
        names = self._objects.names(f"{log}/batch/{number:09}-")
        return _Claimed(claimed.note, claimed.stamped, [self._objects.first(name) or b"" for name in names])

    def _key(self, log: str) -> VerifierKey | None:
        """The key that the log says it was first signed with. Raises LedgerFault if it says something else there."""
        found = self._objects.first(f"{log}/{VKEY}")
        try:
            return None if found is None else VerifierKey.parse(found.decode("utf-8", "replace"))
        except BadNote as fault:
            raise LedgerFault(f"{log}/{VKEY} is not the key of a log: {fault}.") from None

    def _key_at(self, log: str, first: VerifierKey, size: int) -> VerifierKey:
        """The key that signs the log's checkpoint of this size, by what was read of it."""
        return key_at(first, rotations(self._book.of_survey(log, NO_SURVEY)), size)

    def _tree(self, log: str, page: Page) -> TiledTree:
        return TiledTree(self._book.tiles(log), page.size, page.edge)

    def _check(self, log: str, number: int, note: str, key: VerifierKey, tree: TiledTree) -> Checkpoint:
        """The checkpoint that this note is, signed as it should be and true of the tree. Raises LedgerFault."""
        try:
            size = Checkpoint.parse(split_note(note)[0]).size
            checkpoint = _opened(note, self._key_at(log, key, size))
        except BadNote as fault:
            raise LedgerFault(f"Checkpoint {number} of {log!r} is not one of that log: {fault}.") from None
        if checkpoint.size > tree.size or root(tree, checkpoint.size) != checkpoint.root:
            raise LedgerFault(f"Checkpoint {number} of {log!r} is not of the entries that were read there.")
        return checkpoint

    def _stamped(self, log: str, number: int, key: VerifierKey, tree: TiledTree) -> Stamped | None:
        """The checkpoint with its timestamp, if it has one that is right by the certificates beside it."""
        path = f"{log}/{checkpoint_path(number)}"
        token, note = self._objects.first(f"{path}.tsr"), self._objects.first(path)
        if token is None or note is None:
            return None
        checkpoint = self._check(log, number, note.decode("utf-8", "replace"), key, tree)
        for name in self._objects.names(f"{log}/tsa/"):
            chain = self._objects.first(name) or b""
            try:
                check(token, note, None, read_chain(chain))
            except BadToken:
                continue
            return Stamped(number, checkpoint.size, note.decode(), token, chain)
        return None


def _opened(note: str, key: VerifierKey | None) -> Checkpoint:
    """The checkpoint that a note is; by this key, where there is one. Raises BadNote."""
    if key is None:
        return Checkpoint.parse(split_note(note)[0])
    checkpoint = Checkpoint.parse(open_note(note, [key])[0])
    if checkpoint.origin != key.name:
        raise BadNote(f"it is of {checkpoint.origin}, and signed by {key.name}")
    return checkpoint
