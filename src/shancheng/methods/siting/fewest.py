"""The fewest or cheapest sites for everybody within reach: a good choice first, then branch and bound by HiGHS."""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy import sparse

from shancheng.methods.siting import exact
from shancheng.methods.siting.allowance import Checked, Effort
from shancheng.methods.siting.answer import is_whole
from shancheng.methods.siting.capacity import Crowded
from shancheng.methods.siting.errors import NoChoice
from shancheng.methods.siting.kernel import Town
from shancheng.methods.siting.reach import Floats, Whole
from shancheng.methods.siting.search import EQUAL, rule_of

TRIES_MOST: Final = 200
"""Sites with capacity that are tried for being needless."""


@dataclass(frozen=True)
class Fewest:
    """Sites for everybody, those that stand first, and the least that new ones cost."""

    chosen: Whole
    bound: float


def fewest(town: Town, allowed: Checked, effort: Effort) -> Fewest:
    """The sites of least cost that reach all demand of a town."""
    sites, demands = len(allowed.cost), len(town.weight)
    known = _greedy(town, allowed)
    cost, stand = _new(allowed)
    rows = exact.rows_of(town, sites)
    programme = exact.Programme(cost, stand, np.ones(sites), sites, rows, np.ones(demands), np.full(demands, np.inf))
    return _proven(programme, known, _opened(known, sites), allowed, effort)


def fewest_with_places(town: Town, allowed: Checked, capacity: Floats, effort: Effort) -> Fewest:
    """The sites of least cost with places, capacity (sites,), for all demand of a town, which may split between sites.

    Raises NoChoice where even all sites together have too few.
    """
    sites, demands, pairs = len(allowed.cost), len(town.weight), len(town.back_site)
    crowd = Crowded(town, rule_of(allowed, capacity))
    known = _greedy_with_places(crowd, allowed)
    cost, stand = _new(allowed)
    programme = exact.seating_programme(town, crowd.rule, np.ones(sites, np.bool_), stand > 0)
    whose = np.repeat(np.arange(demands), np.diff(town.back_first))
    places = sparse.csr_matrix((np.ones(pairs), (whose, sites + np.arange(pairs))), shape=(demands, sites + pairs))
    programme = replace(programme, cost=np.concatenate([cost, np.zeros(pairs)]), constant=0.0)
    start = np.concatenate([_opened(known, sites), np.zeros(pairs)])
    start[sites:][np.isin(town.back_site, known)] = crowd.seats(known).taken
    found = _proven(exact.with_rows(programme, places, town.weight), known, start, allowed, effort)
    # HiGHS forgives a trifle over a capacity; sites that need it are too few.
    return found if _all_have_places(crowd, found.chosen) else replace(found, chosen=known)


def _new(allowed: Checked) -> tuple[Floats, Floats]:
    """What sites cost, those that stand nothing; and 1 for those that stand."""
    cost, stand = allowed.cost.copy(), np.zeros(len(allowed.cost))
    cost[allowed.fixed], stand[allowed.fixed] = 0, 1
    return cost, stand


def _opened(chosen: Whole, sites: int) -> Floats:
    opened = np.zeros(sites)
    opened[chosen] = 1
    return opened


def _greedy(town: Town, allowed: Checked) -> Whole:
    """The most new demand per cost, again and again; then those out that others make needless, the dearest first."""
    prices, fixed = allowed.cost, allowed.fixed
    covered = np.zeros(len(town.weight), np.int64)
    chosen = fixed.tolist()
    for site in chosen:
        covered[_row(town, site)] += 1
    while (covered == 0).any():
        open_demand = (covered == 0)[town.demand]
        fresh = np.add.reduceat(np.append(open_demand, False), town.first[:-1]) * (np.diff(town.first) > 0)
        site = int(np.argmax(fresh / np.maximum(prices, 1e-300)))
        chosen.append(site)
        covered[_row(town, site)] += 1
    for site in sorted(chosen[len(fixed) :], key=lambda one: -prices[one]):
        if (covered[_row(town, site)] > 1).all():
            chosen.remove(site)
            covered[_row(town, site)] -= 1
    return np.asarray(chosen, np.int64)


def _row(town: Town, site: int) -> Whole:
    return town.demand[town.first[site] : town.first[site + 1]].astype(np.int64)


def _greedy_with_places(crowd: Crowded, allowed: Checked) -> Whole:
    """Sites by how many of those without a place they serve; then those out that are needless, the dearest first."""
    everything = np.concatenate([allowed.fixed, np.setdiff1d(np.arange(len(allowed.cost)), allowed.fixed)])
    without = crowd.seats(everything).without
    if without.sum() > EQUAL * crowd.town.weight.sum():
        wanted, lacking = crowd.town.weight.sum(), without.sum()
        raise NoChoice(
            f"All {len(everything)} sites together have places for {wanted - lacking:,.12g} of {wanted:,.12g} within "
            f"reach; {lacking:,.12g} are left without. Give more capacity, more candidates or a longer limit."
        )
    chosen = crowd.chosen_in_turn(allowed.fixed)
    if not _all_have_places(crowd, chosen):
        chosen = everything
    dearest = sorted(chosen[len(allowed.fixed) :].tolist(), key=lambda one: -allowed.cost[one])
    for site in dearest[:TRIES_MOST]:
        fewer = chosen[chosen != site]
        if _all_have_places(crowd, fewer):
            chosen = fewer
    return chosen


def _all_have_places(crowd: Crowded, chosen: Whole) -> bool:
    return bool(crowd.seats(chosen).without.sum() <= EQUAL * crowd.town.weight.sum())


def _proven(programme: exact.Programme, known: Whole, start: Floats, allowed: Checked, effort: Effort) -> Fewest:
    """The better of the known choice and that of branch and bound."""
    cost, _ = _new(allowed)
    value = float(cost[known].sum())
    whole = 1.0 if is_whole(allowed.cost) else 0.0
    apart = max(effort.gap * value, 0.99 * whole, EQUAL * value)
    done = exact.branched(programme, start, effort, apart=apart)
    bound = max(done.bound * (1 - EQUAL), 0.0) if math.isfinite(done.bound) else 0.0
    bound = math.ceil(bound / whole) * whole if whole else bound
    if done.values is None:
        return Fewest(known, bound)
    picked = np.flatnonzero(done.values[: len(cost)] > 0.5)
    chosen = np.concatenate([allowed.fixed, np.setdiff1d(picked, allowed.fixed)]).astype(np.int64)
    return Fewest(chosen if cost[chosen].sum() < value else known, bound)
