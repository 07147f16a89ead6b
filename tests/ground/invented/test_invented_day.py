"""A day of the invented city: exact for a seed, shaped by the hour, with bursts and a storm, and the truth apart."""

import csv
import datetime as dt
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import shapely

from shancheng.ground.invented import City, Storm, day, hours, read_city, write_day
from shancheng.ground.invented.making import themes

WEDNESDAY, SATURDAY = dt.date(2025, 6, 11), dt.date(2025, 6, 14)


@pytest.fixture(scope="module")
def city(weicheng: Path) -> City:
    return read_city(weicheng)


def by_hour(city: City, seeds: range) -> list[int]:
    found: Counter[int] = Counter()
    for seed in seeds:
        for report in day(city, WEDNESDAY, seed, storm=None).reports:
            found[dt.datetime.fromtimestamp(report.at, city.zone).hour] += 1
    return [found[hour] for hour in range(24)]


def test_the_same_seed_gives_the_same_day(city: City) -> None:
    assert day(city, WEDNESDAY, seed=3) == day(city, WEDNESDAY, seed=3)
    assert day(city, WEDNESDAY, seed=3) != day(city, WEDNESDAY, seed=4)


def test_hours_one_by_one_are_the_whole_day_in_order_of_time(city: City) -> None:
    every = list(hours(city, WEDNESDAY, seed=3))

    reports = [report for hour in every for report in hour.reports]
    midnight = int(dt.datetime(2025, 6, 11, tzinfo=city.zone).timestamp())
    assert [report.index for report in reports] == list(range(len(reports)))
    assert [report.at for report in reports] == sorted(report.at for report in reports)
    assert all(midnight <= report.at < midnight + 86_400 for report in reports)


def test_a_city_of_300000_reports_about_830_times_on_a_weekday(city: City) -> None:
    days = [day(city, WEDNESDAY, seed, storm=None) for seed in range(6)]

    residents = np.mean([found.origins["resident"] for found in days])
    assert np.mean([len(found.reports) for found in days]) == pytest.approx(832, rel=0.06)
    assert residents == pytest.approx(282, rel=0.10)


@pytest.mark.parametrize("seed", range(5))
def test_fifteen_to_twenty_five_percent_report_the_same_thing_again(city: City, seed: int) -> None:
    assert 0.15 <= day(city, WEDNESDAY, seed).same_share <= 0.25


def test_a_report_of_the_same_thing_comes_later_from_nearby_in_other_words(city: City) -> None:
    found = day(city, WEDNESDAY, seed=7)

    pairs = [(found.reports[t.index], found.reports[t.same_as]) for t in found.truth if t.same_as >= 0]
    assert all(again.at >= first.at and again.place == first.place for again, first in pairs)
    assert all(np.hypot(again.lon - first.lon, again.lat - first.lat) < 0.004 for again, first in pairs)
    assert np.mean([again.text_zh == first.text_zh for again, first in pairs]) < 0.1
    assert all(found.truth[t.same_as].category == t.category for t in found.truth if t.same_as >= 0)


def test_every_point_lies_in_its_grid(city: City) -> None:
    found = day(city, WEDNESDAY, seed=7)

    row = np.searchsorted(city.ids, [report.place for report in found.reports])
    points = np.array([(report.lon, report.lat) for report in found.reports])
    assert shapely.intersects_xy(city.shapes[row], points[:, 0], points[:, 1]).all()


def test_reports_peak_in_the_middle_of_the_morning_and_of_the_afternoon(city: City) -> None:
    counts = by_hour(city, range(5))

    assert int(np.argmax(counts)) in (10, 11)
    assert 13 + int(np.argmax(counts[13:])) in (14, 15)


def test_a_weekend_is_quieter_and_a_make_up_day_is_nearly_a_weekday(city: City) -> None:
    weekday, weekend = (len(day(city, date, seed=5, scale=4).reports) for date in (WEDNESDAY, SATURDAY))
    make_up = len(day(city, SATURDAY, seed=5, scale=4, kind="make-up").reports)

    assert weekend < 0.8 * weekday < make_up


def test_a_storm_raises_hazards_where_it_strikes_and_only_then(city: City) -> None:
    raised = {theme.key for theme in themes() if theme.storm}
    exposed = dict(zip(city.ids.tolist(), city.exposed.tolist(), strict=True))

    def struck(storm: Storm | None) -> int:
        found = day(city, WEDNESDAY, seed=7, scale=10, storm=storm)
        evening = [
            report
            for report, truth in zip(found.reports, found.truth, strict=True)
            if truth.category in raised and exposed[report.place] and truth.same_as < 0
            and 18 <= dt.datetime.fromtimestamp(report.at, city.zone).hour < 21
        ]  # fmt: skip
        return len(evening)

    assert struck(Storm(18, 21)) > 6 * struck(None)


def test_the_truth_marks_the_storm_and_a_calm_day_has_none(city: City) -> None:
    stormy, calm = day(city, WEDNESDAY, seed=7), day(city, WEDNESDAY, seed=7, storm=None)

    assert sum(truth.storm for truth in stormy.truth) > 10
    assert not any(truth.storm for truth in calm.truth)


def test_some_residents_name_the_wrong_category_and_only_the_truth_knows(city: City) -> None:
    found = day(city, WEDNESDAY, seed=7, scale=5)

    wrong = [
        report.origin
        for report, truth in zip(found.reports, found.truth, strict=True)
        if report.category != truth.category
    ]
    assert set(wrong) == {"resident"}
    assert 0.01 < len(wrong) / len(found.reports) < 0.04


def test_texts_have_no_open_slots_and_no_long_numbers(city: City) -> None:
    for report in day(city, WEDNESDAY, seed=7).reports:
        text = report.text_zh + report.text_en

        assert "{" not in text
        assert not any(run.isdigit() and len(run) > 3 for run in text.split())


def test_a_written_day_keeps_the_truth_in_its_own_file(city: City, tmp_path: Path) -> None:
    count = write_day(tmp_path, hours(city, WEDNESDAY, seed=7))

    with (tmp_path / "reports.csv").open(encoding="utf-8") as lines:
        reports = list(csv.DictReader(lines))
    with (tmp_path / "truth.csv").open(encoding="utf-8") as lines:
        truth = list(csv.DictReader(lines))
    assert len(reports) == len(truth) == count
    assert not {"same_as", "storm"} & set(reports[0])
    assert set(truth[0]) == {"index", "category", "same_as", "storm"}
