"""Tiles: where they lie, what a tree keeps in memory, how it is taken up again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence_store.ledger.merkle import HASH_BYTES, inclusion, leaf_hash, root, verify_inclusion
from evidence_store.ledger.tiles import (
    TILE_WIDTH,
    TiledTree,
    edge_width,
    entries_bytes,
    entries_in,
    entries_path,
    hashes_in,
    tile_path,
)


class Shelf:
    """Full tiles as a store would have them, and how often one was fetched."""

    def __init__(self) -> None:
        self.tiles: dict[tuple[int, int], bytes] = {}
        self.fetched = 0

    def fetch(self, level: int, index: int) -> bytes:
        self.fetched += 1
        return self.tiles[level, index]

    def grow(self, tree: TiledTree, leaves: range) -> None:
        for number in leaves:
            for level, index, tile in tree.append(leaf_hash(b"%d" % number)):
                assert (level, index) not in self.tiles, "a full tile was written twice"
                self.tiles[level, index] = tile


def test_paths_are_those_of_the_specification() -> None:
    assert tile_path(0, 0) == "tile/0/000"
    assert tile_path(1, 1234067) == "tile/1/x001/x234/067"  # tlog-tiles gives this example
    assert tile_path(0, 0, 5) == "tile/0/000.p/5"
    assert entries_path(1000, 255) == "tile/entries/x001/000.p/255"
    with pytest.raises(ValueError, match="wide"):
        tile_path(0, 0, 0)


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_bundles_of_entries_go_there_and_back(entries: list[bytes]) -> None:
    assert entries_in(entries_bytes(entries)) == entries


def test_bundles_that_are_cut_short_or_too_long_are_refused() -> None:
    whole = entries_bytes([b"one", b"two"])
    for cut in (1, 2, 4, 6, 9):
        with pytest.raises(ValueError, match="cut short"):
            entries_in(whole[:cut])
    with pytest.raises(ValueError, match="too long"):
        entries_bytes([bytes(1 << 16)])


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 700, 65_535, 65_536, 65_537, 66_000])
def test_a_tree_is_taken_up_again_from_its_tiles(size: int) -> None:
    shelf = Shelf()
    tree = TiledTree(shelf.fetch)
    shelf.grow(tree, range(size))
    edge: list[list[bytes]] = [[] for _ in range(3)]
    for level, index, tile in tree.edge():
        assert (level, index) not in shelf.tiles
        edge[level] = hashes_in(tile)
        assert len(edge[level]) == edge_width(size, level)
    again = TiledTree(shelf.fetch, size, edge)
    assert root(again, size) == root(tree, size)
    shelf.grow(tree, range(size, size + 300))
    for key in [key for key in shelf.tiles if key[1] * TILE_WIDTH ** (key[0] + 1) + TILE_WIDTH ** (key[0] + 1) > size]:
        del shelf.tiles[key]
    shelf.grow(again, range(size, size + 300))
    assert root(again, size + 300) == root(tree, size + 300)


def test_an_edge_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="edge"):
        TiledTree(Shelf().fetch, 3, [[bytes(HASH_BYTES)] * 2])
    with pytest.raises(ValueError, match="edge"):
        TiledTree(Shelf().fetch, 300, [])


def test_memory_is_bounded_and_proofs_read_a_few_tiles() -> None:
    shelf = Shelf()
    tree = TiledTree(shelf.fetch)
    shelf.grow(tree, range(100_000))
    again = TiledTree(shelf.fetch, tree.size, [hashes_in(tile) for _, _, tile in tree.edge()])
    top = root(again, again.size)
    shelf.fetched = 0
    path = inclusion(again, 12_345, again.size)
    assert verify_inclusion(12_345, again.size, leaf_hash(b"12345"), path, top)
    assert shelf.fetched <= 2
    inclusion(again, 12_346, again.size)
    assert shelf.fetched <= 2, "the second proof beside the first reads nothing"


def test_a_tile_that_is_not_whole_is_refused() -> None:
    shelf = Shelf()
    tree = TiledTree(shelf.fetch)
    shelf.grow(tree, range(300))
    edge = [hashes_in(tile) for _, _, tile in tree.edge()]
    shelf.tiles[0, 0] = shelf.tiles[0, 0][:-HASH_BYTES]
    with pytest.raises(ValueError, match="instead of 256"):
        inclusion(TiledTree(shelf.fetch, 300, edge), 3, 300)
