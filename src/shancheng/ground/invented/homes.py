"""Homes of the invented city: the residents of each grid in houses along its streets."""

from dataclasses import dataclass

import numpy as np
import shapely

from shancheng.ground.invented.census import Register
from shancheng.ground.invented.streets import Fronts
from shancheng.methods.mesh import Floats, Integers

SLOT_M = 34.0
"""Houses stand this far apart along a street at least."""
SETBACK_M = (7.0, 26.0)
RESIDENTS_PER_HOUSE = 60
OLDER, CHILDREN = 0.21, 0.13
"""Shares of residents of 65 and more, and of 14 and less. Assumptions near the census of 2020."""


@dataclass(frozen=True)
class Slots:
    """Places along streets where a house can stand, by grid."""

    places: Floats
    """(s, 2) metres."""
    first: Integers
    """(grids + 1,) where those of each grid begin."""


@dataclass(frozen=True)
class Houses:
    """Where people live; every resident of every grid is in one of its houses."""

    places: Floats
    """(h, 2) metres."""
    grid: Integers
    """(h,) position of the grid in its register."""
    people: Integers
    older: Integers
    children: Integers


def slots_of(fronts: Fronts, grids: Register, chance: np.random.Generator) -> Slots:
    """Slots on both sides of every front, each in the grid it lies in, in an order by chance within the grid."""
    way = fronts.end - fronts.start
    length = np.hypot(*way.T)
    count = np.maximum(1, length / SLOT_M).astype(np.int64)
    front = np.repeat(np.arange(len(count)), count)
    step = np.arange(len(front)) - np.repeat(np.cumsum(count) - count, count)
    side = np.column_stack((-way[:, 1], way[:, 0])) / length[:, None]
    off = chance.uniform(*SETBACK_M, len(front)) * chance.choice([-1.0, 1.0], len(front))
    along = (step + chance.uniform(0.2, 0.8, len(front))) / count[front]
    places = np.round(fronts.start[front] + along[:, None] * way[front] + off[:, None] * side[front], 2)
    slot, grid = shapely.STRtree(grids.outlines).query(shapely.points(places), predicate="within")
    order = np.lexsort((chance.random(len(slot)), grid))
    first = np.searchsorted(grid[order], np.arange(len(grids.ids) + 1))
    return Slots(places[slot[order]], first.astype(np.int64))


def houses_of(slots: Slots, grids: Register, chance: np.random.Generator) -> Houses:
    """Houses with people; a grid without a street has one house far from any, as some farms are."""
    places, grid, people = [], [], []
    residents = grids.residents.tolist()
    for number, outline in enumerate(grids.outlines):
        free = slots.places[slots.first[number] : slots.first[number + 1]]
        if not len(free):
            free = shapely.get_coordinates(shapely.point_on_surface(outline))
        own = free[: max(1, -(-residents[number] // RESIDENTS_PER_HOUSE))]
        places.append(own)
        grid.append(np.full(len(own), number))
        people.append(chance.multinomial(residents[number], chance.dirichlet(np.full(len(own), 4.0))))
    living = np.concatenate(people).astype(np.int64)
    older = chance.binomial(living, OLDER)
    children = chance.binomial(living - older, CHILDREN / (1 - OLDER))
    return Houses(np.concatenate(places), np.concatenate(grid), living, older, children)
