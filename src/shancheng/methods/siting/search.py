"""A good choice and a proven bound: greedy, exchange, prices of demand, and sites rounded from those prices."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from shancheng.methods.siting import descent, kernel
from shancheng.methods.siting.allowance import Checked, Effort
from shancheng.methods.siting.descent import Rule
from shancheng.methods.siting.errors import AllowanceError
from shancheng.methods.siting.kernel import NOBODY, State, Town
from shancheng.methods.siting.reach import Floats, Whole

CELLS_MOST: Final = 400_000_000
"""Sites x slots the search keeps up to date."""
STEPS: Final = 400
EXCHANGES_MOST: Final = 100_000
THETA_LEAST: Final = 1e-5
EQUAL: Final = 1e-9
"""Costs closer than this share of themselves are equal."""
SHARE_LEAST: Final = 1e-4
IDLE_MOST: Final = 2
"""Rounds of draws that find nothing better, once prices have come to rest."""

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Found:
    """The best choice seen, and what no choice can pass."""

    chosen: Whole
    """Sites, those that stand first."""
    cost: float
    """Weight x time."""
    bound: float
    """No permitted choice costs less."""
    price: Floats
    """(n,) the prices of demand behind the bound."""


class Chooser(Protocol):
    """How good choices are made: with or without capacity."""

    @property
    def samples(self) -> int:
        """How often sites are drawn by their shares in each round."""

    def first(self) -> tuple[Whole, float]:
        """A first choice and its cost."""

    def near(self, share: Floats) -> tuple[Whole, float]:
        """A choice near (sites,) shares, and its cost."""


def rule_of(allowed: Checked, capacity: Floats | None = None) -> Rule:
    """An allowance as the loops read it."""
    limits = np.full(len(allowed.cost), np.inf) if capacity is None else capacity
    return Rule(allowed.fixed.astype(np.int32), allowed.free, allowed.budget, allowed.cost, limits)


def state_of(town: Town, slots: int) -> State:
    """A state with nothing open; raises AllowanceError where there is too much to keep up to date."""
    sites, demands = len(town.first) - 1, len(town.weight)
    if sites * slots > CELLS_MOST:
        raise AllowanceError(
            f"{sites} candidates for up to {slots} sites are too many to compare with one another; ask for fewer sites "
            "or leave out candidates that are close to others."
        )

    def short(count: int) -> np.ndarray:
        return np.full(count, NOBODY, np.int32)

    state = State(
        *(short(sites), short(slots), short(demands), np.zeros(demands), short(demands), np.zeros(demands)),
        *(np.zeros(sites), np.zeros(slots), np.zeros((sites, slots))),
    )
    kernel.begin(town, state)
    return state


@dataclass(frozen=True)
class Open:
    """Sites that take all who come: greedy, with the best exchanges."""

    town: Town
    rule: Rule
    samples: int = 8

    def first(self) -> tuple[Whole, float]:
        """Greedy by gain, and by gain per cost where there is a budget; the better one."""
        ways = (False, True) if math.isfinite(self.rule.budget) else (False,)
        tried = []
        for per_cost in ways:
            state = self.opened(self.rule.fixed.astype(np.int64))
            kernel.fill(len(state.held), self.rule.budget, new_cost(self.rule), per_cost, self.town, state)
            tried.append(self.improved(state))
        return min(tried, key=lambda one: one[1])

    def near(self, share: Floats) -> tuple[Whole, float]:
        """The sites with the largest shares, improved."""
        state = self.opened(permitted(share, self.rule))
        kernel.fill(len(state.held), self.rule.budget, new_cost(self.rule), False, self.town, state)
        return self.improved(state)

    def opened(self, sites: Whole) -> State:
        """The state with those sites open, in that order."""
        state = state_of(self.town, len(self.rule.fixed) + self.rule.free)
        for slot, site in enumerate(sites.tolist()):
            kernel.open_site(site, slot, self.town, state)
        return state

    def improved(self, state: State) -> tuple[Whole, float]:
        """The best exchanges until none helps, the slack filled each time."""
        fixed, slots, cost = len(self.rule.fixed), len(state.held), new_cost(self.rule)
        before = kernel.whole_time(self.town, state)
        for _ in range(EXCHANGES_MOST):
            least = EQUAL * before
            kernel.swap_all(fixed, slots, self.rule.budget, cost, least, EXCHANGES_MOST, self.town, state)
            kernel.fill(slots, self.rule.budget, cost, False, self.town, state)
            after = kernel.whole_time(self.town, state)
            if after >= before - least:
                break
            before = after
        return state.held[state.held != NOBODY].astype(np.int64), kernel.whole_time(self.town, state)


def permitted(share: Floats, rule: Rule) -> Whole:
    """The sites that stand, then those with the largest shares while number and budget last."""
    sites, left = rule.fixed.tolist(), rule.budget
    most, stand = len(sites) + rule.free, set(sites)
    for site in np.argsort(-share, kind="stable").tolist():
        if len(sites) >= most or share[site] <= 0:
            break
        if site not in stand and rule.cost[site] <= left:
            sites.append(site)
            left -= rule.cost[site]
    return np.asarray(sites, np.int64)


def found(
    town: Town, rule: Rule, effort: Effort, chooser: Chooser, *, whole: float, enough: Callable[[float], float]
) -> Found:
    """Choice and bound, until they are `enough(cost)` apart or the rounds of the effort are used up.

    Where every cost is a multiple of `whole` (0 for none), so is the bound.
    """
    chosen, cost = chooser.first()
    best = Found(chosen, cost, 0.0, first_prices(town, chosen))
    theta, share, chance, idle = 1.0, np.zeros(len(rule.cost)), np.random.default_rng(effort.seed), 0
    for _ in range(effort.rounds):
        if theta >= THETA_LEAST:
            price = best.price.copy()
            bound, theta = descent.ascend(price, lowest(town), best.cost, best.cost, STEPS, theta, share, town, rule)
            best = replace(best, bound=bound, price=price) if bound > best.bound else best
        before = best.cost
        best = _cheaper(best, chooser.near(share))
        for _ in range(chooser.samples):
            best = _cheaper(best, chooser.near(_draw(share, best, chance)))
        idle = 0 if best.cost < before or theta >= THETA_LEAST else idle + 1
        if best.cost - up_to(best.bound, whole) <= enough(best.cost) or idle >= IDLE_MOST:
            break
    return replace(best, bound=min(up_to(best.bound, whole), best.cost))


def _cheaper(best: Found, other: tuple[Whole, float]) -> Found:
    chosen, cost = other
    return replace(best, chosen=chosen, cost=cost) if cost < best.cost else best


def _draw(share: Floats, best: Found, chance: np.random.Generator) -> Floats:
    """Keys by which the largest are a draw without putting back (P. Efraimidis and P. Spirakis, Information Processing
    Letters 97, 2006), by shares, the sites of the best choice a whole share likelier."""
    sure = np.maximum(share, SHARE_LEAST)
    sure[best.chosen] += 1
    keys: Floats = chance.random(len(share)) ** (1 / sure)
    return keys


def up_to(bound: float, whole: float) -> float:
    """A bound on a cost that is a multiple of `whole`; the numbers of the machine may be off by a trifle."""
    return math.ceil(bound * (1 - EQUAL) / whole) * whole if whole and math.isfinite(bound) else bound


def first_prices(town: Town, chosen: Whole) -> Floats:
    """Half-way between the nearest and the second nearest chosen site: what each demand would about pay."""
    is_open = np.zeros(len(town.first) - 1, np.bool_)
    is_open[chosen] = True
    first, second = nearest_two(town, is_open)
    return np.where(np.isfinite(first), (first + np.minimum(second, town.beyond)) / 2, town.beyond / 2)


def nearest_two(town: Town, is_open: Flags) -> tuple[Floats, Floats]:
    """(n,) times of the nearest and second nearest open site, inf where there is none."""
    whose = np.repeat(np.arange(len(town.weight)), np.diff(town.back_first))
    near = is_open[town.back_site]
    whose, time = whose[near], town.back_time[near]
    first, second = np.full(len(town.weight), np.inf), np.full(len(town.weight), np.inf)
    begins = np.append(True, whose[1:] != whose[:-1])[: len(whose)]
    first[whose[begins]] = time[begins]
    follows = np.append(False, begins[:-1])[: len(whose)] & ~begins
    second[whose[follows]] = time[follows]
    return first, second


def lowest(town: Town) -> Floats:
    """(n,) the least time of each demand: a lower price says nothing more."""
    return town.back_time[town.back_first[:-1]].astype(np.float64)


def new_cost(rule: Rule) -> Floats:
    """What sites cost, those that stand nothing."""
    cost = rule.cost.copy()
    cost[rule.fixed] = 0
    return cost
