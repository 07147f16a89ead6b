"""Calendars in packs: how they are read, and what can be wrong with them."""

import shutil

import pytest
from calendar_makers import at

from shancheng.ground.calendar import TABLES, Calendars, check
from shancheng.ground.pack import PackError, read_packs
from shancheng.ground.pack.reader import SHIPPED

CITY = 'key = "test"\nname = { en = "Test" }\nsource = "invented"\n'
RECORD = '[[record]]\nkey = "office"\nname = {{ en = "Office" }}\nholidays = "cn"\nsource = "invented"\nweek = {week}\n'
GOOD_DAY = '["09:00", "12:00", "13:30", "18:00"]'


def week_of(day):
    """A calendar record whose Monday has the given times and whose other days are ordinary."""
    return RECORD.format(week=f"[{day}, {', '.join([GOOD_DAY] * 4)}, [], []]")


def packs_with(tmp_path, calendar, days=None, years=None):
    """A pack with this calendar, over China's day table unless another is given."""
    folder = tmp_path / "test"
    folder.mkdir()
    (folder / "city.toml").write_text(CITY, "utf-8")
    (folder / "calendar.toml").write_text(calendar, "utf-8")
    for name, text in (("days", days), ("years", years)):
        if text is None:
            shutil.copy(SHIPPED / "cn" / f"{name}.csv", folder)
        else:
            (folder / f"{name}.csv").write_text(text, "utf-8")
    packs, faults = read_packs([folder], TABLES)
    assert not faults
    return packs


def codes(packs):
    """Codes of what is wrong."""
    return [fault.code for fault in check(packs)]


def test_a_calendar_in_a_pack_keeps_the_make_up_days(tmp_path):
    packs = packs_with(tmp_path, week_of(GOOD_DAY))

    calendars = Calendars.of(packs, "Asia/Shanghai")

    assert list(check(packs)) == []
    assert list(calendars) == ["office"]
    assert calendars["office"].is_working(at("2025-09-28 10:00"))


@pytest.mark.parametrize(
    ("day", "code"),
    [
        ('["09:00", "12:00", "11:00", "18:00"]', "overlapping-spans"),
        ('["22:00", "06:00"]', "overlapping-spans"),
        ('["09:00", "09:00"]', "overlapping-spans"),
        ('["09:00", "12:00", "13:30"]', "time-without-pair"),
        ('["9:00", "12:00"]', "time-malformed"),
        ('["09:00", "24:30"]', "time-malformed"),
    ],
)
def test_a_day_with_wrong_times_is_named(tmp_path, day, code):
    packs = packs_with(tmp_path, week_of(day))

    faults = list(check(packs))

    assert [(fault.code, fault.file, fault.record) for fault in faults] == [(code, "test/calendar.toml", "office")]
    assert "day 1" in faults[0].message
    with pytest.raises(PackError):
        Calendars.of(packs, "Asia/Shanghai")


def test_spans_that_touch_are_one_span(tmp_path):
    packs = packs_with(tmp_path, week_of('["09:00", "12:00", "12:00", "18:00"]'))

    office = Calendars.of(packs, "Asia/Shanghai")["office"]

    assert codes(packs) == []
    assert office.day_seconds == 9 * 3600


def test_a_week_of_six_days_or_without_hours_is_a_fault(tmp_path):
    (tmp_path / "six").mkdir()
    (tmp_path / "none").mkdir()

    six = packs_with(tmp_path / "six", RECORD.format(week="[[], [], [], [], [], []]"))
    none = packs_with(tmp_path / "none", RECORD.format(week="[[], [], [], [], [], [], []]"))

    assert codes(six) == ["week-not-seven-days"]
    assert codes(none) == ["no-working-time"]


def test_an_unknown_day_table_gets_the_nearest_name(tmp_path):
    packs = packs_with(tmp_path, week_of(GOOD_DAY).replace('"cn"', '"cnn"'))

    (fault,) = check(packs)

    assert (fault.code, fault.field, fault.nearest) == ("unknown-name", "holidays", "cn")


def test_day_and_year_rows_that_contradict_themselves_are_all_told_at_once(tmp_path):
    days = (
        "table,day,kind,worked_as,name,source\n"
        "cn,2024-05-01,work,9,a,invented\n"
        "cn,2024-05-02,off,3,b,invented\n"
        "cn,2025-05-03,off,,c,invented\n"
        "cn,2024-05-11,work,6,d,invented\n"
    )
    years = "table,year,source\ncn,2022,invented\ncn,2024,invented\n"

    found = codes(packs_with(tmp_path, week_of(GOOD_DAY), days, years))

    assert found == ["make-up-without-hours", "weekday-unknown", "weekday-of-day-off", "year-not-listed", "year-gap"]
