"""Headroom and growth: what binds, where people go, and prices beside finite differences."""

import csv
import gzip
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shancheng.methods.allocation import AllocationError, CannotPlace, allocate_across, allocate_growth, headroom

POPULATION = [1000.0, 2000.0, 500.0]
SUPPLY = [[120.0, 9.0], [180.0, 20.0], [100.0, 3.0]]
STANDARD = [0.1, 0.006]


def plan(**changes):
    """A small city that grows by 1,000."""
    arguments = {
        **{"population": POPULATION, "supply": SUPPLY, "standard": STANDARD, "total": 1000.0},
        **{"cost": [1.0, 2.0, 3.0], "expansion_cost": [50.0, 400.0], "most": [600.0, 600.0, 600.0]},
    }
    return allocate_growth(**arguments | changes)


def test_the_scarcest_element_binds():
    found = headroom(POPULATION, SUPPLY, STANDARD)

    assert found.people == pytest.approx([200, -200, 0])
    assert found.binding.tolist() == [0, 0, 1]
    assert found.over.tolist() == [False, True, False]
    assert found.capacity[0] == pytest.approx([1200, 1500])


def test_an_element_that_does_not_count_never_binds():
    found = headroom([10.0, 10.0], [[5.0, 0.0], [5.0, 0.0]], [[1.0, 0.0], [0.0, 0.0]])

    assert found.people.tolist() == [-5, math.inf]
    assert found.binding.tolist() == [0, -1]
    assert headroom([10.0], np.empty((1, 0)), []).people.tolist() == [math.inf]


def test_growth_goes_where_it_and_its_supply_are_cheapest():
    """By hand: 200 at 1.0 in place 0, 500 at 3 + 0.006 x 400 in place 2, 300 at 1 + 0.1 x 50 in place 0 again."""
    found = plan()

    assert found.people == pytest.approx([500, 0, 500])
    assert found.expansion == pytest.approx(np.array([[30, 0], [20, 0], [0, 3]]))
    assert found.cost == pytest.approx(200 + 500 * 5.4 + 300 * 6 + 20 * 50)


def test_at_a_corner_a_price_holds_on_one_side_and_says_so():
    """The thousandth person costs 6, the next one 7 in place 1."""
    found = plan().person

    side = found.highest if found.change == pytest.approx(6) else found.lowest
    assert side == pytest.approx(1000)
    assert float(found.change) in (pytest.approx(6), pytest.approx(7))


def test_everybody_is_placed_and_served():
    found = plan()

    people = np.array(POPULATION) + found.people
    assert found.people.sum() == pytest.approx(1000)
    assert (people[:, None] * STANDARD <= np.array(SUPPLY) + found.expansion + 1e-9).all()


def test_a_red_zone_takes_nobody_and_says_what_that_costs():
    free, red = plan(), plan(most=[0.0, 1000.0, 1000.0])

    assert red.people[0] == 0
    assert red.cost > free.cost
    assert red.most.change[0] < 0


def test_a_limit_that_does_not_bind_costs_nothing_up_to_any_height():
    found = plan(total=10.0, most=[600.0, 600.0, 600.0])

    assert found.supply.change[0, 1] == 0
    assert found.supply.highest[0, 1] == math.inf
    assert found.supply.lowest[0, 1] == pytest.approx((1000 + found.people[0]) * 0.006)


@st.composite
def cities(draw):
    """A random city with room enough, some of it only after expansion."""
    source = np.random.default_rng(draw(st.integers(0, 100_000)))
    places, elements = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    population = source.uniform(100, 5000, places)
    standard = source.uniform(0.01, 0.5, elements)
    supply = population[:, None] * standard * source.uniform(0.7, 1.8, (places, elements))
    return {
        **{"population": population, "supply": supply, "standard": standard, "total": 0.2 * population.sum()},
        **{"cost": source.uniform(0, 10, places), "expansion_cost": source.uniform(1, 50, (places, elements))},
        **{"most": population * source.uniform(0.3, 1.0, places)},
    }


def slope(city, name, at, prices):
    """Finite difference of the cost over the middle half of a price's range, or None where it has no width."""
    low, high = float(prices.lowest[at]), float(prices.highest[at])
    here = np.asarray(city[name], float)[at]
    low, high = max(low, here - 0.1 * (1 + here), 0.0), min(high, here + 0.1 * (1 + here))
    if high - low < 1e-6 * (1 + here):
        return None
    ends = []
    for value in (low + (high - low) / 4, high - (high - low) / 4):
        changed = np.array(city[name], float)
        changed[at] = value
        ends.append(allocate_growth(**city | {name: changed}).cost)
    return (ends[1] - ends[0]) / ((high - low) / 2)


@settings(max_examples=30, deadline=None)
@given(cities(), st.integers(0, 10**6))
def test_prices_are_finite_differences_wherever_they_are_said_to_hold(city, pick):
    found = allocate_growth(**city)

    place, element = pick % len(city["population"]), pick % len(city["standard"])
    for name, at, prices in (
        ("total", (), found.person),
        ("supply", (place, element), found.supply),
        ("most", (place,), found.most),
    ):
        difference = slope(city, name, at, prices)
        if difference is not None:
            assert prices.change[at] == pytest.approx(difference, abs=1e-6, rel=1e-6)
        limit = np.asarray(city[name], float)[at]
        assert prices.lowest[at] <= limit * (1 + 1e-9) + 1e-9
        assert limit <= prices.highest[at] * (1 + 1e-9) + 1e-9


@settings(max_examples=30, deadline=None)
@given(cities(), st.integers(0, 10**6))
def test_no_small_shift_of_people_is_cheaper(city, pick):
    found = allocate_growth(**city)
    giver, taker = pick % len(city["population"]), pick // 7 % len(city["population"])
    shift = min(1.0, found.people[giver], city["most"][taker] - found.people[taker])
    assume(giver != taker and shift > 1e-3)

    people = found.people.copy()
    people[giver] -= shift
    people[taker] += shift

    short = np.maximum(0, (city["population"] + people)[:, None] * city["standard"] - city["supply"])
    assert (city["cost"] * people).sum() + (city["expansion_cost"] * short).sum() >= found.cost - 1e-6


def test_scenarios_of_supply_stand_side_by_side():
    limits = {"total": 500.0, "cost": 1.0, "expansion_cost": [50.0, 400.0], "expansion_most": 0.0}
    usual = np.array(SUPPLY) * 1.4

    found = allocate_across(POPULATION, [usual, usual * 1.2, usual * 0.5], STANDARD, **limits)

    assert [growth is None for growth in found.growth] == [False, False, True]
    assert found.placed[:2] == pytest.approx([500, 500])
    assert math.isnan(found.placed[2])
    assert (found.firm <= found.growth[1].people).all()


def test_growth_that_does_not_fit_says_how_much_would():
    with pytest.raises(CannotPlace, match="at most 1500") as refusal:
        plan(total=1900.0, most=500.0)

    assert refusal.value.most == 1500


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"expansion_most": 0.0}, "Place 1 cannot serve its 2000 people"),
        ({"least": 500.0}, "at least 1500"),
        ({"least": 700.0}, "at least more people than it may take"),
        ({"total": math.nan}, "not nan"),
        ({"population": [1.0, -2.0, 3.0]}, "population of place 1 is -2"),
        ({"supply": [[1.0, math.nan]] * 3}, "supply of place 0, element 1 is nan"),
        ({"supply": [[1.0, 2.0]]}, "3 places"),
        ({"standard": [1.0, 2.0, 3.0]}, "standards have the shape"),
        ({"cost": math.inf}, "cost of place 0 is inf"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_in_a_sentence(changes, sentence):
    with pytest.raises(AllocationError, match=sentence):
        plan(**changes)


def test_nothing_feasible_is_nothing_firm():
    found = allocate_across(
        POPULATION, [np.zeros((3, 2))], STANDARD, total=1, cost=1, expansion_cost=1, expansion_most=0
    )

    with pytest.raises(AllocationError, match="In no scenario"):
        _ = found.firm


def test_nothing_is_printed(capfd):
    plan()

    assert capfd.readouterr() == ("", "")


@pytest.fixture(scope="module")
def chongqing(shared_data):
    """37 districts in 2020: people, and primary teachers and hospital beds with what a resident needs of them."""
    with gzip.open(
        shared_data / "chongqing-districts-panel/districts_2005_2020.csv.gz", "rt", encoding="utf-8"
    ) as file:
        rows = [row for row in csv.DictReader(file) if row["year"] == "2020"]
    people = np.array([float(row["pop"]) * 1000 for row in rows])
    named = ("Full-time Teachers in Primary Schools (persons)", "Students in Primary Schools (persons)")
    teachers, pupils = (np.array([float(row[f"Number of {name}"]) for row in rows]) for name in named)
    beds = np.array([float(row["Number of Hospital and Health Center Beds (beds)"]) for row in rows])
    standard = np.column_stack([pupils / people / 19, np.full(len(rows), 0.006)])
    return [row["county_name"] for row in rows], people, np.column_stack([teachers, beds]), standard


def test_chongqing_in_2020_is_short_of_beds_before_teachers(chongqing):
    """At 19 pupils a teacher and six beds a thousand."""
    names, people, supply, standard = chongqing

    found = headroom(people, supply, standard)

    assert (int(found.over.sum()), int((found.binding == 1).sum()), len(names)) == (14, 29, 37)
    worst = int(np.argmin(found.people / people))
    assert names[worst] == "渝北区"
    assert found.people[worst] / people[worst] == pytest.approx(-0.504, abs=5e-4)


def test_three_million_more_in_chongqing_have_a_price_that_is_a_finite_difference(chongqing):
    _, people, supply, standard = chongqing
    city = {
        **{"population": people, "supply": supply, "standard": standard, "total": 3.1e6},
        **{"cost": 0.0, "expansion_cost": [10.0, 40.0], "most": people * 0.25},
    }

    found = allocate_growth(**city)

    assert found.person.change > 0
    assert found.person.change == pytest.approx(slope(city, "total", (), found.person), abs=1e-6)
