"""What a browser is told, and what is turned away: forged forms, foreign sites, stored script, floods, small counts."""

import csv
import io
import json
import re

import pytest
from tests.doors.web.pages import Pages, form_of, words_of
from tests.loop.world import CITY, RESIDENT, leak
from tests.wings.governance.town import CLERK

from shancheng.doors.web.door import OURS, Beside
from shancheng.doors.web.routes import PAGES, PERMISSIONS

pytestmark = pytest.mark.anyio
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}"
OPEN_PAGES = ("/en/", "/zh/", "/en/about", "/en/report", "/en/follow", f"/en/figures/{CITY}", "/en/sign-in", "/en/none")


@pytest.mark.parametrize("path", OPEN_PAGES)
async def test_every_page_keeps_the_browser_to_this_server(pages: Pages, path: str) -> None:
    async with pages:
        page = await pages.get(path)

        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["referrer-policy"] == "same-origin"
        assert "max-age" in page.headers["strict-transport-security"]
        assert not re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)", page.text)
        assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', page.text)


@pytest.mark.parametrize("path", OPEN_PAGES)
async def test_every_page_is_light_without_its_styles(pages: Pages, path: str) -> None:
    async with pages:
        page = await pages.browser.get(path, headers={"accept-encoding": "gzip"})

        assert len(page.content) < 40_000


async def test_a_form_without_its_word_or_with_anothers_is_turned_away(pages: Pages) -> None:
    async with pages:
        page = await pages.get("/en/report")
        action, hidden = form_of(page.text)
        stranger = pages.new_browser()
        await stranger.get("/en/report")

        for browser, fields in ((pages.browser, {}), (stranger, hidden), (pages.new_browser(), hidden)):
            answer = await browser.post(action, data=fields | {"text": "Leak"})
            assert answer.status_code == 403
        assert await pages.matters() == []


@pytest.mark.parametrize(
    "headers", [{"origin": "https://elsewhere"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}]
)
async def test_a_form_from_another_site_is_turned_away(pages: Pages, headers: dict[str, str]) -> None:
    async with pages:
        action, hidden = form_of((await pages.get("/en/report")).text)

        assert (await pages.browser.post(action, data=hidden, headers=headers)).status_code == 403


async def test_script_in_any_text_is_shown_and_never_run(pages: Pages) -> None:
    async with pages:
        answer = await pages.report(text=EVIL, name=EVIL[:100])
        path = answer.headers["location"]
        await pages.send(await pages.get(path), "/note", text=EVIL)
        (matter,) = await pages.matters()
        await pages.sign_in(CLERK)
        seen = [await pages.get(each) for each in (path, f"/en/desk/matters/{matter.id}", "/en/desk/list")]

        for page in seen:
            assert "<script>alert" not in page.text and "<img src=x" not in page.text
            assert "&lt;script&gt;alert(1)" in page.text


@pytest.mark.parametrize(
    "then", ["//evil.example", "https://evil.example", "/en/desk//evil.example", "/en/desk/\\evil", "/zh/desk", ""]
)
async def test_signing_in_never_leads_elsewhere(pages: Pages, then: str) -> None:
    async with pages:
        pages.accounts["sc_x"] = CLERK
        answer = await pages.send(await pages.get("/en/sign-in"), token="sc_x", then=then)

        assert answer.headers["location"] == "/en/desk"


async def test_a_body_without_end_is_given_up(pages: Pages) -> None:
    async with pages:
        action, hidden = form_of((await pages.get("/en/report")).text)
        files = {"photo": ("a.jpg", b"x" * (38 << 20), "image/jpeg")}

        assert (await pages.browser.post(action, data=hidden, files=files)).status_code == 413


async def test_many_fields_or_a_long_one_are_turned_away_with_a_page(pages: Pages) -> None:
    async with pages:
        action, hidden = form_of((await pages.get("/en/report")).text)
        many = {f"f{number}": "x" for number in range(500)}
        long = {"text": "x" * 200_000}

        for fields in (many, long):
            answer = await pages.browser.post(action, data=hidden | fields, files={"photo": ("", b"")})
            assert answer.status_code in (400, 422)
            assert "Traceback" not in answer.text


async def test_a_fault_of_ours_is_a_page_with_a_number(pages: Pages) -> None:
    async with pages:

        async def broken(place: int) -> None:
            raise RuntimeError("secret inside")

        pages.desk.open_counts = broken  # type: ignore[method-assign, assignment]
        page = await pages.get("/en/")

        assert page.status_code == 500 and "secret" not in page.text
        assert next(iter(pages.faults)) in page.text


def test_every_page_names_who_it_is_for() -> None:
    assert {entry.permission for entry in PAGES} <= set(PERMISSIONS)
    assert all(entry.permission == "account" for entry in PAGES if entry.path.startswith("/desk"))


async def test_what_is_no_page_goes_to_who_stands_beside() -> None:
    async def other(scope: object, receive: object, send: object) -> None:
        asked.append(scope["path"])  # type: ignore[index]

    asked: list[str] = []
    for path in ("/matters", "/health", "/boards/1", "/zhx"):
        await Beside(None, other)({"type": "http", "path": path}, None, None)  # type: ignore[arg-type]

    assert asked == ["/matters", "/health", "/boards/1", "/zhx"]
    assert {"", "zh", "en", "static"} == set(OURS)


async def test_open_figures_hide_small_counts_in_every_form(pages: Pages) -> None:
    async with pages:
        for place, count in ((8, 7), (12, 2), (10, 9)):
            for _ in range(count):
                await pages.desk.report(leak(place=place), RESIDENT)

        page = await pages.get(f"/zh/figures/{CITY}")
        table = await pages.get(f"/zh/figures/{CITY}/places.csv")
        shapes = (await pages.get(f"/zh/figures/{CITY}/places.geojson")).json()
        rows = {row["code"]: row for row in csv.DictReader(io.StringIO(table.text.lstrip("\ufeff")))}

        assert "<5" in words_of(page)
        assert (rows["C"]["open"], rows["W"]["open"], rows["E"]["open"]) == ("18", "", "")
        assert {f["properties"]["code"]: f["properties"]["open"] for f in shapes["features"]} == {"E": None, "W": None}
        assert json.dumps(shapes).count('"open": 2') == 0


async def test_figures_of_a_place_that_is_not_there_are_a_page_that_says_so(pages: Pages) -> None:
    async with pages:
        assert (await pages.get("/en/figures/99999")).status_code == 404
        assert (await pages.get(f"/en/figures/{CITY}/secrets.csv")).status_code == 404


async def test_the_same_page_is_one_step_away_in_the_other_language(pages: Pages) -> None:
    async with pages:
        page = await pages.get("/en/follow?x=1")

        assert 'href="/zh/follow?x=1" lang="zh-CN"' in page.text
        assert '<html lang="en">' in page.text
        assert (await pages.get("/")).headers["location"] == "/en/"


@pytest.mark.parametrize("path", OPEN_PAGES)
async def test_a_page_with_all_it_needs_weighs_at_most_sixty_kilobytes(pages: Pages, path: str) -> None:
    async with pages:
        page = await pages.browser.get(path, headers={"accept-encoding": "gzip"})
        parts = re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)
        answers = [await pages.browser.get(part, headers={"accept-encoding": "gzip"}) for part in parts]

        assert all("immutable" in answer.headers["cache-control"] for answer in answers)
        assert sum(int(answer.headers["content-length"]) for answer in (page, *answers)) <= 60_000
