"""Heights from rasters: exact on plain slopes, voids filled and named, wrong rasters refused with a sentence."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.enums import Resampling
from tagged import LAT, LON, ground, raster

from shancheng.ground.network.errors import ReliefError
from shancheng.ground.network.relief import read_relief, relief_of

AROUND = (LON - 0.02, LAT - 0.02, LON + 0.02, LAT + 0.02)


def plane(shape: tuple[int, int] = (100, 100), east: float = 2.0, south: float = 1.0) -> np.ndarray:
    """Heights that rise evenly, in metres a cell."""
    row, column = np.mgrid[: shape[0], : shape[1]]
    return (300 + east * column + south * row).astype(np.float64)


def height_of_plane(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    return 300 + 2.0 * ((lon - (LON - 0.05)) / 0.001 - 0.5) + 1.0 * ((LAT + 0.05 - lat) / 0.001 - 0.5)


@pytest.mark.parametrize("kind", ["int16", "float32", "uint16"])
@pytest.mark.parametrize("smooth_m", [1.0, 250.0])
def test_an_even_slope_is_read_as_it_is_however_much_it_is_smoothed(tmp_path: Path, kind: str, smooth_m: float) -> None:
    path = raster(tmp_path / "plane.tif", plane().astype(kind))
    lon, lat = np.random.default_rng(1).uniform((AROUND[0], AROUND[1]), (AROUND[2], AROUND[3]), (200, 2)).T

    relief = read_relief(path, bounds=AROUND, smooth_m=smooth_m)
    height, void = relief.at(lon, lat)

    assert height == pytest.approx(height_of_plane(lon, lat), abs=0.01)
    assert not void.any()
    assert relief.height_m.size < 100 * 100


def test_eight_bits_are_read_and_nought_is_a_height(tmp_path: Path) -> None:
    height = np.zeros((100, 100), np.uint8)
    height[:, 50:] = 200

    relief = read_relief(raster(tmp_path / "bytes.tif", height), bounds=AROUND, smooth_m=1.0)

    assert relief.at(np.array([LON - 0.01, LON + 0.01]), np.array([LAT, LAT]))[0].tolist() == [0.0, 200.0]
    assert not relief.void.any()


@pytest.mark.parametrize("declared", [True, False])
def test_voids_are_filled_from_their_neighbours_flagged_and_counted(tmp_path: Path, declared: bool) -> None:
    height = plane().astype(np.int16)
    height[48:52, 49:52] = -32768
    path = raster(tmp_path / "voids.tif", height, nodata=-32768 if declared else None)

    relief = read_relief(path, bounds=AROUND, smooth_m=1.0)
    filled, void = relief.at(np.array([LON, LON + 0.015]), np.array([LAT, LAT]))

    assert filled[0] == pytest.approx(float(height_of_plane(np.array([LON]), np.array([LAT]))[0]), abs=3)
    assert void.tolist() == [True, False]
    assert [finding.count for finding in relief.findings] == [12]
    assert "12 of" in str(relief.findings[0])
    assert relief.findings[0].lon == pytest.approx(LON, abs=0.003)


def test_a_void_too_wide_to_fill_stays_unknown(tmp_path: Path) -> None:
    height = np.full((40, 400), 100.0, np.float32)
    height[:, 30:380] = np.nan
    path = raster(tmp_path / "wide.tif", height, west=LON - 0.2, north=LAT + 0.02)

    relief = read_relief(path, bounds=(LON - 0.19, LAT - 0.01, LON + 0.19, LAT + 0.01))

    assert np.isnan(relief.at(np.array([LON]), np.array([LAT]))[0]).all()
    assert "stay unknown" in relief.findings[0].sentence


def test_a_raster_in_another_reference_system_is_brought_to_wgs_84(tmp_path: Path) -> None:
    plain = raster(tmp_path / "plain.tif", plane().astype(np.float32))
    target = tmp_path / "utm.tif"
    with (
        rasterio.open(plain) as source,
        rasterio.vrt.WarpedVRT(source, crs="EPSG:32648", resampling=Resampling.bilinear) as warped,
    ):
        profile = {**warped.profile, "driver": "GTiff", "nodata": -9999.0}
        band = warped.read(1, masked=True).filled(-9999.0)
    with rasterio.open(target, "w", **profile) as file:
        file.write(np.where(band == 0, -9999.0, band), 1)

    relief = read_relief(target, bounds=AROUND, smooth_m=1.0)
    lon, lat = np.array([LON, LON + 0.01]), np.array([LAT, LAT - 0.015])

    assert relief.at(lon, lat)[0] == pytest.approx(height_of_plane(lon, lat), abs=0.6)


def test_feet_are_turned_into_metres(tmp_path: Path) -> None:
    path = raster(tmp_path / "feet.tif", np.full((100, 100), 1000, np.int16), unit="ft")

    relief = read_relief(path, bounds=AROUND)

    assert relief.at(np.array([LON]), np.array([LAT]))[0] == pytest.approx(304.8, abs=0.01)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4269"])
def test_a_raster_finer_than_memory_bears_is_read_coarser(tmp_path: Path, crs: str) -> None:
    path = raster(tmp_path / "fine.tif", plane().astype(np.float32), crs=crs)
    lon, lat = np.array([LON, LON + 0.008]), np.array([LAT, LAT - 0.009])

    relief = read_relief(path, bounds=AROUND, smooth_m=1.0, cells_most=500)

    assert relief.height_m.size <= 600
    assert relief.at(lon, lat)[0] == pytest.approx(height_of_plane(lon, lat), abs=3)


def test_feet_in_another_reference_system_are_metres_too(tmp_path: Path) -> None:
    path = raster(tmp_path / "feet.tif", np.full((100, 100), 1000, np.int16), crs="EPSG:4269", unit="US survey foot")

    relief = read_relief(path, bounds=AROUND)

    assert relief.at(np.array([LON]), np.array([LAT]))[0] == pytest.approx(304.8006, abs=0.01)


def test_outside_the_raster_there_is_no_height() -> None:
    relief = ground(lambda x, y: x + y, cells=20)

    height, void = relief.at(np.array([LON, LON + 1]), np.array([LAT, LAT]))

    assert np.isfinite(height).tolist() == [True, False]
    assert void.tolist() == [False, True]


def test_smoothing_takes_noise_off_but_keeps_the_mean(tmp_path: Path) -> None:
    noise = np.random.default_rng(2).normal(0, 5, (400, 400)).astype(np.float32) + 200
    path = raster(tmp_path / "noise.tif", noise, west=LON - 0.06, north=LAT + 0.06, step=0.0003)

    rough = read_relief(path, bounds=AROUND, smooth_m=1.0)
    smooth = read_relief(path, bounds=AROUND, smooth_m=60.0)

    assert smooth.height_m.std() < rough.height_m.std() / 3
    assert smooth.height_m.mean() == pytest.approx(float(rough.height_m.mean()), abs=0.1)
    assert 60 <= smooth.smoothed_m < 130


def no_crs(folder: Path) -> Path:
    return raster(folder / "bare.tif", plane().astype(np.float32), crs=None)


def elsewhere(folder: Path) -> Path:
    return raster(folder / "elsewhere.tif", plane().astype(np.float32), west=7.0, north=44.0)


def undeclared(folder: Path) -> Path:
    height = plane().astype(np.float32)
    height[50, 50] = -9999
    return raster(folder / "undeclared.tif", height)


def empty(folder: Path) -> Path:
    return raster(folder / "empty.tif", np.full((100, 100), -9999, np.int16), nodata=-9999)


def text(folder: Path) -> Path:
    (folder / "heights.tif").write_text("no raster")
    return folder / "heights.tif"


def picture(folder: Path) -> Path:
    with rasterio.open(
        folder / "rgb.tif", "w", driver="GTiff", width=10, height=10, count=3, dtype="uint8", crs="EPSG:4326",
        transform=rasterio.transform.from_origin(LON - 0.05, LAT + 0.05, 0.01, 0.01),
    ) as file:  # fmt: skip
        file.write(np.zeros((3, 10, 10), np.uint8))
    return folder / "rgb.tif"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (no_crs, "does not say its reference system.*gdal_edit"),
        (elsewhere, "it covers 43.900 to 44.000 north, 7.000 to 7.100 east, the streets lie in 29.480"),
        (undeclared, "heights go from -9999 to .*which no ground has"),
        (empty, "no height at all where the streets lie"),
        (text, "cannot be read as a raster"),
        (picture, "it has 3 bands"),
        (lambda folder: folder / "nothing.tif", "there is no such file"),
    ],
)
def test_a_raster_that_cannot_be_laid_under_the_streets_is_refused_with_a_sentence(tmp_path, make, says) -> None:
    path = make(tmp_path)

    with pytest.raises(ReliefError, match=says) as refused:
        read_relief(path, bounds=AROUND)

    assert str(refused.value).startswith(str(path))


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 9), st.integers(2, 9), st.randoms(use_true_random=False))
def test_between_cells_the_height_lies_between_those_around(rows: int, columns: int, chance) -> None:
    height = np.array([[chance.uniform(-50, 900) for _ in range(columns)] for _ in range(rows)])
    relief = relief_of(height, west=10.0, north=50.0, step_lon=0.01, step_lat=0.01)
    lon = 10.0 + 0.01 * columns * np.array([chance.random() for _ in range(40)])
    lat = 50.0 - 0.01 * rows * np.array([chance.random() for _ in range(40)])

    found, void = relief.at(lon, lat)

    assert not void.any()
    assert (found >= height.min() - 1e-3).all()
    assert (found <= height.max() + 1e-3).all()


@pytest.mark.slow
def test_the_voids_of_a_real_raster_are_filled_with_heights_of_its_place(shared_data: Path) -> None:
    path = shared_data / "monaco-walk" / "monaco_srtm3_cut.tif"

    relief = read_relief(path, bounds=(7.40, 43.72, 7.45, 43.76))

    assert relief.void.any()
    assert np.isfinite(relief.height_m).all()
    assert relief.height_m.min() > -20
