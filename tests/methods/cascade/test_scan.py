"""The loss of one, the worst few, one more hour, and scenarios drawn from fragility, beside trying everything."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings

from shancheng.methods.cascade.errors import ScenarioError
from shancheng.methods.cascade.failure import Scenarios, consequences
from shancheng.methods.cascade.fragility import draw, failure_chance
from shancheng.methods.cascade.scan import loss_of_one, worst_few, worth_of_autonomy

from .oracle import build, course, first_down, worlds

HORIZON = 40


def weight_of(assets):
    """One thing per asset, different for each, so that no two losses are alike by chance."""
    return np.array([[asset + 1, 10 * asset] for asset in range(assets)], float)


def lost_by_hand(assets, groups, hits):
    """Weight x minutes down as the minute-by-minute model has it."""
    down = first_down(course(assets, groups, [(asset, minute, math.inf) for asset, minute in hits]), assets)
    return [max(0.0, HORIZON - minute) for minute in down] @ weight_of(assets)


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_the_loss_of_one_is_that_of_the_minute_by_minute_model(world):
    assets, groups, _ = world

    found = loss_of_one(build(assets, groups), range(assets), weight_of(assets), horizon=HORIZON)

    for asset in range(assets):
        assert found.loss[asset].tolist() == lost_by_hand(assets, groups, [(asset, 0)]).tolist()


@settings(max_examples=150, deadline=None)
@given(worlds())
def test_one_more_hour_is_worth_what_trying_it_saves(world):
    assets, groups, hits = world
    scenario = Scenarios.one([asset for asset, _ in hits], [minute for _, minute in hits])

    found = worth_of_autonomy(build(assets, groups), scenario, weight_of(assets), horizon=HORIZON, more=3)

    told = dict(zip(found.group.tolist(), found.saved.tolist(), strict=True))
    for number, group in enumerate(groups):
        longer = [*groups[:number], (*group[:2], group[2] + 3, group[3]), *groups[number + 1 :]]
        saved = lost_by_hand(assets, groups, hits) - lost_by_hand(assets, longer, hits)
        assert told.get(number, [0.0, 0.0]) == saved.tolist()
    assert (np.diff(found.saved.sum(axis=1)) <= 0).all()


def test_redundant_pairs_hide_from_the_loss_of_one_but_not_from_the_worst_two():
    network = build(4, [(2, 1, 0.0, [0, 1]), (3, 1, 0.0, [2])])
    weight = np.array([[0], [0], [0], [1]])

    alone = loss_of_one(network, [0, 1], weight, horizon=60)
    pair = worst_few(network, [0, 1], weight, horizon=60, count=2)

    assert alone.loss.ravel().tolist() == [0, 0]
    assert pair.asset.tolist() == [0, 1]
    assert pair.loss.ravel().tolist() == [0, 60]


def test_the_greedy_worst_few_are_no_worse_than_the_worst_set():
    groups = [(4, 1, 5.0, [0, 1]), (5, 2, 0.0, [1, 2, 3]), (6, 1, 1.0, [4]), (6, 1, 0.0, [5])]
    network, weight = build(7, groups), weight_of(7)

    found = worst_few(network, range(4), weight, horizon=HORIZON, count=2)

    every = consequences(network, Scenarios.of(combinations(range(4), 2)), weight, horizon=HORIZON).loss.sum(axis=1)
    assert found.loss[-1].sum() <= every.max()
    assert (
        found.loss[-1].tolist()
        in consequences(network, Scenarios.of([found.asset.tolist()]), weight, horizon=HORIZON).loss.tolist()
    )


def test_more_than_there_are_cannot_be_the_worst():
    with pytest.raises(ScenarioError, match="worst 3 cannot be chosen among 2"):
        worst_few(build(2, []), [0, 1], np.ones((2, 1)), horizon=10, count=3)


def test_an_hour_cannot_be_taken_away():
    with pytest.raises(ScenarioError, match="not by -1"):
        worth_of_autonomy(build(2, []), Scenarios.of([[0]]), np.ones((2, 1)), horizon=10, more=-1)


def test_at_the_median_the_chance_is_a_half():
    assert failure_chance([0.0, 0.37, 0.37 * math.e**0.4], 0.37, 0.4) == pytest.approx([0, 0.5, 0.841344746])


def test_draws_are_as_often_as_their_chance_and_the_same_again():
    chance = [0.0, 0.1, 0.9, 1.0]

    drawn, again = draw(chance, 4000, seed=3), draw(chance, 4000, seed=3)

    assert np.bincount(drawn.asset, minlength=4) / 4000 == pytest.approx(chance, abs=0.02)
    assert drawn.asset.tolist() == again.asset.tolist()
    assert len(drawn) == 4000


@pytest.mark.parametrize(
    ("work", "sentence"),
    [
        (lambda: failure_chance([-1.0], 0.5, 0.4), "below 0"),
        (lambda: failure_chance([1.0], 0.0, 0.4), "above 0"),
        (lambda: draw([1.5], 1, seed=0), "between 0 and 1"),
        (lambda: draw([0.5], -1, seed=0), "-1 scenarios"),
    ],
)
def test_wrong_curves_and_chances_are_refused(work, sentence):
    with pytest.raises(ScenarioError, match=sentence):
        work()
