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
