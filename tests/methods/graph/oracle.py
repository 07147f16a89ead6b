"""Small graphs, and the same answers worked out the slow way: Dijkstra on a heap from one facility after another."""

import heapq
from collections import defaultdict

import numpy as np
from hypothesis import strategies as st

from shancheng.methods.graph.arcs import FAR, arcs
from shancheng.methods.graph.sources import Sources


@st.composite
def graphs(draw, nodes_most=12):
    """Arcs with parallels, loops, islands and arcs of no cost: nodes and a list of (tail, head, cost)."""
    nodes = draw(st.integers(1, nodes_most))
    node = st.integers(0, nodes - 1)
    cost = st.one_of(st.sampled_from([0, 0, 1, 2]), st.integers(0, 40))
    return nodes, draw(st.lists(st.tuples(node, node, cost), max_size=3 * nodes))


@st.composite
def entrances(draw, nodes, categories=2, facilities=6):
    """(category, node, offset, facility): facilities with one or several entrances, sometimes at the same node."""
    one = st.tuples(
        st.integers(0, categories - 1),
        st.integers(0, nodes - 1),
        st.sampled_from([0, 0, 0, 3, 11, 200]),
        st.integers(0, facilities - 1),
    )
    return draw(st.lists(one, max_size=10))


def arcs_of(nodes, links):
    """The links as Arcs."""
    return arcs(*columns(links, 3), nodes)


def sources_of(rows):
    """The entrances as Sources."""
    return Sources.of(*columns(rows, 4))


def columns(rows, width):
    """Rows of whole numbers as columns, also where there are none."""
    return np.array(rows, np.int64).reshape(-1, width).T


def times(nodes, links, begin):
    """Least cost of each node from a list of (node, offset), by a heap."""
    out = defaultdict(list)
    for tail, head, cost in links:
        out[tail].append((head, cost))
    least = [FAR] * nodes
    heap = [(offset, node) for node, offset in begin]
    heapq.heapify(heap)
    while heap:
        spent, node = heapq.heappop(heap)
        if spent >= least[node]:
            continue
        least[node] = spent
        for head, cost in out[node]:
            heapq.heappush(heap, (spent + cost, head))
    return least


def nearest_by_hand(nodes, links, rows, categories, limit, k):
    """Times and facilities (categories, nodes, k), facility by facility."""
    time = np.full((categories, nodes, k), FAR)
    facility = np.full((categories, nodes, k), -1)
    for category in range(categories):
        begins = defaultdict(list)
        for which, node, offset, owner in rows:
            if which == category:
                begins[owner].append((node, offset))
        reach = {owner: times(nodes, links, begin) for owner, begin in begins.items()}
        for node in range(nodes):
            near = sorted((spent[node], owner) for owner, spent in reach.items() if spent[node] <= limit)[:k]
            for place, (spent, owner) in enumerate(near):
                time[category, node, place], facility[category, node, place] = spent, owner
    return time, facility


def same(found, expected):
    """The two arrays of what was found are the expected ones, cell for cell."""
    np.testing.assert_array_equal(found.time, expected[0])
    np.testing.assert_array_equal(found.facility, expected[1])


def town(seed=3, side=24, facilities=60, categories=4):
    """A larger seeded graph of blocks with diagonals: nodes, links, entrances, x and y in metres."""
    source = np.random.default_rng(seed)
    nodes = side * side
    y, x = (part.ravel() * 100.0 for part in np.mgrid[0:side, 0:side])
    node = np.arange(nodes).reshape(side, side)
    tail = np.concatenate([node[:, :-1].ravel(), node[:-1].ravel(), node[:-1, :-1].ravel()])
    head = np.concatenate([node[:, 1:].ravel(), node[1:].ravel(), node[1:, 1:].ravel()])
    kept = source.random(len(tail)) < 0.75
    tail, head = tail[kept], head[kept]
    up = source.choice([0, 1, 600, 900, 1300], len(tail), p=[0.04, 0.06, 0.3, 0.3, 0.3])
    down = np.maximum(up - source.integers(0, 200, len(tail)), 0)
    links = [*zip(tail, head, up, strict=True), *zip(head, tail, down, strict=True)]
    rows = zip(
        source.integers(0, categories, facilities),
        source.integers(0, nodes, facilities),
        source.integers(0, 300, facilities),
        source.integers(0, facilities, facilities),
        strict=True,
    )
    return nodes, np.array(links).tolist(), np.array(list(rows)).tolist(), x, y
