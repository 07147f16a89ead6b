"""Links that are judged and chosen in turn, held against new searches with them built."""

import dataclasses

import numpy as np
import pytest

from shancheng.methods.graph.links import Links, with_links
from shancheng.methods.graph.nearest import nearest
from shancheng.wings.services.desk import LinkWish, ReachWish, read_proposals
from shancheng.wings.services.links import ground_of, join
from shancheng.wings.services.reach import place

LIMIT = 18_000
"""Deciseconds: twice 15 minutes."""


@pytest.fixture(scope="module")
def proposals(town):
    """Every link of the town."""
    return read_proposals(town / "links.csv")


@pytest.fixture
def searched(desk, network, homes, facilities, proposals):
    """Person-minutes saved, by category, and people brought by links of these ids, from a new search with them."""
    walker, wish = desk.walker("adult", network), LinkWish()
    joined = join(network, walker, proposals)
    ground = ground_of(joined.over, place(network, walker, homes, facilities), homes.people, wish)
    rows = {proposals.ids[row]: number for number, row in enumerate(joined.row.tolist())}

    def times(ids):
        some = Links(*(part[[rows[one] for one in ids]] for part in dataclasses.astuple(joined.links.reversed())))
        over = with_links(ground.against, some)
        return nearest(over, ground.sources, categories=len(ground.categories), limit=LIMIT).time[:, :, 0]

    def search(ids, before=()):
        earlier, later = times(before), times([*before, *ids])
        saved = (np.minimum(earlier, LIMIT) - np.minimum(later, LIMIT)) @ ground.people
        return saved / 600, float((((earlier > 9_000) & (later <= 9_000)) @ ground.people).sum())

    return search


def only(proposals, rows):
    """Some of the proposals."""
    rows = list(rows)
    columns = ("from_lon", "from_lat", "to_lon", "to_lat", "minutes_there", "minutes_back", "cost")
    return dataclasses.replace(
        proposals,
        ids=tuple(proposals.ids[row] for row in rows),
        kind=tuple(proposals.kind[row] for row in rows),
        **{name: getattr(proposals, name)[rows] for name in columns},
    )


@pytest.mark.parametrize("way", ["there", "back"])
def test_homes_as_nodes_have_the_very_minutes_of_reach(desk, network, homes, facilities, way):
    reach = desk.reach("adult", network, homes, facilities, ReachWish(way=way))
    placed = place(network, desk.walker("adult", network), homes, facilities)

    ground = ground_of(network.arcs("adult"), placed, homes.people, LinkWish(way=way))
    found = nearest(ground.against, ground.sources, categories=len(ground.categories), limit=18_000)

    minutes = np.where(found.time[:, network.nodes :] < 2**31 - 1, found.time[:, network.nodes :] / 600, np.nan)
    np.testing.assert_array_equal(minutes, reach.minutes)


def test_the_ends_of_links_change_nothing_before_they_are_built(desk, network, homes, facilities, proposals):
    walker, placed = desk.walker("adult", network), place(network, desk.walker("adult", network), homes, facilities)

    found = [
        nearest(ground.against, ground.sources, categories=len(ground.categories), limit=18_000).time[
            :, -len(homes.ids) :
        ]
        for over in (network.arcs("adult"), join(network, walker, proposals).over)
        for ground in (ground_of(over, placed, homes.people, LinkWish()),)
    ]

    np.testing.assert_array_equal(*found)


def test_the_worth_of_a_link_is_what_a_new_search_with_it_saves(desk, network, homes, facilities, proposals, searched):
    found = desk.links("adult", network, homes, facilities, proposals, LinkWish(count=2))

    for number in range(0, len(found.ids), 7):
        np.testing.assert_allclose(found.saved[number], searched([found.ids[number]])[0])


def test_each_link_in_turn_adds_what_a_new_search_with_those_before_it_says(
    desk, network, homes, facilities, proposals, searched
):
    budget = float(np.sort(proposals.cost)[-3:].sum())

    found = desk.links("adult", network, homes, facilities, proposals, LinkWish(count=5, budget=budget))

    assert len(found.built) > 1
    assert found.cost == sum(built.cost for built in found.built) <= budget
    ids = [built.id for built in found.built]
    for turn, built in enumerate(found.built):
        for before, saved, brought in (
            (ids[:turn], built.person_minutes_saved, built.people_brought),
            ([], built.person_minutes_alone, built.people_brought_alone),
        ):
            by_search, people = searched([built.id], before)
            assert (by_search.sum(), people) == (pytest.approx(saved), brought)
    assert found.saved_together == pytest.approx(searched(ids)[0].sum())
    assert found.saved_by_all == pytest.approx(searched(found.ids)[0].sum())


def test_the_next_best_of_each_turn_is_no_better_and_would_save_what_is_said(
    desk, network, homes, facilities, proposals, searched
):
    found = desk.links("adult", network, homes, facilities, proposals, LinkWish(count=3))

    assert not found.by_cost
    for turn, built in enumerate(found.built):
        before = [earlier.id for earlier in found.built[:turn]]
        assert built.runner_up not in [*before, built.id]
        assert built.runner_up_saved <= built.person_minutes_saved
        assert searched([built.runner_up], before)[0].sum() == pytest.approx(built.runner_up_saved)


def test_without_a_budget_or_costs_the_number_alone_counts(desk, network, homes, facilities, proposals):
    free = dataclasses.replace(proposals, cost=np.zeros(len(proposals.ids)))

    found = [
        desk.links("adult", network, homes, facilities, given, LinkWish(count=3, budget=budget))
        for given, budget in ((proposals, np.inf), (free, np.inf), (free, 0.0))
    ]

    assert len(found[0].built) == 3
    assert len({tuple(built.id for built in one.built) for one in found}) == 1


def test_how_far_from_the_best_is_proven_unless_links_help_one_another(desk, network, homes, facilities, proposals):
    every = desk.links("adult", network, homes, facilities, proposals, LinkWish(count=3))
    best = proposals.ids.index(every.built[0].id)

    one = desk.links("adult", network, homes, facilities, only(proposals, [best]), LinkWish(count=3))

    assert every.helped and np.isnan(every.bound) and np.isnan(every.gap)
    assert not one.helped
    assert one.gap == 0 and one.bound == one.saved_together == one.saved_by_all
    assert (one.built[0].runner_up, one.built[0].runner_up_saved) == ("", 0.0)


def test_links_that_end_far_from_a_street_are_named(desk, network, homes, facilities, proposals):
    astray = dataclasses.replace(
        proposals, to_lat=proposals.to_lat + np.where(np.arange(len(proposals.ids)) == 0, 1, 0)
    )

    found = desk.links("adult", network, homes, facilities, astray, LinkWish(count=1))

    assert any(proposals.ids[0] in sentence and "from the nearest street" in sentence for sentence in found.lost)


def test_a_wheelchair_gains_nothing_by_stairs(desk, network, proposals):
    stairs = {one for one, kind in zip(proposals.ids, proposals.kind, strict=True) if kind == "stairs"}

    joined = join(network, desk.walker("wheelchair-lenient", network), proposals)

    assert stairs and not stairs & {proposals.ids[row] for row in joined.row.tolist()}
