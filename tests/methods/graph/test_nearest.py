"""The nearest facilities beside Dijkstra by hand and beside igraph: every cell, both directions, owners too."""

import igraph
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shancheng.methods.graph.arcs import FAR, arcs
from shancheng.methods.graph.errors import SearchError, SourcesError
from shancheng.methods.graph.nearest import catchments, joined, nearest
from shancheng.methods.graph.sources import Sources, empty_categories

from .oracle import arcs_of, entrances, graphs, nearest_by_hand, same, sources_of, town

K = st.integers(1, 4)
LIMITS = st.sampled_from([0, 1, 15, 60, 400])


def turned(links):
    """The links the other way round."""
    return [(head, tail, cost) for tail, head, cost in links]


@settings(max_examples=250, deadline=None)
@given(st.data(), graphs(), K, LIMITS)
def test_every_cell_is_that_of_dijkstra_by_hand_in_both_directions(data, graph, k, limit):
    nodes, links = graph
    rows = data.draw(entrances(nodes))

    out = nearest(arcs_of(nodes, links), sources_of(rows), categories=2, limit=limit, k=k)
    back = nearest(arcs_of(nodes, links).reversed(), sources_of(rows), categories=2, limit=limit, k=k)

    same(out, nearest_by_hand(nodes, links, rows, 2, limit, k))
    same(back, nearest_by_hand(nodes, turned(links), rows, 2, limit, k))


@pytest.mark.parametrize("k", [1, 3])
def test_a_town_is_that_of_dijkstra_by_hand_on_any_number_of_threads(k):
    nodes, links, rows, _, _ = town()
    expected = nearest_by_hand(nodes, links, rows, 4, 5000, k)

    for threads in (1, 2, 7):
        same(nearest(arcs_of(nodes, links), sources_of(rows), categories=4, limit=5000, k=k, threads=threads), expected)


@pytest.mark.parametrize("turn", [False, True])
def test_reach_is_that_of_igraph_cell_for_cell(turn):
    nodes, links, rows, _, _ = town(seed=8)
    links = [*links, *((tail, head, cost + 70) for tail, head, cost in links[::5])]
    nodes += 3  # islands: one alone, two that know each other only
    links = [*links, (nodes - 1, nodes - 2, 0), (nodes - 2, nodes - 1, 30)]
    rows = [*rows, (0, nodes - 1, 40, 999)]
    over = arcs_of(nodes, links).reversed() if turn else arcs_of(nodes, links)

    found = nearest(over, sources_of(rows), categories=4, limit=6000)

    peer = igraph.Graph(n=nodes, edges=[(tail, head) for tail, head, _ in links], directed=True)
    cost = [cost for _, _, cost in links]
    for category in range(4):
        mine = [(node, offset) for which, node, offset, _ in rows if which == category]
        out = peer.distances([node for node, _ in mine], weights=cost, mode="in" if turn else "out")
        least = (np.array(out) + np.array([offset for _, offset in mine])[:, None]).min(axis=0)
        np.testing.assert_array_equal(found.time[category, :, 0], np.where(least <= 6000, least, FAR))


@settings(max_examples=100, deadline=None)
@given(st.data(), graphs(), K, LIMITS)
def test_facilities_that_join_later_count_as_if_they_had_always_been_there(data, graph, k, limit):
    nodes, links = graph
    before, more = data.draw(entrances(nodes)), data.draw(entrances(nodes))
    over = arcs_of(nodes, links)

    found = nearest(over, sources_of(before), categories=2, limit=limit, k=k)
    after = joined(over, found, sources_of(more))

    whole = nearest(over, sources_of([*before, *more]), categories=2, limit=limit, k=k)
    same(after, (whole.time, whole.facility))


def test_of_two_equally_near_facilities_the_smaller_number_wins():
    over = arcs([0, 1, 3, 2], [1, 2, 2, 1], [10, 0, 10, 0], 4)
    sources = Sources.of([0, 0], [0, 3], [0, 0], [8, 2])

    found = nearest(over, sources, categories=1, limit=100, k=2)

    assert found.facility[0, 1].tolist() == [2, 8]
    assert found.facility[0, 2].tolist() == [2, 8]
    assert nearest(over, sources, categories=1, limit=100).facility[0, :, 0].tolist() == [8, 2, 2, 2]


def test_the_limit_itself_is_within_reach_and_what_lies_beyond_is_far():
    over = arcs([0, 1, 2], [1, 2, 3], [10, 10, 1], 4)

    found = nearest(over, Sources.of([0], [0], [0], [5]), categories=1, limit=20)

    assert found.time[0, :, 0].tolist() == [0, 10, 20, FAR]
    assert found.facility[0, :, 0].tolist() == [5, 5, 5, -1]


def test_a_category_without_facilities_is_named_and_far_from_everywhere():
    over = arcs([0], [1], [10], 2)
    sources = Sources.of([0, 2], [0, 1], [0, 0], [0, 1])

    found = nearest(over, sources, categories=4, limit=20)

    assert empty_categories(sources, 4).tolist() == [1, 3]
    assert (found.time[[1, 3]] == FAR).all()


def test_catchments_gather_the_nodes_of_each_facility():
    over = arcs([0, 1, 2, 3], [1, 0, 3, 2], [10, 10, 10, 10], 5)
    found = nearest(over, Sources.of([0, 0], [1, 2], [0, 0], [7, 3]), categories=1, limit=100)

    gathered = catchments(found, 0)

    assert gathered.facility.tolist() == [3, 7]
    assert [gathered.node[a:b].tolist() for a, b in zip(gathered.first, gathered.first[1:], strict=False)] == [
        [2, 3],
        [0, 1],
    ]


def test_costs_near_the_largest_number_do_not_wrap_round():
    over = arcs([0, 0], [1, 2], [2**31 - 2, 5], 3)

    found = nearest(over, Sources.of([0], [0], [0], [0]), categories=1, limit=800_000)

    assert found.time[0, :, 0].tolist() == [0, FAR, 5]


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([(0, 5, 0, 0)], "Entrance 0 has node 5, which is not from 0 to 1"),
        ([(0, 0, 0, 0), (3, 0, 0, 0)], "Entrance 1 has category 3"),
        ([(0, 0, -4, 0)], "Entrance 0 has offset -4"),
        ([(0, 0, 0, -1), (0, 9, 0, -1)], r"Entrance 1 has node 9.* Entrance 0 has facility -1, .*\(2 such\)"),
    ],
)
def test_facilities_that_do_not_fit_are_all_told_at_once(rows, sentence):
    with pytest.raises(SourcesError, match=sentence):
        nearest(arcs([0], [1], [10], 2), sources_of(rows), categories=2, limit=10)


def test_questions_out_of_bounds_are_told_in_a_sentence():
    over, sources = arcs([0], [1], [10], 2), Sources.of([0], [0], [0], [0])
    found = nearest(over, sources, categories=1, limit=10)

    with pytest.raises(SearchError, match="up to -1 deciseconds"):
        nearest(over, sources, categories=1, limit=-1)
    with pytest.raises(SearchError, match="up to 864001 deciseconds"):
        nearest(over, sources, categories=1, limit=864_001)
    with pytest.raises(SearchError, match="0 nearest"):
        nearest(over, sources, categories=1, limit=10, k=0)
    with pytest.raises(SearchError, match="of 2 nodes, but the arcs have 3"):
        joined(arcs([0], [1], [10], 3), found, sources)
    with pytest.raises(SourcesError, match="2 categories, 1 nodes"):
        Sources.of([0, 0], [0], [0], [0])
    with pytest.raises(SourcesError, match="float64"):
        Sources.of([0], [0], [0.5], [0])


def test_nothing_at_all_is_answered_with_nothing():
    found = nearest(arcs([], [], [], 0), sources_of([]), categories=0, limit=10)

    assert found.time.shape == (0, 0, 1)


@pytest.mark.parametrize("beyond", [0, 0.2, 50])
@pytest.mark.parametrize("k", [1, 3])
def test_searching_from_one_stretch_of_nodes_after_another_changes_nothing(monkeypatch, beyond, k):
    nodes, links, rows, _, _ = town()
    over, sources = arcs_of(nodes, links), sources_of(rows)
    whole = nearest(over, sources, categories=4, limit=5000, k=k)

    monkeypatch.setattr("shancheng.methods.graph.nearest.STRETCH", 50)
    monkeypatch.setattr("shancheng.methods.graph.nearest.BEYOND", beyond)

    same(nearest(over, sources, categories=4, limit=5000, k=k), (whole.time, whole.facility))
