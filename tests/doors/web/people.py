"""Pages with people who have accounts: quick passwords, a clock that moves when told."""

from pathlib import Path

import httpx
from argon2 import PasswordHasher
from tests.doors.web.pages import Pages, form_of
from tests.loop.world import RESIDENT, leak
from tests.wings.governance.town import CLERK, done, given

from shancheng.doors.web.account_password import Passwords
from shancheng.doors.web.account_signing import Signing, accounts_of
from shancheng.doors.web.accounts import Account
from shancheng.doors.web.admin_house import House
from shancheng.doors.web.kept import Kept
from shancheng.doors.web.sessions import Book, Sessions
from shancheng.ground.access import Actor
from shancheng.loop.rules import Rules

PASSWORD = "correct horse battery"
ADMIN = Actor("admin-1", "admin")
BEGIN = 1_790_000_000


def quick() -> PasswordHasher:
    """argon2id that takes no time; for tests alone."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class People(Pages):
    """A town whose pages know accounts, kept in files."""

    def __init__(self, rules: Rules, folder: Path) -> None:
        super().__init__(rules, folder)
        self.folder = folder
        self.wall = BEGIN
        self.signing = Signing(
            accounts=accounts_of(folder),
            sessions=Sessions(Kept(folder / "sessions.json", Book())),
            passwords=Passwords(quick),
            now=lambda: self.wall,
        )
        self.site.signing = self.signing
        self.site.house = House(Reading(self.ledger), "tiny", faults=folder / "faults")  # type: ignore[arg-type]

    def person(self, name: str = "li", actor: Actor = CLERK, **more: object) -> Account:
        """Somebody with an account and the password of everybody here."""
        hashed = self.signing.passwords.hash(PASSWORD)
        made = Account(name=name, actor=actor, made=BEGIN, hash=hashed, **more)  # type: ignore[arg-type]
        return self.signing.accounts.create(made)

    async def enter(self, name: str = "li", password: str = PASSWORD, **more: str) -> httpx.Response:
        """The answer to signing in."""
        return await self.send(await self.get("/en/sign-in"), name=name, password=password, **more)

    async def make(self, **fields: str) -> httpx.Response:
        """The answer to a form that makes an account."""
        _, hidden = form_of((await self.get("/en/admin/accounts")).text)
        return await self.browser.post("/en/admin/accounts", data=hidden | fields)

    async def report_with_contact(self) -> str:
        """The number of a matter whose reporter left a telephone number."""
        return done(await self.desk.report(leak(), RESIDENT, contact=b'{"phone": "13800000000"}')).matter

    async def look(self, matter: str, purpose: str) -> None:
        """The clerk opens what the reporter left."""
        self.later(minutes=1)
        given(await self.desk.unseal(matter, RESIDENT.id, purpose, CLERK))

    async def status(self, path: str) -> int:
        """How a page answers."""
        return (await self.get(path)).status_code


class Reading:
    """The memory ledger as a reader."""

    def __init__(self, ledger: object) -> None:
        self._ledger = ledger

    async def head(self, lane: str) -> object:
        """The last durable line."""
        return self._ledger.head  # type: ignore[attr-defined]

    def __getattr__(self, name: str) -> object:
        return getattr(self._ledger, name)
