"""A rehearsal: an invented day comes in through the desk, and invented people settle it, on a clock that is played."""

import asyncio
import heapq
import math
import random
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple, TypeVar

from shancheng.ground.invented.day import Happening, Hour, Truth
from shancheng.loop.act import Report
from shancheng.loop.errors import Busy, Stopped
from shancheng.loop.ledger import Receipt, Refusal
from shancheng.loop.matter import Matter, Stage
from shancheng.wings.governance.desk import ENGINE, Desk
from shancheng.wings.governance.people import HOUR, MINUTE, Habits, People
from shancheng.wings.governance.scenes import NEXT, SCENES
from shancheng.wings.governance.worklist import Wish

IN_PLAY_MOST = 20_000
"""Steps planned at once; reports that come on top stay as they are, as in a centre with too few people."""
REMEMBERED = 20_000
TICK_SECONDS = 300
FRAME = 0.25
"""Real seconds between two steps of the clock."""
TRIES = 4
PATIENCE = 40
"""How often somebody asks again while the lane is busy."""
T = TypeVar("T")
QUIET = frozenset({"merge", "refuse", "rate", "pause", "extend", "deny"})
"""Verbs after which nobody of the play has anything new to do."""


class PlayedClock:
    """The time of the rehearsal; it goes only where it is put, and never back."""

    def __init__(self, start: int) -> None:
        self._now = start

    def __call__(self) -> int:
        return self._now

    def put(self, instant: int) -> None:
        """Go on to an instant."""
        self._now = max(self._now, instant)


class Planned(NamedTuple):
    """Something somebody is going to do; the heap keeps it in order of time."""

    at: int
    number: int
    step: str
    matter: str
    about: str = ""
    """Agency, or reporter, that it is about."""
    tries: int = 0


class Rehearsal:
    """One play: what has been done so far, and what is going to be done. Bounded in memory, and seeded."""

    def __init__(
        self,
        desk: Desk,
        *,
        clock: PlayedClock,
        chance: random.Random,
        speed: float,
        hurry_until: int = 0,
        language: str = "zh",
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self.people = People(desk.rules, chance)
        self.desk = desk
        self.clock = clock
        self.speed = speed
        """Played seconds for each real one; infinite plays without waiting."""
        self.hurry_until = hurry_until
        """Up to this instant nothing is waited for."""
        self.counts: Counter[str] = Counter()
        """Receipts by verb, and refusals as `refused:CODE`."""
        self._language = language
        self._sleep = sleep
        self._planned: list[Planned] = []
        self._number = 0
        self._matters: OrderedDict[int, str] = OrderedDict()
        """Matter by index of the happening in its day, for what is reported again."""
        self._same: OrderedDict[str, str] = OrderedDict()
        """For a matter, the one it is really the same as."""
        self._ticked = 0

    async def run(self, hours: Iterable[Hour], *, until: int = 0) -> None:
        """Play all hours, then go on settling until an instant; it ends early where the lane has stopped."""
        try:
            await self._take_up()
            for happening, truth in _in_order(hours):
                await self._on_to(happening.at)
                await self._report(happening, truth)
            await self._on_to(until)
        except Stopped:
            self.counts["stopped"] += 1

    async def _take_up(self) -> None:
        """What was open before goes on."""
        async for matter in self._open_matters():
            if len(self._planned) >= IN_PLAY_MOST:
                return
            self._plan_next(matter)

    async def _open_matters(self) -> AsyncIterator[Matter]:
        after = ""
        while True:
            page = await self.desk.worklist(Wish(open_only=True, order="opened", after=after, limit=200), ENGINE)
            if isinstance(page, Refusal):
                return
            for matter in page.matters:
                yield matter
            after = page.next
            if not after:
                return

    async def _on_to(self, instant: int) -> None:
        """Let everything happen that was planned until an instant."""
        while self._planned and self._planned[0].at <= instant:
            planned = heapq.heappop(self._planned)
            await self._wait_until(planned.at)
            await self._do(planned)
        await self._wait_until(instant)

    async def _wait_until(self, instant: int) -> None:
        while (gap := instant - self.clock()) > 0:
            ahead = self.hurry_until - self.clock()
            hurries = math.isinf(self.speed) or ahead > 0
            step = min(gap, ahead if ahead > 0 else gap) if hurries else min(gap, max(1, int(self.speed * FRAME)))
            step = min(step, max(1, self._ticked + TICK_SECONDS - self.clock()))
            # Others are let in between also while nothing is waited for.
            await self._sleep(0.0 if hurries else step / self.speed)
            self.clock.put(self.clock() + step)
            await self._tick()

    async def _tick(self) -> None:
        if self.clock() >= self._ticked + TICK_SECONDS:
            self._ticked = self.clock()
            self.counts["escalate"] += await self._patiently(self.desk.tick)

    async def _report(self, happening: Happening, truth: Truth) -> None:
        rules = self.desk.rules
        category = rules.category(happening.category, happening.at)
        act = Report(
            kind=category.kind if category else "request",
            category=happening.category,
            severity=happening.severity,
            text=happening.text_en if self._language == "en" else happening.text_zh,
            place=happening.place,
            point=(happening.lon, happening.lat),
            located="sensor" if happening.origin == "sensor" else "point",
            origin=happening.origin,
        )
        by = self.people.reporter(happening.reporter, happening.origin, happening.place)
        answer = await self._patiently(lambda: self.desk.report(act, by, at=happening.at))
        self._count(answer, "report")
        if isinstance(answer, Refusal):
            return
        self._remember(answer.matter, truth)
        matter = await self._see(answer.matter)
        if matter is not None and len(self._planned) < IN_PLAY_MOST:
            self._plan_next(matter)

    def _remember(self, matter: str, truth: Truth) -> None:
        if truth.index == 0:
            self._matters.clear()
        same = self._matters.get(truth.same_as, "")
        if not same and self._matters and self.people.does(Habits.mistakes):
            same = next(reversed(self._matters.values()))
        self._matters[truth.index] = matter
        if same:
            self._same[matter] = same
        while len(self._matters) > REMEMBERED:
            self._matters.popitem(last=False)
        while len(self._same) > REMEMBERED:
            self._same.popitem(last=False)

    def _plan(self, at: int, step: str, matter: str, about: str = "", tries: int = 0) -> None:
        self._number += 1
        heapq.heappush(self._planned, Planned(at, self._number, step, matter, about, tries))

    def _plan_next(self, matter: Matter, leg: str = "") -> None:
        """Plan what comes next for a matter as it stands; of its legs only one, where one is named."""
        now, people = self.clock(), self.people
        if matter.custody.offered_to:
            self._plan(people.at_any_hour(now, HOUR), "take", matter.id)
            return
        if matter.stage in NEXT and (not matter.marks.merged_into or matter.stage is Stage.CLOSED):
            step, median, office = NEXT[matter.stage]
            at = people.in_office_hours(now, matter, median) if office else people.at_any_hour(now, median)
            self._plan(at, step, matter.id)
        for agency in (leg,) if leg else tuple(matter.legs):
            self._plan_leg(matter, agency, now)

    def _plan_leg(self, matter: Matter, agency: str, now: int) -> None:
        leg, people = matter.legs.get(agency), self.people
        if leg is None or matter.stage not in (Stage.ASSIGNED, Stage.DOING):
            return
        if leg.state == "offered":
            self._plan(people.in_office_hours(now, matter, 40 * MINUTE), "sign", matter.id, agency)
        elif leg.state == "signed":
            finished = people.worked(now, matter)
            self._plan(finished, "finish", matter.id, agency)
            if leg.part == "lead" and people.does(Habits.asks):
                self._plan((now + finished) // 2, "ask", matter.id, agency)

    async def _do(self, planned: Planned) -> None:
        matter = await self._see(planned.matter)
        if matter is None:
            return
        same = await self._see(self._same.get(matter.id, "")) if planned.step == "triage" else None
        answer: Receipt | Refusal | None = None
        for act, by in SCENES[planned.step](self.people, matter, planned.about, same):
            answer = await self._patiently(partial(self.desk.do, matter.id, act, by))
            self._count(answer, str(act.__struct_config__.tag))
        if isinstance(answer, Receipt):
            await self._go_on(planned, answer)
        elif answer is not None and planned.tries < TRIES:
            at = self.people.in_office_hours(self.clock(), matter, 2 * HOUR)
            self._plan(at, planned.step, planned.matter, planned.about, planned.tries + 1)

    async def _go_on(self, planned: Planned, last: Receipt) -> None:
        """Plan what follows from what was just done."""
        matter = await self._see(planned.matter)
        if matter is None:
            return
        if last.verb == "ask":
            self._plan(self.people.at_any_hour(self.clock(), HOUR), "grant", matter.id)
        elif last.verb == "close":
            for closed in (matter.id, *matter.marks.absorbed):
                self._plan(self.people.at_any_hour(self.clock(), 4 * HOUR), "rate", closed)
        elif last.verb not in QUIET:
            self._plan_next(matter, planned.about)

    async def _patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask again in a moment while others keep the lane busy."""
        for _ in range(PATIENCE):
            try:
                return await ask()
            except Busy:
                await self._sleep(FRAME)
        return await ask()

    async def _see(self, matter: str) -> Matter | None:
        found = await self.desk.matter(matter, ENGINE) if matter else None
        return found if isinstance(found, Matter) else None

    def _count(self, answer: Receipt | Refusal, verb: str) -> None:
        self.counts[verb if isinstance(answer, Receipt) else f"refused:{answer.code}"] += 1


async def play(
    desk: Desk,
    hours: Iterable[Hour],
    *,
    clock: PlayedClock,
    chance: random.Random,
    speed: float,
    until: int = 0,
    hurry_until: int = 0,
) -> Counter[str]:
    """Play a day, or as many as `hours` gives, at so many seconds for each real one; what was done, by verb.

    Up to the instant `hurry_until` it is played without waiting.
    """
    rehearsal = Rehearsal(desk, clock=clock, chance=chance, speed=speed, hurry_until=hurry_until)
    await rehearsal.run(hours, until=until)
    return rehearsal.counts


def _in_order(hours: Iterable[Hour]) -> Iterator[tuple[Happening, Truth]]:
    for hour in hours:
        yield from zip(hour.reports, hour.truth, strict=True)
