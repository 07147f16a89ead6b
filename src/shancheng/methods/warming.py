"""Everything that is compiled, made ready before the first question: a service that answers has been warmed."""

import numpy as np

from shancheng.methods.cascade.failure import Scenarios, consequences, failures
from shancheng.methods.cascade.network import SupplyNetwork
from shancheng.methods.cascade.replay import replay
from shancheng.methods.cascade.scan import worth_of_autonomy
from shancheng.methods.equilibrium.assign import assign
from shancheng.methods.equilibrium.demand import Demand
from shancheng.methods.equilibrium.loss import loss_scan
from shancheng.methods.equilibrium.network import Network
from shancheng.methods.series.bank import Bank
from shancheng.methods.series.novelty import Novelty
from shancheng.methods.series.rule import Rule, ladder


def warm() -> None:
    """Run the smallest worlds through rules, detector, cascades and equilibrium, as their callers will.

    Compiled code is kept beside the source, so that this takes seconds once on a machine and well under one afterwards.
    """
    _warm_series()
    _warm_cascade()
    _warm_equilibrium()


def _warm_series() -> None:
    rain = Rule(ladders=(ladder("sum_1h", (1.0, 2.0, 3.0, 4.0)),), lowest=0.0, highest=100.0)
    Bank([rain], [0]).take([0, 0, 0], [7200, 3700, 7200], [1.0, 1.0, -1.0])
    Novelty().take(np.zeros(2))


def _warm_cascade() -> None:
    network = SupplyNetwork.of_links(2, owner=[1], need=[1], autonomy=[5.0], link_group=[0], link_supplier=[0])
    hits, weight = Scenarios.of([[0]]), np.ones((2, 1))
    failures(network, hits)
    consequences(network, hits, weight, horizon=60.0)
    worth_of_autonomy(network, hits, weight, horizon=60.0)
    replay(network, hits, [30.0], horizon=60.0)


def _warm_equilibrium() -> None:
    network = Network.of_links(2, tail=[0, 0], head=[1, 1], free=[1.0, 2.0], capacity=1.0, b=1.0)
    demand = Demand.of_pairs(network, origin=[0], destination=[1], amount=[1.0])
    assign(network, demand)
    loss_scan(network, demand, losses=[[0]])
