"""Accounts of people who work here: a name, a role with its places, and how they sign in."""

import hashlib
import re
import secrets
from collections.abc import Callable

import msgspec

from shancheng.doors.web.kept import Kept
from shancheng.doors.web.language import N_
from shancheng.ground.access import Actor

NAME = re.compile(r"[a-z0-9](?:[a-z0-9._@-]{0,62}[a-z0-9])?")
NAME_MAX, NOTE_MAX = 64, 120
ACCOUNTS_MAX = 100_000


class Account(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One account as it is kept; of a password only its hash."""

    name: str
    """What it is signed in by, and listed by."""
    actor: Actor
    made: int
    hash: str = ""
    """argon2id of the password; empty where there is none and signing in happens elsewhere."""
    subject: str = ""
    """SHA-256 of issuer and subject of the provider that vouches for it."""
    note: str = ""
    """Who it is for."""
    version: int = 1
    """Sessions begun under an earlier version are over."""
    disabled: int = 0
    """Instant since which nobody signs in with it; 0 for never."""
    first: bool = False
    """Somebody else has seen the password; it is to be changed before anything else."""


class Book(msgspec.Struct, frozen=True):
    """What the file holds."""

    accounts: tuple[Account, ...] = ()


class AccountRefused(Exception):
    """An account that cannot be made or changed: a message of the catalogue, and what is put into it."""

    def __init__(self, message: str, **values: str) -> None:
        self.message = message
        self.values = values
        super().__init__(message % values)


class Accounts:
    """The accounts of one installation, in a file only its owner can read."""

    def __init__(self, kept: Kept[Book] | None = None) -> None:
        self._kept = kept or Kept(None, Book())
        self._book: Book | None = None
        self._by_name: dict[str, Account] = {}
        self._by_subject: dict[str, Account] = {}

    def get(self, name: str) -> Account | None:
        """The account of a name, however its letters are written."""
        self._read()
        return self._by_name.get(name.strip().lower())

    def of_subject(self, subject: str) -> Account | None:
        """The account that a provider vouches for."""
        self._read()
        return self._by_subject.get(subject)

    def all(self) -> tuple[Account, ...]:
        """Every account, by name."""
        self._read()
        return tuple(sorted(self._by_name.values(), key=lambda account: account.name))

    def create(self, account: Account) -> Account:
        """Keep a new account; raises AccountRefused where the name is taken or none."""
        if not NAME.fullmatch(account.name):
            raise AccountRefused(
                N_("'%(name)s' is no name for an account: use 1 to 64 small letters and digits, . _ @ - between."),
                name=account.name[:NAME_MAX],
            )

        def added(book: Book) -> Book:
            if any(other.name == account.name for other in book.accounts):
                raise AccountRefused(N_("There is an account '%(name)s' already; choose another."), name=account.name)
            if len(book.accounts) >= ACCOUNTS_MAX:
                raise AccountRefused(N_("There are too many accounts; no more can be made."))
            return Book((*book.accounts, account))

        self._kept.change(added)
        return account

    def disable(self, name: str, now: int) -> Account:
        """Nobody signs in with it any more, and whoever is signed in is out; raises AccountRefused."""
        return self._changed(name, lambda account: _later(account, disabled=account.disabled or now))

    def enable(self, name: str) -> Account:
        """It may be used again; raises AccountRefused."""
        return self._changed(name, lambda account: _later(account, disabled=0))

    def set_password(self, name: str, hash: str, *, first: bool) -> Account:  # noqa: A002 what it is
        """Another password, by its hash; whoever is signed in is out. Raises AccountRefused."""
        return self._changed(name, lambda account: _later(account, hash=hash, first=first))

    def set_actor(self, name: str, actor: Actor) -> Account:
        """Another role or range; whoever is signed in is out. Raises AccountRefused."""
        return self._changed(name, lambda account: _later(account, actor=actor))

    def rehashed(self, name: str, hash: str) -> None:  # noqa: A002 what it is
        """The same password under today's parameters; sessions go on."""
        self._changed(name, lambda account: msgspec.structs.replace(account, hash=hash))

    def _changed(self, name: str, do: Callable[[Account], Account]) -> Account:
        found: list[Account] = []

        def changed(book: Book) -> Book:
            accounts = [do(each) if each.name == name else each for each in book.accounts]
            found.extend(each for each in accounts if each.name == name)
            if not found:
                raise AccountRefused(
                    N_("There is no account '%(name)s'; the list of accounts shows them."), name=name[:NAME_MAX]
                )
            return Book(tuple(accounts))

        self._kept.change(changed)
        return found[0]

    def _read(self) -> None:
        book = self._kept.read()
        if book is not self._book:
            self._by_name = {account.name: account for account in book.accounts}
            self._by_subject = {account.subject: account for account in book.accounts if account.subject}
            self._book = book


def _later(account: Account, **changes: object) -> Account:
    """The account with changes that end its sessions."""
    return msgspec.structs.replace(account, version=account.version + 1, **changes)


def subject_of(issuer: str, subject: str) -> str:
    """What an account of a provider is found by; says nothing about who it is."""
    return hashlib.sha256(f"{issuer}\0{subject}".encode()).hexdigest()


WORDS = "abcdefghijkmnpqrstuvwxyz23456789"


def random_password() -> str:
    """A password of 80 random bits that can be read out: four groups of four, no signs that look alike."""
    return "-".join("".join(secrets.choice(WORDS) for _ in range(4)) for _ in range(4))
