"""Calendars: when a budget of working time is spent, how much was spent, and what lay between."""

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shancheng.ground.calendar.errors import CalendarError, OutsideCalendarError
from shancheng.ground.calendar.record import DAY, DayRecord, WorkingWeek, YearRecord, check
from shancheng.ground.calendar.timetable import (
    EPOCH,
    NOTHING,
    LocalDay,
    Timetable,
    Version,
    Versions,
    end_of_steady_day,
    timetable,
    utc_offset,
    working_spans,
)
from shancheng.ground.pack import PackError, Packs

FIRST_YEAR, LAST_YEAR = 1900, 2199


def _new_year(year: int) -> int:
    return (dt.date(year, 1, 1).toordinal() - EPOCH) * DAY


_EARLIEST, _LATEST = _new_year(FIRST_YEAR), _new_year(LAST_YEAR + 1)


StretchKind = Literal["worked", "make-up", "off", "holiday", "night", "break"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time between a start and its due instant, and why it counted or did not."""

    start: int
    end: int
    kind: StretchKind
    """`worked` and `make-up` count; `night` is outside the hours of a working day, `break` between two of its spans."""
    name: str = ""
    """What the day table calls the day; empty on ordinary days."""

    @property
    def counts(self) -> bool:
        """Whether the stretch is working time."""
        return self.kind in ("worked", "make-up")


class Calendar:
    """Working time of one kind of work in one city; all instants are seconds since 1970 UTC, all budgets seconds.

    `deadline` and `elapsed` are exact inverses: `elapsed(start, deadline(start, budget)) == budget`. Answers are worked
    out for the years 1900 to 2199 (`OutsideCalendarError` beyond), year by year as they are first asked for.
    """

    def __init__(
        self,
        key: str,
        weeks: Sequence[WorkingWeek],
        zone: ZoneInfo,
        *,
        days: Sequence[DayRecord] = (),
        years: Sequence[YearRecord] = (),
    ) -> None:
        self.key = key
        self.zone = zone
        self._versions = Versions([_version(week, days, years) for week in weeks])
        self._always = all(version.always for version in self._versions.all)
        self._table = NOTHING

    @property
    def day_seconds(self) -> int:
        """Working seconds of an ordinary day (Monday, or the first day with hours) in the latest version."""
        return sum(end - start for start, end in self._versions.all[-1].ordinary)

    def day_seconds_at(self, at: int) -> int:
        """Working seconds of an ordinary day in the version in force at an instant."""
        return sum(end - start for start, end in self._versions.on(self._ordinal(at)).ordinary)

    def deadline(self, start: int, budget: int) -> int:
        """The instant at which exactly `budget` seconds of working time have been spent since `start`.

        Where a whole night would do, it is the earliest such instant: the close of a day, not the next opening. A
        budget of 0 is spent at `start` itself. Raises `CalendarError` for a budget below 0.
        """
        if budget <= 0 or self._always:
            return self._plain(start, budget)
        table = self._table
        if not table.low <= start < table.high:
            table = self._reach(start, start)
        place = bisect_right(table.starts, start) - 1
        close = table.ends[place]
        spent = table.spent
        target = spent[place] + (start if start < close else close) - table.starts[place] + budget
        if target > table.total:
            self._lengthen(table)
            return self.deadline(start, budget)
        place = bisect_left(spent, target) - 1
        return table.starts[place] + target - spent[place]

    def elapsed(self, start: int, end: int) -> int:
        """Working seconds between two instants; negative when `end` lies before `start`."""
        if self._always:
            return end - start
        table = self._table
        if not (table.low <= start < table.high and table.low <= end < table.high):
            table = self._reach(min(start, end), max(start, end))
        return _spent_at(table, end) - _spent_at(table, start)

    def is_working(self, at: int) -> bool:
        """Whether an instant is working time; the opening second is, the closing second is not."""
        if self._always:
            return True
        table = self._reach(at, at)
        return at < table.ends[bisect_right(table.starts, at) - 1]

    def is_provisional(self, at: int) -> bool:
        """Whether an instant lies in a year whose holidays are not known; it is then judged by the weekly pattern."""
        date = dt.date.fromordinal(self._ordinal(at))
        years = self._versions.on(date.toordinal()).years
        return years is not None and date.year not in years

    def deadlines(self, starts: ArrayLike, budgets: ArrayLike) -> NDArray[np.int64]:
        """`deadline` in bulk: starts int64[n], budgets int64[n] or one number, to int64[n]."""
        begun, budget = np.broadcast_arrays(np.asarray(starts, np.int64), np.asarray(budgets, np.int64))
        if begun.size and budget.min() < 0:
            raise CalendarError(f"A budget of working time cannot be {budget.min()} seconds; give 0 or more.")
        if self._always or not begun.size:
            return begun.astype(np.int64) + budget.astype(np.int64)
        table = self._reach(int(begun.min()), int(begun.max()))
        target = _all_spent_at(table, begun) + budget
        while int(target.max()) > table.total:
            table = self._lengthen(table)
        opens, _, spent = table.arrays
        place = np.searchsorted(spent, target, "left") - 1
        due: NDArray[np.int64] = np.where(budget == 0, begun, opens[place] + target - spent[place])
        return due

    def elapsed_in_bulk(self, starts: ArrayLike, ends: ArrayLike) -> NDArray[np.int64]:
        """`elapsed` in bulk: starts and ends int64[n], or one number for one of them, to int64[n]."""
        begun, ended = np.broadcast_arrays(np.asarray(starts, np.int64), np.asarray(ends, np.int64))
        if self._always or not begun.size:
            return ended.astype(np.int64) - begun.astype(np.int64)
        table = self._reach(int(min(begun.min(), ended.min())), int(max(begun.max(), ended.max())))
        return _all_spent_at(table, ended) - _all_spent_at(table, begun)

    def explain(self, start: int, due: int) -> tuple[Stretch, ...]:
        """What lies between two instants, in order and without gaps: worked, off, holiday, make-up, night, break."""
        if self._always:
            return (Stretch(start, due, "worked"),) if start < due else ()
        merged: list[Stretch] = []
        for part in self._parts(start, due):
            if merged and (merged[-1].kind, merged[-1].name) == (part.kind, part.name):
                part = Stretch(merged.pop().start, part.end, part.kind, part.name)
            merged.append(part)
        return tuple(merged)

    def _parts(self, start: int, due: int) -> Iterator[Stretch]:
        """Stretches inside one local day and one offset from UTC each."""
        at = start
        while at < due:
            day = self._versions.day(self._ordinal(at))
            midnight = at - (at + utc_offset(at, self.zone)) % DAY
            end = min(end_of_steady_day(at, self.zone), due)
            yield from _parts_of_day(day, midnight, at, end)
            at = end

    def _ordinal(self, at: int) -> int:
        """Proleptic ordinal of the local date at an instant."""
        if not _EARLIEST <= at < _LATEST:
            raise OutsideCalendarError(self.key, FIRST_YEAR, LAST_YEAR)
        return (at + utc_offset(at, self.zone)) // DAY + EPOCH

    def _plain(self, start: int, budget: int) -> int:
        if budget < 0:
            raise CalendarError(f"A budget of working time cannot be {budget} seconds; give 0 or more.")
        return start + budget

    def _reach(self, first: int, last: int) -> Timetable:
        """The table, lengthened by whole years until it holds two instants and all between them."""
        table = self._table
        if table.low <= first and last < table.high:
            return table
        if first < _EARLIEST or last >= _LATEST:
            raise OutsideCalendarError(self.key, FIRST_YEAR, LAST_YEAR)
        low = _new_year(dt.datetime.fromtimestamp(first, dt.UTC).year)
        high = _new_year(min(dt.datetime.fromtimestamp(last, dt.UTC).year + 2, LAST_YEAR + 1))
        if table is NOTHING:
            return self._spread(table, low, high)
        return self._spread(table, min(low, table.low), max(high, table.high))

    def _lengthen(self, table: Timetable) -> Timetable:
        """The table, twice as long towards the future."""
        if table.high >= _LATEST:
            raise OutsideCalendarError(self.key, FIRST_YEAR, LAST_YEAR)
        year = dt.datetime.fromtimestamp(2 * table.high - table.low, dt.UTC).year + 1
        return self._spread(table, table.low, _new_year(min(year, LAST_YEAR + 1)))

    def _spread(self, table: Timetable, low: int, high: int) -> Timetable:
        """A table that covers [low, high) and holds this one, put in its stead in one step: readers never wait."""
        if table is NOTHING:
            spans = list(working_spans(low, high, self._versions, self.zone))
        else:
            spans = list(working_spans(low, table.low, self._versions, self.zone)) if low < table.low else []
            spans += zip(table.starts[1:], table.ends[1:], strict=True)
            if table.high < high:
                spans += working_spans(table.high, high, self._versions, self.zone)
        self._table = timetable(low, high, spans)
        return self._table


class Calendars(Mapping[str, Calendar]):
    """The calendars of one city by key."""

    def __init__(self, calendars: Mapping[str, Calendar]) -> None:
        self._calendars = dict(calendars)

    @classmethod
    def of(cls, packs: Packs, time_zone: str) -> "Calendars":
        """Calendars of these packs in an IANA time zone; raises `PackError` with every fault there is."""
        faults = [fault for fault in check(packs) if fault.severity == "error"]
        if faults:
            raise PackError(faults)
        weeks: dict[str, list[WorkingWeek]] = {}
        for week in packs.table("calendar", WorkingWeek):
            weeks.setdefault(week.key, []).append(week)
        days, years = packs.table("days", DayRecord), packs.table("years", YearRecord)
        zone = ZoneInfo(time_zone)
        return cls({key: Calendar(key, found, zone, days=days, years=years) for key, found in weeks.items()})

    def __getitem__(self, key: str) -> Calendar:
        return self._calendars[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._calendars)

    def __len__(self) -> int:
        return len(self._calendars)


def _version(week: WorkingWeek, days: Sequence[DayRecord], years: Sequence[YearRecord]) -> Version:
    known = frozenset(year.year for year in years if year.table == week.holidays)
    return Version(week, [day for day in days if day.table == week.holidays], known)


def _spent_at(table: Timetable, at: int) -> int:
    place = bisect_right(table.starts, at) - 1
    close = table.ends[place]
    return table.spent[place] + (at if at < close else close) - table.starts[place]


def _all_spent_at(table: Timetable, at: NDArray[np.int64]) -> NDArray[np.int64]:
    opens, closes, spent = table.arrays
    place = np.searchsorted(opens, at, "right") - 1
    seconds: NDArray[np.int64] = spent[place] + np.minimum(at, closes[place]) - opens[place]
    return seconds


def _parts_of_day(day: LocalDay, midnight: int, start: int, end: int) -> Iterator[Stretch]:
    """Stretches of [start, end) inside the local day that began, or at this offset would have begun, at `midnight`."""
    if not day.spans:
        yield Stretch(start, end, day.kind, day.name)
        return
    at = start
    idle: StretchKind = "night"
    for opens, closes in day.spans:
        for until, kind, name in ((opens, idle, ""), (closes, day.kind, day.name)):
            if at < min(midnight + until, end):
                yield Stretch(at, min(midnight + until, end), kind, name)
                at = min(midnight + until, end)
        idle = "break"
    if at < end:
        yield Stretch(at, end, "night")
