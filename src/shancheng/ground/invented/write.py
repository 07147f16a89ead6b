"""Files of a pack, written so that the same content always gives the same bytes."""

import csv
import datetime as dt
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import shapely

from shancheng.ground.invented.census import Register
from shancheng.ground.invented.making import FIRST_DAY, SOURCE
from shancheng.methods.mesh import Floats, Shapes

CENTRE = (107.0, 29.5)
"""Longitude and latitude the invented city is drawn around; nothing there is like it."""
DECIMALS = 7
"""Of degrees: a centimetre."""
_GEO = {
    "version": "1.1.0",
    "primary_column": "geometry",
    "columns": {"geometry": {"encoding": "WKB", "geometry_types": ["Polygon"], "edges": "planar"}},
}
"""GeoParquet 1.1; no `crs` means longitude and latitude in WGS-84."""


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """A CSV table; gives the number of rows."""
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(columns)
        count = 0
        for row in rows:
            writer.writerow(row)
            count += 1
    return count


def write_shapes(path: Path, register: Register) -> None:
    """The outlines of one level as GeoParquet in WGS-84, every one marked synthetic."""
    count = len(register.ids)
    table = pa.table(
        {
            "id": pa.array(register.ids, pa.int64()),
            "geometry": pa.array(shapely.to_wkb(_degrees(register.outlines)).tolist(), pa.binary()),
            "origin": pa.array(["synthetic"] * count),
            "source": pa.array([SOURCE] * count),
            "from": pa.array([dt.date.fromisoformat(FIRST_DAY)] * count, pa.date32()),
            "until": pa.array([None] * count, pa.date32()),
        }
    )
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(_GEO)}), path, compression="zstd")


PLANE = f"+proj=laea +lon_0={CENTRE[0]} +lat_0={CENTRE[1]} +datum=WGS84 +units=m"


def degrees(points: Floats) -> Floats:
    """Longitude and latitude (p, 2), WGS-84, of points (p, 2) in metres around the city's middle, to a centimetre."""
    project = pyproj.Transformer.from_crs(PLANE, "EPSG:4326", always_xy=True)
    return np.round(np.column_stack(project.transform(points[:, 0], points[:, 1])), DECIMALS)


def metres(points: Floats) -> Floats:
    """Metres around the city's middle (p, 2) of longitudes and latitudes (p, 2)."""
    project = pyproj.Transformer.from_crs("EPSG:4326", PLANE, always_xy=True)
    return np.column_stack(project.transform(points[:, 0], points[:, 1]))


def _degrees(shapes: Shapes) -> Shapes:
    moved: Shapes = shapely.transform(shapes, degrees)
    return moved
