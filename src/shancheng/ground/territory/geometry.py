"""Reads shapes from GeoParquet, GeoPackage, GeoJSON and shapefiles, and turns them to WGS-84."""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pyproj
import shapely
from numpy.typing import NDArray

from shancheng.ground import datum as datums
from shancheng.ground.pack import Layer, Level, Pack
from shancheng.ground.territory.errors import TerritoryError

FORMS = (".parquet", ".gpkg", ".geojson", ".shp")
DEGREES = ("OGC:CRS84", "EPSG:4326", "EPSG:4490", "EPSG:4979")
"""Systems taken as WGS-84 degrees; CGCS2000 (EPSG:4490) agrees with it within a metre."""


class UnknownSystemError(TerritoryError):
    """A file that says nowhere which coordinate reference system it is in."""


@dataclass(frozen=True)
class ShapeFile:
    """A file of shapes of one level, as a pack names it."""

    path: Path
    layer: Layer
    datum: str

    @property
    def label(self) -> str:
        """The file as faults name it: from the pack's folder on."""
        folder = self.path.parent
        depth = len(Path(self.layer.file).parts)
        for _ in range(depth - 1):
            folder = folder.parent
        return f"{folder.name}/{self.layer.file}"


@dataclass(frozen=True)
class ShapeTable:
    """Shapes in WGS-84 degrees with what the file says about each; all columns are of one length."""

    keys: tuple[int | str, ...]
    """Place ids, or codes of the city's scheme."""
    shapes: NDArray[np.object_]
    from_: tuple[dt.date | None, ...]
    until: tuple[dt.date | None, ...]
    origin: tuple[str, ...]
    source: tuple[str, ...]


def shape_files(pack: Pack, levels: Iterable[Level]) -> tuple[ShapeFile, ...]:
    """The files a pack names in `city.toml`, and those in its `geometry` folder that bear a level's key or number."""
    folder, city = pack.folder, pack.city
    named = [ShapeFile(folder / layer.file, layer, layer.datum or city.datum) for layer in city.geometry]
    taken = {file.path for file in named}
    names = {word: level.level for level in levels for word in (level.key, str(level.level))}
    lying = sorted((folder / "geometry").glob("*")) if (folder / "geometry").is_dir() else []
    found = [
        ShapeFile(path, Layer(file=f"geometry/{path.name}", level=names[path.stem]), city.datum)
        for path in lying
        if path.suffix in FORMS and path not in taken and path.stem in names
    ]
    return (*named, *found)


def read_shapes(file: ShapeFile) -> ShapeTable:
    """The whole file in WGS-84; raises UnknownSystemError where neither file nor pack names the coordinate system."""
    table, system = _read_parquet(file.path) if file.path.suffix == ".parquet" else _read_ogr(file.path)
    shapes = shapely.from_wkb(table.column("geometry").to_numpy(zero_copy_only=False))
    shapes = to_degrees(shapes, file.layer.crs or system, file)
    if file.layer.id not in table.column_names:
        raise TerritoryError(
            f"{file.label} has no column '{file.layer.id}' with place ids; it has {', '.join(table.column_names)}. "
            "Name the column in city.toml, geometry, id."
        )
    return ShapeTable(
        keys=tuple(_key(value) for value in table.column(file.layer.id).to_pylist()),
        shapes=to_wgs84(shapes, file.datum),
        from_=_dates(table, "from"),
        until=_dates(table, "until"),
        origin=_words(table, "origin"),
        source=_words(table, "source"),
    )


def to_degrees(shapes: NDArray[np.object_], system: str, file: ShapeFile) -> NDArray[np.object_]:
    """Shapes in longitude and latitude degrees."""
    if not system:
        raise UnknownSystemError(
            f"{file.label} does not say its coordinate reference system. Add the .prj, or name it in city.toml, crs."
        )
    crs = pyproj.CRS.from_user_input(system)
    if crs.is_geographic and any(crs.equals(pyproj.CRS(name), ignore_axis_order=True) for name in DEGREES):
        return shapes
    turn = pyproj.Transformer.from_crs(crs, "OGC:CRS84", always_xy=True)
    return moved(shapes, turn.transform)


def to_wgs84(shapes: NDArray[np.object_], datum: str) -> NDArray[np.object_]:
    """Shapes moved from a datum's degrees to WGS-84."""
    if datum == "wgs84":
        return shapes
    return moved(shapes, lambda x, y: datums.to_wgs84(x, y, datum))


def moved(shapes: NDArray[np.object_], move: Callable[..., Any]) -> NDArray[np.object_]:
    """Shapes with every vertex put through `move(x[m], y[m]) -> (x[m], y[m])`."""
    found: NDArray[np.object_] = shapely.transform(shapes, move, interleaved=False)
    return found


def _read_parquet(path: Path) -> tuple[pa.Table, str]:
    table = pq.read_table(path)
    raw = (table.schema.metadata or {}).get(b"geo")
    described: dict[str, Any] = json.loads(raw) if raw else {}
    column = described.get("primary_column", "geometry")
    crs = described.get("columns", {}).get(column, {}).get("crs", DEGREES[0] if described else "")
    if column != "geometry":
        table = table.rename_columns(["geometry" if name == column else name for name in table.column_names])
    return table, json.dumps(crs) if isinstance(crs, dict) else str(crs or "")


def _read_ogr(path: Path) -> tuple[pa.Table, str]:
    described, table = pyogrio.read_arrow(path, **({"encoding": "UTF-8"} if path.suffix == ".shp" else {}))
    column = described["geometry_name"] or "wkb_geometry"
    table = table.rename_columns(["geometry" if name == column else name for name in table.column_names])
    return table, str(described["crs"] or "")


def _key(value: object) -> int | str:
    """A place id, also where a form without whole numbers kept it as a float or a text; else a code."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) else str(value if value is not None else "")


def _dates(table: pa.Table, name: str) -> tuple[dt.date | None, ...]:
    return tuple(_date(value) for value in _column(table, name, None))


def _date(value: object) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date) or value is None:
        return value
    return dt.date.fromisoformat(str(value)) if str(value) else None


def _words(table: pa.Table, name: str) -> tuple[str, ...]:
    return tuple(str(value or "") for value in _column(table, name, ""))


def _column(table: pa.Table, name: str, otherwise: object) -> Sequence[object]:
    if name in table.column_names:
        found: list[object] = table.column(name).to_pylist()
        return found
    return [otherwise] * len(table)
