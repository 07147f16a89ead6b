"""The writing side of a PostgreSQL ledger: a batch is one statement, led by a lock and fenced by an epoch."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

import asyncpg
import msgspec

from shancheng.loop.errors import Conflict, NotHolder, Stopped
from shancheng.loop.ledger import STATE, Batch, Head, Receipt
from shancheng.loop.matter import Matter
from shancheng.store import schema
from shancheng.store.cursor import LAST
from shancheng.store.postgres import upkeep
from shancheng.store.postgres.connection import (
    LANE_LOCK,
    LOST,
    WRITE_SETTINGS,
    connected,
    make_tables,
    plain,
    sentence,
)

T = TypeVar("T")
_astuple = msgspec.structs.astuple
_KEPT = ("matter", "kind", "opened")


def _statement() -> str:
    """Everything of a batch, gated by the head: where that is not ours, nothing is written.

    Rows come as arrays of the tables' own types, which costs the server half of what an array for each column does.
    """
    names = ", ".join(schema.ROW_COLUMNS)
    values = {name: f"u.{name}" for name in schema.ROW_COLUMNS} | {"due": f"coalesce(nullif(u.due, 0), {LAST})"}
    changed = ", ".join(f"{name} = {values[name]}" for name in schema.ROW_COLUMNS if name not in _KEPT)
    added = ", ".join(f"{stage} = c.{stage} + excluded.{stage}" for stage in schema.STAGE_COLUMNS)
    return f"""
WITH h AS (
  UPDATE head SET seq = $3, hash = $4 WHERE lane = $1 AND epoch = $2 AND seq = $5 AND hash = $6 RETURNING lane),
m AS (INSERT INTO moves SELECT u.* FROM h, unnest($7::moves[]) u),
o AS (INSERT INTO matters ({names}) SELECT {", ".join(values.values())} FROM h, unnest($8::matters[]) u),
r AS (UPDATE matters r SET {changed} FROM h, unnest($9::matters[]) u WHERE r.matter = u.matter),
k AS (
  INSERT INTO counters AS c SELECT u.* FROM h, unnest($10::counters[]) u ORDER BY u.cell, u.category
  ON CONFLICT (cell, category) DO UPDATE SET {added}),
p AS (INSERT INTO parties SELECT u.* FROM h, unnest($11::parties[]) u ON CONFLICT DO NOTHING),
s AS (INSERT INTO keys SELECT u.* FROM h, unnest($12::keys[]) u ON CONFLICT DO NOTHING),
f AS (DELETE FROM keys USING h WHERE reporter = ANY($13::text[]))
SELECT count(*) FROM h
"""


_WRITE = _statement()


class PostgresLane:
    """The one writer of one lane of a PostgreSQL ledger."""

    def __init__(self, where: str, name: str, connection: Any, epoch: int, head: Head) -> None:
        self.where = where
        self.name = name
        self.head = head
        self._connection = connection
        self._epoch = epoch
        self._stopped = ""
        self._turn = asyncio.Lock()
        self._write: Any = None

    @classmethod
    async def open(cls, where: str, name: str) -> "PostgresLane":
        """Take the lane; a second writer is refused here, a former one is fenced off."""
        connection = await connected(where, WRITE_SETTINGS)
        try:
            await make_tables(connection, where)
            if not await connection.fetchval("SELECT pg_try_advisory_lock($1, hashtext($2))", LANE_LOCK, name):
                raise NotHolder(
                    f"Lane {name} of {plain(where)} is already written by another process. Stop that first; "
                    "reading is possible meanwhile."
                )
            epoch, seq, digest = await connection.fetchrow(
                "INSERT INTO head AS h VALUES ($1, 0, $2, 1) ON CONFLICT (lane) DO UPDATE SET epoch = h.epoch + 1 "
                "RETURNING epoch, seq, hash",
                name,
                Head().hash,
            )
            lane = cls(where, name, connection, epoch, Head(seq, digest))
            lane._write = await connection.prepare(_WRITE)
        except BaseException as error:
            connection.terminate()
            if isinstance(error, asyncpg.PostgresError | asyncpg.InterfaceError | OSError):
                raise sentence(error, where, "taken") from error
            raise
        return lane

    async def states(self, matters: Iterable[str]) -> dict[str, Matter]:
        """The matters that exist, by id."""
        rows = await self._rows("SELECT matter, state FROM matters WHERE matter = ANY($1)", list(matters))
        return {matter: STATE.decode(state) for matter, state in rows}

    async def receipts(self, keys: Iterable[str]) -> dict[str, tuple[int, Receipt]]:
        """Checksum and receipt of the first move written under each idempotency key."""
        rows = await self._rows(
            "SELECT idem, mark, seq, matter, matter_seq, verb, recorded FROM moves WHERE idem = ANY($1) AND lane = $2",
            list(keys),
            self.name,
        )
        return {
            idem: (
                mark,
                Receipt(lane=self.name, seq=seq, matter=matter, matter_seq=matter_seq, verb=verb, recorded=recorded),
            )
            for idem, mark, seq, matter, matter_seq, verb, recorded in rows
        }

    async def _rows(self, sql: str, *values: Any) -> list[Any]:
        async with self._turn:
            if self._stopped:
                raise Stopped(self._stopped)
            try:
                found: list[Any] = await self._connection.fetch(sql, *values)
            except (asyncpg.PostgresError, *LOST) as error:
                raise self._stop(error, "read") from error
        return found

    async def append(self, batch: Batch) -> None:
        """Make the batch durable in one round trip."""
        async with self._turn:
            if self._stopped:
                raise Stopped(self._stopped)
            self._stopped = f"A commit to {plain(self.where)} was abandoned; what became of it is in the ledger."
            written = await self._send(_values(self.name, self._epoch, batch))
            self._stopped = ""
            if not written:
                await self._explain(batch)
        self.head = batch.head

    async def index_words(self, limit: int) -> int:
        """Take the words of up to `limit` more moves of every lane into the search; how many moves were passed."""
        return await self._work(lambda db: upkeep.index_words(db, limit))

    async def renumber(self, left_of: Callable[[int], int]) -> int:
        """Give every matter the depth-first number its place has after a reform; how many changed."""
        return await self._work(lambda db: upkeep.renumber(db, left_of))

    async def remember(self, key: str, value: str) -> None:
        """Keep a fact about the ledger itself, such as the fingerprint of its rules."""
        sql = "INSERT INTO meta VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
        await self._work(lambda db: db.execute(sql, key, value))

    async def _work(self, work: Callable[[Any], Awaitable[T]]) -> T:
        """Something beside the moves, in a transaction of its own."""
        async with self._turn:
            if self._stopped:
                raise Stopped(self._stopped)
            try:
                async with self._connection.transaction():
                    return await work(self._connection)
            except (asyncpg.PostgresError, *LOST) as error:
                raise self._stop(error, "written") from error

    async def _send(self, values: list[Any]) -> bool:
        try:
            return bool(await self._write.fetchval(*values))
        except asyncpg.UniqueViolationError as error:
            self._stopped = ""
            raise Conflict(f"Nothing was written: it is in the ledger already ({error.detail or error}).") from error
        except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, ValueError, OverflowError) as error:
            self._stopped = ""
            raise Conflict(f"A move holds a value that the ledger cannot keep: {error}.") from error
        except (asyncpg.PostgresError, *LOST) as error:
            raise self._stop(error, "written") from error

    async def _explain(self, batch: Batch) -> None:
        try:
            found = await self._connection.fetchrow("SELECT epoch, seq FROM head WHERE lane = $1", self.name)
        except (asyncpg.PostgresError, *LOST) as error:
            raise self._stop(error, "read") from error
        if found is None or found["epoch"] != self._epoch:
            self._stopped = f"Lane {self.name} of {plain(self.where)} was taken over by another writer; this one stops."
            raise NotHolder(self._stopped)
        raise Conflict(
            f"The lane {self.name} stands at {found['seq']}, not at {batch.previous.seq}; nothing was written."
        )

    def _stop(self, error: Exception, doing: str) -> Exception:
        stopped = sentence(error, self.where, doing)
        self._stopped = str(stopped)
        return stopped

    async def close(self) -> None:
        """Give the lane up."""
        self._stopped = self._stopped or f"Lane {self.name} was given up; open it again to write."
        try:
            await self._connection.close(timeout=5)
        except (asyncpg.PostgresError, *LOST):
            self._connection.terminate()


def _values(lane: str, epoch: int, batch: Batch) -> list[Any]:
    """The values of `_WRITE`."""
    opened = {move.matter for move in batch.moves if move.matter_seq == 1}
    head, before = batch.head, batch.previous
    return [
        *(lane, epoch, head.seq, head.hash, before.seq, before.hash),
        list(map(_astuple, batch.moves)),
        [_astuple(row) for row in batch.rows if row.matter in opened],
        [_astuple(row) for row in batch.rows if row.matter not in opened],
        [(*cell, *deltas) for cell, deltas in batch.counters.items()],
        list(batch.parties),
        list(map(_astuple, batch.keys)),
        list(batch.forgotten),
    ]
