"""Which choice moves an outcome: first-order and total shares of its variance, with limits."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from shancheng.methods.index.tree import Floats

RESAMPLES: Final = 400
INTERVAL: Final = 0.95


@dataclass(frozen=True)
class Shares:
    """Which choice moves the ranks: shares of the variance of the mean absolute change of rank (Saltelli 2010)."""

    factors: tuple[str, ...]
    """The choices that were varied."""
    first: Floats
    """(k,) share a choice explains alone (Jansen 1999)."""
    total: Floats
    """(k,) share in which it has any part."""
    first_limits: Floats
    """(2, k) limits of 95 % by resampling the points."""
    total_limits: Floats
    """(2, k) the same for the total."""


def shares_of(factors: tuple[str, ...], outcomes: Floats, seed: int) -> Shares:
    """Shares of variance from (k + 2, N) outcomes: of two independent plans, and of the first with one factor's
    columns from the second, by Jansen's estimators; all 0 where nothing moves the outcome.
    """
    points = outcomes.shape[1]
    once = np.full((1, points), 1 / points)
    drawn = np.random.default_rng(seed).multinomial(points, once[0], size=RESAMPLES) / points
    first, total = _jansen(outcomes, once)
    first_drawn, total_drawn = _jansen(outcomes, drawn)
    ends = ((1 - INTERVAL) / 2, (1 + INTERVAL) / 2)
    limits = [np.quantile(each, ends, axis=0) for each in (first_drawn, total_drawn)]
    return Shares(factors, first[0], total[0], limits[0], limits[1])


def _jansen(outcomes: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """(B, k) first and total shares under (B, N) weights of the points."""
    ours, theirs, mixed = outcomes[0], outcomes[1], outcomes[2:]
    middle = outcomes[:2].mean()
    means = weights @ np.stack((ours - middle, theirs - middle), axis=1)
    squares = weights @ np.stack(((ours - middle) ** 2, (theirs - middle) ** 2), axis=1)
    variance = squares.mean(axis=1) - means.mean(axis=1) ** 2
    divisor = np.where(variance > 0, variance, np.inf)[:, None]
    alone = (weights @ ((theirs - mixed) ** 2).T) / 2
    any_part = (weights @ ((ours - mixed) ** 2).T) / 2
    return np.where(np.isinf(divisor), 0.0, 1 - alone / divisor), any_part / divisor
