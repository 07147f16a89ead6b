"""Many ranges of numbers laid end to end."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def stretches(labels: Ints, start: Ints, stop: Ints) -> tuple[Ints, Ints]:
    """Each of `labels[k]` beside every number from `start[k]` up to, not including, `stop[k]`."""
    length = np.maximum(stop - start, 0)
    before = np.cumsum(length) - length
    number = np.arange(int(length.sum()), dtype=np.int64) - np.repeat(before - start, length)
    return np.repeat(labels, length), number
