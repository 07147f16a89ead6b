"""The compiled loops of choosing sites: gains and losses kept up to date while sites open and close.

The arrays and the swap are those of M. Resende and R. Werneck, A fast swap-based local search procedure for location
problems, Annals of Operations Research 150, 2007, on sparse rows with a time `beyond` that stands for being unserved.
"""

from typing import NamedTuple

from numba import njit

from shancheng.methods.siting.reach import Floats, Short, Whole

NOBODY = -1


class Town(NamedTuple):
    """What the loops read: pairs by site and by demand, and what each demand weighs and costs while unserved."""

    first: Whole
    demand: Short
    time: Short
    back_first: Whole
    back_site: Short
    back_time: Short
    weight: Floats
    """(n,)"""
    beyond: Floats
    """(n,) the time that counts for a demand no open site reaches; every time in the rows is below it."""


class State(NamedTuple):
    """What the loops write: which sites are open, who serves whom, and what a change would bring."""

    slot: Short
    """(sites,) slot of an open site, NOBODY where closed."""
    held: Short
    """(slots,) site in each slot, NOBODY where free."""
    near: Short
    """(n,) nearest open site, NOBODY."""
    near_time: Floats
    next: Short
    """(n,) second nearest."""
    next_time: Floats
    gain: Floats
    """(sites,) weight x time saved by opening a site."""
    loss: Floats
    """(slots,) weight x time lost by closing the site in a slot."""
    extra: Floats
    """(sites, slots) what is not lost after all where the site opens as the slot's closes."""


@njit(cache=True)
def count_in(i: int, sign: float, town: Town, state: State) -> None:
    """Add (sign 1) or take away (-1) what one demand contributes to gains, losses and extras."""
    weight, here, then = sign * town.weight[i], state.near_time[i], state.next_time[i]
    if state.near[i] == NOBODY:
        for at in range(town.back_first[i], town.back_first[i + 1]):
            state.gain[town.back_site[at]] += weight * (here - town.back_time[at])
        return
    slot = state.slot[state.near[i]]
    state.loss[slot] += weight * (then - here)
    for at in range(town.back_first[i], town.back_first[i + 1]):
        time = town.back_time[at]
        if time >= then:
            break
        site = town.back_site[at]
        if time < here:
            state.gain[site] += weight * (here - time)
            state.extra[site, slot] += weight * (then - here)
        else:
            state.extra[site, slot] += weight * (then - time)


@njit(cache=True)
def begin(town: Town, state: State) -> None:
    """Nothing open."""
    state.slot[:] = NOBODY
    state.held[:] = NOBODY
    state.near[:] = NOBODY
    state.next[:] = NOBODY
    state.near_time[:] = town.beyond
    state.next_time[:] = town.beyond
    state.gain[:] = 0
    state.loss[:] = 0
    state.extra[:] = 0
    for i in range(len(town.weight)):
        count_in(i, 1.0, town, state)


@njit(cache=True)
def open_site(site: int, slot: int, town: Town, state: State) -> None:
    """Open a site in a free slot."""
    state.slot[site], state.held[slot] = slot, site
    for at in range(town.first[site], town.first[site + 1]):
        i, time = town.demand[at], float(town.time[at])
        if time >= state.next_time[i] and time >= state.near_time[i]:
            continue
        count_in(i, -1.0, town, state)
        if time < state.near_time[i]:
            state.next[i], state.next_time[i] = state.near[i], state.near_time[i]
            state.near[i], state.near_time[i] = site, time
        else:
            state.next[i], state.next_time[i] = site, time
        count_in(i, 1.0, town, state)


@njit(cache=True)
def close_site(site: int, town: Town, state: State) -> None:
    """Close a site; its slot becomes free."""
    for at in range(town.first[site], town.first[site + 1]):
        i = town.demand[at]
        if state.near[i] == site or state.next[i] == site:
            count_in(i, -1.0, town, state)
            look_again(i, site, town, state)
            count_in(i, 1.0, town, state)
    state.held[state.slot[site]] = NOBODY
    state.slot[site] = NOBODY


@njit(cache=True)
def look_again(i: int, closing: int, town: Town, state: State) -> None:
    """The two nearest open sites of one demand, the closing one left out."""
    state.near[i], state.next[i] = NOBODY, NOBODY
    state.near_time[i] = state.next_time[i] = town.beyond[i]
    for at in range(town.back_first[i], town.back_first[i + 1]):
        site = town.back_site[at]
        if state.slot[site] == NOBODY or site == closing:
            continue
        if state.near[i] == NOBODY:
            state.near[i], state.near_time[i] = site, town.back_time[at]
        else:
            state.next[i], state.next_time[i] = site, town.back_time[at]
            return


@njit(cache=True)
def spent(cost: Floats, state: State) -> float:
    """What the open sites cost."""
    total = 0.0
    for site in state.held:
        if site != NOBODY:
            total += cost[site]
    return total


@njit(cache=True)
def fill(slots: int, budget: float, cost: Floats, per_cost: bool, town: Town, state: State) -> None:
    """Open the site that gains most (per cost where `per_cost`), again and again, while slots and budget last."""
    left = budget - spent(cost, state)
    for slot in range(slots):
        if state.held[slot] != NOBODY:
            continue
        best, most = NOBODY, 0.0
        for site in range(len(state.gain)):
            if state.slot[site] != NOBODY or cost[site] > left:
                continue
            worth = state.gain[site] / max(cost[site], 1e-300) if per_cost else state.gain[site]
            if worth > most:
                best, most = site, worth
        if best == NOBODY:
            return
        open_site(best, slot, town, state)
        left -= cost[best]


@njit(cache=True)
def best_swap(fixed: int, slots: int, left: float, cost: Floats, state: State) -> tuple[int, int, float]:
    """Site, slot and profit of the exchange that saves most; slots below `fixed` stay."""
    best, where, most = NOBODY, NOBODY, 0.0
    for site in range(len(state.gain)):
        if state.slot[site] != NOBODY:
            continue
        for slot in range(fixed, slots):
            old = state.held[slot]
            profit = state.gain[site] - state.loss[slot] + state.extra[site, slot]
            if profit <= most or old == NOBODY or cost[site] - cost[old] > left:
                continue
            best, where, most = site, slot, profit
    return best, where, most


@njit(cache=True)
def swap_all(
    fixed: int, slots: int, budget: float, cost: Floats, least: float, rounds: int, town: Town, state: State
) -> int:
    """Make the best exchange until none saves more than `least`; how many were made, `rounds` at most."""
    for made in range(rounds):
        left = budget - spent(cost, state)
        site, slot, profit = best_swap(fixed, slots, left, cost, state)
        if site == NOBODY or profit <= least:
            return made
        close_site(state.held[slot], town, state)
        open_site(site, slot, town, state)
    return rounds


@njit(cache=True)
def whole_time(town: Town, state: State) -> float:
    """Weight x time of all demand, the unserved beyond."""
    total = 0.0
    for i in range(len(town.weight)):
        total += town.weight[i] * state.near_time[i]
    return total
