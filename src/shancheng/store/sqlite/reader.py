"""The reading side of an SQLite ledger: by key at once, lists and sums in a thread, each as one step."""

import asyncio
import contextlib
import queue
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import apsw
import msgspec

from shancheng.loop.errors import Damaged
from shancheng.loop.ledger import STATE, Count, Due, Head, Page, Query, Scope
from shancheng.loop.matter import Matter
from shancheng.loop.move import Move
from shancheng.store import query as sql
from shancheng.store import schema
from shancheng.store.cursor import LAST, Cursor, cursor_of
from shancheng.store.query import SQLITE, Drive, Statement
from shancheng.store.sqlite.connection import reader, sentence, shut

T = TypeVar("T")
THREADS = 2
CHUNK = 500
"""Moves read at once; about two milliseconds of the loop."""
FEW = 5000
"""A party or range with fewer matters than this is listed by walking them; a larger one by walking the order."""
_MOVES = f"SELECT {', '.join(schema.MOVE_COLUMNS)} FROM moves"
_SUMS = ", ".join(f"sum({stage})" for stage in schema.STAGE_COLUMNS)


class SqliteReader:
    """Reads what is durable; never waits for the writer."""

    def __init__(self, path: Path, *, vfs: str | None = None, few: int = FEW) -> None:
        self.path = path
        self.few = few
        self._far: queue.SimpleQueue[apsw.Connection] = queue.SimpleQueue()
        with contextlib.ExitStack() as opened:
            self._near = reader(path, vfs=vfs)
            opened.callback(shut, self._near)
            for _ in range(THREADS):
                far = reader(path, vfs=vfs)
                opened.callback(shut, far)
                self._far.put(far)
            opened.pop_all()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="read")

    async def head(self, lane: str) -> Head:
        """The last durable line of a lane."""
        return (await self.heads()).get(lane, Head())

    async def heads(self) -> dict[str, Head]:
        """The last durable line of every lane."""
        return {lane: Head(seq, digest) for lane, seq, digest in self._rows("SELECT lane, seq, hash FROM head", ())}

    async def matter(self, matter: str) -> Matter | None:
        """One matter as it stands."""
        found = self._rows("SELECT state FROM matters WHERE matter = ?", (matter,))
        return STATE.decode(found[0][0]) if found else None

    async def history(self, matter: str) -> list[Move]:
        """All moves of one matter, in order."""
        rows = self._rows(f"{_MOVES} WHERE matter = ? ORDER BY matter_seq", (matter,))
        return [move_of(row) for row in rows]

    async def moves(self, lane: str, after: int = 0, until: int | None = None) -> AsyncIterator[Sequence[Move]]:
        """The moves of a lane in order, in chunks; no snapshot is held between chunks."""
        end = (await self.head(lane)).seq if until is None else until
        while after < end:
            chunk = f"{_MOVES} WHERE lane = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT {CHUNK}"
            rows = self._rows(chunk, (lane, after, end))
            if not rows:
                return
            yield [move_of(row) for row in rows]
            after = rows[-1][1]
            await asyncio.sleep(0)

    async def find(self, query: Query) -> Page:
        """A page of matters; the search runs in a thread, the states are fetched by key."""
        limit = sql.clamped(query.limit)
        found = await self._in_thread(lambda db: _search(db, query, self.few))
        page = found[:limit]
        states: list[Matter] = []
        for _, matter in page:
            rows = self._rows("SELECT state FROM matters WHERE matter = ?", (matter,))
            states.extend(STATE.decode(row[0]) for row in rows)
        return Page(tuple(states), str(Cursor(*page[-1])) if len(found) > limit else "")

    async def counts(self, cells: Sequence[int] | None = None) -> list[Count]:
        """Counters of these cells (None: all), one per cell and category."""
        where = sql.counted_in(cells, SQLITE)
        columns = f"cell, category, {', '.join(schema.STAGE_COLUMNS)}"
        statement = Statement(f"SELECT {columns} FROM counters WHERE {where} ORDER BY 1, 2", tuple(where.values))
        rows = await self._in_thread(lambda db: _one_step(db, statement, len(schema.STAGE_COLUMNS) + 2))
        return [Count(row[0], row[1], tuple(row[2:])) for row in rows if any(row[2:])]

    async def counts_by_category(self, cells: Sequence[int] | None = None) -> dict[str, tuple[int, ...]]:
        """Counters summed over the cells."""
        return await self._summed("category", cells)

    async def counts_by_cell(self, cells: Sequence[int] | None = None) -> dict[int, tuple[int, ...]]:
        """Counters summed over the categories."""
        return await self._summed("cell", cells)

    async def _summed(self, by: str, cells: Sequence[int] | None) -> dict[Any, tuple[int, ...]]:
        where = sql.counted_in(cells, SQLITE)
        summed = f"SELECT {by}, {_SUMS} FROM counters WHERE {where} GROUP BY {by} ORDER BY {by}"
        statement = Statement(summed, tuple(where.values))
        rows = await self._in_thread(lambda db: _one_step(db, statement, len(schema.STAGE_COLUMNS) + 1))
        return {row[0]: tuple(row[1:]) for row in rows if any(row[1:])}

    async def due(self, scope: Scope, instants: Sequence[int]) -> Due:
        """Open matters whose next promise breaks before the last of some ascending instants, counted."""
        rows = await self._in_thread(lambda db: _one_step(db, sql.due(scope, instants, SQLITE), 4))
        return sql.dues(rows, len(instants))

    async def woken(self, until: int, limit: int) -> list[str]:
        """Matters the engine has to look at by `until`, earliest first."""
        earliest = "SELECT matter FROM matters WHERE wake > 0 AND wake <= ? ORDER BY wake, matter LIMIT ?"
        return [row[0] for row in self._rows(earliest, (until, limit))]

    async def key(self, reporter: str) -> bytes | None:
        """A reporter's wrapped data keys, one after the other; None once destroyed."""
        found = self._rows("SELECT wrapped FROM keys WHERE reporter = ?", (reporter,))
        return b"".join(row[0] for row in found) or None

    async def meta(self, key: str) -> str:
        """A fact about the ledger itself, such as the fingerprint of its rules; empty when there is none."""
        found = self._rows("SELECT value FROM meta WHERE key = ?", (key,))
        return found[0][0] if found else ""

    async def close(self) -> None:
        """Let the file go."""
        self._threads.shutdown(wait=True)
        shut(self._near)
        while not self._far.empty():
            shut(self._far.get())

    def _rows(self, statement: str, values: tuple[sql.Value, ...]) -> list[Any]:
        try:
            return self._near.execute(statement, values).fetchall()
        except UnicodeDecodeError as error:
            raise Damaged(f"The ledger {self.path} holds text that is none ({error}); run `ledger verify`.") from error
        except apsw.Error as error:
            raise sentence(error, self.path, "read") from error

    async def _in_thread(self, read: Callable[[apsw.Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._borrow, read)

    def _borrow(self, read: Callable[[apsw.Connection], T]) -> T:
        connection = self._far.get()
        try:
            return read(connection)
        except apsw.Error as error:
            raise sentence(error, self.path, "read") from error
        finally:
            self._far.put(connection)


def move_of(row: Sequence[Any]) -> Move:
    """A move as it was read, columns in the order of `MOVE_COLUMNS`."""
    return Move(**dict(zip(schema.MOVE_COLUMNS, row, strict=True)))


def _one_step(db: apsw.Connection, statement: Statement, width: int) -> list[Any]:
    """All rows as one value: a thread that steps row by row would wait for the interpreter at every row."""
    columns = ", ".join(f"c{number}" for number in range(width))
    whole = f"WITH found ({columns}) AS ({statement.sql}) SELECT json_group_array(json_array({columns})) FROM found"
    text = db.execute(whole, statement.values).get
    found: list[Any] = msgspec.json.decode(text)
    return found


def _search(db: apsw.Connection, query: Query, few: int) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for drive in _drives(db, query, few):
        found += [(value, matter) for value, matter in _one_step(db, sql.listed(query, SQLITE, drive), 2)]
        if len(found) > sql.clamped(query.limit):
            break
    return found


def _drives(db: apsw.Connection, query: Query, few: int) -> Sequence[Drive]:
    """What to walk along, by counting at most `few` lines of each way."""
    if query.scope.nothing or query.scope.ranges == ():
        return ()
    if query.words:
        return ("words",)
    party = sql.party_of(query)
    if party and _few(db, "parties WHERE party = ?", (party,), few):
        return ("party",)
    if query.scope.ranges:
        ends = (min(low for low, _ in query.scope.ranges), max(high for _, high in query.scope.ranges))
        if _few(db, "matters INDEXED BY matters_place WHERE place_left BETWEEN ? AND ?", ends, few):
            return ("place",)
    if query.order != "due" or query.late_at:
        return ("order",)
    ended = bool(query.after) and cursor_of(query.after).value >= LAST
    rest: Drive = "idle" if query.open_only else "rest"
    return (rest,) if ended else ("order", rest)


def _few(db: apsw.Connection, source: str, values: tuple[str | int, ...], few: int) -> bool:
    number: int = db.execute(f"SELECT count(*) FROM (SELECT 1 FROM {source} LIMIT {few})", values).get
    return number < few
