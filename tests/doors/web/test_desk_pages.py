"""Operators: signing in, boards, lists, matters and acts; nobody sees or does more than the role allows."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.doors.web.pages import Pages, photo, words_of
from tests.loop.world import CITY, EAST, HILL, LEADER, QUAY, RESIDENT, SUPERVISOR, handler, leak
from tests.wings.governance.town import CHECKER, CLERK

from shancheng.ground.access import Actor
from shancheng.loop.rules import Rules

pytestmark = pytest.mark.anyio
HILL_CLERK = Actor("o-hill", "operator", centre=HILL, places=(HILL,))


async def test_whoever_has_not_signed_in_is_asked_to(pages: Pages) -> None:
    async with pages:
        answer = await pages.get("/en/desk/list")

        assert answer.headers["location"] == "/en/sign-in?then=/en/desk/list"
        assert (await pages.browser.post("/en/desk/matters/n1/accept")).status_code == 303


async def test_signing_in_opens_the_board_of_ones_own_place(pages: Pages) -> None:
    async with pages:
        answer = await pages.sign_in(CLERK)
        home = await pages.get(answer.headers["location"])
        board = await pages.get(home.headers["location"])

        assert home.headers["location"] == f"/en/desk/board/{QUAY}"
        assert "码头镇" in words_of(board)


@pytest.mark.parametrize("token", ["", "sc_unknown", "x" * 5000])
async def test_a_wrong_token_is_said_and_opens_nothing(pages: Pages, token: str) -> None:
    async with pages:
        answer = await pages.send(await pages.get("/en/sign-in"), token=token)

        assert answer.status_code == 422
        assert "sc_session" not in pages.browser.cookies


async def test_signing_in_begins_a_new_visit_and_signing_out_ends_it(pages: Pages) -> None:
    async with pages:
        await pages.get("/en/report")
        before = pages.browser.cookies["sc_visit"]
        answer = await pages.sign_in(CLERK)
        cookie = next(line for line in answer.headers.get_list("set-cookie") if "sc_session=" in line)

        assert pages.browser.cookies["sc_visit"] != before
        assert all(word in cookie for word in ("HttpOnly", "SameSite=lax", "Secure", "Path=/"))
        assert CLERK.id not in cookie
        await pages.send(await pages.get("/en/sign-in"))
        assert (await pages.get("/en/desk/list")).status_code == 303


async def test_a_token_that_is_taken_back_ends_the_session(pages: Pages) -> None:
    async with pages:
        await pages.sign_in(CLERK)
        pages.accounts.clear()

        assert (await pages.get("/en/desk/list")).status_code == 303


async def test_a_board_leads_to_the_list_that_it_counts(pages: Pages) -> None:
    async with pages:
        await pages.desk.report(leak(), RESIDENT)
        await pages.sign_in(LEADER)
        board = await pages.get(f"/en/desk/board/{CITY}")
        rows = await pages.get(f"/en/desk/list?place={EAST}&stage=reported")

        assert f'/en/desk/list?place={EAST}"' in board.text
        assert "1 matter shown" in words_of(rows)
        assert "Nothing fits" in words_of(await pages.get(f"/en/desk/list?place={EAST}&late=1"))


async def test_a_matter_goes_through_the_loop_by_forms_alone(pages: Pages) -> None:
    async with pages:
        matter = await pages.report_one()
        path = f"/en/desk/matters/{matter}"

        async def does(by: Actor, verb: str, files: object = None, **fields: str) -> None:
            pages.browser = pages.new_browser()
            await pages.sign_in(by)
            answer = await pages.send(await pages.get(path), f"/{verb}", files=files, **fields)
            assert answer.status_code == 303, words_of(answer)
            pages.later(minutes=1)

        await does(CLERK, "accept", category="leak", reply="Soon.")
        await does(CLERK, "assign", lead="water")
        await does(handler("water"), "sign")
        files = {"photo": ("a.jpg", photo(), "image/jpeg")}
        await does(handler("water"), "finish", files=files, outcome="settled", text="New pipe")
        await does(CHECKER, "verify", passed="yes", evidence="visit", evidence_text="dry")
        await does(CLERK, "close", outcome="settled", reply="Mended.")

        seen = await pages.see(matter)
        page = await pages.get(path)
        assert seen.stage == "closed"
        assert re.search(r'<img src="[^"]+/photos/[0-9a-f]{64}"', page.text)
        assert "duty" in words_of(page) or "Water" in page.text or "water" in page.text


async def test_only_acts_that_are_allowed_now_have_a_form(pages: Pages) -> None:
    async with pages:
        matter = await pages.report_one()
        await pages.sign_in(SUPERVISOR)
        page = await pages.get(f"/en/desk/matters/{matter}")

        offered = set(re.findall(rf'action="/en/desk/matters/{matter}/(\w+)"', page.text))
        assert offered == {"supervise", "note"}


async def test_what_is_missing_from_an_act_is_said_beside_its_field(pages: Pages) -> None:
    async with pages:
        matter = await pages.report_one()
        await pages.sign_in(CLERK)
        page = await pages.get(f"/zh/desk/matters/{matter}")
        answer = await pages.send(page, "/refuse", elsewhere="")

        assert answer.status_code == 422
        assert 'href="#refuse-reason"' in answer.text and 'href="#refuse-elsewhere"' in answer.text
        assert "请填写：理由" in words_of(answer)


async def test_an_act_on_what_has_changed_meanwhile_is_not_done(pages: Pages) -> None:
    async with pages:
        matter = await pages.report_one()
        await pages.sign_in(CLERK)
        page = await pages.get(f"/en/desk/matters/{matter}")
        await pages.send(page, "/note", text="first")
        late = await pages.send(page, "/accept", category="leak")

        assert late.status_code == 422
        assert "Somebody else has acted on it meanwhile" in words_of(late)


async def test_sending_an_act_twice_does_it_once(pages: Pages) -> None:
    async with pages:
        matter = await pages.report_one()
        await pages.sign_in(CLERK)
        page = await pages.get(f"/en/desk/matters/{matter}")
        for _ in range(2):
            assert (await pages.send(page, "/note", text="once")).status_code == 303

        assert [move.verb for move in await pages.moves(matter)] == ["report", "note"]


PLACES = (CITY, EAST, QUAY, HILL)


@settings(max_examples=25, deadline=None)
@given(
    role=st.sampled_from(["operator", "leader", "supervisor", "verifier", "planner", "handler", "mediator", "admin"]),
    place=st.sampled_from(PLACES),
    secret=st.booleans(),
    at=st.sampled_from([8, 10, 12]),
)
def test_no_page_shows_a_matter_outside_the_range_of_who_asks(
    rules: Rules, tmp_path_factory: pytest.TempPathFactory, role: str, place: int, secret: bool, at: int
) -> None:
    import asyncio

    async def story() -> None:
        async with Pages(rules, tmp_path_factory.mktemp("pages")) as pages:
            matter = await pages.report_one(place=at, confidential=secret, text="UNIQUE-WORDS")
            agency = "parks" if role == "handler" else ""
            who = Actor("who", role, centre=0 if agency else place, agency=agency, places=() if agency else (place,))
            await pages.sign_in(who)
            known = rules.roles[role]
            inside = place in rules.places.chain(at) and known.sees == "range" and (known.confidential or not secret)
            for path in ("/en/desk/list", f"/en/desk/matters/{matter}"):
                assert ("UNIQUE-WORDS" in (await pages.get(path)).text) is inside

    asyncio.run(story())


async def test_a_filter_that_cannot_be_understood_is_said(pages: Pages) -> None:
    async with pages:
        await pages.sign_in(LEADER)

        for query in ("severity=nine", "order=sideways", "place=999999", "stage=lost", "after=%00"):
            page = await pages.get(f"/en/desk/list?{query}")
            assert page.status_code in (200, 422) and not pages.faults
