"""Small worlds of sites and demand drawn by chance, and the slow but sure answers to them."""

from dataclasses import dataclass
from itertools import combinations

import highspy
import numpy as np

from shancheng.methods.siting.reach import Reach


@dataclass(frozen=True)
class World:
    """Every time between every site and demand, and who asks."""

    time: np.ndarray
    """(sites, demands)"""
    weight: np.ndarray
    cost: np.ndarray

    @property
    def sites(self) -> int:
        return len(self.time)

    @property
    def demands(self) -> int:
        return len(self.weight)

    def reach(self, limit: int) -> Reach:
        """Pairs no more than `limit` apart."""
        site, demand = np.nonzero(self.time <= limit)
        return Reach.of(site, demand, self.time[site, demand], sites=self.sites, demands=self.demands)


def world(seed: int, sites: int = 9, demands: int = 30, longest: int = 30) -> World:
    """Points on a square, so that times are those of a plane; some demand is nobody's."""
    chance = np.random.default_rng(seed)
    here, there = chance.random((sites, 1, 2)), chance.random((1, demands, 2))
    time = np.rint(np.hypot(*np.moveaxis(here - there, 2, 0)) * longest).astype(np.int64)
    return World(time, chance.integers(0, 9, demands).astype(float), chance.integers(1, 9, sites).astype(float))


def choices(world: World, count: int, budget: float = np.inf, fixed: tuple[int, ...] = ()):
    """Every permitted choice."""
    others = [site for site in range(world.sites) if site not in fixed]
    for size in range(count + 1):
        for some in combinations(others, size):
            if world.cost[list(some)].sum() <= budget:
                yield [*fixed, *some]


def least_time_of(world: World, chosen: list[int], limit: int, beyond: int) -> float:
    """Weight x time with everybody at the nearest chosen site, `beyond` where none is within the limit."""
    near = world.time[chosen].min(axis=0, initial=10**6)
    return float((world.weight * np.where(near <= limit, near, beyond)).sum())


def covered_of(world: World, chosen: list[int], limit: int) -> float:
    """Weight within the limit of a chosen site."""
    return float(world.weight[(world.time[chosen].min(axis=0, initial=10**6) <= limit)].sum())


def seated_of(world: World, seats: np.ndarray, limit: int, outside: float) -> tuple[float, float]:
    """Amount placed and least amount x time by HiGHS, one column a pair; (0, 0) where there is no pair."""
    site, demand = np.nonzero((world.time <= limit) & (seats[:, None] > 0))
    if not len(site):
        return 0.0, 0.0
    time = world.time[site, demand].astype(float)
    model = highspy.Highs()
    model.silent()
    taken = [model.addVariable(0, float(world.weight[i])) for i in demand]
    for i in range(world.demands):
        mine = [taken[at] for at in np.flatnonzero(demand == i)]
        if mine:
            model.addConstr(sum(mine) <= float(world.weight[i]))
    for j in range(world.sites):
        mine = [taken[at] for at in np.flatnonzero(site == j)]
        if mine:
            model.addConstr(sum(mine) <= float(seats[j]))
    model.minimize(sum((float(each) - outside) * one for each, one in zip(time, taken, strict=True)))
    values = np.array(model.vals(taken))
    return float(values.sum()), float((values * time).sum())
