"""Which activities a place lacks that are close to what it has: advantage, proximity, complexity, shortlists."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.linalg import eigh
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from shancheng.methods.given import numbers, whole_numbers

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

THRESHOLD: Final = 1.0
"""From this advantage on a place counts as specialised (Balassa 1965)."""
THRESHOLDS: Final = (0.5, 2.0)
"""Between these the threshold is varied where stability is asked for."""
RESAMPLES_MOST: Final = 10_000
PASSES_MOST: Final = 1_000
EQUAL_TO: Final = 12
"""Decimals to which two densities are the same: sums of the same terms in another order are equals."""
SMALLEST: Final = 1e-290
"""Fitness of sparse tables falls towards 0 for ever; it is not divided by less than this."""


class RelatednessError(Exception):
    """A measure of relatedness was given what it cannot work with, in one sentence."""


class BadTable(RelatednessError):
    """A table of places by activities that is empty, negative, missing figures, or falls into separate parts."""


class BadWish(RelatednessError):
    """A threshold, a number of resamples or an index that cannot be met."""


@dataclass(frozen=True)
class Complexity:
    """Complexity of places and activities; a scale without meaning in one place alone, never a league table."""

    places: Floats
    """(P,) economic complexity, mean 0 and deviation 1 over those defined; NaN exactly where `undefined_places`."""
    activities: Floats
    """(A,) the same for activities: the mean complexity of their places, rescaled."""
    eigenvalues: Floats
    """The three largest: 1, that of the complexities, and a third that makes them weak where it comes close."""
    undefined_places: Integers
    """Places specialised in nothing."""
    undefined_activities: Integers
    """Activities in which no place is specialised."""


@dataclass(frozen=True)
class Fitness:
    """Fitness of places and complexity of activities by the non-linear passes of Tacchella et al. (2012)."""

    places: Floats
    activities: Floats


@dataclass(frozen=True)
class Shortlist:
    """For each place the absent candidates that are closest to what it has, and how firmly each stands there."""

    places: Integers
    """(P',) places that are large enough, by their numbers in the table."""
    excluded: Integers
    """Places under the size floor; nothing is said of them, and they shape no proximity."""
    activities: Integers
    """(P', k) candidates in order of density; -1 where a place lacks fewer than k."""
    density: Floats
    """(P', k) density of each; NaN beside -1."""
    survival: Floats
    """(P', k) share of the resamples in which the candidate is among the k densest; NaN beside -1."""


def advantage(values: Floats) -> Floats:
    """(P, A) revealed comparative advantage, also called location quotient, of (P, A) values (Balassa 1965).

    The share of an activity in a place over its share in all places; values are employees, firms or money, and every
    one must be a number not below 0. A place or activity without any value has advantage 0. Raises BadTable.
    """
    return _advantage(_table(values), None)


def specialised(advantages: Floats, threshold: float = THRESHOLD) -> Flags:
    """(P, A) whether a place is specialised in an activity; BadTable where an advantage is unknown, BadWish for a
    threshold that is no number above 0.
    """
    table = numbers(advantages, "advantages", BadTable)
    if np.isnan(table).any():
        raise BadTable("An advantage is not known; unknown is not unspecialised. Leave that place or activity out.")
    if not (np.isfinite(threshold) and threshold > 0):
        raise BadWish(f"The threshold of specialisation must be a number above 0, not {threshold}.")
    return table >= threshold


def proximity(present: Flags) -> Floats:
    """(A, A) the smaller of both conditional chances that a place has one activity, given the other (Hidalgo 2007).

    Places that have both over the larger number of places that have one. The diagonal is 0: an activity does not
    recommend itself. Activities that no place has are close to nothing.
    """
    near = _proximity(_present(present), None)
    np.fill_diagonal(near, 0.0)
    return near


def density(present: Flags, near: Floats) -> Floats:
    """(P, A) share of an activity's proximity that lies in what the place has; 0 where it is close to nothing.

    The last bit may depend on how many threads multiply, as with any product of large matrices; what is ranked by
    density is rounded before (`EQUAL_TO`). Raises BadTable.
    """
    table = _present(present)
    near = numbers(near, "proximities", BadTable)
    if near.shape != (table.shape[1],) * 2:
        raise BadTable(f"Proximity must be a table of {table.shape[1]} by {table.shape[1]}, not {near.shape}.")
    if not (np.isfinite(near) & (near >= 0)).all():
        raise BadTable("Proximities are numbers not below 0, and one of them is not; work them out with `proximity`.")
    return _density(table, near, near.sum(axis=1))


def complexity(present: Flags) -> Complexity:
    """Economic complexity from the second eigenvector of places linked by shared activities (Hidalgo, Hausmann 2009).

    Worked out on the smaller side in the symmetric form D^-1/2 M U^-1 M' D^-1/2, whose eigenvectors are stable; the
    sign is that of diversity. Places and activities without any link are left out and named. Raises BadTable where
    the table falls into parts that share nothing, for then the second eigenvector only says which part is which.
    """
    table = _present(present)
    there, used = table.sum(axis=1) > 0, table.sum(axis=0) > 0
    linked = table[np.ix_(there, used)]
    _refuse_islands(linked)
    turned = linked.shape[0] > linked.shape[1]
    side = linked.T if turned else linked
    values, vector = _second_eigenvector(side)
    other = (side * vector[:, None]).sum(axis=0) / side.sum(axis=0)
    of_places, of_activities = (other, vector) if turned else (vector, other)
    diversity = linked.sum(axis=1)
    sign = 1.0 if (of_places * (diversity - diversity.mean())).sum() >= 0 else -1.0
    return Complexity(
        _spread_out(sign * of_places, there),
        _spread_out(sign * of_activities, used),
        values,
        np.flatnonzero(~there),
        np.flatnonzero(~used),
    )


def fitness(present: Flags, passes: int) -> Fitness:
    """Fitness after a number of passes, each rescaled to mean 1 (Tacchella et al. 2012); no pass gives ones.

    Places without an activity get 0; activities of no place get 0. The passes need not converge for sparse tables.
    Raises BadTable, and BadWish for a number of passes that cannot be.
    """
    table = _present(present).astype(np.float64)
    if not 0 <= passes <= PASSES_MOST:
        raise BadWish(f"Fitness takes 0 to {PASSES_MOST} passes, not {passes}.")
    places, activities = np.ones(table.shape[0]), np.ones(table.shape[1])
    used = table.any(axis=0)
    for _ in range(passes):
        ease = table.T @ (1 / np.maximum(places, SMALLEST))
        next_places, next_activities = table @ activities, np.where(used, 1 / np.where(used, ease, 1.0), 0.0)
        places, activities = next_places / next_places.mean(), next_activities / next_activities.mean()
    return Fitness(places, activities)


def shortlist(
    values: Floats,
    candidates: Sequence[int] | Integers,
    *,
    longest: int,
    size_floor: float,
    resamples: int,
    seed: int,
    sizes: Floats | None = None,
    thresholds: tuple[float, float] = THRESHOLDS,
) -> Shortlist:
    """The `longest` densest absent candidates of every place that is large enough, with their stability.

    `values` (P, A) as in `advantage`; `candidates` are the activities of one chain. A place is large enough when its
    size (the sum of its values, or `sizes` (P,)) reaches `size_floor`. Each resample draws the activities with
    replacement and a threshold between `thresholds`, evenly in its logarithm, works out everything anew and asks
    again which of the candidates absent at threshold 1 are densest; equals are ranked by lot.
    Lists are no longer than there are candidates. Raises BadTable and BadWish.
    """
    table, asked = _table(values), whole_numbers(candidates, "candidates", BadWish)
    _check_wish(table, asked, longest, resamples, thresholds)
    size = table.sum(axis=1) if sizes is None else numbers(sizes, "sizes", BadTable)
    if size.shape != (len(table),) or not np.isfinite(size).all():
        raise BadTable(f"Sizes must be {len(table)} numbers, one for each place.")
    large = size >= size_floor
    kept, excluded = np.flatnonzero(large), np.flatnonzero(~large)
    if len(kept) < 2:
        raise BadTable(f"Only {len(kept)} places reach the size of {size_floor:g}; relatedness needs two or more.")
    table = _table(table[kept])
    absent = ~(_advantage(table, None)[:, asked] >= THRESHOLD)
    close = _density_of(table, np.ones(table.shape[1]), THRESHOLD, asked)
    order, ranked = _densest(close, absent, longest)
    draws = _draws(table.shape[1], len(asked), resamples, thresholds, seed)
    stays = _stays(table, asked, absent, longest, draws)
    chosen, row = np.where(ranked, order, 0), np.arange(len(kept))[:, None]
    return Shortlist(
        kept,
        excluded,
        np.where(ranked, asked[chosen], -1),
        np.where(ranked, close[row, chosen], np.nan),
        np.where(ranked, stays[row, chosen] / resamples, np.nan),
    )


@dataclass(frozen=True)
class _Draw:
    times: Floats
    """How often each activity is drawn."""
    threshold: float
    lot: Integers
    """Candidates in the order in which equals are ranked."""


def _draws(
    activities: int, candidates: int, resamples: int, thresholds: tuple[float, float], seed: int
) -> Iterator[_Draw]:
    chance = np.random.default_rng(seed)
    low, high = np.log(thresholds)
    for _ in range(resamples):
        times = np.bincount(chance.integers(0, activities, activities), minlength=activities)
        yield _Draw(times.astype(np.float64), float(np.exp(chance.uniform(low, high))), chance.permutation(candidates))


def _stays(table: Floats, asked: Integers, absent: Flags, longest: int, draws: Iterable[_Draw]) -> Floats:
    """(P, C) in how many draws each candidate is among the densest of its place; equals are ranked by lot."""
    stays = np.zeros(absent.shape)
    for draw in draws:
        close = _density_of(table, draw.times, draw.threshold, asked)
        order, ranked = _densest(close[:, draw.lot], absent[:, draw.lot], longest)
        stays[np.nonzero(ranked)[0], draw.lot[order[ranked]]] += 1
    return stays


def _densest(close: Floats, absent: Flags, longest: int) -> tuple[Integers, Flags]:
    """(P, k) candidates in falling density, the first of equals first, and which of them are absent at all."""
    key = np.where(absent, -np.round(close, EQUAL_TO), np.inf)
    order = np.argsort(key, axis=1, kind="stable")[:, :longest]
    return order, np.take_along_axis(absent, order, axis=1)


def _density_of(table: Floats, times: Floats, threshold: float, asked: Integers) -> Floats:
    """(P, C) density of the asked activities when activity a counts `times[a]` times."""
    present = _advantage(table, times) >= threshold
    near = _proximity(present, asked)
    near[np.arange(len(asked)), asked] = 0.0
    near *= times
    return _density(present, near, near.sum(axis=1))


def _advantage(table: Floats, times: Floats | None) -> Floats:
    """Advantage, each activity counted `times[a]` times in every total."""
    place = table.sum(axis=1) if times is None else table @ times
    activity = table.sum(axis=0)
    whole = activity.sum() if times is None else float(activity @ times)
    expected = place[:, None] * (activity / whole if whole > 0 else activity)
    found: Floats = np.divide(table, expected, out=np.zeros_like(table), where=expected > 0)
    return found


def _proximity(present: Flags, rows: Integers | None) -> Floats:
    """(R, A) proximity of some activities to all; counts of places stay exact in single precision to 2^24."""
    table = present.astype(np.float32)
    some = table if rows is None else table[:, rows]
    together: Floats = (some.T @ table).astype(np.float64)
    ubiquity = table.sum(axis=0, dtype=np.float64)
    larger = np.maximum(ubiquity if rows is None else ubiquity[rows], 1.0)[:, None]
    together /= np.maximum(larger, ubiquity)
    return together


def _density(present: Flags, near: Floats, whole: Floats) -> Floats:
    found: Floats = np.matmul(present.astype(np.float64), near.T)
    found /= np.where(whole > 0, whole, np.inf)
    return found


def _second_eigenvector(side: Flags) -> tuple[Floats, Floats]:
    """The three largest eigenvalues, and the second eigenvector of D^-1 M U^-1 M' for the rows of `side`."""
    own, across = side.sum(axis=1), side.sum(axis=0)
    if len(own) < 3:
        raise BadTable(f"Complexity needs three or more places and activities that are linked; there are {len(own)}.")
    scaled = side / np.sqrt(own)[:, None] / np.sqrt(across)
    last = len(own) - 1
    values, vectors = eigh(scaled @ scaled.T, subset_by_index=(last - 2, last))
    return values[::-1].copy(), vectors[:, 1] / np.sqrt(own)


def _refuse_islands(linked: Flags) -> None:
    places, activities = linked.shape
    row, column = np.nonzero(linked)
    links = csr_array((np.ones(len(row)), (row, column + places)), shape=(places + activities,) * 2)
    islands = int(connected_components(links, directed=False, return_labels=False))
    if islands != 1:
        raise BadTable(
            f"The table falls into {islands} parts that share no activity, so complexity compares nothing;"
            " leave the small part out, or lower the threshold."
        )


def _spread_out(values: Floats, where: Flags) -> Floats:
    """Standardised values at their places, NaN elsewhere."""
    deviation = values.std(ddof=1)
    if not deviation > 1e-12 * max(1.0, float(np.abs(values).max())):
        raise BadTable("All places are alike in what they have; complexity cannot tell them apart.")
    found = np.full(len(where), np.nan)
    found[where] = (values - values.mean()) / deviation
    return found


def _check_wish(table: Floats, asked: Integers, longest: int, resamples: int, thresholds: tuple[float, float]) -> None:
    if asked.ndim != 1 or len(asked) == 0 or len(np.unique(asked)) != len(asked):
        raise BadWish("Name the candidate activities of the chain, each once.")
    if asked.min() < 0 or asked.max() >= table.shape[1]:
        raise BadWish(f"Candidates are numbers 0 to {table.shape[1] - 1}, columns of the table.")
    if longest < 1 or not 1 <= resamples <= RESAMPLES_MOST:
        raise BadWish(f"A shortlist is at least 1 long and takes 1 to {RESAMPLES_MOST:,} resamples.")
    if not 0 < thresholds[0] <= thresholds[1] < np.inf:
        raise BadWish(f"Thresholds rise from above 0, such as {THRESHOLDS}; got {thresholds}.")


def _table(values: Floats) -> Floats:
    table = numbers(values, "values", BadTable)
    if table.ndim != 2 or table.size == 0:
        raise BadTable(f"Values must be a table of places by activities; got the shape {table.shape}.")
    bad = ~(np.isfinite(table) & (table >= 0))
    if bad.any():
        place, activity = np.argwhere(bad)[0]
        raise BadTable(f"The value of place {place}, activity {activity} is missing or negative; unknown is not 0.")
    if not table.sum() > 0:
        raise BadTable("Every value is 0; there is nothing to compare.")
    return table


def _present(present: Flags) -> Flags:
    table = np.asarray(present)
    if table.ndim != 2 or table.dtype != np.bool_ or not table.any():
        raise BadTable("Give a table of places by activities that says true or false, and true at least once.")
    return table
