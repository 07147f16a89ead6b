"""Extracts written for tests, street networks drawn by chance, and the plain search that knows no edges."""

import datetime as dt
import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import osmium
from hypothesis import strategies as st
from osmium.osm.mutable import Node, Way

from shancheng.ground.network.assembly import Parts
from shancheng.ground.network.extract import Source
from shancheng.ground.network.segments import segments_of
from shancheng.ground.network.streets import Streets

DAY = dt.date(2025, 3, 1)
LON, LAT = 106.5, 29.5
Spot = tuple[int, float, float] | tuple[int, float, float, Mapping[str, str]]
Line = tuple[int, Sequence[int], Mapping[str, str]]


def extract(path: Path, nodes: Iterable[Spot], ways: Iterable[Line]) -> Path:
    """An extract of nodes (id, longitude, latitude, tags) and ways (id, nodes, tags), in the order given."""
    with osmium.SimpleWriter(str(path), overwrite=True) as writer:
        for number, lon, lat, *tags in nodes:
            writer.add_node(Node(id=number, location=(lon, lat), tags=dict(*tags), version=1, visible=True))
        for number, named, tags in ways:
            writer.add_way(Way(id=number, nodes=list(named), tags=dict(tags), version=1, visible=True))
    return path


@dataclass(frozen=True)
class Timed:
    """Seconds of one walker along segments, and doubt."""

    forward: np.ndarray
    backward: np.ndarray
    doubt: np.ndarray


def streets_of(lon: Sequence[float], lat: Sequence[float], ways: Sequence[Sequence[int]]) -> Streets:
    """Streets without tags; ways name nodes by position."""
    lengths = [len(way) for way in ways]
    return Streets(
        node_osm=np.arange(len(lon), dtype=np.int64) + 100,
        lon=np.array(lon, float),
        lat=np.array(lat, float),
        node_tags=np.zeros(len(lon), np.int32),
        way_osm=np.arange(len(ways), dtype=np.int64) + 1000,
        way_first=np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        way_node=np.array([node for way in ways for node in way], np.int64),
        way_tags=np.zeros(len(ways), np.int32),
        tag_sets=({},),
        source=Source(Path("drawn.osm.pbf"), "0" * 64, 1, len(lon), ""),
        findings=(),
    )


def parts_of(
    streets: Streets,
    times: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    *,
    kind: Sequence[int] | None = None,
    stop: Sequence[bool] | None = None,
) -> Parts:
    """Parts of a network with the seconds (forward, backward) of each walker along every segment."""
    segments = segments_of(streets)
    count, nodes = len(segments.tail), len(streets.lon)
    return Parts(
        streets,
        segments,
        np.zeros(count, np.uint8) if kind is None else np.array(kind, np.uint8),
        np.zeros(nodes, np.bool_) if stop is None else np.array(stop, np.bool_),
        np.full(nodes, np.nan),
        {
            walker: Timed(np.array(there, float), np.array(back, float), np.zeros(count, np.uint8))
            for walker, (there, back) in times.items()
        },
        dict.fromkeys(times, "v1"),
    )


@st.composite
def drawn_parts(draw: st.DrawFn) -> Parts:
    """Loops, rings, islands, parallels, dead ends, nodes at one place, one-way and closed segments, two walkers."""
    nodes = draw(st.integers(2, 14))
    spot = st.tuples(st.integers(0, 4), st.integers(0, 4))
    spots = draw(st.lists(spot, min_size=nodes, max_size=nodes))
    walk = (
        st.lists(st.integers(0, nodes - 1), min_size=2, max_size=7)
        .map(without_repeats)
        .filter(lambda way: len(way) > 1)
    )
    ways = draw(st.lists(walk, min_size=1, max_size=6))
    streets = streets_of([LON + x / 1000 for x, _ in spots], [LAT + y / 1000 for _, y in spots], ways)
    segments = sum(len(way) - 1 for way in ways)
    second = st.sampled_from([0, 1, 2, 3, 5, 7, 11, 13, 200, np.inf]).map(lambda tenths: tenths / 10)
    seconds = st.lists(second, min_size=segments, max_size=segments)
    times = {"one": (draw(seconds), draw(seconds)), "other": (draw(seconds), draw(seconds))}
    kind = draw(st.lists(st.sampled_from([0, 0, 0, 1]), min_size=segments, max_size=segments))
    stop = draw(st.lists(st.sampled_from([False] * 5 + [True]), min_size=nodes, max_size=nodes))
    return parts_of(streets, times, kind=kind, stop=stop)


def without_repeats(way: Sequence[int]) -> list[int]:
    """The way without nodes that repeat the one before."""
    return [node for place, node in enumerate(way) if place == 0 or way[place - 1] != node]


def times_on_segments(parts: Parts, walker: str, start: int) -> dict[int, float]:
    """Deciseconds from a node of the streets to every other, segment by segment (E. W. Dijkstra, 1959)."""
    leads: dict[int, list[tuple[int, float]]] = {}
    tail, head = parts.segments.tail.tolist(), parts.segments.head.tolist()
    timed = parts.times[walker]
    for one, other, there, back in zip(tail, head, timed.forward.tolist(), timed.backward.tolist(), strict=True):
        leads.setdefault(one, []).append((other, round(there * 10) if there < np.inf else np.inf))
        leads.setdefault(other, []).append((one, round(back * 10) if back < np.inf else np.inf))
    return least(leads, start)


def least(leads: Mapping[int, list[tuple[int, float]]], start: int) -> dict[int, float]:
    """The least sum of costs from the start to all that can be reached."""
    found: dict[int, float] = {}
    waiting = [(0.0, start)]
    while waiting:
        time, node = heapq.heappop(waiting)
        if node in found or time == np.inf:
            continue
        found[node] = time
        for other, cost in leads.get(node, ()):
            heapq.heappush(waiting, (time + cost, other))
    return found
