"""How likely a matter is to be late, said at intake: from the queue it joins, refitted as the queue changes."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from shancheng.methods.given import numbers, whole_numbers

NOT_ENDED = np.iinfo(np.int64).max
WINDOWS = (3, 7, 14, 28)
SPEEDS = (0, 1, 2, 3, 5, 8)
SPEED_WINDOWS = (5, 14)
QUEUE = (
    "open",
    "days_open",
    *(f"ended_in_{days}" for days in WINDOWS),
    *(f"arrived_in_{days}" for days in WINDOWS),
    *(f"days_taken_in_{days}" for days in WINDOWS),
    "days_to_work_off",
    "days_since_last_end",
    *(f"late_in_{days}" for days in SPEED_WINDOWS),
    *(f"ended_within_{days}_in_{window}" for days in SPEEDS for window in SPEED_WINDOWS),
)
"""Columns of `queue_state`."""
KNOWN_MIN = 200
"""Matters with a known outcome below which nothing is learnt."""
_CELLS_MAX = 50_000_000

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


class RiskError(ValueError):
    """Matters from which no risk can be worked out, in one sentence."""


@dataclass(frozen=True)
class Rhythm:
    """How the risk is learnt and kept true."""

    refit_days: int = 28
    offset_days: int = 7
    """How often the offset is set anew."""
    memory_days: int = 56
    """Days of matters, scored when they came in and known since, that the offset is set by."""
    trees: int = 120
    leaves: int = 8
    rows_min: int = 200
    """Rows a leaf holds at least."""
    rate: float = 0.05
    shrinkage: float = 5.0

    def __post_init__(self) -> None:
        if min(self.refit_days, self.offset_days, self.memory_days, self.trees, self.rows_min) < 1 or self.leaves < 2:
            raise RiskError(f"A risk cannot be learnt with {self}; days, trees and rows are at least 1, leaves 2.")


@dataclass(frozen=True)
class Risk:
    """Trees grown on what was known on a day, and an offset on the logit that has been set since."""

    model: HistGradientBoostingClassifier
    offset: float = 0.0

    def chances(self, table: ArrayLike) -> Floats:
        """Chance of being late for each row float[n, columns] of what is known at intake.

        Raises RiskError where the columns are others than those learnt from, or a number is infinite.
        """
        rows = _rows(table)
        if rows.shape[1] != self.model.n_features_in_:
            raise RiskError(f"The risk was learnt from {self.model.n_features_in_} columns, not {rows.shape[1]}.")
        chance = np.asarray(self.model.predict_proba(rows)[:, 1], np.float64)
        return shifted(chance, self.offset)


def known_on(day: int, arrived: ArrayLike, limit: ArrayLike) -> Flags:
    """Matters whose outcome is known at the start of a day: those that came in more than their limit of days before.

    A matter that ended early is left out as well until its limit has passed; otherwise the quick ones of the last days
    would be known and the slow ones not, and the chance would come out too low. `arrived`, `limit` int[n] days, or one
    limit for all. Raises RiskError where they differ in length or are no whole numbers.
    """
    come, limits = whole_numbers(arrived, "arrivals", RiskError), whole_numbers(limit, "limits", RiskError)
    if limits.shape not in ((), come.shape):
        raise RiskError(f"There are {come.size} arrivals and {limits.size} limits; give one for each, or one for all.")
    known: Flags = come + limits < day
    return known


def queue_state(arrived: ArrayLike, ended: ArrayLike, group: ArrayLike, late: ArrayLike, *, limit: int) -> Floats:
    """The queue each matter joins, as it stood when the day of its arrival began: float64[n, len(QUEUE)].

    `arrived`, `ended` int[n] are days (`NOT_ENDED` while open), `group` int[n] >= 0 the queue, such as the agency or
    district, `late` bool[n] the outcome, which is read only once `limit` days, the longest of all limits, have passed.
    Matters of today are asked about by adding them as not ended. NaN where nothing happened in a window. Raises
    RiskError where arrays differ in length, a matter ends before it arrives, or days times groups is above 50 million.
    """
    come, gone, queue, lates = (np.asarray(array).ravel() for array in (arrived, ended, group, late))
    _check(come, gone, queue, lates)
    if limit < 0:
        raise RiskError(f"The longest limit is a number of days from 0, not {limit}.")
    if not come.size:
        return np.empty((0, len(QUEUE)))
    book = _Book(come.astype(np.int64), gone.astype(np.int64), queue.astype(np.int64), lates.astype(bool))
    return np.column_stack(list(book.columns(limit)))


def learn_risk(table: ArrayLike, late: ArrayLike, *, seed: int, rhythm: Rhythm | None = None) -> Risk:
    """Trees on rows float[n, columns] of what was known at intake and the outcome bool[n]; NaN is not known.

    Gradient boosting on histograms with log loss. Only matters of `known_on` belong here. Raises RiskError where
    fewer than 200 are given, all or none were late, or a number is infinite.
    """
    rows, outcome, rhythm = _rows(table), np.asarray(late, bool).ravel(), rhythm or Rhythm()
    if len(rows) != outcome.size:
        raise RiskError(f"A table of shape {rows.shape} does not go with {outcome.size} outcomes; one row for each.")
    if outcome.size < KNOWN_MIN or outcome.all() or not outcome.any():
        raise RiskError(
            f"Of {outcome.size} matters with a known outcome {int(outcome.sum())} were late;"
            f" at least {KNOWN_MIN} matters are needed, late ones and others among them."
        )
    trees = HistGradientBoostingClassifier(
        max_iter=rhythm.trees,
        max_leaf_nodes=rhythm.leaves,
        min_samples_leaf=rhythm.rows_min,
        learning_rate=rhythm.rate,
        l2_regularization=rhythm.shrinkage,
        early_stopping=False,
        random_state=seed,
    )
    return Risk(trees.fit(rows, outcome))


def shifted(chances: ArrayLike, offset: float) -> Floats:
    """Chances float[n] moved by an offset on their logit; RiskError where one of them or the offset is no number."""
    if not np.isfinite(offset):
        raise RiskError(f"An offset on the logit is a finite number, not {offset}.")
    chance = np.clip(_chances(chances), 1e-9, 1 - 1e-9)
    moved: Floats = 1 / (1 + np.exp(-(np.log(chance / (1 - chance)) + offset)))
    return moved


def offset_of(chances: ArrayLike, late: ArrayLike) -> float:
    """The offset on the logit with which chances add up to what happened; 0 where none, all or nothing was late.

    `chances` float[n] as they were said at intake, `late` bool[n] as it turned out. Found by halving, to 1e-6; at most
    5 either way. Raises RiskError where the two differ in length or a chance is no number.
    """
    outcome, said = np.asarray(late, bool).ravel(), _chances(chances).ravel()
    if outcome.size != said.size:
        raise RiskError(f"There are {said.size} chances and {outcome.size} outcomes; give one for each.")
    if not outcome.any() or outcome.all():
        return 0.0
    low, high = -5.0, 5.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (middle, high) if shifted(said, middle).sum() < outcome.sum() else (low, middle)
    return (low + high) / 2


def follow(
    table: ArrayLike,
    arrived: ArrayLike,
    late: ArrayLike,
    limit: ArrayLike,
    *,
    first: int,
    last: int,
    seed: int,
    rhythm: Rhythm | None = None,
) -> Floats:
    """The chance each matter of the days `first` .. `last` would have been given at intake, float64[n], others NaN.

    Each day uses what was known when it began: trees grown every `refit_days`, the offset every `offset_days` from
    the chances said and the outcomes known by then. `table` float[n, columns], `arrived` int[n] days, `late` bool[n],
    `limit` int[n] days. Errors as for `learn_risk`.
    """
    rows, rhythm, outcome = _rows(table), rhythm or Rhythm(), np.asarray(late, bool)
    come, limits = whole_numbers(arrived, "arrivals", RiskError), whole_numbers(limit, "limits", RiskError)
    if not come.shape == outcome.shape == limits.shape == rows.shape[:1]:
        sizes = f"{len(rows)} rows, {come.size} arrivals, {outcome.size} outcomes and {limits.size} limits"
        raise RiskError(f"There are {sizes}; give one of each for every matter.")
    raw, said = np.full((2, len(rows)), np.nan)
    for day, until, refit in _steps(first, last, rhythm):
        known = known_on(day, come, limits)
        if refit:
            risk = learn_risk(rows[known], outcome[known], seed=seed, rhythm=rhythm)
        now = (come >= day) & (come < until)
        if not now.any():
            continue
        raw[now] = risk.chances(rows[now])
        judged = known & (come + limits >= day - rhythm.memory_days) & np.isfinite(raw)
        said[now] = shifted(raw[now], offset_of(raw[judged], outcome[judged]))
    return said


def calibration_error(chances: ArrayLike, late: ArrayLike, parts: int = 10) -> float:
    """Mean distance between chance said and share that was late, over tenths of the matters by their chance.

    The expected calibration error with parts of equal size (Naeini, Cooper, Hauskrecht, AAAI 2015). Raises RiskError
    where the two differ in length, there are fewer matters than parts or no part, or a chance is no number.
    """
    chance, outcome = _chances(chances).ravel(), np.asarray(late, bool).ravel()
    if not 1 <= parts <= chance.size or chance.size != outcome.size:
        raise RiskError(
            f"{chance.size} chances and {outcome.size} outcomes do not make {parts} parts of known numbers."
        )
    order = np.argsort(chance, kind="stable")
    return sum(
        abs(float(chance[part].mean()) - float(outcome[part].mean())) * part.size / chance.size
        for part in np.array_split(order, parts)
    )


def _rows(table: ArrayLike) -> Floats:
    rows = numbers(table, "entries of the table", RiskError)
    if rows.ndim != 2:
        raise RiskError(f"What is known at intake is a table of matters by columns, not of shape {rows.shape}.")
    if np.isinf(rows).any():
        raise RiskError("The table holds infinite numbers; give NaN for what is not known.")
    return rows


def _chances(chances: ArrayLike) -> Floats:
    given = numbers(chances, "chances", RiskError)
    if not ((given >= 0) & (given <= 1)).all():
        raise RiskError("A chance is a number from 0 to 1, and one of them is not; leave out matters without one.")
    return given


class _Book:
    """Running totals of each queue at the end of each day."""

    def __init__(self, come: Ints, gone: Ints, queue: Ints, late: Flags) -> None:
        self.begin, self.days = int(come.min()), int(come.max() - come.min()) + 1
        self.come, self.queue, self.late = come - self.begin, queue, late
        self.taken = np.where(gone == NOT_ENDED, NOT_ENDED, gone - come)
        if (int(queue.max()) + 1) * self.days > _CELLS_MAX:
            raise RiskError(
                f"{queue.max() + 1} groups over {self.days} days are too many; number groups from 0, or cut."
            )
        self.shape = int(queue.max()) + 1, self.days
        done = gone - self.begin < self.days
        self._ended = (self.queue[done], gone[done] - self.begin)
        self._ended_after = self.taken[done].astype(np.float64)
        self.arrived = self._sums(self.queue, self.come)
        self.ended = self._sums(*self._ended)

    def columns(self, limit: int) -> Iterator[Floats]:
        """Columns in the order of `QUEUE`."""
        before = self.come - 1
        arrived = self._sums(self.queue, self.come, self.come.astype(np.float64))
        began = self._sums(*self._ended, self._ended[1] - self._ended_after)
        taken = self._sums(*self._ended, self._ended_after)
        still = self._at(self.arrived, before) - self._at(self.ended, before)
        yield still
        since = still * self.come - (self._at(arrived, before) - self._at(began, before))
        yield np.where(still > 0, since / np.maximum(still, 1), np.nan)
        ended = {days: self._within(self.ended, before, days) for days in WINDOWS}
        yield from ended.values()
        yield from (self._within(self.arrived, before, days) for days in WINDOWS)
        for days, count in ended.items():
            yield _share(self._within(taken, before, days), count)
        yield 14 * still / np.maximum(ended[14], 0.5)
        yield self._since_last_end(before)
        lates = self._sums(self.queue, self.come, self.late.astype(np.float64))
        settled = self.come - limit - 1
        for days in SPEED_WINDOWS:
            yield _share(self._within(lates, settled, days), self._within(self.arrived, settled, days))
        for days in SPEEDS:
            yield from self._speeds(days)

    def _speeds(self, days: int) -> Iterator[Floats]:
        """Share of those that came some days ago which ended within so many days, drawn to one half where few came."""
        quick = self._sums(self.queue, self.come, (self.taken <= days).astype(np.float64))
        until = self.come - days - 1
        for window in SPEED_WINDOWS:
            yield (self._within(quick, until, window) + 1) / (self._within(self.arrived, until, window) + 2)

    def _since_last_end(self, before: Ints) -> Floats:
        ends = np.diff(self.ended, axis=1, prepend=0) > 0
        last = np.maximum.accumulate(np.where(ends, np.arange(self.days), -1), axis=1)
        found = np.where(before >= 0, last[self.queue, np.maximum(before, 0)], -1)
        return np.where(found >= 0, self.come - found, np.nan)

    def _sums(self, queue: Ints, day: Ints, amount: Floats | None = None) -> Floats:
        cells = np.bincount(queue * self.days + day, amount, self.shape[0] * self.days)
        return np.cumsum(cells.reshape(self.shape), axis=1, dtype=np.float64)

    def _at(self, sums: Floats, day: Ints) -> Floats:
        """Totals of each matter's queue at the end of a day, 0 before the book begins."""
        return np.where(day >= 0, sums[self.queue, np.maximum(day, 0)], 0.0)

    def _within(self, sums: Floats, until: Ints, days: int) -> Floats:
        return self._at(sums, until) - self._at(sums, until - days)


def _share(part: Floats, whole: Floats) -> Floats:
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)


def _steps(first: int, last: int, rhythm: Rhythm) -> Iterator[tuple[int, int, bool]]:
    """First day, day after the last, and whether trees are grown anew."""
    day, grown = first, first
    while day <= last:
        refit = day == first or day >= grown + rhythm.refit_days
        grown = day if refit else grown
        until = min(day + rhythm.offset_days, grown + rhythm.refit_days, last + 1)
        yield day, until, refit
        day = until


def _check(come: Ints, gone: Ints, queue: Ints, late: Flags) -> None:
    sizes = {"arrivals": come.size, "ends": gone.size, "groups": queue.size, "outcomes": late.size}
    if len(set(sizes.values())) > 1:
        told = ", ".join(f"{size} {name}" for name, size in sizes.items())
        raise RiskError(f"There are {told}; give one of each for every matter.")
    if not all(np.issubdtype(array.dtype, np.integer) for array in (come, gone, queue)) and come.size:
        raise RiskError("Days and groups are whole numbers; leave out matters without them.")
    if np.any(gone < come):
        raise RiskError(
            f"{int((gone < come).sum())} matters end before they arrive; leave them out or mend their days."
        )
    if np.any(queue < 0):
        raise RiskError("Groups are numbered from 0; give matters without one a group of their own.")
