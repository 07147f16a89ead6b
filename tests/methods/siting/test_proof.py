"""Coverings proven by our own branch and bound, beside HiGHS, the relaxed programme and every choice there is."""

from itertools import combinations

import highspy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import linprog
from tests.methods.siting.worlds import choices, covered_of, world

from shancheng.methods.siting import exact
from shancheng.methods.siting.allowance import Allowance, Effort, checked
from shancheng.methods.siting.cover import cover_all, cover_most
from shancheng.methods.siting.interior import Part, relaxed
from shancheng.methods.siting.merging import equal_rows, merged, remerged
from shancheng.methods.siting.narrowing import narrowed, whole_rest
from shancheng.methods.siting.proof import proven
from shancheng.methods.siting.search import Found, Open, found, rule_of

LIMIT = 8
PROVEN = Effort(gap=0.0, rounds=1)
seeds = st.integers(0, 10_000)


def town_of(here, limit=LIMIT):
    return merged(here.reach(limit).covering(), here.weight, 1.0).town


def searched(town, rule, rounds=1):
    return found(town, rule, Effort(rounds=rounds), Open(town, rule), whole=0.0, enough=lambda cost: 0.0)


def by_highs(town, rule, best, apart):
    """The least cost as HiGHS finds it over all sites."""
    sites = len(rule.cost)
    every, none = np.ones(sites, np.bool_), np.zeros(sites, np.bool_)
    programme = exact.siting_programme(remerged(town), rule, every, none)
    done = exact.branched(programme, None, Effort(gap=0.0), apart=apart)
    assert done.status == "Optimal"
    chosen = np.flatnonzero(done.values[:sites] > 0.5)
    near = np.isin(town.back_site, [*chosen, *rule.fixed])
    return float(town.weight[~np.logical_or.reduceat(near, town.back_first[:-1])].sum())


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("way", ["number", "budget", "both, some stand"])
def test_the_proven_choice_costs_what_the_choice_of_highs_costs(seed, way):
    here = world(seed, sites=60, demands=500, longest=60)
    weight = here.weight * (1.0 if seed % 2 else 0.37)
    allowance = {
        "number": Allowance(count=7),
        "budget": Allowance(budget=21.0, cost=here.cost),
        "both, some stand": Allowance(count=6, budget=19.0, cost=here.cost, fixed=(3, 40)),
    }[way]
    town = merged(here.reach(LIMIT).covering(), weight, 1.0).town
    rule = rule_of(checked(allowance, here.sites))
    best = searched(town, rule)

    done = proven(town, rule, best, Effort(gap=0.0), apart=1e-9 * best.cost)

    assert done.cost == pytest.approx(by_highs(town, rule, best, 1e-9 * best.cost), rel=1e-9)
    assert done.bound == pytest.approx(done.cost, rel=2e-9)


@settings(max_examples=25, deadline=None)
@given(seeds, st.integers(1, 4), st.sampled_from([np.inf, 11.0]))
def test_a_wide_gap_and_few_branches_still_give_a_true_bound(seed, count, budget):
    here = world(seed)
    allowance = Allowance(count=count, budget=budget, cost=here.cost)
    most = max(covered_of(here, each, LIMIT) for each in choices(here, count, budget))

    for effort in (Effort(gap=0.1, rounds=0), Effort(gap=0.0, rounds=0, nodes=1), Effort(gap=0.0, rounds=1, nodes=3)):
        quick = cover_most(here.reach(LIMIT), here.weight, allowance, effort=effort)
        assert quick.value <= most <= quick.bound
        assert quick.gap <= 0.1 + 1e-12 or effort.nodes < 10


@pytest.mark.parametrize("seed", range(12))
def test_the_interior_point_ends_at_the_relaxed_answer(seed):
    here = world(seed, sites=40, demands=300, longest=60)
    town = town_of(here)
    part = part_of(here, town)

    answer = relaxed(part, 2 * float(town.weight.sum()), 0.0)

    sites, demands = here.sites, len(town.weight)
    cover = sparse.hstack([exact.rows_of(town, sites), sparse.identity(demands)])
    limits = sparse.hstack([sparse.csr_matrix(part.use), sparse.csr_matrix((2, demands))])
    least = linprog(
        np.concatenate([np.zeros(sites), town.weight]),
        A_ub=sparse.vstack([-cover, limits]),
        b_ub=np.concatenate([-np.ones(demands), part.limit]),
        bounds=[(0, 1)] * sites + [(0, None)] * demands,
    )
    assert answer.bound <= least.fun * (1 + 1e-12)
    assert (answer.bound, answer.value) == (pytest.approx(least.fun, rel=1e-6), pytest.approx(least.fun, rel=1e-6))
    assert (answer.price <= town.weight * (1 + 1e-12)).all()
    assert ((answer.share >= 0) & (answer.share <= 1)).all()
    assert (part.use @ answer.share <= part.limit * (1 + 1e-12)).all()


def part_of(here, town):
    use = np.array([np.ones(here.sites), here.cost])
    return Part(town.back_first, rows(town), town.weight, use, np.array([5.0, 14.0]))


def rows(town):
    """Sites by demand; they come in ascending order, for their times are equal."""
    whose = np.repeat(np.arange(len(town.weight)), np.diff(town.back_first))
    assert (np.diff(town.back_site)[np.diff(whose) == 0] > 0).all()
    return town.back_site


@settings(max_examples=40, deadline=None)
@given(seeds, st.data())
def test_a_narrowed_covering_has_the_best_choice_of_those_that_fit(seed, data):
    here = world(seed)
    town, count = town_of(here), 3
    rule = rule_of(checked(Allowance(count=count), here.sites))
    within = np.array(data.draw(st.lists(st.booleans(), min_size=here.sites, max_size=here.sites)))
    within &= np.cumsum(within) <= 2
    kept = np.array(data.draw(st.lists(st.booleans(), min_size=here.sites, max_size=here.sites))) | within
    whole, _ = whole_rest(town, rule, Found(np.zeros(0, np.int64), 0.0, 0.0, np.zeros(len(town.weight))))

    rest = narrowed(whole, kept, within)

    inside, outside = set(np.flatnonzero(within).tolist()), set(np.flatnonzero(~kept).tolist())
    fitting = [each for each in choices(here, count) if inside <= set(each) and not outside & set(each)]
    least = float(town.weight.sum()) - max(covered_of(here, each, LIMIT) for each in fitting)
    names = [set(some) for some in subsets(rest.name.tolist(), rest.rule.free)]
    costs = [float(town.weight.sum()) - covered_of(here, [*rest.chosen, *some], LIMIT) for some in names]
    assert min(costs) == least
    assert set(rest.chosen.tolist()) == inside
    assert rest.settled <= least


def subsets(names, most):
    return [some for size in range(most + 1) for some in combinations(names, size)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.lists(st.integers(0, 4), max_size=4), st.integers(0, 2), st.booleans()), max_size=30))
def test_equal_rows_are_found_as_a_dictionary_finds_them(given_rows):
    lengths = [len(sites) for sites, _, _ in given_rows]
    first = np.append(0, np.cumsum(lengths)).astype(np.int64)
    site = np.array([each for sites, _, _ in given_rows for each in sites], np.int32)
    time = (site * 7 % 3).astype(np.int32)
    apart = np.array([label for _, label, _ in given_rows], np.int64)
    asked = np.array([is_asked for _, _, is_asked in given_rows], np.bool_)

    group, leader = equal_rows(first, site, time, asked, apart)

    seen, wanted, leaders = {}, [], []
    for i, (sites, label, is_asked) in enumerate(given_rows):
        key = (tuple(sites), label)
        if is_asked and key not in seen:
            seen[key] = len(seen)
            leaders.append(i)
        wanted.append(seen[key] if is_asked else -1)
    assert group.tolist() == wanted
    assert leader.tolist() == leaders


def test_highs_begins_although_others_let_it_begin_with_more_threads():
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.resetGlobalScheduler(True)
    solver.setOptionValue("threads", 2)
    solver.minimize(solver.addVariable(0, 1))
    here = world(3)

    fewest = cover_all(here.reach(LIMIT), here.weight)

    assert fewest.gap == 0
    assert cover_most(here.reach(LIMIT), here.weight, Allowance(count=2), effort=PROVEN).gap == 0


def test_a_budget_that_three_sites_miss_by_a_rounding_is_not_overspent():
    here = world(5, sites=12, demands=80)
    cost = np.full(here.sites, 0.1)
    budget = 0.1 + 0.1 + 0.1 - 1e-16

    found = cover_most(here.reach(LIMIT), here.weight, Allowance(budget=budget, cost=cost), effort=PROVEN)

    assert cost[found.chosen].sum() <= budget
    most = max(covered_of(here, list(each), LIMIT) for each in combinations(range(here.sites), 2))
    three = max(covered_of(here, list(each), LIMIT) for each in combinations(range(here.sites), 3))
    assert most <= found.value <= found.bound <= three
