"""Reading an OSM PBF file into arrays, without Python for every node."""

import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import osmium
from osmium.filter import KeyFilter
from osmium.io import File, Reader
from osmium.osm import NODE, NOTHING, WAY

from shancheng.ground.network.errors import ExtractError
from shancheng.ground.network.lines import read_lines

Integers = npt.NDArray[np.int64]
Indices = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Bounds = tuple[float, float, float, float]

PLACE = np.dtype([("id", "<u8"), ("x", "<i4"), ("y", "<i4")])
"""What libosmium's `sparse_file_array` holds for each node, in the order of the file, one given twice twice."""
HIGHEST_X, HIGHEST_Y = 1_800_000_000, 900_000_000
"""Ten-millionths of a degree; a node without a place carries 2**31 - 1."""
ROOM, ROOM_LEAST = 12, 64_000_000
"""Bytes of room for each byte of an extract, and besides. A node takes 16, a mention of it in a way up to 13; in the
extract they take 3 and 2 or more."""
ANOTHER = "Fetch it again and compare its size and checksum with those of its publisher."


@dataclass(frozen=True)
class Source:
    """The file an extract came from."""

    path: Path
    sha256: str
    size_bytes: int
    nodes: int
    """Nodes in the file, streets or not."""
    as_of: str
    """What the file says of its own day; empty where it says nothing."""
    bounds: Bounds | None = None
    """West, south, east, north in degrees of the box it says it covers; None where it says nothing."""


@dataclass(frozen=True)
class Extract:
    """Nodes and ways just as the file gives them."""

    node_osm: Integers
    x: npt.NDArray[np.int64]
    y: npt.NDArray[np.int64]
    """(n,) ten-millionths of a degree."""
    node_tags: Indices
    way_osm: Integers
    way_first: Integers
    way_ref: Integers
    """OSM ids of the nodes each way names."""
    way_tags: Indices
    tag_sets: tuple[Mapping[str, str], ...]
    source: Source

    def only(self, nodes: Integers, ways: Flags) -> "Extract":
        """The extract with these nodes in this order and with the ways that are marked."""
        lengths = np.diff(self.way_first)
        return replace(
            self,
            node_osm=self.node_osm[nodes],
            x=self.x[nodes],
            y=self.y[nodes],
            node_tags=self.node_tags[nodes],
            way_osm=self.way_osm[ways],
            way_first=np.concatenate(([0], np.cumsum(lengths[ways]))).astype(np.int64),
            way_ref=self.way_ref[np.repeat(ways, lengths)],
            way_tags=self.way_tags[ways],
        )


def gather(path: Path, *, keys: frozenset[str], chosen_by: frozenset[str]) -> Extract:
    """Every node, and every way with one of the keys `chosen_by`, with the tags in `keys`.

    Raises ExtractError where the file is missing, of another format, truncated or damaged. Nodes with negative numbers
    or without a place are left out.
    """
    _look_at_beginning(path)
    try:
        return _gather(path, keys, chosen_by)
    except (RuntimeError, ValueError) as fault:
        raise ExtractError(path, f"it is truncated or damaged ({fault}).", ANOTHER) from fault


def _look_at_beginning(path: Path) -> None:
    """Refuse what is plainly something else, in words that say what it is."""
    if not path.is_file():
        raise ExtractError(path, "there is no such file.", "Give the path of an OSM extract that ends in .osm.pbf.")
    with path.open("rb") as file:
        head = file.read(64)
    if not head:
        raise ExtractError(path, "the file is empty.", ANOTHER)
    if b"OSMHeader" in head:
        return
    advice = "Give an OSM extract in PBF form; `osmium cat` turns the other forms of OSM data into it."
    if head.lstrip().startswith(b"<"):
        raise ExtractError(path, "this is XML or a web page, not an OSM PBF file.", advice)
    raise ExtractError(path, "this is not an OSM PBF file.", advice)


def _gather(path: Path, keys: frozenset[str], chosen_by: frozenset[str]) -> Extract:
    file = File(str(path), "pbf")
    as_of, bounds = _head(path, file)
    with tempfile.TemporaryDirectory(prefix="shancheng-") as folder:
        _look_for_room(path, folder)
        places, lines = Path(folder) / "places", Path(folder) / "lines.opl"
        _write_down(file, places, lines, keys, chosen_by)
        placed, written = np.fromfile(places, PLACE), read_lines(lines, keys)
    read = placed["id"] > 0
    valid = (np.abs(placed["x"].astype(np.int64)) <= HIGHEST_X) & (np.abs(placed["y"].astype(np.int64)) <= HIGHEST_Y)
    nodes = placed[read & valid]
    osm = nodes["id"].astype(np.int64)
    return Extract(
        osm,
        nodes["x"].astype(np.int64),
        nodes["y"].astype(np.int64),
        _spread(osm, written.node_osm, written.node_tags),
        written.way_osm,
        np.concatenate(([0], np.cumsum(written.way_length))).astype(np.int64),
        written.way_ref,
        written.way_tags,
        written.tag_sets,
        _source(path, int(read.sum()), as_of, bounds),
    )


def _write_down(file: File, places: Path, lines: Path, keys: frozenset[str], chosen_by: frozenset[str]) -> None:
    """The places of all nodes to one file, tagged nodes and streets as lines of text to another.

    All of it happens inside libosmium: an object of Python for every way, node and tag takes ten times as long.
    """
    locations = osmium.NodeLocationsForWays(osmium.index.create_map(f"sparse_file_array,{places}"))
    locations.ignore_errors()
    locations.apply_nodes_to_ways = False
    tagged, streets = KeyFilter(*sorted(keys)), KeyFilter(*sorted(chosen_by))
    tagged.enable_for(NODE)
    streets.enable_for(WAY)
    text = File(str(lines), "opl,add_metadata=false")
    with Reader(file, NODE | WAY) as reader, osmium.SimpleWriter(text) as writer:
        osmium.apply(reader, locations, tagged, streets, writer)


def _head(path: Path, file: File) -> tuple[str, Bounds | None]:
    """What the file says of its own day and of the box it covers; refuses one of many days."""
    with Reader(file, NOTHING) as reader:
        header = reader.header()
    if header.has_multiple_object_versions:
        advice = "Cut one day out of it with `osmium time-filter`."
        raise ExtractError(path, "this is a history file, with several versions of everything.", advice)
    as_of = str(header.get("osmosis_replication_timestamp", "") or header.get("timestamp", ""))
    box = header.box()
    if not box.valid():
        return as_of, None
    return as_of, (box.bottom_left.lon, box.bottom_left.lat, box.top_right.lon, box.top_right.lat)


def _look_for_room(path: Path, folder: str) -> None:
    """Refuse before the disk is full: the places of nodes are written to a file of several times the extract's size."""
    wanted, free = ROOM * path.stat().st_size + ROOM_LEAST, shutil.disk_usage(folder).free
    if free < wanted:
        raise ExtractError(
            path,
            f"reading it takes up to {wanted / 1e6:,.0f} MB in {folder}, where {free / 1e6:,.0f} MB are free.",
            "Make room there, or name another folder in the environment as TMPDIR.",
        )


def _spread(osm: Integers, tagged: Integers, sets: Indices) -> Indices:
    """(n,) the set of tags of every node, from those of the few that have one."""
    spread = np.zeros(len(osm), np.int32)
    if not len(tagged):
        return spread
    order = np.argsort(tagged, kind="stable")
    at = np.minimum(np.searchsorted(tagged[order], osm), len(tagged) - 1)
    has = tagged[order][at] == osm
    spread[has] = sets[order][at[has]]
    return spread


def _source(path: Path, nodes: int, as_of: str, bounds: Bounds | None) -> Source:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Source(path, digest, path.stat().st_size, nodes, as_of, bounds)
