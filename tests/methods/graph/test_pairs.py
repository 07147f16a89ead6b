"""Pairs and counts within a limit beside Dijkstra by hand."""

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shancheng.methods.graph.arcs import arcs
from shancheng.methods.graph.errors import SearchError, SourcesError
from shancheng.methods.graph.pairs import counts_within, pairs_within
from shancheng.methods.graph.sources import Sources

from .oracle import arcs_of, entrances, graphs, sources_of, times, town


def pairs_by_hand(nodes, links, rows, limit):
    """(facility, node, time) by ascending facility and node."""
    begins = defaultdict(list)
    for _, node, offset, owner in rows:
        begins[owner].append((node, offset))
    reach = {owner: times(nodes, links, begin) for owner, begin in sorted(begins.items())}
    return [
        (owner, node, spent[node]) for owner, spent in reach.items() for node in range(nodes) if spent[node] <= limit
    ]


def rows_of(found):
    """The pairs as tuples."""
    return list(zip(found.facility.tolist(), found.node.tolist(), found.time.tolist(), strict=True))


@settings(max_examples=150, deadline=None)
@given(st.data(), graphs(), st.sampled_from([0, 15, 60]))
def test_pairs_and_counts_are_those_of_dijkstra_by_hand(data, graph, limit):
    nodes, links = graph
    rows = data.draw(entrances(nodes))

    pairs = pairs_within(arcs_of(nodes, links), sources_of(rows), limit=limit)
    counts = counts_within(arcs_of(nodes, links), sources_of(rows), categories=2, limit=limit)

    assert rows_of(pairs) == pairs_by_hand(nodes, links, rows, limit)
    for category in range(2):
        mine = pairs_by_hand(nodes, links, [row for row in rows if row[0] == category], limit)
        assert counts[category].tolist() == [sum(at == node for _, at, _ in mine) for node in range(nodes)]


def test_many_facilities_in_pieces_on_threads_give_the_same_pairs():
    nodes, links, rows, _, _ = town(side=12, facilities=200)
    expected = pairs_by_hand(nodes, links, rows, 2000)

    for threads in (1, 3):
        assert rows_of(pairs_within(arcs_of(nodes, links), sources_of(rows), limit=2000, threads=threads)) == expected


def test_only_the_nodes_asked_for_are_told():
    over, sources = arcs([0, 1], [1, 2], [10, 10], 3), Sources.of([0], [0], [5], [4])

    found = pairs_within(over, sources, limit=100, at=[False, True, True])

    assert rows_of(found) == [(4, 1, 15), (4, 2, 25)]


def test_more_pairs_than_can_be_held_are_refused_with_a_sentence():
    over, sources = arcs([0, 1], [1, 2], [10, 10], 3), Sources.of([0, 0], [0, 1], [0, 0], [0, 1])

    assert len(pairs_within(over, sources, limit=100, most=5).time) == 5
    with pytest.raises(SearchError, match="more than 4 pairs"):
        pairs_within(over, sources, limit=100, most=4)
    with pytest.raises(SearchError, match="int64 of shape"):
        pairs_within(over, sources, limit=100, at=np.arange(3))
    with pytest.raises(SourcesError, match="node 7"):
        pairs_within(over, Sources.of([0], [7], [0], [0]), limit=100)


def test_without_facilities_there_are_no_pairs():
    over = arcs([0], [1], [10], 2)

    assert rows_of(pairs_within(over, sources_of([]), limit=100)) == []
    assert counts_within(over, sources_of([]), categories=2, limit=100).tolist() == [[0, 0], [0, 0]]
