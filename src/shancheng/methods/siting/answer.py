"""An answer to where to build: the sites, whom they serve, and how far from the best it can be at most."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from shancheng.methods.siting import exact, proof
from shancheng.methods.siting.allowance import Checked, Effort
from shancheng.methods.siting.capacity import Crowded
from shancheng.methods.siting.descent import Rule
from shancheng.methods.siting.errors import NothingInReach
from shancheng.methods.siting.kernel import Town
from shancheng.methods.siting.merging import remerged
from shancheng.methods.siting.narrowing import is_covering
from shancheng.methods.siting.reach import Floats, Reach, Short, Whole, sums
from shancheng.methods.siting.search import EQUAL, Chooser, Found, Open, found, new_cost, up_to
from shancheng.methods.siting.seating import hall_of, places_of, seat_all

How = Literal["everything", "prices", "branch and bound"]
"""How a bound was got: all within reach is served; prices of demand; every branch closed, by us or by HiGHS."""


@dataclass(frozen=True)
class Flow:
    """Who goes where: amounts of demand above 0."""

    site: Short
    """(f,)"""
    demand: Short
    """(f,)"""
    amount: Floats
    """(f,)"""
    time: Short
    """(f,)"""

    def served(self, demands: int) -> Floats:
        """(demands,) how much of each demand is served."""
        return sums(self.demand, self.amount, demands)


@dataclass(frozen=True)
class Siting:
    """The choice, what it reaches and what no permitted choice could reach."""

    chosen: Whole
    """Sites, those that stand first, then in the order in which they add most."""
    standing: int
    """How many of them stand already."""
    flow: Flow
    value: float
    """What was to be as large (weight covered) or as small (weight x time) as possible."""
    bound: float
    """What no permitted choice passes."""
    how: How

    @property
    def gap(self) -> float:
        """How far value and bound are apart, as a share of the value; 0 is proven best."""
        apart = abs(self.value - self.bound)
        return apart / self.value if self.value > 0 else (0.0 if apart == 0 else math.inf)

    @property
    def new(self) -> Whole:
        """The sites that do not stand yet."""
        return self.chosen[self.standing :]


@dataclass(frozen=True)
class Aim:
    """How near is near enough."""

    effort: Effort
    whole: float
    """Every cost is a multiple of this; 0 where they are not."""
    enough: Callable[[float], float]
    """How far from the bound a cost may be."""

    def apart(self, cost: float) -> float:
        """The same, where costs that lie between two multiples or are as good as equal do not count."""
        return max(self.enough(cost), 0.99 * self.whole, EQUAL * cost)


def best_choice(town: Town, rule: Rule, aim: Aim) -> tuple[Found, How]:
    """Search, then branch and bound where the gap is still wider than wanted; NothingInReach for an empty town."""
    if not len(town.weight):
        raise NothingInReach("No site reaches any demand: look for a wrong datum, an empty category or a short limit.")
    crowded = bool(np.isfinite(rule.capacity).any())
    chooser: Chooser = Crowded(town, rule) if crowded else Open(town, rule)
    if aim.effort.nodes and not crowded and is_covering(town):
        return _best_covering(town, rule, aim, chooser)
    return _searched(town, rule, aim, chooser)


def _searched(town: Town, rule: Rule, aim: Aim, chooser: Chooser) -> tuple[Found, How]:
    best = found(town, rule, aim.effort, chooser, whole=aim.whole, enough=aim.enough)
    if best.cost - best.bound <= aim.apart(best.cost) or not aim.effort.nodes:
        return best, "prices"
    return _proven(town, rule, aim, best), "branch and bound"


def _best_covering(town: Town, rule: Rule, aim: Aim, chooser: Chooser) -> tuple[Found, How]:
    """Our own branch and bound, begun early: it finds better choices and better prices on its way."""
    effort = replace(aim.effort, rounds=min(aim.effort.rounds, 1))
    best = found(town, rule, effort, chooser, whole=aim.whole, enough=aim.enough)
    apart = aim.apart(best.cost)
    if best.cost - best.bound <= apart:
        return best, "prices"
    if proof.may_be_better(town, rule, best, apart).sum() > proof.SITES_MOST:
        return _searched(town, rule, aim, chooser)
    best = proof.proven(town, rule, best, aim.effort, apart=apart)
    bound = up_to(best.bound, aim.whole)
    is_equal = best.cost - bound <= EQUAL * best.cost
    return replace(best, bound=best.cost if is_equal else min(bound, best.cost)), "branch and bound"


def _proven(town: Town, rule: Rule, aim: Aim, best: Found) -> Found:
    """The best by branch and bound over the sites that may still be in a better choice."""
    kept, within = exact.still_open(town, rule, best, aim.whole)
    smaller = remerged(exact.without_sites(town, kept))
    if np.isfinite(rule.capacity).any():
        programme, start = exact.seating_programme(smaller, rule, kept, within), None
    else:
        programme = exact.siting_programme(smaller, rule, kept, within)
        start = exact.start_of(programme, smaller, best.chosen)
    apart = aim.apart(best.cost)
    branched = exact.branched(programme, start, aim.effort, apart=apart)
    best = replace(best, bound=max(best.bound, min(up_to(branched.bound, aim.whole), best.cost)))
    if branched.values is None:
        return best
    picked = np.flatnonzero(branched.values[: len(kept)] > 0.5)
    chosen = np.concatenate([rule.fixed, np.setdiff1d(picked, rule.fixed)]).astype(np.int64)
    cost = cost_of(town, rule, chosen)
    # HiGHS forgives a trifle over the budget; a choice that needs it is none.
    if cost < best.cost and new_cost(rule)[chosen].sum() <= rule.budget:
        best = replace(best, chosen=chosen, cost=cost)
    return replace(best, bound=min(best.bound, best.cost))


def cost_of(town: Town, rule: Rule, chosen: Whole) -> float:
    """Weight x time of a choice."""
    if np.isfinite(rule.capacity).any():
        return Crowded(town, rule).cost(chosen)
    is_open = np.zeros(len(rule.cost), np.bool_)
    is_open[chosen] = True
    time = np.where(is_open[town.back_site], town.back_time, np.inf)
    nearest = np.minimum.reduceat(time, town.back_first[:-1])
    return float((town.weight * np.minimum(nearest, town.beyond)).sum())


def is_whole(*values: Floats) -> bool:
    """Whether all finite values are whole numbers, so that sums of them are too."""
    return all(bool((each[np.isfinite(each)] % 1 == 0).all()) for each in values)


def flow_of(reach: Reach, weight: Floats, chosen: Whole, capacity: Floats | None, outside: int | None) -> Flow:
    """Everybody to the nearest chosen site below `outside`, or, with capacity, to the places cheapest for all."""
    if capacity is not None:
        opened = np.sort(chosen)
        hall, site = hall_of(reach, opened, weight, outside)
        places = places_of(hall, capacity[opened])
        seat_all(hall, places)
        held = places.taken > 0
        return Flow(site[held].astype(np.int32), hall.whose[held], places.taken[held], hall.time[held])
    is_open = np.zeros(reach.sites, np.bool_)
    is_open[chosen] = True
    near = is_open[reach.back_site] & (reach.back_time < (math.inf if outside is None else outside))
    at = np.flatnonzero(near)
    whose = np.repeat(np.arange(reach.demands, dtype=np.int32), np.diff(reach.back_first))[at]
    nearest = at[np.append(True, whose[1:] != whose[:-1])[: len(at)]]
    who = whose[np.append(True, whose[1:] != whose[:-1])[: len(at)]]
    asked = weight[who] > 0
    nearest, who = nearest[asked], who[asked]
    return Flow(reach.back_site[nearest], who, weight[who], reach.back_time[nearest])


def ordered(town: Town, allowed: Checked, chosen: Whole) -> Whole:
    """The sites that stand, then the new ones, each the one that adds most to those before it."""
    standing = allowed.fixed.tolist()
    rest = [site for site in chosen.tolist() if site not in set(standing)]
    time, order = town.beyond.copy(), []
    for site in standing:
        _come_near(town, site, time)
    while rest:
        gains = [_gain(town, site, time) for site in rest]
        best = rest.pop(int(np.argmax(gains)))
        order.append(best)
        _come_near(town, best, time)
    return np.asarray([*standing, *order], np.int64)


def _gain(town: Town, site: int, time: Floats) -> float:
    here = slice(town.first[site], town.first[site + 1])
    who = town.demand[here]
    return float((town.weight[who] * np.maximum(time[who] - town.time[here], 0)).sum())


def _come_near(town: Town, site: int, time: Floats) -> None:
    here = slice(town.first[site], town.first[site + 1])
    who = town.demand[here]
    time[who] = np.minimum(time[who], town.time[here])
