"""Care of a PostgreSQL ledger: words, numbers after a reform, rebuild, a backup as one SQLite file, restore."""

from collections.abc import AsyncIterator, Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import apsw
import asyncpg
import msgspec

from shancheng.loop.errors import NotHolder, Stopped
from shancheng.loop.ledger import STATE, Head
from shancheng.loop.move import Move
from shancheng.store import schema
from shancheng.store.cursor import LAST
from shancheng.store.postgres.connection import (
    LANE_LOCK,
    LOST,
    WRITE_SETTINGS,
    connected,
    make_tables,
    plain,
    sentence,
    version_of,
)
from shancheng.store.postgres.reader import PostgresReader
from shancheng.store.refold import LeftOf, Progress, Refold, silent
from shancheng.store.sqlite.upkeep import check_backup, check_older, settle
from shancheng.store.words import tokens_of

ROWS_AT_ONCE = 1000
COPIED = ("meta", "head", "keys", "moves", "matters", "counters", "parties")
"""Tables that a backup holds; the words are indexed again."""
_MOVES = f"SELECT {', '.join(schema.MOVE_COLUMNS)} FROM moves"
_SLOW = WRITE_SETTINGS | {"statement_timeout": "0", "idle_in_transaction_session_timeout": "0"}
_SLOW |= {"enable_hashjoin": "on", "enable_mergejoin": "on", "enable_seqscan": "on"}
_CONFIDENTIAL = b'"confidential":true'


async def index_words(db: Any, limit: int) -> int:
    """Take the words of up to `limit` more moves of every lane; how many moves were passed."""
    passed = 0
    seen = {row["lane"]: row["seq"] for row in await db.fetch("SELECT lane, seq FROM words_seen")}
    for lane, end in await db.fetch("SELECT lane, seq FROM head"):
        start = seen.get(lane, 0)
        until = min(end, start + limit)
        await _index(db, lane, start, until)
        await db.execute(
            "INSERT INTO words_seen VALUES ($1, $2) ON CONFLICT (lane) DO UPDATE SET seq = excluded.seq", lane, until
        )
        passed += until - start
    return passed


async def _index(db: Any, lane: str, start: int, until: int) -> None:
    rows = await db.fetch(
        "SELECT m.matter, m.confidential, m.state FROM moves v JOIN matters m ON m.matter = v.matter "
        "WHERE v.lane = $1 AND v.seq > $2 AND v.seq <= $3 AND (v.matter_seq = 1 OR position($4 IN v.payload) > 0)",
        *(lane, start, until, _CONFIDENTIAL),
    )
    hidden = [row["matter"] for row in rows if row["confidential"]]
    shown = [(row["matter"], tokens_of(STATE.decode(row["state"]))) for row in rows if not row["confidential"]]
    await db.execute("DELETE FROM words WHERE matter = ANY($1)", hidden)
    await db.executemany(
        "INSERT INTO words VALUES ($1, $2) ON CONFLICT (matter) DO UPDATE SET tokens = excluded.tokens", shown
    )


async def renumber(db: Any, left_of: Callable[[int], int]) -> int:
    """Give every matter the depth-first number that its place has now; how many changed."""
    await db.execute("SET LOCAL enable_hashjoin = on")
    places = [row["place"] for row in await db.fetch("SELECT DISTINCT place FROM matters")]
    done = await db.execute(
        "UPDATE matters SET place_left = n.place_left FROM unnest($1::bigint[], $2::bigint[]) n(place, place_left) "
        "WHERE n.place = matters.place AND n.place_left <> matters.place_left",
        places,
        [left_of(place) for place in places],
    )
    return int(done.split()[-1])


async def version(where: str) -> int:
    """Version of a ledger's tables; 0 where there is none."""
    db = await connected(where, _SLOW)
    try:
        return await version_of(db)
    finally:
        db.terminate()


async def rebuild(where: str, left_of: LeftOf, progress: Progress = silent) -> Refold:
    """Make everything beside the moves again, in one transaction; also how an older ledger is upgraded."""
    db = await connected(where, _SLOW)
    try:
        if not await version_of(db):
            raise Stopped(f"There is no ledger in {plain(where)}; name the right database.")
        async with db.transaction():
            await _take_every_lane(db, where)
            await db.execute("LOCK TABLE moves IN SHARE MODE")
            return await _rebuilt(db, left_of, progress)
    except (asyncpg.PostgresError, *LOST) as error:
        raise sentence(error, where, "rebuilt") from error
    finally:
        db.terminate()


async def _take_every_lane(db: Any, where: str) -> None:
    for (lane,) in await db.fetch("SELECT lane FROM head"):
        if not await db.fetchval("SELECT pg_try_advisory_xact_lock($1, hashtext($2))", LANE_LOCK, lane):
            raise NotHolder(f"Lane {lane} of {plain(where)} is being written; stop its writer first.")


async def _rebuilt(db: Any, left_of: LeftOf, progress: Progress) -> Refold:
    whole = await db.fetchval("SELECT count(*) FROM moves")
    kind = await db.fetchval("SELECT relkind FROM pg_class WHERE oid = to_regclass('duties')")
    await db.execute("DROP TABLE duties" if kind == b"r" else "DROP VIEW IF EXISTS duties")
    await db.execute("".join(f"DROP TABLE IF EXISTS {table};" for table in schema.DERIVED) + schema.POSTGRES_DERIVED)
    refold = Refold(left_of)
    rows: list[tuple[Any, ...]] = []
    parties: list[tuple[str, str]] = []
    async for moves in _by_matter(db):
        row, found = refold.row(moves[0].matter, moves)
        rows.append(msgspec.structs.astuple(msgspec.structs.replace(row, due=row.due or LAST)))
        parties += found
        if len(rows) >= ROWS_AT_ONCE:
            await _copy(db, rows, parties)
            progress(refold.moves, whole)
    await _copy(db, rows, parties)
    await db.copy_records_to_table("counters", records=[(*cell, *n) for cell, n in refold.counters.items()])
    await db.execute("UPDATE meta SET value = $1 WHERE key = 'version'", str(schema.VERSION))
    return refold


async def _copy(db: Any, rows: list[tuple[Any, ...]], parties: list[tuple[str, str]]) -> None:
    await db.copy_records_to_table("matters", records=rows, columns=schema.ROW_COLUMNS)
    await db.copy_records_to_table("parties", records=parties)
    rows.clear()
    parties.clear()


async def _by_matter(db: Any) -> AsyncIterator[list[Move]]:
    held: list[Move] = []
    async for row in db.cursor(f"{_MOVES} ORDER BY matter, matter_seq", prefetch=ROWS_AT_ONCE):
        move = Move(*row)
        if held and held[0].matter != move.matter:
            yield held
            held = []
        held.append(move)
    if held:
        yield held


async def backup(where: str, to: Path, progress: Progress = silent) -> None:
    """One moment of the ledger as an SQLite ledger file, which the same commands verify, read and restore."""
    if to.exists():
        raise Stopped(f"{to} is there already; name another file, or move it away.")
    part = to.with_name(to.name + ".part")
    part.unlink(missing_ok=True)
    source = await connected(where, _SLOW)
    target = apsw.Connection(str(part))
    try:
        with target:
            target.execute(schema.SQLITE)
            target.execute(schema.SQLITE_DERIVED)
            async with source.transaction(isolation="repeatable_read", readonly=True):
                whole = await source.fetchval("SELECT count(*) FROM moves")
                for table in COPIED:
                    await _copy_out(source, target, table, progress if table == "moves" else silent, whole)
    except (asyncpg.PostgresError, *LOST) as error:
        raise sentence(error, where, "copied") from error
    except apsw.Error as error:
        raise Stopped(f"The backup {to} could not be written: {error}. Check the disk and its space.") from error
    finally:
        target.close()
        source.terminate()
    settle(part, to)


async def _copy_out(source: Any, target: apsw.Connection, table: str, progress: Progress, whole: int) -> None:
    names = _columns(target, table)
    marks = ", ".join("?" for _ in names)
    held: list[tuple[Any, ...]] = []
    done = 0
    into = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"
    async for row in source.cursor(f"SELECT {', '.join(names)} FROM {table}", prefetch=ROWS_AT_ONCE):
        held.append(tuple(row))
        if len(held) == ROWS_AT_ONCE:
            target.executemany(into, held)
            done += len(held)
            progress(done, whole)
            held.clear()
    target.executemany(into, held)


def _columns(db: apsw.Connection, table: str) -> list[str]:
    found: list[Any] = db.execute("SELECT name FROM pragma_table_info(?)", (table,)).fetchall()
    return [name for (name,) in found if name != "number"]


async def restore(source: Path, where: str, progress: Progress = silent) -> dict[str, Head]:
    """Put a backup in a ledger's place once it is verified; never over moves that it does not hold."""
    heads = await check_backup(source, progress)
    db = await connected(where, _SLOW)
    file = apsw.Connection(str(source), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        await make_tables(db, where)
        async with db.transaction():
            await _take_every_lane(db, where)
            await check_older(await PostgresReader.open(where), heads, source, plain(where))
            await db.execute(f"TRUNCATE {', '.join((*COPIED, 'words', 'words_seen'))}")
            for table in COPIED:
                await _copy_in(file, db, table)
    except (asyncpg.PostgresError, *LOST) as error:
        raise sentence(error, where, "restored") from error
    finally:
        file.close()
        db.terminate()
    return heads


async def _copy_in(file: apsw.Connection, db: Any, table: str) -> None:
    names = _columns(file, table)
    cursor = file.execute(f"SELECT {', '.join(names)} FROM {table}")
    flags = [number for number, name in enumerate(names) if table == "matters" and name in _FLAGS]
    while rows := _next(cursor):
        await db.copy_records_to_table(table, records=[_with_flags(row, flags) for row in rows], columns=names)


_FLAGS = frozenset({"is_open", "supervised", "merged", "confidential", "drill"})


def _next(cursor: Any) -> list[Any]:
    return list(islice(cursor, ROWS_AT_ONCE))


def _with_flags(row: Sequence[Any], flags: Sequence[int]) -> tuple[Any, ...]:
    values = list(row)
    for number in flags:
        values[number] = bool(values[number])
    return tuple(values)
