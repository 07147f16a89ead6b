"""A ledger and its model side by side: the same batches to both, the same questions of both."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from tests.loop.chance import command
from tests.loop.world import AGENCIES, CATEGORIES, at

from shancheng.loop.batch import Gathering, act_bytes
from shancheng.loop.decide import decide
from shancheng.loop.ledger import Batch, Query, Refusal, ReporterKey, Scope
from shancheng.loop.matter import STAGES, Matter
from shancheng.loop.rules import Rules
from shancheng.store.memory import MemoryLedger
from shancheng.store.opening import AnyLane, AnyReader, open_lane, open_reader
from shancheng.store.sqlite.reader import SqliteReader

KINDS = ("request", "incident", "hazard", "dispute", "task")


class Trial:
    """Random commands by a seed, decided and written to the ledger and to its model."""

    def __init__(self, rules: Rules, where: str, seed: int) -> None:
        self.rules, self.where = rules, where
        self.chance = random.Random(seed)
        self.model = MemoryLedger("city")
        self.matters: dict[str, Matter] = {}
        self.now = at("2025-09-20 08:00")
        self.number = 0
        self.shift = 0
        self.lane: AnyLane
        self.reader: AnyReader

    async def open(self) -> None:
        """Open the ledger, or open it again."""
        self.lane = await open_lane(self.where, "city")
        self.reader = await open_reader(self.where)
        if isinstance(self.reader, SqliteReader):
            self.reader.few = self.chance.choice((0, 3, 5000))

    async def close(self) -> None:
        """Close both sides."""
        await self.reader.close()
        await self.lane.close()

    def left_of(self, place: int) -> int:
        """Depth-first number of a place; moved by what looks like a reform."""
        return (place * 7 + self.shift) % 31

    def batch(self, length: int) -> Batch:
        """A batch of up to so many commands that were not refused."""
        gathering = Gathering("city", self.model.head, self.left_of)
        for _ in range(length):
            self.now += self.chance.choice((30, 600, 7200, 40_000))
            self.number += 1
            asked = command(self.chance, self.matters, self.now, self.number)
            asked = msgspec.structs.replace(asked, idem=f"key-{self.number}" if self.number % 3 else None)
            steps = decide(self.matters, asked, self.rules)
            if isinstance(steps, Refusal):
                continue
            gathering.take(asked, act_bytes(asked.act), steps)
            self.matters.update((step.matter, step.after) for step in steps)
        keys = [ReporterKey(f"r-{self.chance.randrange(5)}", self.chance.randbytes(61))]
        forgotten = [f"r-{self.chance.randrange(5)}"] if self.chance.random() < 0.2 else []
        gathering._keys += [key for key in keys if key.reporter not in forgotten]
        gathering._forgotten += forgotten
        return gathering.batch()

    async def write(self, length: int) -> Batch:
        """Write a batch to both."""
        batch = self.batch(length)
        await self.lane.append(batch)
        await self.model.append(batch)
        return batch

    def scope(self) -> Scope:
        """Some scope."""
        chance = self.chance
        ranges = None
        if chance.random() < 0.6:
            lows = [chance.randrange(31) for _ in range(chance.randrange(3))]
            ranges = tuple((low, low + chance.randrange(12)) for low in lows)
        agency = chance.choice(AGENCIES)[0]
        party = (
            chance.choice((f"agency:{agency}", f"reporter:r-{chance.randrange(5)}")) if chance.random() < 0.3 else ""
        )
        return Scope(
            nothing=chance.random() < 0.05,
            ranges=ranges,
            kinds=tuple(chance.sample(KINDS, 2)) if chance.random() < 0.3 else (),
            party=party,
            confidential=chance.random() < 0.5,
        )

    def query(self) -> Query:
        """Some question."""
        chance = self.chance

        def sometimes(value: object, none: object, share: float = 0.2) -> object:
            return value if chance.random() < share else none

        fields = {
            "stages": sometimes(tuple(map(str, chance.sample(STAGES, 3))), ()),
            "open_only": chance.random() < 0.4,
            "kinds": sometimes(tuple(chance.sample(KINDS, 2)), ()),
            "categories": sometimes((chance.choice(CATEGORIES)[0], ""), ()),
            "severity_at_most": sometimes(chance.randint(1, 4), 4),
            "holder": sometimes(chance.randint(1, 7), 0),
            "lead": sometimes(chance.choice(AGENCIES)[0], ""),
            "supervised_only": chance.random() < 0.1,
            "late_at": sometimes(self.now + chance.randrange(-500_000, 500_000), 0),
            "opened_from": sometimes(self.now - chance.randrange(500_000), 0, 0.1),
            "opened_until": sometimes(self.now - chance.randrange(500_000), 0, 0.1),
            "words": sometimes((chance.choice(("水管", "漏水", "leak", "lamp")),), (), 0.15),
            "merged": chance.random() < 0.3,
            "drill": chance.random() < 0.1,
            "order": chance.choice(("due", "opened", "moved")),
            "limit": chance.choice((1, 3, 10, 50)),
        }
        return Query(scope=self.scope(), **fields)  # type: ignore[arg-type]

    async def compare_lists(self) -> None:
        """One random list, page by page."""
        query = self.query()
        for _ in range(6):
            ours, theirs = await self.reader.find(query), await self.model.find(query)
            assert ours == theirs, query
            if not ours.next:
                return
            query = msgspec.structs.replace(query, after=ours.next)

    async def compare_all(self) -> None:
        """Everything else that can be asked."""
        ours, model = self.reader, self.model
        assert await ours.head("city") == model.head == self.lane.head
        cells = self.chance.choice((None, [], [4], [4, 5, 99]))
        assert await ours.counts(cells) == await model.counts(cells)
        assert await ours.counts_by_cell(cells) == nonzero(await model.counts_by_cell(cells))
        assert await ours.counts_by_category(cells) == nonzero(await model.counts_by_category(cells))
        scope, instant = self.scope(), self.now + self.chance.randrange(-400_000, 400_000)
        instants = (instant, instant + 90_000, instant + 300_000)[: self.chance.randrange(1, 4)]
        assert await ours.due(scope, instants) == await model.due(scope, instants), scope
        assert await ours.woken(instant, 7) == await model.woken(instant, 7)
        for reporter in (f"r-{n}" for n in range(5)):
            assert keys_in(await ours.key(reporter)) == keys_in(await model.key(reporter))
        some = self.chance.choice(sorted(self.matters) or ["none"])
        assert await ours.matter(some) == await model.matter(some)
        assert await ours.history(some) == await model.history(some)
        after = self.chance.randrange(model.head.seq + 1)
        assert [move async for moves in ours.moves("city", after) for move in moves] == model.lines[after:]
        moves = [move for move in model.lines if move.idem][:5]
        asked = [move.idem or "" for move in moves] + ["never used"]
        assert await self.lane.receipts(asked) == await model.receipts(asked)
        assert await self.lane.states([some, "none"]) == await model.states([some, "none"])


def nonzero(counts: dict[object, tuple[int, ...]]) -> dict[object, tuple[int, ...]]:
    """Only what is counted at all."""
    return {key: stages for key, stages in counts.items() if any(stages)}


def keys_in(joined: bytes | None) -> set[bytes]:
    """The single keys, their order aside."""
    return {joined[start : start + 61] for start in range(0, len(joined), 61)} if joined else set()


@asynccontextmanager
async def trial(rules: Rules, where: str, seed: int) -> AsyncIterator[Trial]:
    """An open trial on an empty ledger."""
    made = Trial(rules, where, seed)
    await made.open()
    try:
        yield made
    finally:
        await made.close()


def run(rules: Rules, where: str, seed: int, batches: int, length: int) -> None:
    """Write so many batches and compare after each."""

    async def play() -> None:
        async with trial(rules, where, seed) as t:
            for _ in range(batches):
                await t.write(t.chance.randint(1, length))
                if t.chance.random() < 0.3:
                    limit = t.chance.choice((1, 20, 1000))
                    assert await t.lane.index_words(limit) == await t.model.index_words(limit)
                for _ in range(6):
                    await t.compare_lists()
                await t.compare_all()

    asyncio.run(play())
