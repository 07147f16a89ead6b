"""What a reporter without an account follows its matter by: a pseudonym, sealed so that nobody can make one up."""

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

PREFIX = "sf_"
RESIDENT = "r-"
KEY_BYTES = 32


class Follow:
    """Makes and checks follow tokens; keeps nothing but its key (32 secret bytes)."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def kept(cls, file: Path) -> "Follow":
        """With the key of a file that only its owner may read; made once."""
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as out:
                out.write(secrets.token_bytes(KEY_BYTES))
        return cls(file.read_bytes())

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
