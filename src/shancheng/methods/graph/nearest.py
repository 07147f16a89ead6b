"""The nearest facilities of many categories for every node, with whose they are, and the catchments that follow."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from shancheng.methods.graph import kernel
from shancheng.methods.graph.abreast import abreast
from shancheng.methods.graph.arcs import Arcs, Short, Whole
from shancheng.methods.graph.errors import SearchError
from shancheng.methods.graph.sources import Sources, check

LIMIT_MOST = 864_000
"""Deciseconds of a day: there is a bucket for each decisecond up to the limit."""
NEAREST_MOST = 100

Seeds = tuple[Short, Whole]
"""Nodes, and the labels with which they begin."""


@dataclass(frozen=True)
class Nearest:
    """For each category and node the k nearest different facilities, the nearest first."""

    time: Short
    """(categories, n, k) deciseconds, FAR beyond the limit."""
    facility: Short
    """(categories, n, k), -1 where there is none; of equally near ones the smaller number comes first."""
    limit: int
    """Deciseconds up to which was searched, that itself included."""

    def labels(self, category: int) -> Whole:
        """(n, k) labels as the compiled loops have them."""
        return kernel.label_of(self.time[category], self.facility[category])


@dataclass(frozen=True)
class Catchments:
    """The nodes of one category by their nearest facility: number i has `node[first[i]:first[i + 1]]`, ascending."""

    facility: Short
    """(f,) those that are nearest to some node, ascending."""
    first: Whole
    """(f + 1,)"""
    node: Short


def nearest(over: Arcs, sources: Sources, *, categories: int, limit: int, k: int = 1, threads: int = 0) -> Nearest:
    """The k nearest facilities of each of `categories` for every node, within `limit` deciseconds from the facility.

    Over `arcs.reversed()` the times are those from the nodes to the facilities. A category without facilities is FAR
    from everywhere (see `sources.empty_categories`). Exact, and the same for any number of threads (0: one for each
    processor). Raises SourcesError where a facility is not on the graph, SearchError for a limit or k out of bounds.
    """
    check_limit(limit)
    if not 1 <= k <= NEAREST_MOST:
        raise SearchError(f"The {k} nearest cannot be kept; ask for 1 to {NEAREST_MOST}.")
    check(sources, over, categories)
    found = _nowhere(categories, over.nodes, k, limit)
    seeds = seeds_of(sources, categories, limit)
    settle_all(over, found, lambda category: np.full((over.nodes, k), kernel.NOBODY), lambda c: seeds[c], threads)
    return found


def joined(over: Arcs, found: Nearest, sources: Sources, *, threads: int = 0) -> Nearest:
    """What `found` becomes when more facilities are there too: exactly a new search, at the cost of what changes.

    `found` has to come from the same arcs. Raises SourcesError where a facility is not on the graph.
    """
    check_found(over, found)
    check(sources, over, len(found.time))
    categories, nodes, k = found.time.shape
    after = _nowhere(categories, nodes, k, found.limit)
    seeds = seeds_of(sources, len(found.time), found.limit)
    settle_all(over, after, found.labels, lambda category: seeds[category], threads)
    return after


def catchments(found: Nearest, category: int) -> Catchments:
    """The nodes of one category gathered by their nearest facility; nodes out of reach are in none."""
    owner = found.facility[category, :, 0]
    by_owner = np.argsort(owner, kind="stable")
    by_owner = by_owner[np.count_nonzero(owner < 0) :]
    facility, begins = np.unique(owner[by_owner], return_index=True)
    return Catchments(facility, np.append(begins, len(by_owner)).astype(np.int64), by_owner.astype(np.int32))


def seeds_of(sources: Sources, categories: int, limit: int) -> list[Seeds]:
    """For each category the nodes at which it enters within the limit, and the labels there."""
    sources = sources.kept(np.flatnonzero(sources.offset <= limit))
    sources = sources.kept(np.argsort(sources.category, kind="stable"))
    labels = kernel.label_of(sources.offset, sources.facility)
    first = np.searchsorted(sources.category, np.arange(categories + 1))
    return [(sources.node[a:b], labels[a:b]) for a, b in pairwise(first)]


def settle_all(
    over: Arcs, into: Nearest, begin: Callable[[int], Whole], seeds: Callable[[int], Seeds], threads: int
) -> None:
    """Settle every category from its first labels (n, k) and seeds, and write it `into` the arrays it has."""

    def one(category: int) -> None:
        label = begin(category)
        _settle(over, label, into.limit, seeds(category))
        into.time[category] = label >> 32
        into.facility[category] = label.astype(np.int32)

    abreast(one, range(len(into.time)), threads)


def check_limit(limit: int) -> None:
    """Raise SearchError unless the limit is from 0 to a day."""
    if not 0 <= limit <= LIMIT_MOST:
        raise SearchError(
            f"A search up to {limit} deciseconds is not possible; give 0 to {LIMIT_MOST}, which is a day."
        )


def check_found(over: Arcs, found: Nearest) -> None:
    """Raise SearchError where what was found cannot be of these arcs."""
    if found.time.shape[1] != over.nodes:
        raise SearchError(
            f"What was found is of {found.time.shape[1]} nodes, but the arcs have {over.nodes}; search these first."
        )


def _nowhere(categories: int, nodes: int, k: int, limit: int) -> Nearest:
    shape = (categories, nodes, k)
    return Nearest(np.empty(shape, np.int32), np.empty(shape, np.int32), limit)


def _settle(over: Arcs, label: Whole, limit: int, seeds: Seeds) -> None:
    node, begin = seeds
    if label.shape[1] == 1:
        pool = np.empty(len(node) + 64, np.int64)
        kernel.settle(over.first, over.head, over.cost, label[:, 0], kernel.buckets(limit), pool, node, begin)
        return
    kernel.settle_several(over.first, over.head, over.cost, label, kernel.buckets(limit), node, begin)
