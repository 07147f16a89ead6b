"""Tables of a pack: what a room asks for, and what the folders held."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from shancheng.ground.pack.city import City
from shancheng.ground.pack.fault import Fault

T = TypeVar("T", bound=msgspec.Struct)
Key = tuple[Any, ...]


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
    """Records carry `from_` (renamed `from`); several versions may share a key, each ending where the next begins."""

    def key_of(self, record: msgspec.Struct) -> Key:
        """The values that identify a record of this table."""
        return tuple(getattr(record, name) for name in self.key)


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
    city: City
    """The content of `city.toml`, checked against the city schema."""


@dataclass(frozen=True)
class Packs:
    """Several packs laid over each other; the last one wins by whole record."""

    packs: tuple[Pack, ...]
    records: Mapping[str, tuple[msgspec.Struct, ...]] = field(default_factory=dict)
    """Winning records by table name, in file order."""
    origins: Mapping[str, tuple[Origin, ...]] = field(default_factory=dict)
    """Where each of `records` was read from, in the same order."""
    tables: Mapping[str, Table] = field(default_factory=dict)
    """The tables that were asked for, by name."""

    @property
    def city(self) -> City:
        """The city of the last pack that has levels of its own, or of the last pack."""
        return next((pack.city for pack in reversed(self.packs) if pack.city.levels), self.packs[-1].city)

    def table(self, name: str, of: type[T]) -> tuple[T, ...]:
        """Records of one table, typed."""
        found = self.records.get(name, ())
        assert all(isinstance(record, of) for record in found), f"table {name} does not hold {of.__name__}"
        return found  # type: ignore[return-value]

    def versions(self, name: str, of: type[T], key: str | Key) -> tuple[T, ...]:
        """Every version of one record, the earliest first; empty when the key is not there."""
        found = self._index.get(name, {}).get(key if isinstance(key, tuple) else (key,), ())
        records = self.table(name, of)
        return tuple(sorted((records[index] for index in found), key=first_day))

    def in_force(self, name: str, of: type[T], key: str | Key, on: dt.date) -> T | None:
        """The version of one record that holds on a day, or none."""
        return version_on(self.versions(name, of, key), on)

    def standing(self, name: str, of: type[T], on: dt.date) -> tuple[T, ...]:
        """Every record of a table that holds on a day, one version a key, in file order of the key."""
        found = (self.in_force(name, of, key, on) for key in self._index.get(name, {}))
        return tuple(record for record in found if record is not None)

    def fault(self, name: str, index: int, code: str, message: str, *, field: str = "", nearest: str = "") -> Fault:
        """A fault of the `index`-th record of a table, with its file, line and key."""
        origin = self.origins[name][index]
        record = "/".join(map(str, self.tables[name].key_of(self.records[name][index])))
        return Fault(
            code=code,
            file=origin.file,
            line=origin.line,
            record=record,
            field=field,
            message=message,
            nearest=nearest,
        )

    @cached_property
    def _index(self) -> dict[str, dict[Key, list[int]]]:
        found: dict[str, dict[Key, list[int]]] = {}
        for name, records in self.records.items():
            table = self.tables[name]
            by_key: dict[Key, list[int]] = found.setdefault(name, {})
            for index, record in enumerate(records):
                by_key.setdefault(table.key_of(record), []).append(index)
        return found


def first_day(record: msgspec.Struct) -> dt.date:
    """First day a record is in force; the beginning of time where it carries none."""
    found = getattr(record, "from_", None)
    return found if isinstance(found, dt.date) else dt.date.min


def version_on(versions: Sequence[T], on: dt.date) -> T | None:
    """The version that holds on a day, of versions of one key with the earliest first."""
    begun = [record for record in versions if first_day(record) <= on]
    if not begun:
        return None
    until = getattr(begun[-1], "until", None)
    return None if until is not None and on >= until else begun[-1]
