"""Sites that bring as much demand as possible within reach, and the fewest that bring all of it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shancheng.methods.siting.allowance import Allowance, Checked, Effort, amounts, checked, limits_of_sites
from shancheng.methods.siting.answer import Aim, Flow, How, Siting, best_choice, flow_of, is_whole, ordered
from shancheng.methods.siting.errors import AllowanceError, NothingInReach
from shancheng.methods.siting.fairness import Floors, best_fair_choice, needs_of
from shancheng.methods.siting.fewest import fewest, fewest_with_places
from shancheng.methods.siting.merging import Merged, dominated, merged
from shancheng.methods.siting.reach import Floats, Reach, Whole
from shancheng.methods.siting.search import EQUAL, Flags, Found, rule_of


def cover_most(
    reach: Reach,
    weight: npt.ArrayLike,
    allowance: Allowance,
    *,
    capacity: npt.ArrayLike | None = None,
    floors: Floors | None = None,
    effort: Effort | None = None,
) -> Siting:
    """The maximal covering (R. Church and C. ReVelle 1974): the most weight within reach of chosen sites.

    weight (demands,) people as a rule; capacity (sites,) what each can serve, demand then splits between sites; floors
    hold a share of the weight of each district (without capacity). Fewer sites than allowed are chosen where more would
    add nothing. Raises DemandError and AllowanceError for what does not fit, NothingInReach, and NoChoice where floors
    cannot hold.
    """
    if floors is not None and capacity is not None:
        raise AllowanceError("Floors of districts cannot be kept together with capacities; ask for one of the two.")
    people = amounts(weight, reach.demands, "weight of demand")
    allowed, limits = checked(allowance, reach.sites), limits_of_sites(capacity, reach.sites)
    covering = reach.covering()
    kept = _useful(covering, allowed) if limits is None else None
    small = merged(covering, people, 1.0, kept, None if floors is None else floors.district)
    rule = rule_of(allowed, limits)
    aim = _aim(effort or Effort(), small, people, limits)
    if floors is None:
        best, how = best_choice(small.town, rule, aim)
    else:
        best, how = best_fair_choice(small, rule, aim, needs_of(small, floors, people))
    return _siting(reach, people, allowed, limits, small, best, how)


@dataclass(frozen=True)
class Covering:
    """Sites that cover all that any site reaches, and how few or cheap they could be at least."""

    chosen: Whole
    """Sites, those that stand first."""
    standing: int
    flow: Flow
    """Who goes where: to the nearest, or where there is a place."""
    value: float
    """How many new sites there are, or what they cost."""
    bound: float
    """No sites that cover as much are fewer, or cost less."""
    how: How
    unreachable: Whole
    """Demands no site reaches at all."""

    @property
    def gap(self) -> float:
        """How far value and bound are apart, as a share of the value."""
        return (self.value - self.bound) / self.value if self.value > 0 else 0.0


def cover_all(
    reach: Reach,
    weight: npt.ArrayLike | None = None,
    *,
    cost: npt.ArrayLike | None = None,
    capacity: npt.ArrayLike | None = None,
    fixed: tuple[int, ...] = (),
    effort: Effort | None = None,
) -> Covering:
    """The location set covering (C. Toregas and others 1971): the fewest or, with `cost` (sites,), the cheapest sites
    that cover every demand with weight above 0 that any site reaches; the others are named.

    capacity (sites,) what each can serve, demand then splits between sites. Proven best where `effort.nodes` suffice.
    Raises as `cover_most` does, and NoChoice where all sites together have too few places.
    """
    people = np.ones(reach.demands) if weight is None else amounts(weight, reach.demands, "weight of demand")
    prices = np.ones(reach.sites) if cost is None else amounts(cost, reach.sites, "cost of sites")
    allowed = checked(Allowance(count=reach.sites - len(fixed), cost=prices, fixed=fixed), reach.sites)
    limits, covering = limits_of_sites(capacity, reach.sites), reach.covering()
    kept = _useful(covering, allowed) if limits is None else None
    town = merged(covering, people, 1.0, kept).town
    if not len(town.weight):
        raise NothingInReach("No site reaches any demand: look for a wrong datum, an empty category or a short limit.")
    proving = effort or Effort(gap=0.0)
    found = fewest(town, allowed, proving) if limits is None else fewest_with_places(town, allowed, limits, proving)
    value = float(prices[found.chosen[len(allowed.fixed) :]].sum())
    flow = flow_of(reach, people, found.chosen, limits, None)
    unreachable = np.flatnonzero((np.diff(reach.back_first) == 0) & (people > 0))
    bound = min(found.bound, value)
    return Covering(found.chosen, len(allowed.fixed), flow, value, bound, "branch and bound", unreachable)


def _useful(covering: Reach, allowed: Checked) -> Flags:
    """bool[sites] that are not dominated by another."""
    fixed = np.zeros(covering.sites, np.bool_)
    fixed[allowed.fixed] = True
    rows = (covering.first, covering.demand, covering.back_first, covering.back_site)
    gone: Flags = dominated(*rows, allowed.cost, fixed)
    return ~gone


def _aim(effort: Effort, small: Merged, people: Floats, limits: Floats | None) -> Aim:
    total = float(small.town.weight.sum())
    whole = 1.0 if is_whole(people) and (limits is None or is_whole(limits)) else 0.0
    return Aim(effort, whole, lambda cost: effort.gap * (total - cost))


def _siting(
    reach: Reach, people: Floats, allowed: Checked, limits: Floats | None, small: Merged, best: Found, how: How
) -> Siting:
    reachable = float(small.town.weight.sum())
    chosen = ordered(small.town, allowed, best.chosen)
    flow = flow_of(reach, people, chosen, limits, None)
    value, bound = float(flow.amount.sum()), reachable - best.bound
    if value >= reachable * (1 - EQUAL):
        return Siting(chosen, len(allowed.fixed), flow, value, value, "everything")
    return Siting(chosen, len(allowed.fixed), flow, value, max(bound, value), how)
