"""How likely a new report repeats an open one, learnt from reports that were marked as duplicates before."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import average_precision_score

from shancheng.methods.given import numbers
from shancheng.methods.text.errors import NothingToLearn, NotUsable, WrongShape, same_length
from shancheng.methods.text.reports import FEATURES, OpenReports, Report

MARKED_MIN = 20

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Boosting:
    """Settings of gradient boosted trees."""

    trees: int = 200
    leaves: int = 12
    rows_min: int = 40
    """Rows a leaf holds at least."""
    rate: float = 0.05
    shrinkage: float = 3.0


TRIED = (Boosting(), Boosting(leaves=8), Boosting(trees=100, leaves=8, rows_min=80))


@dataclass(frozen=True)
class Suggestion:
    """What is said of one new report: the chance that it repeats another, and which ones it may repeat."""

    chance: float
    is_likely: bool
    numbers: tuple[int, ...]
    """Open reports at the same address or near by, the likest first."""


@dataclass(frozen=True)
class DuplicateScore:
    """A score of reports, and the chance from which it is worth a suggestion. Merging stays a person's act."""

    model: HistGradientBoostingClassifier
    threshold: float
    """The chance at which F1 was highest on the later part of what was learnt from."""

    def chances(self, described: ArrayLike) -> Floats:
        """Chance that each report is marked as a duplicate, float64[n], from `FEATURES` float[n, 21].

        Raises WrongShape, or NotUsable for infinite numbers.
        """
        return _chances(self.model, _table(described))

    def suggest(self, report: Report, known: OpenReports, most: int = 3) -> Suggestion:
        """The chance for one report against those that are open, and the open ones it may repeat."""
        chance = float(self.chances(known.describe(report)[None, :])[0])
        likely = chance >= self.threshold
        return Suggestion(chance, likely, tuple(known.likest(report, most)))


def learn_duplicates(
    described: ArrayLike, marked: ArrayLike, *, later: ArrayLike, seed: int, among: Sequence[Boosting] = TRIED
) -> DuplicateScore:
    """A score learnt from reports as they came in (`replay`) and the marks they were given in the end.

    `described` float[n, 21], `marked` bool[n]; `later` bool[n] names the last part in time. Settings (by average
    precision) and threshold (by F1) are chosen on the later part with trees grown on the earlier one; the trees that
    are given back have grown on both. Gradient boosting on histograms; the same seed gives the same trees. Raises
    WrongShape, or NothingToLearn where fewer than 20 reports of either part are marked, or all are.
    """
    table = _table(described)
    mark, late = np.asarray(marked, bool).ravel(), np.asarray(later, bool).ravel()
    same_length(reports=table, marks=mark, parts=late)
    if not among:
        raise NotUsable("There are no settings to choose among; give at least one.")
    for name, part in (("earlier", ~late), ("later", late)):
        count = int(mark[part].sum())
        if count < MARKED_MIN or count == int(part.sum()):
            raise NothingToLearn(
                f"Of the {int(part.sum())} {name} reports {count} are marked as duplicates;"
                f" at least {MARKED_MIN} have to be, and not all."
            )
    trials = [_chances(_grown(table[~late], mark[~late], boosting, seed), table[late]) for boosting in among]
    best = int(np.argmax([average_precision_score(mark[late], chances) for chances in trials]))
    return DuplicateScore(_grown(table, mark, among[best], seed), best_threshold(trials[best], mark[late]))


def best_threshold(chances: ArrayLike, marked: ArrayLike) -> float:
    """The chance from which on to call a report a duplicate so that F1 = 2 hits / (called + marked) is highest.

    `chances` float[n], `marked` bool[n]. Raises WrongShape where they differ in length, NotUsable where a chance is no
    number, NothingToLearn where none is marked.
    """
    chance, mark = numbers(chances, "chances", NotUsable).ravel(), np.asarray(marked, bool).ravel()
    same_length(chances=chance, marks=mark)
    if not np.isfinite(chance).all():
        raise NotUsable("A chance is not a finite number; leave out reports without one.")
    if not mark.any():
        raise NothingToLearn("None of the reports is marked as a duplicate; a threshold needs some that are.")
    order = np.argsort(-chance, kind="stable")
    ordered = chance[order]
    f1 = 2 * np.cumsum(mark[order]) / (np.arange(1, chance.size + 1) + mark.sum())
    f1[:-1][ordered[1:] == ordered[:-1]] = -1
    return float(ordered[int(np.argmax(f1))])


def _grown(table: Floats, mark: Flags, boosting: Boosting, seed: int) -> HistGradientBoostingClassifier:
    trees = HistGradientBoostingClassifier(
        max_iter=boosting.trees,
        max_leaf_nodes=boosting.leaves,
        min_samples_leaf=boosting.rows_min,
        learning_rate=boosting.rate,
        l2_regularization=boosting.shrinkage,
        early_stopping=False,
        random_state=seed,
    )
    return trees.fit(table, mark)


def _chances(model: HistGradientBoostingClassifier, table: Floats) -> Floats:
    return np.asarray(model.predict_proba(table)[:, 1], np.float64)


def _table(described: ArrayLike) -> Floats:
    table = numbers(described, "table of reports", NotUsable)
    if table.ndim != 2 or table.shape[1] != len(FEATURES):
        raise WrongShape(f"A table of reports has {len(FEATURES)} columns (`FEATURES`); this has shape {table.shape}.")
    if np.isinf(table).any():
        raise NotUsable("A table of reports holds numbers or NaN for what is not known; some are infinite.")
    return table
