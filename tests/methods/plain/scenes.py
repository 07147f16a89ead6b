"""Small worlds through every compiled method that has no second engine of its own; run, it writes them down."""

import sys
from collections.abc import Callable, Mapping

import numpy as np

from shancheng.methods.access import seated
from shancheng.methods.cascade.failure import Scenarios, failures
from shancheng.methods.cascade.network import SupplyNetwork
from shancheng.methods.cascade.replay import replay
from shancheng.methods.cascade.scan import loss_of_one, worst_few
from shancheng.methods.equilibrium.assign import assign
from shancheng.methods.equilibrium.demand import Demand
from shancheng.methods.equilibrium.loss import loss_scan
from shancheng.methods.equilibrium.network import Network
from shancheng.methods.graph.arcs import arcs
from shancheng.methods.graph.links import Links, worth
from shancheng.methods.graph.nearest import nearest
from shancheng.methods.graph.pairs import counts_within, pairs_within
from shancheng.methods.graph.sources import Sources
from shancheng.methods.siting.allowance import Allowance, Effort
from shancheng.methods.siting.cover import cover_most
from shancheng.methods.siting.median import least_time
from shancheng.methods.siting.reach import Reach

Numbers = Mapping[str, np.ndarray]


def supply(seed: int = 5, assets: int = 40) -> SupplyNetwork:
    """Every asset but the first eight lives on one or two groups of one to three assets before it."""
    source = np.random.default_rng(seed)
    owner = np.repeat(np.arange(8, assets), source.integers(1, 3, assets - 8))
    links = [(group, int(one)) for group, who in enumerate(owner) for one in source.choice(who, 3, replace=False)]
    return SupplyNetwork.of_links(
        assets,
        owner=owner,
        need=source.integers(1, 3, len(owner)),
        autonomy=source.choice([0.0, 15.0, 60.0], len(owner)),
        link_group=[group for group, _ in links],
        link_supplier=[one for _, one in links],
    )


def cascade() -> Numbers:
    """Failures, a replay with repairs, the loss of each one and the worst three."""
    network, weight = supply(), np.arange(40.0)[:, None]
    hits = Scenarios.of([[0, 1, 2]])
    found = failures(network, hits)
    course = replay(network, Scenarios.one([0, 1, 2, 3], [0, 5, 9, 20]), [90.0, 200.0, 45.0, 400.0], horizon=600.0)
    return {
        "minute": found.minute,
        "because": found.because,
        "down": course.down_minutes,
        "alone": loss_of_one(network, np.arange(8), weight, horizon=600.0).loss,
        "worst": worst_few(network, np.arange(8), weight, horizon=600.0, count=3).loss,
    }


def town() -> tuple[Network, Demand]:
    """A five by five grid of streets, two commodities, tolls, a cost of staying at home for none."""
    source = np.random.default_rng(11)
    node = np.arange(25).reshape(5, 5)
    one = np.concatenate([node[:, :-1].ravel(), node[:-1].ravel()])
    other = np.concatenate([node[:, 1:].ravel(), node[1:].ravel()])
    tail, head = np.concatenate([one, other]), np.concatenate([other, one])
    count = len(tail)
    capacity, free = source.uniform(5, 20, count), source.uniform(1, 5, count)
    network = Network.of_links(25, tail=tail, head=head, free=free, capacity=capacity, b=0.5, power=4.0)
    pair = {"origin": source.integers(0, 25, 30), "destination": source.integers(0, 25, 30)}
    amount, commodity = source.uniform(0, 8, 30), source.integers(0, 2, 30)
    toll = source.uniform(0, 3, (2, count))
    return network, Demand.of_pairs(network, **pair, amount=amount, commodity=commodity, size=[1.0, 2.0], toll=toll)


def equilibrium() -> Numbers:
    """Volumes where nobody gains by another way, and what the loss of each of some links costs."""
    network, demand = town()
    settled = assign(network, demand, gap=1e-7)
    scan = loss_scan(network, demand, losses=[[0], [3], [7, 12]], gap=1e-6)
    return {"volume": settled.volume, "spent": np.array([settled.spent]), "dearer": scan.dearer}


def graph() -> Numbers:
    """Nearest facilities, one and three, pairs and counts, and what each of some new links is worth."""
    source = np.random.default_rng(4)
    over = arcs(source.integers(0, 200, 700), source.integers(0, 200, 700), source.integers(0, 300, 700), 200)
    sources = Sources.of(*(source.integers(0, most, 30) for most in (3, 200, 50, 20)))
    links = Links.of(*(source.integers(0, 200, 25) for _ in range(4)))
    asked = {"categories": 3, "limit": 600}
    found, several = nearest(over, sources, **asked), nearest(over, sources, **asked, k=3)
    pairs = pairs_within(over, sources, limit=600)
    told = worth(over, found, links, weight=source.integers(0, 90, 200), within=400)
    return {
        "nearest": found.time,
        "owner": found.facility,
        "several": several.time,
        "owners": several.facility,
        "pairs": np.stack([pairs.facility, pairs.node, pairs.time]),
        "counts": counts_within(over, sources, **asked),
        "saved": told.saved,
        "brought": told.brought,
    }


def siting() -> Numbers:
    """Sites by cover and by time with and without capacity, and places for all."""
    source = np.random.default_rng(3)
    site, demand = np.nonzero(source.random((8, 40)) < 0.4)
    reach = Reach.of(site, demand, source.integers(1, 60, len(site)), sites=8, demands=40)
    people, seats = source.integers(1, 9, 40), source.integers(5, 40, 8)
    few, quick = Allowance(count=3, fixed=(1,)), Effort(gap=0.0, rounds=2, nodes=0)
    cover = cover_most(reach, people, few, effort=quick)
    proven = cover_most(reach, people, few, effort=Effort(gap=0.0, rounds=1))
    time = least_time(reach, people, Allowance(budget=9.0, cost=source.integers(1, 5, 8)), beyond=70, effort=quick)
    crowded = least_time(reach, people, few, beyond=70, capacity=seats, effort=quick)
    places = seated(reach, seats, people)
    return {
        **{
            f"{name}_{part}": np.atleast_1d(getattr(found, part))
            for name, found in (("cover", cover), ("proven", proven), ("time", time), ("crowded", crowded))
            for part in ("chosen", "value", "bound")
        },
        "amount": places.amount,
        "seat_value": places.seat_value,
    }


SCENES: Mapping[str, Callable[[], Numbers]] = {
    "cascade": cascade,
    "equilibrium": equilibrium,
    "graph": graph,
    "siting": siting,
}


def all_numbers() -> dict[str, np.ndarray]:
    """What every scene gives, under `scene.quantity`."""
    return {f"{scene}.{name}": found for scene, make in SCENES.items() for name, found in make().items()}


if __name__ == "__main__":
    np.savez(sys.argv[1], **all_numbers())
