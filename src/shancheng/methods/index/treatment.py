"""Outliers: drawn in up to a number of points while skewness and kurtosis are both large, or else the logarithm."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from shancheng.methods.index.errors import BadFigures, BadRecipe, TreatedTwice
from shancheng.methods.index.table import Table
from shancheng.methods.index.tree import Flags, Floats

POINTS_MOST: Final = 100
LOG_OFFSET: Final = 0.01


@dataclass(frozen=True)
class Treatment:
    """A column passes when |skewness| < `skewness` or kurtosis < `kurtosis` (OECD and JRC 2008; the R package COINr).

    One that does not has its outermost values drawn in to the next, at the end to which it leans, until it passes or
    `points` are drawn in. If it still does not, log(x - min + 0.01 range) of the ORIGINAL column is taken instead.
    """

    points: int = 5
    skewness: float = 2.0
    kurtosis: float = 3.5


@dataclass(frozen=True)
class Treated:
    """A treated table and what was done to each column."""

    table: Table
    drawn_in: Flags
    """(U, n) cells that were drawn in."""
    logged: Flags
    """(n,) columns of which the logarithm was taken."""
    leaning: Flags
    """(n,) columns that do not pass even so."""


def treated(table: Table, treatment: Treatment) -> Treated:
    """A table with its outliers treated; a table that has been treated before is refused (TreatedTwice)."""
    if table.has("treated"):
        raise TreatedTwice("These figures have been treated already; treat the raw figures, once, with one setting.")
    if not 0 <= treatment.points <= POINTS_MOST:
        raise BadRecipe(f"Between 0 and {POINTS_MOST} points can be drawn in, not {treatment.points}.")
    if np.isnan(treatment.skewness) or np.isnan(treatment.kurtosis):
        raise BadRecipe("The limits of skewness and kurtosis must be numbers, such as 2 and 3.5.")
    values = table.values.copy()
    units, columns = values.shape
    drawn_in, logged, leaning = np.zeros((units, columns), bool), np.zeros(columns, bool), np.zeros(columns, bool)
    for column in np.flatnonzero(~passes(values, treatment)):
        original = values[:, column]
        drawn = _drawn_in(original, treatment)
        if not _passes(drawn, treatment):
            drawn, logged[column] = _logarithm(original), True
            leaning[column] = not _passes(drawn, treatment)
        else:
            drawn_in[:, column] = (drawn != original) & ~np.isnan(original)
        values[:, column] = drawn
    changed = int(drawn_in.sum() + (~np.isnan(table.values[:, logged])).sum())
    return Treated(table.after("treated", repr(treatment), values, changed), drawn_in, logged, leaning)


def passes(values: Floats, treatment: Treatment) -> Flags:
    """(n,) which columns of (U, n) values need no treatment; each must hold four figures, and alike ones pass.

    Raises BadFigures.
    """
    known = ~np.isnan(values)
    if (known.sum(axis=0) < 4).any():
        few = int(np.flatnonzero(known.sum(axis=0) < 4)[0])
        raise BadFigures(f"Indicator {few} has fewer than four figures to judge its skewness by; leave it out.")
    skewness, kurtosis = shape_of(values)
    return ~(np.abs(skewness) >= treatment.skewness) | ~(kurtosis >= treatment.kurtosis)


def shape_of(values: Floats) -> tuple[Floats, Floats]:
    """Sample skewness and excess kurtosis (type 2 of Joanes and Gill 1998) of each column; 0 where all is alike."""
    n = (~np.isnan(values)).sum(axis=0)
    away = values - np.nanmean(values, axis=0)
    square = np.nansum(away**2, axis=0)
    alike = np.nanmax(values, axis=0) == np.nanmin(values, axis=0)
    scale = np.where(alike, 1.0, square)
    skewness = np.sqrt(n) * np.nansum(away**3, axis=0) / scale**1.5 * np.sqrt(n * (n - 1)) / (n - 2)
    peak = n * np.nansum(away**4, axis=0) / scale**2
    kurtosis = ((n + 1) * (peak - 3) + 6) * (n - 1) / ((n - 2) * (n - 3))
    return np.where(alike, 0.0, skewness), np.where(alike, 0.0, kurtosis)


def _passes(column: Floats, treatment: Treatment) -> bool:
    """Whether one column passes; one that was drawn in until all is alike has lost its meaning, and does not."""
    known = column[~np.isnan(column)]
    return bool(passes(column[:, None], treatment)[0]) and known.max() > known.min()


def _drawn_in(original: Floats, treatment: Treatment) -> Floats:
    column = original.copy()
    ends: dict[bool, int] = {True: 0, False: 0}
    while sum(ends.values()) < treatment.points:
        skewness = float(shape_of(column[:, None])[0][0])
        high = skewness >= 0
        end = np.nanmax(column) if high else np.nanmin(column)
        inner = column[~np.isnan(column) & (column != end)]
        if len(inner) == 0:
            break
        at_end = column == end
        column[at_end] = inner.max() if high else inner.min()
        ends[high] = int(at_end.sum())
        if passes(column[:, None], treatment)[0]:
            break
    return column


def _logarithm(column: Floats) -> Floats:
    low, high = np.nanmin(column), np.nanmax(column)
    logarithm: Floats = np.log(column - low + LOG_OFFSET * (high - low))
    return logarithm
