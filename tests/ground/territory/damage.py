"""A small intact pack on disk, and every way to damage it by a seed."""

import csv
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import shapely

from shancheng.ground.datum import from_wgs84
from shancheng.ground.territory.geometry import moved

WEST, SOUTH, SIDE = 106.4, 29.4, 0.12
COLUMNS = ["id", "level", "parent", "name", "code", "type", "lon", "lat", "from", "until", "source"]
CITY = r"""
key = "little"
name = { en = "Little" }
languages = ["en"]
scheme = "local"
centre = [106.5, 29.5]
levels = [
  { level = 1, key = "city", name = { en = "city" }, code_pattern = '\\d{2}' },
  { level = 2, key = "district", name = { en = "district" }, code_pattern = '\\d{4}' },
  { level = 3, key = "town", name = { en = "town" }, code_pattern = '\\d{6}' },
  { level = 4, key = "community", name = { en = "community" } },
]
source = "invented"
""".replace("\\\\", "\\")

Row = dict[str, Any]
Shape = shapely.Geometry
GEO = b'{"version":"1.1.0","primary_column":"geometry","columns":{"geometry":{"encoding":"WKB","geometry_types":[]}}}'


class LittlePack:
    """One city, nine districts of nine towns each: squares that fit, with a seat in each."""

    def __init__(self, seed: int = 0) -> None:
        self.chance = random.Random(seed)
        self.rows: list[Row] = [self._row(1, 1, "", "City", "50", None)]
        self.shapes: dict[int, dict[int, Shape]] = {2: {}, 3: {}}
        self.crs = True
        self.form = ".parquet"
        self.extra: Callable[[Path], None] = lambda folder: None
        for district in range(9):
            self._district(district)

    def _district(self, number: int) -> None:
        left, low = WEST + number % 3 * SIDE, SOUTH + number // 3 * SIDE
        place = 10 + number
        self.shapes[2][place] = shapely.box(left, low, left + SIDE, low + SIDE)
        self.rows.append(self._row(place, 2, 1, f"District {number}", f"50{place:02}", self.shapes[2][place]))
        for town in range(9):
            child, step = 100 + number * 10 + town, SIDE / 3
            x, y = left + town % 3 * step, low + town // 3 * step
            self.shapes[3][child] = shapely.box(x, y, x + step, y + step)
            row = self._row(child, 3, place, f"Town {child}", f"500{child:03}", self.shapes[3][child])
            self.rows.append(row)

    def _row(self, place: int, level: int, parent: object, name: str, code: str, shape: Shape | None) -> Row:
        seat = (shape.centroid.x, shape.centroid.y) if shape is not None else ("", "")
        return dict(zip(COLUMNS, [place, level, parent, name, code, "", *seat, "", "", "invented"], strict=True))

    def any_row(self, level: int) -> Row:
        """A row of a level, by chance."""
        return self.chance.choice([row for row in self.rows if row["level"] == level])

    def any_shape(self, level: int) -> int:
        """A place of a level that has a shape, by chance."""
        return self.chance.choice(sorted(self.shapes[level]))

    def write(self, folder: Path) -> Path:
        """The pack as files; the folder's own path."""
        (folder / "geometry").mkdir(parents=True, exist_ok=True)
        (folder / "city.toml").write_text(CITY, encoding="utf-8")
        with (folder / "places.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(self.rows)
        for level, name in ((2, "district"), (3, "town")):
            write_shapes(folder / "geometry" / f"{name}{self.form}", self.shapes[level], crs=self.crs)
        self.extra(folder)
        return folder


def write_shapes(path: Path, shapes: dict[int, Shape], *, crs: bool = True) -> None:
    """A file of shapes with place ids."""
    ids, areas = list(shapes), np.empty(len(shapes), object)
    areas[:] = list(shapes.values())
    if path.suffix == ".parquet":
        table = pa.table({"id": ids, "geometry": shapely.to_wkb(areas)})
        pq.write_table(table.replace_schema_metadata({b"geo": GEO} if crs else {}), path)
        return
    pyogrio.raw.write(
        path, shapely.to_wkb(areas), [np.array(ids)], ["id"],
        geometry_type="Polygon", crs="EPSG:4326" if crs else None,
    )  # fmt: skip


def orphan(pack: LittlePack) -> None:
    pack.any_row(3)["parent"] = 7777


def cycle(pack: LittlePack) -> None:
    town = pack.any_row(3)
    next(row for row in pack.rows if row["id"] == town["parent"])["parent"] = town["id"]


def level_skip(pack: LittlePack) -> None:
    pack.any_row(3)["parent"] = 1


def duplicate_code(pack: LittlePack) -> None:
    one, other = pack.chance.sample([row for row in pack.rows if row["level"] == 3], 2)
    one["code"] = other["code"]


def code_form(pack: LittlePack) -> None:
    row = pack.any_row(3)
    row["code"] = row["code"][:-1]


def damaged_code(pack: LittlePack) -> None:
    row = pack.any_row(3)
    row["code"] = f"{row['code']}.0"


def overlapping_validity(pack: LittlePack) -> None:
    row = pack.any_row(3)
    pack.rows.append({**row, "from": "2020-01-01"})
    row["until"] = "2021-01-01"


def until_before_from(pack: LittlePack) -> None:
    pack.any_row(3).update({"from": "2020-01-01", "until": "2019-01-01"})


def empty_name(pack: LittlePack) -> None:
    pack.any_row(3)["name"] = ""


def missing_geometry(pack: LittlePack) -> None:
    del pack.shapes[3][pack.any_shape(3)]


def invalid_geometry(pack: LittlePack) -> None:
    place = pack.any_shape(3)
    left, low, right, high = pack.shapes[3][place].bounds
    pack.shapes[3][place] = shapely.Polygon([(left, low), (right, high), (right, low), (left, high)])


def overlap(pack: LittlePack) -> None:
    place = pack.any_shape(3)
    pack.shapes[3][place] = pack.shapes[3][place].buffer(0.003, join_style="mitre")


def gap(pack: LittlePack) -> None:
    place = pack.any_shape(3)
    pack.shapes[3][place] = pack.shapes[3][place].buffer(-0.003, join_style="mitre")


def child_outside_parent(pack: LittlePack) -> None:
    left, low, right, high = pack.shapes[3][100].bounds
    pack.shapes[3][100] = shapely.box(left - 0.001 * pack.chance.randint(2, 9), low, right, high)


def sliver(pack: LittlePack) -> None:
    place = pack.any_shape(3)
    left, low, right, _ = pack.shapes[3][place].bounds
    pack.shapes[3][place] = shapely.box(left, low, right, low + 0.0002)


def multipart(pack: LittlePack) -> None:
    parts = [pack.shapes[3][100], shapely.box(*_corner(pack.shapes[3][188]))]
    pack.shapes[3][188] = pack.shapes[3][188].difference(parts[1])
    pack.shapes[3][100] = shapely.MultiPolygon(parts)


def _corner(shape: Shape) -> tuple[float, float, float, float]:
    left, low, _, _ = shape.bounds
    return left, low, left + 0.01, low + 0.01


def datum_shift(pack: LittlePack) -> None:
    level = pack.chance.choice([2, 3])
    for place, shape in pack.shapes[level].items():
        pack.shapes[level][place] = shifted(shape)


def shifted(shape: Shape) -> Shape:
    found = np.empty(1, object)
    found[0] = shape
    return moved(found, lambda lon, lat: from_wgs84(lon, lat, "gcj02"))[0]


def encoding(pack: LittlePack) -> None:
    pack.form = ".shp"
    pack.extra = lambda folder: (folder / "geometry" / "town.cpg").unlink()


def unknown_crs(pack: LittlePack) -> None:
    pack.crs = False


def seat_outside(pack: LittlePack) -> None:
    pack.any_row(3).update({"lon": 108.0, "lat": 30.0})


DAMAGES: dict[str, Callable[[LittlePack], None]] = {
    damage.__name__.replace("_", "-"): damage
    for damage in (
        orphan, cycle, level_skip, duplicate_code, code_form, damaged_code, overlapping_validity, until_before_from,
        empty_name, missing_geometry, invalid_geometry, overlap, gap, child_outside_parent, sliver, multipart,
        datum_shift, encoding, unknown_crs, seat_outside,
    )
}  # fmt: skip
