"""A hilly city beside a peer's walking times, on the half of the origins that nothing was chosen on."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from bench.network_times import SIDES, Reference, agreement, porto_alegre, reference, seconds_between, shipped

from shancheng.ground.network.classes import classes
from shancheng.ground.network.heights import heights
from shancheng.ground.network.network import CLOSED, Network
from shancheng.ground.network.relief import read_relief
from shancheng.ground.network.segments import segments_of
from shancheng.ground.network.streets import read_streets
from shancheng.ground.network.times import segment_times

pytestmark = pytest.mark.slow
REPORTED = 1


@cache
def city(data: Path) -> tuple[Network, Reference]:
    return porto_alegre(shipped(), data), reference(data)


@pytest.mark.parametrize(("way", "name"), SIDES)
@pytest.mark.parametrize("legs", [False, True])
@pytest.mark.parametrize("walker", ["peer", "adult"])
def test_walking_times_agree_with_the_peer_out_and_back(shared_data: Path, way, name, legs, walker) -> None:
    network, pairs = city(shared_data)

    ours = seconds_between(network, shipped().walkers[walker], pairs, way, legs=legs)
    found = agreement(ours, pairs.seconds[name], pairs.half(REPORTED))

    assert found.pairs > 8_000
    assert 0.98 <= found.median <= 1.03, str(found)
    assert found.low >= 0.93, str(found)
    assert found.high <= 1.08, str(found)
    assert found.r >= 0.995, str(found)


def test_slope_is_what_makes_them_agree(shared_data: Path) -> None:
    network, pairs = city(shared_data)

    flat = seconds_between(network, shipped().walkers["flat"], pairs, "there", legs=False)

    assert agreement(flat, pairs.seconds["hill_out_s"], pairs.half(REPORTED)).median < 0.95


def test_wherever_the_peer_finds_a_way_on_foot_so_do_we(shared_data: Path) -> None:
    network, pairs = city(shared_data)

    ours = np.isfinite(seconds_between(network, shipped().walkers["adult"], pairs, "there", legs=True))
    theirs = np.isfinite(pairs.seconds["hill_out_s"])

    assert (theirs & ~ours).mean() < 0.005


def test_what_the_strict_wheelchair_may_use_the_lenient_one_may_too(shared_data: Path) -> None:
    network, _ = city(shared_data)
    strict, lenient = (network.times[f"wheelchair-{name}"] for name in ("strict", "lenient"))

    for one, other in ((strict.forward, lenient.forward), (strict.backward, lenient.backward)):
        assert (other[one != CLOSED] != CLOSED).all()
        assert (one != CLOSED).sum() < 0.8 * (other != CLOSED).sum()


def test_step_free_routes_agree_with_the_peer_in_nine_of_ten_pairs(shared_data: Path) -> None:
    """A door may lie nearest to an edge that leads the lenient walker nowhere: a few pairs only the strict reaches."""
    network, pairs = city(shared_data)

    strict, lenient = (
        np.isfinite(seconds_between(network, shipped().walkers[f"wheelchair-{name}"], pairs, "there", legs=True))
        for name in ("strict", "lenient")
    )
    theirs = np.isfinite(pairs.seconds["wheelchair_out_s"])

    assert (lenient == theirs).mean() > 0.9
    assert (strict & ~lenient).mean() < 0.01
    assert strict.mean() < theirs.mean() < 0.05 + lenient.mean()


def test_heights_every_ten_metres_give_the_city_the_time_of_heights_every_metre(shared_data: Path) -> None:
    folder, tables = shared_data / "porto-alegre-walk", shipped()
    streets = read_streets(folder / "poa_osm.pbf", keys=tables.keys, chosen_by=tables.way_keys)
    segments, found = segments_of(streets), classes(streets, tables)
    relief = read_relief(folder / "poa_elevation.tif", bounds=streets.bounds, smooth_m=tables.measures["smooth"])

    coarse, fine = (
        segment_times(
            streets,
            segments,
            heights(streets, segments, relief, found, {**tables.measures, "sample": sample}),
            found,
            tables.walkers["adult"],
        )
        for sample in (tables.measures["sample"], 1.0)
    )

    for one, other in ((coarse.forward, fine.forward), (coarse.backward, fine.backward)):
        both = np.isfinite(one)
        assert one[both].sum() == pytest.approx(other[both].sum(), rel=1e-3)
