"""The novelty detector compiled."""

import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

from shancheng.methods.series.novelty_stepwise import LEARNT, SHAPE_MOST, SURPRISE_MOST, TAIL_LEAST

F = TypeVar("F", bound=Callable[..., Any])
Floats = NDArray[np.float64]


def _compiled(function: F) -> F:
    return cast(F, numba.njit(cache=True, error_model="numpy")(function))


@_compiled
def take(
    given: Floats,
    values: Floats,
    sorted_values: Floats,
    distances: Floats,
    sorted_distances: Floats,
    recent: Floats,
    seen: int,
    neighbours: int,
    tail: float,
    surprise: Floats,
    fresh: Floats,
) -> None:
    """As `novelty_stepwise.take`."""
    memory = len(values)
    for row in range(len(given)):
        at, value = seen + row, given[row]
        known, learnt = min(at, memory), min(max(at - neighbours, 0), memory)
        if known >= neighbours:
            distance = _distance(sorted_values, known, value, neighbours)
            surprise[row] = _surprise(sorted_distances, learnt, distance, tail)
            _replace(sorted_distances, learnt, distances[at % memory], distance)
            distances[at % memory] = distance
        _replace(sorted_values, known, values[at % memory], value)
        values[at % memory] = value
        fresh[row] = surprise[row] if surprise[row] > recent.max() else 0.0
        recent[at % len(recent)] = fresh[row]


@_compiled
def _distance(known: Floats, count: int, value: float, neighbours: int) -> float:
    above = _place(known, count, value)
    below, total = above - 1, 0.0
    for _ in range(neighbours):
        if below >= 0 and (above >= count or value - known[below] <= known[above] - value):
            total += value - known[below]
            below -= 1
        else:
            total += known[above] - value
            above += 1
    return total / neighbours


@_compiled
def _place(kept: Floats, count: int, value: float) -> int:
    """The first place whose value is not below."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if kept[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


@_compiled
def _surprise(learnt: Floats, count: int, distance: float, tail: float) -> float:
    if count < LEARNT:
        return 0.0
    most = max(TAIL_LEAST, int(tail * count))
    begin = learnt[count - most - 1]
    edge = -math.log((most + 1.0) / (count + 1.0))
    if distance > begin:
        return min(edge + _beyond(learnt, count - most, count, begin, distance - begin), SURPRISE_MOST)
    low = _place(learnt, count, distance)
    high = low
    while high < count and learnt[high] == distance:
        high += 1
    return min(edge, -math.log(1.0 - (low + high) * 0.5 / (count + 1.0)))


@_compiled
def _beyond(learnt: Floats, first: int, last: int, begin: float, further: float) -> float:
    total = squares = 0.0
    for place in range(first, last):
        excess = learnt[place] - begin
        total += excess
        squares += excess * excess
    mean = total / (last - first)
    if mean <= 0.0:
        return SURPRISE_MOST
    variance = squares / (last - first) - mean * mean
    shape = min(max(0.5 * (1.0 - mean * mean / variance), 0.0), SHAPE_MOST) if variance > 0.0 else 0.0
    steps = further / (mean * (1.0 - shape))
    return math.log(1.0 + shape * steps) / shape if shape > 1e-6 else steps


@_compiled
def _replace(kept: Floats, count: int, old: float, new: float) -> None:
    if count == len(kept):
        for place in range(_place(kept, count, old), count - 1):
            kept[place] = kept[place + 1]
        count -= 1
    at = _place(kept, count, new)
    for place in range(count, at, -1):
        kept[place] = kept[place - 1]
    kept[at] = new
