"""A ledger in memory, for tests and for trying things: plain dicts, the same port, nothing kept."""

import bisect
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Hashable, Iterable, Sequence
from typing import TypeVar

from shancheng.loop.errors import Conflict, Stopped
from shancheng.loop.ledger import STATE, Batch, Count, Due, Head, Page, Query, Receipt, Row, Scope
from shancheng.loop.matter import STAGES, Matter
from shancheng.loop.move import Move
from shancheng.store.cursor import LAST, Cursor, cursor_of
from shancheng.store.query import dues
from shancheng.store.words import tokens_of

K = TypeVar("K", bound=Hashable)
CHUNK = 1000
"""Moves handed out at once."""


class MemoryLedger:
    """Lane and reader in one."""

    def __init__(self, name: str = "memory") -> None:
        self.name = name
        self.head = Head()
        self.lines: list[Move] = []
        self.rows: dict[str, Row] = {}
        self.counters: dict[tuple[int, str], list[int]] = {}
        self.parties: dict[str, set[str]] = defaultdict(set)
        self.keys: dict[str, list[bytes]] = {}
        self.words: dict[str, frozenset[str]] = {}
        self._by_matter: dict[str, list[Move]] = defaultdict(list)
        self._by_idem: dict[str, Move] = {}
        self._words_seen = 0
        self._closed = False

    async def states(self, matters: Iterable[str]) -> dict[str, Matter]:
        """The matters that exist, by id."""
        return {matter: STATE.decode(self.rows[matter].state) for matter in matters if matter in self.rows}

    async def receipts(self, keys: Iterable[str]) -> dict[str, tuple[int, Receipt]]:
        """Checksum and receipt of the first move written under each idempotency key."""
        found = (self._by_idem[key] for key in keys if key in self._by_idem)
        return {move.idem or "": (move.mark, receipt_of(move)) for move in found}

    async def append(self, batch: Batch) -> None:
        """Take the batch, whole or not at all."""
        if self._closed:
            raise Stopped(f"Lane {self.name} was given up; open it again to write.")
        self._check(batch)
        for move in batch.moves:
            self.lines.append(move)
            self._by_matter[move.matter].append(move)
            if move.idem is not None:
                self._by_idem[move.idem] = move
        self.rows.update((row.matter, row) for row in batch.rows)
        for cell, deltas in batch.counters.items():
            before = self.counters.get(cell, [0] * len(STAGES))
            self.counters[cell] = [a + b for a, b in zip(before, deltas, strict=True)]
        for party, matter in batch.parties:
            self.parties[party].add(matter)
        for key in batch.keys:
            held = self.keys.setdefault(key.reporter, [])
            held += [] if key.wrapped in held else [key.wrapped]
        for reporter in batch.forgotten:
            self.keys.pop(reporter, None)
        self.head = batch.head

    def _check(self, batch: Batch) -> None:
        if batch.previous != self.head:
            raise Conflict(f"Lane {self.name} stands at {self.head.seq}, not at {batch.previous.seq}.")
        seen_keys: set[str] = set()
        seen_lines: set[tuple[str, int]] = set()
        for move in batch.moves:
            line = (move.matter, move.matter_seq)
            taken = any(old.matter_seq == move.matter_seq for old in self._by_matter.get(move.matter, ()))
            if taken or line in seen_lines:
                raise Conflict(f"Matter {move.matter} has a move {move.matter_seq} already.")
            if move.idem is not None and (move.idem in self._by_idem or move.idem in seen_keys):
                raise Conflict(f"The idempotency key {move.idem} was used before.")
            seen_lines.add(line)
            seen_keys.add(move.idem or "")

    async def close(self) -> None:
        """Give the lane up."""
        self._closed = True

    async def heads(self) -> dict[str, Head]:
        """The last line of every lane."""
        return {self.name: self.head}

    async def matter(self, matter: str) -> Matter | None:
        """One matter as it stands."""
        return (await self.states([matter])).get(matter)

    async def history(self, matter: str) -> list[Move]:
        """All moves of one matter, in order."""
        return sorted(self._by_matter.get(matter, ()), key=lambda move: move.matter_seq)

    async def moves(self, lane: str, after: int = 0, until: int | None = None) -> AsyncIterator[Sequence[Move]]:
        """The moves of the lane in order, in chunks."""
        end = len(self.lines) if until is None else min(until, len(self.lines))
        for start in range(after, end if lane == self.name else 0, CHUNK):
            yield self.lines[start : min(start + CHUNK, end)]

    async def find(self, query: Query) -> Page:
        """A page of matters, by looking at every one of them."""
        value = SORTED_BY[query.order]
        newest_first = query.order != "due"
        rows = [row for row in self.rows.values() if self._admits(query.scope, row) and self._is_asked(query, row)]
        keyed = sorted(((value(row), row.matter) for row in rows), reverse=newest_first)
        if query.after:
            seen = cursor_of(query.after)
            keyed = [key for key in keyed if (key < seen if newest_first else key > seen)]
        page = keyed[: query.limit]
        more = len(keyed) > len(page) and bool(page)
        states = (STATE.decode(self.rows[matter].state) for _, matter in page)
        return Page(tuple(states), str(Cursor(*page[-1])) if more else "")

    def _admits(self, scope: Scope, row: Row) -> bool:
        if scope.nothing or (scope.kinds and row.kind not in scope.kinds) or (row.confidential > scope.confidential):
            return False
        if scope.party and row.matter not in self.parties.get(scope.party, ()):
            return False
        return scope.ranges is None or any(low <= row.left <= high for low, high in scope.ranges)

    def _is_asked(self, query: Query, row: Row) -> bool:
        wanted: tuple[tuple[Collection[object], object], ...] = (
            (query.stages, row.stage),
            (query.kinds, row.kind),
            (query.categories, row.category),
        )
        return (
            all(not among or value in among for among, value in wanted)
            and (row.is_open or not query.open_only)
            and row.severity <= query.severity_at_most
            and (not query.holder or row.holder == query.holder)
            and (not query.lead or row.lead == query.lead)
            and (row.supervised or not query.supervised_only)
            and (not query.late_at or 0 < row.due < query.late_at)
            and (not query.opened_from or row.opened >= query.opened_from)
            and (not query.opened_until or row.opened < query.opened_until)
            and (query.merged or not row.merged)
            and row.drill == query.drill
            and set(query.words) <= self.words.get(row.matter, frozenset())
        )

    async def counts(self, cells: Sequence[int] | None = None) -> list[Count]:
        """Counters of these cells (None: all)."""
        found = sorted(self.counters.items())
        return [
            Count(cell, category, tuple(n))
            for (cell, category), n in found
            if any(n) and (cells is None or cell in cells)
        ]

    async def counts_by_category(self, cells: Sequence[int] | None = None) -> dict[str, tuple[int, ...]]:
        """Counters summed over the cells."""
        return summed((count.category, count.stages) for count in await self.counts(cells))

    async def counts_by_cell(self, cells: Sequence[int] | None = None) -> dict[int, tuple[int, ...]]:
        """Counters summed over the categories."""
        return summed((count.cell, count.stages) for count in await self.counts(cells))

    async def due(self, scope: Scope, instants: Sequence[int]) -> Due:
        """Open matters whose next promise breaks before the last of some ascending instants, counted."""
        query = Query(scope=scope, open_only=True, late_at=instants[-1])
        rows = self.rows.values() if instants[-1] > 0 else ()
        seen = [row for row in rows if self._admits(scope, row) and self._is_asked(query, row)]
        found = [(row.cell, row.category, bisect.bisect_right(instants, row.due)) for row in seen]
        cells = Counter((cell, None, step) for cell, _, step in found)
        categories = Counter((None, category, step) for _, category, step in found)
        return dues(((*key, number) for key, number in [*cells.items(), *categories.items()]), len(instants))

    async def woken(self, until: int, limit: int) -> list[str]:
        """Matters the engine has to look at by `until`, earliest first."""
        waiting = sorted((row.wake, row.matter) for row in self.rows.values() if 0 < row.wake <= until)
        return [matter for _, matter in waiting[:limit]]

    async def key(self, reporter: str) -> bytes | None:
        """A reporter's wrapped data keys, one after the other; None once destroyed."""
        return b"".join(self.keys.get(reporter, ())) or None

    async def index_words(self, limit: int) -> int:
        """Take the words of up to `limit` more moves into the search; how many moves were passed."""
        fresh = self.lines[self._words_seen : self._words_seen + limit]
        for move in fresh:
            row = self.rows[move.matter]
            if not row.confidential:
                self.words[move.matter] = frozenset(tokens_of(STATE.decode(row.state)))
            else:
                self.words.pop(move.matter, None)
        self._words_seen += len(fresh)
        return len(fresh)


SORTED_BY: dict[str, Callable[[Row], int]] = {
    "due": lambda row: row.due or LAST,
    "opened": lambda row: row.opened,
    "moved": lambda row: row.moved,
}


def receipt_of(move: Move) -> Receipt:
    """The receipt of a move that is written."""
    return Receipt(
        lane=move.lane,
        seq=move.seq,
        matter=move.matter,
        matter_seq=move.matter_seq,
        verb=move.verb,
        recorded=move.recorded,
    )


def summed(pairs: Iterable[tuple[K, tuple[int, ...]]]) -> dict[K, tuple[int, ...]]:
    """Stage counts added up by key."""
    found: dict[K, list[int]] = {}
    for key, stages in pairs:
        so_far = found.setdefault(key, [0] * len(STAGES))
        for index, number in enumerate(stages):
            so_far[index] += number
    return {key: tuple(numbers) for key, numbers in found.items()}
