"""A floor under each district: at least that share of its demand has to come within reach."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from shancheng.methods.siting import exact
from shancheng.methods.siting.answer import Aim, How, best_choice, cost_of
from shancheng.methods.siting.descent import Rule
from shancheng.methods.siting.errors import DemandError, NoChoice
from shancheng.methods.siting.merging import Merged
from shancheng.methods.siting.reach import Floats, Whole, sums
from shancheng.methods.siting.search import EQUAL, Found, Open, new_cost

TURNS_MOST = 16
"""How often the demand of districts below their floor is made to count for more."""


@dataclass(frozen=True)
class Floors:
    """District of each demand, and the share of its weight that has to be covered."""

    district: Whole
    """(demands,)"""
    share: Floats
    """(districts,) 0 to 1."""

    @classmethod
    def of(cls, district: npt.ArrayLike, share: npt.ArrayLike, demands: int) -> "Floors":
        """Checked: raises DemandError where a district is not there or a share no share."""
        where, least = np.asarray(district), np.asarray(share, np.float64)
        if where.shape != (demands,) or not np.issubdtype(where.dtype, np.integer) or least.ndim != 1:
            raise DemandError(
                f"Floors need a whole district number for each of {demands} demands, and a list of shares."
            )
        if len(where) and not 0 <= where.min() <= where.max() < len(least):
            raise DemandError(
                f"Districts run from 0 to {len(least) - 1}; number {where.max()} or {where.min()} is not one."
            )
        wrong = ~((least >= 0) & (least <= 1))
        if wrong.any():
            at = int(np.argmax(wrong))
            raise DemandError(f"The floor of district {at} is {least[at]}; a share lies between 0 and 1.")
        return cls(where.astype(np.int64), least)


@dataclass(frozen=True)
class Needs:
    """Floors on merged demand."""

    district: Whole
    """(n,) of each demand of the town."""
    least: Floats
    """(districts,) weight that has to be covered."""
    reachable: Floats
    """(districts,) weight that any site reaches."""

    def lacking(self, town_weight: Floats, covered: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """bool[districts] below their floor."""
        here = sums(self.district[covered], town_weight[covered], len(self.least))
        return here < self.least - EQUAL * np.maximum(self.least, 1)


def needs_of(small: Merged, floors: Floors, people: Floats) -> Needs:
    """Floors as weights; raises NoChoice for a district that even all sites together leave below its floor."""
    districts = len(floors.share)
    inside = small.group >= 0
    district = np.zeros(len(small.town.weight), np.int64)
    district[small.group[inside]] = floors.district[inside]
    whole = sums(floors.district, people, districts)
    reachable = sums(district, small.town.weight, districts)
    needs = Needs(district, floors.share * whole, reachable)
    out = needs.least > reachable + EQUAL * np.maximum(reachable, 1)
    if out.any():
        at = int(np.argmax(out))
        raise NoChoice(
            f"District {at} is to have {floors.share[at]:.0%} of its demand covered, but all candidates together reach "
            f"{reachable[at] / whole[at]:.0%} ({int(out.sum())} such districts): lower the floor or add candidates."
        )
    return needs


def best_fair_choice(small: Merged, rule: Rule, aim: Aim, needs: Needs) -> tuple[Found, How]:
    """The best without floors where it keeps them; else one that does, and branch and bound for the rest of the gap."""
    free, how = best_choice(small.town, rule, aim)
    if not needs.lacking(small.town.weight, covered_by(small, free.chosen)).any():
        return free, how
    fair = _raised(small, rule, needs, free)
    if fair is not None and fair.cost - fair.bound <= aim.enough(fair.cost):
        return fair, how
    if not aim.effort.nodes:
        return _or_none(fair), how
    return _branched(small, rule, aim, needs, free, fair), "branch and bound"


def covered_by(small: Merged, chosen: Whole) -> npt.NDArray[np.bool_]:
    """bool[n]: which demand of the town a choice covers."""
    is_open = np.zeros(len(small.town.first) - 1, np.bool_)
    is_open[chosen] = True
    return np.logical_or.reduceat(is_open[small.town.back_site], small.town.back_first[:-1])


def _raised(small: Merged, rule: Rule, needs: Needs, free: Found) -> Found | None:
    """The demand of lacking districts counts for more and more, until none lacks; the cheapest such choice seen."""
    town, best = small.town, None
    more = np.zeros(len(needs.least))
    lacking = needs.lacking(town.weight, covered_by(small, free.chosen))
    for _ in range(TURNS_MOST):
        more = np.where(lacking, 2 * more + 0.5, more)
        weighted = town._replace(weight=town.weight * (1 + more[needs.district]))
        chosen, _ = Open(weighted, rule).first()
        lacking = needs.lacking(town.weight, covered_by(small, chosen))
        if lacking.any():
            continue
        cost = cost_of(town, rule, chosen)
        if best is None or cost < best.cost:
            best = replace(free, chosen=chosen, cost=cost)
        more *= 0.8
    return best


def _branched(small: Merged, rule: Rule, aim: Aim, needs: Needs, free: Found, fair: Found | None) -> Found:
    town, sites = small.town, len(rule.cost)
    kept, within = np.ones(sites, np.bool_), np.zeros(sites, np.bool_)
    if fair is not None:
        kept, within = exact.still_open(town, rule, fair, aim.whole)
    smaller = exact.without_sites(town, kept)
    programme = exact.siting_programme(smaller, rule, kept, within)
    demands, districts = len(town.weight), len(needs.least)
    places = (needs.district, sites + np.arange(demands))
    rows = sparse.csr_matrix((-town.weight, places), shape=(districts, len(programme.cost)))
    programme = exact.with_rows(programme, rows, needs.least * (1 - EQUAL) - needs.reachable)
    start = None if fair is None else exact.start_of(programme, smaller, fair.chosen)
    apart = max(aim.enough(free.cost), 0.99 * aim.whole, EQUAL * free.cost)
    done = exact.branched(programme, start, aim.effort, apart=apart)
    if done.values is None:
        return _or_none(fair)
    picked = np.flatnonzero(done.values[:sites] > 0.5)
    chosen = np.concatenate([rule.fixed, np.setdiff1d(picked, rule.fixed)]).astype(np.int64)
    cost = cost_of(town, rule, chosen)
    over = new_cost(rule)[chosen].sum() > rule.budget
    if over and fair is None:
        return _or_none(fair)
    if fair is not None and (over or fair.cost <= cost):
        chosen, cost = fair.chosen, fair.cost
    bound = max(free.bound, min(done.bound - EQUAL * abs(done.bound), cost))
    return Found(chosen, cost, cost if aim.whole and cost - bound < 0.999 * aim.whole else bound, free.price)


def _or_none(fair: Found | None) -> Found:
    if fair is None:
        raise NoChoice(
            "No choice of sites was found that keeps every floor with this number and budget: lower a floor, allow "
            "more, or let branch and bound look longer."
        )
    return fair
