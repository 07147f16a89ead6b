"""What pages weigh on the wire, heads of answers included, and that nothing is asked of anybody else."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser
from tests.journeys.conftest import RunningHouse
from tests.journeys.web.conftest import PHONE, WIDE, Visitor
from tests.journeys.web.test_map_pages import opened_map
from tests.journeys.web.wire import Wire

pytestmark = [pytest.mark.browser, pytest.mark.slow]
RESIDENT_MAX, MAP_MAX = 60_000, 350_000
RESIDENT_PAGES = ["", "about", "report", "follow", "figures", "sign-in"]
SPOTS = 1000
SETTLED_MS, SETTLING_MOST = 700, 6
TEXT = {"zh": "路灯不亮", "en": "Street light out"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    """A house in which nothing happens by itself, so that no news comes while a page is weighed."""
    running = RunningHouse(tmp_path_factory.mktemp("home") / "var", "--speed", "0.001")
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="module")
def wire(house: RunningHouse) -> Iterator[Wire]:
    """A wire to the house."""
    with Wire(house.words["SHANCHENG"]) as counted:
        yield counted


@pytest.fixture(scope="module", autouse=True)
def crowd(house: RunningHouse) -> int:
    """As many matters as a map shows, each at a spot of its own."""
    chance, made = random.Random(7), 0
    while made < SPOTS:
        point = [round(chance.uniform(106.87, 107.11), 6), round(chance.uniform(29.39, 29.59), 6)]
        body = {"kind": "request", "category": house.words["CATEGORY"], "point": point, "text": f"{made}"}
        made += house.ask("POST", "/matters", "leader", json=body).status_code < 300
    return made


Coming = Callable[..., Visitor]


@pytest.fixture
def come(chromium: Browser, wire: Wire) -> Iterator[Coming]:
    """Comes anew, with nothing kept from before."""
    opened: list[Visitor] = []

    def come_anew(**how: Any) -> Visitor:
        context = chromium.new_context(**how)
        opened.append(Visitor(context.new_page(), wire.base, context).watch())
        return opened[-1]

    yield come_anew
    for visitor in opened:
        visitor.context.close()
        assert visitor.outside == []
        assert visitor.complaints == []


def weighed(wire: Wire, visitor: Visitor, act: Callable[[], object]) -> int:
    """Bytes that came while something was done and until no more came for a while."""
    before = wire.came
    act()
    visitor.page.wait_for_load_state()
    for _ in range(SETTLING_MOST):
        came = wire.came
        visitor.page.wait_for_timeout(SETTLED_MS)
        if wire.came == came:
            break
    return wire.came - before


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("path", RESIDENT_PAGES)
def test_a_resident_page_is_light_at_the_first_visit(come: Coming, wire: Wire, lang: str, path: str) -> None:
    visitor = come(**PHONE)

    weight = weighed(wire, visitor, lambda: visitor.open(f"/{lang}/{path}"))

    assert 1_000 < weight <= RESIDENT_MAX, f"/{lang}/{path} weighs {weight} bytes"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_each_step_from_report_to_receipt_is_light_without_the_map(come: Coming, wire: Wire, lang: str) -> None:
    weights: dict[str, int] = {}
    visitor = come(**PHONE)
    page = visitor.page

    def step(name: str, act: Callable[[], object]) -> None:
        weights[name] = weighed(wire, visitor, act)

    def forward() -> None:
        visitor.go(".buttons button[value=next]")

    step("what", lambda: visitor.open(f"/{lang}/report"))
    page.fill("#text", TEXT[lang])
    step("where", forward)
    page.fill("#q", "社区" if lang == "zh" else "Community")
    step("found", lambda: visitor.go(".row button[value=find]"))
    page.locator("input[name=place]").first.check()
    step("category", forward)
    step("after", forward)
    if page.locator("#same-none").count():
        page.check("#same-none")
        step("contact", forward)
    step("check", forward)
    step("receipt", forward)

    assert page.locator(".receipt").count() == 1
    assert max(weights.values()) <= RESIDENT_MAX, weights
    first = come(**PHONE)
    receipt = weighed(wire, first, lambda: first.open(page.url.removeprefix(wire.base)))
    assert receipt <= RESIDENT_MAX, f"a receipt opened on another phone weighs {receipt} bytes"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_map_page_is_bounded_all_in(come: Coming, wire: Wire, house: RunningHouse, crowd: int, lang: str) -> None:
    come_in = come(**WIDE)
    come_in.sign_in(lang, house.words["LEADER"])
    state = come_in.context.storage_state()
    visitor = come(**WIDE, storage_state=state)

    weight = weighed(wire, visitor, lambda: opened_map(visitor, f"/{lang}/desk/map"))

    assert visitor.page.get_attribute(".map-frame", "data-shown") == str(crowd)
    assert weight <= MAP_MAX, f"the map page weighs {weight} bytes"


def test_choosing_a_spot_on_the_map_is_bounded_all_in(come: Coming, wire: Wire) -> None:
    visitor = come(**PHONE)

    def choose() -> None:
        visitor.open("/zh/report")
        visitor.page.fill("#text", TEXT["zh"])
        visitor.go(".buttons button[value=next]")
        visitor.page.click("[data-opens]")
        visitor.page.wait_for_selector("[data-drawn]", timeout=30_000)

    weight = weighed(wire, visitor, choose)

    assert weight <= MAP_MAX, f"two steps and the map weigh {weight} bytes"
