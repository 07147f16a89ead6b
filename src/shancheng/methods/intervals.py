"""How sure a rate or a duration is: Wilson's interval, and quantiles where some have not ended yet (Kaplan-Meier)."""

import math
from typing import overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@overload
def wilson(k: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """One rate."""


@overload
def wilson(k: ArrayLike, n: ArrayLike, z: float = 1.96) -> tuple[Floats, Floats]:
    """Many rates."""


def wilson(k: ArrayLike, n: ArrayLike, z: float = 1.96) -> tuple[float, float] | tuple[Floats, Floats]:
    """Low and high end of the interval for a share of k among n; numbers, or arrays that broadcast.

    The score interval of E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22
    (1927), 209-212, without continuity correction; z = 1.96 covers 95 %. Where n is 0 nothing is known and both ends
    are NaN. Raises ValueError where k is below 0 or above n.
    """
    hits, tries = np.broadcast_arrays(np.asarray(k, np.float64), np.asarray(n, np.float64))
    if np.any((hits < 0) | (hits > tries)):
        raise ValueError("A share counts k among n; k is below 0 or above n.")
    known = np.where(tries > 0, tries, np.nan)
    share = hits / known
    middle = (hits + z * z / 2) / (known + z * z)
    half = z * np.sqrt(share * (1 - share) * known + z * z / 4) / (known + z * z)
    low = np.where(hits == 0, 0.0 * known, middle - half)
    high = np.where(hits == tries, 0.0 * known + 1, middle + half)
    return (float(low), float(high)) if low.ndim == 0 else (low, high)


def kaplan_meier(durations: ArrayLike, observed: ArrayLike) -> tuple[Floats, Floats]:
    """Times at which something ended, ascending, and the share that lasts longer than each: float[m], float[m].

    `durations` float[n] are how long each lasted, or has lasted so far where `observed` bool[n] is false. The
    product-limit estimate of E. L. Kaplan and P. Meier, "Nonparametric estimation from incomplete observations", JASA
    53 (1958), 457-481; what is cut off at the very time at which something ends counts as still there. Raises
    ValueError where the two differ in length or a duration is no number.
    """
    lasted, ended = np.asarray(durations, np.float64).ravel(), np.asarray(observed, bool).ravel()
    if lasted.shape != ended.shape:
        raise ValueError(f"There are {lasted.size} durations and {ended.size} marks of which ended; give one for each.")
    if np.isnan(lasted).any():
        raise ValueError(
            f"{int(np.isnan(lasted).sum())} durations are not numbers; leave them out or give their time so far."
        )
    times, ends = np.unique(lasted[ended], return_counts=True)
    still_there = lasted.size - np.searchsorted(np.sort(lasted), times, "left")
    lasting = np.cumprod(1 - ends / still_there, dtype=np.float64)
    return times, lasting


def kaplan_meier_quantile(durations: ArrayLike, observed: ArrayLike, q: float) -> float:
    """The least time within which a share q has ended: 0.5 the median, 0.9 the P90; NaN where the data never get there.

    Arguments as for `kaplan_meier`. It is the first time at which the share still lasting is at most 1 - q; with
    nothing cut off it is the ordinary quantile, the ceil(q n)-th shortest. Raises ValueError for q outside 0 to 1.
    """
    if not 0 < q < 1:
        raise ValueError(f"A quantile lies between 0 and 1, not at {q}.")
    times, lasting = kaplan_meier(durations, observed)
    reached = np.flatnonzero(lasting <= 1 - q + 1e-12)
    return float(times[reached[0]]) if reached.size else math.nan
