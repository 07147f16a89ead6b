"""The news: which matters have moved since a line of the ledger, for whoever keeps a page up to date."""

import msgspec

from shancheng.loop.ledger import Reader
from shancheng.loop.matter import Matter

MOVES_MAX = 2_000
"""Moves that are looked at one by one; after more than that everything counts as changed."""


class News(msgspec.Struct, frozen=True, kw_only=True):
    """What has moved after one line of a lane, up to another."""

    after: int
    seq: int
    matters: tuple[Matter, ...] = ()
    """Those that moved, each once, as they stand now."""
    whole: bool = True
    """False where more moved than is told here."""


async def news(reader: Reader, lane: str, after: int) -> News:
    """What is new in a lane after a line of it; at most about `MOVES_MAX` moves at once, the rest the next time."""
    moved: dict[str, None] = {}
    seq = after
    async for moves in reader.moves(lane, after):
        seq = moves[-1].seq
        moved |= dict.fromkeys(move.matter for move in moves)
        if seq - after >= MOVES_MAX:
            return News(after=after, seq=seq, whole=False)
    found = [await reader.matter(matter) for matter in moved]
    return News(after=after, seq=seq, matters=tuple(matter for matter in found if matter is not None))
