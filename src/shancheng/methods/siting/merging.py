"""The same question made smaller: demand that sees the same sites at the same times as one, useless candidates out."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from shancheng.methods.siting.kernel import Town
from shancheng.methods.siting.reach import Floats, Reach, Short, Whole, sums

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Merged:
    """A town with fewer demands, and which of them each demand became."""

    town: Town
    group: Whole
    """(demands,) number in the town, -1 where no site is within reach or nobody asks."""
    constant: float
    """Weight x time of those left out, for they are beyond whatever is chosen."""


def merged(
    reach: Reach, weight: Floats, beyond: float, kept: Flags | None = None, apart: Whole | None = None
) -> Merged:
    """Demands with equal rows as one, with the weights added; pairs at or past `beyond` left out.

    `kept` bool[sites] leaves candidates out; demands with different `apart` (demands,) stay apart. The least of weight
    x time over the town plus `constant` is the least over all.
    """
    first, site, time = _rows_below(reach, beyond, kept)
    asked = (np.diff(first) > 0) & (weight > 0)
    group, leader = _equal_rows(first, site, time, asked, np.zeros(reach.demands, np.int64) if apart is None else apart)
    inside = group >= 0
    weights = sums(group[inside], weight[inside], len(leader))
    town = _town(first, site, time, leader, weights, beyond, reach.sites)
    return Merged(town, group, float(weight[~inside].sum() * beyond))


def remerged(town: Town) -> Town:
    """Demands of a town that have come to see the same sites as one; the same beyond for all."""
    everyone = np.ones(len(town.weight), np.bool_)
    rows = (town.back_first, town.back_site, town.back_time)
    group, leader = _equal_rows(*rows, everyone, np.zeros(len(town.weight), np.int64))
    weight = sums(group, town.weight, len(leader))
    return _town(*rows, leader, weight, float(town.beyond[0]), len(town.first) - 1)


def _rows_below(reach: Reach, beyond: float, kept: Flags | None) -> tuple[Whole, Short, Short]:
    near = reach.back_time < beyond
    if kept is not None:
        near &= kept[reach.back_site]
    before = np.append(0, np.cumsum(near))
    return before[reach.back_first], reach.back_site[near], reach.back_time[near]


def _equal_rows(first: Whole, site: Short, time: Short, asked: Flags, apart: Whole) -> tuple[Whole, Whole]:
    """The group of each demand (-1 for none) and the first demand of each group."""
    found: dict[tuple[bytes, bytes, int], int] = {}
    leader: list[int] = []
    label = apart.tolist()
    group = np.full(len(asked), -1, np.int64)
    begins = first.tolist()
    for i in np.flatnonzero(asked).tolist():
        here = slice(begins[i], begins[i + 1])
        number = found.setdefault((site[here].tobytes(), time[here].tobytes(), label[i]), len(leader))
        if number == len(leader):
            leader.append(i)
        group[i] = number
    return group, np.asarray(leader, np.int64)


def _town(first: Whole, site: Short, time: Short, leader: Whole, weight: Floats, beyond: float, sites: int) -> Town:
    length = np.diff(first)[leader]
    back_first = np.append(0, np.cumsum(length)).astype(np.int64)
    at = np.arange(back_first[-1]) + np.repeat(first[leader] - back_first[:-1], length)
    back_site, back_time = site[at], time[at]
    whose = np.repeat(np.arange(len(leader)), length)
    order = np.argsort(back_site, kind="stable")
    begins = np.append(0, np.cumsum(np.bincount(back_site, minlength=sites))).astype(np.int64)
    forth = (begins, whose[order].astype(np.int32), back_time[order])
    return Town(*forth, back_first, back_site, back_time, weight, np.full(len(leader), float(beyond)))


@njit(cache=True)
def dominated(first: Whole, demand: Short, back_first: Whole, back_site: Short, cost: Floats, fixed: Flags) -> Flags:
    """bool[sites]: candidates that reach nothing another does not reach for no more; of equals the first stays."""
    sites = len(first) - 1
    gone = np.zeros(sites, np.bool_)
    mark = np.full(len(back_first) - 1, -1)
    for site in range(sites):
        if fixed[site]:
            continue
        size, rarest, fewest = first[site + 1] - first[site], -1, sites + 1
        for i in demand[first[site] : first[site + 1]]:
            mark[i] = site
            if back_first[i + 1] - back_first[i] < fewest:
                rarest, fewest = i, back_first[i + 1] - back_first[i]
        gone[site] = size == 0
        if size > 0:
            rivals = back_site[back_first[rarest] : back_first[rarest + 1]]
            gone[site] = beaten(site, rivals, first, demand, cost, fixed, gone, mark)
    return gone


@njit(cache=True)
def beaten(
    site: int, rivals: Short, first: Whole, demand: Short, cost: Floats, fixed: Flags, gone: Flags, mark: Whole
) -> bool:
    """Whether one of the rivals reaches all that is marked with the site."""
    size = first[site + 1] - first[site]
    for rival in rivals:
        other = first[rival + 1] - first[rival]
        price = 0.0 if fixed[rival] else cost[rival]
        if rival == site or gone[rival] or other < size or price > cost[site]:
            continue
        if other == size and price == cost[site] and rival > site and not fixed[rival]:
            continue
        shared = 0
        for i in demand[first[rival] : first[rival + 1]]:
            shared += mark[i] == site
        if shared == size:
            return True
    return False
