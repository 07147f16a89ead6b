"""A sheet as a GeoPackage: one layer in EPSG:4326, fields named for machines, words in its description."""

from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
from numpy.typing import NDArray

from shancheng.ground.sheet.sheet import Column, Sheet
from shancheng.ground.sheet.words import completeness

UTC_OFFSET = 100
"""GDAL's mark for an instant in UTC."""


def write(sheet: Sheet, to: Path) -> None:
    """Write a sheet with a shape; rows without one keep their facts. Raises ValueError for a sheet without shapes."""
    if len(sheet.shapes) != len(sheet.rows):
        raise ValueError(f"The sheet '{sheet.key}' has no shapes; write it as CSV, XLSX or PDF.")
    data, masks = [], []
    for number, column in enumerate(sheet.columns):
        values, mask = _field(column, [row[number] for row in sheet.rows])
        data.append(values)
        masks.append(mask)
    instants = {
        column.key: np.full(len(sheet.rows), UTC_OFFSET) for column in sheet.columns if column.holds == "instant"
    }
    told = "\n".join(f"{label}: {text}" for label, text in (*sheet.about, ("", completeness(sheet))))
    pyogrio.raw.write(
        str(to),
        np.array(sheet.shapes, object),
        data,
        [column.key for column in sheet.columns],
        field_mask=masks,
        layer=sheet.key,
        driver="GPKG",
        geometry_type=sheet.shape,
        crs="EPSG:4326",
        promote_to_multi=sheet.shape == "MultiPolygon",
        gdal_tz_offsets=instants,
        layer_options={"IDENTIFIER": sheet.title, "DESCRIPTION": told},
    )


def _field(column: Column, cells: list[Any]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Values and which of them are not known."""
    mask = np.array([cell is None for cell in cells], np.bool_)
    if column.holds == "text":
        return np.array([cell or "" for cell in cells], object), mask
    if column.holds == "instant":
        return np.array([cell or 0 for cell in cells], "datetime64[s]").astype("datetime64[ms]"), mask
    if column.holds == "count":
        return np.array([cell or 0 for cell in cells], np.int64), mask
    return np.array([np.nan if cell is None else cell for cell in cells], np.float64), mask
