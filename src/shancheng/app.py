"""Puts the house together: the only module that knows every room."""

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
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar, runtime_checkable

import msgspec

from shancheng.doors.cli.home import HomeWish, Running, Unable, UpWish, Watch, known
from shancheng.doors.cli.house import Care, Counts, Exchanged, ExchangeWish, House, ImportWish
from shancheng.doors.cli.main import run
from shancheng.doors.cli.settings import Settings, read_settings, settings_of, write_settings

if TYPE_CHECKING:
    from socket import socket

    from shancheng.doors.api.call import Api
    from shancheng.doors.api.token import Tokens
    from shancheng.ground.access import Actor
    from shancheng.ground.pack import Check, Packs, Table
    from shancheng.loop.ledger import Lane, Reader
    from shancheng.loop.rules import Rules
    from shancheng.loop.sequencer import Sequencer
    from shancheng.wings.governance.desk import Desk

T = TypeVar("T")
INVENTED = "weicheng"
TREE = "official"
MORNING_HOUR = 6
TICK_SECONDS, WORDS_SECONDS = 5.0, 1.0
WORDS_AT_ONCE, WORDS_PAUSE = 200, 0.02
WORDS_SHARE = 0.05
"""Of the time that filling the search may take while reports come in; it catches up when they do not."""


def main(argv: Sequence[str] | None = None) -> int:
    """The `shancheng` command."""
    return run(argv, version("shancheng"), house)


def house() -> House:
    """What the command line may use of every room."""
    return House(
        tables=Lazily(_tables),
        checks=Lazily(_checks),
        builders={INVENTED: _build},
        home=Installation.open,
        bring_in=_bring_in,
        care=_care,
        exchange=_exchange,
    )


class Lazily(Sequence[T]):
    """What the rooms hold, found when it is first asked for: `--help` needs none of it."""

    def __init__(self, find: Callable[[], tuple[T, ...]]) -> None:
        self._find = find

    @cached_property
    def _found(self) -> tuple[T, ...]:
        return self._find()

    def __len__(self) -> int:
        return len(self._found)

    def __getitem__(self, index: int) -> T:  # type: ignore[override]
        return self._found[index]


def _tables() -> tuple[Table, ...]:
    from shancheng.doors.standards.open311 import records as open311
    from shancheng.ground import access, calendar, population, territory
    from shancheng.loop import kind

    rooms = (territory, calendar, population, access, kind, open311)
    return tuple(table for room in rooms for table in room.TABLES)


def _checks() -> tuple[Check, ...]:
    from shancheng.doors.standards.open311.records import check as open311
    from shancheng.ground.calendar.record import check as calendars
    from shancheng.ground.territory import check as places
    from shancheng.loop.checks import check as records

    return (calendars, places, records, open311)


def _build(folder: Path, seed: int, scale: float) -> object:
    from shancheng.ground.invented import build

    return build(folder, seed, scale)


async def _bring_in(wish: ImportWish, desk: Desk, progress: Callable[[float, Counts], None]) -> Counts:
    from shancheng.doors.feeds.intake import Wish, bring_in

    return await bring_in(Wish(wish.file, wish.map_file, wish.refused, wish.checkpoint), desk, progress)


async def _exchange(wish: ExchangeWish, desk: Desk) -> Exchanged:
    from shancheng.doors.standards.open311.exchange import of_wish

    return await of_wish(wish, desk)


def _care() -> Care:
    from shancheng.store import upkeep

    return upkeep


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


@dataclass(frozen=True)
class Installation:
    """A folder with ledger, keys, built packs, tokens and faults."""

    folder: Path
    settings: Settings

    @classmethod
    def open(cls, wish: HomeWish) -> Installation:
        """The installation of a folder, begun where it is not there yet; raises Unable for another than wished."""
        file = wish.folder / "home.json"
        if file.exists():
            return cls(wish.folder, read_settings(file, wish))
        home = cls(wish.folder, settings_of(wish, INVENTED))
        wish.folder.mkdir(parents=True, exist_ok=True)
        home.packs  # noqa: B018 an installation with packs that cannot be read is not begun
        write_settings(file, home.settings)
        return home

    @property
    def where(self) -> str:
        """Where the ledger lies: a path, or postgresql://..."""
        return self.settings.ledger or str(self.folder / "ledger.db")

    @cached_property
    def packs(self) -> Packs:
        """The packs, read; the invented city is made first where it is not there."""
        from shancheng.ground.pack import find_pack, load_packs

        search = [self.folder / "packs", Path.cwd()]
        if INVENTED in self.settings.packs and not (search[0] / INVENTED / "city.toml").exists():
            (search[0] / INVENTED).mkdir(parents=True, exist_ok=True)
            _build(search[0] / INVENTED, self.settings.seed, self.settings.scale)
        return load_packs([find_pack(name, search) for name in self.settings.packs], _tables(), search)

    @cached_property
    def rules(self) -> Rules:
        """The rules that the packs make, as of today."""
        from zoneinfo import ZoneInfo

        from shancheng.ground.calendar import Calendars
        from shancheng.ground.territory import Territory
        from shancheng.loop.rules import Rules

        zone = self.packs.city.time_zone
        today = dt.datetime.now(ZoneInfo(zone)).date()
        return Rules.of(self.packs, Territory.of(self.packs), Calendars.of(self.packs, zone), on=today, tree=TREE)

    @cached_property
    def tokens(self) -> Tokens:
        """The tokens file."""
        from shancheng.doors.api.token import Tokens

        return Tokens(self.folder / "tokens.json")

    @property
    def _lock(self) -> Path:
        return self.folder / "running.json"

    @property
    def in_use(self) -> str:
        """Where the running house answers; empty while none runs here."""
        try:
            found = msgspec.json.decode(self._lock.read_bytes(), type=dict[str, str])
            os.kill(int(found["process"]), 0)
        except (OSError, msgspec.DecodeError, KeyError, ValueError):
            return ""
        return found.get("url", "")

    def now(self) -> int:
        """This instant."""
        return int(time.time())

    def chance(self) -> str:
        """Text of 256 random bits."""
        return secrets.token_urlsafe(32)

    def actor(self, role: str, place: str, agency: str) -> Actor:
        """An account in a role, for a place by code or number and an agency; raises Unable with a sentence."""
        from shancheng.ground.access import Actor

        found = known(role, self.rules.roles, "role")
        if agency:
            known(agency, self.rules.agencies, "agency")
        elif found.sees == "legs":
            raise Unable(f"A {role} works for an agency; name it: {', '.join(list(self.rules.agencies)[:5])} ...")
        root = self.rules.places.nodes[0].id
        where = self._place(place) if place else root
        levels = self.packs.city.centre_levels
        centre = self.rules.places.centre(where, min(self.rules.places.node(where).level, max(levels)))
        return Actor(
            id=f"{role}-{secrets.token_hex(4)}",
            role=role,
            centre=0 if agency else centre,
            agency=agency,
            places=() if where == root else (where,),
        )

    def _place(self, name: str) -> int:
        places = self.rules.places
        if name.isdecimal() and int(name) in places:
            return int(name)
        return known(name, {node.code: node.id for node in places.nodes if node.code}, "place")

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[Desk]:
        """A desk that only looks; works beside a running house."""
        from shancheng.loop.sequencer import Sequencer
        from shancheng.store.opening import open_reader

        reader = await open_reader(self.where)
        try:
            sequencer = Sequencer(_NoLane(self.packs.city.key), self.rules)  # type: ignore[arg-type]
            sequencer.stopped = "This desk only looks; nothing is written here."
            yield self._desk(reader, sequencer, self.now)
        finally:
            await reader.close()

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[Desk]:
        """A desk that holds the ledger; one at a time."""
        from shancheng.loop.ledger import last_recorded

        last: list[int] = [0]
        async with self.opened(lambda: max(self.now(), *last)) as opened:
            last.append(await last_recorded(opened.reader, opened.lane))
            yield opened.desk

    @contextlib.asynccontextmanager
    async def opened(self, now: Callable[[], int]) -> AsyncIterator[Opened]:
        """The ledger taken, its sequencer running, a desk over both; a second writer is refused with a sentence."""
        from shancheng.loop.sequencer import Sequencer
        from shancheng.store.opening import open_lane, open_reader

        lane = await open_lane(self.where, self.packs.city.key)
        try:
            reader = await open_reader(self.where)
            try:
                async with Sequencer(lane, self.rules) as sequencer:
                    yield Opened(lane, reader, sequencer, self._desk(reader, sequencer, now))
            finally:
                await reader.close()
        finally:
            await lane.close()

    def _desk(self, reader: Reader, sequencer: Sequencer, now: Callable[[], int]) -> Desk:
        from shancheng.doors.api.numbers import new_ids
        from shancheng.store.sealing import KEY_VARIABLE, CentreKey, Sealer, key_file
        from shancheng.wings.governance.desk import Desk

        file = key_file(self.folder / "ledger.db")
        have = KEY_VARIABLE in os.environ or file.exists()
        sealer = Sealer(CentreKey.read(file) if have else CentreKey.make(file))
        return Desk(
            reader=reader,
            sequencer=sequencer,
            rules=self.rules,
            now=now,
            new_id=new_ids(),
            seal=sealer.seal,
            unlock=lambda reporter, wrapped, sealed: sealer.open(reporter, sealed, wrapped),
        )

    async def serve(self, wish: UpWish, watch: Watch) -> None:
        """Run the house until it is told to stop."""
        await _Serving(self, wish, watch).run()


class _NoLane:
    """Stands where the lane would for a desk that only looks; nothing can be written to it."""

    def __init__(self, name: str) -> None:
        from shancheng.loop.ledger import Head

        self.name = name
        self.head = Head()


class _Serving:
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
        front = beside(answers, api, self.home.folder, full=Problem)
        going = self._play(opened) if self.wish.day else self._go_on(opened)
        watching = self.watch(self._running(opened, api, url))
        return [answer(front, listening, self.stop), self._index(opened), watching, going]

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
        city = await asyncio.to_thread(read_city, home.folder / "packs" / INVENTED)
        self.playing = f"{day} at {self.wish.speed:g}x"
        rest = (hour.since(begun) for hour in hours(city, day, seed=home.settings.seed))
        chance = random.Random(home.settings.seed)
        counts = await play(opened.desk, rest, clock=self.clock, chance=chance, speed=self.wish.speed, until=midnight)
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
