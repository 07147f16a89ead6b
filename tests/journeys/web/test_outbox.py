"""A grid worker in a stairwell: what is done without a network stays on the phone and arrives once and in order."""

import json
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.doors.web.pages import photo
from tests.journeys.conftest import RunningHouse
from tests.journeys.web.conftest import PHONE, WAITED_MS, Visitor
from tests.journeys.web.outbox_line import BadLine

pytestmark = [pytest.mark.slow, pytest.mark.browser]
REPORTS, MATTERS = 185, 5
"""Each matter is signed, attended and finished: 200 in all."""
TAKEN = """() => new Promise((done) => {
  indexedDB.open("shancheng-outbox").onsuccess = (opened) => {
    const asked = opened.target.result.transaction("pages").objectStore("pages").count();
    asked.onsuccess = () => { opened.target.result.close(); done(asked.result > 0); };
  };
})"""
SEND = "main form[data-outbox] button.button:not([type=button])"
OPEN = "html.with-outbox"
KEPT = """async () => {
  const names = await caches.keys();
  const found = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
  return found.flat().map((request) => new URL(request.url).pathname);
}"""
LATE = """
const { set } = Object.getOwnPropertyDescriptor(IDBRequest.prototype, "onsuccess");
const asked = new Promise((open) => (window.openStore = open));
if (!sessionStorage.getItem("late")) Object.defineProperty(IDBOpenDBRequest.prototype, "onsuccess", {
  set(work) { set.call(this, (event) => asked.then(() => work.call(this, event))); },
});
sessionStorage.setItem("late", "once");"""
"""On the next page the phone's store opens when it is told to."""
ITEMS = """() => new Promise((done, wrong) => {
  const opening = indexedDB.open("shancheng-outbox");
  opening.onerror = wrong;
  opening.onsuccess = () => {
    const asked = opening.result.transaction("items").objectStore("items").getAll();
    asked.onsuccess = () => { opening.result.close(); done(asked.result.map((item) => [item.key, item.state])); };
  };
})"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    """A house whose invented day goes no faster than ours."""
    running = RunningHouse(tmp_path_factory.mktemp("home") / "var", "--speed", "1")
    yield running
    assert running.stop() == 0


def worker(house: RunningHouse) -> tuple[str, str]:
    """Token and account of a fresh grid worker of the town and its agency."""
    where = ["--place", house.words["PLACE"], "--agency", house.words["AGENCY"]]
    made = json.loads(house.command("token", "create", "--role", "grid-worker", *where, "--json"))
    return made["token"], made["actor"] if isinstance(made["actor"], str) else made["actor"]["id"]


def assigned(house: RunningHouse, text: str) -> str:
    """A matter that waits for the agency's signature."""
    body = {"kind": "request", "category": house.words["CATEGORY"], "place": house.words["PLACE"], "text": text}
    matter = str(house.ask("POST", "/matters", json=body).json()["matter"])
    for verb, fields in (("accept", {}), ("assign", {"lead": house.words["AGENCY"]})):
        assert house.ask("POST", f"/matters/{matter}/{verb}", "operator", json=fields).status_code == 200
    return matter


def written(house: RunningHouse, account: str) -> list[tuple[str, str]]:
    """Key and verb of every move of an account, in the order of the ledger."""
    with sqlite3.connect(f"file:{house.home / 'ledger.db'}?mode=ro", uri=True) as ledger:
        rows = ledger.execute("SELECT idem, verb FROM moves WHERE actor = ? ORDER BY seq", (account,)).fetchall()
    return [(str(idem).removeprefix(f"{account}:"), str(kind)) for idem, kind in rows]


class Phone:
    """A phone with the app on it, on a line that can be cut."""

    def __init__(self, visitor: Visitor, line: BadLine, tongue: str = "en") -> None:
        self.visitor = visitor
        self.page: Page = visitor.page
        self.line = line
        self.tongue = tongue
        self.home = f"{line.base}/{tongue}/grid"

    def sign_in(self, token: str) -> None:
        """Signed in, the app kept and the pages taken along."""
        self.visitor.sign_in(self.tongue, token)
        self.open()
        self.page.evaluate("navigator.serviceWorker.ready.then(() => 0)")
        until = time.monotonic() + 60
        while not self.page.evaluate(TAKEN):
            assert time.monotonic() < until, "nothing was taken along"
            self.page.wait_for_timeout(50)

    def cut(self, is_cut: bool = True) -> None:
        """Into the stairwell, or out of it."""
        self.line.down = is_cut
        self.visitor.context.set_offline(is_cut)

    def waits(self, number: int, seconds: float = WAITED_MS / 1000) -> None:
        """The page says that so many wait."""
        expect(self.page.locator("#outbox-count")).to_have_text(re.compile(rf"\D{number}$"), timeout=seconds * 1000)

    def open(self, path: str = "") -> None:
        """Go to a page of the app whose outbox is open."""
        self.page.goto(self.home + path)
        self.page.wait_for_selector(OPEN)

    def report(self, text: str, place: str = "", picture: bytes = b"") -> None:
        """Fill in the form for something found, and send it."""
        self.page.fill("#text", text)
        if place:
            self.page.select_option("#place", place)
        if picture:
            self.page.set_input_files("#photo", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture})
        self.page.click(SEND)

    def act(self, verb: str, **fields: str) -> None:
        """Open an act of the matter's page, fill it in and send it."""
        part = self.page.locator(f"details[data-verb={verb}]")
        part.wait_for(state="visible")
        if part.get_attribute("open") is None:
            part.locator("summary").click()
        for name, value in fields.items():
            part.locator(f"select[name={name}]").select_option(value)
        if verb == "finish":
            file: Any = {"name": "done.jpg", "mimeType": "image/jpeg", "buffer": photo()}
            part.locator("input[type=file]").set_input_files(file)
        part.locator("form button.button").click()

    def keys(self) -> list[str]:
        """Keys of what waits, in order."""
        return [key for key, _ in self.page.evaluate(ITEMS)]

    def parks(self) -> None:
        """Everything that waits gets its answer and is parked."""
        until = time.monotonic() + 60
        while {state for _, state in self.page.evaluate(ITEMS)} != {"parked"}:
            assert time.monotonic() < until, "it was not parked"
            self.page.wait_for_timeout(50)


Picker = Callable[..., Phone]


@pytest.fixture
def pick_up(chromium: Browser, house: RunningHouse) -> Iterator[Picker]:
    """Picks up another phone, on a line that loses a share of the answers."""
    opened: list[tuple[Visitor, BadLine]] = []

    def pick(share: float = 0.0, tongue: str = "en") -> Phone:
        line = BadLine(house.words["SHANCHENG"], share, seed=7).__enter__()
        context = chromium.new_context(**PHONE)
        context.set_default_timeout(WAITED_MS)
        opened.append((Visitor(context.new_page(), line.base, context), line))
        return Phone(opened[-1][0], line, tongue)

    yield pick
    for visitor, line in opened:
        visitor.context.close()
        line.__exit__(None, None, None)
        assert visitor.outside == []


@pytest.mark.timeout(600)
def test_two_hundred_things_done_offline_arrive_once_and_in_order_on_a_line_that_loses_answers(
    house: RunningHouse, pick_up: Picker
) -> None:
    token, account = worker(house)
    matters = [assigned(house, f"to settle {number}") for number in range(MATTERS)]
    phone = pick_up()
    phone.sign_in(token)

    phone.cut()
    phone.open("/report")
    place = phone.page.locator("#place option:not([value=''])").first.get_attribute("value") or ""
    for number in range(REPORTS):
        phone.report(f"found {number}", place, photo() if number % 40 == 0 else b"")
        phone.page.wait_for_function("() => document.querySelector('#text').value === ''")
        if number == REPORTS // 2:
            phone.waits(number + 1)
            phone.page.reload()
    phone.waits(REPORTS)
    for number, matter in enumerate(matters, 1):
        phone.open()
        phone.visitor.go(f"[data-matter='{matter}'] a")
        phone.act("sign")
        phone.act("attend")
        phone.act("finish", outcome="settled")
        phone.waits(REPORTS + 3 * number)
    keys = phone.keys()

    phone.line.share = 0.3
    phone.cut(False)
    for left in (150, 60):
        phone.page.wait_for_function(
            f"() => Number(document.querySelector('#outbox-count').textContent.match(/\\d+/)) <= {left}",
            timeout=300_000,
        )
        phone.page.reload()
    phone.waits(0, seconds=300)

    moves = written(house, account)
    assert len(keys) == len(set(keys)) == 200
    assert [key for key, verb in moves if not key.endswith(":photos")] == keys
    assert [verb for key, verb in moves if key.endswith(":photos")] == ["note"] * 5
    assert [verb for _, verb in moves[-3:]] == ["sign", "attend", "finish"]
    assert phone.line.dropped > 60
    assert phone.keys() == []
    for matter in matters:
        assert house.ask("GET", f"/matters/{matter}", "operator").json()["stage"] == "done"


def test_what_is_refused_is_parked_with_its_sentence_and_never_lost(house: RunningHouse, pick_up: Picker) -> None:
    token, account = worker(house)
    matter, phone = assigned(house, "signed by a colleague meanwhile"), pick_up()
    phone.sign_in(token)
    phone.open(f"/matters/{matter}")
    phone.cut()
    phone.act("sign")
    phone.waits(1)
    phone.open("/report")
    phone.page.select_option("#place", index=1)
    phone.report("and the next one")
    phone.waits(2)
    phone.open()
    assert house.ask("POST", f"/matters/{matter}/sign", "handler", json={}).status_code == 200

    phone.cut(False)
    phone.waits(0)
    expect(phone.page.locator("#outbox-parked")).to_have_text("Not accepted: 1")
    phone.page.click("#outbox-list summary")
    expect(phone.page.locator("#outbox-list .fault")).to_contain_text("moved on since you opened the page")
    with phone.page.expect_response(re.compile("/sign$")):
        phone.page.click("[data-do=again]")
    phone.parks()
    expect(phone.page.locator("#outbox-parked")).to_have_text("Not accepted: 1")
    assert [verb for _, verb in written(house, account)] == ["report"]

    phone.page.once("dialog", lambda dialog: dialog.accept())
    phone.page.click("[data-do=drop]")
    expect(phone.page.locator("#outbox-parked")).to_be_hidden()
    assert phone.keys() == []


def test_what_was_refused_can_be_changed_and_takes_its_old_place(house: RunningHouse, pick_up: Picker) -> None:
    token, account = worker(house)
    phone = pick_up()
    phone.sign_in(token)
    phone.open("/report")
    phone.page.evaluate("() => document.querySelector('#place').append(new Option('elsewhere', '1'))")
    phone.report("at a place of others", "1")
    expect(phone.page.locator("#outbox-parked")).to_have_text("Not accepted: 1")

    phone.page.click("[data-do=change]")
    expect(phone.page.locator("#text")).to_have_value("at a place of others")
    expect(phone.page.locator("[data-outcome]")).to_contain_text("outside your range")
    phone.page.select_option("#place", index=1)
    phone.page.click(SEND)
    phone.page.wait_for_url(re.compile("did=report"))

    assert [verb for _, verb in written(house, account)] == ["report"]
    assert phone.keys() == []


def test_nothing_is_sent_under_another_name_than_that_of_whoever_did_it(house: RunningHouse, pick_up: Picker) -> None:
    (token, account), (other, other_account) = worker(house), worker(house)
    phone = pick_up()
    phone.sign_in(token)
    phone.cut()
    phone.open("/report")
    phone.page.select_option("#place", index=1)
    phone.report("mine")
    phone.waits(1)
    phone.visitor.context.clear_cookies()

    phone.cut(False)
    expect(phone.page.locator("#outbox-says")).to_have_text("Sign in, then what waits is sent.")
    phone.sign_in(other)
    phone.waits(0)
    expect(phone.page.locator("#outbox-others")).to_contain_text("From another account on this phone: 1")
    assert written(house, account) == written(house, other_account) == []

    phone.visitor.context.clear_cookies()
    phone.sign_in(token)
    phone.waits(0)
    phone.page.wait_for_function("() => document.querySelector('#outbox-others').hidden")
    assert [verb for _, verb in written(house, account)] == ["report"]
    assert written(house, other_account) == []


def test_the_phone_keeps_the_shell_and_forgets_what_it_took_along_at_signing_out(
    house: RunningHouse, pick_up: Picker
) -> None:
    token, _ = worker(house)
    matter = assigned(house, "nobody else's business")
    phone = pick_up(tongue="zh")
    phone.sign_in(token)
    kept = phone.page.evaluate(KEPT)
    phone.open(f"/matters/{matter}")
    assert sorted(phone.page.evaluate(KEPT)) == sorted(kept)
    assert {path for path in kept if not path.startswith("/static/")} == {"/zh/grid/shell"}

    phone.cut()
    phone.open(f"/matters/{matter}")
    expect(phone.page.locator("main")).to_contain_text("nobody else's business")
    phone.cut(False)
    phone.open()
    phone.visitor.go(".leave button")
    assert phone.page.url.endswith("/zh/")
    phone.cut()
    phone.open(f"/matters/{matter}")
    expect(phone.page.locator("main")).to_contain_text("本机没有此页面")


def test_what_is_sent_before_the_store_is_open_is_kept(house: RunningHouse, pick_up: Picker) -> None:
    token, account = worker(house)
    phone = pick_up()
    phone.sign_in(token)
    phone.page.add_init_script(LATE)
    phone.page.goto(f"{phone.home}/report")
    phone.cut()
    phone.page.select_option("#place", index=1)
    phone.report("sooner than the phone")
    assert phone.page.locator(OPEN).count() == 0, "the store was open already"
    phone.page.evaluate("window.openStore()")

    expect(phone.page.locator("[data-outcome]")).to_contain_text("Kept on this phone")
    phone.waits(1)
    phone.cut(False)
    phone.waits(0)
    assert [verb for _, verb in written(house, account)] == ["report"]


@pytest.mark.parametrize("opening", ["throw new Error('no store')", "return {}"], ids=["forbidden", "never"])
def test_what_cannot_be_kept_goes_straight_to_the_city(house: RunningHouse, pick_up: Picker, opening: str) -> None:
    token, account = worker(house)
    phone = pick_up()
    phone.page.add_init_script(f"IDBFactory.prototype.open = () => {{ {opening}; }};")
    phone.visitor.sign_in("en", token)
    phone.page.goto(f"{phone.home}/report")
    phone.page.select_option("#place", index=1)

    phone.visitor.arrive(lambda: phone.report("nothing is kept here"))
    expect(phone.page.locator("main")).to_contain_text("Your report was received.")
    assert [verb for _, verb in written(house, account)] == ["report"]
    phone.page.goto(phone.home)
    phone.visitor.go(".leave button")
    assert phone.page.url.endswith("/en/")


@pytest.mark.parametrize("tongue", ["zh", "en"])
@pytest.mark.parametrize("light", ["light", "dark"])
def test_the_pages_shut_nobody_out(house: RunningHouse, pick_up: Picker, tongue: str, light: str) -> None:
    token, _ = worker(house)
    matter = assigned(house, "排水口堵塞，雨后积水，行人无法通过；blocked drain, standing water after every rain")
    phone = pick_up(tongue=tongue)
    phone.page.emulate_media(color_scheme=light)  # type: ignore[arg-type]
    phone.page.goto(phone.home)
    phone.visitor.check()
    phone.sign_in(token)
    for path in ("", "/report", f"/matters/{matter}"):
        phone.open(path)
        phone.page.locator("#outbox").wait_for(state="visible")
        phone.visitor.check()
    phone.cut()
    phone.open("/report")
    phone.page.select_option("#place", index=1)
    phone.report("waits")
    phone.waits(1)
    phone.page.click("#outbox-list summary")
    phone.visitor.check()
