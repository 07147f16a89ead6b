"""Relatedness: the stored results of world trade, definitions by double loop, shortlists that say how firm they are."""

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shancheng.methods.relatedness import (
    BadTable,
    BadWish,
    RelatednessError,
    advantage,
    complexity,
    density,
    fitness,
    proximity,
    shortlist,
    specialised,
)


@pytest.fixture(scope="module")
def trade(shared_data: Path) -> tuple[list[str], np.ndarray]:
    """Countries, and their exports of 785 products."""
    folder = shared_data / "complexity-world-trade-1998-2000"
    with gzip.open(folder / "trade.csv.gz", "rt", encoding="utf-8") as file:
        rows = [(row["country"], row["product"], float(row["value"])) for row in csv.DictReader(file)]
    countries, country = np.unique([row[0] for row in rows], return_inverse=True)
    products, product = np.unique([row[1] for row in rows], return_inverse=True)
    values = np.zeros((len(countries), len(products)))
    values[country, product] = [row[2] for row in rows]
    return countries.tolist(), values


def stored(shared_data: Path, name: str, column: str, countries: list[str]) -> np.ndarray:
    with (shared_data / "complexity-world-trade-1998-2000" / name).open(encoding="utf-8") as file:
        found = {row["country"]: float(row[column]) for row in csv.DictReader(file)}
    return np.array([found[country] for country in countries])


def test_complexity_of_world_trade_equals_the_stored_result(
    shared_data: Path, trade: tuple[list[str], np.ndarray]
) -> None:
    countries, values = trade

    found = complexity(specialised(advantage(values)))

    assert np.abs(found.places - stored(shared_data, "ref_eci.csv", "eci", countries)).max() < 1e-9
    np.testing.assert_allclose(found.eigenvalues, [1, 0.1791339, 0.1209489], atol=5e-8)
    assert found.activities.mean() == pytest.approx(0, abs=1e-12)
    assert found.activities.std(ddof=1) == pytest.approx(1)


def test_fitness_of_world_trade_equals_the_stored_result(
    shared_data: Path, trade: tuple[list[str], np.ndarray]
) -> None:
    """Stored as twenty iterations, of which the start counts as the first."""
    countries, values = trade

    found = fitness(specialised(advantage(values)), passes=19)

    assert np.abs(found.places - stored(shared_data, "ref_fitness_country.csv", "fitness", countries)).max() < 1e-9


def by_double_loop(present: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    places, activities = present.shape
    near, close = np.zeros((activities, activities)), np.zeros(present.shape)
    for one in range(activities):
        for other in range(activities):
            larger = max(present[:, one].sum(), present[:, other].sum())
            if one != other and larger:
                near[one, other] = (present[:, one] & present[:, other]).sum() / larger
    for place in range(places):
        for one in range(activities):
            whole = sum(near[one])
            if whole:
                close[place, one] = sum(near[one][present[place]]) / whole
    return near, close


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), places=st.integers(1, 9), activities=st.integers(1, 12), share=st.floats(0.1, 0.9))
def test_proximity_and_density_are_what_their_definitions_say(
    seed: int, places: int, activities: int, share: float
) -> None:
    present = np.random.default_rng(seed).random((places, activities)) < share
    present[0, 0] = True

    near = proximity(present)
    close = density(present, near)

    near_by_loop, close_by_loop = by_double_loop(present)
    np.testing.assert_allclose(near, near_by_loop, atol=1e-12)
    np.testing.assert_allclose(close, close_by_loop, atol=1e-12)
    assert (close <= 1 + 1e-12).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_advantage_does_not_depend_on_the_unit_and_averages_to_one(seed: int) -> None:
    values = np.random.default_rng(seed).gamma(0.5, 10, (6, 8))

    found = advantage(values)

    np.testing.assert_allclose(found, advantage(values * 1_000), rtol=1e-12)
    np.testing.assert_allclose(found @ (values.sum(axis=0) / values.sum()), np.ones(6), rtol=1e-12)


def test_complexity_of_more_places_than_activities_is_worked_out_on_the_other_side_alike() -> None:
    present = np.random.default_rng(4).random((30, 12)) < 0.4

    tall, wide = complexity(present), complexity(present.T)

    np.testing.assert_allclose(np.abs(np.corrcoef(tall.places, wide.activities)[0, 1]), 1, atol=1e-12)
    np.testing.assert_allclose(tall.eigenvalues, wide.eigenvalues, atol=1e-12)


def test_a_place_without_speciality_has_no_complexity_and_is_named() -> None:
    present = np.random.default_rng(4).random((12, 9)) < 0.5
    present[5], present[:, 2] = False, False

    found = complexity(present)

    assert found.undefined_places.tolist() == [5]
    assert found.undefined_activities.tolist() == [2]
    assert np.flatnonzero(np.isnan(found.places)).tolist() == [5]
    assert np.argsort(-found.places)[-1] == 5  # what is unknown sorts last, never first


def test_a_table_in_two_parts_is_refused() -> None:
    present = np.kron(np.eye(2), np.ones((3, 4))) > 0

    with pytest.raises(BadTable, match="2 parts that share no activity"):
        complexity(present)


def chains() -> np.ndarray:
    """Twelve districts and twenty industries: the first six make cars, the others cloth; each lacks one of its kind."""
    chance = np.random.default_rng(8)
    employed = np.full((12, 20), 1.0)
    employed[:6, :10] += chance.uniform(200, 300, (6, 10))
    employed[6:, 10:] += chance.uniform(200, 300, (6, 10))
    employed[np.arange(6), np.arange(6)] = 1.0
    return employed


def test_the_missing_part_of_a_districts_own_chain_heads_its_shortlist_and_stays_there() -> None:
    found = shortlist(chains(), range(20), longest=3, size_floor=0, resamples=100, seed=1)

    assert found.activities[:6, 0].tolist() == list(range(6))
    assert (found.survival[:6, 0] > 0.95).all()
    assert (np.diff(found.density, axis=1) <= 0).all()
    assert (found.survival <= 1).all()


def test_what_a_district_has_is_never_on_its_shortlist_and_a_short_list_says_so() -> None:
    found = shortlist(chains(), [0, 1, 2], longest=3, size_floor=0, resamples=5, seed=1)

    assert found.activities[0].tolist() == [0, -1, -1]
    assert np.isnan(found.density[0, 1:]).all()
    assert np.isnan(found.survival[0, 1:]).all()
    assert found.activities[3].tolist() == [-1, -1, -1]


def test_tiny_places_are_left_out_and_listed_and_shape_nothing() -> None:
    whole = chains()
    tiny = np.zeros((1, 20))
    tiny[0, [0, 19]] = 2.0

    with_tiny = shortlist(np.vstack((whole, tiny)), range(20), longest=4, size_floor=100, resamples=20, seed=3)
    without = shortlist(whole, range(20), longest=4, size_floor=100, resamples=20, seed=3)

    assert with_tiny.excluded.tolist() == [12]
    np.testing.assert_array_equal(with_tiny.activities, without.activities)
    np.testing.assert_array_equal(with_tiny.survival, without.survival)


def test_a_shortlist_depends_on_its_seed_only_in_its_survival() -> None:
    values = np.random.default_rng(2).gamma(0.3, 10, (15, 25))

    one, same, other = (
        shortlist(values, range(25), longest=3, size_floor=0, resamples=30, seed=seed) for seed in (1, 1, 2)
    )

    np.testing.assert_array_equal(one.survival, same.survival)
    np.testing.assert_array_equal(one.activities, other.activities)
    assert (one.survival != other.survival).any()


def test_candidates_that_are_equally_close_share_their_survival() -> None:
    found = shortlist(chains(), range(10, 20), longest=2, size_floor=0, resamples=400, seed=5)

    assert found.density[0, 0] == pytest.approx(found.density[0, 1], abs=1e-12)
    assert (found.survival[0] < 0.5).all()  # two of ten equals


def test_density_on_a_shortlist_is_that_of_the_whole_table() -> None:
    values = np.random.default_rng(2).gamma(0.3, 10, (15, 25))
    present = specialised(advantage(values))

    found = shortlist(values, range(25), longest=4, size_floor=0, resamples=1, seed=0)

    whole = density(present, proximity(present))
    np.testing.assert_allclose(found.density, np.take_along_axis(whole, found.activities, axis=1), atol=1e-12)


def test_every_fault_is_a_sentence() -> None:
    good, flags = chains(), np.ones((3, 3), dtype=bool)
    missing = good.copy()
    missing[2, 3] = np.nan
    wrong = [
        (BadTable, "place 2, activity 3", lambda: advantage(missing)),
        (BadTable, "negative", lambda: advantage(-good)),
        (BadTable, "nothing to compare", lambda: advantage(np.zeros((2, 2)))),
        (BadTable, "shape", lambda: advantage(np.ones(4))),
        (BadTable, "true or false", lambda: proximity(good)),  # type: ignore[arg-type]
        (BadTable, "20 by 20", lambda: density(good > 5, np.ones((3, 3)))),
        (BadTable, "alike", lambda: complexity(flags)),
        (BadTable, "three or more", lambda: complexity(flags[:2])),
        (BadTable, "Only 0 places", lambda: shortlist(good, [1], longest=1, size_floor=1e9, resamples=1, seed=0)),
        (BadTable, "Sizes", lambda: shortlist(good, [1], longest=1, size_floor=0, resamples=1, seed=0, sizes=good[0])),
        (BadWish, "threshold", lambda: specialised(good, 0.0)),
        (BadWish, "passes", lambda: fitness(flags, -1)),
        (BadWish, "each once", lambda: shortlist(good, [1, 1], longest=1, size_floor=0, resamples=1, seed=0)),
        (BadWish, "columns", lambda: shortlist(good, [20], longest=1, size_floor=0, resamples=1, seed=0)),
        (BadWish, "resamples", lambda: shortlist(good, [1], longest=0, size_floor=0, resamples=1, seed=0)),
        (
            BadWish,
            "Thresholds",
            lambda: shortlist(good, [1], longest=1, size_floor=0, resamples=1, seed=0, thresholds=(2, 1)),
        ),
    ]

    for kind, words, call in wrong:
        with pytest.raises(kind, match=words) as caught:
            call()
        assert isinstance(caught.value, RelatednessError)
        assert str(caught.value).endswith(".")
