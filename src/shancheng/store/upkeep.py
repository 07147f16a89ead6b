"""Care of a ledger wherever it lies: verify, rebuild, back up, restore, export."""

import asyncio
from pathlib import Path

from shancheng.loop.ledger import Head
from shancheng.store import export as exporting
from shancheng.store import schema
from shancheng.store import verify as verifying
from shancheng.store.opening import is_server, open_reader
from shancheng.store.postgres import upkeep as postgres
from shancheng.store.refold import LeftOf, Progress, Refold, silent
from shancheng.store.sqlite import upkeep as sqlite
from shancheng.store.verify import Verdict


async def verify(where: str, *, lane: str = "", progress: Progress = silent) -> Verdict:
    """Walk every line; the first bad one of each lane is named."""
    reader = await open_reader(where)
    try:
        return await verifying.verify(reader, lanes=(lane,) if lane else (), progress=progress)
    finally:
        await reader.close()


async def rebuild(where: str, left_of: LeftOf, *, progress: Progress = silent) -> Refold:
    """Make everything beside the moves again; upgrades a ledger of an older version."""
    if is_server(where):
        return await postgres.rebuild(where, left_of, progress)
    return await asyncio.to_thread(sqlite.rebuild, Path(where), left_of, progress)


async def upgrade(where: str, left_of: LeftOf, *, progress: Progress = silent) -> bool:
    """Bring a ledger of an older version to this one; whether there was anything to do."""
    version = await postgres.version(where) if is_server(where) else sqlite.version(Path(where))
    if not 0 < version < schema.VERSION:
        return False
    await rebuild(where, left_of, progress=progress)
    return True


async def backup(where: str, to: Path, *, progress: Progress = silent) -> None:
    """Copy one moment of a ledger, while it is written to, into an SQLite ledger file."""
    if is_server(where):
        await postgres.backup(where, to, progress)
    else:
        await asyncio.to_thread(sqlite.backup, Path(where), to, progress)


async def restore(source: Path, where: str, *, progress: Progress = silent) -> dict[str, Head]:
    """Put a verified backup in a ledger's place; refuses where moves would be lost."""
    if is_server(where):
        return await postgres.restore(source, where, progress)
    return await sqlite.restore(source, Path(where), progress)


async def export(where: str, to: Path, form: exporting.Format, *, lane: str = "", progress: Progress = silent) -> int:
    """Write the moves into a file; how many."""
    reader = await open_reader(where)
    try:
        return await exporting.export(reader, to, form, lane=lane, progress=progress)
    finally:
        await reader.close()
