"""Choosing sites beside spopt with CBC, and beside the proven bound where no peer gives an answer.

Instances are drawn anew in every run (BENCH_SEED repeats one): forty towns of very different size on ten by ten
kilometres, homes and candidates around their centres, people per home log-normal. Straight distances in metres.

How hard a covering is to prove hangs on the radius, so two are measured: at 300 m under half are covered and CBC spends
its time on the model; at 500 m three quarters are, and both sides have to branch.
"""

import os
import secrets
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
from scipy.spatial import cKDTree

from bench.claim import Claim
from shancheng.methods.siting.allowance import Allowance, Effort
from shancheng.methods.siting.cover import cover_most
from shancheng.methods.siting.median import least_time
from shancheng.methods.siting.reach import Reach

COMMAND = "BENCH_SEED={seed} python -m bench siting"
SIDE, TOWNS, SPREAD = 10_000.0, 40, 400.0
ROUNDS = 3
"""Instances that both sides solve."""
RADIUS, FARTHER = 300, 500
"""Metres, what standards give for a kindergarten, and for a primary school or a market."""
PATIENCE = 900
"""Seconds after which the peer is stopped; its time then counts as that."""
PEER = """
import sys, time, warnings
import numpy as np
warnings.filterwarnings("ignore")
import pulp
from spopt.locate import MCLP
given = np.load(sys.argv[1])
begun = time.perf_counter()
model = MCLP.from_cost_matrix(given["distance"], given["people"], float(sys.argv[2]), p_facilities=int(sys.argv[3]))
model = model.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=int(sys.argv[4])))
print(time.perf_counter() - begun, pulp.LpStatus[model.problem.status], model.problem.objective.value(), flush=True)
"""


@dataclass(frozen=True)
class Plane:
    """Homes, people and candidates."""

    home: np.ndarray
    people: np.ndarray
    site: np.ndarray

    def distance(self) -> np.ndarray:
        """(homes, sites) whole metres, whole as a table."""
        away = self.home[:, None, :] - self.site[None, :, :]
        return np.rint(np.hypot(away[..., 0], away[..., 1])).astype(np.int64)

    def reach(self, limit: int) -> Reach:
        """Pairs within a limit, without the table."""
        near = cKDTree(self.home).query_ball_point(self.site, limit + 1, return_sorted=True)
        site = np.repeat(np.arange(len(self.site)), [len(each) for each in near])
        home = np.concatenate([np.asarray(each, np.int64) for each in near])
        time = np.rint(np.hypot(*(self.home[home] - self.site[site]).T)).astype(np.int64)
        kept = time <= limit
        return Reach.of(site[kept], home[kept], time[kept], sites=len(self.site), demands=len(self.home))


def plane(seed: int, homes: int, sites: int) -> Plane:
    """Drawn by chance from a seed."""
    chance = np.random.default_rng(seed)
    centre, size = chance.uniform(0, SIDE, (TOWNS, 2)), chance.dirichlet(np.ones(TOWNS))
    around = centre[chance.choice(TOWNS, homes + sites, p=size)]
    where = np.clip(around + chance.normal(0, SPREAD, (homes + sites, 2)), 0, SIDE)
    return Plane(where[:homes], np.ceil(chance.lognormal(3, 1, homes)), where[homes:])


def claims() -> list[Claim]:
    """Proven optimum beside spopt, then the gaps of what is too large for it."""
    seed = int(os.environ.get("BENCH_SEED", secrets.randbelow(1_000_000)))
    plane_warm = plane(seed, 300, 40)
    cover_most(plane_warm.reach(RADIUS), plane_warm.people, Allowance(count=3), effort=Effort(gap=0.0))
    least_time(plane_warm.reach(RADIUS), plane_warm.people, Allowance(count=3), beyond=RADIUS + 1)
    return [_proven(seed, RADIUS), _proven(seed, FARTHER), *_large_cover(seed), *_large_median(seed)]


def _proven(seed: int, radius: int) -> Claim:
    ours, theirs, words = [], [], set()
    for number in range(ROUNDS):
        town = plane(seed + number, 5_000, 1_000)
        distance = town.distance()
        begun = time.perf_counter()
        home, site = np.nonzero(distance <= radius)
        reach = Reach.of(site, home, sites=1_000, demands=5_000)
        found = cover_most(reach, town.people, Allowance(count=30), effort=Effort(gap=0.0))
        ours.append(time.perf_counter() - begun)
        spent, status, value = _asked(distance, town.people, radius)
        theirs.append(spent)
        words.add(status)
        if found.gap > 0 or (status == "Optimal" and abs(float(value) - found.value) > 1e-6 * found.value):
            raise RuntimeError(f"Seed {seed + number}: ours {found.value} (gap {found.gap}), spopt {value} ({status}).")
    which = f"radius {radius} m, proven optimal, median of {ROUNDS} (seed {seed})"
    name = f"maximal covering of 5,000 homes by 30 of 1,000 sites, {which}"
    told = [f"{median(ours):.2f} s", f"{median(theirs):.1f} s"]
    ratio = median(theirs[at] / ours[at] for at in range(ROUNDS))
    peer = f"spopt 0.7 + CBC, {', '.join(sorted(words))}"
    return Claim(name, peer, ratio, 20, told[0], told[1], COMMAND.format(seed=seed))


def _asked(distance: np.ndarray, people: np.ndarray, radius: int) -> tuple[float, str, str]:
    """Seconds, status and value of the peer, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "given.npz"
        np.savez(given, distance=distance, people=people)
        python = os.environ.get("BENCH_PEERS_SITING", sys.executable)
        command = [python, "-c", PEER, str(given), str(radius), "30", str(PATIENCE)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    spent, status, value = done.stdout.split()[-3:]
    return float(spent), status, value


def _large_cover(seed: int) -> list[Claim]:
    town = plane(seed, 20_000, 2_000)
    reach = town.reach(RADIUS)
    begun = time.perf_counter()
    found = cover_most(reach, town.people, Allowance(count=50), effort=Effort(gap=0.003, nodes=0))
    spent = time.perf_counter() - begun
    return _gap_and_time("maximal covering of 20,000 homes by 50 of 2,000 sites", found.gap, spent, 1.0, 30, seed)


def _large_median(seed: int) -> list[Claim]:
    town = plane(seed, 20_000, 2_000)
    reach = town.reach(2_000)
    begun = time.perf_counter()
    found = least_time(reach, town.people, Allowance(count=50), beyond=2_001, effort=Effort(gap=0.003, nodes=0))
    spent = time.perf_counter() - begun
    # The bound is that of times cut at 2 km, so it holds for whole times; the value is that of whole times.
    away = cKDTree(town.site[found.chosen]).query(town.home)[0]
    value = float((town.people * np.rint(away)).sum())
    share = (value - found.bound) / value
    return _gap_and_time("p-median of 20,000 homes and 50 of 2,000 sites", share, spent, 2.5, 60, seed)


def _gap_and_time(name: str, gap_found: float, spent: float, gap: float, seconds: float, seed: int) -> list[Claim]:
    """How much better than the bars."""
    share = gap_found * 100
    command = COMMAND.format(seed=seed)
    told = f"gap {share:.2f} % in {spent:.1f} s"
    return [
        Claim(f"{name}: proven gap", f"bar {gap} %", gap / max(share, 1e-9), 1, told, "no answer", command),
        Claim(f"{name}: time", f"bar {seconds} s", seconds / spent, 1, told, "no answer", command),
    ]


if __name__ == "__main__":
    for claim in claims():
        print(claim)
