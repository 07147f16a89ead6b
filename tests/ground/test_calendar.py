"""Working time: deadlines, what was spent, and why."""

import csv
import datetime as dt

import numpy as np
import pytest
from calendar_makers import NEW_YORK, OFFICE_WEEK, SHANGHAI, at, china_office, shipped, week
from hypothesis import given, settings
from hypothesis import strategies as st

from shancheng.ground.calendar import Calendar, CalendarError, DayRecord, OutsideCalendarError

CHINA = china_office()
CLERKS = Calendar("clerks", [week()], NEW_YORK)
NIGHT_SHIFT = Calendar("night", [week(week=(("00:00", "06:00", "22:00", "24:00"),) * 7)], NEW_YORK)
ALWAYS = Calendar("always", [week("always", week=(), around_the_clock=True)], SHANGHAI)
HOUR, DAY = 3600, 86_400

instants = st.integers(at("2003-06-01"), at("2030-01-01"))
budgets = st.integers(0, 400 * HOUR)
calendars = st.sampled_from([CHINA, CLERKS, NIGHT_SHIFT, ALWAYS])


def special_days(shared_data):
    """The days of the independent table: (holidays, make-up workdays)."""
    with (shared_data / "calendar-cn" / "cn_holidays_makeup.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    days = {
        kind: {dt.date.fromisoformat(row["date"]) for row in rows if row["kind"] == kind}
        for kind in ("holiday", "makeup_workday")
    }
    return days["holiday"], days["makeup_workday"]


def minutes_worked(first, days, offset_at, is_workday):
    """One bool a minute from `first` on: whether the local wall clock then shows office hours of a workday."""
    worked = np.zeros(days * 1440, bool)
    for quarter in range(0, days * 1440, 15):
        local = first + quarter * 60 + offset_at(first + quarter * 60)
        date = dt.date.fromordinal(719_163 + local // DAY)
        clock = local % DAY // 60
        worked[quarter : quarter + 15] = is_workday(date) and (540 <= clock < 720 or 810 <= clock < 1080)
    return worked


def stepped(worked, first, starts, budgets_minutes):
    """Due instants by counting working minutes one after the other from each start."""
    minutes = np.flatnonzero(worked)
    passed = np.searchsorted(minutes, (starts - first) // 60)
    return first + (minutes[passed + budgets_minutes - 1] + 1) * 60


def test_a_day_of_work_given_on_a_make_up_sunday_goes_over_the_national_holiday():
    start = at("2025-09-28 16:10")

    due = CHINA.deadline(start, 24 * HOUR)

    assert due == at("2025-10-09 17:40")
    told = [(part.kind, part.name, part.start, part.end) for part in CHINA.explain(start, due)]
    assert told[0] == ("make-up", "国庆节", start, at("2025-09-28 18:00"))
    assert [part for part in told if part[0] == "holiday"] == [
        ("holiday", "国庆节", at("2025-10-01"), at("2025-10-06")),
        ("holiday", "中秋节", at("2025-10-06"), at("2025-10-07")),
        ("holiday", "国庆节", at("2025-10-07"), at("2025-10-09")),
    ]
    assert ("break", "", at("2025-09-29 12:00"), at("2025-09-29 13:30")) in told


def test_20000_random_deadlines_equal_stepping_by_the_minute(shared_data):
    holidays, make_up = special_days(shared_data)
    first, chance = at("2023-12-01"), np.random.default_rng(7)
    worked = minutes_worked(
        first, 1120, lambda _: 8 * HOUR, lambda day: day in make_up or (day.weekday() < 5 and day not in holidays)
    )
    starts = first + 60 * chance.integers(0, 1000 * 1440, 20_000)
    budgets_minutes = chance.integers(1, 60 * 60, 20_000)

    dues = [
        CHINA.deadline(start, budget * 60)
        for start, budget in zip(starts.tolist(), budgets_minutes.tolist(), strict=True)
    ]

    assert dues == stepped(worked, first, starts, budgets_minutes).tolist()
    assert CHINA.deadlines(starts, budgets_minutes * 60).tolist() == dues


def test_deadlines_where_the_clocks_change_equal_stepping_by_the_minute():
    first, chance = at("2024-01-01", NEW_YORK), np.random.default_rng(8)

    def offset(instant):
        return int(dt.datetime.fromtimestamp(instant, NEW_YORK).utcoffset().total_seconds())

    worked = minutes_worked(first, 430, offset, lambda day: day.weekday() < 5)
    starts = first + 60 * chance.integers(0, 365 * 1440, 2_000)
    budgets_minutes = chance.integers(1, 60 * 60, 2_000)

    dues = CLERKS.deadlines(starts, budgets_minutes * 60)

    assert dues.tolist() == stepped(worked, first, starts, budgets_minutes).tolist()


def test_five_working_days_from_720_dates_are_the_fifth_workday_of_the_notices(shared_data):
    holidays, make_up = special_days(shared_data)
    plain = Calendar("plain", [week()], SHANGHAI)
    dates = [dt.date(2024, 1, 1) + dt.timedelta(days) for days in range(720)]

    def fifth_workday_after(date):
        left = 5
        while left:
            date += dt.timedelta(1)
            left -= date in make_up or (date.weekday() < 5 and date not in holidays)
        return date

    def due_date(calendar, date):
        due = calendar.deadline(at(f"{date} 18:00"), 5 * calendar.day_seconds)
        return dt.datetime.fromtimestamp(due, SHANGHAI).date()

    assert dates[-1] == dt.date(2025, 12, 20)
    assert [due_date(CHINA, date) for date in dates] == [fifth_workday_after(date) for date in dates]
    assert sum(due_date(plain, date) != fifth_workday_after(date) for date in dates) == 148


@settings(max_examples=300, deadline=None)
@given(calendars, instants, budgets)
def test_elapsed_inverts_deadline(calendar, start, budget):
    due = calendar.deadline(start, budget)

    assert calendar.elapsed(start, due) == budget
    assert calendar.elapsed(due, start) == -budget
    assert due >= start
    assert budget == 0 or calendar.elapsed(start, due - 1) == budget - 1


@settings(max_examples=200, deadline=None)
@given(calendars, instants, budgets, st.integers(0, 30 * DAY), st.integers(0, 30 * DAY))
def test_a_paused_clock_ends_where_its_rest_is_spent(calendar, start, budget, until_pause, paused_seconds):
    pause = start + until_pause
    resume = pause + paused_seconds
    spent = calendar.elapsed(start, pause)
    left = max(budget - spent, 0)

    due = calendar.deadline(resume, left)

    assert spent + calendar.elapsed(resume, due) == max(budget, spent)
    unpaused = calendar.deadline(start, max(budget, spent) + calendar.elapsed(pause, resume))
    assert left == 0 or due == unpaused


@settings(max_examples=100, deadline=None)
@given(calendars, instants, st.integers(0, 40 * DAY))
def test_an_explanation_has_no_gaps_and_adds_up(calendar, start, length):
    parts = calendar.explain(start, start + length)

    edges = [start, *(part.end for part in parts)]
    assert [part.start for part in parts] == edges[:-1]
    assert edges[-1] == start + length
    assert all(part.start < part.end for part in parts)
    assert sum(part.end - part.start for part in parts if part.counts) == calendar.elapsed(start, start + length)


@settings(max_examples=50, deadline=None)
@given(calendars, st.lists(st.tuples(instants, budgets), max_size=20))
def test_bulk_answers_equal_single_ones(calendar, asked):
    starts, seconds = [start for start, _ in asked], [budget for _, budget in asked]

    dues = calendar.deadlines(np.array(starts, np.int64), np.array(seconds, np.int64)).tolist()

    assert dues == [calendar.deadline(*one) for one in asked]
    assert calendar.elapsed_in_bulk(np.array(starts, np.int64), np.array(dues, np.int64)).tolist() == seconds


def test_a_budget_that_is_spent_at_closing_time_ends_then_and_not_next_morning():
    assert CHINA.deadline(at("2025-10-10 17:00"), HOUR) == at("2025-10-10 18:00")


def test_a_budget_of_nothing_is_spent_at_once_even_at_night():
    assert CHINA.deadline(at("2025-10-10 23:00"), 0) == at("2025-10-10 23:00")


def test_the_opening_second_is_working_time_and_the_closing_second_is_not():
    assert CHINA.is_working(at("2025-10-10 09:00"))
    assert not CHINA.is_working(at("2025-10-10 18:00"))
    assert not CHINA.is_working(at("2025-10-10 12:30"))
    assert CHINA.is_working(at("2025-10-11 10:00")), "a make-up Saturday"
    assert not CHINA.is_working(at("2025-10-06 10:00")), "a holiday Monday"


def test_around_the_clock_is_plain_addition():
    assert ALWAYS.deadline(at("2025-10-01"), 36 * HOUR) == at("2025-10-02 12:00")
    assert ALWAYS.day_seconds == DAY
    assert ALWAYS.is_working(0)
    assert not ALWAYS.is_provisional(at("2040-01-01"))


def test_a_night_shift_is_an_hour_shorter_when_clocks_go_forward_and_longer_when_they_go_back():
    spring, autumn = at("2025-03-09 00:00", NEW_YORK), at("2025-11-02 00:00", NEW_YORK)

    assert NIGHT_SHIFT.elapsed(spring, spring + 12 * HOUR) == 5 * HOUR
    assert NIGHT_SHIFT.elapsed(autumn, autumn + 12 * HOUR) == 7 * HOUR


def test_a_repeated_half_hour_is_worked_twice_and_a_skipped_one_not_at_all():
    calendar = Calendar("early", [week(week=(("00:00", "01:30"),) * 6 + (("00:00", "02:30"),))], NEW_YORK)

    assert calendar.elapsed(at("2025-11-02", NEW_YORK), at("2025-11-02 12:00", NEW_YORK)) == 3.5 * HOUR
    assert calendar.elapsed(at("2025-03-09", NEW_YORK), at("2025-03-09 12:00", NEW_YORK)) == 2 * HOUR


def test_hours_change_on_the_first_day_of_the_next_version():
    longer = week(week=(("08:00", "20:00"),) * 5 + ((), ()), from_=dt.date(2025, 6, 10))
    calendar = Calendar("office", [longer, week()], SHANGHAI)

    assert calendar.elapsed(at("2025-06-09"), at("2025-06-10")) == 7.5 * HOUR
    assert calendar.elapsed(at("2025-06-10"), at("2025-06-11")) == 12 * HOUR
    assert calendar.day_seconds == 12 * HOUR
    assert calendar.day_seconds_at(at("2025-06-09 12:00")) == 7.5 * HOUR


def test_answers_past_the_last_known_year_are_provisional_and_follow_the_week():
    due = CHINA.deadline(at("2026-12-31 18:00"), CHINA.day_seconds)

    assert due == at("2027-01-01 18:00")
    assert CHINA.is_provisional(due)
    assert not CHINA.is_provisional(at("2026-12-31 23:59:59"))
    assert CHINA.is_provisional(at("2027-01-01"))
    assert CHINA.is_provisional(at("2003-12-31"))


def test_a_make_up_day_may_be_worked_as_another_weekday():
    friday = ("09:00", "12:00")
    days = [DayRecord(table="cn", day=dt.date(2025, 9, 28), kind="work", worked_as=5, source="invented")]
    calendar = Calendar("short", [week(week=(*OFFICE_WEEK[:4], friday, (), ()), holidays="cn")], SHANGHAI, days=days)

    assert calendar.elapsed(at("2025-09-28"), at("2025-09-29")) == 3 * HOUR


def test_a_budget_below_nothing_is_refused_in_a_sentence():
    with pytest.raises(CalendarError, match="cannot be -1 seconds"):
        CHINA.deadline(0, -1)
    with pytest.raises(CalendarError, match="cannot be -1 seconds"):
        CHINA.deadlines([0], [-1])


def test_an_instant_outside_the_years_is_refused_in_a_sentence():
    fresh = china_office()

    for wrong in (at("1899-12-30"), at("2201-01-01")):
        with pytest.raises(OutsideCalendarError, match="1900 to 2199"):
            fresh.deadline(wrong, HOUR)
    with pytest.raises(OutsideCalendarError, match="far longer"):
        fresh.deadline(at("2020-01-01"), 10**12)


def test_the_order_in_which_years_are_asked_for_changes_nothing():
    forward, backward = china_office(), china_office()
    asked = [at(f"{year}-05-01 10:00") for year in range(2000, 2030)]

    answers = {start: forward.deadline(start, 100 * HOUR) for start in asked}
    answers_backward = {start: backward.deadline(start, 100 * HOUR) for start in reversed(asked)}

    assert answers == answers_backward


def test_the_shipped_days_are_the_days_of_the_independent_table(shared_data):
    holidays, make_up = special_days(shared_data)
    rows = shipped("days")

    assert {row["day"] for row in rows if row["kind"] == "off"} == {str(day) for day in holidays}
    assert {row["day"] for row in rows if row["kind"] == "work"} == {str(day) for day in make_up}
    assert (len(holidays), len(make_up), len(rows)) == (621, 150, 771)
    assert all(row["source"].startswith("国务院") for row in rows)
    assert [int(row["year"]) for row in shipped("years")] == list(range(2004, 2027))
