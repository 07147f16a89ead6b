"""Edges near to points: a plane that is true to the metre around each point, and the index of edges in it."""

from dataclasses import dataclass

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from shancheng.ground.network.near_kernel import Pieces, nearest_edges
from shancheng.ground.network.network import Network
from shancheng.methods.stretches import stretches

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Shorts = NDArray[np.int32]
Flags = NDArray[np.bool_]

SEMI_MAJOR_M, ECCENTRICITY = 6_378_137.0, 0.0818191908426215
"""Of the ellipsoid of WGS-84."""
POLAR_LIMIT = 89.9
CELL_M = 60.0
CELLS_PER_PIECE = 4
"""The grid has at most so many cells for each piece, however wide the land."""


def to_plane(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Degrees to the plane of Mercator's projection on the ellipsoid of WGS-84, in units of its semi-major axis.

    It is conformal: around a point the plane times `metres_per_unit` is true to the metre in every direction, wherever
    on the land the point is (within 1e-4 over 300 m below 80 degrees of latitude).
    """
    sine = np.sin(np.radians(np.clip(lat, -POLAR_LIMIT, POLAR_LIMIT)))
    north = np.arctanh(sine) - ECCENTRICITY * np.arctanh(ECCENTRICITY * sine)
    return np.radians(lon), np.asarray(north)


def from_plane(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Degrees of positions in the plane; the inverse of `to_plane` to 1e-12 degrees."""
    sine = np.tanh(y)
    for _ in range(6):
        sine = np.tanh(y + ECCENTRICITY * np.arctanh(ECCENTRICITY * sine))
    return np.degrees(x), np.degrees(np.arcsin(sine))


def metres_per_unit(lat: Floats) -> Floats:
    """Metres of a unit of the plane at latitudes lat[p], degrees."""
    angle = np.radians(np.clip(lat, -POLAR_LIMIT, POLAR_LIMIT))
    return np.asarray(SEMI_MAJOR_M * np.cos(angle) / np.sqrt(1 - (ECCENTRICITY * np.sin(angle)) ** 2))


@dataclass(frozen=True)
class Near:
    """The nearest edges of each point, nearest first."""

    edge: Shorts
    """(p, keep) numbers of edges, -1 where there are no more within the radius."""
    metres: Floats
    """(p, keep) distance to the edge, inf where there are no more."""
    fraction: Floats
    """(p, keep) share of the edge's length, from its tail, at the nearest point."""


class EdgeIndex:
    """The edges of a network laid out for searches by place; made once, used for every walker."""

    def __init__(self, network: Network) -> None:
        line, x, y = _vertices(network)
        begins = np.flatnonzero(line[1:] == line[:-1])
        dx, dy = np.diff(x)[begins], np.diff(y)[begins]
        length = np.hypot(dx, dy)
        total = np.cumsum(length)
        self.edges = network.edges
        self.whole = np.bincount(line[begins], length, self.edges).astype(np.float64)
        piece_first = np.searchsorted(line[begins], np.arange(self.edges))
        before = total - length - np.concatenate([[0.0], total])[piece_first][line[begins]]
        self._pieces = _laid_out(line[begins], x[begins], y[begins], dx, dy, before, network)

    def near(self, lon: Floats, lat: Floats, radius_m: float, keep: int, allowed: Flags) -> Near:
        """Up to `keep` distinct edges of allowed[e] within `radius_m` metres of points lon[p], lat[p] (WGS-84).

        Ties go to the edge with the smaller number. Exact in the plane; metres as true as `to_plane` says.
        """
        x, y = to_plane(lon, lat)
        scale = metres_per_unit(lat)
        found = nearest_edges(self._pieces, allowed, x, y, radius_m / scale, keep)
        whole = np.append(self.whole, 0.0)[found.edge]
        share = np.divide(found.along, whole, out=np.zeros_like(whole), where=whole > 0)
        return Near(found.edge, found.distance * scale[:, None], np.clip(share, 0.0, 1.0))


def lines_of(network: Network, edges: Ints) -> NDArray[np.object_]:
    """Lines of some edges in the plane."""
    line, x, y = _vertices(network)
    wanted = np.zeros(network.edges, np.bool_)
    wanted[edges] = True
    kept = wanted[line]
    _, number = np.unique(line[kept], return_inverse=True)
    lines: NDArray[np.object_] = shapely.linestrings(np.column_stack([x[kept], y[kept]]), indices=number)
    return lines


def metres_to_nearest(network: Network, allowed: Flags, lon: Floats, lat: Floats) -> Floats:
    """Metres (geodesic) from points lon[p], lat[p] to the nearest of allowed[e], however far; inf where none is."""
    metres = np.full(len(lon), np.inf)
    lines = lines_of(network, np.flatnonzero(allowed))
    if not len(lines):
        return metres
    points = shapely.points(*to_plane(lon, lat))
    which, line = shapely.STRtree(lines).query_nearest(points, all_matches=False)
    along = shapely.line_locate_point(lines[line], points[which])
    foot = shapely.get_coordinates(shapely.line_interpolate_point(lines[line], along))
    geodesic = pyproj.Geod(ellps="WGS84")
    metres[which] = geodesic.inv(lon[which], lat[which], *from_plane(foot[:, 0], foot[:, 1]))[2]
    return metres


def _vertices(network: Network) -> tuple[Ints, Floats, Floats]:
    """Points of all edges in order: the edge of each, x and y in the plane."""
    line = np.repeat(np.arange(network.edges, dtype=np.int64), np.diff(network.point_first))
    return line, *to_plane(network.point_lon, network.point_lat)


def _laid_out(edge: Ints, x: Floats, y: Floats, dx: Floats, dy: Floats, before: Floats, network: Network) -> Pieces:
    """The pieces in their cells; long ones are cut first, so that none fills the many cells of a wide box."""
    if not len(edge):
        none, empty = np.zeros(0), np.zeros(0, np.int32)
        return Pieces(empty, none, none, none, none, none, 0.0, 0.0, 1.0, 1, 1, np.zeros(2, np.int64), empty)
    left, low = float(min(x.min(), (x + dx).min())), float(min(y.min(), (y + dy).min()))
    wide, high = float(max(x.max(), (x + dx).max())) - left, float(max(y.max(), (y + dy).max())) - low
    size = max(CELL_M / float(metres_per_unit(network.lat).min()), np.sqrt(wide * high / CELLS_PER_PIECE / len(edge)))
    parts = np.maximum(1, np.ceil(np.hypot(dx, dy) / (2 * size))).astype(np.int64)
    which, part = stretches(np.arange(len(edge)), np.zeros_like(parts), parts)
    step_x, step_y = (dx / parts)[which], (dy / parts)[which]
    x, y = x[which] + part * step_x, y[which] + part * step_y
    before = before[which] + part * np.hypot(step_x, step_y)
    columns, rows = int(wide / size) + 1, int(high / size) + 1
    first, piece = _cells(x - left, y - low, step_x, step_y, size, columns, rows)
    return Pieces(
        edge[which].astype(np.int32), x, y, step_x, step_y, before, left, low, float(size), columns, rows, first, piece
    )


def _cells(x: Floats, y: Floats, dx: Floats, dy: Floats, size: float, columns: int, rows: int) -> tuple[Ints, Shorts]:
    def at(value: Floats, count: int) -> Ints:
        return np.clip(np.floor(value / size), 0, count - 1).astype(np.int64)

    piece, row = stretches(np.arange(len(x)), at(np.minimum(y, y + dy), rows), at(np.maximum(y, y + dy), rows) + 1)
    west, east = at(np.minimum(x, x + dx), columns), at(np.maximum(x, x + dx), columns)
    entry, column = stretches(np.arange(len(piece)), west[piece], east[piece] + 1)
    cell = row[entry] * columns + column
    order = np.argsort(cell, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=columns * rows))])
    return first.astype(np.int64), piece[entry][order].astype(np.int32)
