"""What anybody may see and what an actor may do: hidden small counts, suggestions, matters alike, allowed verbs."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.loop.world import OTHER_OPERATOR, RESIDENT, handler, leak
from tests.wings.governance.town import CHECKER, CLERK, FINISH, Town
from tests.wings.governance.town import given as shown

from shancheng.ground.access import Actor
from shancheng.loop import act as acts
from shancheng.loop.rules import Rules
from shancheng.wings.governance.publishing import FLOOR, hidden

CITY = 1
pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 40), max_size=12))
def test_a_small_count_is_never_told_and_cannot_be_worked_out(counts: list[int]) -> None:
    told = hidden(counts)

    left_out = [number for number, count in enumerate(told) if count is None]
    assert all(count is None or count == 0 or count >= FLOOR for count in told)
    assert all(count is None or count == counts[number] for number, count in enumerate(told))
    assert len(left_out) != 1 or all(count < FLOOR for count in counts)


async def test_open_counts_leave_confidential_kinds_out(rules: Rules) -> None:
    async with Town(rules) as town:
        for _ in range(6):
            await town.report(leak(), RESIDENT)
            await town.report(leak(kind="dispute", category="noise"), RESIDENT)

        counts = shown(await town.desk.open_counts(CITY))

        assert counts.place.open == 6
        assert [row.category for row in counts.categories] == ["streets"]


async def test_a_category_is_suggested_from_what_was_said_before(rules: Rules) -> None:
    async with Town(rules) as town:
        await town.report(leak(text="水管爆裂，路面积水"), RESIDENT)
        await town.report(leak(category="lamp", text="路灯不亮，晚上很黑"), RESIDENT)

        assert (await town.desk.suggest("这里路灯都不亮"))[0] == "lamp"
        assert (await town.desk.suggest("水管裂了"))[0] == "leak"
        assert await town.desk.suggest("?") == ()


async def test_matters_alike_are_told_without_their_words_and_never_confidential_ones(rules: Rules) -> None:
    async with Town(rules) as town:
        same = await town.report(leak(), RESIDENT)
        await town.report(leak(place=15), RESIDENT)
        await town.report(leak(confidential=True), RESIDENT)

        found = await town.desk.alike("leak", 8)

        assert [row.matter for row in found] == [same]
        assert "水管" not in str(found)


async def test_a_point_close_by_counts_across_the_border_of_a_community(rules: Rules) -> None:
    async with Town(rules) as town:
        near = await town.report(leak(place=9, point=(106.5000, 29.5)), RESIDENT)
        await town.report(leak(place=9, point=(106.5100, 29.5)), RESIDENT)

        found = await town.desk.alike("leak", 8, (106.5005, 29.5))

        assert [(row.matter, row.metres) for row in found] == [(near, 48)]


async def test_only_acts_that_would_not_be_barred_are_offered(rules: Rules) -> None:
    async with Town(rules) as town:
        matter = await town.report(leak(), RESIDENT)

        async def offered(by: Actor) -> set[str]:
            return set(shown(await town.desk.allowed(matter, by)))

        assert {"accept", "refuse", "merge", "raise"} <= await offered(CLERK)
        assert not {"assign", "verify", "close", "take"} & await offered(CLERK)
        assert await offered(RESIDENT) == {"note"}
        await town.do(matter, acts.Accept(), CLERK)
        assert "assign" in await offered(OTHER_OPERATOR)
        await town.do(matter, acts.Assign(lead="water"), CLERK)
        assert {"sign", "return"} <= await offered(handler("water"))
        await town.do(matter, acts.Sign(), handler("water"))
        await town.do(matter, FINISH, handler("water"))
        assert "verify" in await offered(CHECKER) or "verify" in await offered(CLERK)
        assert "verify" not in await offered(handler("water"))
