"""Why these sites: what each adds and would take away, which would come in its place, and who is left out and why."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from shancheng.methods.siting import kernel
from shancheng.methods.siting.allowance import Allowance, amounts, checked, limits_of_sites
from shancheng.methods.siting.answer import Siting, flow_of
from shancheng.methods.siting.kernel import Town
from shancheng.methods.siting.merging import merged
from shancheng.methods.siting.reach import Floats, Reach, Short, Whole, sums
from shancheng.methods.siting.search import Flags, Open, rule_of

NONE: Final = -1
RIVALS: Final = 5
"""Closed sites seated in place of each chosen one, where capacity makes a seating needed."""


class Left(IntEnum):
    """Why demand is served or not."""

    SERVED = 0
    OUT_OF_REACH = 1
    """No site at all reaches it."""
    NUMBER = 2
    """Sites that reach it are not chosen: the number of sites is used up, on others that add more."""
    BUDGET = 3
    """Sites that reach it cost more than what is left."""
    FULL = 4
    """The chosen sites that reach it are full."""
    FEW = 5
    """A site that reaches it could still be chosen; the answer is not the proven best."""


@dataclass(frozen=True)
class SiteReason:
    """What speaks for one new site, in what the choice was made by: weight covered, or weight x time saved."""

    site: int
    added: float
    """What it adds to the sites before it; over all new sites this adds up to after less before."""
    gaining: Short
    """Demands that are better off by it at its turn."""
    gained: Floats
    """What each of those has of it; over all new sites this adds up, demand by demand."""
    loss: float
    """What would be lost without it, all others in their places."""
    runner_up: int
    """The site that would replace it best, -1 where there is none."""
    runner_up_loss: float
    """What would be lost with that one in its place; below 0 where that would be better."""


@dataclass(frozen=True)
class Reasons:
    """The reasons of a whole answer."""

    before: float
    """What the sites that stand do by themselves."""
    after: float
    sites: tuple[SiteReason, ...]
    left: npt.NDArray[np.int8]
    """(demands,) a `Left` for each demand with weight; served in part counts as not served."""
    unserved: Floats
    """(demands,) weight without a site."""
    nearest_closed: Short
    """(demands,) for the unserved the nearest site that is not chosen, -1 for none."""

    def unserved_by_reason(self) -> dict[Left, float]:
        """Weight left out, by why."""
        return {each: float(self.unserved[self.left == each].sum()) for each in Left if each is not Left.SERVED}


def gained_by_group(reason: SiteReason, group: npt.NDArray[np.integer], groups: int) -> Floats:
    """(groups,) what each group of demand has of a site; `group` int[demands]."""
    return sums(group[reason.gaining], reason.gained, groups)


def reasons_of(
    siting: Siting,
    reach: Reach,
    weight: npt.ArrayLike,
    allowance: Allowance,
    *,
    beyond: int | None = None,
    capacity: npt.ArrayLike | None = None,
) -> Reasons:
    """Why an answer of `cover_most` (`beyond` None) or `least_time` is as it is; the rest as it was asked.

    What a site adds counts as more weight covered, or as more weight x time saved. With capacity every figure comes
    from whole seatings, and the runner-up is the best of a few candidates that reach most of its demand. Raises as
    those functions do.
    """
    people = amounts(weight, reach.demands, "weight of demand")
    limits = limits_of_sites(capacity, reach.sites)
    asked = _Asked(reach, people, beyond, limits, allowance, checked(allowance, reach.sites).cost)
    losses = asked.losses_open(siting) if limits is None else asked.losses_seated(siting)
    sites, states = [], [asked.per_demand(siting.chosen[: siting.standing])]
    for turn, site in enumerate(siting.new.tolist()):
        states.append(asked.per_demand(siting.chosen[: siting.standing + turn + 1]))
        change = states[-1] - states[-2]
        who = np.flatnonzero(change)
        sites.append(SiteReason(site, float(change.sum()), who.astype(np.int32), change[who], *losses[turn]))
    left, unserved = _left(asked, siting)
    return Reasons(
        float(states[0].sum()), float(states[-1].sum()), tuple(sites), left, unserved, _nearest_closed(asked, siting)
    )


@dataclass(frozen=True)
class _Asked:
    """A question, and what choices do in it."""

    reach: Reach
    people: Floats
    beyond: int | None
    limits: Floats | None
    allowance: Allowance
    cost: Floats

    def per_demand(self, chosen: Whole) -> Floats:
        """(demands,) weight covered, or weight x time saved beside being unserved."""
        if not len(chosen):
            return np.zeros(self.reach.demands)
        flow = flow_of(self.reach, self.people, chosen, self.limits, self.beyond)
        saved = flow.amount if self.beyond is None else flow.amount * (self.beyond - flow.time)
        return sums(flow.demand, saved, self.reach.demands)

    def money_left(self, siting: Siting) -> float:
        """What the budget has left."""
        return float(self.allowance.budget - self.cost[siting.new].sum())

    def losses_open(self, siting: Siting) -> list[tuple[float, int, float]]:
        """For each new site the loss without it, the runner-up, and the loss with that: from gains, losses, extras."""
        town = self._town()
        allowed = checked(self.allowance, self.reach.sites)
        state = Open(town, rule_of(allowed)).opened(siting.chosen)
        closed = np.flatnonzero(state.slot == kernel.NOBODY)
        money, found = self.money_left(siting), []
        for slot in range(siting.standing, len(siting.chosen)):
            loss = float(state.loss[slot])
            net = loss - state.gain[closed] - state.extra[closed, slot]
            net[self.cost[closed] - self.cost[siting.chosen[slot]] > money] = math.inf
            found.append((loss, *_least(closed, net, loss)))
        return found

    def losses_seated(self, siting: Siting) -> list[tuple[float, int, float]]:
        """The same by seating all without the site, and with each likely one in its place."""
        whole, money, found = float(self.per_demand(siting.chosen).sum()), self.money_left(siting), []
        for slot in range(siting.standing, len(siting.chosen)):
            others = np.delete(siting.chosen, slot)
            loss = whole - float(self.per_demand(others).sum())
            rivals = self._rivals(siting, slot, money)
            net = np.array([whole - self.per_demand(np.append(others, each)).sum() for each in rivals.tolist()])
            found.append((loss, *_least(rivals, net, loss)))
        return found

    def _rivals(self, siting: Siting, slot: int, money: float) -> Whole:
        """The closed, affordable sites that reach most of what one site serves and of what nobody does."""
        served = self.people - siting.flow.served(self.reach.demands)
        mine = siting.flow.site == siting.chosen[slot]
        served[siting.flow.demand[mine]] += siting.flow.amount[mine]
        near = sums(self.reach.site, served[self.reach.demand], self.reach.sites)
        near[siting.chosen] = 0
        near[self.cost - self.cost[siting.chosen[slot]] > money] = 0
        likely = np.argsort(-near, kind="stable")[:RIVALS]
        return likely[near[likely] > 0]

    def _town(self) -> Town:
        """The demand as it is asked for, with useless candidates too."""
        if self.beyond is None:
            return merged(self.reach.covering(), self.people, 1.0).town
        return merged(self.reach, self.people, float(self.beyond)).town


def _least(sites: Whole, net: Floats, loss: float) -> tuple[int, float]:
    """The site with the least loss and that loss; none where it would bring nothing back."""
    if not len(sites) or not net.min() < loss:
        return NONE, loss
    best = int(np.argmin(net))
    return int(sites[best]), float(net[best])


def _left(asked: _Asked, siting: Siting) -> tuple[npt.NDArray[np.int8], Floats]:
    reach, people = asked.reach, asked.people
    unserved = people - siting.flow.served(reach.demands)
    near = np.ones(reach.pairs, np.bool_) if asked.beyond is None else reach.time < asked.beyond
    is_open = np.zeros(reach.sites, np.bool_)
    is_open[siting.chosen] = True

    def some(pairs: Flags) -> Flags:
        return np.bincount(reach.demand[pairs], minlength=reach.demands) > 0

    left = np.full(reach.demands, Left.OUT_OF_REACH, np.int8)
    number_left = asked.allowance.count is None or len(siting.new) < asked.allowance.count
    money = asked.money_left(siting)
    left[some(near & ~is_open[reach.site])] = Left.NUMBER if not number_left else Left.BUDGET
    if number_left:
        left[some(near & (~is_open & (asked.cost <= money))[reach.site])] = Left.FEW
    left[some(near & is_open[reach.site])] = Left.FULL
    left[~(unserved > 0)] = Left.SERVED
    return left, unserved


def _nearest_closed(asked: _Asked, siting: Siting) -> Short:
    """(demands,) the nearest site that is not chosen, for demand that is not wholly served."""
    reach = asked.reach
    is_closed = np.ones(reach.sites, np.bool_)
    is_closed[siting.chosen] = False
    whose = np.repeat(np.arange(reach.demands), np.diff(reach.back_first))
    near = is_closed[reach.back_site] & (reach.back_time < (math.inf if asked.beyond is None else asked.beyond))
    who, first = np.unique(whose[near], return_index=True)
    found = np.full(reach.demands, NONE, np.int32)
    found[who] = reach.back_site[near][first]
    found[~(asked.people - siting.flow.served(reach.demands) > 0)] = NONE
    return found


def in_words(reason: SiteReason, name: Callable[[int], str], unit: str) -> str:
    """One sentence for one site: what it adds, what its loss would cost, what would come in its place."""
    said = f"{name(reason.site)} adds {reason.added:,.0f} {unit} for {len(reason.gaining)} points of demand"
    if reason.runner_up == NONE:
        return f"{said}; without it {reason.loss:,.0f} are lost, and no other site brings any of it back."
    return (
        f"{said}; without it {reason.loss:,.0f} are lost, with {name(reason.runner_up)} in its place "
        f"{reason.runner_up_loss:,.0f}."
    )
