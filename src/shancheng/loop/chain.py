"""The hash chain: each move's hash covers the hash before it and every field of the move, sealed bytes as they lie."""

import hashlib

import msgspec

from shancheng.loop.move import Move

_HEADER = msgspec.json.Encoder()


def hash_of(previous: bytes, move: Move) -> bytes:
    """SHA-256 that seals a move to the line before it."""
    header = _HEADER.encode(
        (
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
            len(move.payload),
            -1 if move.sealed is None else len(move.sealed),
        )
    )
    return hashlib.sha256(previous + header + move.payload + (move.sealed or b"")).digest()
