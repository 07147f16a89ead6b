"""Processor time of one POST without storage: our door beside the same endpoint in FastAPI, both under uvicorn."""

import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from bench.bare import TOKEN
from bench.claim import Claim
from bench.load import cpu_seconds, posts, pound

ROOT = Path(__file__).resolve().parents[1]
ROUNDS, REQUESTS, CONNECTIONS = 5, 8_000, 32
TARGET = 2.0
BODY = json.dumps(
    {
        "kind": "request",
        "category": "leak",
        "text": "小区门口的水管从昨天夜里开始漏水，路面已经结冰，老人出门很不方便，请尽快派人来修。" * 2,
        "place": 8,
        "point": [107.01, 29.52],
        "severity": 3,
    },
    ensure_ascii=False,
).encode()


@contextlib.contextmanager
def served(factory: str) -> Iterator[tuple[int, int]]:
    """Port and process of an application that uvicorn serves."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--factory", f"bench.{factory}", "--port", str(port)]
    options = ["--no-access-log", "--log-level", "warning", "--loop", "uvloop", "--http", "httptools", "--ws", "none"]
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"}
    process = subprocess.Popen([*command, *options], cwd=ROOT, env=environment)
    try:
        _wait_for(port, process)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError("The server did not begin to answer; its complaint is above.")


def claims() -> list[Claim]:
    """CPU per POST: theirs by ours."""
    micros: dict[str, list[float]] = {"ours": [], "fastapi": []}
    with served("bare:ours") as ours, served("bare:fastapi") as theirs:
        servers = {"ours": ours, "fastapi": theirs}
        for turn in range(ROUNDS + 1):
            for name, (port, process) in servers.items():
                requests = posts("/matters", BODY, {"Authorization": f"Bearer {TOKEN}"}, f"{turn}-")
                before = cpu_seconds(process)
                outcome = pound(port, requests, connections=CONNECTIONS, total=REQUESTS)
                assert set(outcome.statuses) == {b"201"}, outcome.statuses
                if turn:
                    micros[name].append((cpu_seconds(process) - before) / REQUESTS * 1e6)
    mine, peer = statistics.median(micros["ours"]), statistics.median(micros["fastapi"])
    return [
        Claim(
            name="CPU per POST of a report, no storage",
            peer=f"FastAPI {version('fastapi')} on uvicorn",
            ratio=peer / mine,
            target=TARGET,
            ours=f"{mine:.1f} us",
            theirs=f"{peer:.1f} us",
            command="python -m bench.post",
        )
    ]


if __name__ == "__main__":
    for claim in claims():
        print(claim)
