"""Heights along streets: on the ground from the relief, on structures between their ends, on stairs by their steps."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array, diags_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import spsolve

from shancheng.ground.network.classes import StreetClass, kind_code, lift_nodes, segment_kinds
from shancheng.ground.network.findings import Finding
from shancheng.ground.network.relief import Relief
from shancheng.ground.network.segments import Segments
from shancheng.ground.network.streets import Streets
from shancheng.methods.slope import grades

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Codes = npt.NDArray[np.uint8]
Signs = npt.NDArray[np.int8]
Flags = npt.NDArray[np.bool_]

TAGS, GRADE, VOID, OUTSIDE, RISE, DIRECTION, LIFT, STRUCTURE = (1 << bit for bit in range(8))
"""Bits of doubt: an answer by tags is unknown; a grade within the noise of the relief; a height filled into a void; no
height; the rise of stairs guessed; which way stairs climb or an escalator runs is not said; the rise of a lift guessed;
a structure that no street on the ground touches."""
DOUBTS = ("tags", "grade", "void", "outside", "rise", "direction", "lift", "structure")
"""Names of the bits, the lowest first."""
SHORTEST_M = 0.1


@dataclass(frozen=True)
class Heights:
    """What is known of heights along all segments, before any walker."""

    node_m: Floats
    """(n,) NaN where unknown."""
    node_void: Flags
    """(n,) filled in, or unknown."""
    kind: Codes
    """(s,) as `segment_kinds`."""
    first: Integers
    """(s + 1,) where the heights along each segment begin in `height_m`."""
    height_m: Floats
    """Heights at equal distances along each segment, both ends included; none where there is no relief."""
    grade: Floats
    """(s,) steepest grade along it, regardless of sign; NaN where a height is unknown; 0 on stairs and in lifts."""
    flight_m: Floats
    """(s,) metres along flights of stairs or an escalator, rise included; 0 elsewhere."""
    landing_m: Floats
    """(s,) level metres of stairs that their number of steps does not need."""
    up: Signs
    """(s,) 1 where stairs climb from tail to head, -1 where they descend, 0 where not known or none."""
    lift_waits: Floats
    """(s,) waits for a lift: a half on each segment that touches one."""
    lift_rise_m: Floats
    """(s,) metres risen or sunk in lifts."""
    doubt: Codes
    """(s,) bits of doubt that hold for every walker."""
    findings: tuple[Finding, ...]


def heights(
    streets: Streets, segments: Segments, relief: Relief | None, found: StreetClass, measures: Mapping[str, float]
) -> Heights:
    """Heights along the segments, metres. Without a relief streets are level and every segment says so."""
    kind = segment_kinds(streets, segments, found)
    lifts = lift_nodes(streets, found)
    lies = _Lies.of(streets, segments, found, kind, lifts)
    doubt = np.zeros(len(segments.tail), np.uint8)
    node_m, node_void = _node_heights(streets, relief)
    if relief is not None:
        node_m, hanging = _over_structures(segments, lies, node_m)
        doubt[lies.structure & hanging[segments.tail]] |= STRUCTURE
    first, height_m, void, unknown = _profiles(streets, segments, relief, lies, node_m, measures["sample"])
    doubt[void & ~unknown] |= VOID
    doubt[unknown] |= OUTSIDE
    stairs = _stairs(streets, segments, found, kind, node_m, measures)
    waits, rise_m, guessed = _lift_rides(streets, segments, found, kind, lifts, measures)
    doubt |= stairs.doubt
    doubt[guessed] |= LIFT
    return Heights(
        node_m=node_m,
        node_void=node_void,
        kind=kind,
        first=first,
        height_m=height_m,
        grade=_steepest(segments, lies, first, height_m, unknown),
        flight_m=stairs.flight_m,
        landing_m=stairs.landing_m,
        up=stairs.up,
        lift_waits=waits,
        lift_rise_m=rise_m,
        doubt=doubt,
        findings=tuple(_findings(streets, segments, relief, kind, doubt)),
    )


@dataclass(frozen=True)
class _Lies:
    """(s,) where a segment lies: on the ground, on a structure, or neither (stairs, lifts, what touches a lift)."""

    ground: Flags
    structure: Flags

    @classmethod
    def of(cls, streets: Streets, segments: Segments, found: StreetClass, kind: Codes, lifts: Flags) -> "_Lies":
        rolls = np.isin(kind, [kind_code(name) for name in ("street", "path", "crossing", "walkway")])
        above = found.structure[streets.way_tags[segments.way]] > 0
        touches = lifts[segments.tail] | lifts[segments.head]
        return cls(rolls & ~above & ~touches, rolls & above & ~touches)


def _node_heights(streets: Streets, relief: Relief | None) -> tuple[Floats, Flags]:
    if relief is None:
        return np.full(len(streets.lon), np.nan), np.ones(len(streets.lon), np.bool_)
    return relief.at(streets.lon, streets.lat)


def _over_structures(segments: Segments, lies: _Lies, node_m: Floats) -> tuple[Floats, Flags]:
    """Heights of nodes between the ends of structures, however many ways these are drawn as.

    A node that a street on the ground touches is an end and keeps the height of the ground. Between ends the height is
    the one that makes every grade as even as it can be (harmonic, weights 1/length): straight along a bridge without
    junctions. A structure without any end keeps the ground's heights; its nodes are the second answer.
    """
    at = np.flatnonzero(lies.structure)
    hanging = np.zeros(len(node_m), np.bool_)
    if not len(at):
        return node_m, hanging
    used, ends = np.unique(np.concatenate((segments.tail[at], segments.head[at])), return_inverse=True)
    tail, head = ends[: len(at)], ends[len(at) :]
    on_ground = np.zeros(len(node_m), np.bool_)
    on_ground[segments.tail[lies.ground]] = on_ground[segments.head[lies.ground]] = True
    fixed = on_ground[used] & ~np.isnan(node_m[used])
    weight = 1 / np.maximum(segments.length_m[at], SHORTEST_M)
    graph = coo_array((weight, (tail, head)), (len(used), len(used))).tocsr()
    parts, part = connected_components(graph, directed=False)
    held = np.bincount(part, fixed, parts) > 0
    hanging[used[~held[part]]] = True
    free = ~fixed & held[part]
    solved = node_m.copy()
    if free.any():
        solved[used[free]] = _harmonic(csr_array(graph + graph.T), free, node_m[used])
    return solved, hanging


def _harmonic(graph: csr_array, free: Flags, height_m: Floats) -> Floats:
    laplacian = csr_array(diags_array(np.asarray(graph.sum(axis=0)).ravel()) - graph)
    known = np.where(free, 0.0, np.nan_to_num(height_m))
    solved: Floats = np.atleast_1d(spsolve(laplacian[free][:, free].tocsc(), -(laplacian @ known)[free]))
    return solved


def _profiles(
    streets: Streets, segments: Segments, relief: Relief | None, lies: _Lies, node_m: Floats, sample_m: float
) -> tuple[Integers, Floats, Flags, Flags]:
    """Heights along segments, and which segments meet a void and which an unknown height."""
    count = len(segments.tail)
    if relief is None:
        every = np.ones(count, np.bool_)
        return np.zeros(count + 1, np.int64), np.zeros(0), every, every
    pieces = np.where(lies.ground, np.maximum(1, np.ceil(segments.length_m / sample_m)), 1).astype(np.int64)
    first = np.concatenate(([0], np.cumsum(pieces + 1)))
    owner = np.repeat(np.arange(count), pieces + 1)
    share = (np.arange(first[-1]) - first[owner]) / pieces[owner]
    tail, head = segments.tail[owner], segments.head[owner]
    height = node_m[tail] + share * (node_m[head] - node_m[tail])
    void = np.zeros(first[-1], np.bool_)
    sampled = lies.ground[owner]
    height[sampled], void[sampled] = relief.at(
        (streets.lon[tail] + share * (streets.lon[head] - streets.lon[tail]))[sampled],
        (streets.lat[tail] + share * (streets.lat[head] - streets.lat[tail]))[sampled],
    )
    level = ~(lies.ground | lies.structure)[owner]
    height[level] = np.fmin(node_m[tail], node_m[head])[level]
    unknown = np.isnan(height)
    return first, height, _any(void, first), _any(unknown, first)


def _any(flags: Flags, first: Integers) -> Flags:
    running = np.concatenate(([0], np.cumsum(flags)))
    return np.asarray(running[first[1:]] > running[first[:-1]])


def _steepest(segments: Segments, lies: _Lies, first: Integers, height_m: Floats, unknown: Flags) -> Floats:
    steepest = np.zeros(len(segments.tail))
    grade = np.abs(grades(segments.length_m, first, height_m))
    if len(grade):
        begins = first[:-1] - np.arange(len(segments.tail))
        steepest = np.maximum.reduceat(grade, begins)
    steepest[~(lies.ground | lies.structure)] = 0.0
    steepest[unknown & (lies.ground | lies.structure)] = np.nan
    return steepest


@dataclass(frozen=True)
class _Stairs:
    flight_m: Floats
    landing_m: Floats
    up: Signs
    doubt: Codes


def _stairs(
    streets: Streets, segments: Segments, found: StreetClass, kind: Codes, node_m: Floats, measures: Mapping[str, float]
) -> _Stairs:
    """Flights by the number of steps, else by the incline, else as steep as stairs are; never by the relief.

    What a way says holds for the whole of it and is shared out by length. A relief may tell only which way it climbs,
    where it is not said, and only if it rises by half of what the stairs do.
    """
    flight_m, landing_m = np.zeros(len(kind)), np.zeros(len(kind))
    up, doubt = np.zeros(len(kind), np.int8), np.zeros(len(kind), np.uint8)
    at = np.flatnonzero(np.isin(kind, [kind_code("stairs"), kind_code("escalator")]))
    if not len(at):
        return _Stairs(flight_m, landing_m, up, doubt)
    way, length = segments.way[at], segments.length_m[at]
    tags = streets.way_tags[way]
    whole = np.bincount(way, length, len(streets.way_osm))[way]
    share = np.divide(length, whole, out=np.zeros(len(at)), where=whole > 0)
    rise, tread = measures["step-rise"], measures["step-tread"]
    counted, grade = found.steps[tags] * share, np.abs(found.incline[tags])
    said = np.isfinite(counted) | (grade > 0)
    climb = np.where(np.isfinite(counted), counted * rise, length * np.where(grade > 0, grade, rise / tread))
    run = np.where(np.isfinite(counted), counted * tread, length)
    flight_m[at] = np.hypot(run, climb)
    landing_m[at] = np.maximum(0.0, length - run)
    of_way = np.bincount(way, climb, len(streets.way_osm)).astype(np.float64)
    sign, guessed = _climbs(streets, segments, found, at, of_way, node_m)
    up[at] = sign
    doubt[at] |= np.where(said, 0, RISE).astype(np.uint8)
    doubt[at[guessed & (kind[at] == kind_code("stairs"))]] |= DIRECTION
    return _Stairs(flight_m, landing_m, up, doubt)


def _climbs(
    streets: Streets, segments: Segments, found: StreetClass, at: Integers, climb_m: Floats, node_m: Floats
) -> tuple[Signs, Flags]:
    """Which way flights climb, and whether that is not said by tags."""
    way = segments.way[at]
    said = found.climbs[streets.way_tags[way]]
    begin, end = streets.way_node[streets.way_first[way]], streets.way_node[streets.way_first[way + 1] - 1]
    rise = node_m[end] - node_m[begin]
    seen = np.where(np.abs(rise) >= climb_m[way] / 2, np.sign(np.nan_to_num(rise)), 0)
    return np.where(said != 0, said, seen).astype(np.int8), said == 0


def _lift_rides(
    streets: Streets, segments: Segments, found: StreetClass, kind: Codes, lifts: Flags, measures: Mapping[str, float]
) -> tuple[Floats, Floats, Flags]:
    """Waits for lifts and metres in them of each segment, and which of these metres are guessed."""
    waits, rise_m, guessed = np.zeros(len(kind)), np.zeros(len(kind)), np.zeros(len(kind), np.bool_)
    node_rise, node_guess = _node_rise(streets, segments, found, lifts, measures)
    is_lift_way = found.kind[streets.way_tags[segments.way]] == kind_code("lift")
    for end in (segments.tail, segments.head):
        touches = lifts[end] & ~is_lift_way
        waits += np.where(touches, 0.5, 0.0)
        rise_m += np.where(touches, node_rise[end] / 2, 0.0)
        guessed |= touches & node_guess[end]
    own = np.flatnonzero(is_lift_way & ~(lifts[segments.tail] & lifts[segments.head]))
    tags = streets.way_tags[segments.way[own]]
    pieces = np.bincount(segments.way[own], minlength=len(streets.way_osm))[segments.way[own]]
    span = (found.level_high - found.level_low)[tags] * measures["level-height"]
    known = span > 0
    waits[own], guessed[own] = 1 / pieces, ~known
    rise_m[own] = np.where(known, span, measures["lift-rise"]) / pieces
    return waits, rise_m, guessed


def _node_rise(
    streets: Streets, segments: Segments, found: StreetClass, lifts: Flags, measures: Mapping[str, float]
) -> tuple[Floats, Flags]:
    """(n,) metres a lift rises: by the storeys it names, else by those of the ways it joins, else as lifts do."""
    low, high = found.level_low[streets.node_tags], found.level_high[streets.node_tags]
    named = high > low
    level = found.level_low[streets.way_tags[segments.way]]
    lowest, highest = np.full(len(lifts), np.inf), np.full(len(lifts), -np.inf)
    for end in (segments.tail, segments.head):
        touches = lifts[end] & np.isfinite(level)
        np.minimum.at(lowest, end[touches], level[touches])
        np.maximum.at(highest, end[touches], level[touches])
    joined = np.isfinite(lowest) & (highest > lowest)
    storeys = np.where(
        named, high - low, np.where(joined, np.where(joined, highest, 0) - np.where(joined, lowest, 0), 0)
    )
    known = named | joined
    return np.where(known, storeys * measures["level-height"], measures["lift-rise"]), ~known


_SENTENCES = {
    VOID: ("heights-filled", "segments ({share}) rest on heights filled into voids of the relief."),
    OUTSIDE: ("heights-outside", "segments ({share}) lie outside the relief; they are taken as level."),
    RISE: ("stairs-rise-guessed", "segments of stairs say neither steps nor incline; they rise by half their length."),
    DIRECTION: ("stairs-way-guessed", "segments of stairs do not say which way they climb."),
    LIFT: ("lift-rise-guessed", "segments touch a lift that does not say its storeys."),
    STRUCTURE: ("structures-hanging", "segments are on bridges or in tunnels that no street on the ground touches."),
}


def _findings(
    streets: Streets, segments: Segments, relief: Relief | None, kind: Codes, doubt: Codes
) -> Iterator[Finding]:
    if relief is not None:
        yield from relief.findings
    walked = kind > 0
    total = float(segments.length_m[walked].sum())
    for bit, (key, words) in _SENTENCES.items():
        at = np.flatnonzero(walked & (doubt & bit > 0))
        if not len(at):
            continue
        share = f"{100 * float(segments.length_m[at].sum()) / total:.2g} % of the length" if total else "all"
        if bit == OUTSIDE and relief is None:
            words = "segments have no height, since no relief was given; they are taken as level."
        node = segments.tail[at[0]]
        place = float(streets.lon[node]), float(streets.lat[node])
        yield Finding(key, len(at), f"{len(at)} {words.format(share=share)}", *place)
