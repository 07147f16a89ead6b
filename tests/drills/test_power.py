"""The power goes at any moment: nothing acknowledged is lost, nothing is doubled, the ledger is whole."""

import asyncio
import random
from pathlib import Path

import pytest
from tests.drills.disk import Disk, disk
from tests.drills.telling import tell
from tests.store.trial import Trial

from shancheng.loop.errors import LoopError
from shancheng.loop.ledger import Batch
from shancheng.loop.rules import Rules
from shancheng.store.memory import MemoryLedger
from shancheng.store.sqlite.lane import SqliteLane
from shancheng.store.sqlite.reader import SqliteReader
from shancheng.store.verify import verify

CUTS = 1000
SEED = 20_251_124


class Lives:
    """One story of batches, told to a ledger that is cut off again and again."""

    def __init__(self, rules: Rules, folder: Path, seed: int) -> None:
        self.chance, self.folder = random.Random(seed), folder
        trial = Trial(rules, "", seed)
        made = [self._next(trial) for _ in range(60)]
        self.batches = [batch for batch in made if batch.moves]
        self.lines = [move for batch in self.batches for move in batch.moves]
        self.number = {batch.previous.seq: n for n, batch in enumerate(self.batches)}
        self.number[self.batches[-1].head.seq] = len(self.batches)
        self.acknowledged = 0
        self.cuts = 0
        self.in_doubt_kept = 0

    def _next(self, trial: Trial) -> Batch:
        batch = trial.batch(self.chance.randint(1, 6))
        asyncio.run(trial.model.append(batch))
        return batch

    async def live(self, home: Path, power: Disk) -> None:
        """Open what is there, look at it, write on until the power goes."""
        power.steps_left = self.chance.choice((self.chance.randrange(60), self.chance.randrange(600)))
        pages = self.chance.choice((5, 30, 200))
        try:
            lane = SqliteLane(home / "ledger.db", "city", vfs=power.name, checkpoint_pages=pages)
        except LoopError:
            return
        try:
            await self._look(home, power, lane)
            for batch in self.batches[self.number[lane.head.seq] :]:
                await lane.append(batch)
                self.acknowledged = batch.head.seq
        except LoopError:
            pass
        finally:
            power.pull_the_plug()
            await lane.close()

    async def _look(self, home: Path, power: Disk, lane: SqliteLane) -> None:
        assert lane.head.seq >= self.acknowledged, "an acknowledged move was lost"
        assert lane.head.seq in self.number, "half of a batch was kept"
        self.in_doubt_kept += lane.head.seq > self.acknowledged
        self.acknowledged = lane.head.seq
        reader = SqliteReader(home / "ledger.db", vfs=power.name)
        try:
            kept = [move async for moves in reader.moves("city") for move in moves]
            assert kept == self.lines[: lane.head.seq], "a move was lost, doubled or changed"
            if self.cuts % 20 == 0:
                assert (await verify(reader)).is_whole
                await self._compare(reader, lane.head.seq)
        finally:
            await reader.close()

    async def _compare(self, reader: SqliteReader, seq: int) -> None:
        model = MemoryLedger("city")
        for batch in self.batches[: self.number[seq]]:
            await model.append(batch)
        assert await reader.counts() == await model.counts()

    def cut(self, *, lies: bool = False) -> None:
        """One life and one cut; begin again when the story is told."""
        home = self.folder / f"life{self.cuts}"
        home.mkdir(exist_ok=True)
        with disk(f"power{self.cuts}") as power:
            power.lies = lies
            asyncio.run(self.live(home, power))
            self.cuts += 1
            power.find_again(self.chance, home, self.folder / f"life{self.cuts}")
        if self.acknowledged == self.lines[-1].seq:
            self.acknowledged = 0
            self.folder = self.folder.parent / f"again{self.cuts}"
            self.folder.mkdir()


@pytest.mark.drill
@pytest.mark.slow
def test_a_thousand_power_cuts_lose_and_double_nothing(rules: Rules, tmp_path: Path) -> None:
    tell(f"seed {SEED}")
    lives = Lives(rules, tmp_path, SEED)

    for _ in range(CUTS):
        lives.cut()

    assert lives.cuts == CUTS
    tell(f"{lives.cuts} cuts, {lives.in_doubt_kept} times more was kept than had been acknowledged")
    assert lives.in_doubt_kept > 0


@pytest.mark.drill
def test_the_drill_notices_a_disk_that_lies(rules: Rules, tmp_path: Path) -> None:
    lives = Lives(rules, tmp_path, SEED)

    with pytest.raises((AssertionError, LoopError), match=r"lost|damaged"):
        for _ in range(100):
            lives.cut(lies=True)
