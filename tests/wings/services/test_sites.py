"""Sites and links that are chosen, held against asking the plain question with them built."""

import dataclasses
from itertools import combinations

import numpy as np
import pytest

from shancheng.methods.graph.links import Links, with_links
from shancheng.methods.graph.nearest import nearest
from shancheng.methods.siting.errors import NoChoice
from shancheng.wings.services.desk import (
    LinkWish,
    ReachWish,
    SiteWish,
    WishError,
    lacks,
    read_candidates,
    read_facilities,
    read_proposals,
    together,
)
from shancheng.wings.services.links import ground_of, join
from shancheng.wings.services.reach import place

CATEGORY = "health-centre"


@pytest.fixture(scope="module")
def candidates(town):
    """Every site of the town."""
    return read_candidates(town / "sites.csv")


@pytest.fixture(scope="module")
def proposals(town):
    """Every link of the town."""
    return read_proposals(town / "links.csv")


def some(candidates, rows):
    rows = list(rows)
    return dataclasses.replace(
        candidates, ids=tuple(candidates.ids[row] for row in rows),
        **{name: getattr(candidates, name)[rows] for name in ("lon", "lat", "cost", "capacity")},
    )  # fmt: skip


def people_within(desk, network, homes, facilities, built, folder, minutes=15.0):
    """Who has the category once facilities stand at the built sites, asked as anybody would."""
    lines = [f"{one},{lon!r},{lat!r},{CATEGORY}" for one, lon, lat in built]
    path = folder / "built.csv"
    path.write_text("\n".join(["id,lon,lat,category", *lines, ""]), encoding="utf-8")
    then = together([facilities, read_facilities(path)]) if built else facilities
    reach = desk.reach("adult", network, homes, then, ReachWish(minutes=minutes, categories=(CATEGORY,)))
    return lacks(reach, homes)[0].people_within


def places(candidates, ids):
    rows = [candidates.ids.index(one) for one in ids]
    return [(candidates.ids[row], float(candidates.lon[row]), float(candidates.lat[row])) for row in rows]


def test_people_served_are_those_who_reach_it_once_it_is_built(desk, network, homes, facilities, candidates, tmp_path):
    found = desk.site("adult", network, homes, facilities, candidates, SiteWish(CATEGORY, count=3))

    built = places(candidates, [gain.id for gain in found.gains])
    assert found.people_before == people_within(desk, network, homes, facilities, [], tmp_path)
    assert found.people_after == people_within(desk, network, homes, facilities, built, tmp_path)
    assert found.people_after > found.people_before


def test_no_other_pair_of_sites_serves_more(desk, network, homes, facilities, candidates, tmp_path):
    few = some(candidates, range(0, 24, 4))

    found = desk.site("adult", network, homes, facilities, few, SiteWish(CATEGORY, count=2, gap=0))

    best = max(
        people_within(desk, network, homes, facilities, places(few, pair), tmp_path)
        for pair in combinations(few.ids, 2)
    )
    assert found.gap == 0
    assert found.people_after == best


def test_each_site_says_who_would_lose_it_and_what_would_come_next(
    desk, network, homes, facilities, candidates, tmp_path
):
    found = desk.site("adult", network, homes, facilities, candidates, SiteWish(CATEGORY, count=2))

    first, second = found.gains
    without = people_within(desk, network, homes, facilities, places(candidates, [second.id]), tmp_path)
    instead = people_within(
        desk, network, homes, facilities, places(candidates, [second.id, first.runner_up]), tmp_path
    )
    assert first.people == found.people_after - without
    assert first.runner_up_loss == found.people_after - instead


def test_people_add_up_before_and_after(desk, network, homes, facilities, candidates):
    found = desk.site("adult", network, homes, facilities, candidates, SiteWish(CATEGORY, count=2))

    assert found.people_after + found.left_out + found.beyond_reach == homes.people.sum()


def test_a_budget_is_kept_and_sites_dearer_than_it_are_left(desk, network, homes, facilities, candidates):
    budget = float(np.sort(candidates.cost)[:3].sum())

    found = desk.site("adult", network, homes, facilities, candidates, SiteWish(CATEGORY, budget=budget))

    assert 0 < sum(gain.cost for gain in found.gains) <= budget


def test_the_fewest_sites_for_all_leave_nobody_who_can_be_helped(desk, network, homes, facilities, candidates):
    found = desk.site("adult", network, homes, facilities, candidates, SiteWish(CATEGORY, goal="all"))

    assert found.left_out == 0
    assert found.value >= found.bound


def test_sites_for_all_have_places_for_all_where_they_are_counted(desk, network, homes, facilities, candidates):
    whole = desk.site("adult", network, homes, facilities, candidates, SiteWish(CATEGORY, goal="all", anew=True))
    small = dataclasses.replace(candidates, capacity=np.full(len(candidates.ids), homes.people.sum() / 6))

    found = desk.site(
        "adult", network, homes, facilities, small, SiteWish(CATEGORY, goal="all", with_capacity=True, anew=True)
    )

    assert found.left_out == 0
    assert found.value >= 6 * found.people_after / homes.people.sum()
    assert found.value >= whole.value


def test_too_few_places_for_all_are_said(desk, network, homes, facilities, candidates):
    tiny = dataclasses.replace(candidates, capacity=np.ones(len(candidates.ids)))

    with pytest.raises(NoChoice, match="left without"):
        desk.site(
            "adult", network, homes, facilities, tiny, SiteWish(CATEGORY, goal="all", with_capacity=True, anew=True)
        )


def test_nearer_sites_shorten_the_way_of_all(desk, network, homes, facilities, candidates):
    one = desk.site("adult", network, homes, facilities, candidates, SiteWish(CATEGORY, goal="near", count=1))
    three = desk.site("adult", network, homes, facilities, candidates, SiteWish(CATEGORY, goal="near", count=3))

    assert three.person_minutes < one.person_minutes


def test_sites_without_a_capacity_cannot_be_filled(desk, network, homes, facilities, candidates):
    unknown = dataclasses.replace(candidates, capacity=np.full(len(candidates.ids), np.nan))

    with pytest.raises(WishError, match="sites say no capacity"):
        desk.site("adult", network, homes, facilities, unknown, SiteWish(CATEGORY, count=1, with_capacity=True))


def test_nobody_is_served_beyond_what_sites_can_serve(desk, network, homes, facilities, candidates):
    small = dataclasses.replace(candidates, capacity=np.full(len(candidates.ids), 50.0))
    wish = SiteWish(CATEGORY, count=2, with_capacity=True, anew=True)

    found = desk.site("adult", network, homes, facilities, small, wish)

    assert found.people_after == 100


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


def test_the_worth_of_a_link_is_what_a_new_search_with_it_saves(desk, network, homes, facilities, proposals):
    walker, wish = desk.walker("adult", network), LinkWish(count=2)

    found = desk.links("adult", network, homes, facilities, proposals, wish)

    joined = join(network, walker, proposals)
    ground = ground_of(joined.over, place(network, walker, homes, facilities), homes.people, wish)
    categories, limit = len(ground.categories), 18_000
    before = nearest(ground.against, ground.sources, categories=categories, limit=limit).time[:, :, 0]
    for number in range(0, joined.links.count, 7):
        one = Links(*(part[[number]] for part in dataclasses.astuple(joined.links.reversed())))
        after = nearest(with_links(ground.against, one), ground.sources, categories=categories, limit=limit).time[
            :, :, 0
        ]
        saved = (np.minimum(before, limit) - np.minimum(after, limit)) * ground.people
        np.testing.assert_allclose(found.saved[number], saved.sum(axis=1) / 600)


def test_links_are_built_in_turn_within_the_budget_and_the_next_never_saves_more_for_its_cost_alone(
    desk, network, homes, facilities, proposals
):
    budget = float(np.sort(proposals.cost)[-3:].sum())

    found = desk.links("adult", network, homes, facilities, proposals, LinkWish(count=5, budget=budget))

    assert found.built
    assert sum(built.cost for built in found.built) <= budget
    assert len({built.id for built in found.built}) == len(found.built)
    first = found.built[0]
    assert first.person_minutes_saved == pytest.approx(found.saved[found.ids.index(first.id)].sum())


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
