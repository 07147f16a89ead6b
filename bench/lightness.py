"""How light the house is: memory of `shancheng up` while the invented city's day plays, and the time `--help` takes."""

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.claim import Claim

SHANCHENG = Path(sys.executable).parent / "shancheng"
UP_SECONDS = float(os.environ.get("LIGHTNESS_SECONDS", "45"))
SPEED = "1200"
MEMORY_MB = 350.0
HELP_S = 0.3
ROUNDS = 7


def claims() -> list[Claim]:
    """Both figures beside the bound that was set for them; a ratio above 1 is below the bound."""
    memory, took = memory_mb(), statistics.median(help_seconds() for _ in range(ROUNDS))
    command = "python -m bench.lightness"
    return [
        Claim(
            "memory of `shancheng up` on weicheng, at its highest",
            "the bound set",
            MEMORY_MB / memory,
            1,
            f"{memory:.0f} MB",
            f"{MEMORY_MB:.0f} MB",
            command,
        ),
        Claim("`shancheng --help`", "the bound set", HELP_S / took, 1, f"{took:.2f} s", f"{HELP_S:.1f} s", command),
    ]


def memory_mb() -> float:
    """Highest resident memory of the whole process while most of a day is played."""
    with tempfile.TemporaryDirectory() as home:
        arguments = [SHANCHENG, "up", "--home", home, "--port", "0", "--speed", SPEED, "--quiet"]
        process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL)
        time.sleep(UP_SECONDS)
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def help_seconds() -> float:
    """Seconds from start to end of `shancheng --help`."""
    start = time.perf_counter()
    subprocess.run([SHANCHENG, "--help"], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    for claim in claims():
        sys.stdout.write(f"{claim}\n")
