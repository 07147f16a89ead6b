"""Who looks on while the ledger grows: one reader of it in each process tells every open page what has changed."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Protocol

from shancheng.ground.access import Actor
from shancheng.loop.errors import LoopError
from shancheng.loop.matter import Matter
from shancheng.wings.governance.desk import Desk, News

LOG = logging.getLogger("shancheng.web")
BEAT_SECONDS = 0.2
REST_SECONDS = 0.4
RESTS = 4
"""Between two makings of a view, however fast the ledger grows: so long at least, and so many times what one took."""
STALE_SECONDS = 60.0
"""What nobody acts on becomes late all the same: views are made again after this long."""
NEWS_KEPT = 300
ALL_MAX, EACH_MAX = 2_000, 24
"""Pages that may look on at once: in this process, and of one signed-in browser."""


class View(Protocol):
    """What a page shows of the ledger; everybody who may see the same shares one."""

    @property
    def key(self) -> Hashable:
        """What tells it from others: language, place, and what the range of who looks makes different."""

    @property
    def event(self) -> str:
        """Name of its events."""

    def touched(self, matters: Sequence[Matter]) -> bool:
        """Whether it looks different once these have moved."""

    def is_for(self, actor: Actor) -> bool:
        """Whether somebody may still see it."""

    async def made(self) -> str:
        """It, as HTML."""


class Crowded(Exception):
    """Too many pages look on already."""


@dataclass(eq=False)
class Onlooker:
    """One open page. Only the newest event waits for it: a slow reader misses what is no longer true."""

    room: "Room"
    who: str
    waiting: bytes | None = None
    is_over: bool = False
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, event: bytes) -> None:
        """The newest event, in the place of one that was not taken yet."""
        self.waiting = event
        self.woken.set()

    def end(self) -> None:
        """Nothing more will come."""
        self.is_over = True
        self.woken.set()

    async def next(self, seconds: float) -> bytes | None:
        """The newest event not taken yet; None where none came within the time, or something else woke the page."""
        try:
            async with asyncio.timeout(seconds):
                await self.woken.wait()
        except TimeoutError:
            return None
        self.woken.clear()
        event, self.waiting = self.waiting, None
        return event


@dataclass(eq=False)
class Room:
    """A view, and everybody who looks at it."""

    view: View
    onlookers: set[Onlooker] = field(default_factory=set)
    wanted: bool = False
    made_at: float = 0.0
    took: float = 0.0
    seq: int = -1
    event: bytes = b""

    def is_due(self, now: float) -> bool:
        """Whether it is to be made now."""
        rested = now - self.made_at
        return (self.wanted and rested >= max(REST_SECONDS, RESTS * self.took)) or rested >= STALE_SECONDS


class Live:
    """The one reader of the ledger in this process; it reads only while somebody looks on."""

    def __init__(
        self,
        desk: Desk,
        *,
        leaving: Callable[[], bool] = lambda: False,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._desk = desk
        self._leaving = leaving
        self._pause = pause
        self._rooms: dict[Hashable, Room] = {}
        self._kept: deque[News] = deque(maxlen=NEWS_KEPT)
        self._seq = 0
        self._task: asyncio.Task[None] | None = None

    @property
    def count(self) -> int:
        """How many pages look on."""
        return sum(len(room.onlookers) for room in self._rooms.values())

    def enter(self, view: View, who: str, after: int) -> Onlooker:
        """Look on from line `after` of the ledger; raises Crowded where too many do."""
        everybody = [onlooker for room in self._rooms.values() for onlooker in room.onlookers]
        if len(everybody) >= ALL_MAX or sum(onlooker.who == who for onlooker in everybody) >= EACH_MAX:
            raise Crowded
        if self._task is None:
            self._seq = self._desk.seq
            self._kept.clear()
            self._task = asyncio.create_task(self._watch(), name="live pages")
            self._task.add_done_callback(self._ended)
        room = self._rooms.setdefault(view.key, Room(view, made_at=monotonic() - REST_SECONDS))
        onlooker = Onlooker(room, who)
        room.onlookers.add(onlooker)
        if self._missed(view, after):
            if room.seq == self._seq and not room.wanted:
                onlooker.tell(room.event)
            else:
                room.wanted = True
        return onlooker

    def leave(self, onlooker: Onlooker) -> None:
        """Look on no longer; the last one to go puts the light out."""
        room = onlooker.room
        room.onlookers.discard(onlooker)
        if not room.onlookers and self._rooms.get(room.view.key) is room:
            del self._rooms[room.view.key]
        if not self._rooms and self._task is not None:
            self._task.cancel()
            self._task = None

    def _missed(self, view: View, after: int) -> bool:
        """Whether a page made at line `after` looks different by now, as far as is remembered."""
        if after >= self._seq:
            return False
        first = self._kept[0].after if self._kept else self._seq
        if after < first:
            return True
        return any(not news.whole or view.touched(news.matters) for news in self._kept if news.seq > after)

    async def _watch(self) -> None:
        while not self._leaving():
            try:
                await self._beat()
            except LoopError as error:
                LOG.warning("live pages wait: %s", error)
            await self._pause(BEAT_SECONDS)

    async def _beat(self) -> None:
        news = await self._desk.news(self._seq)
        if news.seq > self._seq:
            self._seq = news.seq
            self._kept.append(news)
            for room in self._rooms.values():
                room.wanted = room.wanted or not news.whole or room.view.touched(news.matters)
        for room in [room for room in self._rooms.values() if room.is_due(monotonic())]:
            await self._make(room)

    async def _make(self, room: Room) -> None:
        room.wanted, room.made_at, seq = False, monotonic(), self._seq
        room.event = written(room.view.event, await room.view.made(), seq)
        room.seq, room.took = seq, monotonic() - room.made_at
        for onlooker in room.onlookers:
            onlooker.tell(room.event)
        await asyncio.sleep(0)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        """However the reader ended, nobody is left looking at a page that no longer moves."""
        if not task.cancelled() and (error := task.exception()) is not None:
            LOG.error("live pages ended in a fault", exc_info=error)
        if self._task is not None and self._task is not task:
            return
        self._task = None
        for room in self._rooms.values():
            for onlooker in room.onlookers:
                onlooker.end()
        self._rooms = {}


def written(event: str, html: str, seq: int) -> bytes:
    """An event as it goes over the line; its id is the line of the ledger it stands for."""
    lines = "".join(f"data: {line}\n" for line in html.splitlines() if line)
    return f"id: {seq}\nevent: {event}\n{lines}\n".encode()
