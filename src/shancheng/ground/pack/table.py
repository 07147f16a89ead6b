"""Tables of a pack: what a room asks for, and what the folders held."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)


@dataclass(frozen=True)
class Table:
    """A kind of record a room reads from packs.

    A TOML table `name` lives in `<name>.toml` as `[[record]]` entries; a CSV table in `<name>.csv` with a header row.
    `record` is a frozen msgspec.Struct; unknown fields and wrong types are faults. `key` names the fields that
    identify a record: a later pack replaces the whole record (every version of it) with the same key.
    """

    name: str
    record: type[msgspec.Struct]
    key: tuple[str, ...]
    form: Literal["toml", "csv"] = "toml"
    required: bool = False
    dated: bool = False
    """Records carry `from_` (renamed `from`), and several versions may share a key; validity ends where the next begins."""


@dataclass(frozen=True)
class Origin:
    """The place in a pack that a record was read from: `weicheng/duties.csv` line 14."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}" if self.line else self.file


@dataclass(frozen=True)
class Pack:
    """One folder as it was read, before it is laid over others."""

    key: str
    folder: Path
    city: Mapping[str, Any]
    """The content of `city.toml`, checked against the city schema."""


@dataclass(frozen=True)
class Packs:
    """Several packs laid over each other; the last one wins by whole record."""

    packs: tuple[Pack, ...]
    records: Mapping[str, tuple[msgspec.Struct, ...]] = field(default_factory=dict)
    """Winning records by table name, in file order."""
    origins: Mapping[str, tuple[Origin, ...]] = field(default_factory=dict)
    """Where each of `records` was read from, in the same order."""

    def table(self, name: str, of: type[T]) -> tuple[T, ...]:
        """Records of one table, typed."""
        found = self.records.get(name, ())
        assert all(isinstance(record, of) for record in found), f"table {name} does not hold {of.__name__}"
        return found  # type: ignore[return-value]
