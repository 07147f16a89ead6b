"""Everything beside the moves, worked out again from the moves."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter

from shancheng.loop.errors import Damaged
from shancheng.loop.ledger import Cell, Deltas, Row, counted, row_of
from shancheng.loop.matter import STAGES
from shancheng.loop.move import Move, NotAMatter, fold
from shancheng.loop.scope import parties_of

LeftOf = Callable[[int], int]
"""Depth-first number of a place."""
Progress = Callable[[int, int], None]
"""Told how much is done, of how much."""
Party = tuple[str, str]


def silent(_done: int, _whole: int) -> None:
    """Tell nobody."""


class Refold:
    """Takes the moves matter by matter; gives rows and parties as it goes, counters at the end."""

    def __init__(self, left_of: LeftOf) -> None:
        self._left_of = left_of
        self.counters: dict[Cell, Deltas] = {}
        self.moves = 0
        self.matters = 0

    def rows(self, moves: Iterable[Move]) -> Iterator[tuple[Row, Sequence[Party]]]:
        """Row and parties of each matter; the moves come ordered by matter and number."""
        for matter, group in groupby(moves, key=attrgetter("matter")):
            yield self.row(matter, list(group))

    def row(self, matter: str, moves: Sequence[Move]) -> tuple[Row, Sequence[Party]]:
        """Row and parties of one matter."""
        try:
            state = fold(moves)
        except (NotAMatter, ValueError) as error:
            raise Damaged(
                f"Matter {matter} cannot be worked out from its moves: {error} Run `ledger verify`."
            ) from error
        assert state is not None
        self.moves += len(moves)
        self.matters += 1
        stands = counted(state)
        if stands is not None:
            cell, category, stage = stands
            self.counters.setdefault((cell, category), [0] * len(STAGES))[stage] += 1
        return row_of(state, self._left_of(state.about.place)), [(party, matter) for party in parties_of(state)]
