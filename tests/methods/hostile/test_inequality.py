"""Hostile inputs: incomes, groups and panels that cannot be compared."""

import numpy as np
import pytest

from shancheng.methods import inequality

from .refusal import INF, NAN, Rows, refused

PEOPLE, INCOME, GROUP = np.array([5.0, 3.0, 2.0]), np.array([1.0, 2.0, 4.0]), [np.array([0, 0, 1])]
PANEL = np.exp(np.random.default_rng(0).normal(0, 0.1, (8, 8)))
ROWS: Rows = {
    "nobody": lambda: inequality.theil([], []),
    "a population of NaN": lambda: inequality.theil([NAN, 1.0], [1.0, 1.0]),
    "a population below 0": lambda: inequality.theil([-1.0, 1.0], [1.0, 1.0]),
    "an income of NaN": lambda: inequality.theil([1.0, 1.0], [NAN, 1.0]),
    "an infinite income": lambda: inequality.theil([1.0, 1.0], [INF, 1.0]),
    "no income": lambda: inequality.theil([1.0, 1.0], [0.0, 0.0]),
    "figures in words": lambda: inequality.theil(["a"], ["b"]),
    "another length": lambda: inequality.theil([1.0], [1.0, 2.0]),
    "groups for other cells": lambda: inequality.theil(PEOPLE, INCOME, [np.array([0, 1])]),
    "a group that is missing": lambda: inequality.theil(PEOPLE, INCOME, [np.array([0, 2, 2])]),
    "groups of NaN": lambda: inequality.theil(PEOPLE, INCOME, [np.array([0.0, NAN, 1.0])]),
    "a panel of one time too many": lambda: inequality.resampled([PEOPLE] * 2, [INCOME], GROUP, draws=9, seed=0),
    "no time": lambda: inequality.resampled(np.empty((0, 3)), np.empty((0, 3)), GROUP, draws=9, seed=0),
    "no draw": lambda: inequality.resampled([PEOPLE], [INCOME], GROUP, draws=0, seed=0),
    "no groups to draw": lambda: inequality.resampled([PEOPLE], [INCOME], [], draws=9, seed=0),
    "a panel in a row": lambda: inequality.resampled(PEOPLE, INCOME, GROUP, draws=9, seed=0),
    "limits of NaN": lambda: inequality.resampled([PEOPLE], [INCOME], GROUP, draws=9, seed=0).interval(NAN),
    "a log of no income": lambda: inequality.mean_log_deviation([1.0, 1.0], [0.0, 1.0]),
    "a Gini of nobody": lambda: inequality.gini([], []),
    "a Gini of NaN": lambda: inequality.gini([1.0, 1.0], [NAN, 1.0]),
    "a centre of NaN": lambda: inequality.williamson(PEOPLE, INCOME, centre=NAN),
    "years of NaN": lambda: inequality.convergence(INCOME, INCOME + 1, NAN),
    "the same beginning for all": lambda: inequality.convergence(np.ones(3), INCOME, 5),
    "figures of 0 that should grow": lambda: inequality.convergence([0.0, 1.0, 2.0], INCOME, 5),
    "quantiles of NaN": lambda: inequality.clipped_to_quantiles([NAN, 1.0], 0.1, 0.9),
    "quantiles that fall": lambda: inequality.clipped_to_quantiles(INCOME, 0.9, 0.1),
    "quantiles of nothing": lambda: inequality.clipped_to_quantiles([], 0.1, 0.9),
    "breaks in NaN": lambda: inequality.series_breaks(PANEL * NAN),
    "breaks in a row": lambda: inequality.series_breaks(PANEL[0]),
    "breaks in too short a panel": lambda: inequality.series_breaks(PANEL[:3]),
    "an alarm at NaN": lambda: inequality.series_breaks(PANEL, steps_over=NAN),
}


@pytest.mark.parametrize("name", ROWS)
def test_what_cannot_be_is_refused_in_a_sentence(name):
    refused(ROWS[name], inequality.InequalityError)
