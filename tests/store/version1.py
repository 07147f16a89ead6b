"""Makes a ledger as version 1 kept it: the same moves, but other tables beside them."""

from pathlib import Path
from typing import Any

import apsw
import asyncpg

from shancheng.loop.ledger import Head
from shancheng.loop.move import Move
from shancheng.store import schema

OLD_DERIVED = """
CREATE TABLE matters (matter TEXT PRIMARY KEY, stage TEXT NOT NULL, place {int} NOT NULL, state {bytes} NOT NULL);
CREATE TABLE counters (place {int} NOT NULL, category TEXT NOT NULL, stage TEXT NOT NULL, number {int} NOT NULL);
CREATE TABLE duties (matter TEXT PRIMARY KEY, at {int} NOT NULL);
CREATE INDEX duties_at ON duties (at);
CREATE TABLE parties (party TEXT NOT NULL, matter TEXT NOT NULL, PRIMARY KEY (party, matter));
"""


def write_sqlite(path: Path, moves: list[Move], head: Head) -> None:
    """An SQLite ledger of version 1."""
    db = apsw.Connection(str(path))
    with db:
        db.execute(schema.SQLITE)
        db.execute(OLD_DERIVED.format(int="INTEGER", bytes="BLOB"))
        db.execute("INSERT INTO meta VALUES ('version', '1')")
        db.execute("INSERT INTO head VALUES ('city', ?, ?, 4)", (head.seq, head.hash))
        marks = ", ".join("?" for _ in schema.MOVE_COLUMNS)
        db.executemany(f"INSERT INTO moves VALUES ({marks})", map(_values, moves))
    db.close()


async def write_postgres(where: str, moves: list[Move], head: Head) -> None:
    """A PostgreSQL ledger of version 1."""
    db = await asyncpg.connect(where)
    await db.execute(schema.POSTGRES + OLD_DERIVED.format(int="bigint", bytes="bytea"))
    await db.execute("INSERT INTO meta VALUES ('version', '1')")
    await db.execute("INSERT INTO head VALUES ('city', $1, $2, 4)", head.seq, head.hash)
    await db.copy_records_to_table("moves", records=list(map(_values, moves)))
    await db.close()


def _values(move: Move) -> tuple[Any, ...]:
    return tuple(getattr(move, name) for name in schema.MOVE_COLUMNS)
