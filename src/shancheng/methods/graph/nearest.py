"""The nearest facilities of many categories for every node, with whose they are, and the catchments that follow."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from shancheng.methods.graph import kernel
from shancheng.methods.graph.abreast import abreast
from shancheng.methods.graph.arcs import Arcs, Short, Whole
from shancheng.methods.graph.errors import SearchError
from shancheng.methods.graph.kernel import NOBODY
from shancheng.methods.graph.sources import Sources, check

LIMIT_MOST = 864_000
"""Deciseconds of a day: there is a bucket for each decisecond up to the limit."""
NEAREST_MOST = 100
STRETCH = 65_536
"""Nodes whose facilities are searched from in one go."""
BEYOND = 3
"""How often more labels than it has nodes a stretch may change."""
UPPER = int(sys.byteorder == "little")
"""Which half of a label in memory is the upper one, the time."""

Seeds = tuple[Short, Whole]
"""Nodes, and the labels with which they begin."""


@dataclass(frozen=True)
class Nearest:
    """For each category and node the k nearest different facilities, the nearest first.

    The arrays may be every second number of another array; `numpy.ascontiguousarray` gives those that stand alone.
    """

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
    seeds = seeds_of(sources, categories, limit)
    label = np.empty((categories, over.nodes, k), np.int64)
    return settle_all(over, label, limit, lambda category: NOBODY, lambda category: seeds[category], threads)


def joined(over: Arcs, found: Nearest, sources: Sources, *, threads: int = 0) -> Nearest:
    """What `found` becomes when more facilities are there too: exactly a new search, at the cost of what changes.

    `found` has to come from the same arcs. Raises SourcesError where a facility is not on the graph.
    """
    check_found(over, found)
    check(sources, over, len(found.time))
    seeds = seeds_of(sources, len(found.time), found.limit)
    label = np.empty(found.time.shape, np.int64)
    return settle_all(over, label, found.limit, found.labels, lambda category: seeds[category], threads)


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
    over: Arcs,
    label: Whole,
    limit: int,
    begin: Callable[[int], npt.ArrayLike],
    seeds: Callable[[int], Seeds],
    threads: int,
) -> Nearest:
    """Settle every category in `label` (categories, n, k) from what it begins with (n, k) and its seeds.

    Times and facilities are the two halves of the labels where these are, so that nothing is held or written twice.
    """

    def one(category: int) -> None:
        label[category] = begin(category)
        _settle(over, label[category], limit, seeds(category))

    abreast(one, range(len(label)), threads)
    halves = label.view(np.int32).reshape(*label.shape, 2)
    return Nearest(halves[..., UPPER], halves[..., 1 - UPPER], limit)


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


def _settle(over: Arcs, label: Whole, limit: int, seeds: Seeds) -> None:
    """Settle `label` (n, k) from the seeds of one stretch of nodes after another; each search only lowers labels.

    What one stretch works on stays in the processor's cache. Where it reaches far beyond itself (sparse facilities,
    long limits, nodes in no order of space) the others would be searched over and over, so they are taken together.
    """
    by_node = np.argsort(seeds[0], kind="stable")
    node, begin = seeds[0][by_node], seeds[1][by_node]
    bucket, last = kernel.buckets(limit), 0
    for end in [*np.searchsorted(node, np.arange(STRETCH, over.nodes, STRETCH)).tolist(), len(node)]:
        changed = _settle_some(over, label, bucket, node[last:end], begin[last:end])
        last = end
        if changed > BEYOND * STRETCH * label.shape[1]:
            break
    _settle_some(over, label, bucket, node[last:], begin[last:])


def _settle_some(over: Arcs, label: Whole, bucket: Whole, node: Short, begin: Whole) -> int:
    """Settle from some seeds; how many labels changed."""
    if label.shape[1] > 1:
        return kernel.settle_several(over.first, over.head, over.cost, label, bucket, node, begin)
    pool = np.empty(len(node) + 64, np.int64)
    return kernel.settle(over.first, over.head, over.cost, label[:, 0], bucket, pool, node, begin)[1]
