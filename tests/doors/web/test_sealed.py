"""Sealed data open for those they are for, with a purpose that is written first, and only shortly after a sign-in."""

from pathlib import Path
from urllib.parse import unquote

import pytest
from tests.doors.web.pages import words_of
from tests.doors.web.people import PASSWORD, People
from tests.loop.world import LEADER, MILL, RESIDENT, leak
from tests.wings.governance.town import CLERK, done

from shancheng.doors.web.sessions import RECENT_SECONDS
from shancheng.ground.access import Actor
from shancheng.loop.rules import Rules

pytestmark = pytest.mark.anyio
PURPOSE = "to call back about the repair"


@pytest.fixture
def people(rules: Rules, tmp_path: Path) -> People:
    """Closed pages with an operator, a leader, and an operator of another town."""
    made = People(rules, tmp_path)
    made.person("li")
    made.person("leader", LEADER)
    made.person("far", Actor("o-mill", "operator", centre=MILL, places=(MILL,)))
    return made


async def sealed_of(people: People) -> str:
    """The sealed page of a matter whose reporter left a telephone number."""
    act = leak(text="Call me at 13911112222, the pipe leaks")
    matter = done(
        await people.desk.report(act, RESIDENT, contact=b'{"phone": "13800000000", "name": "<b>Wang</b>"}')
    ).matter
    return f"/en/desk/matters/{matter}/sealed"


async def test_it_opens_with_a_purpose_that_is_written_first(people: People) -> None:
    async with people:
        path = await sealed_of(people)
        await people.enter()
        page = await people.get(path)
        nothing = await people.send(page, "/sealed", reporter="1", purpose="")
        opened = await people.send(page, "/sealed", reporter="1", purpose=PURPOSE)

        assert (page.status_code, nothing.status_code, opened.status_code) == (200, 422, 200)
        assert "13800000000" not in page.text + nothing.text
        told = words_of(opened)
        assert all(word in told for word in ("13800000000", "<b>Wang</b>", "Call me at 13911112222"))
        assert opened.headers["cache-control"] == "no-store"
        moves = await people.moves(path.split("/")[4])
        assert [(move.verb, move.act.purpose, move.actor) for move in moves[1:]] == [("unseal", PURPOSE, CLERK.id)]


async def test_long_after_the_sign_in_it_asks_who_this_is_once_more(people: People) -> None:
    async with people:
        path = await sealed_of(people)
        await people.enter()
        form = await people.get(path)
        people.wall += RECENT_SECONDS

        page, sent = await people.get(path), await people.send(form, "/sealed", reporter="1", purpose=PURPOSE)
        again = await people.get(sent.headers["location"])
        back = await people.send(again, "/sign-in", name="li", password=PASSWORD)
        opened = await people.send(await people.get(back.headers["location"]), "/sealed", reporter="1", purpose=PURPOSE)

        assert "more than ten minutes ago" in words_of(page) and 'name="purpose"' not in page.text
        assert unquote(sent.headers["location"]) == f"/en/sign-in?again=1&then={path}"
        assert "once more that it is you" in words_of(again)
        assert back.headers["location"] == path
        assert "13800000000" in opened.text
        assert len(await people.moves(path.split("/")[4])) == 2, "only what was shown is written"


async def test_using_pages_does_not_prove_anything_again(people: People) -> None:
    async with people:
        path = await sealed_of(people)
        await people.enter()
        for _ in range(3):
            people.wall += RECENT_SECONDS // 2
            await people.get("/en/desk/list")

        assert 'name="purpose"' not in (await people.get(path)).text


@pytest.mark.parametrize(("who", "status"), [("leader", 403), ("far", 404)])
async def test_it_is_not_there_for_anybody_else(people: People, who: str, status: int) -> None:
    async with people:
        path = await sealed_of(people)
        await people.enter(who)
        page = await people.get(path)
        matter = await people.get(path.removesuffix("/sealed"))

        assert page.status_code == status
        assert "sealed" not in matter.text


async def test_a_reporter_whose_data_are_gone_is_not_offered(people: People) -> None:
    async with people:
        matter = await people.report_one()
        await people.enter()
        page = await people.get(f"/en/desk/matters/{matter}/sealed")
        other = await people.send(page, "/sealed", reporter="7", purpose=PURPOSE)

        assert other.status_code == 422 and "Choose a reporter" in words_of(other)


async def test_a_session_number_that_was_planted_is_never_the_one_that_signs_in(people: People) -> None:
    async with people:
        planted = "p" * 43
        for name in ("__Host-sc_session", "sc_session", "sc_visit"):
            people.browser.cookies.set(name, planted, domain="pages")
        answer = await people.enter()
        numbers = [line for line in answer.headers.get_list("set-cookie") if "session" in line]

        attacker = people.new_browser()
        attacker.cookies.set("__Host-sc_session", planted, domain="pages")
        attacker.cookies.set("sc_session", planted, domain="pages")
        assert (await attacker.get("/en/desk/list")).status_code == 303
        assert len(numbers) == 1 and planted not in numbers[0]
        assert people.signing.sessions.find(planted, people.wall) is None
