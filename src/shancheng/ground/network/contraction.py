"""Segments drawn together to edges: through every node where nothing joins, nothing changes and nobody need stop."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shancheng.ground.network.contraction_kernel import Web, chains
from shancheng.ground.network.errors import BuildError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Indices = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.uint8]

DECISECONDS = 10
LONGEST = 2**31 - 2
"""Deciseconds; the next number is the time of what is out of reach."""


@dataclass(frozen=True)
class Chains:
    """e edges; those segments make edge i that stand at `first[i]` to `first[i + 1]`, in the order they are walked."""

    first: Integers
    """(e + 1,)"""
    segment: Indices
    """(sum,) every segment exactly once."""
    backwards: Flags
    """(sum,) whether the edge runs against the segment."""
    tail: Indices
    head: Indices
    """(e,) the nodes the edge runs between."""

    @property
    def edges(self) -> int:
        """How many edges there are."""
        return len(self.first) - 1

    def summed(self, along: Floats, against: Floats) -> tuple[Floats, Floats]:
        """(e,) sums over each edge, tail to head and head to tail, of (s,) figures along and against segments."""
        one, other = along[self.segment], against[self.segment]
        there = np.where(self.backwards, other, one)
        back = np.where(self.backwards, one, other)
        return np.add.reduceat(there, self.first[:-1]), np.add.reduceat(back, self.first[:-1])

    def nodes(self, tail: Indices, head: Indices) -> tuple[Integers, Indices]:
        """Where the nodes of each edge begin (e + 1,), and the nodes (sum + e,) from its tail to its head."""
        first = self.first + np.arange(self.edges + 1)
        reached = np.where(self.backwards, tail[self.segment], head[self.segment])
        edge = np.repeat(np.arange(self.edges), np.diff(self.first))
        node = np.empty(len(self.segment) + self.edges, np.int32)
        node[np.arange(len(self.segment)) + edge + 1] = reached
        node[first[:-1]] = self.tail
        return first, node


def contract(
    tail: Indices, head: Indices, along: Integers, against: Integers, *, order: Integers, stop: Flags
) -> Chains:
    """Edges from (s,) segments between (n,) nodes.

    `along` and `against` are labels of what a segment is, as one meets it from its tail and from its head; an edge runs
    on through a node only if exactly two segments meet there, the label stays the same and the node is no `stop`. Nodes
    are taken in `order` (n,), so that edges come in the order of their tails. A ring that touches nothing is one edge
    from its first node round to itself. Every segment is in exactly one edge.
    """
    incident_first, incident = _incidence(tail, head, len(order))
    ends = stop | ~_passes(tail, head, along, against, incident_first, incident)
    web = Web(tail, head, incident_first, incident, ends)
    first, segment, backwards = chains(web, order.astype(np.int64))
    begin, last = first[:-1], first[1:] - 1
    return Chains(
        first,
        segment,
        backwards,
        np.where(backwards[begin], head[segment[begin]], tail[segment[begin]]).astype(np.int32),
        np.where(backwards[last], tail[segment[last]], head[segment[last]]).astype(np.int32),
    )


def deciseconds(seconds: Floats, what: str) -> Indices:
    """Whole deciseconds, rounded once; -1 for inf. Raises BuildError where one takes longer than can be written."""
    open_ = np.isfinite(seconds)
    rounded = np.rint(np.where(open_, seconds, 0.0) * DECISECONDS)
    if (rounded > LONGEST).any():
        longest = float(seconds[open_].max())
        raise BuildError(f"An edge takes {what} {longest:,.0f} s; the speeds of this walker are too small to be meant.")
    return np.where(open_, rounded, -1).astype(np.int32)


def _incidence(tail: Indices, head: Indices, nodes: int) -> tuple[Integers, Integers]:
    """For each node the ends that meet there: segment times two, plus one where it is the segment's head."""
    at = np.concatenate((tail, head))
    order = np.argsort(at, kind="stable")
    first = np.zeros(nodes + 1, np.int64)
    np.cumsum(np.bincount(at, minlength=nodes), out=first[1:])
    segments = len(tail)
    return first, np.where(order < segments, 2 * order, 2 * (order - segments) + 1)


def _passes(
    tail: Indices, head: Indices, along: Integers, against: Integers, first: Integers, incident: Integers
) -> Flags:
    """(n,) whether two different segments meet at the node, and are the same thing to who walks through."""
    passes: Flags = np.diff(first) == 2
    at = first[:-1][passes]
    one, other = incident[at], incident[at + 1]
    coming = np.where(one % 2 == 1, along[one // 2], against[one // 2])
    going = np.where(other % 2 == 0, along[other // 2], against[other // 2])
    passes[passes] = (coming == going) & (one // 2 != other // 2)
    return passes
