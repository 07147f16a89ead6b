"""What those who run the house look at: the ledger's health, the packs' faults, who opened what was sealed."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from shancheng.ground.pack import Fault
from shancheng.loop.ledger import Head, Reader
from shancheng.loop.move import Move

OPENINGS = frozenset({"unseal", "redact"})
WINDOW, WALK_MAX = 5_000, 50_000
"""Lines of the ledger that are read at once, and at most before an answer."""


@dataclass(frozen=True)
class Checked:
    """Packs as they were found at an instant."""

    at: int
    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class Opening:
    """Somebody looked at sealed data, or erased them."""

    seq: int
    matter: str
    verb: str
    actor: str
    role: str
    place: int
    recorded: int
    why: str


@dataclass
class House:
    """The installation behind the pages."""

    reader: Reader
    lane: str
    waiting: Callable[[], int] = lambda: 0
    check: Callable[[], Sequence[Fault]] | None = None
    """Reads the packs anew and says what is wrong with them; takes seconds."""
    faults: Path | None = None
    """Folder of faults of ours that were kept."""
    checked: Checked | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def head(self) -> Head:
        """The last durable line."""
        return await self.reader.head(self.lane)

    async def check_packs(self, now: int) -> Checked:
        """What is wrong with the packs as they lie there now; one asks at a time."""
        async with self._turn:
            if self.check is not None:
                self.checked = Checked(now, tuple(await asyncio.to_thread(self.check)))
        return self.checked or Checked(now, ())

    async def openings(self, before: int, most: int) -> tuple[list[Opening], int]:
        """Openings before a line of the ledger, newest first; and the line to go on from, 0 at the beginning."""
        head = (await self.head()).seq
        until = min(head, before - 1) if before else head
        lowest, found = max(0, until - WALK_MAX), list[Opening]()
        while until > lowest and len(found) < most:
            after = max(lowest, until - WINDOW)
            lines: list[Opening] = []
            async for moves in self.reader.moves(self.lane, after, until):
                lines += [_opening(move) for move in moves if move.verb in OPENINGS]
            found += reversed(lines)
            until = after
        if len(found) > most:
            return found[:most], found[most - 1].seq
        return found, until + 1 if until else 0

    def kept_faults(self) -> list[tuple[str, int]]:
        """Numbers of the last faults of ours and when they happened, newest first."""
        if self.faults is None or not self.faults.is_dir():
            return []
        files = sorted(((file.stat().st_mtime, file.stem) for file in self.faults.glob("*.txt")), reverse=True)
        return [(number, int(at)) for at, number in files[:20]]


def _opening(move: Move) -> Opening:
    act = move.act
    why = getattr(act, "purpose", "") or getattr(act, "reason", "")
    return Opening(move.seq, move.matter, move.verb, move.actor, move.role, move.place, move.recorded, why)
