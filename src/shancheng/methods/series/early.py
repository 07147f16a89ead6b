"""What detections are worth against labelled windows, early ones most: the scoring of the Numenta benchmark."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shancheng.methods.given import numbers
from shancheng.methods.series.errors import BadReadings

Floats = NDArray[np.float64]
PROBATION_SHARE, PROBATION_MOST = 0.15, 750
FADED: Final = 3.0
"""Windows after which a detection is as wrong as if no window had been before it."""


@dataclass(frozen=True)
class Costs:
    """What a window found at its beginning is worth, and what a missed one and a false detection cost."""

    found: float = 1.0
    missed: float = 1.0
    false: float = 0.11


STANDARD: Final = Costs()
LOW_FALSE: Final = Costs(false=0.22)
LOW_MISSED: Final = Costs(missed=2.0)


@dataclass(frozen=True)
class EarlyCurve:
    """The score of several series together, by threshold: 100 is perfect, 0 is saying nothing."""

    thresholds: Floats
    """float[t] descending, the first infinite; at each a score, which holds down to the next."""
    scores: Floats
    windows: int
    """How many windows the series hold: the weight of this score among others."""

    def at(self, threshold: float) -> float:
        """The score when rows from this threshold on are detections; BadReadings where it is no number."""
        if np.isnan(threshold):
            raise BadReadings("A threshold must be a number; infinity says nothing at all.")
        return float(self.scores[np.searchsorted(-self.thresholds, -threshold, "right") - 1])

    @property
    def best(self) -> tuple[float, float]:
        """The threshold with the highest score, and that score. On the same series it is an oracle, not a skill."""
        place = int(np.argmax(self.scores))
        return float(self.thresholds[place]), float(self.scores[place])


def early_curve(
    scores: Sequence[ArrayLike], windows: Sequence[Sequence[tuple[int, int]]], costs: Costs = STANDARD
) -> EarlyCurve:
    """Scores float[n] of each series and its windows (first row, last row, both in it), one threshold for all series.

    Lavin and Ahmad, "Evaluating real-time anomaly detection algorithms: the Numenta Anomaly Benchmark", ICMLA 2015,
    38-44: the first 15 % of a series, at most 750 rows, do not count; the best detection of a window counts, by a
    sigmoid from its beginning to its end; others cost, less where a window has just ended. Raises BadReadings where
    there is no window, one lies outside its series or before the one ahead of it, or a score is not a number.
    """
    if len(scores) != len(windows) or not any(len(pairs) for pairs in windows):
        raise BadReadings("Scores and windows go together, a list of windows for each series, one window at least.")
    levels, worth = [], []
    for given, pairs in zip(scores, windows, strict=True):
        level, value = _steps(_checked(given, pairs), pairs, costs)
        levels.append(level)
        worth.append(value)
    count = sum(len(pairs) for pairs in windows)
    level, value = np.concatenate(levels), np.concatenate(worth)
    order = np.argsort(-level, kind="stable")
    level, total = level[order], np.cumsum(value[order])
    last = np.r_[level[1:] != level[:-1], True][: len(level)]
    found = 100.0 * np.r_[0.0, total[last]] / (count * (costs.found + costs.missed))
    return EarlyCurve(np.r_[np.inf, level[last]], found, count)


def _checked(given: ArrayLike, pairs: Sequence[tuple[int, int]]) -> Floats:
    score = numbers(given, "scores", BadReadings)
    if score.ndim != 1 or np.isnan(score).any():
        raise BadReadings("A series has one row of scores, each a number.")
    ends = [row for pair in pairs for row in pair]
    if ends != sorted(ends) or (ends and not 0 <= ends[0] <= ends[-1] < len(score)):
        raise BadReadings(f"Windows follow each other within the {len(score)} rows of their series; these do not.")
    return score


def _steps(score: Floats, pairs: Sequence[tuple[int, int]], costs: Costs) -> tuple[Floats, Floats]:
    """Levels at which the series' worth changes when the threshold falls to them, and by how much (from silence)."""
    counts = np.arange(len(score)) >= min(int(PROBATION_SHARE * len(score)), PROBATION_MOST)
    outside = counts.copy()
    for first, last in pairs:
        outside[first : last + 1] = False
    levels, worth = [score[outside]], [_false(len(score), pairs, costs)[outside]]
    for first, last in pairs:
        rows = np.arange(first, last + 1)[counts[first : last + 1]]
        if len(rows):
            rows = rows[np.argsort(-score[rows], kind="stable")]
            best = np.maximum.accumulate(_early(-(last - rows + 1) / (last - first + 1)) / _early(-1.0) * costs.found)
            levels.append(score[rows])
            worth.append(np.diff(np.r_[-costs.missed, best]))
    return np.concatenate(levels), np.concatenate(worth)


def _false(rows: int, pairs: Sequence[tuple[int, int]], costs: Costs) -> Floats:
    cost = np.full(rows, -costs.false)
    for first, last in pairs:
        after = np.arange(last + 1, rows)
        late = (after - last) / max(last - first, 1)
        cost[after] = np.where(late <= FADED, _early(np.minimum(late, FADED)), -1.0) * costs.false
    return cost


def _early(place: Floats | float) -> Floats:
    """The sigmoid: nearly 1 at the beginning of a window (-1), 0 at its end."""
    found: Floats = np.asarray(2.0 / (1.0 + np.exp(5.0 * np.asarray(place))) - 1.0, np.float64)
    return found
