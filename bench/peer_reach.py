"""One engine in a process of its own: prepares a graph, finds the nearest of all categories when told, says its memory.

`python -m bench.peer_reach ENGINE GRAPH ANSWER K` reads orders from its input, `prepare`, `query` or `memory`, and
answers each with one line, seconds or bytes; the last answer (categories, n, K) in deciseconds is then in ANSWER. Every
engine answers for the way from the nodes to the facilities, up to the limit, on as many threads as it can use.
"""

import os
import resource
import sys
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version

import numpy as np
import numpy.typing as npt

LIMIT = 9000
Numbers = npt.NDArray[np.generic]
Answer = npt.NDArray[np.float32]


class Engine:
    """What an engine has to do; `town` holds x, y, tail, head, cost, category and node."""

    package = ""

    def __init__(self, town: Mapping[str, Numbers], k: int) -> None:
        self.town, self.k = town, k
        self.nodes, self.categories = len(town["x"]), int(town["category"].max()) + 1

    def prepare(self) -> None:
        """Make the graph of the arcs."""
        raise NotImplementedError

    def query(self) -> object:
        """Find the nearest of every category."""
        raise NotImplementedError

    def answer(self, found: object) -> Answer:
        """What was found in deciseconds, more than LIMIT for out of reach."""
        raise NotImplementedError

    def nodes_of(self, category: int) -> Numbers:
        """Where the facilities of one category are."""
        return self.town["node"][self.town["category"] == category]


class Ours(Engine):
    """shancheng.methods.graph; its loops are compiled beforehand, as those of the others are."""

    package = "shancheng"

    def __init__(self, town: Mapping[str, Numbers], k: int) -> None:
        super().__init__(town, k)
        from shancheng.methods.graph import arcs, nearest, sources

        self.arcs, self.nearest = arcs.arcs, nearest.nearest
        self.sources = sources.Sources.of
        two = self.arcs([0], [1], [5], 2)
        self.nearest(two.reversed(), self.sources([0], [1], [0], [0]), categories=1, limit=LIMIT, k=k)

    def prepare(self) -> None:
        town = self.town
        self.over = self.arcs(town["tail"], town["head"], town["cost"], self.nodes).reversed()
        count = len(town["node"])
        self.given = self.sources(town["category"], town["node"], np.zeros(count, np.int32), np.arange(count))

    def query(self) -> object:
        return self.nearest(self.over, self.given, categories=self.categories, limit=LIMIT, k=self.k)

    def answer(self, found: object) -> Answer:
        return found.time.astype(np.float32)  # type: ignore[attr-defined]


class Pandana(Engine):
    """pandana as its guide has it: directed edges, a set of points for each category; no owners are asked for."""

    package = "pandana"

    def prepare(self) -> None:
        import pandas as pd
        from pandana import Network

        town = self.town
        x, y = pd.Series(town["x"]), pd.Series(town["y"])
        weights = pd.DataFrame({"seconds": town["cost"] / 10.0})
        self.network = Network(x, y, pd.Series(town["tail"]), pd.Series(town["head"]), weights, twoway=False)
        for category in range(self.categories):
            at = self.nodes_of(category)
            self.network.set_pois(f"c{category}", LIMIT / 10, self.k, x.iloc[at], y.iloc[at])

    def query(self) -> object:
        found = np.empty((self.categories, self.nodes, self.k), np.float32)
        for category in range(self.categories):
            found[category] = self.network.nearest_pois(
                LIMIT / 10, f"c{category}", num_pois=self.k, max_distance=LIMIT
            ).to_numpy()
        return found

    def answer(self, found: object) -> Answer:
        return found * np.float32(10)  # type: ignore[operator,no-any-return]


class _WithHubs(Engine):
    """One more node for each category, from which arcs of no cost lead to its facilities: one search answers it."""

    def arcs(self) -> tuple[Numbers, Numbers, Numbers]:
        """Arcs the other way round, and those of the hubs."""
        town = self.town
        tail = np.concatenate([town["head"], self.nodes + town["category"]])
        head = np.concatenate([town["tail"], town["node"]])
        return tail, head, np.concatenate([town["cost"], np.zeros(len(town["node"]), np.int32)])


class Igraph(_WithHubs):
    """igraph, a search for each category."""

    package = "igraph"

    def prepare(self) -> None:
        import igraph

        tail, head, cost = self.arcs()
        self.graph = igraph.Graph(n=self.nodes + self.categories, edges=np.column_stack([tail, head]), directed=True)
        self.cost = cost.tolist()

    def query(self) -> object:
        hubs = range(self.nodes, self.nodes + self.categories)
        found = np.empty((self.categories, self.nodes), np.float32)
        for category, hub in enumerate(hubs):
            found[category] = self.graph.distances([hub], weights=self.cost)[0][: self.nodes]
        return found

    def answer(self, found: object) -> Answer:
        return found[:, :, None]  # type: ignore[index,no-any-return]


class Networkit(_WithHubs):
    """networkit, the searches of all categories on all threads."""

    package = "networkit"

    def prepare(self) -> None:
        import networkit

        self.distance = networkit.distance
        tail, head, cost = self.arcs()
        everything = (cost.astype(np.float64), (tail.astype(np.uint64), head.astype(np.uint64)))
        self.graph = networkit.GraphFromCoo(everything, n=self.nodes + self.categories, weighted=True, directed=True)

    def query(self) -> object:
        hubs = list(range(self.nodes, self.nodes + self.categories))
        search = self.distance.SPSP(self.graph, hubs)
        search.run()
        return np.asarray(search.getDistances(asarray=True))

    def answer(self, found: object) -> Answer:
        return np.minimum(found, 2**31)[:, : self.nodes, None].astype(np.float32)  # type: ignore[index,no-any-return]


ENGINES = {"ours": Ours, "pandana": Pandana, "igraph": Igraph, "networkit": Networkit}


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def main(name: str, graph: str, answer: str, k: str) -> None:
    """Do what the orders say; whatever an engine prints goes to the error output."""
    told = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    with np.load(graph) as kept:
        engine = ENGINES[name]({part: kept[part] for part in kept.files}, int(k))
    found: list[object] = []

    def query() -> None:
        found.clear()
        found.append(engine.query())

    orders: Mapping[str, Callable[[], object]] = {
        "prepare": lambda: seconds(engine.prepare),
        "query": lambda: seconds(query),
        "memory": lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "answer": lambda: np.save(answer, engine.answer(found[0])),
        "version": lambda: version(engine.package),
    }
    for line in sys.stdin:
        print(orders[line.strip()](), file=told, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
