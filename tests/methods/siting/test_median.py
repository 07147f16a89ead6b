"""The least time for all, beside every choice there is and beside HiGHS."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.methods.siting.worlds import choices, least_time_of, seated_of, world

from shancheng.methods.siting.allowance import Allowance, Effort
from shancheng.methods.siting.median import least_time

PROVEN = Effort(gap=0.0, rounds=2)
seeds = st.integers(0, 10_000)


@settings(max_examples=25, deadline=None)
@given(seeds, st.integers(0, 4), st.integers(5, 40), st.integers(0, 2))
def test_the_proven_best_is_the_best_of_all_choices(seed, count, limit, rounds):
    here = world(seed)

    found = least_time(
        here.reach(limit), here.weight, Allowance(count=count), beyond=35, effort=Effort(gap=0.0, rounds=rounds)
    )

    within = min(limit, 34)
    assert found.value == min(least_time_of(here, each, within, 35) for each in choices(here, count))
    assert found.value == least_time_of(here, found.chosen.tolist(), within, 35)
    assert found.gap == 0


@settings(max_examples=15, deadline=None)
@given(seeds, st.floats(1, 25))
def test_a_budget_beside_standing_sites_is_used_as_well_as_can_be(seed, budget):
    here, fixed = world(seed), (3,)
    allowance = Allowance(budget=budget, cost=here.cost, fixed=fixed)

    found = least_time(here.reach(20), here.weight, allowance, beyond=30, effort=PROVEN)

    assert here.cost[found.new].sum() <= budget
    assert found.value == min(least_time_of(here, each, 20, 30) for each in choices(here, here.sites, budget, fixed))


@settings(max_examples=15, deadline=None)
@given(seeds, st.integers(1, 3))
def test_with_capacity_the_best_seating_of_the_best_choice_is_found(seed, count):
    here = world(seed, sites=6, demands=15)
    seats = np.random.default_rng(seed).integers(0, 40, here.sites).astype(float)

    found = least_time(here.reach(20), here.weight, Allowance(count=count), beyond=30, capacity=seats, effort=PROVEN)

    used = np.bincount(found.flow.site, found.flow.amount, here.sites)
    assert (used <= seats).all()
    costs = [_seated(here, each, seats) for each in choices(here, count) if len(each) == count]
    assert found.value == pytest.approx(min(costs))
    assert found.gap == pytest.approx(0, abs=1e-8)


@pytest.mark.parametrize("seed", range(3))
def test_a_larger_world_is_within_the_gap_that_was_asked_for(seed):
    here = world(seed, sites=80, demands=600, longest=300)

    near = least_time(here.reach(150), here.weight, Allowance(count=8), beyond=200, effort=Effort(gap=0.02))

    best = least_time(here.reach(150), here.weight, Allowance(count=8), beyond=200, effort=Effort(gap=0.0))
    assert near.gap <= 0.02
    assert near.bound <= best.value <= near.value
    assert best.gap == 0


def test_a_limit_on_the_pairs_gives_a_bound_for_all_of_them():
    here = world(5, sites=30, demands=200, longest=100)

    short = least_time(here.reach(40), here.weight, Allowance(count=6), beyond=41, effort=Effort(gap=0.0))
    full = least_time(here.reach(200), here.weight, Allowance(count=6), beyond=201, effort=Effort(gap=0.0))

    assert short.bound <= full.value
    if short.flow.amount.sum() == here.weight.sum():
        assert short.value >= full.value


def _seated(here, chosen, seats):
    is_open = np.zeros(here.sites)
    is_open[chosen] = 1
    placed, time = seated_of(here, seats * is_open, 20, 30.0)
    return time + (here.weight.sum() - placed) * 30
