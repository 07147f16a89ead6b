"""Points in places: the same answer singly, in bulk and by a plain loop; borders, outsides and old shapes."""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as some
from numpy.typing import NDArray
from tests.ground.territory.damage import SIDE, SOUTH, WEST, LittlePack, shifted
from tests.ground.territory.world import DAY

from shancheng.ground.pack import load_packs
from shancheng.ground.pack.reader import SHIPPED
from shancheng.ground.territory import TABLES, Territory, TerritoryError
from shancheng.methods import coverage as coverages
from shancheng.methods.coverage import Coverage

Polygons = NDArray[np.object_]


def loop(ids: list[int], polygons: Polygons, x: float, y: float) -> int:
    """The plain way: whoever holds the point inside, else whoever touches it; the lowest id of them."""
    point = shapely.Point(x, y)
    inside = [place for place, polygon in zip(ids, polygons, strict=True) if polygon.contains(point)]
    touching = [place for place, polygon in zip(ids, polygons, strict=True) if polygon.intersects(point)]
    return min(inside or touching or [0])


def cells(seed: int, count: int) -> Polygons:
    """A Voronoi coverage of a square."""
    points = shapely.MultiPoint(np.random.default_rng(seed).uniform(0, 4, (count, 2)))
    found = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=shapely.box(0, 0, 4, 4)))
    return np.asarray(shapely.intersection(found, shapely.box(0, 0, 4, 4)))


@given(some.integers(0, 10_000), some.integers(3, 25))
@settings(max_examples=40, deadline=None)
def test_bulk_and_single_equal_a_loop_over_polygons_borders_included(seed: int, count: int) -> None:
    polygons = cells(seed, count)
    chance = np.random.default_rng(seed)
    ids = (chance.permutation(len(polygons)) + 1).tolist()
    xy = np.concatenate([chance.uniform(-0.5, 4.5, (60, 2)), shapely.get_coordinates(polygons)[::3]])
    known = Coverage(np.array(ids), polygons)

    expected = [loop(ids, polygons, x, y) for x, y in xy]

    assert known.locate_many(xy).tolist() == expected
    assert [known.locate(x, y) for x, y in xy] == expected


@given(some.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_the_raster_of_detailed_polygons_changes_no_answer(seed: int) -> None:
    polygons = cells(seed, 12)
    chance = np.random.default_rng(seed)
    known = Coverage(np.arange(1, len(polygons) + 1), polygons)
    near = shapely.get_coordinates(polygons)
    xy = np.concatenate([chance.uniform(-0.5, 4.5, (3000, 2)), near, near + chance.normal(0, 1e-4, near.shape)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coverages, "DETAILED", 1)
        patch.setattr(coverages, "RASTER_PAYS", 1)
        rastered = Coverage(known.ids, polygons).locate_many(xy)

    assert rastered.tolist() == known.locate_many(xy).tolist()


def test_overlapping_polygons_give_the_lowest_id() -> None:
    known = Coverage(np.array([7, 3]), np.array([shapely.box(0, 0, 2, 2), shapely.box(1, 0, 3, 2)], object))

    assert known.locate(1.5, 1) == 3
    assert known.locate_many(np.array([[1.5, 1], [0.5, 1], [5, 5], [np.nan, 1]])).tolist() == [3, 7, 0, 0]


def test_a_coverage_without_polygons_holds_nothing() -> None:
    known = Coverage(np.empty(0, np.int64), np.empty(0, object))

    assert known.locate(1, 1) == 0
    assert known.locate_many(np.zeros((3, 2))).tolist() == [0, 0, 0]


def little(folder: Path, pack: LittlePack | None = None) -> Territory:
    return Territory.of(load_packs([(pack or LittlePack()).write(folder / "little")], TABLES, [SHIPPED]))


def test_a_point_is_found_at_every_level_that_has_shapes_or_lies_above_one(tmp_path: Path) -> None:
    snapshot = little(tmp_path).snapshot(DAY)
    seat = (WEST + 0.01, SOUTH + 0.01)

    assert [snapshot.locate(*seat, level) for level in (1, 2, 3, 4)] == [1, 10, 100, 0]
    assert snapshot.locate_many([seat, (0.0, 0.0)], 1).tolist() == [1, 0]
    assert snapshot.locate_many([seat, (0.0, 0.0)], 2).tolist() == [10, 0]


def test_a_point_on_a_shared_border_belongs_to_the_lowest_id(tmp_path: Path) -> None:
    snapshot = little(tmp_path).snapshot(DAY)
    corner = (WEST + SIDE, SOUTH + SIDE)

    assert snapshot.locate(*corner, 2) == 10
    assert snapshot.locate_many([corner], 2).tolist() == [10]


@pytest.mark.parametrize("form", [".parquet", ".gpkg", ".geojson", ".shp"])
def test_every_form_of_file_gives_the_same_places(form: str, tmp_path: Path) -> None:
    pack = LittlePack()
    pack.form = form

    snapshot = little(tmp_path, pack).snapshot(DAY)

    assert snapshot.locate(WEST + 0.05, SOUTH + 0.05, 3) == 104


def test_shapes_in_another_datum_are_moved_when_they_are_read(tmp_path: Path) -> None:
    pack = LittlePack()
    for level in (2, 3):
        pack.shapes[level] = {place: shifted(shape) for place, shape in pack.shapes[level].items()}
    folder = pack.write(tmp_path / "little")
    (folder / "city.toml").write_text('datum = "gcj02"\n' + (folder / "city.toml").read_text())

    snapshot = Territory.of(load_packs([folder], TABLES)).snapshot(DAY)

    edge = WEST + SIDE
    assert [snapshot.locate(edge + east, SOUTH + 0.06, 2) for east in (-1e-6, 1e-6)] == [10, 11]


def test_after_a_reform_old_shapes_of_districts_give_way_to_those_of_their_towns(tmp_path: Path) -> None:
    pack = LittlePack()
    day = dt.date(2025, 6, 1)
    pack.extra = lambda folder: _write_reform(folder, day)
    world = little(tmp_path, pack)
    inside_100 = (WEST + 0.01, SOUTH + 0.01)

    before, after = world.snapshot(day - dt.timedelta(days=1)), world.snapshot(day)

    assert before.locate(*inside_100, 2) == 10
    assert after.locate(*inside_100, 2) == 99
    assert after.locate_many([inside_100, (WEST + 0.05, SOUTH + 0.01)], 2).tolist() == [99, 10]


def _write_reform(folder: Path, day: dt.date) -> None:
    (folder / "changes").mkdir()
    (folder / "changes" / "new.toml").write_text(
        f'key = "new"\neffective = {day}\nsource = "invented"\n'
        'create = [{ id = 99, name = "New", code = "5099", parent = "50" }]\n'
        'transfer = [{ from = "5010", to = "5099", towns = ["Town 100"] }]\n'
    )


def test_the_tree_loads_without_reading_shapes(tmp_path: Path) -> None:
    pack = LittlePack()
    pack.extra = lambda folder: (folder / "geometry" / "town.parquet").write_bytes(b"broken")

    world = little(tmp_path, pack)

    assert len(world.snapshot(DAY)) == 91


def test_a_file_without_the_id_column_says_which_columns_it_has(tmp_path: Path) -> None:
    pack = LittlePack()
    folder = pack.write(tmp_path / "little")
    text = (folder / "city.toml").read_text()
    layer = 'geometry = [{ file = "geometry/town.parquet", level = 3, id = "code" }]\n'
    (folder / "city.toml").write_text(layer + text)

    snapshot = Territory.of(load_packs([folder], TABLES)).snapshot(DAY)

    with pytest.raises(TerritoryError, match="no column 'code' with place ids; it has id, geometry"):
        snapshot.locate(WEST, SOUTH, 3)
