"""The places of an invented city before they have names: a tree of five levels and the outline of every place."""

from dataclasses import dataclass

import numpy as np

from shancheng.ground.invented.size import Size
from shancheng.ground.invented.terrain import Land, Rivers
from shancheng.methods.mesh import Flags, Floats, Graph, Integers, Mesh, Shapes, graph_of, mesh_of, outlines, relaxed
from shancheng.methods.partition import grow, largest_piece, share_out, spread

CELLS_PER_GRID = 5
"""Cells a grid is made of on average: enough for borders that wander, few enough to be quick."""
OTHER_BANK = (12.0, 12.0, 40.0, 40.0)
"""How many times dearer growth is across a river than on one bank: districts, towns, communities, grids."""
CLIMB = 9.0
"""How much dearer growth is per metre climbed; so borders come to lie on ridges."""
EVENNESS = (0.35, 0.6, 0.9, 1.0)
"""Power of residents in the choice of middles: small for districts, so that the country has some; 1 for grids."""


@dataclass(frozen=True)
class Level:
    """All places of one level, in no meaningful order yet."""

    parent: Integers
    """Index in the level above; zeros for the city."""
    outline: Shapes
    """Polygons in metres around the city's middle."""
    residents: Integers
    centre: Floats
    """Where people live on average, metres."""


@dataclass(frozen=True)
class Traits:
    """What the land under each grid is like; a day of matters needs it."""

    slope: Floats
    river_m: Floats
    height_m: Floats
    residents_per_km2: Floats


def levels_of(land: Land, size: Size, chance: np.random.Generator) -> tuple[tuple[Level, ...], Traits]:
    """Five levels from the city to its grids, nested and valid by construction, and the traits of the grids."""
    mesh = _mesh(land, size, chance)
    graph = graph_of(mesh)
    people = land.at(land.density, mesh.centres) * mesh.areas + 1e-6
    label = np.zeros(len(mesh.areas), dtype=np.int64)
    labels, parents = [label], [np.zeros(1, dtype=np.int64)]
    for depth, count in enumerate((size.districts, size.towns, size.communities, size.grids)):
        seeds, parent = _middles(mesh, people ** EVENNESS[depth], label, count, chance)
        label = grow(graph, _cost(mesh, graph, land, OTHER_BANK[depth]), seeds, label)
        labels.append(label)
        parents.append(parent)
    residents = _settled(people, labels[-1], size, chance)
    return _levels(mesh, people, labels, parents, residents), _traits(land, mesh, labels[-1], people)


def _mesh(land: Land, size: Size, chance: np.random.Generator) -> Mesh:
    inside = float(land.density[land.rim < 1].sum())
    wanted = round(size.grids * CELLS_PER_GRID * float(land.density.sum()) / inside)
    mass = np.cumsum(land.density.ravel())
    picks = np.searchsorted(mass, chance.random(wanted) * mass[-1])
    row, column = np.divmod(picks, len(land.density))
    points = (np.column_stack((column, row)) + chance.random((wanted, 2))) * land.pixel - land.reach
    beside = _beside_rivers(land, wanted / mass[-1] / land.pixel**2)
    away = land.rivers.distance(points) > 0.5 * _gap(land, points, wanted / mass[-1] / land.pixel**2)
    free = np.arange(int(away.sum()) + len(beside)) < away.sum()
    points = relaxed(np.concatenate((points[away], beside)), free, rounds=3)
    keep = land.at(land.rim, points) < 1
    whole = mesh_of(points, keep)
    piece = largest_piece(graph_of(whole))
    if len(piece) == len(whole.areas):
        return whole
    keep[np.setdiff1d(np.flatnonzero(keep), np.flatnonzero(keep)[piece])] = False
    return mesh_of(points, keep)


def _gap(land: Land, points: Floats, per_resident: float) -> Floats:
    """Usual distance between two cells at points."""
    return np.asarray(1 / np.sqrt(np.maximum(land.at(land.density, points) * per_resident, 1e-7)))


def _beside_rivers(land: Land, per_resident: float) -> Floats:
    """Pairs of points left and right of both rivers, so that borders of cells run along them."""
    reach, rivers = 0.98 * land.reach, land.rivers
    along = np.arange(-reach, reach, 20.0)
    great = np.column_stack((along, rivers.great_y(along)))
    mouth_y = float(rivers.great_y(np.array([rivers.mouth_x]))[0])
    up = np.arange(mouth_y + 150.0, reach, 20.0)
    lesser = np.column_stack((rivers.lesser_x(up), up))
    pairs = np.concatenate([_pairs(land, line, per_resident) for line in (great, lesser)])
    return pairs[_apart(pairs, rivers)]


def _pairs(land: Land, line: Floats, per_resident: float) -> Floats:
    gap = np.clip(_gap(land, line, per_resident), 60.0, 900.0)
    steps = np.hypot(*np.diff(line, axis=0, prepend=line[:1]).T)
    travelled = np.cumsum(steps / gap)
    chosen = np.searchsorted(travelled, np.arange(0.5, travelled[-1]))
    ahead = line[np.minimum(chosen + 1, len(line) - 1)] - line[np.maximum(chosen - 1, 0)]
    normal = np.column_stack((-ahead[:, 1], ahead[:, 0])) / np.hypot(*ahead.T)[:, None]
    offset = 0.35 * gap[chosen, None] * normal
    return np.concatenate((line[chosen] + offset, line[chosen] - offset))


def _apart(points: Floats, rivers: Rivers) -> Flags:
    """Points at least 20 m from both rivers: near the mouth a pair of one could sit in the other."""
    return np.asarray(rivers.distance(points) > 17.0)


def _middles(
    mesh: Mesh, weight: Floats, label: Integers, count: int, chance: np.random.Generator
) -> tuple[Integers, Integers]:
    """Cells that children grow from, and the parent of each."""
    cells = np.bincount(label)
    shares = share_out(count, np.bincount(label, weight).astype(np.float64), most=cells)
    order = np.argsort(label, kind="stable")
    groups = np.split(order, np.cumsum(cells)[:-1])
    found = [
        group[spread(mesh.centres[group], weight[group], int(share), chance)]
        for group, share in zip(groups, shares.tolist(), strict=True)
    ]
    return np.concatenate(found), np.repeat(np.arange(len(groups)), shares)


def _cost(mesh: Mesh, graph: Graph, land: Land, other_bank: float) -> Floats:
    away = np.hypot(*(mesh.centres[graph.source] - mesh.centres[graph.to]).T)
    height, bank = land.at(land.height_m, mesh.centres), land.rivers.banks(mesh.centres)
    climb = np.abs(height[graph.source] - height[graph.to])
    return np.asarray((away + CLIMB * climb) * np.where(bank[graph.source] == bank[graph.to], 1.0, other_bank))


def _settled(people: Floats, grid: Integers, size: Size, chance: np.random.Generator) -> Integers:
    expected = np.bincount(grid, people, size.grids) * chance.lognormal(0, 0.25, size.grids)
    most = np.full(size.grids, size.residents, dtype=np.int64)
    return share_out(size.residents, expected, most, least=0)


def _levels(
    mesh: Mesh, people: Floats, labels: list[Integers], parents: list[Integers], residents: Integers
) -> tuple[Level, ...]:
    levels: list[Level] = []
    settled = residents
    for depth in range(len(labels) - 1, -1, -1):
        label, count = labels[depth], len(parents[depth])
        mass = np.bincount(label, people, count)
        centre = [np.bincount(label, people * mesh.centres[:, axis], count) / mass for axis in (0, 1)]
        levels.append(Level(parents[depth], outlines(mesh, label, count), settled, np.column_stack(centre)))
        above = len(parents[depth - 1]) if depth else 1
        settled = np.bincount(parents[depth], settled, above).astype(np.int64)
    return tuple(reversed(levels))


def _traits(land: Land, mesh: Mesh, grid: Integers, people: Floats) -> Traits:
    count, cells = int(grid.max()) + 1, np.bincount(grid)
    area = np.bincount(grid, mesh.areas)

    def mean(values: Floats) -> Floats:
        return np.asarray(np.bincount(grid, values, count) / cells)

    return Traits(
        slope=mean(land.at(land.slope, mesh.centres)),
        river_m=mean(land.rivers.distance(mesh.centres)),
        height_m=mean(land.at(land.height_m, mesh.centres)),
        residents_per_km2=np.bincount(grid, people) / area * 1e6,
    )
