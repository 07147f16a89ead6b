"""From files to a network: streets and relief read, tags and slopes turned into times, segments drawn together."""

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path

from shancheng.ground.network.assembly import Parts, assemble
from shancheng.ground.network.classes import classes, lift_nodes, stops
from shancheng.ground.network.errors import BuildError
from shancheng.ground.network.heights import heights
from shancheng.ground.network.manifest import Origin
from shancheng.ground.network.network import Network
from shancheng.ground.network.relief import Relief, read_relief
from shancheng.ground.network.segments import Segments, segments_of
from shancheng.ground.network.streets import Streets, read_streets
from shancheng.ground.network.times import segment_times
from shancheng.ground.network.walkers import WalkTables

Progress = Callable[[float, str], None]
"""Told the share that is done and, in a word or two, what begins now."""
READ, RELIEF, HEIGHTS, TIMES, EDGES = 0.5, 0.6, 0.7, 0.9, 1.0
"""Share of the work that is done after each step, as it was for a city of 300,000 nodes."""


def build(
    streets_path: Path,
    relief_path: Path | None,
    walkers: Sequence[str],
    tables: WalkTables,
    *,
    day: dt.date,
    progress: Progress = lambda _share, _step: None,
) -> Network:
    """The walking network of an extract for some of the tables' walkers, made on a day that is handed in.

    Without a relief all streets are level, and the network says so. Raises ExtractError, ReliefError or BuildError.
    """
    if unknown := [walker for walker in walkers if walker not in tables.walkers]:
        known = ", ".join(tables.walkers)
        raise BuildError(f"There is no walker {' or '.join(map(repr, unknown))}; the packs have {known}.")
    progress(0.0, "streets")
    streets = read_streets(Path(streets_path), keys=tables.keys, chosen_by=tables.way_keys)
    segments = segments_of(streets)
    relief = None
    if relief_path is not None:
        progress(READ, "relief")
        relief = read_relief(Path(relief_path), bounds=streets.bounds, smooth_m=tables.measures["smooth"])
    return network_of(streets, segments, relief, walkers, tables, day=day, progress=progress)


def network_of(
    streets: Streets,
    segments: Segments,
    relief: Relief | None,
    walkers: Sequence[str],
    tables: WalkTables,
    *,
    day: dt.date,
    progress: Progress = lambda _share, _step: None,
) -> Network:
    """The network of streets and a relief that were read already; otherwise as `build`."""
    progress(RELIEF, "heights")
    found = classes(streets, tables)
    over = heights(streets, segments, relief, found, tables.measures)
    times = {}
    for number, walker in enumerate(walkers):
        progress(HEIGHTS + (TIMES - HEIGHTS) * number / len(walkers), walker)
        times[walker] = segment_times(streets, segments, over, found, tables.walkers[walker])
    progress(TIMES, "edges")
    parts = Parts(
        streets,
        segments,
        over.kind,
        stops(streets, found) | lift_nodes(streets, found),
        over.node_m,
        times,
        {walker: tables.version(walker) for walker in walkers},
        None if relief is None else Origin(relief.name, relief.sha256, relief.size_bytes),
        over.findings,
    )
    network = assemble(parts, day=day)
    progress(EDGES, "done")
    return network
