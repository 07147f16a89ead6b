"""What a reporter without an account follows its matter by: a pseudonym, sealed so that nobody can make one up."""

import base64
import hashlib
import hmac

PREFIX = "sf_"
RESIDENT = "r-"


class Follow:
    """Makes and checks follow tokens; keeps nothing but its key (32 secret bytes)."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def pseudonym(self, seed: bytes) -> str:
        """A pseudonym that only this key and this seed lead to."""
        return RESIDENT + self._digest(b"reporter", seed)

    def token(self, pseudonym: str) -> str:
        """The token that its bearer follows, rates and reopens by."""
        return f"{PREFIX}{pseudonym}.{self._digest(b'token', pseudonym.encode())}"

    def pseudonym_of(self, token: str) -> str | None:
        """The pseudonym a token stands for; None where it is not one of ours."""
        pseudonym, _, seal = token.removeprefix(PREFIX).rpartition(".")
        if not token.startswith(PREFIX) or not pseudonym:
            return None
        right = self._digest(b"token", pseudonym.encode("utf-8", "surrogateescape"))
        return pseudonym if hmac.compare_digest(right.encode(), seal.encode("utf-8", "surrogateescape")) else None

    def _digest(self, purpose: bytes, content: bytes) -> str:
        digest = hmac.digest(self._key, purpose + b"\0" + content, hashlib.sha256)
        return base64.b32encode(digest[:15]).decode().lower()
