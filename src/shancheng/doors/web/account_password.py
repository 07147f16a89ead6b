"""Passwords: what makes a good one, and argon2id in threads of its own, so that nobody else waits for it."""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from shancheng.doors.web.language import N_

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SIGNS_MIN, SIGNS_MAX = 12, 200
DIFFERENT_MIN = 6
"""NIST SP 800-63B and OWASP ASVS 5.0 chapter 6: length counts, rules about kinds of signs do not."""
AT_ONCE, WAITING_MAX = 2, 32


class TooManyAtOnce(Exception):
    """More sign in at this moment than can be checked."""


def argon2id() -> "PasswordHasher":
    """argon2id with the second set of parameters of RFC 9106."""
    from argon2 import PasswordHasher

    return PasswordHasher()


@dataclass
class Passwords:
    """Hashes and checks passwords, a few at a time: each takes 64 MiB and a tenth of a second."""

    make: Callable[[], "PasswordHasher"] = argon2id
    waiting: int = 0
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(AT_ONCE, "passwords"))

    @cached_property
    def hasher(self) -> "PasswordHasher":
        """Made when the first password comes."""
        return self.make()

    @cached_property
    def _nobody(self) -> str:
        return self.hasher.hash("the password of nobody")

    def hash(self, password: str) -> str:
        """The hash of a password, at once; for the command line."""
        return self.hasher.hash(cleaned(password))

    async def hashed(self, password: str) -> str:
        """The hash of a password; raises TooManyAtOnce."""
        return str(await self._apart(self.hash, password))

    async def matches(self, hash: str, password: str) -> bool:  # noqa: A002 what it is
        """Whether a password has this hash; takes as long where there is none. Raises TooManyAtOnce."""
        return bool(await self._apart(self._verify, hash, password))

    def is_old(self, hash: str) -> bool:  # noqa: A002 what it is
        """Whether a hash was made with other parameters than today's."""
        return self.hasher.check_needs_rehash(hash)

    def _verify(self, hash: str, password: str) -> bool:  # noqa: A002 what it is
        from argon2.exceptions import Argon2Error, InvalidHashError

        try:
            return self.hasher.verify(hash or self._nobody, cleaned(password)) and bool(hash)
        except (Argon2Error, InvalidHashError):
            return False

    async def _apart(self, do: object, *arguments: str) -> object:
        if self.waiting >= WAITING_MAX:
            raise TooManyAtOnce
        self.waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, do, *arguments)  # type: ignore[arg-type]
        finally:
            self.waiting -= 1


def cleaned(password: str) -> str:
    """The same password however a keyboard writes it."""
    return unicodedata.normalize("NFKC", password).strip()


def weakness(password: str, name: str) -> str:
    """Why a password is not good enough, as a message of the catalogue; empty where it is."""
    clean = cleaned(password)
    if len(clean) < SIGNS_MIN:
        return N_("Choose a password of at least 12 characters; several words in a row are good.")
    if len(clean) > SIGNS_MAX:
        return N_("Choose a password of at most 200 characters.")
    if len(set(clean)) < DIFFERENT_MIN or (name and name in clean.lower()):
        return N_("This password is easy to guess: choose one with more different characters and without your name.")
    return ""
