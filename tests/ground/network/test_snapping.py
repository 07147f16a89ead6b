"""Homes and facilities come onto the streets where they lie, and read the very times that cut edges would give."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ground.network.made import WALKER, Walker, degrees, random_town, shortest, split, town

from shancheng.ground.network.classes import kind_code
from shancheng.ground.network.labels import Entrances, entrances_of, hung, sources_of, times_at
from shancheng.ground.network.nearby import EdgeIndex, lines_of, metres_per_unit, metres_to_nearest, to_plane
from shancheng.ground.network.network import Network
from shancheng.ground.network.pairing import pairs_at
from shancheng.ground.network.snapping import SnapError, Snapped, Way, snap
from shancheng.methods.graph.arcs import FAR, Arcs
from shancheng.methods.graph.nearest import Nearest, nearest
from shancheng.methods.graph.pairs import Pairs, pairs_within

LIMIT = 6_000
CATEGORIES = 3
SEEDS = st.integers(0, 1_000_000)


def points(seed: int, count: int, size_m: float = 400.0) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    return degrees(chance.uniform(0, size_m, count), chance.uniform(0, size_m, count))


def the_graph(made: Network, way: Way) -> Arcs:
    graph = made.arcs(WALKER)
    return graph.reversed() if way == "there" else graph


def placed(made: Network, seed: int, count: int = 8) -> tuple[Snapped, Entrances]:
    homes = snap(made, Walker(), *points(seed + 1, count))
    facilities = snap(made, Walker(), *points(seed + 2, count))
    return homes, entrances_of(facilities, np.arange(count) // 2 % CATEGORIES, np.arange(count) // 2 * 2)


def cut(made: Network, homes: Snapped, entrances: Entrances, way: Way) -> np.ndarray:
    """Deciseconds between each home and each facility by cutting edges; inf where there is no way."""
    one, other = (homes, entrances.snapped) if way == "there" else (entrances.snapped, homes)
    graph = split(made, one, other)
    found = np.full((len(one), len(other)), np.inf)
    for start in range(len(one)):
        reached = shortest(graph, ("start", start))
        found[start] = [reached.get(("end", end), np.inf) for end in range(len(other))]
    by_point = found if way == "there" else found.T
    times = np.full((len(homes), int(entrances.facility.max()) + 1), np.inf)
    np.minimum.at(times.T, entrances.facility, by_point.T)
    return times


def searched(made: Network, homes: Snapped, entrances: Entrances, way: Way, k: int) -> tuple[Nearest, Pairs]:
    graph, sources = the_graph(made, way), sources_of(entrances, way=way)
    near = nearest(graph, sources, categories=CATEGORIES, limit=LIMIT, k=k)
    within = pairs_within(graph, sources, limit=LIMIT)
    return (
        times_at(near, homes, entrances, way=way),
        pairs_at(within, homes, entrances, way=way, limit=LIMIT),
    )


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, way=st.sampled_from(["there", "back"]))
def test_homes_read_the_times_that_really_cut_edges_give(seed: int, way: Way) -> None:
    made = random_town(seed)
    homes, entrances = placed(made, seed)

    _, pairs = searched(made, homes, entrances, way, 1)

    times = np.full((len(homes), int(entrances.facility.max()) + 1), np.inf)
    times[pairs.node, pairs.facility] = pairs.time
    expected = cut(made, homes, entrances, way)
    inside = np.minimum(times, expected) < LIMIT - 2
    assert np.abs(times[inside] - expected[inside]).max(initial=0) <= 1.0
    assert len(np.unique(pairs.node * 1000 + pairs.facility)) == len(pairs.node)


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS, way=st.sampled_from(["there", "back"]), k=st.integers(1, 4))
def test_the_k_nearest_of_a_home_are_the_first_of_all_its_pairs(seed: int, way: Way, k: int) -> None:
    made = random_town(seed)
    homes, entrances = placed(made, seed, count=12)

    at_homes, pairs = searched(made, homes, entrances, way, k)

    category = np.zeros(int(entrances.facility.max()) + 1, int)
    category[entrances.facility] = entrances.category
    for home in range(len(homes)):
        for kind in range(CATEGORIES):
            mine = (pairs.node == home) & (category[pairs.facility] == kind)
            ranked = sorted(zip(pairs.time[mine].tolist(), pairs.facility[mine].tolist(), strict=True))[:k]
            wanted = ranked + [(FAR, -1)] * (k - len(ranked))
            got = zip(at_homes.time[kind, home].tolist(), at_homes.facility[kind, home].tolist(), strict=True)
            assert list(got) == wanted


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS, way=st.sampled_from(["there", "back"]), k=st.integers(1, 3))
def test_homes_hung_into_the_graph_have_the_times_that_are_read(seed: int, way: Way, k: int) -> None:
    made = random_town(seed)
    homes, entrances = placed(made, seed, count=12)

    read, _ = searched(made, homes, entrances, way, k)

    graph, sources = hung(the_graph(made, way), homes, entrances, way=way, limit=LIMIT)
    found = nearest(graph, sources, categories=CATEGORIES, limit=LIMIT, k=k)
    assert (found.time[:, made.nodes :] == read.time).all()
    assert (found.facility[:, made.nodes :] == read.facility).all()


def test_a_facility_on_the_very_edge_of_a_home_is_reached_along_it_and_not_over_its_ends() -> None:
    street = town([0, 1_000], [0, 0], [(0, 1, 10_000, 20_000)])
    homes = snap(street, Walker(), *degrees(np.array([500.0]), np.array([0.0])))
    facilities = entrances_of(snap(street, Walker(), *degrees(np.array([600.0]), np.array([0.0]))), [0])

    there, back = (
        times_at(nearest(the_graph(street, way), sources_of(facilities, way=way), categories=1, limit=LIMIT), homes,
                 facilities, way=way).time[0, 0, 0]
        for way in ("there", "back")
    )  # fmt: skip

    assert (there, back) == (1_000, 2_000)


def test_against_a_one_way_edge_the_way_goes_round() -> None:
    ring = town([0, 1_000, 500], [0, 0, 300], [(0, 1, 1_000, -1), (1, 2, 1_000, -1), (2, 0, 1_000, -1)])
    homes = snap(ring, Walker(), *degrees(np.array([600.0]), np.array([-10.0])), candidates=1)
    school = entrances_of(snap(ring, Walker(), *degrees(np.array([400.0]), np.array([-10.0])), candidates=1), [0])

    there, back = (
        times_at(nearest(the_graph(ring, way), sources_of(school, way=way), categories=1, limit=LIMIT), homes,
                 school, way=way).time[0, 0, 0]
        for way in ("there", "back")
    )  # fmt: skip

    assert (there, back) == (pytest.approx(2_800 + 200, abs=3), pytest.approx(200 + 200, abs=3))


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS)
def test_the_candidates_are_the_three_nearest_edges_within_sixty_metres(seed: int) -> None:
    made = random_town(seed, nodes=60, edges=120, size_m=600.0)
    lon, lat = points(seed + 1, 40, 700.0)

    found = EdgeIndex(made).near(lon, lat, 60.0, 3, np.ones(len(made.edge_tail), bool))

    lines = lines_of(made, np.arange(len(made.edge_tail)))
    for point, scale in enumerate(metres_per_unit(lat)):
        spot = shapely.Point(*(part[0] for part in to_plane(lon[point : point + 1], lat[point : point + 1])))
        metres = shapely.distance(lines, spot) * scale
        near = [edge for edge in np.argsort(metres, kind="stable")[:3] if metres[edge] <= 60.0]
        assert found.metres[point, : len(near)] == pytest.approx(metres[near], abs=1e-6)
        assert (found.edge[point, len(near) :] == -1).all()
        share = [shapely.line_locate_point(lines[edge], spot, normalized=True) for edge in near]
        there = [shapely.line_interpolate_point(lines[edge], part, normalized=True) for edge, part in zip(
            found.edge[point, : len(near)], found.fraction[point, : len(near)], strict=True)]  # fmt: skip
        assert [spot.distance(foot) * scale for foot in there] == pytest.approx(metres[near], abs=1e-5)
        assert all(0 <= part <= 1 for part in share)


def test_a_leg_is_as_long_as_the_earth_says_wherever_the_town_lies() -> None:
    for lat in (0.0, 29.5, -30.0, 64.0):
        made = town([0, 1_000], [0, 0], [(0, 1, 100, 100)])
        moved = replace(made, point_lat=made.point_lat - made.lat[0] + lat)

        snapped = snap(moved, Walker(), made.lon[:1] + 0.001, [lat + 50 / 111_200])

        exact = metres_to_nearest(moved, np.ones(1, bool), made.lon[:1] + 0.001, np.array([lat + 50 / 111_200]))
        assert snapped.leg_m[0] == pytest.approx(float(exact[0]), rel=1e-3)
        assert snapped.leg[0] == pytest.approx(snapped.leg_m[0] * 10)


def test_what_the_walker_may_not_use_is_passed_over_for_what_it_may() -> None:
    made = town([0, 200, 0, 200], [0, 0, 40, 40], [(0, 1, -1, -1), (2, 3, 100, -1)])

    snapped = snap(made, Walker(), *degrees(np.array([100.0]), np.array([5.0])))

    assert snapped.edge.tolist() == [1]
    assert snapped.leg_m[0] == pytest.approx(35, rel=0.01)


def test_a_gate_on_a_street_enters_that_street_and_not_the_one_behind_the_fence() -> None:
    made = town([0, 100, 200, 0, 200], [0, 0, 0, 30, 30], [(0, 1, 50, 50), (1, 2, 50, 50), (3, 4, 100, 100)])

    snapped = snap(made, Walker(), *degrees(np.array([100.0]), np.array([0.0])))

    assert snapped.edge.tolist() == [0, 1]


def test_no_door_opens_to_a_lift_or_an_escalator() -> None:
    kinds = [kind_code("lift"), kind_code("escalator"), kind_code("stairs")]
    made = town([0, 200], [0, 0], [(0, 1, 100, 100)] * 3, kinds=kinds)

    assert snap(made, Walker(), *degrees(np.array([100.0]), np.array([5.0]))).edge.tolist() == [2]


def test_beyond_sixty_metres_the_single_nearest_is_taken_and_flagged() -> None:
    made = town([0, 200, 0, 200], [0, 0, 40, 40], [(0, 1, 100, 100), (2, 3, 100, 100)])

    snapped = snap(made, Walker(), *degrees(np.array([100.0, 100.0]), np.array([-200.0, -10.0])))

    assert snapped.far.tolist() == [True, False]
    assert np.diff(snapped.first).tolist() == [1, 2]
    assert not snapped.lost


def test_a_facility_in_the_sea_is_named_with_its_place_and_distance_and_enters_nowhere() -> None:
    made = town([0, 200], [0, 0], [(0, 1, 100, 100)])
    lon, lat = degrees(np.array([100.0, 100.0]), np.array([10.0, 2_500.0]))

    snapped = snap(made, Walker(), lon, lat, ids=["school", "lighthouse"])

    (lost,) = snapped.lost
    assert (lost.point, lost.id) == (1, "lighthouse")
    assert lost.metres == pytest.approx(2_500, rel=0.01)
    assert "'lighthouse' at 106.501035, 29.522523: the nearest street" in str(lost)
    assert set(sources_of(entrances_of(snapped, [0, 0]), way="there").facility.tolist()) == {0}


def test_a_lost_home_is_out_of_reach_and_not_zero_minutes_away() -> None:
    made = town([0, 200], [0, 0], [(0, 1, 100, 100)])
    homes = snap(made, Walker(), *degrees(np.array([100.0, 100.0]), np.array([2_500.0, 10.0])))
    shops = entrances_of(snap(made, Walker(), *degrees(np.array([50.0]), np.array([10.0]))), [0])
    near = nearest(the_graph(made, "there"), sources_of(shops, way="there"), categories=1, limit=LIMIT)

    at_homes = times_at(near, homes, shops, way="there")

    assert (at_homes.time[0, 0, 0], at_homes.facility[0, 0, 0]) == (FAR, -1)
    assert at_homes.time[0, 1, 0] < 300


def test_where_a_walker_may_use_no_street_at_all_every_point_is_lost() -> None:
    made = town([0, 200], [0, 0], [(0, 1, -1, -1)])

    snapped = snap(made, Walker(), *degrees(np.array([100.0]), np.array([10.0])))

    assert str(snapped.lost[0]).endswith("there is no street at all that this walker may use.")


def test_a_network_without_edges_loses_every_point() -> None:
    made = town([0.0], [0.0], [])

    assert len(snap(made, Walker(), *degrees(np.array([1.0, 2.0]), np.array([1.0, 2.0]))).lost) == 2


def test_a_loose_piece_of_path_beside_a_house_does_not_cut_it_off() -> None:
    east = [0, 5, 0, 5, 0, 5, 0, 200, 400]
    made = town(east, [0, 0, 2, 2, 4, 4, 40, 40, 40],
                [(0, 1, 9, 9), (2, 3, 9, 9), (4, 5, 9, 9), (6, 7, 90, 90), (7, 8, 90, 90)])  # fmt: skip

    snapped = snap(made, Walker(), *degrees(np.array([2.0]), np.array([-3.0])))

    assert snapped.edge.tolist() == [0, 1, 3]


def test_positions_that_are_not_on_the_earth_are_refused_by_name() -> None:
    made = town([0, 200], [0, 0], [(0, 1, 100, 100)])

    with pytest.raises(SnapError, match=r"2 positions are not on the earth .* 'b' at nan, 3, 'c' at 29\.5, 106"):
        snap(made, Walker(), [1.0, np.nan, 29.5], [2.0, 3.0, 106.5], ids=["a", "b", "c"])


def test_many_points_are_read_block_by_block_with_the_same_result(monkeypatch: pytest.MonkeyPatch) -> None:
    made = random_town(3, nodes=60, edges=150, size_m=500.0)
    homes, entrances = placed(made, 3, count=40)

    whole, whole_pairs = searched(made, homes, entrances, "there", 2)
    monkeypatch.setattr("shancheng.ground.network.pairing.ENTRIES_MOST", 16)
    parts, part_pairs = searched(made, homes, entrances, "there", 2)

    assert (whole.time == parts.time).all()
    assert (whole.facility == parts.facility).all()
    assert all((getattr(whole_pairs, name) == getattr(part_pairs, name)).all() for name in ("facility", "node", "time"))
