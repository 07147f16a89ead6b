"""The compiled loops of contraction: walking from end to end, every segment once.

`incident` holds for node i, from `first[i]` to `first[i + 1]`, the ends of segments that meet there: segment times two,
plus one at its head. Where `stop` is False exactly two ends of different segments meet.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

Integers = npt.NDArray[np.int64]
Indices = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]


class Web(NamedTuple):
    """What the loops read, and `stop`, on which they write where a ring is opened."""

    tail: Indices
    head: Indices
    first: Integers
    incident: Integers
    stop: Flags


class Walked(NamedTuple):
    """What the loops write on."""

    used: Flags
    """(s,)"""
    begin: Integers
    """(s + 1,) where edges begin in the two below; as many as are said."""
    segment: Indices
    """(s,)"""
    backwards: Flags
    """(s,)"""


def chains(web: Web, order: Integers) -> tuple[Integers, Indices, Flags]:
    """Where edges begin (e + 1,), their segments (s,), and which of these are walked from head to tail (s,)."""
    segments = len(web.tail)
    walked = Walked(
        np.zeros(segments, np.bool_),
        np.empty(segments + 1, np.int64),
        np.empty(segments, np.int32),
        np.empty(segments, np.bool_),
    )
    edges = from_all(web, walked, order)
    return walked.begin[: edges + 1].copy(), walked.segment, walked.backwards


@njit(cache=True, nogil=True)
def from_all(web: Web, walked: Walked, order: Integers) -> int:
    """Walk from every stop, then round every ring that is left; how many edges there are."""
    edges = 0
    filled = 0
    for ring in range(2):
        for node in order:
            if ring == 1 or web.stop[node]:
                edges, filled = from_one(web, walked, node, edges, filled)
    walked.begin[edges] = filled
    return edges


@njit(cache=True, nogil=True)
def from_one(web: Web, walked: Walked, node: int, edges: int, filled: int) -> tuple[int, int]:
    """Walk every segment at the node that is not walked yet; how many edges and how many segments there are now."""
    for entry in range(web.first[node], web.first[node + 1]):
        if walked.used[web.incident[entry] >> 1]:
            continue
        web.stop[node] = True
        walked.begin[edges] = filled
        edges += 1
        filled = to_next_stop(web, walked, web.incident[entry], filled)
    return edges, filled


@njit(cache=True, nogil=True)
def to_next_stop(web: Web, walked: Walked, here: int, filled: int) -> int:
    """Walk from an end of a segment to the next stop; how many segments there are now."""
    while True:
        one = here >> 1
        against = (here & 1) == 1
        walked.used[one] = True
        walked.segment[filled] = one
        walked.backwards[filled] = against
        filled += 1
        reached = web.tail[one] if against else web.head[one]
        if web.stop[reached]:
            return filled
        here = web.incident[web.first[reached]]
        if here >> 1 == one:
            here = web.incident[web.first[reached] + 1]
