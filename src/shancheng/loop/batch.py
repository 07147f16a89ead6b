"""From decided steps to one transaction: numbered, chained moves, rows, counter changes, parties and keys."""

import zlib
from collections.abc import Callable

from shancheng.loop.act import Act, Redact, Report
from shancheng.loop.chain import sealed_to
from shancheng.loop.decide.case import verb_of
from shancheng.loop.ledger import (
    Batch,
    Cell,
    Command,
    Deltas,
    Head,
    Receipt,
    ReporterKey,
    Row,
    Step,
    counted,
    row_of,
)
from shancheng.loop.matter import STAGES, Matter
from shancheng.loop.move import CANONICAL, Move


def act_bytes(act: Act) -> bytes:
    """An act as canonical JSON."""
    return CANONICAL.encode(act)


def checksum(act: bytes) -> int:
    """Checksum that tells whether a key is used again for the same act."""
    return zlib.crc32(act)


class Gathering:
    """A batch being gathered: what has been decided since the last line of the lane, in order."""

    def __init__(self, lane: str, head: Head, left_of: Callable[[int], int]) -> None:
        self.lane = lane
        self.previous = head
        self.head = head
        self.moves: list[Move] = []
        self.states: dict[str, Matter] = {}
        self._left_of = left_of
        self._counters: dict[Cell, Deltas] = {}
        self._parties: list[tuple[str, str]] = []
        self._keys: list[ReporterKey] = []
        self._forgotten: list[str] = []

    def take(self, command: Command, act: bytes, steps: tuple[Step, ...]) -> Receipt:
        """Add the moves of one command; gives the receipt to be answered once the batch is durable.

        Everything that may fail is made before anything is kept, so a command that cannot be written leaves no trace.
        """
        head, moves = self.head, []
        for number, step in enumerate(steps):
            move = _move(self.lane, head, command, step, act, first=number == 0)
            head = Head(move.seq, move.hash)
            moves.append(move)
        self.moves += moves
        self.head = head
        for step in steps:
            self._follow(step)
        if command.key is not None:
            self._keys.append(command.key)
        if isinstance(command.act, Redact):
            self._forgotten.append(command.act.reporter)
        return receipt_of(moves[0])

    def _follow(self, step: Step) -> None:
        before, after = step.before, step.after
        self.states[step.matter] = after
        was, now = counted(before), counted(after)
        if was != now:
            self._count(was, -1)
            self._count(now, +1)
        if step.then.legs:
            known = before.legs if before else {}
            self._parties += [(f"agency:{agency}", step.matter) for agency in step.then.legs if agency not in known]
        if step.then.reporters and before is None:
            self._parties += [(f"reporter:{reporter}", step.matter) for reporter in step.then.reporters]

    def _count(self, place: tuple[int, str, int] | None, change: int) -> None:
        if place is None:
            return
        cell, category, stage = place
        deltas = self._counters.get((cell, category))
        if deltas is None:
            deltas = self._counters[(cell, category)] = [0] * len(STAGES)
        deltas[stage] += change

    def batch(self) -> Batch:
        """What the store is to make durable."""
        return Batch(
            moves=self.moves,
            rows=[self._row(matter) for matter in self.states.values()],
            counters=self._counters,
            parties=self._parties,
            keys=self._keys,
            forgotten=self._forgotten,
            head=self.head,
            previous=self.previous,
        )

    def _row(self, matter: Matter) -> Row:
        return row_of(matter, self._left_of(matter.about.place))


def _move(lane: str, head: Head, command: Command, step: Step, act: bytes, *, first: bool) -> Move:
    written = act if step.act is command.act else act_bytes(step.act)
    payload = b'{"act":' + written + b',"then":' + CANONICAL.encode(step.then) + b"}"
    sealed = command.sealed if first else None
    by, after = command.by, step.after
    fields = (
        lane,
        head.seq + 1,
        step.matter,
        after.seq,
        verb_of(step.act),
        by.id,
        by.role,
        by.centre,
        after.custody.epoch,
        after.about.place,
        after.at,
        command.now,
        command.idem if first else None,
        checksum(act) if first else 0,
    )
    return Move(*fields, payload, sealed, sealed_to(head.hash, fields, payload, sealed))


def receipt_of(move: Move, *, repeated: bool = False) -> Receipt:
    """The receipt of a move."""
    return Receipt(
        lane=move.lane,
        seq=move.seq,
        matter=move.matter,
        matter_seq=move.matter_seq,
        verb=move.verb,
        recorded=move.recorded,
        repeated=repeated,
    )


def is_report(command: Command) -> bool:
    """Whether the command opens a matter, so that there is no state to look for."""
    return isinstance(command.act, Report)
