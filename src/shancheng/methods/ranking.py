"""Units ranked by criteria whose weights nobody agrees on: intervals of ranks, who is ahead for sure, a choice.

A rank is told as an interval over all weights that somebody may hold, never as one number. Where one unit is ahead of
another whatever the weights, that is exact and needs no draw.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Better = Literal["higher", "lower"]
UNITS_MOST, DRAWS_MOST = 20_000, 100_000
LEAST = 1e-12
"""Less than this one score cannot be ahead of another."""
BLOCK = 1 << 22
"""Scores held at once."""


class RankingError(ValueError):
    """Criteria, weights or costs that nothing can be ranked by; the sentence names the first that is wrong."""


@dataclass(frozen=True)
class RankIntervals:
    """u units; rank 1 is the most urgent."""

    low: Whole
    high: Whole
    """(u,) ranks between which a unit lies for the share of weights asked for."""
    median: Floats
    best: Whole
    worst: Whole
    """(u,) bounds that hold for every weight in the intervals: 1 + those surely ahead, u - those surely behind."""
    ahead: Flags
    """(u, u) whether the first is ahead of the second for every weight in the intervals."""
    score: Floats
    """(u,) mean over the weights, 0 to 1."""
    contribution: Floats
    """(u, criteria) mean part of the score that each criterion gives."""
    share: float


@dataclass(frozen=True)
class Choice:
    """Units chosen within a budget."""

    chosen: Whole
    """Ascending."""
    value: float
    """Sum of the scores of the chosen."""
    bound: float
    """No choice within the budget passes this."""
    cost: float
    gap: float
    """How far value and bound are apart, as a share of the value."""


def scaled(values: npt.ArrayLike, better: Sequence[Better]) -> Floats:
    """Criteria float[u, criteria] in any units as 0 to 1 by least and greatest, 1 the most urgent.

    `better` says for each criterion whether higher or lower values are the more urgent ones. Raises RankingError for a
    table that is no table, values that are not finite, and a criterion that is the same for all units.
    """
    table = _table(values, "values")
    if len(better) != table.shape[1] or any(way not in ("higher", "lower") for way in better):
        raise RankingError(
            f"There are {table.shape[1]} criteria; say 'higher' or 'lower' for each, not {list(better)}."
        )
    least, most = table.min(axis=0), table.max(axis=0)
    same = np.flatnonzero(most == least)
    if len(same):
        raise RankingError(f"Criterion {same[0]} is {least[same[0]]:g} for every unit and ranks nobody; leave it out.")
    share = (table - least) / (most - least)
    turned = np.array([way == "lower" for way in better])
    found: Floats = np.where(turned, 1.0 - share, share)
    return found


def rank_intervals(
    scores: npt.ArrayLike,
    weight_low: npt.ArrayLike,
    weight_high: npt.ArrayLike,
    *,
    seed: int,
    draws: int = 10_000,
    share: float = 0.9,
) -> RankIntervals:
    """Ranks of units by the weighted sum of scores float[u, criteria] in 0..1, over weights within intervals.

    Weights are drawn evenly within `weight_low` and `weight_high`, float[criteria], and divided by their sum; of equal
    sums the unit given first is ahead. `ahead`, `best` and `worst` hold for every weight within the intervals: what one
    unit has over another is linear in the weights, so that its least is at a corner which is known in closed form.
    The draws come from `seed` alone. Raises RankingError for what does not fit.
    """
    table = _table(scores, "scores")
    if (table < 0).any() or (table > 1).any():
        raise RankingError("Scores lie from 0 to 1; make them with `scaled`, or scale them as you mean them.")
    low, high = _weights(weight_low, weight_high, table.shape[1])
    if not 1 <= draws <= DRAWS_MOST or not 0 < share <= 1:
        raise RankingError(f"{draws} draws and a share of {share:g} are asked for; give 1 to {DRAWS_MOST}, and 0 to 1.")
    drawn = np.random.default_rng(seed).uniform(low, high, (draws, len(low)))
    drawn /= drawn.sum(axis=1, keepdims=True)
    ranks = _ranks(table, drawn)
    edge = (1 - share) / 2
    ahead = _ahead(table, low, high)
    mean = drawn.mean(axis=0)
    return RankIntervals(
        low=np.quantile(ranks, edge, axis=0, method="lower").astype(np.int64),
        high=np.quantile(ranks, 1 - edge, axis=0, method="higher").astype(np.int64),
        median=np.median(ranks, axis=0),
        best=1 + ahead.sum(axis=0),
        worst=len(table) - ahead.sum(axis=1),
        ahead=ahead,
        score=table @ mean,
        contribution=table * mean,
        share=share,
    )


def choose(score: npt.ArrayLike, cost: npt.ArrayLike, budget: float, *, fixed: Sequence[int] = ()) -> Choice:
    """The units with the greatest sum of scores float[u] whose costs float[u] stay within the budget (a knapsack).

    `fixed` units are chosen in any case. Proven by branch and bound (HiGHS). Raises RankingError for what does not fit,
    and where the fixed ones alone cost more than the budget.
    """
    worth, price = _column(score, "score"), _column(cost, "cost")
    if len(worth) != len(price):
        raise RankingError(f"There are {len(worth)} scores and {len(price)} costs; give one of each for every unit.")
    if not np.isfinite(budget) or budget < 0:
        raise RankingError(f"The budget is {budget}; give an amount of 0 or more.")
    kept = np.zeros(len(worth))
    outside = [unit for unit in fixed if not 0 <= unit < len(worth)]
    if outside:
        raise RankingError(f"Unit {outside[0]} is fixed, but units run from 0 to {len(worth) - 1}.")
    kept[list(fixed)] = 1
    if float(price @ kept) > budget:
        raise RankingError(f"The fixed units cost {price @ kept:g}, more than the budget of {budget:g}; fix fewer.")
    within = LinearConstraint(price[None, :], -np.inf, budget)
    done = milp(-worth, constraints=within, bounds=Bounds(kept, np.ones(len(worth))), integrality=np.ones(len(worth)))
    chosen = np.flatnonzero(done.x > 0.5)
    value, bound = float(worth[chosen].sum()), max(-float(done.mip_dual_bound), float(worth[chosen].sum()))
    gap = (bound - value) / value if value > 0 else 0.0
    return Choice(chosen, value, bound, float(price[chosen].sum()), gap)


def reason(found: RankIntervals, unit: int, names: Sequence[str], *, most: int = 3) -> str:
    """Why a unit ranks where it does, in one sentence: its interval, what weighs most, who is ahead or behind for sure.

    `names` are those of the criteria. Raises RankingError for a unit that is not there or another number of names.
    """
    units, criteria = found.contribution.shape
    if not 0 <= unit < units or len(names) != criteria:
        raise RankingError(f"Unit {unit} with {len(names)} names cannot be told; there are {units} and {criteria}.")
    order = np.argsort(-found.contribution[unit], kind="stable")[:most]
    parts = ", ".join(f"{names[one]} {found.contribution[unit, one]:.2f}" for one in order.tolist())
    behind, before = int(found.ahead[unit].sum()), int(found.ahead[:, unit].sum())
    return (
        f"Rank {found.low[unit]} to {found.high[unit]} of {units} for {found.share:.0%} of the weights: {parts} of a "
        f"score of {found.score[unit]:.2f}; ahead of {behind} and behind {before} whatever the weights."
    )


def _ranks(table: Floats, drawn: Floats) -> Whole:
    """(draws, u)"""
    step = max(1, BLOCK // max(1, len(table)))
    found = []
    for begin in range(0, len(drawn), step):
        sums = drawn[begin : begin + step] @ table.T
        order = np.argsort(-sums, axis=1, kind="stable")
        ranks = np.empty_like(order)
        np.put_along_axis(ranks, order, np.arange(1, len(table) + 1)[None, :], axis=1)
        found.append(ranks)
    return np.concatenate(found)


def _ahead(table: Floats, low: Floats, high: Floats) -> Flags:
    """(u, u): the least of what one has over the other, over all weights in the box that are not all 0, is above 0."""
    ahead = np.zeros((len(table), len(table)), np.bool_)
    for unit in range(len(table)):
        over = table[unit] - table
        if low.any():
            ahead[unit] = np.where(over > 0, over * low, over * high).sum(axis=1) > LEAST
        else:
            ahead[unit] = (over[:, high > 0] > LEAST).all(axis=1)
    return ahead


def _weights(weight_low: npt.ArrayLike, weight_high: npt.ArrayLike, criteria: int) -> tuple[Floats, Floats]:
    low, high = _column(weight_low, "lower weight"), _column(weight_high, "upper weight")
    if not len(low) == len(high) == criteria:
        raise RankingError(f"There are {len(low)} lower and {len(high)} upper weights for {criteria} criteria.")
    wrong = np.flatnonzero(low > high)
    if len(wrong):
        at = wrong[0]
        raise RankingError(f"The weight of criterion {at} runs from {low[at]:g} to {high[at]:g}; turn the two round.")
    if not high.sum() > 0:
        raise RankingError("Every weight is 0, so nothing is more urgent than anything else; give one above 0.")
    return low, np.maximum(high, low)


def _table(values: npt.ArrayLike, name: str) -> Floats:
    try:
        table = np.asarray(values, np.float64)
    except (TypeError, ValueError):
        raise RankingError(f"The {name} are not numbers; give float[units, criteria].") from None
    if table.ndim != 2 or not table.size:
        raise RankingError(f"The {name} have shape {table.shape}; give a table of units by criteria with one at least.")
    if len(table) > UNITS_MOST:
        raise RankingError(f"{len(table)} units are too many for a table of pairs; rank {UNITS_MOST} at a time.")
    wrong = np.argwhere(~np.isfinite(table))
    if len(wrong):
        unit, criterion = wrong[0].tolist()
        raise RankingError(
            f"Criterion {criterion} of unit {unit} is {table[unit, criterion]}; fill it or leave the unit out "
            f"({len(wrong)} such)."
        )
    return table


def _column(values: npt.ArrayLike, name: str) -> Floats:
    try:
        column = np.asarray(values, np.float64).ravel()
    except (TypeError, ValueError):
        raise RankingError(f"A {name} is not a number.") from None
    wrong = np.flatnonzero(~(np.isfinite(column) & (column >= 0)))
    if len(wrong):
        raise RankingError(f"The {name} of number {wrong[0]} is {column[wrong[0]]}; give amounts of 0 or more.")
    return column
