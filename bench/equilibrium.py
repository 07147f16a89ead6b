"""User equilibrium beside AequilibraE's bi-conjugate Frank-Wolfe, on Anaheim and on four joined copies of it.

The peer is timed as it ships, which is what was aimed at, and with its progress bar off, which takes most of its time.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from bench.claim import Claim
from shancheng.methods.equilibrium.assign import Equilibrium, assign
from shancheng.methods.equilibrium.demand import Demand
from shancheng.methods.equilibrium.loss import loss_scan
from shancheng.methods.equilibrium.network import Network
from shancheng.methods.equilibrium.tntp import read_network, read_trips

COMMAND = "python -m bench.equilibrium"
ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("SHANCHENG_DATA", ROOT.parent / "shared" / "data")) / "tntp-networks"
PEER = Path(__file__).with_name("peer_assignment.py")
COPIES = 4


def claims() -> list[Claim]:
    """Ours to a gap of 1e-6 beside theirs to 1e-4, each of them counting from the demand to the flows."""
    network = read_network((DATA / "Anaheim_net.tntp").read_text())
    demand = read_trips((DATA / "Anaheim_trips.tntp").read_text(), network)
    assign(network, demand, gap=1e-2)
    joined = _joined(network, demand, np.random.default_rng(20))
    begun = time.perf_counter()
    scan = loss_scan(network, demand, workers=2)
    seconds = time.perf_counter() - begun
    whole = f"loss of each of {network.links} links of Anaheim, settled to 1e-6, 2 threads"
    told = f"{seconds:.1f} s, {int((scan.unserved.sum(axis=1) > 0).sum())} leave demand unserved"
    copies = f"{COPIES} joined copies of Anaheim, gap 1e-6 beside 1e-4"
    return [
        *(_beside("Anaheim, gap 1e-6 beside 1e-4", network, demand, bar, 10, 5) for bar in (True, False)),
        *(_beside(copies, *joined, bar, 3, 5) for bar in (True, False)),
        Claim(whole, "30 s", 30 / seconds, 1, told, "30 s", COMMAND),
    ]


def _beside(name: str, network: Network, demand: Demand, bar: bool, target: float, rounds: int) -> Claim:
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        peer = _Peer(Path(folder) / "arrays.npz", network, demand, bar)
        for _ in range(rounds):
            begun = time.perf_counter()
            mine = assign(network, demand, gap=1e-6)
            ours.append(time.perf_counter() - begun)
            other = peer.assign(1e-4)
            theirs.append(other["seconds"])
        peer.close()
    best = assign(network, demand, gap=1e-10).objective
    _check(network, demand, mine)
    far = [abs(found / best - 1) for found in (mine.objective, network.beckmann(np.array(other["flows"])))]
    told = f"{median(ours) * 1000:.0f} ms, gap {mine.gap:.0e}, objective {far[0]:.0e} above the best"
    slower = f"{median(theirs) * 1000:.0f} ms, gap {other['gap']:.0e}, objective {far[1]:.0e} above"
    how = "as it ships" if bar else "its progress bar off"
    version = f"AequilibraE {peer.version}, bi-conjugate Frank-Wolfe, 2 threads, {how}"
    return Claim(name, version, median(theirs) / median(ours), target, told, slower, COMMAND)


def _check(network: Network, demand: Demand, found: Equilibrium) -> None:
    """What leaves each node is what comes and begins there less what ends there."""
    left = np.bincount(network.tail, found.volume, network.nodes) - np.bincount(
        network.head, found.volume, network.nodes
    )
    born = np.bincount(demand.origin, demand.flow, network.nodes) - np.bincount(
        demand.destination, demand.flow, network.nodes
    )
    assert np.abs(left - born).max() < 1e-6


def _joined(network: Network, demand: Demand, source: np.random.Generator) -> tuple[Network, Demand]:
    """Copies side by side, zones first, with seeded two-way links and demand between one copy and another."""
    zones = int((~network.passes).sum())
    inner = network.nodes - zones

    def numbered(node: np.ndarray, copy: int) -> np.ndarray:
        return np.where(node < zones, copy * zones + node, COPIES * zones + copy * inner + node - zones)

    capacity = float(np.median(network.capacity))
    near = numbered(zones + source.integers(0, inner, 40), 0) + inner * (np.arange(40) % COPIES)
    far = numbered(zones + source.integers(0, inner, 40), 0) + inner * ((np.arange(40) + 1) % COPIES)
    bridge = np.full(80, 1.0)
    nodes = COPIES * network.nodes
    whole = Network.of_links(
        nodes,
        tail=np.concatenate([*(numbered(network.tail, copy) for copy in range(COPIES)), near, far]),
        head=np.concatenate([*(numbered(network.head, copy) for copy in range(COPIES)), far, near]),
        free=np.concatenate([*(network.free for _ in range(COPIES)), 2 * bridge]),
        capacity=np.concatenate([*(network.capacity for _ in range(COPIES)), capacity * bridge]),
        b=np.concatenate([*(_factor(network) for _ in range(COPIES)), 0.15 * bridge]),
        power=np.concatenate([*(network.power for _ in range(COPIES)), 4 * bridge]),
        passes=np.arange(nodes) >= COPIES * zones,
    )
    pairs = 1000
    origin = source.integers(0, COPIES * zones, pairs)
    destination = (origin + zones * source.integers(1, COPIES, pairs)) % (COPIES * zones)
    trips = np.zeros((COPIES * zones, COPIES * zones))
    np.add.at(trips, (origin, destination), source.exponential(10.0, pairs))
    for copy in range(COPIES):
        trips[copy * zones + demand.origin, copy * zones + demand.destination] += 0.9 * demand.amount
    ends = np.nonzero(trips)
    return whole, Demand.of_pairs(whole, origin=ends[0], destination=ends[1], amount=trips[ends])


def _factor(network: Network) -> np.ndarray:
    """The b of each link, from its slope."""
    return network.slope * network.capacity**network.power / np.where(network.slope > 0, network.free, 1.0)


class _Peer:
    """The other program, kept running so that only its assignment is timed."""

    def __init__(self, path: Path, network: Network, demand: Demand, bar: bool) -> None:
        zones = int((~network.passes).sum())
        trips = np.zeros((zones, zones))
        trips[demand.origin, demand.destination] = demand.amount
        links = {
            **{"a_node": network.tail + 1, "b_node": network.head + 1, "capacity": network.capacity},
            **{"free_flow_time": network.free, "b": _factor(network), "power": network.power},
        }
        np.savez(path, trips=trips, **links)
        python = os.environ.get("BENCH_PEERS_EQUILIBRIUM", sys.executable)
        self.process = subprocess.Popen(
            [python, "-P", PEER, path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"AEQ_SHOW_PROGRESS": str(bar).upper()},
        )
        self.version = self._told()["version"]
        self.assign(1e-2)

    def assign(self, gap: float) -> dict[str, Any]:
        """One assignment to a gap, on two threads."""
        assert self.process.stdin
        self.process.stdin.write(f"{gap} 2\n")
        self.process.stdin.flush()
        return self._told()

    def close(self) -> None:
        """Let it end."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(timeout=30)

    def _told(self) -> dict[str, Any]:
        assert self.process.stdout
        for line in self.process.stdout:
            if line.startswith("{"):
                found: dict[str, Any] = json.loads(line)
                return found
        raise RuntimeError(f"{PEER.name} ended without an answer; is aequilibrae installed where it runs?")


if __name__ == "__main__":
    for claim in claims():
        print(claim)
