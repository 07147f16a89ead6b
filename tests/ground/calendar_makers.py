"""Calendars for tests: an office in China with its real day table, and one in New York."""

import csv
import datetime as dt
from zoneinfo import ZoneInfo

from shancheng.ground.calendar import Calendar, DayRecord, WorkingWeek, YearRecord
from shancheng.ground.pack.reader import SHIPPED

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
HOURS = ("09:00", "12:00", "13:30", "18:00")
OFFICE_WEEK = (HOURS, HOURS, HOURS, HOURS, HOURS, (), ())


def week(key: str = "office", **fields: object) -> WorkingWeek:
    """A version of a calendar, Monday to Friday unless told otherwise."""
    given = {"week": OFFICE_WEEK, "holidays": "", "name": {"en": key}, "source": "invented"} | fields
    return WorkingWeek(key=key, **given)  # type: ignore[arg-type]


def shipped(name: str) -> list[dict[str, str]]:
    """Rows of a table of the pack `cn` as they ship."""
    with (SHIPPED / "cn" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def china_days() -> list[DayRecord]:
    """The shipped day table of China."""
    return [
        DayRecord(
            table=row["table"],
            day=dt.date.fromisoformat(row["day"]),
            kind="off" if row["kind"] == "off" else "work",
            name=row["name"],
            source=row["source"],
        )
        for row in shipped("days")
    ]


def china_years() -> list[YearRecord]:
    """The years that the shipped day table is known for."""
    return [YearRecord(table="cn", year=int(row["year"]), source=row["source"]) for row in shipped("years")]


def china_office(**fields: object) -> Calendar:
    """An office that keeps China's holidays and make-up workdays."""
    return Calendar("office", [week(holidays="cn", **fields)], SHANGHAI, days=china_days(), years=china_years())


def at(text: str, zone: ZoneInfo = SHANGHAI, fold: int = 0) -> int:
    """Seconds since 1970 UTC of a local time: `2025-09-28 16:10`."""
    return int(dt.datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).timestamp())
