"""When an answer may stand alone: how likely it is right by its scores, and from which chance on so many were right."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.linear_model import LogisticRegression

from shancheng.methods.given import numbers
from shancheng.methods.intervals import wilson
from shancheng.methods.text.errors import NotUsable, WrongShape, same_length

ONE_SIDED_95 = 1.645
"""z of a bound that holds in 95 of 100 cases: below it one threshold in twenty is expected to fall short."""

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Sureness:
    """The chance that the highest score of a text is that of its class, and the least chance that may stand alone."""

    offset: float
    weights: Floats
    """float64[6 + classes] of the terms of the three highest scores, and of the class that is answered."""
    least: float
    """Infinity where no answer may stand alone."""
    margin: float
    """The smallest margin with which an answer that it was learnt from stood alone; below it nothing is known."""

    def chances(self, scores: ArrayLike) -> Floats:
        """Chance that the highest score is right, per row of float[n, classes]; WrongShape for other classes."""
        terms = _terms(_table(scores))
        if terms.shape[1] != len(self.weights):
            raise WrongShape("The scores are over another number of classes than those this was learnt from.")
        found: Floats = 1 / (1 + np.exp(-np.clip(terms @ self.weights + self.offset, -700, 700)))
        return found

    def alone(self, scores: ArrayLike) -> Flags:
        """Whether the answer to each row may stand alone."""
        alone: Flags = (self.chances(scores) >= self.least) & (margins(scores) >= self.margin)
        return alone


def margins(scores: ArrayLike) -> Floats:
    """Best score less the second best, per row of float[n, classes]; classes >= 2, or WrongShape."""
    two = np.partition(_table(scores), -2, axis=1)[:, -2:]
    return two[:, 1] - two[:, 0]


def learn_sureness(scores: ArrayLike, right: ArrayLike, *, accuracy: float = 0.98, z: float = ONE_SIDED_95) -> Sureness:
    """How sure answers are, from scores float[n, classes] of texts that were not learnt from and bool[n] who was right.

    The chance is a logistic curve in the three highest scores and the class of the highest: a text that no class
    claims, or three do, is less sure than its margin says, and so is one of a class that is easily mistaken. Chances
    are then added up from the highest down, and the least is the last to which their mean
    reaches `accuracy` by the low end of its Wilson interval (as the selection with guaranteed risk of Y. Geifman, R.
    El-Yaniv, NeurIPS 2017, with a smoothed count: the raw one hangs on single mistakes). Raises WrongShape where rows
    and marks differ or there is one class only, NotUsable where a score or setting is no number.
    """
    table, hit = _table(scores), np.asarray(right, bool).ravel()
    same_length(scores=table, marks=hit)
    _check(accuracy, z)
    terms = _terms(table)
    if not hit.any() or hit.all():
        return _told(
            Sureness(700.0 if hit.any() else -700.0, np.zeros(terms.shape[1]), np.inf, 0.0), table, accuracy, z
        )
    middle, width = terms.mean(axis=0), np.maximum(terms.std(axis=0), 1e-12)
    curve = LogisticRegression(max_iter=5000).fit((terms - middle) / width, hit)
    weights = np.asarray(curve.coef_[0], np.float64) / width
    return _told(Sureness(float(curve.intercept_[0] - middle @ weights), weights, np.inf, 0.0), table, accuracy, z)


def _told(sureness: Sureness, scores: Floats, accuracy: float, z: float) -> Sureness:
    """The same with the least chance and margin, from the answers it was learnt from."""
    chances = sureness.chances(scores)
    least = _least(chances, accuracy, z)
    return replace(sureness, least=least, margin=float(margins(scores)[chances >= least].min(initial=np.inf)))


def _least(chance: Floats, accuracy: float, z: float) -> float:
    if not chance.size:
        return np.inf
    value = np.sort(chance)[::-1]
    tries = np.arange(1, value.size + 1)
    low, _ = wilson(np.minimum(np.cumsum(value), tries), tries, z)
    last_of_equals = np.append(value[1:] != value[:-1], True)
    enough = np.flatnonzero(last_of_equals & (low >= accuracy))
    return float(value[enough[-1]]) if enough.size else np.inf


def _terms(scores: Floats) -> Floats:
    """The three highest scores (of two classes the lower one twice), products of the first two, a mark per class."""
    first, second, third = np.sort(scores, axis=1)[:, [-1, -2, max(-3, -scores.shape[1])]].T
    answered = np.eye(scores.shape[1])[scores.argmax(axis=1)]
    return np.column_stack([first, second, third, first * second, first**2, second**2, answered])


def _table(scores: ArrayLike) -> Floats:
    table = numbers(scores, "scores", NotUsable)
    if table.ndim != 2 or table.shape[1] < 2:
        raise WrongShape(f"Scores are a table of texts by two or more classes, not of shape {table.shape}.")
    if not np.isfinite(table).all():
        raise NotUsable("A score is not a finite number; look at the texts it was worked out from.")
    return table


def _check(accuracy: float, z: float) -> None:
    if not 0 < accuracy <= 1 or not z >= 0:
        raise NotUsable(f"An accuracy lies above 0 and at most at 1 and z is at least 0, not {accuracy} and {z}.")
