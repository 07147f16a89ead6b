"""Daily counts of a real hotline, its holidays, and forecasts of it as they would have been made day by day."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pyarrow.parquet as pq

from shancheng.methods.series.counts import day_periods, fit_counts, forecast_counts

FIRST = dt.date(2011, 1, 1)
"""The register begins in December 2010."""
EPOCH = dt.date(1970, 1, 1)
REFIT_DAYS = 28


def daily_counts(shared_data):
    """Requests created on each day from FIRST to the end of 2013."""
    file = shared_data / "chicago-311-sanitation" / "requests_2010_2013.parquet"
    created = pq.read_table(file, columns=["created"])["created"].to_numpy().astype("M8[D]")
    day = (created - np.datetime64(FIRST)).astype(int)
    return np.bincount(day[day >= 0], minlength=(dt.date(2013, 12, 31) - FIRST).days + 1).astype(float)


def holidays(years):
    """Day numbers of federal holidays (5 U.S.C. 6103) as observed, and the day after Thanksgiving."""
    found = []
    for year in years:
        thanksgiving = _nth(year, 11, 3, 4)
        fixed = [dt.date(year, 1, 1), dt.date(year, 7, 4), dt.date(year, 11, 11), dt.date(year, 12, 25)]
        found += [_nth(year, 1, 0, 3), _nth(year, 2, 0, 3), _nth(year, 9, 0, 1), _nth(year, 10, 0, 2)]
        found += [dt.date(year, 5, 31) - dt.timedelta(dt.date(year, 5, 31).weekday())]
        found += [thanksgiving, thanksgiving + dt.timedelta(1), *map(_observed, fixed)]
    return sorted((day - EPOCH).days for day in found)


def _nth(year, month, weekday, number):
    first = dt.date(year, month, 1)
    return first + dt.timedelta((weekday - first.weekday()) % 7 + 7 * (number - 1))


def _observed(day):
    return day + dt.timedelta({5: -1, 6: 1}.get(day.weekday(), 0))


@dataclass(frozen=True)
class Score:
    """How forecasts of one stretch did."""

    error: float
    """Mean absolute error of the medians."""
    naive: float
    """The same of the last known week, repeated: a ratio of the two is a ratio of MASE."""
    covered: float
    """Share of the days that came to lie within the limits."""


def score(counts, begin, end, horizon=14):
    """Every day of [begin, end) forecasts the next `horizon` days; the model is fitted anew every REFIT_DAYS."""
    periods = day_periods((FIRST - EPOCH).days, len(counts) + horizon, off=holidays(range(2011, 2015)))
    errors, naive, covered = [], [], []
    for today in range(begin, end):
        if (today - begin) % REFIT_DAYS == 0:
            model = fit_counts(counts[:today], periods.first(today), horizon=horizon)
        found = forecast_counts(model, counts[:today], periods.first(today + horizon))
        came = counts[today : today + horizon]
        week = np.resize(counts[today - 7 : today], horizon)[: len(came)]
        errors.append(np.abs(found.middle[: len(came)] - came))
        naive.append(np.abs(week - came))
        covered.append((found.low[: len(came)] <= came) & (came <= found.high[: len(came)]))
    return Score(*(float(np.concatenate(part).mean()) for part in (errors, naive, covered)))
