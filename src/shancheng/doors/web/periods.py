"""Periods that figures are asked for, and the steps they are drawn in: hours, days or weeks of the city's own time."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from shancheng.doors.web.language import N_

NAMES: dict[str, str] = {
    "today": N_("today"),
    "28": N_("the last 28 days"),
    "84": N_("the last 12 weeks"),
    "182": N_("the last 26 weeks"),
    "364": N_("the last 52 weeks"),
    "own": N_("from and until"),
}
FIRST = "28"
DAYS_DRAWN_MAX = 35
"""Longer periods are drawn by weeks."""
DAYS_MAX = 5 * 366
HOUR, DAY = 3600, 86_400


@dataclass(frozen=True)
class Period:
    """A period, by the instants at which its steps begin and the one at which the last is over."""

    name: str
    edges: tuple[int, ...]
    unit: str
    """`hour`, `day` or `week`."""
    first_day: str = ""
    last_day: str = ""
    """As they were asked for, where they were."""
    fault: str = ""
    """What could not be understood."""


def period_of(asked: Mapping[str, str], now: int, zone: ZoneInfo) -> Period:
    """The period that was asked for; the usual one, with a fault, where that cannot be."""
    name = asked.get("period", "") or FIRST
    today = dt.datetime.fromtimestamp(now, zone).date()
    if name == "own":
        return _own(asked.get("from", ""), asked.get("until", ""), today, zone)
    if name == "today":
        midnight = _instant(today, zone)
        return Period(name, tuple(range(midnight, _instant(today + dt.timedelta(days=1), zone) + 1, HOUR)), "hour")
    if name not in NAMES:
        return _usual(today, zone, N_("There is no such period; the usual one is shown."))
    if name == FIRST:
        return _usual(today, zone)
    monday = today - dt.timedelta(days=today.weekday())
    begin = monday - dt.timedelta(weeks=int(name) // 7 - 1)
    return Period(name, _by_week(begin, monday + dt.timedelta(days=6), zone), "week")


def _usual(today: dt.date, zone: ZoneInfo, fault: str = "") -> Period:
    begin = today - dt.timedelta(days=int(FIRST) - 1)
    return Period(FIRST, _by_day(begin, today, zone), "day", fault=fault)


def _own(first: str, last: str, today: dt.date, zone: ZoneInfo) -> Period:
    try:
        begin, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last) if last else today
    except ValueError:
        return _usual(today, zone, N_("Give two days, such as 2026-03-01; the usual period is shown."))
    if not dt.timedelta(0) <= end - begin < dt.timedelta(days=DAYS_MAX) or not 1970 < begin.year < 9000:
        return _usual(
            today, zone, N_("The first day comes before the last, within five years; the usual period is shown.")
        )
    short = (end - begin).days < DAYS_DRAWN_MAX
    edges = _by_day(begin, end, zone) if short else _by_week(begin, end, zone)
    return Period("own", edges, "day" if short else "week", begin.isoformat(), end.isoformat())


def _by_day(begin: dt.date, end: dt.date, zone: ZoneInfo) -> tuple[int, ...]:
    return tuple(_instant(begin + dt.timedelta(days=number), zone) for number in range((end - begin).days + 2))


def _by_week(begin: dt.date, end: dt.date, zone: ZoneInfo) -> tuple[int, ...]:
    """Mondays within, and both ends."""
    days = [begin + dt.timedelta(days=number) for number in range(1, (end - begin).days + 1)]
    mondays = [day for day in days if not day.weekday()]
    return tuple(_instant(day, zone) for day in (begin, *mondays, end + dt.timedelta(days=1)))


def _instant(day: dt.date, zone: ZoneInfo) -> int:
    return int(dt.datetime.combine(day, dt.time(), zone).timestamp())
