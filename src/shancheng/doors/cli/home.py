"""An installation as the command line sees it; the house hands it in, with ledger, packs, tokens and server."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from shancheng.ground.access import Actor
    from shancheng.loop.rules import Rules
    from shancheng.wings.governance.desk import Desk

V = TypeVar("V")
PORT = 8311
HOST = "127.0.0.1"


class Unable(Exception):
    """Something the command line could not do, in one sentence for the person who can mend it."""


@dataclass(frozen=True)
class HomeWish:
    """Which installation is meant, and how it is begun where it is not there yet."""

    folder: Path
    ledger: str = ""
    """Where the ledger lies, if not in the folder: a path, or postgresql://..."""
    packs: tuple[str, ...] = ()
    """Packs by name or folder, later over earlier; the invented city where none are named."""
    seed: int | None = None
    scale: float | None = None


@dataclass(frozen=True)
class UpWish:
    """How the house is to run."""

    host: str = HOST
    port: int = PORT
    speed: float = 60.0
    """Seconds of the city's day in one second."""
    day: bool = True
    """Whether the invented city's day is played."""
    hurry_to: dt.time = dt.time()
    """The time of day up to which it is played without waiting."""
    behind: tuple[str, ...] = ()
    """Addresses or networks of proxies that are believed about who asks and how."""


@dataclass
class Running:
    """What the live board shows of a running house."""

    url: str
    city: str
    root: int
    rules: Rules
    desk: Desk
    watcher: Actor
    """Who looks at the board: sees the whole city, changes nothing."""
    tokens: Mapping[str, str]
    """Demo tokens by role, to be shown once."""
    example: Mapping[str, str]
    """A place, a category and an agency that go together, for the first report."""
    clock: Callable[[], int]
    head: Callable[[], int]
    """Number of the ledger's last durable line."""
    stopped: Callable[[], str | None]
    playing: Callable[[], str]
    """What the played day is doing, in a few words."""
    notices: list[str] = field(default_factory=list)


Watch = Callable[[Running], Awaitable[None]]


class TokenLine(Protocol):
    """One token as it is listed."""

    @property
    def key(self) -> str: ...
    @property
    def actor(self) -> Actor: ...
    @property
    def made(self) -> int: ...
    @property
    def until(self) -> int: ...
    @property
    def note(self) -> str: ...


class TokenBook(Protocol):
    """The tokens of an installation."""

    def create(self, actor: Actor, *, now: int, days: int = 0, note: str = "", chance: Callable[[], str]) -> str:
        """A new token, seen only now."""

    def all(self) -> Sequence[TokenLine]:
        """Every token, oldest first."""

    def revoke(self, key: str) -> bool:
        """Take one back; whether there was one."""


class AccountLine(Protocol):
    """One account as it is listed."""

    @property
    def name(self) -> str: ...
    @property
    def actor(self) -> Actor: ...
    @property
    def made(self) -> int: ...
    @property
    def disabled(self) -> int: ...
    @property
    def first(self) -> bool: ...
    @property
    def note(self) -> str: ...


class AccountBook(Protocol):
    """The accounts of people who sign in to an installation's pages."""

    def create(self, name: str, actor: Actor, *, now: int, note: str = "") -> str:
        """A new account; its first password, seen only now and to be changed."""

    def renew(self, name: str) -> str:
        """Another first password, seen only now; whoever is signed in is out."""

    def disable(self, name: str, now: int) -> None:
        """Nobody signs in with it any more, and whoever is signed in is out."""

    def enable(self, name: str) -> None:
        """It may be used again."""

    def all(self) -> Sequence[AccountLine]:
        """Every account, by name."""


class Home(Protocol):
    """One installation: a folder with ledger, keys, built packs and tokens."""

    @property
    def folder(self) -> Path:
        """Where it lies."""

    @property
    def where(self) -> str:
        """Where its ledger lies: a path, or postgresql://..."""

    @property
    def rules(self) -> Rules:
        """The rules its packs make."""

    @property
    def tokens(self) -> TokenBook:
        """Its tokens."""

    @property
    def accounts(self) -> AccountBook:
        """Its accounts."""

    @property
    def in_use(self) -> str:
        """Where the running house answers; empty while none runs here."""

    def actor(self, role: str, place: str, agency: str) -> Actor:
        """An account in a role, for a place by code or number and an agency; raises Unable with a sentence."""

    def now(self) -> int:
        """This instant."""

    def chance(self) -> str:
        """Text of 256 random bits."""

    def reading(self) -> AbstractAsyncContextManager[Desk]:
        """A desk that only looks; works beside a running house."""

    def writing(self) -> AbstractAsyncContextManager[Desk]:
        """A desk that holds the ledger; one at a time."""

    async def serve(self, wish: UpWish, watch: Watch) -> None:
        """Run the house until it is told to stop."""


def known(name: str, names: Mapping[str, V], what: str) -> V:
    """The record of a name; raises Unable with the nearest right one."""
    from shancheng.ground.pack.fault import nearest

    found = names.get(name)
    if found is None:
        near = nearest(name, names)
        hint = f" Did you mean '{near}'?" if near else f" Known are {', '.join(list(names)[:12])}."
        raise Unable(f"There is no {what} '{name}'.{hint}")
    return found
