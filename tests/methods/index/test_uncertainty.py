"""Uncertainty: published sensitivity within its own limits, tiers, refusals, and what would move a unit."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import qmc
from tests.methods.index.world import Asem, asem, read

from shancheng.methods.index.aggregate import aggregated
from shancheng.methods.index.composite import Composite, Recipe, composite
from shancheng.methods.index.errors import BadRecipe, TreatedTwice
from shancheng.methods.index.moves import moves
from shancheng.methods.index.scale import Deviations, Goalposts, Range
from shancheng.methods.index.shares import shares_of
from shancheng.methods.index.table import Missing
from shancheng.methods.index.tiers import standings, tiers_of
from shancheng.methods.index.treatment import Treatment, treated
from shancheng.methods.index.tree import Mean, tree_of
from shancheng.methods.index.uncertainty import (
    Choices,
    Plan,
    Uncertainty,
    beats_of,
    independent_plan,
    scores_of,
    uncertain,
    variants_of,
)


@pytest.fixture(scope="module")
def world(shared_data: Path) -> Asem:
    return asem(shared_data)


@pytest.fixture(scope="module")
def made(world: Asem) -> Composite:
    return composite(world.raw, world.recipe, world.denominators)


@pytest.fixture(scope="module")
def choices(world: Asem) -> Choices:
    """Those of the authors' example."""
    return Choices(
        treatments=[Treatment(points=points) for points in range(1, 6)],
        scales=[Range(1, 100), Deviations(10, 2)],
        means=["arithmetic", "geometric"],
        weight_swing=0.25,
        swung=world.upper,
    )


@pytest.fixture(scope="module")
def found(world: Asem, made: Composite, choices: Choices) -> Uncertainty:
    return uncertain(made, world.recipe, choices, points=4096, seed=20)


def test_the_published_sensitivity_lies_around_ours(world: Asem, found: Uncertainty) -> None:
    published = {row["Variable"]: row for row in read(world.folder / "published_sobol_N100.csv")}
    named = dict(zip(("treatment", "scale", "weights", "mean"), published.values(), strict=True))

    for at, factor in enumerate(found.shares.factors):
        row = named[factor]
        assert float(row["Si_q5"]) <= found.shares.first[at] <= float(row["Si_q95"])
        assert float(row["STi_q5"]) <= found.shares.total[at] <= float(row["STi_q95"])
    np.testing.assert_allclose(found.shares.first, [0.03, 0.08, 0.11, 0.55], atol=0.03)
    np.testing.assert_allclose(found.shares.total, [0.055, 0.27, 0.20, 0.73], atol=0.04)


def test_the_published_rank_intervals_lie_near_ours(world: Asem, found: Uncertainty) -> None:
    """Theirs are of a hundred runs: medians within a few places, most of them the same or next to it."""
    published = {row["uCode"]: row for row in read(world.folder / "published_sa_rankstats_N100.csv")}
    rows = [published[country] for country in world.countries]

    away = np.abs(np.median(found.ranks, axis=0) - [float(row["Median"]) for row in rows])

    np.testing.assert_array_equal(found.nominal, [int(row["Nominal"]) for row in rows])
    assert away.max() <= 4
    assert np.median(away) <= 1


def test_few_neighbours_can_be_told_apart_and_there_are_seven_tiers(found: Uncertainty) -> None:
    order = np.argsort(found.nominal)
    low, high = found.rank_interval(0.90)

    tiers = tiers_of(found)

    neighbours = found.beats[order[:-1], order[1:]]
    assert (neighbours >= 0.95).sum() == 3
    surely = np.maximum(found.beats, found.beats.T) >= 0.95
    assert surely.sum() / (51 * 50) == pytest.approx(0.84, abs=0.01)
    assert len(tiers.heads) == 7
    assert np.median(high - low) == pytest.approx(5, abs=1)


def test_runs_are_those_of_the_index_made_one_by_one(world: Asem, made: Composite, choices: Choices) -> None:
    plan = independent_plan(world.tree, choices, 16, seed=3)
    variants = variants_of(made.filled, world.tree, choices)

    scores = scores_of(variants, world.tree, choices, plan)

    for run in range(32):
        treatment, scale, mean = plan.picks[run]
        recipe = replace(
            world.recipe,
            tree=world.tree.with_weights(plan.weights[run]).with_mean(choices.means[mean] or "arithmetic"),
            treatment=choices.treatments[treatment],
            scale=choices.scales[scale],
        )
        one = composite(world.raw, recipe, world.denominators)
        np.testing.assert_allclose(scores[run], one.scores, rtol=1e-12)


@pytest.mark.parametrize("mean", ["arithmetic", "geometric", "harmonic", "penalised"])
def test_runs_with_gaps_and_uneven_trees_are_those_of_the_plain_way(mean: Mean) -> None:
    chance = np.random.default_rng(6)
    tree = tree_of([5, 5, 6, 6, 7, 7, 7, -1], chance.random(8) + 0.2, [1] * 5, mean)
    values = chance.uniform(40, 100, (6, 5))
    values[0, 0] = values[1, 2] = values[2, 4] = np.nan
    plan = Plan(np.zeros((4, 3), dtype=np.int64), chance.uniform(0.5, 1.5, (4, 8)))

    scores = scores_of([[values]], tree, Choices([None], [Range()], [None]), plan)

    for run in range(4):
        one = aggregated(values, tree.with_weights(plan.weights[run]))[:, -1]
        np.testing.assert_allclose(scores[run], one, rtol=1e-12)


def test_the_same_seed_gives_the_same_and_the_passport_says_which(
    world: Asem, made: Composite, choices: Choices
) -> None:
    one, same, other = (uncertain(made, world.recipe, choices, points=64, seed=seed) for seed in (1, 1, 2))

    np.testing.assert_array_equal(one.scores, same.scores)
    assert (one.scores != other.scores).any()
    assert (one.passport.seed, one.passport.runs) == (1, 6 * 64)
    assert one.passport.recipe == made.passport.recipe


def test_shares_of_a_known_function_are_the_known_ones() -> None:
    """Ishigami's function (1990), whose shares are known in closed form."""
    points = qmc.Sobol(6, scramble=True, rng=4).random(4096) * 2 * np.pi - np.pi
    ours, theirs = points[:, :3], points[:, 3:]
    plans = [ours, theirs]
    for column in range(3):
        mixed = ours.copy()
        mixed[:, column] = theirs[:, column]
        plans.append(mixed)

    outcomes = np.stack([np.sin(x) + 7 * np.sin(y) ** 2 + 0.1 * z**4 * np.sin(x) for x, y, z in (p.T for p in plans)])
    shares = shares_of(("x", "y", "z"), outcomes, seed=1)

    np.testing.assert_allclose(shares.first, [0.3139, 0.4424, 0], atol=0.02)
    np.testing.assert_allclose(shares.total, [0.5576, 0.4424, 0.2437], atol=0.02)
    assert (shares.first_limits[0] < shares.first).all()
    assert (shares.total < shares.total_limits[1]).all()


def test_where_nothing_moves_the_ranks_every_share_is_zero() -> None:
    values = np.array([[1.0, 1.0], [5.0, 6.0], [9.0, 9.0], [20.0, 20.0]])
    recipe = Recipe(tree_of([2, 2, -1], [1, 1, 1], [1, 1]), Missing("refuse"), Range())

    found = uncertain(composite(values, recipe), recipe, Choices([None], [Range()], [None]), points=16, seed=0)

    assert found.shares.factors == ("weights",)
    assert found.shares.first.tolist() == [0.0]
    assert found.shares.total.tolist() == [0.0]
    assert tiers_of(found).tier.tolist() == [4, 3, 2, 1]


def test_equal_units_beat_each_other_half_of_the_time() -> None:
    beats = beats_of(np.array([[1.0, 1.0, 2.0], [3.0, 3.0, 1.0]]))

    assert beats.tolist() == [[0.5, 0.5, 0.5]] * 3


def test_a_unit_with_thin_coverage_gets_a_reason_and_no_rank(world: Asem, made: Composite, found: Uncertainty) -> None:
    covered = made.coverage[:, world.tree.root]

    places = standings(made, world.tree, tiers_of(found))

    refused = {place.unit for place in places if place.rank == 0}
    assert refused >= set(np.flatnonzero(covered < 0.9).tolist())
    assert all(place.why_not.endswith(".") for place in places if place.rank == 0)
    assert all(place.why_not == "" for place in places if place.rank)
    assert [place.tier for place in places] == sorted(place.tier for place in places)


def test_a_tier_that_hangs_on_the_limit_is_called_undecided(found: Uncertainty) -> None:
    many = tiers_of(found)
    few = tiers_of(replace(found, scores=found.scores[:40]))

    assert not many.undecided.any()
    assert few.undecided.any()
    np.testing.assert_array_equal(few.tier, many.tier)


def test_the_smallest_change_moves_the_tier_and_a_smaller_one_does_not(
    world: Asem, made: Composite, choices: Choices, found: Uncertainty
) -> None:
    heads = tiers_of(found).heads
    rival, unit = int(heads[1]), int(heads[2])

    answer = moves(made, world.recipe, choices, unit=unit, rival=rival, points=128, seed=5)

    assert answer.reachable.any()
    assert (answer.share_of_way[answer.reachable] <= 1).all()
    assert (np.sign(answer.change[answer.reachable]) == world.tree.directions[answer.reachable]).all()
    assert np.isnan(answer.change[~answer.reachable]).all()
    assert not answer.reachable.all()


def test_the_change_that_moves_a_tier_is_exact_where_scales_are_straight() -> None:
    """By goalposts nobody else is asked, so that the index can be made again with the change and compared."""
    chance = np.random.default_rng(12)
    values = chance.uniform(0, 10, (30, 4))
    posts = Goalposts(np.zeros(4), np.full(4, 10.0), 1.0, 100.0)
    recipe = Recipe(tree_of([4] * 4 + [-1], np.ones(5), [1] * 4), Missing("refuse"), posts)
    choices = Choices([None], [posts], ["arithmetic", "geometric"], 0.25)
    made = composite(values, recipe)
    heads = tiers_of(uncertain(made, recipe, choices, points=256, seed=2)).heads
    rival, unit = int(heads[0]), int(heads[1])

    answer = moves(made, recipe, choices, unit=unit, rival=rival, points=256, seed=2)

    for indicator in np.flatnonzero(answer.reachable):
        for share, surely in ((1.001, False), (0.99, True)):
            changed = values.copy()
            changed[unit, indicator] += share * answer.change[indicator]
            again = uncertain(composite(changed, recipe), recipe, choices, points=256, seed=2)
            assert (again.beats[rival, unit] >= 0.95) == surely


def test_what_cannot_be_resampled_is_refused_with_a_sentence(world: Asem, made: Composite, choices: Choices) -> None:
    assert made.treated is not None
    done = replace(made, filled=treated(made.filled, Treatment()).table)

    def run(**changes: object) -> None:
        uncertain(made, world.recipe, replace(choices, **changes), points=4, seed=0)  # type: ignore[arg-type]

    with pytest.raises(TreatedTwice):
        uncertain(done, world.recipe, choices, points=4, seed=0)
    with pytest.raises(BadRecipe, match="geometric mean"):
        run(scales=[Range(0, 100)])
    with pytest.raises(BadRecipe, match="alternative"):
        run(scales=[Range()], treatments=[None], means=[None], weight_swing=0.0)
    with pytest.raises(BadRecipe, match="at least one"):
        run(means=[])
    with pytest.raises(BadRecipe, match="swing"):
        run(weight_swing=1.0)
    with pytest.raises(BadRecipe, match="Swung"):
        run(swung=np.array([600]))
    with pytest.raises(BadRecipe, match="power of two"):
        uncertain(made, world.recipe, choices, points=100, seed=0)
    with pytest.raises(BadRecipe, match="nothing has to move"):
        moves(made, world.recipe, choices, unit=0, rival=int(np.argmax(made.ranks)), points=8, seed=0)
    with pytest.raises(BadRecipe, match="two of the 51"):
        moves(made, world.recipe, choices, unit=3, rival=3, points=8, seed=0)
    with pytest.raises(BadRecipe, match=r"between 0\.5 and 1"):
        tiers_of(uncertain(made, world.recipe, choices, points=4, seed=0), sure=0.3)
