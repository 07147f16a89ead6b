"""Opening a ledger by where it lies: a path is an SQLite file, `postgresql://...` a database."""

from pathlib import Path

from shancheng.store.postgres.lane import PostgresLane
from shancheng.store.postgres.reader import PostgresReader
from shancheng.store.sqlite.lane import SqliteLane
from shancheng.store.sqlite.reader import SqliteReader

AnyLane = SqliteLane | PostgresLane
AnyReader = SqliteReader | PostgresReader


def is_server(where: str | Path) -> bool:
    """Whether a ledger lies on a PostgreSQL server."""
    return str(where).startswith(("postgresql://", "postgres://"))


async def open_lane(where: str | Path, name: str) -> AnyLane:
    """Take a lane for writing; a second writer is refused. Makes the ledger when it is not there."""
    return await PostgresLane.open(str(where), name) if is_server(where) else SqliteLane(Path(where), name)


async def open_reader(where: str | Path) -> AnyReader:
    """Open a ledger for reading only."""
    return await PostgresReader.open(str(where)) if is_server(where) else SqliteReader(Path(where))
