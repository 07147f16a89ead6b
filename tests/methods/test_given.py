"""Numbers as they are given: taken in every form that holds them, refused where they hold something else."""

import numpy as np
import pytest

from shancheng.methods.given import numbers, spread, whole_numbers


class Wrong(Exception):
    """An error of some room."""


@pytest.mark.parametrize(
    "given", [[1, 2], (1.0, 2.0), np.array([1, 2], np.uint8), range(1, 3), np.array([1, 2], object)]
)
def test_whole_numbers_are_taken_in_any_form(given):
    found = whole_numbers(given, "places", Wrong)

    assert found.dtype == np.int64
    assert found.tolist() == [1, 2]


def test_large_whole_numbers_stay_exact():
    last = np.iinfo(np.int64).max

    assert whole_numbers([last, 1], "ends", Wrong).tolist() == [last, 1]
    assert whole_numbers([], "ends", Wrong).tolist() == []


@pytest.mark.parametrize("given", [[0.5], [np.nan], [np.inf], [1e300], ["a"], [[1], [1, 2]], [None]])
def test_what_is_no_whole_number_is_refused(given):
    with pytest.raises(Wrong, match="places must be"):
        whole_numbers(given, "places", Wrong)


def test_unknown_numbers_pass_as_numbers_and_words_do_not():
    assert np.isnan(numbers([None, 1.0], "incomes", Wrong)[0])
    with pytest.raises(Wrong, match="incomes must be numbers"):
        numbers(["high"], "incomes", Wrong)


def test_one_number_is_spread_and_another_length_is_refused():
    assert spread(2.0, (3,), "costs", Wrong).tolist() == [2, 2, 2]
    with pytest.raises(Wrong, match=r"costs have the shape \(2,\), not \(3,\)"):
        spread([1.0, 2.0], (3,), "costs", Wrong)
