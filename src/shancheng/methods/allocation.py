"""How many more people places can take, which element binds first, and where growth should go at what price."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shancheng.methods.given import numbers, spread
from shancheng.methods.linear import Floats, Integers, NoAnswer, Programme, solve

NONE = -1
SLACK = 1e-9
"""Relative room left for rounding when it is judged whether growth can be placed."""


class AllocationError(ValueError):
    """Anything that keeps headroom or an allocation from being worked out.

    AllocationError
    └── CannotPlace      the growth asked for does not fit, however much is paid
    """


class CannotPlace(AllocationError):
    """Growth that does not fit; `most` is how many people could be placed, NaN where even today's cannot be served."""

    def __init__(self, sentence: str, most: float) -> None:
        super().__init__(sentence)
        self.most = most


@dataclass(frozen=True)
class Headroom:
    """What each of u places can carry by each of k elements (teachers, beds, water, power, land)."""

    capacity: Floats
    """(u, k) people the element could carry at its standard, inf where it does not count."""
    people: Floats
    """(u,) how many more the place can take; below 0 it is over already."""
    binding: Integers
    """(u,) the scarcest element, the first of equals; -1 where none counts."""

    @property
    def over(self) -> npt.NDArray[np.bool_]:
        """(u,) places that have more people than their scarcest element carries."""
        return self.people < 0


@dataclass(frozen=True)
class Prices:
    """How the cost changes with one unit more of a limit, and between which limits that holds, all else alike."""

    change: Floats
    """Change of the cost: below 0 where one unit more saves; 0 where the limit does not bind, which is an answer."""
    lowest: Floats
    """Lowest value of the limit at which the price still holds."""
    highest: Floats
    """Highest value of the limit at which the price still holds."""


@dataclass(frozen=True)
class Growth:
    """The cheapest way to place the growth."""

    people: Floats
    """(u,) people added to each place."""
    expansion: Floats
    """(u, k) supply added to each element of each place."""
    cost: float
    person: Prices
    """() of one more person to be placed; the limit is the total growth."""
    supply: Prices
    """(u, k) of one unit more of supply; the limit is the supply there is."""
    most: Prices
    """(u,) of one person more let into a place; the limit is the most it may take."""


@dataclass(frozen=True)
class Across:
    """One answer for each scenario of supply, and what they agree on."""

    growth: tuple[Growth | None, ...]
    """(s,) None where the growth cannot be placed."""
    placed: Floats
    """(s,) the most that can be placed where the growth cannot, otherwise the growth; NaN where not even today's."""

    @property
    def firm(self) -> Floats:
        """(u,) growth that every scenario gives a place which can be solved; AllocationError where none can."""
        found = [growth.people for growth in self.growth if growth is not None]
        if not found:
            raise AllocationError("In no scenario can the growth be placed; ask for less or let more be expanded.")
        firm: Floats = np.min(found, axis=0)
        return firm


def headroom(population: npt.ArrayLike, supply: npt.ArrayLike, standard: npt.ArrayLike) -> Headroom:
    """How many more people each place can take: the scarcest element binds.

    population float[u] people; supply float[u, k] in the element's unit; standard float[u, k] or [k], supply needed per
    resident (e.g. 0.006 beds; pupils per resident / 19 for teachers), 0 where the element does not count. The
    single-element evaluation of resource and environmental carrying capacity (双评价): the scarcest element decides.
    Raises AllocationError for shapes that do not fit and values below 0 or not numbers.
    """
    people, have, need = _tables(population, supply, standard)
    capacity = np.divide(have, need, out=np.full(have.shape, np.inf), where=need > 0)
    if not capacity.shape[1]:
        return Headroom(capacity, np.full(len(people), np.inf), np.full(len(people), NONE))
    least = capacity.min(axis=1)
    binding = np.where(np.isfinite(least), capacity.argmin(axis=1), NONE)
    return Headroom(capacity, least - people, binding)


@dataclass(frozen=True)
class _Limits:
    """What the growth is placed within, checked."""

    population: Floats
    supply: Floats
    standard: Floats
    total: float
    cost: Floats
    expansion_cost: Floats
    least: Floats
    most: Floats
    expansion_most: Floats


def allocate_growth(
    population: npt.ArrayLike,
    supply: npt.ArrayLike,
    standard: npt.ArrayLike,
    *,
    total: float,
    cost: npt.ArrayLike,
    expansion_cost: npt.ArrayLike,
    least: npt.ArrayLike = 0.0,
    most: npt.ArrayLike = np.inf,
    expansion_most: npt.ArrayLike = np.inf,
) -> Growth:
    """The cheapest places for `total` more people, and which supply to expand for them and for today's shortfalls.

    Minimise cost . x + expansion_cost . e over people x (u,) and expansions e (u, k) with standard (population + x) <=
    supply + e, sum x = total, least <= x <= most (most 0 in red zones), 0 <= e <= expansion_most. The arguments are as
    for `headroom`; cost, least, most broadcast to (u,), the expansions to (u, k); costs are 0 or more, in one currency.
    Solved by HiGHS (dual simplex; Huangfu and Hall 2018); prices are duals with the range in which they hold.

    At a degenerate answer a price holds on one side only, and its range says so. Raises CannotPlace where the growth
    does not fit, AllocationError for arguments that do not.
    """
    limits = _limits(population, supply, standard, total, cost, expansion_cost, least, most, expansion_most)
    _check_room(limits)
    return _solve(limits)


def allocate_across(
    population: npt.ArrayLike, supplies: Iterable[npt.ArrayLike], standard: npt.ArrayLike, **rest: npt.ArrayLike
) -> Across:
    """`allocate_growth` once for each scenario of supply float[u, k], e.g. dry, usual and wet; the rest alike.

    A scenario in which the growth cannot be placed is kept as None and says how much could be.
    """
    found: list[Growth | None] = []
    placed = []
    for supply in supplies:
        try:
            growth = allocate_growth(population, supply, standard, **rest)  # type: ignore[arg-type]
        except CannotPlace as refusal:
            found.append(None)
            placed.append(refusal.most)
        else:
            found.append(growth)
            placed.append(float(growth.people.sum()))
    return Across(tuple(found), np.array(placed))


def _tables(population: npt.ArrayLike, supply: npt.ArrayLike, standard: npt.ArrayLike) -> tuple[Floats, Floats, Floats]:
    people, have = numbers(population, "population", AllocationError), numbers(supply, "supply", AllocationError)
    if people.ndim != 1 or have.ndim != 2 or len(have) != len(people):
        raise AllocationError(f"Supply is a table of {people.size} places by elements, not of shape {have.shape}.")
    need = spread(standard, have.shape, "standards", AllocationError)
    for name, values in (("population", people), ("supply", have), ("standard", need)):
        _check_amounts(name, values, endless=False)
    return people, have, need


def _check_amounts(name: str, values: Floats, *, endless: bool) -> None:
    wrong = ~(values >= 0) | (np.isinf(values) & (not endless))
    if wrong.any():
        at = tuple(int(index) for index in np.argwhere(wrong)[0])
        where = f"place {at[0]}" + (f", element {at[1]}" if len(at) > 1 else "")
        raise AllocationError(
            f"The {name} of {where} is {values[at]}; give a number from 0, or leave the place out until it is known "
            f"({int(wrong.sum())} such values)."
        )


def _limits(
    population: npt.ArrayLike,
    supply: npt.ArrayLike,
    standard: npt.ArrayLike,
    total: float,
    cost: npt.ArrayLike,
    expansion_cost: npt.ArrayLike,
    least: npt.ArrayLike,
    most: npt.ArrayLike,
    expansion_most: npt.ArrayLike,
) -> _Limits:
    people, have, need = _tables(population, supply, standard)
    by_place = {
        name: spread(values, people.shape, f"values of {name}", AllocationError)
        for name, values in (("cost", cost), ("least", least), ("most", most))
    }
    by_element = {
        name: spread(values, have.shape, f"values of {name}", AllocationError)
        for name, values in (("expansion_cost", expansion_cost), ("expansion_most", expansion_most))
    }
    for name, values in (by_place | by_element).items():
        _check_amounts(name, values, endless=name.endswith("most"))
    if not (np.isfinite(total) and total >= 0):
        raise AllocationError(f"The growth to be placed is a number of people from 0, not {total}.")
    if (by_place["least"] > by_place["most"]).any():
        at = int(np.argmax(by_place["least"] > by_place["most"]))
        raise AllocationError(f"Place {at} must take at least more people than it may take at most.")
    return _Limits(
        people,
        have,
        need,
        float(total),
        by_place["cost"],
        by_element["expansion_cost"],
        by_place["least"],
        by_place["most"],
        by_element["expansion_most"],
    )


def _check_room(limits: _Limits) -> None:
    """Raise CannotPlace where the growth does not fit; places are independent but for the total, so this is exact."""
    room = headroom(np.zeros(len(limits.population)), limits.supply, limits.standard).capacity
    with np.errstate(invalid="ignore"):
        more = np.divide(
            limits.expansion_most, limits.standard, out=np.full(room.shape, np.inf), where=limits.standard > 0
        )
    carried = np.min(room + more, axis=1, initial=np.inf)
    top = np.minimum(limits.most, carried - limits.population)
    short = np.flatnonzero(top < limits.least - SLACK * (1 + limits.population))
    if short.size:
        at = int(short[0])
        raise CannotPlace(
            f"Place {at} cannot serve its {limits.population[at]:.0f} people and {limits.least[at]:.0f} more, even "
            f"with every expansion that is allowed; {short.size} such places. Allow more expansion there.",
            float("nan"),
        )
    most, least = float(np.maximum(top, limits.least).sum()), float(limits.least.sum())
    if not least * (1 - SLACK) <= limits.total <= most * (1 + SLACK):
        wish = "at most" if limits.total > most else "at least"
        raise CannotPlace(
            f"{limits.total:.0f} people cannot be placed: together the places take {wish} "
            f"{most if limits.total > most else least:.0f}.",
            most,
        )


def _solve(limits: _Limits) -> Growth:
    place, element = np.nonzero(limits.standard > 0)
    try:
        answer = solve(_programme(limits, place, element))
    except NoAnswer as refusal:
        raise AllocationError(f"{refusal} Look for amounts of very different size.") from refusal
    places, shape = len(limits.population), limits.supply.shape
    people, expanded = answer.values[:places], answer.values[places:]
    taken = limits.standard[place, element] * limits.population[place]
    used = taken + limits.standard[place, element] * people[place] - expanded
    supply = _bound(answer.row_price[:-1], answer.row_range[:, :-1] + taken, used)
    most = _bound(np.minimum(answer.bound_price[:places], 0.0), answer.bound_range[:, :places], people)
    return Growth(
        people=people,
        expansion=_scattered(expanded, 0.0, shape, place, element),
        cost=answer.cost,
        person=Prices(answer.row_price[-1], answer.row_range[0, -1], answer.row_range[1, -1]),
        supply=Prices(
            _scattered(supply.change, 0.0, shape, place, element),
            _scattered(supply.lowest, 0.0, shape, place, element),
            _scattered(supply.highest, np.inf, shape, place, element),
        ),
        most=most,
    )


def _programme(limits: _Limits, place: Integers, element: Integers) -> Programme:
    """People first, then one expansion for each element that counts; a row for each of those, then the total."""
    places, pairs = len(limits.population), len(place)
    need = limits.standard[place, element]
    both = np.column_stack([place, places + np.arange(pairs)]).ravel()
    return Programme(
        cost=np.concatenate([limits.cost, limits.expansion_cost[place, element]]),
        lower=np.concatenate([limits.least, np.zeros(pairs)]),
        upper=np.concatenate([limits.most, limits.expansion_most[place, element]]),
        row_lower=np.append(np.full(pairs, -np.inf), limits.total),
        row_upper=np.append(limits.supply[place, element] - need * limits.population[place], limits.total),
        start=np.append(np.arange(0, 2 * pairs + 1, 2), 2 * pairs + places),
        index=np.concatenate([both, np.arange(places)]),
        value=np.concatenate([np.column_stack([need, np.full(pairs, -1.0)]).ravel(), np.ones(places)]),
    )


def _bound(price: Floats, ends: Floats, used: Floats) -> Prices:
    """Prices of limits from above: one that costs nothing can fall to what is used and rise for ever."""
    binds = price < 0
    return Prices(price, np.where(binds, ends[0], used), np.where(binds, ends[1], np.inf))


def _scattered(values: Floats, rest: float, shape: tuple[int, ...], place: Integers, element: Integers) -> Floats:
    whole = np.full(shape, rest)
    whole[place, element] = values
    return whole
