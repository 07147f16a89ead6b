"""The same search by tiles, so that processes or other machines can each take some of them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from shancheng.ground.network.network import Network
from shancheng.methods.graph.arcs import Arcs
from shancheng.methods.graph.nearest import Nearest
from shancheng.methods.graph.sources import Sources
from shancheng.methods.graph.tiles import Tile, TileReach, reach_of_tile, tile_of, tile_with_halo, together
from shancheng.wings.services.reach import Search

METRES_A_DEGREE = 111_320.0


@dataclass(frozen=True)
class Task:
    """One tile with everything its search needs: nothing else has to be there where it is worked."""

    tile: Tile
    sources: Sources
    """Entrances within the tile and its halo, with the nodes of the whole graph."""
    categories: int
    limit: int
    k: int


Run = Callable[[Callable[[Task], TileReach], Iterator[Task]], Iterable[TileReach]]
"""Works every task, here or elsewhere, and gives the answers in any order."""


def work(task: Task) -> TileReach:
    """The reach of one tile; a pure function of the task."""
    return reach_of_tile(task.tile, task.sources, categories=task.categories, limit=task.limit, k=task.k)


def by_tiles(network: Network, *, size_m: float, run: Run) -> Search:
    """A search that cuts the network into square tiles of `size_m` metres and lets `run` work them.

    Every figure is that of the search in one piece: a tile's halo holds all that can reach it within the limit.
    """
    middle = np.cos(np.radians(float(np.mean(network.lat)))) if network.nodes else 1.0
    x, y = network.lon * METRES_A_DEGREE * middle, network.lat * METRES_A_DEGREE
    tiles = tile_of(x, y, size_m)

    def search(over: Arcs, sources: Sources, categories: int, limit: int, k: int) -> Nearest:
        against = over.reversed()

        def tasks() -> Iterator[Task]:
            for number in np.unique(tiles).tolist():
                tile = tile_with_halo(over, against, tiles, number, limit=limit)
                yield Task(tile, _near(tile, sources), categories, limit, k)

        return together(run(work, tasks()), over.nodes)

    return search


def _near(tile: Tile, sources: Sources) -> Sources:
    """What `reach_of_tile` will keep of the sources, so that no more is sent along."""
    place = np.searchsorted(tile.node, sources.node)
    place[place == len(tile.node)] = 0
    return sources.kept(np.flatnonzero(tile.node[place] == sources.node))
