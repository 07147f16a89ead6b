"""An administrator in a browser: first password, accounts, roles, duties, audit; a clerk who is let in and put out."""

from typing import Any

import pytest
from tests.journeys.conftest import RunningHouse
from tests.journeys.web.conftest import PHONE, WIDE, Opener, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]
OWN = "correct horse battery"
LOOKS: list[tuple[str, bool, dict[str, Any]]] = [
    ("zh", True, PHONE),
    ("en", False, WIDE | {"color_scheme": "dark"}),
]


def sign_in(visitor: Visitor, lang: str, name: str, password: str) -> None:
    """Fill the form in and send it."""
    visitor.open(f"/{lang}/sign-in")
    if visitor.has_script:
        visitor.check()
    visitor.page.fill("#name", name)
    visitor.page.fill("#password", password)
    visitor.arrive(visitor.page.locator("main form button").first.click)


def choose_own(visitor: Visitor, given: str) -> None:
    """Put a password of one's own in the place of a given one."""
    assert visitor.page.url.endswith("/account")
    if visitor.has_script:
        visitor.check()
    visitor.page.fill("#old", given)
    visitor.page.fill("#new", OWN)
    visitor.page.fill("#again", OWN)
    visitor.arrive(visitor.page.locator("main form button").first.click)
    assert "did=password" in visitor.page.url


@pytest.mark.parametrize(("lang", "script", "look"), LOOKS, ids=[f"{lang}-{script}" for lang, script, _ in LOOKS])
def test_an_administrator_lets_a_clerk_in_and_puts_them_out(
    visit: Opener, house: RunningHouse, lang: str, script: bool, look: dict[str, Any]
) -> None:
    first = house.command("account", "create", f"chen-{lang}", "--role", "admin").strip().splitlines()[-1]
    chen = visit(java_script_enabled=script, **look)
    sign_in(chen, lang, f"chen-{lang}", first)
    choose_own(chen, first)
    for page in ("", "/roles", "/duties", "/audit", "/accounts"):
        chen.open(f"/{lang}/admin{page}")
        if script:
            chen.check()
    chen.page.fill("main section #name", f"li-{lang}")
    chen.page.select_option("#role", "operator")
    chen.arrive(chen.page.locator("main section button").last.click)
    given = chen.page.inner_text("#password")

    li = visit(java_script_enabled=script, **look)
    sign_in(li, lang, f"li-{lang}", given)
    choose_own(li, given)
    li.open(f"/{lang}/desk/list")
    assert li.page.locator("form.filters").count()
    chen.go(f"form[action$='/li-{lang}/disable'] button")
    li.page.reload()

    assert "/sign-in" in li.page.url
    assert chen.page.locator(f"form[action$='/li-{lang}/enable']").count() == 1


def test_wrong_tries_are_said_without_a_word_too_much(visit: Opener, house: RunningHouse) -> None:
    visitor = visit(**WIDE)
    sign_in(visitor, "en", "nobody", "not the password")

    assert visitor.page.locator(".summary-of-faults").is_visible()
    assert visitor.page.input_value("#name") == "nobody"
    assert visitor.page.input_value("#password") == ""
    visitor.check()
