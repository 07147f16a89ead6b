"""Refolding: moves read from a ledger, decoded and folded into states, beside the eventsourcing library on SQLite."""

import asyncio
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from uuid import UUID

from bench.claim import Claim
from shancheng.loop.batch import Gathering, act_bytes
from shancheng.loop.decide import decide
from shancheng.loop.ledger import GENESIS, Head, Refusal
from shancheng.loop.matter import Matter
from shancheng.loop.move import PAYLOADS, apply
from shancheng.store.sqlite.lane import SqliteLane
from shancheng.store.sqlite.reader import SqliteReader

MATTERS = int(os.environ.get("BENCH_MATTERS", "2500"))
ROUNDS = 5


async def write_ledger(folder: Path) -> tuple[Path, int]:
    """A ledger of whole loops, eight moves a matter and more, made by deciding; its path and number of moves."""
    from tests.loop.chance import onward, report
    from tests.loop.world import RESIDENT, at, rules_of
    from shancheng.loop.ledger import Command

    rules, chance = rules_of(folder / "tiny"), random.Random(7)
    lane = SqliteLane(folder / "ledger.db", "tiny")
    now, head, count = at("2025-09-22 09:00"), Head(0, GENESIS), 0
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
            count += len(gathering.moves)
    await lane.close()
    return folder / "ledger.db", count


async def refold(path: Path) -> int:
    """Every move read, decoded and folded; how many."""
    reader = SqliteReader(path)
    states: dict[str, Matter] = {}
    count, decode = 0, PAYLOADS.decode
    async for moves in reader.moves("tiny"):
        for move in moves:
            states[move.matter] = apply(
                states.get(move.matter),
                decode(move.payload).then,
                matter_id=move.matter,
                seq=move.matter_seq,
                at=move.at,
                recorded=move.recorded,
            )
        count += len(moves)
    await reader.close()
    return count


class Peer:
    """The same loop in the eventsourcing library: one aggregate a matter, one event a move."""

    def __init__(self, folder: Path, matters: int, moves_each: int) -> None:
        from eventsourcing.application import Application
        from eventsourcing.domain import Aggregate, event

        class Case(Aggregate):
            @event("Reported")
            def __init__(self, kind: str, category: str, text: str, place: int) -> None:
                self.kind, self.category, self.text, self.place = kind, category, text, place
                self.stage = "reported"
                self.due = 0

            @event("Moved")
            def move(self, verb: str, stage: str, due: int, actor: str, clock: dict[str, int]) -> None:
                self.stage, self.due = stage, due

        self._app = Application(
            env={
                "PERSISTENCE_MODULE": "eventsourcing.sqlite",
                "SQLITE_DBNAME": str(folder / "peer.db"),
                "SQLITE_LOCK_TIMEOUT": "10",
            }
        )
        self._ids: list[UUID] = []
        for number in range(matters):
            case = Case("request", "leak", f"something {number}", 8)
            for step in range(moves_each - 1):
                case.move("sign", "doing", 1_759_047_000 + step, "h-1", {"budget": 28_800, "started": 1_759_047_000})
            self._app.save(case)
            self._ids.append(case.id)
        self.moves = matters * moves_each

    def refold(self) -> int:
        """Every aggregate rebuilt from its events; how many events."""
        for key in self._ids:
            self._app.repository.get(key)
        return self.moves


def claims() -> list[Claim]:
    """The claim: moves refolded a second beside the peer's events."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path, count = asyncio.run(write_ledger(folder))
        peer = Peer(folder, MATTERS // 5, max(2, count // MATTERS))
        ours, theirs = [], []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            ours.append(asyncio.run(refold(path)) / (time.perf_counter() - start))
            start = time.perf_counter()
            theirs.append(peer.refold() / (time.perf_counter() - start))
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    return [
        Claim(
            name="refold of moves, read from SQLite and decoded",
            peer="eventsourcing 9 on SQLite",
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
