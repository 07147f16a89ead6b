"""Every pair of a facility and a node within a limit, and how many facilities each node has within it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from shancheng.methods.graph import kernel
from shancheng.methods.graph.abreast import abreast
from shancheng.methods.graph.arcs import FAR, Arcs, Flags, Short, Whole
from shancheng.methods.graph.errors import SearchError
from shancheng.methods.graph.nearest import check_limit
from shancheng.methods.graph.sources import Sources, check

PAIRS_MOST = 500_000_000
PIECE = 64
"""Facilities searched in one go."""


@dataclass(frozen=True)
class Pairs:
    """p pairs within the limit, by ascending facility and then node."""

    facility: Short
    """(p,)"""
    node: Short
    """(p,)"""
    time: Short
    """(p,) deciseconds, the least over all entrances of the facility."""


@dataclass(frozen=True)
class _Piece:
    """Some facilities and their entrances, number i having entries `first[i]` to `first[i + 1]`."""

    facility: Short
    first: Whole
    node: Short
    label: Whole


def pairs_within(
    over: Arcs,
    sources: Sources,
    *,
    limit: int,
    at: npt.ArrayLike | None = None,
    most: int = PAIRS_MOST,
    threads: int = 0,
) -> Pairs:
    """All pairs of facility and node no more than `limit` deciseconds apart, whatever the category.

    `at` bool[n] keeps to some of the nodes (homes, say). The same for any number of threads. Raises SourcesError where
    a facility is not on the graph, SearchError for a limit out of bounds or where there are more than `most` pairs.
    """
    check_limit(limit)
    check(sources, over, FAR)
    wanted = _wanted(at, over.nodes)
    searched = (over.first, over.head, over.cost)

    def one(piece: _Piece) -> Pairs:
        which, node, time = kernel.pairs(
            *searched, wanted, kernel.buckets(limit), piece.first, piece.node, piece.label, most
        )
        return Pairs(piece.facility[which], node, time)

    return _together(abreast(one, _pieces(sources, limit), threads), most, limit)


def counts_within(over: Arcs, sources: Sources, *, categories: int, limit: int, threads: int = 0) -> Short:
    """int32[categories, n]: how many different facilities of each category are within `limit` deciseconds of a node.

    The same for any number of threads. Raises as `nearest.nearest` does.
    """
    check_limit(limit)
    check(sources, over, categories)

    def one(category: int) -> Short:
        count = np.zeros(over.nodes, np.int32)
        for piece in _pieces(sources.of_category(category), limit):
            kernel.tally(
                over.first, over.head, over.cost, count, kernel.buckets(limit), piece.first, piece.node, piece.label
            )
        return count

    found = abreast(one, range(categories), threads)
    return np.stack(found) if found else np.zeros((0, over.nodes), np.int32)


def _pieces(sources: Sources, limit: int) -> list[_Piece]:
    """The entrances within the limit by ascending facility; labels without a facility, since it is known."""
    sources = sources.kept(np.flatnonzero(sources.offset <= limit))
    sources = sources.kept(np.argsort(sources.facility, kind="stable"))
    facility, begins = np.unique(sources.facility, return_index=True)
    first = np.append(begins, len(sources.facility)).astype(np.int64)
    label = kernel.label_of(sources.offset, np.zeros_like(sources.offset))
    bounds = [*range(0, len(facility), PIECE), len(facility)]
    return [
        _Piece(
            facility[a:b],
            first[a : b + 1] - first[a],
            sources.node[first[a] : first[b]],
            label[first[a] : first[b]],
        )
        for a, b in pairwise(bounds)
    ]


def _together(found: Sequence[Pairs], most: int, limit: int) -> Pairs:
    count = sum(len(piece.time) for piece in found)
    if count > most:
        raise SearchError(
            f"There are more than {most} pairs of facility and node within {limit} deciseconds; search fewer "
            "facilities at a time, a shorter limit or fewer nodes."
        )
    nothing = np.zeros(0, np.int32)
    return Pairs(
        np.concatenate([nothing, *(piece.facility for piece in found)]),
        np.concatenate([nothing, *(piece.node for piece in found)]),
        np.concatenate([nothing, *(piece.time for piece in found)]),
    )


def _wanted(at: npt.ArrayLike | None, nodes: int) -> Flags:
    if at is None:
        return np.ones(nodes, np.bool_)
    wanted = np.asarray(at)
    if wanted.shape != (nodes,) or wanted.dtype != np.bool_:
        raise SearchError(
            f"The nodes to look at are given as {wanted.dtype} of shape {wanted.shape}; give true or false for each of "
            f"the {nodes} nodes."
        )
    return np.ascontiguousarray(wanted)
