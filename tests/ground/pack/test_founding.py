"""A new city from one file of boundaries: columns guessed, places and shapes written, findings named."""

import gzip
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from shapely import box

from shancheng.ground.pack import PackError, load_packs
from shancheng.ground.pack.founding import Founded, Wish, found_pack
from shancheng.ground.territory import PlaceVersion, Territory

from .makers import TABLES, faults_of

pytestmark = pytest.mark.filterwarnings("ignore:.crs. was not provided")

ROWS: dict[str, list[Any]] = {
    "WARD_ID": ["011", "012", "021", "022"],
    "WARD_NAME": ["North Hill", "South Hill", "Upper Quay", "Lower Quay"],
    "DISTRICT": ["Hill", "Hill", "Quay", "Quay"],
    "POPULATION": ["10", "20", "30", "40"],
}
SQUARES = [box(0, 0, 1, 1), box(0, 1, 1, 2), box(1, 0, 2, 1), box(1, 1, 2, 2)]


def file_of(path: Path, columns: dict[str, list[Any]], shapes: list[Any], crs: str | None, **options: Any) -> Path:
    """A file of boundaries in the form its ending says."""
    kinds = "Polygon" if all(shape.geom_type == "Polygon" for shape in shapes) else "Unknown"
    pyogrio.raw.write(
        path,
        shapely.to_wkb(np.array(shapes, dtype=object)),
        [np.array(column, dtype=object) for column in columns.values()],
        list(columns),
        geometry_type=kinds,
        crs=crs,
        **options,
    )
    return path


def found(tmp_path: Path, file: Path, **wishes: Any) -> Founded:
    """A pack founded on a file, with source and licence given."""
    named = {"source": "Bureau of Maps, 2024", "licence": "CC0", "name": "Hillport"} | wishes
    return found_pack(Wish(folder=tmp_path / "hillport", boundaries=file, **named))


def test_a_new_city_passes_check(tmp_path: Path):
    file = file_of(tmp_path / "wards.gpkg", ROWS, SQUARES, "EPSG:4326")

    founded = found(tmp_path, file)

    assert founded.faults == ()
    assert [str(fault) for fault in faults_of(tmp_path / "hillport")] == []


def test_columns_are_guessed_and_the_guess_is_said(tmp_path: Path):
    founded = found(tmp_path, file_of(tmp_path / "wards.gpkg", ROWS, SQUARES, "EPSG:4326"))

    assert [line.split(" (guessed)")[0] for line in founded.guess] == [
        "column WARD_ID holds codes",
        "column WARD_NAME holds names",
        "column DISTRICT holds the places above",
    ]


def test_places_of_three_levels_are_written_with_the_codes_as_they_were(tmp_path: Path):
    found(tmp_path, file_of(tmp_path / "wards.gpkg", ROWS, SQUARES, "EPSG:4326"))

    places = load_packs([tmp_path / "hillport"], TABLES).table("places", PlaceVersion)

    assert [(place.level, place.code) for place in places if place.level < 3] == [
        (1, "hillport"),
        (2, "Hill"),
        (2, "Quay"),
    ]
    assert [(place.code, place.parent) for place in places if place.level == 3] == [
        ("011", 2),
        ("012", 2),
        ("021", 3),
        ("022", 3),
    ]


def test_upper_levels_get_the_area_of_those_below(tmp_path: Path):
    found(tmp_path, file_of(tmp_path / "wards.gpkg", ROWS, SQUARES, "EPSG:4326"))

    tables = {path.stem: pq.read_table(path) for path in (tmp_path / "hillport" / "geometry").iterdir()}

    areas = {name: shapely.area(shapely.from_wkb(table["geometry"])).tolist() for name, table in tables.items()}
    assert areas == {"city": [4.0], "district": [2.0, 2.0], "town": [1.0] * 4}
    assert set(tables["district"]["origin"].to_pylist()) == {"derived"}
    assert set(tables["town"]["origin"].to_pylist()) == {"official"}


def test_columns_may_be_named_and_the_level_between_left_out(tmp_path: Path):
    file = file_of(tmp_path / "wards.gpkg", ROWS, SQUARES, "EPSG:4326")

    founded = found(tmp_path, file, id_col="POPULATION", name_col="WARD_NAME", parent_col="")

    places = load_packs([tmp_path / "hillport"], TABLES).table("places", PlaceVersion)
    assert {place.code for place in places if place.level == 2} == {"10", "20", "30", "40"}
    assert "as told" in founded.guess[0]


def test_a_column_that_is_not_there_names_the_nearest(tmp_path: Path):
    file = file_of(tmp_path / "wards.gpkg", ROWS, SQUARES, "EPSG:4326")

    with pytest.raises(PackError) as error:
        found(tmp_path, file, id_col="WARDID", name_col="WARD_NAM")

    assert [fault.nearest for fault in error.value.faults] == ["WARD_ID", "WARD_NAME"]
    assert not (tmp_path / "hillport").exists()


def test_an_unknown_coordinate_system_is_refused_unless_the_numbers_are_degrees(tmp_path: Path):
    far = [shapely.transform(square, lambda points: points + 500_000) for square in SQUARES]
    projected = file_of(tmp_path / "far.shp", ROWS, far, None, encoding="utf-8")

    with pytest.raises(PackError) as error:
        found(tmp_path, projected)

    assert "unknown-crs" in {fault.code for fault in error.value.faults}
    assert not (tmp_path / "hillport").exists()


def test_degrees_without_a_coordinate_system_are_taken_with_a_warning(tmp_path: Path):
    founded = found(tmp_path, file_of(tmp_path / "wards.shp", ROWS, SQUARES, None, encoding="utf-8"))

    assert [(fault.code, fault.severity) for fault in founded.faults] == [("unknown-crs", "warning")]


@pytest.mark.parametrize("coding", ["gb18030", "utf-8"])
def test_texts_of_a_shapefile_without_cpg_are_read_by_their_bytes(tmp_path: Path, coding: str):
    rows = ROWS | {"WARD_NAME": ["北坡街道", "南坡街道", "上码头镇", "下码头镇"]}
    file = file_of(tmp_path / "wards.shp", rows, SQUARES, "EPSG:4326", encoding=coding)
    file.with_suffix(".cpg").unlink()

    founded = found(tmp_path, file)

    places = load_packs([tmp_path / "hillport"], TABLES).table("places", PlaceVersion)
    assert "上码头镇" in {place.name for place in places}
    assert [fault.code for fault in founded.faults] == ["encoding"]


def test_places_are_moved_from_the_coordinate_system_of_the_file(tmp_path: Path):
    feet = "EPSG:3435"
    squares = [box(1_150_000, 1_900_000, 1_160_000, 1_910_000), box(1_160_000, 1_900_000, 1_170_000, 1_910_000)]
    rows = {"code": ["1", "2"], "name": ["West", "East"]}

    found(tmp_path, file_of(tmp_path / "two.geojson", rows, squares, None), crs=feet)

    shapes = shapely.from_wkb(pq.read_table(tmp_path / "hillport" / "geometry" / "city.parquet")["geometry"])
    west, south, east, north = shapely.total_bounds(shapes)
    assert -88 < west < east < -87 and 41 < south < north < 42


def test_shapes_that_are_not_valid_are_mended_and_named(tmp_path: Path):
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])

    founded = found(tmp_path, file_of(tmp_path / "wards.gpkg", ROWS, [bow, *SQUARES[1:]], "EPSG:4326"))

    assert [(fault.code, fault.record) for fault in founded.faults] == [("invalid-geometry", "row 1")]


def test_rows_without_an_area_are_left_out_and_named(tmp_path: Path):
    shapes = [shapely.Point(0, 0), *SQUARES[1:]]

    founded = found(tmp_path, file_of(tmp_path / "wards.gpkg", ROWS, shapes, "EPSG:4326"))

    assert [fault.code for fault in founded.faults] == ["wrong-geometry"]
    names = {place.name for place in load_packs([tmp_path / "hillport"], TABLES).table("places", PlaceVersion)}
    assert names & set(ROWS["WARD_NAME"]) == set(ROWS["WARD_NAME"][1:])


def test_rows_with_one_code_become_one_place_when_they_bear_one_name(tmp_path: Path):
    rows = ROWS | {"WARD_ID": ["011", "011", "021", "0"], "WARD_NAME": ["Hill", "Hill", "Upper Quay", "Lower Quay"]}

    found(tmp_path, file_of(tmp_path / "wards.gpkg", rows, SQUARES, "EPSG:4326"), id_col="WARD_ID")

    places = load_packs([tmp_path / "hillport"], TABLES).table("places", PlaceVersion)
    assert [place.code for place in places if place.level == 3] == ["0", "011", "021"]


def test_a_code_that_different_names_share_gets_numbers(tmp_path: Path):
    rows = ROWS | {"WARD_ID": ["0", "0", "021", "022"]}

    founded = found(tmp_path, file_of(tmp_path / "wards.gpkg", rows, SQUARES, "EPSG:4326"), id_col="WARD_ID")

    assert [fault.code for fault in founded.faults] == ["duplicate-code"]
    places = load_packs([tmp_path / "hillport"], TABLES).table("places", PlaceVersion)
    assert {"0-1", "0-2"} <= {place.code for place in places}


def test_what_nobody_said_of_source_and_licence_is_a_finding(tmp_path: Path):
    file = file_of(tmp_path / "wards.gpkg", ROWS, SQUARES, "EPSG:4326")

    founded = found(tmp_path, file, source="", licence="")

    assert [fault.code for fault in founded.faults] == ["missing-source", "missing-licence"]


def test_a_folder_that_holds_something_is_never_written_into(tmp_path: Path):
    (tmp_path / "hillport").mkdir()
    (tmp_path / "hillport" / "city.toml").write_text("mine")

    with pytest.raises(PackError, match="there already"):
        found(tmp_path, file_of(tmp_path / "wards.gpkg", ROWS, SQUARES, "EPSG:4326"))


@pytest.mark.parametrize("content", [b"", b"not a map", b"PAR1PAR1"])
@pytest.mark.parametrize("name", ["a.parquet", "a.geojson", "a.shp", "a.gpkg"])
def test_a_file_that_is_no_map_is_refused_in_a_sentence(tmp_path: Path, name: str, content: bytes):
    (tmp_path / name).write_bytes(content)

    with pytest.raises(PackError) as error:
        found(tmp_path, tmp_path / name)

    assert error.value.faults[0].code in ("broken-file", "wrong-geometry")


def test_a_table_without_shapes_is_refused(tmp_path: Path):
    pq.write_table(pa.table({"code": ["1"]}), tmp_path / "a.parquet")

    with pytest.raises(PackError, match="no column of shapes"):
        found(tmp_path, tmp_path / "a.parquet")


@pytest.mark.parametrize(
    ("name", "levels"),
    [
        ("nyc-geo/boroughs", [1, 5]),
        ("nyc-geo/community_districts_simplified", [1, 5, 71]),
        ("nyc-geo/nta2010_simplified", [1, 5, 195]),
        ("nyc-geo/council_districts", [1, 51]),
        ("chicago-geo/community_areas", [1, 77]),
    ],
)
def test_real_boundaries_become_a_city_without_code(tmp_path: Path, shared_data: Path, name: str, levels: list[int]):
    found(tmp_path, shared_data / f"{name}.parquet", time_zone="America/New_York")

    folder = tmp_path / "hillport"
    assert [str(fault) for fault in faults_of(folder) if fault.severity == "error"] == []
    places = load_packs([folder], TABLES).table("places", PlaceVersion)
    assert [sum(place.level == level for place in places) for level in range(1, len(levels) + 1)] == levels


def test_chicagos_shapefile_without_prj_needs_its_coordinate_system(tmp_path: Path, shared_data: Path):
    for ending in ("dbf", "shx"):
        shutil.copy(shared_data / "chicago-geo" / f"Chicago77.{ending}", tmp_path)
    file = tmp_path / "Chicago77.shp"
    file.write_bytes(gzip.decompress((shared_data / "chicago-geo" / "Chicago77.shp.gz").read_bytes()))

    with pytest.raises(PackError) as error:
        found(tmp_path, file)
    founded = found(tmp_path, file, crs="EPSG:3435")

    assert [fault.code for fault in error.value.faults] == ["encoding", "unknown-crs"]
    assert [fault.code for fault in founded.faults] == ["encoding"]
    shapes = Territory.of(load_packs([tmp_path / "hillport"], TABLES)).shapes
    assert shapes.levels == (1, 2)
