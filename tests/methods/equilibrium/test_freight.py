"""Modes, hard capacities and the TNTP format."""

from dataclasses import replace

import numpy as np
import pytest

from shancheng.methods.equilibrium.assign import assign
from shancheng.methods.equilibrium.demand import Demand
from shancheng.methods.equilibrium.errors import DemandError, FormatError, NetworkError
from shancheng.methods.equilibrium.loss import loss_scan
from shancheng.methods.equilibrium.modes import expand_modes
from shancheng.methods.equilibrium.slots import within_capacity
from shancheng.methods.equilibrium.tntp import read_network, read_trips

from .worlds import demand_on, random_world, two_roads

ROAD, RAIL = 0, 1
RIDES = {
    **{"place_from": [0, 1, 0, 1], "place_to": [1, 2, 1, 2], "mode": [ROAD, ROAD, RAIL, RAIL]},
    **{"free": [10.0, 10.0, 4.0, 4.0], "capacity": [100.0, 100.0, 20.0, 50.0]},
}
CHANGES = {"place": [1, 1], "mode_from": [ROAD, RAIL], "mode_to": [RAIL, ROAD], "free": [3.0, 3.0]}


def town_with_rail():
    """Three places in a row, a road and a faster railway, a terminal in the middle."""
    return expand_modes(3, 2, rides=RIDES, changes=CHANGES)


def test_goods_take_the_faster_mode_and_change_where_it_is_full():
    world = town_with_rail()
    demand = Demand.of_pairs(world.network, origin=[0], destination=[2], amount=[30.0])

    free, full = assign(world.network, demand), within_capacity(world.network, demand)

    assert free.volume[world.ride].tolist() == [0, 0, 30, 30]
    assert full.volume[world.ride].tolist() == [10, 0, 20, 30]
    assert full.volume[world.change].tolist() == [10, 0]
    assert full.worth[world.ride].tolist() == [0, 0, 9, 0]


def test_a_place_lost_in_every_mode_leaves_everybody_unserved():
    world = town_with_rail()
    demand = Demand.of_pairs(world.network, origin=[0], destination=[2], amount=[30.0])

    found = loss_scan(world.network, demand, losses=[world.at_place(1).tolist(), world.change.tolist()])

    assert found.unserved.ravel().tolist() == [30, 0]


def test_a_mode_that_is_none_is_refused():
    with pytest.raises(NetworkError, match="modes 0 to 1"):
        expand_modes(3, 2, rides=RIDES | {"mode": [0, 0, 1, 7]}, changes=CHANGES)


def test_a_slot_is_worth_what_one_more_saves():
    for seed in range(3):
        network, demand = random_world(seed, 2)
        tight = replace(network, capacity=network.capacity / 4)
        demand = replace(demand, stay=np.full(len(demand.amount), 60.0))
        found = within_capacity(tight, demand)

        link = int(np.argmax(found.worth))
        low, high = found.worth_from[link], found.worth_to[link]
        costs = []
        for capacity in (low + (high - low) * 0.25, low + (high - low) * 0.75):
            room = tight.capacity.copy()
            room[link] = capacity
            costs.append(within_capacity(replace(tight, capacity=room), demand).cost)

        assert found.worth[link] == pytest.approx((costs[0] - costs[1]) / ((high - low) / 2), rel=1e-6)
        assert (found.volume <= tight.capacity + 1e-9).all()


def test_without_congestion_the_programme_is_the_equilibrium():
    network, demand = random_world(5, 2)
    flat = replace(network, slope=np.zeros(network.links), capacity=np.full(network.links, np.inf))

    found = within_capacity(flat, demand)

    assert found.cost == pytest.approx(assign(flat, demand).objective)
    assert not found.worth.any()


def test_what_does_not_fit_is_refused_unless_it_may_stay():
    network = two_roads()

    with pytest.raises(DemandError, match="does not fit"):
        within_capacity(network, demand_on(network, 5.0))
    assert within_capacity(network, demand_on(network, 5.0, stay=9.0)).unserved.tolist() == [3]


NETWORK_TEXT = """<NUMBER OF ZONES> 2
<NUMBER OF NODES> 4
<FIRST THRU NODE> 3
<ORIGINAL HEADER>~ Tail: Head: Capacity
<END OF METADATA>

~ init: term: capacity length time b power ;
 1 3 10 1 0 0.15 4 0 0 1 ;
 3 2 10 1 2.5 1 0 0 0 1;
"""
TRIPS_TEXT = "<NUMBER OF ZONES> 2\n<END OF METADATA>\nOrigin 1\n  1 : 0.0;  2 : 6.5;\nOrigin 2\n 1:0;\n"


def test_the_format_is_read_with_its_corners():
    """Colons in words, a link without time, power 0, a node no link touches."""
    network = read_network(NETWORK_TEXT)
    demand = read_trips(TRIPS_TEXT, network)

    found = assign(network, demand)

    assert network.passes.tolist() == [False, False, True, True]
    assert found.volume.tolist() == [6.5, 6.5]
    assert found.cost.tolist() == [5]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (NETWORK_TEXT.replace("10 1 0 0.15", "10 one 0 0.15"), "Line 8 of the network is no link"),
        (NETWORK_TEXT.replace("2.5 1 0 0 0 1;", ""), "has 4 columns"),
        (NETWORK_TEXT.replace("<NUMBER OF NODES> 4\n", ""), "NUMBER OF NODES"),
    ],
)
def test_a_text_that_is_no_network_is_refused_in_a_sentence(text, sentence):
    with pytest.raises(FormatError, match=sentence):
        read_network(text)


def test_trips_without_an_origin_are_refused():
    with pytest.raises(FormatError, match="Line 1 of the trips"):
        read_trips("1 : 5;", read_network(NETWORK_TEXT))
