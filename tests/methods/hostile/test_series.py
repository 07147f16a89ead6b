"""Hostile inputs: what cannot be read, graded, detected or forecast."""

import numpy as np
import pytest

from shancheng.methods.series.bank import Bank
from shancheng.methods.series.counts import day_periods, fit_counts, forecast_counts, hour_periods
from shancheng.methods.series.early import early_curve
from shancheng.methods.series.errors import SeriesError
from shancheng.methods.series.novelty import Novelty, NoveltySettings
from shancheng.methods.series.rule import Rule, ladder

from .refusal import INF, NAN, Rows, refused

RULE = Rule(ladders=(ladder("value", (1.0, 2.0, 3.0, 4.0)),))
WEEKS = day_periods(15_000, 60)
COUNTS = 5.0 + np.arange(60) % 7


def fitted():
    return fit_counts(COUNTS, WEEKS, horizon=7)


ROWS: Rows = {
    "no rule": lambda: Bank([], [0]),
    "a limit that is infinite": lambda: Bank([Rule(ladders=(ladder("value", (1.0, 2.0, 3.0, INF)),))], [0]),
    "no limit at all": lambda: Bank([Rule(ladders=(ladder("value", (NAN, NAN, NAN, NAN)),))], [0]),
    "a rule given as text": lambda: Bank([RULE], ["a"]),
    "rules in a table": lambda: Bank([RULE], [[0, 0]]),
    "a sensor that is no number": lambda: Bank([RULE], [0]).take([NAN], [1], [1.0]),
    "a time that is no number": lambda: Bank([RULE], [0]).take([0], [NAN], [1.0]),
    "a sensor below 0": lambda: Bank([RULE], [0]).take([-1], [1], [1.0]),
    "a value in words": lambda: Bank([RULE], [0]).take([0], [1], ["high"]),
    "values in a table": lambda: Bank([RULE], [0]).take([0], [1], [[1.0]]),
    "an empty snapshot": lambda: Bank.restore([RULE], [0], b""),
    "sums of a sensor outside": lambda: Bank([RULE], [0]).sums(7),
    "a NaN among readings": lambda: Novelty().take([1.0, NAN]),
    "an infinite reading": lambda: Novelty().take([INF]),
    "readings in a table": lambda: Novelty().take([[1.0]]),
    "readings in words": lambda: Novelty().take(["high"]),
    "a threshold that is NaN": lambda: Novelty(NoveltySettings(threshold=NAN)),
    "a memory of nothing": lambda: Novelty(NoveltySettings(memory=0)),
    "an engine there is not": lambda: Novelty(engine="magic"),
    "a bank's engine there is not": lambda: Bank([RULE], [0], engine="magic"),
    "no counts": lambda: fit_counts([], day_periods(0, 0), horizon=1),
    "counts unknown altogether": lambda: fit_counts(np.full(60, NAN), WEEKS, horizon=1),
    "counts always 0": lambda: fit_counts(np.zeros(60), WEEKS, horizon=1),
    "a count below 0": lambda: fit_counts(np.r_[-1.0, COUNTS[1:]], WEEKS, horizon=1),
    "an infinite count": lambda: fit_counts(np.r_[INF, COUNTS[1:]], WEEKS, horizon=1),
    "counts in a table": lambda: fit_counts(COUNTS[:, None], WEEKS, horizon=1),
    "a horizon of 0": lambda: fit_counts(COUNTS, WEEKS, horizon=0),
    "a horizon beyond the history": lambda: fit_counts(COUNTS, WEEKS, horizon=100),
    "a share that is NaN": lambda: fit_counts(COUNTS, WEEKS, horizon=1, share=NAN),
    "a ridge that is NaN": lambda: fit_counts(COUNTS, WEEKS, horizon=1, shrink=NAN),
    "days that end before they begin": lambda: day_periods(0, -1),
    "hours that end before they begin": lambda: hour_periods(0, -1),
    "holidays that are no days": lambda: day_periods(0, 5, off=[NAN]),
    "forecast counts below 0": lambda: forecast_counts(fitted(), -COUNTS, day_periods(15_000, 65)),
    "forecast counts infinite": lambda: forecast_counts(fitted(), COUNTS + INF, day_periods(15_000, 65)),
    "forecast counts in a table": lambda: forecast_counts(fitted(), COUNTS[:, None], day_periods(15_000, 65)),
    "no series to score": lambda: early_curve([], []),
    "a score that is NaN": lambda: early_curve([[0.0, NAN]], [[(0, 1)]]),
    "a window outside": lambda: early_curve([[0.0, 1.0]], [[(0, 2)]]),
    "a threshold that is NaN to score by": lambda: early_curve([[0.0] * 9], [[(2, 5)]]).at(NAN),
}


@pytest.mark.parametrize("name", ROWS)
def test_what_cannot_be_is_refused_in_a_sentence(name):
    refused(ROWS[name], SeriesError)
