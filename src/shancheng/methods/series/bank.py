"""A bank of sensors under rules: it takes batches of readings, tells what changed, and is kept bit for bit."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final, Literal, Self, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shancheng.methods.given import numbers
from shancheng.methods.series import stepwise
from shancheng.methods.series.errors import BadReadings, BadRule, BadSnapshot
from shancheng.methods.series.record import (
    FIRING,
    GRADE_OF,
    SILENT,
    TRANSITION,
    Gauges,
    gauges_for,
    new_state,
)
from shancheng.methods.series.rule import HOUR, Rule, compile_rules

TIME_MOST: Final = 2**32 - 1
"""Times are seconds since 1970, from 1 to here (the year 2106): the record keeps them in 32 bits."""
BUCKET_SECONDS: Final = 600
MAGIC: Final = b"SHANCHENG-BANK-1"
Engine = Literal["compiled", "numpy"]
Step = Callable[..., int]


@dataclass(frozen=True)
class Taken:
    """What became of a batch: a verdict for each reading, and the changes in the order of the readings."""

    verdict: NDArray[np.uint8]
    """uint8[n]: record.TAKEN, REPEATED, LATE, OUT_OF_RANGE or AHEAD."""
    transitions: NDArray[np.void]
    """record.TRANSITION[m]"""


class Bank:
    """The state of N sensors; `rule_of` int[N] names the rule of each by its place in `rules`.

    Sums run in whole buckets of `bucket_seconds` (a divisor of an hour): a window of 3 h is the running bucket and
    those before it that make up 3 h; a sensor that sums takes 10 kB at 600 s, 1.7 kB at an hour, any other 64 bytes.
    The compiled engine needs numba; the other gives the same bits without it.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        rule_of: ArrayLike,
        *,
        bucket_seconds: int = BUCKET_SECONDS,
        engine: Engine = "compiled",
    ) -> None:
        self._table = compile_rules(rules)
        assigned = _whole_numbers(rule_of, "rules of sensors")
        if assigned.size and not 0 <= assigned.min() <= assigned.max() < len(rules):
            raise BadRule(f"There are {len(rules)} rules, numbered from 0; a sensor is given one that is not there.")
        if bucket_seconds <= 0 or HOUR % bucket_seconds:
            raise BadRule(f"A bucket must divide an hour; {bucket_seconds} seconds do not.")
        self._state = new_state(len(assigned))
        self._state["rule"] = assigned
        self._gauges: Gauges = gauges_for(self._table["accumulates"][assigned] > 0, bucket_seconds)
        self._step: Step = _engine(engine)

    def take(self, sensor: ArrayLike, at: ArrayLike, value: ArrayLike, *, latest: int = TIME_MOST) -> Taken:
        """Takes readings in the order they came in: sensor int[n] (0..N-1), at int[n] (measured), value float[n].

        A reading not after the sensor's last one never moves its state; late amounts still reach the sums. Readings
        dated after `latest` are left out. A value that is no number counts as out of range. Raises BadReadings where
        lengths differ, a sensor is not in the bank, or a time is not from 1 to TIME_MOST; nothing is taken then.
        """
        who, when = _whole_numbers(sensor, "sensors"), _whole_numbers(at, "times")
        values = np.ascontiguousarray(numbers(value, "values", BadReadings))
        self._check(who, when, values)
        verdict, moved = np.empty(len(who), np.uint8), np.empty(len(who), TRANSITION)
        count = self._step(self._state, self._gauges, self._table, who, when, values, latest, verdict, moved)
        return Taken(verdict, moved[:count].copy())

    def sweep(self, now: int, *, begins: int) -> NDArray[np.void]:
        """Marks sensors silent for longer than their rule allows at `now`, and tells which: TRANSITION[m], row -1.

        One that was never heard is counted from `begins`. Grades are held: what is missing clears nothing.
        """
        limit = self._table["silent_seconds"][self._state["rule"]]
        last = np.maximum(self._state["heard_at"].astype(np.int64), begins)
        marks = self._state["marks"]
        who = np.flatnonzero((limit > 0) & (now - last > limit) & (marks & SILENT == 0))
        told = np.zeros(len(who), TRANSITION)
        told["row"], told["sensor"], told["at"] = -1, who, now
        told["grade_before"] = told["grade"] = GRADE_OF[marks[who] & FIRING]
        told["faults_before"] = marks[who] & ~np.uint8(FIRING)
        told["faults"] = told["faults_before"] | SILENT
        self._state["marks"][who] |= np.uint8(SILENT)
        return told

    @property
    def grades(self) -> NDArray[np.uint8]:
        """Grade of each sensor now, 0 to 4: uint8[N]."""
        found: NDArray[np.uint8] = GRADE_OF[self._state["marks"] & FIRING]
        return found

    @property
    def faults(self) -> NDArray[np.uint8]:
        """Device faults of each sensor now, record.RANGE | STUCK | SILENT | JUMP: uint8[N]."""
        found: NDArray[np.uint8] = self._state["marks"] & ~np.uint8(FIRING)
        return found

    @property
    def records(self) -> NDArray[np.void]:
        """A copy of the records: record.STATE[N]."""
        return self._state.copy()

    def sums(self, sensor: int) -> NDArray[np.float64]:
        """What a sensor collected in each of rule.WINDOWS up to its last reading, in its unit: float[W].

        Raises BadReadings where there is no such sensor, or it sums nothing.
        """
        if not 0 <= sensor < len(self._state):
            raise BadReadings(f"The bank holds sensors 0 to {len(self._state) - 1}; there is no sensor {sensor}.")
        gauge = int(self._gauges.of[sensor])
        if gauge < 0:
            raise BadReadings(f"Sensor {sensor} sums nothing; no ladder of its rule asks for sums.")
        found: NDArray[np.float64] = (
            self._gauges.records["sums"][gauge] * self._table["resolution"][self._state["rule"][sensor]]
        )
        return found

    def snapshot(self) -> bytes:
        """The whole state as bytes, with a checksum; timers run on from it as if nothing had happened."""
        return b"".join(self._kept())

    def keep(self, file: BinaryIO) -> None:
        """Writes the snapshot to a file that is open for bytes, without a second copy of it in memory."""
        for part in self._kept():
            file.write(part)

    def _kept(self) -> list[bytes | memoryview]:
        parts = [np.ascontiguousarray(part).view(np.uint8).reshape(-1).data for part in self._parts()]
        sizes = np.array([self._gauges.seconds, *(part.nbytes for part in parts)], "<i8").tobytes()
        check = zlib.crc32(sizes)
        for part in parts:
            check = zlib.crc32(part, check)
        return [MAGIC, check.to_bytes(8, "little"), sizes, *parts]

    @classmethod
    def restore(cls, rules: Sequence[Rule], rule_of: ArrayLike, kept: bytes, *, engine: Engine = "compiled") -> Self:
        """The bank as it was when `kept` was taken. Limits and times of the rules may have changed in between.

        Raises BadSnapshot where the bytes are damaged, or of another number of sensors or gauges.
        """
        head = len(MAGIC) + 8
        sizes = np.frombuffer(kept[head : head + 40], "<i8") if len(kept) >= head + 40 else np.zeros(5, np.int64)
        if kept[: len(MAGIC)] != MAGIC or len(kept) != head + 40 + int(sizes[1:].sum()):
            raise BadSnapshot("This is not a kept bank, or it was cut short; use an earlier one.")
        if zlib.crc32(memoryview(kept)[head:]) != int.from_bytes(kept[len(MAGIC) : head], "little"):
            raise BadSnapshot("The kept bank is damaged: its checksum is another; use an earlier one.")
        bank = cls(rules, rule_of, bucket_seconds=int(sizes[0]), engine=engine)
        assigned = bank._state["rule"].copy()
        place = head + 40
        for part, size in zip(bank._parts(), sizes[1:].tolist(), strict=True):
            if part.nbytes != size:
                raise BadSnapshot(
                    "The kept bank is of other sensors: it holds another number of them, or of those that sum amounts; "
                    "give the rules of the sensors it was kept for."
                )
            part.reshape(-1).view(np.uint8)[:] = np.frombuffer(kept, np.uint8, size, place)
            place += size
        bank._state["rule"] = assigned
        return bank

    def _parts(self) -> tuple[NDArray[np.void], ...]:
        gauges = self._gauges
        return self._state, gauges.of, gauges.records, gauges.amounts  # type: ignore[return-value]

    def _check(self, who: NDArray[np.int64], when: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        if not who.shape == when.shape == values.shape:
            raise BadReadings(
                f"There are {who.size} sensors, {when.size} times and {values.size} values; give one each."
            )
        if not who.size:
            return
        if who.min() < 0 or who.max() >= len(self._state):
            raise BadReadings(f"The bank holds sensors 0 to {len(self._state) - 1}; a reading names one outside.")
        if when.min() < 1 or when.max() > TIME_MOST:
            raise BadReadings(f"Times are seconds since 1970 from 1 to {TIME_MOST}; a reading lies outside.")


def _whole_numbers(given: ArrayLike, what: str) -> NDArray[np.int64]:
    found = np.asarray(given)
    if found.ndim != 1 or (found.size and found.dtype.kind not in "iu"):
        raise BadReadings(f"The {what} must be one row of whole numbers.")
    return np.ascontiguousarray(found, np.int64)


def _engine(name: Engine) -> Step:
    if name not in get_args(Engine):
        raise BadRule(f"There is no engine '{name}'; choose 'compiled', or 'numpy' where numba is missing.")
    if name == "numpy":
        return stepwise.take
    from shancheng.methods.series import compiled

    return compiled.take
