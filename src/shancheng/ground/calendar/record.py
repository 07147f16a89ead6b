"""Records of `calendar.toml`, `days.csv` and `years.csv`, and what can be wrong with them."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, Literal

import msgspec

from shancheng.ground.pack import Fault, Packs, Table
from shancheng.ground.pack.fault import nearest

DAY = 86_400
Spans = tuple[tuple[int, int], ...]
"""Working spans of one day, in seconds of local wall-clock time after midnight, ascending, none touching."""


class WorkingWeek(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version of a working calendar: the hours of each weekday, and the day table laid over them."""

    key: str
    name: dict[str, str]
    week: tuple[tuple[str, ...], ...] = ()
    """Seven lists, Monday first, of opening and closing times in turn; an empty list is a day off."""
    holidays: str = ""
    """Name of the day table; empty for none."""
    around_the_clock: bool = False
    """Every second counts; week and day table are not looked at."""
    from_: dt.date = msgspec.field(name="from", default=dt.date(1900, 1, 1))
    source: str


class DayRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One day that is not as its weekday says: a holiday, or a make-up workday."""

    table: str
    day: dt.date
    kind: Literal["off", "work"]
    worked_as: int | None = None
    """Weekday 1 (Monday) to 7 whose hours a make-up day uses; None is the first with hours, as a rule Monday."""
    name: str = ""
    source: str


class YearRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A year the day table is known for; in any other year answers are provisional."""

    table: str
    year: int
    source: str


TABLES = (
    Table("calendar", WorkingWeek, ("key",), dated=True),
    Table("days", DayRecord, ("table", "day"), form="csv"),
    Table("years", YearRecord, ("table", "year"), form="csv"),
)

_TIME = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")


def seconds_of(text: str) -> int | None:
    """Seconds after midnight of `09:00`; `24:00` is the end of the day; None if it is no such time."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    seconds = int(match[1]) * 3600 + int(match[2]) * 60
    return seconds if seconds <= DAY else None


def spans_of(times: Sequence[str]) -> Spans:
    """Working spans of one day from its times in turn, which have passed `check`; spans that touch become one."""
    edges = [seconds for text in times if (seconds := seconds_of(text)) is not None]
    spans: list[tuple[int, int]] = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if spans and spans[-1][1] == start:
            start = spans.pop()[0]
        spans.append((start, end))
    return tuple(spans)


def check(packs: Packs) -> Iterator[Fault]:
    """Everything wrong with the calendars of these packs: weeks, day tables, years."""
    weeks = packs.table("calendar", WorkingWeek)
    days = packs.table("days", DayRecord)
    years = packs.table("years", YearRecord)
    tables = {day.table for day in days} | {year.table for year in years}
    for place, week in enumerate(weeks):
        yield from _faults(packs, "calendar", place, week.key, _week_findings(week, tables, days))
    known = {(year.table, year.year) for year in years}
    for place, day in enumerate(days):
        yield from _faults(packs, "days", place, f"{day.table} {day.day}", _day_findings(day, known))
    for place, year in enumerate(years):
        yield from _faults(packs, "years", place, f"{year.table} {year.year}", _year_findings(year, known))


_Finding = tuple[str, str, str, str, Literal["error", "warning"]]
"""Code, field, message, nearest name, severity."""


def _faults(packs: Packs, table: str, place: int, record: str, findings: Iterable[_Finding]) -> Iterator[Fault]:
    origin = packs.origins[table][place]
    where: dict[str, Any] = {"file": origin.file, "line": origin.line, "record": record}
    for code, field, message, near, severity in findings:
        yield Fault(code=code, field=field, message=message, nearest=near, severity=severity, **where)


def _week_findings(week: WorkingWeek, tables: set[str], days: Sequence[DayRecord]) -> Iterator[_Finding]:
    if week.holidays and week.holidays not in tables:
        message = f"there is no day table named '{week.holidays}' in days.csv or years.csv."
        yield "unknown-name", "holidays", message, nearest(week.holidays, tables), "error"
    if week.around_the_clock:
        return
    if len(week.week) != 7:
        message = f"the week has {len(week.week)} lists of times; give seven, Monday first, [] for a day off."
        yield "week-not-seven-days", "week", message, "", "error"
        return
    findings = [finding for number, times in enumerate(week.week, 1) for finding in _times_findings(number, times)]
    yield from findings
    if not any(week.week):
        message = "no day has working time, so no deadline would ever come; give at least one day hours."
        yield "no-working-time", "week", message, "", "error"
    elif not findings:
        yield from _make_up_findings(week, days)


def _times_findings(number: int, times: Sequence[str]) -> Iterator[_Finding]:
    wrong = [text for text in times if seconds_of(text) is None]
    if wrong:
        message = f"day {number}: '{wrong[0]}' is no time of day; write it as 09:00, at most 24:00."
        yield "time-malformed", "week", message, "", "error"
        return
    if len(times) % 2:
        message = f"day {number}: {', '.join(times)} has an opening time without a closing time; times come in pairs."
        yield "time-without-pair", "week", message, "", "error"
        return
    seconds = [seconds_of(text) or 0 for text in times]
    for index, (before, after) in enumerate(pairwise(seconds)):
        if after < before or (after == before and index % 2 == 0):
            message = (
                f"day {number}: {times[index]} to {times[index + 1]} runs backwards, overlaps or is empty; "
                "times ascend within a day, and a night shift is written as two days, up to 24:00 and from 00:00."
            )
            yield "overlapping-spans", "week", message, "", "error"


def _make_up_findings(week: WorkingWeek, days: Sequence[DayRecord]) -> Iterator[_Finding]:
    empty = {number for number, times in enumerate(week.week, 1) if not times}
    for day in days:
        if day.table == week.holidays and day.kind == "work" and day.worked_as in empty:
            message = (
                f"make-up day {day.day} is worked as weekday {day.worked_as}, which has no hours in this calendar."
            )
            yield "make-up-without-hours", "week", message, "", "error"


def _day_findings(day: DayRecord, known: set[tuple[str, int]]) -> Iterator[_Finding]:
    if day.worked_as is not None and not 1 <= day.worked_as <= 7:
        message = f"{day.worked_as} is no weekday; 1 is Monday, 7 is Sunday."
        yield "weekday-unknown", "worked_as", message, "", "error"
    if day.worked_as is not None and day.kind == "off":
        message = "a day off is not worked as another; leave worked_as empty."
        yield "weekday-of-day-off", "worked_as", message, "", "error"
    if (day.table, day.day.year) not in known:
        message = (
            f"{day.day.year} is not among the years of table '{day.table}' in years.csv; add it when it is complete."
        )
        yield "year-not-listed", "day", message, "", "error"


def _year_findings(year: YearRecord, known: set[tuple[str, int]]) -> Iterator[_Finding]:
    earlier = [other for table, other in known if table == year.table and other < year.year]
    if earlier and max(earlier) != year.year - 1:
        message = f"the year before, {year.year - 1}, is missing; deadlines in it are provisional."
        yield "year-gap", "year", message, "", "warning"
