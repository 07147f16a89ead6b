"""The index made again thousands of times with other defensible choices: ranks, and which choice moves them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

import numpy as np
from scipy.stats import qmc

from shancheng.methods.index.aggregate import refuse_unfit
from shancheng.methods.index.composite import Composite, Passport, Recipe, ranks_of
from shancheng.methods.index.errors import BadFigures, BadRecipe, TreatedTwice
from shancheng.methods.index.scale import Scale, on_scale
from shancheng.methods.index.shares import Shares, shares_of
from shancheng.methods.index.table import Table
from shancheng.methods.index.treatment import Treatment, treated
from shancheng.methods.index.tree import Floats, Integers, Mean, Tree

RUNS_AT_ONCE: Final = 2_048
POINTS_MOST: Final = 2**16
FACTORS: Final = ("treatment", "scale", "weights", "mean")


@dataclass(frozen=True)
class Choices:
    """What somebody else could have chosen as well; a list of one keeps that choice fixed."""

    treatments: Sequence[Treatment | None]
    scales: Sequence[Scale]
    means: Sequence[Mean | None]
    """None keeps the means of the tree, node by node."""
    weight_swing: float = 0.25
    """Weights are varied by up to this share, up and down, evenly."""
    swung: Integers | None = None
    """Nodes whose weight is varied; every node but the root where None."""


@dataclass(frozen=True)
class Uncertainty:
    """Ranks and chances from 2 N independent runs, shares of variance from those and N more for each choice."""

    ranks: Integers
    """(2 N, U) rank of each unit in each independent run."""
    scores: Floats
    """(2 N, U) its score."""
    nominal: Integers
    """(U,) its rank by the recipe."""
    beats: Floats
    """(U, U) share of runs in which the row scores above the column; equals count half."""
    shares: Shares
    passport: Passport

    def rank_interval(self, share: float) -> tuple[Floats, Floats]:
        """(U,) lowest and highest rank of each unit in the central `share` of the runs. Raises BadRecipe."""
        if not 0 < share < 1:
            raise BadRecipe(f"An interval covers a share between 0 and 1, such as 0.9, not {share}.")
        low, high = np.quantile(self.ranks, ((1 - share) / 2, (1 + share) / 2), axis=0)
        return low, high


@dataclass(frozen=True)
class Plan:
    """Which choices every run takes."""

    picks: Integers
    """(R, 3) number of the treatment, scale and mean."""
    weights: Floats
    """(R, M) weight of every node."""


def uncertain(made: Composite, recipe: Recipe, choices: Choices, *, points: int, seed: int) -> Uncertainty:
    """The uncertainty of an index over `choices`, with `points` (a power of two) scrambled Sobol points (Owen 1998).

    (k + 2) points runs are made for the k choices that have an alternative. The figures are those of `made` after
    filling. Raises BadRecipe and BadFigures, also where one combination of choices cannot be made (a geometric mean
    over a scale that reaches 0): no run is left out in silence.
    """
    check(made, recipe, choices, points)
    tree = recipe.tree
    varied = [name for name, many in zip(FACTORS, _alternatives(choices), strict=True) if many]
    ours, theirs = _points(tree, choices, points, seed)
    mixed = [_with_columns(ours, theirs, columns) for columns in _columns(tree, choices, varied)]
    variants = variants_of(made.filled, tree, choices)
    runs = np.concatenate([ours, theirs, *mixed])
    scores = scores_of(variants, tree, choices, plan_of(runs, tree, choices))
    if np.isnan(scores).any():
        raise BadFigures("Some units have no score, for nothing is known of them; leave them out before resampling.")
    ranks, nominal = ranks_of(scores), ranks_of(made.scores[None])[0]
    moved = np.abs(ranks - nominal).mean(axis=1).reshape(2 + len(varied), points)
    independent = slice(0, 2 * points)
    passport = replace(made.passport, seed=seed, runs=len(runs))
    shares = shares_of(tuple(varied), moved, seed)
    return Uncertainty(
        ranks[independent], scores[independent], nominal, beats_of(scores[independent]), shares, passport
    )


def variants_of(filled: Table, tree: Tree, choices: Choices) -> list[list[Floats]]:
    """For each treatment and scale the (U, n) scaled values; each treatment starts from the same filled figures."""
    done = [(filled if each is None else treated(filled, each).table).values for each in choices.treatments]
    return [[on_scale(table, tree.directions, scale) for scale in choices.scales] for table in done]


def independent_plan(tree: Tree, choices: Choices, points: int, seed: int) -> Plan:
    """The plan of the independent runs, the same for the same seed."""
    return plan_of(np.concatenate(_points(tree, choices, points, seed)), tree, choices)


def plan_of(points: Floats, tree: Tree, choices: Choices) -> Plan:
    """The choices of (R, 3 + s) points of the unit cube: treatment, scale, mean, then one column a swung weight."""
    many = np.array([len(choices.treatments), len(choices.scales), len(choices.means)])
    picks = np.minimum((points[:, :3] * many).astype(np.int64), many - 1)
    weights = np.tile(tree.weights, (len(points), 1))
    weights[:, _swung(tree, choices)] *= 1 + choices.weight_swing * (2 * points[:, 3:] - 1)
    return Plan(picks, weights)


def scores_of(variants: list[list[Floats]], tree: Tree, choices: Choices, plan: Plan) -> Floats:
    """(R, U) the root in every run; runs that share treatment, scale and mean are made together."""
    units = len(variants[0][0])
    scores = np.empty((len(plan.picks), units))
    for pick in product(range(len(choices.treatments)), range(len(choices.scales)), range(len(choices.means))):
        runs = np.flatnonzero((plan.picks == pick).all(axis=1))
        if len(runs) == 0:
            continue
        mean = choices.means[pick[2]]
        shaped = tree if mean is None else tree.with_mean(mean)
        for some in _blocks(runs):
            scores[some] = _root(variants[pick[0]][pick[1]], shaped, plan.weights[some])
    return scores


def beats_of(scores: Floats) -> Floats:
    """(U, U) share of the rows of (R, U) scores in which one unit scores above another; equals count half."""
    above = np.stack([(own[:, None] > scores).mean(axis=0) for own in scores.T])
    beats: Floats = above + (1 - above - above.T) / 2
    return beats


def _root(values: Floats, tree: Tree, weights: Floats) -> Floats:
    """(R, U) the root of (U, n) scaled values under (R, M) weights."""
    nodes: dict[int, Floats] = {}
    for node in tree.upward:
        own, mean = tree.children[node], tree.mean_of(node)
        share = weights[:, own] / weights[:, own].sum(axis=1, keepdims=True)
        if own[-1] < tree.indicators and not np.isnan(values[:, own]).any():
            nodes[node] = _of_indicators(values[:, own], share, mean, node)
        else:
            below = [values[:, child][None] if child < tree.indicators else nodes[child] for child in own.tolist()]
            nodes[node] = _of_nodes(below, share, mean, node)
    return nodes[tree.root]


def _of_indicators(values: Floats, share: Floats, mean: Mean, node: int) -> Floats:
    """(R, U) means of known (U, c) values, which all runs share, as one product of matrices."""
    refuse_unfit(values, mean, node)
    turned = _turned(values, mean).T
    if mean == "penalised":
        middle: Floats = np.matmul(share, turned)
        penalised: Floats = 2 * middle - np.matmul(share, turned**2) / middle
        return penalised
    return _turned_back(np.matmul(share, turned), mean)


def _of_nodes(below: Sequence[Floats], share: Floats, mean: Mean, node: int) -> Floats:
    """(R, U) means of children that differ by run, or of which some are unknown; their siblings then count for more."""
    shape = np.broadcast_shapes(share[:, :1].shape, *(values.shape for values in below))
    whole, total, square = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for at, values in enumerate(below):
        known = ~np.isnan(values)
        held = np.where(known, values, 1.0)
        refuse_unfit(held, mean, node)
        weight = share[:, at, None] * known
        turned = weight * _turned(held, mean)
        whole += weight
        total += turned
        if mean == "penalised":
            square += turned * held
    some = whole > 0
    divisor = np.where(some, whole, 1.0)
    middle = np.where(some, total / divisor, 1.0)
    found = 2 * middle - square / divisor / middle if mean == "penalised" else _turned_back(middle, mean)
    return np.where(some, found, np.nan)


def _turned(values: Floats, mean: Mean) -> Floats:
    """Values as their mean adds them up."""
    if mean == "geometric":
        return np.log(values)
    return 1 / values if mean == "harmonic" else values


def _turned_back(values: Floats, mean: Mean) -> Floats:
    if mean == "geometric":
        return np.exp(values)
    return 1 / values if mean == "harmonic" else values


def _blocks(runs: Integers) -> Iterator[Integers]:
    for start in range(0, len(runs), RUNS_AT_ONCE):
        yield runs[start : start + RUNS_AT_ONCE]


def _points(tree: Tree, choices: Choices, points: int, seed: int) -> tuple[Floats, Floats]:
    """Two independent sets of (N, 3 + s) points."""
    width = 3 + len(_swung(tree, choices))
    both = qmc.Sobol(2 * width, scramble=True, rng=seed).random(points)
    return both[:, :width], both[:, width:]


def _with_columns(ours: Floats, theirs: Floats, columns: Integers) -> Floats:
    mixed = ours.copy()
    mixed[:, columns] = theirs[:, columns]
    return mixed


def _columns(tree: Tree, choices: Choices, varied: Sequence[str]) -> list[Integers]:
    """The columns of the points that belong to each varied choice."""
    swung = np.arange(3, 3 + len(_swung(tree, choices)))
    whose = {"treatment": np.array([0]), "scale": np.array([1]), "mean": np.array([2]), "weights": swung}
    return [whose[name] for name in varied]


def _alternatives(choices: Choices) -> tuple[bool, bool, bool, bool]:
    """Whether each of `FACTORS` has an alternative."""
    treatments, scales, means = (len(many) > 1 for many in (choices.treatments, choices.scales, choices.means))
    return treatments, scales, choices.weight_swing > 0, means


def _swung(tree: Tree, choices: Choices) -> Integers:
    if choices.weight_swing == 0:
        return np.empty(0, dtype=np.int64)
    every = np.delete(np.arange(len(tree.parents)), tree.root)
    return every if choices.swung is None else np.asarray(choices.swung, dtype=np.int64)


def check(made: Composite, recipe: Recipe, choices: Choices, points: int) -> None:
    """Raise TreatedTwice or BadRecipe where an index cannot be made again by these choices at so many points."""
    if made.filled.has("treated"):
        raise TreatedTwice("These figures have been treated already; resampling must start from untreated ones.")
    if not (choices.treatments and choices.scales and choices.means) or not any(_alternatives(choices)):
        raise BadRecipe("Give at least one treatment, scale and mean, and an alternative to one of the choices.")
    if not 0 <= choices.weight_swing < 1:
        raise BadRecipe(f"Weights swing by a share from 0 to below 1, not {choices.weight_swing}.")
    swung = _swung(recipe.tree, choices)
    if len(swung) and not (swung.min() >= 0 and swung.max() < len(recipe.tree.parents)):
        raise BadRecipe(f"Swung weights are those of nodes 0 to {len(recipe.tree.parents) - 1}.")
    if not 2 <= points <= POINTS_MOST or points & (points - 1):
        raise BadRecipe(f"The number of points must be a power of two up to {POINTS_MOST}, not {points}.")
