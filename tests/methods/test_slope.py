"""Slope: tables against what their sources say, and the integral against one made in steps of a metre."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shancheng.methods.slope import SLOPES, SlopeError, grades, level_length, slope_named

KEYS = sorted(SLOPES)


def pace(key: str, grade: float) -> float:
    return float(SLOPES[key].pace(np.array([grade]))[0])


@pytest.mark.parametrize("key", KEYS)
def test_every_table_is_one_on_the_level_and_above_nought_everywhere(key: str) -> None:
    grade = np.linspace(-0.4, 0.4, 4001)

    found = SLOPES[key].pace(grade)

    assert pace(key, 0.0) == pytest.approx(1.0)
    assert (found > 0.5).all()
    assert np.isfinite(found).all()
    assert np.abs(np.diff(found)).max() < 0.01


def test_tobler_walks_six_kilometres_an_hour_at_five_percent_down() -> None:
    assert pace("tobler", 0.0) / pace("tobler", -0.05) == pytest.approx(6 / (6 * np.exp(-0.175)))


def test_din_takes_the_longer_time_and_half_the_shorter() -> None:
    assert pace("din-33466", 0.15) == pytest.approx(2.5)
    assert pace("din-33466", -0.10) == pytest.approx(1.4)
    assert pace("din-33466", -0.25) == pytest.approx(2.5)


def test_the_city_table_is_din_up_brisk_down_and_never_slower_than_stairs_as_steep() -> None:
    assert pace("city", 0.06) == pytest.approx(pace("din-33466", 0.06))
    assert pace("city", 0.12) == pytest.approx(pace("din-33466", 0.12))
    assert pace("city", -0.03) == pytest.approx(0.88)
    assert pace("city", 0.5) == pace("city", -0.5) == pytest.approx(np.sqrt(1.25) / 0.6 / 0.72, abs=0.01)
    assert pace("city", 1.0) == pytest.approx(2 * pace("city", 0.5))


def test_campbell_is_slower_up_than_down_and_fastest_a_little_down() -> None:
    grade = np.linspace(-0.3, 0.3, 601)

    best = grade[SLOPES["campbell-2019"].pace(grade).argmin()]

    assert -0.06 < best < -0.01
    assert pace("campbell-2019", 0.2) > pace("campbell-2019", -0.2)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(KEYS),
    st.floats(3, 400),
    st.lists(st.floats(-6, 6), min_size=1, max_size=12),
)
def test_the_integral_is_within_a_thousandth_of_one_in_steps_of_a_metre(
    key: str, length: float, rises: list[float]
) -> None:
    heights = np.concatenate([[0.0], np.cumsum(rises)])
    steps = max(1, round(length)) * len(rises)
    at = np.linspace(0, length, steps + 1)
    fine = np.interp(at, np.linspace(0, length, len(heights)), heights)

    found = level_length(SLOPES[key], np.array([length]), np.array([0, len(heights)]), heights)

    for side, rise in ((found.forward_m, np.diff(fine)), (found.backward_m, -np.diff(fine))):
        numeric = float((SLOPES[key].pace(rise / np.diff(at)) * np.diff(at)).sum())
        assert side[0] == pytest.approx(numeric, rel=1e-3)


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(KEYS), st.lists(st.lists(st.floats(-50, 50), max_size=6), min_size=1, max_size=8))
def test_many_lines_at_once_are_as_each_alone(key: str, lines: list[list[float]]) -> None:
    lengths = np.arange(1.0, len(lines) + 1) * 7
    first = np.concatenate([[0], np.cumsum([len(line) for line in lines])])
    heights = np.array([height for line in lines for height in line])

    found = level_length(SLOPES[key], lengths, first, heights)

    for number, line in enumerate(lines):
        alone = level_length(
            SLOPES[key], lengths[number : number + 1], np.array([0, len(line)]), np.array(line, np.float64)
        )
        assert found.forward_m[number] == pytest.approx(alone.forward_m[0])
        assert found.backward_m[number] == pytest.approx(alone.backward_m[0])


def test_averaging_speed_instead_would_be_wrong_so_it_is_not_done() -> None:
    up_and_down = np.array([0.0, 15.0, 0.0])

    found = level_length(SLOPES["tobler"], np.array([100.0]), np.array([0, 3]), up_and_down)

    assert found.forward_m[0] == pytest.approx(50 * pace("tobler", 0.3) + 50 * pace("tobler", -0.3))


def test_unknown_heights_and_lines_without_length_are_level() -> None:
    heights = np.array([0.0, np.nan, 4.0, 1.0, 2.0])

    found = level_length(SLOPES["city"], np.array([20.0, 0.0, 5.0]), np.array([0, 3, 5, 5]), heights)

    assert found.forward_m.tolist() == [20.0, 0.0, 5.0]
    assert grades(np.array([20.0, 0.0, 5.0]), np.array([0, 3, 5, 5]), heights).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("length", "first", "height", "says"),
    [
        ([1.0, 2.0], [0, 0], [], "2 lines need 3 beginnings"),
        ([1.0], [0, 3], [1.0, 2.0], "ascend from 0"),
        ([-1.0], [0, 0], [], "1 lines have no length"),
        ([1.0], [0, 2], [1.0, np.inf], "infinite"),
    ],
)
def test_profiles_that_make_no_sense_are_refused(
    length: list[float], first: list[int], height: list[float], says: str
) -> None:
    with pytest.raises(SlopeError, match=says):
        level_length(SLOPES["city"], np.array(length), np.array(first), np.array(height, np.float64))


def test_a_table_that_is_not_there_is_answered_with_the_nearest() -> None:
    with pytest.raises(SlopeError, match="Did you mean 'tobler'"):
        slope_named("toblr")
