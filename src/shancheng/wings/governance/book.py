"""The book: facts of very many matters as columns, kept up to date move by move."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from shancheng.loop.matter import STAGES, Stage
from shancheng.loop.move import Move
from shancheng.wings.governance.facts import Check, Closing, Facts, Offered, Rating, begin, carry_on

Table = NDArray[Any]
"""A structured array, one row per matter or event."""
SELF_FOUND = ("patrol", "sensor")
CLOSED = STAGES.index(Stage.CLOSED)
UNKNOWN, NO, YES = -1, 0, 1

MATTER = np.dtype(
    [
        *((name, np.int64) for name in ("opened", "accepted", "refused", "merged", "supervised", "report_by")),
        *((name, np.int64) for name in ("closed", "last_closed")),
        *((name, np.int64) for name in ("finish_due", "finish_started", "finish_met")),
        *((name, np.int64) for name in ("spent", "running", "paused", "waited")),
        *((name, np.int32) for name in ("place", "kind", "category", "calendar", "extensions", "pauses", "hops")),
        *((name, np.int32) for name in ("asked", "answered", "contact_known", "contacted")),
        *((name, np.int32) for name in ("resolved_known", "resolved", "satisfied_known", "satisfied")),
        *((name, np.int8) for name in ("stage", "same_agency")),
        *((name, np.bool_) for name in ("drill", "self_found", "promised")),
    ]
)
OFFER = np.dtype(
    [(name, np.int64) for name in ("matter", "at", "sign_due", "answered", "returned")] + [("done_later", np.bool_)]
)
CLOSING = np.dtype([(name, np.int64) for name in ("matter", "at", "due", "reply", "reopened")] + [("used", np.float64)])
CHECK = np.dtype([("matter", np.int64), ("at", np.int64), ("passed", np.bool_)])
RATING = np.dtype([("matter", np.int64), ("at", np.int64), ("by_handler", np.bool_)])

_PACK = msgspec.msgpack.Encoder()
_UNPACK = msgspec.msgpack.Decoder(Facts)
FIRST_ROOM = 256


class Rows:
    """A structured array that grows by doubling."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self._rows: Table = np.zeros(FIRST_ROOM, dtype)
        self.count = 0

    @property
    def table(self) -> Table:
        """The rows so far; a view, not a copy."""
        return self._rows[: self.count]

    def put(self, row: int, values: tuple[Any, ...]) -> int:
        """Write a row, a new one for -1; gives its number."""
        if row < 0:
            row, self.count = self.count, self.count + 1
            if self.count > len(self._rows):
                self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        self._rows[row] = values
        return row


class Register:
    """Numbers for keys, in the order in which they were first met."""

    def __init__(self) -> None:
        self.keys: list[Any] = []
        self._numbers: dict[Any, int] = {}

    def number(self, key: Any) -> int:
        """The number of a key; a new one when it was not met before."""
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = len(self.keys)
            self.keys.append(key)
        return found


@dataclass(frozen=True, eq=False)
class Book:
    """Columns of every matter that was met, and of what happened to it."""

    matters: Rows = field(default_factory=lambda: Rows(MATTER))
    offers: Rows = field(default_factory=lambda: Rows(OFFER))
    closings: Rows = field(default_factory=lambda: Rows(CLOSING))
    checks: Rows = field(default_factory=lambda: Rows(CHECK))
    ratings: Rows = field(default_factory=lambda: Rows(RATING))
    places: Register = field(default_factory=Register)
    kinds: Register = field(default_factory=Register)
    categories: Register = field(default_factory=Register)
    calendars: Register = field(default_factory=Register)
    _kept: dict[str, bytes] = field(default_factory=dict, repr=False)

    def take(self, moves: Iterable[Move]) -> None:
        """Take moves in; those of one matter come in order."""
        touched: dict[str, Facts] = {}
        for move in moves:
            facts = touched.get(move.matter) or self.facts(move.matter)
            if facts is None:
                facts = begin(move)
            else:
                carry_on(facts, move)
            touched[move.matter] = facts
        for matter, facts in touched.items():
            self._write(facts)
            self._kept[matter] = _PACK.encode(facts)

    def facts(self, matter: str) -> Facts | None:
        """The facts of one matter."""
        kept = self._kept.get(matter)
        return _UNPACK.decode(kept) if kept is not None else None

    def _write(self, facts: Facts) -> None:
        facts.row = row = self.matters.put(facts.row, self._matter(facts))
        for number, offer in enumerate(facts.offers):
            offer.row = self.offers.put(offer.row, _offer(row, offer, facts.offers[number + 1 :]))
        for closing in facts.closings:
            closing.row = self.closings.put(closing.row, _closing(row, closing))
        for check in facts.checks:
            check.row = self.checks.put(check.row, _check(row, check))
        for rating in facts.ratings:
            rating.row = self.ratings.put(rating.row, _rating(row, rating))

    def _matter(self, facts: Facts) -> tuple[Any, ...]:
        tallies = facts.tallies
        last = facts.closings[-1].at if facts.closings else 0
        return (
            *(facts.opened, tallies.accepted, facts.refused, facts.merged, facts.supervised, facts.report_by),
            *(last if facts.stage is Stage.CLOSED else 0, last),
            *self._finish(facts)[:-1],
            self.places.number(facts.place),
            self.kinds.number(facts.kind),
            self.categories.number(facts.category),
            self._finish(facts)[-1],
            *(facts.extensions, facts.pauses, tallies.hops),
            *_voices(facts, last),
            *(STAGES.index(facts.stage), _same_agency(tallies.first_lead, tallies.finished_by)),
            *(facts.drill, facts.origin in SELF_FOUND, facts.finish is not None and not facts.finish.void),
        )

    def _finish(self, facts: Facts) -> tuple[int, ...]:
        clock = facts.finish
        if clock is None or clock.void:
            return (0, 0, 0, 0, 0, 0, 0, 0)
        return (
            *(clock.due, clock.started, clock.met, clock.spent, clock.running, clock.paused, clock.waited),
            self.calendars.number(clock.calendar),
        )


def _same_agency(first: str, last: str) -> int:
    return UNKNOWN if not first or not last else YES if first == last else NO


def _voices(facts: Facts, last: int) -> Sequence[int]:
    """Of the reporters answered by the last closing or since: how many, how many rated, and what they said."""
    if not last:
        return (0,) * 8
    asked = [voice for voice in facts.voices.values() if voice.told >= last]
    rated = [voice for voice in asked if voice.rated >= last]
    kept = not facts.answer_due or 0 < facts.answer_met <= facts.answer_due
    return (
        *(len(asked), len(rated)),
        *(sum(voice.contacted is not None for voice in rated), sum(bool(voice.contacted) for voice in rated) * kept),
        *(sum(voice.resolved is not None for voice in rated), sum(bool(voice.resolved) for voice in rated)),
        *(sum(voice.satisfied is not None for voice in rated), sum(bool(voice.satisfied) for voice in rated)),
    )


def _offer(row: int, offer: Offered, later: Sequence[Offered]) -> tuple[Any, ...]:
    done_later = any(other.agency == offer.agency and other.done for other in later)
    return row, offer.at, offer.sign_due, offer.answered, offer.returned, done_later


def _closing(row: int, closing: Closing) -> tuple[Any, ...]:
    used = math.nan if closing.used is None else closing.used
    return row, closing.at, closing.due, closing.reply, closing.reopened, used


def _check(row: int, check: Check) -> tuple[Any, ...]:
    return row, check.at, check.passed


def _rating(row: int, rating: Rating) -> tuple[Any, ...]:
    return row, rating.at, rating.by_handler
