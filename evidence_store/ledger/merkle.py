"""Merkle trees of a transparency log (RFC 6962 section 2.1; RFC 9162 section 2.1.3 to 2.1.5 for verifying). Pure.

A tree is anything that can name the hash of a complete subtree: `node(level, index)` covers the leaves from
`index << level` on, `1 << level` of them. Proofs are lists of 32-byte hashes, from the leaves upwards.
"""

import hashlib
from collections.abc import Sequence
from typing import Protocol

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


class Nodes(Protocol):
    """The complete subtrees of a tree."""

    def node(self, level: int, index: int) -> bytes:
        """The hash over the leaves `index << level` up to `(index + 1) << level`, all of which must be there."""
        ...


def leaf_hash(data: bytes) -> bytes:
    """The hash of one entry."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees side by side."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(nodes: Nodes, size: int) -> bytes:
    """The hash of the tree of the first `size` leaves."""
    return _subtree(nodes, 0, size) if size else EMPTY_ROOT


def inclusion(nodes: Nodes, index: int, size: int) -> list[bytes]:
    """Proof that leaf `index` is in the tree of the first `size`. Raises ValueError if it can't be."""
    if not 0 <= index < size:
        raise ValueError(f"entry {index} is not in a log of {size}")
    path: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _left_size(high - low)
        if index < middle:
            path.append(_subtree(nodes, middle, high))
            high = middle
        else:
            path.append(_subtree(nodes, low, middle))
            low = middle
    return path[::-1]


def consistency(nodes: Nodes, old: int, new: int) -> list[bytes]:
    """Proof that the tree of the first `old` leaves is a beginning of that of the first `new`; empty for equal sizes.

    Raises ValueError if `old` is not in 1..new.
    """
    if not 0 < old <= new:
        raise ValueError(f"a log of {old} is no beginning of one of {new}")
    path: list[bytes] = []
    low, high, whole = 0, new, True
    while old != high:
        middle = low + _left_size(high - low)
        if old <= middle:
            path.append(_subtree(nodes, middle, high))
            high = middle
        else:
            path.append(_subtree(nodes, low, middle))
            low, whole = middle, False
    if not whole:
        path.append(_subtree(nodes, low, high))
    return path[::-1]


def verify_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes], of_root: bytes) -> bool:
    """Is the leaf with this hash entry `index` of the tree with this size and root? (RFC 9162 section 2.1.3.2)"""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(step, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, step)
        at, last = at >> 1, last >> 1
    return last == 0 and found == of_root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Is the tree with the old size and root a beginning of the new one? (RFC 9162 section 2.1.4.2)"""
    if not 0 < old <= new:
        return False
    if old == new:
        return old_root == new_root and not path
    steps = list(path) if old & (old - 1) else [old_root, *path]
    if not steps:
        return False
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            after = node_hash(after, step)
        at, last = at >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


def _left_size(size: int) -> int:
    """The largest power of two smaller than `size`, which is at least 2."""
    return 1 << (size - 1).bit_length() - 1


def _subtree(nodes: Nodes, low: int, high: int) -> bytes:
    """The hash of leaves `low` to `high`; `low` is a multiple of every power of two that the walk meets there."""
    size = high - low
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return nodes.node(level, low >> level)
    middle = low + _left_size(size)
    return node_hash(_subtree(nodes, low, middle), _subtree(nodes, middle, high))
