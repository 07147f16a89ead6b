"""Directed arcs with their cost in deciseconds, kept row by row of the node they leave."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from shancheng.methods.graph import rows
from shancheng.methods.graph.errors import ArcsError

Whole = npt.NDArray[np.int64]
Short = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

FAR = 2**31 - 1
"""The time of what is out of reach."""


@dataclass(frozen=True)
class Arcs:
    """n nodes and m arcs; the arcs that leave node i are entries `first[i]` to `first[i + 1]`, by ascending head."""

    first: Whole
    """(n + 1,)"""
    head: Short
    """(m,) the node each arc leads to; no two arcs of a row lead to the same node."""
    cost: Short
    """(m,) deciseconds, 0 or more."""

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return len(self.first) - 1

    @property
    def count(self) -> int:
        """How many arcs there are, parallel ones counted once."""
        return len(self.head)

    @property
    def tail(self) -> Short:
        """(m,) the node each arc leaves."""
        return np.repeat(np.arange(self.nodes, dtype=np.int32), np.diff(self.first))

    def reversed(self) -> Self:
        """The same arcs the other way round: searching from a facility over these gives the way to it."""
        return type(self)(*rows.turned(self.first, self.head, self.cost))


def arcs(tail: npt.ArrayLike, head: npt.ArrayLike, cost: npt.ArrayLike, nodes: int) -> Arcs:
    """The arcs tail int[m] -> head int[m] of cost int[m] deciseconds on `nodes` nodes, given in any order.

    Of parallel arcs the cheapest stays. Raises ArcsError where lengths differ, a number is not whole, a node is not
    there or a cost is negative or beyond FAR.
    """
    if not 0 <= nodes < FAR:
        raise ArcsError(f"A graph of {nodes} nodes cannot be made; give 0 to {FAR - 1} nodes.")
    tails, heads, costs = whole(tail, "tail"), whole(head, "head"), whole(cost, "cost")
    if not len(tails) == len(heads) == len(costs):
        raise ArcsError(
            f"There are {len(tails)} tails, {len(heads)} heads and {len(costs)} costs; give one of each for every arc."
        )
    _inside("tail", tails, nodes)
    _inside("head", heads, nodes)
    wrong = (costs < 0) | (costs >= FAR)
    if wrong.any():
        at = int(np.argmax(wrong))
        raise ArcsError(
            f"Arc {at} from node {tails[at]} to node {heads[at]} costs {costs[at]} deciseconds; a cost is 0 to "
            f"{FAR - 1}, and what may not be walked is left out ({int(wrong.sum())} such arcs)."
        )
    return _cheapest(tails, heads, costs, nodes)


def part(whole_arcs: Arcs, nodes: npt.ArrayLike) -> Arcs:
    """The arcs among `nodes` int[p] alone, which are renumbered in the order given.

    Raises ArcsError where a node is not there or is given twice.
    """
    chosen = whole(nodes, "nodes")
    _inside("chosen node", chosen, whole_arcs.nodes)
    place = np.full(whole_arcs.nodes, -1, np.int64)
    place[chosen] = np.arange(len(chosen))
    if len(chosen) != np.count_nonzero(place >= 0):
        raise ArcsError(
            f"{len(chosen) - np.count_nonzero(place >= 0)} nodes of the part are given twice; give each once."
        )
    entry, tail = entries(whole_arcs.first, chosen)
    head = place[whole_arcs.head[entry]]
    inside = head >= 0
    return _cheapest(tail[inside], head[inside], whole_arcs.cost[entry[inside]].astype(np.int64), len(chosen))


def with_homes(over: Arcs, home: npt.ArrayLike, node: npt.ArrayLike, leg: npt.ArrayLike, *, homes: int) -> Arcs:
    """The arcs and `homes` more nodes behind them, home h being node `over.nodes + h`.

    Home home[r] is reached from node[r] after a leg of leg[r] deciseconds, as a rule from both ends of its edge; all
    int[r]. Nothing leaves a home, so that no other time changes. For the way from homes to facilities this goes on
    top of `reversed()`. Raises ArcsError as `arcs` does.
    """
    behind = whole(home, "home")
    _inside("home", behind, homes)
    tail = np.concatenate([over.tail.astype(np.int64), whole(node, "node")])
    head = np.concatenate([over.head.astype(np.int64), behind + over.nodes])
    cost = np.concatenate([over.cost.astype(np.int64), whole(leg, "leg")])
    return arcs(tail, head, cost, over.nodes + homes)


def whole(values: npt.ArrayLike, name: str) -> Whole:
    """The values as int64; raises ArcsError where they are not whole numbers."""
    given = np.asarray(values).ravel()
    if given.size and not np.issubdtype(given.dtype, np.integer):
        raise ArcsError(f"The values of {name} are {given.dtype}; give whole numbers: nodes from 0, deciseconds.")
    return given.astype(np.int64)


def entries(first: Whole, rows: Whole) -> tuple[Whole, Whole]:
    """The entries of the given rows of a table kept row by row, and for each entry which of `rows` it is of."""
    size = first[rows + 1] - first[rows]
    owner = np.repeat(np.arange(len(rows)), size)
    begin = np.cumsum(size) - size
    entry: Whole = np.arange(len(owner)) - begin[owner] + first[rows][owner]
    return entry, owner


def _inside(name: str, values: Whole, nodes: int) -> None:
    outside = (values < 0) | (values >= nodes)
    if outside.any():
        at = int(np.argmax(outside))
        raise ArcsError(
            f"The {name} at place {at} is {values[at]}, but there are only the numbers 0 to {nodes - 1} "
            f"({int(outside.sum())} such entries)."
        )


def _cheapest(tail: Whole, head: Whole, cost: Whole, nodes: int) -> Arcs:
    return Arcs(*rows.gathered(tail, head, cost, nodes))
