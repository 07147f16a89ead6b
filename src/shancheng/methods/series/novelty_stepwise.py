"""The novelty detector in numpy alone, a reading at a time; the same bits as compiled."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LEARNT: Final = 40
"""Distances that are needed before one of them can be surprising."""
TAIL_LEAST: Final = 8
SHAPE_MOST: Final = 0.3
SURPRISE_MOST: Final = 30.0


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
    """Fills `surprise` and `fresh`; moves the rings `values`, `distances`, `recent` and their sorted copies on."""
    memory = len(values)
    for row, value in enumerate(given.tolist()):
        at = seen + row
        known, learnt = min(at, memory), min(max(at - neighbours, 0), memory)
        if known >= neighbours:
            distance = _distance(sorted_values[:known], value, neighbours)
            surprise[row] = _surprise(sorted_distances[:learnt], distance, tail)
            _replace(sorted_distances, learnt, distances[at % memory], distance)
            distances[at % memory] = distance
        _replace(sorted_values, known, values[at % memory], value)
        values[at % memory] = value
        fresh[row] = surprise[row] if surprise[row] > recent.max() else 0.0
        recent[at % len(recent)] = fresh[row]


def _distance(known: Floats, value: float, neighbours: int) -> float:
    above = int(np.searchsorted(known, value))
    below, total = above - 1, 0.0
    for _ in range(neighbours):
        if below >= 0 and (above >= len(known) or value - known[below] <= known[above] - value):
            total += value - float(known[below])
            below -= 1
        else:
            total += float(known[above]) - value
            above += 1
    return total / neighbours


def _surprise(learnt: Floats, distance: float, tail: float) -> float:
    count = len(learnt)
    if count < LEARNT:
        return 0.0
    most = max(TAIL_LEAST, int(tail * count))
    begin = float(learnt[count - most - 1])
    edge = -math.log((most + 1.0) / (count + 1.0))
    if distance > begin:
        return min(edge + _beyond(learnt[count - most :] - begin, distance - begin), SURPRISE_MOST)
    low, high = np.searchsorted(learnt, distance, "left"), np.searchsorted(learnt, distance, "right")
    return min(edge, -math.log(1.0 - float(low + high) * 0.5 / (count + 1.0)))


def _beyond(excess: Floats, further: float) -> float:
    """How much more surprising than the tail's begin: minus log of the tail's own share beyond."""
    mean = float(np.cumsum(excess)[-1]) / len(excess)
    if mean <= 0:
        return SURPRISE_MOST
    variance = float(np.cumsum(excess * excess)[-1]) / len(excess) - mean * mean
    shape = min(max(0.5 * (1.0 - mean * mean / variance), 0.0), SHAPE_MOST) if variance > 0 else 0.0
    steps = further / (mean * (1.0 - shape))
    return math.log(1.0 + shape * steps) / shape if shape > 1e-6 else steps


def _replace(kept: Floats, count: int, old: float, new: float) -> None:
    """Puts `new` into the sorted first `count` of `kept`; where they fill it, `old` leaves for it."""
    if count == len(kept):
        gone = int(np.searchsorted(kept, old))
        kept[gone:-1] = kept[gone + 1 :].copy()
        count -= 1
    place = int(np.searchsorted(kept[:count], new))
    kept[place + 1 : count + 1] = kept[place:count].copy()
    kept[place] = new
