"""Going down and coming back beside the minute-by-minute model."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shancheng.methods.cascade.errors import ScenarioError
from shancheng.methods.cascade.failure import Scenarios, failures
from shancheng.methods.cascade.replay import replay

from .oracle import LAST, build, course, worlds


@st.composite
def mended_worlds(draw):
    """A small world whose damage is mended after a while, or never."""
    assets, groups, hits = draw(worlds())
    takes = [draw(st.sampled_from([1, 2, 4, 9, math.inf])) for _ in hits]
    return assets, groups, [(asset, minute, minute + take) for (asset, minute), take in zip(hits, takes, strict=True)]


def played(assets, groups, damage, horizon=LAST):
    """The course of a world's damage."""
    scenario = Scenarios.one([asset for asset, _, _ in damage], [begun for _, begun, _ in damage])
    return replay(build(assets, groups), scenario, [ended for _, _, ended in damage], horizon=horizon)


@settings(max_examples=200, deadline=None)
@given(mended_worlds())
def test_at_every_minute_the_same_assets_are_up_as_in_the_model(world):
    found, story = played(*world), course(*world)

    for minute, up in enumerate(story):
        assert set(np.flatnonzero(found.up_at(minute)).tolist()) == up
    down = [sum(asset not in up for up in story[:-1]) for asset in range(world[0])]
    assert found.down_minutes.tolist() == down


@settings(max_examples=50, deadline=None)
@given(worlds())
def test_without_repairs_the_course_is_the_failures(world):
    assets, groups, hits = world

    found = played(assets, groups, [(asset, minute, math.inf) for asset, minute in hits])

    alone = failures(build(assets, groups), Scenarios.one([a for a, _ in hits], [m for _, m in hits]), horizon=LAST)
    assert sorted(zip(found.minute, found.asset, strict=True)) == sorted(
        zip(alone.minute[alone.order], alone.order, strict=True)
    )
    assert not found.up.any()


def test_a_battery_that_lasts_until_the_repair_hides_the_damage():
    found = played(2, [(1, 1, 60.0, [0])], [(0, 5, 65)], horizon=100)

    assert found.asset.tolist() == [0, 0]
    assert found.down_minutes.tolist() == [60, 0]


def test_a_ring_stays_down_until_it_has_another_supply():
    ring = [(0, 1, 0.0, [1]), (1, 1, 0.0, [0])]

    stuck = played(2, ring, [(0, 5, 10)])
    with_a_start = played(3, [(0, 1, 0.0, [1, 2]), (1, 1, 0.0, [0])], [(0, 5, 10)])

    assert stuck.up_at(LAST).tolist() == [False, False]
    assert with_a_start.up_at(LAST).tolist() == [True, True, True]


def test_an_asset_hurt_twice_waits_for_both_repairs():
    found = played(1, [], [(0, 0, 10), (0, 5, 20)])

    assert found.down_minutes.tolist() == [20]
    assert found.loss([[3.0]]).tolist() == [60]


def test_more_changes_than_assets_are_all_told():
    found = played(2, [(1, 1, 0.0, [0])], [(0, 2 * turn, 2 * turn + 1) for turn in range(25)])

    assert len(found.minute) == 100
    assert found.down_minutes.tolist() == [25, 25]


@pytest.mark.parametrize(
    ("scenarios", "mended", "horizon", "sentence"),
    [
        (Scenarios.of([[0], [1]]), [1, 1], 10, "not 2"),
        (Scenarios.of([[0]]), [1, 1], 10, "one minute for each"),
        (Scenarios.of([[0]]), [0], 10, "at or before"),
        (Scenarios.of([[0]]), [math.nan], 10, "not a number"),
        (Scenarios.of([[0]]), [1], math.inf, "horizon that ends"),
    ],
)
def test_a_replay_that_cannot_be_is_refused_in_a_sentence(scenarios, mended, horizon, sentence):
    with pytest.raises(ScenarioError, match=sentence):
        replay(build(2, []), scenarios, mended, horizon=horizon)
