"""From the edges that homes and facilities lie on into a search over the network, and out of it again.

A search knows nodes only. Facilities enter it as labels at both ends of their edges; a home reads the least over both
ends of its own. A facility on the very edge of a home is reached along that edge, without any node between.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from shancheng.ground.network.label_kernel import read_direct, read_ends
from shancheng.ground.network.nearby import Ints, Shorts
from shancheng.ground.network.snapping import SnapError, Snapped, Way
from shancheng.methods.graph.arcs import FAR, Arcs, with_homes
from shancheng.methods.graph.nearest import Nearest
from shancheng.methods.graph.sources import Sources
from shancheng.methods.stretches import stretches


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
    node, offset = homes.ends(outward=way == "there")
    home = np.tile(homes.point, 2)
    direct = same_edge(homes, entrances, way=way, limit=nearest.limit)
    kinds, numbers = entrances.category[direct.point], entrances.facility[direct.point]
    for category in range(categories):
        found = time[category], facility[category]
        read_ends(nearest.time[category], nearest.facility[category], home, node, offset, nearest.limit, *found)
        mine = kinds == category
        read_direct(direct.home[mine], numbers[mine], direct.time[mine], *found)
    return replace(nearest, time=time, facility=facility)


def hung(over: Arcs, homes: Snapped, entrances: Entrances, *, way: Way, limit: int) -> tuple[Arcs, Sources]:
    """The graph with homes as nodes of their own, home h being `over.nodes + h`, and where a search over it begins.

    Any search over it gives at these nodes what `times_at` gives, so that new links, counts and worths are exact at
    homes. `over` is `arcs.reversed()` for the way `there` and `arcs` for `back`; facilities on a home's own edge are
    labels at the home itself, if within `limit` deciseconds.
    """
    node, offset = homes.ends(outward=way == "there")
    open_ = offset >= 0
    home = np.tile(homes.point, 2)[open_]
    direct = same_edge(homes, entrances, way=way, limit=limit)
    at_ends = sources_of(entrances, way=way)
    sources = Sources.of(
        np.concatenate([at_ends.category, entrances.category[direct.point]]),
        np.concatenate([at_ends.node, direct.home + over.nodes]),
        np.concatenate([at_ends.offset, direct.time]),
        np.concatenate([at_ends.facility, entrances.facility[direct.point]]),
    )
    return with_homes(over, home, node[open_], offset[open_], homes=len(homes)), sources
