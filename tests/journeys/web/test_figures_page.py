"""A leader in a browser: figures of another place and period by keyboard, charts as tables, files taken along."""

from typing import Any

import openpyxl
import pypdf
import pytest
from tests.journeys.conftest import RunningHouse
from tests.journeys.web.conftest import PHONE, WIDE, Opener

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LOOKS: list[tuple[str, bool, dict[str, Any]]] = [
    ("zh", True, PHONE),
    ("en", True, WIDE | {"color_scheme": "dark"}),
    ("zh", False, WIDE),
]


@pytest.mark.parametrize(("lang", "script", "look"), LOOKS, ids=[f"{lang}-{script}" for lang, script, _ in LOOKS])
def test_a_leader_reads_figures_and_takes_them_along(
    visit: Opener, house: RunningHouse, lang: str, script: bool, look: dict[str, Any]
) -> None:
    leader = visit(java_script_enabled=script, **look)
    leader.sign_in(lang, house.words["LEADER"])
    leader.open(f"/{lang}/desk/figures")
    page = leader.page
    if script:
        leader.check()
    assert page.locator("figure.chart svg[role=img]").count() >= 4, "nothing is drawn of no categories"
    page.locator("#period").focus()
    page.keyboard.press("ArrowUp")
    page.locator("form.filters button").focus()
    leader.arrive(lambda: page.keyboard.press("Enter"))
    assert "period=today" in page.url
    for summary in page.locator("figure.chart summary").all():
        summary.focus()
        page.keyboard.press("Enter")
    drawn = page.locator("figure.chart svg[role=img]").count()
    assert page.locator("figure.chart details[open] table").count() == drawn >= 4
    if script:
        leader.check()

    for form in ("xlsx", "pdf"):
        with page.expect_download() as waiting:
            page.locator(f".ways-out a[href*='/export/{form}']").click()
        file = waiting.value.path()
        if form == "pdf":
            assert "1" in pypdf.PdfReader(file).pages[0].extract_text()
        else:
            with file.open("rb") as content:
                assert openpyxl.load_workbook(content).worksheets[0].max_row > 30


def test_an_operator_opens_what_is_sealed_and_the_page_shuts_nobody_out(visit: Opener, house: RunningHouse) -> None:
    body = {"kind": "request", "place": house.words["PLACE"], "category": house.words["CATEGORY"], "text": "水管漏水"}
    report = house.ask("POST", "/matters", json={**body, "contact": {"phone": "13800000000"}}).json()
    operator = visit(**PHONE)
    operator.sign_in("zh", house.words["OPERATOR"])
    operator.open(f"/zh/desk/matters/{report['matter']}/sealed")
    operator.check()
    operator.page.fill("#purpose", "回电确认")
    operator.arrive(lambda: operator.page.keyboard.press("Enter"))

    assert operator.page.locator("#opened").is_visible()
    assert "13800000000" in operator.page.inner_text("main")
    operator.check()
