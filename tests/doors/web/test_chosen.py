"""Several matters at once: only what may be done on each, done on each once, answered one by one; and splitting one."""

import re

import httpx
import pytest
from tests.doors.web.pages import Pages, form_of, words_of
from tests.loop.world import GATE, handler, leak
from tests.wings.governance.town import CLERK

from shancheng.doors.web import chosen
from shancheng.loop.act import Accept, Note

pytestmark = pytest.mark.anyio
CHOSEN = "/en/desk/list/chosen"


async def ticked(pages: Pages, count: int = 3, **more: object) -> list[str]:
    """So many open matters, and the clerk at the desk."""
    found = [await pages.report_one(**more) for _ in range(count)]
    await pages.sign_in(CLERK)
    return found


def asked(numbers: list[str]) -> str:
    """The page for these."""
    return f"{CHOSEN}?" + "&".join(f"matter={number}" for number in numbers)


async def send(pages: Pages, page: str, verb: str, **fields: str) -> httpx.Response:
    """The form of an act, with every matter it names."""
    action, hidden = form_of(page, f"/chosen/{verb}")
    body = page[page.index(action) :]
    named = re.findall(r'name="matter" value="([^"]+)"', body[: body.index("</form>")])
    return await pages.browser.post(action, data={**hidden, **fields, "matter": named})


async def test_the_worklist_offers_to_choose_and_the_page_shows_what_all_allow(pages: Pages) -> None:
    async with pages:
        numbers = await ticked(pages)
        rows, page = await pages.get("/en/desk/list"), await pages.get(asked(numbers))

        assert rows.text.count('type="checkbox" name="matter"') == 3
        assert "3 matters chosen" in words_of(page)
        assert "/chosen/accept" in page.text and "/chosen/refuse" in page.text
        assert "/chosen/close" not in page.text and "/chosen/assign" not in page.text


async def test_one_act_is_done_on_each_of_them(pages: Pages) -> None:
    async with pages:
        numbers = await ticked(pages)
        answer = await send(pages, (await pages.get(asked(numbers))).text, "accept", category="leak")

        assert "Done on 3 of 3." in words_of(answer)
        assert [(await pages.see(number)).stage.value for number in numbers] == ["accepted"] * 3


async def test_what_somebody_else_moved_meanwhile_is_told_and_the_rest_is_done(pages: Pages) -> None:
    async with pages:
        numbers = await ticked(pages)
        page = await pages.get(asked(numbers))
        await pages.do(numbers[1], Note(text="mine"), CLERK)
        answer = await send(pages, page.text, "accept", category="leak")

        assert "Done on 2 of 3." in words_of(answer)
        assert "Somebody else has acted on it meanwhile" in words_of(answer)
        assert (await pages.see(numbers[1])).stage.value == "reported"
        assert f'name="matter" value="{numbers[1]}"' in answer.text and f'value="{numbers[0]}"' not in answer.text


async def test_sending_it_twice_does_it_once(pages: Pages) -> None:
    async with pages:
        numbers = await ticked(pages, 2)
        page = await pages.get(asked(numbers))
        for _ in range(2):
            assert "Done on 2 of 2." in words_of(await send(pages, page.text, "note", text="Together"))

        for number in numbers:
            assert [move.verb for move in await pages.moves(number)] == ["report", "note"]


async def test_acts_that_not_all_allow_are_not_offered_nor_done(pages: Pages) -> None:
    async with pages:
        numbers = await ticked(pages, 2)
        await pages.do(numbers[0], Accept(category="leak"), CLERK)
        page = await pages.get(asked(numbers))

        assert "/chosen/accept" not in page.text and "/chosen/note" in page.text
        _, hidden = form_of(page.text, "/chosen/note")
        both = [f"{number}:0" for number in numbers]
        answer = await pages.browser.post(f"{CHOSEN}/accept", data=hidden | {"category": "leak", "matter": both})
        assert "Done on 1 of 2." in words_of(answer)
        assert (await pages.browser.post(f"{CHOSEN}/close", data=hidden | {"matter": both})).status_code == 404


async def test_a_form_that_lacks_something_comes_back_with_it_and_nothing_is_done(pages: Pages) -> None:
    async with pages:
        numbers = await ticked(pages, 2)
        answer = await send(pages, (await pages.get(asked(numbers))).text, "refuse", elsewhere="Next door")

        assert answer.status_code == 422 and 'href="#refuse-reason"' in answer.text
        assert 'value="Next door"' in answer.text
        assert [len(await pages.moves(number)) for number in numbers] == [1, 1]


async def test_there_is_a_bound_and_nobody_acts_on_what_they_may_not_see(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chosen, "CHOSEN_MAX", 2)
    async with pages:
        numbers = await ticked(pages, 3)
        page = await pages.get(asked(numbers))
        assert "2 matters chosen" in words_of(page) and "At most 2" in words_of(page)

        other = await pages.opened(leak(place=GATE + 8))
        page = await pages.get(asked([numbers[0], other]))
        assert "1 matter chosen" in words_of(page) and "left out" in words_of(page)
        _, hidden = form_of(page.text, "/chosen/note")
        answer = await pages.browser.post(
            f"{CHOSEN}/note", data=hidden | {"text": "x", "matter": [f"{other}:1", "x", ":::"]}
        )
        assert len(await pages.moves(other)) == 1
        assert "WATER" not in answer.text and "水管漏水" not in answer.text


async def test_choosing_nothing_is_said(pages: Pages) -> None:
    async with pages:
        await pages.sign_in(handler("water"))

        assert "None is chosen" in words_of(await pages.get(CHOSEN))


async def test_a_matter_is_split_into_parts_once_however_often_it_is_sent(pages: Pages) -> None:
    async with pages:
        (number,) = await ticked(pages, 1)
        await pages.do(number, Accept(category="leak"), CLERK)
        path = f"/en/desk/matters/{number}"
        page = await pages.get(path)
        parts = {
            "part_category_1": "leak",
            "part_text_1": "The pipe",
            "part_category_3": "lamp",
            "part_text_3": "The lamp",
        }
        for _ in range(2):
            assert (await pages.send(page, "/split", **parts)).status_code == 303

        seen = await pages.see(number)
        assert seen.stage.value == "doing" and len(seen.marks.children) == 2
        told = [(await pages.see(child)) for child in seen.marks.children]
        assert [(part.about.category, part.opening.text) for part in told] == [
            ("leak", "The pipe"),
            ("lamp", "The lamp"),
        ]
        shown = (await pages.get(path)).text
        assert all(f"/en/desk/matters/{child}" in shown for child in seen.marks.children)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "at least two parts"),
        ({"part_category_1": "leak", "part_text_1": "One"}, "at least two parts"),
        ({"part_category_1": "leak", "part_text_2": "Two"}, "Part 1 needs both"),
    ],
)
async def test_a_split_that_is_not_whole_is_said(pages: Pages, fields: dict[str, str], said: str) -> None:
    async with pages:
        (number,) = await ticked(pages, 1)
        await pages.do(number, Accept(category="leak"), CLERK)
        answer = await pages.send(await pages.get(f"/en/desk/matters/{number}"), "/split", **fields)

        assert answer.status_code == 422 and said in words_of(answer)
        assert 'href="#split-parts"' in answer.text and 'id="split-parts"' in answer.text
