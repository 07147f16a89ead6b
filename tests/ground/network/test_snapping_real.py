"""On real streets points lie where plain geometry says, and read what homes hung into the graph read."""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from shancheng.ground.network import walkers
from shancheng.ground.network.build import build
from shancheng.ground.network.labels import entrances_of, hung, sources_of, times_at
from shancheng.ground.network.nearby import EdgeIndex, metres_to_nearest
from shancheng.ground.network.network import Network
from shancheng.ground.network.snapping import Way, snap, usable_edges
from shancheng.ground.network.walkers import Walker, walk_tables
from shancheng.ground.pack import find_pack, load_packs
from shancheng.methods.graph.arcs import FAR
from shancheng.methods.graph.nearest import nearest

pytestmark = pytest.mark.slow
LIMIT = 9_000


@pytest.fixture(scope="module")
def porto(shared_data: Path) -> tuple[Network, Walker]:
    tables = walk_tables(load_packs([find_pack("base")], walkers.TABLES), dt.date(2026, 1, 1))
    extract = next((shared_data / "porto-walk-large").glob("*.osm.pbf"))
    return build(extract, None, ["adult"], tables, day=dt.date(2026, 1, 1)), tables.walkers["adult"]


def near_streets(network: Network, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    at = chance.integers(0, len(network.point_lon), count)
    return network.point_lon[at] + chance.normal(0, 3e-4, count), network.point_lat[at] + chance.normal(0, 3e-4, count)


def test_the_nearest_street_is_as_far_as_the_geodesic_to_it(porto: tuple[Network, Walker]) -> None:
    network, _ = porto
    lon, lat = near_streets(network, 3_000, 1)
    allowed = usable_edges(network, "adult")

    near = EdgeIndex(network).near(lon, lat, 300.0, 3, allowed)

    exact = metres_to_nearest(network, allowed, lon, lat)
    inside = exact < 299
    assert near.metres[inside, 0] == pytest.approx(exact[inside], rel=2e-4, abs=1e-3)
    assert inside.mean() > 0.99


@pytest.mark.parametrize("way", ["there", "back"])
def test_homes_hung_into_the_graph_have_exactly_the_times_that_are_read(
    porto: tuple[Network, Walker], way: Way
) -> None:
    network, walker = porto
    homes = snap(network, walker, *near_streets(network, 2_000, 2))
    doors = entrances_of(snap(network, walker, *near_streets(network, 4_000, 3)), np.arange(4_000) % 5)
    over = network.arcs("adult").reversed() if way == "there" else network.arcs("adult")

    read = times_at(nearest(over, sources_of(doors, way=way), categories=5, limit=LIMIT, k=2), homes, doors, way=way)

    graph, sources = hung(over, homes, doors, way=way, limit=LIMIT)
    found = nearest(graph, sources, categories=5, limit=LIMIT, k=2)
    assert (found.time[:, network.nodes :] == read.time).all()
    assert (found.facility[:, network.nodes :] == read.facility).all()
    assert (read.time < FAR).mean() > 0.4
