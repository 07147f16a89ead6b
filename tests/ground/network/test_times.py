"""What tags mean for every walker, heights where there is no ground, and seconds that are exact."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tagged import ground, streets, studied, tables, timed

from shancheng.ground.network.classes import (
    EITHER,
    FORWARD,
    classes,
    incline_of,
    kind_code,
    levels_in,
    steps_of,
    stops,
    width_of,
)
from shancheng.ground.network.heights import DIRECTION, GRADE, LIFT, OUTSIDE, RISE, STRUCTURE, TAGS, VOID
from shancheng.methods.slope import SLOPES

ROAD, FOOTWAY = {"highway": "residential"}, {"highway": "footway"}
LINE = {"a": (0.0, 0.0), "b": (100.0, 0.0)}
FLAT = ground(lambda x, y: 0 * x)
ADULT = 5 / 3.6


def one(tags, nodes=LINE, node_tags=None):
    """A single straight way of 100 m."""
    return streets(nodes, [(list(nodes), tags)], node_tags)


def may(tags, walker, relief=FLAT, node_tags=None):
    return bool(np.isfinite(timed(one(tags, node_tags=node_tags), relief, walker).forward).all())


@pytest.mark.parametrize(
    ("tags", "adult", "pram", "strict", "lenient"),
    [
        (ROAD, True, True, True, True),
        (FOOTWAY, True, True, False, True),
        ({**FOOTWAY, "surface": "asphalt"}, True, True, True, True),
        ({**FOOTWAY, "surface": "sett"}, True, True, False, True),
        ({**ROAD, "surface": "cobblestone"}, True, True, False, False),
        ({**ROAD, "surface": "cobblestone", "wheelchair": "yes"}, True, True, True, True),
        ({**ROAD, "wheelchair": "limited"}, True, True, False, True),
        ({**ROAD, "wheelchair": "no"}, True, True, False, False),
        ({**FOOTWAY, "surface": "asphalt", "footway": "crossing"}, True, True, False, True),
        ({**FOOTWAY, "surface": "asphalt", "footway": "crossing", "kerb": "lowered"}, True, True, True, True),
        ({**FOOTWAY, "surface": "asphalt", "footway": "crossing", "kerb": "raised"}, True, True, False, False),
        ({**FOOTWAY, "surface": "asphalt", "width": "0.7"}, True, True, False, False),
        ({**FOOTWAY, "surface": "asphalt", "width": "0.85"}, True, True, False, True),
        ({**FOOTWAY, "surface": "asphalt", "incline": "10%"}, True, True, False, True),
        ({**FOOTWAY, "surface": "asphalt", "incline": "-14%"}, True, True, False, False),
        ({"highway": "steps"}, True, False, False, False),
        ({"highway": "steps", "surface": "asphalt"}, True, False, False, False),
        ({"highway": "steps", "ramp": "yes"}, True, True, False, True),
        ({"highway": "steps", "ramp:wheelchair": "yes"}, True, True, True, True),
        ({"highway": "steps", "ramp:stroller": "yes"}, True, True, False, False),
        ({"highway": "steps", "conveying": "forward"}, True, False, False, False),
        ({"highway": "motorway"}, False, False, False, False),
        ({"highway": "trunk", "sidewalk": "both"}, True, True, True, True),
        ({"highway": "cycleway"}, True, True, False, True),
        ({"highway": "cycleway", "foot": "no"}, False, False, False, False),
        ({**ROAD, "access": "private"}, False, False, False, False),
        ({**ROAD, "access": "private", "foot": "yes"}, True, True, True, True),
        ({"highway": "construction", "foot": "yes"}, False, False, False, False),
        ({"highway": "some_new_thing"}, False, False, False, False),
    ],
)
def test_tags_open_and_close_a_way_to_each_walker(tags, adult, pram, strict, lenient) -> None:
    found = {walker: may(tags, walker) for walker in ("adult", "pram", "wheelchair-strict", "wheelchair-lenient")}

    assert found == {"adult": adult, "pram": pram, "wheelchair-strict": strict, "wheelchair-lenient": lenient}


@pytest.mark.parametrize(
    ("tags", "adult", "strict", "lenient"),
    [
        ({"barrier": "gate"}, True, True, True),
        ({"barrier": "gate", "access": "private"}, False, False, False),
        ({"barrier": "gate", "access": "private", "foot": "yes"}, True, True, True),
        ({"barrier": "gate", "locked": "yes"}, False, False, False),
        ({"barrier": "lift_gate", "access": "private"}, True, True, True),
        ({"barrier": "bollard"}, True, False, True),
        ({"barrier": "turnstile"}, True, False, False),
        ({"barrier": "kerb"}, True, False, True),
        ({"barrier": "kerb", "kerb": "lowered"}, True, True, True),
        ({"barrier": "kerb", "kerb": "raised"}, True, False, False),
        ({"highway": "crossing"}, True, True, True),
    ],
)
def test_a_node_on_the_way_bars_those_it_bars(tags, adult, strict, lenient) -> None:
    found = {
        walker: may(ROAD, walker, node_tags={"b": tags})
        for walker in ("adult", "wheelchair-strict", "wheelchair-lenient")
    }

    assert found == {"adult": adult, "wheelchair-strict": strict, "wheelchair-lenient": lenient}


def test_what_the_strict_walker_may_the_lenient_one_may_too() -> None:
    ways = [(["a", "b"], tags) for tags in _many_tags()]
    town = streets(LINE, ways)

    strict, lenient = (timed(town, FLAT, f"wheelchair-{name}") for name in ("strict", "lenient"))

    assert np.isfinite(strict.forward).sum() > 10
    assert np.isfinite(lenient.forward[np.isfinite(strict.forward)]).all()
    assert not (strict.doubt[np.isfinite(strict.forward)] & (TAGS | GRADE)).any()


def _many_tags():
    for highway in ("residential", "footway", "steps", "service", "pedestrian", "track"):
        for surface in ("", "asphalt", "sett", "dirt", "sand"):
            for wheelchair in ("", "yes", "no", "limited"):
                said = {"highway": highway, "surface": surface, "wheelchair": wheelchair}
                yield {key: value for key, value in said.items() if value}


@pytest.mark.parametrize(
    ("grade", "strict", "lenient", "doubt"),
    [(0.05, True, True, 0), (0.10, False, True, 0), (0.15, False, True, GRADE), (0.30, False, False, 0)],
)
def test_a_grade_from_the_relief_is_unknown_within_its_noise_and_no_beyond(grade, strict, lenient, doubt) -> None:
    hill = ground(lambda x, y: grade * x)

    assert may(ROAD, "wheelchair-strict", hill) is strict
    assert may(ROAD, "wheelchair-lenient", hill) is lenient
    assert int(timed(one(ROAD), hill, "wheelchair-lenient").doubt[0]) == doubt


def test_a_grade_said_by_tags_is_believed_before_the_relief() -> None:
    hill = ground(lambda x, y: 0.3 * x)

    assert may({**ROAD, "incline": "6%"}, "wheelchair-strict", hill)


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(sorted(SLOPES)),
    st.floats(2, 900),
    st.floats(0.5, 25),
    st.floats(20, 200),
)
def test_seconds_are_within_a_thousandth_of_an_integral_in_steps_of_a_metre(slope, length, swing, wave) -> None:
    def height(x, y):
        return swing * np.sin(x / wave)

    town = one(ROAD, {"a": (-length / 2, 3.0), "b": (length / 2, 3.0)})
    hill = ground(height, cells=120)
    segments, _, over = studied(town, hill)
    walker = msgspec.structs.replace(tables().walkers["adult"], slope=slope)

    found = timed(town, hill, walker)

    exact = float(segments.length_m[0])
    at = np.linspace(0, 1, 10 * (len(over.height_m) - 1) + 1)
    heights = np.interp(at, np.linspace(0, 1, len(over.height_m)), over.height_m)
    step = exact / (len(at) - 1)
    for seconds, rise in ((found.forward[0], np.diff(heights)), (found.backward[0], -np.diff(heights))):
        numeric = float((SLOPES[slope].pace(rise / step) * step).sum()) / ADULT
        assert seconds == pytest.approx(numeric, rel=1e-3)


def test_heights_read_every_ten_metres_give_the_time_of_the_ground_itself() -> None:
    """A way over rolling ground, against heights of the relief every metre: 0.1 % over the whole."""
    hill = ground(lambda x, y: 12 * np.sin(x / 90) + 6 * np.cos(y / 70), cell_m=30, cells=80)
    nodes = {str(number): (-900.0 + 61 * number, 300 * np.sin(number / 4)) for number in range(30)}
    town = one(ROAD, nodes)
    segments, _, _ = studied(town, hill)

    found = timed(town, hill, "adult")

    numeric = 0.0
    for tail, head, length in zip(segments.tail, segments.head, segments.length_m, strict=True):
        share = np.linspace(0, 1, int(np.ceil(length)) + 1)
        lon, lat = (side[tail] + share * (side[head] - side[tail]) for side in (town.lon, town.lat))
        step = length / (len(share) - 1)
        numeric += float((SLOPES["city"].pace(np.diff(hill.at(lon, lat)[0]) / step) * step).sum()) / ADULT
    assert found.forward.sum() == pytest.approx(numeric, rel=1e-3)


def test_up_takes_longer_than_down_and_nothing_is_rounded() -> None:
    hill = ground(lambda x, y: 0.1 * x)

    found = timed(one(ROAD), hill, "adult")

    assert found.forward[0] == pytest.approx(100 / ADULT * (0.5 + 0.1 * 4000 / 300), rel=1e-4)
    assert found.backward[0] == pytest.approx(100 / ADULT * 1.33, rel=1e-4)


VALLEY = {"a": (-200.0, 0.0), "p": (-100.0, 0.0), "q": (0.0, 0.0), "r": (100.0, 0.0), "b": (200.0, 0.0)}
BRIDGE = {**FOOTWAY, "bridge": "yes"}


def test_a_bridge_drawn_as_several_ways_is_straight_between_its_ends() -> None:
    valley = ground(lambda x, y: np.where(np.abs(x) > 90, 50.0 + 0.04 * x, 0.0))
    town = streets(
        VALLEY, [(["a", "p"], ROAD), (["p", "q"], BRIDGE), (["q", "r"], {**BRIDGE, "layer": "2"}), (["r", "b"], ROAD)]
    )

    segments, _, over = studied(town, valley)
    found = timed(town, valley, "adult")

    assert over.node_m[2] == pytest.approx(50.0, abs=0.1)
    assert np.diff(over.height_m[over.first[1] : over.first[3]])[[0, 2]] == pytest.approx([4.0, 4.0], abs=0.1)
    assert found.forward[1] == pytest.approx(segments.length_m[1] / ADULT * (1 + 0.04 * 4000 / 600), rel=2e-3)


def test_a_bridge_that_forks_has_one_height_where_it_forks() -> None:
    valley = ground(lambda x, y: np.where(np.abs(x) > 90, 50.0 + 0.1 * x, np.where(y > 90, 20.0, 0.0)))
    nodes = {**VALLEY, "n": (0.0, 100.0), "m": (0.0, 200.0)}
    ways = [(["a", "p"], ROAD), (["p", "q", "r"], BRIDGE), (["r", "b"], ROAD), (["q", "n"], BRIDGE), (["n", "m"], ROAD)]

    _, _, over = studied(streets(nodes, ways), valley)

    assert over.node_m[2] == pytest.approx((40 + 60 + 20) / 3, abs=0.2)


def test_a_tunnel_under_a_hill_is_level_and_stairs_and_lifts_are_no_ends_of_it() -> None:
    hill = ground(lambda x, y: np.maximum(0.0, 80 - np.abs(x)))
    tunnel = {**FOOTWAY, "tunnel": "yes"}
    nodes = {**VALLEY, "top": (0.0, 40.0)}
    ways = [(["a", "p"], ROAD), (["p", "q", "r"], tunnel), (["r", "b"], ROAD), (["q", "top"], {"highway": "steps"})]

    _, _, over = studied(streets(nodes, ways), hill)

    assert over.node_m[[1, 2, 3]] == pytest.approx([0.0, 0.0, 0.0], abs=0.1)
    assert over.node_m[5] == pytest.approx(80, abs=6)


def test_a_structure_that_hangs_in_the_air_keeps_the_ground_and_says_so() -> None:
    hill = ground(lambda x, y: 0.1 * x)
    town = streets(VALLEY, [(["p", "q", "r"], BRIDGE)])

    _, _, over = studied(town, hill)

    assert (over.doubt & STRUCTURE > 0).all()
    assert over.node_m[1] == pytest.approx(-10, abs=0.1)
    assert "structures-hanging" in {finding.key for finding in over.findings}


def test_a_passage_through_a_house_and_a_boardwalk_lie_on_the_ground() -> None:
    hill = ground(lambda x, y: 0.1 * x)

    for tags in ({**FOOTWAY, "tunnel": "building_passage"}, {**FOOTWAY, "bridge": "boardwalk"}):
        _, _, over = studied(one(tags), hill)
        assert len(over.height_m) == 11
        assert not over.doubt.any()


def test_stairs_take_their_steps_and_the_rest_is_landing() -> None:
    cliff = ground(lambda x, y: 0.9 * x)

    _, _, over = studied(one({"highway": "steps", "step_count": "50", "incline": "up"}), cliff)
    found = timed(one({"highway": "steps", "step_count": "50", "incline": "up"}), cliff, "adult")

    assert over.flight_m[0] == pytest.approx(np.hypot(50 * 0.16, 50 * 0.32))
    assert over.landing_m[0] == pytest.approx(100 - 16, abs=0.1)
    assert over.up[0] == 1
    assert over.doubt[0] == 0
    assert found.forward[0] == pytest.approx(np.hypot(8, 16) / 0.6 + 84 / ADULT, rel=1e-3)


def test_stairs_without_steps_take_their_incline_else_half_their_length_never_the_relief() -> None:
    cliff = ground(lambda x, y: 0.9 * x)
    said = {"highway": "steps", "incline": "30%"}
    bare = {"highway": "steps"}

    _, _, by_incline = studied(one(said), cliff)
    _, _, by_length = studied(one(bare), cliff)

    assert by_incline.flight_m[0] == pytest.approx(np.hypot(100, 30), rel=1e-3)
    assert by_length.flight_m[0] == pytest.approx(np.hypot(100, 50), rel=1e-3)
    assert by_length.doubt[0] & RISE
    assert not by_incline.doubt[0] & RISE


def test_a_winding_flight_is_as_long_as_its_steps_although_the_map_shows_a_dot() -> None:
    tower = {"a": (0.0, 0.0), "b": (3.0, 0.0)}

    _, _, over = studied(one({"highway": "steps", "step_count": "100"}, tower), FLAT)

    assert over.flight_m[0] == pytest.approx(np.hypot(16, 32))
    assert over.landing_m[0] == 0


def test_steps_of_a_way_are_shared_out_over_its_segments() -> None:
    bent = {"a": (0.0, 0.0), "b": (25.0, 0.0), "c": (100.0, 0.0)}

    _, _, over = studied(one({"highway": "steps", "step_count": "40"}, bent), FLAT)

    assert over.flight_m.sum() == pytest.approx(np.hypot(6.4, 12.8))
    assert over.flight_m[1] == pytest.approx(3 * over.flight_m[0], rel=1e-3)


def test_going_up_and_down_stairs_takes_each_its_own_time() -> None:
    walker = msgspec.structs.replace(tables().walkers["older"], stairs_up_m_s=0.3, stairs_down_m_s=0.4)
    up, down = ({"highway": "steps", "step_count": "50", "incline": way} for way in ("up", "down"))

    one_way, other_way = timed(one(up), FLAT, walker), timed(one(down), FLAT, walker)

    assert one_way.forward[0] > one_way.backward[0]
    assert one_way.forward[0] == pytest.approx(other_way.backward[0])


def test_which_way_stairs_climb_is_taken_from_the_relief_only_where_it_is_plain() -> None:
    walker = msgspec.structs.replace(tables().walkers["older"], stairs_up_m_s=0.3, stairs_down_m_s=0.4)
    bare = one({"highway": "steps", "step_count": "50"})
    plain, faint = ground(lambda x, y: -0.08 * x), ground(lambda x, y: -0.01 * x)

    by_relief, not_known = timed(bare, plain, walker), timed(bare, faint, walker)

    assert by_relief.forward[0] < by_relief.backward[0]
    assert not_known.forward[0] == pytest.approx(not_known.backward[0])
    assert by_relief.doubt[0] & not_known.doubt[0] & DIRECTION


@pytest.mark.parametrize(
    ("conveying", "there", "back"), [("forward", True, False), ("backward", False, True), ("yes", True, True)]
)
def test_an_escalator_runs_as_its_tag_says(conveying: str, there: bool, back: bool) -> None:
    town = one({"highway": "steps", "conveying": conveying, "step_count": "50"})

    found = timed(town, FLAT, "adult")

    assert [bool(np.isfinite(side[0])) for side in (found.forward, found.backward)] == [there, back]
    seconds = min(found.forward[0], found.backward[0])
    assert seconds == pytest.approx(np.hypot(8, 16) / 0.5)
    assert bool(found.doubt[0] & DIRECTION) is (conveying == "yes")


def test_a_moving_walkway_adds_to_the_walk_and_runs_one_way() -> None:
    found = timed(one({**FOOTWAY, "conveying": "forward"}), FLAT, "adult")

    assert found.forward[0] == pytest.approx(100 / (ADULT + 0.5), rel=1e-3)
    assert np.isinf(found.backward[0])


def test_a_oneway_for_those_on_foot_is_kept() -> None:
    found = timed(one({**FOOTWAY, "oneway:foot": "yes"}), FLAT, "adult")

    assert np.isfinite(found.forward[0])
    assert np.isinf(found.backward[0])


THREE = {"a": (-50.0, 0.0), "lift": (0.0, 0.0), "b": (50.0, 0.0)}


@pytest.mark.parametrize(
    ("lift", "ways", "rise", "guessed"),
    [
        ({"level": "0;14"}, [{}, {}], 42.0, False),
        ({"level": "-2-1"}, [{}, {}], 9.0, False),
        ({}, [{"level": "0"}, {"level": "4"}], 12.0, False),
        ({}, [{}, {}], 9.0, True),
    ],
)
def test_a_lift_costs_a_wait_and_its_rise_half_on_each_side(lift, ways, rise, guessed) -> None:
    cliff = ground(lambda x, y: 2.0 * x)
    town = streets(
        THREE,
        [(["a", "lift"], {**FOOTWAY, **ways[0]}), (["lift", "b"], {**FOOTWAY, **ways[1]})],
        {"lift": {"highway": "elevator", **lift}},
    )

    segments, found, over = studied(town, cliff)
    seconds = timed(town, cliff, "adult")

    assert seconds.forward.sum() == pytest.approx(100 / ADULT + 40 + rise, rel=1e-3)
    assert seconds.backward == pytest.approx(seconds.forward, rel=1e-3)
    assert (over.kind == kind_code("lift")).all()
    assert bool((over.doubt & LIFT).all()) is guessed
    assert stops(town, found).tolist() == [False, True, False]
    assert len(segments.tail) == 2


def test_a_lift_drawn_as_a_way_or_as_a_ring_costs_once() -> None:
    way = streets(LINE | {"b": (2.0, 0.0)}, [(["a", "b"], {"highway": "elevator", "level": "0;2"})])
    square = {"a": (-50.0, 0.0), "p": (0.0, 0.0), "q": (2.0, 2.0), "r": (2.0, 0.0), "b": (50.0, 0.0)}
    ring = streets(
        square,
        [(["p", "q", "r", "p"], {"highway": "elevator"}), (["a", "p"], FOOTWAY), (["r", "b"], FOOTWAY)],
    )

    by_way, by_ring = timed(way, FLAT, "adult"), timed(ring, FLAT, "adult")

    assert by_way.forward.sum() == pytest.approx(2 / ADULT + 40 + 6, rel=1e-2)
    assert by_ring.forward[3:].sum() == pytest.approx(98 / ADULT + 40 + 9, rel=1e-2)
    assert by_ring.forward[:3].max() < 3


def test_a_private_lift_is_closed() -> None:
    town = streets(THREE, [(list(THREE), FOOTWAY)], {"lift": {"highway": "elevator", "access": "private"}})

    assert np.isinf(timed(town, FLAT, "adult").forward).all()


def test_without_a_relief_streets_are_level_and_say_so() -> None:
    town = one(ROAD)

    _, _, over = studied(town, None)
    found = timed(town, None, "adult")

    assert found.forward[0] == found.backward[0] == pytest.approx(100 / ADULT, rel=1e-3)
    assert over.doubt[0] == OUTSIDE
    assert "no relief was given" in over.findings[0].sentence
    assert np.isnan(over.node_m).all()


def test_streets_outside_the_relief_are_level_and_their_share_is_said() -> None:
    small = ground(lambda x, y: 0.1 * x, cells=10)
    town = streets({"a": (0.0, 0.0), "b": (40.0, 0.0), "c": (160.0, 0.0)}, [(["a", "b", "c"], ROAD)])

    _, _, over = studied(town, small)

    assert over.doubt.tolist() == [0, OUTSIDE]
    said = next(finding for finding in over.findings if finding.key == "heights-outside")
    assert "75 % of the length" in said.sentence
    assert not may(ROAD, "wheelchair-strict", ground(lambda x, y: x, cells=4))


def test_heights_filled_into_voids_are_marked_on_every_segment_that_meets_them() -> None:
    holed = ground(lambda x, y: 0.1 * x)
    holed.void[95:105, 103:106] = True
    town = streets({"a": (-100.0, 0.0), "b": (0.0, 0.0), "c": (100.0, 0.0)}, [(["a", "b", "c"], ROAD)])

    _, _, over = studied(town, holed)

    assert over.doubt.tolist() == [0, VOID]
    assert "heights-filled" in {finding.key for finding in over.findings}


def test_where_a_walker_may_not_go_there_is_no_doubt_either() -> None:
    found = timed(one({"highway": "steps"}), FLAT, "wheelchair-strict")

    assert np.isinf(found.forward[0])
    assert found.doubt[0] == 0


def test_of_equal_ranks_the_worst_answer_holds_and_a_higher_rank_overrules() -> None:
    town = one({**ROAD, "surface": "asphalt", "smoothness": "very_bad"})
    said = one({**ROAD, "surface": "asphalt", "smoothness": "very_bad", "wheelchair": "yes"})

    assert np.isinf(timed(town, FLAT, "wheelchair-lenient").forward[0])
    assert np.isfinite(timed(said, FLAT, "wheelchair-strict").forward[0])


def test_directions_are_read_for_ways_only() -> None:
    found = classes(one({"highway": "steps", "conveying": "reversible"}), tables())

    assert found.direction.tolist() == [0, EITHER]
    assert FORWARD == 1


@pytest.mark.parametrize(
    ("text", "grade", "sign"),
    [
        ("up", np.nan, 1),
        ("down", np.nan, -1),
        ("12%", 0.12, 1),
        ("-6.5 %", -0.065, -1),
        ("45°", 1.0, 1),
        ("89.9°", np.tan(np.radians(80)), 1),
        ("0", 0.0, 0),
        ("steep", np.nan, 0),
        ("", np.nan, 0),
    ],
)
def test_inclines_are_read_as_people_write_them(text: str, grade: float, sign: int) -> None:
    found = incline_of(text)

    assert found[0] == pytest.approx(grade, nan_ok=True)
    assert found[1] == sign


def test_figures_that_are_none_are_unknown() -> None:
    assert steps_of("17") == 17
    assert all(np.isnan(steps_of(text)) for text in ("", "many", "-3", "0", "99999999", "1.5"))
    assert levels_in("0;14") == (0.0, 14.0)
    assert levels_in("-2--1;3") == (-2.0, -1.0, 3.0)
    assert levels_in("0-2") == (0.0, 2.0)
    assert levels_in("ground") == ()
    assert [width_of(text) for text in ("1.2", "1,5 m", "90 cm")] == [1.2, 1.5, 0.9]
    assert np.isnan(width_of("narrow"))
