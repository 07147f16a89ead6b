"""Full disks, disks that cannot sync, changed bytes, second and former writers: the ledger stops and says why."""

import asyncio
import random
from pathlib import Path

import apsw
import pytest
from tests.drills.disk import Disk, disk
from tests.drills.telling import tell
from tests.store.trial import Trial

from shancheng.loop.errors import Damaged, LoopError, NotHolder, Stopped
from shancheng.loop.rules import Rules
from shancheng.store import upkeep
from shancheng.store.sqlite.connection import check_sqlite
from shancheng.store.sqlite.lane import SqliteLane
from shancheng.store.sqlite.reader import SqliteReader

pytestmark = pytest.mark.drill
SEED = 31


async def stop_by(rules: Rules, path: Path, broken: Disk, fault: str) -> str:
    """Write, break the disk, write again; gives what the lane says, having looked that reading goes on."""
    t = Trial(rules, str(path), SEED)
    lane = SqliteLane(path, "city", vfs=broken.name)
    reader = SqliteReader(path, vfs=broken.name)
    try:
        first = t.batch(20)
        await lane.append(first)
        await t.model.append(first)
        setattr(broken, fault, True)
        second = t.batch(20)
        with pytest.raises(Stopped) as stopped:
            await lane.append(second)
        setattr(broken, fault, False)
        with pytest.raises(Stopped):
            await lane.append(second)
        assert [move async for moves in reader.moves("city") for move in moves][: len(first.moves)] == first.moves
        assert await reader.matter(first.rows[0].matter) is not None
        assert lane.head == first.head
    finally:
        await reader.close()
        await lane.close()
    return str(stopped.value)


def test_a_full_disk_stops_acknowledging_stays_readable_and_says_so(rules: Rules, tmp_path: Path) -> None:
    with disk("full") as broken:
        said = asyncio.run(stop_by(rules, tmp_path / "ledger.db", broken, "is_full"))

    assert "The disk is full" in said
    assert "Free some space" in said


def test_a_failed_fsync_stops_acknowledging_and_is_never_tried_again(rules: Rules, tmp_path: Path) -> None:
    with disk("unsynced") as broken:
        said = asyncio.run(stop_by(rules, tmp_path / "ledger.db", broken, "cannot_sync"))

    assert "reported a fault" in said
    assert "Check the disk" in said


def test_every_flipped_byte_of_a_move_is_found_and_named(rules: Rules, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    tell(f"seed {SEED}")
    path = tmp_path / "ledger.db"
    t = Trial(rules, str(path), SEED)
    asyncio.run(_write(t, path))
    whole = path.read_bytes()
    for _ in range(40):
        move = chance.choice([move for move in t.model.lines if move.payload in whole])
        at = chance.randrange(len(move.payload))
        flipped = bytes([move.payload[at] ^ (1 << chance.randrange(8))])
        path.write_bytes(whole.replace(move.payload, move.payload[:at] + flipped + move.payload[at + 1 :]))

        verdict = asyncio.run(upkeep.verify(str(path)))

        assert (verdict.findings[0].seq, verdict.findings[0].matter) == (move.seq, move.matter)


def test_a_flipped_byte_anywhere_in_the_moves_is_found_or_harmless(rules: Rules, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    path = tmp_path / "ledger.db"
    t = Trial(rules, str(path), SEED)
    asyncio.run(_write(t, path))
    whole = path.read_bytes()
    pages = _pages_of_moves(path)
    found = 0
    for _ in range(60):
        at = (chance.choice(pages) - 1) * 4096 + chance.randrange(4096)
        path.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << chance.randrange(8))]) + whole[at + 1 :])
        found += not asyncio.run(_is_as_written(t, path))

    assert found > 30


async def _is_as_written(t: Trial, path: Path) -> bool:
    """Whether verify calls the ledger whole; then the moves must all be what they were."""
    try:
        verdict = await upkeep.verify(str(path))
    except LoopError:
        return False
    if verdict.is_whole:
        reader = SqliteReader(path)
        assert [move async for moves in reader.moves("city") for move in moves] == t.model.lines
        await reader.close()
    return verdict.is_whole


def _pages_of_moves(path: Path) -> list[int]:
    db = apsw.Connection(str(path))
    pages = [page for (page,) in db.execute("SELECT pageno FROM dbstat WHERE name = 'moves'").fetchall()]
    db.close()
    return pages


async def _write(t: Trial, path: Path) -> None:
    await t.open()
    for _ in range(10):
        await t.write(15)
    await t.close()


def test_a_former_writer_is_fenced_off_even_when_its_lock_was_removed(rules: Rules, tmp_path: Path) -> None:
    async def play() -> None:
        path = tmp_path / "ledger.db"
        t = Trial(rules, str(path), SEED)
        former = SqliteLane(path, "city")
        await former.append(first := t.batch(10))
        await t.model.append(first)
        (tmp_path / "ledger.db.lock").unlink()
        present = SqliteLane(path, "city")

        with pytest.raises(NotHolder, match="taken over"):
            await former.append(second := t.batch(10))

        assert present.head == first.head
        await present.append(second)
        with pytest.raises(Stopped):
            await former.append(second)
        await former.close()
        await present.close()

    asyncio.run(play())


def test_an_old_sqlite_is_refused_with_the_remedy() -> None:
    for version in ("3.40.1", "3.51.2", "3.7.17"):
        with pytest.raises(Stopped, match="WAL-reset bug"):
            check_sqlite(version)
    for version in ("3.51.3", "3.54.1", "4.0"):
        check_sqlite(version)


def test_a_file_that_is_no_ledger_is_not_taken_for_one(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(b"this is not a ledger, " * 500)

    with pytest.raises(Damaged, match="damaged"):
        SqliteLane(path, "city")


def test_a_forgotten_reader_does_not_let_the_log_grow_without_end(rules: Rules, tmp_path: Path) -> None:
    async def play() -> int:
        path = tmp_path / "ledger.db"
        t = Trial(rules, str(path), SEED)
        lane = SqliteLane(path, "city", checkpoint_pages=50)
        reader = SqliteReader(path)
        for _ in range(150):
            batch = t.batch(3)
            await lane.append(batch)
            await t.model.append(batch)
            async for _ in reader.moves("city", max(0, batch.head.seq - 3)):
                pass
        grown = (tmp_path / "ledger.db-wal").stat().st_size
        await reader.close()
        await lane.close()
        return grown

    assert asyncio.run(play()) < 3 * 50 * 4200
