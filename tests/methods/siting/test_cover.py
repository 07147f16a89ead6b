"""Covering: the most demand within reach, the fewest sites for all, beside every choice there is."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.methods.siting.worlds import choices, covered_of, seated_of, world

from shancheng.methods.siting.allowance import Allowance, Effort
from shancheng.methods.siting.cover import cover_all, cover_most
from shancheng.methods.siting.errors import NoChoice
from shancheng.methods.siting.fairness import Floors
from shancheng.methods.siting.reach import Reach

LIMIT = 8
PROVEN = Effort(gap=0.0, rounds=2)
seeds = st.integers(0, 10_000)


@settings(max_examples=25, deadline=None)
@given(seeds, st.integers(0, 4), st.integers(0, 2))
def test_the_proven_best_is_the_best_of_all_choices(seed, count, rounds):
    here = world(seed)

    found = cover_most(here.reach(LIMIT), here.weight, Allowance(count=count), effort=Effort(gap=0.0, rounds=rounds))

    assert found.value == max(covered_of(here, each, LIMIT) for each in choices(here, count))
    assert found.value == covered_of(here, found.chosen.tolist(), LIMIT)
    assert found.gap == 0


@settings(max_examples=15, deadline=None)
@given(seeds, st.floats(1, 25))
def test_a_budget_is_kept_and_used_as_well_as_can_be(seed, budget):
    here = world(seed)

    found = cover_most(here.reach(LIMIT), here.weight, Allowance(budget=budget, cost=here.cost), effort=PROVEN)

    assert here.cost[found.chosen].sum() <= budget
    assert found.value == max(covered_of(here, each, LIMIT) for each in choices(here, here.sites, budget))
    assert found.gap == 0


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_sites_that_stand_are_kept_and_cost_nothing(seed):
    here, fixed = world(seed), (2, 5)
    allowance = Allowance(count=2, budget=9.0, cost=here.cost, fixed=fixed)

    found = cover_most(here.reach(LIMIT), here.weight, allowance, effort=PROVEN)

    assert found.chosen[:2].tolist() == [2, 5]
    assert len(found.new) <= 2
    assert found.value == max(covered_of(here, each, LIMIT) for each in choices(here, 2, 9.0, fixed))


@settings(max_examples=15, deadline=None)
@given(seeds, st.integers(1, 3))
def test_with_capacity_nobody_is_served_beyond_it_and_the_best_is_found(seed, count):
    here = world(seed, sites=7, demands=20)
    seats = np.random.default_rng(seed).integers(0, 30, here.sites).astype(float)

    found = cover_most(here.reach(LIMIT), here.weight, Allowance(count=count), capacity=seats, effort=PROVEN)

    used = np.bincount(found.flow.site, found.flow.amount, here.sites)
    assert (used <= seats).all()
    assert (found.flow.served(here.demands) <= here.weight).all()
    best = max(_seated(here, each, seats) for each in choices(here, count) if len(each) == count)
    assert found.value == pytest.approx(best)
    assert found.gap == pytest.approx(0, abs=1e-8)


@settings(max_examples=15, deadline=None)
@given(seeds, st.floats(0, 0.9))
def test_floors_hold_or_it_is_said_that_they_cannot(seed, share):
    here, count = world(seed), 3
    district = np.arange(here.demands) % 3
    floors = Floors.of(district, [share, 0.0, share], here.demands)

    def keeps(chosen):
        near = here.time[chosen].min(axis=0, initial=99) <= LIMIT
        got, want = (np.bincount(district, here.weight * each, 3) for each in (near, 1))
        return (got >= np.array([share, 0, share]) * want - 1e-9).all()

    fair = [covered_of(here, each, LIMIT) for each in choices(here, count) if keeps(each)]
    if not fair:
        with pytest.raises(NoChoice, match="floor"):
            cover_most(here.reach(LIMIT), here.weight, Allowance(count=count), floors=floors, effort=PROVEN)
        return
    found = cover_most(here.reach(LIMIT), here.weight, Allowance(count=count), floors=floors, effort=PROVEN)
    assert keeps(found.chosen.tolist())
    assert found.value == max(fair)


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_the_fewest_and_the_cheapest_sites_for_all_are_found(seed):
    here, fixed = world(seed), (1,)
    whole = covered_of(here, list(range(here.sites)), LIMIT)
    full = [each for each in choices(here, here.sites, math.inf, fixed) if covered_of(here, each, LIMIT) == whole]

    fewest = cover_all(here.reach(LIMIT), here.weight, fixed=fixed)
    cheapest = cover_all(here.reach(LIMIT), here.weight, cost=here.cost, fixed=fixed)

    assert covered_of(here, fewest.chosen.tolist(), LIMIT) == whole
    assert fewest.value == min(len(each) for each in full) - 1
    assert cheapest.value == min(here.cost[each].sum() for each in full) - here.cost[1]
    assert (fewest.gap, cheapest.gap) == (0, 0)


@settings(max_examples=20, deadline=None)
@given(seeds, st.booleans())
def test_with_capacity_the_fewest_and_the_cheapest_have_places_for_all_or_it_is_said(seed, has_fixed):
    here, fixed = world(seed, sites=7, demands=14), (1,) if has_fixed else ()
    seats = np.random.default_rng(seed).integers(8, 60, here.sites).astype(float)
    reachable = covered_of(here, list(range(here.sites)), LIMIT)
    full = [each for each in choices(here, here.sites, math.inf, fixed) if _seated(here, each, seats) >= reachable]
    if not full:
        with pytest.raises(NoChoice, match="without"):
            cover_all(here.reach(LIMIT), here.weight, capacity=seats, fixed=fixed)
        return

    fewest = cover_all(here.reach(LIMIT), here.weight, capacity=seats, fixed=fixed)
    cheapest = cover_all(here.reach(LIMIT), here.weight, cost=here.cost, capacity=seats, fixed=fixed)

    for found in (fewest, cheapest):
        used = np.bincount(found.flow.site, found.flow.amount, here.sites)
        assert (used <= seats).all()
        assert found.flow.amount.sum() == reachable
        assert set(found.flow.site.tolist()) <= set(found.chosen.tolist())
    assert fewest.value == min(len(each) for each in full) - len(fixed)
    assert cheapest.value == min(here.cost[each].sum() for each in full) - here.cost[list(fixed)].sum()
    assert (fewest.gap, cheapest.gap) == (0, 0)


def test_demand_no_site_reaches_is_named():
    found = cover_all(Reach.of([0, 1], [0, 2], sites=2, demands=4), [1, 1, 1, 0])

    assert found.unreachable.tolist() == [1]
    assert found.chosen.tolist() == [0, 1]


def test_no_more_sites_are_chosen_than_add_something():
    reach = Reach.of([0, 0, 1, 2], [0, 1, 1, 0], sites=3, demands=2)

    found = cover_most(reach, [5.0, 7.0], Allowance(count=3))

    assert found.chosen.tolist() == [0]
    assert (found.value, found.bound, found.how) == (12.0, 12.0, "everything")


def test_a_wide_gap_is_enough_where_no_more_is_asked_for():
    here = world(4, sites=40, demands=300)

    quick = cover_most(here.reach(4), here.weight, Allowance(count=6), effort=Effort(gap=0.2, nodes=0))

    proven = cover_most(here.reach(4), here.weight, Allowance(count=6), effort=Effort(gap=0.0))
    assert quick.how == "prices"
    assert quick.value <= proven.value <= quick.bound
    assert proven.gap == 0


def test_the_same_seed_gives_the_same_choice_and_weights_need_not_be_whole():
    here = world(8, sites=40, demands=300)
    weight = here.weight * 0.37

    once, again = (cover_most(here.reach(5), weight, Allowance(count=5), effort=Effort(gap=0.0)) for _ in range(2))

    assert once.chosen.tolist() == again.chosen.tolist()
    whole = cover_most(here.reach(5), here.weight, Allowance(count=5), effort=Effort(gap=0.0))
    assert once.value == pytest.approx(whole.value * 0.37)
    assert once.gap < 1e-8


def _seated(here, chosen, seats):
    is_open = np.zeros(here.sites)
    is_open[chosen] = 1
    return seated_of(here, seats * is_open, LIMIT, 1000.0)[0]
