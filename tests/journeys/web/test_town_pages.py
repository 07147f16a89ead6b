"""The town's board and the supervision list in a browser, of a day that runs and of a city where nothing happened."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser
from tests.journeys.conftest import RunningHouse
from tests.journeys.web.conftest import PHONE, WIDE, Opener, Visitor
from tests.journeys.web.test_loop_on_pages import does, reported, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LOOKS: list[tuple[str, bool, dict[str, Any]]] = [
    ("zh", True, PHONE),
    ("en", True, WIDE | {"color_scheme": "dark"}),
    ("en", False, WIDE),
]


def town_of(house: RunningHouse) -> int:
    """The demo town."""
    return int(house.ask("GET", f"/places?code={house.words['PLACE']}").json()["places"][0]["id"])


@pytest.mark.parametrize(("lang", "script", "look"), LOOKS, ids=[f"{lang}-{script}" for lang, script, _ in LOOKS])
def test_a_report_stands_on_its_platform_and_in_its_community(
    visit: Opener, house: RunningHouse, lang: str, script: bool, look: dict[str, Any]
) -> None:
    town = town_of(house)
    clerk = signed_in(visit, house, "OPERATOR", lang, **look | {"java_script_enabled": script})
    clerk.open(f"/{lang}/desk/board/{town}")
    clerk.go(f"a[href$='/desk/town/{town}']")
    before = int(clerk.page.get_attribute("#town", "data-seq") or 0)
    if script:
        clerk.page.wait_for_selector("[data-live-is=on]:visible")
    _, matter = reported(visit(**WIDE), house, lang)
    if script:
        clerk.page.wait_for_function(
            "before => Number(document.querySelector('#town').dataset.seq) > before", arg=before
        )
        clerk.check()
    else:
        clerk.page.reload()

    livelihood = clerk.page.locator(".four section.panel").nth(2)
    assert clerk.page.locator(".four section.panel").count() == 4
    assert int(livelihood.locator("dd").first.inner_text()) >= 1
    assert clerk.page.locator("#tier-grids ~ div table tbody tr").count() > 3
    does(clerk, f"/{lang}/desk/matters/{matter}", "accept")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_is_put_under_watch_is_on_the_list(visit: Opener, house: RunningHouse, lang: str) -> None:
    _, matter = reported(visit(**WIDE), house, lang)
    over = signed_in(visit, house, "SUPERVISOR", lang, **WIDE)
    does(
        over, f"/{lang}/desk/matters/{matter}", "supervise", lambda form: form.locator("#supervise-why").fill("学校旁")
    )
    over.go(f"nav a[href$='/{lang}/desk/watch']")

    assert over.page.locator(f"a[href$='/{matter}']").count() == 1
    over.check()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    """A house where nothing has been reported yet."""
    running = RunningHouse(tmp_path_factory.mktemp("empty") / "var", "--no-day")
    yield running
    assert running.stop() == 0


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_pages_of_an_empty_city_say_so(chromium: Browser, empty: RunningHouse, lang: str) -> None:
    token = empty.command("token", "create", "--role", "leader").strip().splitlines()[-1].split()[-1]
    town = empty.ask("GET", "/places?level=3").json()["places"][0]["id"]
    context = chromium.new_context(**PHONE)
    visitor = Visitor(context.new_page(), empty.words["SHANCHENG"], context).watch()
    visitor.sign_in(lang, token)
    for path in (f"town/{town}", f"watch/{town}", "watch", "list", "", f"board/{town}"):
        visitor.open(f"/{lang}/desk/{path}".rstrip("/"))
        visitor.check()
    context.close()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_grid_worker_goes_from_the_phone_to_the_desk_and_back(visit: Opener, house: RunningHouse, lang: str) -> None:
    worker = signed_in(visit, house, "GRID_WORKER", lang, **PHONE)
    worker.open(f"/{lang}/grid")
    assert worker.page.locator("form.leave").inner_text().count("·") == 2
    worker.check()
    worker.go(f"p.leave a[href$='/{lang}/desk']")
    worker.check()
    worker.go(f"nav a[href$='/{lang}/grid']")

    assert worker.page.url.endswith(f"/{lang}/grid")
