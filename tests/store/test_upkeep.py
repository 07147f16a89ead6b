"""Care of a ledger: what is beside the moves is made again, what was changed is found, what was saved comes back."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import apsw
import asyncpg
import msgspec
import pytest
from pyarrow import parquet
from tests.postgres import Cluster
from tests.store import version1
from tests.store.trial import Trial, trial

from shancheng.loop.batch import Gathering
from shancheng.loop.chain import hash_of
from shancheng.loop.errors import NotHolder, Stopped
from shancheng.loop.ledger import Head, Query, Scope
from shancheng.loop.move import Move, Then, apply
from shancheng.loop.rules import Rules
from shancheng.store import upkeep
from shancheng.store.opening import is_server, open_lane, open_reader
from shancheng.store.sqlite.upkeep import Newer


async def written(rules: Rules, where: str, seed: int, batches: int = 12) -> Trial:
    """A ledger with moves in it, closed again, and its model."""
    async with trial(rules, where, seed) as t:
        for _ in range(batches):
            await t.write(15)
        await t.lane.index_words(10_000)
        await t.model.index_words(10_000)
    return t


async def compare(t: Trial, where: str) -> None:
    """The ledger at `where` answers as the trial's model does."""
    t.where = where
    await t.open()
    try:
        await t.lane.index_words(10_000)
        for _ in range(30):
            await t.compare_lists()
        for _ in range(5):
            await t.compare_all()
    finally:
        await t.close()


async def alter(where: str, sql: str) -> None:
    """Change a ledger behind its back."""
    if is_server(where):
        db = await asyncpg.connect(where)
        await db.execute(sql)
        await db.close()
    else:
        file = apsw.Connection(where)
        file.execute(sql)
        file.close()


@pytest.mark.parametrize("seed", range(3))
def test_rebuilding_gives_what_was_there(rules: Rules, where: str, seed: int) -> None:
    async def play() -> None:
        t = await written(rules, where, seed)
        damage = (
            "DELETE FROM counters",
            "DELETE FROM parties",
            "UPDATE matters SET stage = 'closed', due = 5, place = 1",
        )
        for sql in damage:
            await alter(where, sql)

        done = await upkeep.rebuild(where, t.left_of)

        assert (done.matters, done.moves) == (len(t.matters), t.model.head.seq)
        await compare(t, where)

    asyncio.run(play())


def test_a_ledger_that_is_being_written_is_not_rebuilt(rules: Rules, where: str) -> None:
    async def play() -> None:
        async with trial(rules, where, 3) as t:
            await t.write(5)

            with pytest.raises(NotHolder, match="written"):
                await upkeep.rebuild(where, t.left_of)

    asyncio.run(play())


def test_a_ledger_of_version_1_is_upgraded_by_replay(rules: Rules, where: str) -> None:
    async def play() -> None:
        t = Trial(rules, where, 4)
        for _ in range(10):
            await t.model.append(t.batch(15))
        t.model.keys.clear()
        if is_server(where):
            await version1.write_postgres(where, t.model.lines, t.model.head)
        else:
            version1.write_sqlite(Path(where), t.model.lines, t.model.head)
        with pytest.raises(Stopped, match="has tables of version 1"):
            await open_lane(where, "city")

        assert await upkeep.upgrade(where, t.left_of)

        assert not await upkeep.upgrade(where, t.left_of)
        await t.model.index_words(10_000)
        await compare(t, where)

    asyncio.run(play())


def test_a_ledger_of_a_newer_version_is_left_alone(rules: Rules, where: str) -> None:
    async def play() -> None:
        await written(rules, where, 5, batches=1)
        await alter(where, "UPDATE meta SET value = '99' WHERE key = 'version'")

        with pytest.raises(Stopped, match="written by a newer Shancheng"):
            await open_lane(where, "city")

    asyncio.run(play())


def test_a_whole_ledger_verifies(rules: Rules, where: str) -> None:
    async def play() -> None:
        t = await written(rules, where, 6)

        verdict = await upkeep.verify(where)

        assert verdict.is_whole
        assert verdict.moves == t.model.head.seq

    asyncio.run(play())


CHANGES = {
    "UPDATE moves SET actor = 'somebody' WHERE seq = 40": (40, "its hash does not fit"),
    "UPDATE moves SET recorded = recorded + 1 WHERE seq = 2": (2, "its hash does not fit"),
    "DELETE FROM moves WHERE seq = 7": (7, "the line is missing; the next one is 8"),
    "DELETE FROM moves WHERE seq >= 50": (50, "the line is missing"),
    "UPDATE head SET hash = (SELECT hash FROM moves WHERE seq = 1)": (0, "the head's hash"),
}


@pytest.mark.parametrize("sql", CHANGES)
def test_a_change_behind_the_ledgers_back_is_found_and_named(rules: Rules, where: str, sql: str) -> None:
    async def play() -> None:
        t = await written(rules, where, 7)
        await alter(where, sql)

        verdict = await upkeep.verify(where)

        seq, what = CHANGES[sql]
        finding = verdict.findings[0]
        assert finding.seq == (seq or t.model.head.seq)
        assert what in finding.what
        if "hash does not" in what:
            assert finding.matter == t.model.lines[seq - 1].matter

    asyncio.run(play())


def test_a_backup_made_while_writing_is_whole_and_comes_back(rules: Rules, where: str, tmp_path: Path) -> None:
    async def play() -> None:
        to = tmp_path / "copy.db"
        async with trial(rules, where, 8) as t:
            for _ in range(5):
                await t.write(15)
            at = t.model.head
            copying = asyncio.create_task(upkeep.backup(where, to))
            while not copying.done():
                await t.write(2)
                await asyncio.sleep(0)
            await copying

        verdict = await upkeep.verify(str(to))

        assert verdict.is_whole
        assert at.seq <= verdict.heads["city"].seq <= t.model.head.seq

    asyncio.run(play())


@pytest.mark.parametrize("into", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_a_backup_restores_into_either_store(
    rules: Rules, where: str, into: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    target = str(tmp_path / "restored.db")
    if into == "postgres":
        server: Cluster = request.getfixturevalue("postgres")
        target = server.create(f"restored{abs(hash(where))}")

    async def play() -> None:
        t = await written(rules, where, 9)
        await upkeep.backup(where, tmp_path / "copy.db")

        heads = await upkeep.restore(tmp_path / "copy.db", target)

        assert heads["city"] == t.model.head
        await compare(t, target)

    asyncio.run(play())


def test_a_restore_never_loses_moves(rules: Rules, where: str, tmp_path: Path) -> None:
    async def play() -> None:
        t = await written(rules, where, 10)
        await upkeep.backup(where, tmp_path / "copy.db")
        await t.open()
        await t.write(10)
        await t.close()

        with pytest.raises(Newer, match="restoring would lose"):
            await upkeep.restore(tmp_path / "copy.db", where)

        await compare(t, where)

    asyncio.run(play())


def test_a_damaged_backup_is_not_restored(rules: Rules, where: str, tmp_path: Path) -> None:
    async def play() -> None:
        t = await written(rules, where, 11)
        await upkeep.backup(where, tmp_path / "copy.db")
        await alter(str(tmp_path / "copy.db"), "UPDATE moves SET verb = 'close' WHERE seq = 3")

        with pytest.raises(Stopped, match=r"damaged\. Lane city, line 3"):
            await upkeep.restore(tmp_path / "copy.db", where)

        await compare(t, where)

    asyncio.run(play())


def test_an_export_holds_every_move(rules: Rules, where: str, tmp_path: Path) -> None:
    async def play() -> None:
        t = await written(rules, where, 12)

        lines = await upkeep.export(where, tmp_path / "moves.jsonl", "jsonl")
        table = await upkeep.export(where, tmp_path / "moves.parquet", "parquet", lane="city")

        read = [json.loads(line) for line in (tmp_path / "moves.jsonl").read_text(encoding="utf-8").splitlines()]
        assert lines == table == len(read) == t.model.head.seq
        assert [line["hash"] for line in read] == [move.hash.hex() for move in t.model.lines]
        columns = parquet.read_table(tmp_path / "moves.parquet").to_pydict()
        assert columns["payload"] == [move.payload.decode() for move in t.model.lines]
        assert columns["seq"] == [line["seq"] for line in read]

    asyncio.run(play())


def test_nothing_is_written_over(rules: Rules, where: str, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_text("mine", encoding="utf-8")
    ways: list[Callable[[], Awaitable[Any]]] = [
        lambda: upkeep.backup(where, there),
        lambda: upkeep.export(where, there, "jsonl"),
    ]

    async def play() -> None:
        await written(rules, where, 13, batches=1)
        for way in ways:
            with pytest.raises(Stopped, match="is there already"):
                await way()

    asyncio.run(play())
    assert there.read_text(encoding="utf-8") == "mine"


def test_a_verb_of_a_newer_version_is_kept_folded_and_shown(rules: Rules, where: str) -> None:
    async def play() -> None:
        async with trial(rules, where, 14) as t:
            await t.write(20)
            known = next(iter(t.matters.values()))
            move, then = _unheard_of(known.id, known.seq + 1, t.model.head, t.now)
            after = apply(known, then, matter_id=known.id, seq=move.matter_seq, at=t.now, recorded=t.now)
            gathering = Gathering("city", t.model.head, t.left_of)
            gathering.moves, gathering.states, gathering.head = [move], {known.id: after}, Head(move.seq, move.hash)
            await t.lane.append(gathering.batch())

            history = await t.reader.history(known.id)
            verdict = await upkeep.verify(where)

            assert (history[-1].verb, history[-1].act) == ("levitate", None)
            assert verdict.is_whole
        await upkeep.rebuild(where, t.left_of)
        reader = await open_reader(where)
        assert await reader.matter(known.id) == after
        page = await reader.find(
            Query(scope=Scope(confidential=True), limit=1000, merged=True, drill=after.marks.drill)
        )
        assert after in page.matters
        await reader.close()

    asyncio.run(play())


def _unheard_of(matter: str, matter_seq: int, head: Head, now: int) -> tuple[Move, Then]:
    then = Then()
    move = Move(
        lane="city",
        seq=head.seq + 1,
        matter=matter,
        matter_seq=matter_seq,
        verb="levitate",
        actor="later",
        role="operator",
        centre=1,
        epoch=1,
        place=1,
        at=now,
        recorded=now,
        idem=None,
        mark=0,
        payload=b'{"act":{"height_m":3,"verb":"levitate"},"then":{"aura":"blue"}}',
    )
    return msgspec.structs.replace(move, hash=hash_of(head.hash, move)), then
