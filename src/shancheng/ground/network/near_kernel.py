"""The compiled search for the edges nearest to a point: straight pieces of edges in a grid of cells."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Shorts = NDArray[np.int32]
Flags = NDArray[np.bool_]


class Pieces(NamedTuple):
    """Straight pieces of edges in a plane, and which of them touch each cell of a grid over it."""

    edge: Shorts
    """(s,) the edge each piece is of."""
    x: Floats
    """(s,) where it begins."""
    y: Floats
    dx: Floats
    """(s,) from its beginning to its end."""
    dy: Floats
    before: Floats
    """(s,) length of its edge before it."""
    left: float
    low: float
    size: float
    """Side of a cell."""
    columns: int
    rows: int
    first: Ints
    """(columns * rows + 1,) where each cell's pieces begin in `piece`, row after row from the south-west."""
    piece: Shorts


class Found(NamedTuple):
    """The nearest edges of each point, nearest first."""

    edge: Shorts
    """(p, keep) numbers of edges, -1 where there are no more."""
    distance: Floats
    """(p, keep) in the plane, inf where there are no more."""
    along: Floats
    """(p, keep) length of the edge before the nearest point on it."""


@njit(cache=True)
def _take(edge: int, square: float, along: float, edges: Shorts, squares: Floats, alongs: Floats) -> None:
    """Put an edge among the nearest, in order of distance and then of number, once."""
    at = len(edges) - 1
    for place in range(len(edges)):
        if edges[place] == edge:
            at = place
            break
    nearer = square < squares[at] or (square == squares[at] and edge < edges[at])
    if not nearer:
        return
    while at > 0 and (square < squares[at - 1] or (square == squares[at - 1] and edge < edges[at - 1])):
        edges[at], squares[at], alongs[at] = edges[at - 1], squares[at - 1], alongs[at - 1]
        at -= 1
    edges[at], squares[at], alongs[at] = edge, square, along


@njit(cache=True)
def _look(pieces: Pieces, number: int, x: float, y: float) -> tuple[float, float]:
    """Squared distance of a point from a piece, and the share of the piece before the nearest point on it."""
    dx, dy = pieces.dx[number], pieces.dy[number]
    east, north = x - pieces.x[number], y - pieces.y[number]
    square = dx * dx + dy * dy
    share = 0.0 if square == 0.0 else min(1.0, max(0.0, (east * dx + north * dy) / square))
    east -= share * dx
    north -= share * dy
    return east * east + north * north, share


@njit(cache=True)
def _cell(value: float, start: float, size: float, count: int) -> int:
    return int(min(count - 1.0, max(0.0, np.floor((value - start) / size))))


@njit(cache=True)
def _search(
    pieces: Pieces, allowed: Flags, x: float, y: float, radius: float, edges: Shorts, squares: Floats, alongs: Floats
) -> None:
    first = _cell(x - radius, pieces.left, pieces.size, pieces.columns)
    last = _cell(x + radius, pieces.left, pieces.size, pieces.columns)
    low = _cell(y - radius, pieces.low, pieces.size, pieces.rows)
    high = _cell(y + radius, pieces.low, pieces.size, pieces.rows)
    within = radius * radius
    for row in range(low, high + 1):
        for at in range(pieces.first[row * pieces.columns + first], pieces.first[row * pieces.columns + last + 1]):
            number = pieces.piece[at]
            square, share = _look(pieces, number, x, y)
            if square > within or square > squares[-1] or not allowed[pieces.edge[number]]:
                continue
            length = np.sqrt(pieces.dx[number] ** 2 + pieces.dy[number] ** 2)
            _take(pieces.edge[number], square, pieces.before[number] + share * length, edges, squares, alongs)


@njit(cache=True)
def nearest_edges(pieces: Pieces, allowed: Flags, x: Floats, y: Floats, radius: Floats, keep: int) -> Found:
    """For points x[p], y[p], up to `keep` distinct edges of allowed[e] within radius[p], all in units of the plane."""
    edges = np.full((len(x), keep), -1, np.int32)
    squares = np.full((len(x), keep), np.inf)
    alongs = np.zeros((len(x), keep))
    for point in range(len(x)):
        _search(pieces, allowed, x[point], y[point], radius[point], edges[point], squares[point], alongs[point])
    return Found(edges, np.sqrt(squares), alongs)
