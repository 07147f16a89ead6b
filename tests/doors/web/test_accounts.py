"""Accounts and sessions: signing in and out, what ends a session, what is kept and what is not."""

import asyncio
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
from tests.doors.web.pages import form_of, words_of
from tests.doors.web.people import ADMIN, BEGIN, PASSWORD, People
from tests.loop.world import HILL, QUAY
from tests.wings.governance.town import CLERK

from shancheng.doors.web.account_password import Passwords, TooManyAtOnce, cleaned, weakness
from shancheng.doors.web.account_tries import HERE, NAME, NETWORK, Tries
from shancheng.doors.web.accounts import Account, AccountRefused, Accounts, random_password
from shancheng.doors.web.kept import Kept, Unreadable
from shancheng.doors.web.sessions import ALL_MAX, EACH_MAX, IDLE_SECONDS, WHOLE_SECONDS, Book, Session, Sessions
from shancheng.ground.access import Actor
from shancheng.loop.rules import Rules

pytestmark = pytest.mark.anyio
BOARD = f"/en/desk/board/{QUAY}"
SESSION = "__Host-sc_session"


@pytest.fixture
def people(rules: Rules, tmp_path: Path) -> People:
    """Closed pages with one person, Li."""
    made = People(rules, tmp_path)
    made.person()
    return made


async def test_a_name_and_a_password_open_the_desk(people: People) -> None:
    async with people:
        answer = await people.enter(name=" LI ")

        assert (answer.status_code, answer.headers["location"]) == (303, "/en/desk")
        assert await people.status(BOARD) == 200
        assert "li" in words_of(await people.get("/en/account"))


@pytest.mark.parametrize(("name", "password"), [("li", "wrong horse"), ("nobody", PASSWORD), ("li", ""), ("", "x")])
async def test_what_is_wrong_with_a_sign_in_is_not_told_apart(people: People, name: str, password: str) -> None:
    async with people:
        answer = await people.enter(name=name, password=password)

        assert answer.status_code == 422
        assert SESSION not in people.browser.cookies
        if name and password:
            assert "do not belong together" in words_of(answer)
            assert password not in answer.text


async def test_a_disabled_account_is_out_at_the_next_click(people: People) -> None:
    async with people:
        await people.enter()
        people.signing.accounts.disable("li", BEGIN)

        assert await people.status(BOARD) == 303
        assert (await people.enter()).status_code == 422
        people.signing.accounts.enable("li")
        assert await people.status(BOARD) == 303
        assert (await people.enter()).status_code == 303


async def test_another_role_or_password_ends_every_session(people: People) -> None:
    async with people:
        for change in (
            lambda: people.signing.accounts.set_actor("li", Actor("o-hill", "operator", centre=HILL, places=(HILL,))),
            lambda: people.signing.accounts.set_password("li", people.signing.passwords.hash(PASSWORD), first=False),
        ):
            await people.enter()
            assert await people.status("/en/desk/list") == 200
            change()
            assert await people.status("/en/desk/list") == 303


async def test_a_session_ends_when_nothing_is_done_for_long(people: People) -> None:
    async with people:
        await people.enter()
        people.wall += IDLE_SECONDS - 1
        assert await people.status(BOARD) == 200
        people.wall += IDLE_SECONDS - 1
        assert await people.status(BOARD) == 200
        people.wall += IDLE_SECONDS

        assert await people.status(BOARD) == 303


async def test_a_page_that_looks_again_by_itself_does_not_keep_a_session_alive(people: People) -> None:
    async with people:
        await people.enter()
        people.wall += IDLE_SECONDS - 10
        looked = await people.browser.get(BOARD, headers={"hx-request": "true"})
        people.wall += 10

        assert looked.status_code == 200
        assert await people.status(BOARD) == 303


async def test_a_session_ends_by_age_however_much_is_done(people: People) -> None:
    async with people:
        await people.enter()
        for _ in range(WHOLE_SECONDS // 3600 - 1):
            people.wall += 3600
            assert await people.status(BOARD) == 200
        people.wall += 3600

        assert await people.status(BOARD) == 303


async def test_signing_in_never_takes_over_a_number_that_a_stranger_may_know(people: People) -> None:
    async with people:
        known = "A" * 43
        people.browser.cookies.set(SESSION, known, domain="pages.local", path="/")
        await people.get("/en/sign-in")
        await people.enter()
        stranger = people.new_browser()
        stranger.cookies.set(SESSION, known)

        assert people.browser.cookies[SESSION] != known
        assert (await stranger.get(BOARD)).status_code == 303


async def test_signing_in_again_begins_another_session_and_ends_the_one_before(people: People) -> None:
    async with people:
        await people.enter()
        before = people.browser.cookies[SESSION]
        page = await people.get("/en/sign-in")
        action, _ = form_of(page.text, "/sign-out")
        fresh = await people.get("/en/account")
        _, hidden = form_of(fresh.text)
        await people.browser.post("/en/sign-in", data=hidden | {"name": "li", "password": PASSWORD})
        stranger = people.new_browser()
        stranger.cookies.set(SESSION, before)

        assert action == "/en/sign-out"
        assert people.browser.cookies[SESSION] != before
        assert (await stranger.get(BOARD)).status_code == 303


async def test_a_copied_cookie_dies_with_signing_out(people: People) -> None:
    async with people:
        await people.enter()
        copied = people.browser.cookies[SESSION]
        answer = await people.send(await people.get("/en/sign-in"), "/sign-out")
        thief = people.new_browser()
        thief.cookies.set(SESSION, copied)

        assert answer.headers["location"] == "/en/"
        assert SESSION not in people.browser.cookies
        assert (await thief.get(BOARD)).status_code == 303


async def test_signing_out_of_every_browser_ends_them_all(people: People) -> None:
    async with people:
        await people.enter()
        other = people.new_browser()
        other.cookies.set(SESSION, people.browser.cookies[SESSION])
        await people.send(await people.get("/en/account"), "/account/sign-out")

        assert (await other.get(BOARD)).status_code == 303


async def test_a_form_is_bound_to_the_session_and_not_to_a_cookie_that_may_be_set(people: People) -> None:
    async with people:
        visit = await people.get("/en/sign-in")
        _, before = form_of(visit.text)
        await people.enter()
        stale = await people.browser.post("/en/sign-out", data=before)

        assert stale.status_code == 403
        assert await people.status(BOARD) == 200


async def test_a_password_given_by_somebody_else_has_to_be_changed_first(people: People) -> None:
    async with people:
        people.person("wang", first=True)
        await people.enter("wang")
        assert (await people.get(BOARD)).headers["location"] == "/en/account"
        page = await people.get("/en/account")
        weak = await people.send(page, old=PASSWORD, new="short", again="short")
        unlike = await people.send(page, old=PASSWORD, new="another horse battery", again="another")
        wrong = await people.send(page, old="no", new="another horse battery", again="another horse battery")
        answer = await people.send(page, old=PASSWORD, new="another horse battery", again="another horse battery")

        assert [each.status_code for each in (weak, unlike, wrong)] == [422, 422, 422]
        assert answer.headers["location"] == "/en/account?did=password"
        assert await people.status(BOARD) == 200


async def test_five_wrong_tries_make_one_wait_but_nobody_elsewhere(people: People) -> None:
    async with people:
        for _ in range(HERE.free):
            assert (await people.enter(password="wrong horse")).status_code == 422
        turned = await people.enter()

        assert turned.status_code == 429
        assert int(turned.headers["retry-after"]) > 0
        assert SESSION not in people.browser.cookies


async def test_good_sign_ins_cost_no_tries(people: People) -> None:
    async with people:
        for _ in range(HERE.free * 3):
            assert (await people.enter()).status_code == 303
            await people.send(await people.get("/en/sign-in"), "/sign-out")


async def test_tokens_are_tried_at_a_bounded_rate_too(people: People) -> None:
    async with people:
        answers = [
            (await people.send(await people.get("/en/sign-in"), token=f"sc_{number}")).status_code
            for number in range(HERE.free + 1)
        ]

        assert answers == [422] * HERE.free + [429]


def test_a_network_and_a_name_have_bounds_of_their_own() -> None:
    tries, other = Tries(), Tries()

    by_names = [tries.take(f"n{number}", "10.0.0.1", 0.0) for number in range(NETWORK.free + 1)]
    by_networks = [other.take("li", f"10.{number}.0.1", 0.0) for number in range(NAME.free + 1)]

    assert [wait > 0 for wait in by_names] == [False] * NETWORK.free + [True]
    assert [wait > 0 for wait in by_networks] == [False] * NAME.free + [True]
    assert tries.take("n0", "10.0.0.200", 0.0) > 0, "the same network"
    assert tries.take("n0", "10.0.1.1", 0.0) == 0, "another network"
    assert tries.take("new", "10.0.0.1", NETWORK.seconds + 1) == 0, "time has passed"


async def test_more_passwords_at_once_than_can_be_checked_are_turned_away() -> None:
    passwords = Passwords(waiting=10_000)

    with pytest.raises(TooManyAtOnce):
        await passwords.matches("", "x")


def test_only_the_owner_may_read_what_is_kept_and_no_password_is_in_it(people: People) -> None:
    asyncio.run(people.signing.sessions.begin(lambda d: _session(d), now=BEGIN))
    files = [people.folder / name for name in ("accounts.json", "sessions.json")]

    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600, 0o600]
    text = "".join(file.read_text("utf-8") for file in files)
    assert PASSWORD not in text
    assert "$argon2id$" in text


async def test_no_secret_reaches_the_log(people: People, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    async with people:
        people.accounts["sc_secret_token"] = CLERK
        await people.enter(password="wrong secret")
        await people.enter()
        number = people.browser.cookies[SESSION]
        await people.send(await people.get("/en/sign-in"), "/sign-out")
        await people.send(await people.get("/en/sign-in"), token="sc_secret_token")
        hashed = people.signing.accounts.get("li").hash  # type: ignore[union-attr]

        said = "\n".join(record.getMessage() for record in caplog.records)
        assert "signed in" in said
        for secret in (PASSWORD, "wrong secret", "sc_secret_token", number, hashed):
            assert secret not in said


def test_passwords_are_the_same_however_a_keyboard_writes_them() -> None:
    assert cleaned("ｐａｓｓ　word") == cleaned("pass word ")


@pytest.mark.parametrize(
    ("password", "is_weak"),
    [("short", True), ("aaaaaaaaaaaaaaaa", True), ("li-zhang-2024-ok", True), ("x" * 201, True), (PASSWORD, False)],
)
def test_length_and_variety_make_a_password_good(password: str, is_weak: bool) -> None:
    assert bool(weakness(password, "li-zhang")) is is_weak


def test_a_random_password_is_a_good_one() -> None:
    made = {random_password() for _ in range(50)}

    assert len(made) == 50
    assert not any(weakness(password, "li") for password in made)


@pytest.mark.parametrize("name", ["", "Li", "-li", "li zhang", "x" * 65, "李", "a/b", "<b>"])
def test_a_name_is_plain_letters(name: str) -> None:
    with pytest.raises(AccountRefused, match="no name"):
        Accounts().create(Account(name=name, actor=ADMIN, made=0))


def test_a_name_is_taken_once() -> None:
    accounts = Accounts()
    accounts.create(Account(name="li", actor=ADMIN, made=0))

    with pytest.raises(AccountRefused, match="already"):
        accounts.create(Account(name="li", actor=ADMIN, made=0))
    with pytest.raises(AccountRefused, match="no account"):
        accounts.disable("wang", 0)


def test_what_another_process_keeps_is_seen_and_nothing_is_lost_between_two(tmp_path: Path) -> None:
    one, other = (Sessions(Kept(tmp_path / "sessions.json", Book())) for _ in range(2))

    def begin(sessions: Sessions) -> str:
        return asyncio.run(sessions.begin(lambda digest: _session(digest, account=digest[:6]), now=BEGIN))

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(begin, [one, other] * 20))

    assert all(one.find(number, BEGIN) and other.find(number, BEGIN) for number in numbers)


def test_a_torn_file_is_said_and_never_taken_for_empty(tmp_path: Path) -> None:
    file = tmp_path / "accounts.json"
    file.write_text('{"accounts": [{"name": "li"')

    with pytest.raises(Unreadable, match=r"accounts\.json cannot be read"):
        Kept(file, Book()).read()


async def test_browsers_of_one_account_and_of_all_are_bounded() -> None:
    sessions = Sessions()
    numbers = [await sessions.begin(_session, now=BEGIN) for _ in range(EACH_MAX + 1)]

    assert sessions.find(numbers[0], BEGIN) is None
    assert all(sessions.find(number, BEGIN) for number in numbers[1:])
    full = Book(tuple(_session(str(number), account=str(number)) for number in range(ALL_MAX)))
    sessions.kept.change(lambda _: full)
    await sessions.begin(_session, now=BEGIN)
    assert len(sessions.kept.read().sessions) == ALL_MAX


def _session(digest: str, account: str = "li") -> Session:
    return msgspec.structs.replace(
        Session(hash="", way="password", made=BEGIN, seen=BEGIN, account=account, version=1), hash=digest
    )
