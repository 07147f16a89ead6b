"""Pages of those who run the house: who may see them, what they show, what they do."""

import re
from pathlib import Path

import pytest
from tests.doors.web.pages import form_of, words_of
from tests.doors.web.people import ADMIN, PASSWORD, People
from tests.loop.world import LEADER, QUAY, SUPERVISOR
from tests.wings.governance.town import CHECKER, CLERK

from shancheng.doors.web import admin_house
from shancheng.doors.web.admin_house import House
from shancheng.doors.web.routes import PAGES
from shancheng.ground.access import Actor
from shancheng.ground.pack import Fault
from shancheng.loop.rules import Rules

pytestmark = pytest.mark.anyio
PLACES = [entry.path for entry in PAGES if entry.permission == "manager" and entry.method == "GET"]
HANDLER = Actor("h-water", "handler", agency="water")


@pytest.fixture
def people(rules: Rules, tmp_path: Path) -> People:
    """Closed pages with an administrator, Chen."""
    made = People(rules, tmp_path)
    made.person("chen", ADMIN)
    return made


async def test_an_administrator_comes_in_at_the_house_and_sees_no_matter(people: People) -> None:
    async with people:
        number = await people.report_one()
        answer = await people.enter("chen")

        assert answer.headers["location"] == "/en/admin"
        for path in PLACES:
            assert await people.status(f"/en{path}") == await people.status(f"/zh{path}") == 200
        assert await people.status(f"/en/desk/matters/{number}") == 404
        assert number not in (await people.get("/en/desk/list")).text


@pytest.mark.parametrize("actor", [CLERK, LEADER, SUPERVISOR, CHECKER, HANDLER])
async def test_nobody_else_sees_or_does_anything_there(people: People, actor: Actor) -> None:
    async with people:
        people.person("somebody", actor)
        await people.enter("somebody")
        _, hidden = form_of((await people.get("/en/account")).text)

        assert {await people.status(f"/en{path}") for path in PLACES} == {403}
        for entry in PAGES:
            if entry.permission == "manager" and entry.method == "POST":
                path = entry.path.format(name="chen", act="disable")
                answer = await people.browser.post(f"/en{path}", data=hidden)
                assert answer.status_code == 403
        assert people.signing.accounts.get("chen").disabled == 0  # type: ignore[union-attr]


async def test_without_signing_in_all_of_it_asks_for_that(people: People) -> None:
    async with people:
        assert {await people.status(f"/en{path}") for path in PLACES} == {303}


async def test_an_account_is_made_and_its_password_is_shown_once(people: People) -> None:
    async with people:
        await people.enter("chen")
        made = await people.make(name="Wang", role="operator", place="EQ", agency="", note="<b>Wang</b>")
        found = re.search(r'id="password">([^<]+)<', made.text)
        assert found is not None
        again = await people.get("/en/admin/accounts")
        account = people.signing.accounts.get("wang")

        assert made.headers["cache-control"] == "no-store"
        assert account is not None and account.first and account.actor.places == (QUAY,)
        assert found[1] not in again.text and "<b>Wang</b>" not in again.text
        people.browser = people.new_browser()
        assert (await people.enter("wang", found[1])).status_code == 303
        assert (await people.get("/en/desk")).headers["location"] == "/en/account"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": "x", "role": "system"}, "no role"),
        ({"name": "x", "role": "importer"}, "no role"),
        ({"name": "x", "role": "handler"}, "works for an agency"),
        ({"name": "x", "role": "operator", "place": "XX"}, "no place"),
        ({"name": "x y", "role": "operator"}, "no name"),
        ({"name": "chen", "role": "operator"}, "already"),
        ({"name": "x", "role": ""}, "no role"),
    ],
)
async def test_what_cannot_be_an_account_is_said(people: People, fields: dict[str, str], sentence: str) -> None:
    async with people:
        await people.enter("chen")
        answer = await people.make(**fields)

        assert answer.status_code == 422 and sentence in words_of(answer)
        assert len(people.signing.accounts.all()) == 1


async def test_an_account_is_disabled_enabled_signed_out_and_renewed(people: People) -> None:
    async with people:
        people.person("wang")
        wang = people.new_browser()
        mine, people.browser = people.browser, wang
        await people.enter("wang")
        people.browser = mine
        await people.enter("chen")

        async def does(act: str) -> str:
            answer = await people.send(await people.get("/en/admin/accounts"), f"/wang/{act}")
            return words_of(await people.get(answer.headers.get("location", "/en/admin/accounts")))

        assert "signed out" in await does("sign-out")
        assert (await wang.get("/en/desk/list")).status_code == 303
        await does("password")
        assert not await people.signing.passwords.matches(
            people.signing.accounts.get("wang").hash,
            PASSWORD,  # type: ignore[union-attr]
        )
        assert "disabled" in await does("disable")
        assert "may be used again" in await does("enable")


async def test_nobody_shuts_themselves_out(people: People) -> None:
    async with people:
        await people.enter("chen")
        page = await people.get("/en/admin/accounts")
        answer = await people.browser.post("/en/admin/accounts/chen/disable", data=form_of(page.text)[1])

        assert "/chen/disable" not in page.text
        assert answer.status_code == 422 and "own account" in words_of(answer)
        assert await people.status("/en/admin") == 200


async def test_the_house_shows_its_ledger_and_its_faults(people: People) -> None:
    async with people:
        await people.report_one()
        (people.folder / "faults").mkdir()
        (people.folder / "faults" / "abc123.txt").write_text("Traceback with a secret")
        await people.enter("chen")
        page = await people.get("/en/admin")

        assert people.ledger.head.hash.hex() in page.text
        assert "abc123" in page.text and "secret" not in page.text


async def test_the_duty_list_names_who_answers_and_packs_are_checked_when_asked(people: People) -> None:
    async with people:
        fault = Fault(code="conflict", file="tiny/duties.csv", record="leak", message="it says <b>the same</b>.")
        people.site.house = House(people.site.house.reader, "tiny", check=lambda: [fault])  # type: ignore[union-attr]
        await people.enter("chen")
        before = await people.get("/en/admin/duties?words=quay")
        await people.send(before, "/admin/duties")
        after = await people.get("/en/admin/duties")

        assert "quay-office" in words_of(before) and "night-team" not in words_of(before)
        assert "tiny/duties.csv" in after.text and "<b>the same" not in after.text


async def test_every_look_at_sealed_data_is_shown_with_its_reason(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin_house, "WINDOW", 3)
    monkeypatch.setattr(admin_house, "WALK_MAX", 6)
    async with people:
        numbers = [await people.report_with_contact() for _ in range(5)]
        for count, number in enumerate(numbers):
            await people.look(number, f"call back {count} <i>")
            for _ in range(4):
                await people.report_one()
        await people.enter("chen")
        page, told = await people.get("/en/admin/audit"), ""
        for _ in range(10):
            told += page.text
            following = re.search(r'href="(\?before=\d+)" rel="next"', page.text)
            if following is None:
                break
            page = await people.get(f"/en/admin/audit{following[1]}")

        assert re.findall(r"call back (\d) &lt;i&gt;", told) == ["4", "3", "2", "1", "0"]
        assert "138" not in told
        assert await people.status("/en/admin/audit?before=x") == 200
