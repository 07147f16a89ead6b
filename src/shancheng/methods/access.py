"""Access to places with limited capacity: floating catchments as sparse products, and places given to those who come.

AccessError
├── BadDemand      supply, demand or weights that are negative, not numbers or of the wrong length
└── TooMany        more sites at once than places can be given at
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from shancheng.methods.given import numbers
from shancheng.methods.siting.reach import Floats, Reach, Short, Whole, sums
from shancheng.methods.siting.seating import Hall, Places, hall_of, places_of, seat_all

SITES_MOST: Final = 5_000

Decay = Callable[[Floats], Floats]


class AccessError(ValueError):
    """Anything that keeps access from being worked out."""


class BadDemand(AccessError):
    """Supply, demand or weights cannot be used: the sentence names the first that is wrong and how many are."""


class TooMany(AccessError):
    """There are more sites with places than can be held beside one another."""


@dataclass(frozen=True)
class Catchments:
    """What each site offers to one of its demand, and what each demand has of it."""

    offered: Floats
    """(sites,) supply per weighted demand; NaN where supply meets no demand within reach."""
    access: Floats
    """(demands,) supply per head; 0 where nothing is within reach."""


@dataclass(frozen=True)
class Seated:
    """Who has a place where; no site has more than its seats."""

    site: Short
    """(f,)"""
    demand: Short
    """(f,)"""
    amount: Floats
    """(f,) places that pair holds, above 0."""
    time: Short
    """(f,)"""
    unplaced: Floats
    """(demands,) how many of each demand have no place."""
    unplaced_in_reach: Floats
    """(demands,) of those, how many had a site within reach, so that seats were lacking and not ways."""
    left: Floats
    """(sites,) seats nobody took."""
    seat_value: Whole
    """(sites,) what one seat more would save: units of time, or more than any time where it would place one more."""
    placed_time: float
    """Amount x time of all who have a place; no other seating that places as many spends less."""

    @property
    def placed(self) -> float:
        """How many have a place."""
        return float(self.amount.sum())


def decay_of_steps(limits: npt.ArrayLike, weights: npt.ArrayLike) -> Decay:
    """Weights by steps of time: weights[k] up to and with limits[k] (ascending), nothing beyond the last."""
    ends, given = numbers(limits, "limits of time", BadDemand), numbers(weights, "weights of steps", BadDemand)
    if ends.shape != given.shape or ends.ndim != 1 or not len(ends):
        raise BadDemand("Steps need as many weights as limits of time, at least one.")
    if not (np.diff(ends) > 0).all() or not (np.isfinite(given) & (given >= 0)).all():
        raise BadDemand("Limits of time must ascend, and weights be finite and 0 or more.")
    padded = np.append(given, 0.0)
    return lambda time: padded[np.searchsorted(ends, time, side="left")]


def two_step(reach: Reach, supply: npt.ArrayLike, demand: npt.ArrayLike, *, decay: Decay | None = None) -> Catchments:
    """Two-step floating catchments (Luo and Wang 2003), enhanced by a decay of time (Luo and Qi 2009).

    Demand within reach of several sites counts in full at each of them; `balanced` shares it out instead.
    """
    offer, need = _amounts(supply, reach.sites, "supply"), _amounts(demand, reach.demands, "demand")
    weight = _weights(reach, decay)
    offered = _ratio(offer, sums(reach.site, need[reach.demand] * weight, reach.sites))
    return Catchments(offered, _sum_by_demand(reach, np.nan_to_num(offered), weight))


def balanced(reach: Reach, supply: npt.ArrayLike, demand: npt.ArrayLike, *, decay: Decay | None = None) -> Catchments:
    """Balanced floating catchments (A. Paez, C. Higgins, S. Vivona, PLoS ONE 14, 2019): nobody is counted twice.

    Weights are shares on both ways: demand is shared out among its sites and what sites offer among their demand, so
    that demand within reach adds up to itself, and access to the sum of what is offered.
    """
    offer, need = _amounts(supply, reach.sites, "supply"), _amounts(demand, reach.demands, "demand")
    weight = _weights(reach, decay)
    by_demand = sums(reach.demand, weight, reach.demands)
    by_site = sums(reach.site, weight, reach.sites)
    of_demand = weight / np.where(by_demand > 0, by_demand, 1.0)[reach.demand]
    of_site = weight / np.where(by_site > 0, by_site, 1.0)[reach.site]
    offered = _ratio(offer, sums(reach.site, need[reach.demand] * of_demand, reach.sites))
    return Catchments(offered, _sum_by_demand(reach, np.nan_to_num(offered), of_site))


def seated(reach: Reach, seats: npt.ArrayLike, demand: npt.ArrayLike, *, outside: int | None = None) -> Seated:
    """Places given to as many as can have one, with the least time in all; min-cost flow, proven by its prices.

    Whole seats and demand give whole places. `outside` counts staying without as so much time instead, so that nobody
    goes further than that to make room. Raises BadDemand for negative or missing numbers, TooMany for too many sites.
    """
    room, need = _amounts(seats, reach.sites, "number of seats"), _amounts(demand, reach.demands, "demand")
    opened = np.flatnonzero(room > 0)
    if len(opened) > SITES_MOST:
        raise TooMany(f"{len(opened)} sites have seats; at most {SITES_MOST} can be filled at once: go part by part.")
    hall, pair_site = hall_of(reach, opened, need, outside)
    places = places_of(hall, room[opened])
    seat_all(hall, places)
    return _seated(reach, hall, places, opened, pair_site, room)


def _seated(reach: Reach, hall: Hall, places: Places, opened: Whole, pair_site: Whole, room: Floats) -> Seated:
    held = places.taken > 0
    left = room.copy()
    left[opened] = places.room
    value = np.zeros(reach.sites, np.int64)
    value[opened] = places.price
    near = np.diff(hall.back_first) > 0
    return Seated(
        pair_site[held].astype(np.int32),
        hall.whose[held],
        places.taken[held],
        hall.time[held],
        places.without,
        np.where(near, places.without, 0.0),
        left,
        value,
        float((places.taken * hall.time).sum()),
    )


def _weights(reach: Reach, decay: Decay | None) -> Floats:
    """(p,) weight of each pair; raises BadDemand where a decay gives something that is no weight."""
    if decay is None:
        return np.ones(reach.pairs)
    weight = np.asarray(decay(reach.time.astype(np.float64)), np.float64)
    if weight.shape != (reach.pairs,) or not (np.isfinite(weight) & (weight >= 0)).all():
        raise BadDemand("The decay must give one finite weight of 0 or more for each time.")
    return weight


def _ratio(offer: Floats, taken: Floats) -> Floats:
    """Supply per demand; NaN where there is supply and no demand, 0 where there is neither."""
    some = taken > 0
    ratio = offer / np.where(some, taken, 1.0)
    return np.where(some, ratio, np.where(offer > 0, np.nan, 0.0))


def _sum_by_demand(reach: Reach, offered: Floats, weight: Floats) -> Floats:
    return sums(reach.demand, offered[reach.site] * weight, reach.demands)


def _amounts(values: npt.ArrayLike, count: int, name: str) -> Floats:
    given = numbers(values, name, BadDemand)
    if given.shape != (count,):
        raise BadDemand(f"The {name} has shape {given.shape}; give one number for each of {count}.")
    wrong = ~(np.isfinite(given) & (given >= 0))
    if wrong.any():
        at = int(np.argmax(wrong))
        raise BadDemand(
            f"The {name} of number {at} is {given[at]}; give a finite number of 0 or more ({int(wrong.sum())} such)."
        )
    return np.ascontiguousarray(given)
