"""Tiers instead of a league table: units that cannot be told apart share one, and who gets no place is told why."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from shancheng.methods.index.composite import COVERAGE_LEAST, Composite
from shancheng.methods.index.errors import BadRecipe
from shancheng.methods.index.tree import Flags, Floats, Integers, Tree
from shancheng.methods.index.uncertainty import Uncertainty

SURE: Final = 0.95
WILSON_Z: Final = 1.96


@dataclass(frozen=True)
class Tiers:
    """Tiers from the top; within one, the head does not surely beat anybody."""

    tier: Integers
    """(U,) 1 for the highest."""
    heads: Integers
    """(T,) the unit that opens each tier."""
    chance: Floats
    """(U,) share of runs in which the head that was asked beats the unit: what decided its tier; NaN for the first."""
    undecided: Flags
    """(U,) units for which that share cannot be told from the limit by so many runs."""


@dataclass(frozen=True)
class Standing:
    """A place that may be published, or the reason why there is none."""

    unit: int
    tier: int
    rank: int
    """0 where it is refused."""
    why_not: str


def tiers_of(uncertainty: Uncertainty, sure: float = SURE) -> Tiers:
    """Tiers by walking down the nominal ranking: a unit opens a tier when its head beats it in `sure` of the runs.

    Raises BadRecipe for another share than one from 0.5 to 1.
    """
    if not 0.5 < sure < 1:
        raise BadRecipe(f"A tier opens at a share of the runs between 0.5 and 1, such as {SURE}, not {sure}.")
    order = np.argsort(uncertainty.nominal, kind="stable")
    tier, chance = np.zeros(len(order), dtype=np.int64), np.full(len(order), np.nan)
    heads: list[int] = []
    for unit in order.tolist():
        if heads:
            chance[unit] = uncertainty.beats[heads[-1], unit]
        if not heads or chance[unit] >= sure:
            heads.append(unit)
        tier[unit] = len(heads)
    low, high = _wilson(chance, len(uncertainty.scores))
    return Tiers(tier, np.array(heads, dtype=np.int64), chance, (low < sure) & (sure < high))


def standings(made: Composite, tree: Tree, tiers: Tiers) -> tuple[Standing, ...]:
    """The place of each unit, best tier first; thin coverage and an undecided tier are refused a rank, with reason."""
    covered = made.coverage[:, tree.root]
    found = []
    for unit in np.lexsort((-made.scores, tiers.tier)).tolist():
        reason = ""
        if covered[unit] < COVERAGE_LEAST:
            reason = f"Only {covered[unit]:.0%} of the weight is known; a rank needs {COVERAGE_LEAST:.0%}."
        elif tiers.undecided[unit]:
            reason = f"Its tier hangs on a share of {tiers.chance[unit]:.3f}, too close to the limit; make more runs."
        found.append(Standing(unit, int(tiers.tier[unit]), 0 if reason else int(made.ranks[unit]), reason))
    return tuple(found)


def _wilson(share: Floats, runs: int) -> tuple[Floats, Floats]:
    """Limits of a share of independent runs (Wilson 1927); Sobol points only make them narrower."""
    z = WILSON_Z**2 / runs
    middle = (share + z / 2) / (1 + z)
    half = WILSON_Z * np.sqrt(share * (1 - share) / runs + z / (4 * runs)) / (1 + z)
    return middle - half, middle + half
