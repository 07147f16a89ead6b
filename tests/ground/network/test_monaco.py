"""A steep city, untouched by any choice of constants: stairs, lifts and escalators are used as their tags say."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from bench.network_times import closed, largest_share, monaco, shipped, two_way

from shancheng.ground.network.classes import classes, kind_code, segment_kinds
from shancheng.ground.network.heights import DIRECTION, VOID, heights
from shancheng.ground.network.network import CLOSED, Network
from shancheng.ground.network.relief import read_relief
from shancheng.ground.network.segments import segments_of
from shancheng.ground.network.streets import read_streets
from shancheng.ground.network.times import segment_times

pytestmark = pytest.mark.slow


@cache
def city(data: Path) -> Network:
    return monaco(shipped(), data)


@cache
def studied(data: Path):
    """Streets, segments, classes, heights and the seconds of an adult."""
    folder, tables = data / "monaco-walk", shipped()
    streets = read_streets(folder / "monaco.osm.pbf", keys=tables.keys, chosen_by=tables.way_keys)
    segments, found = segments_of(streets), classes(streets, tables)
    relief = read_relief(folder / "monaco_srtm3_cut.tif", bounds=streets.bounds, smooth_m=tables.measures["smooth"])
    over = heights(streets, segments, relief, found, tables.measures)
    return streets, segments, found, over, segment_times(streets, segments, over, found, tables.walkers["adult"])


def test_there_and_back_takes_a_third_longer_than_on_the_level(shared_data: Path) -> None:
    network = city(shared_data)

    ratio = two_way(network, network.times["adult"], network.times["flat"])

    assert 1.25 < ratio < 1.45


def test_without_stairs_the_city_falls_apart_and_without_lifts_and_escalators_a_little(shared_data: Path) -> None:
    network = city(shared_data)
    adult = network.times["adult"]

    whole = largest_share(network, adult, adult)
    cut = {
        name: largest_share(network, closed(network, adult, name), adult) for name in ("stairs", "lift", "escalator")
    }

    assert whole > 0.92
    assert cut["stairs"] < whole - 0.05
    assert cut["stairs"] < cut["lift"] < cut["escalator"] < whole


def test_every_flight_of_stairs_climbs_as_its_tag_says(shared_data: Path) -> None:
    streets, segments, found, over, _ = studied(shared_data)
    stairs = over.kind == kind_code("stairs")
    said = found.climbs[streets.way_tags[segments.way]]

    assert (said[stairs] != 0).sum() > 300
    assert (over.up[stairs & (said != 0)] == said[stairs & (said != 0)]).all()


def test_every_escalator_runs_one_way_unless_its_tag_does_not_say_which(shared_data: Path) -> None:
    streets, segments, _, over, times = studied(shared_data)

    for at in np.flatnonzero(over.kind == kind_code("escalator")):
        conveying = streets.tag_sets[streets.way_tags[segments.way[at]]]["conveying"]
        ahead, behind = np.isfinite(times.forward[at]), np.isfinite(times.backward[at])
        assert (ahead, behind) == {"forward": (True, False), "backward": (False, True)}.get(conveying, (True, True))
        assert bool(times.doubt[at] & DIRECTION) is (conveying == "yes")


def test_every_lift_costs_its_wait_and_its_rise(shared_data: Path) -> None:
    streets, segments, found, over, times = studied(shared_data)
    lifts = found.node_lift[streets.node_tags]
    touching = lifts[segments.tail] | lifts[segments.head]

    open_ = touching & np.isfinite(times.forward)

    assert lifts.sum() == 47
    assert (segment_kinds(streets, segments, found)[touching] > 0).all()
    assert (times.forward[open_] >= 20 + 3).all()
    assert over.lift_rise_m[touching].max() == pytest.approx(14 * 3 / 2)


def test_stairs_take_longer_than_a_street_as_long_and_none_takes_its_height_from_the_relief(shared_data: Path) -> None:
    streets, segments, found, over, times = studied(shared_data)
    stairs = over.kind == kind_code("stairs")
    bare = stairs & np.isnan(found.steps[streets.way_tags[segments.way]])

    assert (over.flight_m[bare] >= segments.length_m[bare]).all()
    assert over.flight_m[bare] == pytest.approx(np.sqrt(1.25) * segments.length_m[bare], rel=0.2)
    assert (times.forward[bare] >= segments.length_m[bare] / 0.6).all()


def test_no_height_is_a_void_and_what_was_filled_is_marked(shared_data: Path) -> None:
    streets, _, _, over, _ = studied(shared_data)

    assert np.isfinite(over.node_m).all()
    assert over.node_m.min() > -20
    assert over.node_m.max() < 1_200
    assert (over.node_void.sum() > 0) == bool((over.doubt & VOID).any())
    assert "relief-voids" in {finding.key for finding in over.findings}
    assert len(over.node_m) == len(streets.lon)


def test_wheels_reach_less_than_feet_and_what_is_not_known_lies_between(shared_data: Path) -> None:
    network = city(shared_data)

    open_m = {
        key: float(network.edge_length_m[(times.forward != CLOSED) | (times.backward != CLOSED)].sum())
        for key, times in network.times.items()
    }

    assert open_m["wheelchair-strict"] < open_m["wheelchair-lenient"] < open_m["pram"] < open_m["adult"]
