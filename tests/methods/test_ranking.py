"""Rank intervals, who is ahead for sure, and choices within a budget, beside what can be counted by hand."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shancheng.methods.ranking import RankingError, choose, rank_intervals, reason, scaled

TABLE = np.array([[1.0, 1.0, 0.8], [0.9, 0.2, 0.3], [0.1, 0.9, 0.2], [0.0, 0.1, 0.0]])


@st.composite
def worlds(draw):
    units, criteria = draw(st.integers(2, 8)), draw(st.integers(1, 4))
    source = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    low = source.integers(0, 4, criteria).astype(float)
    return source.integers(0, 5, (units, criteria)) / 4, low, low + source.integers(1, 4, criteria)


def test_urgency_runs_from_0_to_1_in_the_direction_that_is_meant():
    found = scaled([[1960, 10], [2000, 30], [1980, 20]], ["lower", "higher"])

    assert found.tolist() == [[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]]


def test_what_is_best_in_everything_is_first_whatever_the_weights():
    found = rank_intervals(TABLE, [0, 0, 0], [1, 1, 1], seed=1)

    assert (found.low[0], found.high[0], found.best[0]) == (1, 1, 1)
    assert (found.low[3], found.worst[3]) == (4, 4)
    assert found.low[1] < found.high[1]


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_whoever_is_ahead_for_sure_is_ahead_in_every_draw(world):
    scores, low, high = world

    found = rank_intervals(scores, low, high, seed=3, draws=300, share=1.0)

    drawn = np.random.default_rng(3).uniform(low, high, (300, len(low)))
    sums = drawn / drawn.sum(axis=1, keepdims=True) @ scores.T
    for one, other in np.argwhere(found.ahead).tolist():
        assert (sums[:, one] > sums[:, other]).all()
    assert (found.best <= found.low).all() and (found.high <= found.worst).all()


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_whoever_is_not_ahead_for_sure_is_behind_at_some_corner(world):
    scores, low, high = world

    found = rank_intervals(scores, low, high, seed=3, draws=1)

    corners = np.array(np.meshgrid(*np.column_stack([low, high]), indexing="ij")).reshape(len(low), -1).T
    corners = corners[corners.any(axis=1)]
    for one in range(len(scores)):
        for other in range(len(scores)):
            least = (corners @ (scores[one] - scores[other])).min()
            assert found.ahead[one, other] == (least > 1e-12)


def test_the_same_seed_gives_the_same_intervals_and_narrow_weights_give_narrow_ones():
    wide = rank_intervals(TABLE, [0, 0, 0], [1, 1, 1], seed=5)

    again, narrow = (rank_intervals(TABLE, low, [1, 1, 1], seed=5) for low in ([0, 0, 0], [0.999, 0.999, 0.999]))

    np.testing.assert_array_equal(wide.low, again.low)
    assert ((narrow.high - narrow.low) <= (wide.high - wide.low)).all()
    assert (narrow.high == narrow.low).all()


def test_parts_of_a_score_add_up_to_it():
    found = rank_intervals(TABLE, [1, 0, 0], [2, 1, 1], seed=2)

    np.testing.assert_allclose(found.contribution.sum(axis=1), found.score)


def test_a_reason_names_the_interval_what_weighs_most_and_who_is_behind_for_sure():
    found = rank_intervals(TABLE, [0, 0, 0], [1, 1, 1], seed=1)

    said = reason(found, 0, ["age", "lifts", "hazards"], most=2)

    assert said.startswith("Rank 1 to 1 of 4 for 90% of the weights: age 0.")
    assert "ahead of 3 and behind 0 whatever the weights." in said


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_no_other_choice_within_the_budget_is_worth_more(seed):
    source = np.random.default_rng(seed)
    score, cost = source.integers(0, 20, 7).astype(float), source.integers(1, 10, 7).astype(float)
    budget = float(source.integers(0, 30))

    found = choose(score, cost, budget)

    worth = [
        score[list(some)].sum()
        for n in range(8)
        for some in combinations(range(7), n)
        if cost[list(some)].sum() <= budget
    ]
    assert found.value == pytest.approx(max(worth))
    assert found.cost <= budget
    assert found.gap == pytest.approx(0, abs=1e-6)


def test_what_is_fixed_is_chosen_and_paid_first():
    found = choose([5, 4, 1], [5, 4, 3], 7, fixed=[2])

    assert found.chosen.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda: scaled([[1, 2], [1, 3]], ["higher", "higher"]), "Criterion 0 is 1 for every unit"),
        (lambda: scaled([[1, float("nan")]], ["higher", "lower"]), "Criterion 1 of unit 0 is nan"),
        (lambda: scaled([[1, 2]], ["up", "lower"]), "say 'higher' or 'lower' for each"),
        (lambda: scaled([1, 2], ["higher"]), "give a table of units by criteria"),
        (lambda: scaled([["old"]], ["higher"]), "are not numbers"),
        (lambda: rank_intervals([[2.0]], [0], [1], seed=1), "Scores lie from 0 to 1"),
        (lambda: rank_intervals(TABLE, [0, 0], [1, 1], seed=1), "2 lower and 2 upper weights for 3 criteria"),
        (lambda: rank_intervals(TABLE, [2, 0, 0], [1, 1, 1], seed=1), "runs from 2 to 1; turn the two round"),
        (lambda: rank_intervals(TABLE, [0, 0, 0], [0, 0, 0], seed=1), "Every weight is 0"),
        (lambda: rank_intervals(TABLE, [-1, 0, 0], [1, 1, 1], seed=1), "give amounts of 0 or more"),
        (lambda: rank_intervals(TABLE, [0, 0, 0], [1, 1, 1], seed=1, draws=0), "0 draws"),
        (lambda: choose([1], [1, 2], 3), "1 scores and 2 costs"),
        (lambda: choose([1], [1], -3), "The budget is -3"),
        (lambda: choose([1], [5], 3, fixed=[0]), "The fixed units cost 5, more than the budget of 3"),
        (lambda: choose([1], [5], 3, fixed=[4]), "Unit 4 is fixed, but units run from 0 to 0"),
    ],
)
def test_what_cannot_be_ranked_gets_a_sentence(ask, sentence):
    with pytest.raises(RankingError, match=sentence):
        ask()
