"""Tiles of a transparency log (C2SP tlog-tiles): where they lie, and a tree that is kept in them.

A tile of level L holds up to 256 hashes of subtrees of 256**L leaves. A full one never changes. In memory are the
right edge (at most 255 hashes a level) and the last full tiles that were read, however long the log is.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence

from evidence_store.ledger.merkle import HASH_BYTES, node_hash

TILE_WIDTH = 256
_TILE_HEIGHT = 8
_TILES_CACHED = 256
_LONGEST_ENTRY = (1 << 16) - 1

FetchTile = Callable[[int, int], bytes]
"""Level and index of a full tile; its bytes."""


def tile_path(level: int, index: int, width: int = TILE_WIDTH) -> str:
    """Where a tile of hashes lies below the log's prefix; `width` is less than 256 for a partial one."""
    return f"tile/{level}/{_spread(index)}{_partial(width)}"


def entries_path(index: int, width: int = TILE_WIDTH) -> str:
    """Where a bundle of entries lies below the log's prefix."""
    return f"tile/entries/{_spread(index)}{_partial(width)}"


def _spread(index: int) -> str:
    groups = [f"{index % 1000:03}"]
    while index >= 1000:
        index //= 1000
        groups.append(f"x{index % 1000:03}")
    return "/".join(reversed(groups))


def _partial(width: int) -> str:
    if not 0 < width <= TILE_WIDTH:
        raise ValueError(f"a tile can't be {width} wide")
    return "" if width == TILE_WIDTH else f".p/{width}"


def entries_bytes(entries: Sequence[bytes]) -> bytes:
    """A bundle of entries. Raises ValueError for an entry of more than 65535 bytes."""
    for entry in entries:
        if len(entry) > _LONGEST_ENTRY:
            raise ValueError(f"an entry of {len(entry)} bytes is too long for a log")
    return b"".join(len(entry).to_bytes(2) + entry for entry in entries)


def entries_in(bundle: bytes) -> list[bytes]:
    """The entries of a bundle. Raises ValueError if it is cut short."""
    entries: list[bytes] = []
    at = 0
    while at < len(bundle):
        end = at + 2 + int.from_bytes(bundle[at : at + 2])
        if at + 2 > len(bundle) or end > len(bundle):
            raise ValueError("a bundle of entries is cut short")
        entries.append(bundle[at + 2 : end])
        at = end
    return entries


def hashes_in(tile: bytes) -> list[bytes]:
    """The hashes of a tile. Raises ValueError if its length is no multiple of a hash's."""
    if len(tile) % HASH_BYTES:
        raise ValueError(f"a tile of {len(tile)} bytes holds no whole number of hashes")
    return [tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)]


def _rows(hashes: Sequence[bytes]) -> list[list[bytes]]:
    """The complete subtrees over a tile's hashes, row by row upwards; the first row is the hashes themselves."""
    rows = [list(hashes)]
    while len(rows[-1]) > 1:
        row = rows[-1]
        rows.append([node_hash(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)])
    return rows


class TiledTree:
    """A tree that grows at its right edge. Not safe to use from several threads at once."""

    def __init__(self, fetch: FetchTile, size: int = 0, edge: Sequence[Sequence[bytes]] = ()) -> None:
        """`edge` holds, level by level, the hashes of the partial tiles that a tree of `size` leaves ends with.

        Raises ValueError when their widths don't fit the size.
        """
        self._fetch = fetch
        self.size = size
        self._edge = [list(hashes) for hashes in edge]
        while len(self._edge) < 1 or size >> _TILE_HEIGHT * len(self._edge):
            self._edge.append([])
        for level, hashes in enumerate(self._edge):
            if len(hashes) != edge_width(size, level):
                raise ValueError(f"the edge of a log of {size} is not {len(hashes)} wide at level {level}")
        self._cached: OrderedDict[tuple[int, int], list[list[bytes]]] = OrderedDict()
        self._edge_rows: dict[int, list[list[bytes]]] = {}

    def copy(self) -> "TiledTree":
        """A tree of its own with the same leaves, which may grow otherwise."""
        other = TiledTree(self._fetch, self.size, self._edge)
        other._cached = self._cached.copy()
        return other

    def append(self, leaf: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Add a leaf's hash. Yields each tile that is full with it as (level, index, bytes); take them all."""
        level, added = 0, leaf
        self.size += 1
        self._edge_rows.clear()
        while True:
            if level == len(self._edge):
                self._edge.append([])
            hashes = self._edge[level]
            hashes.append(added)
            if len(hashes) < TILE_WIDTH:
                return
            rows = _rows(hashes)
            index = (self.size >> _TILE_HEIGHT * (level + 1)) - 1
            self._remember((level, index), rows)
            self._edge[level] = []
            yield level, index, b"".join(hashes)
            level, added = level + 1, rows[-1][0]

    def edge(self) -> Iterator[tuple[int, int, bytes]]:
        """The partial tiles at the right, as (level, index, bytes)."""
        for level, hashes in enumerate(self._edge):
            if hashes:
                yield level, self.size >> _TILE_HEIGHT * (level + 1), b"".join(hashes)

    def edge_hashes(self) -> list[list[bytes]]:
        """The hashes of the partial tiles, level by level: what a tree of this size is opened again with."""
        hashes = [list(level) for level in self._edge]
        while hashes and not hashes[-1]:
            hashes.pop()
        return hashes

    def node(self, level: int, index: int) -> bytes:
        """The hash of a complete subtree (merkle.Nodes)."""
        tile_level, row = divmod(level, _TILE_HEIGHT)
        tile, at = divmod(index, TILE_WIDTH >> row)
        if tile == self.size >> _TILE_HEIGHT * (tile_level + 1):
            rows = self._edge_rows.get(tile_level)
            if rows is None:
                rows = self._edge_rows[tile_level] = _rows(self._edge[tile_level])
        else:
            rows = self._full(tile_level, tile)
        return rows[row][at]

    def _full(self, level: int, index: int) -> list[list[bytes]]:
        rows = self._cached.get((level, index))
        if rows is None:
            hashes = hashes_in(self._fetch(level, index))
            if len(hashes) != TILE_WIDTH:
                raise ValueError(f"{tile_path(level, index)} holds {len(hashes)} hashes instead of {TILE_WIDTH}")
            rows = _rows(hashes)
            self._remember((level, index), rows)
        else:
            self._cached.move_to_end((level, index))
        return rows

    def _remember(self, tile: tuple[int, int], rows: list[list[bytes]]) -> None:
        self._cached[tile] = rows
        if len(self._cached) > _TILES_CACHED:
            self._cached.popitem(last=False)


def edge_width(size: int, level: int) -> int:
    """How many hashes the partial tile of this level holds in a log of `size`; 0 if there is none."""
    return (size >> _TILE_HEIGHT * level) % TILE_WIDTH
