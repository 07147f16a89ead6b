"""A writer that is made to be killed: it prints a receipt only once the sequencer has given it.

`python -m tests.drills.writer WHERE` reads a line with a seed for each life, forks, and lets the child write until it
is killed; so every life starts at once, with the rules already compiled.
"""

import asyncio
import os
import random
import sys
import tempfile
from pathlib import Path

from tests.loop.world import HILL, QUAY, RESIDENT, Actor, rules_of

from shancheng.loop.act import Accept, AnyAct, Note, Report
from shancheng.loop.errors import LoopError, NotHolder
from shancheng.loop.ledger import Command, Receipt
from shancheng.loop.rules import Rules
from shancheng.loop.sequencer import Sequencer
from shancheng.store.opening import AnyLane, open_lane

NOW = 1_759_046_400
TELLERS = 24
"""Commands that wait at the same time."""
TAKING_TRIES, TAKING_PAUSE_SECONDS = 1200, 0.05
PLACES = {QUAY: (8, 9), HILL: (10, 11)}


class Life:
    """Writes until it is killed or the lane stops."""

    def __init__(self, where: str, rules: Rules, seed: int) -> None:
        self.where, self.rules, self.seed = where, rules, seed
        self.chance = random.Random(seed)
        self.number = 0

    async def run(self) -> None:
        """Many tellers at one sequencer."""
        lane = await self._take()
        async with Sequencer(lane, self.rules, batch_max=16) as sequencer:
            await asyncio.gather(*(self._tell(sequencer) for _ in range(TELLERS)), return_exceptions=True)

    async def _take(self) -> AnyLane:
        for _ in range(TAKING_TRIES):
            try:
                return await open_lane(self.where, "city")
            except NotHolder:
                # The server may still be busy finding out that the writer before is dead.
                await asyncio.sleep(TAKING_PAUSE_SECONDS)
        raise NotHolder("the lane of the life before is still held")

    async def _tell(self, sequencer: Sequencer) -> None:
        while True:
            self.number += 1
            matter = f"m{self.seed}-{self.number}"
            town = self.chance.choice((QUAY, HILL))
            operator = Actor(f"o-{town}", "operator", centre=town, places=(town,))
            report = Report(kind="request", category="leak", text="水管漏水", place=self.chance.choice(PLACES[town]))
            await self._say(sequencer, matter, report, RESIDENT)
            await self._say(sequencer, matter, Accept(), operator)
            await self._say(sequencer, matter, Note(text="seen"), operator)

    async def _say(self, sequencer: Sequencer, matter: str, act: AnyAct, by: Actor) -> None:
        idem = f"{matter}-{type(act).__name__}"
        answer = await sequencer.submit(Command(act=act, matter=matter, by=by, at=NOW, now=NOW, idem=idem))
        if isinstance(answer, Receipt):
            os.write(1, f"{answer.seq} {idem}\n".encode())


def main() -> None:
    """Fork one life for each seed that is read."""
    where = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        rules = rules_of(Path(folder) / "tiny")
        os.write(1, b"ready\n")
        for line in sys.stdin:
            child = os.fork()
            if not child:
                _live(where, rules, int(line))
            os.write(1, f"life {child}\n".encode())
            os.waitpid(child, 0)
            os.write(1, b"gone\n")


def _live(where: str, rules: Rules, seed: int) -> None:
    try:
        asyncio.run(Life(where, rules, seed).run())
    except LoopError as error:
        os.write(2, f"{error}\n".encode())
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
