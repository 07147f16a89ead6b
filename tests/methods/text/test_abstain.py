"""The least margin at which an answer may stand alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shancheng.methods.text.abstain import margins, surest
from shancheng.methods.text.errors import NotUsable, WrongShape


def answers(n, seed):
    """Margins, and answers that are right by a logistic curve of them."""
    chance = np.random.default_rng(seed)
    margin = chance.gamma(2, 1.2, n)
    return margin, chance.random(n) < 1 / (1 + np.exp(-0.5 - 1.5 * margin))


def test_a_margin_is_the_best_score_less_the_second_best():
    assert margins(np.array([[1.0, 5.0, 3.0], [2.0, 2.0, 0.0]])).tolist() == [2, 0]


def test_a_threshold_keeps_its_promise_on_new_answers():
    margin, right = answers(4000, seed=1)
    new, new_right = answers(100_000, seed=2)

    threshold = surest(margin, right, accuracy=0.98)

    alone = new >= threshold
    assert 0.98 <= new_right[alone].mean() < 0.99
    assert alone.mean() > 0.4


def test_more_accuracy_lets_fewer_stand_alone():
    margin, right = answers(3000, seed=3)

    thresholds = [surest(margin, right, accuracy=accuracy) for accuracy in (0.9, 0.95, 0.98, 1.0)]

    assert thresholds == sorted(thresholds)
    assert thresholds[-1] == np.inf


def test_a_handful_of_right_answers_prove_nothing():
    assert surest([1.0] * 10, [True] * 10) == np.inf
    assert surest([1.0] * 400, [True] * 400) == 1.0
    assert surest([], []) == np.inf
    assert surest([3.0, 2.0], [False, False]) == np.inf


def test_what_is_no_number_or_has_no_mark_is_refused():
    with pytest.raises(NotUsable, match="number"):
        surest([np.nan], [True])
    with pytest.raises(WrongShape, match="one for each"):
        surest([1.0, 2.0], [True])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=200))
def test_equal_margins_stay_together(rows):
    margin, right = zip(*rows, strict=True)

    threshold = surest(margin, right, accuracy=0.7, z=0)

    assert threshold == np.inf or threshold in margin
