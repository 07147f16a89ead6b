"""Small worlds through every method that leans on a library with threads of its own; run, it writes them down."""

import sys
from collections.abc import Mapping

import numpy as np

from shancheng.methods.allocation import allocate_growth
from shancheng.methods.index.composite import Recipe, composite
from shancheng.methods.index.scale import Range
from shancheng.methods.index.table import Missing
from shancheng.methods.index.tree import tree_of
from shancheng.methods.index.uncertainty import Choices, uncertain
from shancheng.methods.inequality import resampled
from shancheng.methods.relatedness import advantage, complexity, density, proximity, shortlist, specialised
from shancheng.methods.risk import learn_risk
from shancheng.methods.series.counts import day_periods, fit_counts
from shancheng.methods.text.classifier import Settings, learn
from shancheng.methods.text.duplicates import learn_duplicates
from shancheng.methods.text.grams import Reading
from shancheng.methods.text.reports import FEATURES

WORDS = {"light": ["路灯", "灯杆", "照明"], "road": ["路面", "坑洼", "井盖"], "noise": ["噪音", "施工", "扰民"]}


def texts() -> dict[str, np.ndarray]:
    """A classifier of letters and its scores."""
    source = np.random.default_rng(3)
    kinds = [str(source.choice(list(WORDS))) for _ in range(300)]
    letters = ["".join(source.choice(WORDS[kind], 3)) + "请处理" for kind in kinds]
    classifier = learn(letters, kinds, groups=range(300), seed=1, settings=Settings(Reading(texts_min=2)))
    return {"weights": classifier.weights, "scores": classifier.scores(letters[:20])}


def trees() -> dict[str, np.ndarray]:
    """Chances of being late and of being a duplicate."""
    source = np.random.default_rng(4)
    table, late = source.normal(size=(3000, 6)), source.random(3000) < 0.3
    described, marked = source.normal(size=(1500, len(FEATURES))), source.random(1500) < 0.3
    score = learn_duplicates(described, marked, later=np.arange(1500) > 900, seed=0)
    return {"late": learn_risk(table, late, seed=0).chances(table), "duplicate": score.chances(described)}


def tables() -> dict[str, np.ndarray]:
    """An index, relatedness, disparity, growth and a forecast."""
    source = np.random.default_rng(5)
    parents = [20 + at // 5 for at in range(20)] + [24] * 4 + [-1]
    recipe = Recipe(tree_of(parents, np.ones(25), [1] * 20), Missing("refuse"), Range(1, 100))
    made = composite(source.lognormal(size=(60, 20)), recipe)
    moved = uncertain(made, recipe, Choices([None], [Range(1, 100)], [None, "geometric"]), points=256, seed=1)
    trade = source.lognormal(0, 2, (120, 300))
    present = specialised(advantage(trade))
    kept = shortlist(trade, range(30), longest=5, size_floor=0.0, resamples=20, seed=2)
    panel = source.lognormal(size=(4, 40))
    drawn = resampled(np.ones((4, 40)), panel, [np.arange(40) // 4], draws=50, seed=3)
    grown = allocate_growth(
        *(source.uniform(1e3, 1e5, 30), source.uniform(1e4, 1e5, (30, 4)), [0.1, 0.2, 0.3, 0.4]),
        **{"total": 1e4, "cost": source.uniform(0, 9, 30), "expansion_cost": source.uniform(1, 9, (30, 4))},
    )
    model = fit_counts(source.poisson(50, 500), day_periods(19_000, 500), horizon=7)
    return {
        **{"index": moved.scores, "shares": moved.shares.total, "complexity": complexity(present).places},
        **{"density": density(present, proximity(present)), "survival": kept.survival, "drawn": drawn.figures},
        **{"people": grown.people, "price": grown.supply.change, "slots": model.slots, "tails": model.tails},
    }


def all_numbers() -> Mapping[str, np.ndarray]:
    """What every world gives."""
    return {**texts(), **trees(), **tables()}


if __name__ == "__main__":
    np.savez(sys.argv[1], **all_numbers())
