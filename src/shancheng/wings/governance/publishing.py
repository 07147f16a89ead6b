"""Counts that anybody may read: small ones are hidden, and so is what they could be worked out from."""

from collections.abc import Sequence

import msgspec

from shancheng.loop.matter import STAGES, Stage
from shancheng.wings.governance.board import Board, CategoryRow, PlaceRow

FLOOR = 5
"""Counts from 1 to one less than this are not told: behind them a person could be recognised."""
CLOSED = STAGES.index(Stage.CLOSED)


class OpenRow(msgspec.Struct, frozen=True, kw_only=True):
    """One place or category; None for a count that is not told. How many were reported is left out: with the rest told,
    it would tell the others.
    """

    place: int = 0
    category: str = ""
    name_zh: str
    name_en: str
    open: int | None
    closed: int | None
    late: int | None = None
    """Open with a promise broken; not counted by category."""


class OpenCounts(msgspec.Struct, frozen=True, kw_only=True):
    """What anybody may know of a place, as of one line of the ledger."""

    at: int
    seq: int
    place: OpenRow
    children: tuple[OpenRow, ...]
    categories: tuple[OpenRow, ...]
    """The topmost ones."""
    floor: int = FLOOR


def published(board: Board) -> OpenCounts:
    """A board as anybody may read it; what is counted at the place itself is a row of its own, with place 0."""
    own = [board.own] if board.own else []
    (whole,) = _places([board.place])
    return OpenCounts(
        at=board.at,
        seq=board.seq,
        place=whole,
        children=_places([*board.children, *own]) if board.children else (),
        categories=_categories([row for row in board.categories if not row.parent]),
    )


def hidden(counts: Sequence[int], floor: int = FLOOR) -> tuple[int | None, ...]:
    """Counts with the small ones left out; never a single one, which their sum would give away."""
    told: list[int | None] = [None if 0 < count < floor else count for count in counts]
    left_out = [number for number, count in enumerate(told) if count is None]
    others = [number for number, count in enumerate(counts) if count >= floor]
    if len(left_out) == 1 and others:
        told[min(others, key=lambda number: counts[number])] = None
    return tuple(told)


def _places(rows: Sequence[PlaceRow]) -> tuple[OpenRow, ...]:
    columns = (hidden([row.open for row in rows]), _closed(rows), hidden([row.late for row in rows]))
    return tuple(
        OpenRow(place=row.place, name_zh=row.name_zh, name_en=row.name_en, open=still, closed=closed, late=late)
        for row, still, closed, late in zip(rows, *columns, strict=True)
    )


def _categories(rows: Sequence[CategoryRow]) -> tuple[OpenRow, ...]:
    columns = (hidden([row.open for row in rows]), _closed(rows))
    return tuple(
        OpenRow(category=row.category, name_zh=row.name_zh, name_en=row.name_en, open=still, closed=closed)
        for row, still, closed in zip(rows, *columns, strict=True)
    )


def _closed(rows: Sequence[PlaceRow] | Sequence[CategoryRow]) -> tuple[int | None, ...]:
    return hidden([row.stages[CLOSED] for row in rows])
