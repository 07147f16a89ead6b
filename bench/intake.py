"""Full durable intake over HTTP at 64 connections, beside pgbench and beside FastAPI with a pool, same row, one run."""

import contextlib
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import apsw
from tests.postgres import Cluster, cluster

from bench.bare import TOKEN
from bench.claim import Claim
from bench.load import cpu_seconds, posts, pound
from bench.post import ROOT, served
from shancheng.store import schema

ROUNDS = int(os.environ.get("INTAKE_ROUNDS", "3"))
REQUESTS = int(os.environ.get("INTAKE_REQUESTS", "15000"))
CONNECTIONS = 64
CLIENTS = (8, 16, 32)
"""Of pgbench; the best of them is what we are held against."""
SECONDS = 4
OF_PGBENCH, OF_POOL = 0.50, 2.5
COMMAND = "python -m bench.intake"
SHANCHENG = str(Path(sys.executable).parent / "shancheng")
TEXT = "小区门口的水管从昨天夜里开始漏水，路面已经结冰，老人出门很不方便，请尽快派人来修。"


@dataclass(frozen=True)
class House:
    """A running house, and what a report to it needs."""

    port: int
    process: int
    token: str
    body: bytes
    home: Path


@contextlib.contextmanager
def house(folder: Path, ledger: str = "") -> Iterator[House]:
    """`shancheng up` as anybody starts it, without the day."""
    home = folder / "var"
    began = ["--home", str(home), *(["--ledger", ledger] if ledger else [])]
    made = subprocess.run(
        [SHANCHENG, "token", "create", "--role", "operator", "--json", *began], capture_output=True, check=True
    )
    token = json.loads(made.stdout)["token"]
    process = subprocess.Popen(
        [SHANCHENG, "up", "--no-day", "--quiet", "--port", "0", "--home", str(home)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        found = re.search(r"http://127.0.0.1:(\d+)", process.stdout.readline())
        assert found is not None, "the house did not start; its complaint is above"
        body = {"kind": "request", "category": "litter-uncollected", "text": TEXT, "place": "990101001", "severity": 3}
        yield House(int(found[1]), process.pid, token, json.dumps(body, ensure_ascii=False).encode(), home)
    finally:
        process.terminate()
        process.wait(timeout=60)


def payload_bytes(home: Path) -> int:
    """How long the payload of one of our moves is."""
    with contextlib.closing(apsw.Connection(str(home / "ledger.db"), flags=apsw.SQLITE_OPEN_READONLY)) as db:
        return int(db.execute("SELECT max(length(payload)) FROM moves").get)


class Peers:
    """pgbench and the pool on a durable server of their own database, both with our row and our indexes."""

    def __init__(self, server: Cluster, padding: int) -> None:
        self.server, self.padding = server, padding
        self.database = server.create("peers")
        tables = schema.POSTGRES[: schema.POSTGRES.index("CREATE TABLE IF NOT EXISTS keys")]
        self._psql(f"{tables}; CREATE SEQUENCE numbers;")
        self.script = server.folder / "insert.sql"
        columns = ", ".join(schema.MOVE_COLUMNS)
        self.script.write_text(
            f"INSERT INTO moves ({columns}) SELECT 'bench', n, 'm' || lpad(n::text, 15, '0'), 1, 'report', 'bench', "
            f"'operator', 1, 1, 8, 0, 0, 'bench/' || n, 0, repeat('p', {padding})::bytea, NULL, repeat('h', 32)::bytea "
            "FROM nextval('numbers') n;\n",
            encoding="ascii",
        )

    def _psql(self, text: str) -> None:
        program = [str(self.server.programs / "psql"), "-q", "-v", "ON_ERROR_STOP=1", "-c", text, self.database]
        subprocess.run(program, check=True)

    def pgbench(self, clients: int) -> float:
        """Rows a second of so many clients."""
        program = [str(self.server.programs / "pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-j", "2"]
        done = subprocess.run(
            [*program, "-T", str(SECONDS), "-f", str(self.script), self.database],
            capture_output=True,
            text=True,
            check=True,
        )
        found = re.search(r"tps = ([\d.]+)", done.stdout)
        assert found is not None, done.stdout
        return float(found[1])


def _ours(target: House, turn: int) -> tuple[float, float]:
    """Reports a second, and processor microseconds for each."""
    requests = posts("/matters", target.body, {"Authorization": f"Bearer {target.token}"}, f"{turn}-")
    before = cpu_seconds(target.process)
    outcome = pound(target.port, requests, connections=CONNECTIONS, total=REQUESTS)
    assert set(outcome.statuses) == {b"201"}, outcome.statuses
    micros = (cpu_seconds(target.process) - before) / REQUESTS * 1e6
    print(f"    p50 {outcome.quantile(0.5):.1f} ms, p99 {outcome.quantile(0.99):.1f} ms", file=sys.stderr)
    return outcome.rate, micros


def _pool(port: int, body: bytes, turn: int) -> float:
    requests = posts("/matters", body, {"Authorization": f"Bearer {TOKEN}"}, f"{turn}-")
    outcome = pound(port, requests, connections=CONNECTIONS, total=REQUESTS // 3)
    assert set(outcome.statuses) == {b"201"}, outcome.statuses
    return outcome.rate


def claims() -> list[Claim]:
    """Medians of interleaved rounds."""
    rates: dict[str, list[float]] = {"sqlite": [], "postgres": [], "pgbench": [], "pool": []}
    micros: dict[str, list[float]] = {"sqlite": [], "postgres": []}
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(cluster(durable=True))
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in range(2)]
        small = stack.enter_context(house(folders[0]))
        large = stack.enter_context(house(folders[1], server.create("ours")))
        _ours(small, -1), _ours(large, -1)
        peers = Peers(server, payload_bytes(small.home))
        os.environ |= {"BENCH_LEDGER": peers.database, "BENCH_PADDING": str(peers.padding)}
        port, _ = stack.enter_context(served("peer_pool:app"))
        for turn in range(ROUNDS):
            for name, target in (("sqlite", small), ("postgres", large)):
                rate, used = _ours(target, turn)
                rates[name].append(rate)
                micros[name].append(used)
            rates["pgbench"].append(max(peers.pgbench(clients) for clients in CLIENTS))
            rates["pool"].append(_pool(port, small.body, turn))
            print({name: f"{found[-1]:.0f}/s" for name, found in rates.items()}, file=sys.stderr)
            time.sleep(1)
    return [*_claims("SQLite", "sqlite", rates, micros), *_claims("PostgreSQL", "postgres", rates, micros)]


def _claims(shown: str, name: str, rates: dict[str, list[float]], micros: dict[str, list[float]]) -> Iterator[Claim]:
    ours = statistics.median(rates[name])
    said = f"{ours:,.0f}/s, {statistics.median(micros[name]):.0f} us of CPU each"
    for peer, key, target in (
        ("best pgbench of the same row", "pgbench", OF_PGBENCH),
        ("FastAPI + asyncpg pool of 16, one transaction a request, same row", "pool", OF_POOL),
    ):
        theirs = statistics.median(rates[key])
        yield Claim(
            name=f"Full durable intake over HTTP, {CONNECTIONS} connections, {shown}",
            peer=peer,
            ratio=statistics.median(a / b for a, b in zip(rates[name], rates[key], strict=True)),
            target=target,
            ours=said,
            theirs=f"{theirs:,.0f}/s",
            command=COMMAND,
        )


if __name__ == "__main__":
    assert ROOT.is_dir()
    for claim in claims():
        print(claim)
