"""A real browser in front of a house that really runs; every request, error and complaint of it is watched."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from tests.journeys.conftest import RunningHouse

ROOT = Path(__file__).resolve().parents[3]
AXE = ROOT / "ui" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HARMLESS = ("the server responded with a status of 422", "GPU stall due to ReadPixels")
"""Said of a form that is shown again, and by a browser that draws maps without a graphics card."""
WAITED_MS = 30_000
"""What comes, comes within this on a slow machine, too; a fast one waits for nothing."""
expect.set_options(timeout=WAITED_MS)
WIDE: dict[str, Any] = {"viewport": {"width": 1366, "height": 900}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}


def missing(sentence: str) -> None:
    """In CI something missing is an error; on a laptop the journey is skipped."""
    if os.environ.get("CI"):
        pytest.fail(sentence)
    pytest.skip(sentence)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    """A house on loopback, its invented day played slowly."""
    running = RunningHouse(tmp_path_factory.mktemp("home") / "var", "--speed", "60")
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's browser, closed before another module's tests: no event loop runs beside its own."""
    program = shutil.which("chromium")
    if not program:
        missing("There is no chromium here; tests/needs.py says how it is installed.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, headless=True, args=SWITCHES)
        yield browser
        browser.close()


@dataclass
class Visitor:
    """Somebody at a browser."""

    page: Page
    base: str
    context: BrowserContext
    has_script: bool = True
    outside: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def watch(self) -> "Visitor":
        """Keep what goes elsewhere and what the browser complains about."""
        self.page.on("request", lambda request: self._asked(request.url))
        self.page.on("console", lambda said: self._said(said.type, said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return self

    def _asked(self, url: str) -> None:
        if not url.startswith((self.base, "data:", "blob:", "about:")):
            self.outside.append(url)

    def _said(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not any(known in text for known in HARMLESS):
            self.complaints.append(text)

    def open(self, path: str) -> None:
        """Go to a page."""
        self.page.goto(self.base + path)

    def arrive(self, act: Callable[[], object]) -> None:
        """Do what leads to another page, and wait until that page is there: a click by itself waits for nothing."""
        with self.page.expect_navigation():
            act()

    def go(self, what: str) -> None:
        """Click what leads to another page, and be there."""
        self.arrive(self.page.locator(what).click)

    def sign_in(self, lang: str, token: str) -> None:
        """Come to the desk with a token."""
        self.open(f"/{lang}/sign-in")
        self.page.click("main details summary")
        self.page.fill("#token", token)
        self.go("main details button")
        assert "/sign-in" not in self.page.url

    def check(self) -> None:
        """Nothing on this page shuts anybody out, nothing overflows, nothing went elsewhere."""
        self._need_no_barrier()
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{self.page.url} is {wide} px too wide"
        assert self.outside == []
        assert self.complaints == []

    def _need_no_barrier(self) -> None:
        if not AXE.exists():
            missing("axe-core is not under ui/node_modules; run `pip install -e .` once, which brings it.")
        self.context.new_cdp_session(self.page).send("Page.setBypassCSP", {"enabled": True})
        self.page.evaluate(AXE.read_text(encoding="utf-8") + ";0")
        found = self.page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
        told = [f"{wrong['id']}: {[node['html'][:160] for node in wrong['nodes']]}" for wrong in found["violations"]]
        assert told == [], f"{self.page.url}: {told}"


Opener = Callable[..., Visitor]


@pytest.fixture
def visit(chromium: Browser, house: RunningHouse) -> Iterator[Opener]:
    """Opens a browser of its own for somebody; what it complained of at the end is a failure."""
    opened: list[Visitor] = []

    def open_one(**how: Any) -> Visitor:
        context = chromium.new_context(**how)
        context.set_default_timeout(WAITED_MS)
        opened.append(
            Visitor(context.new_page(), house.words["SHANCHENG"], context, how.get("java_script_enabled", True)).watch()
        )
        return opened[-1]

    yield open_one
    for visitor in opened:
        visitor.context.close()
        assert visitor.outside == []
