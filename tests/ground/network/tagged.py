"""Streets with tags made by hand in metres, ground that slopes evenly, and rasters written for tests."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_origin

from shancheng.ground.network.classes import StreetClass, classes
from shancheng.ground.network.extract import Source
from shancheng.ground.network.heights import Heights, heights
from shancheng.ground.network.relief import Relief, relief_of
from shancheng.ground.network.segments import Segments, metres, segments_of
from shancheng.ground.network.streets import Streets
from shancheng.ground.network.times import SegmentTimes, segment_times
from shancheng.ground.network.walkers import TABLES, Walker, WalkTables, walk_tables
from shancheng.ground.pack import find_pack, load_packs

LON, LAT = 106.5, 29.5
DAY = dt.date(2026, 6, 1)
NORTH_M = float(metres(np.array([LON]), np.array([LAT]), np.array([LON]), np.array([LAT + 1e-3]))[0]) * 1000
EAST_M = float(metres(np.array([LON]), np.array([LAT]), np.array([LON + 1e-3]), np.array([LAT]))[0]) * 1000
"""Metres of a degree."""
Way = tuple[Sequence[str], Mapping[str, str]]


@cache
def tables() -> WalkTables:
    """The tables that ship."""
    return walk_tables(load_packs([find_pack("base")], TABLES), DAY)


def streets(
    nodes: Mapping[str, tuple[float, float]], ways: Sequence[Way], tags: Mapping[str, Mapping[str, str]] | None = None
) -> Streets:
    """Streets from nodes in metres east and north by name, ways of named nodes, and tags of some nodes."""
    sets: list[Mapping[str, str]] = [{}]

    def number(wanted: Mapping[str, str]) -> int:
        if wanted not in sets:
            sets.append(wanted)
        return sets.index(wanted)

    names = list(nodes)
    lengths = [len(named) for named, _ in ways]
    east, north = np.array([nodes[name] for name in names], float).T
    return Streets(
        node_osm=np.arange(len(names), dtype=np.int64),
        lon=LON + east / EAST_M,
        lat=LAT + north / NORTH_M,
        node_tags=np.array([number((tags or {}).get(name, {})) for name in names], np.int32),
        way_osm=np.arange(len(ways), dtype=np.int64) + 1000,
        way_first=np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        way_node=np.array([names.index(name) for named, _ in ways for name in named], np.int64),
        way_tags=np.array([number(said) for _, said in ways], np.int32),
        tag_sets=tuple(sets),
        source=Source(Path("made.osm.pbf"), "0" * 64, 1, len(names), ""),
        findings=(),
    )


def ground(height: Callable[[np.ndarray, np.ndarray], np.ndarray], *, cell_m: float = 10.0, cells: int = 200) -> Relief:
    """A relief around the town whose height is a function of metres east and north."""
    step_lon, step_lat = cell_m / EAST_M, cell_m / NORTH_M
    west, north = LON - step_lon * cells / 2, LAT + step_lat * cells / 2
    at = (np.arange(cells) + 0.5 - cells / 2) * cell_m
    x, y = np.meshgrid(at, -at)
    return relief_of(height(x, y), west=west, north=north, step_lon=step_lon, step_lat=step_lat)


def studied(town: Streets, relief: Relief | None) -> tuple[Segments, StreetClass, Heights]:
    """Segments, classes and heights by the tables that ship."""
    segments, found = segments_of(town), classes(town, tables())
    return segments, found, heights(town, segments, relief, found, tables().measures)


def timed(town: Streets, relief: Relief | None, walker: Walker | str) -> SegmentTimes:
    """Seconds of a walker by the tables that ship."""
    segments, found, over = studied(town, relief)
    who = tables().walkers[walker] if isinstance(walker, str) else walker
    return segment_times(town, segments, over, found, who)


def raster(
    path: Path,
    height: np.ndarray,
    *,
    west: float = LON - 0.05,
    north: float = LAT + 0.05,
    step: float = 0.001,
    crs: str | None = "EPSG:4326",
    nodata: float | None = None,
    unit: str = "",
) -> Path:
    """A GeoTIFF of heights, northernmost row first."""
    shape = {"width": height.shape[1], "height": height.shape[0], "count": 1, "dtype": height.dtype.name}
    transform = from_origin(west, north, step, step)
    with rasterio.open(path, "w", driver="GTiff", crs=crs, transform=transform, nodata=nodata, **shape) as file:
        file.write(height, 1)
        if unit:
            file.units = (unit,)
    return path
