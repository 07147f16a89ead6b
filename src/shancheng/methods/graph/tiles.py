"""A graph cut into tiles that can be searched apart, each with just so much around it that nothing changes.

What lies within the limit of a tile's nodes, against the arcs, is all a search can need: a path within the limit that
ends in the tile never leaves it. So a tile and its halo give the very figures of the whole graph, owners and ties too,
and no speed has to be assumed.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shancheng.methods.graph import kernel
from shancheng.methods.graph.arcs import FAR, Arcs, Flags, Short, Whole, entries, part
from shancheng.methods.graph.errors import TileError
from shancheng.methods.graph.nearest import Nearest, check_limit, nearest
from shancheng.methods.graph.order import finite, interleaved
from shancheng.methods.graph.sources import Sources

MIDDLE = 2**30
"""Column and row of the tile that begins at 0: tiles lie in the middle of the Morton curve's square."""


@dataclass(frozen=True)
class Tile:
    """A tile with its halo, which stands for itself: p nodes and the arcs among them."""

    number: int
    limit: int
    """Deciseconds up to which searches in the tile are exact."""
    node: Whole
    """(p,) their numbers in the whole graph, ascending."""
    own: Flags
    """(p,) True for the nodes of the tile, False for its halo."""
    over: Arcs
    """The arcs among these nodes, numbered as `node` has them."""


@dataclass(frozen=True)
class TileReach:
    """What a search gave for the own nodes of one tile."""

    node: Whole
    """(o,) their numbers in the whole graph."""
    found: Nearest


def tile_of(x: npt.ArrayLike, y: npt.ArrayLike, size: float) -> Whole:
    """The number int64 of the square tile each node int[n] is in; x, y and `size` in one unit, metres as a rule.

    The numbers follow a Morton curve and do not depend on which other nodes there are. Raises TileError where a node
    has no place or lies more than 2**30 tiles from 0.
    """
    across, up = finite(x, y)
    if not size > 0:
        raise TileError(f"Tiles of size {size} cannot be cut; give a size above 0.")
    cells = [np.floor(value / size).astype(np.int64) + MIDDLE for value in (across, up)]
    if any(((cell < 0) | (cell >= 2 * MIDDLE)).any() for cell in cells):
        raise TileError(f"A node lies more than {MIDDLE} tiles of size {size} from 0; give a larger size.")
    return interleaved(*cells)


def tile_with_halo(
    over: Arcs, against: Arcs, tiles: Whole, number: int, *, limit: int, entering: npt.ArrayLike | None = None
) -> Tile:
    """The tile `number` of `tiles` int64[n] with its halo, exact up to `limit` deciseconds.

    `against` is `over.reversed()`, made once for all tiles. Where `over` is itself only a piece of a larger graph,
    `entering` int[n] has for each node the least cost of an arc that comes in from outside the piece, FAR for none; if
    one of these could matter, TileError says that the piece is too narrow. Raises TileError too where the tile is
    empty or arrays do not fit.
    """
    check_limit(limit)
    if not over.nodes == against.nodes == len(tiles) or over.count != against.count:
        raise TileError(
            f"There are {over.nodes} nodes one way, {against.nodes} the other and {len(tiles)} tile numbers; give the "
            "arcs, the same arcs reversed, and one number for each node."
        )
    own = np.flatnonzero(tiles == number)
    if not len(own):
        raise TileError(f"There is no node in tile {number}; take the numbers that tile_of gives.")
    time = _times(against, own, limit)
    if entering is not None:
        _check_entering(time, np.asarray(entering, np.int64), number, limit)
    node = np.flatnonzero(time <= limit)
    return Tile(number, limit, node, tiles[node] == number, part(over, node))


def entering(over: Arcs, nodes: Whole) -> Whole:
    """int64[p]: for each of `nodes` the least cost of an arc that comes in from another node than these, FAR for none.

    What whoever stores a piece of a graph keeps beside it, so that tiles cut from the piece can tell if it is enough.
    """
    against = over.reversed()
    inside = np.zeros(over.nodes, np.bool_)
    inside[nodes] = True
    entry, owner = entries(against.first, nodes)
    outside = ~inside[against.head[entry]]
    least = np.full(len(nodes), FAR, np.int64)
    np.minimum.at(least, owner[outside], against.cost[entry[outside]])
    return least


def sources_in(tile: Tile, sources: Sources) -> Sources:
    """The entrances that lie in the tile or its halo, with the tile's own numbers of nodes."""
    place = np.searchsorted(tile.node, sources.node)
    there = place < len(tile.node)
    there[there] = tile.node[place[there]] == sources.node[there]
    kept = sources.kept(np.flatnonzero(there))
    return Sources(kept.category, place[there].astype(np.int32), kept.offset, kept.facility)


def reach_of_tile(tile: Tile, sources: Sources, *, categories: int, limit: int, k: int = 1) -> TileReach:
    """What `nearest` gives for the own nodes of the tile; `sources` with the nodes of the whole graph.

    A pure function of what is handed in, on one thread, so that tiles can go to processes or to other machines. Raises
    TileError where the tile was cut for a shorter limit, else as `nearest` does.
    """
    if limit > tile.limit:
        raise TileError(
            f"Tile {tile.number} is exact up to {tile.limit} deciseconds, not {limit}; cut it again with that limit."
        )
    found = nearest(tile.over, sources_in(tile, sources), categories=categories, limit=limit, k=k, threads=1)
    return TileReach(tile.node[tile.own], Nearest(found.time[:, tile.own], found.facility[:, tile.own], limit))


def together(reaches: Iterable[TileReach], nodes: int) -> Nearest:
    """The reach of all tiles as one, for `nodes` nodes; raises TileError where a node is in no tile or in several."""
    given = list(reaches)
    counts = np.bincount(np.concatenate([np.zeros(0, np.int64), *(one.node for one in given)]), minlength=nodes)
    if not given or len(counts) != nodes or (counts != 1).any():
        wrong = int((counts[:nodes] != 1).sum()) + max(len(counts) - nodes, 0)
        raise TileError(f"{wrong} of {nodes} nodes are not in exactly one tile; give the reach of every tile once.")
    categories, _, k = given[0].found.time.shape
    time, facility = (np.empty((categories, nodes, k), np.int32) for _ in range(2))
    for one in given:
        time[:, one.node], facility[:, one.node] = one.found.time, one.found.facility
    return Nearest(time, facility, given[0].found.limit)


def _times(against: Arcs, own: Whole, limit: int) -> Short:
    """(n,) deciseconds from each node to the nearest of the tile's own."""
    label = np.full(against.nodes, kernel.NOBODY)
    pool = np.empty(len(own) + 64, np.int64)
    begin = np.zeros(len(own), np.int64)
    own_short = own.astype(np.int32)
    kernel.settle(against.first, against.head, against.cost, label, kernel.buckets(limit), pool, own_short, begin)
    return (label >> 32).astype(np.int32)


def _check_entering(time: Short, least: Whole, number: int, limit: int) -> None:
    if least.shape != time.shape:
        raise TileError(f"There are {least.size} costs of entering for {time.size} nodes; give one for each node.")
    short = np.flatnonzero(time.astype(np.int64) + least <= limit)
    if len(short):
        at = int(short[0])
        raise TileError(
            f"The piece around tile {number} is too narrow for {limit} deciseconds: from outside through node {at} it "
            f"takes only {time[at] + least[at]} ({len(short)} such nodes); cut the tile from a wider piece."
        )
