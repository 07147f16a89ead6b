"""Records by the instant they are in force, so that last year's matter is judged by last year's promise."""

import bisect
import datetime as dt
from collections.abc import Iterable
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from shancheng.loop.kind import Record

R = TypeVar("R", bound=Record)
FOREVER = 2**62


def first_second(day: dt.date, zone: ZoneInfo) -> int:
    """Instant at which a day begins in a time zone."""
    return int(dt.datetime.combine(day, dt.time(), zone).timestamp())


def span_of(record: Record, zone: ZoneInfo) -> tuple[int, int]:
    """First instant a record is in force and first instant it no longer is."""
    until = FOREVER if record.until is None else first_second(record.until, zone)
    return first_second(record.from_, zone), until


class Dated(Generic[R]):
    """The versions of one record in order of their first day."""

    def __init__(self, versions: Iterable[R], zone: ZoneInfo) -> None:
        ordered = sorted(versions, key=lambda record: record.from_)
        self._versions = ordered
        self._spans = [span_of(record, zone) for record in ordered]
        self._starts = [start for start, _ in self._spans]
        self._only = ordered[0] if len(ordered) == 1 else None

    @property
    def latest(self) -> R:
        """The version with the latest first day."""
        return self._versions[-1]

    def at(self, instant: int) -> R | None:
        """The version in force at an instant."""
        if self._only is not None:
            return self._only if self._starts[0] <= instant < self._spans[0][1] else None
        place = bisect.bisect_right(self._starts, instant) - 1
        if place < 0 or instant >= self._spans[place][1]:
            return None
        return self._versions[place]


def by_key(records: Iterable[R], zone: ZoneInfo) -> dict[str, Dated[R]]:
    """Every record's versions by key."""
    groups: dict[str, list[R]] = {}
    for record in records:
        groups.setdefault(record.key, []).append(record)
    return {key: Dated(group, zone) for key, group in groups.items()}
