"""Versions of one record in time: none twice, none backwards, none over another."""

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from shancheng.ground.pack.fault import Fault
from shancheng.ground.pack.table import Key, Table, first_day


def validity_faults(
    table: Table, records: Sequence[msgspec.Struct], places: Sequence[tuple[str, int]]
) -> Iterator[Fault]:
    """Keys that stand twice within one pack and validity that overlaps; `places` are file and line of each record."""
    by_key: dict[Key, list[int]] = {}
    for index, record in enumerate(records):
        by_key.setdefault(table.key_of(record), []).append(index)
        yield from _backwards(table, record, places[index])
    for key, indexes in by_key.items():
        if len(indexes) > 1:
            yield from _versions(table, key, sorted(indexes, key=lambda at: first_day(records[at])), records, places)


def _backwards(table: Table, record: msgspec.Struct, place: tuple[str, int]) -> Iterator[Fault]:
    until = getattr(record, "until", None)
    if isinstance(until, dt.date) and until <= first_day(record):
        message = f"it ends on {until}, not after its first day {first_day(record)}."
        yield _fault("until-before-from", table.key_of(record), place, message, field="until")


def _versions(
    table: Table,
    key: Key,
    indexes: Sequence[int],
    records: Sequence[msgspec.Struct],
    places: Sequence[tuple[str, int]],
) -> Iterator[Fault]:
    for before, after in itertools.pairwise(indexes):
        earlier, later = records[before], records[after]
        if not table.dated:
            message = f"the same key stands in line {places[before][1]} already."
            yield _fault("duplicate-key", key, places[after], message)
        elif first_day(earlier) == first_day(later):
            message = f"two versions begin on {first_day(later)}; the other is in line {places[before][1]}."
            yield _fault("duplicate-key", key, places[after], message, field="from")
        elif (until := getattr(earlier, "until", None)) and until > first_day(later):
            message = (
                f"it begins on {first_day(later)}, while the version in line {places[before][1]} holds until {until}."
            )
            yield _fault("overlapping-validity", key, places[after], message, field="from")


def _fault(code: str, key: Key, place: tuple[str, int], message: str, **more: Any) -> Fault:
    return Fault(code=code, file=place[0], line=place[1], record="/".join(map(str, key)), message=message, **more)
