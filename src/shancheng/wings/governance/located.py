"""Where matters lie on a map: which of those that somebody may see fall into a box, the most urgent first, bounded."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, Literal

import msgspec
import numpy as np
import shapely
from msgspec import Meta
from msgspec.structs import replace
from numpy.typing import NDArray

from shancheng.ground.territory import Snapshot
from shancheng.loop.act import Point
from shancheng.loop.ledger import Query, Reader, Scope
from shancheng.loop.matter import OPEN, Matter, Stage

SPOTS_MAX = 1000
"""Most spots of one answer."""
LOOKED_MAX = 2000
"""Most matters that are looked at for one answer."""
RANGES_MAX = 40
"""Most ranges of places that a box is asked for by; with more, near ones are joined and sorted out afterwards."""
Standing = Literal["late", "soon", "waiting", "working", "checked", "over"]
WORKING = frozenset({Stage.ASSIGNED, Stage.DOING})
WAITING = frozenset({Stage.REPORTED, Stage.ACCEPTED})


class Box(msgspec.Struct, frozen=True):
    """A piece of a map, in degrees of WGS-84; all its edges belong to it."""

    west: Annotated[float, Meta(ge=-180, le=180)]
    south: Annotated[float, Meta(ge=-90, le=90)]
    east: Annotated[float, Meta(ge=-180, le=180)]
    north: Annotated[float, Meta(ge=-90, le=90)]

    def holds(self, point: Point) -> bool:
        """Whether a point lies in it."""
        return self.west <= point[0] <= self.east and self.south <= point[1] <= self.north


@dataclass(frozen=True)
class Spot:
    """A matter at its spot."""

    matter: Matter
    point: Point
    exact: bool
    """False where it is the middle of a place, because nothing finer is known or may be shown."""
    standing: Standing
    place: int
    """The place it is told of: its own, or its town where it is confidential."""


@dataclass(frozen=True)
class Spots:
    """What lies in a box."""

    spots: tuple[Spot, ...]
    left_out: int = 0
    """Matters that fit too, and are not among the spots because there are too many."""
    more: bool = False
    """Whether there may be more than those that were counted as left out."""
    nowhere: int = 0
    """Matters whose places have no shape, so that no map can show them."""


@dataclass(frozen=True, eq=False)
class Atlas:
    """Bounds `[n, 4]` (west, south, east, north) and middles `[n, 2]` of the n places of a snapshot.

    A place without a shape has those of the nearest place above it that has one; NaN where there is none.
    """

    bounds: NDArray[np.float64]
    middles: NDArray[np.float64]

    def middle(self, position: int) -> Point | None:
        """The middle of the place at a position."""
        east, north = map(float, self.middles[position])
        return None if np.isnan(east) else (east, north)

    def touched(self, box: Box) -> NDArray[np.bool_]:
        """Which places have a part of their bounds in a box `[n]`; those without bounds count as touched."""
        west, south, east, north = self.bounds.T
        apart: NDArray[np.bool_] = (east < box.west) | (west > box.east) | (north < box.south) | (south > box.north)
        return np.logical_not(apart)


@lru_cache(maxsize=4)
def atlas(places: Snapshot) -> Atlas:
    """Bounds and middles of all places of a snapshot; reads the shapes once."""
    bounds, middles = np.full((len(places), 4), np.nan), np.full((len(places), 2), np.nan)
    for level in np.unique(places.level):
        here = np.flatnonzero(places.level == level)
        above = places.parent[here]
        has = above >= 0
        bounds[here[has]], middles[here[has]] = bounds[above[has]], middles[above[has]]
        known, shapes = places.shapes.on(int(level), places.ids[here], places.last_day)
        if len(known):
            at = places.positions(known)
            bounds[at] = shapely.bounds(shapes)
            middles[at] = shapely.get_coordinates(shapely.point_on_surface(shapes))
    return Atlas(bounds, middles)


def standing(matter: Matter, now: int) -> Standing:
    """How a matter stands, in the few words that a map has signs for; the gravest that holds."""
    if matter.stage not in OPEN:
        return "over"
    running = [clock for clock in matter.clocks.values() if clock.is_open and not clock.paused]
    if any(clock.due < now for clock in running):
        return "late"
    if any(clock.rung for clock in running):
        return "soon"
    if matter.stage in WORKING:
        return "working"
    return "waiting" if matter.stage in WAITING else "checked"


def spot_of(matter: Matter, places: Snapshot, now: int) -> Spot | None:
    """Where a matter is shown; None where nothing is known of its place.

    Its own point counts only where it lies at its place. A confidential matter is shown at the middle of its town.
    """
    hidden = matter.marks.confidential
    place = matter.about.cell if hidden else matter.about.place
    if place not in places:
        return None
    known, position = atlas(places), places.index(place)
    point = None if hidden else matter.opening.point
    if point is not None and _at(point, known.bounds[position]):
        return Spot(matter, point, True, standing(matter, now), place)
    middle = known.middle(position)
    return None if middle is None else Spot(matter, middle, False, standing(matter, now), place)


def _at(point: Point, bounds: NDArray[np.float64]) -> bool:
    west, south, east, north = bounds
    return bool(np.isnan(west) or (west <= point[0] <= east and south <= point[1] <= north))


async def located(
    reader: Reader, query: Query, places: Snapshot, *, box: Box | None, now: int, most: int = SPOTS_MAX
) -> Spots:
    """At most `most` matters of a query in a box (None: everywhere), in the order of the query; the rest is counted."""
    if box is not None:
        query = replace(query, scope=within(query.scope, box, places))
    spots: list[Spot] = []
    looked = left_out = nowhere = 0
    after = ""
    while looked < LOOKED_MAX:
        page = await reader.find(replace(query, limit=min(SPOTS_MAX, LOOKED_MAX - looked), after=after))
        for matter in page.matters:
            spot = spot_of(matter, places, now)
            inside = spot is not None and (box is None or box.holds(spot.point))
            nowhere += spot is None
            left_out += inside and len(spots) >= most
            if spot is not None and inside and len(spots) < most:
                spots.append(spot)
        looked, after = looked + len(page.matters), page.next
        if not after or not page.matters:
            break
    return Spots(tuple(spots), left_out, bool(after), nowhere)


def within(scope: Scope, box: Box, places: Snapshot) -> Scope:
    """The part of a scope whose matters may lie in a box; never more than the scope itself."""
    touched = atlas(places).touched(box)
    # A confidential matter is shown at its town, so what lies under a town that is touched may be shown there too.
    for town in np.flatnonzero(touched & (places.level == places.cell_level)):
        touched[places.left[town] : places.right[town] + 1] = True
    kept = tuple(_cut(scope.ranges, _joined(_runs(touched))))
    return replace(scope, ranges=kept, nothing=scope.nothing or not kept)


def _runs(touched: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last position of each run of places that are touched."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], touched, [False])).astype(np.int8)))
    return [(int(first), int(after) - 1) for first, after in edges.reshape(-1, 2)]


def _joined(runs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """At most RANGES_MAX runs: the widest gaps stay."""
    gaps = sorted((later[0] - earlier[1] for earlier, later in pairwise(runs)), reverse=True)
    least = gaps[RANGES_MAX - 1] if len(gaps) >= RANGES_MAX else 0
    joined: list[tuple[int, int]] = []
    for first, last in runs:
        if joined and first - joined[-1][1] <= least:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined


def _cut(ranges: Iterable[tuple[int, int]] | None, runs: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What lies both in the ranges of a scope and in the runs."""
    if ranges is None:
        yield from runs
        return
    for low, high in ranges:
        for first, last in runs:
            if low <= last and first <= high:
                yield max(low, first), min(high, last)
