"""The hash chain: each move's hash covers the hash before it and every field of the move, sealed bytes as they lie."""

import hashlib

import msgspec

from shancheng.loop.move import Move

_HEADER = msgspec.json.Encoder()
Fields = tuple[str, int, str, int, str, str, str, int, int, int, int, int, str | None, int]
"""A move's fields from `lane` to `mark`, in their order."""


def sealed_to(previous: bytes, fields: Fields, payload: bytes, sealed: bytes | None) -> bytes:
    """SHA-256 that seals a line with these contents to the line before it."""
    lengths = (len(payload), -1 if sealed is None else len(sealed))
    return hashlib.sha256(previous + _HEADER.encode((*fields, *lengths)) + payload + (sealed or b"")).digest()


def hash_of(previous: bytes, move: Move) -> bytes:
    """The hash that a move must carry after the one before it."""
    fields = (
        move.lane,
        move.seq,
        move.matter,
        move.matter_seq,
        move.verb,
        move.actor,
        move.role,
        move.centre,
        move.epoch,
        move.place,
        move.at,
        move.recorded,
        move.idem,
        move.mark,
    )
    return sealed_to(previous, fields, move.payload, move.sealed)
