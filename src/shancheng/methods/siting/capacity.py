"""Choices of sites that can fill up: each is judged by giving places to all who come."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from shancheng.methods.siting import descent
from shancheng.methods.siting.descent import Rule
from shancheng.methods.siting.errors import AllowanceError
from shancheng.methods.siting.kernel import Town
from shancheng.methods.siting.reach import Floats, Whole
from shancheng.methods.siting.search import EQUAL, new_cost, permitted
from shancheng.methods.siting.seating import Places, hall_of, places_of, seat_all

OPEN_MOST: Final = 5_000
"""Sites with capacity that can be open at once."""
RIVALS: Final = 4
"""Closed sites tried in place of each open one."""
TRIES_MOST: Final = 120
"""Seatings in one round of exchanges."""


@dataclass(frozen=True)
class Crowded:
    """Greedy on the demand that has no place yet, then exchanges, each judged by a whole seating."""

    town: Town
    rule: Rule
    samples: int = 0

    def first(self) -> tuple[Whole, float]:
        """Site after site, each the one that serves most of those without a place."""
        sites = self.rule.fixed.astype(np.int64)
        return self._improved(
            self.chosen_in_turn(sites), descent.worth_of_sites(self.town.beyond, self.town, self.rule)
        )

    def near(self, share: Floats) -> tuple[Whole, float]:
        """The sites with the largest shares, then those that serve most."""
        return self._improved(self.chosen_in_turn(permitted(share, self.rule)), share)

    def cost(self, sites: Whole) -> float:
        """Weight x time where all take the cheapest places at those sites."""
        seats = self.seats(sites)
        time = np.float64(self.hall_time(sites) @ seats.taken)
        return float(time + (seats.without * self.town.beyond).sum())

    def seats(self, sites: Whole) -> Places:
        """Who has a place where, by pair of the town in the order kept for those sites."""
        if len(sites) > OPEN_MOST:
            raise AllowanceError(f"{len(sites)} sites with capacity are too many to fill at once; at most {OPEN_MOST}.")
        opened = np.sort(sites)
        hall, _ = hall_of(self.town, opened, self.town.weight, self._outside)
        places = places_of(hall, self.rule.capacity[opened])
        seat_all(hall, places)
        return places

    def hall_time(self, sites: Whole) -> Floats:
        """(p,) times of the pairs that `seats` speaks of."""
        return self.town.back_time[np.isin(self.town.back_site, sites)].astype(np.float64)

    @property
    def _outside(self) -> int:
        return int(self.town.beyond[0]) if len(self.town.beyond) else 1

    def chosen_in_turn(self, sites: Whole) -> Whole:
        """Those sites and greedily more, while number and budget last and somebody is without a place."""
        chosen, cost = sites.tolist(), new_cost(self.rule)
        left = self.town.weight.copy()
        budget = self.rule.budget - cost[sites].sum()
        for site in chosen:
            self._serve(site, left)
        while len(chosen) < len(self.rule.fixed) + self.rule.free:
            worth = descent.worth_of_sites(self.town.beyond, self.town._replace(weight=left), self.rule)
            worth[chosen] = 0
            worth[cost > budget] = 0
            best = int(np.argmax(worth))
            if worth[best] <= 0:
                break
            chosen.append(best)
            budget -= cost[best]
            self._serve(best, left)
        return np.asarray(chosen, np.int64)

    def _serve(self, site: int, left: Floats) -> None:
        """Take away those a site serves, up to its capacity."""
        town = self.town._replace(weight=left)
        share = np.zeros(len(left))
        descent.fill_up(site, town.beyond, town, self.rule.capacity[site], 1.0, share)
        left *= np.maximum(1 - share, 0)
        left[left < EQUAL] = 0

    def _improved(self, sites: Whole, share: Floats) -> tuple[Whole, float]:
        """The first exchange that helps, again and again, within a number of tries."""
        best, tries = self.cost(sites), 0
        improving = True
        while improving and tries < TRIES_MOST:
            improving = False
            for other in self._exchanges(sites, share):
                tries += 1
                cost = self.cost(other)
                if cost < best - EQUAL * best:
                    sites, best, improving = other, cost, True
                if improving or tries >= TRIES_MOST:
                    break
        return sites, best

    def _exchanges(self, sites: Whole, share: Floats) -> list[Whole]:
        """Choices with one new site replaced by one of the likeliest closed ones that the budget allows."""
        cost, fixed = new_cost(self.rule), len(self.rule.fixed)
        left = self.rule.budget - cost[sites].sum()
        closed = share.copy()
        closed[sites] = -1
        rivals = np.argsort(-closed, kind="stable")[: max(len(share) - len(sites), 0)]
        found = []
        for slot in range(fixed, len(sites)):
            affordable = rivals[cost[rivals] - cost[sites[slot]] <= left]
            for rival in affordable[:RIVALS]:
                other = sites.copy()
                other[slot] = rival
                found.append(other)
        return found
