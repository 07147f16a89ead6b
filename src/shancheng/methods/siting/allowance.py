"""How much may be chosen: a number of sites, a budget, what stands already; and how hard to look."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shancheng.methods.given import numbers, whole_numbers
from shancheng.methods.siting.errors import AllowanceError, DemandError
from shancheng.methods.siting.reach import Floats, Whole


@dataclass(frozen=True)
class Allowance:
    """At most `count` new sites whose costs stay within `budget`, beside those that stand already."""

    count: int | None = None
    budget: float = math.inf
    cost: npt.ArrayLike | None = None
    """(sites,) what each costs; has to be given with a budget."""
    fixed: Sequence[int] = ()
    """Sites that stand already: they serve, cost nothing and count for none."""


@dataclass(frozen=True)
class Effort:
    """How near to the best an answer must be shown to be, and what may be spent on that."""

    gap: float = 0.01
    """Search stops once value and bound are this share apart; 0 asks for the proven best."""
    rounds: int = 12
    """Rounds of better prices and sites rounded from them, before branch and bound is called on."""
    nodes: int = 100_000
    """Nodes of branch and bound at most; 0 leaves it out."""
    seed: int = 0
    """Of the draws by which sites are rounded from prices."""
    seconds: float = math.inf
    """A limit for branch and bound; an answer that runs into it may differ from machine to machine."""


@dataclass(frozen=True)
class Checked:
    """An allowance that fits the sites."""

    free: int
    """New sites at most."""
    budget: float
    cost: Floats
    fixed: Whole

    @property
    def slots(self) -> int:
        """Sites at most, those that stand included."""
        return len(self.fixed) + self.free


def checked(allowance: Allowance, sites: int) -> Checked:
    """The allowance as numbers; raises AllowanceError for the first thing that contradicts another."""
    fixed = _fixed(allowance.fixed, sites)
    cost = _cost(allowance, sites)
    if allowance.count is None and math.isinf(allowance.budget):
        raise AllowanceError("Neither a number of sites nor a budget is given; without a limit every site is chosen.")
    if math.isnan(allowance.budget) or allowance.budget < 0:
        raise AllowanceError(f"The budget is {allowance.budget}; give an amount of 0 or more.")
    others = sites - len(fixed)
    if allowance.count is not None and not 0 <= allowance.count <= others:
        raise AllowanceError(
            f"{allowance.count} new sites are asked for, but there are {others} candidates beside {len(fixed)} that "
            f"stand already; ask for 0 to {others}."
        )
    free = others if allowance.count is None else int(allowance.count)
    return Checked(min(free, _affordable(cost, fixed, allowance.budget)), float(allowance.budget), cost, fixed)


def amounts(values: npt.ArrayLike, count: int, name: str) -> Floats:
    """`count` finite amounts of 0 or more; raises DemandError naming the first that is not."""
    given = numbers(values, name, DemandError)
    if given.shape != (count,):
        raise DemandError(f"The {name} has shape {given.shape}; give one number for each of {count}.")
    wrong = ~(np.isfinite(given) & (given >= 0))
    if wrong.any():
        at = int(np.argmax(wrong))
        raise DemandError(
            f"The {name} of number {at} is {given[at]}; give a finite amount of 0 or more ({int(wrong.sum())} such)."
        )
    return np.ascontiguousarray(given)


def limits_of_sites(capacity: npt.ArrayLike | None, sites: int) -> Floats | None:
    """(sites,) capacities, inf for a site that takes all; None where none is given. Raises DemandError."""
    if capacity is None:
        return None
    given = numbers(capacity, "capacity of sites", DemandError)
    amounts(np.where(given == np.inf, 0.0, given), sites, "capacity of sites")
    return np.ascontiguousarray(given)


def _affordable(cost: Floats, fixed: Whole, budget: float) -> int:
    """How many new sites a budget can pay at most."""
    cheapest = np.cumsum(np.sort(np.delete(cost, fixed)))
    return int(np.searchsorted(cheapest, budget, side="right"))


def _fixed(given: Sequence[int], sites: int) -> Whole:
    fixed = whole_numbers(given, "numbers of sites that stand already", AllowanceError).ravel()
    if len(np.unique(fixed)) < len(fixed):
        raise AllowanceError("A site that stands already is named twice; name each once.")
    outside = fixed[(fixed < 0) | (fixed >= sites)]
    if len(outside):
        raise AllowanceError(f"Site {outside[0]} is said to stand already, but sites run from 0 to {sites - 1}.")
    return fixed


def _cost(allowance: Allowance, sites: int) -> Floats:
    if allowance.cost is None:
        if not math.isinf(allowance.budget):
            raise AllowanceError("A budget is given without the cost of each site; give both.")
        return np.zeros(sites)
    return amounts(allowance.cost, sites, "cost of sites")
