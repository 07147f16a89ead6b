"""Snapshots: arrays that agree with a naive walk of the tree."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from tests.ground.territory.world import DAY, place, random_places, territory

from shancheng.ground.territory import Edge, Lineage, PlaceVersion, UnknownPlaceError

trees = some.builds(random_places, some.integers(0, 10_000), some.integers(1, 60))


def naive_chain(places: list[PlaceVersion], leaf: int) -> list[int]:
    by_id = {version.id: version for version in places}
    chain = [leaf]
    while (above := by_id[chain[0]].parent) is not None:
        chain.insert(0, above)
    return chain


@given(trees)
@settings(max_examples=60, deadline=None)
def test_left_and_right_hold_exactly_the_subtree(places: list[PlaceVersion]) -> None:
    snapshot = territory(places).snapshot(DAY)

    for version in places:
        under = {other.id for other in places if version.id in naive_chain(places, other.id)}
        first, last = snapshot.left_right(version.id)
        assert set(snapshot.ids[first : last + 1].tolist()) == under
        assert set(snapshot.subtree(version.id).tolist()) == under


@given(trees)
@settings(max_examples=60, deadline=None)
def test_ancestors_chain_and_cell_agree_with_a_walk_to_the_root(places: list[PlaceVersion]) -> None:
    snapshot = territory(places).snapshot(DAY)

    for version in places:
        chain = naive_chain(places, version.id)
        at = snapshot.index(version.id)
        assert list(snapshot.chain(version.id)) == chain
        assert [int(snapshot.ids[snapshot.ancestor[level][at]]) for level in range(1, version.level + 1)] == chain
        assert all(snapshot.ancestor[level][at] == -1 for level in range(version.level + 1, len(snapshot.ancestor)))
        assert snapshot.cell(version.id) == chain[:3][-1]
        assert snapshot.centre(version.id, 2) == chain[:2][-1]


@given(trees, some.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_rolling_up_equals_adding_one_by_one(places: list[PlaceVersion], seed: int) -> None:
    snapshot = territory(places).snapshot(DAY)
    values = np.random.default_rng(seed).integers(0, 9, len(places)).astype(float)

    for level in range(1, 6):
        sums = snapshot.roll_up(values, level)
        brute = [
            sum(values[snapshot.index(other.id)] for other in places if int(top) in naive_chain(places, other.id))
            for top in snapshot.at_level(level)
        ]
        assert sums.tolist() == brute


def test_a_tally_counts_matters_by_place_id() -> None:
    snapshot = territory([place(1, None, 1), place(7, 1, 2), place(5, 1, 2), place(9, 7, 3)]).snapshot(DAY)

    tally = snapshot.tally([9, 9, 7, 5, 1], 2)

    assert dict(zip(snapshot.at_level(2).tolist(), tally.tolist(), strict=True)) == {5: 1, 7: 3}


def test_a_place_outside_the_snapshot_is_named_in_the_error() -> None:
    snapshot = territory([place(1, None, 1)]).snapshot(DAY)

    with pytest.raises(UnknownPlaceError, match="no place 99 in the official tree"):
        snapshot.cell(99)


def test_a_place_moves_on_the_day_its_next_version_begins() -> None:
    later = dt.date(2025, 6, 1)
    world = territory(
        [place(1, None, 1), place(2, 1, 2), place(3, 1, 2), place(4, 2, 3), place(4, 3, 3, from_=later)],
    )

    assert world.snapshot(later - dt.timedelta(days=1)).parent_of(4) == 2
    assert world.snapshot(later).parent_of(4) == 3
    assert world.snapshot(later) is world.snapshot(later + dt.timedelta(days=30))


def test_another_tree_has_its_own_parents_and_its_own_places() -> None:
    zone = place(8, None, 2, "zone")
    edges = [
        Edge(tree="governance", child=8, parent=1, source="invented"),
        Edge(tree="governance", child=4, parent=8, source="invented"),
    ]
    world = territory([place(1, None, 1), place(2, 1, 2), place(4, 2, 3), zone], edges=edges)

    official, governance = world.snapshot(DAY), world.snapshot(DAY, "governance")

    assert 8 not in official
    assert official.chain(4) == (1, 2, 4)
    assert governance.chain(4) == (1, 8, 4)
    assert governance.children(1) == (2, 8)


def test_a_place_that_is_gone_resolves_to_its_heirs_by_weight() -> None:
    end = dt.date(2025, 1, 1)
    world = territory(
        [place(1, None, 1), place(2, 1, 2, until=end), place(3, 1, 2, from_=end), place(4, 1, 2)],
        lineage=[
            Lineage(from_id=2, to_id=4, on=end, kind="split", weight=0.2, source="invented"),
            Lineage(from_id=2, to_id=3, on=end, kind="split", weight=0.8, source="invented"),
        ],
    )

    assert world.resolve(2, DAY) == (2,)
    assert world.resolve(2, end) == (3, 4)
    assert world.resolve(3, DAY) == (2,)


def test_the_same_code_names_another_place_after_it_was_given_again() -> None:
    end = dt.date(2025, 1, 1)
    world = territory([place(1, None, 1), place(2, 1, 2, code="A", until=end), place(3, 1, 2, code="A", from_=end)])

    assert world.find("A", DAY) == 2
    assert world.find("A", end) == 3
    with pytest.raises(UnknownPlaceError, match="local code 'B'"):
        world.find("B", end)


def test_the_etag_changes_with_what_can_be_seen() -> None:
    before = territory([place(1, None, 1), place(2, 1, 2)]).snapshot(DAY)
    same = territory([place(2, 1, 2), place(1, None, 1)]).snapshot(DAY)
    renamed = territory([place(1, None, 1), place(2, 1, 2, "another")]).snapshot(DAY)

    assert before.etag == same.etag
    assert before.etag != renamed.etag


def test_a_place_of_which_only_its_end_is_known_is_answered_by_its_parent() -> None:
    end = dt.date(2025, 1, 1)
    world = territory([place(1, None, 1), place(2, 1, 2), place(3, 2, 3, until=end), place(4, 2, 3, from_=end)])

    assert world.resolve(3, end) == (2,)
    assert world.resolve(4, DAY) == (2,)
