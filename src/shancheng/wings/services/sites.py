"""Where a facility helps most: sites chosen with a proven gap, each with whom it serves and what would come next."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from shancheng.ground.network.labels import Entrances, entrances_of, sources_of
from shancheng.ground.network.network import Network
from shancheng.ground.network.pairing import pairs_at
from shancheng.ground.network.points import Facilities, Homes
from shancheng.ground.network.proposals import Candidates
from shancheng.ground.network.snapping import Lost, Way, snap
from shancheng.ground.network.walkers import Walker
from shancheng.methods.graph.pairs import pairs_within
from shancheng.methods.siting.allowance import Allowance, Effort
from shancheng.methods.siting.answer import Siting
from shancheng.methods.siting.cover import Covering, cover_all, cover_most
from shancheng.methods.siting.median import least_time
from shancheng.methods.siting.reach import Reach as Within
from shancheng.methods.siting.reasons import Reasons, reasons_of
from shancheng.wings.services.errors import WishError
from shancheng.wings.services.reach import CAP, DECISECONDS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Loss = tuple[int, float, int, float]
"""A new site, the people lost without it, the site that would replace it best (-1 for none), those lost then."""
Goal = Literal["cover", "near", "all"]
"""The most people within the minutes; the least person-minutes; the fewest sites for all who can be helped."""


@dataclass(frozen=True)
class SiteWish:
    """What is to be built, how much of it, and what makes one choice better than another."""

    category: str
    goal: Goal = "cover"
    minutes: float = 15.0
    way: Way = "there"
    count: int | None = None
    budget: float = math.inf
    gap: float = 0.01
    """How far from the best at most, as a share; 0 asks for the proven best."""
    anew: bool = False
    """Leave out the facilities that stand: what would one build on empty ground?"""
    with_capacity: bool = False
    """Nobody is served beyond what a site can serve."""


@dataclass(frozen=True)
class Gain:
    """One new site, in the order in which they add most."""

    id: str
    lon: float
    lat: float
    cost: float
    people: float
    """Who would lose it if just this site were not built."""
    runner_up: str
    """The site that would replace it best; empty where there is none."""
    runner_up_loss: float
    """How many fewer people that one would serve."""


@dataclass(frozen=True)
class Sited:
    """Sites to build, and who has the category within the minutes before and after."""

    wish: SiteWish
    walker: str
    gains: tuple[Gain, ...]
    people: float
    people_before: float
    people_after: float
    person_minutes: float
    """Sum over people of the way to the nearest; twice the minutes where there is none."""
    beyond_reach: float
    """People whom no site at all would bring within the minutes."""
    left_out: float
    """People who could be helped, but not by this choice: the number of sites, the budget or capacity ends it."""
    value: float
    bound: float
    gap: float
    how: str
    serves: Ints
    """(h,) the site each home goes to after: standing ones first, then the candidates; -1 for none within reach."""
    homes_lost: tuple[Lost, ...]
    sites_lost: tuple[Lost, ...]


@dataclass(frozen=True)
class Field:
    """Sites and homes with every time between them: standing sites first, then the candidates."""

    entrances: Entrances
    facility: Ints
    """(p,) pairs"""
    home: Ints
    time: Ints
    """Deciseconds up to twice the minutes."""
    standing: int
    sites: int
    homes_lost: tuple[Lost, ...]


def choose_sites(
    network: Network, walker: Walker, homes: Homes, facilities: Facilities, candidates: Candidates, wish: SiteWish
) -> Sited:
    """The sites to build for a category, beside those that stand.

    Raises WishError where nothing is asked for or offered, SitingError where numbers, budget and sites contradict one
    another or no site reaches anybody.
    """
    if not candidates.ids:
        raise WishError("There is no candidate to choose from; check the report of the file of sites.")
    field = _field(network, walker, homes, facilities, candidates, wish)
    limit = int(wish.minutes * DECISECONDS)
    near = field.time <= limit
    size = {"sites": field.sites, "demands": len(homes.ids)}
    within = Within.of(field.facility[near], field.home[near], field.time[near], **size)
    everything = Within.of(field.facility, field.home, field.time, **size)
    answer, reasons = _answer(within, everything, homes, facilities, candidates, wish, field)
    return _told(answer, reasons, within, everything, homes, candidates, wish, field, walker.key)


def _field(
    network: Network, walker: Walker, homes: Homes, facilities: Facilities, candidates: Candidates, wish: SiteWish
) -> Field:
    standing = _standing(facilities, wish)
    lon = np.concatenate([facilities.lon[standing], candidates.lon])
    lat = np.concatenate([facilities.lat[standing], candidates.lat])
    ids = [*(facilities.ids[row] for row in standing.tolist()), *candidates.ids]
    owner, first = np.unique(facilities.facility[standing], return_inverse=True)
    number = np.concatenate([first.astype(np.int64), len(owner) + np.arange(len(candidates.ids))])
    there = snap(network, walker, lon, lat, ids=ids)
    entrances = entrances_of(there, np.zeros(len(ids), np.int32), number)
    at_home = snap(network, walker, homes.lon, homes.lat, ids=homes.ids)
    over = network.arcs(walker.key)
    limit = int(wish.minutes * CAP * DECISECONDS)
    needed = np.zeros(network.nodes, np.bool_)
    needed[at_home.tail], needed[at_home.head] = True, True
    searched = over.reversed() if wish.way == "there" else over
    pairs = pairs_within(searched, sources_of(entrances, way=wish.way), limit=limit, at=needed)
    found = pairs_at(pairs, at_home, entrances, way=wish.way, limit=limit)
    return Field(
        entrances,
        found.facility.astype(np.int64),
        found.node.astype(np.int64),
        found.time.astype(np.int64),
        len(owner),
        len(owner) + len(candidates.ids),
        at_home.lost,
    )


def _standing(facilities: Facilities, wish: SiteWish) -> Ints:
    """Rows of the facilities that stand and serve."""
    if wish.anew or wish.category not in facilities.categories:
        return np.zeros(0, np.int64)
    return np.flatnonzero(facilities.category == facilities.categories.index(wish.category))


def _answer(
    within: Within,
    everything: Within,
    homes: Homes,
    facilities: Facilities,
    candidates: Candidates,
    wish: SiteWish,
    field: Field,
) -> tuple[Siting | Covering, Reasons | None]:
    """The choice; where people are what it was made by, also the reasons, which know of budget and capacity."""
    cost = np.concatenate([np.zeros(field.standing), candidates.cost])
    fixed = range(field.standing)
    effort = Effort(gap=wish.gap)
    capacity = _capacity(facilities, candidates, wish) if wish.with_capacity else None
    if wish.goal == "all":
        prices = None if not candidates.cost.any() else cost
        found = cover_all(within, homes.people, cost=prices, capacity=capacity, fixed=tuple(fixed), effort=effort)
        return found, None
    allowance = Allowance(wish.count, wish.budget, None if math.isinf(wish.budget) else cost, tuple(fixed))
    if wish.goal == "near":
        beyond = int(wish.minutes * CAP * DECISECONDS) + 1
        return least_time(everything, homes.people, allowance, beyond=beyond, capacity=capacity, effort=effort), None
    most = cover_most(within, homes.people, allowance, capacity=capacity, effort=effort)
    return most, reasons_of(most, within, homes.people, allowance, capacity=capacity)


def _capacity(facilities: Facilities, candidates: Candidates, wish: SiteWish) -> Floats:
    """What every site can serve; a facility with several entrances has what is stated of its first."""
    rows = _standing(facilities, wish)
    _, first = np.unique(facilities.facility[rows], return_index=True)
    found = np.concatenate([facilities.capacity[rows][first], candidates.capacity])
    missing = np.flatnonzero(np.isnan(found))
    if len(missing):
        raise WishError(f"{len(missing)} sites say no capacity, so nobody knows whom they can serve; fill the column.")
    return found


def _told(
    answer: Siting | Covering,
    reasons: Reasons | None,
    within: Within,
    everything: Within,
    homes: Homes,
    candidates: Candidates,
    wish: SiteWish,
    field: Field,
    walker: str,
) -> Sited:
    people, chosen = homes.people, answer.chosen
    stand = np.arange(field.standing)
    before, after = _reached(within, stand), _reached(within, chosen)
    anybody = _reached(within, np.arange(field.sites))
    served = _served(answer, people, after)
    minutes = _nearest(everything, chosen) / DECISECONDS
    return Sited(
        wish=wish,
        walker=walker,
        gains=tuple(
            _gain(candidates, field, *said)
            for said in (_losses(within, people, chosen, field) if reasons is None else _said(reasons))
        ),
        people=float(people.sum()),
        people_before=float(people[before].sum()),
        people_after=served,
        person_minutes=float((people * np.minimum(minutes, wish.minutes * CAP)).sum()),
        beyond_reach=float(people[~anybody].sum()),
        left_out=max(float(people[anybody].sum()) - served, 0.0),
        value=answer.value,
        bound=answer.bound,
        gap=answer.gap,
        how=answer.how,
        serves=_serves(everything, chosen),
        homes_lost=field.homes_lost,
        sites_lost=field.entrances.snapped.lost,
    )


def _served(answer: Siting | Covering, people: Floats, after: npt.NDArray[np.bool_]) -> float:
    """People served within the minutes; with capacity those who have a place."""
    if answer.flow.amount.sum() < people[after].sum():
        return float(answer.flow.amount.sum())
    return float(people[after].sum())


def _reached(within: Within, sites: Ints) -> npt.NDArray[np.bool_]:
    """(demands,) whether any of the sites is within reach."""
    reached = np.zeros(within.demands, np.bool_)
    for site in sites.tolist():
        reached[within.demand[within.first[site] : within.first[site + 1]]] = True
    return reached


def _nearest(everything: Within, sites: Ints) -> Floats:
    """(demands,) deciseconds to the nearest of the sites, inf where there is none."""
    time = np.full(everything.demands, np.inf)
    for site in sites.tolist():
        row = slice(everything.first[site], everything.first[site + 1])
        np.minimum.at(time, everything.demand[row], everything.time[row].astype(np.float64))
    return time


def _serves(everything: Within, sites: Ints) -> Ints:
    time, found = np.full(everything.demands, np.iinfo(np.int64).max), np.full(everything.demands, -1, np.int64)
    for site in np.sort(sites).tolist():
        row = slice(everything.first[site], everything.first[site + 1])
        who, when = everything.demand[row], everything.time[row]
        nearer = when < time[who]
        time[who[nearer]], found[who[nearer]] = when[nearer], site
    return found


def _said(reasons: Reasons) -> list[Loss]:
    return [(one.site, one.loss, one.runner_up, one.runner_up_loss) for one in reasons.sites]


def _losses(within: Within, people: Floats, chosen: Ints, field: Field) -> list[Loss]:
    """People within the minutes, where the choice itself was made by something else."""
    times = np.zeros(within.demands, np.int64)
    for site in chosen.tolist():
        times[within.demand[within.first[site] : within.first[site + 1]]] += 1
    whose = np.repeat(np.arange(within.sites), np.diff(within.first))
    free = np.ones(within.sites, np.bool_)
    free[chosen] = False
    found: list[Loss] = []
    for site in chosen[chosen >= field.standing].tolist():
        mine = within.demand[within.first[site] : within.first[site + 1]]
        alone = times.copy()
        alone[mine] -= 1
        loss = float(people[mine[alone[mine] == 0]].sum())
        gain = np.bincount(whose, people[within.demand] * (alone[within.demand] == 0), within.sites)
        best = int(np.argmax(np.where(free, gain, -1.0)))
        found.append((site, loss, best, loss - float(gain[best])) if free[best] else (site, loss, -1, loss))
    return found


def _gain(candidates: Candidates, field: Field, site: int, loss: float, runner_up: int, runner_up_loss: float) -> Gain:
    row = site - field.standing
    return Gain(
        id=candidates.ids[row],
        lon=float(candidates.lon[row]),
        lat=float(candidates.lat[row]),
        cost=float(candidates.cost[row]),
        people=loss,
        runner_up=candidates.ids[runner_up - field.standing] if runner_up >= 0 else "",
        runner_up_loss=runner_up_loss if runner_up >= 0 else loss,
    )
