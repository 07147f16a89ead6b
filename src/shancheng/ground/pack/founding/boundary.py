"""Reads a file of boundaries of any make: columns, shapes in longitude and latitude, and what it leaves unsaid."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pyogrio.errors
import pyproj
import pyproj.exceptions
import shapely
from numpy.typing import NDArray

from shancheng.ground.pack.fault import Fault, PackError

Shapes = NDArray[np.object_]
CODINGS = ("utf-8", "gb18030", "cp1252")
DEGREES_AT_MOST = (180.0, 90.0)


@dataclass
class Boundary:
    """One file: columns of equal length, a shape for each row, and findings."""

    file: str
    columns: dict[str, list[Any]]
    shapes: Shapes
    system: str = ""
    """Coordinate reference system as the file states it; empty when it does not."""
    faults: list[Fault] = field(default_factory=list)

    def find(
        self, code: str, message: str, *, row: str = "", severity: Literal["error", "warning"] = "warning"
    ) -> None:
        """Note a finding about this file."""
        self.faults.append(Fault(code=code, file=self.file, record=row, message=message, severity=severity))


def read_boundary(path: Path, *, crs: str = "", encoding: str = "") -> Boundary:
    """The file with valid polygons in WGS-84 degrees (or in its datum's). Raises PackError where that cannot be."""
    if not path.is_file():
        _refuse(path, "missing-file", f"there is no file {path}.")
    try:
        boundary = _parquet(path) if path.suffix == ".parquet" else _ogr(path, encoding)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pa.ArrowInvalid, UnicodeError) as error:
        _refuse(path, "broken-file", f"it cannot be read: {error}")
    _leave_out_empty(boundary)
    boundary.shapes = _in_degrees(boundary, crs or boundary.system)
    boundary.shapes = _mended(boundary)
    return boundary


def write_shapes(path: Path, ids: list[int], shapes: Shapes, *, origin: str, source: str) -> None:
    """A GeoParquet file of one level: place id, shape in longitude and latitude, and where it comes from."""
    columns = {
        "id": pa.array(ids, pa.int64()),
        "geometry": pa.array(shapely.to_wkb(shapes), pa.binary()),
        "origin": pa.array([origin] * len(ids)),
        "source": pa.array([source] * len(ids)),
    }
    system = pyproj.CRS("OGC:CRS84").to_json_dict()
    kinds = sorted({shape.geom_type for shape in shapes})
    about = {"encoding": "WKB", "geometry_types": kinds, "crs": system, "bbox": shapely.total_bounds(shapes).tolist()}
    meta = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": about}}
    table = pa.table(columns).replace_schema_metadata({"geo": json.dumps(meta)})
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd")


def _refuse(path: Path, code: str, message: str) -> None:
    raise PackError([Fault(code=code, file=path.name, message=message)])


def _parquet(path: Path) -> Boundary:
    table = pq.read_table(path)
    geo = json.loads((table.schema.metadata or {}).get(b"geo", b"{}"))
    column = geo.get("primary_column", "geometry")
    if column not in table.column_names:
        _refuse(path, "missing-column", f"there is no column of shapes; it has {', '.join(table.column_names)}.")
    about = geo.get("columns", {}).get(column, {})
    stated = about.get("crs", "OGC:CRS84" if geo else None)
    system = pyproj.CRS.from_user_input(stated).to_string() if stated else ""
    names = [name for name in table.column_names if name != column and not name.startswith("__index_level")]
    shapes = shapely.from_wkb(table.column(column).to_numpy(zero_copy_only=False))
    return Boundary(path.name, {name: table.column(name).to_pylist() for name in names}, shapes, system)


def _ogr(path: Path, encoding: str) -> Boundary:
    coding, findings = (encoding, []) if path.suffix.lower() != ".shp" else _coding(path, encoding)
    meta, _, shapes, columns = pyogrio.raw.read(path, encoding=coding or None)
    if shapes is None:
        _refuse(path, "wrong-geometry", "the file has no shapes.")
    named = {str(name): column.tolist() for name, column in zip(meta["fields"], columns, strict=True)}
    return Boundary(path.name, named, shapely.from_wkb(shapes), meta["crs"] or "", findings)


def _coding(path: Path, encoding: str) -> tuple[str, list[Fault]]:
    """The coding of a shapefile's texts; a finding where only its bytes tell."""
    if encoding or path.with_suffix(".cpg").is_file():
        return encoding, []
    table = path.with_suffix(".dbf")
    content = table.read_bytes()[32:] if table.is_file() else b""
    coding = "utf-8" if content.isascii() else _first_that_reads(content)
    how = (
        "all its texts are plain ASCII" if content.isascii() else f"its texts were read as {coding}; look at the names"
    )
    message = f"there is no .cpg that says how texts are encoded; {how}. --encoding says it."
    return coding, [Fault(code="encoding", file=path.name, message=message, severity="warning")]


def _first_that_reads(content: bytes) -> str:
    for coding in CODINGS:
        try:
            content.decode(coding)
        except UnicodeDecodeError:
            continue
        return coding
    return "iso-8859-1"


def _leave_out_empty(boundary: Boundary) -> None:
    missing = shapely.is_missing(boundary.shapes) | shapely.is_empty(boundary.shapes)
    flat = np.isin(shapely.get_type_id(boundary.shapes), (3, 6)) | missing
    for row in np.flatnonzero(missing):
        boundary.find("missing-geometry", "the row has no shape; it was left out.", row=f"row {row + 1}")
    for row in np.flatnonzero(~flat):
        kind = boundary.shapes[row].geom_type
        boundary.find("wrong-geometry", f"the row is a {kind}, not an area; it was left out.", row=f"row {row + 1}")
    kept = flat & ~missing
    boundary.columns = {
        name: [value for value, keep in zip(column, kept, strict=True) if keep]
        for name, column in boundary.columns.items()
    }
    boundary.shapes = boundary.shapes[kept]
    if not len(boundary.shapes):
        message = "there is not one area in the file."
        raise PackError([*boundary.faults, Fault(code="wrong-geometry", file=boundary.file, message=message)])


def _in_degrees(boundary: Boundary, system: str) -> Shapes:
    bounds = np.abs(shapely.total_bounds(boundary.shapes).reshape(2, 2)).max(axis=0)
    if not system:
        if (bounds > DEGREES_AT_MOST).any():
            message = (
                f"nothing says its coordinate system (no .prj), and coordinates up to {bounds.max():,.0f} "
                "are no degrees; ask who published it, and say it with --crs, for example --crs EPSG:3435."
            )
            raise PackError([*boundary.faults, Fault(code="unknown-crs", file=boundary.file, message=message)])
        boundary.find("unknown-crs", "nothing says its coordinate system; taken as degrees. --crs says it.")
        return boundary.shapes
    try:
        turn = pyproj.Transformer.from_crs(system, "OGC:CRS84", always_xy=True)
    except pyproj.exceptions.CRSError:
        message = f"there is no coordinate system named '{system}'; write it as EPSG:4326."
        raise PackError([Fault(code="unknown-crs", file=boundary.file, message=message)]) from None
    moved: Shapes = shapely.transform(boundary.shapes, turn.transform, interleaved=False)
    return moved


def _mended(boundary: Boundary) -> Shapes:
    shapes: Shapes = shapely.force_2d(boundary.shapes)
    for row in np.flatnonzero(~shapely.is_valid(shapes)):
        why = shapely.is_valid_reason(shapes[row]).split("[")[0]
        shapes[row] = areas_of(shapely.make_valid(shapes[row]))
        boundary.find("invalid-geometry", f"the shape was not valid ({why}) and was mended.", row=f"row {row + 1}")
    return shapes


def areas_of(shape: Any) -> Any:
    """The areas of a shape, without the lines and points that mending may leave over."""
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    return shapely.union_all([part for part in shapely.get_parts(shape) if part.geom_type.endswith("Polygon")])


def united(shapes: Mapping[Any, list[Any]]) -> dict[Any, Any]:
    """One shape for each group."""
    return {key: areas_of(shapely.union_all(group)) for key, group in shapes.items()}
