"""Which links to build within a budget, where what one brings depends on those built before it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from shancheng.methods.siting.allowance import amounts
from shancheng.methods.siting.errors import AllowanceError, DemandError
from shancheng.methods.siting.reach import Floats, Whole

Values = Callable[[Whole], Floats]
"""Chosen links, in order, to float[l]: what each link would bring on top of those (0 for those that are chosen)."""

HELPED: Final = 1e-9
LINKS_MOST: Final = 1_000


@dataclass(frozen=True)
class LinkReason:
    """One chosen link."""

    link: int
    added: float
    """What it brings on top of those chosen before it."""
    alone: float
    """What it would bring by itself."""
    runner_up: int
    """The link that would have been next best at its turn, -1 for none."""
    runner_up_added: float


@dataclass(frozen=True)
class LinkChoice:
    """Links in the order in which to build them."""

    chosen: Whole
    reasons: tuple[LinkReason, ...]
    value: float
    """What they bring together."""
    cost: float
    bound: float
    """What no links within the budget bring together, as long as links do not help one another."""
    helped: bool
    """Whether a link was seen to bring more after another than by itself; then `bound` is none."""
    by_cost: bool
    """Whether the order is by value per cost; otherwise by value alone."""

    @property
    def gap(self) -> float:
        """How far value and bound are apart, as a share of the value; NaN where links help one another."""
        if self.helped:
            return float("nan")
        return (self.bound - self.value) / self.value if self.value > 0 else 0.0


def choose_links(
    values: Values, cost: npt.ArrayLike, budget: float, *, count: int | None = None, most: int = LINKS_MOST
) -> LinkChoice:
    """The links that bring most for the money, each valued anew on top of those chosen before it.

    cost float[l]; a budget of infinity leaves the number alone to bind. The better one of two greedy choices, by value
    and by value per cost: where no link brings more after another than alone (value is submodular) they bring at least
    (1 - 1/e) / 2 of the best possible (J. Leskovec and others, Cost-effective outbreak detection in networks, KDD
    2007), and by value alone 1 - 1/e where money never stood in the way, so that it is tried alone there. `bound` says
    how far from it this choice is at most. `values` is asked once for each list of links that begins a choice. At most
    `most` links are chosen. Raises AllowanceError for a budget or number that is none, DemandError for costs or values
    that are not finite or negative.
    """
    price = amounts(cost, len(np.atleast_1d(np.asarray(cost))), "cost of links")
    if not budget >= 0 or (count is not None and count < 0):
        raise AllowanceError(f"The budget is {budget} and the number of links {count}; give 0 or more.")
    places = min(most, len(price) if count is None else count)
    asked = _asked_once(values, len(price))
    by_value, pressed = _greedy(asked, price, budget, places, by_cost=False)
    tried = [by_value, _greedy(asked, price, budget, places, by_cost=True)[0]] if pressed else [by_value]
    best = max(tried, key=lambda one: (one.value, -one.cost))
    return replace(best, bound=min(one.bound for one in tried), helped=any(one.helped for one in tried))


def _asked_once(values: Values, links: int) -> Callable[[list[int]], Floats]:
    """The values after some links, checked; what was asked before is remembered: two choices often begin alike."""
    known: dict[tuple[int, ...], Floats] = {}

    def after(chosen: list[int]) -> Floats:
        key = tuple(chosen)
        if key not in known:
            known[key] = _checked(values(np.asarray(chosen, np.int64)), links)
        return known[key]

    return after


def _greedy(
    asked: Callable[[list[int]], Floats], price: Floats, budget: float, places: int, *, by_cost: bool
) -> tuple[LinkChoice, bool]:
    """One choice, and whether at some turn a link that would have brought more could not be paid any more."""
    chosen: list[int] = []
    reasons: list[LinkReason] = []
    first = now = asked(chosen)
    spent, total, helped, pressed = 0.0, 0.0, False, False
    bound = _most(first, price, budget, places)
    while len(chosen) < places:
        order = _order(now, price, budget - spent, chosen, by_cost)
        pressed = pressed or _is_pressed(now, price <= budget, order, chosen)
        if not len(order):
            break
        link, second = int(order[0]), int(order[1]) if len(order) > 1 else -1
        added = float(now[link])
        reasons.append(LinkReason(link, added, float(first[link]), second, float(now[second]) if second >= 0 else 0.0))
        chosen.append(link)
        spent, total = spent + float(price[link]), total + added
        now = asked(chosen)
        helped = helped or bool((now > first + HELPED * np.maximum(first, 1)).any())
        # What the best choice has beside these is worth no more than its links on top of these, each by itself.
        bound = min(bound, total + _most(now, price, budget, places))
    found = LinkChoice(np.asarray(chosen, np.int64), tuple(reasons), total, spent, max(bound, total), helped, by_cost)
    return found, pressed


def _order(now: Floats, price: Floats, left: float, chosen: list[int], by_cost: bool) -> Whole:
    """The links that can be paid and bring something, the best first; what costs nothing comes before all else."""
    possible = (now > 0) & (price <= left)
    possible[chosen] = False
    which = np.flatnonzero(possible)
    rate = _rate(now[which], price[which]) if by_cost else now[which]
    return which[np.lexsort((-now[which], -rate))]


def _is_pressed(now: Floats, in_reach: npt.NDArray[np.bool_], order: Whole, chosen: list[int]) -> bool:
    """Whether a link that the whole budget pays, but not what is left of it, would bring more than all that it does."""
    others = in_reach.copy()
    others[chosen] = False
    return bool(now[others].max(initial=0.0) > now[order].max(initial=0.0))


def _rate(value: Floats, price: Floats) -> Floats:
    """Value per cost; infinite for what brings something and costs nothing."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.asarray(np.where(value > 0, value / price, 0.0))


def _most(value: Floats, price: Floats, budget: float, places: int) -> float:
    """The most that any links within budget and number bring if each brings its value: whichever binds more."""
    value = np.where(price <= budget, value, 0.0)
    by_number = float(np.sort(value)[::-1][:places].sum())
    order = np.argsort(-_rate(value, price), kind="stable")
    spent = np.cumsum(price[order])
    whole = int(np.searchsorted(spent, budget, side="right"))
    total = float(value[order[:whole]].sum())
    if whole < len(order):
        next_one, before = order[whole], spent[whole - 1] if whole else 0.0
        total += float(value[next_one] * (budget - before) / price[next_one])
    return min(by_number, total)


def _checked(found: Floats, links: int) -> Floats:
    given = np.asarray(found, np.float64)
    if given.shape != (links,) or not (np.isfinite(given) & (given >= 0)).all():
        raise DemandError(f"The values of links must be {links} finite amounts of 0 or more, one for each link.")
    return given
