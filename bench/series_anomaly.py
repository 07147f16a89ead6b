"""The detector of the unusual on the Numenta benchmark beside river's HalfSpaceTrees and the benchmark's own Gaussian.

Files are dealt alternately into two halves within each category; each half is scored with the settings and the
threshold that did best on the other one (peers: the threshold). river runs in the interpreter that BENCH_PEERS_RIVER
names, or in this one.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tests.methods.series import nab

from bench.claim import Claim
from shancheng.methods.series.novelty import Novelty, NoveltySettings

COMMAND = "python -m bench.series_anomaly"
ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("SHANCHENG_DATA", ROOT.parent / "shared" / "data"))
PEER = os.environ.get("BENCH_PEERS_RIVER", sys.executable)
PEER_VERSION = "import importlib.metadata as m; print(m.version('river'))"
ROUNDS = int(os.environ.get("SERIES_ROUNDS", "3"))
GOAL = 64.0
RATE = 20_000.0
Scores = list[NDArray[np.float64]]


def ours(files: list[Any]) -> float:
    """Seconds for all files with the defaults."""
    begun = time.perf_counter()
    nab.fresh_scores(files, NoveltySettings())
    return time.perf_counter() - begun


def river(files: list[Any]) -> tuple[float, Scores]:
    """Seconds and scores of the peer, measured by the peer's own process."""
    with tempfile.TemporaryDirectory() as folder:
        given, found = Path(folder) / "given.npz", Path(folder) / "found.npz"
        np.savez(given, *[file.values for file in files])
        command = [PEER, str(ROOT / "bench" / "peer_river.py"), str(given), str(found)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        with np.load(found) as scores:
            return float(done.stdout), [scores[f"arr_{place}"] for place in range(len(files))]


def rested(scores: Scores, rest: int) -> Scores:
    """Scores with the same rest as ours, so that the peer is not judged by its repeats."""
    found = [np.zeros(len(score)) for score in scores]
    for score, kept in zip(scores, found, strict=True):
        for row, level in enumerate(score):
            kept[row] = level if level > kept[max(0, row - rest) : row].max(initial=0.0) else 0.0
    return found


def claims() -> list[Claim]:
    """Score and speed."""
    files = nab.series(DATA)
    Novelty().take([1.0])
    points = sum(len(file.values) for file in files)
    times, theirs = [], []
    scores: Scores = []
    for _ in range(ROUNDS):
        times.append(ours(files))
        seconds, scores = river(files)
        theirs.append(seconds)
    version = subprocess.run([PEER, "-c", PEER_VERSION], capture_output=True, text=True, check=True).stdout.strip()
    rate, peer_rate = points / median(times), points / median(theirs)
    return [
        _skill(files, f"river {version} HalfSpaceTrees", scores),
        Claim(
            name=f"Detecting the unusual in {len(files)} series, points a second on one core",
            peer=f"river {version} HalfSpaceTrees(10, 8)",
            ratio=median(b / a for a, b in zip(times, theirs, strict=True)),
            target=1.0,
            ours=f"{rate:,.0f}/s (goal {RATE:,.0f})",
            theirs=f"{peer_rate:,.0f}/s",
            command=COMMAND,
        ),
    ]


def _skill(files: list[Any], name: str, peer_scores: Scores) -> Claim:
    chosen = nab.carried_over(files, [nab.fresh_scores(files, settings) for settings in nab.GRID])
    fixed = nab.carried_over(files, [nab.fresh_scores(files, NoveltySettings())])
    rest = NoveltySettings().rest
    gaussian = [nab.published(DATA, file.name) for file in files]
    peers = {
        name: nab.carried_over(files, [rested(peer_scores, rest)])[2],
        "windowed Gaussian": nab.carried_over(files, [gaussian])[2],
        "the same with our rest": nab.carried_over(files, [rested(gaussian, rest)])[2],
    }
    return Claim(
        name=f"Numenta benchmark, standard profile, {len(files)} files: settings and threshold from the other half",
        peer="the goal; " + ", ".join(f"{peer} {score:.1f}" for peer, score in peers.items()),
        ratio=chosen[2] / GOAL,
        target=1.0,
        ours=f"{chosen[2]:.1f} (halves {chosen[0]:.1f}, {chosen[1]:.1f}); defaults, threshold carried: {fixed[2]:.1f}",
        theirs=f"{GOAL:g}",
        command=COMMAND,
    )


if __name__ == "__main__":
    for claim in claims():
        print(claim)
