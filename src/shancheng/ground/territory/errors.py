"""What can go wrong with places.

TerritoryError
|- UnknownPlaceError    an id or code that no place carries on that day
`- ReformError     a reform that does not fit the territory it is laid on
"""

import datetime as dt
from collections.abc import Sequence


class TerritoryError(Exception):
    """Any fault of the territory."""


class UnknownPlaceError(TerritoryError, KeyError):
    """No place answers to this id or code on this day."""

    def __init__(self, place: int | str, day: dt.date, tree: str = "official") -> None:
        self.sentence = (
            f"There is no place {place} in the {tree} tree on {day}. "
            "Ask Territory.resolve for the places it lives on as, or check the code scheme and the date."
        )
        super().__init__(self.sentence)

    def __str__(self) -> str:
        return self.sentence


class ReformError(TerritoryError):
    """A reform cannot be laid on this territory; every conflict is listed."""

    def __init__(self, key: str, conflicts: Sequence[str]) -> None:
        self.conflicts = tuple(conflicts)
        super().__init__(f"Reform {key} cannot be applied:\n" + "\n".join(f"- {line}" for line in conflicts))
