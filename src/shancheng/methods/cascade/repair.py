"""In which order crews should mend what is broken, on the roads that are left, so that least goes unserved."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra

from shancheng.methods.cascade.errors import RepairError
from shancheng.methods.cascade.failure import Scenarios, weighed
from shancheng.methods.cascade.network import Floats, Integers, SupplyNetwork
from shancheng.methods.cascade.replay import replay
from shancheng.methods.given import numbers, whole_numbers

EXACT_MOST = 6
"""Up to this many broken assets every order is tried."""


@dataclass(frozen=True)
class RepairPlan:
    """Who mends what, when, and what goes unserved meanwhile."""

    order: Integers
    """(r,) hits as they are taken up; those no crew can reach are not in it."""
    crew: Integers
    """(h,) which crew mends each hit, -1 for none."""
    begun: Floats
    """(h,) minute at which work on it begins, inf for never."""
    mended: Floats
    """(h,) minute at which it is mended, inf for never."""
    loss: float
    """Weight x minutes down until the horizon, all services together."""
    proven: bool
    """Whether every order was tried, so that no better one exists."""

    @property
    def cut_off(self) -> Integers:
        """Hits that no crew can reach by the roads that are left."""
        return np.flatnonzero(self.crew < 0)


class _Loss(Protocol):
    def __call__(self, order: Sequence[int], /) -> float: ...


def travel_minutes(
    places: int,
    *,
    road_from: npt.ArrayLike,
    road_to: npt.ArrayLike,
    minutes: npt.ArrayLike,
    is_cut: npt.ArrayLike,
    stops: npt.ArrayLike,
) -> Floats:
    """(k, k) minutes between stops int[k] by the directed roads that are not cut, inf where there is no way (Dijkstra).

    road_from, road_to int[r] are places 0 to places - 1, minutes float[r] 0 or more, is_cut bool[r]. Raises RepairError
    where the roads do not fit.
    """
    tails, heads, ends = (
        whole_numbers(given, "places of roads and stops", RepairError).ravel() for given in (road_from, road_to, stops)
    )
    takes, shut = numbers(minutes, "minutes on roads", RepairError).ravel(), np.asarray(is_cut, bool).ravel()
    if not len(tails) == len(heads) == len(takes) == len(shut):
        raise RepairError("Each road has a beginning, an end, minutes and a mark whether it is cut; give one of each.")
    for named in (tails, heads, ends):
        if ((named < 0) | (named >= places)).any():
            raise RepairError(f"A road or a stop is at a place outside 0 to {places - 1}.")
    if not (takes >= 0).all():
        raise RepairError("Minutes on a road are 0 or more.")
    matrix = _cheapest(places, tails[~shut], heads[~shut], takes[~shut])
    reached, at = np.unique(ends, return_inverse=True)
    found: Floats = dijkstra(matrix, indices=reached)[np.ix_(at, ends)]
    return found


def plan_repairs(
    network: SupplyNetwork,
    hits: Scenarios,
    weight: npt.ArrayLike,
    *,
    work: npt.ArrayLike,
    travel: npt.ArrayLike,
    crews: int,
    horizon: float,
    tries: int = 2000,
) -> RepairPlan:
    """The order of repairs with the least weight x minutes down; hits are damaged at their minutes, crews set off at 0.

    work float[h] minutes of work on each hit; travel float[h + 1, h + 1] minutes, row and column 0 the depot, 1 + j hit
    j, inf where roads are cut; weight float[n, services]. Whichever crew would finish the next hit first takes it, and
    the course is replayed for every order looked at: all of them up to six hits, otherwise the orders that come of
    moving one hit at a time from the best of three beginnings, `tries` orders at most. Raises RepairError where tables
    do not fit, ScenarioError as `replay` does.
    """
    working, ways = _tables(len(hits.asset), work, travel, crews)
    within = [hit for hit in range(len(working)) if np.isfinite(ways[0, hit + 1])]
    weights = weighed(network.assets, weight)

    def loss(order: Sequence[int]) -> float:
        _, _, mended = schedule(order, hits.minute, working, ways, crews)
        return float(replay(network, hits, mended, horizon=horizon).loss(weights).sum())

    proven = len(within) <= EXACT_MOST
    best = min(permutations(within), key=loss) if proven else _search(within, working, ways, loss, tries)
    crew, begun, mended = schedule(best, hits.minute, working, ways, crews)
    return RepairPlan(np.array(best, np.int64), crew, begun, mended, loss(best), proven)


def schedule(
    order: Sequence[int], damaged: Floats, work: Floats, travel: Floats, crews: int
) -> tuple[Integers, Floats, Floats]:
    """Which crew mends each hit (h,), when it begins (h,) and when it is mended (h,), if they are taken up in order.

    The crew that finishes first takes the next one, the lower number of two; no work begins before the damage is done.
    """
    free, stands = np.zeros(crews), np.zeros(crews, np.int64)
    crew, begun, mended = np.full(len(work), -1, np.int64), np.full(len(work), np.inf), np.full(len(work), np.inf)
    for hit in order:
        arrives = np.maximum(free + travel[stands, hit + 1], damaged[hit])
        who = int(np.argmin(arrives))
        crew[hit], begun[hit], mended[hit] = who, arrives[who], arrives[who] + work[hit]
        free[who], stands[who] = mended[hit], hit + 1
    return crew, begun, mended


def _cheapest(places: int, tails: Integers, heads: Integers, takes: Floats) -> csr_array:
    """A graph with the quickest of parallel roads; a road that takes no time keeps a sliver, or it would be no road."""
    order = np.lexsort((takes, heads, tails))
    tails, heads, takes = tails[order], heads[order], takes[order]
    quickest = np.ones(len(tails), bool)
    quickest[1:] = (tails[1:] != tails[:-1]) | (heads[1:] != heads[:-1])
    kept = np.maximum(takes[quickest], np.finfo(float).tiny)
    return coo_array((kept, (tails[quickest], heads[quickest])), shape=(places, places)).tocsr()


def _tables(hits: int, work: npt.ArrayLike, travel: npt.ArrayLike, crews: int) -> tuple[Floats, Floats]:
    working = numbers(work, "minutes of work", RepairError).ravel()
    ways = numbers(travel, "minutes of travel", RepairError)
    if len(working) != hits or not (np.isfinite(working) & (working > 0)).all():
        raise RepairError(f"Work is a number of minutes above 0 for each of {hits} hits.")
    if ways.shape != (hits + 1, hits + 1) or not (ways >= 0).all():
        raise RepairError(f"Travel is a table of {hits + 1} by {hits + 1} minutes, 0 or more, not of {ways.shape}.")
    within = np.flatnonzero(np.isfinite(ways[0]))
    if not np.isfinite(ways[np.ix_(within, within)]).all():
        raise RepairError("Two hits can both be reached from the depot but not from each other; give the way back too.")
    if crews < 1:
        raise RepairError(f"{crews} crews mend nothing; send at least one.")
    return working, ways


def _search(within: list[int], work: Floats, travel: Floats, loss: _Loss, tries: int) -> tuple[int, ...]:
    """The best order that moving one hit at a time finds within so many tries."""
    beginnings = (within, sorted(within, key=lambda hit: work[hit]), sorted(within, key=lambda hit: travel[0, hit + 1]))
    best = min((tuple(order) for order in beginnings), key=loss)
    least, left, looking = loss(best), tries - len(beginnings), True
    while looking:
        looking = False
        for other in _moves(best):
            if left <= 0:
                return best
            left -= 1
            found = loss(other)
            if found < least:
                best, least, looking = other, found, True
                break
    return best


def _moves(order: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Every order that differs by one hit taken out and put in elsewhere."""
    for out in range(len(order)):
        rest = order[:out] + order[out + 1 :]
        for back in range(len(order)):
            if back != out:
                yield (*rest[:back], order[out], *rest[back:])
