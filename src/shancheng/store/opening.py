"""Opening a ledger by where it lies: a path is an SQLite file, `postgresql://...` a database."""

from pathlib import Path

from shancheng.store.sqlite.lane import SqliteLane
from shancheng.store.sqlite.reader import SqliteReader

AnyLane = SqliteLane
AnyReader = SqliteReader


async def open_lane(where: str | Path, name: str) -> AnyLane:
    """Take a lane for writing; a second writer is refused. Makes the ledger when it is not there."""
    return SqliteLane(Path(where), name)


async def open_reader(where: str | Path) -> AnyReader:
    """Open a ledger for reading only."""
    return SqliteReader(Path(where))
