"""What is kept of every sensor, what a reading can come to, and what is told when a sensor's marks change."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shancheng.methods.series.rule import WINDOWS

STATE: Final = np.dtype(
    [
        ("last_value", "<f8"),
        ("mean", "<f8"),
        ("variance", "<f8"),
        ("trend", "<f8"),
        ("heard_at", "<u4"),
        ("value_at", "<u4"),
        ("same_since", "<u4"),
        ("since", "<u4", (4,)),
        ("rule", "<u2"),
        ("marks", "u1"),
        ("heard", "u1"),
    ]
)
"""One sensor, 64 bytes, a line of cache. `heard_at` is its last reading, `value_at` its last believed one; `since` is
for each grade when its limit was first met, or when a firing grade was first clear, 0 for neither."""
FIRING: Final = 0b0000_1111
RANGE, STUCK, SILENT, JUMP = 16, 32, 64, 128
"""Marks of a sensor: the grades that fire in the low four bits, device faults in the high four."""
GRADE_OF: Final = np.array([marks.bit_length() for marks in range(16)], np.uint8)
"""Highest grade that fires, by the low four bits."""

TAKEN, REPEATED, LATE, OUT_OF_RANGE, AHEAD = range(5)
"""What became of a reading: taken; already there; older than the state (it reached only the sums); not believed; dated
after the latest moment that was allowed."""

AMOUNT_MOST: Final = 2**31 - 1
"""Resolutions that one bucket holds at most."""

TRANSITION: Final = np.dtype(
    [
        ("row", "<i8"),
        ("sensor", "<i8"),
        ("at", "<i8"),
        ("grade_before", "u1"),
        ("grade", "u1"),
        ("faults_before", "u1"),
        ("faults", "u1"),
    ]
)
"""A change of a sensor's grade or faults: the row of the batch that caused it (-1: a sweep), and its measured time."""


GAUGE: Final = np.dtype([("bucket", "<i8"), ("sums", "<i8", (len(WINDOWS),))])
"""What is kept of a sensor that sums amounts: the number of its newest bucket (measured time // bucket_seconds, -1
before the first reading), and the whole resolutions in each window."""


@dataclass(frozen=True)
class Gauges:
    """Ring buckets of the sensors that sum amounts: N sensors, G gauges, B buckets, W windows."""

    of: NDArray[np.int32]
    """[N] row of each sensor's gauge; -1 where it has none."""
    records: NDArray[np.void]
    """GAUGE[G]"""
    amounts: NDArray[np.int32]
    """[G, B] whole resolutions in each bucket, at bucket number % B."""
    ages: NDArray[np.int64]
    """[W, 2] a window holds the buckets at least ages[w, 0] and less than ages[w, 1] older than the newest."""
    seconds: int
    """How long a bucket is."""


def new_state(sensors: int) -> NDArray[np.void]:
    """Records of sensors that were never heard, STATE[N], each in a line of cache of its own."""
    raw = np.zeros((sensors + 1) * STATE.itemsize, np.uint8)
    first = -raw.ctypes.data % STATE.itemsize
    return raw[first : first + sensors * STATE.itemsize].view(STATE)


def gauges_for(accumulates: NDArray[np.bool_], bucket_seconds: int) -> Gauges:
    """Empty gauges for the sensors that sum: bool[N]."""
    count = int(accumulates.sum())
    records = np.zeros(count, GAUGE)
    records["bucket"] = -1
    ages = np.array(WINDOWS, np.int64) // bucket_seconds
    return Gauges(
        of=np.where(accumulates, np.cumsum(accumulates) - 1, -1).astype(np.int32),
        records=records,
        amounts=np.zeros((count, int(ages.max())), np.int32),
        ages=ages,
        seconds=bucket_seconds,
    )
