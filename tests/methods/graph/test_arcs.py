"""Arcs: the cheapest of parallels, both directions, parts, and what makes no graph."""

import numpy as np
import pytest
from hypothesis import given, settings

from shancheng.methods.graph.arcs import arcs, part, with_homes
from shancheng.methods.graph.errors import ArcsError

from .oracle import arcs_of, graphs


def rows(over):
    """The arcs as a dictionary from (tail, head) to cost."""
    return dict(zip(zip(over.tail.tolist(), over.head.tolist(), strict=True), over.cost.tolist(), strict=True))


@settings(max_examples=100, deadline=None)
@given(graphs())
def test_of_parallel_arcs_the_cheapest_stays(graph):
    nodes, links = graph
    least = {}
    for tail, head, cost in links:
        least[tail, head] = min(cost, least.get((tail, head), cost))

    over = arcs_of(nodes, links)

    assert rows(over) == least
    assert over.nodes == nodes
    assert over.count == len(least)


@settings(max_examples=100, deadline=None)
@given(graphs())
def test_turned_round_twice_arcs_are_what_they_were(graph):
    over = arcs_of(*graph)

    back = over.reversed()

    assert rows(back) == {(head, tail): cost for (tail, head), cost in rows(over).items()}
    for name in ("first", "head", "cost"):
        np.testing.assert_array_equal(getattr(back.reversed(), name), getattr(over, name))
        assert getattr(back, name).dtype == getattr(over, name).dtype


def test_a_part_keeps_the_arcs_among_its_nodes():
    over = arcs([0, 1, 2, 3], [1, 2, 3, 0], [5, 6, 7, 8], 4)

    some = part(over, [3, 2, 0])

    assert rows(some) == {(1, 0): 7, (0, 2): 8}


def test_homes_stand_behind_the_nodes_and_lead_nowhere():
    over = arcs([0, 1], [1, 0], [50, 60], 2)

    with_two = with_homes(over, [0, 0, 1], [0, 1, 1], [7, 9, 3], homes=2)

    assert rows(with_two) == {(0, 1): 50, (1, 0): 60, (0, 2): 7, (1, 2): 9, (1, 3): 3}


@pytest.mark.parametrize(
    ("given_arcs", "sentence"),
    [
        (([0, 1], [1], [5, 6], 2), "2 tails, 1 heads and 2 costs"),
        (([0, 1], [1, 2], [5, 6], 2), "head at place 1 is 2, but there are only the numbers 0 to 1"),
        (([0, 1], [1, 0], [5, -6], 2), "from node 1 to node 0 costs -6 deciseconds"),
        (([0, 1], [1, 0], [5, 2**31 - 1], 2), "costs 2147483647"),
        (([0, 1], [1, 0], [5.0, 6.5], 2), "float64; give whole numbers"),
        (([], [], [], -1), "-1 nodes"),
    ],
)
def test_what_makes_no_graph_is_told_in_a_sentence(given_arcs, sentence):
    with pytest.raises(ArcsError, match=sentence):
        arcs(*given_arcs)


def test_a_part_with_a_node_twice_or_a_strange_node_is_refused():
    over = arcs([0], [1], [5], 2)

    with pytest.raises(ArcsError, match="given twice"):
        part(over, [1, 1])
    with pytest.raises(ArcsError, match="chosen node at place 0 is 2"):
        part(over, [2])
