"""Sites that are chosen, held against asking the plain question with them built."""

import dataclasses
from itertools import combinations

import numpy as np
import pytest

from shancheng.methods.siting.errors import NoChoice
from shancheng.wings.services.desk import (
    ReachWish,
    SiteWish,
    WishError,
    lacks,
    read_candidates,
    read_facilities,
    together,
)

CATEGORY = "health-centre"


@pytest.fixture(scope="module")
def candidates(town):
    """Every site of the town."""
    return read_candidates(town / "sites.csv")


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
