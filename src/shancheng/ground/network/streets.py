"""What a street extract says, before any walker: nodes, ways and the distinct sets of tags they carry."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from shancheng.ground.network.errors import EmptyExtractError, TwoPlacesError
from shancheng.ground.network.extract import Extract, Source, gather
from shancheng.ground.network.findings import Finding

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Indices = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

STREET_KEYS = frozenset({"highway"})
"""A way is read when it carries one of these keys."""
UNITS = 1e7
"""Extracts hold whole ten-millionths of a degree; divided, not multiplied, so that each is the nearest float."""


@dataclass(frozen=True)
class Streets:
    """Nodes and ways of an extract; a way that names nodes outside it is cut into the pieces that lie inside."""

    node_osm: Integers
    """(n,) OSM ids, rising; only nodes that a way names."""
    lon: Floats
    lat: Floats
    """(n,) degrees WGS-84."""
    node_tags: Indices
    """(n,) position in `tag_sets`; 0 is no tag."""
    way_osm: Integers
    """(w,) OSM id of each piece; one id may occur several times."""
    way_first: Integers
    """(w + 1,) where the nodes of each piece begin in `way_node`."""
    way_node: Integers
    """(sum,) positions in the node arrays; each piece has two or more, no two equal ones in a row."""
    way_tags: Indices
    """(w,) position in `tag_sets`."""
    tag_sets: tuple[Mapping[str, str], ...]
    """Distinct sets of tags, only of the keys asked for; the first is empty."""
    source: Source
    findings: tuple[Finding, ...]

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees."""
        return float(self.lon.min()), float(self.lat.min()), float(self.lon.max()), float(self.lat.max())


def read_streets(path: Path, *, keys: frozenset[str], chosen_by: frozenset[str] = STREET_KEYS) -> Streets:
    """The streets of an OSM PBF extract: ways with one of the keys `chosen_by`, their nodes, and the tags in `keys`.

    Raises ExtractError where the file is missing, no PBF, truncated or damaged, EmptyExtractError where it holds no
    such way, TwoPlacesError where a node number stands at two places. What is merely odd (nodes missing in a clipped
    extract, nodes or ways given twice) is in `findings`. A file cut exactly between two blocks of ways cannot be told
    from a smaller extract.
    """
    extract = gather(Path(path), keys=keys, chosen_by=chosen_by)
    extract, findings = _distinct(extract)
    if not len(extract.way_osm):
        raise EmptyExtractError(
            extract.source.path,
            f"there are {len(extract.node_osm)} nodes and no way with the key {' or '.join(sorted(chosen_by))} in it.",
            "Take an extract that covers the city and was not filtered for other things.",
        )
    return _assembled(extract, findings)


def _distinct(extract: Extract) -> tuple[Extract, list[Finding]]:
    """The extract with every node and every way once, and what was given more than once."""
    nodes = np.argsort(extract.node_osm, kind="stable")
    again = np.flatnonzero(np.diff(extract.node_osm[nodes]) == 0)
    _refuse_two_places(extract, nodes[again], nodes[again + 1])
    first = np.zeros(len(extract.way_osm), np.bool_)
    first[np.unique(extract.way_osm, return_index=True)[1]] = True
    findings = []
    if len(again):
        x, y = extract.x[nodes[again[0]]], extract.y[nodes[again[0]]]
        sentence = f"{len(again)} nodes are given more than once at the same place; each is taken once."
        findings.append(Finding("nodes-twice", len(again), sentence, float(x / UNITS), float(y / UNITS)))
    if twice := int((~first).sum()):
        way = int(extract.way_osm[~first][0])
        sentence = f"{twice} ways are given more than once, way {way} among them; the first of each is taken."
        findings.append(Finding("ways-twice", twice, sentence))
    return extract.only(np.delete(nodes, again + 1), first), findings


def _refuse_two_places(extract: Extract, one: Integers, other: Integers) -> None:
    apart = (extract.x[one] != extract.x[other]) | (extract.y[one] != extract.y[other])
    if not apart.any():
        return
    a, b = int(one[apart][0]), int(other[apart][0])
    places = " and ".join(f"{extract.y[i] / UNITS:.7f}, {extract.x[i] / UNITS:.7f}" for i in (a, b))
    raise TwoPlacesError(
        extract.source.path,
        f"{apart.sum()} nodes stand at two places, node {extract.node_osm[a]} at {places}.",
        "Extracts of different days were put together; take one extract, or merge them keeping the newest version.",
    )


def _assembled(extract: Extract, findings: list[Finding]) -> Streets:
    """Node numbers turned into positions, ways cut where a node is missing."""
    lengths = np.diff(extract.way_first)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    refs = extract.way_ref
    position = np.minimum(np.searchsorted(extract.node_osm, refs), max(len(extract.node_osm) - 1, 0))
    found = extract.node_osm[position] == refs if len(extract.node_osm) else np.zeros(len(refs), np.bool_)
    repeated = np.zeros(len(refs), np.bool_)
    repeated[1:] = (refs[1:] == refs[:-1]) & (owner[1:] == owner[:-1])
    pieces = _pieces(owner, found, found & ~repeated)
    if not len(pieces.owner):
        raise EmptyExtractError(
            extract.source.path,
            f"of its {len(lengths)} ways none names two nodes that are in it ({(~found).sum()} are missing).",
            "Take an extract with complete ways, nodes included.",
        )
    used, way_node = np.unique(position[pieces.kept], return_inverse=True)
    lon, lat = extract.x / UNITS, extract.y / UNITS
    findings = [*findings, *_gaps(extract, owner, position, found), *_repeats(extract, owner, repeated & found)]
    return Streets(
        extract.node_osm[used],
        lon[used],
        lat[used],
        extract.node_tags[used],
        extract.way_osm[pieces.owner],
        pieces.first,
        way_node.astype(np.int64),
        extract.way_tags[pieces.owner],
        extract.tag_sets,
        extract.source,
        tuple(findings),
    )


@dataclass(frozen=True)
class _Pieces:
    kept: Integers
    """Which of all references are in some piece."""
    first: Integers
    owner: Integers
    """(pieces,) the way each was cut from."""


def _pieces(owner: Integers, found: Flags, kept: Flags) -> _Pieces:
    """Runs of kept references of one way with no missing one between them, at least two long."""
    position = np.flatnonzero(kept)
    gaps = np.cumsum(~found)[position]
    fresh = np.ones(len(position), np.bool_)
    fresh[1:] = (owner[position][1:] != owner[position][:-1]) | (gaps[1:] != gaps[:-1])
    begins = np.flatnonzero(fresh)
    length = np.diff(np.append(begins, len(position)))
    long = length >= 2
    return _Pieces(
        position[np.repeat(long, length)],
        np.concatenate(([0], np.cumsum(length[long]))).astype(np.int64),
        owner[position][begins[long]],
    )


def _gaps(extract: Extract, owner: Integers, position: Integers, found: Flags) -> list[Finding]:
    missing = np.flatnonzero(~found)
    if not len(missing):
        return []
    ways = np.unique(owner[missing])
    beside = np.flatnonzero(found & np.isin(owner, ways))
    first = int(extract.way_osm[ways[0]])
    sentence = (
        f"{len(missing)} nodes that {len(ways)} ways name are not in the extract, those of way {first} among them; "
        "these ways end where the extract ends. Homes near its edge see less than there is."
    )
    if not len(beside):
        return [Finding("nodes-missing", len(missing), sentence)]
    at = position[beside[0]]
    return [
        Finding("nodes-missing", len(missing), sentence, float(extract.x[at] / UNITS), float(extract.y[at] / UNITS))
    ]


def _repeats(extract: Extract, owner: Integers, repeated: Flags) -> list[Finding]:
    if not repeated.any():
        return []
    way = int(extract.way_osm[owner[np.flatnonzero(repeated)[0]]])
    count = int(repeated.sum())
    return [Finding("nodes-repeated", count, f"{count} times a way names a node twice in a row, first in way {way}.")]
