"""Several matters at once in a browser: chosen by keys alone, or by ticks without script; and one split into parts."""

import time

import pytest
from tests.journeys.conftest import RunningHouse
from tests.journeys.web.conftest import PHONE, WIDE, Opener, Visitor
from tests.journeys.web.test_loop_on_pages import SAID, does, reported, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PATIENCE_SECONDS = 30


def two_reported(visit: Opener, house: RunningHouse, lang: str) -> list[str]:
    """Two matters that nobody has looked at yet."""
    return [reported(visit(**WIDE), house, lang)[1] for _ in range(2)]


def newest(visitor: Visitor, lang: str, numbers: list[str]) -> None:
    """The list of what has just been reported here, without what the day brings; the search takes a moment to know."""
    rows = [visitor.page.locator(f"[data-rows] a[href$='/{number}']") for number in numbers]
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        visitor.open(f"/{lang}/desk/list?stage=reported&order=opened&words={SAID[lang]}")
        if all(row.count() for row in rows):
            return
        assert time.monotonic() < until, f"not all of {numbers} are listed"
        time.sleep(0.2)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_several_are_chosen_and_taken_on_by_keys_alone(visit: Opener, house: RunningHouse, lang: str) -> None:
    numbers = two_reported(visit, house, lang)
    clerk = signed_in(visit, house, "OPERATOR", lang, **WIDE)
    newest(clerk, lang, numbers)
    clerk.check()
    page = clerk.page
    for _ in numbers:
        page.keyboard.press("j")
        page.keyboard.press("x")
    ticked = page.locator("input[name=matter]:checked")
    chosen = [ticked.nth(number).get_attribute("value") for number in range(ticked.count())]
    page.locator("[data-choosing] button.second").focus()
    clerk.arrive(lambda: page.keyboard.press("Enter"))
    assert "/desk/list/chosen?" in page.url
    clerk.check()
    page.locator("details#accept summary").focus()
    page.keyboard.press("Enter")
    page.locator("details#accept button.button").focus()
    clerk.arrive(lambda: page.keyboard.press("Enter"))
    assert page.url.endswith("/chosen/accept")
    clerk.check()

    assert len(chosen) == 2
    assert page.locator(".tag.good").count() == 2
    for number in chosen:
        assert house.ask("GET", f"/matters/{number}", "OPERATOR").json()["stage"] == "accepted"


def test_without_script_ticks_do(visit: Opener, house: RunningHouse) -> None:
    numbers = two_reported(visit, house, "en")
    clerk = signed_in(visit, house, "OPERATOR", "en", **PHONE | {"java_script_enabled": False})
    newest(clerk, "en", numbers)
    for number in range(2):
        clerk.page.locator("input[name=matter]").nth(number).check()
    clerk.go("[data-choosing] button.second")
    clerk.page.click("details#note summary")
    clerk.page.fill("#note-text", "Seen together")
    clerk.go("details#note button.button")

    assert clerk.page.locator(".tag.good").count() == 2


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_matter_is_split_into_parts_that_are_settled_each(visit: Opener, house: RunningHouse, lang: str) -> None:
    _, number = reported(visit(**WIDE), house, lang)
    clerk = signed_in(visit, house, "OPERATOR", lang, **WIDE)
    path = f"/{lang}/desk/matters/{number}"
    does(clerk, path, "accept")
    fills = [
        lambda form, part=part: (
            form.locator(f"#split-category-{part}").select_option(house.words["CATEGORY"]),
            form.locator(f"#split-text-{part}").fill(f"{part}"),
        )
        for part in (1, 2)
    ]
    does(clerk, path, "split", *fills)

    assert len(house.ask("GET", f"/matters/{number}", "OPERATOR").json()["marks"]["children"]) == 2
