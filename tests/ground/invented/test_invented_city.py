"""The invented city is the same for the same seed, nested and valid on every level, and a good pack."""

import csv
import filecmp
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from shancheng.doors.standards.open311 import records as open311
from shancheng.ground import access, calendar, population, territory
from shancheng.ground.invented import build
from shancheng.ground.invented.census import reading_order
from shancheng.ground.invented.making import all_themes, phrases, themes
from shancheng.ground.invented.size import size_of
from shancheng.ground.network import walkers
from shancheng.ground.pack import check_packs, references
from shancheng.loop import kind
from shancheng.wings.governance import platforms

LEVELS = ("city", "district", "town", "community", "grid")
TABLES = (
    *access.TABLES,
    *kind.TABLES,
    *calendar.TABLES,
    *territory.TABLES,
    *population.TABLES,
    *walkers.TABLES,
    *open311.TABLES,
    *platforms.TABLES,
)
CHECKS = (
    calendar.check,
    references("duties", "lead", "agencies", what="agency"),
    references("duties", "supports", "agencies", what="agency"),
    references("duties", "category", "categories", what="category", besides=("*",)),
    references("promises", "category", "categories", what="category", besides=("*",)),
    references("promises", "calendar", "calendar", what="calendar"),
    references("duties", "hours", "calendar", what="calendar", besides=("always",), negated="!"),
    references("categories", "parent", "categories", what="category", besides=("",)),
    references("categories", "kind", "kinds", what="kind"),
)


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def shapes(folder: Path, level: str) -> dict[int, shapely.Geometry]:
    table = pq.read_table(folder / "geometry" / f"{level}.parquet")
    found = shapely.from_wkb(table["geometry"].to_numpy(zero_copy_only=False))
    return dict(zip(table["id"].to_pylist(), found, strict=True))


def assert_nested_and_valid(folder: Path) -> None:
    """Every level is a coverage of whole polygons, and every place is exactly the union of its children."""
    parent = {int(row["id"]): int(row["parent"] or 0) for row in rows(folder, "places")}
    above = shapes(folder, LEVELS[0])
    for level in LEVELS[1:]:
        here = shapes(folder, level)
        polygons = np.array(list(here.values()))
        assert shapely.coverage_is_valid(polygons)
        assert shapely.is_valid(polygons).all()
        assert set(shapely.get_type_id(polygons).tolist()) == {3}
        owner = np.array([parent[place] for place in here])
        for place, outline in above.items():
            assert shapely.coverage_union_all(polygons[owner == place]).equals(outline)
        above = here


def test_the_same_seed_and_scale_give_the_same_bytes(weicheng: Path, tmp_path: Path) -> None:
    build(tmp_path / "again", seed=7, scale=1.0)

    files = sorted(path.relative_to(weicheng) for path in weicheng.rglob("*") if path.is_file())
    same, different, missing = filecmp.cmpfiles(weicheng, tmp_path / "again", map(str, files), shallow=False)
    assert (len(same), different, missing) == (len(files), [], [])


def test_another_seed_gives_another_city(weicheng: Path, tmp_path: Path) -> None:
    build(tmp_path / "other", seed=8, scale=0.1)

    assert rows(tmp_path / "other", "places")[1]["name"] != rows(weicheng, "places")[1]["name"]


def test_the_city_has_the_size_that_was_promised(weicheng: Path) -> None:
    places = rows(weicheng, "places")
    people = {int(row["id"]): int(row["residents"]) for row in rows(weicheng, "population")}

    assert [sum(row["level"] == str(level) for row in places) for level in range(1, 6)] == [1, 5, 24, 160, 1000]
    assert [sum(n for place, n in people.items() if place // 1_000_000 == level) for level in range(1, 6)] == [
        300_000
    ] * 5


def test_the_full_scale_has_the_counts_of_the_largest_city() -> None:
    size = size_of(62)

    assert (size.districts, size.towns, size.communities, size.grids) == (38, 1_031, 11_270, 62_000)


@pytest.mark.parametrize("scale", [0.0, 0.05, 101.0])
def test_a_scale_out_of_bounds_is_refused_with_the_bounds(scale: float, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"it can be from 0\.1 to 100"):
        build(tmp_path, seed=7, scale=scale)


def test_every_level_is_a_valid_coverage_nested_in_the_one_above(weicheng: Path) -> None:
    assert_nested_and_valid(weicheng)


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.sampled_from([0.1, 0.3, 0.7]))
def test_any_seed_gives_a_nested_and_valid_city(
    tmp_path_factory: pytest.TempPathFactory, seed: int, scale: float
) -> None:
    folder = tmp_path_factory.mktemp("city")

    build(folder, seed=seed, scale=scale)

    assert_nested_and_valid(folder)


@pytest.mark.slow
def test_a_city_six_times_as_large_is_nested_and_valid(tmp_path: Path) -> None:
    summary = build(tmp_path, seed=7, scale=6.0)

    assert summary.places["grid"] == 6_000
    assert_nested_and_valid(tmp_path)


def test_every_shape_says_it_is_synthetic(weicheng: Path) -> None:
    for level in LEVELS:
        table = pq.read_table(weicheng / "geometry" / f"{level}.parquet")

        assert set(table["origin"].to_pylist()) == {"synthetic"}
        assert set(table["source"].to_pylist()) == {"invented"}


def test_no_border_is_a_straight_slab_and_no_grid_a_needle(weicheng: Path) -> None:
    grids = np.array(list(shapes(weicheng, "grid").values()))

    roundness = 4 * np.pi * shapely.area(grids) / shapely.length(grids) ** 2
    assert np.median(roundness) > 0.4
    assert roundness.min() > 0.15


def test_grids_are_numbered_from_west_to_east_in_bands_from_north_to_south() -> None:
    x, y = np.array([2.0, 1.0, 1.0, 2.0]), np.array([9.9, 10.0, 0.0, 0.2])

    assert reading_order(x, y).tolist() == [1, 0, 2, 3]


def test_the_first_grid_of_a_community_lies_north_of_its_last(weicheng: Path) -> None:
    outlines = shapes(weicheng, "grid")
    family: dict[str, list[tuple[str, int]]] = {}
    for row in rows(weicheng, "places"):
        if row["level"] == "5":
            family.setdefault(row["parent"], []).append((row["code"], int(row["id"])))

    large = [sorted(grids) for grids in family.values() if len(grids) >= 6]
    north = [outlines[grids[0][1]].centroid.y > outlines[grids[-1][1]].centroid.y for grids in large]
    assert np.mean(north) > 0.97


def test_codes_are_built_on_the_code_of_the_parent_and_ids_follow_codes(weicheng: Path) -> None:
    places = {row["id"]: row for row in rows(weicheng, "places")}

    for row in places.values():
        assert row["level"] == "1" or row["code"].startswith(places[row["parent"]]["code"].removesuffix("00")[:4])
        if int(row["level"]) > 2:
            assert row["code"][:-3] == places[row["parent"]]["code"]
    for level in "2345":
        codes = [row["code"] for row in places.values() if row["level"] == level]
        assert codes == sorted(set(codes))


def test_no_two_children_of_a_place_share_a_name_but_some_communities_of_different_towns_do(weicheng: Path) -> None:
    places = rows(weicheng, "places")

    within = [(row["parent"], row["name"]) for row in places]
    communities = [row["name"] for row in places if row["level"] == "4"]
    assert len(set(within)) == len(within)
    assert len(set(communities)) < len(communities)


def test_the_pack_has_no_faults(weicheng: Path) -> None:
    packs, faults = check_packs([weicheng], TABLES, CHECKS)

    assert [str(fault) for fault in faults] == []
    assert len(packs.table("duties", kind.Duty)) > 2_000


def test_agencies_and_duties_lie_in_places_that_exist(weicheng: Path) -> None:
    codes = {row["code"] for row in rows(weicheng, "places")}

    for table in ("agencies", "duties"):
        assert {row["place"] for row in rows(weicheng, table)} <= codes


def test_no_two_duties_contradict_each_other(weicheng: Path) -> None:
    hours: dict[tuple[str, str], list[str]] = {}
    for row in rows(weicheng, "duties"):
        hours.setdefault((row["category"], row["place"]), []).append(row["hours"])

    assert {tuple(sorted(found)) for found in hours.values()} == {("always",), ("!work", "work")}


def test_every_category_has_a_rule_for_the_whole_city(weicheng: Path) -> None:
    covered = {row["category"] for row in rows(weicheng, "duties") if row["place"] == "990100"}

    assert {theme.key for theme in themes()} | {"*"} == covered


def test_shares_of_a_day_sum_to_one(weicheng: Path) -> None:
    total = sum(float(row["share"]) for row in rows(weicheng, "categories"))

    assert total == pytest.approx(1, abs=1e-4)


def test_every_category_has_its_names_and_at_least_two_ways_to_say_it() -> None:
    assert all(theme.name_zh and theme.name_en for theme in all_themes())
    assert all(len(phrases()[theme.key]) >= 2 for theme in themes())
