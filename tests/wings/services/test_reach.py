"""What the services desk answers about reaching, held against sums that must come out."""

import dataclasses
import datetime as dt
import math

import numpy as np
import osmium
import pytest
from osmium.osm.mutable import Node, Way

from shancheng.wings.services.desk import ReachWish, WishError, by_tiles, lacks, read_facilities, read_homes
from shancheng.wings.services.indicators import residents_with_all, residents_within_minutes

WISH = ReachWish(minutes=15)


def ask(desk, network, homes, facilities, wish=WISH, walker="adult", **how):
    return desk.reach(walker, network, homes, facilities, wish, **how)


def test_everybody_has_a_category_lacks_it_or_is_unknown(desk, network, homes, facilities):
    reach = ask(desk, network, homes, facilities)

    for lack in lacks(reach, homes):
        assert lack.people_within + lack.people_lacking + lack.people_unknown == homes.people.sum()
        assert all(people <= lack.people_lacking for people in lack.lacking_by_group.values())


def test_the_gap_counts_minutes_beyond_the_limit_and_caps_those_who_have_none(desk, network, homes, facilities):
    reach = ask(desk, network, homes, facilities, ReachWish(minutes=5, categories=("cultural-centre",)))

    (lack,) = lacks(reach, homes)

    minutes = np.minimum(np.nan_to_num(reach.minutes[0, :, 0], nan=10.0), 10.0)
    by_hand = sum(
        people * max(0.0, minute - 5)
        for people, minute, known in zip(homes.people, minutes, reach.is_known, strict=True)
        if known
    )
    assert lack.gap_person_minutes == pytest.approx(by_hand)


def test_tiles_give_every_figure_of_the_search_in_one_piece(desk, network, homes, facilities):
    whole = ask(desk, network, homes, facilities, ReachWish(nearest=2))

    tiled = ask(
        desk, network, homes, facilities, ReachWish(nearest=2),
        search=by_tiles(network, size_m=900, run=lambda work, tasks: map(work, tasks)),
    )  # fmt: skip

    np.testing.assert_array_equal(whole.minutes, tiled.minutes)
    np.testing.assert_array_equal(whole.facility, tiled.facility)


def test_uphill_takes_longer_for_some_and_downhill_for_others(desk, network, homes, facilities):
    there = ask(desk, network, homes, facilities)

    back = ask(desk, network, homes, facilities, ReachWish(way="back"))

    apart = there.minutes - back.minutes
    assert (apart > 0.5).any() and (apart < -0.5).any()


def test_without_a_step_it_is_yes_where_that_is_written_down_and_no_where_nothing_allows_it(
    desk, network, homes, facilities
):
    strict, lenient, answers = desk.step_free(network, homes, facilities, WISH)

    assert set(np.unique(answers).tolist()) == {-1, 0, 1}
    assert (answers[:, ~lenient.is_known] == -1).all()
    known = answers[:, lenient.is_known]
    np.testing.assert_array_equal(known == 1, strict.within()[:, lenient.is_known])
    possible = lenient.within() | strict.within()
    np.testing.assert_array_equal(known == 0, ~possible[:, lenient.is_known])


def test_a_category_that_nobody_offers_is_named_with_those_there_are(desk, network, homes, facilities):
    with pytest.raises(WishError, match=r"No facility is of category 'opera'; there are bank, "):
        ask(desk, network, homes, facilities, ReachWish(categories=("opera",)))


def test_a_walker_the_network_was_not_made_for_is_named(desk, network, homes, facilities):
    with pytest.raises(WishError, match="no walker 'pram'; it was made for adult, wheelchair"):
        ask(desk, network, homes, facilities, walker="pram")


def test_a_walker_whose_record_has_changed_since_is_refused(desk, network, homes, facilities):
    walked = network.manifest.walkers | {
        "adult": dataclasses.replace(network.manifest.walkers["adult"], version="another")
    }
    older = dataclasses.replace(network, manifest=dataclasses.replace(network.manifest, walkers=walked))

    with pytest.raises(WishError, match="timed for another 'adult' than the packs describe today"):
        ask(desk, older, homes, facilities)


SIDE, LON, LAT = 9, 106.5, 29.5
"""Streets every 500 m, 4 km each way."""


@pytest.fixture(scope="module")
def grid(tmp_path_factory, desk):
    """The network of a town of straight streets that nothing is known around, and points at (east, north) metres."""
    folder = tmp_path_factory.mktemp("grid")

    def degrees(east, north):
        return LON + east / (111_320 * math.cos(math.radians(LAT))), LAT + north / 110_850

    nodes = [
        (row * SIDE + column + 1, *degrees(column * 500, row * 500)) for row in range(SIDE) for column in range(SIDE)
    ]
    lines = [[row * SIDE + column + 1 for column in range(SIDE)] for row in range(SIDE)]
    with osmium.SimpleWriter(str(folder / "grid.osm.pbf")) as writer:
        for number, lon, lat in nodes:
            writer.add_node(Node(id=number, location=(lon, lat)))
        for number, line in enumerate([*lines, *zip(*lines, strict=True)]):
            writer.add_way(Way(id=number + 1, nodes=list(line), tags={"highway": "residential"}))
    walkers, quiet = ("adult",), lambda *_: None
    desk.build(folder / "grid.osm.pbf", None, folder / "network", walkers, day=dt.date(2026, 11, 24), progress=quiet)

    def points(name, rows):
        lines = [",".join([one, *map(repr, degrees(east, north)), last]) for one, east, north, last in rows]
        column, read = ("people", read_homes) if name == "homes" else ("category", read_facilities)
        (folder / f"{name}.csv").write_text("\n".join([f"id,lon,lat,{column}", *lines, ""]), encoding="utf-8")
        return read(folder / f"{name}.csv")

    return desk.network(folder / "network"), points


def test_homes_from_which_something_beyond_the_border_may_be_nearer_are_marked(desk, grid):
    network, points = grid
    rows = [("west", 0, 2000, "3"), ("middle", 2000, 2000, "5"), ("east", 3800, 2000, "7"), ("inner", 2700, 2000, "11")]
    homes = points("homes", rows)
    facilities = points("facilities", [("clinic", 0, 2000, "clinic"), ("shop", 3500, 2000, "shop")])

    reach = ask(desk, network, homes, facilities)

    assert reach.limit_m == pytest.approx(1250)
    near = dict(zip(reach.categories, reach.near_border.tolist(), strict=True))
    # West is at the clinic's door; inner is 1,300 m from the border; east is nearer to the border than to the shop.
    assert near["clinic"] == [False, False, True, False]
    assert near["shop"] == [True, False, True, False]
    lacking = {lack.category: lack.people_lacking_near_border for lack in lacks(reach, homes)}
    assert lacking == {"clinic": 7, "shop": 3}


def test_with_more_minutes_the_border_is_within_reach_of_more_homes_and_the_furthest_of_several_counts(desk, grid):
    network, points = grid
    homes = points("homes", [("inner", 2700, 2000, "11")])
    shops = points("facilities", [("near", 2700, 2000, "shop"), ("far", 500, 2000, "shop")])

    def marked(**wish):
        return ask(desk, network, homes, shops, ReachWish(**wish)).near_border.tolist()

    assert marked(minutes=15, nearest=2) == [[False]]
    assert marked(minutes=17, nearest=2) == [[True]]
    assert marked(minutes=17, nearest=1) == [[False]]


def test_a_home_on_no_street_is_not_marked(desk, grid):
    network, points = grid
    homes = points("homes", [("astray", 30_000, 2000, "1"), ("west", 0, 2000, "3")])

    reach = ask(desk, network, homes, points("facilities", [("shop", 3500, 2000, "shop")]))

    assert reach.near_border.tolist() == [[False, True]]


@pytest.mark.parametrize("minutes", [0, -3, 2000, float("nan")])
def test_minutes_out_of_bounds_are_refused(minutes):
    with pytest.raises(WishError, match="cannot be asked for"):
        ReachWish(minutes=minutes)


def test_indicators_count_people_and_not_homes():
    assert residents_within_minutes([3, np.nan, 20], 15, [1, 1, 2]) == 0.25
    assert residents_with_all([[3, 3], [20, 3]], 15, [1, 3]) == 0.75
    assert np.isnan(residents_within_minutes([], 15, []))
