"""One contract for every store: what is asked of it is what brute force over the same moves answers."""

import asyncio

import msgspec
import pytest
from tests.store.trial import Trial, run, trial

from shancheng.loop.errors import Conflict, NotHolder, Stopped
from shancheng.loop.ledger import Head, Query, Scope
from shancheng.loop.rules import Rules
from shancheng.store.opening import open_lane, open_reader

SEEDS = range(8)


@pytest.mark.parametrize("seed", SEEDS)
def test_lists_counts_and_histories_equal_brute_force_under_random_scopes(rules: Rules, where: str, seed: int) -> None:
    run(rules, where, seed, batches=30, length=16)


def test_numbers_are_dense_and_the_head_is_the_last_line(rules: Rules, where: str) -> None:
    async def play() -> None:
        async with trial(rules, where, 11) as t:
            for _ in range(5):
                await t.write(20)
            lines = [move async for moves in t.reader.moves("city") for move in moves]

            assert [move.seq for move in lines] == list(range(1, len(lines) + 1))
            assert t.lane.head == Head(lines[-1].seq, lines[-1].hash)

    asyncio.run(play())


def test_a_batch_that_does_not_follow_the_head_is_refused_and_nothing_is_written(rules: Rules, where: str) -> None:
    async def play() -> None:
        async with trial(rules, where, 12) as t:
            batch = await t.write(10)

            with pytest.raises(Conflict, match="stands at"):
                await t.lane.append(batch)

            await t.compare_all()
            await t.write(5)

    asyncio.run(play())


def test_a_key_used_twice_is_refused_whole_and_the_lane_goes_on(rules: Rules, where: str) -> None:
    async def play() -> None:
        async with trial(rules, where, 13) as t:
            used = next(move.idem for move in (await t.write(30)).moves if move.idem)
            before = (t.matters.copy(), t.number)
            batch = t.batch(10)
            moves = [*batch.moves[:-1], msgspec.structs.replace(batch.moves[-1], idem=used)]

            with pytest.raises(Conflict, match="already"):
                await t.lane.append(msgspec.structs.replace(batch, moves=moves))

            t.matters, t.number = before
            await t.compare_all()
            await t.write(5)
            await t.compare_all()

    asyncio.run(play())


def test_a_move_of_a_matter_that_is_there_already_is_refused_whole(rules: Rules, where: str) -> None:
    async def play() -> None:
        async with trial(rules, where, 14) as t:
            there = (await t.write(10)).moves[0]
            batch = t.batch(10)
            moves = [
                msgspec.structs.replace(batch.moves[0], matter=there.matter, matter_seq=there.matter_seq),
                *batch.moves[1:],
            ]

            with pytest.raises(Conflict, match="already"):
                await t.lane.append(msgspec.structs.replace(batch, moves=moves))

            assert (await t.reader.head("city")) == t.model.head

    asyncio.run(play())


def test_a_value_that_cannot_be_kept_is_refused_and_the_lane_goes_on(rules: Rules, where: str) -> None:
    async def play() -> None:
        async with trial(rules, where, 15) as t:
            before = (t.matters.copy(), t.number)
            batch = t.batch(10)
            for poison in ({"place": 2**70}, {"actor": "\ud800"}):
                moves = [msgspec.structs.replace(batch.moves[0], **poison), *batch.moves[1:]]
                with pytest.raises(Conflict, match="cannot keep"):
                    await t.lane.append(msgspec.structs.replace(batch, moves=moves))

            t.matters, t.number = before
            await t.write(5)
            await t.compare_all()

    asyncio.run(play())


def test_everything_is_there_after_opening_again(rules: Rules, where: str) -> None:
    async def play() -> None:
        async with trial(rules, where, 16) as t:
            for _ in range(4):
                await t.write(15)
                await t.close()
                await t.open()
                await t.compare_all()

    asyncio.run(play())


def test_a_second_writer_is_refused_and_the_first_goes_on(rules: Rules, where: str) -> None:
    async def play() -> None:
        async with trial(rules, where, 17) as t:
            with pytest.raises(NotHolder, match="already written by"):
                await open_lane(where, "city")

            await t.write(5)

    asyncio.run(play())


def test_a_lane_that_was_given_up_writes_nothing(rules: Rules, where: str) -> None:
    async def play() -> None:
        async with trial(rules, where, 18) as t:
            batch = t.batch(5)
            await t.lane.close()

            with pytest.raises(Stopped, match="given up"):
                await t.lane.append(batch)

            await t.lane.close()
            t.lane = await open_lane(where, "city")

    asyncio.run(play())


def test_after_a_reform_scopes_find_matters_by_their_new_numbers(rules: Rules, where: str) -> None:
    async def play() -> None:
        async with trial(rules, where, 19) as t:
            await t.write(60)
            old = {row.matter: row.left for row in t.model.rows.values()}
            t.shift = 9

            changed = await t.lane.renumber(t.left_of)

            rows = {key: msgspec.structs.replace(row, left=t.left_of(row.place)) for key, row in t.model.rows.items()}
            assert changed == sum(rows[key].left != left for key, left in old.items())
            t.model.rows = rows
            for _ in range(20):
                await t.compare_lists()

    asyncio.run(play())


def test_confidential_matters_are_never_in_the_search(rules: Rules, where: str) -> None:
    async def play() -> None:
        async with trial(rules, where, 20) as t:
            await t.write(150)
            await t.lane.index_words(10_000)
            everything = Scope(confidential=True)

            open_text = await t.reader.find(Query(scope=everything, words=("漏水",), limit=1000, merged=True))
            hidden = [matter for matter in t.matters.values() if matter.marks.confidential]

            assert hidden
            assert not {matter.id for matter in hidden} & {matter.id for matter in open_text.matters}

    asyncio.run(play())


def test_the_ledger_remembers_facts_about_itself(where: str) -> None:
    async def play() -> tuple[str, str]:
        lane = await open_lane(where, "city")
        reader = await open_reader(where)
        await lane.remember("rules", "one")
        await lane.remember("rules", "two")
        found = (await reader.meta("rules"), await reader.meta("nothing"))
        await reader.close()
        await lane.close()
        return found

    assert asyncio.run(play()) == ("two", "")


def test_a_ledger_that_is_not_there_cannot_be_read(where: str) -> None:
    with pytest.raises(Stopped, match="There is no ledger"):
        asyncio.run(open_reader(where))


def test_the_trial_is_worth_something(rules: Rules) -> None:
    t = Trial(rules, "", 0)

    for _ in range(30):
        batch = t.batch(10)
        asyncio.run(t.model.append(batch))

    assert len(t.matters) > 20
    assert t.model.head.seq > 100
