"""Trees and proofs, against RFC 6962's definitions written out naively."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from evidence_store.ledger.merkle import (
    EMPTY_ROOT,
    consistency,
    inclusion,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)
from evidence_store.ledger.tiles import TiledTree
from tests.evidence_store.ledger.conftest import naive_root


def entries(count: int) -> list[bytes]:
    return [f"entry {number}".encode() for number in range(count)]


def tree(count: int) -> TiledTree:
    full: dict[tuple[int, int], bytes] = {}
    grown = TiledTree(lambda level, index: full[level, index])
    for entry in entries(count):
        for level, index, tile in grown.append(leaf_hash(entry)):
            full[level, index] = tile
    return grown


BIG = tree(1300)
"""Five full tiles and a partial one."""
LEAVES = entries(1300)


def test_the_example_hashes_of_the_specification() -> None:
    # RFC 6962's reference implementation: the empty tree, and the leaf of no bytes.
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert node_hash(b"N", b"123").hex() == hashlib.sha256(b"\1N123").hexdigest()


@given(st.integers(0, 1300))
def test_roots_are_those_of_the_definition(size: int) -> None:
    assert root(BIG, size) == naive_root(LEAVES[:size])


@given(st.integers(1, 1300), st.data())
def test_every_entry_is_proven_and_nothing_else(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    path = inclusion(BIG, index, size)
    leaf, top = leaf_hash(LEAVES[index]), root(BIG, size)
    assert verify_inclusion(index, size, leaf, path, top)
    assert not verify_inclusion(index, size, leaf_hash(b"another"), path, top)
    assert not verify_inclusion(index, size, leaf, path, naive_root([b"another"]))
    assert not verify_inclusion(index, size, leaf, [*path, top], top)
    if path:
        assert not verify_inclusion(index, size, leaf, path[:-1], top)
        other = data.draw(st.integers(0, size - 1).filter(lambda other: other != index))
        assert not verify_inclusion(other, size, leaf, path, top)
        step = data.draw(st.integers(0, len(path) - 1))
        altered = [*path[:step], bytes([path[step][0] ^ 1, *path[step][1:]]), *path[step + 1 :]]
        assert not verify_inclusion(index, size, leaf, altered, top)


@given(st.integers(1, 1300), st.data())
def test_a_log_is_proven_to_have_only_grown(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    path = consistency(BIG, old, new)
    before, after = root(BIG, old), root(BIG, new)
    assert verify_consistency(old, new, before, after, path)
    assert not verify_consistency(old, new, leaf_hash(b"another"), after, path)
    assert not verify_consistency(old, new, before, leaf_hash(b"another"), path)
    assert not verify_consistency(old, new, before, after, [*path, after])
    if path:
        assert not verify_consistency(old, new, before, after, path[:-1])


def test_an_entry_beyond_the_end_has_no_proof() -> None:
    for index, size in ((5, 5), (-1, 5), (0, 0)):
        try:
            inclusion(BIG, index, size)
        except ValueError:
            continue
        raise AssertionError(f"{index} of {size} was proven")
    assert not verify_inclusion(0, 0, EMPTY_ROOT, [], EMPTY_ROOT)
    assert not verify_consistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, [])
