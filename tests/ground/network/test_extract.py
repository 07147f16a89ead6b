"""Reading street extracts: what is in them, what is odd in them, and those that cannot be read."""

import dataclasses
import hashlib
import shutil

import numpy as np
import osmium
import pytest
from drawn import LAT, LON, extract
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Geod

from shancheng.ground.network.errors import EmptyExtractError, ExtractError, TwoPlacesError
from shancheng.ground.network.lines import read_lines
from shancheng.ground.network.segments import metres, segments_of
from shancheng.ground.network.streets import read_streets

KEYS = frozenset({"highway", "barrier", "surface"})
NODES = [(number, LON + number / 1000, LAT) for number in range(1, 7)]
STREET = {"highway": "residential"}


@pytest.fixture
def pbf(tmp_path):
    return tmp_path / "town.osm.pbf"


def found(streets, key):
    return next(finding for finding in streets.findings if finding.key == key)


def test_nodes_ways_and_tags_come_as_arrays(pbf):
    gate = (7, LON, LAT + 0.001, {"barrier": "gate", "note": "green"})
    extract(pbf, [*NODES, gate], [(10, [3, 1, 7], {**STREET, "name": "Long Street"}), (11, [1, 2], STREET)])

    streets = read_streets(pbf, keys=KEYS)

    assert streets.node_osm.tolist() == [1, 2, 3, 7]
    assert streets.lon.tolist() == [LON + 0.001, LON + 0.002, LON + 0.003, LON]
    assert [streets.tag_sets[tags] for tags in streets.node_tags] == [{}, {}, {}, {"barrier": "gate"}]
    assert streets.way_osm.tolist() == [10, 11]
    assert streets.way_first.tolist() == [0, 3, 5]
    assert streets.way_node.tolist() == [2, 0, 3, 0, 1]
    assert [streets.tag_sets[tags] for tags in streets.way_tags] == [STREET, STREET]
    assert streets.findings == ()


def test_the_source_is_known_by_its_digest(pbf):
    extract(pbf, NODES, [(10, [1, 2], STREET)])

    source = read_streets(pbf, keys=KEYS).source

    assert source.sha256 == hashlib.sha256(pbf.read_bytes()).hexdigest()
    assert (source.nodes, source.size_bytes) == (6, pbf.stat().st_size)


def test_the_box_that_a_file_declares_is_known(pbf):
    header = osmium.io.Header()
    header.add_box(osmium.osm.Box(LON, LAT - 0.5, LON + 1, LAT + 0.25))
    with osmium.SimpleWriter(str(pbf), header=header, overwrite=True) as writer:
        for number, lon, lat in NODES:
            writer.add_node(osmium.osm.mutable.Node(id=number, location=(lon, lat)))
        writer.add_way(osmium.osm.mutable.Way(id=10, nodes=[1, 2], tags=STREET))

    assert read_streets(pbf, keys=KEYS).source.bounds == (LON, LAT - 0.5, LON + 1, LAT + 0.25)


def test_a_file_that_declares_no_box_has_none(pbf):
    extract(pbf, NODES, [(10, [1, 2], STREET)])

    assert read_streets(pbf, keys=KEYS).source.bounds is None


WRITTEN = st.characters(codec="utf-8", min_codepoint=1, max_codepoint=0xFFFFF)
"""libosmium writes the code points of the last private plane wrongly; nobody tags with them."""


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.text(WRITTEN, min_size=1, max_size=12), st.text(WRITTEN, max_size=12), max_size=4))
def test_keys_and_values_come_as_they_were_written(tmp_path, tags):
    path = extract(tmp_path / "town.osm.pbf", NODES, [(10, [1, 2], {**tags, **STREET}), (11, [3, 2], STREET)])

    streets = read_streets(path, keys=frozenset({*tags, "highway"}))

    assert streets.tag_sets[streets.way_tags[0]] == {**tags, **STREET}
    assert streets.tag_sets[streets.way_tags[1]] == STREET


def test_lines_read_in_small_helpings_are_the_lines_read_at_once(tmp_path):
    text = b"n4 Thighway=crossing x1 y2\nw1 Thighway=path Nn1,n-2,n3\nw2 T N\nw3 Tlit=yes,highway=path Nn7,n8\n"
    path = tmp_path / "lines.opl"
    path.write_bytes(text)

    whole, helpings = read_lines(path, KEYS), read_lines(path, KEYS, at_a_time=1)

    assert whole.way_ref.tolist() == [1, -2, 3, 7, 8]
    assert whole.way_length.tolist() == [3, 0, 2]
    assert [whole.tag_sets[tags] for tags in whole.way_tags] == [{"highway": "path"}, {}, {"highway": "path"}]
    for field in dataclasses.fields(whole):
        assert np.array_equal(getattr(whole, field.name), getattr(helpings, field.name)), field.name


def test_the_same_tags_in_another_order_are_one_set(pbf):
    paved = {"surface": "asphalt", "highway": "path"}
    extract(pbf, NODES, [(10, [1, 2], paved), (11, [2, 3], dict(reversed(paved.items()))), (12, [3, 4], STREET)])

    streets = read_streets(pbf, keys=KEYS)

    assert len(streets.tag_sets) == 3
    assert streets.way_tags[0] == streets.way_tags[1]


def test_ways_are_chosen_by_the_keys_asked_for(pbf):
    extract(
        pbf, NODES, [(10, [1, 2], STREET), (11, [2, 3], {"railway": "platform"}), (12, [3, 4], {"building": "yes"})]
    )

    assert read_streets(pbf, keys=KEYS).way_osm.tolist() == [10]
    both = frozenset({"highway", "railway"})
    assert read_streets(pbf, keys=KEYS, chosen_by=both).way_osm.tolist() == [10, 11]


def test_nodes_out_of_order_and_after_the_ways_are_found(pbf):
    extract(pbf, [], [(10, [1, 2, 3], STREET)])
    with osmium.SimpleWriter(str(pbf), overwrite=True) as writer:
        writer.add_way(osmium.osm.mutable.Way(id=10, nodes=[1, 2, 3], tags=STREET, version=1, visible=True))
        for number, lon, lat in reversed(NODES):
            writer.add_node(osmium.osm.mutable.Node(id=number, location=(lon, lat), version=1, visible=True))

    streets = read_streets(pbf, keys=KEYS)

    assert streets.node_osm.tolist() == [1, 2, 3]
    assert streets.way_node.tolist() == [0, 1, 2]


def test_a_way_is_cut_where_the_extract_lacks_its_nodes(pbf):
    extract(pbf, NODES, [(10, [1, 2, 99, 3, 4, 98], STREET), (11, [97, 5, 96], STREET)])

    streets = read_streets(pbf, keys=KEYS)

    assert streets.way_osm.tolist() == [10, 10]
    assert streets.way_node.tolist() == [0, 1, 2, 3]
    missing = found(streets, "nodes-missing")
    assert missing.count == 4
    assert (missing.lon, missing.lat) == (LON + 0.001, LAT)
    assert "4 nodes that 2 ways name are not in the extract, those of way 10 among them" in str(missing)
    assert "First seen at 29.50000, 106.50100" in str(missing)


def test_nodes_without_a_place_on_earth_count_as_missing(pbf):
    extract(pbf, [*NODES, (-8, LON, LAT)], [(10, [1, 2, -8], STREET)])

    streets = read_streets(pbf, keys=KEYS)

    assert streets.way_node.tolist() == [0, 1]
    assert found(streets, "nodes-missing").count == 1


def test_nodes_and_ways_given_twice_are_taken_once_and_counted(pbf):
    extract(pbf, [*NODES, *NODES[:2]], [(10, [1, 2], STREET), (11, [2, 3], STREET), (10, [1, 2], STREET)])

    streets = read_streets(pbf, keys=KEYS)

    assert streets.way_osm.tolist() == [10, 11]
    assert streets.node_osm.tolist() == [1, 2, 3]
    assert found(streets, "nodes-twice").count == 2
    assert "way 10" in found(streets, "ways-twice").sentence


def test_a_node_at_two_places_is_refused_with_both(pbf):
    extract(pbf, [*NODES, (2, LON, LAT)], [(10, [1, 2], STREET)])

    with pytest.raises(TwoPlacesError, match=r"node 2 at 29\.5000000, 106\.5020000 and 29\.5000000, 106\.5000000"):
        read_streets(pbf, keys=KEYS)


def test_a_node_twice_in_a_row_is_one_step_and_counted(pbf):
    extract(pbf, NODES, [(10, [1, 2, 2, 3], STREET)])

    streets = read_streets(pbf, keys=KEYS)

    assert streets.way_node.tolist() == [0, 1, 2]
    assert found(streets, "nodes-repeated").count == 1


def test_segments_without_length_are_kept_with_their_place(pbf):
    extract(pbf, [*NODES, (7, LON + 0.001, LAT)], [(10, [1, 7, 2], STREET)])

    segments = segments_of(read_streets(pbf, keys=KEYS))

    assert len(segments.tail) == 2
    assert segments.length_m[0] == 0
    (finding,) = segments.findings
    assert "1 segments have no length" in str(finding)
    assert (finding.lon, finding.lat) == (LON + 0.001, LAT)


def test_segments_never_leave_their_way(pbf):
    extract(pbf, NODES, [(10, [1, 2, 3], STREET), (11, [3, 1], STREET)])

    segments = segments_of(read_streets(pbf, keys=KEYS))

    assert list(zip(segments.tail.tolist(), segments.head.tolist(), strict=True)) == [(0, 1), (1, 2), (2, 0)]
    assert segments.way.tolist() == [0, 0, 1]


@settings(max_examples=200, deadline=None)
@given(st.floats(-180, 180), st.floats(-75, 75), st.floats(-0.05, 0.05), st.floats(-0.05, 0.05))
def test_metres_are_those_of_the_geodesic(lon, lat, east, north):
    ours = metres(*(np.array([value]) for value in (lon, lat, lon + east, lat + north)))

    geodesic = Geod(ellps="WGS84").inv(lon, lat, lon + east, lat + north)[2]
    assert ours[0] == pytest.approx(geodesic, rel=1e-5, abs=1e-3)


def test_an_extract_without_streets_is_refused(pbf):
    extract(pbf, NODES, [(10, [1, 2], {"building": "yes"})])

    with pytest.raises(EmptyExtractError, match="there are 6 nodes and no way with the key highway in it"):
        read_streets(pbf, keys=KEYS)


def test_an_extract_with_nothing_in_it_is_refused(pbf):
    extract(pbf, [], [])

    with pytest.raises(EmptyExtractError, match="there are 0 nodes"):
        read_streets(pbf, keys=KEYS)


def test_an_extract_of_ways_without_nodes_is_refused(pbf):
    extract(pbf, [], [(10, [1, 2], STREET)])

    with pytest.raises(EmptyExtractError, match="none names two nodes that are in it"):
        read_streets(pbf, keys=KEYS)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"<?xml version='1.0'?><osm/>", "this is XML or a web page"),
        (b"\n<!DOCTYPE html>", "this is XML or a web page"),
        (b"PK\x03\x04" + b"x" * 100, "this is not an OSM PBF file"),
    ],
)
def test_what_is_no_extract_is_named_for_what_it_is(pbf, content, said):
    pbf.write_bytes(content)

    with pytest.raises(ExtractError, match=said):
        read_streets(pbf, keys=KEYS)


def test_a_path_that_leads_nowhere_is_named(pbf):
    with pytest.raises(ExtractError, match="there is no such file"):
        read_streets(pbf, keys=KEYS)


def test_a_truncated_extract_is_refused_wherever_it_ends(pbf):
    rng = np.random.default_rng(5)
    nodes = [(number, LON + rng.random(), LAT + rng.random()) for number in range(1, 20_000)]
    whole = extract(pbf, nodes, [(10, [1, 2], STREET)]).read_bytes()

    for length in (70, 200, len(whole) // 2, len(whole) - 1):
        pbf.write_bytes(whole[:length])
        with pytest.raises(ExtractError, match="it is truncated or damaged"):
            read_streets(pbf, keys=KEYS)


def test_a_damaged_extract_is_refused(pbf):
    content = bytearray(extract(pbf, NODES, [(10, [1, 2], STREET)]).read_bytes())
    content[-20:-10] = b"\xff" * 10
    pbf.write_bytes(content)

    with pytest.raises(ExtractError, match="it is truncated or damaged"):
        read_streets(pbf, keys=KEYS)


def test_a_history_file_is_refused(tmp_path):
    pbf = tmp_path / "town.osh.pbf"
    with osmium.SimpleWriter(str(pbf)) as writer:
        for version in (1, 2):
            node = osmium.osm.mutable.Node(id=1, location=(LON, LAT), version=version, visible=True)
            writer.add_node(node)

    with pytest.raises(ExtractError, match="this is a history file"):
        read_streets(pbf, keys=KEYS)


def test_a_disk_without_room_is_seen_before_it_is_full(pbf, monkeypatch):
    extract(pbf, NODES, [(10, [1, 2], STREET)])
    full = shutil.disk_usage(pbf.parent)._replace(free=1_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: full)

    with pytest.raises(ExtractError, match=r"reading it takes up to 64 MB in .* where 1 MB are free. Make room"):
        read_streets(pbf, keys=KEYS)
