"""The compiled loops of the Lagrangian relaxation: what each site is worth at prices of demand, and better prices.

Each demand is offered its price for being unserved; a site is worth what the demand in its reach saves against that
price, up to its capacity. The best sites at any prices give a bound that no choice of sites can pass; prices follow a
deflected subgradient (P. Camerini, L. Fratta, F. Maffioli, Mathematical Programming Study 3, 1975).
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from shancheng.methods.siting.kernel import Town
from shancheng.methods.siting.reach import Floats, Short

FRESH = 0.1
"""Weight of the newest step in the direction; older ones fade."""
PATIENCE = 20
"""Steps without a notable gain before steps become shorter."""
NOTABLE = 1e-5
SHRINK = 0.8


class Rule(NamedTuple):
    """What may be chosen: `fixed` sites always, `free` others at most, whose costs stay within the budget."""

    fixed: Short
    free: int
    budget: float
    cost: Floats
    capacity: Floats
    """(sites,) inf where a site takes all that come."""


@njit(cache=True)
def worth_of_sites(price: Floats, town: Town, rule: Rule) -> Floats:
    """(sites,) the most that each site saves against the prices of the demand in its reach."""
    worth = np.zeros(len(town.first) - 1)
    for i in range(len(price)):
        for at in range(town.back_first[i], town.back_first[i + 1]):
            saved = price[i] - town.back_time[at]
            if saved <= 0:
                break
            worth[town.back_site[at]] += town.weight[i] * saved
    for site in np.flatnonzero(np.isfinite(rule.capacity)):
        worth[site] = fill_up(int(site), price, town, rule.capacity[site], 0.0, np.zeros(0))
    return worth


@njit(cache=True)
def fill_up(site: int, price: Floats, town: Town, capacity: float, share: float, served: Floats) -> float:
    """What one site saves with those that save most; with a share, `served` grows by it for those it takes."""
    here = slice(town.first[site], town.first[site + 1])
    saved = price[town.demand[here]] - town.time[here]
    worth, left = 0.0, capacity
    if capacity <= 0:
        return 0.0
    for at in np.argsort(-saved, kind="mergesort"):
        i = town.demand[here][at]
        if saved[at] <= 0 or left <= 0:
            break
        taken = min(left, town.weight[i])
        worth, left = worth + taken * saved[at], left - taken
        if share > 0 and town.weight[i] > 0:
            served[i] += share * taken / town.weight[i]
    return worth


@njit(cache=True)
def take(worth: Floats, rule: Rule, share: Floats) -> float:
    """The most that a permitted choice is worth, and the share of each site in it: by number or by budget, whichever
    binds more (the other is let go, which keeps the bound true)."""
    total, free = 0.0, worth.copy()
    for site in rule.fixed:
        total += worth[site]
        free[site] = -1.0
    by_number = total + take_number(free, rule, share)
    if not np.isfinite(rule.budget):
        return by_number
    other = np.zeros_like(share)
    by_budget = total + take_budget(free, rule, other)
    if by_budget < by_number:
        share[:] = other
    return min(by_number, by_budget)


@njit(cache=True)
def take_number(free: Floats, rule: Rule, share: Floats) -> float:
    """The dearest `free` sites."""
    share[:] = 0
    share[rule.fixed] = 1
    total = 0.0
    for site in np.argsort(-free, kind="mergesort")[: rule.free]:
        if free[site] > 0:
            share[site] = 1
            total += free[site]
    return total


@njit(cache=True)
def take_budget(free: Floats, rule: Rule, share: Floats) -> float:
    """Those worth most per cost until the budget is spent, the last in part."""
    share[:] = 0
    share[rule.fixed] = 1
    total, left = 0.0, rule.budget
    for site in np.argsort(-free / np.maximum(rule.cost, 1e-300), kind="mergesort"):
        if free[site] <= 0:
            break
        part = 1.0 if rule.cost[site] <= left else left / rule.cost[site]
        share[site] = part
        total, left = total + part * free[site], left - part * rule.cost[site]
        if left <= 0:
            break
    return total


@njit(cache=True)
def served_by(share: Floats, price: Floats, town: Town, rule: Rule) -> Floats:
    """(n,) how often each demand is served in that choice; once would be right."""
    served = np.zeros(len(price))
    for site in np.flatnonzero(share):
        if np.isfinite(rule.capacity[site]):
            fill_up(int(site), price, town, rule.capacity[site], share[site], served)
            continue
        for at in range(town.first[site], town.first[site + 1]):
            i = town.demand[at]
            if town.time[at] < price[i]:
                served[i] += share[site]
    return served


@njit(cache=True)
def ascend(
    price: Floats,
    lowest: Floats,
    best: float,
    target: float,
    steps: int,
    theta: float,
    mean: Floats,
    town: Town,
    rule: Rule,
) -> tuple[float, float]:
    """Improve prices in `steps` steps towards `target`, or until they pass `best`; the bound and the step size.

    `price` is then that of the bound, `mean` the (sites,) mean share of each site.
    """
    share, at, error = np.zeros(len(town.first) - 1), price.copy(), np.zeros_like(price)
    bound, failed = -np.inf, 0
    for step in range(steps):
        worth = worth_of_sites(at, town, rule)
        value = (town.weight * at).sum() - take(worth, rule, share)
        weight = 1.0 if step == 0 else FRESH
        mean[:] = weight * share + (1 - weight) * mean
        error[:] = weight * (1 - served_by(share, at, town, rule)) + (1 - weight) * error
        failed = 0 if value > bound + NOTABLE * abs(bound) else failed + 1
        if value > bound:
            bound, price[:] = value, at
        if failed >= PATIENCE:
            theta, failed = theta * SHRINK, 0
        norm = (town.weight * error * error).sum()
        if bound >= best or norm <= 0:
            break
        at = np.minimum(np.maximum(at + theta * (target - bound) / norm * error, lowest), town.beyond)
    return bound, theta
