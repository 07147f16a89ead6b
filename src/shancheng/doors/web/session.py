"""What this house hands to browsers: a visit or a session that forms are bound to, and what is signed or sealed."""

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

KEY_BYTES = 32
SESSION_SECONDS = 12 * 3600
VISIT, SESSION, TONGUE, GOING, LEAVING = "sc_visit", "sc_session", "sc_language", "sc_going", "sc_leaving"
FORM_SECONDS = 12 * 3600


class Secrets:
    """Signs and seals what this house hands to browsers; keeps nothing but its key."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._fernet = Fernet(base64.urlsafe_b64encode(self._digest(b"session")))

    @classmethod
    def kept(cls, file: Path) -> "Secrets":
        """With the key of a file that only its owner may read; made once."""
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as out:
                out.write(secrets.token_bytes(KEY_BYTES))
        return cls(file.read_bytes())

    def seal(self, text: str) -> str:
        """Text that is kept or carried elsewhere; nobody can read or make it there."""
        return self._fernet.encrypt(text.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """The text that was sealed; empty where that was not ours or too long ago."""
        try:
            return self._fernet.decrypt(sealed.encode(), ttl=SESSION_SECONDS).decode()
        except (InvalidToken, ValueError):
            return ""

    def visit(self) -> str:
        """The number of a new visit."""
        return secrets.token_urlsafe(18)

    def form_word(self, visit: str) -> str:
        """What a form carries to show that this house gave it to this visit; another one every time."""
        salt = secrets.token_hex(8)
        return f"{salt}.{self.sign('form', visit + salt)}"

    def is_form_word(self, word: str, visit: str) -> bool:
        """Whether a form was given to this visit."""
        salt, _, signature = word.partition(".")
        return bool(visit and salt) and self.is_signed("form", visit + salt, signature)

    def sign(self, purpose: str, text: str) -> str:
        """A signature only this key leads to."""
        return base64.b32encode(self._digest(f"{purpose}\0{text}".encode())[:15]).decode().lower()

    def is_signed(self, purpose: str, text: str, signature: str) -> bool:
        """Whether a signature is ours."""
        right = self.sign(purpose, text).encode()
        return hmac.compare_digest(right, signature.encode("utf-8", "surrogateescape"))

    def _digest(self, content: bytes) -> bytes:
        return hmac.digest(self._key, content, hashlib.sha256)
