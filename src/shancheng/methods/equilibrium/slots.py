"""Flows within hard capacities: a lock, a terminal or a line has so many slots, and each has a worth."""

from dataclasses import dataclass

import numpy as np

from shancheng.methods.equilibrium.demand import Demand, Rooted, rooted
from shancheng.methods.equilibrium.errors import DemandError
from shancheng.methods.equilibrium.network import Floats, Integers, Network
from shancheng.methods.linear import NoAnswer, Programme, solve


@dataclass(frozen=True)
class Slots:
    """The cheapest flows that fit, everybody helping."""

    volume: Floats
    """(m,) flow on each link, in units of capacity."""
    unserved: Floats
    """(k,) amount that stays."""
    cost: float
    """Flow x free time, tolls and staying."""
    worth: Floats
    """(m,) cost saved by one more unit of capacity; 0 where there is room, which is an answer."""
    worth_from: Floats
    """(m,) lowest capacity at which that holds, all else alike."""
    worth_to: Floats
    """(m,) highest capacity at which that holds."""


def within_capacity(network: Network, demand: Demand) -> Slots:
    """Least total free time, tolls and staying with volume <= capacity on every link.

    A linear programme over the flow of each root (origin and commodity) on each link and the staying of each pair
    whose cost of staying ends, solved by HiGHS; a slot's worth is its dual. Size: roots x links variables. Raises
    DemandError where what must be carried does not fit.
    """
    roots = rooted(network, demand)
    layout = _layout(network, demand, roots)
    try:
        answer = solve(_programme(network, demand, roots, layout))
    except NoAnswer as refusal:
        raise DemandError(
            "What must be carried does not fit within the capacities; give the pairs a cost of staying."
        ) from refusal
    bounded = np.flatnonzero(np.isfinite(network.capacity))
    rows = slice(len(answer.row_price) - len(bounded), None)
    flows = np.bincount(layout.link, answer.values[: len(layout.link)], network.links)
    unserved = np.zeros(len(demand.amount))
    unserved[layout.stays] = answer.values[len(layout.link) :] / demand.size[demand.commodity[layout.stays]]
    worth, ends = np.zeros(network.links), np.vstack([flows, np.full(network.links, np.inf)])
    worth[bounded] = np.maximum(-answer.row_price[rows], 0.0)
    binds = bounded[worth[bounded] > 0]
    ends[:, binds] = answer.row_range[:, rows][:, worth[bounded] > 0]
    return Slots(flows.astype(np.float64), unserved, answer.cost, worth, ends[0], ends[1])


@dataclass(frozen=True)
class _Layout:
    """Which variable is what: first root by root the links it may use, then the pairs that may stay."""

    root: Integers
    link: Integers
    stays: Integers


def _layout(network: Network, demand: Demand, roots: Rooted) -> _Layout:
    usable = network.passes[network.tail][None, :] | (network.tail[None, :] == roots.origin[:, None])
    root, link = np.nonzero(usable)
    stays = roots.pair[np.isfinite(demand.stay[roots.pair])]
    return _Layout(root, link, stays)


def _programme(network: Network, demand: Demand, roots: Rooted, layout: _Layout) -> Programme:
    """Rows: what leaves each node less what comes, root by root, with who stays put back; then the capacities."""
    count, nodes, pairs = len(roots.origin), network.nodes, roots.pair
    flows = len(layout.link)
    root_of = np.repeat(np.arange(count), np.diff(roots.first))
    balance = np.zeros((count, nodes))
    np.add.at(balance, (root_of, roots.origin[root_of]), demand.flow[pairs])
    np.add.at(balance, (root_of, demand.destination[pairs]), -demand.flow[pairs])
    of_pair = np.zeros(len(demand.amount), np.int64)
    of_pair[pairs] = root_of
    at_home = of_pair[layout.stays] * nodes
    stay_column = flows + np.arange(len(layout.stays))
    bounded = np.flatnonzero(np.isfinite(network.capacity))
    row_of = np.full(network.links, -1)
    row_of[bounded] = count * nodes + np.arange(len(bounded))
    limited = np.flatnonzero(row_of[layout.link] >= 0)
    out, into = (layout.root * nodes + end[layout.link] for end in (network.tail, network.head))
    entries = (
        (out, np.arange(flows), 1.0),
        (into, np.arange(flows), -1.0),
        (at_home + demand.origin[layout.stays], stay_column, 1.0),
        (at_home + demand.destination[layout.stays], stay_column, -1.0),
        (row_of[layout.link[limited]], limited, 1.0),
    )
    row, column = (np.concatenate([entry[part] for entry in entries]) for part in (0, 1))
    value = np.concatenate([np.full(len(entry[0]), entry[2]) for entry in entries])
    order = np.lexsort((column, row))
    toll = demand.toll[roots.commodity[layout.root], layout.link]
    return Programme(
        cost=np.concatenate([network.free[layout.link] + toll, demand.stay[layout.stays]]),
        lower=np.zeros(flows + len(layout.stays)),
        upper=np.concatenate([np.full(flows, np.inf), demand.flow[layout.stays]]),
        row_lower=np.concatenate([balance.ravel(), np.full(len(bounded), -np.inf)]),
        row_upper=np.concatenate([balance.ravel(), network.capacity[bounded]]),
        start=np.searchsorted(row[order], np.arange(count * nodes + len(bounded) + 1)),
        index=column[order],
        value=value[order],
    )
