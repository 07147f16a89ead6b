"""Where the streets of the invented city run: junctions as dense as people live, and what joins them."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components, dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay, cKDTree

from shancheng.ground.invented.relief import height_at
from shancheng.ground.invented.size import Size
from shancheng.ground.invented.terrain import Land
from shancheng.methods.mesh import Flags, Floats, Integers, relaxed

JUNCTIONS_PER_GRID = 6.0
KEPT = 0.7
"""Share of the streets beyond those that hold the city together which are there. Assumption."""
LONGEST_M, STAIRS_M, SHORTEST_M = 2_600.0, 260.0, 12.0
STEEP, STAIR = 0.09, 0.14
"""Rise over run beyond which a road winds, and beyond which a short way is stairs."""
STAIRS_ONLY = 0.35
"""Share of steep ends of streets in town that only stairs lead to. Assumption."""
WADE_M, ISLAND_CLEAR_M, ISLAND_M = 60.0, 330.0, 85.0
BRIDGE_M, BRIDGE_APART_M = 1_100.0, 1_500.0
TUNNEL_M = 45.0
"""A straight way lies this deep under the land at its middle where it is a tunnel."""


class Kind(IntEnum):
    """What joins two junctions."""

    ROAD = 0
    PATH = 1
    STAIRS = 2
    BRIDGE = 3
    FOOTBRIDGE = 4
    TUNNEL = 5


@dataclass(frozen=True)
class Lattice:
    """Junctions and what joins them."""

    points: Floats
    """(n, 2) metres around the city's middle."""
    height_m: Floats
    ends: Integers
    """(e, 2) junctions."""
    kind: Integers
    """(e,) a `Kind`."""
    main: Flags
    """(e,) whether it is on the way from the middle of the city to a town."""
    refused: Integers
    """(r, 2) pairs of neighbours with nothing between them: a river, or a slope; where a link could be built."""
    around: tuple[Integers, ...]
    """For each area the junction in its middle and those around it, in order of the angle."""
    island: Integers
    """Junctions of the island that no bridge leads to."""

    @property
    def length_m(self) -> Floats:
        """(e,) straight metres."""
        return np.asarray(np.hypot(*(self.points[self.ends[:, 0]] - self.points[self.ends[:, 1]]).T))

    @property
    def rise_m(self) -> Floats:
        """(e,) from the first end to the second."""
        return np.asarray(self.height_m[self.ends[:, 1]] - self.height_m[self.ends[:, 0]])


@dataclass(frozen=True)
class _Pairs:
    """Neighbouring junctions and what lies between them."""

    ends: Integers
    length: Floats
    grade: Floats
    wet: Flags
    deep: Floats
    """Metres the straight line lies under the land at its middle."""
    cost: Floats

    def only(self, kept: Flags) -> "_Pairs":
        return _Pairs(*(getattr(self, name)[kept] for name in ("ends", "length", "grade", "wet", "deep", "cost")))


def lattice_of(land: Land, size: Size, areas: int, towns: Floats, chance: np.random.Generator) -> Lattice:
    """Junctions and ways of a city with so many areas (parks, campuses); `towns` (t, 2) are the middles of towns.

    Ways follow the Gabriel graph of the junctions (Gabriel and Sokal 1969), thinned; a minimum spanning tree by length
    and slope keeps each bank together, and some bridges the banks.
    """
    points, island = _junctions(land, size, chance)
    height = height_at(land, points)
    pairs = _pairs(land, points, height, island)
    around = _areas(land, points, pairs, areas, chance)
    taken = np.asarray(np.isin(pairs.ends, [ring[0] for ring in around]).any(axis=1))
    free = pairs.only(~taken)
    tree = _tree(free, len(points))
    kept = tree | (_gabriel(points, free) & (chance.random(len(free.ends)) < KEPT) & (free.length < LONGEST_M))
    kept &= ~free.wet
    kind = _kinds(land, points, free, tree, chance)
    kept &= kind >= 0
    bridges = _bridges(land, points, free)
    kind[bridges] = np.where(chance.random(len(bridges)) < 0.35, Kind.FOOTBRIDGE, Kind.BRIDGE)
    kind[bridges[:2]] = Kind.BRIDGE
    kept[bridges] = True
    refused = free.ends[~kept & (free.wet | (free.grade > STAIR)) & (free.length < STAIRS_M * 2)]
    ends = free.ends[kept]
    main = _main(points, free.only(kept), towns)
    return Lattice(points, height, ends, kind[kept], main, refused, around, island)


def _junctions(land: Land, size: Size, chance: np.random.Generator) -> tuple[Floats, Integers]:
    mass = np.cumsum((land.density * (land.rim < 1)).ravel())
    picks = np.searchsorted(mass, chance.random(round(size.grids * JUNCTIONS_PER_GRID)) * mass[-1])
    row, column = np.divmod(picks, len(land.density))
    points = (np.column_stack((column, row)) + chance.random((len(picks), 2))) * land.pixel - land.reach
    points = np.unique(np.round(relaxed(points, np.ones(len(points), np.bool_), rounds=2), 1), axis=0)
    middle = _island(land)
    dry = land.rivers.distance(points) > WADE_M
    away = np.hypot(*(points - middle).T) > ISLAND_CLEAR_M
    inside = land.at(land.rim, points) < 1
    points = _apart(points[dry & away & inside])
    turn = np.arange(8) * np.pi / 4
    ring = middle + ISLAND_M * np.column_stack((np.cos(turn), np.sin(turn)))
    return np.concatenate((points, ring, middle[None])), len(points) + np.arange(9)


def _island(land: Land) -> Floats:
    """The middle of the island, in the great river a little below the confluence."""
    east = land.rivers.mouth_x + 0.12 * land.rivers.radius
    return np.array([east, float(land.rivers.great_y(np.array([east]))[0])])


def _apart(points: Floats) -> Floats:
    """Points without those that lie nearer than a house to an earlier one."""
    close = cKDTree(points).query_pairs(SHORTEST_M, output_type="ndarray")
    kept = np.ones(len(points), np.bool_)
    kept[close.max(axis=1)] = False
    return points[kept]


def _pairs(land: Land, points: Floats, height: Floats, island: Integers) -> _Pairs:
    corners = np.sort(Delaunay(points).simplices, axis=1)
    ends = np.unique(np.concatenate([corners[:, :2], corners[:, 1:], corners[:, ::2]]), axis=0).astype(np.int64)
    on_island = np.isin(ends, island)
    one, other = points[ends[:, 0]], points[ends[:, 1]]
    length = np.hypot(*(one - other).T)
    middle = points[island[-1]]
    share = np.clip(((middle - one) * (other - one)).sum(axis=1) / length**2, 0, 1)[:, None]
    passes = np.hypot(*(one + share * (other - one) - middle).T) < ISLAND_CLEAR_M * 0.7
    kept = on_island.all(axis=1) | ~(on_island.any(axis=1) | passes)
    ends, one, other, length = ends[kept], one[kept], other[kept], length[kept]
    grade = np.abs(height[ends[:, 1]] - height[ends[:, 0]]) / length
    wet = (land.rivers.banks(one) != land.rivers.banks(other)) & ~on_island[kept].all(axis=1)
    deep = height_at(land, (one + other) / 2) - height[ends].mean(axis=1)
    return _Pairs(ends.astype(np.int64), length, grade, wet, deep, length * (1 + (grade / 0.08) ** 2))


def _areas(land: Land, points: Floats, pairs: _Pairs, count: int, chance: np.random.Generator) -> tuple[Integers, ...]:
    """Junctions that become the middle of an area with those around it: in town, well apart, no river between."""
    order = np.argsort(pairs.ends.ravel(order="F"), kind="stable")
    edge, here = order % len(pairs.ends), pairs.ends.ravel(order="F")[order]
    other = pairs.ends[edge].sum(axis=1) - here
    first = np.searchsorted(here, np.arange(len(points) + 1))
    longest, shortest = np.zeros(len(points)), np.full(len(points), np.inf)
    np.maximum.at(longest, here, np.where(pairs.wet[edge], np.inf, pairs.length[edge]))
    np.minimum.at(shortest, here, pairs.length[edge])
    fit = (longest < 380) & (shortest > 35) & (np.diff(first) >= 5) & (land.at(land.density, points) > 5e-4)
    chosen: list[int] = []
    for point in chance.permutation(np.flatnonzero(fit)).tolist():
        if len(chosen) < count and all(np.hypot(*(points[point] - points[c])) > 900 for c in chosen):
            chosen.append(point)
    rings = []
    for point in chosen:
        ring = other[first[point] : first[point + 1]]
        away = points[ring] - points[point]
        rings.append(np.concatenate([[point], ring[np.argsort(np.arctan2(away[:, 1], away[:, 0]))]]))
    return tuple(rings)


def _tree(pairs: _Pairs, nodes: int) -> Flags:
    """Pairs that hold each bank together at the least length and slope."""
    cost = np.where(pairs.wet, np.inf, pairs.cost)
    dry = np.isfinite(cost)
    matrix = coo_matrix((cost[dry], pairs.ends[dry].T), shape=(nodes, nodes))
    found = minimum_spanning_tree(matrix.tocsr()).tocoo()
    key = np.sort(np.column_stack((found.row, found.col)), axis=1).astype(np.int64) @ np.array([nodes, 1])
    return np.isin(pairs.ends @ np.array([nodes, 1]), key)


def _gabriel(points: Floats, pairs: _Pairs) -> Flags:
    """Pairs with no other junction in the circle between them."""
    middle = points[pairs.ends].mean(axis=1)
    near, _ = cKDTree(points).query(middle)
    return np.asarray(near > pairs.length / 2 - 1e-6)


def _kinds(land: Land, points: Floats, pairs: _Pairs, tree: Flags, chance: np.random.Generator) -> Integers:
    """What each pair is joined by, -1 where by nothing."""
    town = land.at(land.density, points[pairs.ends].mean(axis=1)) > 1.2e-3
    short, luck = pairs.length < STAIRS_M, chance.random(len(pairs.ends))
    stairs = short & (pairs.grade > STAIR) & (~tree | (town & (luck < STAIRS_ONLY)))
    tunnel = (pairs.deep > TUNNEL_M) & tree & (pairs.length > 400)
    path = (pairs.grade > STEEP) & ~tree | (~town & (luck < 0.3)) | (town & (luck > 0.85))
    nothing = (pairs.grade > STAIR) & ~tree & ~short
    return np.select([nothing, tunnel, stairs, path], [-1, Kind.TUNNEL, Kind.STAIRS, Kind.PATH], Kind.ROAD)


def _bridges(land: Land, points: Floats, pairs: _Pairs) -> Integers:
    """Pairs over a river that have a bridge: where most people live first, well apart; every bank has one."""
    middle = points[pairs.ends].mean(axis=1)
    people = land.at(land.density, points[pairs.ends[:, 0]]) + land.at(land.density, points[pairs.ends[:, 1]])
    order = np.flatnonzero(pairs.wet & (pairs.length < BRIDGE_M))
    order = order[np.argsort(-people[order], kind="stable")]
    banks = np.sort(land.rivers.banks(points[pairs.ends]), axis=1)
    chosen: list[int] = []
    for pair in order.tolist():
        apart = all(np.hypot(*(middle[pair] - middle[c])) > BRIDGE_APART_M for c in chosen)
        if apart or not any((banks[pair] == banks[c]).all() for c in chosen):
            chosen.append(pair)
    return np.array(chosen, np.int64)


def _main(points: Floats, pairs: _Pairs, towns: Floats) -> Flags:
    """Pairs on the quickest way from the densest town to every other."""
    nodes = len(points)
    cost = coo_matrix((pairs.cost, pairs.ends.T), shape=(nodes, nodes)).tocsr()
    _, label = connected_components(cost, directed=False)
    largest = np.flatnonzero(label == np.bincount(label).argmax())
    _, place = cKDTree(points[largest]).query(towns)
    seats = largest[place]
    _, before = dijkstra(cost, directed=False, indices=seats[0], return_predecessors=True)
    used = set()
    for seat in seats.tolist():
        while before[seat] >= 0:
            used.add(min(seat, int(before[seat])) * nodes + max(seat, int(before[seat])))
            seat = int(before[seat])
    return np.isin(pairs.ends @ np.array([nodes, 1]), sorted(used))
