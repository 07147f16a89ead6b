"""Personal data sealed under a key per reporter; when the key is destroyed, nobody can open them again."""

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shancheng.loop.errors import LoopError
from shancheng.loop.ledger import ReporterKey

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
WRAPPED_BYTES = 1 + NONCE_BYTES + KEY_BYTES + TAG_BYTES
"""Length of one wrapped key; the ledger gives the keys of a reporter one after the other."""
PLAIN_MAX = 64 * 1024
"""Longest text that is sealed."""
KEY_VARIABLE = "SHANCHENG_CENTRE_KEY"
FORM = b"\x01"
"""First byte of everything sealed: AES-256-GCM, nonce of 12 bytes in front."""
Chance = Callable[[int], bytes]


class Sealed(LoopError):
    """Something sealed that cannot be opened, and why."""


class CentreKey:
    """The centre's secret: wraps reporters' keys and peppers the blind index."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise Sealed(
                f"The centre's key has {len(secret)} bytes; it must have {KEY_BYTES}, written as 64 hex digits."
            )
        self.wrapping = hmac.digest(secret, b"shancheng wrap 1", "sha256")
        self.pepper = hmac.digest(secret, b"shancheng blind index 1", "sha256")

    @classmethod
    def read(cls, file: Path, *, environment: Mapping[str, str] = os.environ) -> "CentreKey":
        """The key from the environment or, when it is not there, from a file that only its owner may read."""
        text = environment.get(KEY_VARIABLE)
        if text is None:
            text = _read_private(file)
        try:
            return cls(bytes.fromhex(text.strip()))
        except ValueError as error:
            raise Sealed(
                f"The centre's key ({KEY_VARIABLE} or {file}) is not 64 hex digits; put the right one back."
            ) from error

    @classmethod
    def make(cls, file: Path, *, chance: Chance = secrets.token_bytes) -> "CentreKey":
        """A new key, written to a file that only its owner may read; an existing file is left alone."""
        secret = chance(KEY_BYTES)
        try:
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
                out.write(secret.hex() + "\n")
                out.flush()
                os.fsync(out.fileno())
        except FileExistsError:
            return cls.read(file, environment={})
        return cls(secret)


def key_file(ledger: Path) -> Path:
    """Where the centre's key lies: beside the ledger, and never inside it."""
    return ledger.with_name(ledger.name + ".key")


def _read_private(file: Path) -> str:
    try:
        mode = file.stat().st_mode
        text = file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise Sealed(
            f"The centre's key is neither in {KEY_VARIABLE} nor in {file}; sealed fields stay closed."
        ) from error
    if mode & 0o077:
        raise Sealed(f"The centre's key {file} can be read by others; run: chmod 600 {file}")
    return text


class Sealer:
    """Seals and opens what reporters say of themselves."""

    def __init__(self, centre: CentreKey, *, chance: Chance = secrets.token_bytes) -> None:
        self._wrap = AESGCM(centre.wrapping)
        self._pepper = centre.pepper
        self._chance = chance

    def pseudonym(self, contact: str) -> str:
        """Blind index of a phone number or address: the same for the same contact, meaningless without the pepper."""
        plain = "".join(contact.split()).casefold().encode()
        return "r-" + hmac.new(self._pepper, plain, hashlib.sha256).hexdigest()[:24]

    def seal(self, reporter: str, plain: bytes, wrapped: bytes | None = None) -> tuple[bytes, ReporterKey | None]:
        """Seal under the reporter's key; `wrapped` is what the ledger holds of its keys.

        Without it a further key is made, so that sealing asks nobody; the ledger keeps all keys of a reporter and
        destroys them together.
        """
        if len(plain) > PLAIN_MAX:
            raise Sealed(f"{len(plain)} bytes are too many to seal; at most {PLAIN_MAX} are kept of one reporter.")
        if wrapped:
            key, made = self._unwrapped(reporter, wrapped[:WRAPPED_BYTES]), None
        else:
            key = self._chance(KEY_BYTES)
            made = ReporterKey(reporter, self._close(self._wrap, key, b"key " + reporter.encode()))
        return self._close(AESGCM(key), plain, b"data " + reporter.encode()), made

    def open(self, reporter: str, sealed: bytes, wrapped: bytes | None) -> bytes:
        """What was sealed for this reporter."""
        if not wrapped:
            raise Sealed(f"The personal data of {reporter} were erased: their key was destroyed, nobody can open them.")
        whole = len(wrapped) - len(wrapped) % WRAPPED_BYTES
        keys = (wrapped[at : at + WRAPPED_BYTES] for at in range(0, whole, WRAPPED_BYTES))
        for key in keys:
            found = _opened(AESGCM(self._unwrapped(reporter, key)), sealed, b"data " + reporter.encode())
            if found is not None:
                return found
        raise Sealed(f"Not opened: the personal data of {reporter} were changed, or belong to another reporter.")

    def unlock(self, reporter: str, wrapped: bytes, sealed: bytes) -> bytes:
        """`open`, as the desk asks for it."""
        return self.open(reporter, sealed, wrapped)

    def _unwrapped(self, reporter: str, wrapped: bytes) -> bytes:
        key = _opened(self._wrap, wrapped, b"key " + reporter.encode())
        if key is None:
            raise Sealed(f"Not opened: the key of {reporter} was changed, or belongs to another centre's key.")
        return key

    def _close(self, key: AESGCM, plain: bytes, bound_to: bytes) -> bytes:
        nonce = self._chance(NONCE_BYTES)
        return FORM + nonce + key.encrypt(nonce, plain, bound_to)


def _opened(key: AESGCM, sealed: bytes, bound_to: bytes) -> bytes | None:
    if sealed[:1] != FORM or len(sealed) < 1 + NONCE_BYTES + TAG_BYTES:
        return None
    try:
        return key.decrypt(sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :], bound_to)
    except InvalidTag:
        return None
