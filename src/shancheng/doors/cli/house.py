"""What the rest of the house hands to the command line: it may not fetch it for itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

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
