"""The rule machine compiled: one pass over a batch in its order, each reading touching one line of cache."""

import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

from shancheng.methods.series.record import (
    AHEAD,
    AMOUNT_MOST,
    FIRING,
    JUMP,
    LATE,
    OUT_OF_RANGE,
    RANGE,
    REPEATED,
    SILENT,
    STUCK,
    TAKEN,
    Gauges,
)
from shancheng.methods.series.rule import HEARD_MOST, MEASURES, SUMS_BEGIN

F = TypeVar("F", bound=Callable[..., Any])
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Records = NDArray[np.void]
Record = Any
BLOCK = 64


def take(
    state: Records,
    gauges: Gauges,
    table: Records,
    sensor: Ints,
    at: Ints,
    value: Floats,
    latest: int,
    verdict: NDArray[np.uint8],
    moved: Records,
) -> int:
    """Moves the state by a batch in its order; fills `verdict` and the first rows of `moved`, whose number it gives."""
    parts = (gauges.of, gauges.records, gauges.amounts, gauges.ages, gauges.seconds)
    return _take(state, *parts, table, sensor, at, value, latest, verdict, moved)


def _compiled(function: F) -> F:
    return cast(F, numba.njit(cache=True, error_model="numpy")(function))


@_compiled
def _take(
    state: Records,
    gauge_of: NDArray[np.int32],
    gauges: Records,
    amounts: NDArray[np.int32],
    ages: Ints,
    bucket_seconds: int,
    table: Records,
    sensor: Ints,
    at: Ints,
    value: Floats,
    latest: int,
    verdict: NDArray[np.uint8],
    moved: Records,
) -> int:
    measures, lines = np.zeros(len(MEASURES)), np.zeros(BLOCK, np.uint32)
    found = 0
    for row in range(len(sensor)):
        if row % BLOCK == 0:
            _touch(state, sensor[row : row + BLOCK], lines)
        when, record = at[row], state[sensor[row]]
        rule, before = table[record.rule], record.marks
        believed = rule.lowest <= value[row] <= rule.highest
        came_to = _verdict(record, when, latest, believed)
        verdict[row] = came_to
        reaches = rule.accumulates and believed and came_to in (TAKEN, LATE)
        if reaches:
            place = gauge_of[sensor[row]]
            reaches = _collect(gauges[place], amounts[place], ages, when // bucket_seconds, value[row], rule)
            _fill_sums(measures, gauges[place], rule)
        if came_to == TAKEN:
            _take_next(record, rule, when, value[row], measures)
        elif came_to == LATE and reaches:
            when = max(when, record.value_at)
            _raise_late(record, rule, when, measures)
        elif came_to == OUT_OF_RANGE:
            record.heard_at, record.marks = when, record.marks & ~SILENT | RANGE
        if record.marks != before:
            found += _tell(moved[found], row, sensor[row], when, before, record.marks)
    return found


@_compiled
def _touch(state: Records, sensor: Ints, lines: NDArray[np.uint32]) -> None:
    """Reads a line of each record that comes next, so that the waits for memory overlap instead of following."""
    for place in range(len(sensor)):
        lines[place] = state[sensor[place]].heard_at


@_compiled
def _verdict(record: Record, at: int, latest: int, believed: bool) -> int:
    if at > latest:
        return AHEAD
    if at == record.heard_at:
        return REPEATED
    if at < record.heard_at:
        return LATE
    return TAKEN if believed else OUT_OF_RANGE


@_compiled
def _tell(told: Record, row: int, who: int, at: int, before: int, marks: int) -> int:
    grade_before, grade = _grade(before), _grade(marks)
    if grade == grade_before and marks & ~FIRING == before & ~FIRING:
        return 0
    told.row, told.sensor, told.at = row, who, at
    told.grade_before, told.grade = grade_before, grade
    told.faults_before, told.faults = before & ~FIRING, marks & ~FIRING
    return 1


@_compiled
def _grade(marks: int) -> int:
    """The highest grade that fires: the length of the low four bits."""
    for grade in range(4, 0, -1):
        if marks >> (grade - 1) & 1:
            return grade
    return 0


@_compiled
def _take_next(record: Record, rule: Record, at: int, value: float, measures: Floats) -> None:
    record.heard_at = at
    record.marks &= FIRING
    measures[2] = _follow(record, rule, at, value)
    measures[0], measures[1] = value, record.trend
    record.last_value, record.value_at = value, at
    met, held = _reached(rule, measures, 0)
    _run_timers(record, rule, at, met, held)


@_compiled
def _follow(record: Record, rule: Record, at: int, value: float) -> float:
    """Trend, usual mean and spread, device marks; gives how many spreads the value lies from the mean before it."""
    heard = record.heard
    if heard == 0:
        record.mean, record.same_since, record.heard = value, at, 1
        return 0.0
    step, elapsed = value - record.last_value, float(at - record.value_at)
    if step != 0.0:
        record.same_since = at
    if rule.stuck_seconds > 0 and at - record.same_since >= rule.stuck_seconds:
        record.marks |= STUCK
    if abs(step) > rule.jump:
        record.marks |= JUMP
    slope = step / elapsed * 3600.0
    record.trend += elapsed / (elapsed + rule.rate_seconds) * (slope - record.trend)
    return _spread(record, rule, value, heard)


@_compiled
def _spread(record: Record, rule: Record, value: float, heard: int) -> float:
    apart = value - record.mean
    deviation = 0.0
    if heard >= rule.warm_up and rule.spread_least > 0.0:
        deviation = abs(apart) / max(math.sqrt(record.variance), rule.spread_least)
    weight = rule.memory
    if heard < HEARD_MOST:
        weight = max(weight, 1.0 / (heard + 1.0))
        record.heard = heard + 1
    moved = weight * apart
    record.mean += moved
    record.variance = (1.0 - weight) * (record.variance + apart * moved)
    return deviation


@_compiled
def _raise_late(record: Record, rule: Record, at: int, measures: Floats) -> None:
    """A late amount can raise a grade by the sums, as of the last believed reading; it never lowers one."""
    met, _ = _reached(rule, measures, SUMS_BEGIN)
    for grade in range(met):
        if not record.marks >> grade & 1:
            _wait(record, rule, at, grade)


@_compiled
def _collect(gauge: Record, amounts: NDArray[np.int32], ages: Ints, bucket: int, value: float, rule: Record) -> bool:
    """Adds an amount to its bucket and to the windows that hold it; false where the ring has already left it behind."""
    if bucket > gauge.bucket:
        _advance(gauge, amounts, ages, bucket)
    age, length = gauge.bucket - bucket, len(amounts)
    if age >= length:
        return False
    kept = int(amounts[bucket % length])
    total = min(kept + int(np.rint(value / rule.resolution)), AMOUNT_MOST)
    amounts[bucket % length] = total
    for window in range(len(ages)):
        if ages[window, 0] <= age < ages[window, 1]:
            gauge.sums[window] += total - kept
    return True


@_compiled
def _advance(gauge: Record, amounts: NDArray[np.int32], ages: Ints, bucket: int) -> None:
    """Makes `bucket` the newest one; what leaves a window leaves its sum."""
    length, newest = len(amounts), gauge.bucket
    if newest < 0 or bucket - newest >= length:
        amounts[:] = 0
        for window in range(len(ages)):
            gauge.sums[window] = 0
        newest = bucket
    while newest < bucket:
        newest += 1
        for window in range(len(ages)):
            if ages[window, 0] > 0:
                gauge.sums[window] += amounts[(newest - ages[window, 0]) % length]
            gauge.sums[window] -= amounts[(newest - ages[window, 1]) % length]
        amounts[newest % length] = 0
    gauge.bucket = bucket


@_compiled
def _fill_sums(measures: Floats, gauge: Record, rule: Record) -> None:
    for window in range(len(gauge.sums)):
        measures[SUMS_BEGIN + window] = gauge.sums[window] * rule.resolution
    last = len(measures) - 1
    measures[last] = measures[last - 2] + rule.prior_weight * measures[last - 1]


@_compiled
def _reached(rule: Record, measures: Floats, first: int) -> tuple[int, int]:
    """The highest grade whose limit is met, and the highest whose clear level is not left; 0 for none."""
    met = held = 0
    for column in range(first, len(measures)):
        sign = rule.sign[column]
        if sign == 0.0:
            continue
        level = measures[column] * sign
        for grade in range(held, 4):
            if level >= rule.clears[column, grade]:
                held = grade + 1
        for grade in range(met, 4):
            if level >= rule.limits[column, grade]:
                met = grade + 1
    return met, held


@_compiled
def _run_timers(record: Record, rule: Record, at: int, met: int, held: int) -> None:
    for grade in range(4):
        if not record.marks >> grade & 1:
            if grade < met:
                _wait(record, rule, at, grade)
            else:
                record.since[grade] = 0
        elif grade < held:
            record.since[grade] = 0
        else:
            _leave(record, rule, at, grade)


@_compiled
def _wait(record: Record, rule: Record, at: int, grade: int) -> None:
    """A grade whose limit is met fires once it has been met for long enough."""
    if record.since[grade] == 0:
        record.since[grade] = at
    if at - record.since[grade] >= rule.for_seconds[grade]:
        record.marks |= 1 << grade
        record.since[grade] = 0


@_compiled
def _leave(record: Record, rule: Record, at: int, grade: int) -> None:
    """A grade that fires is left once it has been clear for long enough."""
    if record.since[grade] == 0:
        record.since[grade] = at
    if at - record.since[grade] >= rule.keep_seconds[grade]:
        record.marks &= ~(1 << grade)
        record.since[grade] = 0
