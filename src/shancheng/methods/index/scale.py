"""Scales that make indicators comparable: goalposts, range, deviations, ranks, distance to a target."""

from dataclasses import dataclass

import numpy as np

from shancheng.methods.given import numbers
from shancheng.methods.index.errors import BadFigures, BadRecipe
from shancheng.methods.index.table import Table
from shancheng.methods.index.tree import Floats, Integers


@dataclass(frozen=True)
class Goalposts:
    """0 at the floor, `highest` at the target, cut off outside: comparable over years, for it asks no other unit."""

    floors: Floats
    """(n,) the legal floor; above the target where less is better."""
    targets: Floats
    """(n,) the legal target."""
    lowest: float = 0.0
    highest: float = 100.0


@dataclass(frozen=True)
class Range:
    """`lowest` at the worst unit, `highest` at the best."""

    lowest: float = 0.0
    highest: float = 100.0


@dataclass(frozen=True)
class Deviations:
    """Standard deviations (of the sample) from the mean, moved to `mean` and widened to `deviation`."""

    mean: float = 0.0
    deviation: float = 1.0


@dataclass(frozen=True)
class Ranks:
    """The worst unit 1; equals share the lowest of their ranks."""


@dataclass(frozen=True)
class TargetDistance:
    """1 at the target or beyond, 0 at the worst unit."""

    targets: Floats
    """(n,) one target for each indicator."""


Scale = Goalposts | Range | Deviations | Ranks | TargetDistance


def scaled(table: Table, directions: Integers, scale: Scale) -> Table:
    """A table on one scale, high always good; columns that are alike everywhere need goalposts (else BadFigures)."""
    values = table.values
    if np.shape(directions) != (values.shape[1],):
        raise BadFigures(f"There are {values.shape[1]} indicators, but {np.shape(directions)} directions.")
    return table.after("scaled", name_of(scale), on_scale(values, directions, scale), int((~np.isnan(values)).sum()))


def name_of(scale: Scale) -> str:
    """The scale and its settings in words that do not depend on how arrays are printed."""
    told = [f"{name}={np.asarray(held).tolist()}" for name, held in vars(scale).items()]
    return f"{type(scale).__name__}({', '.join(told)})"


def on_scale(values: Floats, directions: Integers, scale: Scale) -> Floats:
    """(U, n) values on a scale.

    Raises BadFigures for a column that is alike everywhere, BadRecipe for a scale that cannot be.
    """
    if isinstance(scale, Goalposts):
        return _between_goalposts(values, directions, scale)
    good = values * directions
    worst, best = np.nanmin(good, axis=0), np.nanmax(good, axis=0)
    if isinstance(scale, Ranks):
        return _ranked(good)
    alike = np.flatnonzero(~(best > worst))
    if len(alike):
        raise BadFigures(f"Indicator {alike[0]} is the same in every unit; scale it by goalposts, or leave it out.")
    if isinstance(scale, Range):
        _rising(scale.lowest, scale.highest)
        share: Floats = (good - worst) / (best - worst)
        return share * (scale.highest - scale.lowest) + scale.lowest
    if isinstance(scale, Deviations):
        if not (0 < scale.deviation < np.inf and np.isfinite(scale.mean)):
            raise BadRecipe("The deviation of a scale must be above 0, its mean a number, and both finite.")
        away: Floats = (good - np.nanmean(good, axis=0)) / np.nanstd(good, axis=0, ddof=1)
        return away * scale.deviation + scale.mean
    return _to_target(good, worst, numbers(scale.targets, "targets", BadRecipe) * directions)


def _rising(lowest: float, highest: float) -> None:
    if not -np.inf < lowest < highest < np.inf:
        raise BadRecipe(f"A scale must rise from its lowest to its highest value; got {lowest} and {highest}.")


def _between_goalposts(values: Floats, directions: Integers, scale: Goalposts) -> Floats:
    floors, targets = (numbers(posts, "goalposts", BadRecipe) for posts in (scale.floors, scale.targets))
    _rising(scale.lowest, scale.highest)
    if floors.shape != (values.shape[1],) or targets.shape != floors.shape:
        raise BadRecipe(f"Goalposts need a floor and a target for each of the {values.shape[1]} indicators.")
    wrong = np.flatnonzero(~(((targets - floors) * directions > 0) & np.isfinite(targets) & np.isfinite(floors)))
    if len(wrong):
        raise BadRecipe(f"The target of indicator {wrong[0]} must be better than its floor, and both known numbers.")
    share: Floats = np.clip((values - floors) / (targets - floors), 0.0, 1.0)
    return share * (scale.highest - scale.lowest) + scale.lowest


def _to_target(good: Floats, worst: Floats, targets: Floats) -> Floats:
    if targets.shape != worst.shape:
        raise BadRecipe(f"A distance to target needs a target for each of the {len(worst)} indicators.")
    unknown = np.flatnonzero(~np.isfinite(targets))
    if len(unknown):
        raise BadRecipe(f"The target of indicator {unknown[0]} is not a finite number; every indicator needs one.")
    reached = np.flatnonzero(~(targets > worst))
    if len(reached):
        raise BadRecipe(f"Every unit has reached the target of indicator {reached[0]}; it tells nothing apart.")
    return np.minimum((good - worst) / (targets - worst), 1.0)


def _ranked(good: Floats) -> Floats:
    ranks = np.full(good.shape, np.nan)
    for column in range(good.shape[1]):
        known = np.sort(good[~np.isnan(good[:, column]), column])
        ranks[:, column] = np.searchsorted(known, good[:, column]) + 1.0
    return np.where(np.isnan(good), np.nan, ranks)
