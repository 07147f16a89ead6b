"""The small city with its governance desk open, on a ledger in memory."""

import itertools
from types import TracebackType
from typing import TypeVar

from tests.loop.world import PHOTO, QUAY, at, handler

from shancheng.ground.access import Actor
from shancheng.loop import act as acts
from shancheng.loop.act import AnyAct, Report
from shancheng.loop.ledger import Lane, Reader, Receipt, Refusal, ReporterKey
from shancheng.loop.matter import Matter
from shancheng.loop.rules import Rules
from shancheng.loop.sequencer import Sequencer
from shancheng.store.memory import MemoryLedger
from shancheng.wings.governance.desk import Desk

T = TypeVar("T")
CLERK = Actor("o-quay", "operator", centre=QUAY, places=(QUAY,))
CHECKER = Actor("v-quay", "verifier", centre=QUAY, places=(QUAY,))
AUDITOR = Actor("auditor", "importer")
"""Sees everything."""
FINISH = acts.Finish(outcome="settled", evidence=PHOTO)


def seal(reporter: str, data: bytes, wrapped: bytes | None) -> tuple[bytes, ReporterKey | None]:
    """Seals nothing, but shows under whose key."""
    return b"sealed for " + reporter.encode() + b":" + data, ReporterKey(reporter, b"key of " + reporter.encode())


def unlock(reporter: str, wrapped: bytes, sealed: bytes) -> bytes:
    """Opens what `seal` sealed."""
    assert wrapped == b"key of " + reporter.encode()
    return sealed.removeprefix(b"sealed for " + reporter.encode() + b":")


class Town:
    """A desk, and a clock that only moves when told."""

    def __init__(self, rules: Rules, *, lane: Lane | None = None, reader: Reader | None = None) -> None:
        self.now = at("2025-09-28 16:10")
        self.ledger = MemoryLedger("tiny")
        self.sequencer = Sequencer(lane or self.ledger, rules)
        numbers = itertools.count(1)
        self.desk = Desk(
            reader=reader or self.ledger,  # type: ignore[arg-type]
            sequencer=self.sequencer,
            rules=rules,
            now=lambda: self.now,
            new_id=lambda: f"n{next(numbers)}",
            seal=seal,
            unlock=unlock,
        )

    async def __aenter__(self) -> "Town":
        await self.sequencer.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.sequencer.__aexit__(kind, error, trace)

    def later(self, *, minutes: int = 0, days: int = 0) -> None:
        """Time passes."""
        self.now += minutes * 60 + days * 86_400

    async def report(self, act: Report, by: Actor, **more: object) -> str:
        """The number of a matter that is opened."""
        return done(await self.desk.report(act, by, **more)).matter  # type: ignore[arg-type]

    async def do(self, matter: str, act: AnyAct, by: Actor) -> Matter:
        """The matter after an act that must not be refused, a minute later."""
        self.later(minutes=1)
        done(await self.desk.do(matter, act, by))
        return await self.see(matter)

    async def refused(self, matter: str, act: AnyAct, by: Actor) -> str:
        """The code with which an act is refused."""
        answer = await self.desk.do(matter, act, by)
        assert isinstance(answer, Refusal), answer
        return answer.code

    async def see(self, matter: str) -> Matter:
        """The matter as it stands."""
        return given(await self.desk.matter(matter, AUDITOR))

    async def settle(self, matter: str, lead: str, *supports: str) -> Matter:
        """Signed, finished by everybody, verified and closed."""
        for agency in (lead, *supports):
            await self.do(matter, acts.Sign(), handler(agency))
        for agency in (*supports, lead):
            await self.do(matter, FINISH, handler(agency))
        await self.do(matter, acts.Verify(passed=True, evidence=PHOTO), CHECKER)
        return await self.do(matter, acts.Close(outcome="settled", reply="水管已修好。"), CLERK)


def done(answer: Receipt | Refusal) -> Receipt:
    """The receipt, where there is one."""
    assert isinstance(answer, Receipt), answer
    return answer


def given(answer: T | Refusal) -> T:
    """What was asked for, where it was given."""
    assert not isinstance(answer, Refusal), answer
    return answer
