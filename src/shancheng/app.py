"""Puts the house together: the only module that knows every room."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from shancheng.doors.cli.home import AccountBook, HomeWish, Unable, UpWish, Watch, known
from shancheng.doors.cli.house import Care, Counts, Exchanged, ExchangeWish, House, ImportWish
from shancheng.doors.cli.main import run
from shancheng.doors.cli.settings import Settings, read_settings, settings_of, write_settings
from shancheng.running import INVENTED, Opened, Serving

if TYPE_CHECKING:
    from shancheng.doors.api.token import Tokens
    from shancheng.ground.access import Actor
    from shancheng.ground.pack import Check, Fault, Packs, Table
    from shancheng.loop.ledger import Head, Reader
    from shancheng.loop.rules import Rules
    from shancheng.loop.sequencer import Sequencer
    from shancheng.wings.governance.desk import Desk

T = TypeVar("T")
TREE = "official"


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
    from shancheng.ground.network import walkers
    from shancheng.loop import kind
    from shancheng.wings.governance import platforms

    rooms = (territory, calendar, population, access, walkers, kind, open311, platforms)
    return tuple(table for room in rooms for table in room.TABLES)


def _checks() -> tuple[Check, ...]:
    from shancheng.doors.standards.open311.records import check as open311
    from shancheng.ground.calendar.record import check as calendars
    from shancheng.ground.network.walkers import check as walkers
    from shancheng.ground.territory import check as places
    from shancheng.loop.checks import check as records
    from shancheng.wings.governance.platforms import check as platforms

    return (calendars, places, walkers, records, open311, platforms)


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

        search = self._search
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

    @cached_property
    def accounts(self) -> AccountBook:
        """The accounts of people who sign in to pages."""
        from shancheng.doors.web.account_book import BookOfAccounts

        return BookOfAccounts(self.folder, self.rules)

    def pack_faults(self) -> tuple[Fault, ...]:
        """What is wrong with the packs as they lie there now."""
        from shancheng.ground.pack import check_packs, find_pack

        folders = [find_pack(name, self._search) for name in self.settings.packs]
        return check_packs(folders, _tables(), _checks(), self._search)[1]

    @property
    def _search(self) -> list[Path]:
        """Where packs lie beside those that ship."""
        return [self.folder / "packs", Path.cwd()]

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
            lane = _NoLane(self.packs.city.key, await reader.head(self.packs.city.key))
            sequencer = Sequencer(lane, self.rules)  # type: ignore[arg-type]
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
        await Serving(self, wish, watch).run()


class _NoLane:
    """Stands where the lane would for a desk that only looks; nothing can be written to it."""

    def __init__(self, name: str, head: Head) -> None:
        self.name = name
        self.head = head
