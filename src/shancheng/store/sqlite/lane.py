"""The writing side of an SQLite ledger: one batch, one transaction, one fsync."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import apsw
import msgspec

from shancheng.loop.errors import Conflict, LoopError, NotHolder, Stopped
from shancheng.loop.ledger import STATE, Batch, Head, Receipt, Row
from shancheng.loop.matter import Matter
from shancheng.store import schema
from shancheng.store.cursor import LAST
from shancheng.store.sqlite.connection import CHECKPOINT_PAGES, Hold, reader, sentence, shut, writer
from shancheng.store.sqlite.projection import index_words, renumber

_MARKS = ", ".join("?" for _ in schema.MOVE_COLUMNS)
WRITE_MOVE = f"INSERT INTO moves VALUES ({_MARKS})"
_PLACES = {name: number + 1 for number, name in enumerate(schema.ROW_COLUMNS)}
_VALUE = {name: f"?{number}" for name, number in _PLACES.items()} | {
    "due": f"ifnull(nullif(?{_PLACES['due']}, 0), {LAST})"
}
_LISTED = ("place_left", "due", "wake", "is_open")
"""Columns that lists are ordered by. Their indexes are only touched when one of them has changed."""
OPEN_MATTER = (
    f"INSERT INTO matters ({', '.join(schema.ROW_COLUMNS)}) VALUES ({', '.join(_VALUE[n] for n in schema.ROW_COLUMNS)})"
)
_KEPT = ("matter", "kind", "opened")
_WRITE_MATTER = (
    "UPDATE matters SET "
    + ", ".join(f"{name} = {_VALUE[name]}" for name in schema.ROW_COLUMNS if name not in (*_KEPT, *_LISTED))
    + f" WHERE matter = ?{_PLACES['matter']}"
)
_LIST_MATTER = (
    f"UPDATE matters SET {', '.join(f'{name} = ?{n + 1}' for n, name in enumerate(_LISTED))} WHERE matter = ?5 "
    f"AND ({', '.join(_LISTED)}) <> (?1, ?2, ?3, ?4)"
)
WRITE_COUNTER = (
    f"INSERT INTO counters VALUES (?, ?, {', '.join('?' for _ in schema.STAGE_COLUMNS)}) ON CONFLICT DO UPDATE SET "
    + ", ".join(f"{stage} = {stage} + excluded.{stage}" for stage in schema.STAGE_COLUMNS)
)
WRITE_PARTY = "INSERT OR IGNORE INTO parties VALUES (?, ?)"
_WRITE_KEY = "INSERT OR IGNORE INTO keys VALUES (?, ?)"
_FORGET_KEY = "DELETE FROM keys WHERE reporter = ?"
_WRITE_HEAD = "UPDATE head SET seq = ?, hash = ? WHERE lane = ? AND epoch = ? AND seq = ? AND hash = ?"
astuple = msgspec.structs.astuple


class SqliteLane:
    """The one writer of an SQLite ledger."""

    def __init__(
        self, path: Path, name: str, *, vfs: str | None = None, checkpoint_pages: int = CHECKPOINT_PAGES
    ) -> None:
        """Take the ledger; a second writer is refused here."""
        self.name = name
        self.path = path
        self._stopped = ""
        with contextlib.ExitStack() as opened:
            self._hold = Hold(path, name)
            opened.callback(self._hold.release)
            self._connection = writer(path, vfs=vfs, checkpoint_pages=checkpoint_pages)
            opened.callback(shut, self._connection)
            self._epoch, self.head = self._take()
            self._near = reader(path, vfs=vfs)
            opened.pop_all()
        self._committer = ThreadPoolExecutor(1, thread_name_prefix=f"commit {name}")
        self._turn = asyncio.Lock()

    def _take(self) -> tuple[int, Head]:
        try:
            with self._connection as db:
                found: list[Any] = db.execute(
                    "INSERT INTO head VALUES (?, 0, ?, 1) ON CONFLICT DO UPDATE SET epoch = epoch + 1 "
                    "RETURNING epoch, seq, hash",
                    (self.name, Head().hash),
                ).fetchall()
        except apsw.Error as error:
            raise sentence(error, self.path, "taken") from error
        epoch, seq, digest = found[0]
        return epoch, Head(seq, digest)

    async def states(self, matters: Iterable[str]) -> dict[str, Matter]:
        """The matters that exist, by id."""
        found: dict[str, Matter] = {}
        execute = self._near.execute
        for matter in matters:
            state = execute("SELECT state FROM matters WHERE matter = ?", (matter,)).get
            if state is not None:
                found[matter] = STATE.decode(state)
        return found

    async def receipts(self, keys: Iterable[str]) -> dict[str, tuple[int, Receipt]]:
        """Checksum and receipt of the first move written under each idempotency key."""
        found: dict[str, tuple[int, Receipt]] = {}
        sql = "SELECT mark, lane, seq, matter, matter_seq, verb, recorded FROM moves WHERE idem = ? AND lane = ?"
        for key in keys:
            for mark, lane, seq, matter, matter_seq, verb, recorded in self._near.execute(sql, (key, self.name)):
                found[key] = (
                    mark,
                    Receipt(lane=lane, seq=seq, matter=matter, matter_seq=matter_seq, verb=verb, recorded=recorded),
                )
        return found

    async def append(self, batch: Batch) -> None:
        """Make the batch durable: statements here, only the COMMIT, which waits for the disk, in a thread."""
        async with self._turn:
            self._check_usable()
            self._write(lambda: self._write_batch(batch), batch)
            await self._commit()
            self.head = batch.head

    async def index_words(self, limit: int) -> int:
        """Take the words of up to `limit` more moves of every lane into the search; how many moves were passed."""
        async with self._turn:
            self._check_usable()
            passed = 0

            def work() -> None:
                nonlocal passed
                passed = index_words(self._connection, limit)

            self._write(work)
            await self._commit()
        return passed

    async def renumber(self, left_of: Callable[[int], int]) -> int:
        """Give every matter the depth-first number its place has after a reform; how many changed."""
        async with self._turn:
            self._check_usable()
            changed = 0

            def work() -> None:
                nonlocal changed
                changed = renumber(self._connection, left_of)

            self._write(work)
            await self._commit()
        return changed

    async def remember(self, key: str, value: str) -> None:
        """Keep a fact about the ledger itself, such as the fingerprint of its rules."""
        async with self._turn:
            self._check_usable()
            sql = "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value"
            self._write(lambda: self._connection.execute(sql, (key, value)))
            await self._commit()

    def _check_usable(self) -> None:
        if self._stopped:
            raise Stopped(self._stopped)

    async def _commit(self) -> None:
        self._stopped = f"A commit to {self.path} was abandoned; what became of it is in the ledger. Open it again."
        try:
            await asyncio.get_running_loop().run_in_executor(self._committer, self._connection.execute, "COMMIT")
        except apsw.Error as error:
            raise self._stop(error) from error
        self._stopped = ""

    def _write(self, work: Callable[[], object], batch: Batch | None = None) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            work()
        except apsw.ConstraintError as error:
            self._undo()
            raise Conflict(_taken(batch, error)) from error
        except apsw.BusyError as error:
            self._undo()
            raise NotHolder(f"Somebody else writes to {self.path} although this process holds it; stop one.") from error
        except apsw.Error as error:
            raise self._stop(error) from error
        except (TypeError, ValueError, OverflowError) as error:
            self._undo()
            raise Conflict(f"A move holds a value that the ledger cannot keep: {error}.") from error
        except LoopError:
            self._undo()
            raise

    def _write_head(self, batch: Batch) -> None:
        head, before, db = batch.head, batch.previous, self._connection
        db.execute(_WRITE_HEAD, (head.seq, head.hash, self.name, self._epoch, before.seq, before.hash))
        if db.changes():
            return
        epoch, seq = db.execute("SELECT epoch, seq FROM head WHERE lane = ?", (self.name,)).fetchall()[0]
        if epoch != self._epoch:
            self._stopped = f"The lane {self.name} of {self.path} was taken over by another writer; this one stops."
            raise NotHolder(self._stopped)
        raise Conflict(f"The lane {self.name} stands at {seq}, not at {before.seq}; nothing was written.")

    def _write_batch(self, batch: Batch) -> None:
        self._write_head(batch)
        many = self._connection.executemany
        many(WRITE_MOVE, map(astuple, batch.moves))
        opened = {move.matter for move in batch.moves if move.matter_seq == 1}
        many(OPEN_MATTER, [astuple(row) for row in batch.rows if row.matter in opened])
        known = [row for row in batch.rows if row.matter not in opened]
        if known:
            self._rewrite(known)
        if batch.counters:
            many(WRITE_COUNTER, [(*cell, *deltas) for cell, deltas in batch.counters.items()])
        if batch.parties:
            many(WRITE_PARTY, batch.parties)
        if batch.keys:
            many(_WRITE_KEY, map(astuple, batch.keys))
        if batch.forgotten:
            many(_FORGET_KEY, [(reporter,) for reporter in batch.forgotten])

    def _rewrite(self, known: Sequence[Row]) -> None:
        self._connection.executemany(_WRITE_MATTER, map(astuple, known))
        listed = [(row.left, row.due or LAST, row.wake, row.is_open, row.matter) for row in known]
        self._connection.executemany(_LIST_MATTER, listed)

    def _undo(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _stop(self, error: apsw.Error) -> LoopError:
        """After a fault of the disk nothing is tried again: what is in memory and on the disk may differ."""
        stopped = sentence(error, self.path, "written")
        self._stopped = str(stopped)
        return stopped

    async def close(self) -> None:
        """Give the lane up."""
        self._stopped = self._stopped or f"The lane {self.name} of {self.path} was given up; open it again to write."
        self._committer.shutdown(wait=True)
        self._near.close()
        try:
            shut(self._connection)
        finally:
            self._hold.release()


def _taken(batch: Batch | None, error: apsw.ConstraintError) -> str:
    if batch is None or not batch.moves:
        return f"Nothing was written: something is in the ledger already ({error})."
    what = (
        f"{len(batch.moves)} moves" if len(batch.moves) > 1 else f"the {batch.moves[0].verb} of {batch.moves[0].matter}"
    )
    return f"Nothing of {what} was written: something is in the ledger already ({error})."
