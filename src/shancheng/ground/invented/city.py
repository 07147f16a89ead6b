"""What a day needs to know of an invented city, read back from the files of its pack."""

import csv
import tomllib
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq
import shapely

from shancheng.methods.mesh import Flags, Floats, Integers, Shapes

Words = npt.NDArray[np.str_]
KM_PER_DEGREE = 111.32
RURAL_PER_KM2 = 600.0
"""Grids with fewer residents than this speak of villages."""


@dataclass(frozen=True)
class City:
    """The grids of a city, in order of their ids."""

    zone: ZoneInfo
    ids: Integers
    kinds: Words
    """general, riverside, hillside or exclusive."""
    residents: Integers
    shapes: Shapes
    """Polygons in degrees, WGS-84."""
    rural: Flags
    community_zh: tuple[str, ...]
    """Name of the community of each grid."""
    community_en: tuple[str, ...]

    @property
    def exposed(self) -> Flags:
        """Grids that a storm strikes: low by a river, or on a steep slope."""
        return np.isin(self.kinds, ("riverside", "hillside"))


def read_city(folder: Path) -> City:
    """The grids of a built pack. OSError where a file is missing: `shancheng pack build weicheng` writes them."""
    places = _rows(folder / "places.csv")
    grids = [row for row in places if row["level"] == "5"]
    ids = np.array([int(row["id"]) for row in grids])
    shapes = _shapes(folder / "geometry" / "grid.parquet", ids)
    people = {row["id"]: int(row["residents"]) for row in _rows(folder / "population.csv")}
    residents = np.array([people[row["id"]] for row in grids])
    english = {row["id"]: row["text"] for row in _rows(folder / "names.csv") if row["lang"] == "en"}
    chinese = {row["id"]: row["name"] for row in places if row["level"] == "4"}
    return City(
        zone=ZoneInfo(tomllib.loads((folder / "city.toml").read_text(encoding="utf-8"))["time_zone"]),
        ids=ids,
        kinds=np.array([row["type"] for row in grids]),
        residents=residents,
        shapes=shapes,
        rural=residents / _km2(shapes) < RURAL_PER_KM2,
        community_zh=tuple(chinese[row["parent"]] for row in grids),
        community_en=tuple(english[row["parent"]] for row in grids),
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _shapes(path: Path, ids: Integers) -> Shapes:
    table = pq.read_table(path, columns=["id", "geometry"]).sort_by("id")
    assert (table["id"].to_numpy() == ids).all(), f"{path} and places.csv do not hold the same grids"
    shapes: Shapes = shapely.from_wkb(table["geometry"].to_numpy(zero_copy_only=False))
    shapely.prepare(shapes)
    return shapes


def _km2(shapes: Shapes) -> Floats:
    middle = shapely.bounds(shapes)[:, [1, 3]].mean(axis=1)
    return np.asarray(shapely.area(shapes) * KM_PER_DEGREE**2 * np.cos(np.deg2rad(middle)))
