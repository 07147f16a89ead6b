"""The order of nodes along a Morton curve, in which neighbours in space are neighbours in memory."""

import numpy as np
import numpy.typing as npt

from shancheng.methods.graph.arcs import Whole
from shancheng.methods.graph.errors import TileError

BITS = 31


def morton(x: npt.ArrayLike, y: npt.ArrayLike) -> Whole:
    """The nodes int[n] in Morton order: `x[order]` goes along the curve; nodes at the same place keep their order.

    x and y float[n] on one scale (metres, or degrees where the shape does not matter). Raises TileError where they are
    of different lengths or not finite.
    """
    across, up = finite(x, y)
    if not len(across):
        return np.zeros(0, np.int64)
    extent = max(float(np.ptp(across)), float(np.ptp(up))) or 1.0
    cells = [((part - part.min()) / extent * (2**BITS - 1)).astype(np.int64) for part in (across, up)]
    return np.argsort(interleaved(*cells), kind="stable")


def interleaved(column: Whole, row: Whole) -> Whole:
    """One number int64 for each pair of numbers from 0 to 2**31 - 1, their bits taken in turn."""
    spread_out: Whole = _spread(column) | (_spread(row) << 1)
    return spread_out


def _spread(value: Whole) -> Whole:
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF),
        (8, 0x00FF00FF00FF00FF),
        (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333),
        (1, 0x5555555555555555),
    ):
        value = (value | (value << shift)) & mask
    return value


def finite(x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """x and y as float64[n]; raises TileError where they are of different lengths or not finite."""
    across, up = np.asarray(x, np.float64).ravel(), np.asarray(y, np.float64).ravel()
    if len(across) != len(up):
        raise TileError(f"There are {len(across)} x and {len(up)} y; give one of each for every node.")
    wrong = ~(np.isfinite(across) & np.isfinite(up))
    if wrong.any():
        raise TileError(
            f"Node {int(np.argmax(wrong))} has no place on earth ({int(wrong.sum())} such nodes); locate it first."
        )
    return across, up
