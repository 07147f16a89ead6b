"""Where areas are entered: parks, campuses and hospitals by their gates, or where streets cross their outline.

A park is not at its centre. Its gates are nodes of streets, called gates by `gates.toml` of the packs, on its outline;
where it has none that is open, it is entered where streets that may be walked cross the outline on the ground. What has
neither is named and enters nowhere.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from shancheng.ground.network.classes import NO, STRUCTURES, YES, StreetClass, Tags, classes, holds
from shancheng.ground.network.nearby import EdgeIndex, Flags, Floats, Ints, from_plane, metres_per_unit, to_plane
from shancheng.ground.network.network import Network
from shancheng.ground.network.points import Areas
from shancheng.ground.network.segments import Segments, segments_of
from shancheng.ground.network.snapping import Pace, Snapped, snap
from shancheng.ground.network.streets import Streets, read_streets
from shancheng.ground.network.walkers import GateRule, Walker, WalkTables

Shapes = NDArray[np.object_]
ON_OUTLINE_M = 10.0
"""A gate belongs to an area whose outline is this near: outlines and ways are drawn by different hands."""
COLUMNS = ("id", "name", "lon", "lat", "category", "capacity", "facility")
SNAP_M, SNAP_FAR_M = 8.0, 60.0
"""Gates lie on streets: no street beyond the fence may be taken for one that leads in."""
OFF_GROUND = tuple(number for number, name in enumerate(STRUCTURES) if name in ("bridge", "tunnel"))


@dataclass(frozen=True)
class Unentered:
    """An area that no walker of a kind can be led into."""

    area: int
    id: str
    lon: float
    lat: float
    closed: int
    """Gates it has that are not open to the walker."""

    def __str__(self) -> str:
        where = f"'{self.id}' at {self.lon:.6f}, {self.lat:.6f}"
        several = "its gate is closed" if self.closed == 1 else f"its {self.closed} gates are closed"
        gates = f"{several} to this walker" if self.closed else "it has no gate"
        return f"{where}: {gates}, and no street crosses its outline; map its gates, it is out of reach until then."


@dataclass(frozen=True)
class Gates:
    """Where areas are entered; an area may have many, or none."""

    ids: tuple[str, ...]
    """(g,) the area's id and the number of the gate."""
    area: Ints
    """(g,) position of the area."""
    lon: Floats
    lat: Floats
    """(g,) WGS-84."""
    mapped: Flags
    """(g,) whether it is a gate, not a street that crosses the outline."""
    unentered: tuple[Unentered, ...]


def gates_of(
    shapes: Shapes,
    ids: Sequence[str],
    streets: Streets,
    segments: Segments,
    found: StreetClass,
    walker: Walker,
    *,
    rules: Sequence[GateRule],
) -> Gates:
    """Gates of areas, polygons shapes[a] in WGS-84 degrees, that are open to a walker, or crossings where it has none.

    `rules` say which nodes are gates; `streets` have been read with their keys too; `found` is what the tags say to
    walkers. An area with an open gate is entered by its gates only. Crossings at closed gates, on bridges and in
    tunnels are none.
    """
    outlines = shapely.boundary(_in_plane(shapes))
    gates, gate_area, is_open = _mapped(outlines, streets, found, walker, rules)
    closed = np.bincount(gate_area[~is_open], minlength=len(shapes))
    has_open = np.bincount(gate_area[is_open], minlength=len(shapes)) > 0
    x, y, crossed = _crossings(outlines, streets, segments, found, walker, gates[~is_open])
    wanted = ~has_open[crossed]
    lon, lat = from_plane(x[wanted], y[wanted])
    area = np.concatenate([gate_area[is_open], crossed[wanted]])
    order = np.argsort(area, kind="stable")
    area = area[order]
    number = np.arange(len(area)) - np.searchsorted(area, area) + 1
    return Gates(
        tuple(f"{ids[a]}, entrance {n}" for a, n in zip(area.tolist(), number.tolist(), strict=True)),
        area,
        np.concatenate([streets.lon[gates[is_open]], lon])[order],
        np.concatenate([streets.lat[gates[is_open]], lat])[order],
        (np.arange(len(area)) < is_open.sum())[order],
        _unentered(shapes, ids, area, closed),
    )


def snap_gates(network: Network, walker: Pace, gates: Gates, *, index: EdgeIndex | None = None) -> Snapped:
    """Gates on the network: on the streets they are part of, since what is nearest may lie beyond the fence."""
    return snap(network, walker, gates.lon, gates.lat, ids=gates.ids, near_m=SNAP_M, far_m=SNAP_FAR_M, index=index)


def gates_in(streets: Path, areas: Areas, tables: WalkTables, walker: str) -> Gates:
    """`gates_of` areas from an extract, for one of the tables' walkers. Raises ExtractError."""
    read = read_streets(streets, keys=tables.keys | tables.gate_keys, chosen_by=tables.way_keys)
    found, who = classes(read, tables), tables.walkers[walker]
    return gates_of(areas.shapes, areas.ids, read, segments_of(read), found, who, rules=tables.gates)


def write_gates(path: Path, areas: Areas, gates: Gates) -> None:
    """Entrances of areas as facilities in CSV, which `read_facilities` takes: the gates of an area are one facility."""
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(COLUMNS)
        for gate, area in enumerate(gates.area.tolist()):
            capacity = "" if np.isnan(areas.capacity[area]) else f"{areas.capacity[area]:g}"
            place = f"{gates.lon[gate]:.7f}", f"{gates.lat[gate]:.7f}"
            category = areas.categories[areas.category[area]]
            writer.writerow((gates.ids[gate], areas.names[area], *place, category, capacity, areas.ids[area]))


def _in_plane(shapes: Shapes) -> Shapes:
    moved: Shapes = shapely.transform(shapes, to_plane, interleaved=False)
    return moved


def _mapped(
    outlines: Shapes, streets: Streets, found: StreetClass, walker: Walker, rules: Sequence[GateRule]
) -> tuple[Ints, Ints, Flags]:
    """Nodes that are gates on an outline, the area of each, and whether it is open to the walker."""
    gate_set = np.array([any(_is_gate(rule, tags) for rule in rules) for tags in streets.tag_sets], np.bool_)
    nodes = np.flatnonzero(gate_set[streets.node_tags])
    points = shapely.points(*to_plane(streets.lon[nodes], streets.lat[nodes]))
    near = ON_OUTLINE_M / metres_per_unit(streets.lat[nodes])
    which, area = shapely.STRtree(outlines).query(points, predicate="dwithin", distance=near)
    is_open = _open(found.node_answers, walker)[streets.node_tags[nodes[which]]]
    return nodes[which], area, is_open


def _is_gate(rule: GateRule, tags: Tags) -> bool:
    return holds(rule.when, tags) and not any(holds({key: values}, tags) for key, values in rule.unless.items())


def _open(answers: Mapping[str, NDArray[np.int8]], walker: Walker) -> Flags:
    worst = np.min([answers[need] for need in walker.needs], axis=0)
    return np.asarray((worst == YES) | ((worst != NO) & (walker.unknown == "take")))


def _crossings(
    outlines: Shapes, streets: Streets, segments: Segments, found: StreetClass, walker: Walker, closed: Ints
) -> tuple[Floats, Floats, Ints]:
    """Where open segments on the ground meet an outline, in the plane, and the area of each; not at closed gates."""
    ways = _open(found.answers, walker) & ~np.isin(found.structure, OFF_GROUND)
    kept = ways[streets.way_tags[segments.way]] & ~np.isin(segments.tail, closed) & ~np.isin(segments.head, closed)
    tail, head = segments.tail[kept], segments.head[kept]
    x, y = to_plane(streets.lon, streets.lat)
    lines = shapely.linestrings(np.stack([x[tail], x[head]], axis=1), np.stack([y[tail], y[head]], axis=1))
    line, area = shapely.STRtree(outlines).query(lines, predicate="intersects")
    meets, which = shapely.get_coordinates(shapely.intersection(lines[line], outlines[area]), return_index=True)
    spots = np.unique(np.column_stack([area[which], meets]), axis=0)
    return spots[:, 1], spots[:, 2], spots[:, 0].astype(np.int64)


def _unentered(shapes: Shapes, ids: Sequence[str], area: Ints, closed: Ints) -> tuple[Unentered, ...]:
    without = np.setdiff1d(np.arange(len(shapes)), area)
    places = shapely.get_coordinates(shapely.point_on_surface(shapes[without])).tolist()
    return tuple(
        Unentered(number, ids[number], lon, lat, int(closed[number]))
        for number, (lon, lat) in zip(without.tolist(), places, strict=True)
    )
