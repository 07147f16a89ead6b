"""Real boundaries: New York in two trees, Chongqing with its mislabelled districts."""

import csv
import datetime as dt
import gzip
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from tests.ground.territory.damage import Shape, write_shapes

from shancheng.ground.pack import Fault, check_packs, load_packs
from shancheng.ground.pack.reader import SHIPPED
from shancheng.ground.territory import TABLES, Territory, check

DAY = dt.date(2024, 1, 1)
NEW_YORK = """
key = "new-york"
name = { en = "New York" }
time_zone = "America/New_York"
scheme = "nyc"
trees = ["official", "statistics"]
centre = [-73.95, 40.7]
levels = [
  { level = 1, key = "city", name = { en = "city" } },
  { level = 2, key = "borough", name = { en = "borough" } },
  { level = 3, key = "district", name = { en = "community district" } },
]
source = "NYC Department of City Planning"
geometry = [GEOMETRY]
"""
Row = dict[str, Any]


def read(path: Path) -> list[Row]:
    table = pq.read_table(path)
    shapes = shapely.from_wkb(table["geometry"].to_numpy(zero_copy_only=False))
    return [{**row, "geometry": shape} for row, shape in zip(table.drop(["geometry"]).to_pylist(), shapes, strict=True)]


def new_york(data: Path, folder: Path, layers: Iterable[str]) -> Path:
    """A pack of five boroughs, 71 community districts in the official tree and 195 tabulation areas in another."""
    places: list[list[object]] = [[1, 1, "", "New York", "NYC"]]
    edges: list[list[object]] = []
    shapes: dict[str, dict[int, Shape]] = {"boroughs": {}, "districts": {}, "areas": {}}
    boroughs: dict[str, int] = {}
    for row in read(data / "boroughs.parquet"):
        boroughs[row["BoroName"]] = 10 + row["BoroCode"]
        places.append([10 + row["BoroCode"], 2, 1, row["BoroName"], row["BoroCode"]])
        shapes["boroughs"][10 + row["BoroCode"]] = row["geometry"]
    for place, row in enumerate(read(data / "community_districts_simplified.parquet"), start=100):
        places.append([place, 3, boroughs[row["BOROUGH"]], row["GEONAME"], ""])
        shapes["districts"][place] = row["geometry"]
    for place, row in enumerate(read(data / "nta2010_simplified.parquet"), start=1000):
        places.append([place, 3, "", row["NTAName"], row["NTACode"]])
        edges.append(["statistics", place, boroughs[row["BoroName"]], "invented"])
        shapes["areas"][place] = row["geometry"]
    (folder / "geometry").mkdir(parents=True)
    wanted = [(name, 2 if name == "boroughs" else 3) for name in layers]
    named = ", ".join(f'{{ file = "geometry/{name}.parquet", level = {level} }}' for name, level in wanted)
    (folder / "city.toml").write_text(NEW_YORK.replace("GEOMETRY", named))
    write_rows(folder / "places.csv", "id,level,parent,name,code,source", [[*row, "nyc"] for row in places])
    write_rows(folder / "edges.csv", "tree,child,parent,source", edges)
    for name, _ in wanted:
        write_shapes(folder / "geometry" / f"{name}.parquet", shapes[name])
    return folder


def write_rows(path: Path, header: str, rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header.split(","))
        writer.writerows(rows)


def findings(folder: Path) -> list[Fault]:
    return list(check_packs([folder], TABLES, [check], [SHIPPED])[1])


@pytest.mark.slow
def test_the_boroughs_of_new_york_have_nothing_to_find_but_marble_hill(shared_data: Path, tmp_path: Path) -> None:
    found = findings(new_york(shared_data / "nyc-geo", tmp_path / "nyc", ["boroughs"]))

    assert [(fault.code, fault.record, fault.severity) for fault in found] == [("multipart", "11", "warning")]
    assert "lies apart and against 12" in found[0].message


@pytest.mark.slow
def test_districts_and_tabulation_areas_stand_in_two_trees(shared_data: Path, tmp_path: Path) -> None:
    folder = new_york(shared_data / "nyc-geo", tmp_path / "nyc", ["districts", "areas"])
    world = Territory.of(load_packs([folder], TABLES))

    official, statistics = world.snapshot(DAY), world.snapshot(DAY, "statistics")

    assert [fault for fault in findings(folder) if fault.severity == "error"] == []
    assert len(official.at_level(3)) == 71
    harlem = (-73.9442, 40.8116)
    assert official.name(official.locate(*harlem, 3)) == "Central Harlem (CD10)"
    assert statistics.name(statistics.locate(*harlem, 3)).startswith("Central Harlem")
    assert official.name(official.locate(*harlem, 2)) == "Manhattan"
    assert official.name(statistics.locate(*harlem, 2)) == "Manhattan"


@pytest.mark.slow
def test_simplified_districts_raise_no_false_alarm_about_the_datum(shared_data: Path, tmp_path: Path) -> None:
    found = findings(new_york(shared_data / "nyc-geo", tmp_path / "nyc", ["boroughs", "districts"]))

    assert "datum-shift" not in {fault.code for fault in found}


def chongqing(data: Path, folder: Path, districts: dict[str, Shape], *, datum: str = "wgs84") -> Path:
    """A pack of shapes laid over the tree that ships."""
    world = Territory.of(load_packs([SHIPPED / "cn-chongqing"], TABLES))
    day = dt.date(2023, 6, 30)
    towns = {row["code"]: row["geometry"] for row in read(data / "towns_synthetic_wgs84.parquet")}
    (folder / "geometry").mkdir(parents=True)
    (folder / "city.toml").write_text(
        f'key = "shapes"\nname = {{ en = "Shapes" }}\nneeds = ["cn-chongqing"]\nsource = "test"\n'
        f'geometry = [{{ file = "geometry/district.parquet", level = 2, datum = "{datum}" }}, '
        '{ file = "geometry/town.parquet", level = 3 }]\n'
    )
    for name, shapes in (("district", districts), ("town", towns)):
        by_id = {world.find(code.ljust(12, "0"), day): shape for code, shape in shapes.items()}
        write_shapes(folder / "geometry" / f"{name}.parquet", by_id)
    return folder


def as_published(data: Path) -> dict[str, Shape]:
    with gzip.open(data / "districts_as_published_gcj02_mislabelled_4326.geojson.gz") as file:
        _, _, shapes, fields = pyogrio.raw.read(file.read())
    return dict(zip(fields[0], shapely.from_wkb(shapes), strict=True))


def errors(folder: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for fault in findings(folder):
        if fault.severity == "error":
            found.setdefault(fault.code, []).append(str(fault))
    return found


@pytest.mark.slow
def test_whole_districts_and_towns_have_no_error_and_points_agree_at_both_levels(
    shared_data: Path, tmp_path: Path
) -> None:
    data = shared_data / "chongqing-geo"
    whole = {row["code"]: row["geometry"] for row in read(data / "districts_wgs84.parquet")}
    folder = chongqing(data, tmp_path / "shapes", whole)
    snapshot = Territory.of(load_packs([folder], TABLES, [SHIPPED])).snapshot(dt.date(2023, 6, 30))
    xy = np.random.default_rng(7).uniform((105.3, 28.2), (110.2, 32.2), (20_000, 2))

    towns, districts = snapshot.locate_many(xy, 3), snapshot.locate_many(xy, 2)

    inside = towns > 0
    assert errors(folder) == {}
    assert 6_000 < inside.sum() < 12_000
    assert [snapshot.parent_of(int(town)) for town in towns[inside]] == districts[inside].tolist()
    assert not districts[~inside].any()


@pytest.mark.slow
def test_districts_published_in_another_datum_are_named_and_declaring_it_mends_them(
    shared_data: Path, tmp_path: Path
) -> None:
    data = shared_data / "chongqing-geo"
    districts = as_published(data)

    mislabelled = errors(chongqing(data, tmp_path / "one", districts))
    declared = errors(chongqing(data, tmp_path / "two", districts, datum="gcj02"))

    assert len(mislabelled["datum-shift"]) == 1
    assert "gcj02" in mislabelled["datum-shift"][0]
    assert "district.parquet" in mislabelled["datum-shift"][0]
    assert "datum-shift" not in declared


@pytest.mark.slow
def test_the_new_district_of_2025_is_found_from_its_towns(shared_data: Path, tmp_path: Path) -> None:
    data = shared_data / "chongqing-geo"
    whole = {row["code"]: row["geometry"] for row in read(data / "districts_wgs84.parquet")}
    world = Territory.of(load_packs([chongqing(data, tmp_path / "shapes", whole)], TABLES, [SHIPPED]))
    in_old_jiangbei = (106.553, 29.583)

    before, after = world.snapshot(dt.date(2025, 11, 5)), world.snapshot(dt.date(2025, 11, 6))

    assert before.node(before.locate(*in_old_jiangbei, 2)).code == "500105000000"
    assert after.node(after.locate(*in_old_jiangbei, 2)).code == "500157000000"
    assert after.locate(*in_old_jiangbei, 3) == before.locate(*in_old_jiangbei, 3)
