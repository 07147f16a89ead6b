"""Homes, facilities and areas from files, read strictly: what is wrong is refused by line, nothing is lost unsaid."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from shancheng.ground.datum import DatumError, to_wgs84
from shancheng.ground.network.findings import Finding
from shancheng.ground.network.layer import Cells, Layer, LayerError, Shapes, read_layer
from shancheng.ground.pack.fault import nearest

Floats = NDArray[np.float64]
Shorts = NDArray[np.int32]
GROUP = "people_"
"""Columns with this beginning are groups of people: people_older, people_child."""


@dataclass(frozen=True)
class Refused:
    """A row that was not taken, and every reason."""

    line: int
    id: str
    reasons: tuple[str, ...]

    @property
    def reason(self) -> str:
        """All reasons in one sentence."""
        return "; ".join(self.reasons)


@dataclass(frozen=True)
class Report:
    """What became of every row of a file."""

    file: str
    word: str
    rows: int
    kept: int
    refused: tuple[Refused, ...]
    """`rows` is always `kept` and these together."""
    findings: tuple[Finding, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """One sentence for each refused row and each finding."""
        rows = (f"{self.file}, {self.word} {row.line}, '{row.id}': {_ended(row.reason)}" for row in self.refused)
        return (*rows, *map(str, self.findings))


@dataclass(frozen=True)
class Homes:
    """Where people live."""

    ids: tuple[str, ...]
    lon: Floats
    lat: Floats
    """(h,) WGS-84."""
    people: Floats
    groups: Mapping[str, Floats]
    """(h,) people of each group; a group is part of all people."""
    places: tuple[str, ...]
    """(h,) what the column `place` says: the id of the grid, say; empty where it says nothing."""
    report: Report


@dataclass(frozen=True)
class Facilities:
    """What people walk to; a facility with several services has a row for each."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    lon: Floats
    lat: Floats
    """(f,) WGS-84."""
    category: Shorts
    """(f,) position in `categories`."""
    categories: tuple[str, ...]
    capacity: Floats
    """(f,) NaN where not stated."""
    facility: Shorts
    """(f,) the first of the rows that are one facility, as the gates of a park are; its own where nothing is said."""
    report: Report


@dataclass(frozen=True)
class Areas:
    """Facilities that are areas: parks, campuses, hospitals; they are entered by gates."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    shapes: Shapes
    """(a,) polygons, WGS-84."""
    category: Shorts
    categories: tuple[str, ...]
    capacity: Floats
    report: Report


def read_homes(path: Path, *, datum: str = "wgs84") -> Homes:
    """Homes with `id`, `lon` and `lat` (or a point as geometry), `people`, groups in columns `people_...`, `place`.

    A column `datum` (wgs84, gcj02, bd09) states the datum of each row, `datum` that of the others. Rows that cannot be
    taken are in the report. Raises LayerError for a file that cannot be read or lacks a column.
    """
    layer = read_layer(path)
    need(layer, ("id", "people"))
    groups = [name for name in layer.columns if name.startswith(GROUP) and name != GROUP]
    rows = Rows(layer, datum)
    lon, lat = rows.positions()
    people = rows.amounts("people")
    parts = {name: rows.amounts(name, default=0.0) for name in groups}
    for name, values in parts.items():
        for row in np.flatnonzero(values > np.maximum(people, 0)).tolist():
            rows.refuse(row, f"{name} {values[row]:g} is more than the {people[row]:g} people")
    rows.refuse_twice(rows.ids)
    kept = rows.kept()
    ids, places = (tuple(values[row] for row in kept) for values in (rows.ids, rows.texts("place")))
    own = {name.removeprefix(GROUP): values[kept] for name, values in parts.items()}
    report = rows.report(unread(layer, {"id", "people", "lon", "lat", "datum", "place", *groups}))
    return Homes(ids, lon[kept], lat[kept], people[kept], own, places, report)


def read_facilities(path: Path, *, datum: str = "wgs84", categories: Sequence[str] = ()) -> Facilities:
    """Facilities with `id`, `lon` and `lat` (or a point as geometry), `category`, and `capacity` and `name` if known.

    Rows with the same word in a column `facility` are entrances of one facility, as `write_gates` has it. Where
    `categories` are given, their order is kept, another one is refused with the nearest name, and one without any
    facility is named in the report; otherwise they are those of the file in order of the alphabet. Datum and errors as
    in `read_homes`.
    """
    layer = read_layer(path)
    rows, names, category, capacity = _services(layer, datum, categories)
    lon, lat = rows.positions()
    rows.refuse_twice([f"{one}\t{kind}" for one, kind in zip(rows.ids, category, strict=True)])
    kept = rows.kept()
    known, number = _numbered([category[row] for row in kept], categories)
    read = {*SERVICE_COLUMNS, "lon", "lat", "datum", "facility"}
    found = [*_empty(known, number, layer.file), *unread(layer, read)]
    ids, called = (tuple(values[row] for row in kept) for values in (rows.ids, names))
    words = rows.texts("facility")
    one = _first_of_each([words[row] for row in kept])
    return Facilities(ids, called, lon[kept], lat[kept], number, known, capacity[kept], one, rows.report(found))


def read_areas(path: Path, *, categories: Sequence[str] = ()) -> Areas:
    """Facilities that are areas: polygons with `id`, `category`, and `capacity` and `name` if known.

    A point among them is refused, as is an outline that crosses itself. Errors as in `read_facilities`.
    """
    layer = read_layer(path)
    if layer.shapes is None:
        raise LayerError(f"{layer.file} holds no geometry; areas need outlines: GeoPackage, GeoJSON or GeoParquet.")
    rows, names, category, capacity = _services(layer, "wgs84", categories)
    rows.refuse_outlines()
    rows.refuse_twice([f"{one}\t{kind}" for one, kind in zip(rows.ids, category, strict=True)])
    kept = rows.kept()
    known, number = _numbered([category[row] for row in kept], categories)
    found = [*_empty(known, number, layer.file), *unread(layer, {*SERVICE_COLUMNS, "datum"})]
    ids, called = (tuple(values[row] for row in kept) for values in (rows.ids, names))
    return Areas(ids, called, layer.shapes[kept], number, known, capacity[kept], rows.report(found))


SERVICE_COLUMNS = ("id", "name", "category", "capacity")
Services = tuple["Rows", list[str], list[str], Floats]


def _services(layer: Layer, datum: str, categories: Sequence[str]) -> Services:
    """What facilities of both forms have: names, categories and capacities, with the rows that are wrong refused."""
    need(layer, ("id", "category"))
    rows = Rows(layer, datum)
    category, names = rows.texts("category"), rows.texts("name")
    for row, kind in enumerate(category):
        if not kind:
            rows.refuse(row, "the category is empty")
        elif categories and kind not in categories:
            near = nearest(kind, categories)
            hint = f", did you mean '{near}'?" if near else ""
            rows.refuse(row, f"there is no category '{kind}'{hint}")
    return rows, names, category, rows.amounts("capacity", default=math.nan)


class Rows:
    """The rows of a layer while they are judged: which are refused, and why."""

    def __init__(self, layer: Layer, datum: str) -> None:
        self._layer, self._datum = layer, datum
        self._reasons: dict[int, list[str]] = {row: [reason] for row, reason in layer.damaged.items()}
        self.ids = self.texts("id")
        for row, one in enumerate(self.ids):
            if not one:
                self.refuse(row, "the id is empty")

    def refuse(self, row: int, reason: str) -> None:
        """Do not take a row; it may have several reasons."""
        if row in self._layer.damaged:
            return
        self._reasons.setdefault(row, []).append(reason)

    def refuse_twice(self, keys: Sequence[str]) -> None:
        """Refuse rows whose key an earlier row has that was not refused itself."""
        first: dict[str, int] = {}
        for row, key in enumerate(keys):
            earlier = first.get(key)
            if earlier is not None:
                line = self._layer.lines[earlier]
                self.refuse(row, f"the id '{self.ids[row]}' stands already in {self._layer.word} {line}")
            elif row not in self._reasons:
                first[key] = row

    def refuse_outlines(self) -> None:
        """Refuse rows that are no areas."""
        assert self._layer.shapes is not None
        for row, shape in enumerate(self._layer.shapes):
            if shape is None or shape.is_empty:
                self.refuse(row, "it has no outline")
            elif shape.geom_type not in ("Polygon", "MultiPolygon"):
                self.refuse(row, f"it is a {shape.geom_type.lower()} and not an area; read it as a facility")
            elif not shape.is_valid:
                self.refuse(row, f"its outline is broken ({shapely.is_valid_reason(shape)})")

    def kept(self) -> list[int]:
        """Rows that nothing is wrong with."""
        return [row for row in range(len(self.ids)) if row not in self._reasons]

    def report(self, findings: Sequence[Finding]) -> Report:
        """What became of every row."""
        lines = self._layer.lines
        refused = tuple(
            Refused(lines[row], _shown(self.ids[row]), tuple(self._reasons[row])) for row in sorted(self._reasons)
        )
        kept = len(self.ids) - len(refused)
        return Report(self._layer.file, self._layer.word, len(self.ids), kept, refused, tuple(findings))

    def texts(self, name: str) -> list[str]:
        """A column as texts without spaces around, empty where there is nothing or no such column."""
        cells = self._layer.columns.get(name, [None] * len(self._layer.lines))
        return ["" if _is_nothing(cell) else str(cell).strip() for cell in cells]

    def amounts(self, name: str, default: float | None = None) -> Floats:
        """A column of numbers of 0 or more; an empty cell is the default, or refused where there is none."""
        cells = self._layer.columns.get(name, [None] * len(self._layer.lines))
        found = self._numbers(name, cells, default)
        for row in np.flatnonzero(found < 0).tolist():
            self.refuse(row, f"{name} is {found[row]:g}; it cannot be less than 0")
        return found

    def positions(self, east: str = "lon", north: str = "lat") -> tuple[Floats, Floats]:
        """Longitude and latitude in WGS-84, from their columns or from points; NaN in refused rows."""
        if self._layer.shapes is not None and not {east, north} <= set(self._layer.columns):
            lon, lat = self._points(self._layer.shapes)
        else:
            need(self._layer, (east, north))
            lon, lat = (self._numbers(name, self._layer.columns[name], None) for name in (east, north))
        for row in np.flatnonzero((np.abs(lon) > 180) | (np.abs(lat) > 90)).tolist():
            self.refuse(
                row, f"{lon[row]:g}, {lat[row]:g} is no longitude and latitude in degrees{_hint(lon[row], lat[row])}"
            )
        return self._converted(lon, lat)

    def _points(self, shapes: Shapes) -> tuple[Floats, Floats]:
        lon, lat = np.full(len(shapes), np.nan), np.full(len(shapes), np.nan)
        points = (shapely.get_type_id(shapes) == 0) & ~shapely.is_empty(shapes)
        lon[points], lat[points] = shapely.get_x(shapes[points]), shapely.get_y(shapes[points])
        for row in np.flatnonzero(~points).tolist():
            if shapes[row] is None or shapes[row].is_empty:
                self.refuse(row, "it has no position")
            else:
                kind = shapes[row].geom_type.lower()
                self.refuse(row, f"it is a {kind} and not a point; areas are read apart and entered by their gates")
        return lon, lat

    def _converted(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        datums = np.array([own.lower() or self._datum for own in self.texts("datum")])
        for datum in np.unique(datums).tolist():
            mine = datums == datum
            try:
                lon[mine], lat[mine] = to_wgs84(lon[mine], lat[mine], datum)
            except DatumError as error:
                for row in np.flatnonzero(mine).tolist():
                    self.refuse(row, str(error).rstrip("."))
        return lon, lat

    def _numbers(self, name: str, cells: Cells, default: float | None) -> Floats:
        try:
            found = np.array(cells, np.float64)
            if np.isfinite(found).all():
                return found
        except (TypeError, ValueError):
            pass
        return np.array([self._number(row, name, cell, default) for row, cell in enumerate(cells)], np.float64)

    def _number(self, row: int, name: str, cell: object, default: float | None) -> float:
        if _is_nothing(cell):
            if default is None:
                self.refuse(row, f"{name} is empty")
            return math.nan if default is None else default
        try:
            found = float(str(cell))
        except ValueError:
            found = math.nan
        if not math.isfinite(found):
            self.refuse(row, f"{name} '{str(cell)[:40]}' is not a number")
        return found


def _shown(one: str) -> str:
    return (one.splitlines() or [""])[0][:40]


def _ended(reason: str) -> str:
    return reason if reason.endswith("?") else f"{reason}."


def _is_nothing(cell: object) -> bool:
    return cell is None or cell == "" or (isinstance(cell, float) and math.isnan(cell)) or not str(cell).strip()


def _hint(lon: float, lat: float) -> str:
    if abs(lon) <= 90 and abs(lat) <= 180:
        return "; are the two swapped?"
    return "; are these metres of a projection?" if max(abs(lon), abs(lat)) > 360 else ""


def need(layer: Layer, wanted: Sequence[str]) -> None:
    """Raise LayerError with the nearest name where a layer lacks a column."""
    missing = [name for name in wanted if name not in layer.columns]
    if not missing:
        return
    near = nearest(missing[0], [name for name in layer.columns if name not in wanted])
    hint = f" Is it '{near}'? Rename it." if near else ""
    has = ", ".join(layer.columns) or "none"
    raise LayerError(f"{layer.file} has no column {' and no column '.join(missing)}; its columns are {has}.{hint}")


def _numbered(names: Sequence[str], categories: Sequence[str]) -> tuple[tuple[str, ...], Shorts]:
    known = tuple(categories) or tuple(sorted(set(names)))
    position = {name: number for number, name in enumerate(known)}
    return known, np.array([position[name] for name in names], np.int32)


def _first_of_each(words: Sequence[str]) -> Shorts:
    """For each row the first one with its word, or itself where it has none."""
    first: dict[str, int] = {}
    return np.array([first.setdefault(word, row) if word else row for row, word in enumerate(words)], np.int32)


def _empty(known: Sequence[str], number: Shorts, file: str) -> list[Finding]:
    empty = [name for at, name in enumerate(known) if not (number == at).any()]
    if not empty:
        return []
    sentence = f"{file} has no facility of {', '.join(empty)}: nobody is near one, so check that the list is whole."
    return [Finding("empty-category", len(empty), sentence)]


def unread(layer: Layer, read: Collection[str]) -> list[Finding]:
    """A finding that names the columns nobody reads, if there are any."""
    other = [name for name in layer.columns if name and name not in read]
    if not other:
        return []
    return [Finding("unread-columns", len(other), f"{layer.file}: the columns {', '.join(other)} are not read.")]
