"""The rule machine in numpy alone: rounds in which every sensor has at most one reading; the same bits as compiled."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shancheng.methods.series.record import (
    AHEAD,
    AMOUNT_MOST,
    FIRING,
    GRADE_OF,
    JUMP,
    LATE,
    OUT_OF_RANGE,
    RANGE,
    REPEATED,
    SILENT,
    STUCK,
    TAKEN,
    TRANSITION,
    Gauges,
)
from shancheng.methods.series.rule import GRADES, HEARD_MOST, MEASURES, SUMS_BEGIN

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Records = NDArray[np.void]


@dataclass(frozen=True)
class Round:
    """Readings of different sensors: copies of their records and rules, the place of their gauge, what was measured."""

    records: Records
    rules: Records
    gauge: Ints
    at: Ints
    value: Floats

    def part(self, where: Flags) -> "Round":
        """Some of the readings."""
        return Round(self.records[where], self.rules[where], self.gauge[where], self.at[where], self.value[where])


Act = Callable[[Round, Ints, Floats], None]


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
    """As `compiled.take`."""
    verdict[:] = AHEAD
    told = [moved[:0]]
    for rows in _rounds(sensor, at <= latest):
        who = sensor[rows]
        records = state[who]
        before = records["marks"].copy()
        turn = Round(records, table[records["rule"]], gauges.of[who].astype(np.int64), at[rows], value[rows])
        verdict[rows], when = _take_round(turn, gauges)
        state[who] = records
        told.append(_tell(rows, who, when, before, records["marks"]))
    changes = np.concatenate(told)
    moved[: len(changes)] = changes[np.argsort(changes["row"])]
    return len(changes)


def _rounds(sensor: Ints, wanted: Flags) -> list[Ints]:
    """Rows of the batch, each round with the next reading of every sensor that has one left."""
    rows = np.flatnonzero(wanted)
    order = rows[np.argsort(sensor[rows], kind="stable")]
    starts = np.flatnonzero(np.r_[True, np.diff(sensor[order]) != 0][: len(order)])
    turn = np.arange(len(order)) - np.repeat(starts, np.diff(np.r_[starts, len(order)]))
    return [np.sort(order[turn == number]) for number in range(int(turn.max(initial=-1)) + 1)]


def _tell(rows: Ints, who: Ints, at: Ints, before: NDArray[np.uint8], marks: NDArray[np.uint8]) -> Records:
    told = np.zeros(len(rows), TRANSITION)
    told["row"], told["sensor"], told["at"] = rows, who, at
    told["grade_before"], told["grade"] = GRADE_OF[before & FIRING], GRADE_OF[marks & FIRING]
    told["faults_before"], told["faults"] = before & ~np.uint8(FIRING), marks & ~np.uint8(FIRING)
    changed = (told["grade_before"] != told["grade"]) | (told["faults_before"] != told["faults"])
    found: Records = told[changed]
    return found


def _take_round(turn: Round, gauges: Gauges) -> tuple[NDArray[np.uint8], Ints]:
    """A verdict for each reading, and the moment its changes count from."""
    records, rules, heard_at = turn.records, turn.rules, turn.records["heard_at"].astype(np.int64)
    believed = (rules["lowest"] <= turn.value) & (turn.value <= rules["highest"])
    late, repeated = turn.at < heard_at, turn.at == heard_at
    verdict = np.select([repeated, late, ~believed], [REPEATED, LATE, OUT_OF_RANGE], TAKEN).astype(np.uint8)
    measures = np.zeros((len(turn.at), len(MEASURES)))
    reaches = (rules["accumulates"] > 0) & believed & ~repeated
    if reaches.any():
        part = turn.part(reaches)
        reached = _collect(gauges, part)
        measures[reaches, SUMS_BEGIN:] = _sums(gauges, part)
        reaches[reaches] = reached
    at = np.where(late, np.maximum(turn.at, records["value_at"]), turn.at)
    _apply(turn, verdict == TAKEN, at, measures, _take_next)
    _apply(turn, late & reaches, at, measures, _raise_late)
    unbelieved = verdict == OUT_OF_RANGE
    records["heard_at"][unbelieved] = turn.at[unbelieved]
    records["marks"][unbelieved] = records["marks"][unbelieved] & ~np.uint8(SILENT) | np.uint8(RANGE)
    return verdict, at


def _apply(turn: Round, where: Flags, at: Ints, measures: Floats, act: Act) -> None:
    if where.any():
        part = turn.part(where)
        act(part, at[where], measures[where])
        turn.records[where] = part.records


def _take_next(turn: Round, at: Ints, measures: Floats) -> None:
    records = turn.records
    records["heard_at"] = at
    records["marks"] &= FIRING
    measures[:, 2] = _follow(turn)
    measures[:, 0], measures[:, 1] = turn.value, records["trend"]
    records["last_value"], records["value_at"] = turn.value, at
    met, held = _reached(turn.rules, measures, 0)
    for grade in range(GRADES):
        fires = records["marks"] >> grade & 1 == 1
        waits, leaves = ~fires & (grade < met), fires & (grade >= held)
        records["since"][:, grade] = np.where(waits | leaves, records["since"][:, grade], 0)
        _wait(turn, at, grade, waits)
        _leave(turn, at, grade, leaves)


def _follow(turn: Round) -> Floats:
    records, rules = turn.records, turn.rules
    new = records["heard"] == 0
    step = np.where(new, 0.0, turn.value - records["last_value"])
    elapsed = np.where(new, 1, turn.at - records["value_at"].astype(np.int64)).astype(np.float64)
    records["same_since"] = np.where(new | (step != 0), turn.at, records["same_since"])
    same = turn.at - records["same_since"].astype(np.int64)
    stuck = ~new & (rules["stuck_seconds"] > 0) & (same >= rules["stuck_seconds"])
    jumped = np.abs(step) > rules["jump"]
    records["marks"] |= (np.where(stuck, STUCK, 0) | np.where(jumped, JUMP, 0)).astype(np.uint8)
    slope = step / elapsed * 3600.0
    records["trend"] += elapsed / (elapsed + rules["rate_seconds"]) * (slope - records["trend"])
    return _spread(turn, new)


def _spread(turn: Round, new: Flags) -> Floats:
    records, rules = turn.records, turn.rules
    heard, variance = records["heard"].astype(np.int64), records["variance"]
    apart = np.where(new, 0.0, turn.value - records["mean"])
    counts = ~new & (heard >= rules["warm_up"]) & (rules["spread_least"] > 0)
    spread = np.maximum(np.sqrt(variance), rules["spread_least"])
    deviation = np.zeros(len(apart))
    np.divide(np.abs(apart), spread, out=deviation, where=counts)
    weight = np.where(heard < HEARD_MOST, np.maximum(rules["memory"], 1.0 / (heard + 1.0)), rules["memory"])
    moved = weight * apart
    records["mean"] = np.where(new, turn.value, records["mean"] + moved)
    records["variance"] = np.where(new, variance, (1.0 - weight) * (variance + apart * moved))
    records["heard"] = np.minimum(heard + 1, HEARD_MOST)
    return deviation


def _raise_late(turn: Round, at: Ints, measures: Floats) -> None:
    met, _ = _reached(turn.rules, measures, SUMS_BEGIN)
    for grade in range(GRADES):
        _wait(turn, at, grade, (turn.records["marks"] >> grade & 1 == 0) & (grade < met))


def _collect(gauges: Gauges, turn: Round) -> Flags:
    bucket, length, kept = turn.at // gauges.seconds, gauges.amounts.shape[1], gauges.records["bucket"]
    ahead = bucket > kept[turn.gauge]
    _advance(gauges, turn.gauge[ahead], bucket[ahead])
    reached: Flags = kept[turn.gauge] - bucket < length
    gauge, slot = turn.gauge[reached], bucket[reached] % length
    amount = np.rint(turn.value / np.where(turn.rules["accumulates"] > 0, turn.rules["resolution"], 1)).astype(np.int64)
    gauges.amounts[gauge, slot] = np.minimum(gauges.amounts[gauge, slot] + amount[reached], AMOUNT_MOST)
    for window, (begin, end) in enumerate(gauges.ages):
        slots = (kept[turn.gauge][:, None] - np.arange(begin, end)) % length
        sums = gauges.amounts[turn.gauge[:, None], slots].sum(axis=1, dtype=np.int64)
        gauges.records["sums"][turn.gauge, window] = sums
    return reached


def _advance(gauges: Gauges, gauge: Ints, bucket: Ints) -> None:
    length, newest = gauges.amounts.shape[1], gauges.records["bucket"][gauge]
    afresh = (newest < 0) | (bucket - newest >= length)
    gauges.amounts[gauge[afresh]] = 0
    newest = np.where(afresh, bucket, newest)
    for ahead in range(1, int((bucket - newest).max(initial=0)) + 1):
        still = newest + ahead <= bucket
        gauges.amounts[gauge[still], (newest[still] + ahead) % length] = 0
    gauges.records["bucket"][gauge] = bucket


def _sums(gauges: Gauges, turn: Round) -> Floats:
    sums = gauges.records["sums"][turn.gauge] * turn.rules["resolution"][:, None]
    return np.column_stack([sums, sums[:, -2] + turn.rules["prior_weight"] * sums[:, -1]])


def _reached(rules: Records, measures: Floats, first: int) -> tuple[Ints, Ints]:
    level = (measures * rules["sign"])[:, first:, None]
    counted = (rules["sign"] != 0)[:, first:, None]
    steps = np.arange(1, GRADES + 1)
    met = np.where(counted & (level >= rules["limits"][:, first:]), steps, 0).max(axis=(1, 2))
    held = np.where(counted & (level >= rules["clears"][:, first:]), steps, 0).max(axis=(1, 2))
    return met, held


def _wait(turn: Round, at: Ints, grade: int, waits: Flags) -> None:
    fires = _run_timer(turn.records, at, grade, waits, turn.rules["for_seconds"][:, grade])
    turn.records["marks"] |= np.where(fires, 1 << grade, 0).astype(np.uint8)


def _leave(turn: Round, at: Ints, grade: int, leaves: Flags) -> None:
    ends = _run_timer(turn.records, at, grade, leaves, turn.rules["keep_seconds"][:, grade])
    turn.records["marks"] &= ~np.where(ends, 1 << grade, 0).astype(np.uint8)


def _run_timer(records: Records, at: Ints, grade: int, runs: Flags, seconds: Ints) -> Flags:
    """Starts or goes on with the timer of a grade; which have run out, and are set back."""
    since = records["since"][:, grade].astype(np.int64)
    since = np.where(runs & (since == 0), at, since)
    over: Flags = runs & (at - since >= seconds)
    records["since"][:, grade] = np.where(over, 0, since)
    return over
