"""Lateness at intake: queues against counting by hand, chances that come true, and the bars on a real hotline."""

import numpy as np
import pytest
from bench.text import DAY_2013, cases, lateness_in_time
from hypothesis import given, settings
from hypothesis import strategies as st

from shancheng.methods.risk import (
    NOT_ENDED,
    QUEUE,
    Rhythm,
    RiskError,
    calibration_error,
    follow,
    known_on,
    learn_risk,
    offset_of,
    queue_state,
    shifted,
)

column = {name: at for at, name in enumerate(QUEUE)}
QUICK = Rhythm(trees=30, rows_min=50)


def matters(n, seed, days=120, groups=3):
    """Days of arrival and end, and queues; some have not ended."""
    chance = np.random.default_rng(seed)
    arrived = np.sort(chance.integers(1000, 1000 + days, n))
    ended = arrived + chance.geometric(0.2, n) - 1
    ended[chance.random(n) < 0.1] = NOT_ENDED
    return arrived, ended, chance.integers(0, groups, n)


def city(seed, days=400, a_day=25):
    """Matters of two queues whose share late swings with the time of the year, and twice as much after a year."""
    chance = np.random.default_rng(seed)
    arrived = np.repeat(np.arange(days), a_day)
    group = chance.integers(0, 2, arrived.size)
    level = 0.25 + 0.15 * np.sin(arrived / 25 + group * 2) + 0.25 * (arrived > 300)
    late = chance.random(arrived.size) < level
    return arrived, arrived + np.where(late, 8, 3), group, late, level


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_the_queue_is_what_counting_by_hand_finds(seed):
    arrived, ended, group = matters(150, seed)
    late = ended - arrived > 4

    state = queue_state(arrived, ended, group, late, limit=4)

    for at in range(0, 150, 7):
        day, same = arrived[at], group == group[at]
        before = same & (arrived < day)
        still = before & (ended >= day)
        recent = same & (ended < day) & (ended >= day - 7)
        settled = same & (arrived < day - 4) & (arrived >= day - 4 - 14)
        came = same & (arrived < day - 2) & (arrived >= day - 2 - 5)
        assert state[at, column["open"]] == still.sum()
        assert state[at, column["ended_in_7"]] == recent.sum()
        assert state[at, column["arrived_in_28"]] == (before & (arrived >= day - 28)).sum()
        told = state[at, [column[name] for name in ("days_open", "days_taken_in_7", "late_in_14")]]
        by_hand = [
            _mean(day - arrived[still]),
            _mean(ended[recent] - arrived[recent]),
            _mean(late[settled]),
        ]
        assert np.allclose(told, by_hand, equal_nan=True)
        quick = (ended[came] - arrived[came] <= 2).sum()
        assert state[at, column["ended_within_2_in_5"]] == pytest.approx((quick + 1) / (came.sum() + 2))
        ends = ended[same & (ended < day) & (ended >= arrived.min())]
        assert np.allclose(
            state[at, column["days_since_last_end"]], day - ends.max() if ends.size else np.nan, equal_nan=True
        )


def _mean(values):
    return values.mean() if values.size else np.nan


def test_nothing_is_read_that_was_not_known_when_the_day_began():
    arrived, ended, group = matters(400, seed=1)
    late = ended - arrived > 4
    day = 1060
    unknown = arrived + 4 >= day
    changed = np.where(ended >= day, NOT_ENDED, ended)

    one = queue_state(arrived, ended, group, late, limit=4)
    other = queue_state(arrived, changed, group, np.where(unknown, ~late, late), limit=4)

    assert np.array_equal(one[arrived <= day], other[arrived <= day], equal_nan=True)


def test_an_outcome_is_known_once_its_limit_has_passed_also_of_those_that_ended_early():
    assert known_on(10, [4, 5, 6, 9], [5, 5, 3, 1]).tolist() == [True, False, True, False]


def test_chances_follow_a_queue_that_changes_and_come_true():
    arrived, ended, group, late, level = city(seed=2)
    table = np.column_stack([group, queue_state(arrived, ended, group, late, limit=5)])
    limit = np.full(arrived.size, 5)

    said = follow(table, arrived, late, limit, first=200, last=399, seed=0, rhythm=QUICK)

    scored = np.isfinite(said)
    assert scored.sum() == (arrived >= 200).sum()
    assert calibration_error(said[scored], late[scored]) < 0.06
    assert np.corrcoef(said[scored], level[scored])[0, 1] > 0.7


def test_a_chance_hangs_on_the_past_alone():
    arrived, ended, group, late, _ = city(seed=3, days=260)
    table = np.column_stack([group, queue_state(arrived, ended, group, late, limit=5)])
    limit = np.full(arrived.size, 5)
    turned = np.where(arrived >= 200, ~late, late)

    one, other = (
        follow(table, arrived, outcome, limit, first=180, last=200, seed=0, rhythm=QUICK) for outcome in (late, turned)
    )

    assert np.array_equal(one, other, equal_nan=True)


def test_an_offset_makes_chances_add_up_to_what_happened():
    chances, late = np.full(1000, 0.2), np.arange(1000) < 350

    offset = offset_of(chances, late)

    assert shifted(chances, offset).sum() == pytest.approx(350, abs=0.01)
    assert shifted([0.2, 0.9], 0.0) == pytest.approx([0.2, 0.9])
    assert offset_of(chances, np.zeros(1000, bool)) == 0


def test_the_calibration_error_is_the_mean_distance_over_parts():
    assert calibration_error([0.1] * 10 + [0.8] * 10, [False] * 10 + [True] * 10, parts=2) == pytest.approx(0.15)


def test_matters_that_cannot_be_learnt_from_are_refused():
    arrived, ended, group = matters(20, seed=4)
    late = ended - arrived > 4

    with pytest.raises(RiskError, match="end before they arrive"):
        queue_state(arrived, arrived - 1, group, late, limit=4)
    with pytest.raises(RiskError, match="19 groups"):
        queue_state(arrived, ended, group[:19], late, limit=4)
    with pytest.raises(RiskError, match="whole numbers"):
        queue_state(arrived + 0.5, ended, group, late, limit=4)
    with pytest.raises(RiskError, match="numbered from 0"):
        queue_state(arrived, ended, group - 9, late, limit=4)
    with pytest.raises(RiskError, match="too many"):
        queue_state(arrived, ended, group + 10_000_000, late, limit=4)
    with pytest.raises(RiskError, match="at least 200"):
        learn_risk(np.zeros((20, 2)), late, seed=0)
    with pytest.raises(RiskError, match="300 were late"):
        learn_risk(np.zeros((300, 2)), np.ones(300), seed=0)
    with pytest.raises(RiskError, match="infinite"):
        learn_risk(np.full((300, 2), np.inf), np.arange(300) < 9, seed=0)
    with pytest.raises(RiskError, match="one row for each"):
        learn_risk(np.zeros((300, 2)), late, seed=0)
    with pytest.raises(RiskError, match="parts"):
        calibration_error([0.5], [True])
    with pytest.raises(RiskError, match="at least 1"):
        Rhythm(refit_days=0)
    assert queue_state([], [], [], [], limit=4).shape == (0, len(QUEUE))


@pytest.mark.slow
def test_a_real_hotline_reaches_the_bars_in_the_year_after(shared_data):
    ours, theirs = lateness_in_time(cases(shared_data), DAY_2013, DAY_2013 + 364)

    assert ours.auc >= 0.88
    assert ours.calibration_error <= 0.03
    assert theirs.auc < ours.auc - 0.05
