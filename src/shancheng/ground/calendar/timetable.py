"""What each local day is, and the working spans of a stretch of years in seconds since 1970 UTC."""

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from shancheng.ground.calendar.record import DAY, DayRecord, Spans, WorkingWeek, spans_of

EPOCH = dt.date(1970, 1, 1).toordinal()
WHOLE_DAY: Spans = ((0, DAY),)

DayKind = Literal["worked", "make-up", "off", "holiday"]


@dataclass(frozen=True, slots=True)
class LocalDay:
    """What one local date is: its kind, the name that the day table gives it, and its working spans."""

    kind: DayKind
    name: str
    spans: Spans


class Version:
    """One version of a calendar, its times read and its day table at hand."""

    def __init__(self, week: WorkingWeek, days: Sequence[DayRecord], years: frozenset[int]) -> None:
        self.first = week.from_.toordinal()
        self.always = week.around_the_clock
        self.years = years if week.holidays and not self.always else None
        """Years the day table is known for; None where there is no table to know."""
        self.week = (WHOLE_DAY,) * 7 if self.always else tuple(spans_of(times) for times in week.week)
        self.ordinary: Spans = next((spans for spans in self.week if spans), ())
        self._days = {} if self.always else {day.day.toordinal(): self._special(day) for day in days}

    def _special(self, day: DayRecord) -> LocalDay:
        if day.kind == "off":
            return LocalDay("holiday", day.name, ())
        spans = self.week[day.worked_as - 1] if day.worked_as else self.ordinary
        return LocalDay("make-up" if not self.week[day.day.weekday()] else "worked", day.name, spans)

    def day(self, ordinal: int) -> LocalDay:
        """What the date with this proleptic ordinal is."""
        special = self._days.get(ordinal)
        if special is not None:
            return special
        spans = self.week[(ordinal - 1) % 7]
        return LocalDay("worked" if spans else "off", "", spans)


class Versions:
    """The versions of one calendar; each is in force from its first day until the next begins."""

    def __init__(self, versions: Sequence[Version]) -> None:
        self.all = sorted(versions, key=lambda version: version.first)
        self._firsts = [version.first for version in self.all]

    def on(self, ordinal: int) -> Version:
        """The version in force on a date; the earliest one also stands for all days before it."""
        return self.all[max(bisect_right(self._firsts, ordinal) - 1, 0)]

    def day(self, ordinal: int) -> LocalDay:
        """What a date is, by the version in force on it."""
        return self.on(ordinal).day(ordinal)


@dataclass(frozen=True)
class Timetable:
    """Working spans between two instants: starts, ends, and the working seconds spent before each."""

    low: int
    high: int
    starts: list[int]
    """Starts with an empty span at `low`, so that every instant has a span at or before it."""
    ends: list[int]
    spent: list[int]
    """One longer than `starts`: the last is the total."""
    total: int

    @cached_property
    def arrays(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """`starts`, `ends`, `spent` as arrays."""
        return np.array(self.starts, np.int64), np.array(self.ends, np.int64), np.array(self.spent, np.int64)


NOTHING = Timetable(0, 0, [0], [0], [0, 0], 0)


def timetable(low: int, high: int, spans: Sequence[tuple[int, int]]) -> Timetable:
    """The table of ascending working spans, each (start, end), inside [low, high)."""
    starts, ends, spent = [low], [low], [0, 0]
    for start, end in spans:
        starts.append(start)
        ends.append(end)
        spent.append(spent[-1] + end - start)
    return Timetable(low, high, starts, ends, spent, spent[-1])


def working_spans(low: int, high: int, versions: Versions, zone: ZoneInfo) -> Iterator[tuple[int, int]]:
    """Working spans in [low, high): the instants whose local wall-clock time is inside the hours of their local date.

    An hour that the clocks skip is not worked; an hour that they repeat is worked twice.
    """
    for begin, finish, offset in _steady(low, high, zone):
        first, last = (begin + offset) // DAY, (finish - 1 + offset) // DAY
        for day in range(first, last + 1):
            midnight = day * DAY - offset
            for start, end in versions.day(day + EPOCH).spans:
                start, end = max(midnight + start, begin), min(midnight + end, finish)
                if start < end:
                    yield start, end


def _steady(low: int, high: int, zone: ZoneInfo) -> Iterator[tuple[int, int, int]]:
    """Stretches of [low, high) in which the zone keeps one offset: (begin, finish, offset in seconds)."""
    begin, offset = low, utc_offset(low, zone)
    for midnight in (*range(low + DAY, high, DAY), high - 1):
        if utc_offset(midnight, zone) != offset:
            change = _change(midnight - DAY, midnight, zone)
            yield begin, change, offset
            begin, offset = change, utc_offset(change, zone)
    yield begin, high, offset


def _change(before: int, after: int, zone: ZoneInfo) -> int:
    """First instant with the new offset, between two instants whose offsets differ."""
    old = utc_offset(before, zone)
    while after - before > 1:
        middle = (before + after) // 2
        if utc_offset(middle, zone) == old:
            before = middle
        else:
            after = middle
    return after


def end_of_steady_day(at: int, zone: ZoneInfo) -> int:
    """The next local midnight after an instant, or the change of the clocks where that comes first."""
    offset = utc_offset(at, zone)
    midnight = at + DAY - (at + offset) % DAY
    return midnight if utc_offset(midnight - 1, zone) == offset else _change(at, midnight - 1, zone)


def utc_offset(at: int, zone: ZoneInfo) -> int:
    """Seconds that local time is ahead of UTC at an instant."""
    offset = dt.datetime.fromtimestamp(at, zone).utcoffset()
    return int(offset.total_seconds()) if offset else 0
