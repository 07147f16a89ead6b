"""Sheets to take along hold what their taker may see, nothing confidential, and say what is missing."""

import asyncio

import pytest
import shapely
from hypothesis import given as given_by
from hypothesis import settings
from hypothesis import strategies as st
from tests.loop.world import CITY, EAST, LEADER, MILL, QUAY, RESIDENT, leak
from tests.wings.governance.town import AUDITOR, CLERK, Town, given

from shancheng.ground.access import Actor
from shancheng.ground.sheet import Sheet
from shancheng.loop import act as acts
from shancheng.loop.ledger import Query, Refusal, Scope
from shancheng.loop.matter import STAGES
from shancheng.loop.rules import Rules
from shancheng.wings.governance import sheet_words
from shancheng.wings.governance.course import COMPARED
from shancheng.wings.governance.desk import Wish
from shancheng.wings.governance.sheets import Desktop, worklist_sheet

pytestmark = pytest.mark.anyio
DAY = 86_400


@pytest.fixture
def town(rules: Rules) -> Town:
    """A closed town."""
    return Town(rules)


def column(sheet: Sheet, key: str) -> list[object]:
    """The cells of one column."""
    number = [each.key for each in sheet.columns].index(key)
    return [row[number] for row in sheet.rows]


async def test_a_worklist_to_take_along_has_the_matters_of_the_page_and_no_telephone(town: Town) -> None:
    async with town:
        mine = await town.report(leak(place=8, text="水管漏了，电话 13800000000，找张三"), RESIDENT)
        await town.report(leak(place=12), RESIDENT)

        sheet = given(await town.desk.worklist_sheet(Wish(place=QUAY), CLERK, "zh"))

        assert column(sheet, "number") == [mine]
        assert "13800000000" not in str(sheet) and RESIDENT.id not in str(sheet)
        assert column(sheet, "stage") == ["已上报"] and column(sheet, "place") == ["东区 码头镇 第1社区"]
        assert column(sheet, "reported_at") == [town.now]
        assert ("筛选", "东区 码头镇") in sheet.about and sheet.left_out == 0
        assert any("虚构城市" in text for _, text in sheet.about)


@pytest.mark.parametrize("who", [LEADER, AUDITOR], ids=["leader", "importer"])
async def test_what_is_confidential_is_not_taken_along_even_by_those_who_see_it(town: Town, who: Actor) -> None:
    async with town:
        hidden = await town.report(leak(confidential=True, text="SECRETWORD"), AUDITOR)
        await town.report(leak(kind="dispute", category="noise", text="SECRETWORD"), RESIDENT)
        assert not isinstance(await town.desk.matter(hidden, who), Refusal)

        sheets = [
            given(await town.desk.worklist_sheet(Wish(), who, "en")),
            given(await town.desk.board_sheet(CITY, who, "en")),
            given(await town.desk.figures_sheet(CITY, (town.now - DAY, town.now + 1), who, "en")),
        ]

        assert "SECRETWORD" not in str(sheets) and hidden not in str(sheets)
        assert sheets[0].rows == ()
        assert "noise" not in str(sheets[1].rows)


async def test_more_than_fits_is_counted(town: Town) -> None:
    async with town:
        for _ in range(7):
            await town.report(leak(), RESIDENT)
        desktop = Desktop(town.desk.rules, "en", town.now, "tiny", town.ledger.head)

        sheet = await worklist_sheet(town.ledger, Query(scope=Scope()), Wish(), desktop, most=3)  # type: ignore[arg-type]

        assert (len(sheet.rows), len(sheet.shapes), sheet.left_out, sheet.left_out_at_least) == (3, 3, 4, False)


PLACES = (0, CITY, EAST, QUAY, MILL, 8, 12)
people = st.builds(
    lambda role, place, kinds: Actor("who", role, places=(place,) if place else (), agency="water", kinds=kinds),
    st.sampled_from(["operator", "leader", "handler", "verifier", "supervisor", "admin", "resident", "nobody"]),
    st.sampled_from(PLACES),
    st.sampled_from([(), ("request",), ("hazard",), ("dispute",)]),
)


@settings(max_examples=60, deadline=None)
@given_by(who=people, places=st.lists(st.sampled_from([8, 9, 10, 12, 15]), min_size=1, max_size=5))
def test_nobody_takes_along_what_the_list_would_not_show(rules: Rules, who: Actor, places: list[int]) -> None:
    async def story() -> None:
        town = Town(rules)
        async with town:
            for number, place in enumerate(places):
                matter = await town.report(leak(place=place, confidential=number % 3 == 2), AUDITOR)
                if number % 2:
                    await town.desk.do(matter, acts.Assign(lead="water"), AUDITOR)
            page = await town.desk.worklist(Wish(limit=200), who)
            sheet = await town.desk.worklist_sheet(Wish(), who, "zh")

            if isinstance(page, Refusal) or isinstance(sheet, Refusal):
                assert isinstance(page, Refusal) and isinstance(sheet, Refusal)
                return
            seen = [matter.id for matter in page.matters if not matter.marks.confidential]
            assert column(sheet, "number") == seen
            for place in (CITY, EAST, QUAY, MILL):
                board = await town.desk.board(place, who)
                taken = await town.desk.board_sheet(place, who, "zh")
                figures = await town.desk.figures_sheet(place, (town.now - DAY, town.now + 1), who, "zh")
                beside = await town.desk.places_sheet(place, (town.now - DAY, town.now + 1), who, "zh")
                refused = [isinstance(each, Refusal) for each in (board, taken, figures, beside)]
                assert len(set(refused)) == 1

    asyncio.run(story())


async def test_a_board_to_take_along_has_its_counts(town: Town) -> None:
    async with town:
        await town.report(leak(place=8), RESIDENT)
        await town.report(leak(place=12), RESIDENT)

        sheet = given(await town.desk.board_sheet(CITY, LEADER, "en"))

        assert column(sheet, "name")[:2] == ["东区", "西区"] and column(sheet, "open")[:3] == [1, 1, 2]
        assert {"leak", "streets"} <= set(column(sheet, "code"))
        assert len(sheet.shapes) == len(sheet.rows)


async def test_figures_to_take_along_have_their_intervals_and_no_order_but_the_registers(town: Town) -> None:
    async with town:
        matter = await town.report(leak(place=8), RESIDENT)
        for act, by in ((acts.Accept(), CLERK), (acts.Assign(lead="quay-office", supports=("water",)), CLERK)):
            await town.do(matter, act, by)
        await town.settle(matter, "quay-office", "water")
        town.later(days=60)
        edges = (town.now - 90 * DAY, town.now)

        sheet = given(await town.desk.figures_sheet(EAST, edges, LEADER, "en"))
        beside = given(await town.desk.places_sheet(EAST, edges, LEADER, "en"))

        rows = {(row[0], row[2]): row for row in sheet.rows}
        own = rows[(sheet.rows[0][0], "on-time closing rate")]
        assert own[3] == 1.0 and 0 < own[5] < 1 and own[6] == 1.0 and own[8] == 1  # type: ignore[operator]
        assert {mark.label: mark.count for mark in sheet.marks} == {"码头镇": 1, "山头镇": 0}
        assert sorted(column(beside, "on_time_rate_n")) == [0, 1]  # type: ignore[type-var]
        assert [mark.label for mark in sheet.marks] == column(beside, "name")
        assert {f"{key}_n" for key in COMPARED} <= {each.key for each in beside.columns}
        assert any("not by rank" in text for _, text in sheet.about)


async def test_a_matter_lies_at_its_own_point_or_in_the_middle_of_its_place(town: Town) -> None:
    async with town:
        await town.report(leak(place=8, point=(106.5, 29.5)), RESIDENT)

        sheet = given(await town.desk.worklist_sheet(Wish(), LEADER, "en"))

        (shape,) = sheet.shapes
        assert shape is None or shapely.from_wkb(shape).geom_type == "Point"


async def test_a_period_has_an_end_and_not_too_many_steps(town: Town) -> None:
    async with town:
        answers = [
            await town.desk.course(CITY, edges, LEADER) for edges in ((), (5,), (5, 5), (9, 5), tuple(range(402)))
        ]

        assert all(isinstance(answer, Refusal) and answer.code == "bad-time" for answer in answers)


def test_every_stage_has_its_words() -> None:
    assert set(sheet_words.STAGES) == {str(stage) for stage in STAGES}
