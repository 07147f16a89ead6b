"""Small networks, the published ones, and a Frank-Wolfe in plain numpy that shares nothing with what it checks."""

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from shancheng.methods.equilibrium.demand import Demand
from shancheng.methods.equilibrium.network import Network
from shancheng.methods.equilibrium.tntp import read_network, read_trips


def published(shared_data, name):
    """A network of Transportation Networks for Research and its demand."""
    folder = shared_data / "tntp-networks"
    network = read_network((folder / f"{name}_net.tntp").read_text())
    return network, read_trips((folder / f"{name}_trips.tntp").read_text(), network)


def two_roads(**changes):
    """From node 0 to node 1 by a link that takes 1 + x and one that takes 2."""
    return Network.of_links(
        **{"nodes": 2, "tail": [0, 0], "head": [1, 1], "free": [1.0, 2.0]}
        | {"capacity": 1.0, "b": [1.0, 0.0], "power": 1.0}
        | changes
    )


def demand_on(network, much, **changes):
    """One pair from node 0 to the last node."""
    return Demand.of_pairs(network, **{"origin": [0], "destination": [network.nodes - 1], "amount": [much]} | changes)


def random_world(seed, commodities=1):
    """A grid town with random times, capacities and demand, dense enough that ways compete."""
    source = np.random.default_rng(seed)
    side = 5
    node = np.arange(side * side).reshape(side, side)
    one, other = (
        np.concatenate([part.ravel() for part in pair]) for pair in ((node[:, :-1], node[:-1]), (node[:, 1:], node[1:]))
    )
    tail, head = np.concatenate([one, other]), np.concatenate([other, one])
    network = Network.of_links(
        side * side,
        tail=tail,
        head=head,
        free=source.uniform(1, 5, len(tail)),
        capacity=source.uniform(5, 20, len(tail)),
        b=source.uniform(0, 1, len(tail)),
        power=source.choice([1.0, 2.5, 4.0], len(tail)),
    )
    pairs = 40
    demand = Demand.of_pairs(
        network,
        origin=source.integers(0, 25, pairs),
        destination=source.integers(0, 25, pairs),
        amount=source.uniform(0, 8, pairs),
        commodity=source.integers(0, commodities, pairs),
        size=source.uniform(0.5, 2, commodities),
        toll=source.uniform(0, 3, (commodities, len(tail))),
    )
    return network, demand


def frank_wolfe(network, demand, rounds=3000):
    """Volumes, objective and relative gap by all-or-nothing loads and exact steps (Frank and Wolfe 1956)."""
    flows, gap = _all_or_nothing(network, demand, network.time(np.zeros(network.links))), 1.0
    for _ in range(rounds):
        times = network.time(flows.sum(axis=0))
        target = _all_or_nothing(network, demand, times)
        cost = times + demand.toll
        gap = ((flows - target) * cost).sum() / (flows * cost).sum()
        if gap < 1e-6:
            break
        flows = flows + _step(network, demand, flows, target) * (target - flows)
    volume = flows.sum(axis=0)
    return volume, network.beckmann(volume) + (demand.toll * flows).sum(), gap


def _all_or_nothing(network, demand, times):
    flows = np.zeros((len(demand.size), network.links))
    for kind in range(len(demand.size)):
        cost = times + demand.toll[kind]
        matrix = csr_array((cost, (network.tail, network.head)), shape=(network.nodes, network.nodes))
        _, before = dijkstra(matrix, return_predecessors=True)
        link_of = {
            pair: link for link, pair in enumerate(zip(network.tail.tolist(), network.head.tolist(), strict=True))
        }
        for pair in np.flatnonzero(demand.commodity == kind):
            node = demand.destination[pair]
            while node != demand.origin[pair]:
                above = before[demand.origin[pair], node]
                flows[kind, link_of[int(above), int(node)]] += demand.flow[pair]
                node = above
    return flows


def _step(network, demand, flows, target):
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        at = flows + middle * (target - flows)
        slope = ((network.time(at.sum(axis=0)) + demand.toll) * (target - flows)).sum()
        low, high = (middle, high) if slope < 0 else (low, middle)
    return low
