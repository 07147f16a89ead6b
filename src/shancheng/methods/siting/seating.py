"""The compiled loops of giving places: who comes takes the cheapest way to a free place, moving others if needed.

Successive cheapest paths with prices (R. Ahuja, T. Magnanti, J. Orlin, Network Flows, 1993, section 9.7) on the small
graph of sites: from a full site leads, to every other, the move of that one of its demand for which it costs least. The
answer is a least one at every step, and the prices prove it.
"""

from typing import NamedTuple, Protocol

import numpy as np
from numba import njit

from shancheng.methods.siting.reach import Floats, Short, Whole

NOBODY = -1
NEVER = 2**62


class Rows(Protocol):
    """Pairs by demand, the nearest site first: a Reach or a Town."""

    @property
    def back_first(self) -> Whole: ...
    @property
    def back_site(self) -> Short: ...
    @property
    def back_time(self) -> Short: ...


class Hall(NamedTuple):
    """What the loops read: pairs by demand with the nearest site first, and by site as positions in those."""

    back_first: Whole
    site: Short
    time: Short
    whose: Short
    """(p,) demand of each pair."""
    first: Whole
    at: Whole
    """(p,) position of each pair, by site."""
    amount: Floats
    """(n,) how many come from each demand."""
    outside: Whole
    """(n,) what it costs to leave one of them without a place."""


class Places(NamedTuple):
    """What the loops write."""

    taken: Floats
    """(p,) places each pair holds."""
    without: Floats
    """(n,) of each demand without a place."""
    room: Floats
    """(sites,) places left."""
    price: Whole
    """(sites,) what one place more would save."""
    built: np.ndarray
    """(sites,) whether the moves from a full site are kept."""
    move: Whole
    """(sites, sites) least cost of moving one from a full site to another, NEVER where nobody could."""
    mover: Whole
    """(sites, sites) the pair that would give up its place."""
    leave: Whole
    """(sites,) least cost of sending one away without a place."""
    leaver: Whole


class Way(NamedTuple):
    """The cheapest ways of one who comes, by site."""

    cost: Whole
    before: Whole
    """(sites,) the site before, NOBODY where one comes directly."""
    direct: Whole
    """(sites,) the pair by which one comes directly."""
    settled: np.ndarray


def hall_of(rows: Rows, opened: Whole, need: Floats, outside: int | None = None) -> tuple[Hall, Whole]:
    """What the loops read for the sites that are open, renumbered in their order; and the site of each pair.

    need (n,); `outside` None makes a place for somebody worth more than any way.
    """
    number = np.full(max(int(rows.back_site.max(initial=-1)), int(opened.max(initial=-1))) + 1, NOBODY, np.int32)
    number[opened] = np.arange(len(opened))
    kept = number[rows.back_site] != NOBODY
    site, time = number[rows.back_site[kept]], rows.back_time[kept]
    whose = np.repeat(np.arange(len(need), dtype=np.int32), np.diff(rows.back_first))[kept]
    back_first = np.append(0, np.cumsum(kept))[rows.back_first].astype(np.int64)
    first = np.append(0, np.cumsum(np.bincount(site, minlength=len(opened)))).astype(np.int64)
    at = np.argsort(site, kind="stable").astype(np.int64)
    longest = (len(opened) + 1) * (int(time.max(initial=0)) + 1)
    without = np.full(len(need), longest if outside is None else outside, np.int64)
    return Hall(back_first, site, time, whose, first, at, need, without), opened[site]


def places_of(hall: Hall, room: Floats) -> Places:
    """Nobody has a place yet; room (open sites,)."""
    sites, never = len(room), np.int64(NEVER)
    return Places(
        *(np.zeros(len(hall.site)), np.zeros(len(hall.amount)), room.copy(), np.zeros(sites, np.int64)),
        np.zeros(sites, np.bool_),
        *(np.full((sites, sites), never), np.zeros((sites, sites), np.int64)),
        *(np.full(sites, never), np.zeros(sites, np.int64)),
    )


@njit(cache=True)
def seat_all(hall: Hall, places: Places) -> None:
    """Give every demand its places, one demand after another."""
    sites = len(places.room)
    way = Way(
        np.zeros(sites, np.int64), np.zeros(sites, np.int64), np.zeros(sites, np.int64), np.zeros(sites, np.bool_)
    )
    for i in range(len(hall.amount)):
        left = hall.amount[i]
        while left > 0:
            left -= seat_some(i, left, hall, places, way)


@njit(cache=True)
def seat_some(i: int, left: float, hall: Hall, places: Places, way: Way) -> float:
    """Take as many as fit the cheapest way; how many those were."""
    last, sent, cost = cheapest(i, hall, places, way)
    for each in np.flatnonzero(way.settled):
        if way.cost[each] < cost:
            places.price[each] += cost - way.cost[each]
    if last == NOBODY:
        places.without[i] += left
        return left
    many = left if sent else min(left, places.room[last])
    if sent:
        many = min(many, places.taken[places.leaver[last]])
    site = last
    while way.before[site] != NOBODY:
        many = min(many, places.taken[places.mover[way.before[site], site]])
        site = way.before[site]
    carry(many, last, sent, hall, places, way)
    return many


@njit(cache=True)
def cheapest(i: int, hall: Hall, places: Places, way: Way) -> tuple[int, bool, int]:
    """The last site of the cheapest way (NOBODY: stay without), whether one is sent away from there, and its cost."""
    way.cost[:], way.before[:], way.direct[:], way.settled[:] = NEVER, NOBODY, NOBODY, False
    for at in range(hall.back_first[i], hall.back_first[i + 1]):
        site = hall.site[at]
        way.cost[site], way.direct[site] = hall.time[at] + places.price[site], at
    last, sent, least = NOBODY, False, hall.outside[i]
    while True:
        site = nearest_unsettled(way)
        if site == NOBODY or way.cost[site] >= least:
            return last, sent, least
        way.settled[site] = True
        if places.room[site] > 0:
            return site, False, way.cost[site]
        away = way.cost[site] + places.leave[site] - places.price[site]
        if away < least:
            last, sent, least = site, True, away
        relax(site, places, way)


@njit(cache=True)
def nearest_unsettled(way: Way) -> int:
    """The site with the least cost that is not settled, NOBODY where none is left."""
    best, least = NOBODY, NEVER
    for site in range(len(way.cost)):
        if not way.settled[site] and way.cost[site] < least:
            best, least = site, way.cost[site]
    return best


@njit(cache=True)
def relax(site: int, places: Places, way: Way) -> None:
    """Ways that go on from a full site by moving one of its own."""
    for other in range(len(way.cost)):
        if way.settled[other] or places.move[site, other] == NEVER:
            continue
        cost = way.cost[site] + places.move[site, other] + places.price[other] - places.price[site]
        if cost < way.cost[other]:
            way.cost[other], way.before[other] = cost, site


@njit(cache=True)
def carry(many: float, last: int, sent: bool, hall: Hall, places: Places, way: Way) -> None:
    """Move `many` along the way that ends at `last`, from its end to its beginning."""
    stale = False
    if sent:
        gone = places.leaver[last]
        places.taken[gone] -= many
        places.without[hall.whose[gone]] += many
        stale = places.taken[gone] <= 0
    else:
        places.room[last] -= many
    site = last
    while way.before[site] != NOBODY:
        before = way.before[site]
        gone = places.mover[before, site]
        places.taken[gone] -= many
        arrive(position(hall.whose[gone], site, hall), many, stale, hall, places)
        site, stale = before, places.taken[gone] <= 0
    arrive(way.direct[site], many, stale, hall, places)


@njit(cache=True)
def position(i: int, site: int, hall: Hall) -> int:
    """The pair of a demand and a site."""
    for at in range(hall.back_first[i], hall.back_first[i + 1]):
        if hall.site[at] == site:
            return at
    return NOBODY


@njit(cache=True)
def arrive(at: int, many: float, stale: bool, hall: Hall, places: Places) -> None:
    """A pair takes places; the moves from its site are kept right, all anew where one has left."""
    site = hall.site[at]
    places.taken[at] += many
    if places.room[site] > 0:
        return
    if places.built[site] and not stale:
        offer(at, hall, places)
        return
    places.built[site] = True
    places.move[site, :] = NEVER
    places.leave[site] = NEVER
    for each in hall.at[hall.first[site] : hall.first[site + 1]]:
        if places.taken[each] > 0:
            offer(each, hall, places)


@njit(cache=True)
def offer(at: int, hall: Hall, places: Places) -> None:
    """What it would cost to move one of this pair elsewhere."""
    site, i = hall.site[at], hall.whose[at]
    if hall.outside[i] - hall.time[at] < places.leave[site]:
        places.leave[site], places.leaver[site] = hall.outside[i] - hall.time[at], at
    for other in range(hall.back_first[i], hall.back_first[i + 1]):
        cost = hall.time[other] - hall.time[at]
        if hall.site[other] != site and cost < places.move[site, hall.site[other]]:
            places.move[site, hall.site[other]], places.mover[site, hall.site[other]] = cost, at
