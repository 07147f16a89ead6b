"""Edges that segments are drawn together to: the same times, the same metres, the same lines."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from drawn import DAY, LAT, LON, drawn_parts, least, parts_of, streets_of, times_on_segments
from hypothesis import assume, given, settings

from shancheng.ground.network.assembly import Parts, assemble
from shancheng.ground.network.errors import BuildError, NetworkError
from shancheng.ground.network.network import Network
from shancheng.methods.graph.order import morton

LINE = [LON + x / 1000 for x in range(5)]


def open_segments(parts: Parts) -> np.ndarray:
    return np.any([np.isfinite(t.forward) | np.isfinite(t.backward) for t in parts.times.values()], axis=0)


def built(parts: Parts) -> Network:
    assume(open_segments(parts).any())
    return assemble(parts, day=DAY)


def even(segments: int) -> dict[str, tuple[list[float], list[float]]]:
    return {"adult": ([10.0] * segments, [10.0] * segments)}


@settings(max_examples=120, deadline=None)
@given(drawn_parts())
def test_times_along_edges_are_the_times_along_segments(parts):
    network = built(parts)
    position = {osm: place for place, osm in enumerate(network.node_osm.tolist())}

    for walker in parts.times:
        arcs = network.arcs(walker)
        leads = {
            node: list(zip(arcs.head[a:b].tolist(), arcs.cost[a:b].tolist(), strict=True))
            for node, (a, b) in enumerate(zip(arcs.first[:-1], arcs.first[1:], strict=True))
        }
        for osm, node in position.items():
            on_segments = times_on_segments(parts, walker, osm - 100)
            expected = {position[other + 100]: time for other, time in on_segments.items() if other + 100 in position}
            assert least(leads, node) == expected


@settings(max_examples=60, deadline=None)
@given(drawn_parts())
def test_no_metre_and_no_line_is_lost(parts):
    network = built(parts)
    kept = open_segments(parts)

    streets, segments = parts.streets, parts.segments
    spot = list(zip(streets.lon.tolist(), streets.lat.tolist(), strict=True))
    wanted = Counter(
        frozenset((spot[tail], spot[head]))
        for tail, head in zip(segments.tail[kept].tolist(), segments.head[kept].tolist(), strict=True)
    )
    points = list(zip(network.point_lon.tolist(), network.point_lat.tolist(), strict=True))
    found: Counter[frozenset[tuple[float, float]]] = Counter()
    for edge in range(network.edges):
        line = points[network.point_first[edge] : network.point_first[edge + 1]]
        found.update(frozenset(pair) for pair in pairwise(line))
        tail, head = network.edge_tail[edge], network.edge_head[edge]
        assert line[0] == (network.lon[tail], network.lat[tail])
        assert line[-1] == (network.lon[head], network.lat[head])
    assert found == wanted
    assert network.manifest.counts.length_m == pytest.approx(float(segments.length_m[kept].sum()), rel=1e-12)
    assert network.edge_length_m.sum() == pytest.approx(network.manifest.counts.length_m, rel=1e-5)


@settings(max_examples=60, deadline=None)
@given(drawn_parts())
def test_a_node_remains_only_where_something_joins_changes_or_ends(parts):
    network = built(parts)
    kept = open_segments(parts)

    segments, leaving = parts.segments, {}
    there = np.array([np.isfinite(timed.forward) for timed in parts.times.values()]).T.tolist()
    back = np.array([np.isfinite(timed.backward) for timed in parts.times.values()]).T.tolist()
    for one in np.flatnonzero(kept).tolist():
        kind = int(parts.kind[one])
        leaving.setdefault(int(segments.tail[one]), []).append((kind, there[one], back[one]))
        leaving.setdefault(int(segments.head[one]), []).append((kind, back[one], there[one]))
    rings = set(network.edge_tail[network.edge_tail == network.edge_head].tolist())
    for number, node in enumerate((network.node_osm - 100).tolist()):
        if len(leaving[node]) == 2 and not parts.stop[node] and number not in rings:
            (kind, onward, against), other = leaving[node]
            assert (kind, against, onward) != other


@settings(max_examples=50, deadline=None)
@given(drawn_parts())
def test_nodes_lie_in_morton_order_and_parts_are_numbered_by_size(parts):
    network = built(parts)

    squeeze = np.cos(np.radians(parts.streets.lat.mean()))
    whole = morton(parts.streets.lon * squeeze, parts.streets.lat)
    place = np.empty(len(whole), np.int64)
    place[whole] = np.arange(len(whole))
    assert (np.diff(place[network.node_osm - 100]) > 0).all()
    sizes = np.bincount(network.component)
    assert (np.diff(sizes) <= 0).all()
    assert (network.component[network.edge_tail] == network.component[network.edge_head]).all()
    assert sum(size * many for size, many in network.manifest.parts.items()) == network.nodes


def test_a_line_of_segments_is_one_edge_with_its_points():
    parts = parts_of(streets_of(LINE, [LAT] * 5, [[0, 1, 2], [4, 3, 2]]), even(4))

    network = assemble(parts, day=DAY)

    assert network.nodes == 2
    assert network.edges == 1
    assert sorted(network.point_lon.tolist()) == sorted(LINE)
    assert network.times["adult"].forward.tolist() == [400]
    assert network.manifest.counts.street_nodes == 5


def test_times_are_summed_before_they_are_rounded():
    parts = parts_of(streets_of(LINE, [LAT] * 5, [[0, 1, 2, 3, 4]]), {"adult": ([0.04] * 4, [0.14] * 4)})

    times = assemble(parts, day=DAY).times["adult"]

    assert {int(times.forward[0]), int(times.backward[0])} == {2, 6}


def test_an_edge_ends_where_stairs_begin_and_at_a_lift():
    streets = streets_of(LINE, [LAT] * 5, [[0, 1, 2, 3, 4]])

    network = assemble(parts_of(streets, even(4), kind=[0, 3, 3, 3], stop=[False, False, False, True, False]), day=DAY)

    assert sorted(network.node_osm.tolist()) == [100, 101, 103, 104]
    assert sorted(network.edge_kind.tolist()) == [0, 3, 3]


def test_an_edge_ends_where_a_walker_may_go_no_further():
    closed = {"adult": ([10.0] * 4, [10.0] * 4), "wheelchair": ([10.0, 10.0, np.inf, np.inf], [10.0] * 4)}

    network = assemble(parts_of(streets_of(LINE, [LAT] * 5, [[0, 1, 2, 3, 4]]), closed), day=DAY)

    assert sorted(network.node_osm.tolist()) == [100, 102, 104]
    times = network.times["wheelchair"]
    assert sorted([*times.forward.tolist(), *times.backward.tolist()]) == [-1, 200, 200, 200]


def test_a_ring_that_touches_nothing_is_one_edge_round_to_itself():
    network = assemble(parts_of(streets_of(LINE[:3], [LAT, LAT, LAT + 0.001], [[0, 1, 2, 0]]), even(3)), day=DAY)

    assert (network.nodes, network.edges) == (1, 1)
    assert network.point_first.tolist() == [0, 4]
    assert network.arcs("adult").count == 0


def test_parallel_edges_are_kept_and_the_quicker_one_is_walked():
    streets = streets_of(LINE[:4], [LAT] * 4, [[0, 1, 3], [0, 2, 3], [0, 3]])
    times = {"adult": ([10.0, 10.0, 5.0, 5.0, 30.0], [10.0, 10.0, 25.0, 25.0, 30.0])}

    network = assemble(parts_of(streets, times), day=DAY)

    assert network.edges == 3
    arcs = network.arcs("adult")
    assert sorted(arcs.cost.tolist()) == [100, 200]


def test_islands_are_kept_and_counted():
    streets = streets_of([*LINE, *LINE], [LAT] * 5 + [LAT + 0.01] * 5, [[0, 1, 2], [1, 3], [5, 6], [7, 8]])

    network = assemble(parts_of(streets, even(5)), day=DAY)

    assert network.manifest.parts == {4: 1, 2: 2}
    walked = network.manifest.walkers["adult"]
    assert walked.parts == 3
    assert 0.5 < walked.largest_share < 0.9


def test_segments_nobody_may_use_are_left_out_and_counted():
    times = {"adult": ([10.0, np.inf, 10.0, 10.0], [10.0, np.inf, 10.0, 10.0])}

    network = assemble(parts_of(streets_of(LINE, [LAT] * 5, [[0, 1, 2, 3, 4]]), times), day=DAY)

    assert network.edges == 2
    assert network.manifest.counts.segments_closed == 1


def test_a_walker_who_may_go_nowhere_is_named():
    nowhere = {**even(4), "wheelchair": ([np.inf] * 4, [np.inf] * 4)}

    network = assemble(parts_of(streets_of(LINE, [LAT] * 5, [[0, 1, 2, 3, 4]]), nowhere), day=DAY)

    assert [str(finding) for finding in network.manifest.findings] == ["'wheelchair' may walk nowhere in this extract."]
    assert network.arcs("wheelchair").count == 0


def test_streets_open_to_nobody_are_refused():
    nowhere = {"adult": ([np.inf] * 4, [np.inf] * 4)}

    with pytest.raises(BuildError, match=r"None of the 4 segments in drawn\.osm\.pbf is open to 'adult'"):
        assemble(parts_of(streets_of(LINE, [LAT] * 5, [[0, 1, 2, 3, 4]]), nowhere), day=DAY)


@pytest.mark.parametrize("wrong", [np.nan, -1.0])
def test_a_time_that_is_no_time_is_refused_with_its_place(wrong):
    times = {"adult": ([10.0, wrong, 10.0, 10.0], [10.0] * 4)}

    with pytest.raises(BuildError, match=r"1 times forward for adult .* way 1000 at 29\.50000, 106\.50100"):
        assemble(parts_of(streets_of(LINE, [LAT] * 5, [[0, 1, 2, 3, 4]]), times), day=DAY)


def test_an_edge_that_takes_years_is_refused():
    slow = {"adult": ([1e9] * 4, [1e9] * 4)}

    with pytest.raises(BuildError, match="4,000,000,000 s"):
        assemble(parts_of(streets_of(LINE, [LAT] * 5, [[0, 1, 2, 3, 4]]), slow), day=DAY)


def test_more_walkers_than_fit_are_refused():
    many = {f"walker {number}": ([1.0] * 4, [1.0] * 4) for number in range(29)}

    with pytest.raises(BuildError, match="1 to 28 walkers, not 29"):
        assemble(parts_of(streets_of(LINE, [LAT] * 5, [[0, 1, 2, 3, 4]]), many), day=DAY)


def test_asking_for_a_walker_it_was_not_made_for_names_those_it_was():
    network = assemble(parts_of(streets_of(LINE, [LAT] * 5, [[0, 1, 2, 3, 4]]), even(4)), day=DAY)

    with pytest.raises(NetworkError, match="no walker 'pram'; it was made for adult"):
        network.arcs("pram")


def test_the_share_of_doubtful_metres_is_told_for_each_doubt():
    parts = parts_of(streets_of(LINE, [LAT] * 5, [[0, 1, 2, 3, 4]]), even(4))
    parts.times["adult"].doubt[:] = [1, 1 | 4, 0, 0]

    network = assemble(parts, day=DAY)

    walked = network.manifest.walkers["adult"]
    assert walked.doubt_share == pytest.approx(0.5, rel=1e-3)
    assert walked.doubts["tags"] == pytest.approx(0.5, rel=1e-3)
    assert walked.doubts["void"] == pytest.approx(0.25, rel=1e-3)
    assert walked.doubts["lift"] == 0
    assert network.edge_doubt.tolist() == [1 | 4]
