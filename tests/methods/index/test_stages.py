"""The pipeline: every stored stage of a published index, and what a passport, a gap and a floor do to a result."""

import csv
import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.methods.index.world import asem, plain_tree

from shancheng.methods.index.aggregate import aggregated
from shancheng.methods.index.composite import Recipe, composite, coverage_of, ranks_of
from shancheng.methods.index.errors import BadFigures, BadRecipe, CompositeError, TreatedTwice
from shancheng.methods.index.floors import gates
from shancheng.methods.index.importance import importance
from shancheng.methods.index.scale import Goalposts, Range
from shancheng.methods.index.table import Missing, denominated, filled, raw_table
from shancheng.methods.index.treatment import Treatment, treated
from shancheng.methods.index.tree import tree_of


def test_the_five_stored_stages_of_the_asem_index_follow_to_the_ninth_digit(shared_data: Path) -> None:
    world = asem(shared_data)

    made = composite(world.raw, world.recipe, world.denominators)
    shares = denominated(raw_table(world.raw), world.denominators)

    assert made.treated is not None
    np.testing.assert_allclose(shares.values, world.stage("stage1_denominated"), rtol=0, atol=1e-9)
    np.testing.assert_allclose(made.filled.values, world.stage("stage2_imputed"), rtol=0, atol=1e-9)
    np.testing.assert_allclose(made.treated.table.values, world.stage("stage3_treated"), rtol=0, atol=1e-9)
    np.testing.assert_allclose(made.scaled.values, world.stage("stage4_normalised"), rtol=0, atol=1e-9)
    np.testing.assert_allclose(made.nodes, world.stage("stage5_aggregated"), rtol=0, atol=1e-9)


def test_equal_stated_weights_are_not_equal_importance(shared_data: Path) -> None:
    world = asem(shared_data)
    made = composite(world.raw, world.recipe, world.denominators)

    found = importance(made.nodes, world.tree)

    by_code = dict(zip(world.codes, found.squared_correlation, strict=True))
    assert by_code["Social"] == pytest.approx(0.82, abs=0.005)
    assert by_code["Physical"] == pytest.approx(0.69, abs=0.005)
    assert by_code["Environ"] == pytest.approx(0.01, abs=0.005)
    assert by_code["SusEcFin"] == pytest.approx(0.00, abs=0.005)
    below = world.tree.indicators
    assert found.stated[:below].sum() == pytest.approx(1)
    assert found.effective[:below].sum() == pytest.approx(1)
    for node in world.tree.upward:
        assert found.effective[world.tree.children[node]].sum() == pytest.approx(found.effective[node])


def test_the_same_figures_and_recipe_have_the_same_passport_and_any_change_shows(shared_data: Path) -> None:
    world = asem(shared_data)
    nudged = world.raw.copy()
    nudged[3, 4] = np.nextafter(nudged[3, 4], np.inf)

    once, again = (composite(world.raw, world.recipe, world.denominators).passport for _ in range(2))
    figures = composite(nudged, world.recipe, world.denominators).passport
    recipe = composite(world.raw, replace(world.recipe, scale=Range(1, 100)), world.denominators).passport

    assert once == again
    assert figures.figures != once.figures
    assert figures.recipe == once.recipe
    assert recipe.figures == once.figures
    assert recipe.recipe != once.recipe
    assert [step.name for step in once.steps] == ["raw", "denominated", "filled", "treated", "scaled"]
    assert recipe.steps[:4] == once.steps[:4]


def test_treating_twice_is_refused(shared_data: Path) -> None:
    world = asem(shared_data)
    full = filled(raw_table(world.raw), Missing("mean"))

    first = treated(full, Treatment(points=5)).table

    with pytest.raises(TreatedTwice, match="once"):
        treated(first, Treatment(points=1))


def chongqing(shared_data: Path, year: str) -> np.ndarray:
    """37 districts by ten figures of one year."""
    path = shared_data / "chongqing-districts-panel" / "districts_2005_2020.csv.gz"
    names = ["mu_u", "mu_r", "urbanization_rate", "pop", "GDP_total(10k)"]
    names += ["gdp_pc", "fiscal_rev", "fiscal_spending", "total_deposit", "household_num"]
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["year"] == year]
    return np.array([[float(row[name] or "nan") for name in names] for row in rows])


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("how", ["mean", "group_mean", "reweigh"])
def test_blanked_figures_of_chongqing_never_crash_are_counted_and_cost_the_rank(
    shared_data: Path, seed: int, how: str
) -> None:
    whole = chongqing(shared_data, "2019")
    whole = whole[:, ~np.isnan(whole).any(axis=0)]
    chance = np.random.default_rng(9_000 + seed)
    blank = chance.random(whole.shape) < chance.uniform(0.05, 0.20)
    values = np.where(blank, np.nan, whole)
    recipe = Recipe(
        plain_tree(whole.shape[1]),
        Missing(how, np.arange(37) % 2),  # type: ignore[arg-type]
        Range(),
        Treatment(),
    )

    made = composite(values, recipe)

    thin = blank.mean(axis=1) > 0.1 + 1e-12
    np.testing.assert_allclose(made.coverage[:, -1], 1 - blank.mean(axis=1))
    assert (made.ranks[thin] == 0).all()
    assert sorted(made.ranks[~thin]) == list(range(1, int((~thin).sum()) + 1))
    assert not np.isnan(made.scores[~blank.all(axis=1)]).any()
    step = made.passport.steps[1]
    assert (step.name, step.settings, step.changed) == ("filled", how, 0 if how == "reweigh" else int(blank.sum()))


def test_a_missing_figure_stops_the_index_unless_somebody_said_what_to_do() -> None:
    values = np.array([[1.0, 2.0], [np.nan, 3.0], [4.0, 1.0]])

    with pytest.raises(BadFigures, match="unit 1, indicator 0"):
        composite(values, Recipe(plain_tree(2), Missing("refuse"), Range()))


def test_what_reweighing_does_is_what_it_says() -> None:
    values = np.array([[0.0, 100.0], [np.nan, 40.0], [100.0, 0.0]])

    made = composite(values, Recipe(plain_tree(2), Missing("reweigh"), Range()))

    assert made.scores.tolist() == [50.0, 40.0, 50.0]
    assert made.coverage[:, 2].tolist() == [1.0, 0.5, 1.0]
    assert made.ranks.tolist() == [1, 0, 1]


def test_nodes_of_which_nothing_is_known_stay_unknown() -> None:
    tree = tree_of([3, 3, 4, 4, -1], np.ones(5), [1, 1, 1])
    values = np.array([[np.nan, np.nan, 5.0], [1.0, np.nan, 7.0]])

    found = aggregated(values, tree)

    assert np.isnan(found[0, 3])
    assert found[0, 4] == 5.0
    assert found[1].tolist()[3:] == [1.0, 4.0]


def test_a_broken_floor_shuts_everything_above_it_whatever_the_mean() -> None:
    tree = tree_of([3, 3, 4, 4, -1], np.ones(5), [1, -1, 1])
    values = np.array([[10.0, 3.0, 1.0], [9.0, 3.0, 99.0], [10.0, 4.0, 99.0], [np.nan, 1.0, 99.0]])

    found = gates(values, np.array([10.0, 3.0, np.nan]), tree)

    assert found.broken.tolist() == [[False] * 3, [True, False, False], [False, True, False], [False] * 3]
    assert found.shut[:, 3:].tolist() == [[False, False], [True, True], [True, True], [False, False]]
    assert found.unknown[3].tolist() == [True, False, False]


def test_floors_are_judged_by_untreated_figures_and_carried_in_the_index() -> None:
    values = np.array([[10.0], [11.0], [12.0], [13.0], [14.0], [15.0], [1_000.0]])
    recipe = Recipe(plain_tree(1), Missing("refuse"), Range(), Treatment(), floors=np.array([500.0]))

    made = composite(values, recipe)

    assert made.gates is not None
    assert made.gates.broken[:, 0].tolist() == [True] * 6 + [False]


def test_goalposts_ask_no_other_unit() -> None:
    posts = Goalposts(np.array([0.0, 50.0]), np.array([10.0, 20.0]))
    tree = tree_of([2, 2, -1], np.ones(3), [1, -1])
    two = np.array([[5.0, 35.0], [12.0, 60.0]])
    more = np.vstack((two, [[500.0, 1.0]]))

    few, many = (composite(table, Recipe(tree, Missing("refuse"), posts)) for table in (two, more))

    assert few.scores.tolist() == [50.0, 50.0]
    assert many.scores.tolist() == [50.0, 50.0, 100.0]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(0, 5), min_size=4, max_size=4), min_size=1, max_size=5))
def test_ranks_count_those_who_are_better(scores: list[list[int]]) -> None:
    table = np.array(scores, dtype=float)

    ranks = ranks_of(table)

    assert ranks.tolist() == [[1 + int((row > own).sum()) for own in row] for row in table]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_coverage_is_the_weight_that_is_known(seed: int) -> None:
    chance = np.random.default_rng(seed)
    tree = tree_of([5, 5, 6, 6, 6, 7, 7, -1], chance.random(8) + 0.1, [1] * 5)
    known = chance.random((3, 5)) < 0.5

    found = coverage_of(known, tree)

    np.testing.assert_allclose(found[:, 7], known @ tree.stated[:5])


def test_every_fault_is_a_sentence_of_one_tree() -> None:
    good, tree = np.arange(12.0).reshape(6, 2) ** 2, plain_tree(2)
    alike, infinite = good.copy(), good.copy()
    alike[:, 1] = 3.0
    infinite[2, 1] = np.inf
    geometric = tree.with_mean("geometric")
    gap = good.copy()
    gap[0, 0] = np.nan
    wrong = [
        (BadFigures, "shape", lambda: raw_table(np.ones(3))),
        (BadFigures, "infinite", lambda: raw_table(infinite)),
        (BadFigures, "the tree has 2", lambda: composite(np.ones((3, 3)), Recipe(tree, Missing("mean"), Range()))),
        (BadFigures, "same in every unit", lambda: composite(alike, Recipe(tree, Missing("mean"), Range()))),
        (BadFigures, "above 0", lambda: denominated(raw_table(good), -np.ones((6, 2)))),
        (BadFigures, "shape of the table", lambda: denominated(raw_table(good), np.ones(2))),
        (BadFigures, "unknown in every unit", lambda: filled(raw_table(good * np.nan), Missing("mean"))),
        (BadFigures, "no figure of indicator", lambda: filled(raw_table(gap), Missing("group_mean", np.arange(6)))),
        (BadRecipe, "needs the group", lambda: filled(raw_table(gap), Missing("group_mean"))),
        (BadRecipe, "one of", lambda: filled(raw_table(gap), Missing("guess"))),  # type: ignore[arg-type]
        (BadFigures, "fewer than four", lambda: treated(raw_table(good[:3]), Treatment())),
        (BadRecipe, "drawn in", lambda: treated(raw_table(good), Treatment(points=-1))),
        (BadRecipe, "not above 0", lambda: composite(good, Recipe(geometric, Missing("mean"), Range()))),
        (BadRecipe, "better than its floor", lambda: composite(good, Recipe(tree, Missing("mean"), POSTS))),
        (BadRecipe, "rise", lambda: composite(good, Recipe(tree, Missing("mean"), Range(5, 5)))),
        (BadFigures, "Floors", lambda: gates(good, np.ones(3), tree)),
        (BadFigures, "fewer than three", lambda: importance(np.ones((2, 3)), tree)),
        (BadFigures, "nothing moves it", lambda: importance(np.ones((4, 3)), tree)),
    ]

    for kind, words, call in wrong:
        with pytest.raises(kind, match=f"(?i){words}") as caught:
            call()
        assert isinstance(caught.value, CompositeError)
        assert str(caught.value).endswith(".")


POSTS = Goalposts(np.array([0.0, 50.0]), np.array([10.0, 20.0]))
