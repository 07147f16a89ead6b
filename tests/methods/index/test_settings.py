"""Settings the published stages do not show, worked out by hand: points drawn in, scales, means, trees."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.methods.index.world import plain_tree

from shancheng.methods.index.aggregate import aggregated
from shancheng.methods.index.errors import BadTree
from shancheng.methods.index.scale import Deviations, Goalposts, Range, Ranks, Scale, TargetDistance, on_scale
from shancheng.methods.index.table import raw_table
from shancheng.methods.index.treatment import Treatment, shape_of, treated
from shancheng.methods.index.tree import Mean, tree_of

OUTLIERS = np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 30, 100])
"""The example of COINr's own page on winsorising: two points at the top."""


def one(column: np.ndarray, treatment: Treatment) -> tuple[list[float], bool]:
    done = treated(raw_table(column[:, None]), treatment)
    return done.table.values[:, 0].tolist(), bool(done.logged[0])


def test_skewness_and_kurtosis_are_those_of_a_spreadsheet() -> None:
    column = np.array([[3.0, 4, 5, 2, 3, 4, 5, 6, 4, 7]]).T

    skewness, kurtosis = shape_of(column)

    assert skewness[0] == pytest.approx(0.359543071)  # SKEW and KURT as their makers document them
    assert kurtosis[0] == pytest.approx(-0.151799637)


def test_the_top_is_drawn_in_until_the_column_passes() -> None:
    """At once: with 100 at 30 the column has a skewness of 1.71 and a kurtosis of 1.82."""
    for points in (1, 2, 5):
        assert one(OUTLIERS, Treatment(points=points)) == ([*OUTLIERS[:10], 30.0, 30.0], False)


def test_where_no_point_may_be_drawn_in_the_logarithm_of_the_original_is_taken() -> None:
    values, logged = one(OUTLIERS, Treatment(points=0))

    assert logged
    np.testing.assert_allclose(values, np.log(OUTLIERS - 1 + 0.01 * 99))


def test_where_too_few_points_help_the_logarithm_is_taken_of_the_original_not_of_what_was_drawn_in() -> None:
    column = np.append(np.arange(1.0, 41.0), [300.0, 600.0, 5_000.0])

    values, logged = one(column, Treatment(points=1))

    assert logged
    np.testing.assert_allclose(values, np.log(column - 1 + 0.01 * 4_999))


def test_the_lower_end_is_drawn_in_as_the_upper_one() -> None:
    up, logged_up = one(OUTLIERS, Treatment())
    down, logged_down = one(-OUTLIERS, Treatment())

    assert (logged_up, logged_down) == (False, False)
    assert down == [-value for value in up]


def test_points_at_the_same_outermost_value_are_drawn_in_together_and_counted() -> None:
    column = np.concatenate((np.arange(1.0, 41.0), [500.0, 500.0, 500.0]))

    three, logged = one(column, Treatment(points=3))

    assert not logged
    assert three[-3:] == [40.0] * 3


def test_a_column_that_would_be_drawn_in_until_all_is_alike_is_not() -> None:
    column = np.array([0.0] * 30 + [1.0])

    values, logged = one(column, Treatment())

    assert logged
    assert values[-1] > values[0]


def test_a_column_alike_everywhere_and_one_without_outliers_are_left_as_they_are() -> None:
    for column in (np.full(9, 3.0), np.arange(9.0)):
        assert one(column, Treatment()) == (column.tolist(), False)


def test_unknown_cells_stay_unknown_in_treatment() -> None:
    column = np.append(OUTLIERS, np.nan)

    values, _ = one(column, Treatment())

    assert np.isnan(values[-1])
    assert values[:-1] == one(OUTLIERS, Treatment())[0]


SMALL = np.array([[2.0, 30.0], [4.0, 10.0], [4.0, 20.0], [np.nan, 40.0]])
UP_DOWN = np.array([1, -1])


@pytest.mark.parametrize(
    ("scale", "expected"),
    [
        (Range(0, 100), [[0, 100 / 3], [100, 100], [100, 200 / 3], [np.nan, 0]]),
        (Range(1, 100), [[1, 34], [100, 100], [100, 67], [np.nan, 1]]),
        (Ranks(), [[1, 2], [2, 4], [2, 3], [np.nan, 1]]),
        (
            Goalposts(np.array([3.0, 35.0]), np.array([5.0, 15.0])),
            [[0, 25], [50, 100], [50, 75], [np.nan, 0]],
        ),
        (TargetDistance(np.array([4.0, 20.0])), [[0, 0.5], [1, 1], [1, 1], [np.nan, 0]]),
    ],
)
def test_scales_by_hand(scale: Scale, expected: list[list[float]]) -> None:
    np.testing.assert_allclose(on_scale(SMALL, UP_DOWN, scale), expected, atol=1e-12)


def test_deviations_by_hand() -> None:
    found = on_scale(np.array([[1.0], [2.0], [3.0]]), np.array([-1]), Deviations(10, 2))

    assert found[:, 0].tolist() == [12.0, 10.0, 8.0]


@pytest.mark.parametrize(
    ("mean", "expected"),
    [
        ("arithmetic", (1 * 2 + 3 * 8) / 4),
        ("geometric", (2 * 8**3) ** 0.25),
        ("harmonic", 4 / (1 / 2 + 3 / 8)),
        ("penalised", 6.5 - (1 * 4.5**2 + 3 * 1.5**2) / 4 / 6.5),
    ],
)
def test_means_by_hand(mean: Mean, expected: float) -> None:
    tree = tree_of([2, 2, -1], [1, 3, 1], [1, 1], mean)

    assert aggregated(np.array([[2.0, 8.0]]), tree)[0, 2] == pytest.approx(expected, rel=1e-14)


def test_two_nodes_of_one_level_may_be_made_in_different_ways() -> None:
    tree = tree_of([4, 4, 5, 5, 6, 6, -1], np.ones(7), [1] * 4, ["arithmetic", "geometric", "harmonic"])

    found = aggregated(np.array([[1.0, 3.0, 2.0, 8.0]]), tree)[0]

    assert found[4:].tolist() == pytest.approx([2.0, 4.0, 2 / (1 / 2 + 1 / 4)])


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6))
def test_means_stand_in_their_known_order_and_reweighing_is_the_mean_without_the_gap(seed: int) -> None:
    chance = np.random.default_rng(seed)
    values = chance.uniform(1, 100, (5, 4))
    trees = {mean: plain_tree(4, mean) for mean in ("harmonic", "geometric", "arithmetic", "penalised")}
    gap = values.copy()
    gap[:, 2] = np.nan

    found = {mean: aggregated(values, tree)[:, -1] for mean, tree in trees.items()}
    without = {mean: aggregated(gap, tree)[:, -1] for mean, tree in trees.items()}

    assert (found["harmonic"] <= found["geometric"] + 1e-9).all()
    assert (found["geometric"] <= found["arithmetic"] + 1e-9).all()
    assert (found["penalised"] <= found["arithmetic"] + 1e-9).all()
    for mean in trees:
        three = aggregated(np.delete(values, 2, axis=1), plain_tree(3, mean))[:, -1]
        np.testing.assert_allclose(without[mean], three, rtol=1e-12)


@pytest.mark.parametrize(
    ("parents", "weights", "directions", "means", "words"),
    [
        ([2, 2, -1], [1, 1, 1], [1, 0], "arithmetic", "direction"),
        ([2, 2, -1], [1, -1, 1], [1, 1], "arithmetic", "weight of node 1"),
        ([2, 2, -1], [0, 0, 1], [1, 1], "arithmetic", "all 0"),
        ([2, 2, 2], [1, 1, 1], [1, 1], "arithmetic", "root"),
        ([1, 2, -1], [1, 1, 1], [1, 1], "arithmetic", "parent of a node"),
        ([2, 2, -1, 4, 3], [1] * 5, [1, 1], "arithmetic", "hang under the root"),
        ([2, 2, -1, 2], [1] * 4, [1, 1], "arithmetic", "nothing under it"),
        ([2, 2, -1], [1, 1, 1], [1, 1], ["median"], "one mean of"),
        ([2, 2], [1, 1], [1, 1], "arithmetic", "at least one node above"),
    ],
)
def test_a_tree_that_is_none_is_refused_with_the_node(
    parents: list[int], weights: list[float], directions: list[int], means: Mean, words: str
) -> None:
    with pytest.raises(BadTree, match=words):
        tree_of(parents, weights, directions, means)
