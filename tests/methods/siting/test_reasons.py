"""Reasons beside answers worked out anew: what is added, lost and left, and that it adds up."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.methods.siting.worlds import covered_of, least_time_of, world

from shancheng.methods.siting.allowance import Allowance, Effort
from shancheng.methods.siting.cover import cover_most
from shancheng.methods.siting.median import least_time
from shancheng.methods.siting.reach import Reach
from shancheng.methods.siting.reasons import Left, gained_by_group, in_words, reasons_of

PROVEN = Effort(gap=0.0, rounds=2)
LIMIT = 8
seeds = st.integers(0, 10_000)


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_what_sites_add_is_what_the_answer_has_more_than_what_stands(seed):
    here, allowance = world(seed), Allowance(count=3, fixed=(4,))
    reach = here.reach(LIMIT)
    found = cover_most(reach, here.weight, allowance, effort=PROVEN)

    reasons = reasons_of(found, reach, here.weight, allowance)

    assert reasons.before == covered_of(here, [4], LIMIT)
    assert reasons.before + sum(each.added for each in reasons.sites) == reasons.after == found.value
    assert [each.added for each in reasons.sites] == sorted((each.added for each in reasons.sites), reverse=True)
    group = np.arange(here.demands) % 2
    for each in reasons.sites:
        assert gained_by_group(each, group, 2).sum() == each.added
    assert reasons.unserved.sum() == here.weight.sum() - found.value


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_losses_and_runners_up_are_those_of_choices_made_by_hand(seed):
    here, allowance = world(seed), Allowance(count=3, budget=12.0, cost=np.ones(9) * 4)
    reach = here.reach(LIMIT)
    found = cover_most(reach, here.weight, allowance, effort=PROVEN)

    reasons = reasons_of(found, reach, here.weight, allowance)

    chosen = found.chosen.tolist()
    for each in reasons.sites:
        others = [site for site in chosen if site != each.site]
        closed = [site for site in range(here.sites) if site not in chosen]
        assert each.loss == found.value - covered_of(here, others, LIMIT)
        least = min(found.value - covered_of(here, [*others, site], LIMIT) for site in closed)
        assert each.runner_up_loss == min(least, each.loss)
        assert each.runner_up_loss >= 0


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_for_the_least_time_what_is_added_is_time_saved(seed):
    here, allowance = world(seed), Allowance(count=3)
    reach = here.reach(20)
    found = least_time(reach, here.weight, allowance, beyond=30, effort=PROVEN)

    reasons = reasons_of(found, reach, here.weight, allowance, beyond=30)

    assert 30 * here.weight.sum() - reasons.after == found.value
    for each in reasons.sites:
        others = [site for site in found.chosen.tolist() if site != each.site]
        assert each.loss == least_time_of(here, others, 20, 30) - found.value


@settings(max_examples=10, deadline=None)
@given(seeds)
def test_with_capacity_the_figures_come_from_seatings_and_add_up(seed):
    here, allowance = world(seed, sites=6, demands=20), Allowance(count=3)
    seats = np.full(here.sites, 20.0)
    reach = here.reach(LIMIT)
    found = cover_most(reach, here.weight, allowance, capacity=seats, effort=PROVEN)

    reasons = reasons_of(found, reach, here.weight, allowance, capacity=seats)

    assert sum(each.added for each in reasons.sites) == reasons.after == found.value
    assert all(0 <= each.runner_up_loss <= each.loss for each in reasons.sites)
    assert all((reasons.left[reasons.unserved > 0] != Left.SERVED).tolist())


def test_why_demand_is_left_out():
    reach = Reach.of([0, 0, 1, 2, 2], [0, 1, 2, 3, 0], sites=3, demands=5)
    people = [5.0, 5.0, 1.0, 2.0, 9.0]

    def left(allowance, **more):
        found = cover_most(reach, people, allowance, **more)
        return [Left(each).name for each in reasons_of(found, reach, people, allowance, **more).left]

    number = left(Allowance(count=1))
    budget = left(Allowance(budget=4.0, cost=[4, 4, 4]))
    full = left(Allowance(count=1), capacity=[6, 1, 1])

    assert number == ["SERVED", "SERVED", "NUMBER", "NUMBER", "OUT_OF_REACH"]
    assert budget == ["SERVED", "SERVED", "BUDGET", "BUDGET", "OUT_OF_REACH"]
    assert full.count("FULL") == 1
    assert full[2:] == ["NUMBER", "NUMBER", "OUT_OF_REACH"]


def test_the_unserved_by_reason_and_the_site_that_would_help_them():
    reach = Reach.of([0, 0, 1, 2, 2], [0, 1, 2, 3, 0], [1, 2, 3, 4, 5], sites=3, demands=5)
    found = cover_most(reach, [5, 5, 1, 2, 9], Allowance(count=1))

    reasons = reasons_of(found, reach, [5, 5, 1, 2, 9], Allowance(count=1))

    assert reasons.unserved_by_reason()[Left.NUMBER] == 3
    assert reasons.unserved_by_reason()[Left.OUT_OF_REACH] == 9
    assert reasons.nearest_closed.tolist() == [-1, -1, 1, 2, -1]


def test_a_reason_in_words():
    reach = Reach.of([0, 0, 1, 1], [0, 1, 1, 2], sites=2, demands=3)
    found = cover_most(reach, [5, 4, 3], Allowance(count=1))

    (only,) = reasons_of(found, reach, [5, 4, 3], Allowance(count=1)).sites

    assert in_words(only, lambda site: f"Site {site}", "people") == (
        "Site 0 adds 9 people for 2 points of demand; without it 9 are lost, with Site 1 in its place 2."
    )
    alone = reasons_of(
        cover_most(Reach.of([0], [0], sites=1, demands=1), [5], Allowance(count=1)),
        Reach.of([0], [0], sites=1, demands=1),
        [5],
        Allowance(count=1),
    ).sites[0]
    assert in_words(alone, str, "people").endswith("no other site brings any of it back.")
    assert alone.runner_up_loss == pytest.approx(5)
