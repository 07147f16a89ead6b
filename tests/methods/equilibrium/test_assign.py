"""Equilibria: the published ones, by hand, and beside a Frank-Wolfe of another kind."""

import math
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shancheng.methods.equilibrium.assign import assign
from shancheng.methods.equilibrium.demand import Demand
from shancheng.methods.equilibrium.errors import DemandError, EquilibriumError, NetworkError
from shancheng.methods.equilibrium.network import Network

from .worlds import demand_on, frank_wolfe, published, random_world, two_roads

BEST = {"SiouxFalls": 4231335.287107440, "Anaheim": 1286032.171096}


def imbalance(network, demand, found):
    """What leaves each node less what comes and what begins and ends there, at worst."""
    begins = np.bincount(demand.origin, demand.flow, network.nodes)
    ends = np.bincount(demand.destination, demand.flow, network.nodes)
    out = np.bincount(network.tail, found.volume, network.nodes)
    into = np.bincount(network.head, found.volume, network.nodes)
    return np.abs(out - into - begins + ends).max()


@pytest.mark.parametrize(("name", "within"), [("SiouxFalls", 1e-12), ("Anaheim", 1e-12)])
def test_the_objective_is_the_best_known(shared_data, name, within):
    network, demand = published(shared_data, name)

    found = assign(network, demand, gap=1e-10)

    assert found.gap <= 1e-10
    assert found.objective == pytest.approx(BEST[name], rel=within)
    assert imbalance(network, demand, found) < 1e-6


def test_flows_on_links_whose_time_grows_are_the_published_ones(shared_data):
    network, demand = published(shared_data, "SiouxFalls")
    rows = (shared_data / "tntp-networks/SiouxFalls_flow.tntp").read_text().splitlines()[1:]
    known = np.array([float(row.split()[2]) for row in rows if row.split()])

    found = assign(network, demand, gap=1e-12)

    assert found.volume == pytest.approx(known, rel=1e-6)


def test_no_way_passes_through_a_zone(shared_data):
    network, demand = published(shared_data, "Anaheim")

    found = assign(network, demand, gap=1e-6)

    inner = found.ways.first[:-1][:, None] + 1
    middle = np.setdiff1d(np.arange(len(found.ways.link)), inner - 1)
    assert (network.tail[found.ways.link[middle]] >= 38).all()


def test_ways_lead_from_origin_to_destination(shared_data):
    network, demand = published(shared_data, "SiouxFalls")

    ways = assign(network, demand, gap=1e-6).ways

    assert (network.tail[ways.link[ways.first[:-1]]] == demand.origin[ways.pair]).all()
    assert (network.head[ways.link[ways.first[1:] - 1]] == demand.destination[ways.pair]).all()
    for first, end in zip(ways.first[:-1], ways.first[1:], strict=True):
        assert (network.head[ways.link[first : end - 1]] == network.tail[ways.link[first + 1 : end]]).all()
    assert np.bincount(ways.pair, ways.flow) == pytest.approx(demand.flow)


def test_braess_loses_by_its_shortcut(shared_data):
    """Six vehicles, by hand: 92 a vehicle with the shortcut (386 the objective), 83 without."""
    network, demand = published(shared_data, "Braess")

    found = assign(network, demand, gap=1e-12)

    assert found.volume == pytest.approx([4, 2, 2, 2, 4], abs=1e-6)
    assert found.objective == pytest.approx(386, abs=1e-6)
    assert found.cost == pytest.approx([92], abs=1e-6)
    best = assign(network.with_marginal_times(), demand, gap=1e-12).volume
    assert (network.time(best) * best).sum() == pytest.approx(6 * 83, abs=1e-5)


@pytest.mark.parametrize(("amount", "volume"), [(0.5, [0.5, 0]), (1, [1, 0]), (3, [1, 2])])
def test_two_roads_by_hand(amount, volume):
    network = two_roads()

    found = assign(network, demand_on(network, amount), gap=1e-12)

    assert found.volume == pytest.approx(volume, abs=1e-9)


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 3))
def test_a_frank_wolfe_of_another_kind_finds_no_less(seed, commodities):
    network, demand = random_world(seed, commodities)

    found = assign(network, demand, gap=1e-9)

    _, objective, gap = frank_wolfe(network, demand, rounds=300)
    spent = found.spent
    assert found.gap <= 1e-9
    assert found.objective <= objective * (1 + 1e-12)
    assert objective - found.objective <= gap * spent * 1.5 + 1e-9
    assert imbalance(network, demand, found) < 1e-6


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.5, 1.0, 1.5]))
def test_nobody_finds_a_cheaper_way(seed, factor):
    network, demand = random_world(seed, 2)
    demand = replace(demand, amount=demand.amount * factor)

    found = assign(network, demand, gap=1e-10)

    way = np.repeat(np.arange(len(found.ways.flow)), np.diff(found.ways.first))
    each = found.time[found.ways.link] + demand.toll[demand.commodity[found.ways.pair[way]], found.ways.link]
    costs = np.bincount(way, each)
    loaded = found.ways.flow > 1e-3
    assert costs[loaded] == pytest.approx(found.cost[found.ways.pair[loaded]], rel=1e-4)
    assert (found.ways.flow >= 0).all()


def test_who_would_rather_stay_stays_until_travelling_costs_the_same():
    network = two_roads(free=[1.0, 9.0])

    found = assign(network, demand_on(network, 5.0, stay=[3.0]), gap=1e-12)

    assert found.unserved == pytest.approx([3])
    assert found.volume == pytest.approx([2, 0])
    assert found.spent == pytest.approx(6)
    assert found.objective == pytest.approx(2 + 2 + 9)


def test_each_commodity_takes_the_way_that_is_cheap_to_it():
    network = two_roads(b=0.0)
    pairs = {"origin": [0, 0], "destination": [1, 1], "amount": [10.0, 10.0], "commodity": [0, 1]}
    demand = Demand.of_pairs(network, **pairs, size=[1.0, 0.5], toll=[[0, 0], [5, 0]])

    found = assign(network, demand)

    assert found.volume.tolist() == [10, 5]
    assert found.cost.tolist() == [1, 2]
    assert found.through(1, 2).tolist() == [0, 5]


def test_pairs_that_use_no_link_are_left_alone():
    network = two_roads()
    demand = Demand.of_pairs(network, origin=[0, 1, 0], destination=[1, 1, 1], amount=[0.0, 5.0, 0.5])

    found = assign(network, demand)

    assert found.volume == pytest.approx([0.5, 0])
    assert np.isnan(found.cost).tolist() == [True, True, False]


def test_links_without_time_or_growth_are_links_too():
    network = Network.of_links(
        3, tail=[0, 1], head=[1, 2], free=[0.0, 2.0], b=[1.0, 0.5], power=[4.0, 0.0], capacity=3.0
    )

    found = assign(network, demand_on(network, 2.0))

    assert found.volume.tolist() == [2, 2]
    assert found.cost.tolist() == [3]
    assert found.gap == 0


def test_nothing_to_carry_is_an_equilibrium():
    network = two_roads()

    found = assign(network, Demand.of_pairs(network, origin=[], destination=[], amount=[]))

    assert (found.volume.tolist(), found.spent, found.gap) == ([0, 0], 0, 0)


def test_without_compiling_the_numbers_are_the_same(shared_data):
    network, demand = published(shared_data, "Braess")
    script = (
        "import pathlib, sys; from shancheng.methods.equilibrium import tntp; "
        "from shancheng.methods.equilibrium.assign import assign; folder = pathlib.Path(sys.argv[1]); "
        "n = tntp.read_network((folder / 'Braess_net.tntp').read_text()); "
        "d = tntp.read_trips((folder / 'Braess_trips.tntp').read_text(), n); "
        "print(assign(n, d, gap=1e-10).volume.tolist())"
    )

    told = subprocess.run(
        [sys.executable, "-c", script, shared_data / "tntp-networks"],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert told.strip() == str(assign(network, demand, gap=1e-10).volume.tolist())


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"tail": [0, 7]}, "tail of link 1 is node 7"),
        ({"tail": [0.5, 0]}, "tails of links must be whole"),
        ({"tail": [0]}, "one of each"),
        ({"free": [1.0, -1.0]}, "Link 1 has a free time"),
        ({"free": [math.nan, 1.0]}, "Link 0 has a free time"),
        ({"capacity": [1.0, 0.0]}, "Link 1 has a capacity"),
        ({"b": [-1.0, 0.0]}, "Link 0 has a factor"),
        ({"power": 0.5}, "neither 0 nor 1"),
        ({"power": [1.0, 2.0, 3.0]}, "3 values of power"),
    ],
)
def test_a_network_that_is_none_is_refused_in_a_sentence(changes, sentence):
    with pytest.raises(NetworkError, match=sentence):
        two_roads(**changes)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"origin": [5]}, "from node 5"),
        ({"origin": [0, 1]}, "2 nodes"),
        ({"amount": [-1.0]}, "amount numbered 0"),
        ({"amount": [math.nan]}, "amount numbered 0"),
        ({"commodity": [2]}, "outside 0 to 0"),
        ({"size": 0.0}, "size numbered 0"),
        ({"stay": -1.0}, "cost of staying"),
        ({"toll": [[1.0]]}, "1 commodities by 2 links"),
    ],
)
def test_a_demand_that_cannot_be_is_refused_in_a_sentence(changes, sentence):
    with pytest.raises(DemandError, match=sentence):
        demand_on(two_roads(), 1.0, **changes)


def test_demand_without_a_way_is_refused_unless_it_may_stay():
    network = two_roads()
    back = {"origin": [1], "destination": [0], "amount": [3.0]}

    with pytest.raises(DemandError, match="no way from node 1 to node 0"):
        assign(network, Demand.of_pairs(network, **back))
    assert assign(network, Demand.of_pairs(network, **back, stay=7.0)).unserved.tolist() == [3]


def test_a_gap_below_nothing_is_refused():
    with pytest.raises(EquilibriumError, match="not -1"):
        assign(two_roads(), demand_on(two_roads(), 1.0), gap=-1)
