"""Failures in the order of time beside a minute-by-minute model, by rounds, and what the wrong input is told."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shancheng.methods.cascade.errors import NetworkError, ScenarioError
from shancheng.methods.cascade.failure import Scenarios, consequences, failures, failures_by_rounds
from shancheng.methods.cascade.network import SupplyNetwork

from .oracle import build, course, first_down, worlds

PUMPS_AND_POWER = (5, [(2, 1, 0.0, [0, 1]), (3, 1, 30.0, [2]), (4, 1, 15.0, [2]), (4, 1, 5.0, [3])])
"""Two feeders, a pump on either, a tower with 30 minutes of battery, a homestead on pump and tower."""


def hit(hits):
    """A scenario of (asset, minute) pairs."""
    return Scenarios.one([asset for asset, _ in hits], [minute for _, minute in hits])


def test_redundancy_holds_until_the_last_supplier_is_gone():
    network = build(*PUMPS_AND_POWER)

    assert failures(network, hit([(0, 0)])).order.tolist() == [0]
    assert failures(network, hit([(0, 0), (1, 10)])).minute.tolist() == [0, 10, 10, 40, 25]


def test_each_failure_names_the_group_that_brought_it():
    found = failures(build(*PUMPS_AND_POWER), hit([(0, 0), (1, 10)]))

    assert found.because.tolist() == [-1, -1, 0, 1, 2]
    assert found.order.tolist() == [0, 1, 2, 4, 3]


def test_a_ring_that_feeds_itself_does_not_fail_by_itself():
    network = build(3, [(0, 1, 0.0, [1]), (1, 1, 0.0, [0]), (1, 1, 0.0, [2])])

    assert failures(network, hit([])).order.tolist() == []
    assert failures(network, hit([(2, 3)])).minute.tolist() == [3, 3, 3]


def test_what_happens_after_the_horizon_is_not_told():
    found = failures(build(*PUMPS_AND_POWER), hit([(0, 0), (1, 10)]), horizon=25)

    assert found.minute.tolist() == [0, 10, 10, math.inf, 25]


@settings(max_examples=150, deadline=None)
@given(worlds())
def test_failures_are_those_of_the_minute_by_minute_model(world):
    assets, groups, hits = world

    found = failures(build(assets, groups), hit(hits))

    story = course(assets, groups, [(asset, minute, math.inf) for asset, minute in hits])
    assert found.minute.tolist() == first_down(story, assets)
    assert sorted(found.order.tolist()) == np.flatnonzero(np.isfinite(found.minute)).tolist()
    assert (np.diff(found.minute[found.order]) >= 0).all()


@settings(max_examples=150, deadline=None)
@given(worlds(), st.sampled_from([math.inf, 7.0, 0.0]))
def test_the_rounds_in_plain_numpy_give_the_same_numbers(world, horizon):
    assets, groups, hits = world
    network = build(assets, groups)

    compiled, plain = (way(network, hit(hits), horizon=horizon) for way in (failures, failures_by_rounds))

    assert compiled.minute.tolist() == plain.minute.tolist()
    assert sorted(compiled.order.tolist()) == sorted(plain.order.tolist())


@settings(max_examples=150, deadline=None)
@given(worlds(), st.sampled_from([failures, failures_by_rounds]))
def test_a_cause_comes_before_what_it_causes(world, way):
    assets, groups, hits = world

    found = way(build(assets, groups), hit(hits))

    for place, asset in enumerate(found.order.tolist()):
        cause = found.because[asset]
        if cause < 0:
            assert (asset, found.minute[asset]) in hits
            continue
        owner, need, autonomy, suppliers = groups[cause]
        gone = sorted(found.minute[one] for one in suppliers if one in found.order[:place])
        assert owner == asset
        assert found.minute[asset] == gone[len(suppliers) - need] + autonomy


def test_a_large_random_graph_fails_alike_both_ways():
    source = np.random.default_rng(4)
    groups = 3000
    network = SupplyNetwork.of_links(
        2000,
        owner=source.integers(1000, 2000, groups),
        need=source.integers(1, 3, groups),
        autonomy=source.choice([0.0, 12.5, 60.0, 240.0], groups),
        link_group=np.repeat(np.arange(groups), 4),
        link_supplier=np.concatenate([source.choice(1000, 4, replace=False) for _ in range(groups)]),
    )
    scenario = Scenarios.of([source.choice(1000, 400, replace=False)])

    compiled, plain = failures(network, scenario), failures_by_rounds(network, scenario)

    assert len(compiled.order) > 600
    assert np.array_equal(compiled.minute, plain.minute)


def test_many_scenarios_cost_what_each_costs_alone():
    network = build(*PUMPS_AND_POWER)
    weight = np.array([[0, 0], [0, 0], [0, 1], [0, 0], [100, 0]])

    found = consequences(network, Scenarios.of([[0], [0, 1], [], [2]]), weight, horizon=60)

    assert found.failed.tolist() == [1, 5, 0, 3]
    assert found.loss.tolist() == [[0, 0], [4500, 60], [0, 0], [4500, 60]]


def test_no_group_at_all_is_a_network_too():
    network = build(3, [])

    assert failures(network, hit([(1, 5)])).minute.tolist() == [math.inf, 5, math.inf]
    assert failures_by_rounds(network, hit([(1, 5)])).minute.tolist() == [math.inf, 5, math.inf]


@pytest.mark.parametrize(
    ("groups", "sentence"),
    [
        ([(9, 1, 0.0, [1])], "asset 9, but there are only assets 0 to 2"),
        ([(0, 1, 0.0, [-1])], "asset -1"),
        ([(0, 1, 0.0, [])], "has no supplier"),
        ([(0, 2, 0.0, [1])], "more suppliers than it has"),
        ([(0, 0, 0.0, [1])], "fewer than one"),
        ([(0, 1, -1.0, [1])], "not 0 or more minutes"),
        ([(0, 1, math.nan, [1])], "not 0 or more minutes"),
        ([(0, 1, 0.0, [1, 1])], "twice"),
        ([(0, 1, 0.0, [0, 1])], "its own owner"),
    ],
)
def test_a_network_that_is_none_is_refused_in_a_sentence(groups, sentence):
    with pytest.raises(NetworkError, match=sentence):
        build(3, groups)


def test_parts_of_different_length_or_kind_are_refused():
    parts = {"owner": [0], "need": [1], "autonomy": [0.0], "link_group": [0], "link_supplier": [1]}

    with pytest.raises(NetworkError, match="need has 2 entries where 1 are needed"):
        SupplyNetwork.of_links(2, **parts | {"need": [1, 1]})
    with pytest.raises(NetworkError, match="whole numbers"):
        SupplyNetwork.of_links(2, **parts | {"link_supplier": [0.5]})


@pytest.mark.parametrize(
    ("hits", "weight", "horizon", "sentence"),
    [
        (Scenarios.of([[7]]), np.zeros((5, 1)), 60, "Asset 7 is to be hit"),
        (Scenarios.one([1], [-1]), np.zeros((5, 1)), 60, "below 0"),
        (Scenarios.one([1], [math.nan]), np.zeros((5, 1)), 60, "not a number"),
        (Scenarios.of([[1]]), np.zeros(5), 60, "table of 5 assets"),
        (Scenarios.of([[1]]), np.full((5, 1), math.nan), 60, "A weight"),
        (Scenarios.of([[1]]), np.zeros((5, 1)), math.inf, "horizon that ends"),
        (Scenarios.of([[1]]), np.zeros((5, 1)), -1, "not -1"),
    ],
)
def test_a_scenario_that_cannot_be_is_refused_in_a_sentence(hits, weight, horizon, sentence):
    with pytest.raises(ScenarioError, match=sentence):
        consequences(build(*PUMPS_AND_POWER), hits, weight, horizon=horizon)


def test_one_scenario_is_looked_at_closely_at_a_time():
    with pytest.raises(ScenarioError, match="not 2"):
        failures(build(*PUMPS_AND_POWER), Scenarios.of([[1], [2]]))
    with pytest.raises(ScenarioError, match="one minute for each"):
        Scenarios.one([1, 2], [0])
