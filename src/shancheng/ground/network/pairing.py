"""Every facility with every home within a time of it, from the pairs of facilities and nodes that a search found."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from shancheng.ground.network.labels import Entrances, same_edge
from shancheng.ground.network.nearby import Ints
from shancheng.ground.network.snapping import Snapped, Way
from shancheng.methods.graph.pairs import Pairs
from shancheng.methods.stretches import stretches

ENTRIES_MOST = 1 << 22
"""Pairs read at once, so that a million homes need no more memory than a few."""


def pairs_at(pairs: Pairs, homes: Snapped, entrances: Entrances, *, way: Way, limit: int) -> Pairs:
    """Every facility with every home within `limit` deciseconds of it: `node` is then the number of the home.

    `pairs` has been searched from `sources_of(entrances, way=way)` with the same limit. Ordered by facility and home.
    """
    order = np.argsort(pairs.node, kind="stable")
    nodes = pairs.node[order]
    direct = same_edge(homes, entrances, way=way, limit=limit)
    found = [(entrances.facility[direct.point].astype(np.int64), direct.home, direct.time)]
    for ends in _by_block(homes, way, max(1, len(nodes) // max(1, len(np.unique(nodes))))):
        begin, end = np.searchsorted(nodes, ends.node), np.searchsorted(nodes, ends.node, side="right")
        entry, at = stretches(np.arange(len(ends.node)), begin, end)
        pair = order[at]
        time = pairs.time[pair].astype(np.int64) + ends.offset[entry]
        kept = time <= limit
        found.append(
            _shortest(pairs.facility[pair[kept]].astype(np.int64), ends.home[entry[kept]] + ends.start, time[kept])
        )
    facility, home, time = _shortest(*(np.concatenate(parts) for parts in zip(*found, strict=True)))
    return replace(pairs, facility=facility.astype(np.int32), node=home.astype(np.int32), time=time.astype(np.int32))


class _Ends(NamedTuple):
    """The ends that homes `start` to `stop` read, in order of the homes."""

    start: int
    stop: int
    home: Ints
    """Counted from `start`."""
    node: Ints
    offset: Ints


def _by_block(homes: Snapped, way: Way, k: int) -> Iterator[_Ends]:
    """The ends of all homes, some homes at a time."""
    node, offset = homes.ends(outward=way == "there")
    home = np.tile(homes.point, 2)
    order = np.argsort(home, kind="stable")
    order = order[offset[order] >= 0]
    home, node, offset = home[order], node[order], offset[order]
    step = max(1, ENTRIES_MOST // (k * max(1, -(-len(home) // max(1, len(homes))))))
    for start in range(0, len(homes), step):
        stop = min(start + step, len(homes))
        part = slice(*np.searchsorted(home, [start, stop]).tolist())
        yield _Ends(start, stop, home[part] - start, node[part], offset[part].astype(np.int64))


def _shortest(facility: Ints, home: Ints, time: Ints) -> tuple[Ints, Ints, Ints]:
    """The least time of each facility and home, in their order."""
    order = np.lexsort((time, home, facility))
    facility, home, time = facility[order], home[order], time[order]
    first = np.ones(len(order), np.bool_)
    first[1:] = (np.diff(facility) != 0) | (np.diff(home) != 0)
    return facility[first], home[first], time[first]
