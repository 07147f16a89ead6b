"""Branch and bound of our own for coverings: the relaxed answer at every branch, and only what can still be better.

Prices of demand show which sites every better choice has and which none has; what is left is made smaller before it is
parted, so that branches soon hold a few sites.
"""

import math
import time
from dataclasses import dataclass, replace

import numpy as np

from shancheng.methods.siting.allowance import Effort
from shancheng.methods.siting.descent import Rule, worth_of_sites
from shancheng.methods.siting.exact import still_open
from shancheng.methods.siting.interior import charged, relaxed
from shancheng.methods.siting.kernel import Town
from shancheng.methods.siting.narrowing import Rest, in_order, narrowed, whole_rest
from shancheng.methods.siting.reach import Floats, Whole
from shancheng.methods.siting.search import Flags, Found, Open, new_cost

NEAR = 0.1
"""How far the relaxed answer is followed where it does not close a branch, as a share of what is missing."""
FIRST, EACH = 3, 4
"""Sites are rounded from shares at the first branches, and then at every so many."""
SITES_MOST = 2_000
"""Candidates that may still be in a better choice; with more, equations take too long."""
SHRUNK = 0.7
"""A branch left with this share of its sites is looked at again before it is parted."""


@dataclass
class Proof:
    """Branch and bound under way."""

    rule: Rule
    best: Found
    apart: float
    """A choice that costs less than the best by no more than this is not looked for."""
    least: float = math.inf
    """No choice that was passed over costs less."""

    @property
    def cut(self) -> float:
        """What a choice must cost less than."""
        return self.best.cost - self.apart

    def offer(self, cost: float, chosen: Whole) -> None:
        """Keep a choice if it is the best; one that is over the budget by what rounding forgave is passed over."""
        if cost >= self.best.cost:
            return
        if new_cost(self.rule)[chosen].sum() <= self.rule.budget:
            self.best = replace(self.best, cost=cost, chosen=chosen)
        else:
            self.pass_over(cost)

    def pass_over(self, bound: float) -> None:
        """Choices that cost no less than a bound are not looked at."""
        self.least = min(self.least, bound)


def may_be_better(town: Town, rule: Rule, best: Found, apart: float) -> Flags:
    """bool[sites] that a choice cheaper by `apart` may have, the sites that stand included."""
    return still_open(town, rule, best, apart)[0]


def proven(town: Town, rule: Rule, best: Found, effort: Effort, *, apart: float) -> Found:
    """The best choice of a covering, from a good one and its prices of demand; with a bound that is no more than
    `apart` below it where the effort suffices."""
    proof, begun = Proof(rule, best, apart), time.monotonic()
    kept, within = still_open(town, rule, best, apart)
    proof.pass_over(proof.cut)
    whole, stand = whole_rest(town, rule, best)
    branches, seen = [in_order(narrowed(whole, kept, within | stand))] if whole.can_hold(within | stand) else [], 0
    while branches and seen < effort.nodes and time.monotonic() - begun <= effort.seconds:
        branches += _parted(branches.pop(), proof, seen < FIRST or seen % EACH == 0)
        seen += 1
    for rest in branches:
        proof.pass_over(rest.bound)
    return replace(proof.best, bound=max(best.bound, min(proof.least, proof.best.cost)))


def _parted(rest: Rest, proof: Proof, is_rounded: bool) -> list[Rest]:
    """The two branches of a rest, the likelier last; none where it holds nothing better than the best known."""
    share = np.zeros(int(rest.name.max(initial=0)) + 1)
    while rest.bound < proof.cut:
        if rest.may_have_all:
            proof.offer(rest.settled, np.concatenate([rest.chosen, rest.name]))
            return []
        if not rest.rule.free:
            proof.offer(rest.settled + rest.town.weight.sum(), rest.chosen)
            return []
        part = rest.part()
        found = relaxed(part, proof.cut - rest.settled, NEAR)
        share[rest.name] = found.share
        rest = replace(rest, price=found.price / rest.town.weight, bound=max(rest.bound, rest.settled + found.bound))
        if is_rounded:
            chosen, cost = Open(rest.town, rest.rule).near(found.share)
            proof.offer(rest.settled + cost, np.concatenate([rest.chosen, rest.name[chosen]]))
            is_rounded = False
        room = proof.cut - rest.settled - found.bound
        if room <= 0:
            break
        gain = worth_of_sites(rest.price, rest.town, rest.rule) - charged(part, found.rate)
        kept, within = gain > -room, gain >= room
        if within.any() or not kept.all():
            proof.pass_over(proof.cut)
        if not rest.can_hold(within):
            return []
        before, rest = len(rest.name), narrowed(rest, kept, within)
        if len(rest.name) > SHRUNK * before:
            return _halves(rest, share[rest.name])
    proof.pass_over(rest.bound)
    return []


def _halves(rest: Rest, share: Floats) -> list[Rest]:
    """Without and with the site that is least decided."""
    site = np.zeros(len(share), np.bool_)
    site[np.argmax(np.minimum(share, 1 - share))] = True
    none = np.zeros_like(site)
    with_it = [narrowed(rest, ~none, site)] if rest.can_hold(site) else []
    return [narrowed(rest, ~site, none), *with_it]
