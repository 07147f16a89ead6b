"""One run of the house: the doors answer, the played day goes by, the engine's clock ticks, the search fills."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import itertools
import os
import random
import secrets
import signal
import time
from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import msgspec

from shancheng.doors.cli.home import Running, Unable, UpWish, Watch

if TYPE_CHECKING:
    from socket import socket

    from shancheng.app import Installation
    from shancheng.doors.api.call import Api
    from shancheng.loop.ledger import Lane, Reader
    from shancheng.loop.sequencer import Sequencer
    from shancheng.wings.governance.desk import Desk

INVENTED = "weicheng"
MORNING_HOUR = 6
TICK_SECONDS, WORDS_SECONDS = 5.0, 1.0
WORDS_AT_ONCE, WORDS_PAUSE = 200, 0.02
WORDS_SHARE = 0.05
"""Of the time that filling the search or the trend may take while reports come in; they catch up when none do."""


@runtime_checkable
class Indexes(Protocol):
    """A ledger whose search is filled in the background."""

    async def index_words(self, limit: int) -> int:
        """Take the words of up to `limit` more moves in; how many were passed."""


@dataclass(frozen=True)
class Opened:
    """An installation with its ledger in hand."""

    lane: Lane
    reader: Reader
    sequencer: Sequencer
    desk: Desk


class Serving:
    """One run of the house: the API, the played day, the engine's clock and the search, until it is told to stop."""

    def __init__(self, home: Installation, wish: UpWish, watch: Watch) -> None:
        from shancheng.wings.governance.rehearsal import PlayedClock

        day = wish.day and INVENTED in home.settings.packs
        self.home, self.wish, self.watch = home, replace(wish, day=day), watch
        self.stop = asyncio.Event()
        self.clock = PlayedClock(0 if day else home.now())
        self.playing = "waiting" if day else "as it is"
        self.notices: list[str] = []

    async def run(self) -> None:
        """Everything at once; what goes wrong in one part ends all of them."""
        from shancheng.doors.api.serving import listen, settle_in, url_of

        loop = asyncio.get_running_loop()
        for signum in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(signum, self.stop.set)
        self.home.rules  # noqa: B018 what stays for good is read before it is set aside from collecting
        settle_in()
        if self.home.in_use:
            raise Unable(
                f"This installation runs already, at {self.home.in_use}. Stop that one, or give another --home."
            )
        listening = listen(self.wish.host, self.wish.port)
        with contextlib.closing(listening):
            url = url_of(listening, self.wish.host)
            async with self.home.opened(self.clock) as opened:
                self.clock.put(await self._beginning(opened))
                with self._told(url):
                    await self._together(opened, self._parts(opened, listening, url))

    async def _beginning(self, opened: Opened) -> int:
        """This morning for a played day, this instant otherwise; never before what the ledger holds."""
        from shancheng.loop.ledger import last_recorded

        last, now = await last_recorded(opened.reader, opened.lane), self.home.now()
        if not self.wish.day:
            return max(now, last)
        zone = self.home.rules.zone
        day = dt.datetime.fromtimestamp(max(now, last), zone).date()
        morning = int(dt.datetime.combine(day, dt.time(MORNING_HOUR), zone).timestamp())
        return max(morning, last)

    @contextlib.contextmanager
    def _told(self, url: str) -> Iterator[None]:
        """Tell other commands of this folder where the house answers."""
        file = self.home.folder / "running.json"
        file.write_bytes(msgspec.json.encode({"process": str(os.getpid()), "url": url}))
        try:
            yield
        finally:
            file.unlink(missing_ok=True)

    def _parts(self, opened: Opened, listening: socket, url: str) -> list[Awaitable[None]]:
        from shancheng.doors.api.door import door
        from shancheng.doors.api.problem import Problem
        from shancheng.doors.api.serving import answer
        from shancheng.doors.standards.open311 import opening as open311
        from shancheng.doors.web.opening import beside

        api = self._api(opened)
        answers = open311.beside(door(api, secrets.token_hex(3)), api, full=Problem)
        check, leaving = self.home.pack_faults, self.stop.is_set
        front = beside(answers, api, self.home.folder, full=Problem, check=check, leaving=leaving)
        going = self._play(opened) if self.wish.day else self._go_on(opened)
        watching = self.watch(self._running(opened, api, url))
        behind = (self._index(opened), self._look_back(opened))
        return [answer(front, listening, self.stop, self.wish.behind), *behind, watching, going]

    async def _together(self, opened: Opened, parts: Sequence[Awaitable[None]]) -> None:
        """Run the parts until the first one, which answers, has ended; a part that fails ends all."""
        answering, *others = [asyncio.ensure_future(part) for part in parts]
        try:
            while not answering.done():
                await asyncio.wait(
                    {answering, *(o for o in others if not o.done())}, return_when=asyncio.FIRST_COMPLETED
                )
                failed = next((o for o in others if o.done() and not o.cancelled() and o.exception()), None)
                if failed is not None:
                    self.stop.set()
                    await answering
                    failed.result()
            answering.result()
        finally:
            self.stop.set()
            for other in others:
                other.cancel()
            await asyncio.gather(answering, *others, return_exceptions=True)

    def _api(self, opened: Opened) -> Api:
        from shancheng.doors.api.call import Api
        from shancheng.doors.api.follow import Follow
        from shancheng.doors.api.serving import keeper_of_faults

        return Api(
            desk=opened.desk,
            reader=opened.reader,
            tokens=self.home.tokens,
            follow=Follow.kept(self.home.folder / "follow.key"),
            lane=opened.lane.name,
            rules=lambda: opened.desk.rules,
            now=self.home.now,
            new_key=lambda: secrets.token_bytes(16),
            stopped=lambda: opened.sequencer.stopped,
            waiting=lambda: opened.sequencer.waiting,
            fault=keeper_of_faults(self.home.folder / "faults"),
        )

    def _running(self, opened: Opened, api: Api, url: str) -> Running:
        from shancheng.doors.api.demo import demo_tokens, example_of
        from shancheng.ground.access import Actor

        rules = self.home.rules
        example = example_of(rules, self.clock()) if self.wish.day else {}
        tokens = demo_tokens(api.tokens, self.home, example) if self.wish.day else {}
        return Running(
            url=url,
            city=self.home.packs.city.name.get("zh", self.home.packs.city.key),
            root=rules.places.nodes[0].id,
            rules=rules,
            desk=opened.desk,
            watcher=Actor("board", "leader"),
            tokens=tokens,
            example=example,
            clock=self.clock,
            head=lambda: opened.lane.head.seq,
            stopped=lambda: opened.sequencer.stopped,
            playing=lambda: self.playing,
            notices=self.notices,
        )

    async def _play(self, opened: Opened) -> None:
        """The rest of the invented day, then time as it goes."""
        from shancheng.ground.invented import hours, read_city
        from shancheng.wings.governance.rehearsal import play

        home, begun = self.home, self.clock()
        day = dt.datetime.fromtimestamp(begun, home.rules.zone).date()
        midnight = int(dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), home.rules.zone).timestamp())
        hurry_until = int(dt.datetime.combine(day, self.wish.hurry_to, home.rules.zone).timestamp())
        city = await asyncio.to_thread(read_city, home.folder / "packs" / INVENTED)
        self.playing = f"{day} at {self.wish.speed:g}x"
        rest = (hour.since(begun) for hour in hours(city, day, seed=home.settings.seed))
        chance = random.Random(home.settings.seed)
        counts = await play(
            opened.desk,
            rest,
            clock=self.clock,
            chance=chance,
            speed=self.wish.speed,
            until=midnight,
            hurry_until=hurry_until,
        )
        self.playing = "the day is over"
        self.notices.append(f"The day is over: {counts['report']} reports, {counts['close']} closed. The API goes on.")
        await self._go_on(opened)

    async def _go_on(self, opened: Opened) -> None:
        """Time as it goes, and what falls due by it."""
        ahead = max(0, self.clock() - self.home.now())
        for beat in itertools.count():
            self.clock.put(self.home.now() + ahead)
            if beat % int(TICK_SECONDS) == 0:
                await self._tick(opened)
            await asyncio.sleep(1.0)

    async def _tick(self, opened: Opened) -> None:
        from shancheng.loop.errors import Busy, Stopped

        with contextlib.suppress(Busy, Stopped):
            await opened.desk.tick()

    async def _look_back(self, opened: Opened) -> None:
        """Take the last days into the trend of the boards bit by bit, behind everything else."""
        from shancheng.loop.errors import LoopError

        while True:
            taken, begun = 0, time.monotonic()
            with contextlib.suppress(LoopError):
                taken = await opened.desk.look_back()
            used = time.monotonic() - begun
            await asyncio.sleep(max(used / WORDS_SHARE, WORDS_PAUSE) if taken else WORDS_SECONDS)

    async def _index(self, opened: Opened) -> None:
        """Fill the search bit by bit, behind everything else."""
        from shancheng.loop.errors import Busy, Stopped

        store = next((part for part in (opened.lane, opened.reader) if isinstance(part, Indexes)), None)
        while store is not None:
            passed, begun = 0, time.monotonic()
            with contextlib.suppress(Busy, Stopped):
                passed = await store.index_words(WORDS_AT_ONCE)
            used = time.monotonic() - begun
            await asyncio.sleep(max(used / WORDS_SHARE, WORDS_PAUSE) if passed else WORDS_SECONDS)
