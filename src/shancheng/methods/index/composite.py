"""The whole index from raw figures by one recipe, with coverage, gates, and a passport by which to repeat it."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from shancheng.methods.index.aggregate import aggregated
from shancheng.methods.index.errors import BadFigures
from shancheng.methods.index.floors import Gates, gates
from shancheng.methods.index.scale import Scale, name_of, scaled
from shancheng.methods.index.table import Missing, Step, Table, denominated, digest, filled, raw_table
from shancheng.methods.index.treatment import Treated, Treatment, treated
from shancheng.methods.index.tree import Flags, Floats, Integers, Tree

COVERAGE_LEAST: Final = 0.9
"""Below this share of known weight a unit gets no rank."""


@dataclass(frozen=True)
class Recipe:
    """Every choice that makes an index; change one and make it again."""

    tree: Tree
    missing: Missing
    scale: Scale
    treatment: Treatment | None = None
    """None leaves outliers as they are, as goalposts allow."""
    floors: Floats | None = None
    """(n,) legal floors in the units of the denominated figures, NaN where there is none."""


@dataclass(frozen=True)
class Passport:
    """What a number must carry so that it can be made again and checked."""

    figures: str
    """Hash of the raw figures and denominators."""
    recipe: str
    """Hash of the recipe."""
    steps: tuple[Step, ...]
    """The log, with a hash after each step."""
    seed: int | None = None
    """Of the resampling, where there was one."""
    runs: int | None = None
    """How often the index was made again with other choices."""


@dataclass(frozen=True)
class Composite:
    """An index and everything it was made from."""

    filled: Table
    treated: Treated | None
    scaled: Table
    nodes: Floats
    """(U, M) every node of the tree, indicators first; NaN where nothing is known."""
    scores: Floats
    """(U,) the root."""
    coverage: Floats
    """(U, M) share of the weight under each node whose raw figure is known."""
    ranks: Integers
    """(U,) 1 for the best, equals share it; 0 where coverage is too thin to rank (those stand in no one's way)."""
    gates: Gates | None
    passport: Passport


def composite(raw: Floats, recipe: Recipe, denominators: Floats | None = None) -> Composite:
    """An index of (U, n) raw figures: denominate, fill, treat, scale, aggregate, each once and logged.

    Raises the errors of its steps, all under CompositeError.
    """
    table = raw_table(raw)
    if table.values.shape[1] != recipe.tree.indicators:
        raise BadFigures(f"The tree has {recipe.tree.indicators} indicators, the figures {table.values.shape[1]}.")
    figures = digest(table.values, denominators)
    if denominators is not None:
        table = denominated(table, denominators)
    known = ~np.isnan(table.values)
    shut = None if recipe.floors is None else gates(table.values, recipe.floors, recipe.tree)
    table = filled(table, recipe.missing)
    outcome = None if recipe.treatment is None else treated(table, recipe.treatment)
    on_one_scale = scaled(table if outcome is None else outcome.table, recipe.tree.directions, recipe.scale)
    nodes = aggregated(on_one_scale.values, recipe.tree)
    coverage, scores = coverage_of(known, recipe.tree), nodes[:, recipe.tree.root]
    rankable = (coverage[:, recipe.tree.root] >= COVERAGE_LEAST) & ~np.isnan(scores)
    ranks = np.zeros(len(scores), dtype=np.int64)
    ranks[rankable] = ranks_of(scores[rankable][None])[0]
    passport = Passport(figures, digest(words_of(recipe)), on_one_scale.steps)
    return Composite(table, outcome, on_one_scale, nodes, scores, coverage, ranks, shut, passport)


def coverage_of(known: Flags, tree: Tree) -> Floats:
    """(U, M) share of the weight under each node that is known, from (U, n) flags."""
    coverage = np.zeros((len(known), len(tree.parents)))
    coverage[:, : tree.indicators] = known
    for node in tree.upward:
        own = tree.children[node]
        coverage[:, node] = coverage[:, own] @ tree.weights[own] / tree.weights[own].sum()
    return coverage


def ranks_of(scores: Floats) -> Integers:
    """(R, U) ranks of (R, U) scores, 1 for the highest; equals share the better rank."""
    order = np.argsort(-scores, axis=1, kind="stable")
    falling = np.take_along_axis(scores, order, axis=1)
    place = np.broadcast_to(np.arange(1, scores.shape[1] + 1), scores.shape).copy()
    place[:, 1:][falling[:, 1:] == falling[:, :-1]] = 0
    ranks = np.empty(scores.shape, dtype=np.int64)
    np.put_along_axis(ranks, order, np.maximum.accumulate(place, axis=1), axis=1)
    return ranks


def words_of(recipe: Recipe) -> str:
    """The recipe in words that two equal recipes share and two different ones do not."""
    tree, missing = recipe.tree, recipe.missing
    groups = None if missing.groups is None else np.asarray(missing.groups).tolist()
    floors = None if recipe.floors is None else np.asarray(recipe.floors).tolist()
    told = (tree.parents.tolist(), tree.weights.tolist(), tree.directions.tolist(), tree.means)
    return repr((told, missing.how, groups, name_of(recipe.scale), recipe.treatment, floors))
