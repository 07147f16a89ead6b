"""Inequality between places: nested Theil parts with contributions, resampled limits, and alarms for broken series."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import kl_div, rel_entr, xlogy

from shancheng.methods.given import numbers

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

DRAWS_MOST: Final = 100_000
DRAWS_AT_ONCE: Final = 1_000
STEPS_OVER: Final = 5.0
"""How many usual spreads a step of the whole panel may move before it is an alarm."""
UNITS_OVER: Final = 5.0
"""The same for one unit: the lowest whole number with under 1 % false alarms on half of the German counties."""
STILLNESS: Final = 1e-3
"""Spreads of log changes below one in a thousand count as this: rounding is no movement."""
MAD_TO_DEVIATION: Final = 1.4826


class InequalityError(Exception):
    """A measure of inequality was given what it cannot work with, in one sentence."""


class BadFigures(InequalityError):
    """Figures that are missing, negative, empty, or not of one shape."""


class BadGroups(InequalityError):
    """Groups that do not nest, or do not fit the figures."""


@dataclass(frozen=True)
class Theil:
    """Theil's T (generalised entropy of order 1) of the means of cells, weighted by population, and its parts."""

    total: float
    parts: Floats
    """(K + 1,) the part inside the innermost groups first, the part between the outermost last; they sum to `total`."""
    contributions: tuple[Floats, ...]
    """What each node adds to its part: cells to the first, groups of level k to part k + 1.

    s ln(s/q) - s + q with s the node's share of all income and q what it would have at its group's mean: never
    negative, and zero only at that mean. The usual terms s ln(s/q) have the same sum, but are negative for the poor.
    """

    @property
    def within(self) -> float:
        """The part inside the innermost groups."""
        return float(self.parts[0])

    @property
    def between(self) -> float:
        """All parts between groups."""
        return float(self.parts[1:].sum())


@dataclass(frozen=True)
class Resampled:
    """Theil's T and its parts in resampled panels."""

    figures: Floats
    """(draws, times, K + 2) the parts as in `Theil.parts`, then the total."""

    def interval(self, share: float) -> tuple[Floats, Floats]:
        """Lower and upper limits, (times, K + 2) each, of the central `share` of the draws."""
        return _limits(self.figures, share)

    def change_interval(self, first: int, last: int, share: float) -> tuple[Floats, Floats]:
        """Lower and upper limits, (K + 2,) each, of the change from time `first` to time `last`."""
        return _limits(self.figures[:, last] - self.figures[:, first], share)


@dataclass(frozen=True)
class Convergence:
    """Absolute beta convergence: yearly growth = alpha + beta ln(first)."""

    alpha: float
    beta: float
    speed: float
    """-ln(1 + beta years) / years; negative where places drift apart."""
    half_life_years: float
    """ln 2 / speed; infinite where places do not close in."""


@dataclass(frozen=True)
class Breaks:
    """Steps at which a panel, or one unit of it, seems to change its definition; step t leads from time t to t + 1."""

    step_scores: Floats
    """(T - 1,) usual spreads by which the step's common change or its scatter stands out."""
    unit_scores: Floats
    """(T - 1, n) usual spreads by which a unit's lasting change stands out from the others'."""
    steps: Integers
    """(k,) steps of alarm."""
    units: Integers
    """(m, 2) step and unit of alarm."""


def theil(population: Floats, mean_income: Floats, levels: Sequence[Integers] = ()) -> Theil:
    """Theil's T of (n,) cells with its parts inside and between nested groups (Theil 1967; Shorrocks 1980).

    `mean_income` is per head, in any currency; a cell without people counts nothing and may have NaN. Each of `levels`
    gives the group of every cell, (n,) numbers 0 .. G-1, innermost first; each must lie inside the next. A population
    of ones gives the unweighted measure. Raises BadFigures and BadGroups.
    """
    people, income = _checked(population, mean_income)
    nodes = _nodes(levels, len(people))
    earned = income.sum()
    parts, contributions = [], []
    for own, above in pairwise([np.arange(len(people)), *nodes, np.zeros(len(people), np.int64)]):
        parent = _parent(own, above)
        node_people, node_income = _summed(own, people), _summed(own, income)
        share = node_income / earned
        expected = _ratio(node_people, _summed(parent, node_people)[parent])
        expected = expected * _summed(parent, node_income)[parent] / earned
        parts.append(rel_entr(share, expected).sum())
        contributions.append(np.asarray(kl_div(share, expected), dtype=np.float64))
    total = float(rel_entr(income / earned, people / people.sum()).sum())
    return Theil(total, np.array(parts), tuple(contributions))


def resampled(
    population: Floats, mean_income: Floats, levels: Sequence[Integers], *, draws: int, seed: int
) -> Resampled:
    """Theil parts of (T, n) panels whose innermost groups are drawn with replacement, the same draw at every time.

    A group drawn twice counts twice (Cameron, Gelbach and Miller 2008, on resampling whole clusters). Groups of outer
    levels keep the groups that were drawn in them. Raises BadFigures and BadGroups.
    """
    population, mean_income = numbers(population, "population", BadFigures), numbers(mean_income, "income", BadFigures)
    if population.ndim != 2 or mean_income.shape != population.shape or not population.size:
        shapes = f"{population.shape} and {mean_income.shape}"
        raise BadFigures(
            f"Resampling needs two (times, cells) tables of one shape and at least one time, not {shapes}."
        )
    if not 1 <= draws <= DRAWS_MOST:
        raise BadFigures(f"Resampling takes 1 to {DRAWS_MOST:,} draws, not {draws:,}.")
    if not levels:
        raise BadGroups("Resampling draws whole groups; give at least one level of groups.")
    checked = [_checked(*row) for row in zip(population, mean_income, strict=True)]
    nodes = _nodes(levels, population.shape[1])
    counts = _counts(int(nodes[0].max()) + 1, draws, seed)
    return Resampled(np.concatenate([_resampled_parts(checked, nodes, times) for times in counts]))


def mean_log_deviation(population: Floats, mean_income: Floats) -> float:
    """Generalised entropy of order 0, weighted by population: the mean of ln(mean / x); incomes must be positive.

    Raises BadFigures.
    """
    people, income = _checked(population, mean_income)
    if (income[people > 0] == 0).any():
        raise BadFigures("The mean log deviation is infinite where an income is 0; use theil(), or leave the cell out.")
    return float(rel_entr(people / people.sum(), income / income.sum()).sum())


def gini(population: Floats, mean_income: Floats) -> float:
    """Gini coefficient of (n,) means weighted by population: mean absolute difference over twice the mean.

    Raises BadFigures.
    """
    people, income = _checked(population, mean_income)
    order = np.argsort(_ratio(income, people), kind="stable")
    share, earned = people[order] / people.sum(), income[order] / income.sum()
    below = np.cumsum(share) - share / 2
    return float(2 * (below * earned).sum() - 1)


def williamson(population: Floats, mean_income: Floats, *, centre: float | None = None) -> float:
    """Williamson's index (1965): the coefficient of variation of (n,) means, weighted by population.

    Deviations are taken from the mean over all people, or from `centre`: the R package REAT takes the plain mean over
    places there, and still divides by the mean over people. Raises BadFigures.
    """
    people, income = _checked(population, mean_income)
    if centre is not None and not np.isfinite(centre):
        raise BadFigures(f"Deviations are taken from a number, not from {centre}; leave the centre out for the mean.")
    share, mean = people / people.sum(), income.sum() / people.sum()
    away = (_ratio(income, people) - (mean if centre is None else centre)) / mean
    return float(np.sqrt((share * away**2).sum()))


def convergence(first: Floats, last: Floats, years: float) -> Convergence:
    """Absolute beta convergence of (n,) places by least squares (Barro and Sala-i-Martin 1992).

    `first`, `last` in any unit above 0. Raises BadFigures.
    """
    first, last = _positive(first, "first"), _positive(last, "last")
    if first.shape != last.shape or first.ndim != 1 or len(first) < 3 or not years > 0:
        raise BadFigures("Convergence needs two figures of at least three places, and a time between them above 0.")
    start, growth = np.log(first), np.log(last / first) / years
    spread = start - start.mean()
    if not (spread**2).sum() > 0:
        raise BadFigures("Every place starts from the same figure; there is nothing that could converge.")
    beta = float((spread * growth).sum() / (spread**2).sum())
    inside = 1 + beta * years
    speed = float(-np.log(inside) / years) if inside > 0 else np.inf
    half_life = float(np.log(2) / speed) if speed > 0 else np.inf
    return Convergence(float(growth.mean() - beta * start.mean()), beta, speed, half_life)


def clipped_to_quantiles(values: Floats, low: float, high: float) -> Floats:
    """(..., n) values with each row drawn in to its own quantiles (linear between points): a declared treatment.

    Raises BadFigures.
    """
    values = numbers(values, "values", BadFigures)
    if not 0 <= low < high <= 1 or not np.isfinite(values).all() or values.size == 0:
        raise BadFigures(f"Quantiles must rise within 0 to 1 and no value may be missing; got {low} and {high}.")
    limits = np.quantile(values, (low, high), axis=-1)[..., None]
    return np.clip(values, limits[0], limits[1])


def series_breaks(values: Floats, *, steps_over: float = STEPS_OVER, units_over: float = UNITS_OVER) -> Breaks:
    """Alarms for (T, n) positive figures, T and n at least 5, whose log changes stand out.

    A step stands out when all units jump together or scatter as they do at no other step (another census, another
    definition). A unit stands out when its change, less the others' median and its own, is many usual spreads wide
    and is not taken back at the step before or after. Spreads are median absolute deviations (Rousseeuw and Croux
    1993); a unit's is never taken smaller than the panel's, and wider at steps where all scatter. Raises BadFigures.
    """
    if not (steps_over > 0 and units_over > 0):
        raise BadFigures(f"An alarm is raised above a number of spreads, not above {steps_over} or {units_over}.")
    values = _positive(values, "value")
    if values.ndim != 2 or min(values.shape) < 5:
        raise BadFigures("Breaks are looked for in a (times, units) table of at least 5 times and 5 units.")
    changes = np.diff(np.log(values), axis=0)
    common = np.median(changes, axis=1)
    scatter = np.maximum(_spread(changes, 1), STILLNESS)
    usual = float(np.median(scatter))
    shift = np.abs(common - np.median(common)) / max(float(_spread(common, 0)), usual)
    step_scores = np.maximum(shift, scatter / usual)
    unit_scores = _unit_scores(changes - common[:, None], scatter / usual)
    steps, units = np.flatnonzero(step_scores > steps_over), np.argwhere(unit_scores > units_over)
    return Breaks(step_scores, unit_scores, steps.astype(np.int64), units.astype(np.int64))


def _unit_scores(own: Floats, widening: Floats) -> Floats:
    own = own - np.median(own, axis=0)
    spread = np.maximum(_spread(own, 0), STILLNESS)
    spread = np.maximum(spread, np.median(spread))
    still = np.zeros((1, own.shape[1]))
    with_before, with_after = own + np.vstack((still, own[:-1])), own + np.vstack((own[1:], still))
    lasting = np.minimum(np.abs(own), np.minimum(np.abs(with_before), np.abs(with_after)))
    scores: Floats = lasting / (spread * np.maximum(widening, 1.0)[:, None])
    return scores


def _spread(values: Floats, axis: int) -> Floats:
    middle = np.median(values, axis=axis, keepdims=True)
    spread: Floats = MAD_TO_DEVIATION * np.median(np.abs(values - middle), axis=axis)
    return spread


def _counts(groups: int, draws: int, seed: int) -> Iterator[Floats]:
    """How often each group is drawn, a block of draws at a time."""
    chance = np.random.default_rng(seed)
    for start in range(0, draws, DRAWS_AT_ONCE):
        some = min(DRAWS_AT_ONCE, draws - start)
        yield chance.multinomial(groups, np.full(groups, 1 / groups), size=some).astype(np.float64)


def _resampled_parts(panels: Sequence[tuple[Floats, Floats]], nodes: Sequence[Integers], times: Floats) -> Floats:
    """(draws, T, K + 2) parts and total when group g of the innermost level counts `times[:, g]` times."""
    inner = nodes[0]
    outer = [_parent(inner, level) for level in nodes[1:]]
    figures = np.empty((len(times), len(panels), len(nodes) + 2))
    for at, (people, income) in enumerate(panels):
        mean = income.sum() / people.sum()
        group_people, group_income = _summed(inner, people), _summed(inner, income / mean)
        cells = _summed(inner, _entropy(people, income / mean))
        earned = times @ group_income
        if not (earned > 0).all():
            raise BadFigures("Too many groups have no income: some draws hold none; leave empty groups out.")
        sums = [times @ cells, times @ _entropy(group_people, group_income)]
        for level in outer:
            drawn = [_grouped(times * each, level) for each in (group_people, group_income)]
            sums.append(_entropy(drawn[0], drawn[1]).sum(axis=1))
        sums.append(_entropy(times @ group_people, earned))
        steps = [(below - above) / earned for below, above in pairwise(sums)]
        figures[:, at] = np.column_stack([*steps, (sums[0] - sums[-1]) / earned])
    return figures


def _summed(group: Integers, values: Floats) -> Floats:
    sums: Floats = np.bincount(group, values).astype(np.float64)
    return sums


def _entropy(people: Floats, income: Floats) -> Floats:
    entropy: Floats = xlogy(income, np.where(income > 0, _ratio(income, people), 1.0))
    return entropy


def _grouped(columns: Floats, group: Integers) -> Floats:
    member = np.zeros((len(group), int(group.max()) + 1))
    member[np.arange(len(group)), group] = 1.0
    sums: Floats = np.matmul(columns, member)
    return sums


def _ratio(above: Floats, below: Floats) -> Floats:
    """above / below, 0 where `below` is 0: a node without people has no mean and is never asked for it."""
    ratio: Floats = np.divide(above, below, out=np.zeros_like(above), where=below > 0)
    return ratio


def _limits(figures: Floats, share: float) -> tuple[Floats, Floats]:
    if not 0 < share < 1:
        raise BadFigures(f"An interval covers a share between 0 and 1, such as 0.9, not {share}.")
    low, high = np.quantile(figures, ((1 - share) / 2, (1 + share) / 2), axis=0)
    return low, high


def _checked(population: Floats, mean_income: Floats) -> tuple[Floats, Floats]:
    """People and total income of each cell."""
    people, mean = numbers(population, "population", BadFigures), numbers(mean_income, "income", BadFigures)
    if people.shape != mean.shape or people.ndim != 1 or people.size == 0:
        raise BadFigures(f"Population and income must be two lists of one length; got {people.shape} and {mean.shape}.")
    bad = ~np.isfinite(people) | (people < 0)
    if bad.any():
        raise BadFigures(f"The population of cell {np.flatnonzero(bad)[0]} is missing or negative.")
    mean = np.where(people > 0, mean, 0.0)
    bad = ~np.isfinite(mean) | (mean < 0)
    if bad.any():
        raise BadFigures(f"The income of cell {np.flatnonzero(bad)[0]} is missing or negative, and people live there.")
    income = people * mean
    if not 0 < income.sum() < np.inf:
        raise BadFigures("Nobody has any income, or it is too large to add up; there is nothing to compare.")
    return people, income


def _positive(values: Floats, name: str) -> Floats:
    values = numbers(values, f"{name}s", BadFigures)
    bad = ~(np.isfinite(values) & (values > 0))
    if bad.any() or values.size == 0:
        where = np.argwhere(bad)[0].tolist() if bad.any() else "an empty table"
        raise BadFigures(f"Every {name} must be a number above 0; the one at {where} is not. Leave that unit out.")
    return values


def _nodes(levels: Sequence[Integers], cells: int) -> list[Integers]:
    nodes = [np.asarray(level) for level in levels]
    for at, level in enumerate(nodes):
        if level.shape != (cells,) or not np.issubdtype(level.dtype, np.integer):
            raise BadGroups(f"Level {at} must give each of the {cells} cells one whole number.")
        if not np.array_equal(np.unique(level), np.arange(level.max() + 1)):
            raise BadGroups(f"The groups of level {at} must be numbered 0, 1, 2 ... without a gap.")
    for at, (own, above) in enumerate(pairwise(nodes)):
        torn = above != _parent(own, above)[own]
        if torn.any():
            raise BadGroups(f"Group {own[torn][0]} of level {at} lies in more than one group of level {at + 1}.")
    return nodes


def _parent(own: Integers, above: Integers) -> Integers:
    """For each node the group it lies in, read from the first of its cells."""
    return above[np.unique(own, return_index=True)[1]]
