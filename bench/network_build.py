"""Making the walking network of Porto: a street extract to edges with times, beside a plain loop over the same file.

Counted are the nodes of the extract that lie on segments an adult may walk (not the other nodes in the file, not the
nodes that remain); timed is everything from the file on disk to the network in memory, for one walker, without a
relief. The plain loop is what one writes first with pyosmium: dictionaries, a distance per pair of nodes, contraction
by walking through nodes of two neighbours. It asks fewer questions of the tags and of the file than ours.
"""

import datetime as dt
import math
import os
import time
from collections import defaultdict
from collections.abc import Callable
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TypeVar

import osmium

from bench.claim import Claim
from shancheng.ground.network.build import build
from shancheng.ground.network.network import Network
from shancheng.ground.network.walkers import TABLES, WalkTables, check, walk_tables
from shancheng.ground.pack import check_packs, find_pack

COMMAND = "python -m bench network_build"
EXTRACT = "porto-walk-large/porto_portugal.osm.pbf"
DAY = dt.date(2026, 1, 1)
ROUNDS = 5
NODES_A_SECOND = 150_000
TIMES_THE_PEER = 4.0
NOT_WALKED = {
    "motorway",
    "motorway_link",
    "trunk",
    "trunk_link",
    "construction",
    "proposed",
    "raceway",
    "busway",
    "razed",
}
APART = 0.02
"""How far the two may differ in metres: the plain loop reads less of the tags."""
EARTH_M = 6_371_008.8
SPEED_M_S, STAIRS_M_S = 5 / 3.6, 0.6

T = TypeVar("T")
Edges = list[tuple[int, int, float, float]]
"""Tail, head, metres, seconds."""


def claims() -> list[Claim]:
    """The rate against the plain loop's and against the one that was set."""
    path = Path(os.environ.get("SHANCHENG_DATA", "../shared/data")) / EXTRACT
    tables = _tables()
    build(path, None, ["adult"], tables, day=DAY)
    ours, theirs = [], []
    for _ in range(ROUNDS):
        spent, network = _timed(lambda: build(path, None, ["adult"], tables, day=DAY))
        ours.append(network.manifest.counts.street_nodes / spent)
        spent, (nodes, edges) = _timed(lambda: plain_build(path))
        theirs.append(nodes / spent)
    _alike(network, edges)
    rate, plain = median(ours), median(theirs)
    counts = network.manifest.counts
    shown = f"{rate:,.0f} nodes/s: {counts.street_nodes:,} nodes on walkable ways to {counts.edges:,} edges"
    what = "the walking network of Porto from its extract, one walker, no relief"
    peer = f"a plain loop with pyosmium {version('osmium')}"
    return [
        Claim(f"{what}, by a plain loop", peer, rate / plain, TIMES_THE_PEER, shown, f"{plain:,.0f} nodes/s", COMMAND),
        Claim(
            f"{what}, by the rate set",
            "the rate set",
            rate / NODES_A_SECOND,
            1,
            shown,
            f"{NODES_A_SECOND:,} nodes/s",
            COMMAND,
        ),
    ]


def _tables() -> WalkTables:
    packs, _ = check_packs([find_pack("base")], TABLES, [check])
    return walk_tables(packs, DAY)


def plain_build(path: Path) -> tuple[int, Edges]:
    """How many nodes lie on walkable ways, and the edges between those where ways join or end."""
    beside: dict[int, list[tuple[int, float, float]]] = defaultdict(list)
    reading = osmium.FileProcessor(path, osmium.osm.NODE | osmium.osm.WAY).with_locations()
    for way in reading.with_filter(osmium.filter.KeyFilter("highway")):
        if not isinstance(way, osmium.osm.Way):
            continue
        tags = dict(way.tags)
        if tags["highway"] in NOT_WALKED or tags.get("foot") == "no" or tags.get("access") in ("no", "private"):
            continue
        speed = STAIRS_M_S if tags["highway"] == "steps" else SPEED_M_S
        nodes = [(node.ref, node.lon, node.lat) for node in way.nodes if node.location.valid()]
        for (one, *here), (other, *there) in pairwise(nodes):
            metres = _haversine(*here, *there)
            beside[one].append((other, metres, metres / speed))
            beside[other].append((one, metres, metres / speed))
    return len(beside), _plain_edges(beside)


def _haversine(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    one, other = math.radians(lat), math.radians(other_lat)
    across = math.sin(math.radians(other_lon - lon) / 2) ** 2 * math.cos(one) * math.cos(other)
    return 2 * EARTH_M * math.asin(math.sqrt(math.sin((other - one) / 2) ** 2 + across))


def _plain_edges(beside: dict[int, list[tuple[int, float, float]]]) -> Edges:
    """Through every node with two neighbours; each edge is found from both of its ends and kept once."""
    edges: Edges = []
    for start, neighbours in beside.items():
        if len(neighbours) == 2:
            continue
        for neighbour in neighbours:
            before, (at, metres, seconds) = start, neighbour
            while len(beside[at]) == 2 and at != start:
                step = beside[at][0] if beside[at][0][0] != before else beside[at][1]
                before, (at, metres, seconds) = at, (step[0], metres + step[1], seconds + step[2])
            if start <= at:
                edges.append((start, at, metres, seconds))
    return edges


def _alike(network: Network, edges: Edges) -> None:
    """Both walk the same streets, but for what the plain loop does not ask of the tags."""
    theirs = sum(metres if tail != head else metres / 2 for tail, head, metres, _ in edges)
    ours = network.manifest.counts.length_m
    assert abs(theirs / ours - 1) < APART, f"{ours:,.0f} m and {theirs:,.0f} m"


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    begun = time.perf_counter()
    made = work()
    return time.perf_counter() - begun, made


if __name__ == "__main__":
    for claim in claims():
        print(claim)
