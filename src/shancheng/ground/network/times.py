"""Seconds of one walker along every segment, both ways, and the doubt each rests on."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shancheng.ground.network.classes import (
    BACKWARD,
    EITHER,
    FORWARD,
    NO,
    UNKNOWN,
    YES,
    StreetClass,
    kind_code,
)
from shancheng.ground.network.heights import DIRECTION, GRADE, TAGS, Heights
from shancheng.ground.network.segments import Segments
from shancheng.ground.network.streets import Streets
from shancheng.ground.network.walkers import Walker
from shancheng.methods.slope import level_length, slope_named

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.uint8]
Signs = npt.NDArray[np.int8]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class SegmentTimes:
    """(s,) seconds from tail to head and from head to tail; inf where the walker may not."""

    forward: Floats
    backward: Floats
    doubt: Codes
    """(s,) bits of `heights.DOUBTS`; 0 where the walker may not in either direction."""


def segment_times(
    streets: Streets, segments: Segments, heights: Heights, found: StreetClass, walker: Walker
) -> SegmentTimes:
    """Seconds of a walker along the segments: the exact integral over slope, flights, lifts; nothing is rounded."""
    answer, grade_doubt = _answers(streets, segments, found, walker), np.zeros(len(segments.tail), np.bool_)
    if walker.grade_percent_max > 0:
        graded = _graded(streets, segments, heights, found, walker)
        grade_doubt = (graded == UNKNOWN) & (answer > NO)
        answer = np.minimum(answer, graded)
    tags_doubt = (answer == UNKNOWN) & ~grade_doubt
    closed = answer < (UNKNOWN if walker.unknown == "take" else YES)
    forward, backward = _walked(segments, heights, walker)
    direction = found.direction[streets.way_tags[segments.way]]
    forward, backward = _moving(segments, heights, walker, forward, backward)
    lift = heights.lift_waits * walker.lift_wait_s + heights.lift_rise_m * walker.lift_s_per_m
    forward = np.where(closed | (direction == BACKWARD), np.inf, forward + lift)
    backward = np.where(closed | (direction == FORWARD), np.inf, backward + lift)
    doubt = heights.doubt.copy()
    doubt[tags_doubt] |= TAGS
    doubt[grade_doubt] |= GRADE
    doubt[direction == EITHER] |= DIRECTION
    doubt[np.isinf(forward) & np.isinf(backward)] = 0
    return SegmentTimes(forward, backward, doubt)


def _answers(streets: Streets, segments: Segments, found: StreetClass, walker: Walker) -> Signs:
    """The worst of what the way and the two nodes answer to all needs of the walker."""
    tags = streets.way_tags[segments.way]
    tail, head = streets.node_tags[segments.tail], streets.node_tags[segments.head]
    answer = np.full(len(tags), YES, np.int8)
    for need in walker.needs:
        answer = np.minimum(answer, found.answers[need][tags])
        answer = np.minimum(answer, found.node_answers[need][tail])
        answer = np.minimum(answer, found.node_answers[need][head])
    answer[found.width_m[tags] < walker.width_m_min] = NO
    return answer


def _graded(streets: Streets, segments: Segments, heights: Heights, found: StreetClass, walker: Walker) -> Signs:
    """Whether a segment is too steep: by its tags if they say a figure, else by the relief and its margin."""
    limit = walker.grade_percent_max / 100
    said = np.abs(found.incline[streets.way_tags[segments.way]])
    flat = np.isin(heights.kind, [kind_code(name) for name in ("stairs", "escalator", "lift")])
    by_relief = np.full(len(said), UNKNOWN, np.int8)
    by_relief[heights.grade <= limit] = YES
    by_relief[heights.grade > limit + walker.relief_margin_percent / 100] = NO
    by_tags = np.where(said <= limit, YES, NO)
    return np.where(flat, YES, np.where(np.isfinite(said), by_tags, by_relief)).astype(np.int8)


def _walked(segments: Segments, heights: Heights, walker: Walker) -> tuple[Floats, Floats]:
    """Seconds on foot over slope, and on stairs along their flights and landings."""
    level = level_length(slope_named(walker.slope), segments.length_m, heights.first, heights.height_m)
    speed = walker.speed_kmh / 3.6
    forward, backward = level.forward_m / speed, level.backward_m / speed
    at = np.flatnonzero(heights.kind == kind_code("stairs"))
    landing, flight, up = heights.landing_m[at] / speed, heights.flight_m[at], heights.up[at]
    climb, descent = flight / walker.stairs_up_m_s, flight / walker.stairs_down_m_s
    mean = (climb + descent) / 2
    forward[at] = landing + np.where(up > 0, climb, np.where(up < 0, descent, mean))
    backward[at] = landing + np.where(up > 0, descent, np.where(up < 0, climb, mean))
    return forward, backward


def _moving(
    segments: Segments, heights: Heights, walker: Walker, forward: Floats, backward: Floats
) -> tuple[Floats, Floats]:
    """Escalators carry those who stand on them; moving walkways add to the walk."""
    escalator, walkway = (heights.kind == kind_code(name) for name in ("escalator", "walkway"))
    ride = heights.flight_m / walker.escalator_m_s
    carried = segments.length_m / (walker.speed_kmh / 3.6 + walker.escalator_m_s)
    return (
        np.where(escalator, ride, np.where(walkway, carried, forward)),
        np.where(escalator, ride, np.where(walkway, carried, backward)),
    )
