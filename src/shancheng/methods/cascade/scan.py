"""What to protect first: the loss of any one asset, of the worst few together, and the worth of one more hour."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shancheng.methods.cascade import kernel
from shancheng.methods.cascade.errors import ScenarioError
from shancheng.methods.cascade.failure import (
    Consequences,
    Scenarios,
    assets_of,
    check,
    compiled,
    consequences,
    ending,
    weighed,
)
from shancheng.methods.cascade.network import Floats, Integers, SupplyNetwork

HOUR = 60.0


@dataclass(frozen=True)
class WorthOfAutonomy:
    """What longer autonomy of one supply group would save, one row for each group that matters."""

    group: Integers
    """(c,) groups, the most worth first; every other group is worth nothing."""
    saved: Floats
    """(c, services) weight x minutes saved over all scenarios together."""


@dataclass(frozen=True)
class WorstFew:
    """Assets whose loss together costs most, found one after another."""

    asset: Integers
    """(k,) in the order in which they were added."""
    loss: Floats
    """(k, services) weight x minutes lost when this one and all before it are hit."""


def loss_of_one(
    network: SupplyNetwork, assets: npt.ArrayLike, weight: npt.ArrayLike, *, horizon: float
) -> Consequences:
    """The N-1 scan: what each of `assets` int[c] costs when it alone is hit at minute 0; see `consequences`."""
    chosen = assets_of(assets)
    hits = Scenarios(np.arange(len(chosen) + 1), chosen, np.zeros(len(chosen)))
    return consequences(network, hits, weight, horizon=horizon)


def worst_few(
    network: SupplyNetwork, assets: npt.ArrayLike, weight: npt.ArrayLike, *, horizon: float, count: int
) -> WorstFew:
    """Greedy N-k: `count` of `assets` int[c], each the one that adds most to the loss of those before it.

    The first of equals wins. Greedy is not always the worst set (redundant pairs hide from it), so it is a lower bound
    on what k losses can do. Raises ScenarioError where fewer than `count` assets are given.
    """
    weights = weighed(network.assets, weight)
    left = list(dict.fromkeys(assets_of(assets).tolist()))
    if not 0 <= count <= len(left):
        raise ScenarioError(f"The worst {count} cannot be chosen among {len(left)} assets.")
    chosen: list[int] = []
    losses = []
    for _ in range(count):
        found = consequences(network, Scenarios.of([*chosen, one] for one in left), weights, horizon=horizon)
        worst = int(np.argmax(found.loss.sum(axis=1)))
        chosen.append(left.pop(worst))
        losses.append(found.loss[worst])
    return WorstFew(np.array(chosen, np.int64), np.array(losses).reshape(count, weights.shape[1]))


def worth_of_autonomy(
    network: SupplyNetwork, hits: Scenarios, weight: npt.ArrayLike, *, horizon: float, more: float = HOUR
) -> WorthOfAutonomy:
    """What `more` minutes of autonomy in one group would save, summed over the scenarios, for every group that matters.

    Each group that brings its owner down in some scenario is lengthened alone and everything is worked out again, so
    an hour that only postpones and an hour that saves are both weighed rightly. Where two groups of one asset run out
    at the same minute, neither alone is worth anything. Arguments as `consequences`; `more` is 0 or above. Raises
    ScenarioError as they do.
    """
    check(network, hits, horizon)
    ending(horizon)
    weights = weighed(network.assets, weight)
    if not 0 <= more < np.inf:
        raise ScenarioError(f"An autonomy is lengthened by 0 or more minutes, not by {more}.")
    groups = _groups_that_matter(network, hits, horizon)
    wiring, ordered = kernel.wiring(network), compiled(hits)
    work = kernel.workspace(wiring, network.spare, len(hits.asset))
    longer = kernel.lengthen_each(groups, float(more), ordered, float(horizon), weights, wiring, work)
    before = kernel.lengthen_each(groups[:1], 0.0, ordered, float(horizon), weights, wiring, work)
    saved = before - longer
    ranked = np.lexsort((groups, -saved.sum(axis=1)))
    return WorthOfAutonomy(groups[ranked], saved[ranked])


def _groups_that_matter(network: SupplyNetwork, hits: Scenarios, horizon: float) -> Integers:
    wiring, ordered = kernel.wiring(network), compiled(hits)
    work = kernel.workspace(wiring, network.spare, len(hits.asset))
    matter = np.zeros(network.groups, bool)
    for number in range(len(hits)):
        here = slice(hits.first[number], hits.first[number + 1])
        failed = kernel.fail(ordered.asset[here], ordered.minute[here], float(horizon), wiring, work)
        because = work.because[work.order[:failed]]
        matter[because[because >= 0]] = True
        kernel.clean(failed, wiring, work)
    return np.flatnonzero(matter)
