"""Duplicates among invented reports, against counting by hand, and at their bars on a real hotline."""

import math
from dataclasses import replace

import numpy as np
import pytest
from bench.text import duplicates_in_time
from hypothesis import given, settings
from hypothesis import strategies as st

from shancheng.methods.text.duplicates import Boosting, best_threshold, learn_duplicates
from shancheng.methods.text.errors import NothingToLearn, NotUsable, WrongShape
from shancheng.methods.text.reports import FEATURES, NOT_ENDED, OpenReports, Report, replay

DAY = 86_400
FEW_TREES = (Boosting(trees=40, leaves=6, rows_min=10),)
column = {name: at for at, name in enumerate(FEATURES)}


def report(at=0, x_m=0.0, y_m=0.0, nature=1, address=7):
    return Report(at=at, x_m=x_m, y_m=y_m, nature=nature, address=address)


def town(n, seed):
    """Reports, their ends, and marks: the same address and nature, the earlier one open and at most three days old."""
    chance = np.random.default_rng(seed)
    at = np.sort(chance.integers(0, 400 * DAY, n)).tolist()
    address, nature = chance.integers(0, 60, n).tolist(), chance.integers(0, 3, n).tolist()
    reports = [report(a, float(d), float(d * 5), k, d) for a, d, k in zip(at, address, nature, strict=True)]
    ended = [a + int(days * DAY) for a, days in zip(at, chance.exponential(6, n), strict=True)]
    marks = [
        any(
            old.address == new.address and old.nature == new.nature and end >= new.at and new.at - old.at <= 3 * DAY
            for old, end in zip(reports[:k], ended[:k], strict=True)
        )
        for k, new in enumerate(reports)
    ]
    return reports, ended, np.array(marks)


def test_a_new_report_is_described_by_what_is_open_at_its_address_and_near_by():
    known = OpenReports()
    known.add(1, report(at=0, nature=1))
    known.add(2, report(at=10 * DAY, nature=2))
    known.add(3, report(at=11 * DAY, nature=2, x_m=100.0, address=8))
    known.add(4, report(at=11 * DAY, nature=2, x_m=400.0, address=9))
    known.end(1, at=10 * DAY + 5)

    row = known.describe(report(at=12 * DAY, nature=1))

    told = {name: float(row[at]) for name, at in column.items()}
    assert (told["reports_at_address"], told["reports_at_address_in_a_week"]) == (2, 1)
    assert (told["open_at_address"], told["open_of_nature_at_address"]) == (1, 0)
    assert told["seconds_since_newest_open_at_address"] == 2 * DAY
    assert told["seconds_since_last_end_at_address"] == 2 * DAY - 5
    assert told["nature_of_newest_open_at_address"] == 2
    assert (told["open_near"], told["open_of_nature_near"]) == (2, 0)
    assert told["metres_to_nearest_open"] == 0
    assert math.isnan(told["metres_to_nearest_open_of_nature"])


def test_the_likest_are_at_the_same_address_then_of_the_same_nature_then_near():
    known = OpenReports()
    known.add(1, report(x_m=30.0, nature=2, address=1))
    known.add(2, report(x_m=60.0, nature=1, address=2))
    known.add(3, report(nature=2))
    known.add(4, report(x_m=151.0, nature=1, address=4))

    assert known.likest(report(at=5), most=9) == [3, 2, 1]
    assert known.likest(report(at=5), most=1) == [3]
    assert known.likest(Report(5, math.nan, math.nan, 1, 7)) == [3]


def test_a_report_without_address_or_place_is_described_by_what_is_left():
    known = OpenReports()
    known.add(1, report(address=-1))
    known.add(2, Report(0, math.nan, math.nan, 1, 7))

    bare = known.describe(Report(9, math.nan, math.nan, 1))
    placed = known.describe(report(at=9, address=-1))

    assert bare[column["open_near"]] == 0
    assert bare[column["open_at_address"]] == 0
    assert placed[column["open_near"]] == 1
    assert known.describe(report(at=9))[column["open_at_address"]] == 1


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_a_replay_counts_what_was_open_when_each_report_came(seed):
    reports, ended, _ = town(60, seed)

    described = replay(reports, ended)

    for number, new in enumerate(reports):
        still = [k for k in range(number) if ended[k] >= new.at]
        here = [k for k in still if reports[k].address == new.address]
        near = [k for k in still if math.hypot(reports[k].x_m - new.x_m, reports[k].y_m - new.y_m) <= 150]
        assert described[number, column["open_at_address"]] == len(here)
        assert described[number, column["open_near"]] == len(near)


def test_only_what_was_known_counts():
    reports, ended, _ = town(80, seed=1)
    changed = [end if end < reports[40].at else NOT_ENDED for end in ended]

    assert np.array_equal(replay(reports, ended)[:41], replay(reports, changed)[:41], equal_nan=True)


def test_marked_duplicates_teach_which_to_suggest():
    reports, ended, marks = town(2500, seed=2)
    described = replay(reports, ended)
    later, last = np.arange(2000) >= 1400, slice(2000, None)

    score = learn_duplicates(described[:2000], marks[:2000], later=later, seed=0, among=FEW_TREES)

    called = score.chances(described[last]) >= score.threshold
    hits = (called & marks[last]).sum()
    assert 2 * hits / (called.sum() + marks[last].sum()) > 0.9


def test_a_suggestion_names_the_open_reports_and_its_chance():
    reports, ended, marks = town(1500, seed=3)
    score = learn_duplicates(replay(reports, ended), marks, later=np.arange(1500) >= 1000, seed=0, among=FEW_TREES)
    known = OpenReports()
    known.add(4, report())

    same, other = score.suggest(report(at=DAY), known), score.suggest(report(at=DAY, x_m=9e3, address=70), known)

    assert same.is_likely
    assert same.numbers == (4,)
    assert not other.is_likely
    assert other.numbers == ()
    assert other.chance < score.threshold <= same.chance


def test_the_threshold_with_the_highest_f1_keeps_equals_together():
    assert best_threshold([0.9, 0.8, 0.8, 0.1], [True, True, False, False]) == 0.8
    assert best_threshold([0.9, 0.5, 0.1], [True, False, False]) == 0.9


def test_what_does_not_fit_is_refused():
    known = OpenReports()
    known.add(1, report())

    with pytest.raises(NotUsable, match="open already"):
        known.add(1, report())
    with pytest.raises(NotUsable, match="not open"):
        known.end(2, at=5)
    with pytest.raises(NotUsable, match="order"):
        replay([report(at=5), report(at=4)], [9, 9])
    with pytest.raises(WrongShape, match="one for each"):
        replay([report()], [1, 2])
    with pytest.raises(WrongShape, match="columns"):
        learn_duplicates(np.zeros((3, 2)), [True] * 3, later=[True] * 3, seed=0)
    with pytest.raises(NothingToLearn, match="earlier reports 0"):
        learn_duplicates(np.zeros((9, len(FEATURES))), [False] * 9, later=[False] * 8 + [True], seed=0)
    with pytest.raises(NothingToLearn, match="None"):
        best_threshold([0.5], [False])


def test_an_ended_report_leaves_nothing_in_the_index():
    known = OpenReports()
    known.add(1, report())
    known.end(1, at=9)

    assert len(known) == 0
    assert known.likest(replace(report(), at=10)) == []


@pytest.mark.slow
def test_a_real_hotline_reaches_the_bars_in_the_year_after(shared_data):
    result = duplicates_in_time(shared_data)

    assert result.average_precision >= 0.92
    assert result.f1 - result.rule_f1 >= 0.15
