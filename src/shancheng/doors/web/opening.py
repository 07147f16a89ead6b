"""Opens the pages beside another door at the same address, with what both of them use."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter
from typing import Protocol

from starlette.types import ASGIApp

from shancheng.doors.web.ask import Follow, Site
from shancheng.doors.web.door import Beside, door
from shancheng.doors.web.photos import Photos
from shancheng.doors.web.session import Secrets
from shancheng.ground.access import Actor
from shancheng.wings.governance.desk import Desk


class Gate(Protocol):
    """Lets anonymous reports in at a bounded rate."""

    async def enter(self, address: str, now: float) -> None:
        """Come in, at once or after a short wait; raises what it says it raises when full."""


class Other(Protocol):
    """What the other door shares: desk, gate, tokens and where faults are kept."""

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


def beside(answers: ASGIApp, other: Other, folder: Path, full: type[Exception]) -> ASGIApp:
    """The pages, and whatever answers beside them; `full` is what the gate raises when it can let nobody in."""
    site = Site(
        desk=other.desk,
        follow=other.follow,
        account=other.actor,
        enter=_entering(other.gate, full),
        secrets=Secrets.kept(folder / "web.key"),
        photos=Photos(folder / "photos"),
        stopped=other.stopped,
        fault=other.fault,
    )
    return Beside(door(site), answers)


def _entering(gate: Gate, full: type[Exception]) -> Callable[[str], Awaitable[float]]:
    async def enter(address: str) -> float:
        try:
            await gate.enter(address, perf_counter())
        except full as error:
            return float(dict(getattr(error, "headers", ())).get(b"retry-after", b"1"))
        return 0.0

    return enter
