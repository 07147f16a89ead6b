"""Accounts as the command line keeps them: made, renewed, disabled, listed, while the house runs or not."""

from pathlib import Path

from shancheng.doors.web.account_actor import is_for_people
from shancheng.doors.web.account_password import Passwords
from shancheng.doors.web.account_signing import accounts_of
from shancheng.doors.web.accounts import NOTE_MAX, Account, AccountRefused, random_password
from shancheng.doors.web.language import N_
from shancheng.ground.access import Actor
from shancheng.loop.rules import Rules


class BookOfAccounts:
    """The accounts of an installation."""

    def __init__(self, folder: Path, rules: Rules) -> None:
        self._accounts = accounts_of(folder)
        self._rules = rules
        self._passwords = Passwords()

    def create(self, name: str, actor: Actor, *, now: int, note: str = "") -> str:
        """A new account; its first password, seen only now and to be changed. Raises AccountRefused."""
        if not is_for_people(self._rules.roles[actor.role]):
            raise AccountRefused(
                N_("The role %(role)s is for programs: `shancheng token create` lets them in."),
                role=actor.role,
            )
        password = random_password()
        hashed = self._passwords.hash(password)
        account = Account(name=name, actor=actor, made=now, hash=hashed, note=note[:NOTE_MAX], first=True)
        self._accounts.create(account)
        return password

    def renew(self, name: str) -> str:
        """Another first password, seen only now; whoever is signed in is out. Raises AccountRefused."""
        password = random_password()
        self._accounts.set_password(name, self._passwords.hash(password), first=True)
        return password

    def disable(self, name: str, now: int) -> None:
        """Nobody signs in with it any more, and whoever is signed in is out. Raises AccountRefused."""
        self._accounts.disable(name, now)

    def enable(self, name: str) -> None:
        """It may be used again. Raises AccountRefused."""
        self._accounts.enable(name)

    def all(self) -> tuple[Account, ...]:
        """Every account, by name."""
        return self._accounts.all()
