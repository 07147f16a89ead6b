"""New links beside a new search from the beginning: every cell, and the worth of each link alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shancheng.methods.graph.arcs import arcs, with_homes
from shancheng.methods.graph.errors import LinksError, SearchError
from shancheng.methods.graph.links import CLOSED, Links, improved, with_links, worth
from shancheng.methods.graph.nearest import nearest
from shancheng.methods.graph.sources import Sources

from .oracle import arcs_of, columns, entrances, graphs, same, sources_of, town


def candidates(nodes):
    """(tail, head, there, back), each direction sometimes closed."""
    node, cost = st.integers(0, nodes - 1), st.sampled_from([CLOSED, 0, 0, 1, 5, 30, 500])
    return st.lists(st.tuples(node, node, cost, cost), max_size=6)


def links_of(rows):
    """The candidates as Links."""
    return Links.of(*columns(rows, 4))


def worth_by_hand(over, sources, links, categories, limit, weight, within):
    """Weight x time saved and weight brought near, link by link from a new search each."""
    before = np.minimum(nearest(over, sources, categories=categories, limit=limit).time[:, :, 0], limit + 1)
    saved, brought = np.zeros((links.count, categories)), np.zeros((links.count, categories))
    for link in range(links.count):
        one = Links(*(part[link : link + 1] for part in (links.tail, links.head, links.there, links.back)))
        after = nearest(with_links(over, one), sources, categories=categories, limit=limit).time[:, :, 0]
        gain = np.minimum(before, limit).astype(np.int64) - np.minimum(after, limit)
        saved[link] = (gain * weight).sum(axis=1)
        brought[link] = (((before > within) & (after <= within)) * weight).sum(axis=1)
    return saved, brought


@settings(max_examples=200, deadline=None)
@given(st.data(), graphs(), st.integers(1, 3), st.sampled_from([0, 15, 60, 400]), st.booleans())
def test_links_added_together_give_what_a_new_search_gives(data, graph, k, limit, turned):
    nodes, arcs_given = graph
    sources, links = sources_of(data.draw(entrances(nodes))), links_of(data.draw(candidates(nodes)))
    over = arcs_of(nodes, arcs_given)
    if turned:
        over, links = over.reversed(), links.reversed()
    found = nearest(over, sources, categories=2, limit=limit, k=k)

    after = improved(over, found, links)

    whole = nearest(with_links(over, links), sources, categories=2, limit=limit, k=k)
    same(after, (whole.time, whole.facility))


@settings(max_examples=150, deadline=None)
@given(st.data(), graphs(), st.sampled_from([15, 60, 400]))
def test_each_link_alone_is_worth_what_a_new_search_finds(data, graph, limit):
    nodes, arcs_given = graph
    sources, links = sources_of(data.draw(entrances(nodes))), links_of(data.draw(candidates(nodes)))
    weight = np.arange(1, nodes + 1) * 7 % 5
    over = arcs_of(nodes, arcs_given)
    found = nearest(over, sources, categories=2, limit=limit, k=2)

    told = worth(over, found, links, weight=weight, within=limit // 2)

    saved, brought = worth_by_hand(over, sources, links, 2, limit, weight, limit // 2)
    np.testing.assert_array_equal(told.saved, saved)
    np.testing.assert_array_equal(told.brought, brought)


@pytest.mark.parametrize("turned", [False, True])
def test_every_candidate_of_a_town_is_worth_what_a_new_search_finds(turned):
    nodes, arcs_given, rows, _, _ = town()
    source = np.random.default_rng(9)
    tail = source.integers(0, nodes, 60)
    links = Links.of(tail, (tail + source.integers(1, 60, 60)) % nodes, source.integers(0, 900, 60), [CLOSED, 300] * 30)
    over, sources, weight = arcs_of(nodes, arcs_given), sources_of(rows), source.integers(0, 400, (4, nodes))
    if turned:
        over, links = over.reversed(), links.reversed()
    found = nearest(over, sources, categories=4, limit=3000)

    told = [worth(over, found, links, weight=weight, within=[900, 1000, 0, 3000], threads=many) for many in (1, 2, 5)]

    saved, brought = worth_by_hand(over, sources, links, 4, 3000, weight, np.array([[900], [1000], [0], [3000]]))
    assert (saved > 0).any() and (brought > 0).any()
    for one in told:
        np.testing.assert_array_equal(one.saved, saved)
        np.testing.assert_array_equal(one.brought, brought)


def test_a_stair_counts_for_the_homes_beyond_it():
    streets = arcs([0, 1, 2, 3], [1, 0, 3, 2], [300, 300, 200, 200], 4)
    to_facility = with_homes(streets.reversed(), [0, 0], [2, 3], [50, 20], homes=1)
    found = nearest(to_facility, Sources.of([0], [0], [0], [0]), categories=1, limit=1000)
    people = [0, 0, 0, 0, 12]
    stair = Links.of([1], [3], [400], [250])

    told = worth(to_facility, found, stair.reversed(), weight=people, within=900)

    assert told.saved.tolist() == [[12 * (1000 - (20 + 250 + 300))]]
    assert told.brought.tolist() == [[12]]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"weight": [1, 2]}, "Weights have shape"),
        ({"weight": [1, 2, -1]}, "negative or not a number"),
        ({"weight": [1, 2, float("nan")]}, "negative or not a number"),
        ({"within": 101}, "threshold 101 does not fit"),
        ({"within": [1, 2]}, "does not fit"),
        ({"links": Links.of([0], [3], [5], [5])}, "Link 0 has node 3 as its head"),
        ({"links": Links.of([-1], [2], [5], [5])}, "Link 0 has node -1 as its tail"),
    ],
)
def test_what_does_not_fit_is_told_in_a_sentence(change, sentence):
    over = arcs([0, 1], [1, 2], [10, 10], 3)
    found = nearest(over, Sources.of([0], [0], [0], [0]), categories=1, limit=100)
    asked = {"links": Links.of([0], [2], [5], [5]), "weight": [1, 1, 1], "within": 50} | change

    with pytest.raises(LinksError, match=sentence):
        worth(over, found, **asked)


def test_links_that_are_none_are_told_in_a_sentence():
    over = arcs([0, 1], [1, 2], [10, 10], 3)
    found = nearest(over, Sources.of([0], [0], [0], [0]), categories=1, limit=100)

    with pytest.raises(LinksError, match=r"\[1, 1, 2, 1\]"):
        Links.of([0], [1], [5, 6], [5])
    with pytest.raises(LinksError, match="below -1"):
        Links.of([0], [1], [-2], [5])
    with pytest.raises(LinksError, match="float64"):
        Links.of([0], [1], [0.5], [5])
    with pytest.raises(SearchError, match="of 3 nodes, but the arcs have 2"):
        improved(arcs([0], [1], [10], 2), found, Links.of([0], [1], [5], [5]))
