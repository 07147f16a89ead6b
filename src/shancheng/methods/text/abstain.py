"""When an answer may stand alone: the least margin above which answers were right often enough."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.linear_model import LogisticRegression

from shancheng.methods.intervals import wilson
from shancheng.methods.text.errors import NotUsable, same_length

Floats = NDArray[np.float64]


def margins(scores: Floats) -> Floats:
    """Best score less the second best, per row of float[n, classes]; classes >= 2."""
    two = np.partition(scores, -2, axis=1)[:, -2:]
    return two[:, 1] - two[:, 0]


def surest(margin: ArrayLike, right: ArrayLike, *, accuracy: float = 0.98, z: float = 0.75) -> float:
    """The least margin from which on answers are right in at least this share; infinity where none are known to be.

    `margin` float[n] and `right` bool[n] of answers whose truth is known and which were not learnt from: held-out rows,
    or the last verified matters. How often an answer of a margin m is right is smoothed by a logistic curve in m and
    m^2 before it is added up from the top, for the raw share above a threshold hangs on single mistakes. The sum counts
    by the low end of its Wilson interval: at z = 0.75 about one threshold in four falls short on as many new rows.
    Answers with equal margins stay together. Raises WrongShape, or NotUsable where a margin is not finite.
    """
    value, hit = np.asarray(margin, np.float64).ravel(), np.asarray(right, bool).ravel()
    same_length(margins=value, marks=hit)
    if not 0 < accuracy <= 1 or z < 0 or not np.isfinite(value).all():
        raise NotUsable("An accuracy lies above 0 and at most at 1, z is at least 0, and every margin is a number.")
    if not hit.any():
        return np.inf
    order = np.argsort(-value, kind="stable")
    value, chance = value[order], _smooth(value, hit)[order]
    tries = np.arange(1, hit.size + 1)
    low, _ = wilson(np.minimum(np.cumsum(chance), tries), tries, z)
    last_of_equals = np.append(value[1:] != value[:-1], True)
    enough = np.flatnonzero(last_of_equals & (low >= accuracy))
    return float(value[enough[-1]]) if enough.size else np.inf


def _smooth(value: Floats, hit: NDArray[np.bool_]) -> Floats:
    """The chance that an answer is right, by its margin."""
    if hit.all():
        return np.ones(hit.size)
    scaled = value / max(float(np.abs(value).max()), 1e-300)
    powers = np.column_stack([scaled, scaled**2])
    curve = LogisticRegression(C=1e4, max_iter=1000).fit(powers, hit)
    return np.asarray(curve.predict_proba(powers)[:, 1], np.float64)
