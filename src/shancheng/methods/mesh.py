"""A mesh of Voronoi cells on a one-metre grid, and the outlines of any grouping of its cells, valid by construction."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]

OUTSIDE = -1
SHORTEST_M = 3.0
"""Edges shorter than this are drawn together to one vertex."""


class MeshError(Exception):
    """Cells that cannot be made into a mesh."""


@dataclass(frozen=True)
class Mesh:
    """Cells of a plane as directed edges with the cell on their left; two neighbours share the very same vertices."""

    vertices: Integers
    """(V, 2) coordinates in whole metres."""
    start: Integers
    """(E,) vertex an edge starts from."""
    end: Integers
    """(E,) vertex it ends at."""
    owner: Integers
    """(E,) cell on the left."""
    other: Integers
    """(E,) cell on the right, `OUTSIDE` at the rim."""
    centres: Floats
    """(N, 2) centroid of each cell, metres."""
    areas: Floats
    """(N,) area of each cell, square metres."""


@dataclass(frozen=True)
class Graph:
    """Neighbours of each cell in compressed rows: those of `i` are `to[row[i]:row[i + 1]]`."""

    row: Integers
    source: Integers
    to: Integers


def voronoi(points: Floats) -> Shapes:
    """(N,) Voronoi cells of (N, 2) points, in the order of the points (GEOS; Fortune 1987)."""
    cells = shapely.voronoi_polygons(shapely.multipoints(points), ordered=True)
    parts: Shapes = shapely.get_parts(cells)
    if len(parts) != len(points):
        raise MeshError(f"{len(points)} points gave {len(parts)} cells; two points must not coincide.")
    return parts


def relaxed(points: Floats, free: Flags, rounds: int) -> Floats:
    """Points after some rounds of Lloyd's relaxation (1982); those not `free` stay, and so do the cells at the rim."""
    low, high = points.min(axis=0), points.max(axis=0)
    for _ in range(rounds):
        centres = shapely.get_coordinates(shapely.centroid(voronoi(points)))
        inside = free & ((centres > low) & (centres < high)).all(axis=1)
        points = np.where(inside[:, None], centres, points)
    return points


def mesh_of(points: Floats, keep: Flags) -> Mesh:
    """The mesh of the Voronoi cells that are kept, noded on a one-metre grid.

    Cells are numbered by the kept points in their order. Rounding every shared vertex once, before anything is built
    from it, is what makes all levels above valid coverages (cells clipped by themselves leave T-junctions). Edges as
    short as the grid is coarse are drawn together, for rounding could turn them over. Raises MeshError where a cell is
    too small or too thin to outlive that.
    """
    count = int(keep.sum())
    corners, cell = shapely.get_coordinates(shapely.orient_polygons(voronoi(points)[keep]), return_index=True)
    vertices, vertex = _unique_pairs(np.rint(corners).astype(np.int64))
    along = cell[1:] == cell[:-1]
    vertex = _drawn_together(vertices, vertex[:-1][along], vertex[1:][along])[vertex]
    follows = along & (vertex[1:] != vertex[:-1])
    start, end, owner = vertex[:-1][follows], vertex[1:][follows], cell[:-1][follows].astype(np.int64)
    broken = _broken(vertices, start, owner, count)
    if len(broken):
        raise MeshError(
            f"{len(broken)} cells are too small or thin for the one-metre grid, the first at point"
            f" {np.flatnonzero(keep)[broken[0]]}; relax the points or take fewer."
        )
    centres, areas = _moments(vertices, start, end, owner, count)
    return Mesh(vertices, start, end, owner, _twins(start, end, owner, len(vertices)), centres, areas)


def graph_of(mesh: Mesh) -> Graph:
    """Which cells share an edge."""
    inner = mesh.other != OUTSIDE
    pairs = np.unique(mesh.owner[inner] * len(mesh.areas) + mesh.other[inner])
    source, to = pairs // len(mesh.areas), pairs % len(mesh.areas)
    row = np.searchsorted(source, np.arange(len(mesh.areas) + 1))
    return Graph(row, source, to)


def outlines(mesh: Mesh, group: Integers, count: int) -> Shapes:
    """(count,) polygons, in metres, of the cells of each group 0 .. count-1.

    Rings are walked along the directed edges between different groups, so neighbours share every vertex. A group
    that touches itself in one point cannot be walked that way; it is made by union of its cells instead.
    """
    beyond = np.where(mesh.other == OUTSIDE, OUTSIDE, group[mesh.other])
    edge = np.flatnonzero(group[mesh.owner] != beyond)
    ring, order = _walk(mesh.start[edge], mesh.end[edge], group[mesh.owner[edge]], count)
    edge = edge[order]
    shapes = _polygons(mesh.vertices[mesh.start[edge]].astype(float), ring, group[mesh.owner[edge]], count)
    torn = np.isin(np.arange(count), _pinched(mesh.start[edge], group[mesh.owner[edge]], count))
    for bad in np.flatnonzero(torn | ~shapely.is_valid(shapes)):
        shapes[bad] = _union(mesh, np.flatnonzero(group == bad))
    return shapes


def _unique_pairs(pairs: Integers) -> tuple[Integers, Integers]:
    low = pairs.min(axis=0)
    span = int(pairs[:, 1].max() - low[1]) + 1
    keys, index = np.unique((pairs[:, 0] - low[0]) * span + (pairs[:, 1] - low[1]), return_inverse=True)
    return np.column_stack((keys // span + low[0], keys % span + low[1])), index.astype(np.int64)


def _twins(start: Integers, end: Integers, owner: Integers, vertices: int) -> Integers:
    key, twin = start * vertices + end, end * vertices + start
    order = np.argsort(key, kind="stable")
    place = np.minimum(np.searchsorted(key[order], twin), len(key) - 1)
    found = key[order][place] == twin
    return np.where(found, owner[order][place], OUTSIDE)


def _moments(vertices: Integers, start: Integers, end: Integers, owner: Integers, count: int) -> tuple[Floats, Floats]:
    a, b = vertices[start].astype(float), vertices[end].astype(float)
    steps = np.bincount(owner, minlength=count)
    middle = np.column_stack([np.bincount(owner, a[:, axis], count) / steps for axis in (0, 1)])
    a, b = a - middle[owner], b - middle[owner]
    cross = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    area = np.bincount(owner, cross, count) / 2
    offset = [np.bincount(owner, (a[:, axis] + b[:, axis]) * cross, count) / (6 * area) for axis in (0, 1)]
    return middle + np.column_stack(offset), area


def _walk(start: Integers, end: Integers, group: Integers, count: int) -> tuple[Integers, Integers]:
    """Ring number of each edge and the edges in walking order."""
    key = start * count + group
    by_key = np.argsort(key, kind="stable")
    follower = by_key[np.searchsorted(key[by_key], end * count + group)].tolist()
    seen = bytearray(len(follower))
    order: list[int] = []
    rings: list[int] = []
    for first in by_key[np.argsort(group[by_key], kind="stable")].tolist():
        here, number = first, len(order)
        while not seen[here]:
            seen[here] = 1
            order.append(here)
            rings.append(number)
            here = follower[here]
    return np.unique(rings, return_inverse=True)[1].astype(np.int64), np.array(order, dtype=np.int64)


def _pinched(start: Integers, group: Integers, count: int) -> Integers:
    """Groups that pass twice through one vertex."""
    keys, times = np.unique(start * count + group, return_counts=True)
    return np.unique(keys[times > 1] % count)


def _polygons(corners: Floats, ring: Integers, group: Integers, count: int) -> Shapes:
    first = np.flatnonzero(np.diff(ring, prepend=-1))
    lengths = np.diff(np.append(first, len(ring)))
    rings = np.full(len(first), None, dtype=object)
    whole = lengths >= 3
    rings[whole] = shapely.linearrings(
        corners[np.repeat(whole, lengths)], indices=np.repeat(np.arange(whole.sum()), lengths[whole])
    )
    outer = whole & shapely.is_ccw(rings)
    owner = group[first]
    shapes = np.full(count, None, dtype=object)
    single = np.bincount(owner[outer], minlength=count) == 1
    shells = np.full(count, None, dtype=object)
    shells[owner[outer]] = rings[outer]
    shapes[single] = shapely.polygons(shells[single])
    holes = whole & ~outer & single[owner]
    for holed in np.unique(owner[holes]):
        shapes[holed] = shapely.polygons(shells[holed], holes=list(rings[holes & (owner == holed)]))
    return shapes


def _union(mesh: Mesh, cells: Integers) -> shapely.Geometry:
    edges = np.flatnonzero(np.isin(mesh.owner, cells))
    return shapely.union_all(_cells(mesh.vertices, mesh.start[edges], mesh.owner[edges]))


def _cells(vertices: Integers, start: Integers, owner: Integers) -> Shapes:
    """Polygons of cells whose edges are given one cell after another, each in walking order."""
    number = np.cumsum(np.diff(owner, prepend=owner[:1]) != 0)
    cells: Shapes = shapely.polygons(shapely.linearrings(vertices[start].astype(float), indices=number))
    return cells


def _drawn_together(vertices: Integers, start: Integers, end: Integers) -> Integers:
    """For each vertex the one that stands for it: the first of those that edges shorter than `SHORTEST_M` join."""
    short = np.hypot(*(vertices[start] - vertices[end]).T) < SHORTEST_M
    start, end = start[short], end[short]
    stands = np.arange(len(vertices))
    while True:
        before = stands.copy()
        np.minimum.at(stands, start, before[end])
        np.minimum.at(stands, end, before[start])
        stands = stands[stands]
        if (stands == before).all():
            return stands


def _broken(vertices: Integers, start: Integers, owner: Integers, count: int) -> Integers:
    """Cells with fewer than three edges, or that cross themselves."""
    few = np.bincount(owner, minlength=count) < 3
    whole = ~few[owner]
    valid = shapely.is_valid(_cells(vertices, start[whole], owner[whole]))
    broken = few.copy()
    broken[np.flatnonzero(~few)] = ~valid
    return np.flatnonzero(broken)
