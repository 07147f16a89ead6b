"""The same question made smaller: demand that sees the same sites at the same times as one, useless candidates out."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from numba import njit

from shancheng.methods.siting.kernel import Town
from shancheng.methods.siting.reach import Floats, Reach, Short, Whole, sums

Flags = npt.NDArray[np.bool_]
MARKS: Final = 2_147_483_647
"""A prime; two remainders of it mark a row."""


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
    group, leader = equal_rows(first, site, time, asked, np.zeros(reach.demands, np.int64) if apart is None else apart)
    inside = group >= 0
    weights = sums(group[inside], weight[inside], len(leader))
    town = town_of(first, site, time, leader, weights, beyond, reach.sites)
    return Merged(town, group, float(weight[~inside].sum() * beyond))


def remerged(town: Town) -> Town:
    """Demands of a town that have come to see the same sites as one; the same beyond for all."""
    everyone = np.ones(len(town.weight), np.bool_)
    rows = (town.back_first, town.back_site, town.back_time)
    group, leader = equal_rows(*rows, everyone, np.zeros(len(town.weight), np.int64))
    weight = sums(group, town.weight, len(leader))
    return town_of(*rows, leader, weight, float(town.beyond[0]), len(town.first) - 1)


def _rows_below(reach: Reach, beyond: float, kept: Flags | None) -> tuple[Whole, Short, Short]:
    near = reach.back_time < beyond
    if kept is not None:
        near &= kept[reach.back_site]
    before = np.append(0, np.cumsum(near))
    return before[reach.back_first], reach.back_site[near], reach.back_time[near]


@njit(cache=True)
def equal_rows(first: Whole, site: Short, time: Short, asked: Flags, apart: Whole) -> tuple[Whole, Whole]:
    """The group of each demand (-1 for none) and the first demand of each group: rows equal to the last pair, and
    `apart`. Rows with the same mark are compared; where rows differ under one mark, some equal ones may stay two."""
    mark = np.zeros(len(asked), np.int64)
    for i in range(len(asked)):
        one, other = apart[i] % MARKS, np.int64(0)
        for at in range(first[i], first[i + 1]):
            one = (one * 1_000_003 + site[at] + 1) % MARKS
            other = (other * 998_244_353 % MARKS + time[at] + 7 * site[at] + 3) % MARKS
        mark[i] = one * MARKS + other if asked[i] else -1
    leads, before = np.arange(len(asked)), -1
    for i in np.argsort(mark, kind="mergesort"):
        if mark[i] >= 0:
            before = leads[before] if before >= 0 and is_same(i, leads[before], mark, first, site, time, apart) else i
            leads[i] = before
    group, leader, count = np.full(len(asked), -1), np.empty(len(asked), np.int64), 0
    for i in range(len(asked)):
        if mark[i] >= 0:
            if leads[i] == i:
                leader[count] = i
                count += 1
            group[i] = count - 1 if leads[i] == i else group[leads[i]]
    return group, leader[:count].copy()


@njit(cache=True)
def is_same(i: int, other: int, mark: Whole, first: Whole, site: Short, time: Short, apart: Whole) -> bool:
    """Whether two demands see the same sites at the same times and are not to stay apart."""
    here, there = first[i], first[other]
    length = first[i + 1] - here
    if mark[i] != mark[other] or apart[i] != apart[other] or length != first[other + 1] - there:
        return False
    differing = 0
    for at in range(length):
        differing += site[here + at] != site[there + at] or time[here + at] != time[there + at]
    return differing == 0


def town_of(first: Whole, site: Short, time: Short, leader: Whole, weight: Floats, beyond: float, sites: int) -> Town:
    """The town of the rows of some demands."""
    back_first, back_site, back_time = rows_at(leader, first, site, time)
    forth = turned(back_first, back_site, back_time, sites)
    return Town(*forth, back_first, back_site, back_time, weight, np.full(len(leader), beyond))


@njit(cache=True)
def rows_at(leader: Whole, first: Whole, site: Short, time: Short) -> tuple[Whole, Short, Short]:
    """Some of the rows, one after the other."""
    begins = np.zeros(len(leader) + 1, np.int64)
    for number, i in enumerate(leader):
        begins[number + 1] = begins[number] + first[i + 1] - first[i]
    sites, times = np.empty(begins[-1], site.dtype), np.empty(begins[-1], time.dtype)
    for number, i in enumerate(leader):
        sites[begins[number] : begins[number + 1]] = site[first[i] : first[i + 1]]
        times[begins[number] : begins[number + 1]] = time[first[i] : first[i + 1]]
    return begins, sites, times


@njit(cache=True)
def turned(back_first: Whole, back_site: Short, back_time: Short, sites: int) -> tuple[Whole, Short, Short]:
    """Pairs by site for pairs by demand."""
    first = np.zeros(sites + 1, np.int64)
    for site in back_site:
        first[site + 1] += 1
    first = np.cumsum(first)
    free, demand, time = first.copy(), np.empty(len(back_site), np.int32), np.empty_like(back_time)
    for i in range(len(back_first) - 1):
        for at in range(back_first[i], back_first[i + 1]):
            place = free[back_site[at]]
            demand[place], time[place] = i, back_time[at]
            free[back_site[at]] += 1
    return first, demand, time


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
