"""Working time: weeks, holidays, make-up workdays; deadlines and what they were made of."""

from shancheng.ground.calendar.calendar import Calendar, Calendars, Stretch
from shancheng.ground.calendar.errors import CalendarError, OutsideCalendarError
from shancheng.ground.calendar.record import TABLES, DayRecord, WorkingWeek, YearRecord, check

__all__ = [
    "TABLES",
    "Calendar",
    "CalendarError",
    "Calendars",
    "DayRecord",
    "OutsideCalendarError",
    "Stretch",
    "WorkingWeek",
    "YearRecord",
    "check",
]
