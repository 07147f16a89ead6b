"""Deadlines in working time beside businesstimedelta: same hours, same holidays, same starts, interleaved rounds."""

import csv
import datetime as dt
import random
import time
from collections.abc import Callable
from importlib.metadata import version
from statistics import median
from zoneinfo import ZoneInfo

import businesstimedelta
import numpy as np
import pytz

from bench.claim import Claim
from shancheng.ground.calendar import Calendar, DayRecord, WorkingWeek, YearRecord
from shancheng.ground.pack.reader import SHIPPED

ZONE = ZoneInfo("Asia/Shanghai")
HOURS = ("09:00", "12:00", "13:30", "18:00")
BUDGET_HOURS = 24
STARTS, ROUNDS, REPEATS = 150, 7, 20
COMMAND = "python -m bench.deadlines"

Peer = Callable[[dt.datetime], dt.datetime]


def claims() -> list[Claim]:
    """One deadline at a time and in bulk, each beside the peer."""
    days = _days()
    calendar, peer = _ours(days), _theirs(days)
    starts = _starts()
    wrong = _peer_wrong(calendar, peer, starts, days)
    single, bulk, theirs = _rounds(calendar, peer, starts)
    name = f"businesstimedelta {version('businesstimedelta')}"
    told = f"{1 / theirs:,.0f}/s; wrong on {wrong} of {STARTS} starts: it knows no make-up workdays"
    return [
        Claim("deadlines, one at a time", name, theirs / single, 100, f"{1 / single:,.0f}/s", told, COMMAND),
        Claim("deadlines, in bulk", name, theirs / bulk, 100, f"{1 / bulk:,.0f}/s", told, COMMAND),
    ]


def _days() -> list[DayRecord]:
    with (SHIPPED / "cn" / "days.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        DayRecord(
            table="cn",
            day=dt.date.fromisoformat(row["day"]),
            kind="off" if row["kind"] == "off" else "work",
            source=row["source"],
        )
        for row in rows
    ]


def _ours(days: list[DayRecord]) -> Calendar:
    week = WorkingWeek(
        key="office", name={"en": "Office"}, week=(HOURS,) * 5 + ((), ()), holidays="cn", source="benchmark"
    )
    years = [YearRecord(table="cn", year=year, source="benchmark") for year in range(2004, 2027)]
    return Calendar("office", [week], ZONE, days=days, years=years)


def _theirs(days: list[DayRecord]) -> Peer:
    zone = pytz.timezone("Asia/Shanghai")
    work = businesstimedelta.WorkDayRule(dt.time(9), dt.time(18), [0, 1, 2, 3, 4], tz=zone)
    lunch = businesstimedelta.LunchTimeRule(dt.time(12), dt.time(13, 30), [0, 1, 2, 3, 4], tz=zone)
    holidays = businesstimedelta.HolidayRule({day.day for day in days if day.kind == "off"}, tz=zone)
    budget = businesstimedelta.BusinessTimeDelta(businesstimedelta.Rules([work, lunch, holidays]), hours=BUDGET_HOURS)
    return lambda start: start + budget


def _starts() -> list[dt.datetime]:
    chance = random.Random(7)
    first = int(dt.datetime(2025, 1, 1, tzinfo=ZONE).timestamp())
    return [dt.datetime.fromtimestamp(first + chance.randrange(350 * 86_400), ZONE) for _ in range(STARTS)]


def _deadline(calendar: Calendar, start: dt.datetime) -> dt.datetime:
    """Ours in the peer's own shape, so that the conversion from and to datetime is counted."""
    return dt.datetime.fromtimestamp(calendar.deadline(int(start.timestamp()), BUDGET_HOURS * 3600), ZONE)


def _peer_wrong(calendar: Calendar, peer: Peer, starts: list[dt.datetime], days: list[DayRecord]) -> int:
    """On how many starts the peer is wrong; where no make-up day lies in between, both must agree."""
    make_up = [day.day for day in days if day.kind == "work"]
    wrong = 0
    for start in starts:
        ours, theirs = _deadline(calendar, start), peer(start)
        wrong += ours != theirs
        crossed = any(start.date() <= day <= ours.date() for day in make_up)
        assert crossed or ours == theirs, f"from {start}: ours {ours}, theirs {theirs}, and no make-up day in between"
    return wrong


def _rounds(calendar: Calendar, peer: Peer, starts: list[dt.datetime]) -> tuple[float, float, float]:
    """Median seconds for one deadline: ours singly, ours in bulk, the peer's."""
    many = np.array([int(start.timestamp()) for start in starts] * 1000, np.int64)
    single, bulk, theirs = [], [], []
    for _ in range(ROUNDS):
        theirs.append(_seconds(lambda: [peer(start) for start in starts]) / len(starts))
        single.append(
            _seconds(lambda: [_deadline(calendar, start) for _ in range(REPEATS) for start in starts])
            / (len(starts) * REPEATS)
        )
        bulk.append(_seconds(lambda: calendar.deadlines(many, BUDGET_HOURS * 3600)) / len(many))
    return median(single), median(bulk), median(theirs)


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    for claim in claims():
        print(claim)
