"""Heights of the ground from a raster: read where the streets are, voids filled but flagged, smoothed."""

import hashlib
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.errors import RasterioError, RasterioIOError
from rasterio.fill import fillnodata
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window, from_bounds

from shancheng.ground.network.errors import ReliefError
from shancheng.ground.network.findings import Finding
from shancheng.ground.network.segments import metres

Floats = npt.NDArray[np.float64]
Floats32 = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees WGS-84."""
Grid = tuple[float, float, float, float]
"""West and north of the first cell's corner, and a cell's size from west to east and from north to south, degrees."""

SMOOTH_M = 60.0
MARGIN_CELLS = 12
"""Read around the streets, so that smoothing and filling have neighbours."""
CELLS_MOST = 64_000_000
"""A finer raster is read coarser, by averages, until it has no more cells than this."""
FILL_CELLS = 100
EDGE = 1e-6
"""Share of a cell that a point may lie beyond the edge: what figures in degrees are rounded to."""
LOWEST_M, HIGHEST_M = -500.0, 9_000.0
UNDECLARED = -32768
"""The void of SRTM and its kin, also where the file forgot to say so."""
FEET = {"foot": 0.3048, "feet": 0.3048, "ft": 0.3048, "us survey foot": 1200 / 3937, "ftus": 1200 / 3937}


@dataclass(frozen=True)
class Relief:
    """Heights on a grid with north up, in WGS-84."""

    height_m: Floats32
    """(rows, columns) at the middles of cells, northernmost row first; NaN where none is near to fill from."""
    void: Flags
    """(rows, columns) cells that the raster has no height for; filled from their neighbours, unless NaN."""
    west: float
    north: float
    """Corner of the first cell, degrees."""
    step_lon: float
    step_lat: float
    """Size of a cell, degrees, both above 0."""
    cell_m: float
    """The longer side of a cell."""
    smoothed_m: float
    """Side of the square over which each height is a mean of means; the cell where nothing was smoothed."""
    name: str = "made"
    sha256: str = ""
    size_bytes: int = 0
    findings: tuple[Finding, ...] = ()

    def at(self, lon: Floats, lat: Floats) -> tuple[Floats, Flags]:
        """Heights in metres at points (p,), straight between the middles of cells, and whether a void was near.

        Outside the grid the height is NaN and the flag is set.
        """
        rows, columns = self.height_m.shape
        column, row = (lon - self.west) / self.step_lon - 0.5, (self.north - lat) / self.step_lat - 0.5
        inside = (np.abs(column - (columns - 1) / 2) <= columns / 2 + EDGE) & (
            np.abs(row - (rows - 1) / 2) <= rows / 2 + EDGE
        )
        column, row = np.clip(column, 0, columns - 1), np.clip(row, 0, rows - 1)
        left, top = np.floor(column).astype(np.int64), np.floor(row).astype(np.int64)
        right, low = np.minimum(left + 1, columns - 1), np.minimum(top + 1, rows - 1)
        east, south = column - left, row - top
        height, void = np.zeros(len(lon)), np.zeros(len(lon), np.bool_)
        for y, x, share in (
            (top, left, (1 - south) * (1 - east)),
            (top, right, (1 - south) * east),
            (low, left, south * (1 - east)),
            (low, right, south * east),
        ):
            near = share > 0
            height += np.where(near, share * self.height_m[y, x], 0.0)
            void |= near & self.void[y, x]
        height[~inside] = np.nan
        return height, void | np.isnan(height)


def relief_of(height_m: npt.ArrayLike, *, west: float, north: float, step_lon: float, step_lat: float) -> Relief:
    """A relief from heights that are exact already: nothing is smoothed, NaN is a void.

    height_m is (rows, columns) in metres, northernmost row first; the other figures are degrees WGS-84.
    """
    height = np.asarray(height_m, np.float32)
    cell_m = _cell_m(west, north, step_lon, step_lat, height.shape[0])
    return Relief(height, np.isnan(height), west, north, step_lon, step_lat, cell_m, cell_m)


def read_relief(path: Path, *, bounds: Bounds, smooth_m: float = SMOOTH_M, cells_most: int = CELLS_MOST) -> Relief:
    """The heights around `bounds` from any raster that GDAL reads (GeoTIFF, HGT, VRT over many tiles).

    Another reference system than WGS-84 is reprojected. Each height is the mean, taken twice, over a square of at least
    `smooth_m`, unless cells are that large already: twice, since a single mean lets noise of half its own width
    through; steady slopes stay as they are. Raises ReliefError where the file cannot be read, says no reference
    system, has several bands, lies elsewhere, holds no height there, or holds what cannot be metres above the sea.
    A window of more than `cells_most` cells is read coarser, by averages.
    """
    path = Path(path)
    with _opened(path) as band:
        window = _window(path, band.source, bounds)
        height, void, grid = _read(path, band, window, cells_most)
    _refuse_implausible(path, height[~void])
    west, north, step_lon, step_lat = grid
    cell_m = _cell_m(west, north, step_lon, step_lat, len(height))
    filled = _filled(height, void)
    wide, high = _box(west, north, step_lon, step_lat, len(height), smooth_m)
    name, sha256 = path.name, _sha256(path)
    return Relief(
        _mean_over(_mean_over(filled, high, wide), high, wide).astype(np.float32),
        void,
        west,
        north,
        step_lon,
        step_lat,
        cell_m,
        cell_m * max(wide, high),
        name,
        sha256,
        path.stat().st_size,
        tuple(_void_findings(void, filled, west, north, step_lon, step_lat)),
    )


@dataclass(frozen=True)
class _Band:
    """A raster in WGS-84 with north up, and what its figures are in metres: `figure * step_m + base_m`."""

    source: Any
    step_m: float
    base_m: float
    signed: bool


@contextmanager
def _opened(path: Path) -> Iterator[_Band]:
    """The band of heights, warped on the way where it is not in WGS-84 with north up."""
    if not path.is_file():
        raise ReliefError(path, "there is no such file.", "Give the path of a raster of heights, such as a GeoTIFF.")
    try:
        with rasterio.open(path) as source:
            _refuse(path, source)
            unit = FEET.get((source.units[0] or "").strip().lower(), 1.0)
            signed = np.issubdtype(np.dtype(source.dtypes[0]), np.signedinteger)
            figures = source.scales[0] * unit, source.offsets[0] * unit, bool(signed)
            if source.crs == CRS.from_epsg(4326) and source.transform.b == source.transform.d == 0:
                yield _Band(source, *figures)
                return
            how = {"add_alpha": True} if source.nodata is None else {"nodata": source.nodata}
            with WarpedVRT(source, crs="EPSG:4326", resampling=Resampling.bilinear, **how) as warped:
                yield _Band(warped, *figures)
    except RasterioIOError as error:
        raise ReliefError(
            path, f"it cannot be read as a raster ({error}).", "Fetch it again, or convert it to GeoTIFF."
        ) from error
    except RasterioError as error:
        raise ReliefError(
            path, f"it cannot be brought to WGS-84 ({error}).", "Reproject it to EPSG:4326 first, with gdalwarp."
        ) from error


def _refuse(path: Path, source: Any) -> None:
    if source.count != 1:
        raise ReliefError(
            path,
            f"it has {source.count} bands; heights are one band, so this is a picture or several rasters in one.",
            "Take the band with the heights out, with gdal_translate -b.",
        )
    if source.crs is None:
        raise ReliefError(
            path,
            "it does not say its reference system, so its heights cannot be laid under the streets.",
            "If you know it, write it in with gdal_edit -a_srs EPSG:<number>.",
        )


def _window(path: Path, source: Any, bounds: Bounds) -> Window:
    west, south, east, north = bounds
    margin_lon, margin_lat = MARGIN_CELLS * source.transform.a, -MARGIN_CELLS * source.transform.e
    there = source.bounds
    if west > there.right or east < there.left or south > there.top or north < there.bottom:
        raise ReliefError(
            path,
            f"it covers {_box_words(there)}, the streets lie in {_box_words(bounds)}: none of them is on it.",
            "Take the tile of the same place; latitude and longitude changed over would also look like this.",
        )
    wanted = from_bounds(
        max(west - margin_lon, there.left),
        max(south - margin_lat, there.bottom),
        min(east + margin_lon, there.right),
        min(north + margin_lat, there.top),
        source.transform,
    )
    column, row = math.floor(wanted.col_off + 1e-9), math.floor(wanted.row_off + 1e-9)
    right = min(source.width, math.ceil(wanted.col_off + wanted.width - 1e-9))
    low = min(source.height, math.ceil(wanted.row_off + wanted.height - 1e-9))
    return Window(column, row, max(1, right - column), max(1, low - row))


def _box_words(box: Any) -> str:
    west, south, east, north = box
    return f"{south:.3f} to {north:.3f} north, {west:.3f} to {east:.3f} east"


def _read(path: Path, band: _Band, window: Window, cells_most: int) -> tuple[Floats, Flags, Grid]:
    """Heights of a window in metres, which of them are void, and the grid of the cells as read."""
    coarser = max(1, math.ceil(math.sqrt(window.width * window.height / cells_most)))
    shape = (max(1, round(window.height / coarser)), max(1, round(window.width / coarser)))
    how = {
        "window": window,
        "out_shape": shape,
        "resampling": Resampling.average if coarser > 1 else Resampling.nearest,
    }
    figures = band.source.read(1, **how).astype(np.float64)
    void = (band.source.read_masks(1, **how) == 0) | ~np.isfinite(figures)
    if band.signed:
        void |= figures == UNDECLARED
    if void.all():
        raise ReliefError(path, "it has no height at all where the streets lie.", "Take a raster that covers the city.")
    transform = band.source.window_transform(window)
    step_lon, step_lat = transform.a * window.width / shape[1], -transform.e * window.height / shape[0]
    return figures * band.step_m + band.base_m, void, (transform.c, transform.f, step_lon, step_lat)


def _refuse_implausible(path: Path, known_m: Floats) -> None:
    low, high = float(known_m.min()), float(known_m.max())
    if low < LOWEST_M or high > HIGHEST_M:
        raise ReliefError(
            path,
            f"its heights go from {low:g} to {high:g}, which no ground has in metres.",
            "A void that the file does not declare looks like this: declare it with gdal_edit -a_nodata.",
        )


def _filled(height: Floats, void: Flags) -> Floats:
    """Voids filled from the cells around them, by inverse distance; NaN where none is within 100 cells."""
    if not void.any():
        return height
    holes = np.where(void, np.nan, height).astype(np.float32)
    filled = fillnodata(np.nan_to_num(holes), mask=(~void).astype(np.uint8), max_search_distance=FILL_CELLS)
    reached = fillnodata((~void).astype(np.float32), mask=(~void).astype(np.uint8), max_search_distance=FILL_CELLS)
    result: Floats = np.where(void & (reached < 0.5), np.nan, np.where(void, filled, height))
    return result


def _cell_m(west: float, north: float, step_lon: float, step_lat: float, rows: int) -> float:
    return max(_sides_m(west, north, step_lon, step_lat, rows))


def _sides_m(west: float, north: float, step_lon: float, step_lat: float, rows: int) -> tuple[float, float]:
    """Metres of a cell from west to east and from south to north, in the middle of the grid."""
    lon, lat = np.array([west]), np.array([north - step_lat * rows / 2])
    across, along = metres(lon, lat, lon + step_lon, lat), metres(lon, lat, lon, lat + step_lat)
    return float(across[0]), float(along[0])


def _box(west: float, north: float, step_lon: float, step_lat: float, rows: int, smooth_m: float) -> tuple[int, int]:
    """Odd numbers of cells, across and along, that reach `smooth_m`."""
    sides = _sides_m(west, north, step_lon, step_lat, rows)
    across, along = (2 * math.ceil(max(0.0, smooth_m / side - 1) / 2) + 1 for side in sides)
    return across, along


def _mean_over(height: Floats, high: int, wide: int) -> Floats:
    """Means over boxes of `high` by `wide` cells; NaN counts as not there, at the edge the box keeps its middle."""
    known = ~np.isnan(height)
    total, count = np.where(known, height, 0.0), known.astype(np.float64)
    for axis, width in ((0, high), (1, wide)):
        total, count = _sums(total, width, axis), _sums(count, width, axis)
    mean = np.divide(total, count, out=np.full(height.shape, np.nan), where=count > 0)
    return np.where(known, mean, np.nan)


def _sums(values: Floats, width: int, axis: int) -> Floats:
    """Sums over `width` cells around each; near the edge the window shrinks evenly, so that slopes stay."""
    size = values.shape[axis]
    begin = np.zeros_like(np.take(values, [0], axis=axis))
    running = np.concatenate([begin, np.cumsum(values, axis=axis)], axis=axis)
    at = np.arange(size)
    reach = np.minimum(width // 2, np.minimum(at, size - 1 - at))
    sums: Floats = np.take(running, at + reach + 1, axis=axis) - np.take(running, at - reach, axis=axis)
    return sums


def _void_findings(
    void: Flags, filled: Floats, west: float, north: float, step_lon: float, step_lat: float
) -> Iterator[Finding]:
    count = int(void.sum())
    if not count:
        return
    row, column = np.argwhere(void)[0]
    left = int(np.isnan(filled).sum())
    rest = f" {left} of them are too far from any height and stay unknown." if left else ""
    yield Finding(
        "relief-voids",
        count,
        f"{count} of {void.size} cells of the relief ({100 * count / void.size:.2g} %) hold no height; "
        f"they are filled from their neighbours and flagged.{rest}",
        float(west + (column + 0.5) * step_lon),
        float(north - (row + 0.5) * step_lat),
    )


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
