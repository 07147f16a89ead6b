"""Datums: there and back to a millimetre, identity elsewhere, and layers that are not what they say."""

import gzip
import json

import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from shancheng.ground.datum import (
    MOVES,
    OUTLINE,
    DatumError,
    detect_datum,
    detect_each,
    from_wgs84,
    shift_metres,
    to_wgs84,
)

AREA = shapely.from_wkt(OUTLINE)
DATUMS = ("wgs84", "gcj02", "bd09")
METRES_A_DEGREE = 111_195.0

INSIDE = {
    "Chongqing": (106.55, 29.56), "Mohe": (122.54, 52.97), "Fuyuan": (134.30, 48.36), "Tashkurgan": (75.23, 37.77),
    "Ruili": (97.85, 24.01), "Mengla": (101.57, 21.46), "Dongxing": (107.97, 21.55), "Sanya": (109.50, 18.25),
    "Yongxing": (112.34, 16.83), "Zhangmu": (85.98, 27.99), "Yadong": (88.91, 27.48), "Medog": (95.33, 29.33),
    "Burang": (81.18, 30.29), "Wuqia": (75.25, 39.72), "Khorgos": (80.42, 44.21), "Altay": (88.14, 47.85),
    "Erenhot": (111.98, 43.65), "Manzhouli": (117.45, 49.60), "Suifenhe": (131.15, 44.40), "Hunchun": (130.37, 42.86),
    "Dandong": (124.38, 40.13), "Shengsi": (122.45, 30.73), "Chengshan": (122.70, 37.40),
}  # fmt: skip
OUTSIDE = {
    "New York": (-73.98, 40.75), "Seoul": (126.98, 37.57), "Pyongyang": (125.75, 39.03), "Tokyo": (139.69, 35.69),
    "Naha": (127.68, 26.21), "Manila": (120.98, 14.60), "Hanoi": (105.85, 21.03), "Vientiane": (102.60, 17.97),
    "Bangkok": (100.50, 13.75), "Kathmandu": (85.32, 27.72), "Thimphu": (89.64, 27.47), "Delhi": (77.21, 28.61),
    "Srinagar": (74.80, 34.08), "Almaty": (76.89, 43.24), "Bishkek": (74.57, 42.87), "Ulaanbaatar": (106.92, 47.92),
    "Irkutsk": (104.28, 52.29), "Vladivostok": (131.89, 43.12), "Novosibirsk": (82.92, 55.03), "Perth": (115.9, -31.9),
}  # fmt: skip


def metres(one, other):
    """Distances between float[n, 2] positions that lie near each other."""
    east, north = (other - one).T * METRES_A_DEGREE
    return np.hypot(east * np.cos(np.radians(one[:, 1])), north)


def shifted(places, datum):
    """float[n, 2] in WGS-84 as they lie in another datum."""
    return np.column_stack(from_wgs84(places[:, 0], places[:, 1], datum))


def centres(path):
    """Centroids float[n, 2] of the shapes of a Parquet file."""
    return shapely.get_coordinates(shapely.centroid(shapely.from_wkb(pq.read_table(path)["geometry"].to_pylist())))


def published_districts(shared_data):
    """Centroids of the districts as a package publishes them, by code."""
    with gzip.open(shared_data / "chongqing-geo" / "districts_as_published_gcj02_mislabelled_4326.geojson.gz") as file:
        features = json.load(file)["features"]
    shapes = [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in features]
    codes = [feature["properties"]["code"] for feature in features]
    return dict(zip(codes, shapely.get_coordinates(shapely.centroid(shapes)), strict=True))


def true_districts(shared_data):
    """Centroids of the same districts in WGS-84, by code."""
    path = shared_data / "chongqing-geo" / "districts_wgs84.parquet"
    return dict(zip(pq.read_table(path)["code"].to_pylist(), centres(path), strict=True))


@pytest.fixture(scope="module")
def towns(shared_data):
    """Centroids float[1031, 2] of towns in WGS-84."""
    return centres(shared_data / "chongqing-geo" / "towns_synthetic_wgs84.parquet")


def test_known_points_come_out_as_published_converters_give_them():
    assert from_wgs84(116.404, 39.915, "gcj02") == pytest.approx((116.41024449916938, 39.91640428150164), abs=1e-9)
    bd09 = from_wgs84(*to_wgs84(116.404, 39.915, "gcj02"), "bd09")
    assert bd09 == pytest.approx((116.41036949371029, 39.92133699351021), abs=1e-9)


def test_the_shift_over_chongqing_is_400_to_600_metres():
    lon, lat = np.meshgrid(np.linspace(105.28, 110.20, 300), np.linspace(28.15, 32.21, 300))

    found = shift_metres(lon, lat, "gcj02")

    assert (found.min() > 400, found.max() < 610, round(float(np.median(found)))) == (True, True, 513)


@pytest.mark.parametrize("datum", MOVES)
def test_there_and_back_is_within_a_millimetre_all_over_china(datum):
    chance = np.random.default_rng(5)
    places = np.column_stack([chance.uniform(73, 136, 60_000), chance.uniform(8, 54, 60_000)])
    places = places[shapely.contains_xy(AREA, places)]

    moved = shifted(places, datum)
    back = np.column_stack(to_wgs84(moved[:, 0], moved[:, 1], datum))

    assert len(places) > 20_000
    assert metres(places, back).max() < 1e-3
    again = shifted(back, datum)
    assert metres(moved, again).max() < 1e-3


@settings(max_examples=300, deadline=None)
@given(st.floats(-180, 180), st.floats(-90, 90), st.sampled_from(DATUMS))
def test_one_position_is_moved_as_an_array_of_one(lon, lat, datum):
    single = to_wgs84(lon, lat, datum)
    bulk = to_wgs84(np.array([lon]), np.array([lat]), datum)

    assert single == (bulk[0][0], bulk[1][0])
    assert all(type(part) is float for part in (*single, *from_wgs84(lon, lat, datum), shift_metres(lon, lat, datum)))
    if AREA.contains(shapely.Point(lon, lat)):
        back = to_wgs84(*from_wgs84(lon, lat, datum), datum)
        assert metres(np.array([[lon, lat]]), np.array([back]))[0] < 1e-3


@pytest.mark.parametrize("name", INSIDE)
def test_places_to_the_edge_of_china_are_moved(name):
    assert shift_metres(*INSIDE[name], "gcj02") > 50


@pytest.mark.parametrize("name", OUTSIDE)
def test_places_elsewhere_stay_where_they_are(name):
    place = OUTSIDE[name]

    assert all(from_wgs84(*place, datum) == place == to_wgs84(*place, datum) for datum in MOVES)


def test_what_is_not_a_number_stays_so():
    lon, lat = to_wgs84(np.array([np.nan, 106.5]), np.array([29.5, np.nan]), "gcj02")

    assert np.isnan(lon[0])
    assert np.isnan(lat[1])


def test_an_unknown_datum_is_refused_with_the_nearest_name():
    with pytest.raises(DatumError, match="Did you mean 'gcj02'"):
        to_wgs84(106.5, 29.5, "gcj-02")


def test_the_mislabelled_districts_are_found_to_be_in_gcj02(shared_data):
    published, true = published_districts(shared_data), true_districts(shared_data)
    codes = sorted(true)
    observed, reference = np.array([published[code] for code in codes]), np.array([true[code] for code in codes])

    finding = detect_datum(observed, reference)

    assert (finding.verdict, finding.places) == ("gcj02", 38)
    assert finding.metres_before > 400
    assert finding.metres_after < 20
    assert str(finding).startswith("It is gcj02, not wgs84: 5")
    assert {one.verdict for one in detect_each(observed, reference)} == {"gcj02"}


@pytest.mark.parametrize("datum", [name for name in MOVES if name != "wgs84"])
def test_a_layer_in_any_datum_is_named(towns, datum):
    chance = np.random.default_rng(6)
    rough = towns + chance.normal(0, 300 / METRES_A_DEGREE, towns.shape)

    assert detect_datum(shifted(towns, datum), towns).verdict == datum
    assert detect_datum(shifted(rough, datum), towns).verdict == datum
    assert detect_datum(rough, towns).verdict == "unshifted"


@pytest.mark.parametrize("datum", [name for name in MOVES if name != "wgs84"])
def test_a_single_shifted_town_is_named_and_no_other(towns, datum):
    layer = towns.copy()
    for town in np.random.default_rng(7).choice(len(towns), 25, replace=False).tolist():
        layer[town] = shifted(towns[town : town + 1], datum)[0]

        verdicts = [finding.verdict for finding in detect_each(layer, towns)[max(town - 5, 0) : town + 6]]

        assert verdicts.count(datum) == 1
        assert verdicts.count("unshifted") == len(verdicts) - 1
        layer[town] = towns[town]


def test_references_that_are_kilometres_off_name_no_single_town(towns):
    rough = towns + np.random.default_rng(8).normal(0, 1500 / METRES_A_DEGREE, towns.shape)

    assert not any(finding.is_shifted for finding in detect_each(rough, towns))


def test_too_few_rough_places_are_undecided(towns):
    rough = shifted(towns, "gcj02")[:6] + np.random.default_rng(9).normal(0, 1500 / METRES_A_DEGREE, (6, 2))

    finding = detect_datum(rough, towns[:6])

    assert finding.verdict == "undecided"
    assert "no one datum explains that" in str(finding)


def test_nothing_to_compare_is_undecided():
    assert detect_datum(np.empty((0, 2)), np.empty((0, 2))).verdict == "undecided"
    assert detect_datum([[np.nan, 1.0]], [[106.0, 29.0]]).places == 0


def test_new_york_raises_no_alarm(shared_data):
    for path in sorted((shared_data / "nyc-geo").glob("*.parquet")):
        places = centres(path)
        rough = places + np.random.default_rng(10).normal(0, 200 / METRES_A_DEGREE, places.shape)

        assert detect_datum(places, places).verdict == "unshifted"
        assert not detect_datum(rough, places).is_shifted
        assert not any(finding.is_shifted for finding in detect_each(rough, places))
