"""Tiles with their halo give the figures of the whole graph, owners too; pieces that are too narrow say so."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shancheng.methods.graph.arcs import FAR, arcs, part
from shancheng.methods.graph.errors import SearchError, TileError
from shancheng.methods.graph.nearest import nearest
from shancheng.methods.graph.order import morton
from shancheng.methods.graph.tiles import entering, reach_of_tile, tile_of, tile_with_halo, together

from .oracle import arcs_of, entrances, graphs, same, sources_of, town


def tiled(over, sources, tiles, **asked):
    """The reach of every tile, each sent through a pickle, put together."""
    against = over.reversed()
    cut = [tile_with_halo(over, against, tiles, number, limit=asked["limit"]) for number in np.unique(tiles)]
    reaches = [reach_of_tile(pickle.loads(pickle.dumps(tile)), sources, **asked) for tile in cut]
    return together(reversed(reaches), over.nodes)


@settings(max_examples=150, deadline=None)
@given(st.data(), graphs(), st.integers(1, 3), st.sampled_from([0, 15, 60, 400]))
def test_tiled_is_untiled_cell_for_cell(data, graph, k, limit):
    nodes, links = graph
    over, sources = arcs_of(nodes, links), sources_of(data.draw(entrances(nodes)))
    tiles = np.array(data.draw(st.lists(st.integers(0, 3), min_size=nodes, max_size=nodes)), np.int64)

    found = tiled(over, sources, tiles, categories=2, limit=limit, k=k)

    whole = nearest(over, sources, categories=2, limit=limit, k=k)
    same(found, (whole.time, whole.facility))


@pytest.mark.parametrize("k", [1, 3])
def test_a_town_in_tiles_is_the_whole_town_both_ways(k):
    nodes, links, rows, x, y = town()
    tiles, sources = tile_of(x, y, 500.0), sources_of(rows)

    for over in (arcs_of(nodes, links), arcs_of(nodes, links).reversed()):
        whole = nearest(over, sources, categories=4, limit=2000, k=k)
        same(tiled(over, sources, tiles, categories=4, limit=2000, k=k), (whole.time, whole.facility))

    halo = tile_with_halo(over, over.reversed(), tiles, tiles[0], limit=1000)
    assert halo.own.sum() == (tiles == tiles[0]).sum()
    assert halo.own.sum() < len(halo.node) < nodes


@settings(max_examples=60, deadline=None)
@given(st.data(), graphs(), st.sampled_from([0, 15, 60]))
def test_a_piece_of_a_graph_either_gives_the_same_tile_or_says_that_it_is_too_narrow(data, graph, limit):
    nodes, links = graph
    over = arcs_of(nodes, links)
    tiles = np.array(data.draw(st.lists(st.integers(0, 1), min_size=nodes, max_size=nodes)), np.int64)
    tiles[0] = 0
    more = data.draw(st.sets(st.integers(0, nodes - 1)))
    piece = np.array(sorted(set(np.flatnonzero(tiles == 0).tolist()) | more), np.int64)
    needed = tile_with_halo(over, over.reversed(), tiles, 0, limit=limit)
    some = part(over, piece)

    try:
        tile = tile_with_halo(some, some.reversed(), tiles[piece], 0, limit=limit, entering=entering(over, piece))
    except TileError as error:
        assert "too narrow" in str(error)
        assert not set(needed.node.tolist()) <= set(piece.tolist())
        return
    assert piece[tile.node].tolist() == needed.node.tolist()


def test_tiles_are_numbered_alike_whichever_nodes_there_are():
    x, y = np.array([-10.0, 5.0, 499.0, 500.0]), np.array([0.0, 5.0, -3.0, 7.0])

    numbers = tile_of(x, y, 500.0)

    assert len(set(numbers.tolist())) == 4
    assert tile_of(x[2:], y[2:], 500.0).tolist() == numbers[2:].tolist()
    assert tile_of([0.0, 499.0], [0.0, 499.0], 500.0).tolist() == [numbers[1]] * 2


def test_morton_order_keeps_neighbours_together():
    y, x = (part.ravel() for part in np.mgrid[0:4, 0:4])

    order = morton(x, y)

    assert [(x[at], y[at]) for at in order[:8]] == [(0, 0), (1, 0), (0, 1), (1, 1), (2, 0), (3, 0), (2, 1), (3, 1)]
    assert sorted(order.tolist()) == list(range(16))
    assert morton([5.0, 5.0, 5.0], [1.0, 1.0, 1.0]).tolist() == [0, 1, 2]
    assert morton([], []).tolist() == []


def test_what_cannot_be_cut_is_told_in_a_sentence():
    over, tiles = arcs([0, 1], [1, 2], [10, 10], 3), np.zeros(3, np.int64)
    against = over.reversed()
    tile = tile_with_halo(over, against, tiles, 0, limit=50)

    with pytest.raises(TileError, match="no node in tile 4"):
        tile_with_halo(over, against, tiles, 4, limit=50)
    with pytest.raises(TileError, match="3 nodes one way, 3 the other and 2 tile numbers"):
        tile_with_halo(over, against, tiles[:2], 0, limit=50)
    with pytest.raises(TileError, match="2 costs of entering for 3 nodes"):
        tile_with_halo(over, against, tiles, 0, limit=50, entering=[FAR, FAR])
    with pytest.raises(TileError, match="too narrow for 50 deciseconds: from outside through node 2 it takes only 50"):
        tile_with_halo(over, against, tiles, 0, limit=50, entering=[FAR, 51, 50])
    with pytest.raises(SearchError, match="up to -1"):
        tile_with_halo(over, against, tiles, 0, limit=-1)
    with pytest.raises(TileError, match="exact up to 50 deciseconds, not 60"):
        reach_of_tile(tile, sources_of([]), categories=1, limit=60)
    with pytest.raises(TileError, match="3 of 3 nodes are not in exactly one tile"):
        together([], 3)
    with pytest.raises(TileError, match="size 0 cannot"):
        tile_of([0.0], [0.0], 0)
    with pytest.raises(TileError, match="more than 1073741824 tiles"):
        tile_of([1e12], [0.0], 1)
    with pytest.raises(TileError, match="Node 1 has no place"):
        morton([0.0, float("nan")], [0.0, 1.0])
    with pytest.raises(TileError, match="1 x and 2 y"):
        morton([0.0], [0.0, 1.0])
