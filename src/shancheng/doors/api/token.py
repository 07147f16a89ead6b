"""Bearer tokens by role: printed once, kept as SHA-256, looked up by hash, good for a number of days."""

import hashlib
import os
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from shancheng.ground.access import Actor

PREFIX = "sc_"
DAY_SECONDS = 86_400
TOKENS_MAX = 100_000


class Token(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One token as it is kept: never the token itself."""

    key: str
    """Short name by which it is listed and revoked."""
    hash: str
    actor: Actor
    made: int
    until: int = 0
    """Instant from which it is no longer good; 0 for never."""
    note: str = ""


class _File(msgspec.Struct, frozen=True):
    tokens: tuple[Token, ...] = ()


class TokensUnreadable(Exception):
    """The tokens file cannot be used."""


class TooManyTokens(Exception):
    """No more tokens are kept; revoke some."""


class Tokens:
    """The tokens of one installation, in a file only its owner can read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: tuple[int, int] | None = None
        self._looked = -1
        self._by_hash: dict[str, Token] = {}
        self._read()

    def actor(self, token: str, now: int) -> Actor | None:
        """Who carries this token; None where it is unknown, revoked or past its days."""
        if now != self._looked:
            self._looked = now
            self._read()
        found = self._by_hash.get(hash_of(token))
        if found is None or (found.until and now >= found.until):
            return None
        return found.actor

    def create(self, actor: Actor, *, now: int, days: int = 0, note: str = "", chance: Callable[[], str]) -> str:
        """A new token for an actor; the only time it is seen. `days` 0 is for ever. `chance` gives 32 random bytes."""
        self._read()
        kept = [token for token in self._by_hash.values() if not token.until or token.until > now]
        if len(kept) >= TOKENS_MAX:
            raise TooManyTokens(f"{TOKENS_MAX} tokens are in use; revoke some with `shancheng token revoke KEY`.")
        token = PREFIX + chance()
        digest = hash_of(token)
        until = now + days * DAY_SECONDS if days else 0
        kept.append(Token(key=digest[:8], hash=digest, actor=actor, made=now, until=until, note=note))
        self._write(kept)
        return token

    def all(self) -> tuple[Token, ...]:
        """Every token, oldest first."""
        self._read()
        return tuple(sorted(self._by_hash.values(), key=lambda token: (token.made, token.key)))

    def revoke(self, key: str) -> bool:
        """Take a token back by its short name; whether there was one."""
        self._read()
        kept = [token for token in self._by_hash.values() if token.key != key]
        if len(kept) == len(self._by_hash):
            return False
        self._write(kept)
        return True

    def _read(self) -> None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            self._by_hash, self._stamp = {}, None
            return
        stamp = (found.st_mtime_ns, found.st_size)
        if stamp == self._stamp:
            return
        try:
            content = msgspec.json.decode(self.path.read_bytes(), type=_File)
        except (msgspec.DecodeError, OSError) as error:
            raise TokensUnreadable(f"{self.path}: the tokens cannot be read ({error}); mend or remove it.") from error
        self._by_hash = {token.hash: token for token in content.tokens}
        self._stamp = stamp

    def _write(self, tokens: Sequence[Token]) -> None:
        """Whole or not at all: written beside, flushed, then put in place."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_suffix(f".{os.getpid()}.new")
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(msgspec.json.format(msgspec.json.encode(_File(tuple(tokens))), indent=1))
            out.flush()
            os.fsync(out.fileno())
        beside.replace(self.path)
        self._stamp = None
        self._read()


def hash_of(token: str) -> str:
    """SHA-256 of a token; tokens carry 256 random bits, so nothing slower is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def random_token() -> str:
    """256 random bits, fit for a header."""
    return secrets.token_urlsafe(32)
