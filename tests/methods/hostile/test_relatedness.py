"""Hostile inputs: tables and wishes from which nothing is related."""

import numpy as np
import pytest

from shancheng.methods import relatedness

from .refusal import NAN, Rows, refused

PLACES = np.array([[5.0, 1.0, 0.0, 2.0], [1.0, 4.0, 2.0, 0.0], [0.0, 2.0, 6.0, 1.0], [2.0, 0.0, 1.0, 3.0]])


def shortlist(values=PLACES, candidates=(0, 1), **changes):
    given = {"longest": 2, "size_floor": 0.0, "resamples": 3, "seed": 0} | changes
    return relatedness.shortlist(values, candidates, **given)


HAS = PLACES > 1.5
ROWS: Rows = {
    "no place": lambda: relatedness.advantage(np.empty((0, 3))),
    "a value of NaN": lambda: relatedness.advantage([[NAN, 1.0]]),
    "a value below 0": lambda: relatedness.advantage([[-1.0, 1.0]]),
    "values all 0": lambda: relatedness.advantage(np.zeros((2, 2))),
    "values in words": lambda: relatedness.advantage([["a", "b"]]),
    "values in a row": lambda: relatedness.advantage([1.0, 2.0]),
    "a threshold of NaN": lambda: relatedness.specialised(PLACES, NAN),
    "an advantage of NaN": lambda: relatedness.specialised(PLACES * NAN),
    "numbers for yes and no": lambda: relatedness.proximity(PLACES),
    "nothing anywhere": lambda: relatedness.proximity(np.zeros((3, 3), bool)),
    "proximity of NaN": lambda: relatedness.density(HAS, np.full((4, 4), NAN)),
    "proximity below 0": lambda: relatedness.density(HAS, np.full((4, 4), -1.0)),
    "proximity of others": lambda: relatedness.density(HAS, np.zeros((3, 3))),
    "all places alike": lambda: relatedness.complexity(np.ones((4, 4), bool)),
    "two separate parts": lambda: relatedness.complexity(np.kron(np.eye(2), np.ones((3, 3))).astype(bool)),
    "two places": lambda: relatedness.complexity(HAS[:2, :2] | True),
    "passes below 0": lambda: relatedness.fitness(HAS, -1),
    "no candidate": lambda: shortlist(candidates=()),
    "half a candidate": lambda: shortlist(candidates=(0.5,)),
    "a candidate outside": lambda: shortlist(candidates=(9,)),
    "a size floor of NaN": lambda: shortlist(size_floor=NAN),
    "sizes of NaN": lambda: shortlist(sizes=np.full(4, NAN)),
    "no resample": lambda: shortlist(resamples=0),
    "thresholds of NaN": lambda: shortlist(thresholds=(NAN, 2.0)),
}


@pytest.mark.parametrize("name", ROWS)
def test_what_cannot_be_is_refused_in_a_sentence(name):
    refused(ROWS[name], relatedness.RelatednessError)
