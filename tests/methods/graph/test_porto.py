"""The streets of a real city: reach beside igraph in both directions, and tile by tile."""

import igraph
import numpy as np
import pytest
from bench.streets import facilities, porto

from shancheng.methods.graph.arcs import FAR, arcs
from shancheng.methods.graph.nearest import nearest
from shancheng.methods.graph.sources import Sources
from shancheng.methods.graph.tiles import reach_of_tile, tile_of, tile_with_halo, together

pytestmark = pytest.mark.slow
CATEGORIES, LIMIT = 6, 9000


@pytest.fixture(scope="module")
def town(shared_data):
    """Porto, contracted: islands, loops, parallel arcs and arcs of no cost as they are."""
    return porto(extract=shared_data / "porto-walk-large" / "porto_portugal.osm.pbf")


@pytest.fixture(scope="module")
def sources(town):
    """Six categories of 60 to 600 facilities, a minute or less from their node."""
    category, node = facilities(town.nodes, CATEGORIES, seed=5, fewest=60, most=600)
    offset = np.random.default_rng(6).integers(0, 600, len(node))
    return Sources.of(category, node, offset, np.arange(len(node)))


@pytest.mark.parametrize("turned", [False, True])
def test_porto_is_that_of_igraph_in_every_cell(town, sources, turned):
    over = arcs(town.tail, town.head, town.cost, town.nodes)
    assert over.count < len(town.tail)
    assert (over.cost == 0).any()

    found = nearest(over.reversed() if turned else over, sources, categories=CATEGORIES, limit=LIMIT)

    hub = town.nodes + sources.category
    ends = [np.concatenate([town.tail, hub]), np.concatenate([town.head, sources.node])]
    if turned:
        ends = [np.concatenate([town.head, hub]), np.concatenate([town.tail, sources.node])]
    peer = igraph.Graph(n=town.nodes + CATEGORIES, edges=np.column_stack(ends), directed=True)
    cost = np.concatenate([town.cost, sources.offset]).tolist()
    for category in range(CATEGORIES):
        least = np.array(peer.distances([town.nodes + category], weights=cost)[0])[: town.nodes]
        np.testing.assert_array_equal(found.time[category, :, 0], np.where(least <= LIMIT, least, FAR))


@pytest.mark.parametrize("k", [1, 4])
def test_porto_in_tiles_is_the_whole_of_porto(town, sources, k):
    over = arcs(town.tail, town.head, town.cost, town.nodes).reversed()
    against, tiles = over.reversed(), tile_of(town.x, town.y, 8000.0)

    reaches = [
        reach_of_tile(
            tile_with_halo(over, against, tiles, number, limit=LIMIT), sources, categories=CATEGORIES, limit=LIMIT, k=k
        )
        for number in np.unique(tiles)
    ]

    found, whole = together(reaches, town.nodes), nearest(over, sources, categories=CATEGORIES, limit=LIMIT, k=k)
    assert len(reaches) > 10
    np.testing.assert_array_equal(found.time, whole.time)
    np.testing.assert_array_equal(found.facility, whole.facility)
