"""What the loss of a link does: flows settle anew without it, and what can no longer be carried is counted apart."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from shancheng.methods.equilibrium.assign import Equilibrium, State
from shancheng.methods.equilibrium.demand import Demand
from shancheng.methods.equilibrium.errors import EquilibriumError
from shancheng.methods.equilibrium.network import Floats, Network
from shancheng.methods.given import whole_numbers


@dataclass(frozen=True)
class LossScan:
    """One row for each loss; compare with `before`."""

    before: Equilibrium
    spent: Floats
    """(s,) flow x cost of all that still travels."""
    unserved: Floats
    """(s, c) amount of each commodity that stays or has no way; look at this first, at `spent` second."""
    gap: Floats
    """(s,) the relative gap each was settled to."""

    @property
    def dearer(self) -> Floats:
        """(s,) how much more is spent than before; below 0 where fewer travel, or where the link was a trap."""
        return self.spent - self.before.spent


def loss_scan(
    network: Network,
    demand: Demand,
    *,
    losses: Sequence[Sequence[int]] | None = None,
    gap: float = 1e-6,
    rounds: int = 200,
    workers: int = 1,
) -> LossScan:
    """Each loss, a set of links that are gone together, by itself: every single link where none are given.

    Every one is settled to `gap` from the ways of the whole network, which need only be mended where they are cut. At a
    gap of 1e-6 what is spent is that of working it out anew to about 2e-5, at 1e-5 to about 3e-4. The numbers do not
    depend on `workers`, which work side by side. Demand that has no way is unserved whether or not a cost of staying is
    given. Raises EquilibriumError for links outside the network, and as `assign` for a gap or rounds that cannot be.
    """
    if not gap >= 0 or rounds < 1 or workers < 1:
        raise EquilibriumError(f"A gap is 0 or more, rounds and workers 1 or more, not {gap}, {rounds} and {workers}.")
    if losses is None:
        losses = [[link] for link in range(network.links)]
    for links in losses:
        lost = whole_numbers(list(links), "links that are lost", EquilibriumError)
        if ((lost < 0) | (lost >= network.links)).any():
            raise EquilibriumError(f"Links {list(links)} cannot be lost; there are links 0 to {network.links - 1}.")
    whole = State.empty(network, demand)
    whole.solve(gap / 10, rounds)
    before = whole.told(demand)

    def settle(links: Sequence[int]) -> tuple[float, Floats, float]:
        if not before.volume[np.asarray(links, np.int64)].any():
            return before.spent, _by_commodity(demand, before.unserved), before.gap
        state = whole.without(links)
        state.solve(gap, rounds)
        spent, unserved = state.carried(demand)
        return spent, _by_commodity(demand, unserved), state.gap

    with ThreadPoolExecutor(max_workers=workers) as crew:
        found = list(crew.map(settle, losses))
    return LossScan(
        before,
        np.array([one[0] for one in found]),
        np.array([one[1] for one in found]).reshape(len(found), len(demand.size)),
        np.array([one[2] for one in found]),
    )


def _by_commodity(demand: Demand, amount: Floats) -> Floats:
    return np.bincount(demand.commodity, amount, len(demand.size)).astype(np.float64)
