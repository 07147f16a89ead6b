"""Compiled loops that put arcs into rows: sorted by counting, so that millions of them take a moment."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

F = TypeVar("F", bound=Callable[..., Any])
Whole = npt.NDArray[np.int64]
Short = npt.NDArray[np.int32]
Rows = tuple[Whole, Short, Short]
"""Where each row begins (n + 1), heads and costs."""


def _compiled(function: F) -> F:
    return cast(F, numba.njit(cache=True, nogil=True)(function))


@_compiled
def gathered(tail: Whole, head: Whole, cost: Whole, nodes: int) -> Rows:
    """Rows by tail with heads ascending; of parallel arcs the least cost."""
    arcs = len(tail)
    by_head = np.empty(arcs, np.int64)
    place = _begins(head, nodes)
    for arc in range(arcs):
        by_head[place[head[arc]]] = arc
        place[head[arc]] += 1
    first = _begins(tail, nodes)
    place = first.copy()
    heads, costs = np.empty(arcs, np.int32), np.empty(arcs, np.int32)
    for turn in range(arcs):
        arc = by_head[turn]
        at = place[tail[arc]]
        heads[at], costs[at] = head[arc], cost[arc]
        place[tail[arc]] = at + 1
    return _without_parallels(first, heads, costs)


@_compiled
def turned(first: Whole, head: Short, cost: Short) -> Rows:
    """The rows of the same arcs the other way round, heads ascending."""
    nodes = len(first) - 1
    begins = _begins(head, nodes)
    place = begins.copy()
    heads, costs = np.empty(len(head), np.int32), np.empty(len(head), np.int32)
    for node in range(nodes):
        for arc in range(first[node], first[node + 1]):
            at = place[head[arc]]
            heads[at], costs[at] = node, cost[arc]
            place[head[arc]] = at + 1
    return begins, heads, costs


@_compiled
def _begins(node: npt.NDArray[Any], nodes: int) -> Whole:
    begins = np.zeros(nodes + 1, np.int64)
    for one in node:
        begins[one + 1] += 1
    for at in range(nodes):
        begins[at + 1] += begins[at]
    return begins


@_compiled
def _without_parallels(first: Whole, heads: Short, costs: Short) -> Rows:
    nodes, kept = len(first) - 1, 0
    begins = np.zeros(nodes + 1, np.int64)
    for node in range(nodes):
        begins[node] = kept
        for arc in range(first[node], first[node + 1]):
            if kept > begins[node] and heads[kept - 1] == heads[arc]:
                costs[kept - 1] = min(costs[kept - 1], costs[arc])
            else:
                heads[kept], costs[kept] = heads[arc], costs[arc]
                kept += 1
    begins[nodes] = kept
    return begins, heads[:kept].copy(), costs[:kept].copy()
