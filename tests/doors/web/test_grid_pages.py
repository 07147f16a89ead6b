"""Field workers on a phone: the list, a matter's acts, what was found, with and without the outbox; each done once."""

import asyncio
import re
from typing import Any

import httpx
import pytest
from tests.doors.web.pages import Pages, form_of, photo, words_of
from tests.loop.world import QUAY, leak
from tests.wings.governance.town import CHECKER, CLERK

from shancheng.ground.access import Actor
from shancheng.loop import act as acts
from shancheng.loop.matter import Matter, Stage

pytestmark = pytest.mark.anyio
WORKER = Actor("g-8", "grid-worker", centre=QUAY, agency="quay-office", places=(QUAY,))
HANDLER = Actor("h-water", "handler", agency="water")
OUTBOX = {"accept": "application/json"}


async def assigned(pages: Pages) -> str:
    """A leak at the quay that the worker's agency is to settle."""
    matter = await pages.report_one()
    await pages.do(matter, acts.Accept(), CLERK)
    await pages.do(matter, acts.Assign(lead="quay-office"), CLERK)
    return matter


async def seen(pages: Pages, number: str) -> Matter:
    """The matter as it stands."""
    return await pages.see(number)


async def send(pages: Pages, path: str, files: Any = None, **fields: Any) -> httpx.Response:
    """What the outbox sends, with a fresh word."""
    word = (await pages.browser.get("/en/grid/word", headers=OUTBOX)).json()["word"]
    return await pages.browser.post(path, data={"form_word": word} | fields, files=files, headers=OUTBOX)


async def test_nobody_is_shown_the_way_in_and_nothing_else(pages: Pages) -> None:
    async with pages:
        await assigned(pages)
        page = await pages.get("/en/grid")

        assert page.status_code == 200
        assert "/en/sign-in?then=/en/grid" in page.text and "leak" not in page.text
        assert (await pages.get("/en/grid/report")).status_code == 303
        assert (await pages.get("/en/grid/carried")).status_code == 303
        assert (await pages.browser.get("/en/grid/word")).json()["account"] == ""


async def test_ones_own_turns_stand_first_and_say_what_is_next(pages: Pages) -> None:
    async with pages:
        other, own = await pages.report_one(), await assigned(pages)
        await pages.sign_in(WORKER)
        text = (await pages.get("/en/grid")).text

        mine, _, rest = text.partition("Also open here")
        assert own in mine and "Sign for it" in mine
        assert other in rest and other not in mine


async def test_a_matter_is_signed_attended_and_finished_with_a_photo_without_script(pages: Pages) -> None:
    async with pages:
        matter = await assigned(pages)
        await pages.sign_in(WORKER)
        path = f"/en/grid/matters/{matter}"

        signed = await pages.send(await pages.get(path), "/sign")
        there = await pages.send(await pages.get(path), "/attend", text="At the gate")
        files = {"photo": ("a.jpg", photo(), "image/jpeg")}
        finished = await pages.send(await pages.get(path), "/finish", outcome="settled", text="Sealed", files=files)

        assert [answer.status_code for answer in (signed, there, finished)] == [303, 303, 303]
        assert signed.headers["location"] == f"{path}?did=sign"
        found = await seen(pages, matter)
        assert found.stage is Stage.DONE
        (proof,) = found.legs["quay-office"].evidence
        assert (proof.kind, len(proof.ref)) == ("photo", 70)
        shown = (await pages.get(path)).text
        source = re.findall(r'<img src="([^"]+)"', shown)[0]
        assert (await pages.get(source)).headers["content-type"] == "image/jpeg"


async def test_what_is_missing_is_said_and_what_was_written_is_kept(pages: Pages) -> None:
    async with pages:
        matter = await assigned(pages)
        await pages.do(matter, acts.Sign(), WORKER)
        await pages.sign_in(WORKER)

        answer = await pages.send(await pages.get(f"/en/grid/matters/{matter}"), "/finish", text="Sealed it")

        assert answer.status_code == 422
        assert "Fill in: Outcome" in words_of(answer) and "Sealed it</textarea>" in answer.text


async def test_acts_of_the_desk_are_not_to_be_had_here(pages: Pages) -> None:
    async with pages:
        matter = await pages.report_one()
        await pages.sign_in(CLERK)
        page = await pages.get(f"/en/grid/matters/{matter}")

        assert "/accept" not in page.text
        assert (await send(pages, f"/en/grid/matters/{matter}/accept", key="k")).status_code == 404
        assert (await seen(pages, matter)).stage is Stage.REPORTED


async def test_what_follows_a_signature_is_offered_to_the_outbox_only(pages: Pages) -> None:
    async with pages:
        matter = await assigned(pages)
        await pages.sign_in(WORKER)
        text = (await pages.get(f"/en/grid/matters/{matter}")).text

        assert re.search(r'data-verb="finish" data-after="sign" hidden', text)
        assert re.search(r'data-verb="sign" open', text)


async def test_something_found_is_reported_with_a_photo_without_script(pages: Pages) -> None:
    async with pages:
        await pages.sign_in(WORKER)
        files = {"photo": ("a.jpg", photo(), "image/jpeg")}
        page = await pages.get("/zh/grid/report")
        answer = await pages.send(page, text="井盖破损", place="8", exact="3号", category="leak", files=files)
        again = await pages.send(page, text="井盖破损", place="8", exact="3号", category="leak", files=files)

        assert answer.headers["location"] == again.headers["location"] == "/zh/grid?did=report"
        (matter,) = await pages.matters()
        assert (matter.opening.origin, matter.about.category, matter.about.place) == ("patrol", "leak", 8)
        assert matter.opening.text == "井盖破损\n具体位置：3号"
        assert [move.verb for move in await pages.moves(matter.id)] == ["report", "note"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"place": "8"}, "Write what is wrong."),
        ({"text": "x"}, "Choose the place."),
        ({"text": "x", "place": "12"}, "outside your range"),
        ({"text": "x", "lon": "0", "lat": "0"}, "outside this city"),
        ({"text": "x", "place": "8", "category": "noise"}, "Choose what it is about."),
    ],
)
async def test_a_report_that_is_not_whole_is_answered_with_a_sentence(
    pages: Pages, fields: dict[str, str], sentence: str
) -> None:
    async with pages:
        await pages.sign_in(WORKER)
        answer = await send(pages, "/en/grid/report", key="k", **fields)

        assert answer.status_code == 422
        assert sentence in answer.json()["sentence"]
        assert await pages.matters() == []


async def test_an_agencys_hand_reports_in_words_and_is_told_so_when_it_adds_photos(pages: Pages) -> None:
    async with pages:
        await pages.sign_in(HANDLER)
        assert 'name="photo"' not in (await pages.get("/en/grid/report")).text
        files = {"photo": ("a.jpg", photo(), "image/jpeg")}
        answer = await send(pages, "/en/grid/report", files=files, key="k", text="x", place="12")

        assert "describe it in words" in answer.json()["sentence"]
        assert (await send(pages, "/en/grid/report", key="k2", text="x", place="12")).status_code == 200


async def test_the_outbox_sends_photos_ahead_and_everything_twice_and_it_is_done_once(pages: Pages) -> None:
    async with pages:
        matter = await assigned(pages)
        await pages.do(matter, acts.Sign(), WORKER)
        await pages.sign_in(WORKER)
        files = {"photo": ("a.jpg", photo(), "image/jpeg")}
        refs = [(await send(pages, "/en/grid/photos", files=files)).json()["photo"] for _ in range(2)]
        finish = {"key": "one", "outcome": "settled", "photo_ref": refs[0]}
        found = {"key": "two", "text": "Found", "place": "8", "photo_ref": refs[0]}

        first = [await send(pages, f"/en/grid/matters/{matter}/finish", **finish) for _ in range(2)]
        second = [await send(pages, "/zh/grid/report", **found) for _ in range(2)]

        assert refs[0] == refs[1]
        assert [answer.json()["repeated"] for answer in first + second] == [False, True, False, True]
        assert second[0].json()["matter"] == second[1].json()["matter"]
        assert [move.idem for move in await pages.moves(matter)][-1] == "g-8:one"
        moves = await pages.moves(second[0].json()["matter"])
        assert [move.idem for move in moves] == ["g-8:two", "g-8:two:photos"]
        assert len(await pages.matters()) == 2


async def test_a_photo_reference_that_this_house_did_not_sign_counts_for_nothing(pages: Pages) -> None:
    async with pages:
        await pages.sign_in(WORKER)
        answer = await send(pages, "/en/grid/report", key="k", text="x", place="8", photo_ref="0" * 64 + ".aaaa")

        assert [move.verb for move in await pages.moves(answer.json()["matter"])] == ["report"]


async def test_when_it_was_done_follows_from_how_long_it_waited_not_from_the_phones_clock(pages: Pages) -> None:
    async with pages:
        await pages.sign_in(WORKER)
        answer = await send(pages, "/en/grid/report", key="k", text="x", place="8", age="7200")
        matter = await seen(pages, answer.json()["matter"])

        assert (matter.opening.recorded - matter.opening.at, matter.opening.recorded) == (7200, pages.now)


async def test_what_turns_the_outbox_away_is_said_in_json(pages: Pages) -> None:
    async with pages:
        await pages.sign_in(WORKER)
        stale = await pages.browser.post("/en/grid/report", data={"form_word": "x.y", "text": "x"}, headers=OUTBOX)
        picture = await send(pages, "/en/grid/photos", files={"photo": ("a.jpg", b"no picture", "image/jpeg")})
        gone = await send(pages, "/en/grid/matters/n99/sign", key="k")
        many = await send(pages, "/en/grid/photos")

        assert (stale.status_code, stale.headers["content-type"]) == (403, "application/json")
        assert "cannot be opened as a photo" in picture.json()["sentence"]
        assert (gone.status_code, "not for you to see" in gone.json()["sentence"]) == (422, True)
        assert many.json()["sentence"] == "Send one photo at a time."


async def test_somebody_who_signed_out_is_sent_to_sign_in_and_nothing_is_written(pages: Pages) -> None:
    async with pages:
        answer = await send(pages, "/en/grid/report", key="k", text="x", place="8")

        assert (answer.status_code, answer.headers["location"]) == (303, "/en/sign-in")
        assert await pages.matters() == []


async def test_a_busy_phone_may_send_many_at_once(pages: Pages) -> None:
    async with pages:
        await pages.sign_in(WORKER)
        keys = [str(number % 10) for number in range(40)]
        sending = (send(pages, "/en/grid/report", key=key, text=f"number {key}", place="8") for key in keys)
        answers = await asyncio.gather(*sending)

        assert {answer.status_code for answer in answers} == {200}
        assert len(await pages.matters()) == 10


async def test_the_phone_takes_its_own_matters_along_and_no_others(pages: Pages) -> None:
    async with pages:
        other, own = await pages.report_one(), await assigned(pages)
        await pages.sign_in(WORKER)
        told = (await pages.get("/zh/grid/carried")).json()

        assert told["account"] == "g-8"
        assert set(told["pages"]) == {"/zh/grid", "/zh/grid/report", f"/zh/grid/matters/{own}"}
        assert f"/zh/grid/matters/{own}/finish" in told["pages"][f"/zh/grid/matters/{own}"]
        assert other in told["pages"]["/zh/grid"]


async def test_whoever_checks_finds_what_is_to_be_checked(pages: Pages) -> None:
    async with pages:
        matter = await assigned(pages)
        await pages.do(matter, acts.Sign(), WORKER)
        await pages.do(matter, acts.Finish(outcome="settled"), WORKER)
        await pages.sign_in(CHECKER)
        page = await pages.get(f"/en/grid/matters/{matter}")

        assert matter in (await pages.get("/en/grid")).text.partition("Also open here")[0]
        answer = await pages.send(page, "/verify", passed="yes", evidence="visit")
        assert answer.status_code == 303
        assert (await seen(pages, matter)).stage is Stage.VERIFIED


async def test_the_shell_and_the_worker_hold_nothing_of_who_is_signed_in(pages: Pages) -> None:
    async with pages:
        await assigned(pages)
        anybody = await pages.get("/en/grid/worker.js"), (await pages.get("/en/grid/shell")).text
        await pages.sign_in(WORKER)
        worker, shell = await pages.get("/en/grid/worker.js"), (await pages.get("/en/grid/shell")).text

        assert (worker.text, shell) == (anybody[0].text, anybody[1])
        assert "g-8" not in shell and "leak" not in shell
        assert worker.headers["service-worker-allowed"] == "/en/grid"
        assert worker.headers["content-type"].startswith("text/javascript")
        assert "form_word" not in shell


async def test_the_app_can_be_installed(pages: Pages) -> None:
    async with pages:
        manifest = await pages.get("/zh/grid/manifest.json")
        told = manifest.json()

        assert manifest.headers["content-type"] == "application/manifest+json"
        assert (told["start_url"], told["scope"], told["display"]) == ("/zh/grid", "/zh/grid", "standalone")
        assert {icon["purpose"] for icon in told["icons"]} == {"any", "maskable"}
        for icon in told["icons"]:
            assert (await pages.get(icon["src"])).text.startswith("<svg")


async def test_words_of_a_report_stay_words(pages: Pages) -> None:
    async with pages:
        matter = await pages.opened(leak(text='<img src=x onerror="alert(1)">'))
        await pages.do(matter, acts.Accept(), CLERK)
        await pages.do(matter, acts.Assign(lead="quay-office"), CLERK)
        await pages.sign_in(WORKER)

        told = (await pages.get("/en/grid/carried")).json()["pages"]
        assert all("<img src=x" not in html for html in told.values())
        assert form_of(told[f"/en/grid/matters/{matter}"], "/sign")[0].endswith("/sign")
