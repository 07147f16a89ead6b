"""What the rest of the house hands to the command line: it may not fetch it for itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shancheng.doors.cli.home import Home, HomeWish
    from shancheng.ground.pack import Check, Table

Builder = Callable[[Path, int, float], object]
"""Writes a pack into a folder from a seed and a scale, and answers with what it made, fit for JSON."""


@dataclass(frozen=True)
class House:
    """Tables, checks and builders of every room."""

    tables: Sequence[Table]
    checks: Sequence[Check] = ()
    builders: Mapping[str, Builder] = field(default_factory=dict)
    """By the key of the pack they build."""
    home: Callable[[HomeWish], Home] | None = None
    """Opens an installation, and begins it where it is not there yet."""
