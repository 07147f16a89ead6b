"""Create, change, list and look back through the desk at a million matters on SQLite, every write durable.

`WORKLIST_MATTERS` sets how many matters (1,000,000), `WORKLIST_TIMES` how often each is done (300). The limits are
about a tenth of what Signalen (adbe8fc, Django test client, few rows) took on a like machine: 43, 56, 304, 24 ms.
"""

import asyncio
import itertools
import os
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from statistics import median

from msgspec.structs import replace

from bench.city import AGENCY, chongqing, leaves
from bench.claim import Claim
from shancheng.ground.access import Actor
from shancheng.loop.act import Accept, Assign, Note, Report
from shancheng.loop.batch import Gathering, act_bytes
from shancheng.loop.decide import decide
from shancheng.loop.ledger import Command, Receipt, Refusal, Step
from shancheng.loop.matter import Stage
from shancheng.loop.move import Then, apply
from shancheng.loop.rules import Rules
from shancheng.loop.sequencer import Sequencer
from shancheng.store.sqlite.lane import SqliteLane
from shancheng.store.sqlite.reader import SqliteReader
from shancheng.wings.governance.desk import Desk, Wish

MATTERS = int(os.environ.get("WORKLIST_MATTERS", "1000000"))
TIMES = int(os.environ.get("WORKLIST_TIMES", "300"))
COMMAND = "python -m bench.worklist"
NOW = 1_788_500_000
YEAR = 365 * 86_400
OPEN_SHARE = 0.03
BATCH = 2_000
SIGNALEN_MS = {"create": 43.0, "change state": 56.0, "list 50": 304.0, "history": 24.0}
LIMIT_MS = {"create": 4.0, "change state": 5.0, "list 50": 30.0, "history": 3.0}
SOURCE = Actor("bench", "importer")
Work = Callable[[], Awaitable[object]]


def claims() -> list[Claim]:
    """One claim for each of the four."""
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(_measured(Path(folder) / "ledger.db"))
    return [
        Claim(
            f"{what} at {MATTERS:,} matters",
            f"a limit of {LIMIT_MS[what]:g} ms; Signalen, measured apart, {SIGNALEN_MS[what]:g} ms",
            LIMIT_MS[what] / milliseconds,
            1,
            f"p50 {milliseconds:.2f} ms",
            f"{LIMIT_MS[what]:g} ms",
            COMMAND,
        )
        for what, milliseconds in found.items()
    ]


async def _measured(path: Path) -> dict[str, float]:
    rules = chongqing()
    lane = SqliteLane(path, "bench")
    await _fill(lane, rules)
    reader, clock = SqliteReader(path), itertools.count(NOW + 1)
    numbers = (f"n{number}" for number in itertools.count())
    async with Sequencer(lane, rules) as sequencer:
        desk = Desk(
            reader=reader, sequencer=sequencer, rules=rules, now=lambda: next(clock), new_id=lambda: next(numbers)
        )
        found = await _all_four(desk, rules)
    await reader.close()
    await lane.close()
    return found


async def _fill(lane: SqliteLane, rules: Rules) -> None:
    for batch in _batched(_steps(rules)):
        gathering = Gathering(lane.name, lane.head, lambda place: rules.places.left_right(place)[0])
        for command, step in batch:
            gathering.take(command, act_bytes(command.act), (step,))
        await lane.append(gathering.batch())


def _batched(steps: Iterator[tuple[Command, Step]]) -> Iterator[list[tuple[Command, Step]]]:
    while batch := list(itertools.islice(steps, BATCH)):
        yield batch


def _steps(rules: Rules) -> Iterator[tuple[Command, Step]]:
    """Reports over a year; most have been closed since, with what followed in the one move that each has here."""
    chance = random.Random(7)
    towns = [int(town) for town in rules.places.at_level(3)]
    for number in range(MATTERS):
        at = NOW - YEAR + YEAR * number // MATTERS
        act = _report(chance.choice(leaves()), chance.choice(towns), f"r{number % 200_000}")
        command = Command(act=act, matter=f"m{number}", by=SOURCE, at=at, now=at)
        steps = decide({}, command, rules)
        assert not isinstance(steps, Refusal), steps
        step = steps[0]
        yield command, step if chance.random() < OPEN_SHARE else _closed(step, at)


def _closed(step: Step, at: int) -> Step:
    clocks = {name: replace(clock, met=at + 60, running=0, wake=0) for name, clock in step.after.clocks.items()}
    then: Then = replace(step.then, stage=Stage.CLOSED, clocks=clocks)
    after = apply(None, then, matter_id=step.matter, seq=1, at=at, recorded=at)
    return replace(step, then=then, after=after)


def _report(category: str, town: int, reporter: str) -> Report:
    return Report(kind="request", category=category, text="路面有坑，请尽快修补。", place=town, reporter=reporter)


async def _all_four(desk: Desk, rules: Rules) -> dict[str, float]:
    chance = random.Random(8)
    towns = [int(town) for town in rules.places.at_level(3)]
    made: list[str] = []

    async def create() -> None:
        town = chance.choice(towns)
        made.append((await _written(desk.report(_report(chance.choice(leaves()), town, ""), SOURCE))).matter)

    async def change() -> None:
        await _written(desk.do(f"n{next(turn)}", Accept(), SOURCE))

    async def worklist() -> None:
        place = int(
            chance.choice([chance.choice(towns), rules.places.chain(chance.choice(towns))[1], rules.places.ids[0]])
        )
        operator = Actor("o", "operator", centre=place, places=(place,))
        order = chance.choice(("due", "opened", "moved"))
        page = await desk.worklist(Wish(open_only=True, order=order, limit=50), operator)  # type: ignore[arg-type]
        assert not isinstance(page, Refusal)

    async def history() -> None:
        moves = await desk.history(chance.choice(made), SOURCE)
        assert not isinstance(moves, Refusal)

    turn = itertools.count()
    found = {"create": await _median_ms(create), "change state": await _median_ms(change)}
    for matter in made[:TIMES]:
        await _written(desk.do(matter, Assign(lead=AGENCY), SOURCE))
        for _ in range(5):
            await _written(desk.do(matter, Note(text="已联系"), SOURCE))
    return {**found, "list 50": await _median_ms(worklist), "history": await _median_ms(history)}


async def _written(answer: Awaitable[Receipt | Refusal]) -> Receipt:
    receipt = await answer
    assert isinstance(receipt, Receipt), receipt
    return receipt


async def _median_ms(work: Work) -> float:
    seconds = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        await work()
        seconds.append(time.perf_counter() - begun)
    return median(seconds) * 1e3


if __name__ == "__main__":
    for claim in claims():
        print(claim)
