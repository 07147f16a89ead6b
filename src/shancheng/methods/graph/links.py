"""New links in a graph: what they make of the times already found, and what each one alone would be worth.

Times only become shorter when a link is added, so that only what becomes shorter is searched again: from the better end
of the link outwards, as far as there is something to gain (G. Ramalingam and T. Reps, An incremental algorithm for a
generalization of the shortest-path problem, Journal of Algorithms 21, 1996).
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from shancheng.methods.graph import kernel
from shancheng.methods.graph.abreast import abreast
from shancheng.methods.graph.arcs import FAR, Arcs, Short, Whole, arcs
from shancheng.methods.graph.errors import LinksError
from shancheng.methods.graph.nearest import Nearest, Seeds, check_found, settle_all

Floats = npt.NDArray[np.float64]

CLOSED = -1
"""The cost of a direction in which a link may not be walked."""


@dataclass(frozen=True)
class Links:
    """l candidate links between two nodes each, with a time for either direction."""

    tail: Short
    """(l,)"""
    head: Short
    """(l,)"""
    there: Short
    """(l,) deciseconds from tail to head, CLOSED where that may not be walked."""
    back: Short
    """(l,) deciseconds from head to tail, or CLOSED."""

    @classmethod
    def of(cls, tail: npt.ArrayLike, head: npt.ArrayLike, there: npt.ArrayLike, back: npt.ArrayLike) -> Self:
        """Four int[l]; raises LinksError where they are not whole numbers of one length or a time is out of bounds."""
        given = {"tail": tail, "head": head, "there": there, "back": back}
        parts = [_short(values, name) for name, values in given.items()]
        if len({len(part) for part in parts}) > 1:
            raise LinksError(
                f"Links have {[len(part) for part in parts]} {list(given)}; give one of each for every link."
            )
        return cls(*parts)

    @property
    def count(self) -> int:
        """How many links there are."""
        return len(self.tail)

    def reversed(self) -> Self:
        """The same links for a search over reversed arcs."""
        return type(self)(self.tail, self.head, self.back, self.there)


@dataclass(frozen=True)
class Worth:
    """What each link alone would bring, every other thing as it is."""

    saved: Floats
    """(l, categories) weight x deciseconds saved, times beyond the limit counted as the limit."""
    brought: Floats
    """(l, categories) weight of the nodes that come to be within the threshold."""


def with_links(over: Arcs, links: Links) -> Arcs:
    """The arcs and all the links together; raises LinksError where a link ends at a node that is not there."""
    _check(over, links)
    tail, head, cost = _as_arcs(links)
    return arcs(
        np.concatenate([over.tail, tail]),
        np.concatenate([over.head, head]),
        np.concatenate([over.cost, cost]),
        over.nodes,
    )


def improved(over: Arcs, found: Nearest, links: Links, *, threads: int = 0) -> Nearest:
    """What `found` becomes when all the links are added: exactly a new search, at the cost of what changes.

    `found` has to come from `over`; where that was reversed, the links have to be too. Raises LinksError where a link
    does not fit the graph.
    """
    check_found(over, found)
    tail, head, cost = _as_arcs(links)

    def seeds(category: int) -> Seeds:
        spent = found.time[category][tail].astype(np.int64) + cost[:, None]
        near = spent <= found.limit
        label = kernel.label_of(spent, found.facility[category][tail])
        return np.broadcast_to(head[:, None], spent.shape)[near], label[near]

    label = np.empty(found.time.shape, np.int64)
    return settle_all(with_links(over, links), label, found.limit, found.labels, seeds, threads)


def worth(
    over: Arcs, found: Nearest, links: Links, *, weight: npt.ArrayLike, within: npt.ArrayLike, threads: int = 0
) -> Worth:
    """What each link alone would save and whom it would bring near, to the nearest facility of each category.

    `found` has to come from `over` (both reversed, with reversed links, for the way to the facilities); weight float[n]
    or float[categories, n], people as a rule; within int or int[categories], the threshold in deciseconds, at most the
    limit of `found`. Whole weights give exact sums, the same as a new search for each link would, for any number of
    threads. Raises LinksError where something does not fit.
    """
    check_found(over, found)
    _check(over, links)
    weights, thresholds = _weights(weight, found), _thresholds(within, found)
    saved, brought = (np.zeros((len(found.time), links.count)) for _ in range(2))

    def one(category: int) -> None:
        kernel.worth(
            over.first,
            over.head,
            over.cost,
            found.time[category, :, 0].astype(np.int64) << 32,
            weights[category],
            kernel.buckets(found.limit),
            (links.tail, links.head, links.there, links.back),
            thresholds[category],
            saved[category],
            brought[category],
        )

    abreast(one, range(len(found.time)), threads)
    return Worth(np.ascontiguousarray(saved.T), np.ascontiguousarray(brought.T))


def _as_arcs(links: Links) -> tuple[Short, Short, Short]:
    """Tail, head and cost of every direction that is open."""
    tail = np.concatenate([links.tail, links.head])
    head = np.concatenate([links.head, links.tail])
    cost = np.concatenate([links.there, links.back])
    is_open = cost != CLOSED
    return tail[is_open], head[is_open], cost[is_open]


def _check(over: Arcs, links: Links) -> None:
    for name, node in (("tail", links.tail), ("head", links.head)):
        outside = (node < 0) | (node >= over.nodes)
        if outside.any():
            at = int(np.argmax(outside))
            raise LinksError(
                f"Link {at} has node {node[at]} as its {name}, but there are only nodes 0 to {over.nodes - 1} "
                f"({int(outside.sum())} such links)."
            )


def _weights(weight: npt.ArrayLike, found: Nearest) -> Floats:
    given = np.asarray(weight, np.float64)
    categories, nodes, _ = found.time.shape
    if given.shape not in ((nodes,), (categories, nodes)):
        raise LinksError(
            f"Weights have shape {given.shape}; give one for each of {nodes} nodes, or so for each category."
        )
    if not (np.isfinite(given) & (given >= 0)).all():
        raise LinksError("A weight is negative or not a number; weights are amounts of people, 0 or more.")
    return np.ascontiguousarray(np.broadcast_to(given, (categories, nodes)))


def _thresholds(within: npt.ArrayLike, found: Nearest) -> Whole:
    given = np.asarray(within, np.int64)
    if given.shape not in ((), (len(found.time),)) or (given < 0).any() or (given > found.limit).any():
        raise LinksError(
            f"The threshold {given.tolist()} does not fit; give one from 0 to the limit {found.limit} of the search, "
            f"or one for each of the {len(found.time)} categories."
        )
    return np.broadcast_to(given, (len(found.time),)).copy()


def _short(values: npt.ArrayLike, name: str) -> Short:
    given = np.asarray(values).ravel()
    if given.size and not np.issubdtype(given.dtype, np.integer):
        raise LinksError(f"The values of {name} are {given.dtype}; give whole numbers.")
    if given.size and (given.min() < CLOSED or given.max() >= FAR):
        raise LinksError(f"A value of {name} is below {CLOSED} or not below {FAR}; give nodes from 0, or deciseconds.")
    return given.astype(np.int32)
