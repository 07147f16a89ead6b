"""A matter goes once around the loop in browsers: resident, operator, agency, verifier, and the resident again."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.journeys.conftest import RunningHouse
from tests.journeys.web.conftest import PHONE, WIDE, Opener, Visitor
from tests.journeys.web.test_resident import a_photo, press

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SAID = {"zh": "问题已处理完毕", "en": "It has been settled"}
Fill = Callable[[Any], object]


def reported(visitor: Visitor, house: RunningHouse, lang: str) -> tuple[str, str]:
    """A report at the demo town, chosen from the list; the receipt's address and the matter's number."""
    page, words = visitor.page, house.words
    town = str(house.ask("GET", f"/places?code={words['PLACE']}").json()["places"][0]["id"])
    visitor.open(f"/{lang}/report")
    page.fill("#text", SAID[lang])
    press(visitor)
    page.click("details summary")
    page.select_option("#town", town)
    visitor.go("button[value=list]")
    page.check(f"#place-{town}")
    press(visitor)
    page.select_option("#other", words["CATEGORY"])
    press(visitor)
    if page.locator("#same-none").count():
        page.check("#same-none")
        press(visitor)
    press(visitor)
    press(visitor)
    return page.url.partition("?")[0], page.inner_text(".receipt .number")


def signed_in(visit: Opener, house: RunningHouse, role: str, lang: str, **how: Any) -> Visitor:
    """Somebody of a role at the desk."""
    visitor = visit(**how)
    visitor.sign_in(lang, house.words[role])
    return visitor


def does(visitor: Visitor, path: str, verb: str, *fills: Fill) -> None:
    """One act by its form; whoever may do it finds it on the matter's page."""
    visitor.open(path)
    form = visitor.page.locator(f"details#{verb}")
    if form.get_attribute("open") is None:
        form.locator("summary").click()
    for fill in fills:
        fill(form)
    visitor.arrive(form.locator("button.button").click)
    assert f"did={verb}" in visitor.page.url, visitor.page.inner_text("main")[:800]
    if visitor.has_script:
        visitor.check()


@pytest.mark.parametrize(("lang", "script"), [("zh", True), ("en", False)])
def test_a_matter_goes_once_around_the_loop(visit: Opener, house: RunningHouse, lang: str, script: bool) -> None:
    resident = visit(java_script_enabled=script, **PHONE)
    receipt, matter = reported(resident, house, lang)
    path = f"/{lang}/desk/matters/{matter}"
    wide = WIDE | {"java_script_enabled": script}
    clerk = signed_in(visit, house, "OPERATOR", lang, **wide)
    agency = signed_in(visit, house, "HANDLER", lang, **PHONE | {"java_script_enabled": script})
    checker = signed_in(visit, house, "VERIFIER", lang, **wide)

    does(clerk, path, "accept", lambda form: form.locator("#accept-reply").fill(SAID[lang]))
    does(clerk, path, "assign")
    does(agency, path, "sign")
    does(
        agency,
        path,
        "finish",
        lambda form: form.locator("#finish-outcome").select_option("settled"),
        lambda form: form.locator("input[type=file]").set_input_files(a_photo()),
    )
    does(
        checker,
        path,
        "verify",
        lambda form: form.locator("#verify-passed-yes").check(),
        lambda form: form.locator("input[value=visit]").check(),
    )
    does(
        clerk,
        path,
        "close",
        lambda form: form.locator("#close-outcome").select_option("settled"),
        lambda form: form.locator("#close-reply").fill(SAID[lang]),
    )
    resident.open(receipt.removeprefix(resident.base))
    resident.page.check(f"#satisfied-yes-{matter}")
    resident.go("form[action$='/rate'] button")

    assert "did=rate" in resident.page.url
    told = house.ask("GET", f"/matters/{matter}", "LEADER").json()
    assert told["stage"] == "closed"
    assert [reporter["satisfied"] for reporter in told["reporters"].values()] == [True]
