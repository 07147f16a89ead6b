"""Files of points and areas as columns: CSV, Parquet, GeoPackage, GeoJSON; only what cannot be read is judged yet."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pyproj
import shapely
from numpy.typing import NDArray

from shancheng.ground.network.errors import NetworkError

Shapes = NDArray[np.object_]
Cells = Sequence[object]
DELIMITERS = ",;\t|"
GEO_SUFFIXES = (".gpkg", ".geojson", ".json", ".shp", ".fgb")


class LayerError(NetworkError):
    """A file of points or areas that cannot be read at all; the sentence says why and what to do."""


@dataclass(frozen=True)
class Layer:
    """One file by column; every column is as long as `lines`."""

    file: str
    lines: Sequence[int]
    """The line of a CSV file, otherwise the row, from 1."""
    word: str
    """`line` or `row`."""
    columns: Mapping[str, Cells]
    shapes: Shapes | None = None
    """Geometries in WGS-84 longitude and latitude, None where there is none; no array where the file holds none."""
    damaged: Mapping[int, str] = field(default_factory=dict)
    """Why a row could not be taken apart, by position."""


def read_layer(path: Path) -> Layer:
    """A CSV, Parquet (GeoParquet too), GeoPackage or GeoJSON file, by its ending. Raises LayerError."""
    if not path.is_file():
        raise LayerError(f"There is no file {path}; check the name.")
    ending = path.suffix.lower()
    if ending in (".csv", ".tsv", ".txt"):
        return _csv(path)
    if ending == ".parquet":
        return _parquet(path)
    if ending in GEO_SUFFIXES:
        return _geo(path)
    known = ", ".join((".csv", ".parquet", *GEO_SUFFIXES))
    raise LayerError(f"{path.name}: files that end in '{ending}' are not read; give one of {known}.")


def _csv(path: Path) -> Layer:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise LayerError(f"{path.name}, line {line}: this is not UTF-8; save the file as CSV UTF-8.") from None
    header_line = text.split("\n", 1)[0]
    rows = csv.reader(text.splitlines(keepends=True), delimiter=max(DELIMITERS, key=header_line.count))
    header = [name.strip() for name in next(rows, [])]
    if not any(header):
        raise LayerError(f"{path.name} is empty; its first line has to name the columns.")
    doubled = sorted({name for name in header if name and header.count(name) > 1})
    if doubled:
        raise LayerError(f"{path.name} has the column '{doubled[0]}' twice; rename one of them.")
    lines, cells, damaged = _csv_rows(rows, len(header))
    return Layer(path.name, lines, "line", dict(zip(header, zip(*cells, strict=True), strict=True)) if cells else
                 dict.fromkeys(header, ()), damaged=damaged)  # fmt: skip


def _csv_rows(rows: Any, width: int) -> tuple[list[int], list[list[str]], dict[int, str]]:
    lines: list[int] = []
    cells: list[list[str]] = []
    damaged: dict[int, str] = {}
    while True:
        first = rows.line_num + 1
        try:
            row = next(rows)
        except StopIteration:
            return lines, cells, damaged
        except csv.Error as error:
            row = [str(error)]
        if not row:
            continue
        if len(row) != width:
            until = f", on to line {rows.line_num}" if rows.line_num > first else ""
            damaged[len(lines)] = f"{len(row)} cells{until} where the header has {width}: a quote or comma is missing"
        lines.append(first)
        cells.append((row + [""] * width)[:width])


def _parquet(path: Path) -> Layer:
    try:
        table = pq.read_table(path)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise LayerError(f"{path.name} cannot be read as Parquet ({_first_line(error)}); write it again.") from None
    geo = json.loads((table.schema.metadata or {}).get(b"geo", b"{}"))
    primary = geo.get("primary_column", "geometry")
    shapes = None
    if primary in table.column_names and geo:
        told = geo.get("columns", {}).get(primary, {})
        if told.get("encoding", "WKB") != "WKB":
            raise LayerError(f"{path.name} keeps its geometry as {told['encoding']}; write it as WKB, as is usual.")
        form = told.get("crs", "OGC:CRS84")
        found = shapely.from_wkb(table[primary].to_numpy(zero_copy_only=False), on_invalid="ignore")
        shapes = _degrees(path.name, found, "OGC:CRS84" if form is None else form)
    columns = {name: table[name].to_pylist() for name in table.column_names if shapes is None or name != primary}
    return Layer(path.name, range(1, table.num_rows + 1), "row", columns, shapes)


def _geo(path: Path) -> Layer:
    try:
        layers = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
        if len(layers) > 1:
            raise LayerError(f"{path.name} holds the layers {', '.join(layers)}; give a file with one.")
        meta, _, geometry, fields = pyogrio.raw.read(path)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise LayerError(f"{path.name} cannot be read ({_first_line(error)}); write it again.") from None
    shapes = None
    if geometry is not None:
        shapes = _degrees(path.name, shapely.from_wkb(geometry, on_invalid="ignore"), meta["crs"] or "OGC:CRS84")
    columns = {str(name): values.tolist() for name, values in zip(meta["fields"], fields, strict=True)}
    count = len(shapes) if shapes is not None else len(next(iter(columns.values()), []))
    return Layer(path.name, range(1, count + 1), "row", columns, shapes)


def _degrees(name: str, shapes: Shapes, form: object) -> Shapes:
    """Shapes in WGS-84 longitude and latitude, from whatever reference system the file states."""
    try:
        stated = pyproj.CRS.from_user_input(form)
    except pyproj.exceptions.CRSError:
        raise LayerError(f"{name} states a reference system that is not known; save it in EPSG:4326.") from None
    if stated.is_geographic and stated.to_epsg(min_confidence=20) in (4326, 4979):
        return shapes
    if stated.equals(pyproj.CRS.from_user_input("OGC:CRS84")):
        return shapes
    move = pyproj.Transformer.from_crs(stated, "EPSG:4326", always_xy=True)
    moved: Shapes = shapely.transform(shapes, lambda x, y: move.transform(x, y), interleaved=False)
    return moved


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
