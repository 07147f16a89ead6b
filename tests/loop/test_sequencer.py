"""The sequencer: durable before it answers, one batch for many, repeats answered alike, poison harmless."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import msgspec
import pytest
from tests.loop.world import OPERATOR, RESIDENT, at, leak

from shancheng.loop.act import Accept, Note, Report
from shancheng.loop.chain import hash_of
from shancheng.loop.errors import Busy, Stopped
from shancheng.loop.ledger import GENESIS, Batch, Command, Receipt, Refusal
from shancheng.loop.rules import Rules
from shancheng.loop.sequencer import Sequencer
from shancheng.store.memory import MemoryLedger

NOW = at("2025-09-28 16:10")


def command(matter: str, act: object = None, *, by: object = RESIDENT, idem: str | None = None) -> Command:
    """A command now."""
    return Command(act=act or leak(), matter=matter, by=by, at=NOW, now=NOW, idem=idem)  # type: ignore[arg-type]


def run(story: Coroutine[Any, Any, None]) -> None:
    """Tell an asynchronous story, bounded in time."""
    asyncio.run(asyncio.wait_for(story, 30))


class CountingLedger(MemoryLedger):
    """A memory ledger that keeps the sizes of the batches it took, and takes a moment for each as a disk does."""

    def __init__(self) -> None:
        super().__init__("tiny")
        self.sizes: list[int] = []

    async def append(self, batch: Batch) -> None:
        await asyncio.sleep(0.001)
        await super().append(batch)
        self.sizes.append(len(batch.moves))


class FullDisk(MemoryLedger):
    """A ledger whose disk is full after its first batch."""

    async def append(self, batch: Batch) -> None:
        if self.lines:
            raise Stopped("The disk is full: free some space, then start again.")
        await super().append(batch)


def test_many_waiting_commands_are_written_together_and_chained(rules: Rules) -> None:
    async def story() -> None:
        ledger = CountingLedger()
        async with Sequencer(ledger, rules) as sequencer:
            answers = await asyncio.gather(*(sequencer.submit(command(f"m{n}")) for n in range(300)))

        assert all(isinstance(answer, Receipt) for answer in answers)
        assert len(ledger.sizes) < 10
        previous = GENESIS
        for number, move in enumerate(ledger.lines, start=1):
            assert move.seq == number
            assert move.hash == hash_of(previous, msgspec.structs.replace(move, hash=b""))
            previous = move.hash

    run(story())


def test_a_repeat_under_the_same_key_gets_the_same_receipt_and_writes_nothing(rules: Rules) -> None:
    async def story() -> None:
        ledger = MemoryLedger("tiny")
        async with Sequencer(ledger, rules) as sequencer:
            first = await sequencer.submit(command("m1", idem="k"))
            again = await sequencer.submit(command("m2", idem="k"))
            together = await asyncio.gather(*(sequencer.submit(command(f"n{n}", idem="j")) for n in range(5)))
        async with Sequencer(ledger, rules) as after_restart:
            later = await after_restart.submit(command("m3", idem="k"))

        assert isinstance(first, Receipt) and isinstance(again, Receipt) and isinstance(later, Receipt)
        assert again.repeated and later.repeated
        assert (again.seq, later.seq) == (first.seq, first.seq)
        assert {answer.seq for answer in together if isinstance(answer, Receipt)} == {2}
        assert len(ledger.lines) == 2

    run(story())


def test_a_key_used_for_another_act_is_refused(rules: Rules) -> None:
    async def story() -> None:
        async with Sequencer(MemoryLedger("tiny"), rules) as sequencer:
            await sequencer.submit(command("m1", idem="k"))
            other = await sequencer.submit(command("m2", leak(text="another leak"), idem="k"))

        assert isinstance(other, Refusal) and other.code == "key-reused"

    run(story())


def test_a_poisonous_command_is_refused_and_the_lane_goes_on(rules: Rules) -> None:
    async def story() -> None:
        ledger = MemoryLedger("tiny")
        async with Sequencer(ledger, rules) as sequencer:
            bad: list[Any] = [
                command("m1", leak(text="\ud800")),
                command("m2", leak(place=2**52)),
                command("m3", leak(category=["not", "a", "name"])),
                Command(act=Note(text="x"), matter="m9", by=None, at=NOW, now=NOW),  # type: ignore[arg-type]
            ]
            answers = await asyncio.gather(*(sequencer.submit(one) for one in bad))
            good = await sequencer.submit(command("m4"))

        assert all(isinstance(answer, Refusal) for answer in answers), answers
        assert isinstance(good, Receipt) and good.seq == 1

    run(story())


def test_a_full_disk_stops_acknowledging_and_says_so(rules: Rules) -> None:
    async def story() -> None:
        ledger = FullDisk("tiny")
        async with Sequencer(ledger, rules) as sequencer:
            await sequencer.submit(command("m1"))
            with pytest.raises(Stopped, match="disk is full"):
                await sequencer.submit(command("m2"))
            with pytest.raises(Stopped, match="disk is full"):
                await sequencer.submit(command("m3"))

        assert await ledger.matter("m1") is not None
        assert len(ledger.lines) == 1

    run(story())


def test_more_than_may_wait_is_sent_away(rules: Rules) -> None:
    async def story() -> None:
        async with Sequencer(CountingLedger(), rules, waiting_max=10) as sequencer:
            waiting = [asyncio.ensure_future(sequencer.submit(command(f"m{n}"))) for n in range(20)]
            answers = await asyncio.gather(*waiting, return_exceptions=True)

        assert sum(isinstance(answer, Busy) for answer in answers) == 10

    run(story())


def test_commands_on_one_matter_in_one_batch_see_each_other(rules: Rules) -> None:
    async def story() -> None:
        ledger = MemoryLedger("tiny")
        async with Sequencer(ledger, rules) as sequencer:
            answers = await asyncio.gather(
                sequencer.submit(command("m1")),
                sequencer.submit(command("m1", Accept(), by=OPERATOR)),
                sequencer.submit(command("m1", Accept(), by=OPERATOR)),
            )

        assert [type(answer) for answer in answers] == [Receipt, Receipt, Refusal]
        matter = await ledger.matter("m1")
        assert matter is not None and matter.seq == 2

    run(story())


def test_what_waits_when_the_lane_is_closed_is_still_written(rules: Rules) -> None:
    async def story() -> None:
        ledger = CountingLedger()
        async with Sequencer(ledger, rules) as sequencer:
            waiting = asyncio.ensure_future(sequencer.submit(command("m1")))
            await asyncio.sleep(0)

        assert isinstance(await waiting, Receipt)
        with pytest.raises(Stopped):
            await sequencer.submit(command("m2"))

    run(story())


def test_a_report_under_a_number_that_exists_is_refused(rules: Rules) -> None:
    async def story() -> None:
        ledger = MemoryLedger("tiny")
        async with Sequencer(ledger, rules) as sequencer:
            await sequencer.submit(command("m1"))
        async with Sequencer(ledger, rules) as after_restart:
            again = await after_restart.submit(command("m1", Report(kind="request", text="x", place=8)))

        assert isinstance(again, Refusal) and again.code == "exists-already"

    run(story())
