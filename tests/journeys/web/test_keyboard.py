"""Every journey with keys alone and no map at all: report, follow, rate; triage, dispatch, verify; field work."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.doors.web.pages import photo
from tests.journeys.conftest import RunningHouse
from tests.journeys.web.conftest import WIDE, Opener, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TABS_MAX = 220
NO_MAPS = """addEventListener('DOMContentLoaded', () => {
  for (const map of document.querySelectorAll('.map, .map-frame, [data-opens]')) map.remove();
});
Object.defineProperty(window, 'WebGL2RenderingContext', {value: undefined});"""
"""Before any page: no map is left, drawn or alive."""
NO_POINTER = """for (const name of ['mousedown', 'pointerdown', 'touchstart']) {
  addEventListener(name, () => { throw new Error('a pointer was used'); }, true);
}"""
SAID = {"zh": "路灯不亮，晚上很黑", "en": "Street light out at the gate"}
LANGUAGES = pytest.mark.parametrize("lang", ["zh", "en"])


class Keys:
    """Somebody who has a keyboard and nothing else."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.page = visitor.page

    def to(self, selector: str) -> None:
        """On to what fits, by Tab alone; what has the focus must be seen to have it."""
        for _ in range(TABS_MAX):
            if self.page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
                seen = "getComputedStyle(document.activeElement).outlineStyle !== 'none'"
                assert self.page.evaluate(seen), f"{selector} does not show that it has the focus"
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{selector} is not reached by Tab on {self.page.url}")

    def write(self, selector: str, text: str) -> None:
        """Write into a field."""
        self.to(selector)
        self.page.keyboard.type(text)

    def press(self, selector: str, key: str = "Enter") -> None:
        """Press a key on what fits."""
        self.to(selector)
        self.page.keyboard.press(key)

    def send(self, selector: str) -> None:
        """Press a button that leads to another page, and wait for that page."""
        self.to(selector)
        self.visitor.arrive(lambda: self.page.keyboard.press("Enter"))

    def choose(self, selector: str, value: str) -> None:
        """Choose from a list, by arrow keys."""
        self.to(selector)
        count = self.page.evaluate("document.activeElement.options.length")
        for _ in range(count):
            if self.page.evaluate("document.activeElement.value") == value:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{selector} has no {value}")

    def tick(self, selector: str) -> None:
        """Tick a box."""
        self.press(selector, "Space")
        assert self.page.locator(selector).first.is_checked()

    def pick(self, name: str, selector: str) -> None:
        """Pick one of several, by arrow keys once one of them has the focus."""
        self.press(f"input[name={name}]", "Space")
        for _ in range(self.page.locator(f"input[name={name}]").count()):
            if self.page.locator(selector).is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{selector} is not reached by arrow keys")


Hands = Callable[..., Keys]


@pytest.fixture
def hands(visit: Opener) -> Hands:
    """Opens a browser without maps for somebody without a pointer."""

    def begin(**how: Any) -> Keys:
        visitor = visit(**(WIDE | how))
        visitor.page.add_init_script(NO_MAPS + NO_POINTER)
        return Keys(visitor)

    return begin


def sign_in(keys: Keys, lang: str, token: str) -> None:
    """Come to the desk with a token, by keys."""
    keys.visitor.open(f"/{lang}/sign-in")
    keys.press("main details summary")
    keys.write("#token", token)
    keys.send("main details button")


def reported(keys: Keys, lang: str, town: str, category: str) -> tuple[str, str]:
    """From the first page to the receipt; its address and the matter's number."""
    forward = ".buttons button[value=next]"
    keys.visitor.open(f"/{lang}/")
    keys.send(".card.main a")
    keys.write("#text", SAID[lang])
    keys.send(forward)
    assert keys.page.locator(".map-frame").count() == 0
    keys.press("main details summary")
    keys.choose("#town", town)
    keys.send("button[value=list]")
    keys.pick("place", f"#place-{town}")
    keys.send(forward)
    keys.choose("#other", category)
    keys.send(forward)
    if keys.page.locator("#same-none").count():
        keys.pick("same", "#same-none")
        keys.send(forward)
    keys.send(forward)
    keys.send(forward)
    return keys.page.url.partition("?")[0], keys.page.inner_text(".receipt .number")


def acts(keys: Keys, path: str, verb: str, *fills: Callable[[], object]) -> None:
    """One act by its form."""
    keys.visitor.open(path)
    if keys.page.locator(f"details#{verb}").get_attribute("open") is None:
        keys.press(f"details#{verb} summary")
    for fill in fills:
        fill()
    keys.send(f"details#{verb} button.button")
    assert f"did={verb}" in keys.page.url, keys.page.inner_text("main")[:800]


@LANGUAGES
def test_a_report_goes_around_the_loop_by_keys_alone(hands: Hands, house: RunningHouse, lang: str) -> None:
    words = house.words
    town = str(house.ask("GET", f"/places?code={words['PLACE']}").json()["places"][0]["id"])
    resident, clerk, agency, checker = hands(), hands(), hands(), hands()

    receipt, matter = reported(resident, lang, town, words["CATEGORY"])
    resident.visitor.open(f"/{lang}/follow")
    resident.write("#code", receipt.rpartition("/")[2])
    resident.send("main button.button")
    assert SAID[lang] in resident.page.inner_text("main")

    sign_in(clerk, lang, words["OPERATOR"])
    clerk.visitor.open(f"/{lang}/desk/list?order=opened")
    clerk.page.keyboard.press("j")
    assert clerk.page.evaluate("document.activeElement.matches('[data-row]')"), "j goes to the first row"
    path = f"/{lang}/desk/matters/{matter}"
    acts(clerk, path, "accept", lambda: clerk.write("#accept-reply", SAID[lang]))
    acts(clerk, path, "assign")

    sign_in(agency, lang, words["HANDLER"])
    acts(agency, path, "sign")
    file: Any = {"name": "done.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    acts(
        agency,
        path,
        "finish",
        lambda: agency.choose("#finish-outcome", "settled"),
        lambda: agency.page.locator("details#finish input[type=file]").set_input_files(file),
    )

    sign_in(checker, lang, words["VERIFIER"])
    acts(
        checker,
        path,
        "verify",
        lambda: checker.pick("passed", "#verify-passed-yes"),
        lambda: checker.tick("details#verify input[value=visit]"),
    )
    acts(
        clerk,
        path,
        "close",
        lambda: clerk.choose("#close-outcome", "settled"),
        lambda: clerk.write("#close-reply", SAID[lang]),
    )

    resident.visitor.open(receipt.removeprefix(resident.visitor.base))
    resident.pick("satisfied", f"#satisfied-yes-{matter}")
    resident.send("form[action$='/rate'] button")

    told = house.ask("GET", f"/matters/{matter}", "LEADER").json()
    assert told["stage"] == "closed"
    assert [reporter["satisfied"] for reporter in told["reporters"].values()] == [True]


@LANGUAGES
def test_field_work_is_done_by_keys_alone(hands: Hands, house: RunningHouse, lang: str) -> None:
    keys = hands(viewport={"width": 390, "height": 844})
    sign_in(keys, lang, house.words["GRID-WORKER"] if "GRID-WORKER" in house.words else house.words["GRID_WORKER"])
    keys.visitor.open(f"/{lang}/grid")
    keys.send(f"a[href='/{lang}/grid/report']")
    keys.write("#text", SAID[lang])
    keys.press("#place", "ArrowDown")
    keys.visitor.context.set_offline(True)
    keys.press("main form[data-outbox] button.wide-button")

    expect(keys.page.locator("[data-outcome]")).not_to_be_empty()
    expect(keys.page.locator("#outbox-count")).to_have_text(re.compile(r"\D1$"))
    keys.visitor.context.set_offline(False)
    expect(keys.page.locator("#outbox-count")).to_have_text(re.compile(r"\D0$"))
    found = house.ask("GET", "/worklist?order=opened&limit=20", "LEADER").json()
    assert SAID[lang] in [matter["opening"]["text"] for matter in found["matters"]]


@LANGUAGES
def test_the_map_page_is_whole_without_its_map(hands: Hands, house: RunningHouse, lang: str) -> None:
    body = {"kind": "request", "category": house.words["CATEGORY"], "place": house.words["PLACE"], "text": "!"}
    assert house.ask("POST", "/matters", json=body).status_code < 300
    keys = hands()
    sign_in(keys, lang, house.words["LEADER"])
    keys.visitor.open(f"/{lang}/desk/map")
    assert keys.page.locator(".map-frame").count() == 0

    keys.choose("#stage", "reported")
    keys.send("form.filters button")
    keys.page.keyboard.press("j")
    href = keys.page.evaluate("document.activeElement.getAttribute('href')")
    keys.send(":focus")

    assert keys.page.url.endswith(href)
