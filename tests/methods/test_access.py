"""Floating catchments beside their formulas, places beside HiGHS."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.methods.siting.worlds import seated_of, world

from shancheng.methods.access import BadDemand, TooMany, balanced, decay_of_steps, seated, two_step
from shancheng.methods.siting.reach import Reach

STEPS = decay_of_steps([5, 12, 20], [1.0, 0.68, 0.22])
seeds = st.integers(0, 10_000)


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_two_step_catchments_are_those_of_the_formula(seed):
    here = world(seed)
    supply = here.cost * 10

    found = two_step(here.reach(25), supply, here.weight, decay=STEPS)

    weight = np.where(here.time <= 5, 1.0, np.where(here.time <= 12, 0.68, np.where(here.time <= 20, 0.22, 0.0)))
    taken = weight @ here.weight
    offered = np.divide(supply, taken, out=np.zeros(here.sites), where=taken > 0)
    assert found.access == pytest.approx(weight.T @ offered, rel=1e-12)
    assert np.isnan(found.offered[taken == 0]).all()


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_what_balanced_catchments_give_adds_up_to_what_there_is(seed):
    here = world(seed)
    reach, supply = here.reach(20), here.cost * 10

    found = balanced(reach, supply, here.weight, decay=STEPS)

    weight = STEPS(here.time.astype(float)) * (here.time <= 20)
    of_demand = weight / np.maximum(weight.sum(axis=0), 1e-300)
    taken = of_demand @ here.weight
    assert taken.sum() == pytest.approx(here.weight[weight.sum(axis=0) > 0].sum())
    assert found.offered[taken > 0] * taken[taken > 0] == pytest.approx(supply[taken > 0])
    assert found.access.sum() == pytest.approx(np.nansum(found.offered))


def test_steps_hold_up_to_and_with_their_limit():
    assert STEPS(np.array([0.0, 5.0, 5.5, 12.0, 20.0, 20.1])).tolist() == [1, 1, 0.68, 0.68, 0.22, 0]


def test_without_a_decay_all_within_reach_counts_alike():
    found = two_step(Reach.of([0, 0, 1], [0, 1, 1], [1, 9, 9], sites=2, demands=3), [10, 20], [4, 6, 5])

    assert found.offered.tolist() == [1.0, 20 / 6]
    assert found.access == pytest.approx([1.0, 1 + 20 / 6, 0.0])


@settings(max_examples=40, deadline=None)
@given(seeds, st.floats(0.1, 2.0))
def test_as_many_as_can_be_have_a_place_and_together_the_shortest_way(seed, plenty):
    here = world(seed, sites=6, demands=25)
    share = np.random.default_rng(seed).random(here.sites)
    seats = np.floor(share / share.sum() * here.weight.sum() * plenty)

    found = seated(here.reach(15), seats, here.weight)

    placed, time = seated_of(here, seats, 15, 10_000.0)
    used = np.bincount(found.site, found.amount, here.sites)
    assert (used <= seats).all()
    assert (found.left == seats - used).all()
    assert (np.bincount(found.demand, found.amount, here.demands) + found.unplaced == here.weight).all()
    assert (found.amount % 1 == 0).all()
    assert (found.placed, found.placed_time) == (pytest.approx(placed), pytest.approx(time))


@settings(max_examples=20, deadline=None)
@given(seeds, st.integers(1, 20))
def test_nobody_is_sent_further_than_staying_out_would_cost(seed, outside):
    here = world(seed, sites=6, demands=25)
    seats = np.floor(here.cost * 5)

    found = seated(here.reach(15), seats, here.weight, outside=outside)

    placed, time = seated_of(here, seats, 15, float(outside))
    assert found.placed_time - outside * found.placed == pytest.approx(time - outside * placed)


def test_who_has_no_place_is_named_and_why():
    reach = Reach.of([0, 0], [0, 1], [3, 4], sites=2, demands=3)

    found = seated(reach, [5, 9], [4, 3, 2])

    assert found.unplaced.tolist() == [0, 2, 2]
    assert found.unplaced_in_reach.tolist() == [0, 2, 0]
    assert found.left.tolist() == [0, 9]
    assert found.seat_value[0] > 4


def test_what_cannot_be_seated_or_counted_is_refused_in_a_sentence():
    reach = Reach.of([0], [0], [3], sites=1, demands=1)

    with pytest.raises(BadDemand, match="demand of number 0 is -1"):
        two_step(reach, [1], [-1])
    with pytest.raises(BadDemand, match="number of seats of number 0 is nan"):
        seated(reach, [np.nan], [1])
    with pytest.raises(BadDemand, match="shape"):
        balanced(reach, [1, 2], [1])
    with pytest.raises(BadDemand, match="must ascend"):
        decay_of_steps([3, 3], [1, 1])
    with pytest.raises(BadDemand, match="as many weights"):
        decay_of_steps([3], [1, 1])
    with pytest.raises(BadDemand, match="finite weight"):
        two_step(reach, [1], [1], decay=lambda time: time - 10)
    many = Reach.of([0], [0], [3], sites=5_001, demands=1)
    with pytest.raises(TooMany, match="5001 sites"):
        seated(many, np.ones(5_001), [1])
