"""Opening a PostgreSQL ledger: which server, which settings, and what its faults mean."""

from typing import Any
from urllib.parse import urlsplit

import asyncpg

from shancheng.loop.errors import Damaged, Stopped
from shancheng.store import schema

OLDEST = 150_000
WRITE_SETTINGS = {
    "synchronous_commit": "on",
    "statement_timeout": "60s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
    "application_name": "shancheng lane",
    # A batch is joined to matters by their key, always: no statistics must turn that into reading the whole table.
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_seqscan": "off",
    "jit": "off",
}
READ_SETTINGS = {
    "default_transaction_read_only": "on",
    "statement_timeout": "30s",
    "jit": "off",
    "application_name": "shancheng reader",
}
TABLES_LOCK = 7_314_001
"""Advisory lock under which the tables are made."""
LANE_LOCK = 7_314_002
"""First half of the advisory lock that a lane is held by; the other half is made from its name."""
LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)


def plain(where: str) -> str:
    """The address without its password, fit for a message."""
    parts = urlsplit(where)
    return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"


async def connected(where: str, settings: dict[str, str]) -> Any:
    """One connection, with settings."""
    try:
        connection = await asyncpg.connect(where, server_settings=settings, timeout=10)
    except (asyncpg.PostgresError, *LOST) as error:
        what = f"The ledger {plain(where)} could not be reached ({_short(error)}); "
        raise Stopped(what + "check that the server runs and lets you in.") from error
    version = connection.get_server_version()
    if version.major * 10_000 < OLDEST:
        await connection.close()
        raise Stopped(f"The server of {plain(where)} is PostgreSQL {version.major}; Shancheng needs 15 or newer.")
    return connection


async def make_tables(connection: Any, where: str) -> None:
    """Make the tables where there are none; refuse those of another version."""
    async with connection.transaction():
        await connection.execute(f"SELECT pg_advisory_xact_lock({TABLES_LOCK})")
        version = await version_of(connection)
        if not version:
            await connection.execute(schema.POSTGRES)
            await connection.execute(schema.POSTGRES_DERIVED)
            await connection.execute("INSERT INTO meta VALUES ('version', $1)", str(schema.VERSION))
            return
    schema.check_version(version, plain(where))


async def version_of(connection: Any) -> int:
    """Version of the tables; 0 where there are none."""
    if not await connection.fetchval("SELECT to_regclass('meta') IS NOT NULL"):
        return 0
    found = await connection.fetchval("SELECT value FROM meta WHERE key = 'version'")
    return int(found or 0)


def sentence(error: Exception, where: str, doing: str) -> Stopped | Damaged:
    """What happened to the server, and what to do next."""
    ledger = plain(where)
    if isinstance(error, asyncpg.DiskFullError):
        return Stopped(
            f"The disk of the server is full: the ledger {ledger} could not be {doing}, and nothing more is "
            "acknowledged. Reading goes on. Free some space there and start again."
        )
    if isinstance(error, asyncpg.DataCorruptedError | asyncpg.IndexCorruptedError):
        return Damaged(
            f"The ledger {ledger} could not be {doing}: the server found damaged data ({_short(error)}). "
            "Stop here, run `shancheng ledger verify`, and restore the last backup."
        )
    if isinstance(error, LOST):
        return Stopped(
            f"The server of the ledger {ledger} was lost while it was being {doing} ({_short(error)}). Nothing more is "
            "acknowledged; what was written is in the ledger. Check the server and start again."
        )
    return Stopped(
        f"The ledger {ledger} could not be {doing}: the server said '{_short(error)}'. Nothing more is acknowledged; "
        "look into the server's log and start again."
    )


def _short(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0] or type(error).__name__
