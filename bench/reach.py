"""Nearest facilities beside pandana, igraph and networkit: the same arcs, one process each, interleaved rounds.

Twenty categories of 400 to 8,000 facilities, 15 minutes on foot from every node to the facility, on the streets of
Porto eight times over (contracted, 551,000 nodes). What is compared is also checked: igraph and networkit in every
cell, pandana to a tenth of a second except where a cell lies at the limit itself.
"""

import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import numpy as np

from bench.claim import Claim
from bench.peer_reach import LIMIT
from bench.streets import Town, facilities, porto

COMMAND = "python -m bench reach"
COPIES = 8
CATEGORIES = 20
ROUNDS = 5
ROUNDS_SEVERAL = 3
SEVERAL = 5
AT_THE_LIMIT = 1e-4
"""The share of cells that may be within reach for one and not the other, all of them at the limit."""


@dataclass
class Peer:
    """An engine in its process, and what it took."""

    name: str
    process: subprocess.Popen[str]
    answer: Path
    prepared: float = 0.0
    queried: list[float] = field(default_factory=list)

    def asked(self, order: str) -> str:
        """What the engine answers to an order."""
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError(f"{self.name} has no pipes to talk through.")
        print(order, file=self.process.stdin, flush=True)
        told = self.process.stdout.readline().strip()
        if not told:
            raise RuntimeError(f"{self.name} ended instead of answering {order}; its words are above.")
        return told

    @property
    def query(self) -> float:
        """Median seconds of a query."""
        return median(self.queried)

    @property
    def whole(self) -> float:
        """Seconds with the preparation."""
        return self.prepared + self.query


def claims(copies: int = COPIES) -> list[Claim]:
    """Query, preparation and memory of the nearest one; the five nearest; two general graph libraries."""
    town = porto(copies=copies)
    category, node = facilities(town.nodes, CATEGORIES, seed=23, fewest=50 * copies, most=1000 * copies)
    with tempfile.TemporaryDirectory() as folder:
        graph = Path(folder) / "graph.npz"
        np.savez(graph, category=category, node=node, **vars(town))
        del category, node
        one = _measured(("ours", "pandana", "igraph", "networkit"), graph, 1, ROUNDS)
        several = _measured(("ours", "pandana"), graph, SEVERAL, ROUNDS_SEVERAL)
    return [*_nearest(one, town), *_several(several, town), *_general(one, town)]


def _nearest(peers: Mapping[str, "Told"], town: Town) -> list[Claim]:
    ours, theirs = peers["ours"], peers["pandana"]
    what = f"the nearest of {CATEGORIES} categories for {town.nodes:,} nodes"
    return [
        _claim(f"{what}, query", ours, theirs, ours.query, theirs.query, 20),
        _claim(f"{what}, with preparation", ours, theirs, ours.whole, theirs.whole, 80),
        Claim(
            f"{what}, largest memory of the process (at most 0.35 of the peer's)",
            theirs.called,
            theirs.memory / ours.memory,
            1 / 0.35,
            f"{ours.memory / 1e6:,.0f} MB",
            f"{theirs.memory / 1e6:,.0f} MB",
            COMMAND,
        ),
    ]


def _several(peers: Mapping[str, "Told"], town: Town) -> list[Claim]:
    ours, theirs = peers["ours"], peers["pandana"]
    what = f"the {SEVERAL} nearest of {CATEGORIES} categories for {town.nodes:,} nodes"
    return [
        _claim(f"{what}, query", ours, theirs, ours.query, theirs.query, 12),
        _claim(f"{what}, with preparation", ours, theirs, ours.whole, theirs.whole, 50),
    ]


def _general(peers: Mapping[str, "Told"], town: Town) -> list[Claim]:
    ours = peers["ours"]
    what = f"the nearest of {CATEGORIES} categories for {town.nodes:,} nodes, the same cell for cell, query"
    return [_claim(what, ours, peers[name], ours.query, peers[name].query, 5) for name in ("igraph", "networkit")]


def _claim(name: str, ours: "Told", theirs: "Told", our_time: float, their_time: float, target: float) -> Claim:
    return Claim(
        name, theirs.called, their_time / our_time, target, f"{our_time:.2f} s", f"{their_time:.2f} s", COMMAND
    )


@dataclass(frozen=True)
class Told:
    """What is left of an engine once its process has gone."""

    called: str
    query: float
    whole: float
    memory: int


def _measured(names: Sequence[str], graph: Path, k: int, rounds: int) -> dict[str, Told]:
    """Every engine prepared and asked in turn; raises AssertionError where one answers otherwise than ours."""
    with ExitStack() as stack:
        peers = [_started(name, graph, k, stack) for name in names]
        for peer in peers:
            peer.prepared = float(peer.asked("prepare"))
        for _ in range(rounds):
            for peer in peers:
                peer.queried.append(float(peer.asked("query")))
        told = {
            peer.name: Told(f"{peer.name} {peer.asked('version')}", peer.query, peer.whole, int(peer.asked("memory")))
            for peer in peers
        }
        for peer in peers:
            peer.asked("answer")
            _same(np.load(peers[0].answer, mmap_mode="r"), np.load(peer.answer, mmap_mode="r"), peer.name)
    return told


def _started(name: str, graph: Path, k: int, stack: ExitStack) -> Peer:
    answer = graph.with_name(f"{name}.npy")
    command = [sys.executable, "-m", "bench.peer_reach", name, str(graph), str(answer), str(k)]
    process = stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
    return Peer(name, process, answer)


def _same(ours: np.ndarray, theirs: np.ndarray, name: str) -> None:
    """Cell for cell to a tenth of a second; pandana rounds otherwise, which tells only at the limit."""
    apart = 0
    for mine, other in zip(ours, theirs, strict=True):
        here, there = mine <= LIMIT, other <= LIMIT
        differs = here != there
        assert not differs.any() or name == "pandana", f"{name}: {differs.sum()} cells are out of reach for one only"
        edge = np.where(here, mine, other)[differs]
        assert (edge >= LIMIT - 1).all(), f"{name}: {(edge < LIMIT - 1).sum()} cells within reach for one only"
        apart += int(differs.sum())
        off = np.abs(mine - other)[here & there]
        assert not len(off) or off.max() <= 1.01, f"{name}: {(off > 1.01).sum()} cells are up to {off.max() / 10} s off"
    assert apart <= AT_THE_LIMIT * ours.size, f"{name}: {apart} of {ours.size} cells are out of reach for one only"


if __name__ == "__main__":
    for claim in claims(int(sys.argv[1]) if len(sys.argv) > 1 else COPIES):
        print(claim)
