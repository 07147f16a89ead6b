"""Hostile inputs: places, supplies and growth that cannot be."""

import numpy as np
import pytest

from shancheng.methods import allocation

from .refusal import NAN, Rows, refused

SUPPLIES = np.array([[100.0, 50.0], [200.0, 20.0]])


def allocate(**changes):
    given = {"population": [10.0, 20.0], "supply": SUPPLIES, "standard": [1.0, 0.5], "total": 5.0} | changes
    given = {"cost": 1.0, "expansion_cost": 1.0} | given
    return allocation.allocate_growth(**given)


ROWS: Rows = {
    "a population of NaN": lambda: allocation.headroom([NAN, 1.0], SUPPLIES, [1.0, 1.0]),
    "a population below 0": lambda: allocation.headroom([-1.0, 1.0], SUPPLIES, [1.0, 1.0]),
    "a population in words": lambda: allocation.headroom(["a", "b"], SUPPLIES, [1.0, 1.0]),
    "a supply below 0": lambda: allocation.headroom([1.0, 1.0], -SUPPLIES, [1.0, 1.0]),
    "a supply of NaN": lambda: allocation.headroom([1.0, 1.0], SUPPLIES * NAN, [1.0, 1.0]),
    "a supply in a row": lambda: allocation.headroom([1.0, 1.0], [1.0, 2.0], [1.0, 1.0]),
    "a standard of NaN": lambda: allocation.headroom([1.0, 1.0], SUPPLIES, [NAN, 1.0]),
    "standards of others": lambda: allocation.headroom([1.0, 1.0], SUPPLIES, [1.0, 1.0, 1.0]),
    "a growth of NaN": lambda: allocate(total=NAN),
    "a growth below 0": lambda: allocate(total=-1.0),
    "a growth beyond all room": lambda: allocate(total=1e9, expansion_most=0.0),
    "a cost below 0": lambda: allocate(cost=-1.0),
    "a cost of NaN": lambda: allocate(cost=NAN),
    "at least more than at most": lambda: allocate(least=5.0, most=1.0),
    "no place": lambda: allocate(population=[], supply=np.empty((0, 2))),
    "no scenario": lambda: allocation.allocate_across([1.0], [], [1.0], total=1.0, cost=1.0, expansion_cost=1.0).firm,
}


@pytest.mark.parametrize("name", ROWS)
def test_what_cannot_be_is_refused_in_a_sentence(name):
    refused(ROWS[name], allocation.AllocationError)
