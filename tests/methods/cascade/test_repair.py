"""Repair plans beside every order there is, on roads that are cut."""

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shancheng.methods.cascade.errors import RepairError
from shancheng.methods.cascade.failure import Scenarios
from shancheng.methods.cascade.repair import plan_repairs, schedule, travel_minutes
from shancheng.methods.cascade.replay import replay

from .oracle import build

ROADS = {"road_from": [0, 1, 0, 2, 0], "road_to": [1, 2, 2, 0, 2], "minutes": [5, 5, 30, 8, 12]}


def test_a_cut_road_is_gone_round():
    whole = travel_minutes(3, **ROADS, is_cut=[False] * 5, stops=[0, 2])
    cut = travel_minutes(3, **ROADS, is_cut=[True, False, False, False, True], stops=[0, 2])

    assert whole.tolist() == [[0, 10], [8, 0]]
    assert cut.tolist() == [[0, 30], [8, 0]]


def test_a_place_with_no_road_left_is_endlessly_far_and_two_stops_may_be_one_place():
    found = travel_minutes(3, **ROADS, is_cut=[True, False, False, False, False], stops=[0, 1, 1])

    assert found.tolist() == [[0, math.inf, math.inf], [13, 0, 0], [13, 0, 0]]


def chain_world(hits):
    """A source, one line from it to each village, and a pipe from village 1 to village 2."""
    groups = [(2, 1, 0.0, [0]), (3, 1, 20.0, [1, 2]), (4, 1, 0.0, [3])]
    return build(5, groups), Scenarios.of([hits]), np.array([[0], [2], [3], [50], [400]])


def test_the_source_is_mended_before_what_hangs_on_it():
    network, hits, weight = chain_world([2, 0])
    travel = np.array([[0, 1, 10], [1, 0, 10], [10, 10, 0]], float)

    plan = plan_repairs(network, hits, weight, work=[5, 5], travel=travel, crews=2, horizon=500)

    assert plan.proven
    assert plan.mended.tolist() == [6, 15]
    assert plan.crew.tolist() == [0, 1]
    assert plan.loss == replay(network, hits, plan.mended, horizon=500).loss(weight).sum()


def test_what_no_crew_can_reach_is_named_and_stays_down():
    network, hits, weight = chain_world([0, 1])
    travel = np.array([[0, 10, np.inf], [10, 0, np.inf], [np.inf, np.inf, 0]])

    plan = plan_repairs(network, hits, weight, work=[5, 5], travel=travel, crews=1, horizon=100)

    assert plan.cut_off.tolist() == [1]
    assert plan.order.tolist() == [0]
    assert plan.mended.tolist() == [15, math.inf]


@st.composite
def broken_towns(draw):
    """A random town with five things broken."""
    source = np.random.default_rng(draw(st.integers(0, 10_000)))
    groups = [
        (owner, 1, float(source.choice([0, 15, 60])), source.choice(5, 2, replace=False).tolist())
        for owner in range(5, 12)
    ]
    places = source.integers(0, 40, (6, 2))
    travel = np.abs(places[:, None] - places[None]).sum(axis=2).astype(float)
    weight = source.integers(0, 100, (12, 1)).astype(float)
    return build(12, groups), Scenarios.of([range(5)]), weight, source.integers(5, 90, 5), travel


@settings(max_examples=8, deadline=None)
@given(broken_towns(), st.integers(1, 2))
def test_up_to_six_no_order_is_better(town, crews):
    network, hits, weight, work, travel = town

    plan = plan_repairs(network, hits, weight, work=work, travel=travel, crews=crews, horizon=600)

    def loss(order):
        _, _, mended = schedule(order, hits.minute, work.astype(float), travel, crews)
        return replay(network, hits, mended, horizon=600).loss(weight).sum()

    assert plan.loss == min(loss(order) for order in permutations(range(5)))


def test_above_six_a_plan_is_no_worse_than_the_order_given_and_is_the_same_again():
    source = np.random.default_rng(11)
    network = build(20, [(owner, 1, 10.0, source.choice(10, 2, replace=False).tolist()) for owner in range(10, 20)])
    hits, weight = Scenarios.of([range(10)]), source.integers(0, 99, (20, 1)).astype(float)
    work, travel = source.integers(10, 60, 10).astype(float), np.full((11, 11), 7.0)
    arguments = {"work": work, "travel": travel, "crews": 2, "horizon": 900, "tries": 400}

    plan, again = (plan_repairs(network, hits, weight, **arguments) for _ in range(2))

    _, _, mended = schedule(range(10), hits.minute, work, travel, 2)
    assert plan.loss < replay(network, hits, mended, horizon=900).loss(weight).sum()
    assert not plan.proven
    assert plan.order.tolist() == again.order.tolist()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"work": [5]}, "each of 2 hits"),
        ({"work": [5, 0]}, "above 0"),
        ({"travel": np.zeros((2, 2))}, "3 by 3"),
        ({"travel": np.full((3, 3), np.nan)}, "0 or more"),
        ({"travel": np.array([[0, 1, 1], [1, 0, np.inf], [1, 1, 0]])}, "way back"),
        ({"crews": 0}, "at least one"),
    ],
)
def test_a_plan_that_does_not_fit_is_refused_in_a_sentence(change, sentence):
    network, hits, weight = chain_world([0, 1])
    tables = {"work": [5, 5], "travel": np.ones((3, 3)), "crews": 1} | change

    with pytest.raises(RepairError, match=sentence):
        plan_repairs(network, hits, weight, **tables, horizon=10)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [({"minutes": [1] * 4}, "one of each"), ({"minutes": [-1] * 5}, "0 or more"), ({"road_to": [9] * 5}, "0 to 2")],
)
def test_roads_that_do_not_fit_are_refused_in_a_sentence(change, sentence):
    with pytest.raises(RepairError, match=sentence):
        travel_minutes(3, **ROADS | change, is_cut=[False] * 5, stops=[0])
