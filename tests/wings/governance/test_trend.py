"""The trend counts what came in and was closed by day; read in any slices, it is what counting by hand gives."""

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st
from tests.loop.world import CITY, EAST, LEADER, QUAY, RESIDENT, WEST, leak
from tests.wings.governance.logs import random_log
from tests.wings.governance.town import CLERK, Town, given

from shancheng.loop import act as acts
from shancheng.loop.matter import Matter, Stage
from shancheng.loop.move import Move, fold
from shancheng.loop.rules import Rules
from shancheng.wings.governance.trend import DAY, DAYS, NOTHING, RING, TrendKeeper


class Log:
    """Moves as a ledger gives them, in chunks."""

    def __init__(self, moves: Sequence[Move]) -> None:
        self.lines = moves

    async def moves(self, lane: str, after: int = 0, until: int | None = None) -> AsyncIterator[Sequence[Move]]:
        """A few at a time."""
        end = len(self.lines) if until is None else min(until, len(self.lines))
        for start in range(after, end, 7):
            yield self.lines[start : min(start + 7, end)]

    async def matter(self, matter: str) -> Matter | None:
        """One matter as it stands."""
        return fold([move for move in self.lines if move.matter == matter])


def by_hand(moves: Sequence[Move], rules: Rules, place: int, today: dt.date) -> tuple[list[int], list[int]]:
    """What came in and was closed at a place on the last days."""
    left, right = rules.places.left_right(place)
    opened: Counter[dt.date] = Counter()
    closed: Counter[dt.date] = Counter()
    for move in moves:
        day, last = rules.day(move.at), fold([each for each in moves if each.matter == move.matter])
        if last is None or last.marks.drill or not left <= rules.places.left_right(last.about.cell)[0] <= right:
            continue
        opened[day] += move.then.opening is not None
        closed[day] += move.then.stage is Stage.CLOSED
    days = [today - dt.timedelta(days=back) for back in reversed(range(DAYS))]
    return [opened[day] for day in days], [closed[day] for day in days]


@settings(max_examples=8, deadline=None)
@examples(seed=st.integers(0, 60), most=st.sampled_from([1, 13, 2_000]))
def test_a_trend_is_what_counting_by_hand_gives(rules: Rules, seed: int, most: int) -> None:
    moves = random_log(rules, seed, 160)
    now = max(move.recorded for move in moves)
    keeper = TrendKeeper(Log(moves), "random")  # type: ignore[arg-type]

    async def read() -> None:
        while await keeper.read_on(rules, now, most):
            pass

    asyncio.run(read())

    for place in (CITY, EAST, QUAY):
        found = keeper.trend(place, rules, (), now)
        opened, closed = by_hand(moves, rules, place, rules.day(now))
        assert (list(found.place.opened), list(found.place.closed)) == (opened, closed)
        for name, what in (("opened", opened), ("closed", closed)):
            tops = [sum(getattr(series, name)) for series in found.categories.values()]
            assert sum(tops) == sum(what)
    assert found.whole and found.seq == len(moves)


@pytest.mark.parametrize("lines", [0, 1, 2, 3, 5, 64, 100])
def test_only_the_last_days_are_read(rules: Rules, lines: int) -> None:
    moves = random_log(rules, 3, 260)[:lines]
    lines = len(moves)
    log = Log(moves)
    for old in range(0, lines + 1, 9):
        keeper = TrendKeeper(log, "random")  # type: ignore[arg-type]
        since = moves[old].recorded if old < lines else 10**10

        first = asyncio.run(keeper._first(since))

        assert first == next((number for number, move in enumerate(moves) if move.recorded >= since), lines)


async def _three_days(rules: Rules) -> tuple[Town, str]:
    town = Town(rules)
    async with town:
        for days in (0, 1, 1):
            town.later(days=days)
            matter = await town.report(leak(category=""), RESIDENT)
        await town.do(matter, acts.Accept(category="leak"), CLERK)
        found = given(await town.desk.trend(CITY, LEADER))
        assert found.place.opened[-3:] == (1, 1, 1)
        assert sum(found.categories["streets"].opened) == 1 and sum(found.categories[""].opened) == 2
        assert found.places[EAST] == found.place and found.places[WEST] == NOTHING
        await town.do(matter, acts.Assign(lead="water"), CLERK)
        await town.settle(matter, "water")
        found = given(await town.desk.trend(CITY, LEADER))
        assert found.place.closed[-1] == 1 and sum(found.place.closed) == 1
        town.later(days=RING)
        assert given(await town.desk.trend(CITY, LEADER)).place == NOTHING
    return town, matter


def test_a_day_passes_and_what_is_sorted_later_is_counted_where_it_belongs(rules: Rules) -> None:
    town, _ = asyncio.run(_three_days(rules))

    assert town.desk._trend.seq == town.desk.seq


def test_days_below_the_cells_and_places_of_others_are_not_told(rules: Rules) -> None:
    async def story() -> None:
        async with Town(rules) as town:
            assert given(await town.desk.trend(8, LEADER)).days == ()
            assert await town.desk.trend(WEST, CLERK) is not None
            assert getattr(await town.desk.trend(WEST, CLERK), "code", "") == "not-found"
            days = given(await town.desk.trend(QUAY, CLERK)).days
            assert len(days) == DAYS and days[-1] <= town.now < days[-1] + DAY

    asyncio.run(story())
