"""Streets of the invented city as OpenStreetMap would hold them: winding roads, stairs, lifts, gated parks."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import osmium
import osmium.osm.mutable as osm
import shapely

from shancheng.ground.invented.draft import Draft, Tags, share, surveyed
from shancheng.ground.invented.lattice import STEEP, Kind, Lattice
from shancheng.ground.invented.write import degrees
from shancheng.methods.mesh import Floats, Integers, Shapes

STEP_M, STOREY_M, STAIRS_GRADE = 0.16, 3.0, 0.45
RISE_FOR_LIFT_M, RISE_FOR_ESCALATOR_M = 13.0, 9.0
STAIRS_PER_LIFT, STAIRS_PER_ESCALATOR = 12, 20
"""One of so many stairs has a lift, or a pair of escalators, beside it: the highest ones in town. Assumptions."""
EASY_GRADE, WINDING_MOST = 0.08, 2.6
"""A road winds until it is this steep, or this much longer than the straight line."""
INSIDE = 0.82
"""An area reaches this share of the way to the junctions around it."""
FIRST_ID = 1_000_000_000
AREAS = ("park-gated", "park-open", "school-gated", "clinic-walled")
"""What areas are, in turn: entered by gates, by the streets that cross the border, by gates, by nothing."""


@dataclass(frozen=True)
class Area:
    """A park or a compound."""

    form: str
    """One of `AREAS`."""
    outline: shapely.Polygon
    """In metres."""


@dataclass(frozen=True)
class Fronts:
    """Pieces of street that homes may stand along."""

    start: Floats
    """(s, 2) metres."""
    end: Floats
    """(s, 2)"""


def draw_streets(lattice: Lattice, chance: np.random.Generator) -> tuple[Draft, tuple[Area, ...], Fronts]:
    """The map, its areas, and what homes may stand along. The first nodes are the junctions in their order."""
    draft = Draft()
    for point in lattice.points:
        draft.node(point)
    stairs = _drawn_edges(draft, lattice, chance)
    _lifts_and_escalators(draft, lattice, stairs, chance)
    areas = tuple(
        _area(draft, lattice, ring, AREAS[number % len(AREAS)], chance) for number, ring in enumerate(lattice.around)
    )
    _crossings(draft, lattice, chance)
    return draft, areas, _fronts(lattice, areas)


def write_extract(path: Path, draft: Draft) -> None:
    """The map as an OSM PBF; nodes and ways are numbered from a billion on, so that none is taken for a real one."""
    path.unlink(missing_ok=True)
    places = degrees(np.array(draft.places))
    header = osmium.io.Header()
    header.set("generator", "shancheng weicheng (synthetic)")
    with osmium.SimpleWriter(str(path), header=header) as writer:
        for node, (lon, lat) in enumerate(places.tolist()):
            writer.add_node(osm.Node(id=FIRST_ID + node, location=(lon, lat), tags=draft.node_tags.get(node, {})))
        for way, (nodes, tags) in enumerate(draft.ways):
            writer.add_way(osm.Way(id=FIRST_ID + way, nodes=[FIRST_ID + node for node in nodes], tags=tags))


def _drawn_edges(draft: Draft, lattice: Lattice, chance: np.random.Generator) -> Integers:
    """Draw what joins the junctions; gives the numbers of the stairs."""
    rises, lengths = lattice.rise_m.tolist(), lattice.length_m.tolist()
    for edge, (one, other) in enumerate(lattice.ends.tolist()):
        kind, rise, length = Kind(lattice.kind[edge]), rises[edge], lengths[edge]
        if kind == Kind.STAIRS:
            _draw_stairs(draft, one, other, rise, chance)
        elif kind in (Kind.BRIDGE, Kind.FOOTBRIDGE, Kind.TUNNEL):
            draft.way((one, other), _structure(kind, chance))
        else:
            tags = _road(bool(lattice.main[edge]), chance) if kind == Kind.ROAD else _path(chance)
            draft.way((one, *_bends(draft, one, other, rise, length, chance), other), tags)
    return np.flatnonzero(lattice.kind == Kind.STAIRS)


def _bends(draft: Draft, one: int, other: int, rise: float, length: float, chance: np.random.Generator) -> list[int]:
    """Nodes between two junctions: hairpins where it is steep, a soft bend where it is long."""
    grade = abs(rise) / length
    legs = 6 if grade > STEEP else min(4, int(length / 90) + 1)
    if legs < 2:
        return []
    start, way = draft.place(one), draft.place(other) - draft.place(one)
    side = np.array([-way[1], way[0]]) / length
    if grade > STEEP:
        longer = min(grade / EASY_GRADE, WINDING_MOST)
        reach = min(70.0, length / legs / 2 * math.sqrt(longer**2 - 1))
        offsets = [reach * (-1) ** leg for leg in range(1, legs)]
    else:
        offsets = (np.sin(np.arange(1, legs) / legs * np.pi) * length * chance.uniform(-0.07, 0.07)).tolist()
    return [draft.node(start + way * leg / legs + side * offset) for leg, offset in enumerate(offsets, start=1)]


def _draw_stairs(draft: Draft, one: int, other: int, rise: float, chance: np.random.Generator) -> None:
    """Stairs in the middle of a footway, as long as their height asks for."""
    start, way = draft.place(one), draft.place(other) - draft.place(one)
    part = min(0.9, abs(rise) / STAIRS_GRADE / math.hypot(*way))
    foot, top = (draft.node(start + way * at) for at in ((1 - part) / 2, (1 + part) / 2))
    draft.way((one, foot), _path(chance))
    draft.way((foot, top), _steps(rise, chance))
    draft.way((top, other), _path(chance))


def _steps(rise: float, chance: np.random.Generator) -> Tags:
    tags = {"highway": "steps", **surveyed("stairs", chance)}
    if chance.random() < share("incline"):
        tags["incline"] = "up" if rise > 0 else "down"
    if chance.random() < share("step_count"):
        tags["step_count"] = str(max(2, round(abs(rise) / STEP_M)))
    return tags


def _road(main: bool, chance: np.random.Generator) -> Tags:
    common = ("residential", "residential", "residential", "living_street", "service", "tertiary")
    highway = "secondary" if main else common[int(chance.integers(len(common)))]
    return {"highway": highway, **surveyed("road", chance)}


def _path(chance: np.random.Generator) -> Tags:
    highway = ("footway", "footway", "path", "pedestrian")[int(chance.integers(4))]
    return {"highway": highway, **surveyed("path", chance)}


def _structure(kind: Kind, chance: np.random.Generator) -> Tags:
    if kind == Kind.TUNNEL:
        return {**_road(True, chance), "tunnel": "yes", "layer": "-1"}
    tags = _road(True, chance) if kind == Kind.BRIDGE else {"highway": "footway", **surveyed("path", chance)}
    return {**tags, "bridge": "yes", "layer": "1"}


def _lifts_and_escalators(draft: Draft, lattice: Lattice, stairs: Integers, chance: np.random.Generator) -> None:
    """The highest stairs have a lift beside them, the next ones escalators up and down."""
    rise = lattice.rise_m[stairs]
    order = stairs[np.argsort(-np.abs(rise), kind="stable")]
    lifts = min(max(2, len(stairs) // STAIRS_PER_LIFT), int((np.abs(rise) > RISE_FOR_LIFT_M).sum()))
    for number, edge in enumerate(order[:lifts].tolist()):
        _draw_lift(draft, *_low_and_high(lattice, edge), float(lattice.rise_m[edge]), number, chance)
    escalators = max(2, len(stairs) // STAIRS_PER_ESCALATOR)
    for edge in order[lifts : lifts + escalators].tolist():
        low, high = _low_and_high(lattice, edge)
        for way in ((low, high), (high, low)):
            draft.way(way, {"highway": "steps", "conveying": "forward", **_stated_incline(way == (low, high), chance)})


def _stated_incline(up: bool, chance: np.random.Generator) -> Tags:
    return {"incline": "up" if up else "down"} if chance.random() < share("incline") else {}


def _low_and_high(lattice: Lattice, edge: int) -> tuple[int, int]:
    one, other = lattice.ends[edge].tolist()
    return (one, other) if lattice.rise_m[edge] > 0 else (other, one)


def _draw_lift(draft: Draft, low: int, high: int, rise: float, number: int, chance: np.random.Generator) -> None:
    """A lift from foot to top: as a rule drawn as a way, at times as a node between two footways."""
    storeys = max(1, round(abs(rise) / STOREY_M))
    stated = {"level": f"0;{storeys}"} if chance.random() < share("level") else {}
    tags = {"highway": "elevator", **stated, **surveyed("lift", chance)}
    if number % 4:
        draft.way((low, high), tags)
        return
    shaft = draft.node(draft.place(low) * 0.5 + draft.place(high) * 0.5, tags)
    draft.way((low, shaft), {"highway": "footway"})
    draft.way((shaft, high), {"highway": "footway"})


def _area(draft: Draft, lattice: Lattice, ring: Integers, form: str, chance: np.random.Generator) -> Area:
    """An area around a junction, and the paths from its middle to the junctions around it."""
    middle = lattice.points[ring[0]]
    corners = middle + (lattice.points[ring[1:]] - middle) * INSIDE
    if form == "park-open":
        for junction in ring[1:].tolist():
            draft.way((int(ring[0]), junction), _path(chance))
    elif form != "clinic-walled":
        _draw_gates(draft, ring, corners, chance)
    return Area(form, shapely.Polygon(corners))


def _draw_gates(draft: Draft, ring: Integers, corners: Floats, chance: np.random.Generator) -> None:
    """Two gates that are open and one that is locked."""
    chosen = chance.permutation(len(corners))[:3].tolist()
    for number, corner in enumerate(chosen):
        locked = {"access": "private", "locked": "yes"} if number == 2 else {}
        gate = draft.node(corners[corner], {"barrier": "gate", **locked})
        draft.way((int(ring[0]), gate, int(ring[1 + corner])), {"highway": "footway", **surveyed("path", chance)})


def _crossings(draft: Draft, lattice: Lattice, chance: np.random.Generator) -> None:
    """Crossings at some of the junctions of wide roads."""
    for junction in np.unique(lattice.ends[lattice.main]).tolist():
        if chance.random() < share("crossing"):
            draft.node_tags[junction] = {"highway": "crossing", **surveyed("crossing", chance)}


def _fronts(lattice: Lattice, areas: tuple[Area, ...]) -> Fronts:
    """Straight lines between junctions on land and outside of areas: homes stand near the streets between them."""
    on_land = np.isin(lattice.kind, (Kind.ROAD, Kind.PATH, Kind.STAIRS))
    start, end = lattice.points[lattice.ends[on_land, 0]], lattice.points[lattice.ends[on_land, 1]]
    straight: Shapes = shapely.linestrings(np.stack([start, end], axis=1))
    free = ~shapely.intersects(straight, shapely.union_all([area.outline for area in areas]))
    return Fronts(start[free], end[free])
