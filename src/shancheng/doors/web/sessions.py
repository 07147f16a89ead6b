"""Who is signed in, as the server knows it: sessions end by idling, by age, by leaving, or by being taken back."""

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from shancheng.doors.web.kept import Kept

IDLE_SECONDS = 2 * 3600
WHOLE_SECONDS = 12 * 3600
EACH_MAX, ALL_MAX = 10, 20_000
RECENT_SECONDS = 600
"""How long after somebody proved who they are they may open what is sealed."""
SEEN_SECONDS, WRITE_SECONDS = 60, 30
"""How much later than written a session may have been seen, and how seldom that is written."""
Way = Literal["password", "elsewhere", "token"]


class Session(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One signed-in browser, as it is kept: never the number it shows."""

    hash: str
    """SHA-256 of the number in the browser's cookie."""
    way: Way
    made: int
    seen: int
    account: str = ""
    """Name of the account; empty for a token."""
    version: int = 0
    """Version the account had; any later one ends the session."""
    token: str = ""
    """The token, sealed; empty for an account."""
    proved: int = 0
    """When who it is was last proved by password, token or the provider; 0 where the provider did not say."""
    hint: str = ""
    """What the provider is told by when somebody signs out there too, sealed."""


class Book(msgspec.Struct, frozen=True):
    """What the file holds."""

    sessions: tuple[Session, ...] = ()


@dataclass
class Sessions:
    """The sessions of one installation."""

    kept: Kept[Book] = field(default_factory=lambda: Kept(None, Book()))
    idle: int = IDLE_SECONDS
    whole: int = WHOLE_SECONDS
    _seen: dict[str, int] = field(default_factory=dict)
    _by_hash: dict[str, Session] = field(default_factory=dict)
    _book: Book | None = None
    _written: int = 0

    def find(self, number: str, now: int) -> Session | None:
        """The session of a browser; None where it is unknown or over."""
        session = self._index().get(hash_of(number)) if number else None
        return session if session is not None and self._is_good(session, now) else None

    async def saw(self, session: Session, now: int) -> None:
        """Somebody did something: the session idles from here on."""
        self._seen[session.hash] = now
        if now - session.seen >= SEEN_SECONDS and now - self._written >= WRITE_SECONDS:
            self._written = now
            await self._change(lambda sessions: self._good(sessions, now))

    async def begin(self, session: Callable[[str], Session], *, now: int, instead: str = "") -> str:
        """A new session under a number nobody knew; the only time it is seen. The one of `instead` ends."""
        number = secrets.token_urlsafe(32)
        made, old = session(hash_of(number)), hash_of(instead) if instead else ""

        def added(sessions: Sequence[Session]) -> list[Session]:
            good = [each for each in self._good(sessions, now) if each.hash != old]
            own = [each for each in good if (each.account, each.token) == (made.account, made.token)]
            gone = {each.hash for each in own[: max(0, len(own) - EACH_MAX + 1)]}
            return [*(each for each in good if each.hash not in gone), made][-ALL_MAX:]

        await self._change(added)
        return number

    async def end(self, number: str) -> None:
        """One session is over."""
        digest = hash_of(number)
        await self._change(lambda sessions: [session for session in sessions if session.hash != digest])

    async def end_all(self, account: str) -> None:
        """Every session of an account is over."""
        await self._change(lambda sessions: [session for session in sessions if session.account != account])

    def counts(self, now: int) -> dict[str, int]:
        """How many browsers are signed in, by account."""
        found: dict[str, int] = {}
        for session in self._index().values():
            if session.account and self._is_good(session, now):
                found[session.account] = found.get(session.account, 0) + 1
        return found

    def _index(self) -> dict[str, Session]:
        book = self.kept.read()
        if book is not self._book:
            self._by_hash = {session.hash: session for session in book.sessions}
            self._book = book
        return self._by_hash

    def _is_good(self, session: Session, now: int) -> bool:
        seen = max(session.seen, self._seen.get(session.hash, 0))
        return now < seen + self.idle and now < session.made + self.whole

    def _good(self, sessions: Sequence[Session], now: int) -> list[Session]:
        """Those that are not over, oldest first, with when they were last seen."""
        return [
            msgspec.structs.replace(session, seen=max(session.seen, self._seen.get(session.hash, 0)))
            for session in sessions
            if self._is_good(session, now)
        ]

    async def _change(self, do: Callable[[Sequence[Session]], Sequence[Session]]) -> None:
        book = await asyncio.to_thread(self.kept.change, lambda book: Book(tuple(do(book.sessions))))
        there = {session.hash for session in book.sessions}
        self._seen = {digest: at for digest, at in self._seen.items() if digest in there}


def hash_of(number: str) -> str:
    """SHA-256 of a session's number; it carries 256 random bits, so nothing slower is needed."""
    return hashlib.sha256(number.encode("utf-8", "surrogateescape")).hexdigest()
