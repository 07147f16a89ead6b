"""Hostile inputs: networks, demand and questions about them that cannot be."""

import pytest

from shancheng.methods.equilibrium.assign import assign
from shancheng.methods.equilibrium.demand import Demand
from shancheng.methods.equilibrium.errors import EquilibriumError
from shancheng.methods.equilibrium.loss import loss_scan
from shancheng.methods.equilibrium.modes import expand_modes
from shancheng.methods.equilibrium.network import Network
from shancheng.methods.equilibrium.slots import within_capacity
from shancheng.methods.equilibrium.tntp import read_network, read_trips

from .refusal import NAN, Rows, refused

TAILS = {"tail": [0], "head": [1], "free": [1.0]}
ROAD = Network.of_links(3, **TAILS, capacity=5.0, b=1.0)
PAIR = {"origin": [0], "destination": [1], "amount": [1.0]}
RIDES = {"place_from": [0], "place_to": [1], "mode": [0], "free": [1.0]}
CHANGES = {"place": [], "mode_from": [], "mode_to": []}


def road(**changes):
    return Network.of_links(3, **(TAILS | changes))


def wish(**changes):
    return Demand.of_pairs(ROAD, **(PAIR | changes))


def modes(**changes):
    return expand_modes(2, 1, rides=RIDES | changes, changes=CHANGES)


NET = "<NUMBER OF NODES> 2\n<FIRST THRU NODE> 1\n"
ROWS: Rows = {
    "nodes below 0": lambda: Network.of_links(-1, tail=[], head=[], free=[]),
    "a free time that is NaN": lambda: road(free=[NAN]),
    "a free time below 0": lambda: road(free=[-1.0]),
    "a free time in words": lambda: road(free=["long"]),
    "a capacity below 0": lambda: road(capacity=-1.0),
    "a capacity that is NaN": lambda: road(capacity=NAN),
    "a power below 1": lambda: road(power=0.5),
    "a factor that is NaN": lambda: road(b=NAN),
    "half a node": lambda: road(tail=[0.5]),
    "more heads than tails": lambda: road(head=[1, 2]),
    "passes for other nodes": lambda: road(passes=[True, False]),
    "an amount that is NaN": lambda: wish(amount=[NAN]),
    "an amount below 0": lambda: wish(amount=[-1.0]),
    "an amount in words": lambda: wish(amount=["much"]),
    "half an origin": lambda: wish(origin=[0.5]),
    "an origin that is NaN": lambda: wish(origin=[NAN]),
    "an origin outside": lambda: wish(origin=[3]),
    "a commodity between two": lambda: wish(commodity=[0.5]),
    "commodities for other pairs": lambda: wish(commodity=[0, 0]),
    "a size of 0": lambda: wish(size=[0.0]),
    "a toll that is NaN": lambda: wish(toll=[[NAN]]),
    "tolls for other links": lambda: wish(toll=[[1.0, 1.0]]),
    "a cost of staying that is NaN": lambda: wish(stay=NAN),
    "costs of staying for other pairs": lambda: wish(stay=[1.0, 2.0]),
    "demand without a way": lambda: assign(ROAD, wish(destination=[2])),
    "amounts beyond all numbers": lambda: assign(ROAD, wish(amount=[1e200])),
    "a gap that is NaN": lambda: assign(ROAD, wish(), gap=NAN),
    "no round": lambda: assign(ROAD, wish(), rounds=0),
    "demand of another network": lambda: assign(Network.of_links(2, tail=[], head=[], free=[]), wish(destination=[2])),
    "slots for demand of another network": lambda: within_capacity(
        Network.of_links(2, tail=[], head=[], free=[]), wish(destination=[2])
    ),
    "a slot too few": lambda: within_capacity(ROAD, wish(amount=[6.0])),
    "a loss outside": lambda: loss_scan(ROAD, wish(), losses=[[9]]),
    "half a loss": lambda: loss_scan(ROAD, wish(), losses=[[0.5]]),
    "losses in a gap that is NaN": lambda: loss_scan(ROAD, wish(), gap=NAN),
    "nobody to work": lambda: loss_scan(ROAD, wish(), workers=0),
    "rides without a mode": lambda: expand_modes(2, 1, rides={"place_from": [0], "place_to": [1]}, changes=CHANGES),
    "rides by half a mode": lambda: modes(mode=[0.5]),
    "rides of other lengths": lambda: modes(free=[1.0, 2.0, 3.0]),
    "a place outside": lambda: modes(place_to=[2]),
    "an empty text": lambda: read_network(""),
    "a link in words": lambda: read_network(NET + "one two three four five six seven"),
    "trips in words": lambda: read_trips("Origin one\n", ROAD),
    "trips without an amount": lambda: read_trips("Origin 1\n2 : e;", ROAD),
}


@pytest.mark.parametrize("name", ROWS)
def test_what_cannot_be_is_refused_in_a_sentence(name):
    refused(ROWS[name], EquilibriumError)
