"""What a network was made from, on which day, and what it holds: the page that travels with its figures."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from shancheng.ground.network.findings import Finding


@dataclass(frozen=True)
class Origin:
    """A file the network was made from."""

    name: str
    sha256: str
    size_bytes: int
    as_of: str = ""
    """What the file says of its own day; empty where it says nothing."""
    bounds: tuple[float, float, float, float] | None = None
    """West, south, east, north in degrees of the box it says it covers; None where it says nothing."""


@dataclass(frozen=True)
class Counts:
    """How much was read and how much is kept."""

    nodes_in_extract: int = 0
    ways: int = 0
    segments: int = 0
    segments_closed: int = 0
    """Left out, since no walker may use them in either direction."""
    segments_open: int = 0
    street_nodes: int = 0
    """Nodes of the extract on segments that some walker may use."""
    nodes: int = 0
    edges: int = 0
    length_m: float = 0.0
    """Metres of all edges."""


@dataclass(frozen=True)
class Walked:
    """What one walker finds open."""

    version: str
    """Digest of the walker's record and of the tables it was read with."""
    edges_out: int
    edges_back: int
    """Edges that may be walked from tail to head, and from head to tail."""
    length_m: float
    """Metres that may be walked in one direction at least."""
    doubt_share: float
    """Share of these metres that rests on doubtful data."""
    doubts: Mapping[str, float]
    """The same for each doubt by its name; one segment may carry several."""
    parts: int
    """Separate parts of what this walker may use, directions not counted."""
    largest_share: float
    """Share of these metres in the largest part."""


@dataclass(frozen=True)
class Manifest:
    """Where a network comes from and what is in it."""

    day: dt.date
    """The day it was made, handed in."""
    streets: Origin
    relief: Origin | None
    counts: Counts
    parts: Mapping[int, int]
    """How many separate parts have this many nodes, largest first; directions and walkers not counted."""
    walkers: Mapping[str, Walked]
    findings: tuple[Finding, ...] = ()
