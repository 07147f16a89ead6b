"""The invented city can be walked: streets, relief, homes and facilities fit its places and are the same every time."""

import csv
import filecmp
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import rasterio
import shapely

from shancheng.ground.invented.facilities import services
from shancheng.ground.invented.relief import VOID
from shancheng.ground.invented.walking import AREA_FILE, FACILITIES, HOMES, LINKS, RELIEF, SITES, STREETS, write_streets
from shancheng.ground.network.points import read_areas, read_facilities, read_homes
from shancheng.ground.network.proposals import read_candidates, read_proposals
from shancheng.ground.network.streets import Streets, read_streets

KEYS = frozenset({"highway", "bridge", "conveying", "step_count", "incline", "barrier", "access", "sidewalk", "tunnel"})


@pytest.fixture(scope="module")
def walking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("walking")
    write_streets(folder, seed=7, scale=1.0)
    return folder


@pytest.fixture(scope="module")
def streets(walking: Path) -> Streets:
    return read_streets(walking / STREETS, keys=KEYS)


def tags_of_ways(streets: Streets) -> list[dict[str, str]]:
    return [dict(streets.tag_sets[number]) for number in streets.way_tags.tolist()]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("one", 3), ("two", 3), ("other", 4)):
        write_streets(tmp_path / name, seed=seed, scale=0.1)

    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    same = filecmp.cmpfiles(tmp_path / "one", tmp_path / "two", files, shallow=False)
    assert (len(same[0]), same[1:]) == (len(files), ([], []))
    assert not filecmp.cmp(tmp_path / "one" / STREETS, tmp_path / "other" / STREETS, shallow=False)


def test_every_resident_of_every_grid_lives_in_a_home_that_lies_in_it(walking: Path, weicheng: Path) -> None:
    homes = read_homes(walking / HOMES)

    with (weicheng / "population.csv").open(encoding="utf-8", newline="") as lines:
        residents = {row["id"]: int(row["residents"]) for row in csv.DictReader(lines) if row["id"][0] == "5"}
    lived = Counter[str]()
    for place, people in zip(homes.places, homes.people.tolist(), strict=True):
        lived[place] += int(people)
    assert lived == residents
    grids = pq.read_table(weicheng / "geometry" / "grid.parquet")
    shapes = shapely.from_wkb(grids["geometry"].to_pylist())
    outlines = dict(zip(map(str, grids["id"].to_pylist()), shapes, strict=True))
    around = shapely.buffer([outlines[place] for place in homes.places], 1e-6)
    assert shapely.contains_xy(around, homes.lon, homes.lat).all()
    assert homes.report.sentences == ()
    assert 0.18 < homes.groups["older"].sum() / homes.people.sum() < 0.24


def test_there_are_twenty_categories_each_with_capacity_and_more_shops_than_nursing_homes(walking: Path) -> None:
    keys = tuple(service.key for service in services())
    facilities = read_facilities(walking / FACILITIES, categories=keys)
    areas = read_areas(walking / AREA_FILE, categories=keys)

    count = dict(zip(keys, np.bincount(facilities.category, minlength=20).tolist(), strict=True))
    assert len(keys) == 20
    assert all(count[key] >= 2 for key in keys if key != "park")
    assert count["shop"] > 10 * count["nursing-home"]
    assert (facilities.capacity > 0).all()
    assert {areas.categories[number] for number in areas.category} >= {"park", "health-centre"}
    assert len(facilities.report.refused) == len(areas.report.refused) == 0


def test_the_streets_hold_what_a_mountain_city_has(streets: Streets) -> None:
    ways = tags_of_ways(streets)
    kinds = Counter(tags["highway"] for tags in ways)
    stairs = [tags for tags in ways if tags["highway"] == "steps" and "conveying" not in tags]

    assert kinds["steps"] > 200
    assert kinds["elevator"] >= 5
    assert sum("conveying" in tags for tags in ways) >= 10
    assert sum(tags.get("bridge") == "yes" and tags["highway"] == "footway" for tags in ways) >= 1
    assert sum("tunnel" in tags for tags in ways) >= 1
    assert 0.5 < np.mean(["incline" in tags for tags in stairs]) < 0.8
    assert 0.2 < np.mean(["step_count" in tags for tags in stairs]) < 0.45


def test_some_gates_are_locked_and_one_island_has_no_bridge(streets: Streets) -> None:
    gates = [tags for tags in (streets.tag_sets[number] for number in streets.node_tags) if "barrier" in tags]
    count = np.diff(streets.way_first)
    ends = np.column_stack([np.repeat(streets.way_node[streets.way_first[:-1]], count), streets.way_node])
    label = np.arange(len(streets.lon))
    for _ in range(len(label)):
        before = label.copy()
        np.minimum.at(label, ends[:, 1], label[ends[:, 0]])
        np.minimum.at(label, ends[:, 0], label[ends[:, 1]])
        label = label[label]
        if (label == before).all():
            break

    assert 0 < sum(tags.get("access") == "private" for tags in gates) < len(gates)
    sizes = sorted(np.unique(label, return_counts=True)[1].tolist())
    assert sizes[-1] > 0.98 * len(streets.lon)
    assert 9 in sizes[:-1] or max(sizes[:-1]) < 40


def test_the_relief_is_hilly_covers_every_street_and_has_voids(walking: Path, streets: Streets) -> None:
    with rasterio.open(walking / RELIEF) as raster:
        height, box, form = raster.read(1), raster.bounds, raster.crs.to_epsg()

    west, south, east, north = streets.bounds
    assert form == 4326
    assert box.left < west and box.bottom < south and box.right > east and box.top > north
    assert 0 < (height == VOID).sum() < 200
    assert np.ptp(height[height != VOID]) > 300


def test_what_is_drawn_says_that_it_is_synthetic(walking: Path) -> None:
    areas = json.loads((walking / AREA_FILE).read_text(encoding="utf-8"))

    assert {feature["properties"]["origin"] for feature in areas["features"]} == {"synthetic"}
    with rasterio.open(walking / RELIEF) as raster:
        assert raster.tags()["origin"] == "synthetic"


def test_what_could_be_built_can_be_read(walking: Path) -> None:
    links, sites = read_proposals(walking / LINKS), read_candidates(walking / SITES)

    assert Counter(links.kind).keys() == {"stairs", "bridge", "lift"}
    assert len(sites.ids) == 300
    assert links.report.sentences == sites.report.sentences == ()
    assert (links.cost > 0).all() and (sites.cost > 0).all()


@pytest.mark.parametrize("scale", [0.0, 101.0])
def test_a_scale_out_of_bounds_is_refused(scale: float, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"it can be from 0\.1 to 100"):
        write_streets(tmp_path, scale=scale)
