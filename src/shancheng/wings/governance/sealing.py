"""Personal data on their way into the ledger: masked in free text, and sealed under the reporter's key."""

import hashlib
from collections.abc import Callable

import msgspec

from shancheng.ground.access import Actor, Role
from shancheng.ground.mask import mask
from shancheng.loop.act import AnyAct, Report
from shancheng.loop.ledger import ReporterKey

FREE_TEXT = ("text", "reply", "decision")
"""Fields of acts in which people write as they speak."""
Seal = Callable[[str, bytes, bytes | None], tuple[bytes, ReporterKey | None]]
"""Encrypts under a reporter's key, given as the ledger keeps it; makes one, and gives it, where there is none yet."""
Unlock = Callable[[str, bytes, bytes], bytes]
"""Reporter, its wrapped key, sealed bytes: gives what was sealed."""


class Sealed(msgspec.Struct, frozen=True, omit_defaults=True):
    """What lies under the reporter's key beside one move."""

    contact: bytes = b""
    original: dict[str, str] = {}
    """Free text as it was written, by field, where anything in it was masked."""


class Masked(msgspec.Struct, frozen=True):
    """An act whose free text is masked, and the texts as they were."""

    act: AnyAct
    original: dict[str, str]


_PACK = msgspec.json.Encoder()
_UNPACK = msgspec.json.Decoder(Sealed)


def masked(act: AnyAct) -> Masked:
    """The act with names, numbers and addresses of people masked in its free text."""
    original: dict[str, str] = {}
    cleaned: dict[str, str] = {}
    for field in FREE_TEXT:
        text = getattr(act, field, "")
        clean, found = mask(text) if text else (text, False)
        if found:
            original[field], cleaned[field] = text, clean
    return Masked(msgspec.structs.replace(act, **cleaned) if cleaned else act, original)


def reporter_of(act: Report, by: Actor, role: Role | None, *, new_id: Callable[[], str], idem: str | None) -> str:
    """Pseudonym a report is kept under: a resident's own; else the one named; else a new one, the same on a repeat."""
    if role is not None and role.sees == "own":
        return by.id
    if act.reporter:
        return act.reporter
    if idem is None:
        return new_id()
    return hashlib.blake2b(f"{by.id}\n{idem}".encode(), digest_size=12).hexdigest()


def packed(contact: bytes | None, original: dict[str, str]) -> bytes:
    """What is to be sealed."""
    return _PACK.encode(Sealed(contact or b"", original))


def unpacked(data: bytes) -> Sealed:
    """What was sealed."""
    return _UNPACK.decode(data)
