"""Every two nodes that follow each other in a way, with the metres between them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shancheng.ground.network.findings import Finding
from shancheng.ground.network.streets import Streets

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Indices = npt.NDArray[np.int32]

EQUATOR_M = 6_378_137.0
FLATTENING = 1 / 298.257223563
"""The ellipsoid of WGS-84 (NIMA TR8350.2, 2000)."""


@dataclass(frozen=True)
class Segments:
    """The pieces streets are made of, in the order of ways and of nodes within them."""

    tail: Indices
    head: Indices
    """(s,) positions of the nodes of `Streets`."""
    way: Indices
    """(s,) position of the way."""
    length_m: Floats
    """(s,) metres on the ground, slope not counted."""
    findings: tuple[Finding, ...] = ()


def segments_of(streets: Streets) -> Segments:
    """All segments of the streets; those without length are kept and reported."""
    lengths = np.diff(streets.way_first)
    inside = np.ones(len(streets.way_node), np.bool_)
    inside[streets.way_first[1:] - 1] = False
    at = np.flatnonzero(inside)
    tail, head = streets.way_node[at], streets.way_node[at + 1]
    way = np.repeat(np.arange(len(lengths)), lengths - 1)
    length_m = metres(streets.lon[tail], streets.lat[tail], streets.lon[head], streets.lat[head])
    findings = _without_length(streets, tail, way, length_m)
    return Segments(tail.astype(np.int32), head.astype(np.int32), way.astype(np.int32), length_m, findings)


def metres(lon: Floats, lat: Floats, other_lon: Floats, other_lat: Floats) -> Floats:
    """Metres between points in degrees, by the two radii of curvature of the ellipsoid half-way between them.

    Off by less than 0.001 % up to 10 km and 0.1 % up to 100 km (away from the poles), against Karney's geodesic (2013).
    """
    middle = np.radians((lat + other_lat) / 2)
    squeeze = FLATTENING * (2 - FLATTENING)
    bend = 1 - squeeze * np.sin(middle) ** 2
    north = np.radians(other_lat - lat) * EQUATOR_M * (1 - squeeze) / bend**1.5
    around = (other_lon - lon + 180) % 360 - 180
    east = np.radians(around) * EQUATOR_M * np.cos(middle) / np.sqrt(bend)
    length: Floats = np.hypot(north, east)
    return length


def _without_length(streets: Streets, tail: Integers, way: Integers, length_m: Floats) -> tuple[Finding, ...]:
    none = np.flatnonzero(length_m == 0)
    if not len(none):
        return ()
    first = int(tail[none[0]])
    sentence = (
        f"{len(none)} segments have no length: two nodes at one place, first in way "
        f"{streets.way_osm[way[none[0]]]}. They are kept and take no time unless they are a lift."
    )
    place = float(streets.lon[first]), float(streets.lat[first])
    return (Finding("segments-without-length", len(none), sentence, *place),)
