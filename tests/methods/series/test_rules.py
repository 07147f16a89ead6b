"""Banks of sensors under rules, held to a model in plain Python and to a published landslide rule."""

import gzip
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.methods.series import model

from shancheng.methods.series.bank import Bank
from shancheng.methods.series.errors import BadReadings, BadRule, BadSnapshot
from shancheng.methods.series.record import (
    AHEAD,
    JUMP,
    LATE,
    OUT_OF_RANGE,
    RANGE,
    REPEATED,
    SILENT,
    STATE,
    STUCK,
    TAKEN,
)
from shancheng.methods.series.rule import DAY, HOUR, MEASURES, Ladder, Rule, ladder

NAN = math.nan
WORDS = {"taken": TAKEN, "repeated": REPEATED, "late": LATE, "out of range": OUT_OF_RANGE, "ahead": AHEAD}
KEPT = {"last": "last_value", "mean": "mean", "variance": "variance", "trend": "trend", "same": "same_since"}
RIVER = Rule(ladders=(ladder("value", (1.0, 2.0, 3.0, 4.0), hysteresis=0.5),), for_seconds=(600, 600, 0, 0))


def bank_of(*rules, engine="numpy", rule_of=None):
    """A bank of one sensor a rule."""
    return Bank(rules, range(len(rules)) if rule_of is None else rule_of, engine=engine)


def steps(bank, *readings):
    """Grades of sensor 0 after each reading (at, value)."""
    found = []
    for at, value in readings:
        bank.take([0], [at], [value])
        found.append(int(bank.grades[0]))
    return found


@st.composite
def rules(draw):
    """A rule with one to three ladders, rather small limits, and times of the order of the gaps of the streams."""
    rain = draw(st.booleans())
    measures = draw(st.lists(st.sampled_from(MEASURES if rain else MEASURES[:3]), min_size=1, max_size=3, unique=True))
    seconds = st.tuples(*[st.sampled_from([0, 0, 600, 1800, 5000])] * 4)
    absent = draw(st.sets(st.integers(0, 3), max_size=3))
    rungs = []
    for measure in measures:
        side = draw(st.sampled_from(["above", "below"]))
        levels = sorted(draw(st.lists(st.sampled_from([1.0, 2.0, 2.5, 4.0, 6.0]), min_size=4, max_size=4)))
        shown = [NAN if grade in absent else level for grade, level in enumerate(levels)]
        if side == "below":
            shown = [-level for level in shown]
        rungs.append(ladder(measure, tuple(shown), hysteresis=draw(st.sampled_from([0.0, 0.5])), side=side))
    return Rule(
        ladders=tuple(rungs),
        for_seconds=draw(seconds),
        keep_seconds=draw(seconds),
        lowest=0.0 if rain or draw(st.booleans()) else -5.0,
        highest=8.0,
        jump=draw(st.sampled_from([3.0, 100.0])),
        stuck_seconds=draw(st.sampled_from([0, 2000])),
        silent_seconds=draw(st.sampled_from([0, 3000])),
        rate_seconds=draw(st.sampled_from([0, 1800])),
        memory=draw(st.sampled_from([0.01, 0.3])),
        spread_least=0.25,
        warm_up=draw(st.integers(0, 3)),
        resolution=0.125,
    )


VALUES = st.sampled_from([0.0, 0.5, 1.0, 2.0, 2.0, 2.5, 3.9, 4.0, 6.0, 8.0, 9.0, -6.0, NAN, math.inf])
GAPS = st.sampled_from([0, 1, 300, 600, 600, 1800, 7200, 300_000, 2_000_000, -1, -600, -4000, -90_000, -2_000_000])
READINGS = st.lists(st.tuples(st.integers(0, 2), GAPS, VALUES), max_size=40)


def stream_of(readings):
    """Times from gaps: repeats, gaps, and readings out of order, each sensor by itself."""
    clock, found = [5_000_000] * 3, []
    for sensor, gap, value in readings:
        at = max(1, clock[sensor] + gap)
        clock[sensor] = max(clock[sensor], at) if gap > -90_000 else clock[sensor]
        found.append((sensor, at, value))
    return found


def run_model(given_rules, rule_of, stream, latest):
    """States, verdicts and changes of the model."""
    told = [model.plain(rule, MEASURES) for rule in given_rules]
    states = [model.new_state() for _ in rule_of]
    verdicts, changes = [], []
    for row, (sensor, at, value) in enumerate(stream):
        word, change = model.step(states[sensor], told[rule_of[sensor]], at, value, latest)
        verdicts.append(WORDS[word])
        if change:
            changes.append((row, sensor, *change))
    return states, verdicts, changes


def run_bank(bank, stream, latest, cut):
    """Verdicts and changes of a bank that takes the stream in two batches."""
    verdicts, changes = [], []
    for begin, batch in ((0, stream[:cut]), (cut, stream[cut:])):
        sensor, at, value = (list(column) for column in zip(*batch, strict=True)) if batch else ([], [], [])
        taken = bank.take(np.array(sensor, int), np.array(at, int), value, latest=latest)
        verdicts += taken.verdict.tolist()
        changes += [(begin + row, *rest) for row, *rest in taken.transitions.tolist()]
    return verdicts, changes


@pytest.mark.parametrize("engine", ["compiled", "numpy"])
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_every_bit_is_that_of_the_plain_model(engine, data):
    given_rules, rule_of = data.draw(st.lists(rules(), min_size=1, max_size=2)), [0, 0, 0]
    rule_of[2] = len(given_rules) - 1
    stream = stream_of(data.draw(READINGS))
    latest = data.draw(st.sampled_from([2**32 - 1, 5_010_000]))
    bank = Bank(given_rules, rule_of, engine=engine)

    verdicts, changes = run_bank(bank, stream, latest, data.draw(st.integers(0, len(stream))))

    states, expected_verdicts, expected = run_model(given_rules, rule_of, stream, latest)
    assert verdicts == expected_verdicts
    assert changes == expected
    for record, state in zip(bank.records, states, strict=True):
        for name in ("heard_at", "value_at", "marks", "heard"):
            assert record[name] == state[name]
        assert record["since"].tolist() == state["since"]
        for name, kept in KEPT.items():
            assert record[kept] == state[name]


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_bank_restored_in_the_middle_ends_as_one_that_ran_through(data):
    given_rules, rule_of = [data.draw(rules())], [0, 0, 0]
    stream = stream_of(data.draw(READINGS))
    cut = data.draw(st.integers(0, len(stream)))
    through, first = Bank(given_rules, rule_of), Bank(given_rules, rule_of)

    expected = run_bank(through, stream, 2**32 - 1, cut)
    before = run_bank(first, stream[:cut], 2**32 - 1, cut)
    second = Bank.restore(given_rules, rule_of, first.snapshot(), engine="numpy")
    after = run_bank(second, stream[cut:], 2**32 - 1, 0)

    assert second.snapshot() == through.snapshot()
    assert before[0] + after[0] == expected[0]
    assert before[1] + [(cut + row, *rest) for row, *rest in after[1]] == expected[1]


def test_a_bank_kept_in_a_file_is_its_snapshot(tmp_path):
    bank = bank_of(RIVER)
    bank.take([0, 0], [100, 200], [1.0, 2.0])

    with (tmp_path / "bank").open("wb") as file:
        bank.keep(file)

    assert (tmp_path / "bank").read_bytes() == bank.snapshot()


def test_a_record_is_one_line_of_cache():
    assert STATE.itemsize == 64


def test_a_red_level_fires_at_once_and_blue_waits():
    assert steps(bank_of(RIVER), (1000, 1.5), (1300, 1.5), (1600, 1.5), (1900, 4.0)) == [0, 0, 1, 4]


def test_a_grade_is_left_only_beyond_its_clear_level_and_after_keep():
    rule = Rule(ladders=RIVER.ladders, keep_seconds=(1200,) * 4)

    found = steps(bank_of(rule), (1000, 2.0), (1600, 1.6), (2200, 1.4), (2800, 1.4), (3400, 1.4), (4000, 1.4))

    assert found == [2, 2, 2, 2, 1, 1]


def test_what_is_missing_holds_the_grade_and_is_told_as_silence():
    rule = Rule(ladders=RIVER.ladders, silent_seconds=3600)
    bank = bank_of(rule, rule)
    bank.take([0], [10_000], [3.0])

    first, again = bank.sweep(14_000, begins=9_000), bank.sweep(15_000, begins=9_000)
    heard = bank.take([0], [16_000], [3.0])

    assert first["sensor"].tolist() == [0, 1]
    assert first["faults"].tolist() == [SILENT, SILENT]
    assert len(again) == 0
    assert bank.grades.tolist() == [3, 0]
    assert heard.transitions[["faults_before", "faults"]].tolist() == [(SILENT, 0)]


def test_a_device_that_sticks_jumps_or_talks_nonsense_is_doubted():
    rule = Rule(ladders=RIVER.ladders, lowest=-1, highest=10, jump=2.0, stuck_seconds=1000)
    bank = bank_of(rule)
    readings = [(1000, 0.5), (2000, 0.5), (3000, 2.6), (4000, 99.0), (5000, NAN), (6000, 2.5)]

    faults = []
    for at, value in readings:
        bank.take([0], [at], [value])
        faults.append(int(bank.faults[0]))

    assert faults == [0, STUCK, JUMP, JUMP | RANGE, JUMP | RANGE, 0]


def test_late_rain_reaches_the_sums_and_may_raise_but_never_moves_the_state_back():
    rule = Rule(ladders=(ladder("sum_3h", (5.0, 10.0, 20.0, 30.0)),), lowest=0, highest=100)
    bank = bank_of(rule)
    bank.take([0, 0], [100_000, 103_000], [1.0, 2.0])

    late = bank.take([0, 0], [101_000, 50_000], [9.0, 50.0])

    assert late.verdict.tolist() == [LATE, LATE]
    assert late.transitions[["at", "grade_before", "grade"]].tolist() == [(103_000, 0, 2)]
    assert bank.records["heard_at"].tolist() == [103_000]
    assert bank.sums(0).tolist() == [12.0, 12.0, 62.0, 62.0, 0.0]


def test_sums_leave_the_windows_when_their_time_is_over():
    rule = Rule(ladders=(ladder("wetness", (50.0, NAN, NAN, NAN)),), lowest=0, highest=100, resolution=0.1)
    bank = bank_of(rule)

    found = []
    for at in (DAY, DAY + 2 * HOUR, 3 * DAY, 4 * DAY, 18 * DAY, 19 * DAY):
        bank.take([0], [at], [7.0 if at == DAY else 0.0])
        found.append([round(amount, 9) for amount in bank.sums(0).tolist()])

    assert found == [[7, 7, 7, 7, 0], [0, 7, 7, 7, 0], [0, 0, 0, 7, 0], [0, 0, 0, 0, 7], [0, 0, 0, 0, 7], [0] * 5]


def test_readings_of_the_future_are_left_out():
    bank = bank_of(RIVER)

    taken = bank.take([0, 0], [9000, 1000], [4.0, 0.0], latest=5000)

    assert taken.verdict.tolist() == [AHEAD, TAKEN]


def test_limits_may_change_between_snapshot_and_restore():
    bank = bank_of(RIVER)
    bank.take([0], [1000], [3.5])
    milder = Rule(ladders=(ladder("value", (5.0, 6.0, 7.0, 8.0)),))

    later = Bank.restore([RIVER, milder], [1], bank.snapshot(), engine="numpy")

    assert later.grades.tolist() == [3]
    assert steps(later, (2000, 3.5)) == [0]


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (lambda kept: kept[:-1], "cut short"),
        (lambda kept: b"", "cut short"),
        (lambda kept: kept[:-1] + bytes([kept[-1] ^ 1]), "checksum"),
    ],
)
def test_a_damaged_snapshot_is_refused(spoil, word):
    with pytest.raises(BadSnapshot, match=word):
        Bank.restore([RIVER], [0], spoil(bank_of(RIVER).snapshot()))


def test_a_snapshot_of_other_sensors_is_refused():
    with pytest.raises(BadSnapshot, match="other sensors"):
        Bank.restore([RIVER], [0, 0], bank_of(RIVER).snapshot())


@pytest.mark.parametrize(
    ("sensor", "at", "value", "word"),
    [
        ([0], [1], [], "give one each"),
        ([1], [1], [0.0], "sensors 0 to 0"),
        ([0], [0], [0.0], "Times"),
        ([0], [2**32], [0.0], "Times"),
        ([0.5], [1], [0.0], "whole numbers"),
    ],
)
def test_readings_that_cannot_be_are_refused_and_nothing_is_taken(sensor, at, value, word):
    bank = bank_of(RIVER)
    before = bank.snapshot()

    with pytest.raises(BadReadings, match=word):
        bank.take(sensor, at, value)

    assert bank.snapshot() == before


def test_every_fault_of_every_rule_is_told_at_once():
    wrong = Rule(ladders=(Ladder("sum_1h", (2.0, 1.0, NAN, NAN), (3.0, 1.0, NAN, NAN)),), memory=2.0)
    empty = Rule(ladders=())
    unsure = Rule(ladders=(ladder("deviation", (NAN,) * 4),), keep_seconds=(-1, 0, 0, 0))

    with pytest.raises(BadRule) as told:
        bank_of(wrong, empty, unsure)

    for word in ("Rule 0", "danger side", "must rise", "memory", "sums amounts", "no ladder", "Rule 2", "least spread"):
        assert word in str(told.value)


def test_a_sensor_of_no_rule_and_a_bucket_that_divides_no_hour_are_refused():
    with pytest.raises(BadRule, match="not there"):
        bank_of(RIVER, rule_of=[1])
    with pytest.raises(BadRule, match="divide an hour"):
        Bank([RIVER], [0], bucket_seconds=700)


def test_a_sensor_that_sums_nothing_has_no_sums():
    with pytest.raises(BadReadings, match="sums nothing"):
        bank_of(RIVER).sums(0)


SLIDES = [(2010, 12, 9), (2010, 12, 12), (2011, 1, 13), (2011, 1, 19), (2011, 1, 29)]


@pytest.mark.parametrize(("gauge", "hits", "false"), [("KPAE", 0, 1), ("KSEA", 1, 4), ("KBFI", 1, 0), ("KTIW", 1, 2)])
def test_seattles_published_landslide_rule_finds_what_it_was_found_to_find(shared_data, gauge, hits, false):
    """Three days' rain + 0.67 x that of the 15 days before >= 3.5 in, hourly, up to 31 Jan 2011; hit = +-1 day."""
    rule = Rule(
        ladders=(ladder("wetness", (3.5, NAN, NAN, NAN)),), lowest=0, highest=100, resolution=0.01, prior_weight=0.67
    )
    at, rain = hourly_rain(shared_data, gauge)
    bank = Bank([rule], [0], bucket_seconds=3600)
    days = {np.datetime64(f"{year}-{month:02}-{day:02}") for year, month, day in SLIDES}

    told = bank.take(np.zeros(len(at), int), at, rain).transitions

    begun = [np.datetime64(int(row["at"]), "s").astype("M8[D]") for row in told if row["grade"] == 1]
    assert sum(any(abs(day - start) <= 1 for start in begun) for day in days) == hits
    assert sum(all(abs(day - start) > 1 for day in days) for start in begun) == false


def hourly_rain(shared_data, gauge):
    """Times and inches of a gauge up to 31 Jan 2011: two digits of the station, date, hour, then 1/100 inch."""
    with gzip.open(shared_data / "usgs-landslides" / "rain_hourly" / f"{gauge}_t.txt.gz", "rt") as file:
        rows = [line.strip() for line in file if line[2:12] < "2011020100"]
    first = [np.datetime64(f"{row[2:6]}-{row[6:8]}-{row[8:10]}", "s").astype(int) for row in rows]
    at = [day + HOUR * int(row[10:12]) for day, row in zip(first, rows, strict=True)]
    return at, [int(row[12:]) / 100 for row in rows]
