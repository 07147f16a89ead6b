"""How many matters are to be expected by hour or by day, holidays included, and between which limits."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.signal import lfilter
from scipy.stats import nbinom

from shancheng.methods.given import numbers, whole_numbers
from shancheng.methods.series.errors import BadReadings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
WEEK: Final = 7
SUNDAY, MONDAY = 6, 0
YEAR_DAYS: Final = 365.2425
WEEKS_LEAST: Final = 4
PERIODS_MOST: Final = 100_000
COUNT_MOST: Final = 1e9
STEPS_MOST: Final = 50
LOOKS_LEAST: Final = 5
"""Counts of the history that must lie as far ahead as a horizon, for its limits to be tried on."""
SETTLED: Final = 1e-4
"""A fit is done when no logarithm moves by more."""


@dataclass(frozen=True)
class Periods:
    """What is known beforehand about m periods (hours or days) that follow each other."""

    slot: Ints
    """int[m] slot of the week it acts as, days 0..6 or hours 0..167: a day off as Sunday, a make-up day as Monday."""
    kind: Ints
    """int[m] 0 for an ordinary period; others are kinds of special days, each with an effect of its own."""
    year: Floats
    """float[m] years since any moment."""
    per_day: int
    """1 for days, 24 for hours."""

    def first(self, count: int) -> "Periods":
        """The first of them."""
        return Periods(self.slot[:count], self.kind[:count], self.year[:count], self.per_day)


@dataclass(frozen=True)
class CountModel:
    """A fitted model of counts; see `fit_counts`."""

    slots: Floats
    """float[7 or 168] logarithm of the usual count of each slot."""
    kinds: Floats
    """float[K] what a special kind adds to it; kind 0 adds nothing."""
    waves: Floats
    """float[2 * harmonics] what the season adds: sines and cosines of once, twice, ... a year."""
    level_memory: float
    """Weight that the level keeps from one period to the next."""
    trust: float
    """How much of the level's lead over the usual is still believed a day later."""
    dispersion: Floats
    """float[horizon] variance beyond Poisson's, as a share of the squared mean, by periods ahead."""
    tails: Floats
    """float[horizon, 2] shares at which the limits are read, so that the history itself was covered as promised."""


@dataclass(frozen=True)
class CountForecast:
    """Counts to be expected in the periods ahead, nearest first: arrays of the horizon."""

    expected: Floats
    """Mean."""
    middle: Floats
    """Median: as often above as below."""
    low: Floats
    high: Floats


def day_periods(first: int, count: int, *, off: ArrayLike = (), worked: ArrayLike = ()) -> Periods:
    """Days from day number `first` (days since 1970-01-01) on; `off` and `worked` are day numbers of holidays and of
    make-up workdays. Raises BadReadings where one of them is no whole number, or `count` is below 0."""
    _refuse_backwards(count)
    day = np.arange(first, first + count)
    is_off, is_worked = (np.isin(day, whole_numbers(days, "day numbers", BadReadings)) for days in (off, worked))
    slot = np.where(is_off, SUNDAY, np.where(is_worked, MONDAY, (day + 3) % WEEK))
    return Periods(slot, np.where(is_off, 1, np.where(is_worked, 2, 0)), day / YEAR_DAYS, 1)


def hour_periods(first: int, count: int, *, off: ArrayLike = (), worked: ArrayLike = ()) -> Periods:
    """Hours from hour number `first` (local hours since 1970-01-01 00:00) on; `off` and `worked` are day numbers.

    Raises as `day_periods` does.
    """
    _refuse_backwards(count)
    hour = np.arange(first, first + count)
    days = day_periods(first // 24, (first + count - 1) // 24 - first // 24 + 1, off=off, worked=worked)
    which = hour // 24 - first // 24
    return Periods(days.slot[which] * 24 + hour % 24, days.kind[which], hour / (24 * YEAR_DAYS), 24)


def fit_counts(
    counts: ArrayLike,
    periods: Periods,
    *,
    horizon: int,
    share: float = 0.9,
    harmonics: int = 2,
    shrink: float = 10.0,
    level_days: float = 10.0,
    trust: float = 0.93,
) -> CountModel:
    """A model of counts float[n] (NaN: unknown), for forecasts up to `horizon` periods ahead whose limits hold `share`.

    Logarithm of the mean = slot of the week + kind of day + season, fitted as overdispersed counts with a ridge of
    `shrink` counts (McCullagh and Nelder, Generalized Linear Models, 1989, ch. 6 and 9), times a level that follows
    the last `level_days` days by discounting (Harvey and Fernandes, "Time series models for count or qualitative
    observations", J. Business and Economic Statistics 7, 1989, 407-417) and is believed less the farther one looks.
    Without a year of history no season is fitted. Limits are read from negative binomials, at shares under which they
    covered the history. Raises BadReadings for less than four weeks, no counts above 0, counts that cannot be, or a
    horizon of which the history, its first week left out, says nothing.
    """
    seen = _checked(counts, periods)
    if not 0 < share < 1 or horizon < 1 or trust <= 0 or trust > 1 or level_days <= 0 or shrink <= 0 or harmonics < 0:
        raise BadReadings("A forecast needs a share and trust between 0 and 1, and a horizon, level and ridge above 0.")
    whole_year = len(seen) >= YEAR_DAYS * periods.per_day
    design, ridge = _design(periods, harmonics if whole_year else 0, shrink)
    weights = _fit(design, seen, ridge)
    slots, kinds, season = np.split(weights, np.cumsum([_parts(periods.per_day), int(periods.kind.max())]))
    memory = (1.0 - 1.0 / (1.0 + level_days)) ** (1.0 / periods.per_day)
    model = CountModel(
        slots=_slots(np.arange(WEEK * periods.per_day), periods.per_day) @ slots,
        kinds=np.r_[0.0, kinds],
        waves=season,
        level_memory=memory,
        trust=trust ** (1.0 / periods.per_day),
        dispersion=np.zeros(horizon),
        tails=np.zeros((horizon, 2)),
    )
    return _with_spread(model, seen, periods, share)


def forecast_counts(model: CountModel, counts: ArrayLike, periods: Periods) -> CountForecast:
    """Forecast of the periods after counts float[n]; `periods` cover the history and the periods ahead: m - n of them.

    Raises BadReadings where nothing lies ahead, more than the model's horizon does, the periods are of another kind,
    or counts are below 0 or infinite.
    """
    seen = numbers(counts, "counts", BadReadings)
    if seen.ndim != 1 or not (np.isnan(seen) | (seen >= 0) & (seen <= COUNT_MOST)).all():
        raise BadReadings(f"Counts are one row from 0 to {COUNT_MOST:g}, NaN where they are unknown.")
    ahead = len(periods.slot) - len(seen)
    if not 0 < ahead <= len(model.dispersion) or len(model.slots) != WEEK * periods.per_day:
        raise BadReadings(
            f"The periods reach {ahead} beyond the counts; this model looks from 1 to {len(model.dispersion)} ahead, "
            f"in a week of {len(model.slots)} slots."
        )
    usual = _usual(model, periods)
    level = _levels(model, seen, usual[: len(seen)])[-1]
    expected = usual[len(seen) :] * level ** (model.trust ** np.arange(ahead))
    dispersion, tails = model.dispersion[:ahead], model.tails[:ahead]
    low, middle, high = (_quantile(share, expected, dispersion) for share in (tails[:, 0], 0.5, tails[:, 1]))
    return CountForecast(expected=expected, middle=middle, low=low, high=high)


def _refuse_backwards(count: int) -> None:
    if count < 0:
        raise BadReadings(f"There cannot be {count} periods; give 0 or more.")


def _checked(counts: ArrayLike, periods: Periods) -> Floats:
    seen = numbers(counts, "counts", BadReadings)
    if seen.ndim != 1 or len(seen) != len(periods.slot):
        raise BadReadings(f"There are {seen.size} counts and {len(periods.slot)} periods; give one count a period.")
    if not WEEKS_LEAST * WEEK * periods.per_day <= len(seen) <= PERIODS_MOST:
        raise BadReadings(f"There are {len(seen)} counts; a forecast needs four weeks, and at most {PERIODS_MOST}.")
    known = seen[~np.isnan(seen)]
    if not known.size or not known.max() > 0:
        raise BadReadings("No period has a count above 0; there is nothing to learn from.")
    if known.min() < 0 or known.max() > COUNT_MOST:
        raise BadReadings(f"Counts lie from 0 to {COUNT_MOST:g}, and are NaN where they are unknown.")
    slots = WEEK * periods.per_day
    if np.isnan(seen[slots:]).all():
        raise BadReadings("No count after the first week is known; there is nothing to try a forecast on.")
    if periods.slot.min() < 0 or periods.slot.max() >= slots or periods.kind.min() < 0:
        raise BadReadings(f"Slots of the week are numbered from 0 to {slots - 1}, kinds of days from 0.")
    return seen


def _design(periods: Periods, harmonics: int, shrink: float) -> tuple[Floats, Floats]:
    """Columns of the regression, and the counts by which each is held back."""
    slots = _slots(periods.slot, periods.per_day)
    kinds = (periods.kind[:, None] == np.arange(1, int(periods.kind.max()) + 1)).astype(np.float64)
    design: Floats = np.column_stack([slots, kinds, _waves(periods, harmonics)])
    ridge: Floats = np.full(design.shape[1], shrink)
    ridge[: slots.shape[1] - WEEK * periods.per_day] = 1.0
    ridge[0] = 1e-6
    return design, ridge


def _parts(per_day: int) -> int:
    """How many columns say when in the week it is."""
    return 1 + WEEK * per_day + (per_day + WEEK if per_day > 1 else 0)


def _slots(slot: Ints, per_day: int) -> Floats:
    """One, then for hours the hour and the weekday, then the slot itself: a slot seldom seen leans on the other two."""
    parts = [np.ones((len(slot), 1))]
    if per_day > 1:
        parts += [slot[:, None] % per_day == np.arange(per_day), slot[:, None] // per_day == np.arange(WEEK)]
    parts.append(slot[:, None] == np.arange(WEEK * per_day))
    found: Floats = np.concatenate(parts, axis=1, dtype=np.float64)
    return found


def _waves(periods: Periods, harmonics: int) -> Floats:
    turns = 2 * math.pi * periods.year[:, None] * np.arange(1, harmonics + 1)
    return np.column_stack([np.sin(turns), np.cos(turns)])


def _fit(design: Floats, counts: Floats, ridge: Floats) -> Floats:
    """Weights of a log-linear model of overdispersed counts by reweighted least squares with a ridge."""
    known = ~np.isnan(counts)
    columns, seen = design[known], counts[known]
    weights = np.zeros(columns.shape[1])
    weights[0] = math.log(seen.mean())
    dispersion = 0.0
    for _ in range(STEPS_MOST):
        mean = np.exp(np.clip(columns @ weights, -20, 25))
        dispersion = _beyond_poisson(seen, mean)
        importance = mean / (1.0 + dispersion * mean)
        target = np.log(mean) + (seen - mean) / mean
        left = columns.T @ (importance[:, None] * columns) + np.diag(ridge)
        before, weights = weights, np.asarray(np.linalg.solve(left, columns.T @ (importance * target)), np.float64)
        moved = float(np.abs(weights - before).max())
        if moved < SETTLED:
            return weights
    raise BadReadings(f"The fit did not settle in {STEPS_MOST} steps; look for counts that are far beyond the others.")


def _beyond_poisson(seen: Floats, mean: Floats) -> float:
    """Moment estimate of what variance there is beyond the mean, as a share of the squared mean."""
    return float(max(0.0, ((seen - mean) ** 2 - mean).sum() / (mean**2).sum()))


def _usual(model: CountModel, periods: Periods) -> Floats:
    kind = np.where(periods.kind < len(model.kinds), periods.kind, 0)
    season = _waves(periods, len(model.waves) // 2) @ model.waves
    usual: Floats = np.exp(np.clip(model.slots[periods.slot] + model.kinds[kind] + season, -20, 25))
    return usual


def _levels(model: CountModel, seen: Floats, usual: Floats) -> Floats:
    """float[n + 1]: how far counts ran above the usual, as known before each period; unknown ones change nothing."""
    known = ~np.isnan(seen)
    above = lfilter([1.0], [1.0, -model.level_memory], np.where(known, seen, 0.0))
    below = lfilter([1.0], [1.0, -model.level_memory], np.where(known, usual, 0.0))
    found: Floats = np.r_[1.0, (above + 1.0) / (below + 1.0)]
    return found


def _with_spread(model: CountModel, seen: Floats, periods: Periods, share: float) -> CountModel:
    """The model with its dispersion and tails, from forecasts of the history at each distance."""
    usual = _usual(model, periods)
    levels = _levels(model, seen, usual)[:-1]
    horizon, settled = len(model.dispersion), WEEK * periods.per_day
    dispersion, tails = np.zeros(horizon), np.zeros((horizon, 2))
    edge = (1.0 - share) / 2
    for ahead in range(horizon):
        then = np.arange(settled + ahead, len(seen))
        then = then[~np.isnan(seen[then])]
        if len(then) < LOOKS_LEAST:
            raise BadReadings(
                f"Only {len(then)} counts can be forecast {ahead + 1} periods ahead from this history; a horizon needs "
                f"{LOOKS_LEAST}. Look less far, or give a longer history."
            )
        mean = usual[then] * levels[then - ahead] ** (model.trust**ahead)
        dispersion[ahead] = _beyond_poisson(seen[then], mean)
        place = _place(seen[then], mean, dispersion[ahead])
        tails[ahead] = np.clip(np.quantile(place, [edge, 1 - edge]), 1e-4, 1 - 1e-4)
    return CountModel(**{**vars(model), "dispersion": dispersion, "tails": tails})


def _place(seen: Floats, mean: Floats, dispersion: float) -> Floats:
    """Share of the forecast's distribution below what came, half of what is equal to it counted."""
    size = 1.0 / max(dispersion, 1e-9)
    chance = size / (size + mean)
    found: Floats = nbinom.cdf(seen, size, chance) - 0.5 * nbinom.pmf(seen, size, chance)
    return found


def _quantile(share: float | Floats, mean: Floats, dispersion: Floats) -> Floats:
    size = 1.0 / np.maximum(dispersion, 1e-9)
    found: Floats = nbinom.ppf(share, size, size / (size + mean))
    return found
