"""What is left of a covering once some sites are in and others out: fewer sites, less demand, the same answer."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numba import njit
from scipy.sparse.csgraph import reverse_cuthill_mckee

from shancheng.methods.siting.descent import Rule
from shancheng.methods.siting.exact import limits_of, rows_of
from shancheng.methods.siting.interior import Part
from shancheng.methods.siting.kernel import NOBODY, Town
from shancheng.methods.siting.merging import dominated, equal_rows, town_of
from shancheng.methods.siting.reach import Floats, Short, Whole, sums
from shancheng.methods.siting.search import EQUAL, Flags, Found, new_cost


@dataclass(frozen=True)
class Rest:
    """A smaller covering, beside what was decided on the way to it."""

    town: Town
    """Every time is 0, every beyond 1: an uncovered demand costs its weight."""
    rule: Rule
    """What may still be chosen; nothing in it stands."""
    name: Whole
    """(sites,) numbers in the whole covering."""
    chosen: Whole
    """Sites that are in, by those numbers."""
    settled: float
    """What demand costs that no site left can cover."""
    price: Floats
    """(n,) of demand, as last known."""
    bound: float
    """No choice that begins so costs less."""

    @property
    def may_have_all(self) -> bool:
        """Whether all sites that are left may be chosen."""
        return self.can_hold(np.ones(len(self.name), np.bool_))

    def part(self) -> Part:
        """As the interior point reads it, with the limits that bind."""
        binding = [(unit, limit) for unit, limit in limits_of(self.rule) if unit.sum() > max(limit, 0.0)]
        use = np.array([unit for unit, _ in binding]).reshape(len(binding), len(self.name))
        limit = np.array([limit for _, limit in binding])
        return Part(self.town.back_first, self.town.back_site, self.town.weight, use, limit)

    def can_hold(self, sites: Flags) -> bool:
        """Whether all of some sites may be chosen, a trifle over the budget forgiven."""
        return int(sites.sum()) <= self.rule.free and self.rule.cost[sites].sum() <= self.most_cost

    @property
    def most_cost(self) -> float:
        """The budget and a trifle for what rounding takes."""
        return self.rule.budget + EQUAL * self.rule.cost.sum() if math.isfinite(self.rule.budget) else math.inf


def is_covering(town: Town) -> bool:
    """Whether demand is either covered or costs its weight."""
    return not town.time.any() and bool((town.beyond == 1).all())


def whole_rest(town: Town, rule: Rule, best: Found) -> tuple[Rest, Flags]:
    """A whole covering, of which the sites bool[sites] that stand are to be chosen next."""
    sites, none = len(rule.cost), np.zeros(0, np.int64)
    stand = np.zeros(sites, np.bool_)
    stand[rule.fixed] = True
    free = Rule(none.astype(np.int32), rule.free + len(rule.fixed), rule.budget, new_cost(rule), rule.capacity)
    return Rest(town, free, np.arange(sites), none, 0.0, best.price, best.bound), stand


def narrowed(rest: Rest, kept: Flags, within: Flags) -> Rest:
    """With only the `kept` sites left to choose from and those `within` chosen."""
    town, old, left = rest.town, rest.rule, kept & ~within
    first, site, who, settled = left_over(town, left, within)
    same = np.zeros(len(site), town.back_time.dtype)
    group, leader = equal_rows(first, site, same, np.ones(len(who), np.bool_), np.zeros(len(who), np.int64))
    weight = sums(group, town.weight[who], len(leader))
    price = sums(group, town.weight[who] * rest.price[who], len(leader)) / weight
    free, budget = old.free - int(within.sum()), old.budget - old.cost[within].sum()
    smaller = Rest(
        town_of(first, site, same, leader, weight, 1.0, int(left.sum())),
        Rule(old.fixed, free, budget, old.cost[left], old.capacity[left]),
        rest.name[left],
        np.concatenate([rest.chosen, rest.name[within]]),
        rest.settled + settled,
        price,
        rest.bound,
    )
    return _without_needless(smaller)


def _without_needless(rest: Rest) -> Rest:
    """Without the sites that another makes needless, and those the budget no longer pays."""
    town, rule, none = rest.town, rest.rule, np.zeros(len(rest.name), np.bool_)
    gone = dominated(town.first, town.demand, town.back_first, town.back_site, rule.cost, none)
    gone |= rule.cost > rest.most_cost
    return narrowed(rest, ~gone, none) if gone.any() else rest


def in_order(rest: Rest) -> Rest:
    """With sites that share demand numbered close to each other, which keeps equations sparse."""
    town = rest.town
    if not len(rest.name):
        return rest
    rows = rows_of(town, len(rest.name))
    order = reverse_cuthill_mckee((rows.T @ rows).tocsr(), symmetric_mode=True).astype(np.int64)
    number = np.empty(len(order), np.int32)
    number[order] = np.arange(len(order), dtype=np.int32)
    site, whose = number[town.back_site], np.repeat(np.arange(len(town.weight)), np.diff(town.back_first))
    site = site[np.lexsort((site, whose))]
    everyone = np.arange(len(town.weight))
    ordered = town_of(town.back_first, site, town.back_time, everyone, town.weight, 1.0, len(order))
    rule = rest.rule._replace(cost=rest.rule.cost[order], capacity=rest.rule.capacity[order])
    return replace(rest, town=ordered, rule=rule, name=rest.name[order])


@njit(cache=True)
def left_over(town: Town, left: Flags, within: Flags) -> tuple[Whole, Short, Whole, float]:
    """Rows of the sites that are left, newly numbered, for demand that no site `within` covers; which demand that is;
    and what the demand costs that none of them covers."""
    number = np.full(len(left), NOBODY, np.int32)
    count = 0
    for site in range(len(left)):
        if left[site]:
            number[site] = count
            count += 1
    first, site_of = np.zeros(len(town.weight) + 1, np.int64), np.empty(len(town.back_site), np.int32)
    who = np.empty(len(town.weight), np.int64)
    rows, pairs, settled = 0, 0, 0.0
    for i in range(len(town.weight)):
        begin, is_covered = pairs, False
        for at in range(town.back_first[i], town.back_first[i + 1]):
            site = town.back_site[at]
            is_covered |= within[site]
            if left[site]:
                site_of[pairs] = number[site]
                pairs += 1
        if is_covered:
            pairs = begin
        elif pairs == begin:
            settled += town.weight[i]
        else:
            who[rows] = i
            rows += 1
            first[rows] = pairs
    return first[: rows + 1].copy(), site_of[:pairs].copy(), who[:rows].copy(), settled
