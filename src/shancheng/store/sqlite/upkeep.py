"""Care of an SQLite ledger: rebuild, back up, restore."""

import asyncio
import os
from itertools import islice
from pathlib import Path
from typing import Any

import apsw

from shancheng.loop.errors import LoopError, Stopped
from shancheng.loop.ledger import Head
from shancheng.store import schema
from shancheng.store.refold import LeftOf, Progress, Refold, silent
from shancheng.store.sqlite.connection import Hold, reader, sentence, version_of, writer
from shancheng.store.sqlite.lane import OPEN_MATTER, WRITE_COUNTER, WRITE_PARTY, astuple
from shancheng.store.sqlite.reader import SqliteReader, move_of
from shancheng.store.verify import verify

ROWS_AT_ONCE = 1000
PAGES_AT_ONCE = 2000
MOVES = f"SELECT {', '.join(schema.MOVE_COLUMNS)} FROM moves"


class Newer(LoopError):
    """A ledger that would lose moves if it were replaced."""


def version(path: Path) -> int:
    """Version of a ledger's tables; 0 where there is none."""
    if not path.exists():
        return 0
    db = reader(path, any_version=True)
    try:
        return version_of(db)
    finally:
        db.close()


def rebuild(path: Path, left_of: LeftOf, progress: Progress = silent) -> Refold:
    """Make everything beside the moves again, in one transaction; also how an older ledger is upgraded."""
    if not path.exists():
        raise Stopped(f"There is no ledger at {path}; name the right file.")
    hold = Hold(path, "rebuild")
    try:
        db = writer(path, any_version=True)
        try:
            with db:
                found = _rebuilt(db, path, left_of, progress)
        except apsw.Error as error:
            raise sentence(error, path, "rebuilt") from error
        finally:
            db.close()
    finally:
        hold.release()
    return found


def _rebuilt(db: apsw.Connection, path: Path, left_of: LeftOf, progress: Progress) -> Refold:
    whole: Any = db.execute("SELECT count(*) FROM moves").get
    refold = Refold(left_of)
    for view in ("duties",):
        kind = db.execute("SELECT type FROM sqlite_schema WHERE name = ?", (view,)).get
        if kind is not None:
            db.execute(f"DROP {kind} {view}")
    for table in schema.DERIVED:
        db.execute(f"DROP TABLE IF EXISTS {table}")
    db.execute(schema.SQLITE_DERIVED)
    source = reader(path, any_version=True)
    try:
        lines = source.execute(f"{MOVES} ORDER BY matter, matter_seq")
        rows = refold.rows(move_of(line) for line in lines)
        while chunk := list(islice(rows, ROWS_AT_ONCE)):
            db.executemany(OPEN_MATTER, [astuple(row) for row, _ in chunk])
            db.executemany(WRITE_PARTY, [party for _, parties in chunk for party in parties])
            progress(refold.moves, whole)
    finally:
        source.close()
    db.executemany(WRITE_COUNTER, [(*cell, *deltas) for cell, deltas in sorted(refold.counters.items())])
    db.execute(
        "INSERT INTO meta VALUES ('version', ?) ON CONFLICT DO UPDATE SET value = excluded.value",
        (str(schema.VERSION),),
    )
    return refold


def backup(path: Path, to: Path, progress: Progress = silent) -> None:
    """Copy a ledger while it is written to; the copy is one moment of it."""
    if to.exists():
        raise Stopped(f"{to} is there already; name another file, or move it away.")
    part = to.with_name(to.name + ".part")
    part.unlink(missing_ok=True)
    source = reader(path)
    try:
        target = apsw.Connection(str(part))
        # An open transaction keeps this one moment for the whole copy, whatever is written meanwhile.
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM head").fetchall()
        with target.backup("main", source, "main") as copy:
            while not copy.done:
                copy.step(PAGES_AT_ONCE)
                progress(copy.page_count - copy.remaining, copy.page_count)
        source.execute("COMMIT")
        target.execute("PRAGMA journal_mode = delete").fetchall()
        target.close()
    except apsw.Error as error:
        part.unlink(missing_ok=True)
        raise sentence(error, path, "copied") from error
    finally:
        source.close()
    settle(part, to)


def settle(part: Path, to: Path) -> None:
    """Make a finished file durable under its name."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(to)
    folder = os.open(to.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


async def restore(source: Path, to: Path, progress: Progress = silent) -> dict[str, Head]:
    """Put a backup in a ledger's place once it is verified; never over moves that it does not hold."""
    heads = await check_backup(source, progress)
    hold = Hold(to, "restore")
    try:
        if to.exists():
            await check_older(SqliteReader(to), heads, source, str(to))
        part = to.with_name(to.name + ".part")
        part.unlink(missing_ok=True)
        await asyncio.to_thread(backup, source, part, progress)
        _fold_log(to)
        settle(part, to)
    finally:
        hold.release()
    return heads


def _fold_log(path: Path) -> None:
    """Leave no write-ahead log beside a file that is about to be replaced: it would be read into the new one."""
    try:
        db = apsw.Connection(str(path))
        db.execute("PRAGMA journal_mode = delete").fetchall()
        db.close()
    except (apsw.CorruptError, apsw.NotADBError):
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    except apsw.Error as error:
        raise sentence(error, path, "replaced; stop everything that reads it first") from error


async def check_backup(source: Path, progress: Progress) -> dict[str, Head]:
    """Heads of a backup that is whole."""
    ledger = SqliteReader(source)
    try:
        verdict = await verify(ledger, progress=progress)
    finally:
        await ledger.close()
    if not verdict.is_whole:
        raise Stopped(f"The backup {source} is not restored, it is damaged. {verdict.findings[0]}")
    return verdict.heads


async def check_older(ledger: Any, heads: dict[str, Head], source: Path, where: str) -> None:
    """Refuse to lose what the ledger holds and the backup does not."""
    backup_of = SqliteReader(source)
    try:
        for lane, head in (await ledger.heads()).items():
            await _check_lane(lane, head, heads.get(lane, Head()), backup_of, where)
    finally:
        await backup_of.close()
        await ledger.close()


async def _check_lane(lane: str, head: Head, kept: Head, backup_of: SqliteReader, where: str) -> None:
    if head.seq > kept.seq:
        raise Newer(
            f"The ledger {where} holds {head.seq} moves of lane {lane}, the backup only {kept.seq}: "
            f"restoring would lose {head.seq - kept.seq}. Move the ledger aside if that is what you want."
        )
    async for moves in backup_of.moves(lane, head.seq - 1, head.seq):
        if moves[0].hash != head.hash:
            raise Newer(f"The ledger {where} is another one: line {head.seq} of lane {lane} is not the backup's.")
