"""Files of homes, facilities and areas are read strictly, and every row is either kept or refused with its reason."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from shancheng.ground.datum import from_wgs84
from shancheng.ground.network.layer import LayerError
from shancheng.ground.network.points import read_areas, read_facilities, read_homes

Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(name: str, text: str) -> Path:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return written


def geo(path: Path, shapes: list[shapely.Geometry], fields: dict[str, list[object]], crs: str = "EPSG:4326") -> Path:
    kind = shapes[0].geom_type if len({shape.geom_type for shape in shapes}) == 1 else "Unknown"
    values = [np.array(column, object if isinstance(column[0], str) else None) for column in fields.values()]
    pyogrio.raw.write(path, shapely.to_wkb(np.array(shapes)), values, list(fields), geometry_type=kind, crs=crs)
    return path


def test_homes_come_with_people_and_groups(write: Write) -> None:
    path = write("homes.csv", "id,lon,lat,people,people_older,storeys\nH1,106.5,29.5,30,7,3\nH2,106.6,29.6,12,,\n")

    homes = read_homes(path)

    assert (homes.ids, homes.people.tolist(), homes.groups["older"].tolist()) == (("H1", "H2"), [30, 12], [7, 0])
    assert homes.report.sentences == ("homes.csv: the columns storeys are not read.",)


def test_every_wrong_row_is_refused_with_its_line_and_every_reason(write: Write) -> None:
    rows = ["id,lon,lat,people,people_older", "H1,106.5,29.5,30,31", ",106.5,29.5,many,", "H3,106.5,29.5",
            "H4,29.5,106.5,3,", "H5,35600000,3300000,3,", '"H6",106.5,29.5,-2,', "H7,106.5,29.5,3,",
            "H7,106.5,29.5,4,", "H9,106.5,,3,"]  # fmt: skip
    path = write("homes.csv", "\n".join(rows))

    report = read_homes(path).report

    assert (report.rows, report.kept, len(report.refused)) == (9, 1, 8)
    assert report.sentences == (
        "homes.csv, line 2, 'H1': people_older 31 is more than the 30 people.",
        "homes.csv, line 3, '': the id is empty; people 'many' is not a number.",
        "homes.csv, line 4, 'H3': 3 cells where the header has 5: a quote or comma is missing.",
        "homes.csv, line 5, 'H4': 29.5, 106.5 is no longitude and latitude in degrees; are the two swapped?",
        "homes.csv, line 6, 'H5': 3.56e+07, 3.3e+06 is no longitude and latitude in degrees; "
        "are these metres of a projection?",
        "homes.csv, line 7, 'H6': people is -2; it cannot be less than 0.",
        "homes.csv, line 9, 'H7': the id 'H7' stands already in line 8.",
        "homes.csv, line 10, 'H9': lat is empty.",
    )


def test_a_quote_that_is_not_closed_says_up_to_which_line_it_reaches(write: Write) -> None:
    path = write("homes.csv", 'id,lon,lat,people\n"H1,106.5,29.5,3\nH2,106.5,29.5,3\n')

    report = read_homes(path).report

    told = "1 cells, on to line 3 where the header has 4: a quote or comma is missing."
    assert report.sentences == (f"homes.csv, line 2, 'H1,106.5,29.5,3': {told}",)


@settings(max_examples=40, deadline=None)
@given(cells=st.lists(st.tuples(st.text(max_size=4), st.text("0123456789.-e, \"'", max_size=6)), max_size=12))
def test_no_row_is_ever_lost(tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str]]) -> None:
    path = tmp_path_factory.mktemp("rows") / "homes.parquet"
    table = {"id": [one for one, _ in cells], "lon": [106.5] * len(cells), "lat": [29.5] * len(cells)}
    pq.write_table(pa.table({**table, "people": [people for _, people in cells]}), path)

    report = read_homes(path).report

    assert report.rows == len(cells) == report.kept + len(report.refused)


def test_facilities_of_an_unknown_category_are_refused_and_an_empty_category_is_named(write: Write) -> None:
    path = write("places.csv", "id,name,lon,lat,category,capacity\nF1,One,106.5,29.5,school,300\n"
                 "F2,Two,106.5,29.5,scool,\nF3,,106.5,29.5,,\nF1,One,106.5,29.5,park,\n")  # fmt: skip

    facilities = read_facilities(path, categories=("park", "school", "clinic"))

    assert facilities.category.tolist() == [1, 0]
    assert np.isnan(facilities.capacity).tolist() == [False, True]
    assert facilities.report.sentences == (
        "places.csv, line 3, 'F2': there is no category 'scool', did you mean 'school'?",
        "places.csv, line 4, 'F3': the category is empty.",
        "places.csv has no facility of clinic: nobody is near one, so check that the list is whole.",
    )


def test_rows_with_one_word_as_facility_are_entrances_of_one(write: Write) -> None:
    text = "id,lon,lat,category,facility\nG1,1,2,park,P\nS,1,2,shop,\nG2,1,2,park,P\nG3,1,2,park,Q\n"

    assert read_facilities(write("gates.csv", text)).facility.tolist() == [0, 1, 0, 3]


def test_a_datum_may_be_stated_for_the_file_or_for_each_row(write: Write) -> None:
    lon, lat = from_wgs84(106.5, 29.5, "gcj02")
    text = f"id,lon,lat,people,datum\nA,{lon!r},{lat!r},1,\nB,106.5,29.5,1,wgs84\nC,106.5,29.5,1,wgs48\n"

    homes = read_homes(write("homes.csv", text), datum="gcj02")

    assert homes.lon == pytest.approx([106.5, 106.5], abs=1e-9)
    assert homes.lat == pytest.approx([29.5, 29.5], abs=1e-9)
    assert "There is no datum named 'wgs48'" in homes.report.refused[0].reason


@pytest.mark.parametrize("name", ["f.gpkg", "f.geojson"])
def test_points_come_from_map_files_too_and_an_area_among_them_is_refused(name: str, tmp_path: Path) -> None:
    shapes = [shapely.Point(106.5, 29.5), shapely.box(106, 29, 107, 30), shapely.Point(106.6, 29.6)]
    fields: dict[str, list[object]] = {
        "id": ["A", "P", "B"],
        "category": ["clinic"] * 3,
        "capacity": [1.0, 2.0, np.nan],
    }
    path = geo(tmp_path / name, shapes, fields)

    facilities = read_facilities(path)

    assert (facilities.ids, facilities.lon.tolist()) == (("A", "B"), [106.5, 106.6])
    reason = "it is a polygon and not a point; areas are read apart and entered by their gates"
    assert facilities.report.sentences == (f"{name}, row 2, 'P': {reason}.",)


def test_geoparquet_is_read_with_its_own_reference_system(tmp_path: Path) -> None:
    east, north = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:32648", always_xy=True).transform(106.5, 29.5)
    column = {"encoding": "WKB", "crs": pyproj.CRS.from_epsg(32648).to_json_dict()}
    geo_words = {"version": "1.1.0", "primary_column": "spot", "columns": {"spot": column}}
    table = pa.table({"id": ["A"], "people": [3], "spot": [shapely.to_wkb(shapely.Point(east, north))]})
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo_words)}), tmp_path / "homes.parquet")

    homes = read_homes(tmp_path / "homes.parquet")

    assert (homes.lon[0], homes.lat[0]) == (pytest.approx(106.5, abs=1e-9), pytest.approx(29.5, abs=1e-9))


def test_a_map_file_in_metres_comes_in_degrees(tmp_path: Path) -> None:
    east, north = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:32648", always_xy=True).transform(106.5, 29.5)
    path = geo(tmp_path / "f.gpkg", [shapely.Point(east, north)], {"id": ["A"], "category": ["clinic"]}, "EPSG:32648")

    facilities = read_facilities(path)

    assert (facilities.lon[0], facilities.lat[0]) == (pytest.approx(106.5, abs=1e-9), pytest.approx(29.5, abs=1e-9))


def test_areas_are_polygons_and_a_broken_outline_is_refused(tmp_path: Path) -> None:
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    shapes = [shapely.box(106, 29, 107, 30), bow, shapely.Point(1, 1)]
    path = geo(tmp_path / "parks.gpkg", shapes, {"id": ["A", "B", "C"], "category": ["park"] * 3})

    areas = read_areas(path)

    assert areas.ids == ("A",)
    assert [row.reason.split(" (")[0] for row in areas.report.refused] == [
        "its outline is broken",
        "it is a point and not an area; read it as a facility",
    ]


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("a.csv", "", "is empty; its first line has to name the columns"),
        ("a.csv", "id,long,lat,people\n", "has no column lon; its columns are id, long, lat, people. Is it 'long'"),
        ("a.csv", "id,id,people\n", "has the column 'id' twice"),
        ("a.csv", "id,lon,lat\n", "has no column people"),
        ("a.xlsx", "", "files that end in '.xlsx' are not read; give one of .csv"),
        ("a.gpkg", "no", "cannot be read"),
        ("a.parquet", "no", "cannot be read as Parquet"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(name: str, text: str, sentence: str, write: Write) -> None:
    with pytest.raises(LayerError) as told:
        read_homes(write(name, text))

    assert sentence in str(told.value)


def test_a_file_that_is_not_utf_8_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "homes.csv").write_bytes("id,lon,lat,people\nH1,1,2,3\n重庆,1,2,3\n".encode("gb18030"))

    with pytest.raises(LayerError, match=r"homes\.csv, line 3: this is not UTF-8; save the file as CSV UTF-8"):
        read_homes(tmp_path / "homes.csv")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LayerError, match=r"There is no file .*homes\.csv; check the name"):
        read_homes(tmp_path / "homes.csv")
