"""Forecasts of counts: what they learn, what they refuse, and how they did on a year they had not seen."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.methods.series import chicago

from shancheng.methods.series.counts import day_periods, fit_counts, forecast_counts, hour_periods
from shancheng.methods.series.errors import BadReadings

WEEK = np.array([50, 45, 44, 43, 40, 20, 18])


def weeks(count, seed=3, spread=0.05):
    """Invented daily counts from a Monday on, with a busy summer."""
    chance = np.random.default_rng(seed)
    day = np.arange(7 * count)
    mean = WEEK[day % 7] * (1 + 0.3 * np.sin(2 * np.pi * day / 365.2425))
    return chance.negative_binomial(1 / spread, 1 / (1 + spread * mean)).astype(float)


MONDAY = 4
"""Day number of Monday 5 January 1970."""


def test_a_forecast_follows_the_week_and_the_season():
    counts = weeks(120)
    periods = day_periods(MONDAY, 847)

    found = forecast_counts(fit_counts(counts, periods.first(840), horizon=7), counts, periods)

    expected = WEEK * (1 + 0.3 * np.sin(2 * np.pi * np.arange(840, 847) / 365.2425))
    assert found.expected == pytest.approx(expected, rel=0.15)
    assert (found.low < found.middle).all()
    assert (found.middle < found.high).all()


def test_a_level_that_rose_is_believed_less_the_farther_one_looks():
    counts = weeks(60)
    counts[-10:] *= 2
    periods = day_periods(MONDAY, 434)
    calm = weeks(60)

    raised, usual = (
        forecast_counts(fit_counts(calm, periods.first(420), horizon=14), given, periods) for given in (counts, calm)
    )

    lead = raised.expected / usual.expected
    assert lead[0] > 1.4
    assert (np.diff(lead) < 0).all()


def test_a_holiday_acts_as_sunday_and_a_make_up_day_as_monday():
    tuesday, saturday = 19_723 + 1, 19_723 + 5
    assert (dt.date(1970, 1, 1) + dt.timedelta(tuesday)).weekday() == 1

    found = day_periods(tuesday, 5, off=[tuesday], worked=[saturday])
    hours = hour_periods(tuesday * 24 + 23, 2, off=[tuesday])

    assert found.slot.tolist() == [6, 2, 3, 4, 0]
    assert found.kind.tolist() == [1, 0, 0, 0, 2]
    assert hours.slot.tolist() == [6 * 24 + 23, 2 * 24]
    assert hours.kind.tolist() == [1, 0]


def test_a_kind_of_day_that_was_never_seen_changes_nothing():
    counts = weeks(30)
    known = fit_counts(counts, day_periods(MONDAY, 210), horizon=1)

    plain = forecast_counts(known, counts, day_periods(MONDAY, 211))
    sunday = forecast_counts(known, counts, day_periods(MONDAY, 211, off=[MONDAY + 210]))

    assert sunday.expected[0] / plain.expected[0] == pytest.approx(np.exp(known.slots[6] - known.slots[0]))


def test_hours_are_forecast_with_the_shape_of_their_day():
    chance = np.random.default_rng(4)
    mean = np.tile(3 + 2.5 * np.sin(np.pi * np.arange(24) / 12 - 2), 7 * 8)
    counts = chance.poisson(mean).astype(float)
    periods = hour_periods(24 * MONDAY, len(counts) + 24)

    model = fit_counts(counts, periods.first(len(counts)), horizon=24)
    found = forecast_counts(model, counts, periods)

    assert found.expected == pytest.approx(mean[:24], rel=0.5, abs=0.5)


@settings(max_examples=20, deadline=None)
@given(st.sets(st.integers(0, 209), max_size=60), st.integers(0, 5))
def test_unknown_counts_are_left_out_and_never_become_zero(unknown, seed):
    counts = weeks(30, seed=seed)
    counts[sorted(unknown)] = np.nan
    periods = day_periods(MONDAY, 217)

    found = forecast_counts(fit_counts(counts, periods.first(210), horizon=7), counts, periods)

    assert np.isfinite(np.concatenate([found.expected, found.low, found.high])).all()
    assert found.expected == pytest.approx(np.nanmean(counts.reshape(-1, 7), axis=0), rel=0.6)


def test_the_limits_cover_as_promised_on_counts_like_those_they_learned_from():
    counts = weeks(200, seed=9)
    periods = day_periods(MONDAY, 1400)
    model = fit_counts(counts[:1000], periods.first(1000), horizon=7)

    inside = []
    for today in range(1000, 1393):
        found = forecast_counts(model, counts[:today], periods.first(today + 7))
        inside.append((found.low <= counts[today : today + 7]) & (counts[today : today + 7] <= found.high))

    assert 0.86 <= np.mean(inside) <= 0.95


@pytest.mark.parametrize(
    ("counts", "word"),
    [
        (np.ones(20), "four weeks"),
        (np.zeros(40), "nothing to learn"),
        (np.full(40, np.nan), "nothing to learn"),
        (np.r_[np.ones(39), -1.0], "from 0"),
        (np.r_[np.ones(39), np.inf], "from 0"),
        (np.ones((40, 1)), "one count a period"),
    ],
)
def test_counts_that_teach_nothing_are_refused_in_a_sentence(counts, word):
    with pytest.raises(BadReadings, match=word):
        fit_counts(counts, day_periods(0, len(counts)), horizon=7)


def test_looking_farther_than_the_model_and_mixing_days_with_hours_are_refused():
    counts = weeks(8)
    model = fit_counts(counts, day_periods(MONDAY, 56), horizon=7)

    for periods in (day_periods(MONDAY, 56), day_periods(MONDAY, 64), hour_periods(0, 60)):
        with pytest.raises(BadReadings, match="ahead"):
            forecast_counts(model, counts, periods)
    with pytest.raises(BadReadings, match="share"):
        fit_counts(counts, day_periods(MONDAY, 56), horizon=0)


def test_a_year_of_a_real_hotline_is_forecast_better_than_by_its_last_week(shared_data):
    """Settings were looked at on 2012 alone; this is 2013, from each day 1 to 14 days ahead."""
    counts = chicago.daily_counts(shared_data)
    begin = (dt.date(2013, 1, 1) - chicago.FIRST).days

    found = chicago.score(counts, begin, len(counts))

    assert found.error <= 0.85 * found.naive
    assert 0.85 <= found.covered <= 0.95
