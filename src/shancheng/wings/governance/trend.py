"""The trend: how many matters came in and were closed on each of the last days, by place and category.

A report counts on the day it occurred, also when it is merged later; a closing on the day of the closing, each time.
Drills are left out. A matter is counted under the category it had once it was taken on.
"""

import asyncio
import datetime as dt
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np
from numpy.typing import NDArray

from shancheng.loop.ledger import Reader
from shancheng.loop.matter import Stage
from shancheng.loop.move import Move
from shancheng.loop.rules import Rules
from shancheng.wings.governance.book import Register

DAYS = 14
DAY = 86_400
RING = 16
"""Days that are kept: those shown, and room for what is written down late."""
AT_ONCE, BESIDE = 2_000, 500
"""Moves read at once behind the house, and when somebody asks."""
WAITING_MAX, GROUPED_MAX = 100_000, 64
ELSEWHERE = -1
OPENED, CLOSED = 0, 1
TOLD = frozenset({"report", "split", "accept", "refuse", "close"})
"""Verbs by which a matter begins, is sorted or is closed; the others change nothing here."""
Counts = NDArray[np.int64]


class Series(msgspec.Struct, frozen=True):
    """Counts by day, oldest first; the last day is not over."""

    opened: tuple[int, ...]
    closed: tuple[int, ...]


NOTHING = Series((0,) * DAYS, (0,) * DAYS)


class Trend(msgspec.Struct, frozen=True, kw_only=True):
    """The last days of a place, of the places right below it, and of its topmost categories."""

    days: tuple[int, ...]
    """First instant of each day; empty where days are not counted, below the level that boards count at."""
    seq: int
    """Last line of the ledger that went in."""
    whole: bool
    """False while older lines are still being read."""
    place: Series = NOTHING
    places: dict[int, Series] = {}
    categories: dict[str, Series] = {}


@dataclass(frozen=True, eq=False)
class Groups:
    """Pairs that are counted at a place, and what each is summed up with."""

    held: Counts
    """Their numbers."""
    child: Counts
    """Number of the place below that each lies under; the one after the last is the place itself."""
    top: Counts
    """Number of the topmost category of each."""
    names: tuple[str, ...]
    """Keys of the topmost categories."""


@dataclass(eq=False)
class TrendKeeper:
    """Follows one lane from the first of the last days on; holds numbers alone."""

    reader: Reader
    lane: str
    seq: int = -1
    whole: bool = False
    _pairs: Register = field(default_factory=Register)
    _counts: Counts = field(default_factory=lambda: np.zeros((256, RING, 2), np.int64))
    _days: list[int] = field(default_factory=lambda: [0] * RING)
    _waiting: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Of matters not taken on yet: day and pair they are counted under."""
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _grouped: OrderedDict[Hashable, Groups] = field(default_factory=OrderedDict)

    async def read_on(self, rules: Rules, now: int, most: int = AT_ONCE) -> int:
        """Take up to about `most` lines in that are new; gives how many there were, 0 where somebody else reads on."""
        if self._turn.locked():
            return 0
        async with self._turn:
            return await self._read_on(rules, now, most)

    async def _read_on(self, rules: Rules, now: int, most: int) -> int:
        if self.seq < 0:
            self.seq = await self._first(now - RING * DAY)
        begun = self.seq
        async for moves in self.reader.moves(self.lane, self.seq, self.seq + most):
            for move in moves:
                if move.verb in TOLD and move.seq > self.seq:
                    await self._take(move, rules)
                self.seq = max(self.seq, move.seq)
        self.whole = self.seq - begun < most
        return self.seq - begun

    async def _first(self, since: int) -> int:
        """The line before the first one that was written since an instant, by halving."""
        low, high = 0, 1
        while (found := await self._recorded(high)) and found < since:
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            found = await self._recorded(middle)
            low, high = (middle, high) if found and found < since else (low, middle)
        return low

    async def _recorded(self, seq: int) -> int:
        """When a line was written; 0 where there is none."""
        async for moves in self.reader.moves(self.lane, seq - 1, seq):
            return moves[0].recorded
        return 0

    async def _take(self, move: Move, rules: Rules) -> None:
        then, day = move.then, dt.datetime.fromtimestamp(min(move.at, move.recorded), rules.zone).toordinal()
        opening = then.opening is not None and then.about is not None
        if opening and then.about is not None and not (then.marks and then.marks.drill):
            pair = self._pairs.number((then.about.cell, then.about.category))
            self._add(day, pair, OPENED, 1)
            if then.stage is None or then.stage is Stage.REPORTED:
                self._wait(move.matter, day, pair)
        elif move.matter in self._waiting:
            before, pair = self._waiting.pop(move.matter)
            if then.about is not None:
                self._add(before, pair, OPENED, -1)
                self._add(before, self._pairs.number((then.about.cell, then.about.category)), OPENED, 1)
        if then.stage is Stage.CLOSED:
            matter = await self.reader.matter(move.matter)
            if matter is not None and not matter.marks.drill:
                self._add(day, self._pairs.number((matter.about.cell, matter.about.category)), CLOSED, 1)

    def _wait(self, matter: str, day: int, pair: int) -> None:
        self._waiting[matter] = (day, pair)
        if len(self._waiting) > WAITING_MAX:
            del self._waiting[next(iter(self._waiting))]

    def _add(self, day: int, pair: int, what: int, number: int) -> None:
        """Count on a day; a day that is newer than the one in its place takes that one over."""
        column = day % RING
        if day < self._days[column]:
            return
        if day > self._days[column]:
            self._days[column] = day
            self._counts[:, column] = 0
        if pair >= len(self._counts):
            self._counts = np.concatenate([self._counts, np.zeros_like(self._counts)])
        self._counts[pair, column, what] += number

    def trend(self, place: int, rules: Rules, kinds: Sequence[str], now: int) -> Trend:
        """What is counted at a place that is in the tree and not below the cells."""
        today = dt.datetime.fromtimestamp(now, rules.zone).date()
        days = [today - dt.timedelta(days=back) for back in reversed(range(DAYS))]
        children = [int(child) for child in rules.places.children(place)]
        groups = self._groups(place, children, rules, tuple(kinds), now)
        table = self._of_days(groups.held, [day.toordinal() for day in days])
        by_place, by_top = (
            _summed(table, groups.child, len(children) + 1),
            _summed(table, groups.top, len(groups.names)),
        )
        return Trend(
            days=tuple(int(dt.datetime.combine(day, dt.time(), rules.zone).timestamp()) for day in days),
            seq=max(0, self.seq),
            whole=self.whole,
            place=_series(by_place.sum(axis=0)),
            places={child: _series(by_place[number]) for number, child in enumerate(children)},
            categories={name: _series(by_top[number]) for number, name in enumerate(groups.names)},
        )

    def _of_days(self, pairs: Counts, days: Sequence[int]) -> Counts:
        """Counts[pair, day, what] of some pairs and days; nothing for a day that is not kept."""
        columns = [day % RING for day in days]
        kept = np.array([self._days[column] == day for column, day in zip(columns, days, strict=True)])
        found: Counts = self._counts[pairs[:, None], columns] * kept[None, :, None]
        return found

    def _groups(self, place: int, children: Sequence[int], rules: Rules, kinds: tuple[str, ...], now: int) -> Groups:
        """Which pairs are counted at a place, and with which others; worked out anew when there are more of them."""
        key = (place, kinds, len(self._pairs.keys), rules.places.etag, id(rules), rules.day(now))
        found = self._grouped.get(key)
        if found is None:
            found = self._grouped[key] = _groups(self._pairs.keys, place, children, rules, kinds, now)
            if len(self._grouped) > GROUPED_MAX:
                self._grouped.popitem(last=False)
        return found


def _groups(
    pairs: Sequence[tuple[int, str]], place: int, children: Sequence[int], rules: Rules, kinds: Sequence[str], now: int
) -> Groups:
    tree = rules.places
    left, right = tree.left_right(place)
    bounds = [tree.left_right(child) for child in children]
    under: dict[int, int] = {}
    for cell in {cell for cell, _ in pairs}:
        position = tree.left_right(rules.where(cell, now) or place)[0]
        child = next((number for number, (low, high) in enumerate(bounds) if low <= position <= high), len(children))
        under[cell] = child if left <= position <= right else ELSEWHERE
    tops = {key: (rules.category_chain(key, now) or ("",))[-1] for key in {key for _, key in pairs}}
    counted = {key for key in tops if not kinds or ((record := rules.category(key, now)) and record.kind in kinds)}
    held = [number for number, (cell, key) in enumerate(pairs) if under[cell] != ELSEWHERE and key in counted]
    names = sorted({tops[pairs[number][1]] for number in held})
    return Groups(
        held=np.array(held, np.int64),
        child=np.array([under[pairs[number][0]] for number in held], np.int64),
        top=np.array([names.index(tops[pairs[number][1]]) for number in held], np.int64),
        names=tuple(names),
    )


def _summed(table: Counts, group: Counts, count: int) -> Counts:
    """Counts[group, day, what]."""
    found = np.zeros((count, *table.shape[1:]), np.int64)
    np.add.at(found, group, table)
    return found


def _series(counts: Counts) -> Series:
    return Series(tuple(counts[:, OPENED].tolist()), tuple(counts[:, CLOSED].tolist()))
