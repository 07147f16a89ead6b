"""Small networks made for tests, and the plain search that splits their edges."""

import datetime as dt
import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from shancheng.ground.network.manifest import Counts, Manifest, Origin
from shancheng.ground.network.network import Network, WalkTimes
from shancheng.ground.network.snapping import Snapped

LON, LAT = 106.5, 29.5
DEGREE_M = 111_000.0
WALKER = "adult"


@dataclass(frozen=True)
class Walker:
    key: str = WALKER
    speed_kmh: float = 3.6


MANIFEST = Manifest(
    day=dt.date(2025, 1, 1),
    streets=Origin("made.osm.pbf", "", 0),
    relief=None,
    counts=Counts(0, 0, 0, 0, 0, 0, 0, 0, 0.0),
    parts={},
    walkers={},
)


def degrees(
    east_m: NDArray[np.float64], north_m: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Metres around the middle of the town to degrees, on a sphere-like plane that is right to 1 %."""
    return LON + east_m / (DEGREE_M * np.cos(np.radians(LAT))), LAT + north_m / DEGREE_M


def town(
    east_m: Iterable[float],
    north_m: Iterable[float],
    edges: Iterable[tuple[int, int, int, int]],
    *,
    kinds: Iterable[int] | None = None,
    bends: Mapping[int, list[tuple[float, float]]] | None = None,
) -> Network:
    """A town of nodes in metres and of edges (tail, head, forward, backward deciseconds); bends in metres by edge."""
    east, north = np.array(list(east_m), float), np.array(list(north_m), float)
    lon, lat = degrees(east, north)
    rows = np.array(list(edges), np.int32).reshape(-1, 4)
    metres = list(zip(east.tolist(), north.tolist(), strict=True))
    lines = [[metres[tail], *(bends or {}).get(edge, []), metres[head]] for edge, (tail, head, *_) in enumerate(rows)]
    point_lon, point_lat = degrees(*np.array([point for line in lines for point in line], float).reshape(-1, 2).T)
    return Network(
        lon=lon,
        lat=lat,
        height_m=np.full(len(lon), np.nan, np.float32),
        component=_components(len(lon), rows[:, :2].tolist()),
        node_osm=np.arange(len(lon), dtype=np.int64),
        edge_tail=rows[:, 0],
        edge_head=rows[:, 1],
        edge_kind=np.array(list(kinds), np.uint8) if kinds is not None else np.zeros(len(rows), np.uint8),
        edge_way=np.arange(len(rows), dtype=np.int64),
        edge_length_m=np.ones(len(rows), np.float32),
        edge_doubt=np.zeros(len(rows), np.uint8),
        point_first=np.concatenate([[0], np.cumsum([len(line) for line in lines])]).astype(np.int64),
        point_lon=point_lon,
        point_lat=point_lat,
        times={WALKER: WalkTimes(rows[:, 2], rows[:, 3])},
        manifest=MANIFEST,
    )


def random_town(seed: int, *, nodes: int = 14, edges: int = 24, size_m: float = 400.0) -> Network:
    """Some streets without any order: one-way ones, closed ones, loops, parallel ones and islands among them."""
    chance = np.random.default_rng(seed)
    east, north = chance.uniform(0, size_m, nodes), chance.uniform(0, size_m, nodes)
    ends = chance.integers(0, nodes, (edges, 2))
    times = chance.integers(50, 4_000, (edges, 2))
    times[chance.random((edges, 2)) < 0.2] = -1
    bends = {
        edge: [tuple(chance.uniform(0, size_m, 2)) for _ in range(chance.integers(1, 3))]
        for edge in range(edges)
        if chance.random() < 0.3 or ends[edge, 0] == ends[edge, 1]
    }
    return town(east, north, np.column_stack([ends, times]).tolist(), bends=bends)


def _components(nodes: int, ends: list[list[int]]) -> NDArray[np.int32]:
    label = list(range(nodes))
    for _ in range(nodes):
        for tail, head in ends:
            label[tail] = label[head] = min(label[tail], label[head])
    _, part, size = np.unique(label, return_inverse=True, return_counts=True)
    return np.argsort(np.argsort(-size, kind="stable"))[part].astype(np.int32)


Spot = tuple[object, ...]
Graph = dict[Spot, list[tuple[Spot, float]]]


def split(made: Network, starts: Snapped, ends: Snapped) -> Graph:
    """The network with every edge really cut where a point lies on it; starts are only left and ends only entered."""
    feet: dict[int, list[tuple[float, Spot]]] = {}
    graph: Graph = {}
    for name, snapped in (("start", starts), ("end", ends)):
        for candidate in range(len(snapped.edge)):
            foot: Spot = (name, "foot", candidate)
            point: Spot = (name, int(snapped.point[candidate]))
            feet.setdefault(int(snapped.edge[candidate]), []).append((float(snapped.fraction[candidate]), foot))
            leg = float(snapped.leg_m[candidate]) * 10.0
            here, there = (point, foot) if name == "start" else (foot, point)
            graph.setdefault(here, []).append((there, leg))
    times = made.times[WALKER]
    for edge, (tail, head) in enumerate(zip(made.edge_tail.tolist(), made.edge_head.tolist(), strict=True)):
        chain = [(0.0, ("node", tail)), *sorted(feet.get(edge, [])), (1.0, ("node", head))]
        for (one, here), (two, there) in pairwise(chain):
            if times.forward[edge] >= 0:
                graph.setdefault(here, []).append((there, (two - one) * float(times.forward[edge])))
            if times.backward[edge] >= 0:
                graph.setdefault(there, []).append((here, (two - one) * float(times.backward[edge])))
            if one == two:
                graph.setdefault(here, []).append((there, 0.0))
                graph.setdefault(there, []).append((here, 0.0))
    return graph


def shortest(graph: Graph, start: Spot) -> dict[Spot, float]:
    """Dijkstra's search, as plain as it can be."""
    best: dict[Spot, float] = {}
    queue: list[tuple[float, str, Spot]] = [(0.0, "", start)]
    while queue:
        time, _, here = heapq.heappop(queue)
        if here in best:
            continue
        best[here] = time
        for there, more in graph.get(here, []):
            heapq.heappush(queue, (time + more, repr(there), there))
    return best
