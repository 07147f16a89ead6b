"""The reading side of a PostgreSQL ledger: a small pool of connections that may only read."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import asyncpg

from shancheng.loop.errors import Stopped
from shancheng.loop.ledger import STATE, Count, Due, Head, Page, Query, Scope
from shancheng.loop.matter import Matter
from shancheng.loop.move import Move
from shancheng.store import query as sql
from shancheng.store import schema
from shancheng.store.cursor import Cursor
from shancheng.store.postgres.connection import (
    LOST,
    READ_SETTINGS,
    connected,
    plain,
    sentence,
    version_of,
)
from shancheng.store.query import POSTGRES, Drive

CONNECTIONS = 4
CHUNK = 1000
"""Moves read at once."""
_MOVES = f"SELECT {', '.join(schema.MOVE_COLUMNS)} FROM moves"
_SUMS = ", ".join(f"sum({stage})::bigint" for stage in schema.STAGE_COLUMNS)


class PostgresReader:
    """Reads what is durable; never waits for the writer."""

    def __init__(self, where: str, pool: Any) -> None:
        self.where = where
        self._pool = pool

    @classmethod
    async def open(cls, where: str) -> "PostgresReader":
        """Connect and look whether a ledger is there."""
        connection = await connected(where, READ_SETTINGS)
        version = await version_of(connection)
        await connection.close()
        if not version:
            raise Stopped(
                f"There is no ledger in {plain(where)}; name the right database, or make one with `shancheng up`."
            )
        schema.check_version(version, plain(where))
        pool = await asyncpg.create_pool(where, min_size=1, max_size=CONNECTIONS, server_settings=READ_SETTINGS)
        return cls(where, pool)

    async def _rows(self, statement: str, *values: Any) -> list[Any]:
        try:
            found: list[Any] = await self._pool.fetch(statement, *values)
        except (asyncpg.PostgresError, *LOST) as error:
            raise sentence(error, self.where, "read") from error
        return found

    async def head(self, lane: str) -> Head:
        """The last durable line of a lane."""
        return (await self.heads()).get(lane, Head())

    async def heads(self) -> dict[str, Head]:
        """The last durable line of every lane."""
        rows = await self._rows("SELECT lane, seq, hash FROM head")
        return {lane: Head(seq, digest) for lane, seq, digest in rows}

    async def matter(self, matter: str) -> Matter | None:
        """One matter as it stands."""
        rows = await self._rows("SELECT state FROM matters WHERE matter = $1", matter)
        return STATE.decode(rows[0][0]) if rows else None

    async def history(self, matter: str) -> list[Move]:
        """All moves of one matter, in order."""
        rows = await self._rows(f"{_MOVES} WHERE matter = $1 ORDER BY matter_seq", matter)
        return [Move(**row) for row in rows]

    async def moves(self, lane: str, after: int = 0, until: int | None = None) -> AsyncIterator[Sequence[Move]]:
        """The moves of a lane in order, in chunks; no snapshot is held between chunks."""
        end = (await self.head(lane)).seq if until is None else until
        chunk = f"{_MOVES} WHERE lane = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT {CHUNK}"
        while after < end:
            rows = await self._rows(chunk, lane, after, end)
            if not rows:
                return
            yield [Move(**row) for row in rows]
            after = rows[-1]["seq"]

    async def find(self, query: Query) -> Page:
        """A page of matters."""
        limit = sql.clamped(query.limit)
        if query.scope.nothing or query.scope.ranges == ():
            return Page(())
        drive: Drive = "words" if query.words else "order"
        statement = sql.listed(query, POSTGRES, drive)
        found = await self._rows(
            f"SELECT l.*, s.state FROM ({statement.sql}) l JOIN matters s USING (matter)", *statement.values
        )
        found.sort(key=lambda row: (row["value"], row["matter"]), reverse=query.order != "due")
        page = found[:limit]
        states = tuple(STATE.decode(row["state"]) for row in page)
        return Page(states, str(Cursor(page[-1]["value"], page[-1]["matter"])) if len(found) > limit else "")

    async def counts(self, cells: Sequence[int] | None = None) -> list[Count]:
        """Counters of these cells (None: all), one per cell and category."""
        where = sql.counted_in(cells, POSTGRES)
        columns = f"cell, category, {', '.join(schema.STAGE_COLUMNS)}"
        rows = await self._rows(f"SELECT {columns} FROM counters WHERE {where}", *where.values)
        return sorted(
            (Count(row[0], row[1], tuple(row)[2:]) for row in rows if any(tuple(row)[2:])),
            key=lambda c: (c.cell, c.category),
        )

    async def counts_by_category(self, cells: Sequence[int] | None = None) -> dict[str, tuple[int, ...]]:
        """Counters summed over the cells."""
        return await self._summed("category", cells)

    async def counts_by_cell(self, cells: Sequence[int] | None = None) -> dict[int, tuple[int, ...]]:
        """Counters summed over the categories."""
        return await self._summed("cell", cells)

    async def _summed(self, by: str, cells: Sequence[int] | None) -> dict[Any, tuple[int, ...]]:
        where = sql.counted_in(cells, POSTGRES)
        rows = await self._rows(f"SELECT {by}, {_SUMS} FROM counters WHERE {where} GROUP BY {by}", *where.values)
        return {row[0]: tuple(row)[1:] for row in sorted(rows, key=lambda row: row[0]) if any(tuple(row)[1:])}

    async def due(self, scope: Scope, instants: Sequence[int]) -> Due:
        """Open matters whose next promise breaks before the last of some ascending instants, counted."""
        statement = sql.due(scope, instants, POSTGRES)
        rows = await self._rows(statement.sql, *statement.values)
        return sql.dues((tuple(row) for row in rows), len(instants))

    async def woken(self, until: int, limit: int) -> list[str]:
        """Matters the engine has to look at by `until`, earliest first."""
        earliest = "SELECT matter FROM matters WHERE wake > 0 AND wake <= $1 ORDER BY wake, matter LIMIT $2"
        return [row["matter"] for row in await self._rows(earliest, until, limit)]

    async def key(self, reporter: str) -> bytes | None:
        """A reporter's wrapped data keys, one after the other; None once destroyed."""
        rows = await self._rows("SELECT wrapped FROM keys WHERE reporter = $1", reporter)
        return b"".join(row["wrapped"] for row in rows) or None

    async def meta(self, key: str) -> str:
        """A fact about the ledger itself, such as the fingerprint of its rules; empty when there is none."""
        rows = await self._rows("SELECT value FROM meta WHERE key = $1", key)
        return rows[0]["value"] if rows else ""

    async def close(self) -> None:
        """Let the server go."""
        await self._pool.close()
