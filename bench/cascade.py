"""Cascades in a synthetic city of 58,000 assets beside sparse iteration in CLIMADA's manner and plain Python.

climada-petals takes every kind of dependency in turn, multiplies state x capacity of the two kinds of asset, a sparse
row, by their adjacency, compares with the need, and does so until nothing changes. The package cannot be installed
without GDAL's headers, so the iteration alone is written here, its adjacencies made beforehand (the package makes them
anew each round). `_Sparse` is the leanest form of it that we could write: two dense-vector products a round.
"""

import heapq
import math
import time
from collections import defaultdict
from statistics import median

import numpy as np
import scipy
from scipy.sparse import csr_array

from bench.claim import Claim
from shancheng.methods.cascade.failure import Scenarios, consequences, failures
from shancheng.methods.cascade.network import SupplyNetwork
from shancheng.methods.cascade.scan import loss_of_one

ROUNDS = 7
SCENARIOS = 200
COMMAND = "python -m bench.cascade"
COUNTS = {
    **{"substation": 500, "feeder": 5000, "pump": 600, "cell": 3000, "hospital": 200},
    **{"signal": 6000, "gateway": 2500, "community": 40000},
}
GROUPS = (
    *(("feeder", "substation", 1, 0.0), ("pump", "feeder", 2, 30.0), ("cell", "feeder", 1, 240.0)),
    *(("hospital", "feeder", 2, 720.0), ("hospital", "pump", 2, 480.0), ("signal", "feeder", 1, 60.0)),
    *(("gateway", "feeder", 1, 120.0), ("gateway", "cell", 2, 0.0), ("community", "feeder", 1, 0.0)),
    *(("community", "pump", 2, 360.0), ("community", "cell", 2, 0.0)),
)
"""Who lives on one of how many of whom, and for how many minutes without."""
DAY = 1440.0


def claims() -> list[Claim]:
    """Sixty substations at once, and every supply asset alone."""
    network, first = _city(np.random.default_rng(5))
    draws = np.random.default_rng(8)
    hits = [draws.choice(COUNTS["substation"], 60, replace=False).tolist() for _ in range(SCENARIOS)]
    weight = np.zeros((network.assets, 1))
    weight[first["community"] :] = 100
    kinds, sparse, listed = _ByKind(network, first), _Sparse(network), _Listed(network)
    _agree(network, kinds, sparse, listed, hits)
    ours, theirs, lean, plain, scans = [], [], [], [], []
    for _ in range(ROUNDS):
        ours.append(_timed(lambda: consequences(network, Scenarios.of(hits), weight, horizon=DAY)) / SCENARIOS)
        theirs.append(_timed(lambda: kinds.down(hits[0])))
        lean.append(_timed(lambda: sparse.down(hits[0])))
        plain.append(_timed(lambda: listed.minutes(hits[0])))
        scans.append(_timed(lambda: loss_of_one(network, range(first["cell"] - 600), weight, horizon=DAY)))
    size = f"{network.assets:,} assets, {len(network.supplier):,} links, 60 substations down"
    mine, others, leaner, slow, scan = (median(times) for times in (ours, theirs, lean, plain, scans))
    told = f"{mine * 1000:.2f} ms"
    peer = f"sparse iteration in CLIMADA's manner, scipy {scipy.__version__}"
    return [
        Claim(f"cascade, {size}", peer, others / mine, 20, told, f"{others * 1000:.2f} ms, no times", COMMAND),
        Claim(
            f"cascade, {size}", "leanest sparse", leaner / mine, 1, told, f"{leaner * 1000:.2f} ms, no times", COMMAND
        ),
        Claim(f"cascade, {size}", "plain Python", slow / mine, 1, told, f"{slow * 1000:.2f} ms", COMMAND),
        Claim(f"cascade, {size}", "1 ms a scenario", 0.001 / mine, 1, told, "1 ms", COMMAND),
        Claim("loss of any one of 5,500 supply assets", "1 s", 1 / scan, 1, f"{scan * 1000:.1f} ms", "1 s", COMMAND),
    ]


def _timed(work: object) -> float:
    begun = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - begun


def _city(source: np.random.Generator) -> tuple[SupplyNetwork, dict[str, int]]:
    first = dict(zip(COUNTS, np.cumsum([0, *COUNTS.values()]).tolist(), strict=False))
    owner, autonomy, groups, suppliers = [], [], [], []
    for kind, on, size, minutes in GROUPS:
        count = COUNTS[kind]
        number = len(owner) + np.arange(count)
        owner += range(first[kind], first[kind] + count)
        autonomy += [minutes] * count
        start = source.integers(0, COUNTS[on], count)
        step = source.integers(1, COUNTS[on], count)
        for turn in range(size):
            groups.append(number)
            suppliers.append(first[on] + (start + turn * step) % COUNTS[on])
    links = {"link_group": np.concatenate(groups), "link_supplier": np.concatenate(suppliers)}
    need = np.ones(len(owner), np.int64)
    network = SupplyNetwork.of_links(sum(COUNTS.values()), owner=owner, need=need, autonomy=autonomy, **links)
    return network, first


class _ByKind:
    """One kind of dependency after another: the assets of both kinds, their adjacency, their needs."""

    def __init__(self, network: SupplyNetwork, first: dict[str, int]) -> None:
        group_of = np.repeat(np.arange(network.groups), np.diff(network.first))
        user, supplier = network.owner[group_of], network.supplier
        self.assets = network.assets
        self.kinds = []
        for kind, on, _, _ in GROUPS:
            both = np.concatenate([first[each] + np.arange(COUNTS[each]) for each in (on, kind)])
            place = np.full(network.assets, -1)
            place[both] = np.arange(len(both))
            here = (place[user] >= COUNTS[on]) & (place[supplier] >= 0) & (place[supplier] < COUNTS[on])
            ends = (place[supplier[here]], place[user[here]])
            adjacency = csr_array((np.ones(int(here.sum())), ends), shape=(len(both), len(both)))
            need = (np.arange(len(both)) >= COUNTS[on]).astype(float)
            self.kinds.append((both, adjacency, need))

    def down(self, hits: list[int]) -> np.ndarray:
        works = np.ones(self.assets)
        works[hits] = 0
        capacity = np.ones(self.assets)
        before = math.inf
        while works.sum() != before:
            before = works.sum()
            for both, adjacency, need in self.kinds:
                received = csr_array([works[both] * capacity[both]]) @ adjacency
                works[both] = np.minimum(works[both], (received.toarray()[0] >= need).astype(int))
        return works == 0


class _Sparse:
    """Two sparse products a round: suppliers alive in each group, then groups short of each asset."""

    def __init__(self, network: SupplyNetwork) -> None:
        links, groups = len(network.supplier), network.groups
        ones = np.ones(links, np.int32)
        self.alive_in = csr_array((ones, network.supplier, network.first), shape=(groups, network.assets))
        by_owner = np.argsort(network.owner, kind="stable")
        first = np.searchsorted(network.owner[by_owner], np.arange(network.assets + 1))
        self.short_of = csr_array((np.ones(groups, np.int32), by_owner, first), shape=(network.assets, groups))
        self.need = network.need

    def down(self, hits: list[int]) -> np.ndarray:
        alive = np.ones(self.alive_in.shape[1], np.int32)
        alive[hits] = 0
        while True:
            short = (self.alive_in @ alive < self.need).astype(np.int32)
            then = alive * (self.short_of @ short == 0)
            if np.array_equal(then, alive):
                return alive == 0
            alive = then


class _Listed:
    """The same events in plain Python: lists, a dictionary and a heap."""

    def __init__(self, network: SupplyNetwork) -> None:
        ends = network.serves_first.tolist()
        serves = network.serves.tolist()
        self.serves = [serves[ends[asset] : ends[asset + 1]] for asset in range(network.assets)]
        self.owner, self.autonomy = network.owner.tolist(), network.autonomy.tolist()
        self.spare = network.spare.tolist()

    def minutes(self, hits: list[int]) -> dict[int, float]:
        minute: dict[int, float] = {}
        lost: defaultdict[int, int] = defaultdict(int)
        waiting = [(0.0, asset) for asset in hits]
        heapq.heapify(waiting)
        while waiting:
            now, asset = heapq.heappop(waiting)
            if asset in minute:
                continue
            minute[asset] = now
            for group in self.serves[asset]:
                lost[group] += 1
                if lost[group] == self.spare[group] + 1 and self.owner[group] not in minute:
                    heapq.heappush(waiting, (now + self.autonomy[group], self.owner[group]))
        return minute


def _agree(network: SupplyNetwork, kinds: _ByKind, sparse: _Sparse, listed: _Listed, hits: list[list[int]]) -> None:
    for each in hits[:3]:
        found = failures(network, Scenarios.of([each])).minute
        assert np.array_equal(np.isfinite(found), sparse.down(each))
        assert np.array_equal(np.isfinite(found), kinds.down(each))
        told = listed.minutes(each)
        assert all(found[asset] == told.get(asset, math.inf) for asset in range(network.assets))


if __name__ == "__main__":
    for claim in claims():
        print(claim)
