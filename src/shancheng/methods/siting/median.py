"""Sites that make the way of all demand to its nearest as short as possible."""

import numpy.typing as npt

from shancheng.methods.siting.allowance import Allowance, Effort, amounts, checked, limits_of_sites
from shancheng.methods.siting.answer import Aim, Siting, best_choice, flow_of, is_whole, ordered
from shancheng.methods.siting.errors import DemandError
from shancheng.methods.siting.merging import merged
from shancheng.methods.siting.reach import TIME_MOST, Reach
from shancheng.methods.siting.search import rule_of


def least_time(
    reach: Reach,
    weight: npt.ArrayLike,
    allowance: Allowance,
    *,
    beyond: int,
    capacity: npt.ArrayLike | None = None,
    effort: Effort | None = None,
) -> Siting:
    """The p-median (S. Hakimi 1964): the least weight x time, demand without a place counting as `beyond` away.

    weight (demands,); capacity (sites,) what each can serve, demand then splits. Pairs at or past `beyond`
    are as good as none: with every pair below it left out of `reach`, the answer's bound holds for all pairs too, and
    the value where everybody is served. Raises DemandError and AllowanceError for what does not fit, NothingInReach.
    """
    people = amounts(weight, reach.demands, "weight of demand")
    if not 0 < beyond <= TIME_MOST:
        raise DemandError(f"Demand without a place is to count as {beyond} away; give a time from 1 to {TIME_MOST}.")
    allowed, limits = checked(allowance, reach.sites), limits_of_sites(capacity, reach.sites)
    small = merged(reach, people, float(beyond))
    wanted = effort or Effort()
    whole = 1.0 if is_whole(people) and (limits is None or is_whole(limits)) else 0.0
    aim = Aim(wanted, whole, lambda cost: wanted.gap * cost)
    best, how = best_choice(small.town, rule_of(allowed, limits), aim)
    chosen = ordered(small.town, allowed, best.chosen)
    flow = flow_of(reach, people, chosen, limits, beyond)
    value = float((flow.amount * flow.time).sum() + (people.sum() - flow.amount.sum()) * beyond)
    return Siting(chosen, len(allowed.fixed), flow, value, min(best.bound + small.constant, value), how)
