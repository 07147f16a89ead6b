"""Maps in a browser: drawn from this house alone, beside a list that says the same; spots chosen by hand or keys."""

import contextlib
import math
import re
from typing import Any

import pytest
from playwright.sync_api import TimeoutError as NotYet
from tests.journeys.conftest import RunningHouse
from tests.journeys.web.conftest import PHONE, WIDE, Opener, Visitor
from tests.journeys.web.test_resident import press

pytestmark = [pytest.mark.browser, pytest.mark.slow]
DARK = {"color_scheme": "dark"}
DRAWN_MS = 30_000
CARD_MS, CLICKS_MOST = 2_000, 15
MATTERS_MIN = 5
PADDING = 24
"""Pixels between the land and the edge of the map."""


def opened_map(visitor: Visitor, path: str) -> None:
    """Open a page with a map, and wait until it is drawn and holds its matters."""
    visitor.open(path)
    visitor.page.wait_for_selector("[data-drawn][data-shown]", timeout=DRAWN_MS)


def twin(visitor: Visitor) -> list[str]:
    """The matters of the list beside the map."""
    return list(visitor.page.eval_on_selector_all("tr[data-matter]", "rows => rows.map(row => row.dataset.matter)"))


def told(visitor: Visitor) -> int:
    """How many matters the list says there are."""
    found = re.search(r"[\d,]+", visitor.page.inner_text("#twin p"))
    assert found
    return int(found[0].replace(",", ""))


@pytest.fixture(scope="module", autouse=True)
def morning(house: RunningHouse) -> None:
    """A few matters are there."""
    for number in range(MATTERS_MIN):
        body = {"kind": "request", "category": house.words["CATEGORY"], "place": house.words["PLACE"], "text": "!"}
        assert house.ask("POST", "/matters", json=body | {"text": f"{number}"}).status_code < 300


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("look", [WIDE, PHONE | DARK], ids=["wide", "phone"])
def test_the_map_and_its_list_say_the_same_and_shut_nobody_out(
    visit: Opener, house: RunningHouse, lang: str, look: dict[str, Any]
) -> None:
    visitor = visit(**look)
    visitor.sign_in(lang, house.words["LEADER"])

    opened_map(visitor, f"/{lang}/desk/map")
    visitor.page.wait_for_function("() => document.querySelector('.map-frame').dataset.shown > 0")

    assert abs(int(visitor.page.get_attribute(".map-frame", "data-shown") or 0) - told(visitor)) <= MATTERS_MIN
    assert visitor.page.locator(".map-frame > svg:not(.map-cross)").is_hidden(), "the drawing has given way to the map"
    visitor.check()
    opened_map(visitor, f"/{lang}/desk/map?category={house.words['CATEGORY']}&place={town(house)}")
    assert len(twin(visitor)) >= MATTERS_MIN
    visitor.check()


def town(house: RunningHouse) -> int:
    """The number of the demo town."""
    return int(house.ask("GET", f"/places?code={house.words['PLACE']}").json()["places"][0]["id"])


def test_the_list_goes_along_with_the_map(visit: Opener, house: RunningHouse) -> None:
    visitor = visit(**WIDE)
    visitor.sign_in("en", house.words["LEADER"])
    opened_map(visitor, "/en/desk/map")
    whole = told(visitor)

    visitor.page.focus(".maplibregl-canvas")
    with visitor.page.expect_response(lambda answer: "/part?" in answer.url and "box=" in answer.url):
        visitor.page.keyboard.press("=")
    visitor.page.wait_for_function("() => document.querySelector('#twin p').textContent.includes('piece of the map')")

    assert told(visitor) <= whole
    visitor.page.get_by_role("button", name="Farther").click()
    visitor.page.get_by_role("button", name="Whole area").click()
    visitor.check()


def on_screen(visitor: Visitor, point: list[float]) -> tuple[float, float]:
    """Where a point lies on a map that has just been opened, in pixels of the page."""
    west, south, east, north = map(float, (visitor.page.get_attribute(".map-frame", "data-bounds") or "").split(","))
    frame = visitor.page.locator(".map-canvas").bounding_box()
    assert frame
    wide, high = east - west, up(north) - up(south)
    scale = min((frame["width"] - 2 * PADDING) / wide, (frame["height"] - 2 * PADDING) / high)
    x = frame["x"] + frame["width"] / 2 + (point[0] - (west + east) / 2) * scale
    return x, frame["y"] + frame["height"] / 2 - (up(point[1]) - (up(south) + up(north)) / 2) * scale


def choose(visitor: Visitor, x: float, y: float) -> None:
    """Click on a sign until its card is there; a bunch of them moves into the middle and opens there."""
    for _ in range(CLICKS_MOST):
        visitor.page.mouse.click(x, y)
        with contextlib.suppress(NotYet):
            return visitor.page.locator(".map-card").wait_for(timeout=CARD_MS)
        if visitor.page.get_attribute(".map-frame", "data-moved"):
            frame = visitor.page.locator(".map-canvas").bounding_box()
            assert frame
            x, y = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
    raise AssertionError("no card came")


def up(lat: float) -> float:
    """Mercator's way north, in degrees."""
    return math.degrees(math.asinh(math.tan(math.radians(lat))))


def test_a_matter_is_chosen_on_the_map_and_leads_to_its_page(visit: Opener, house: RunningHouse) -> None:
    quiet = house.ask("GET", f"/places?under={town(house)}&level=4").json()["places"][-1]["id"]
    body = {"kind": "request", "category": house.words["CATEGORY"], "place": quiet, "text": "here"}
    matter = house.ask("POST", "/matters", json=body).json()["matter"]
    visitor = visit(**WIDE)
    visitor.sign_in("en", house.words["LEADER"])
    with visitor.page.expect_response(lambda answer: "matters.geojson" in answer.url) as answered:
        opened_map(visitor, f"/en/desk/map?place={quiet}&category={house.words['CATEGORY']}")
    spots = {each["properties"]["n"]: each["geometry"]["coordinates"] for each in answered.value.json()["features"]}

    choose(visitor, *on_screen(visitor, spots[matter]))

    card = visitor.page.locator(f".map-card a[href$='{matter}']")
    assert card.count() == 1
    assert visitor.page.locator(f"tr.chosen[data-matter='{matter}']").count() == 1
    visitor.check()
    visitor.arrive(card.click)
    assert visitor.page.url.endswith(f"/en/desk/matters/{matter}")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_without_script_a_drawing_and_the_list_say_it_all(visit: Opener, house: RunningHouse, lang: str) -> None:
    visitor = visit(java_script_enabled=False, **WIDE)
    visitor.sign_in(lang, house.words["LEADER"])

    visitor.open(f"/{lang}/desk/map?place={town(house)}&category={house.words['CATEGORY']}")

    page = visitor.page
    assert page.locator(".map-frame > svg").is_visible()
    singles, bunches = page.locator(".map-frame .signs > use").count(), page.locator(".bunch text").all_text_contents()
    assert singles + sum(map(int, bunches)) == told(visitor) >= MATTERS_MIN
    page.check("#late")
    visitor.go("form.filters button")
    assert "late=1" in page.url


@pytest.mark.parametrize("by", ["pointer", "keys", "position"])
def test_a_spot_is_chosen_on_the_map(visit: Opener, house: RunningHouse, by: str) -> None:
    here = {"geolocation": {"longitude": 106.99, "latitude": 29.49}, "permissions": ["geolocation"]}
    visitor = visit(**PHONE, **here)
    page = visitor.page
    visitor.open("/en/report")
    page.fill("#text", "Street light out")
    press(visitor)
    if by == "position":
        page.click("button[data-position]")
    else:
        page.click("[data-opens]")
        page.wait_for_selector("[data-drawn]", timeout=DRAWN_MS)
        page.wait_for_function("() => document.querySelector('.map-take output').textContent")
        visitor.check()
    if by == "pointer":
        page.click("[data-take]")
    if by == "keys":
        page.focus(".maplibregl-canvas")
        page.keyboard.press("=")
        page.wait_for_timeout(600)
        page.keyboard.press("ArrowUp")
        page.wait_for_timeout(600)
        page.keyboard.press("Enter")
    page.wait_for_selector("input[name=place]:checked")
    visitor.check()
    assert float(page.input_value("input[name=lon]")) == pytest.approx(106.99, abs=0.1)
    press(visitor)
    press(visitor)
    if page.locator("#same-none").count():
        page.check("#same-none")
        press(visitor)
    press(visitor)
    assert "with its spot on the map" in page.inner_text(".answers")
    press(visitor)

    assert page.locator(".small-map svg .here").count() == 1
    visitor.check()


def test_a_browser_that_cannot_draw_says_so_and_keeps_the_drawing(visit: Opener, house: RunningHouse) -> None:
    visitor = visit(**WIDE)
    visitor.page.add_init_script("delete window.WebGL2RenderingContext")
    visitor.sign_in("en", house.words["LEADER"])

    visitor.open("/en/desk/map")

    assert "could not be drawn" in visitor.page.inner_text(".map-frame")
    assert visitor.page.locator(".map-frame > svg").is_visible()
    visitor.check()


def test_the_day_runs_on_the_first_page(visit: Opener) -> None:
    visitor = visit(**WIDE)
    visitor.open("/zh/")
    ids = "[...document.querySelectorAll('.signs > use')].map(sign => sign.id + sign.getAttribute('class')).join()"
    before = visitor.page.evaluate(ids)

    visitor.page.wait_for_function(f"before => {ids} !== before", arg=before, timeout=60_000)

    visitor.check()
