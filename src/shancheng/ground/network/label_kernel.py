"""The compiled reading of labels: the k nearest distinct facilities of each home, from the ends of its edges."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from shancheng.methods.graph.arcs import FAR

Ints = NDArray[np.int64]
Shorts = NDArray[np.int32]


@njit(cache=True)
def _take(time: int, facility: int, times: Shorts, facilities: Shorts) -> None:
    """Put a facility among the nearest, in order of time and then of number, once."""
    at = len(times) - 1
    for place in range(len(times)):
        if facilities[place] == facility:
            at = place
            break
    if time > times[at] or (time == times[at] and facility >= facilities[at]):
        return
    while at > 0 and (time < times[at - 1] or (time == times[at - 1] and facility < facilities[at - 1])):
        times[at], facilities[at] = times[at - 1], facilities[at - 1]
        at -= 1
    times[at], facilities[at] = time, facility


@njit(cache=True)
def read_ends(
    node_times: Shorts, node_facilities: Shorts, home: Ints, node: Ints, offset: Shorts, limit: int, times: Shorts,
    facilities: Shorts,
) -> None:  # fmt: skip
    """Add to the nearest of homes, (h, k) each, what they read at nodes, (n, k) each; an offset below 0 is no way."""
    for end in range(len(home)):
        if offset[end] < 0:
            continue
        for rank in range(node_times.shape[1]):
            time = node_times[node[end], rank]
            if time == FAR or time + offset[end] > limit:
                break
            _take(time + offset[end], node_facilities[node[end], rank], times[home[end]], facilities[home[end]])


@njit(cache=True)
def read_direct(home: Ints, facility: Shorts, time: Ints, times: Shorts, facilities: Shorts) -> None:
    """Add to the nearest of homes what they reach along their own edge."""
    for entry in range(len(home)):
        _take(time[entry], facility[entry], times[home[entry]], facilities[home[entry]])
