"""What the rest of the house hands to the command line: it may not fetch it for itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from shancheng.doors.cli.home import Home, HomeWish
    from shancheng.ground.pack import Check, Table
    from shancheng.wings.governance.desk import Desk

Builder = Callable[[Path, int, float], object]
"""Writes a pack into a folder from a seed and a scale, and answers with what it made, fit for JSON."""


class Counts(Protocol):
    """What an import has done so far; fit for JSON."""

    source: str
    read: int
    written: int
    repeated: int
    refused: int
    moves: int
    reasons: dict[str, int]
    stages: dict[str, int]
    broken: str
    resumed_after: int


@dataclass(frozen=True)
class ImportWish:
    """Which file is to be brought in by which map, and where the account of it lies."""

    file: Path
    map_file: Path
    refused: Path
    checkpoint: Path


BringIn = Callable[[ImportWish, "Desk", Callable[[float, Counts], None]], Awaitable[Counts]]
"""Brings a file in; told after every chunk how far it is."""


class Exchanged(Protocol):
    """What an exchange with another server has done; fit for JSON."""

    opened: int
    updates: int
    known: int
    refused: int
    reasons: dict[str, int]


@dataclass(frozen=True)
class ExchangeWish:
    """Which Open311 server is meant, and what is wanted of it."""

    verb: Literal["pull", "push"]
    url: str
    name: str
    book: Path
    key: str
    jurisdiction: str
    form: Literal["json", "xml"]
    map_file: Path | None
    services: tuple[str, ...]
    days: int


Exchange = Callable[[ExchangeWish, "Desk"], Awaitable[Exchanged]]
"""Pulls from or pushes to another Open311 server."""


Told = Callable[[int, int], None]
"""Told how much is done, of how much."""


class Finding(Protocol):
    """A line of the ledger that is not as it was written; as text, a sentence."""


class Head(Protocol):
    """The last line of a lane."""

    @property
    def seq(self) -> int: ...
    @property
    def hash(self) -> bytes: ...


class Verdict(Protocol):
    """What verifying found."""

    @property
    def is_whole(self) -> bool: ...
    @property
    def moves(self) -> int: ...
    @property
    def heads(self) -> Mapping[str, Head]: ...
    @property
    def findings(self) -> Sequence[Finding]: ...


class Remade(Protocol):
    """What rebuilding made."""

    @property
    def moves(self) -> int: ...
    @property
    def matters(self) -> int: ...


class Care(Protocol):
    """Care of a ledger, wherever it lies."""

    async def verify(self, where: str, *, lane: str, progress: Told) -> Verdict:
        """Walk every line; the first bad one of each lane is named."""

    async def rebuild(self, where: str, left_of: Callable[[int], int], *, progress: Told) -> Remade:
        """Make everything beside the moves again."""

    async def backup(self, where: str, to: Path, *, progress: Told) -> None:
        """Copy one moment of a ledger."""

    async def restore(self, source: Path, where: str, *, progress: Told) -> Mapping[str, Head]:
        """Put a verified backup in a ledger's place."""

    async def export(
        self, where: str, to: Path, form: Literal["jsonl", "parquet"], *, lane: str, progress: Told
    ) -> int:
        """Write the moves into a file; how many."""


@dataclass(frozen=True)
class House:
    """Tables, checks and builders of every room."""

    tables: Sequence[Table]
    checks: Sequence[Check] = ()
    builders: Mapping[str, Builder] = field(default_factory=dict)
    """By the key of the pack they build."""
    home: Callable[[HomeWish], Home] | None = None
    """Opens an installation, and begins it where it is not there yet."""
    bring_in: BringIn | None = None
    """Brings the records of another register in."""
    care: Callable[[], Care] | None = None
    """Who cares for a ledger."""
    exchange: Exchange | None = None
    """Who speaks Open311 with other servers."""
