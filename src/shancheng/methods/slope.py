"""How slope slows a walker: pace tables by grade, and the exact time integral along lines of known heights."""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class SlopeError(ValueError):
    """A profile or a table name that no time can be worked out from; the sentence says what to mend."""


@dataclass(frozen=True)
class Slope:
    """A pace table: how many level metres a metre of map distance is worth, by signed grade (rise over run)."""

    key: str
    source: str
    pace: Callable[[Floats], Floats]
    """grade[m] -> pace[m], 1.0 on the level, above 0 everywhere."""


@dataclass(frozen=True)
class LevelLength:
    """Lines as long as the level walk that takes the same time, there and back."""

    forward_m: Floats
    """(lines,) level metres from the first point to the last."""
    backward_m: Floats


def _flat(grade: Floats) -> Floats:
    return np.ones_like(grade)


def _tobler(grade: Floats) -> Floats:
    """6 exp(-3.5 |s + 0.05|) km/h, taken against its own level speed."""
    return np.asarray(np.exp(3.5 * (np.abs(grade + 0.05) - 0.05)))


def _din(grade: Floats) -> Floats:
    """4 km/h level, 300 m/h up, 500 m/h down; the longer of the two times and half the shorter."""
    vertical = np.where(grade >= 0, grade * 4000 / 300, -grade * 4000 / 500)
    return np.asarray(np.maximum(1.0, vertical) + np.minimum(1.0, vertical) / 2)


VALHALLA_GRADE = np.array(
    [-0.10, -0.08, -0.065, -0.05, -0.03, -0.015, 0.0, 0.015, 0.03, 0.05, 0.065, 0.08, 0.10, 0.115, 0.13, 0.15]
)
VALHALLA_PACE = np.array([1.33, 1.22, 1.08, 0.97, 0.88, 0.92, 1, 1.10, 1.20, 1.33, 1.43, 1.57, 1.83, 2.03, 2.23, 2.50])


def _valhalla(grade: Floats) -> Floats:
    """The table of valhalla, straight between its grades and held beyond -10 % and +15 %."""
    return np.asarray(np.interp(grade, VALHALLA_GRADE, VALHALLA_PACE))


STAIRS_GRADE, STAIRS_PACE = 0.5, 2.59
"""A flight of stairs as a slope: 0.6 m/s along it against 5 km/h on the level."""
CITY_GRADE = np.array([-3.0, -STAIRS_GRADE, *VALHALLA_GRADE[:6], 0.0, 0.075, 0.15, STAIRS_GRADE, 3.0])
CITY_PACE = np.array([6 * STAIRS_PACE, STAIRS_PACE, *VALHALLA_PACE[:6], 1, 1.5, 2.5, STAIRS_PACE, 6 * STAIRS_PACE])


def _city(grade: Floats) -> Floats:
    """DIN 33466 up to 15 %, down as brisk as townspeople are to -10 %; from there straight to the pace of stairs.

    No slope takes longer than stairs as steep: hikers' figures, drawn on without a bound, would make every fault of a
    relief in a steep town cost more than the climb itself. Beyond 50 % the walker rises no faster than on stairs.
    """
    return np.asarray(np.interp(grade, CITY_GRADE, CITY_PACE))


def _campbell(grade: Floats) -> Floats:
    """Lorentz curve of speed over degrees of slope, terms of the 5th percentile (walking, 1.1 m/s on the level)."""
    degrees = np.degrees(np.arctan(grade))
    return np.asarray(_campbell_speed(np.zeros(1)) / _campbell_speed(degrees))


def _campbell_speed(degrees: Floats) -> Floats:
    centre, width, height, base, tilt = -1.527, 14.041, 36.813, 0.32, -0.00273
    bell = height / (np.pi * width * (1 + ((degrees - centre) / width) ** 2))
    return np.asarray(np.maximum(0.05, bell + base + tilt * degrees))


SLOPES: Mapping[str, Slope] = {
    slope.key: slope
    for slope in (
        Slope("city", "DIN 33466 to 15 % up, valhalla 3.9 to 10 % down, then straight to stairs of 0.6 m/s", _city),
        Slope("valhalla", "valhalla 3.9, pedestrian costing, speed factor by grade, held outside -10..15 %", _valhalla),
        Slope("din-33466", "DIN 33466: 4 km/h, 300 m/h up, 500 m/h down, the longer and half the shorter", _din),
        Slope("tobler", "Tobler 1993, Three presentations on geographical analysis and modeling", _tobler),
        Slope(
            "campbell-2019",
            "Campbell et al. 2019, Using crowdsourced fitness tracker data ..., Applied Geography 106, 5th percentile",
            _campbell,
        ),
        Slope("flat", "no effect of slope", _flat),
    )
}
"""Pace tables by key; `city` is what walkers use where nothing else is said."""


def slope_named(key: str) -> Slope:
    """The pace table with this key. Raises SlopeError that names the nearest one."""
    if key in SLOPES:
        return SLOPES[key]
    near = difflib.get_close_matches(key, SLOPES, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else f" Known are {', '.join(SLOPES)}."
    raise SlopeError(f"There is no pace table named '{key}'.{hint}")


def level_length(slope: Slope, length_m: Floats, first: Ints, height_m: Floats) -> LevelLength:
    """Level metres of lines, both ways: the integral of pace over distance, exact for heights straight between points.

    length_m[k] is the map length of each line; its heights, metres, are height_m[first[k]:first[k + 1]] at equal
    distances from its beginning to its end. A line with fewer than two heights is level; so is a piece with a NaN at
    either end. Time is level metres over the walker's level speed: distance is never divided by a mean speed.
    """
    _check(length_m, first, height_m)
    pieces = np.maximum(np.diff(first) - 1, 0)
    if not pieces.any():
        return LevelLength(length_m.copy(), length_m.copy())
    line = np.repeat(np.arange(len(length_m)), pieces)
    grade = grades(length_m, first, height_m)
    step = np.divide(length_m, pieces, out=np.zeros(len(length_m)), where=pieces > 0)
    bare = np.where(pieces == 0, length_m, 0.0)
    forward = np.bincount(line, slope.pace(grade), len(length_m)) * step + bare
    backward = np.bincount(line, slope.pace(-grade), len(length_m)) * step + bare
    return LevelLength(forward, backward)


def grades(length_m: Floats, first: Ints, height_m: Floats) -> Floats:
    """Signed grade of every piece of every line, in order; 0 where a height is NaN or the line has no length."""
    pieces = np.maximum(np.diff(first) - 1, 0)
    inner = np.ones(max(len(height_m) - 1, 0), np.bool_)
    inner[(first[1:-1] - 1)[(first[1:-1] > 0) & (first[1:-1] < len(height_m))]] = False
    rise = np.diff(height_m)[inner]
    step = np.repeat(np.divide(length_m, pieces, out=np.zeros(len(length_m)), where=pieces > 0), pieces)
    grade = np.divide(rise, step, out=np.zeros(len(rise)), where=step > 0)
    return np.asarray(np.nan_to_num(grade, nan=0.0))


def _check(length_m: Floats, first: Ints, height_m: Floats) -> None:
    if len(first) != len(length_m) + 1:
        raise SlopeError(f"{len(length_m)} lines need {len(length_m) + 1} beginnings, not {len(first)}.")
    if len(first) and (first[0] != 0 or first[-1] != len(height_m) or (np.diff(first) < 0).any()):
        raise SlopeError(f"Beginnings must ascend from 0 to the number of heights, {len(height_m)}.")
    wrong = np.flatnonzero(~(length_m >= 0) | np.isinf(length_m))
    if len(wrong):
        raise SlopeError(f"{len(wrong)} lines have no length, the first is line {wrong[0]}: {length_m[wrong[0]]} m.")
    if np.isinf(height_m).any():
        raise SlopeError("A height is infinite; say NaN where a height is not known.")
