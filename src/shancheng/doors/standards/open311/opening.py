"""Opens the endpoint beside another door at the same address, with what both of them use."""

from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Protocol

from starlette.types import ASGIApp

from shancheng.doors.standards.open311.asking import Newcomer, Server
from shancheng.doors.standards.open311.door import beside as beside_door
from shancheng.ground.access import Actor
from shancheng.wings.governance.desk import Desk

RESIDENT = "resident"


class Gate(Protocol):
    """Lets reports without a key in at a bounded rate."""

    async def enter(self, address: str, now: float, town: int = 0) -> None:
        """Come in, at once or after a short wait; raises what it says it raises when full."""


class Follow(Protocol):
    """Makes what a reporter without an account follows its matter by."""

    def pseudonym(self, seed: bytes) -> str:
        """A pseudonym that only this seed leads to."""

    def token(self, pseudonym: str) -> str:
        """The token of a pseudonym."""


class Other(Protocol):
    """What the other door shares: desk, gate, tokens, chance, and where faults are kept."""

    @property
    def desk(self) -> Desk:
        """The governance desk."""

    @property
    def fault(self) -> Callable[[str, BaseException], None]:
        """Keeps the trace of a fault."""

    @property
    def follow(self) -> Follow:
        """Makes follow tokens."""

    @property
    def gate(self) -> Gate:
        """Lets reports without a key in."""

    @property
    def new_key(self) -> Callable[[], bytes]:
        """Random bytes for a pseudonym."""

    def actor(self, token: str) -> Actor | None:
        """Who carries a token."""


def beside(answers: ASGIApp, other: Other, full: type[Exception]) -> ASGIApp:
    """The endpoint, and whatever answers beside it; `full` is what the gate raises when it can let nobody in."""
    return beside_door(server_of(other, full), answers)


def server_of(other: Other, full: type[Exception]) -> Server:
    """What the endpoint uses, taken from another door."""
    return Server(
        desk=other.desk,
        actor=other.actor,
        newcomer=_newcomer(other),
        admit=_admitting(other.gate, full),
        fault=other.fault,
    )


def _newcomer(other: Other) -> Newcomer:
    def newcomer(seed: bytes) -> tuple[Actor, str]:
        pseudonym = other.follow.pseudonym(seed or other.new_key())
        return Actor(id=pseudonym, role=RESIDENT), other.follow.token(pseudonym)

    return newcomer


def _admitting(gate: Gate, full: type[Exception]) -> Callable[[str, int], Awaitable[str]]:
    async def admit(address: str, town: int) -> str:
        try:
            await gate.enter(address, perf_counter(), town)
        except full as error:
            return str(error)
        return ""

    return admit
