"""Everything signing in needs, in one record that every page can reach."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from shancheng.doors.web import accounts, sessions
from shancheng.doors.web.account_oidc import Elsewhere
from shancheng.doors.web.account_password import Passwords
from shancheng.doors.web.account_provider import read_provider
from shancheng.doors.web.account_tries import Tries
from shancheng.doors.web.accounts import Accounts
from shancheng.doors.web.kept import Kept
from shancheng.doors.web.sessions import Sessions
from shancheng.loop.rules import Rules

ACCOUNTS_FILE, SESSIONS_FILE = "accounts.json", "sessions.json"


def wall_clock() -> int:
    """Time as it goes: a day that is played fast must not age a session."""
    return int(time.time())


@dataclass
class Signing:
    """Accounts, sessions, and how both are come by; all in memory unless files are handed in."""

    accounts: Accounts = field(default_factory=Accounts)
    sessions: Sessions = field(default_factory=Sessions)
    passwords: Passwords = field(default_factory=Passwords)
    tries: Tries = field(default_factory=Tries)
    elsewhere: Elsewhere | None = None
    now: Callable[[], int] = wall_clock


def accounts_of(folder: Path) -> Accounts:
    """The accounts of an installation."""
    return Accounts(Kept(folder / ACCOUNTS_FILE, accounts.Book()))


def signing_of(folder: Path, rules: Rules) -> Signing:
    """Signing in for an installation; raises ProviderFaulty where its provider is described wrongly."""
    described = read_provider(folder, rules)
    return Signing(
        accounts=accounts_of(folder),
        sessions=Sessions(Kept(folder / SESSIONS_FILE, sessions.Book())),
        elsewhere=Elsewhere(*described, now=wall_clock) if described else None,
    )
