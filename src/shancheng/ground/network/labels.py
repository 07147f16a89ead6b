"""From the edges that homes and facilities lie on into a search over the network, and out of it again.

A search knows nodes only. Facilities enter it as labels at both ends of their edges; a home reads the least over both
ends of its own. A facility on the very edge of a home is reached along that edge, without any node between.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from shancheng.ground.network.nearby import Ints, Shorts
from shancheng.ground.network.snapping import SnapError, Snapped, Way
from shancheng.methods.graph.arcs import FAR
from shancheng.methods.graph.nearest import Nearest
from shancheng.methods.graph.sources import Sources
from shancheng.methods.stretches import stretches

ENTRIES_MOST = 1 << 22
"""Labels read at once, so that a million homes need no more memory than a few."""
NEVER = np.iinfo(np.int64).max
SHIFT, LOW = 32, (1 << 32) - 1


@dataclass(frozen=True)
class Entrances:
    """Where facilities meet the streets; one facility may have several points, as a park has gates."""

    snapped: Snapped
    category: Shorts
    """(p,) of each point."""
    facility: Shorts
    """(p,) number of the facility each point belongs to."""


class SameEdge(NamedTuple):
    """Homes and points of facilities on one edge, and the way along it in deciseconds, both access legs included."""

    home: Ints
    point: Ints
    time: Ints


def entrances_of(snapped: Snapped, category: ArrayLike, facility: ArrayLike | None = None) -> Entrances:
    """Snapped points as entrances: category[p] of each, and facility[p], by default one facility a point.

    Raises SnapError where lengths differ or a number is negative.
    """
    kinds = np.asarray(category, np.int32)
    numbers = np.arange(len(snapped), dtype=np.int32) if facility is None else np.asarray(facility, np.int32)
    if not len(kinds) == len(numbers) == len(snapped):
        message = f"There are {len(snapped)} points, {len(kinds)} categories and {len(numbers)} facilities; "
        raise SnapError(message + "give one of each for every point.")
    if (kinds < 0).any() or (numbers < 0).any():
        raise SnapError("Categories and facilities are numbered from 0; a negative number is none of them.")
    return Entrances(snapped, kinds, numbers)


def sources_of(entrances: Entrances, *, way: Way) -> Sources:
    """Where a search for the way `there` (over reversed arcs) or `back` (over arcs) begins: labels at both ends.

    What the walker needs between the facility and the end of its edge is each label's offset, the access leg with it;
    an end that cannot be walked to, or from, gets no label. Lost points have none.
    """
    node, offset = entrances.snapped.ends(outward=way == "back")
    point = np.tile(entrances.snapped.point, 2)
    open_ = offset >= 0
    at = point[open_]
    return Sources.of(entrances.category[at], node[open_], offset[open_], entrances.facility[at])


def same_edge(homes: Snapped, entrances: Entrances, *, way: Way, limit: int) -> SameEdge:
    """Every home and point of a facility on one edge, with the way straight along it within `limit` deciseconds."""
    points = entrances.snapped
    order = np.argsort(points.edge, kind="stable")
    edges = points.edge[order]
    begin, end = np.searchsorted(edges, homes.edge), np.searchsorted(edges, homes.edge, side="right")
    here, at = stretches(np.arange(len(homes.edge)), begin, end)
    there = order[at]
    ahead = points.fraction[there] - homes.fraction[here]
    if way == "back":
        ahead = -ahead
    whole = np.where(ahead >= 0, homes.forward[here], homes.backward[here])
    whole = np.where((ahead == 0) & (whole < 0), 0, whole)
    time = np.rint(homes.leg[here] + points.leg[there] + whole * np.abs(ahead)).astype(np.int64)
    kept = (whole >= 0) & (time <= limit)
    return SameEdge(homes.point[here[kept]], points.point[there[kept]], time[kept])


def times_at(nearest: Nearest, homes: Snapped, entrances: Entrances, *, way: Way) -> Nearest:
    """The k nearest distinct facilities of every category as homes have them: shapes (categories, homes, k).

    `nearest` has been searched from `sources_of(entrances, way=way)`. Exact: a facility among the k nearest of a home
    is among the k nearest of the end its way passes, or on the home's own edge. Ties go to the smaller number of a
    facility; beyond the limit of `nearest`, and for lost homes, the time is FAR and the facility is -1.
    """
    categories, _, k = nearest.time.shape
    time = np.full((categories, len(homes), k), FAR, np.int32)
    facility = np.full((categories, len(homes), k), -1, np.int32)
    direct = same_edge(homes, entrances, way=way, limit=nearest.limit)
    keys = direct.time << SHIFT | entrances.facility[direct.point]
    kinds = entrances.category[direct.point]
    for ends in ends_by_block(homes, way, k):
        inside = (direct.home >= ends.start) & (direct.home < ends.stop)
        for category in range(categories):
            mine = inside & (kinds == category)
            labels = _labels(nearest, category, ends)
            best = _least(labels, ends, direct.home[mine] - ends.start, keys[mine], k)
            rows = slice(ends.start, ends.stop)
            time[category, rows] = np.where(best == NEVER, FAR, best >> SHIFT)
            facility[category, rows] = np.where(best == NEVER, -1, best & LOW)
    return replace(nearest, time=time, facility=facility)


class Ends(NamedTuple):
    """The ends that homes `start` to `stop` read, in order of the homes."""

    start: int
    stop: int
    home: Ints
    """Counted from `start`."""
    node: Ints
    offset: Ints


def ends_by_block(homes: Snapped, way: Way, k: int) -> Iterator[Ends]:
    """The ends of all homes, some homes at a time."""
    node, offset = homes.ends(outward=way == "there")
    home = np.tile(homes.point, 2)
    order = np.argsort(home, kind="stable")
    order = order[offset[order] >= 0]
    home, node, offset = home[order], node[order], offset[order]
    step = max(1, ENTRIES_MOST // (k * max(1, -(-len(home) // max(1, len(homes))))))
    for start in range(0, len(homes), step):
        stop = min(start + step, len(homes))
        part = slice(*np.searchsorted(home, [start, stop]).tolist())
        yield Ends(start, stop, home[part] - start, node[part], offset[part].astype(np.int64))


def _labels(nearest: Nearest, category: int, ends: Ends) -> Ints:
    """(ends, k) time and facility of each label as one number, NEVER where it is too far."""
    time = nearest.time[category][ends.node].astype(np.int64)
    facility = nearest.facility[category][ends.node].astype(np.int64)
    whole = time + ends.offset[:, None]
    return np.where((time == FAR) | (whole > nearest.limit), NEVER, whole << SHIFT | (facility & LOW))


def _least(labels: Ints, ends: Ends, direct_home: Ints, direct: Ints, k: int) -> Ints:
    """(homes, k) the least labels of distinct facilities, of the ends and of the homes' own edges."""
    best = np.full((ends.stop - ends.start, k), NEVER, np.int64)
    begin = np.flatnonzero(np.diff(ends.home, prepend=-1))
    for rank in range(k):
        if len(begin):
            best[ends.home[begin], rank] = np.minimum.reduceat(labels.min(axis=1), begin)
        np.minimum.at(best[:, rank], direct_home, direct)
        if rank + 1 < k:
            taken = best[:, rank] & LOW
            labels = np.where((labels & LOW) == taken[ends.home][:, None], NEVER, labels)
            direct = np.where((direct & LOW) == taken[direct_home], NEVER, direct)
    return best
