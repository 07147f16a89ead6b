"""A few hundred rows of a file, by column."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from shancheng.doors.feeds.refused import Refused

ROWS = 512
"""Rows of a chunk at most; the same for every run, so that an interrupted one can be taken up."""


@dataclass
class Chunk:
    """Rows of a file: the wanted columns, each as long as `lines`."""

    lines: list[int]
    columns: Mapping[str, Sequence[object]]
    """Texts, or what Parquet holds; None where there is nothing."""
    damaged: dict[int, Refused] = field(default_factory=dict)
    """Rows that could not be read, by position; their cells are None."""

    def __len__(self) -> int:
        return len(self.lines)


class Source(Protocol):
    """A file that is open."""

    names: tuple[str, ...]
    """Its columns."""
    broken: str
    """Why it ended before its end, in a sentence; empty while it has not."""

    def chunks(self, columns: Sequence[str]) -> Iterator[Chunk]:
        """Its rows with these columns, in order, chunk by chunk."""

    def share(self) -> float:
        """How much of the file has been read, 0 to 1."""

    def close(self) -> None:
        """Let the file go."""
