"""Hostile inputs: supply networks, scenarios, scans and repairs that cannot be."""

import numpy as np
import pytest

from shancheng.methods.cascade.errors import CascadeError
from shancheng.methods.cascade.failure import Scenarios, consequences, failures, failures_by_rounds
from shancheng.methods.cascade.fragility import draw, failure_chance
from shancheng.methods.cascade.network import SupplyNetwork
from shancheng.methods.cascade.repair import plan_repairs, travel_minutes
from shancheng.methods.cascade.replay import replay
from shancheng.methods.cascade.scan import loss_of_one, worst_few, worth_of_autonomy

from .refusal import INF, NAN, Rows, refused

LINKS = {"owner": [1], "need": [1], "autonomy": [5.0], "link_group": [0], "link_supplier": [0]}
SUPPLY = SupplyNetwork.of_links(2, **LINKS)
HIT = Scenarios.of([[0]])
ONE = np.ones((2, 1))


def supply(**changes):
    return SupplyNetwork.of_links(2, **(LINKS | changes))


def repairs(**changes):
    given = {"work": [5.0], "travel": np.ones((2, 2)), "crews": 1, "horizon": 60.0} | changes
    return plan_repairs(SUPPLY, HIT, given.pop("weight", ONE), **given)


def roads(**changes):
    given = {"road_from": [0], "road_to": [1], "minutes": [1.0], "is_cut": [False], "stops": [0]} | changes
    return travel_minutes(2, **given)


ROWS: Rows = {
    "assets below 0": lambda: SupplyNetwork.of_links(-1, **{name: [] for name in LINKS}),
    "an autonomy that is NaN": lambda: supply(autonomy=[NAN]),
    "an autonomy below 0": lambda: supply(autonomy=[-1.0]),
    "an autonomy in words": lambda: supply(autonomy=["long"]),
    "a need that is no whole number": lambda: supply(need=[1.5]),
    "a need without a supplier": lambda: supply(link_group=[], link_supplier=[]),
    "more minutes than groups": lambda: supply(autonomy=[1.0, 2.0]),
    "hits between two assets": lambda: failures(SUPPLY, Scenarios.of([[0.5]])),
    "a hit that is NaN": lambda: failures(SUPPLY, Scenarios.of([[NAN]])),
    "one hit between two assets": lambda: failures(SUPPLY, Scenarios.one([0.5], [0.0])),
    "a hit outside": lambda: failures(SUPPLY, Scenarios.of([[2]])),
    "a minute that is NaN": lambda: failures(SUPPLY, Scenarios.one([0], [NAN])),
    "a minute below 0": lambda: failures_by_rounds(SUPPLY, Scenarios.one([0], [-1.0])),
    "a horizon that is NaN": lambda: failures(SUPPLY, HIT, horizon=NAN),
    "no scenario": lambda: failures(SUPPLY, Scenarios.of([])),
    "no scenario by rounds": lambda: failures_by_rounds(SUPPLY, Scenarios.of([])),
    "a weight that is NaN": lambda: consequences(SUPPLY, HIT, ONE * NAN, horizon=60),
    "a weight below 0": lambda: consequences(SUPPLY, HIT, -ONE, horizon=60),
    "weights in a row": lambda: consequences(SUPPLY, HIT, [1.0, 1.0], horizon=60),
    "weights in words": lambda: consequences(SUPPLY, HIT, [["a"], ["b"]], horizon=60),
    "an endless horizon": lambda: consequences(SUPPLY, HIT, ONE, horizon=INF),
    "a scan between two assets": lambda: loss_of_one(SUPPLY, [0.5], ONE, horizon=60),
    "a scan outside": lambda: loss_of_one(SUPPLY, [9], ONE, horizon=60),
    "the worst none with weights in a row": lambda: worst_few(SUPPLY, [0], [1.0, 1.0], horizon=60, count=0),
    "the worst of none": lambda: worst_few(SUPPLY, [], ONE, horizon=60, count=1),
    "an hour that is NaN": lambda: worth_of_autonomy(SUPPLY, HIT, ONE, horizon=60, more=NAN),
    "a repair that is NaN": lambda: replay(SUPPLY, HIT, [NAN], horizon=60),
    "a repair before the damage": lambda: replay(SUPPLY, HIT, [-1.0], horizon=60),
    "repairs of nothing": lambda: replay(SUPPLY, HIT, [], horizon=60),
    "two scenarios in one replay": lambda: replay(SUPPLY, Scenarios.of([[0], [1]]), [1.0, 1.0], horizon=60),
    "work that is NaN": lambda: repairs(work=[NAN]),
    "work below 0": lambda: repairs(work=[-5.0]),
    "travel that is NaN": lambda: repairs(travel=np.full((2, 2), NAN)),
    "travel in a row": lambda: repairs(travel=[1.0, 1.0]),
    "no crew": lambda: repairs(crews=0),
    "repair weights in a row": lambda: repairs(weight=[1.0, 1.0]),
    "a road that takes NaN": lambda: roads(minutes=[NAN]),
    "a road that takes less than nothing": lambda: roads(minutes=[-1.0]),
    "a road from half a place": lambda: roads(road_from=[0.5]),
    "a road to nowhere": lambda: roads(road_to=[7]),
    "an intensity that is NaN": lambda: failure_chance(NAN, 1.0, 1.0),
    "a median of 0": lambda: failure_chance(1.0, 0.0, 1.0),
    "curves of other shapes": lambda: failure_chance([1.0, 2.0], [1.0, 2.0, 3.0], 1.0),
    "a chance above 1": lambda: draw([1.5], 3, seed=0),
    "a chance that is NaN": lambda: draw([NAN], 3, seed=0),
}


@pytest.mark.parametrize("name", ROWS)
def test_what_cannot_be_is_refused_in_a_sentence(name):
    refused(ROWS[name], CascadeError)
