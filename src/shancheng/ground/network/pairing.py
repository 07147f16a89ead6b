"""Every facility with every home within a time of it, from the pairs of facilities and nodes that a search found."""

from dataclasses import replace

import numpy as np

from shancheng.ground.network.labels import Entrances, ends_by_block, same_edge
from shancheng.ground.network.nearby import Ints
from shancheng.ground.network.snapping import Snapped, Way
from shancheng.methods.graph.pairs import Pairs
from shancheng.methods.stretches import stretches


def pairs_at(pairs: Pairs, homes: Snapped, entrances: Entrances, *, way: Way, limit: int) -> Pairs:
    """Every facility with every home within `limit` deciseconds of it: `node` is then the number of the home.

    `pairs` has been searched from `sources_of(entrances, way=way)` with the same limit. Ordered by facility and home.
    """
    order = np.argsort(pairs.node, kind="stable")
    nodes = pairs.node[order]
    direct = same_edge(homes, entrances, way=way, limit=limit)
    found = [(entrances.facility[direct.point].astype(np.int64), direct.home, direct.time)]
    for ends in ends_by_block(homes, way, max(1, len(nodes) // max(1, len(np.unique(nodes))))):
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


def _shortest(facility: Ints, home: Ints, time: Ints) -> tuple[Ints, Ints, Ints]:
    """The least time of each facility and home, in their order."""
    order = np.lexsort((time, home, facility))
    facility, home, time = facility[order], home[order], time[order]
    first = np.ones(len(order), np.bool_)
    first[1:] = (np.diff(facility) != 0) | (np.diff(home) != 0)
    return facility[first], home[first], time[first]
