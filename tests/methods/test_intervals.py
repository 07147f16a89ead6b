"""Intervals and censored quantiles against published worked examples."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shancheng.methods.intervals import kaplan_meier, kaplan_meier_quantile, wilson

SIX_MP = [6, 6, 6, 7, 10, 13, 16, 22, 23], [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
"""Weeks in remission of Freireich et al., Blood 21 (1963), 699-716: ended, and cut off; the usual textbook example."""

counts = st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_newcombes_published_intervals(k, n, low, high):
    """R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998)."""
    assert wilson(k, n) == pytest.approx((low, high), abs=5e-5)


def test_nothing_tried_is_nothing_known():
    assert all(math.isnan(end) for end in wilson(0, 0))


def test_many_rates_are_each_rate():
    low, high = wilson([0, 3, 5, 0], [5, 10, 5, 0])

    singles = [wilson(0, 5), wilson(3, 10), wilson(5, 5)]
    assert list(zip(low.tolist(), high.tolist(), strict=True))[:3] == singles
    assert np.isnan(low[3])


def test_more_hits_than_tries_are_refused():
    with pytest.raises(ValueError, match="above n"):
        wilson(3, 2)


@settings(max_examples=200)
@given(counts)
def test_the_interval_holds_the_share_and_mirrors(count):
    k, n = count

    low, high = wilson(k, n)

    assert 0 <= low <= k / n <= high <= 1
    assert wilson(n - k, n) == pytest.approx((1 - high, 1 - low))


@settings(max_examples=200)
@given(counts.filter(lambda count: 0 < count[0] < count[1]))
def test_the_ends_are_where_the_score_test_is_exactly_at_z(count):
    k, n = count

    for end in wilson(k, n):
        assert abs(k / n - end) / math.sqrt(end * (1 - end) / n) == pytest.approx(1.96, rel=1e-6)


def six_mp():
    """Durations and marks of the treated group."""
    ended, cut_off = SIX_MP
    return ended + cut_off, [True] * len(ended) + [False] * len(cut_off)


def test_kaplan_meier_gives_the_textbook_table():
    times, lasting = kaplan_meier(*six_mp())

    assert times.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert lasting == pytest.approx([0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], abs=5e-4)


def test_kaplan_meier_gives_the_textbook_medians():
    assert kaplan_meier_quantile(*six_mp(), 0.5) == 23
    assert kaplan_meier_quantile(PLACEBO, [True] * 21, 0.5) == 8


def test_a_quantile_that_is_never_reached_is_unknown():
    assert math.isnan(kaplan_meier_quantile(*six_mp(), 0.9))
    assert math.isnan(kaplan_meier_quantile([1, 2], [False, False], 0.5))
    assert math.isnan(kaplan_meier_quantile([], [], 0.5))


@settings(max_examples=200)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=60), st.sampled_from([0.1, 0.25, 0.5, 0.75, 0.9]))
def test_with_nothing_cut_off_it_is_the_ordinary_quantile(durations, q):
    found = kaplan_meier_quantile(durations, [True] * len(durations), q)

    place = math.ceil(round(q * len(durations), 9))
    assert found == sorted(durations)[place - 1]


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), min_size=1, max_size=60))
def test_kaplan_meier_is_the_product_over_times_worked_out_one_by_one(rows):
    durations, observed = zip(*rows, strict=True)

    times, lasting = kaplan_meier(durations, observed)

    share, expected = 1.0, []
    for time in sorted({duration for duration, ended in rows if ended}):
        there = sum(duration >= time for duration, _ in rows)
        share *= 1 - sum(ended and duration == time for duration, ended in rows) / there
        expected.append((time, share))
    assert times.tolist() == [time for time, _ in expected]
    assert lasting == pytest.approx([share for _, share in expected])


def test_dropping_the_open_ones_would_flatter():
    durations, ended = [1, 2, 3, 4, 10, 11, 12, 13], [True] * 4 + [False] * 4

    assert kaplan_meier_quantile(durations, ended, 0.5) == 4
    assert kaplan_meier_quantile(durations[:4], ended[:4], 0.5) == 2


@pytest.mark.parametrize(
    ("durations", "observed", "q", "word"),
    [([1, 2], [True], 0.5, "one for each"), ([math.nan], [True], 0.5, "not numbers"), ([1], [True], 1.0, "between")],
)
def test_wrong_arguments_are_refused_in_a_sentence(durations, observed, q, word):
    with pytest.raises(ValueError, match=word):
        kaplan_meier_quantile(durations, observed, q)
