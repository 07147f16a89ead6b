"""The streets of a real city as arcs in deciseconds, contracted, on hills made up for it, and as often as is wanted.

The extract has no heights, so a smooth relief is invented, which makes up and down differ; the copies stand side by
side and are joined by bridges.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from shancheng.ground.network.contraction import contract
from shancheng.ground.network.segments import segments_of
from shancheng.ground.network.streets import Streets, read_streets
from shancheng.methods.graph.arcs import Short, Whole
from shancheng.methods.graph.order import morton

Floats = npt.NDArray[np.float64]

DATA = Path(os.environ.get("SHANCHENG_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
EXTRACT = DATA / "porto-walk-large" / "porto_portugal.osm.pbf"
NOT_ON_FOOT = {
    "motorway",
    "motorway_link",
    "trunk",
    "trunk_link",
    "construction",
    "proposed",
    "raceway",
    "bus_guideway",
}
METRES_A_DECISECOND = 5.0 / 36
HILLS_M = 60.0
"""How high the invented hills are; they are 1.5 to 4 km across."""
BRIDGES = 6
BRIDGE = 900
"""Deciseconds over a bridge between two copies."""


@dataclass(frozen=True)
class Town:
    """Nodes in Morton order with their places in metres, and directed arcs, parallel ones included."""

    x: Floats
    y: Floats
    tail: Short
    head: Short
    cost: Short

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return len(self.x)


def porto(*, copies: int = 1, contracted: bool = True, extract: Path = EXTRACT) -> Town:
    """Porto on foot, all components, `copies` times."""
    streets = read_streets(extract, keys=frozenset({"highway", "foot"}))
    tail, head, there, back = _segments(streets)
    x, y = _metres(streets)
    if contracted:
        label = np.zeros(len(tail), np.int64)
        chains = contract(tail, head, label, label, order=np.arange(len(x)), stop=np.zeros(len(x), np.bool_))
        there, back = chains.summed(there, back)
        tail, head = chains.tail, chains.head
    kept, ends = np.unique(np.concatenate([tail, head]), return_inverse=True)
    one, other = np.split(ends, 2)
    cost = np.rint(np.concatenate([there, back]))
    town = Town(x[kept], y[kept], np.concatenate([one, other]), np.concatenate([other, one]), cost)
    return _in_order(_repeated(town, copies))


def facilities(nodes: int, categories: int, *, seed: int, fewest: int, most: int) -> tuple[Whole, Whole]:
    """Category and node of seeded facilities, from `fewest` in the first category to `most` in the last."""
    source = np.random.default_rng(seed)
    counts = np.rint(np.geomspace(fewest, most, categories)).astype(np.int64)
    category = np.repeat(np.arange(categories), counts)
    return category, np.concatenate([source.choice(nodes, count, replace=False) for count in counts])


def _segments(streets: Streets) -> tuple[Short, Short, Floats, Floats]:
    """Tail, head and deciseconds there and back of every segment one may walk; 1 % more time for 0.2 % of slope."""
    segments = segments_of(streets)
    tags = [streets.tag_sets[at] for at in streets.way_tags]
    walked = np.array([one.get("highway") not in NOT_ON_FOOT and one.get("foot") != "no" for one in tags])[segments.way]
    tail, head, length = segments.tail[walked], segments.head[walked], segments.length_m[walked]
    x, y = _metres(streets)
    height = HILLS_M * (np.sin(x / 600) * np.cos(y / 450) + 0.5 * np.sin((x + y) / 240))
    slope = np.clip((height[head] - height[tail]) / np.maximum(length, 1), -0.3, 0.3)
    flat = length / METRES_A_DECISECOND
    return (
        tail,
        head,
        flat * (1 + 5 * np.maximum(slope, 0.2 * -slope)),
        flat * (1 + 5 * np.maximum(-slope, 0.2 * slope)),
    )


def _metres(streets: Streets) -> tuple[Floats, Floats]:
    west, south, _, north = streets.bounds
    degree = 111_320.0
    return (streets.lon - west) * degree * np.cos(np.radians((south + north) / 2)), (streets.lat - south) * degree


def _repeated(town: Town, copies: int) -> Town:
    """Copies side by side; each is joined to the next by bridges, there and back, at the same places."""
    source, n = np.random.default_rng(17), town.nodes
    shift = np.repeat(np.arange(copies), n)
    pier = np.concatenate([source.choice(n, BRIDGES, replace=False) + copy * n for copy in range(copies - 1)] or [[]])
    more = np.repeat(np.arange(copies), len(town.tail)) * n
    tail = np.concatenate([np.tile(town.tail, copies) + more, pier, pier + n]).astype(np.int32)
    head = np.concatenate([np.tile(town.head, copies) + more, pier + n, pier]).astype(np.int32)
    cost = np.concatenate([np.tile(town.cost, copies), np.full(2 * len(pier), BRIDGE)]).astype(np.int32)
    wide = float(np.ptp(town.x)) + 1000
    return Town(np.tile(town.x, copies) + shift * wide, np.tile(town.y, copies), tail, head, cost)


def _in_order(town: Town) -> Town:
    order = morton(town.x, town.y)
    place = np.empty(town.nodes, np.int32)
    place[order] = np.arange(town.nodes)
    return Town(town.x[order], town.y[order], place[town.tail], place[town.head], town.cost)
