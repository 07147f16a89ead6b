"""Opens the pages beside another door at the same address, with what both of them use."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Protocol

from starlette.types import ASGIApp

from shancheng.doors.web.account_signing import signing_of
from shancheng.doors.web.admin_house import House
from shancheng.doors.web.ask import Follow, Site
from shancheng.doors.web.door import Beside, door
from shancheng.doors.web.photos import Photos
from shancheng.doors.web.session import Secrets
from shancheng.ground.access import Actor
from shancheng.ground.pack import Fault
from shancheng.loop.ledger import Reader
from shancheng.wings.governance.desk import Desk


class Gate(Protocol):
    """Lets anonymous reports in at a bounded rate."""

    async def enter(self, address: str, now: float, town: int = 0) -> None:
        """Come in, at once or after a short wait; raises what it says it raises when full."""


Check = Callable[[], Sequence[Fault]]


class Other(Protocol):
    """What the other door shares: desk, gate, tokens, the ledger and where faults are kept."""

    @property
    def reader(self) -> Reader:
        """Reads the ledger."""

    @property
    def lane(self) -> str:
        """Name of the lane."""

    @property
    def waiting(self) -> Callable[[], int]:
        """How many commands wait to be written."""

    @property
    def desk(self) -> Desk:
        """The governance desk."""

    @property
    def stopped(self) -> Callable[[], str | None]:
        """Says why nothing is acknowledged any more."""

    @property
    def fault(self) -> Callable[[str, BaseException], None]:
        """Keeps the trace of a fault."""

    @property
    def follow(self) -> Follow:
        """Makes and checks follow tokens."""

    @property
    def gate(self) -> Gate:
        """Lets anonymous reports in."""

    def actor(self, token: str) -> Actor | None:
        """Who carries a token."""


def beside(
    answers: ASGIApp,
    other: Other,
    folder: Path,
    full: type[Exception],
    check: Check | None = None,
    leaving: Callable[[], bool] = lambda: False,
) -> ASGIApp:
    """The pages, and whatever answers beside them.

    `full` is what the gate raises when it can let nobody in; `check` reads the packs anew and tells their faults;
    `leaving` says whether the house is about to stop, so that pages that look on let go.
    """
    site = Site(
        desk=other.desk,
        follow=other.follow,
        account=other.actor,
        enter=_entering(other.gate, full),
        secrets=Secrets.kept(folder / "web.key"),
        photos=Photos(folder / "photos"),
        stopped=other.stopped,
        fault=other.fault,
        signing=signing_of(folder, other.desk.rules),
        house=House(other.reader, other.lane, other.waiting, check, folder / "faults"),
        leaving=leaving,
    )
    return Beside(door(site), answers)


def _entering(gate: Gate, full: type[Exception]) -> Callable[[str, int], Awaitable[float]]:
    async def enter(address: str, town: int) -> float:
        try:
            await gate.enter(address, perf_counter(), town)
        except full as error:
            return float(dict(getattr(error, "headers", ())).get(b"retry-after", b"1"))
        return 0.0

    return enter
