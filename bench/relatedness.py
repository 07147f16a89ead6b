"""Relatedness beside ecomplexity: world exports of 226 countries and 785 products, complexity and density of all.

Both with one thread: on few cores with other work the threads of the matrix library wait for one another, ours most,
for ours takes the shortest time.
"""

import csv
import gzip
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
from threadpoolctl import threadpool_limits

from bench.claim import Claim
from shancheng.methods.relatedness import Floats, advantage, complexity, density, proximity, specialised

ROUNDS = 7
COMMAND = "python -m bench.relatedness"
DATA = Path(os.environ.get("SHANCHENG_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
PEER = """
import sys, time, warnings, io, contextlib
from importlib.metadata import version
import numpy as np, pandas as pd
warnings.filterwarnings("ignore")
from ecomplexity import ecomplexity, proximity
values = np.load(sys.argv[1])
place, activity = np.nonzero(values)
rows = pd.DataFrame({"year": 0, "place": place, "activity": activity, "value": values[place, activity]})
names = {"time": "year", "loc": "place", "prod": "activity", "val": "value"}
for line in sys.stdin:
    begun = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        found = ecomplexity(rows, names)
    spent = time.perf_counter() - begun
    eci = found.groupby("place")["eci"].first().sort_index().to_numpy(dtype=float)
    np.save(sys.argv[2], (eci - eci.mean()) / eci.std(ddof=1))
    print(spent, version("ecomplexity"), flush=True)
"""


def claims() -> list[Claim]:
    """Advantage, complexity, proximity and density from a table of values, reading left out on both sides."""
    values = _trade()
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        given, answer = Path(folder) / "given.npy", Path(folder) / "answer.npy"
        np.save(given, values)
        with _peer(given, answer) as peer, threadpool_limits(1):
            for _ in range(ROUNDS):
                begun = time.perf_counter()
                present = specialised(advantage(values))
                found = complexity(present)
                density(present, proximity(present))
                ours.append(time.perf_counter() - begun)
                spent, version = _asked(peer)
                theirs.append(float(spent))
        np.testing.assert_allclose(found.places, np.load(answer), atol=1e-9)
    name = "complexity and density of 226 countries and 785 products, the same complexities, one thread each"
    told = [f"{median(times) * 1000:.0f} ms" for times in (ours, theirs)]
    return [Claim(name, f"ecomplexity {version}", median(theirs) / median(ours), 8, told[0], told[1], COMMAND)]


def _peer(given: Path, answer: Path) -> subprocess.Popen[str]:
    python = os.environ.get("BENCH_PEERS_RELATEDNESS", sys.executable)
    command = [python, "-c", PEER, str(given), str(answer)]
    alone = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=alone)


def _asked(peer: subprocess.Popen[str]) -> list[str]:
    """Seconds and version, once the peer has done its round."""
    if peer.stdin is None or peer.stdout is None:
        raise RuntimeError("The peer has no pipes to talk through.")
    print("again", file=peer.stdin, flush=True)
    return peer.stdout.readline().split()


def _trade() -> Floats:
    path = DATA / "complexity-world-trade-1998-2000" / "trade.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [(row["country"], row["product"], float(row["value"])) for row in csv.DictReader(file)]
    country = np.unique([row[0] for row in rows], return_inverse=True)[1]
    product = np.unique([row[1] for row in rows], return_inverse=True)[1]
    values = np.zeros((int(country.max()) + 1, int(product.max()) + 1))
    values[country, product] = [row[2] for row in rows]
    return values


if __name__ == "__main__":
    for claim in claims():
        print(claim)
