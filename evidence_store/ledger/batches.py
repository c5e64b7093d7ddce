"""Batches of leaves laid on a log's tree: what a checkpoint covers is found again in what lies beside it. Pure.

Whoever reads a log (the node itself, another node, an audit) takes the batches under a checkpoint's number one by one;
the one that gives the checkpoint's size and root is what it covers, and any other is what a writer left who lost.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evidence_store.ledger.merkle import leaf_hash, root
from evidence_store.ledger.notes import Checkpoint
from evidence_store.ledger.tiles import TiledTree


@dataclass(frozen=True, slots=True)
class Growth:
    """Leaves laid on a tree, which itself stays as it was."""

    leaves: Sequence[bytes]
    tree: TiledTree
    """The tree with them."""
    full: list[tuple[int, int, bytes]]
    """The tiles that are full with them, as (level, index, bytes)."""

    def gives(self, checkpoint: Checkpoint) -> bool:
        """Is this what the checkpoint commits to?"""
        return self.tree.size == checkpoint.size and root(self.tree, self.tree.size) == checkpoint.root


def grown(tree: TiledTree, leaves: Sequence[bytes]) -> Growth:
    """The tree with these leaves added."""
    larger = tree.copy()
    full = [tile for leaf in leaves for tile in larger.append(leaf_hash(leaf))]
    return Growth(leaves, larger, full)


def leaves_in(batch: bytes) -> list[bytes]:
    """The leaves of a batch, one a line."""
    return batch.split(b"\n")[:-1]


def fitting(tree: TiledTree, batches: Iterable[bytes], checkpoint: Checkpoint) -> Growth | None:
    """What the first of these batches that gives the checkpoint makes of the tree; None if none does."""
    found = (grown(tree, leaves_in(batch)) for batch in batches)
    return next((growth for growth in found if growth.gives(checkpoint)), None)
