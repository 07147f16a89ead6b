"""Walking times beside Valhalla's on a hilly city, and what stairs, lifts and escalators do in a steep one.

Constants (smoothing of the relief, pace table) were chosen on the pairs of half of the origins; the other half, told
apart by a hash of the cell, is what is reported. The peer measures from the nearest point of a street, so the figures
beside it leave the access leg out; those with it follow.
"""

import csv
import datetime as dt
import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from bench.claim import Claim
from shancheng.ground.network.build import network_of
from shancheng.ground.network.classes import kind_code
from shancheng.ground.network.labels import entrances_of, sources_of, times_at
from shancheng.ground.network.network import CLOSED, Network, WalkTimes
from shancheng.ground.network.relief import read_relief
from shancheng.ground.network.segments import segments_of
from shancheng.ground.network.snapping import Snapped, Way, snap
from shancheng.ground.network.streets import read_streets
from shancheng.ground.network.walkers import TABLES, Walker, WalkTables, walk_tables
from shancheng.ground.pack import find_pack, load_packs
from shancheng.methods.graph.arcs import FAR
from shancheng.methods.graph.nearest import nearest

DATA = Path(os.environ.get("SHANCHENG_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
DAY = dt.date(2026, 1, 1)
LIMIT = 250_000
"""Deciseconds, beyond the longest time of the peer."""
LOW, HIGH = 0.93, 1.08
SHORTEST_S = 120.0
COMMAND = "python -m bench network_times"
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def shipped() -> WalkTables:
    """The walkers that ship, and one that walks as the peer does: its pace table, stairs as any street, no waits."""
    tables = walk_tables(load_packs([find_pack("base")], TABLES), DAY)
    adult = tables.walkers["adult"]
    speed = adult.speed_kmh / 3.6
    peer = msgspec.structs.replace(
        adult, key="peer", slope="valhalla", stairs_up_m_s=speed, stairs_down_m_s=speed, lift_wait_s=0, lift_s_per_m=0
    )
    flat = msgspec.structs.replace(peer, key="flat", slope="flat")
    return replace(tables, walkers={**tables.walkers, "peer": peer, "flat": flat})


def network_from(pbf: Path, relief: Path, tables: WalkTables) -> Network:
    """The network of an extract and a relief for all walkers of the tables."""
    streets = read_streets(pbf, keys=tables.keys, chosen_by=tables.way_keys)
    ground = read_relief(relief, bounds=streets.bounds, smooth_m=tables.measures["smooth"])
    return network_of(streets, segments_of(streets), ground, list(tables.walkers), tables, day=DAY)


@dataclass(frozen=True)
class Reference:
    """Pairs of cells and the peer's seconds, NaN where it finds no route."""

    cells: Mapping[str, tuple[float, float]]
    origin: tuple[str, ...]
    target: tuple[str, ...]
    seconds: Mapping[str, Floats]

    def half(self, number: int) -> Flags:
        """The pairs of half of the origins: 0 for choosing, 1 for reporting."""
        side = {cell: hashlib.sha256(cell.encode()).digest()[0] % 2 for cell in set(self.origin)}
        return np.array([side[cell] == number for cell in self.origin])


def reference(data: Path = DATA) -> Reference:
    """What the peer found in Porto Alegre."""
    folder = data / "porto-alegre-walk"
    with (folder / "poa_hexgrid.csv").open(encoding="utf-8") as file:
        cells = {row["id"]: (float(row["lon"]), float(row["lat"])) for row in csv.DictReader(file)}
    table = pq.read_table(folder / "valhalla_reference.parquet")
    names = ("flat_s", "hill_out_s", "hill_back_s", "wheelchair_out_s")
    seconds = {name: table[name].to_numpy(zero_copy_only=False).astype(np.float64) for name in names}
    return Reference(cells, tuple(table["from_id"].to_pylist()), tuple(table["to_id"].to_pylist()), seconds)


def porto_alegre(tables: WalkTables, data: Path = DATA) -> Network:
    """The network of Porto Alegre."""
    folder = data / "porto-alegre-walk"
    return network_from(folder / "poa_osm.pbf", folder / "poa_elevation.tif", tables)


def monaco(tables: WalkTables, data: Path = DATA) -> Network:
    """The network of Monaco."""
    folder = data / "monaco-walk"
    return network_from(folder / "monaco.osm.pbf", folder / "monaco_srtm3_cut.tif", tables)


def seconds_between(network: Network, walker: Walker, pairs: Reference, way: Way, *, legs: bool) -> Floats:
    """Seconds of each pair, inf where there is no route; without legs as the peer measures, from the nearest street."""
    origins, targets = sorted(set(pairs.origin)), sorted(set(pairs.target))
    homes, goals = (_snapped(network, walker, pairs, cells, legs=legs) for cells in (origins, targets))
    entrances = entrances_of(goals, np.arange(len(targets)))
    arcs = network.arcs(walker.key)
    found = nearest(
        arcs.reversed() if way == "there" else arcs,
        sources_of(entrances, way=way),
        categories=len(targets),
        limit=LIMIT,
    )
    time = times_at(found, homes, entrances, way=way).time[:, :, 0]
    row = {cell: number for number, cell in enumerate(origins)}
    column = {cell: number for number, cell in enumerate(targets)}
    picked = time[[column[cell] for cell in pairs.target], [row[cell] for cell in pairs.origin]]
    return np.where(picked == FAR, np.inf, picked / 10)


def _snapped(network: Network, walker: Walker, pairs: Reference, cells: list[str], *, legs: bool) -> Snapped:
    lon, lat = np.array([pairs.cells[cell] for cell in cells]).T
    found = snap(network, walker, lon, lat, ids=cells, candidates=3 if legs else 1)
    return found if legs else replace(found, leg=np.zeros_like(found.leg))


@dataclass(frozen=True)
class Agreement:
    """Ours over the peer's, for pairs both have a route for and that are two minutes apart or more."""

    pairs: int
    median: float
    low: float
    high: float
    r: float
    inside: float
    """Share of the pairs between 0.93 and 1.08."""

    def __str__(self) -> str:
        return (
            f"median {self.median:.3f}, 5-95 % {self.low:.3f}-{self.high:.3f}, r {self.r:.4f}, "
            f"{100 * self.inside:.1f} % within {LOW}-{HIGH} ({self.pairs:,} pairs)"
        )


def agreement(ours: Floats, theirs: Floats, which: Flags) -> Agreement:
    """How two sets of seconds agree on some pairs."""
    both = which & np.isfinite(ours) & np.isfinite(theirs) & (theirs > SHORTEST_S)
    ratio = ours[both] / theirs[both]
    low, median, high = np.quantile(ratio, [0.05, 0.5, 0.95])
    inside = float(((ratio >= LOW) & (ratio <= HIGH)).mean())
    r = float(np.corrcoef(ours[both], theirs[both])[0, 1])
    return Agreement(int(both.sum()), float(median), float(low), float(high), r, inside)


SIDES: tuple[tuple[Way, str], ...] = (("there", "hill_out_s"), ("back", "hill_back_s"))


def claims() -> list[Claim]:
    """Out and back on the half of the origins that nothing was chosen on."""
    tables, pairs = shipped(), reference()
    network = porto_alegre(tables)
    found = []
    for way, name in SIDES:
        ours = seconds_between(network, tables.walkers["peer"], pairs, way, legs=False)
        agreed = agreement(ours, pairs.seconds[name], pairs.half(1))
        found.append(
            Claim(
                f"walking times in Porto Alegre, {way}: share of pairs within {LOW}-{HIGH}",
                "valhalla 3.9.1, pedestrian, use_hills 1, penalties 0",
                agreed.inside,
                0.9,
                str(agreed),
                "1 by definition",
                COMMAND,
            )
        )
    return found


def figures() -> Iterator[str]:
    """Everything that was measured, one sentence a line."""
    tables, pairs = shipped(), reference()
    network = porto_alegre(tables)
    for legs in (False, True):
        yield f"Porto Alegre, {'with' if legs else 'without'} access legs"
        for key in ("peer", "adult"):
            for way, name in SIDES:
                ours = seconds_between(network, tables.walkers[key], pairs, way, legs=legs)
                for half, called in ((0, "chosen on"), (1, "reported")):
                    yield f"  {key:6s} {way:5s} {called:9s} {agreement(ours, pairs.seconds[name], pairs.half(half))}"
    flat = seconds_between(network, tables.walkers["flat"], pairs, "there", legs=False)
    yield f"  flat   there reported  {agreement(flat, pairs.seconds['flat_s'], pairs.half(1))}"
    yield from _routes(network, tables, pairs)
    yield from _monaco(tables)


def _routes(network: Network, tables: WalkTables, pairs: Reference) -> Iterator[str]:
    theirs = np.isfinite(pairs.seconds["wheelchair_out_s"])
    for key in ("wheelchair-strict", "wheelchair-lenient"):
        ours = np.isfinite(seconds_between(network, tables.walkers[key], pairs, "there", legs=True))
        yield (
            f"  {key}: both {(ours & theirs).mean():.3f}, neither {(~ours & ~theirs).mean():.3f}, "
            f"only ours {(ours & ~theirs).mean():.3f}, only the peer {(~ours & theirs).mean():.3f}"
        )


def _monaco(tables: WalkTables) -> Iterator[str]:
    network = monaco(tables)
    hilly, flat = network.times["adult"], network.times["flat"]
    yield f"Monaco, there and back over there and back if it were flat: {two_way(network, hilly, flat):.3f} (by length)"
    whole = largest_share(network, hilly, hilly)
    yield f"  largest part as tagged: {whole:.4f} of the length"
    for name in ("stairs", "lift", "escalator"):
        without = closed(network, hilly, name)
        length = float(network.edge_length_m[network.edge_kind == kind_code(name)].sum())
        yield f"  without {name} ({length:,.0f} m): {largest_share(network, without, hilly):.4f}"
    one_way = (hilly.forward == CLOSED) != (hilly.backward == CLOSED)
    yield f"  edges open one way only: {int(one_way.sum())}"


def two_way(network: Network, hilly: WalkTimes, flat: WalkTimes) -> float:
    """Mean by length of the two-way time of edges over that on the level, stairs and lifts left out."""
    plain = network.edge_kind <= kind_code("crossing")
    open_ = plain & (hilly.forward > 0) & (hilly.backward > 0) & (flat.forward > 0)
    ratio = (hilly.forward[open_] + hilly.backward[open_]) / (flat.forward[open_] + flat.backward[open_])
    return float(np.average(ratio, weights=network.edge_length_m[open_]))


def closed(network: Network, times: WalkTimes, kind: str) -> WalkTimes:
    """The times with all edges of a kind closed."""
    shut = network.edge_kind == kind_code(kind)
    return WalkTimes(np.where(shut, CLOSED, times.forward), np.where(shut, CLOSED, times.backward))


def largest_share(network: Network, times: WalkTimes, whole: WalkTimes) -> float:
    """Length of the largest strongly connected part of what is open, over the length that was open to begin with."""
    tail = np.concatenate((network.edge_tail, network.edge_head))
    head = np.concatenate((network.edge_head, network.edge_tail))
    open_ = np.concatenate((times.forward, times.backward)) != CLOSED
    graph = coo_array((np.ones(int(open_.sum())), (tail[open_], head[open_])), (network.nodes, network.nodes))
    _, part = connected_components(graph, directed=True, connection="strong")
    walked = (times.forward != CLOSED) | (times.backward != CLOSED)
    inside = walked & (part[network.edge_tail] == part[network.edge_head])
    length = np.bincount(part[network.edge_tail[inside]], network.edge_length_m[inside])
    before = (whole.forward != CLOSED) | (whole.backward != CLOSED)
    return float(length.max() / network.edge_length_m[before].sum())


if __name__ == "__main__":
    for line in figures():
        print(line, flush=True)
