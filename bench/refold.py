"""Refolding: moves read from a ledger, decoded and folded into states, beside the eventsourcing library on SQLite."""

import asyncio
import itertools
import json
import os
import random
import statistics
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import UUID

from bench.claim import Claim
from shancheng.loop.batch import Gathering, act_bytes
from shancheng.loop.decide import decide
from shancheng.loop.ledger import GENESIS, Head, Refusal
from shancheng.loop.matter import Matter
from shancheng.loop.move import refold
from shancheng.store.sqlite.connection import reader
from shancheng.store.sqlite.lane import SqliteLane

MATTERS = int(os.environ.get("BENCH_MATTERS", "2500"))
ROUNDS = 5


async def write_ledger(folder: Path) -> Path:
    """A ledger of whole loops, eight moves a matter and more, made by deciding; its path."""
    from tests.loop.chance import onward, report
    from tests.loop.world import RESIDENT, at, rules_of

    from shancheng.loop.ledger import Command

    rules, chance = rules_of(folder / "tiny"), random.Random(7)
    lane = SqliteLane(folder / "ledger.db", "tiny")
    now, head = at("2025-09-22 09:00"), Head(0, GENESIS)
    for number in range(MATTERS):
        matters: dict[str, Matter] = {}
        key, act, by = f"m{number:08d}", report(chance), RESIDENT
        gathering = Gathering("tiny", head, lambda place: place)
        for _ in range(11):
            now += 60
            steps = decide(matters, Command(act=act, matter=key, by=by, at=now, now=now), rules)
            if isinstance(steps, Refusal):
                break
            gathering.take(Command(act=act, matter=key, by=by, at=now, now=now), act_bytes(act), steps)
            matters[key] = steps[0].after
            act, by = onward(matters[key], chance)  # type: ignore[assignment]
        if gathering.moves:
            await lane.append(gathering.batch())
            head = gathering.head
    await lane.close()
    return folder / "ledger.db"


def refolded(path: Path) -> int:
    """Every move read, decoded and folded; how many."""
    states: dict[str, Matter] = {}
    lines = reader(path).execute("SELECT matter, matter_seq, at, recorded, payload FROM moves ORDER BY lane, seq")
    refold(states, lines)
    return sum(matter.seq for matter in states.values())


class Peer:
    """The same moves in the eventsourcing library: one aggregate a matter, one event a move, the same content."""

    def __init__(self, folder: Path, ledger: Path, matters: int) -> None:
        from eventsourcing.application import Application
        from eventsourcing.domain import Aggregate, event

        class Case(Aggregate):
            """A matter, its facets set by what each event says follows."""

            @event("Reported")
            def __init__(self, act: dict[str, Any], then: dict[str, Any]) -> None:
                self.facets = then

            @event("Moved")
            def move(self, act: dict[str, Any], then: dict[str, Any]) -> None:
                for name in ("legs", "clocks", "reporters"):
                    if name in then:
                        then[name] = {**self.facets.get(name, {}), **then[name]}
                self.facets = {**self.facets, **then}

        self._app = Application(
            env={
                "PERSISTENCE_MODULE": "eventsourcing.sqlite",
                "SQLITE_DBNAME": str(folder / "peer.db"),
                "SQLITE_LOCK_TIMEOUT": "10",
            }
        )
        self._ids: list[UUID] = []
        self.moves = 0
        lines = reader(ledger).execute("SELECT matter, payload FROM moves ORDER BY lane, seq")
        for _, group in itertools.islice(itertools.groupby(lines, key=lambda line: line[0]), matters):
            bodies = [json.loads(payload) for _, payload in group]
            case = Case(**bodies[0])
            for body in bodies[1:]:
                case.move(**body)
            self._app.save(case)
            self._ids.append(case.id)
            self.moves += len(bodies)

    def refold(self) -> int:
        """Every aggregate rebuilt from its events; how many events."""
        for key in self._ids:
            self._app.repository.get(key)
        return self.moves


def claims() -> list[Claim]:
    """The claim: moves refolded a second beside the peer's events."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = asyncio.run(write_ledger(folder))
        peer = Peer(folder, path, MATTERS // 5)
        ours, theirs = [], []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            ours.append(refolded(path) / (time.perf_counter() - start))
            start = time.perf_counter()
            theirs.append(peer.refold() / (time.perf_counter() - start))
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    return [
        Claim(
            name="refold of moves, read from SQLite and decoded",
            peer=f"eventsourcing {version('eventsourcing')} on SQLite",
            ratio=ratio,
            target=8,
            ours=f"{statistics.median(ours):,.0f} moves/s",
            theirs=f"{statistics.median(theirs):,.0f} events/s",
            command="python -m bench.refold",
        )
    ]


if __name__ == "__main__":
    for claim in claims():
        sys.stdout.write(f"{claim}\n")
