"""Reading an OSM PBF file into arrays, with as little Python per node as can be."""

import hashlib
import shutil
import tempfile
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import osmium
from osmium.filter import KeyFilter
from osmium.io import File, Reader
from osmium.osm import NODE, NOTHING, WAY, Node, TagList, Way

from shancheng.ground.network.errors import ExtractError

Integers = npt.NDArray[np.int64]
Indices = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Tags = tuple[tuple[str, str], ...]

PLACE = np.dtype([("id", "<u8"), ("x", "<i4"), ("y", "<i4")])
"""What libosmium's `sparse_file_array` holds for each node, by number; one given twice is in it twice."""
HIGHEST_X, HIGHEST_Y = 1_800_000_000, 900_000_000
"""Ten-millionths of a degree; a node without a place carries 2**31 - 1."""
ROOM, ROOM_LEAST = 6, 64_000_000
"""Bytes of room for each byte of an extract, and besides: 16 for a node, which is 3 bytes or more in the extract."""
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


class _TagSets:
    """Distinct sets of tags, numbered as they come; 0 is the empty set."""

    def __init__(self, keys: frozenset[str]) -> None:
        self.keys = keys
        self.sets: dict[Tags, int] = {(): 0}
        self.seen: dict[Tags, int] = {}

    def number(self, tags: TagList) -> int:
        keys = self.keys
        given = tuple([tag for tag in tags if tag[0] in keys])
        known = self.seen.get(given)
        if known is None:
            known = self.sets.setdefault(tuple(sorted((key, value) for key, value in given)), len(self.sets))
            self.seen[given] = known
        return known


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
    as_of = _as_of(path, file)
    tag_sets = _TagSets(keys)
    node_id, node_set, way_id, way_set, way_length, refs = (array("q") for _ in range(6))
    with tempfile.TemporaryDirectory(prefix="shancheng-") as folder:
        _look_for_room(path, folder)
        places = Path(folder) / "places"
        for thing in _processor(file, places, keys, chosen_by):
            if isinstance(thing, Way):
                named = [node.ref for node in thing.nodes]
                refs.extend(named)
                way_length.append(len(named))
                way_id.append(thing.id)
                way_set.append(tag_sets.number(thing.tags))
            elif isinstance(thing, Node):
                node_id.append(thing.id)
                node_set.append(tag_sets.number(thing.tags))
        placed = np.fromfile(places, PLACE)
    read = placed["id"] > 0
    valid = (np.abs(placed["x"].astype(np.int64)) <= HIGHEST_X) & (np.abs(placed["y"].astype(np.int64)) <= HIGHEST_Y)
    nodes = placed[read & valid]
    osm = nodes["id"].astype(np.int64)
    return Extract(
        osm,
        nodes["x"].astype(np.int64),
        nodes["y"].astype(np.int64),
        _spread(osm, np.array(node_id, np.int64), np.array(node_set, np.int64)),
        np.array(way_id, np.int64),
        np.concatenate(([0], np.cumsum(np.array(way_length, np.int64)))).astype(np.int64),
        np.array(refs, np.int64),
        np.array(way_set, np.int32),
        tuple(dict(tags) for tags in tag_sets.sets),
        _source(path, int(read.sum()), as_of),
    )


def _processor(file: File, places: Path, keys: frozenset[str], chosen_by: frozenset[str]) -> osmium.FileProcessor:
    """Tagged nodes and streets one by one; the places of all nodes go to a file without passing through Python."""
    tagged, streets = KeyFilter(*sorted(keys)), KeyFilter(*sorted(chosen_by))
    tagged.enable_for(NODE)
    streets.enable_for(WAY)
    reading = osmium.FileProcessor(file, NODE | WAY).with_locations(f"sparse_file_array,{places}")
    return reading.with_filter(tagged).with_filter(streets)


def _as_of(path: Path, file: File) -> str:
    """What the file says of its own day; refuses one of many days."""
    with Reader(file, NOTHING) as reader:
        header = reader.header()
    if header.has_multiple_object_versions:
        advice = "Cut one day out of it with `osmium time-filter`."
        raise ExtractError(path, "this is a history file, with several versions of everything.", advice)
    return str(header.get("osmosis_replication_timestamp", "") or header.get("timestamp", ""))


def _look_for_room(path: Path, folder: str) -> None:
    """Refuse before the disk is full: the places of nodes are written to a file of several times the extract's size."""
    wanted, free = ROOM * path.stat().st_size + ROOM_LEAST, shutil.disk_usage(folder).free
    if free < wanted:
        raise ExtractError(
            path,
            f"reading it takes up to {wanted / 1e6:,.0f} MB in {folder}, where {free / 1e6:,.0f} MB are free.",
            "Make room there, or name another folder in the environment as TMPDIR.",
        )


def _spread(osm: Integers, tagged: Integers, sets: Integers) -> Indices:
    """(n,) the set of tags of every node, from those of the few that have one."""
    spread = np.zeros(len(osm), np.int32)
    if not len(tagged):
        return spread
    order = np.argsort(tagged, kind="stable")
    at = np.minimum(np.searchsorted(tagged[order], osm), len(tagged) - 1)
    has = tagged[order][at] == osm
    spread[has] = sets[order][at[has]]
    return spread


def _source(path: Path, nodes: int, as_of: str) -> Source:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Source(path, digest, path.stat().st_size, nodes, as_of)
