"""Two browsers at one house: what is done in one is seen in the other without reloading; a pause holds it still."""

import pytest
from tests.journeys.conftest import RunningHouse
from tests.journeys.web.conftest import WIDE, Opener, Visitor
from tests.journeys.web.test_loop_on_pages import does, reported, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ON = "[data-live-is=on]:visible"


def stage_count(visitor: Visitor, stage: str) -> int:
    """How many stand in a stage, by the tallies of the board."""
    return int(visitor.page.inner_text(f".tallies a[href$='stage={stage}']").replace(",", ""))


def on_its_board(visitor: Visitor, house: RunningHouse, lang: str) -> None:
    """At the board of the demo town, which is live."""
    town = house.ask("GET", f"/places?code={house.words['PLACE']}").json()["places"][0]["id"]
    visitor.open(f"/{lang}/desk/board/{town}")
    visitor.page.wait_for_selector(ON)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_act_in_one_window_shows_in_the_other(visit: Opener, house: RunningHouse, lang: str) -> None:
    resident = visit(**WIDE)
    _, matter = reported(resident, house, lang)
    leader = signed_in(visit, house, "OPERATOR", lang, **WIDE)
    on_its_board(leader, house, lang)
    leader.page.evaluate("window.same = true")
    seq = leader.page.get_attribute("[data-live]", "data-after")
    clerk = signed_in(visit, house, "OPERATOR", lang, **WIDE)
    rows = signed_in(visit, house, "OPERATOR", lang, **WIDE)
    rows.open(f"/{lang}/desk/list")
    rows.page.wait_for_selector(ON)

    does(clerk, f"/{lang}/desk/matters/{matter}", "accept")

    line = f"() => Number(document.querySelector('#board').dataset.seq) > {seq}"
    leader.page.wait_for_function(line)
    rows.page.wait_for_selector("[data-live-changed]:visible")
    assert leader.page.evaluate("window.same") is True
    for looking in (leader, rows):
        looking.check()


def test_a_paused_board_stands_still_and_goes_on(visit: Opener, house: RunningHouse) -> None:
    leader = signed_in(visit, house, "OPERATOR", "en", **WIDE)
    on_its_board(leader, house, "en")
    leader.page.click("[data-live-pause]")
    leader.page.wait_for_selector("[data-live-is=paused]:visible")
    before = leader.page.inner_text("#board")
    resident = visit(**WIDE)
    reported(resident, house, "en")

    assert leader.page.inner_text("#board") == before
    leader.page.click("[data-live-pause]")
    leader.page.wait_for_function("before => document.querySelector('#board').innerText !== before", arg=before)


def test_signing_out_elsewhere_ends_what_is_live(visit: Opener, house: RunningHouse) -> None:
    leader = signed_in(visit, house, "OPERATOR", "en", **WIDE)
    on_its_board(leader, house, "en")
    other = Visitor(leader.context.new_page(), leader.base, leader.context)
    other.open("/en/sign-in")
    other.go("form[action$='/sign-out'] button")

    leader.page.wait_for_selector("[data-live-is=over]:visible", timeout=30_000)
    assert leader.page.locator("[data-live-pause]").is_hidden()
