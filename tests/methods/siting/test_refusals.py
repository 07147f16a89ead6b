"""What cannot be answered is refused in a sentence that says what to do."""

import numpy as np
import pytest

from shancheng.methods.siting.allowance import Allowance
from shancheng.methods.siting.cover import cover_all, cover_most
from shancheng.methods.siting.errors import AllowanceError, DemandError, NoChoice, NothingInReach, ReachError
from shancheng.methods.siting.fairness import Floors
from shancheng.methods.siting.median import least_time
from shancheng.methods.siting.reach import Reach

REACH = Reach.of([0, 0, 1], [0, 1, 2], [3, 4, 5], sites=3, demands=4)
PEOPLE = [1.0, 2.0, 3.0, 4.0]
TWO = Allowance(count=2)


@pytest.mark.parametrize(
    ("pairs", "sentence"),
    [
        (([0, 3], [0, 1], [1, 1]), "site 3, but sites run from 0 to 2"),
        (([0, -1], [0, 1], [1, 1]), "site -1"),
        (([0, 1], [0, 9], [1, 1]), "demand 9, but demands run from 0 to 3"),
        (([0, 1], [0, 1], [1, -2]), "time -2"),
        (([0, 1], [0], [1, 1]), "2 sites, 1 demands and 2 times"),
        (([0, 1], [0, 1], [1.5, 2.0]), "whole numbers"),
        (([0, 1], [0, 1], [np.nan, 2.0]), "whole numbers"),
        (([[0, 1]], [[0, 1]], [[1, 1]]), "2 dimensions"),
        ((["north"], [0], [1]), "must be numbers"),
    ],
)
def test_pairs_that_do_not_fit(pairs, sentence):
    with pytest.raises(ReachError, match=sentence):
        Reach.of(*pairs, sites=3, demands=4)


def test_a_world_without_sites_or_demand():
    with pytest.raises(ReachError, match="0 sites"):
        Reach.of([], [], sites=0, demands=4)


@pytest.mark.parametrize(
    ("weight", "sentence"),
    [
        ([1, 2, -3, 4], "number 2 is -3"),
        ([1, np.nan, 3, 4], "number 1 is nan"),
        ([1, np.inf, 3, 4], "number 1 is inf"),
        ([1, 2, 3], r"shape \(3,\); give one number for each of 4"),
        (["many"] * 4, "must be numbers"),
    ],
)
def test_demand_that_cannot_be_counted(weight, sentence):
    with pytest.raises(DemandError, match=sentence):
        cover_most(REACH, weight, TWO)
    with pytest.raises(DemandError, match=sentence):
        least_time(REACH, weight, TWO, beyond=10)


@pytest.mark.parametrize(
    ("allowance", "sentence"),
    [
        (Allowance(), "Neither a number of sites nor a budget"),
        (Allowance(count=4), "4 new sites are asked for, but there are 3 candidates"),
        (Allowance(count=3, fixed=(1,)), "but there are 2 candidates beside 1 that stand"),
        (Allowance(count=-1), "-1 new sites"),
        (Allowance(budget=5.0), "without the cost"),
        (Allowance(budget=-5.0, cost=[1, 1, 1]), "budget is -5"),
        (Allowance(budget=np.nan, cost=[1, 1, 1]), "budget is nan"),
        (Allowance(count=1, fixed=(7,)), "Site 7 is said to stand"),
        (Allowance(count=1, fixed=(1, 1)), "named twice"),
    ],
)
def test_allowances_that_contradict_themselves(allowance, sentence):
    with pytest.raises(AllowanceError, match=sentence):
        cover_most(REACH, PEOPLE, allowance)


def test_costs_and_capacities_that_are_none():
    with pytest.raises(DemandError, match="cost of sites of number 1 is -1"):
        cover_most(REACH, PEOPLE, Allowance(budget=2.0, cost=[1, -1, 1]))
    with pytest.raises(DemandError, match="capacity of sites of number 2 is nan"):
        cover_most(REACH, PEOPLE, TWO, capacity=[1, 1, np.nan])


@pytest.mark.parametrize("beyond", [0, -4, 2**31])
def test_a_time_for_the_unserved_out_of_bounds(beyond):
    with pytest.raises(DemandError, match="time from 1 to"):
        least_time(REACH, PEOPLE, TWO, beyond=beyond)


def test_an_empty_category_or_a_facility_nobody_reaches():
    nothing = Reach.of(np.zeros(0, np.int64), np.zeros(0, np.int64), sites=3, demands=4)

    for ask in (
        lambda: cover_most(nothing, PEOPLE, TWO),
        lambda: least_time(nothing, PEOPLE, TWO, beyond=10),
        lambda: cover_all(nothing),
        lambda: cover_most(REACH, [0, 0, 0, 4], TWO),
    ):
        with pytest.raises(NothingInReach, match="No site reaches any demand"):
            ask()


def test_floors_that_cannot_be_read_or_kept():
    with pytest.raises(DemandError, match="share lies between 0 and 1"):
        Floors.of([0, 0, 1, 1], [0.5, 1.5], 4)
    with pytest.raises(DemandError, match="whole district number for each of 4"):
        Floors.of([0, 0, 1], [0.5, 0.5], 4)
    with pytest.raises(DemandError, match="Districts run from 0 to 1"):
        Floors.of([0, 0, 1, 2], [0.5, 0.5], 4)
    with pytest.raises(NoChoice, match="District 1 is to have 90%"):
        cover_most(REACH, PEOPLE, TWO, floors=Floors.of([0, 0, 1, 1], [0.0, 0.9], 4))


def test_floors_and_capacities_together_are_refused_not_half_kept():
    with pytest.raises(AllowanceError, match="cannot be kept together with capacities"):
        cover_most(REACH, PEOPLE, TWO, capacity=[4, 4, 4], floors=Floors.of([0, 0, 1, 1], [0.0, 0.1], 4))
