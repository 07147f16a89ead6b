"""Points with their figures as a file that other programs open: GeoParquet, GeoPackage, GeoJSON or CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Column = np.ndarray[Any, np.dtype[Any]]


class LayerError(Exception):
    """A layer cannot be written like this; the message says what to ask for instead."""


@dataclass(frozen=True)
class Layer:
    """Points in WGS-84 and a column of figures or words for each name, all of one length."""

    lon: Column
    lat: Column
    columns: Mapping[str, Column]
    about: Mapping[str, str]
    """What the figures were made from: walker, direction, day, sources."""
    name: str = "homes"


def write_layer(layer: Layer, path: Path) -> None:
    """Write the layer in the form that the file's ending names; the file is there whole or not at all."""
    write = FORMS.get(path.suffix.lower())
    if write is None:
        raise LayerError(f"{path}: a layer cannot end in '{path.suffix}'; use one of {', '.join(FORMS)}.")
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.stem}.half{path.suffix}")
    half.unlink(missing_ok=True)
    try:
        write(layer, half)
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)


def _write_csv(layer: Layer, path: Path) -> None:
    names = ["lon", "lat", *layer.columns]
    columns = [_words(column) for column in (layer.lon, layer.lat, *layer.columns.values())]
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(names)
        rows.writerows(zip(*columns, strict=True))


def _words(column: Column) -> list[object]:
    """A column as CSV has it: nothing for what is not known, and no text that a sheet would take for a formula."""
    if column.dtype.kind == "f":
        return ["" if np.isnan(number) else round(float(number), 6) for number in column]
    if column.dtype.kind == "b":
        return ["true" if yes else "false" for yes in column]
    return [
        f"'{word}" if isinstance(word, str) and word[:1] in "=+-@\t\r" and word else word for word in column.tolist()
    ]


def _write_parquet(layer: Layer, path: Path) -> None:
    """GeoParquet 1.1 (geoparquet.org): a WKB column and a line of JSON that names it; WGS-84 is its default."""
    import pyarrow
    import pyarrow.parquet
    import shapely

    table = pyarrow.table(
        {name: pyarrow.array(column, from_pandas=True) for name, column in layer.columns.items()}
        | {"geometry": pyarrow.array(shapely.to_wkb(shapely.points(layer.lon, layer.lat)).tolist(), pyarrow.binary())}
    )
    geometry = {"encoding": "WKB", "geometry_types": ["Point"], "bbox": _bounds(layer)}
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": geometry}}
    notes = {"geo": json.dumps(geo), "shancheng": json.dumps(dict(layer.about), ensure_ascii=False)}
    pyarrow.parquet.write_table(table.replace_schema_metadata(notes), path, compression="zstd")


def _bounds(layer: Layer) -> list[float]:
    if not len(layer.lon):
        return [0.0, 0.0, 0.0, 0.0]
    return [float(edge) for edge in (layer.lon.min(), layer.lat.min(), layer.lon.max(), layer.lat.max())]


def _by_gdal(driver: str) -> Callable[[Layer, Path], None]:
    def write(layer: Layer, path: Path) -> None:
        import pyogrio
        import shapely

        points = shapely.to_wkb(shapely.points(layer.lon, layer.lat))
        pyogrio.raw.write(
            path,
            geometry=points,
            field_data=[_plain(column) for column in layer.columns.values()],
            fields=np.array(list(layer.columns), dtype=object),
            geometry_type="Point",
            crs="EPSG:4326",
            driver=driver,
            layer=layer.name,
            layer_metadata=dict(layer.about) if driver == "GPKG" else None,
        )

    return write


def _plain(column: Column) -> Column:
    return column.astype(object) if column.dtype.kind in "UO" else column


FORMS: Mapping[str, Callable[[Layer, Path], None]] = {
    ".parquet": _write_parquet,
    ".gpkg": _by_gdal("GPKG"),
    ".geojson": _by_gdal("GeoJSON"),
    ".csv": _write_csv,
}
