"""What would move a unit a tier up: for each indicator the smallest change that takes the tier above its certainty."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from shancheng.methods.index.composite import Composite, Recipe
from shancheng.methods.index.errors import BadRecipe
from shancheng.methods.index.tiers import SURE
from shancheng.methods.index.tree import Flags, Floats
from shancheng.methods.index.uncertainty import Choices, Plan, check, independent_plan, scores_of, variants_of

HALVINGS: Final = 14
"""The change is found to 1 / 16,000 of the way to the best unit."""


@dataclass(frozen=True)
class Moves:
    """One indicator changed at a time, everything else as it is."""

    reachable: Flags
    """(n,) whether even the best figure of any unit would move the tier."""
    change: Floats
    """(n,) change of the figure, in its own unit after denominating; NaN where not reachable or not known."""
    share_of_way: Floats
    """(n,) that change as a share of the way to the best unit; NaN likewise."""


def moves(made: Composite, recipe: Recipe, choices: Choices, *, unit: int, rival: int, points: int, seed: int) -> Moves:
    """The smallest changes after which `rival`, the head of the tier above, no longer surely beats `unit`.

    In every run the unit is placed between the others on their scales, which are held: between two units a scale is
    taken as straight, beyond the best nothing more is gained. The chance is that of `tiers_of`, from 2 `points` runs.
    Raises BadRecipe where the rival does not surely beat the unit to begin with, and as `uncertain` does.
    """
    check(made, recipe, choices, points)
    tree, figures = recipe.tree, made.filled.values * recipe.tree.directions
    if not (0 <= unit < len(figures) and 0 <= rival < len(figures) and unit != rival):
        raise BadRecipe(f"Unit and rival must be two of the {len(figures)} units.")
    variants = variants_of(made.filled, tree, choices)
    plan = independent_plan(tree, choices, points, seed)
    pair = [[table[[rival, unit]] for table in row] for row in variants]
    rival_scores, own_scores = scores_of(pair, tree, choices, plan).T
    if not (rival_scores > own_scores).mean() >= SURE:
        raise BadRecipe(f"Unit {rival} does not surely beat unit {unit}; nothing has to move.")
    search = _Search(figures, variants, choices, recipe, plan, rival_scores, unit)
    best = np.nanmax(figures, axis=0) - figures[unit]
    reachable = search.moved(np.ones(tree.indicators)) & (best > 0)
    low, high = np.zeros(tree.indicators), np.ones(tree.indicators)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        enough = search.moved(middle)
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    share = np.where(reachable, high, np.nan)
    return Moves(reachable, share * best * tree.directions, share)


@dataclass(frozen=True)
class _Search:
    figures: Floats
    """(U, n) figures turned so that more is better."""
    variants: list[list[Floats]]
    choices: Choices
    recipe: Recipe
    plan: Plan
    rival_scores: Floats
    unit: int

    def moved(self, share: Floats) -> Flags:
        """(n,) whether the rival is no longer sure when each indicator alone goes a share of the way to the best."""
        best = np.nanmax(self.figures, axis=0)
        reached = self.figures[self.unit] + share * (best - self.figures[self.unit])
        rows = [[self._rows(table, reached) for table in row] for row in self.variants]
        scores = scores_of(rows, self.recipe.tree, self.choices, self.plan)
        beaten: Flags = (self.rival_scores[:, None] > scores).mean(axis=0) < SURE
        return beaten

    def _rows(self, table: Floats, reached: Floats) -> Floats:
        """(n, n) the unit's scaled values, row j with indicator j at the figure it reached."""
        rows = np.tile(table[self.unit], (len(reached), 1))
        for at, figure in enumerate(reached):
            known = np.flatnonzero(~np.isnan(self.figures[:, at]))
            order = known[np.argsort(self.figures[known, at], kind="stable")]
            rows[at, at] = np.interp(figure, self.figures[order, at], table[order, at])
        return rows
