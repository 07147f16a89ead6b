"""What the services desk answers about reaching, held against sums that must come out."""

import dataclasses

import numpy as np
import pytest

from shancheng.wings.services.desk import ReachWish, WishError, by_tiles, lacks
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


@pytest.mark.parametrize("minutes", [0, -3, 2000, float("nan")])
def test_minutes_out_of_bounds_are_refused(minutes):
    with pytest.raises(WishError, match="cannot be asked for"):
        ReachWish(minutes=minutes)


def test_indicators_count_people_and_not_homes():
    assert residents_within_minutes([3, np.nan, 20], 15, [1, 1, 2]) == 0.25
    assert residents_with_all([[3, 3], [20, 3]], 15, [1, 3]) == 0.75
    assert np.isnan(residents_within_minutes([], 15, []))
