"""Boards: deadlines and the last days by place and category, as text, drawing and table."""

import re

import pytest
from tests.doors.web.pages import Pages, words_of
from tests.loop.world import CITY, EAST, HILL, LEADER, QUAY, SUPERVISOR, handler
from tests.wings.governance.town import CLERK

from shancheng.loop.act import Accept, Assign, Supervise

pytestmark = pytest.mark.anyio
DAY = 86_400


def row_of(text: str, name: str) -> str:
    """The words of a table's row."""
    found = next(row for row in re.findall(r"<tr>.*?</tr>", text, re.DOTALL) if f">{name}<" in row)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found)).strip()


async def test_a_board_tells_what_is_late_and_due_soon_by_place_and_category(pages: Pages) -> None:
    async with pages:
        matter = await pages.report_one()
        await pages.do(matter, Accept(category="leak"), CLERK)
        await pages.sign_in(LEADER)
        due = (await pages.see(matter)).due

        for before, told in ((5 * DAY, "0 0 0"), (2 * DAY, "0 0 1"), (3600, "0 1 0"), (-3600, "1 0 0")):
            pages.now = due - before
            page = await pages.get(f"/en/desk/board/{CITY}")
            assert row_of(page.text, "东区").startswith(f"东区 1 {told}")
            assert row_of(page.text, "streets").startswith(f"streets 1 {told}")
        assert f'href="/en/desk/list?place={CITY}&amp;category=streets&amp;late=1">1</a>' in page.text


async def test_a_board_draws_the_last_days_and_says_them_in_words(pages: Pages) -> None:
    async with pages:
        for _ in range(3):
            await pages.report_one()
            pages.later(days=1)
        await pages.sign_in(CLERK)
        page = await pages.get(f"/en/desk/board/{QUAY}")

        assert "The last 14 days: came in 3 closed 0" in words_of(page)
        assert "28 Sept 1 0" in words_of(page) and "1 Oct 0 0" in words_of(page)
        assert row_of(page.text, "streets").split()[5:8] == ["3", "/", "0"]
        assert page.text.count('<path class="in" d="M') >= 2


async def test_a_board_without_days_or_matters_says_so_and_draws_nothing(pages: Pages) -> None:
    async with pages:
        await pages.sign_in(LEADER)
        empty, small = await pages.get(f"/zh/desk/board/{EAST}"), await pages.get("/zh/desk/board/8")

        assert "近14天: 新增 0" in words_of(empty).replace("近14天：", "近14天: ")
        assert "近14天" not in words_of(small)
        assert small.status_code == empty.status_code == 200


async def test_a_town_is_shown_by_centre_platforms_and_grids(pages: Pages) -> None:
    async with pages:
        await pages.report_one()
        await pages.sign_in(CLERK)
        board, town = await pages.get(f"/en/desk/board/{QUAY}"), await pages.get(f"/en/desk/town/{QUAY}")

        assert f'href="/en/desk/town/{QUAY}"' in board.text
        assert re.search(r"1 Governance centre Open 1 Late 0 .* To take on 1", words_of(town))
        assert "Party leadership" in words_of(town) and "Civil life services" in words_of(town)
        assert row_of(town.text, "第1社区").startswith("第1社区 0 1 0")
        assert f'data-live="/en/desk/live/town/{QUAY}"' in town.text


async def test_what_is_no_town_has_its_ordinary_board_and_what_is_not_ones_own_has_none(pages: Pages) -> None:
    async with pages:
        await pages.sign_in(LEADER)
        assert (await pages.get(f"/en/desk/town/{EAST}")).headers["location"] == f"/en/desk/board/{EAST}"
        pages.browser = pages.new_browser()
        await pages.sign_in(CLERK)

        for path in (f"/en/desk/town/{HILL}", f"/en/desk/watch/{HILL}", "/en/desk/town/999", "/en/desk/watch/999"):
            assert (await pages.get(path)).status_code == 404


async def test_the_supervision_list_says_who_wants_what_by_when(pages: Pages) -> None:
    async with pages:
        matter = await pages.report_one()
        await pages.do(matter, Accept(category="leak"), CLERK)
        await pages.do(matter, Supervise(why="School nearby", report_by=pages.now + 7200), SUPERVISOR)
        await pages.sign_in(SUPERVISOR)
        home = await pages.get("/en/desk/watch")
        page = await pages.get(home.headers["location"])
        pages.later(days=60)
        late = await pages.get(f"/zh/desk/watch/{QUAY}")

        assert home.headers["location"] == f"/en/desk/watch/{CITY}"
        assert "School nearby" in words_of(page) and "Nothing is late here." in words_of(page)
        assert f'href="/en/desk/matters/{matter}"' in page.text
        assert "码头镇，尚未派遣 1 1" in words_of(late)


async def test_desk_and_field_pages_lead_to_each_other_for_those_who_work_outside(pages: Pages) -> None:
    async with pages:
        matter = await pages.report_one()
        await pages.do(matter, Accept(category="leak"), CLERK)
        await pages.do(matter, Assign(lead="water"), CLERK)
        await pages.sign_in(handler("water"))
        desk, grid = await pages.get("/en/desk/list"), await pages.get("/en/grid")
        one = await pages.get(f"/en/grid/matters/{matter}")

        assert 'href="/en/grid"' in desk.text and 'href="/en/desk"' in grid.text
        assert f'href="/en/desk/matters/{matter}"' in one.text
        pages.browser = pages.new_browser()
        await pages.sign_in(SUPERVISOR)
        assert 'href="/en/grid"' not in (await pages.get("/en/desk/list")).text
