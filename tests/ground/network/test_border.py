"""How far it is to the border of what an extract holds."""

import dataclasses

import numpy as np
import pytest
from made import degrees, town

from shancheng.ground.network.border import metres_to_border

SQUARE = town([-1000, 1000, 1000, -1000], [-1000, -1000, 1000, 1000], [(0, 1, 9, 9), (1, 2, 9, 9), (2, 3, 9, 9)])
TRIANGLE = town([-1000, 1000, -1000], [-1000, -1000, 1000], [(0, 1, 9, 9), (1, 2, 9, 9)])


def declaring(network, west_m, south_m, east_m, north_m):
    """The network of an extract that declares this box, metres around the middle."""
    (west, east), (south, north) = degrees(np.array([west_m, east_m]), np.array([south_m, north_m]))
    streets = dataclasses.replace(network.manifest.streets, bounds=(west, south, east, north))
    return dataclasses.replace(network, manifest=dataclasses.replace(network.manifest, streets=streets))


def away(network, *spots):
    """Metres to the border from spots in metres."""
    return metres_to_border(network, *degrees(*np.array(spots, float).T)).tolist()


def test_the_border_is_where_the_outermost_streets_are() -> None:
    assert away(SQUARE, (0, 0), (900, 0), (0, -700), (1000, 1000)) == pytest.approx(
        [1000, 100, 300, 0], rel=0.01, abs=1
    )
    assert away(TRIANGLE, (-500, -500), (-100, -100)) == pytest.approx([500, 100 * 2**0.5], rel=0.01)


def test_points_beyond_the_border_are_at_it() -> None:
    assert away(SQUARE, (1100, 0), (30_000, 0)) == [0, 0]


def test_a_declared_box_that_is_nearer_cuts_off_ways_that_lead_out_of_it() -> None:
    assert away(declaring(SQUARE, -1000, -1000, 500, 1000), (0, 0), (450, 0), (800, 0)) == pytest.approx(
        [500, 50, 0], rel=0.01
    )


def test_a_declared_box_wider_than_the_streets_says_nothing_of_what_lies_in_it() -> None:
    assert away(declaring(TRIANGLE, -9000, -9000, 9000, 9000), (-100, -100)) == away(TRIANGLE, (-100, -100))


def test_where_all_lies_on_one_line_or_nowhere_everything_is_at_the_border() -> None:
    line = town([0, 500, 1000], [0, 0, 0], [(0, 1, 9, 9), (1, 2, 9, 9)])

    assert away(line, (500, 0)) == [0]
    assert away(declaring(SQUARE, 5000, 5000, 6000, 6000), (0, 0)) == [0]
