"""Networks made from files: a small town by hand, and real cities."""

from functools import cache
from pathlib import Path

import numpy as np
import osmium
import pytest
from drawn import DAY, LAT, LON, extract
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from shancheng.ground.network.build import build
from shancheng.ground.network.classes import classes, kind_code
from shancheng.ground.network.errors import BuildError
from shancheng.ground.network.heights import heights
from shancheng.ground.network.keeping import load, save
from shancheng.ground.network.network import Network
from shancheng.ground.network.relief import read_relief
from shancheng.ground.network.segments import segments_of
from shancheng.ground.network.streets import read_streets
from shancheng.ground.network.times import segment_times
from shancheng.ground.network.walkers import TABLES, WalkTables, check, walk_tables
from shancheng.ground.pack import check_packs, find_pack

CITIES = {
    "monaco": ("monaco-walk/monaco.osm.pbf", "monaco-walk/monaco_srtm3_cut.tif"),
    "porto-alegre": ("porto-alegre-walk/poa_osm.pbf", "porto-alegre-walk/poa_elevation.tif"),
    "porto": ("porto-walk-large/porto_portugal.osm.pbf", None),
}


@cache
def tables() -> WalkTables:
    packs, _ = check_packs([find_pack("base")], TABLES, [check])
    return walk_tables(packs, DAY)


@pytest.fixture
def town(tmp_path) -> Path:
    """A street, a gate on it, stairs and a ramp beside each other, and a street for cars only."""
    nodes = [
        (1, LON, LAT),
        (2, LON + 0.001, LAT),
        (3, LON + 0.002, LAT, {"barrier": "gate", "foot": "yes"}),
        (4, LON + 0.003, LAT),
        (5, LON + 0.002, LAT + 0.001),
        (6, LON + 0.003, LAT + 0.001),
    ]
    ways = [
        (10, [1, 2, 3, 4], {"highway": "residential"}),
        (11, [2, 5], {"highway": "steps", "step_count": "60", "incline": "up"}),
        (12, [2, 6, 5], {"highway": "footway", "wheelchair": "yes"}),
        (13, [4, 6], {"highway": "motorway"}),
    ]
    return extract(tmp_path / "town.osm.pbf", nodes, ways)


def test_a_town_becomes_edges_of_one_kind_each(town):
    network = build(town, None, ["adult", "wheelchair-strict"], tables(), day=DAY)

    assert sorted(network.edge_kind.tolist()).count(kind_code("stairs")) == 1
    stairs = int(np.flatnonzero(network.edge_kind == kind_code("stairs"))[0])
    assert network.edge_way[stairs] == 11
    assert network.times["adult"].forward[stairs] > 0
    assert network.times["wheelchair-strict"].forward[stairs] == -1
    assert network.manifest.counts.segments_closed >= 1


def test_a_gate_of_which_the_tables_speak_stays_a_node(town):
    network = build(town, None, ["adult"], tables(), day=DAY)

    assert 3 in network.node_osm.tolist()


def test_what_it_was_made_from_is_in_the_manifest(town):
    manifest = build(town, None, ["adult"], tables(), day=DAY).manifest

    assert manifest.day == DAY
    assert manifest.streets.name == "town.osm.pbf"
    assert manifest.relief is None
    assert manifest.walkers["adult"].version == tables().version("adult")
    assert any(finding.key == "heights-outside" for finding in manifest.findings)


def test_a_walker_nobody_knows_is_refused_with_those_known(town):
    with pytest.raises(BuildError, match="There is no walker 'robot'; the packs have adult, older"):
        build(town, None, ["adult", "robot"], tables(), day=DAY)


def test_progress_is_told_from_nothing_to_all(town):
    told = []

    build(town, None, ["adult", "older"], tables(), day=DAY, progress=lambda share, step: told.append((share, step)))

    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert (shares[0], told[-1]) == (0.0, (1.0, "done"))
    assert "older" in [step for _, step in told]


def test_the_box_an_extract_declares_is_kept_with_the_network(tmp_path):
    header, box = osmium.io.Header(), (LON - 0.5, LAT - 0.25, LON + 0.5, LAT + 0.25)
    header.add_box(osmium.osm.Box(*box))
    with osmium.SimpleWriter(str(tmp_path / "town.osm.pbf"), header=header) as writer:
        for number in (1, 2):
            writer.add_node(osmium.osm.mutable.Node(id=number, location=(LON + number / 1000, LAT)))
        writer.add_way(osmium.osm.mutable.Way(id=10, nodes=[1, 2], tags={"highway": "residential"}))

    save(build(tmp_path / "town.osm.pbf", None, ["adult"], tables(), day=DAY), tmp_path / "network")

    assert load(tmp_path / "network").manifest.streets.bounds == box


def of_city(shared_data: Path, city: str, *walkers: str) -> Network:
    streets, relief = CITIES[city]
    return build(shared_data / streets, relief and shared_data / relief, walkers, tables(), day=DAY)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("city", "nodes", "metres"),
    [("monaco", 11_700, 130_000), ("porto-alegre", 38_300, 1_850_000), ("porto", 324_000, 9_940_000)],
)
def test_a_real_city_keeps_its_streets(shared_data, tmp_path, city, nodes, metres):
    network = of_city(shared_data, city, *tables().walkers)

    counts = network.manifest.counts
    assert counts.street_nodes == pytest.approx(nodes, rel=0.03)
    assert counts.length_m == pytest.approx(metres, rel=0.03)
    assert counts.nodes < counts.street_nodes / 1.8
    assert network.point_first[-1] == counts.segments_open + counts.edges
    assert network.manifest.walkers["adult"].largest_share > 0.9
    save(network, tmp_path / city)
    again = load(tmp_path / city)
    assert again.manifest == network.manifest
    assert all(np.array_equal(again.times[key].forward, network.times[key].forward) for key in network.times)


@pytest.mark.slow
@pytest.mark.parametrize(("city", "walker"), [("monaco", "adult"), ("porto-alegre", "wheelchair-lenient")])
def test_times_of_a_real_city_are_those_along_its_segments(shared_data, city, walker):
    network = of_city(shared_data, city, walker)
    path, relief = (shared_data / name for name in CITIES[city])

    streets = read_streets(path, keys=tables().keys, chosen_by=tables().way_keys)
    segments, found = segments_of(streets), classes(streets, tables())
    ground = read_relief(relief, bounds=streets.bounds, smooth_m=tables().measures["smooth"])
    over = heights(streets, segments, ground, found, tables().measures)
    times = segment_times(streets, segments, over, found, tables().walkers[walker])
    tail = np.concatenate((segments.tail, segments.head))
    head = np.concatenate((segments.head, segments.tail))
    seconds = np.concatenate((times.forward, times.backward))
    place = np.searchsorted(streets.node_osm, network.node_osm)
    starts = np.random.default_rng(3).choice(network.nodes, 12, replace=False)
    whole = dijkstra(least(tail, head, seconds, len(streets.lon)), indices=place[starts])[:, place]
    arcs = network.arcs(walker)
    ours = dijkstra(least(arcs.tail, arcs.head, arcs.cost / 10, network.nodes), indices=starts)
    assert np.array_equal(np.isfinite(ours), np.isfinite(whole))
    reached = np.isfinite(whole)
    apart = np.abs(ours[reached] - whole[reached])
    assert apart.mean() < 0.3
    assert apart.max() < 2


def least(tail: np.ndarray, head: np.ndarray, seconds: np.ndarray, nodes: int) -> coo_array:
    """A matrix of the least time between neighbours; zero times become a millionth, for zero is no arc to scipy."""
    walked = np.isfinite(seconds)
    order = np.lexsort((seconds[walked], head[walked], tail[walked]))
    one, other, time = (values[walked][order] for values in (tail, head, seconds))
    first = np.ones(len(one), np.bool_)
    first[1:] = (one[1:] != one[:-1]) | (other[1:] != other[:-1])
    return coo_array((np.maximum(time[first], 1e-6), (one[first], other[first])), (nodes, nodes)).tocsr()


@pytest.mark.slow
def test_an_extract_that_was_clipped_says_how_many_nodes_it_lacks(shared_data, tmp_path):
    source, clipped = shared_data / CITIES["monaco"][0], tmp_path / "clipped.osm.pbf"
    lacking = 0
    with osmium.SimpleWriter(str(clipped)) as writer:
        for thing in osmium.FileProcessor(source):
            if isinstance(thing, osmium.osm.Node) and thing.id % 50 == 0:
                lacking += 1
            elif not isinstance(thing, osmium.osm.Relation):
                writer.add(thing)

    network = build(clipped, None, ["adult"], tables(), day=DAY)

    missing = next(finding for finding in network.manifest.findings if finding.key == "nodes-missing")
    assert 0 < missing.count <= lacking * 3
    assert missing.lat == pytest.approx(43.74, abs=0.05)
    assert network.manifest.counts.edges > 3_000
