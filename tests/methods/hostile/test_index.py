"""Hostile inputs: figures, trees, recipes and resampling that cannot be."""

import numpy as np
import pytest

from shancheng.methods.index.aggregate import aggregated
from shancheng.methods.index.composite import Recipe, composite
from shancheng.methods.index.errors import CompositeError
from shancheng.methods.index.importance import importance
from shancheng.methods.index.moves import moves
from shancheng.methods.index.scale import Deviations, Goalposts, Range, TargetDistance
from shancheng.methods.index.table import Missing
from shancheng.methods.index.tiers import tiers_of
from shancheng.methods.index.treatment import Treatment
from shancheng.methods.index.tree import tree_of
from shancheng.methods.index.uncertainty import Choices, uncertain

from .refusal import INF, NAN, Rows, refused

FIGURES = np.array([[1.0, 4.0], [2.0, 3.0], [4.0, 1.0], [3.0, 2.0], [5.0, 6.0]])
TREE = tree_of([2, 2, -1], [1.0, 2.0, 1.0], [1, 1])


def recipe(**changes):
    given = {"tree": TREE, "missing": Missing("refuse"), "scale": Range(1, 100)} | changes
    return Recipe(**given)


def made(figures=FIGURES, denominators=None, **changes):
    return composite(figures, recipe(**changes), denominators)


def resampled(points=8, **changes):
    given = {"treatments": [None], "scales": [Range(1, 100)], "means": [None]} | changes
    return uncertain(made(), recipe(), Choices(**given), points=points, seed=0)


def with_one(value):
    figures = FIGURES.copy()
    figures[0, 0] = value
    return figures


CHOICES = Choices([None], [Range(1, 100)], [None])
ROWS: Rows = {
    "a figure that is NaN": lambda: made(with_one(NAN)),
    "an infinite figure": lambda: made(with_one(INF)),
    "no figures": lambda: made(np.empty((0, 2))),
    "one unit": lambda: made(FIGURES[:1]),
    "figures in a row": lambda: made(FIGURES[0]),
    "figures in words": lambda: made([["a", "b"], ["c", "d"]]),
    "a column alike everywhere": lambda: made(np.column_stack([np.ones(5), FIGURES[:, 1]])),
    "a column unknown everywhere": lambda: made(np.column_stack([np.full(5, NAN), FIGURES[:, 1]])),
    "figures of another tree": lambda: made(np.ones((5, 3))),
    "a denominator of 0": lambda: made(denominators=np.zeros((5, 2))),
    "a denominator below 0": lambda: made(denominators=-np.ones((5, 2))),
    "denominators in a row": lambda: made(denominators=np.ones(2)),
    "an unknown way to fill": lambda: made(missing=Missing("guess")),
    "groups of other units": lambda: made(with_one(NAN), missing=Missing("group_mean", np.zeros(3, int))),
    "a group of unknowns": lambda: made(with_one(NAN), missing=Missing("group_mean", np.array([0, 1, 1, 1, 1]))),
    "a treatment of NaN": lambda: made(treatment=Treatment(skewness=NAN)),
    "a treatment of fewer than no points": lambda: made(treatment=Treatment(points=-1)),
    "treatment of three units": lambda: made(FIGURES[:3], treatment=Treatment()),
    "a scale of NaN": lambda: made(scale=Range(NAN, 1.0)),
    "a scale that ends nowhere": lambda: made(scale=Range(0.0, INF)),
    "a scale that falls": lambda: made(scale=Range(1.0, 0.0)),
    "deviations around NaN": lambda: made(scale=Deviations(mean=NAN)),
    "deviations without end": lambda: made(scale=Deviations(deviation=INF)),
    "goalposts of NaN": lambda: made(scale=Goalposts(np.array([NAN, 0.0]), np.array([9.0, 9.0]))),
    "goalposts for other indicators": lambda: made(scale=Goalposts(np.zeros(3), np.ones(3))),
    "endless goalposts": lambda: made(scale=Goalposts(np.zeros(2), np.array([INF, 9.0]))),
    "a target of NaN": lambda: made(scale=TargetDistance(np.array([NAN, 9.0]))),
    "an endless target": lambda: made(scale=TargetDistance(np.array([INF, 9.0]))),
    "floors for other indicators": lambda: made(floors=np.zeros(3)),
    "a geometric mean over 0": lambda: made(tree=TREE.with_mean("geometric"), scale=Range(0, 100)),
    "a weight that is NaN": lambda: tree_of([2, 2, -1], [NAN, 1.0, 1.0], [1, 1]),
    "a weight below 0": lambda: tree_of([2, 2, -1], [-1.0, 1.0, 1.0], [1, 1]),
    "weights all 0": lambda: tree_of([2, 2, -1], [0.0, 0.0, 1.0], [1, 1]),
    "no indicators": lambda: tree_of([-1], [1.0], []),
    "a tree in a ring": lambda: tree_of([2, 3, 3, 2], np.ones(4), [1, 1]),
    "half a parent": lambda: tree_of([2.5, 2, -1], np.ones(3), [1, 1]),
    "a direction of half": lambda: tree_of([2, 2, -1], np.ones(3), [0.5, 1]),
    "scaled values of another tree": lambda: aggregated(np.ones((5, 3)), TREE),
    "importance of nothing": lambda: importance(np.empty((0, 3)), TREE),
    "importance where all is alike": lambda: importance(np.ones((5, 3)), TREE),
    "points that are no power of two": lambda: resampled(points=9),
    "no choice": lambda: resampled(scales=[]),
    "a swing of NaN": lambda: resampled(weight_swing=NAN),
    "a swing of all": lambda: resampled(weight_swing=1.0),
    "a tier at NaN": lambda: tiers_of(resampled(), NAN),
    "an interval of NaN": lambda: resampled().rank_interval(NAN),
    "a rival that is no unit": lambda: moves(made(), recipe(), CHOICES, unit=0, rival=9, points=8, seed=0),
    "moves by no power of two": lambda: moves(made(), recipe(), CHOICES, unit=0, rival=4, points=9, seed=0),
}


@pytest.mark.parametrize("name", ROWS)
def test_what_cannot_be_is_refused_in_a_sentence(name):
    refused(ROWS[name], CompositeError)
