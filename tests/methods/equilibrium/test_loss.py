"""The loss of links beside working it out anew."""

from dataclasses import replace

import numpy as np
import pytest

from shancheng.methods.equilibrium.assign import assign
from shancheng.methods.equilibrium.demand import Demand
from shancheng.methods.equilibrium.errors import EquilibriumError
from shancheng.methods.equilibrium.loss import loss_scan

from .worlds import demand_on, published, random_world, two_roads

FOREVER = 1e6


def anew(network, demand, links, gap=1e-8):
    """What is spent and unserved when it is worked out from nothing with those links gone: first who has a way."""
    free = network.free.copy()
    free[links] = 1e9
    broken = replace(network, free=free)
    unserved = assign(broken, replace(demand, stay=np.full(len(demand.amount), FOREVER)), gap=1e-2).unserved
    rest = assign(broken, replace(demand, amount=np.where(unserved > 0, 0, demand.amount)), gap=gap)
    return rest.spent, unserved.sum()


@pytest.mark.slow
def test_every_single_loss_in_sioux_falls_is_that_of_working_it_out_anew(shared_data):
    network, demand = published(shared_data, "SiouxFalls")

    found = loss_scan(network, demand)

    assert found.gap.max() <= 1e-6
    for link in range(0, network.links, 5):
        spent, _ = anew(network, demand, [link])
        assert found.spent[link] == pytest.approx(spent, rel=1e-4)


@pytest.mark.slow
def test_losses_in_anaheim_leave_demand_unserved_as_working_it_out_anew_does(shared_data):
    network, demand = published(shared_data, "Anaheim")
    losses = [[link] for link in (0, 6, 40, 100, 300, 500, 800)]

    found = loss_scan(network, demand, losses=losses)

    assert found.unserved.max() > 0
    for row, links in enumerate(losses):
        spent, unserved = anew(network, demand, links)
        assert found.spent[row] == pytest.approx(spent, rel=1e-4)
        assert found.unserved[row].sum() == pytest.approx(unserved)


def test_losing_the_shortcut_of_braess_helps(shared_data):
    network, demand = published(shared_data, "Braess")

    found = loss_scan(network, demand, gap=1e-9)

    assert found.dearer[3] == pytest.approx(6 * 83 - 6 * 92, abs=1e-3)
    assert found.unserved.ravel() == pytest.approx([0] * 5)


def test_what_has_no_way_is_unserved_and_the_rest_still_travels():
    network = two_roads(tail=[0, 1], head=[1, 0], b=0.0)
    demand = Demand.of_pairs(
        network, origin=[0, 1], destination=[1, 0], amount=[4.0, 3.0], commodity=[0, 1], size=[2.0, 1.0]
    )

    found = loss_scan(network, demand)

    assert found.unserved.tolist() == [[4, 0], [0, 3]]
    assert found.spent.tolist() == [6, 8]
    assert found.before.spent == 14


def test_several_links_are_lost_together_and_two_workers_find_the_same():
    network, demand = random_world(3)
    losses = [[0, 1], [5], [], [17, 40, 2]]

    one, two = (loss_scan(network, demand, losses=losses, workers=workers) for workers in (1, 2))

    assert one.spent.tolist() == two.spent.tolist()
    assert one.dearer[2] == 0
    assert (np.delete(one.dearer, 2) > 0).all()


def test_a_link_that_is_not_there_cannot_be_lost():
    with pytest.raises(EquilibriumError, match="links 0 to 1"):
        loss_scan(two_roads(), demand_on(two_roads(), 1.0), losses=[[2]])
