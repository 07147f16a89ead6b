"""Links valued anew after each choice, beside every choice there is."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shancheng.methods.siting.errors import AllowanceError, DemandError
from shancheng.methods.siting.links import choose_links

seeds = st.integers(0, 10_000)


def overlapping(seed: int, links: int = 8, homes: int = 15):
    """Links that each help some homes by some minutes, a home having the best of them: the function and the worth."""
    saved = np.random.default_rng(seed).integers(0, 9, (links, homes)) * (
        np.random.default_rng(seed + 1).random((links, homes)) < 0.4
    )

    def worth(chosen) -> float:
        return float(saved[list(chosen)].max(axis=0, initial=0).sum())

    def values(chosen):
        return np.array([worth([*chosen, link]) - worth(chosen) for link in range(links)])

    return values, worth


@settings(max_examples=30, deadline=None)
@given(seeds, st.integers(0, 25))
def test_the_bound_holds_and_the_money_is_kept(seed, budget):
    values, worth = overlapping(seed)
    cost = np.random.default_rng(seed).integers(1, 9, 8).astype(float)

    found = choose_links(values, cost, budget)

    every = [some for size in range(9) for some in combinations(range(8), size) if cost[list(some)].sum() <= budget]
    best = max(worth(some) for some in every)
    assert found.cost == cost[found.chosen].sum() <= budget
    assert found.value == worth(found.chosen) == sum(each.added for each in found.reasons)
    assert found.value <= best <= found.bound + 1e-9
    assert found.value >= 0.31 * best
    assert not found.helped


def test_reasons_tell_what_each_brings_alone_and_what_came_second():
    values, worth = overlapping(3)

    found = choose_links(values, np.ones(8), 3.0, count=2)

    first, second = found.reasons
    assert first.added == first.alone == max(worth([link]) for link in range(8))
    assert second.added <= second.alone
    assert second.runner_up_added <= second.added


def asked_of(values):
    """The function, and a list of the lists of links that it was asked for."""
    asked = []

    def noted(chosen):
        asked.append(tuple(chosen.tolist()))
        return values(chosen)

    return noted, asked


def test_where_money_stands_in_the_way_two_small_links_are_better_than_a_large_one():
    values = lambda chosen: np.where(np.isin(range(3), chosen), 0.0, [10.0, 6.0, 6.0])  # noqa: E731

    found = choose_links(values, [10, 5, 5], 10.0)

    assert (found.chosen.tolist(), found.value, found.cost) == ([1, 2], 12.0, 10.0)
    assert found.by_cost
    assert found.gap == 0


def test_links_dearer_than_the_whole_budget_neither_raise_the_bound_nor_count_as_passed_over():
    noted, asked = asked_of(lambda chosen: np.where(np.isin(range(3), chosen), 0.0, [900.0, 6.0, 5.0]))

    found = choose_links(noted, [90, 5, 5], 10.0)

    assert (found.chosen.tolist(), found.bound, found.by_cost) == ([1, 2], 11.0, False)
    assert len(asked) == 3


def test_links_that_cost_nothing_are_chosen_by_number_alone_and_come_first_among_others():
    large = np.array([3e9, 7e9, 5e9, 1.0])
    values = lambda chosen: np.where(np.isin(range(4), chosen), 0.0, large)  # noqa: E731

    free = choose_links(values, np.zeros(4), np.inf, count=2)
    mixed = choose_links(values, [2, 2, 0, 0], 2.0)

    assert (free.chosen.tolist(), free.value, free.cost, free.gap) == ([1, 2], 12e9, 0.0, 0.0)
    assert [reason.runner_up for reason in free.reasons] == [2, 0]
    assert (sorted(mixed.chosen.tolist()), mixed.value, mixed.cost) == ([1, 2, 3], 12e9 + 1, 2.0)


@pytest.mark.parametrize(
    ("cost", "budget", "count"), [(np.zeros(8), 0.0, 3), (np.ones(8), 3.0, None), (np.arange(8.0), np.inf, 3)]
)
def test_choices_that_must_come_out_alike_are_asked_for_once(cost, budget, count):
    noted, asked = asked_of(overlapping(3)[0])

    found = choose_links(noted, cost, budget, count=count)

    assert len(found.chosen) == 3
    assert asked == [tuple(found.chosen[:size].tolist()) for size in range(4)]


@settings(max_examples=30, deadline=None)
@given(seeds, st.integers(0, 25))
def test_nothing_is_asked_twice_and_each_question_adds_a_link_to_one_that_was_asked(seed, budget):
    noted, asked = asked_of(overlapping(seed)[0])

    choose_links(noted, np.random.default_rng(seed).integers(1, 9, 8).astype(float), budget)

    assert len(set(asked)) == len(asked)
    assert all(chosen[:-1] in asked for chosen in asked)


def test_links_that_help_one_another_are_noticed_and_have_no_bound():
    def values(chosen):
        both = 10.0 if len(chosen) else 1.0
        return np.array([0.0 if link in chosen else both for link in range(2)])

    found = choose_links(values, [1, 1], 2.0)

    assert found.value == 11.0
    assert found.helped
    assert np.isnan(found.gap)


def test_what_cannot_be_chosen_from_is_refused():
    with pytest.raises(AllowanceError, match="budget is -1"):
        choose_links(lambda chosen: np.ones(2), [1, 1], -1.0)
    with pytest.raises(DemandError, match="2 finite amounts"):
        choose_links(lambda chosen: np.array([1, np.nan]), [1, 1], 1.0)
    with pytest.raises(DemandError, match="cost of links of number 0 is nan"):
        choose_links(lambda chosen: np.ones(2), [np.nan, 1], 1.0)
