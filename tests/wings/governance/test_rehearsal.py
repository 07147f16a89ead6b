"""An invented day plays through the desk: believable, repeatable, bounded, and taken up again after a stop."""

import asyncio
import datetime as dt
import itertools
import math
import random
from collections import Counter
from pathlib import Path

import pytest
from tests.loop.world import PACKS, TABLES
from tests.wings.governance.town import given

from shancheng.ground.calendar import Calendars
from shancheng.ground.invented.city import City, read_city
from shancheng.ground.invented.day import hours
from shancheng.ground.pack.reader import load_packs
from shancheng.ground.territory import Territory
from shancheng.loop.matter import STAGES
from shancheng.loop.rules import Rules
from shancheng.loop.sequencer import Sequencer
from shancheng.store.memory import MemoryLedger
from shancheng.wings.governance import rehearsal
from shancheng.wings.governance.desk import ENGINE, Desk
from shancheng.wings.governance.rehearsal import PlayedClock, Rehearsal, play

MONDAY = dt.date(2025, 9, 15)
DAY = 86_400


@pytest.fixture(scope="session")
def city_rules(weicheng: Path) -> Rules:
    """The rules of the invented city."""
    packs = load_packs([weicheng], TABLES, [PACKS])
    zone = packs.city.time_zone
    return Rules.of(packs, Territory.of(packs), Calendars.of(packs, zone), on=MONDAY, tree="official")


@pytest.fixture(scope="session")
def city(weicheng: Path) -> City:
    """The grids of the invented city."""
    return read_city(weicheng)


class Stage:
    """A ledger, a desk and a clock to play on."""

    def __init__(self, rules: Rules, city: City) -> None:
        self.start = int(dt.datetime.combine(MONDAY, dt.time(), city.zone).timestamp())
        self.clock = PlayedClock(self.start)
        self.ledger = MemoryLedger("weicheng")
        self.sequencer = Sequencer(self.ledger, rules)
        numbers = itertools.count(1)
        self.desk = Desk(
            reader=self.ledger,  # type: ignore[arg-type]
            sequencer=self.sequencer,
            rules=rules,
            now=self.clock,
            new_id=lambda: f"w{next(numbers)}",
        )

    async def played(self, city: City, *, days: int = 0, scale: float = 0.25, seed: int = 1) -> Counter[str]:
        """What was done in a day, and some days of settling after it."""
        async with self.sequencer:
            return await play(
                self.desk,
                hours(city, MONDAY, scale=scale),
                clock=self.clock,
                chance=random.Random(seed),
                speed=math.inf,
                until=self.start + (days + 1) * DAY,
            )


def test_a_day_and_the_two_weeks_after_it_settle_most_of_what_was_reported(city_rules: Rules, city: City) -> None:
    stage = Stage(city_rules, city)

    counts = asyncio.run(stage.played(city, days=14))

    refused = {key: number for key, number in counts.items() if key.startswith("refused:")}
    assert sum(refused.values()) <= 0.02 * counts.total(), refused
    assert counts["close"] > 0.6 * (counts["report"] - counts["merge"])
    assert min(counts[verb] for verb in ("merge", "return", "rate", "ask", "verify", "escalate")) > 0
    root = int(city_rules.places.ids[0])
    board = given(asyncio.run(stage.desk.board(root, ENGINE)))
    assert sum(board.place.stages) == counts["report"] - counts["merge"]


def test_the_same_seed_plays_the_same_day(city_rules: Rules, city: City) -> None:
    one, other, third = (Stage(city_rules, city) for _ in range(3))

    asyncio.run(one.played(city, scale=0.1))
    asyncio.run(other.played(city, scale=0.1))
    asyncio.run(third.played(city, scale=0.1, seed=2))

    assert one.ledger.head == other.ledger.head
    assert one.ledger.head != third.ledger.head


def test_a_play_waits_as_long_as_its_speed_says(city_rules: Rules, city: City) -> None:
    stage = Stage(city_rules, city)
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def story() -> None:
        async with stage.sequencer:
            show = Rehearsal(stage.desk, clock=stage.clock, chance=random.Random(1), speed=600, sleep=sleep)
            await show.run((), until=stage.start + DAY)

    asyncio.run(story())

    assert sum(slept) == pytest.approx(DAY / 600)
    assert max(slept) <= rehearsal.FRAME


def test_a_play_that_hurries_to_an_hour_waits_only_after_it(city_rules: Rules, city: City) -> None:
    stage = Stage(city_rules, city)
    noon = stage.start + DAY // 2
    waited: list[tuple[int, float]] = []

    async def sleep(seconds: float) -> None:
        waited.append((stage.clock(), seconds))

    async def story() -> Counter[str]:
        async with stage.sequencer:
            chance = random.Random(1)
            show = Rehearsal(stage.desk, clock=stage.clock, chance=chance, speed=600, hurry_until=noon, sleep=sleep)
            await show.run(hours(city, MONDAY, scale=0.1), until=stage.start + DAY)
            return show.counts

    counts = asyncio.run(story())

    assert sum(seconds for at, seconds in waited if at < noon) == 0
    assert sum(seconds for at, seconds in waited if at >= noon) == pytest.approx(DAY / 2 / 600)
    assert counts["report"] == sum(len(hour.reports) for hour in hours(city, MONDAY, scale=0.1))


def test_what_was_open_before_a_stop_is_taken_up_again(city_rules: Rules, city: City) -> None:
    stage = Stage(city_rules, city)
    asyncio.run(stage.played(city, scale=0.1))
    open_before = sum(row.is_open and not row.merged for row in stage.ledger.rows.values())

    async def again() -> None:
        stage.sequencer = Sequencer(stage.ledger, city_rules)
        desk = Desk(
            reader=stage.ledger,  # type: ignore[arg-type]
            sequencer=stage.sequencer,
            rules=city_rules,
            now=stage.clock,
            new_id=lambda: "none",
        )
        async with stage.sequencer:
            until = stage.clock() + 28 * DAY
            await play(desk, (), clock=stage.clock, chance=random.Random(3), speed=math.inf, until=until)

    asyncio.run(again())

    open_after = sum(row.is_open and not row.merged for row in stage.ledger.rows.values())
    assert open_before > 20
    assert open_after < open_before / 3


def test_a_play_with_too_few_people_leaves_reports_lying(
    city_rules: Rules, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearsal, "IN_PLAY_MOST", 10)
    stage = Stage(city_rules, city)

    counts = asyncio.run(stage.played(city, scale=0.1))

    lying = Counter(row.stage for row in stage.ledger.rows.values())[STAGES[0]]
    assert lying > counts["report"] / 4


def test_a_play_ends_where_the_lane_has_stopped(city_rules: Rules, city: City) -> None:
    stage = Stage(city_rules, city)
    asyncio.run(stage.ledger.close())

    counts = asyncio.run(stage.played(city, scale=0.1))

    assert (counts["stopped"], counts["report"]) == (1, 0)
