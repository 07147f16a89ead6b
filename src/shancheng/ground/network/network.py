"""The walking network: crossings and the edges between them, with the times of every walker both ways."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shancheng.ground.network.errors import NetworkError
from shancheng.ground.network.manifest import Manifest
from shancheng.methods.graph.arcs import Arcs, arcs

Floats = npt.NDArray[np.float64]
Floats32 = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
Indices = npt.NDArray[np.int32]
Codes = npt.NDArray[np.uint8]

CLOSED = -1
"""The time of an edge that a walker may not use in this direction."""


@dataclass(frozen=True)
class WalkTimes:
    """Deciseconds of one walker along each edge; -1 where the walker may not."""

    forward: Indices
    """(e,) from tail to head."""
    backward: Indices
    """(e,) from head to tail."""


@dataclass(frozen=True)
class Network:
    """n nodes in Morton order and e edges; every part of the extract that some walker may use is in it."""

    lon: Floats
    lat: Floats
    """(n,) degrees WGS-84."""
    height_m: Floats32
    """(n,) NaN where unknown."""
    component: Indices
    """(n,) 0 for the largest part, directions and walkers not counted."""
    node_osm: Integers
    edge_tail: Indices
    edge_head: Indices
    """(e,) nodes; edges between the same two nodes are all kept, and so are loops."""
    edge_kind: Codes
    """(e,) what the whole edge is: stairs, lift, escalator, ..."""
    edge_way: Integers
    """(e,) OSM id of the way of its first segment."""
    edge_length_m: Floats32
    edge_doubt: Codes
    """(e,) bits of doubt that any of its segments carries for any walker."""
    point_first: Integers
    """(e + 1,) where the points of each edge begin; the first is its tail, the last its head."""
    point_lon: Floats
    point_lat: Floats
    times: Mapping[str, WalkTimes]
    """By the walker's key."""
    manifest: Manifest

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return len(self.lon)

    @property
    def edges(self) -> int:
        """How many edges there are."""
        return len(self.edge_tail)

    def arcs(self, walker: str) -> Arcs:
        """What the walker may use in both directions, the quickest of parallel edges; loops are left out.

        Raises NetworkError where the network was not made for this walker.
        """
        if walker not in self.times:
            known = ", ".join(sorted(self.times))
            raise NetworkError(
                f"This network has no walker '{walker}'; it was made for {known}. Build it again with it."
            )
        times = self.times[walker]
        cost = np.concatenate((times.forward, times.backward))
        tail = np.concatenate((self.edge_tail, self.edge_head))
        head = np.concatenate((self.edge_head, self.edge_tail))
        may = (cost != CLOSED) & (tail != head)
        return arcs(tail[may], head[may], cost[may], self.nodes)
