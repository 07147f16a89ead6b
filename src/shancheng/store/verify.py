"""Whether a ledger is as it was written: numbers without gaps, the hash chain, the canonical form of every line."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

import msgspec

from shancheng.loop.chain import hash_of
from shancheng.loop.errors import Damaged
from shancheng.loop.ledger import GENESIS, Head
from shancheng.loop.move import CANONICAL, PAYLOADS, Move
from shancheng.store.refold import Progress, silent


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """The first line of a lane that is not as it was written."""

    lane: str
    seq: int
    matter: str
    what: str

    def __str__(self) -> str:
        matter = f", matter {self.matter}" if self.matter else ""
        return f"Lane {self.lane}, line {self.seq}{matter}: {self.what}"


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at, and the first bad line of each lane."""

    heads: dict[str, Head]
    moves: int
    findings: tuple[Finding, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


class Lines(Protocol):
    """What a ledger has to offer to be verified."""

    async def heads(self) -> dict[str, Head]:
        """The last line of every lane."""

    def moves(self, lane: str, after: int = 0, until: int | None = None) -> AsyncIterator[Sequence[Move]]:
        """The moves of a lane in order."""


async def verify(ledger: Lines, *, lanes: Sequence[str] = (), progress: Progress = silent) -> Verdict:
    """Walk every line of every lane (or of these); stops in each lane at the first bad line."""
    heads = {lane: head for lane, head in (await ledger.heads()).items() if not lanes or lane in lanes}
    whole = sum(head.seq for head in heads.values())
    walk = _Walk(ledger, progress, whole)
    found = [await walk.lane(lane, head) for lane, head in sorted(heads.items())]
    return Verdict(heads=heads, moves=walk.done, findings=tuple(finding for finding in found if finding))


class _Walk:
    def __init__(self, ledger: Lines, progress: Progress, whole: int) -> None:
        self.ledger, self.progress, self.whole, self.done = ledger, progress, whole, 0
        self.last: dict[str, int] = {}

    async def lane(self, lane: str, head: Head) -> Finding | None:
        at = Head(0, GENESIS)
        self.last.clear()
        try:
            async for moves in self.ledger.moves(lane, 0, head.seq):
                at, finding = self._chunk(lane, at, moves)
                if finding:
                    return finding
                self.progress(self.done, self.whole)
        except Damaged:
            return await self._one_by_one(lane, at, head.seq)
        return _ended(lane, at, head)

    def _chunk(self, lane: str, at: Head, moves: Sequence[Move]) -> tuple[Head, Finding | None]:
        for move in moves:
            finding = self._line(lane, at, move)
            if finding:
                return at, finding
            at = Head(move.seq, move.hash)
            self.done += 1
        return at, None

    def _line(self, lane: str, at: Head, move: Move) -> Finding | None:
        what = ""
        if move.seq != at.seq + 1:
            return Finding(
                lane=lane, seq=at.seq + 1, matter="", what=f"the line is missing; the next one is {move.seq}."
            )
        if hash_of(at.hash, move) != move.hash:
            what = "its hash does not fit its contents and the line before; it is not what was written."
        elif not is_canonical(move.payload):
            what = "its payload is not in canonical form."
        elif move.matter_seq <= self.last.get(move.matter, 0):
            what = f"it is move {move.matter_seq} of its matter, which comes after move {self.last[move.matter]}."
        self.last[move.matter] = move.matter_seq
        return Finding(lane=lane, seq=move.seq, matter=move.matter, what=what) if what else None

    async def _one_by_one(self, lane: str, at: Head, end: int) -> Finding:
        """The file cannot be read on; find the line where it ends."""
        while at.seq < end:
            try:
                async for moves in self.ledger.moves(lane, at.seq, at.seq + 1):
                    at, finding = self._chunk(lane, at, moves)
                    if finding:
                        return finding
                    break
                else:
                    break
            except Damaged as error:
                return Finding(lane=lane, seq=at.seq + 1, matter="", what=f"it cannot be read. {error}")
        return Finding(lane=lane, seq=at.seq + 1, matter="", what="the line is missing.")


def _ended(lane: str, at: Head, head: Head) -> Finding | None:
    if at.seq < head.seq:
        return Finding(lane=lane, seq=at.seq + 1, matter="", what=f"the line is missing; the head says {head.seq}.")
    if at.hash != head.hash:
        return Finding(lane=lane, seq=head.seq, matter="", what="the head's hash is not that of the last line.")
    return None


def is_canonical(payload: bytes) -> bool:
    """Whether a payload is JSON with sorted names and nothing between them."""
    try:
        PAYLOADS.decode(payload)
        return CANONICAL.encode(msgspec.json.decode(payload)) == payload
    except ValueError:
        return False
