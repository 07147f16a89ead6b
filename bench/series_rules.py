"""The rule machine at a million sensors beside the same rules in plain Python and in bytewax, and keeping its state.

All three take the same readings and must tell the same changes. bytewax runs in the interpreter that
BENCH_PEERS_BYTEWAX names, or in this one. `SERIES_SENSORS` sets how many sensors (1,000,000), `SERIES_ROUNDS` how many
rounds (3).
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tests.methods.series import model

from bench.claim import Claim
from shancheng.methods.series.bank import Bank
from shancheng.methods.series.rule import MEASURES, Rule, ladder

SENSORS = int(os.environ.get("SERIES_SENSORS", "1000000"))
ROUNDS = int(os.environ.get("SERIES_ROUNDS", "3"))
AGAIN = 5
"""One sensor in so many is read a second time."""
BATCH = 100_000
COMMAND = "python -m bench.series_rules"
ROOT = Path(__file__).resolve().parents[1]
PEER = os.environ.get("BENCH_PEERS_BYTEWAX", sys.executable)
PEER_VERSION = "import importlib.metadata as m; print(m.version('bytewax'))"
SNAPSHOT_SECONDS = 0.3
"""The bar is held with the disk in it, as an operator waits for it."""
KEPT_AGAIN = 3
RULE = Rule(
    ladders=(ladder("value", (1.5, 2.0, 2.5, 3.0), hysteresis=0.2), ladder("deviation", (5.0, 6.0, 7.0, 8.0))),
    for_seconds=(600, 600, 300, 0),
    keep_seconds=(3600, 3600, 3600, 3600),
    lowest=-50.0,
    highest=50.0,
    jump=4.0,
    stuck_seconds=86_400,
    silent_seconds=3600,
    spread_least=0.01,
)
Columns = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]


def readings(seed: int) -> Columns:
    """One reading of every sensor in random order, then a second of some, ten minutes later."""
    chance = np.random.default_rng(seed)
    sensor = np.concatenate([chance.permutation(SENSORS), chance.permutation(SENSORS)[: SENSORS // AGAIN]])
    at = 1_700_000_000 + np.arange(len(sensor)) // BATCH + np.where(np.arange(len(sensor)) < SENSORS, 0, 600)
    return sensor, at, chance.normal(0.0, 1.0, len(sensor))


def ours(given: Columns) -> tuple[float, int]:
    """Seconds and changes of a bank, in batches."""
    sensor, at, value = given
    bank = Bank([RULE], np.zeros(SENSORS, np.int64))
    changes, begun = 0, time.perf_counter()
    for first in range(0, len(sensor), BATCH):
        part = slice(first, first + BATCH)
        changes += len(bank.take(sensor[part], at[part], value[part]).transitions)
    return time.perf_counter() - begun, changes


def plain(given: Columns) -> tuple[float, int]:
    """Seconds and changes of the model that the tests hold the banks to."""
    sensor, at, value = (column.tolist() for column in given)
    rule, step = model.plain(RULE, MEASURES), model.step
    states = [model.new_state() for _ in range(SENSORS)]
    changes, begun = 0, time.perf_counter()
    for who, when, what in zip(sensor, at, value, strict=True):
        changes += step(states[who], rule, when, what)[1] is not None
    return time.perf_counter() - begun, changes


def bytewax(seed: int) -> tuple[float, int]:
    """Seconds and changes of the model in the peer's stateful_map, measured by the peer's own process."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [PEER, "-m", "bench.peer_bytewax", str(seed), str(SENSORS)],
        env=os.environ | {"PYTHONPATH": path},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, changes = done.stdout.split()
    return float(seconds), int(changes)


def keeping() -> tuple[float, float, float]:
    """Seconds to put the state of all sensors in bytes, to write it durably, and to bring it back."""
    bank = Bank([RULE], np.zeros(SENSORS, np.int64))
    bank.take(np.arange(SENSORS), np.full(SENSORS, 1_700_000_000), np.ones(SENSORS))
    with tempfile.TemporaryDirectory(dir=os.environ.get("SERIES_FOLDER")) as folder:
        path = Path(folder) / "bank"
        alone = _seconds(bank.snapshot)
        kept = median(_seconds(lambda: _write(path, bank)) for _ in range(KEPT_AGAIN))
        back = _seconds(lambda: Bank.restore([RULE], np.zeros(SENSORS, np.int64), path.read_bytes()))
    return alone, kept, back


def _write(path: Path, bank: Bank) -> None:
    with path.open("wb") as file:
        bank.keep(file)
        file.flush()
        os.fsync(file.fileno())


def _seconds(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def claims() -> list[Claim]:
    """Medians of interleaved rounds."""
    Bank([RULE], [0]).take([0], [1], [0.0])
    times: dict[str, list[float]] = {"ours": [], "plain": [], "bytewax": [], "bytes": [], "keep": [], "back": []}
    for turn in range(ROUNDS):
        given = readings(turn)
        found = {"ours": ours(given), "plain": plain(given), "bytewax": bytewax(turn)}
        assert len({changes for _, changes in found.values()}) == 1, f"they tell different changes: {found}"
        for name, (seconds, _) in found.items():
            times[name].append(seconds)
        for name, seconds in zip(("bytes", "keep", "back"), keeping(), strict=True):
            times[name].append(seconds)
    return [*_rates(times), *_kept(times)]


def _rates(times: dict[str, list[float]]) -> list[Claim]:
    count = SENSORS + SENSORS // AGAIN
    version = subprocess.run([PEER, "-c", PEER_VERSION], capture_output=True, text=True, check=True).stdout.strip()
    peers = (("plain", "plain Python, a dict a sensor", 20.0), ("bytewax", f"bytewax {version} stateful_map", 100.0))
    return [
        Claim(
            name=f"Rules of four grades over {SENSORS:,} sensors, readings in random order, same changes",
            peer=peer,
            ratio=median(theirs / ours for ours, theirs in zip(times["ours"], times[name], strict=True)),
            target=target,
            ours=f"{count / median(times['ours']):,.0f} readings/s",
            theirs=f"{count / median(times[name]):,.0f} readings/s",
            command=COMMAND,
        )
        for name, peer, target in peers
    ]


def _kept(times: dict[str, list[float]]) -> list[Claim]:
    alone, kept, back = (median(times[name]) for name in ("bytes", "keep", "back"))
    return [
        Claim(
            name=f"Keeping the state of {SENSORS:,} sensors on disk: checksum, write and fsync",
            peer="a limit",
            ratio=SNAPSHOT_SECONDS / kept,
            target=1.0,
            ours=f"{kept:.2f} s (as bytes in memory {alone:.2f} s; {back:.2f} s to bring it back)",
            theirs=f"{SNAPSHOT_SECONDS:g} s",
            command=COMMAND,
        )
    ]


if __name__ == "__main__":
    for claim in claims():
        print(claim)
