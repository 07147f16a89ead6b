"""Appending moves with state, counters and duties inside the process, beside the best pgbench rate of the same row.

Matters of a real city's tree walk the loop from report to closure. `lane` writes batches that were decided before the
clock starts; `sequencer` decides too: many tellers wait at one sequencer, as the API's requests do. Every batch is
durable before it is answered. pgbench writes the row of a move alone, with the same indexes, one transaction each.
"""

import asyncio
import contextlib
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.postgres import Cluster, cluster

from bench.city import AGENCY, chongqing, leaves
from bench.claim import Claim
from bench.intake import Peers
from shancheng.ground.access import Actor
from shancheng.loop.act import Accept, AnyAct, Assign, Close, Evidence, Finish, Report, Sign, Verify
from shancheng.loop.batch import Gathering, act_bytes
from shancheng.loop.decide import decide
from shancheng.loop.ledger import Batch, Command, Head, Receipt, Refusal
from shancheng.loop.matter import Matter
from shancheng.loop.rules import Rules
from shancheng.loop.sequencer import Sequencer
from shancheng.store.opening import open_lane

ROUNDS = int(os.environ.get("APPEND_ROUNDS", "5"))
MOVES = int(os.environ.get("APPEND_MOVES", "60000"))
BATCH = 512
LIVE = 1024
"""Matters that are in work at the same time, and tellers that wait at the sequencer."""
CLIENTS = (1, 8, 32)
TARGET = 2.5
NOW = 1_788_500_000
COMMAND = "python -m bench.append"
TEXT = "小区门口的水管从昨天夜里开始漏水，路面已经结冰，老人出门很不方便，请尽快派人来修。"
PROOF = (Evidence("photo", "photo-1"), Evidence("visit", "visit-1"))
HANDLER = Actor("h-1", "handler", agency=AGENCY)
Saying = tuple[AnyAct, Actor]
Measure = Callable[[str], tuple[float, float]]
"""Appends to a ledger at an address; moves a second, and processor microseconds of this process for each."""


def life(rules: Rules, number: int, chance: random.Random) -> Iterator[Saying]:
    """One matter from report to closure, in seven acts."""
    places = rules.places
    place = places.nodes[chance.randrange(len(places.nodes))].id
    report = Report(
        kind="request", category=chance.choice(leaves()), text=TEXT, place=place, reporter=f"r-{number}", severity=3
    )
    yield report, Actor("r", "resident")
    centre = _centre(rules, place)
    desk, checker = (Actor(f"{name}-{centre}", "operator", centre=centre) for name in ("desk", "check"))
    yield Accept(), desk
    yield Assign(lead=AGENCY), desk
    yield Sign(agency=AGENCY), HANDLER
    yield Finish(agency=AGENCY, outcome="settled", text="修好了", evidence=PROOF), HANDLER
    yield Verify(passed=True, evidence=PROOF), checker
    yield Close(outcome="settled", reply="已经修好，谢谢您的反映。", evidence=PROOF), desk


def _centre(rules: Rules, place: int) -> int:
    """The centre that holds a matter at a place first: its town's, or the one above."""
    return rules.places.centre(place, min(rules.places.node(place).level, 3))


def command(matter: str, saying: Saying, now: int) -> Command:
    """A saying as a command; a report carries an idempotency key, as the API asks for."""
    act, by = saying
    idem = f"bench/{matter}" if isinstance(act, Report) else None
    return Command(act=act, matter=matter, by=by, at=now, now=now, idem=idem)


def batches(rules: Rules, seed: int) -> list[Batch]:
    """MOVES moves of LIVE matters at a time, decided and gathered."""
    chance = random.Random(seed)
    matters: dict[str, Matter] = {}
    live: list[tuple[str, Iterator[Saying]]] = []
    found: list[Batch] = []
    gathering = Gathering("bench", Head(), lambda place: rules.places.left_right(place)[0])
    number = 0
    while len(found) * BATCH < MOVES:
        if len(live) < LIVE:
            number += 1
            live.append((f"m{number:012d}", life(rules, number, chance)))
        at = chance.randrange(len(live))
        matter, sayings = live[at]
        saying = next(sayings, None)
        if saying is None:
            live[at] = live[-1]
            live.pop()
            continue
        asked = command(matter, saying, NOW + number)
        steps = decide(matters, asked, rules)
        assert not isinstance(steps, Refusal), steps
        gathering.take(asked, act_bytes(asked.act), steps)
        matters.update((step.matter, step.after) for step in steps)
        if len(gathering.moves) >= BATCH:
            found.append(gathering.batch())
            gathering = Gathering("bench", found[-1].head, lambda place: rules.places.left_right(place)[0])
    return found


def by_lane(prepared: Sequence[Batch]) -> Measure:
    """Batches that are ready."""

    async def write(where: str) -> tuple[float, float]:
        lane = await open_lane(where, "bench")
        began, used = time.perf_counter(), time.process_time()
        for batch in prepared:
            await lane.append(batch)
        found = _per_move(lane.head.seq, began, used)
        await lane.close()
        return found

    return lambda where: asyncio.run(write(where))


def by_sequencer(rules: Rules, seed: int) -> Measure:
    """Many tellers at one sequencer, each taking matters through the loop."""

    async def tell(sequencer: Sequencer, number: int, lives: int) -> None:
        chance = random.Random(seed * 10_000 + number)
        for turn in range(lives):
            matter = f"m{turn:06d}{number:06d}"
            for saying in life(rules, turn * LIVE + number, chance):
                answer = await sequencer.submit(command(matter, saying, NOW + turn))
                assert isinstance(answer, Receipt), answer

    async def write(where: str) -> tuple[float, float]:
        lane = await open_lane(where, "bench")
        async with Sequencer(lane, rules, batch_max=BATCH) as sequencer:
            lives = max(1, MOVES // LIVE // 7)
            began, used = time.perf_counter(), time.process_time()
            await asyncio.gather(*(tell(sequencer, number, lives) for number in range(LIVE)))
            found = _per_move(lane.head.seq, began, used)
        await lane.close()
        return found

    return lambda where: asyncio.run(write(where))


def _per_move(moves: int, began: float, used: float) -> tuple[float, float]:
    return moves / (time.perf_counter() - began), (time.process_time() - used) / moves * 1e6


@dataclass
class Rounds:
    """What was measured, round by round."""

    server: Cluster
    rates: dict[str, list[float]] = field(default_factory=dict)
    micros: dict[str, list[float]] = field(default_factory=dict)
    databases: int = 0

    def take(self, name: str, rate: float, micros: float = 0.0) -> None:
        """One more round of one way."""
        self.rates.setdefault(name, []).append(rate)
        self.micros.setdefault(name, []).append(micros)
        print(f"  {name}: {rate:,.0f}/s, {micros:.1f} us", file=sys.stderr, flush=True)

    def one(self, way: str, measure: Measure) -> None:
        """One round of one way on both stores, each in a new ledger."""
        with tempfile.TemporaryDirectory() as folder:
            self.take(f"{way} sqlite", *measure(str(Path(folder) / "ledger.db")))
        self.databases += 1
        self.take(f"{way} postgres", *measure(self.server.create(f"bench{self.databases}")))


def claims() -> list[Claim]:
    """Medians of interleaved rounds."""
    rules = chongqing()
    with contextlib.ExitStack() as stack:
        prepared = batches(rules, 1)
        moves = [move for batch in prepared for move in batch.moves]
        length = sum(len(move.payload) for move in moves) // len(moves)
        rounds = Rounds(stack.enter_context(cluster(durable=True)))
        peers = Peers(rounds.server, length)
        for turn in range(ROUNDS):
            rounds.one("lane", by_lane(prepared))
            rounds.take("pgbench", max(peers.pgbench(clients) for clients in CLIENTS))
            rounds.one("sequencer", by_sequencer(rules, turn))
    return [
        _claim(rounds, f"{way} {store}", f"{what}, {shown}")
        for store, shown in (("sqlite", "SQLite"), ("postgres", "PostgreSQL"))
        for way, what in (
            ("lane", "Append with state, counters and duties"),
            ("sequencer", "The same, decided too, through the sequencer"),
        )
    ]


def _claim(rounds: Rounds, name: str, shown: str) -> Claim:
    ours, theirs = rounds.rates[name], rounds.rates["pgbench"]
    return Claim(
        name=shown,
        peer=f"best pgbench of the same row, {'/'.join(map(str, CLIENTS))} clients",
        ratio=median(a / b for a, b in zip(ours, theirs, strict=True)),
        target=TARGET,
        ours=f"{median(ours):,.0f} moves/s, {median(rounds.micros[name]):.1f} us of CPU each",
        theirs=f"{median(theirs):,.0f} rows/s",
        command=COMMAND,
    )


if __name__ == "__main__":
    for claim in claims():
        print(claim)
