"""The relief of the invented city as a height model: one second of arc, some cells without a height."""

from pathlib import Path

import numpy as np
import rasterio
from scipy.ndimage import map_coordinates

from shancheng.ground.invented.terrain import Land
from shancheng.ground.invented.write import metres
from shancheng.methods.mesh import Floats

CELLS_PER_DEGREE = 3_600
VOID = -32_768.0
"""What a cell without a height holds, as in the models flown by the Shuttle."""
VOIDS, VOID_CELLS = 3, 5
MARGIN_DEGREES = 0.01


TERRACES = ((430.0, 9.0, 0.4), (250.0, 5.5, 1.3))
"""Knolls and terraces that the land of the places is too coarse for: metres from one to the next, size, turn."""
GORGE_M = 350.0


def height_at(land: Land, points: Floats) -> Floats:
    """Heights at points (p, 2), metres: the land between its pixels in a straight line, and terraces on it."""
    at = (points + land.reach) / land.pixel - 0.5
    rough = map_coordinates(land.height_m, [at[:, 1], at[:, 0]], order=1, mode="nearest")
    fine = np.zeros(len(points))
    for length, size, turn in TERRACES:
        one = points[:, 0] * np.cos(turn) + points[:, 1] * np.sin(turn)
        two = points[:, 1] * np.cos(turn) - points[:, 0] * np.sin(turn)
        fine += size * (1 + np.sin(2 * np.pi * one / length) * np.sin(2 * np.pi * two / length))
    above_water = 1 - np.exp(-((land.rivers.distance(points) / GORGE_M) ** 2))
    return np.asarray(rough + above_water * fine, np.float64)


def write_relief(path: Path, land: Land, box: tuple[float, float, float, float], chance: np.random.Generator) -> None:
    """A GeoTIFF in WGS-84 over a box (west, south, east, north, degrees) and a margin; decimetres, some voids in it."""
    west, south, east, north = np.array(box) + MARGIN_DEGREES * np.array([-1, -1, 1, 1])
    first_column, first_row = np.floor(west * CELLS_PER_DEGREE), np.ceil(north * CELLS_PER_DEGREE)
    columns = int(np.ceil(east * CELLS_PER_DEGREE) - first_column)
    rows = int(first_row - np.floor(south * CELLS_PER_DEGREE))
    lon = (first_column + 0.5 + np.arange(columns)) / CELLS_PER_DEGREE
    lat = (first_row - 0.5 - np.arange(rows)) / CELLS_PER_DEGREE
    places = metres(np.stack(np.meshgrid(lon, lat), axis=-1).reshape(-1, 2))
    height = np.round(height_at(land, places), 1).astype(np.float32).reshape(rows, columns)
    for row, column in _voids(land, places, (rows, columns), chance):
        height[row : row + VOID_CELLS, column : column + VOID_CELLS] = VOID
    cell = 1 / CELLS_PER_DEGREE
    corner = rasterio.Affine(cell, 0.0, float(first_column) * cell, 0.0, -cell, float(first_row) * cell)
    form = {"driver": "GTiff", "width": columns, "height": rows, "count": 1, "dtype": "float32", "nodata": VOID}
    packed = {"compress": "deflate", "predictor": 3, "zlevel": 6, "num_threads": 1}
    with rasterio.open(path, "w", crs="EPSG:4326", transform=corner, **form, **packed) as raster:
        raster.write(height, 1)
        raster.update_tags(origin="synthetic", source="invented")


def _voids(land: Land, places: Floats, shape: tuple[int, int], chance: np.random.Generator) -> list[tuple[int, int]]:
    """Cells in the countryside where a hole of the model begins: slopes that a radar does not see."""
    slope = np.where(land.at(land.rim, places) < 0.9, land.at(land.slope, places), 0.0)
    steep = np.argsort(-slope, kind="stable")[: max(VOIDS, len(slope) // 200)]
    picked = chance.choice(steep, VOIDS, replace=False)
    return [(min(int(p) // shape[1], shape[0] - VOID_CELLS), int(p) % shape[1]) for p in picked]
