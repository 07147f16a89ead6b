"""Inequality beside PySAL: resampled within and between parts, and by how much the parts miss the whole."""

import csv
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

from bench.claim import Claim
from shancheng.methods.inequality import Floats, Integers, resampled, theil

ROUNDS = 5
DRAWS = 200
SEED = 7
COMMAND = "python -m bench.inequality"
DATA = Path(os.environ.get("SHANCHENG_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
PEER = """
import sys, time
from importlib.metadata import version
import numpy as np
from inequality.theil import TheilD
held = np.load(sys.argv[1])
income, group, counts = held["income"], held["group"], held["counts"]
for line in sys.stdin:
    begun = time.perf_counter()
    found = []
    for times in counts:
        drawn = np.repeat(np.arange(len(times)), times)
        cells = np.concatenate([np.flatnonzero(group == at) for at in drawn])
        copy = np.repeat(np.arange(len(drawn)), [int((group == at).sum()) for at in drawn])
        part = TheilD(income[cells], copy)
        found.append((float(part.wg[0]), float(part.bg[0]), float(part.T)))
    spent = time.perf_counter() - begun
    np.save(sys.argv[2], np.array(found))
    print(spent, version("inequality"), flush=True)
"""


def claims() -> list[Claim]:
    """Limits of the parts of Germany's inequality, and the exactness of the parts of many panels."""
    return [_limits(), _exactness()]


def _limits() -> Claim:
    income, group = _counties()
    regions = int(group.max()) + 1
    counts = np.random.default_rng(SEED).multinomial(regions, np.full(regions, 1 / regions), DRAWS)
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        given, answer = Path(folder) / "given.npz", Path(folder) / "answer.npy"
        np.savez(given, income=income, group=group, counts=counts)
        with _peer(given, answer) as peer:
            for _ in range(ROUNDS):
                begun = time.perf_counter()
                found = resampled(np.ones((1, len(income))), income[None], [group], draws=DRAWS, seed=SEED)
                ours.append(time.perf_counter() - begun)
                spent, version = _asked(peer)
                theirs.append(float(spent))
        np.testing.assert_allclose(found.figures[:, 0], np.load(answer), atol=1e-12)
    name = f"limits of within and between, {DRAWS} draws of 16 regions of 402 counties, the same draws and results"
    told = [f"{median(times) * 1000:.1f} ms" for times in (ours, theirs)]
    return Claim(name, f"PySAL inequality {version}", median(theirs) / median(ours), 10, told[0], told[1], COMMAND)


def _peer(given: Path, answer: Path) -> subprocess.Popen[str]:
    python = os.environ.get("BENCH_PEERS_INEQUALITY", sys.executable)
    command = [python, "-c", PEER, str(given), str(answer)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _asked(peer: subprocess.Popen[str]) -> list[str]:
    """Seconds and version, once the peer has done its round."""
    if peer.stdin is None or peer.stdout is None:
        raise RuntimeError("The peer has no pipes to talk through.")
    print("again", file=peer.stdin, flush=True)
    return peer.stdout.readline().split()


def _exactness() -> Claim:
    worst = 0.0
    for seed in range(500):
        chance = np.random.default_rng(seed)
        cells = int(chance.integers(2, 2_000))
        inner = np.unique(chance.integers(0, max(1, cells // 2), cells), return_inverse=True)[1]
        found = theil(chance.lognormal(0, 2, cells), chance.lognormal(9, 1, cells), [inner, inner % 7])
        worst = max(worst, abs(found.within + found.between - found.total))
    name = "within + between misses the total by at most, over 500 random nested panels"
    return Claim(name, "the bound 1e-14", 1e-14 / worst, 1, f"{worst:.1e}", "1e-14", COMMAND)


def _counties() -> tuple[Floats, Integers]:
    """Output per head of 402 counties in 2014, and the region each lies in."""
    with (DATA / "regional-inequality" / "german_counties_gdp_1992_2014.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    group = np.unique([row["region_code"][:2] for row in rows], return_inverse=True)[1].astype(np.int64)
    return np.array([float(row["gdppc2014"]) for row in rows]), group


if __name__ == "__main__":
    for claim in claims():
        print(claim)
