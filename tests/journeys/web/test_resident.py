"""A resident reports, keeps the receipt, follows, adds, rates and reopens: both languages, script on and off."""

import io
from typing import Any

import pytest
from PIL import Image
from tests.journeys.conftest import RunningHouse
from tests.journeys.web.conftest import PHONE, WIDE, Opener, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WORDS: dict[str, dict[str, str]] = {
    "zh": {"text": "小区门口的路灯不亮，晚上很黑", "place": "社区", "received": "您的诉求已收到", "added": "已补充"},
    "en": {"text": "Street light out at the gate", "place": "Community", "received": "received", "added": "Added"},
}
LOOKS: list[tuple[str, bool, dict[str, Any]]] = [
    ("zh", True, PHONE),
    ("zh", False, WIDE),
    ("en", True, WIDE | {"color_scheme": "dark"}),
    ("en", False, PHONE | {"color_scheme": "dark"}),
]


def press(visitor: Visitor, what: str = "next") -> None:
    """Press a button of the step, then see that nobody is shut out of the page that follows."""
    button = ".row button[value=find]" if what == "find" else f".buttons button[value={what}]"
    visitor.go(button)
    if visitor.has_script:
        visitor.check()


def a_photo() -> dict[str, Any]:
    """A picture from a phone."""
    out = io.BytesIO()
    Image.effect_noise((640, 480), 60).convert("RGB").save(out, "JPEG")
    return {"name": "phone.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def report(visitor: Visitor, lang: str) -> str:
    """From the first page to the receipt; the address of the receipt."""
    page, words = visitor.page, WORDS[lang]
    visitor.open(f"/{lang}/")
    visitor.go(".card.main a")
    press(visitor)
    assert page.locator(".summary-of-faults").is_visible()
    page.fill("#text", words["text"])
    page.set_input_files("#photo", a_photo())
    press(visitor)
    page.fill("#q", words["place"])
    press(visitor, "find")
    page.locator("input[name=place]").first.check()
    page.fill("#exact", "3")
    press(visitor)
    assert page.locator("input[name=category]:checked").get_attribute("value") == "street-light"
    press(visitor)
    if page.locator("#same-none").count():
        page.check("#same-none")
        press(visitor)
    page.fill("#phone", "13800000000")
    press(visitor)
    press(visitor)
    assert words["received"] in page.inner_text("main")
    return page.url


@pytest.mark.parametrize(("lang", "script", "look"), LOOKS, ids=[f"{lang}-{script}" for lang, script, _ in LOOKS])
def test_a_resident_reports_and_follows(visit: Opener, lang: str, script: bool, look: dict[str, Any]) -> None:
    visitor = visit(java_script_enabled=script, **look)

    receipt = report(visitor, lang)
    again = visit(java_script_enabled=script, **look)
    again.open(f"/{lang}/follow")
    again.page.fill("#code", visitor.page.inner_text("#code").upper())
    again.go("main button.button")

    assert again.page.url == receipt.partition("?")[0]
    assert WORDS[lang]["text"] in again.page.inner_text("main")
    if script:
        again.page.locator(".photos img").scroll_into_view_if_needed()
        again.page.wait_for_function("() => document.querySelector('.photos img').naturalWidth === 640")
    again.page.click("summary#note")
    again.page.fill("textarea[name=text]:visible", "!")
    again.go("details[open] form button.button")
    assert WORDS[lang]["added"] in again.page.inner_text("main")


def test_the_report_is_made_with_keys_alone(visit: Opener) -> None:
    visitor = visit(**WIDE)
    visitor.open("/zh/report")
    keys, page = visitor.page.keyboard, visitor.page

    def walk_to(selector: str) -> None:
        for _ in range(60):
            keys.press("Tab")
            if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
                return
        raise AssertionError(f"{selector} is not reached by Tab")

    def enter(what_follows: str) -> None:
        visitor.arrive(lambda: keys.press("Enter"))
        page.wait_for_selector(what_follows)

    walk_to("#text")
    keys.type("路灯不亮")
    walk_to(".buttons button[value=next]")
    enter("#q")
    walk_to("#q")
    keys.type("虹石社区")
    enter("input[name=place]")
    walk_to("input[name=place]")
    keys.press("Space")
    walk_to(".buttons button[value=next]")
    enter("#category")
    walk_to(".buttons button[value=next]")
    enter("#phone, #same-none")
    if page.locator("#same-none").count():
        walk_to("input[name=same]")
        keys.press("ArrowUp")
        walk_to(".buttons button[value=next]")
        enter("#phone")
    walk_to(".buttons button[value=next]")
    enter(".answers")
    walk_to(".buttons button[value=next]")
    enter(".receipt")


def test_a_day_in_the_life_of_a_report(visit: Opener, house: RunningHouse) -> None:
    resident = visit(**PHONE)
    receipt = report(resident, "en").partition("?")[0]
    matter = resident.page.locator(".receipt .number").inner_text()
    token = house.words["LEADER"]
    seen = house.ask("GET", f"/matters/{matter}", token).json()

    clerk = visit(**WIDE)
    clerk.sign_in("en", token)
    for path in (f"/en/desk/matters/{matter}", "/zh/desk/list?order=opened", f"/zh/desk/matters/{matter}"):
        clerk.open(path)
        clerk.check()
    clerk.page.locator("details#note summary").click()
    clerk.page.fill("#note-text", "Seen by the leader")
    clerk.page.check("#note-public")
    clerk.go("details#note button.button")
    resident.open(receipt.removeprefix(resident.base))

    assert seen["stage"] == "reported"
    assert "Seen by the leader" in resident.page.inner_text("main")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("look", [WIDE, PHONE | {"color_scheme": "dark"}], ids=["wide", "phone"])
def test_nobody_is_shut_out_of_any_page(visit: Opener, house: RunningHouse, lang: str, look: dict[str, Any]) -> None:
    visitor = visit(**look)
    visitor.sign_in(lang, house.words["LEADER"])
    figures = house.ask("GET", "/places").json()["places"][0]["id"]

    paths = ["", "about", "follow", "figures", "desk", "desk/list", "desk/list?late=1", "sign-in", f"figures/{figures}"]
    for path in paths:
        visitor.open(f"/{lang}/{path}")
        visitor.check()


def test_the_first_page_goes_on_by_itself(visit: Opener) -> None:
    visitor = visit(**WIDE)
    visitor.open("/zh/")
    before = visitor.page.inner_text("#now time")

    visitor.page.wait_for_function("before => document.querySelector('#now time').textContent !== before", arg=before)

    assert visitor.complaints == []
