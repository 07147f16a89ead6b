"""What shapes can have wrong with them: alone, beside each other, under their parents, and as a whole layer."""

import datetime as dt
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray

from shancheng.ground.datum import DatumFinding, detect_datum, detect_each
from shancheng.ground.pack import City, Fault, Packs
from shancheng.ground.territory.errors import TerritoryError
from shancheng.ground.territory.geometry import ShapeFile, UnknownSystemError, moved, read_shapes
from shancheng.ground.territory.records import BEGINNING, PlaceVersion
from shancheng.ground.territory.shapes import Shapes

AREA_M2 = 10.0
"""Overlaps, gaps and overhangs up to this are rounding."""
SHARE = 1e-5
"""... and up to this share of the parent's area."""
SLIVER_SHARE = 0.01
SEATS_NEEDED = 8
LAST_DAY = dt.date.max
METRES_PER_DEGREE = 111_195.0
Places = Mapping[int, PlaceVersion]
Polygons = NDArray[np.object_]


@dataclass(frozen=True)
class Layer:
    """The shapes of one level in force at the end, in degrees and on a plane in metres."""

    file: ShapeFile
    ids: NDArray[np.int64]
    degrees: Polygons
    plane: Polygons
    unusable: tuple[int, ...] = ()
    """Places whose shapes in the file could not be measured."""

    @cached_property
    def area(self) -> NDArray[np.float64]:
        """Square metres of each shape."""
        return np.asarray(shapely.area(self.plane))

    @cached_property
    def row(self) -> dict[int, int]:
        """Row of each place."""
        return {int(place): at for at, place in enumerate(self.ids)}

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Index over the shapes on the plane."""
        return shapely.STRtree(self.plane)

    def fault(self, code: str, place: int | str, message: str) -> Fault:
        """An error about one shape."""
        return Fault(code=code, file=self.file.label, record=str(place), field="geometry", message=message)

    def hint(self, code: str, place: int | str, message: str) -> Fault:
        """A warning about one shape."""
        return Fault(
            code=code, file=self.file.label, record=str(place), field="geometry", message=message, severity="warning"
        )


def shape_faults(packs: Packs, versions: Sequence[PlaceVersion]) -> Iterator[Fault]:
    """Every finding about the shapes of packs; files that cannot be read are one finding each."""
    places = {version.id: version for version in versions if version.until is None}
    codes = {version.code: version.id for version in versions if version.code}
    layers, unread = [], set()
    for file in Shapes.of(packs).files:
        yield from _coding(file)
        try:
            layer, faults = _layer(file, packs.city, codes, places)
        except UnknownSystemError as error:
            unread.add(file.layer.level)
            yield Fault(code="unknown-crs", file=file.label, message=str(error))
            continue
        except (TerritoryError, OSError, ValueError, pyogrio.errors.DataSourceError) as error:
            unread.add(file.layer.level)
            yield Fault(code="unreadable", file=file.label, message=f"the shapes cannot be read: {error}")
            continue
        yield from faults
        yield from _alone(layer)
        yield from _together(layer)
        yield from _seats(layer, places)
        layers.append(layer)
    yield from _missing([layer for layer in layers if layer.file.layer.level not in unread], places)
    for layer, below in itertools.product(layers, layers):
        if layer.file.layer.level + 1 == below.file.layer.level:
            yield from _nested(layer, below, places)


def _missing(layers: Sequence[Layer], places: Places) -> Iterator[Fault]:
    """Places that no file of their level shows, where there is a file of their level."""
    told = {place for layer in layers for place in (*layer.row, *layer.unusable)}
    files = {layer.file.layer.level: layer.file for layer in reversed(layers)}
    for place, version in places.items():
        official = version.parent is not None or version.level == 1
        if official and version.level in files and place not in told:
            message = f"{version.name} has no shape in any file of its level."
            file = files[version.level].label
            yield Fault(code="missing-geometry", file=file, record=str(place), message=message)


def _coding(file: ShapeFile) -> Iterator[Fault]:
    if file.path.suffix == ".shp" and not file.path.with_suffix(".cpg").exists():
        message = "the shapefile has no .cpg, so nobody knows how its texts are written; add one: UTF-8 or GB18030."
        yield Fault(code="encoding", file=file.label, message=message, severity="warning")


def _layer(file: ShapeFile, city: City, codes: Mapping[str, int], places: Places) -> tuple[Layer, list[Fault]]:
    """The file's polygons that can be measured, and what is wrong with the rest."""
    if not file.path.exists():
        raise TerritoryError("the file is not there.")
    table = read_shapes(file)
    lookup = Shapes(codes=codes)
    faults: list[Fault] = []
    unusable: list[int] = []
    kept: dict[int, shapely.Geometry] = {}
    for key, shape, since, until in zip(table.keys, table.shapes, table.from_, table.until, strict=True):
        place = lookup.place_of(key)
        if place not in places and not until:
            message = f"there is no place '{key}'."
            faults.append(
                Fault(code="unknown-name", file=file.label, record=str(key), field=file.layer.id, message=message)
            )
        elif (fault := _unusable(file, place, shape)) is not None:
            faults.append(fault)
            unusable.append(place)
        elif (since or BEGINNING) <= LAST_DAY and not until:
            kept[place] = shape
    shapes = np.empty(len(kept), object)
    shapes[:] = list(kept.values())
    return Layer(file, np.array(list(kept), np.int64), shapes, _on_plane(shapes, city), tuple(unusable)), faults


def _unusable(file: ShapeFile, place: int, shape: shapely.Geometry | None) -> Fault | None:
    if shape is None or shape.is_empty:
        return Fault(code="missing-geometry", file=file.label, record=str(place), message="its shape is empty.")
    reason = shapely.is_valid_reason(shape)
    if shape.geom_type not in ("Polygon", "MultiPolygon"):
        reason = f"it is a {shape.geom_type}, not an area"
    if reason == "Valid Geometry":
        return None
    return Fault(code="invalid-geometry", file=file.label, record=str(place), field="geometry", message=f"{reason}.")


def _on_plane(shapes: Polygons, city: City) -> Polygons:
    """Metres by one scale for all: unlike a map projection it keeps straight lines straight, so that the border of a
    parent with few vertices still lies on those of its children. Areas are some per cent off at a large city's ends."""
    middle = city.centre[1] if city.centre else float(shapely.total_bounds(shapes)[1::2].mean()) if len(shapes) else 0.0
    across = math.cos(math.radians(middle)) * METRES_PER_DEGREE
    return moved(shapes, lambda lon, lat: (lon * across, lat * METRES_PER_DEGREE))


def _alone(layer: Layer) -> Iterator[Fault]:
    """Slivers, and shapes in several parts; both may be meant."""
    usual = float(np.median(layer.area)) if len(layer.ids) else 0.0
    for at in np.flatnonzero(layer.area < SLIVER_SHARE * usual):
        share = layer.area[at] / usual
        yield layer.hint("sliver", int(layer.ids[at]), f"it has {share:.2%} of the usual area of its level.")
    for at in np.flatnonzero(shapely.get_num_geometries(layer.plane) > 1):
        for part, neighbour in _parts_elsewhere(layer, int(at)):
            message = f"a part of it, {part.area:,.0f} m2, lies apart and against {neighbour}."
            yield layer.hint("multipart", int(layer.ids[at]), message)


def _parts_elsewhere(layer: Layer, at: int) -> Iterator[tuple[shapely.Polygon, int]]:
    """Parts whose outline runs along another place for the most; islands and bits of shore are left alone."""
    parts = sorted(shapely.get_parts(layer.plane[at]), key=lambda part: part.area)
    for part in parts[:-1]:
        beside = [int(other) for other in layer.tree.query(part, predicate="intersects") if other != at]
        along = shapely.length(shapely.intersection(part.boundary, layer.plane[beside])) if beside else np.zeros(1)
        if along.sum() > part.length / 2:
            yield part, int(layer.ids[beside[int(along.argmax())]])


def _together(layer: Layer) -> Iterator[Fault]:
    """Overlaps between places of a level; holes between them, where no parent's shape says what should be filled."""
    if len(layer.ids) and not shapely.coverage_is_valid(layer.degrees):
        yield from _overlaps(layer)
    for hole in _holes(layer):
        where = shapely.point_on_surface(hole)
        message = f"{shapely.area(hole):,.0f} m2 between the shapes belong to nobody."
        near = int(layer.ids[layer.tree.nearest(where)])
        yield layer.fault("gap", near, message)


def _overlaps(layer: Layer) -> Iterator[Fault]:
    one, other = layer.tree.query(layer.plane, predicate="intersects")
    one, other = one[one < other], other[one < other]
    shared = shapely.area(shapely.intersection(layer.plane[one], layer.plane[other]))
    for at in np.flatnonzero(shared > AREA_M2):
        message = f"it and {layer.ids[other[at]]} both claim {shared[at]:,.0f} m2."
        yield layer.fault("overlap", int(layer.ids[one[at]]), message)


def _holes(layer: Layer) -> list[shapely.Geometry]:
    union = shapely.union_all(layer.plane)
    rings = [shapely.polygons(ring) for part in shapely.get_parts(union) for ring in shapely.get_rings(part)[1:]]
    return [hole for hole in rings if hole.area > AREA_M2]


def _seats(layer: Layer, places: Places) -> Iterator[Fault]:
    """Seats outside their own shape; and where most agree on a shift, the datum that explains it."""
    seated = [place for place in layer.row if places[place].lon is not None and places[place].lat is not None]
    seats = np.array([(places[place].lon, places[place].lat) for place in seated], float).reshape(-1, 2)
    rows = [layer.row[place] for place in seated]
    inside = shapely.intersects_xy(layer.degrees[rows], seats[:, 0], seats[:, 1])
    for place in np.array(seated)[~inside]:
        name = places[int(place)].name
        yield layer.fault("seat-outside", int(place), f"the seat of {name} lies outside its shape.")
    if len(seated) >= SEATS_NEEDED:
        yield from _shifted(layer, detect_datum(_centres(layer.degrees[rows]), seats), "the seats")


def _nested(layer: Layer, below: Layer, places: Places) -> Iterator[Fault]:
    """Children that stick out, land no child covers, and layers or single places shifted against each other."""
    children: dict[int, list[int]] = {}
    for place, row in below.row.items():
        parent = places[place].parent
        if parent is not None and parent in layer.row:
            children.setdefault(parent, []).append(row)
    whole = {parent: rows for parent, rows in children.items() if _all_there(parent, rows, below, places)}
    shifted = list(_shifts(layer, below, whole))
    yield from shifted
    if not shifted:
        for parent, rows in sorted(children.items()):
            yield from _fit(layer, below, parent, rows, complete=parent in whole)


def _all_there(parent: int, rows: Sequence[int], below: Layer, places: Places) -> bool:
    return len(rows) == sum(
        1 for version in places.values() if version.parent == parent and version.level == below.file.layer.level
    )


def _fit(layer: Layer, below: Layer, parent: int, rows: Sequence[int], *, complete: bool) -> Iterator[Fault]:
    own = layer.plane[layer.row[parent]]
    bound = max(AREA_M2, SHARE * own.area)
    out = shapely.area(shapely.difference(below.plane[rows], own))
    for row in np.flatnonzero(out > bound):
        message = f"{out[row]:,.0f} m2 of it lie outside its parent {parent}."
        yield below.fault("child-outside-parent", int(below.ids[rows[int(row)]]), message)
    left = shapely.area(shapely.difference(own, shapely.union_all(below.plane[rows])))
    if complete and left > bound:
        yield layer.fault("gap", parent, f"{left:,.0f} m2 of it belong to none of its children.")


def _shifts(layer: Layer, below: Layer, children: Mapping[int, Sequence[int]]) -> Iterator[Fault]:
    """Compare where each parent lies with where its children lie."""
    parents = [parent for parent in children if _alike(layer, below, parent, children[parent])]
    if not parents:
        return
    own = _centres(layer.degrees[[layer.row[parent] for parent in parents]])
    theirs = np.array([_centre_of(below, children[parent]) for parent in parents])
    as_parent, as_children = detect_datum(own, theirs), detect_datum(theirs, own)
    named = [
        (which, finding)
        for which, finding in ((layer, as_parent), (below, as_children))
        if finding.verdict in ("gcj02", "bd09", "gcj02-twice")
    ]
    if named:
        other = below if named[0][0] is layer else layer
        yield from _shifted(named[0][0], named[0][1], f"the shapes in {other.file.label}")
        return
    for parent, finding in zip(parents, detect_each(own, theirs), strict=True):
        if finding.is_shifted:
            yield layer.fault("datum-shift", parent, f"against its children: {finding}")


def _alike(layer: Layer, below: Layer, parent: int, rows: Sequence[int]) -> bool:
    """Whether the children are about as large as their parent, so that their centres can be compared."""
    return math.isclose(layer.area[layer.row[parent]], float(below.area[rows].sum()), rel_tol=0.02)


def _centre_of(layer: Layer, rows: Sequence[int]) -> NDArray[np.float64]:
    return np.average(_centres(layer.degrees[rows]), axis=0, weights=layer.area[rows])


def _centres(shapes: Polygons) -> NDArray[np.float64]:
    return np.asarray(shapely.get_coordinates(shapely.centroid(shapes)))


def _shifted(layer: Layer, finding: DatumFinding, against: str) -> Iterator[Fault]:
    if finding.is_shifted:
        message = f"the layer is shifted against {against}. {finding} Name its datum in city.toml, geometry."
        yield Fault(code="datum-shift", file=layer.file.label, message=message)
