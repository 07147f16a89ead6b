"""Who lacks what: people without a category within their minutes, by group, and what they are short of together."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shancheng.ground.network.points import Homes
from shancheng.wings.services.errors import WishError
from shancheng.wings.services.reach import CAP, Reach

YES, NO, UNKNOWN = 1, 0, -1
Answers = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Lack:
    """One category, and the people who have it within the minutes asked for or have not."""

    category: str
    people_within: float
    people_lacking: float
    people_unknown: float
    """In homes that lie on no street of this walker."""
    people_lacking_near_border: float
    """Of those who lack it, so near to the border of the extract that they may have one beyond it."""
    share_within: float
    """Of those who are known; NaN where nobody is."""
    minutes_median: float
    """Of people who have one within twice the minutes; NaN where nobody has."""
    gap_person_minutes: float
    """Sum over people of the minutes beyond those asked for; whoever has none counts as twice the minutes."""
    lacking_by_group: Mapping[str, float]


def lacks(reach: Reach, homes: Homes) -> tuple[Lack, ...]:
    """One line a category, in the order of the categories."""
    within = reach.within()
    return tuple(_lack(reach, homes, number, within[number]) for number in range(len(reach.categories)))


def _lack(reach: Reach, homes: Homes, number: int, within: npt.NDArray[np.bool_]) -> Lack:
    people, known = homes.people, reach.is_known
    minutes, limit = reach.minutes[number, :, 0], reach.wish.minutes
    have, without = known & within, known & ~within
    beyond = np.clip(np.nan_to_num(minutes, nan=CAP * limit), limit, CAP * limit) - limit
    whole = float(people[known].sum())
    return Lack(
        category=reach.categories[number],
        people_within=float(people[have].sum()),
        people_lacking=float(people[without].sum()),
        people_unknown=float(people[~known].sum()),
        people_lacking_near_border=float(people[without & reach.near_border[number]].sum()),
        share_within=float(people[have].sum()) / whole if whole > 0 else np.nan,
        minutes_median=_median(minutes, np.where(known & ~np.isnan(minutes), people, 0.0)),
        gap_person_minutes=float((people * beyond)[without].sum()),
        lacking_by_group={name: float(count[without].sum()) for name, count in homes.groups.items()},
    )


def _median(values: npt.NDArray[np.float64], weight: npt.NDArray[np.float64]) -> float:
    """The value at which half of the weight is reached; NaN without weight."""
    order = np.argsort(values, kind="stable")
    order = order[weight[order] > 0]
    if not len(order):
        return float("nan")
    heaped = np.cumsum(weight[order])
    return float(values[order[np.searchsorted(heaped, heaped[-1] / 2)]])


def step_free(strict: Reach, lenient: Reach) -> Answers:
    """(c, h) whether each category is within the minutes without a step: 1 yes, 0 no, -1 unknown.

    Yes where a walker who trusts only what is written down gets there, even where the lenient one begins on another
    street nearer to the door; no where neither does; unknown between, and where the home is on no street. Raises
    WishError where the two were not asked the same.
    """
    if strict.wish != lenient.wish or strict.categories != lenient.categories:
        raise WishError("The strict and the lenient answer were asked different things; ask both the same.")
    sure, possible = strict.within(), lenient.within()
    answer = np.where(sure, YES, np.where(possible, UNKNOWN, NO)).astype(np.int8)
    answer[:, ~lenient.is_known] = UNKNOWN
    return answer
