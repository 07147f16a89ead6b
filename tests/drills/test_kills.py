"""Writers and servers killed without a word: what was acknowledged is there once, and the sums are right."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from tests.drills.fencing import fence
from tests.drills.telling import tell
from tests.postgres import MISSING, Cluster, cluster, programs

from shancheng.loop.ledger import counted
from shancheng.loop.matter import STAGES
from shancheng.loop.move import Move, fold
from shancheng.store import upkeep
from shancheng.store.opening import open_reader

pytestmark = [pytest.mark.drill, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
KILLS, SERVER_KILLS = 50, 4
SEED = 9


class Nursery:
    """Lives on one ledger, one after the other, each killed at a moment that chance names."""

    def __init__(self, where: str, seed: int) -> None:
        self.where, self.chance = where, random.Random(seed)
        self.acknowledged: dict[str, int] = {}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.drills.writer", where],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._line() == "ready"

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def life(self, number: int, server: Cluster | None = None) -> None:
        """One life; killed after some receipts, the writer or the whole server."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{number}\n")
        self.process.stdin.flush()
        left = self.chance.choice((1, 5, 60, 400))
        writer = 0
        while (line := self._line()) != "gone":
            assert line, "the nursery died"
            if line.startswith("life "):
                writer = int(line.split()[1])
                continue
            seq, idem = line.split()
            assert idem not in self.acknowledged, "acknowledged twice"
            self.acknowledged[idem] = int(seq)
            left -= 1
            if not left:
                time.sleep(self.chance.random() * 0.01)
                server.kill() if server else os.kill(writer, signal.SIGKILL)
        if server:
            server.start()

    def close(self) -> None:
        """No more lives."""
        self.process.communicate(timeout=60)

    async def look(self) -> list[Move]:
        """Everything acknowledged is there, once, under its number; the ledger is whole and its sums are right."""
        assert (await upkeep.verify(self.where)).is_whole
        reader = await open_reader(self.where)
        moves = [move async for chunk in reader.moves("city") for move in chunk]
        written = Counter(move.idem for move in moves if move.idem)
        assert max(written.values()) == 1, "a command was doubled"
        lines = {move.idem: move.seq for move in moves}
        lost = {idem: seq for idem, seq in self.acknowledged.items() if lines.get(idem) != seq}
        assert not lost, f"{len(lost)} acknowledged moves were lost"
        assert await reader.counts_by_cell() == recount(moves)
        await reader.close()
        return moves


def recount(moves: list[Move]) -> dict[int, tuple[int, ...]]:
    """Matters by cell and stage, counted from the moves."""
    by_matter: dict[str, list[Move]] = {}
    for move in moves:
        by_matter.setdefault(move.matter, []).append(move)
    found: dict[int, list[int]] = {}
    for of_one in by_matter.values():
        stands = counted(fold(of_one))
        assert stands is not None
        cell, _, stage = stands
        found.setdefault(cell, [0] * len(STAGES))[stage] += 1
    return {cell: tuple(numbers) for cell, numbers in found.items()}


def told(nursery: Nursery, moves: list[Move], kills: int) -> None:
    """What the drill has found."""
    extra = len(moves) - len(nursery.acknowledged)
    tell(f"seed {SEED}: {kills} kills, {len(nursery.acknowledged)} acknowledged, 0 lost, 0 doubled, {extra} more kept")


def test_fifty_killed_writers_on_sqlite_lose_and_double_nothing(tmp_path: Path) -> None:
    nursery = Nursery(str(tmp_path / "ledger.db"), SEED)

    for number in range(KILLS):
        nursery.life(number)
        if number % 10 == 9:
            asyncio.run(nursery.look())
    nursery.close()

    told(nursery, asyncio.run(nursery.look()), KILLS)


@pytest.mark.postgres
@pytest.mark.skipif(programs() is None and not os.environ.get("CI"), reason=MISSING)
def test_fifty_killed_writers_and_killed_servers_on_postgresql_lose_and_double_nothing() -> None:
    with cluster(durable=True) as server:
        nursery = Nursery(server.create("drill"), SEED)

        for number in range(KILLS):
            nursery.life(number)
        for number in range(SERVER_KILLS):
            nursery.life(KILLS + number, server)
            asyncio.run(nursery.look())
        nursery.close()

        told(nursery, asyncio.run(nursery.look()), KILLS + SERVER_KILLS)


@pytest.mark.postgres
@pytest.mark.skipif(programs() is None and not os.environ.get("CI"), reason=MISSING)
def test_a_paused_leader_on_postgresql_is_fenced_off() -> None:
    with cluster() as server:
        asyncio.run(fence(server.create("fence")))
