"""Which polygon of a coverage holds a point: one at a time, and in bulk."""

from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from shancheng.methods.raster import CROSSED, Raster
from shancheng.methods.stretches import stretches

OUTSIDE = 0
POINTS_AT_ONCE = 1_000_000
DETAILED = 500
"""Vertices a polygon (mean) from which a raster pays, once this many points are asked for:"""
RASTER_PAYS = 5_000
Ints = NDArray[np.int64]


class Coverage:
    """Polygons with positive ids, indexed for points.

    A point inside a polygon belongs to it; a point on a shared border belongs to the polygon with the lowest id; so
    does a point that several polygons hold, should they overlap. A point that none holds or touches is outside (0).
    """

    def __init__(self, ids: NDArray[np.int64], polygons: NDArray[np.object_]) -> None:
        """`ids[k]` positive, `polygons[k]` shapely polygons or multipolygons in the points' own coordinates."""
        order = np.argsort(ids, kind="stable")
        self.ids = np.asarray(ids, np.int64)[order]
        self.polygons = np.asarray(polygons, object)[order]
        shapely.prepare(self.polygons)
        self._boxes = shapely.bounds(self.polygons).reshape(-1, 4)
        self._tree = shapely.STRtree(self.polygons)

    def __len__(self) -> int:
        return len(self.ids)

    def locate(self, x: float, y: float) -> int:
        """Id of the polygon that holds one point."""
        point = shapely.Point(x, y)
        touched = self._tree.query(point, predicate="intersects")
        if len(touched) == 0:
            return OUTSIDE
        if len(touched) > 1:
            holds: NDArray[np.bool_] = shapely.contains(self.polygons[touched], point)
            touched = touched[holds] if holds.any() else touched
        return int(self.ids[touched.min()])

    def locate_many(self, xy: NDArray[np.float64]) -> Ints:
        """Ids for points `xy[m, 2]`.

        Points are sorted into a grid and each prepared polygon meets only the points in its box, all without making
        point geometries. Where polygons are detailed, a raster answers for points that are not near a border.
        """
        found = np.full(len(xy), OUTSIDE, np.int64)
        usable = np.flatnonzero(np.isfinite(xy).all(axis=1)) if len(self) else np.empty(0, np.int64)
        for first in range(0, len(usable), POINTS_AT_ONCE):
            rows = usable[first : first + POINTS_AT_ONCE]
            found[rows] = self._locate(np.ascontiguousarray(xy[rows, 0]), np.ascontiguousarray(xy[rows, 1]))
        return found

    @cached_property
    def _raster(self) -> Raster | None:
        vertices = shapely.get_num_coordinates(self.polygons).mean()
        return Raster(self.polygons, self._locate_exactly) if vertices >= DETAILED else None

    def _locate(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> Ints:
        raster = self._raster if len(x) >= RASTER_PAYS else None
        if raster is None:
            return self._locate_exactly(x, y)
        found = raster.look_up(x, y)
        near = np.flatnonzero(found == CROSSED)
        found[near] = self._locate_exactly(x[near], y[near])
        return found

    def _locate_exactly(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> Ints:
        if not len(x):
            return np.empty(0, np.int64)
        holder, held = self._in_boxes(x, y)
        first = np.full(len(x), len(self), np.int64)
        inside = shapely.contains_xy(self.polygons[holder], x[held], y[held])
        np.minimum.at(first, held[inside], holder[inside])
        left_over = first[held] == len(self)
        holder, held = holder[left_over], held[left_over]
        touching = shapely.intersects_xy(self.polygons[holder], x[held], y[held])
        np.minimum.at(first, held[touching], holder[touching])
        return np.append(self.ids, OUTSIDE)[first]

    def _in_boxes(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[Ints, Ints]:
        """Pairs (polygon, point) whose point lies in the polygon's box, polygon by polygon."""
        holder, held = _Grid(x, y, self._boxes).pairs(self._boxes)
        left, low, right, high = self._boxes[holder].T
        fits = (x[held] >= left) & (x[held] <= right) & (y[held] >= low) & (y[held] <= high)
        return holder[fits], held[fits]


class _Grid:
    """Points sorted into the cells of a regular grid that is about as fine as the polygons are."""

    def __init__(self, x: NDArray[np.float64], y: NDArray[np.float64], boxes: NDArray[np.float64]) -> None:
        self.low = np.array([x.min(), y.min()])
        span = np.maximum(np.array([x.max(), y.max()]) - self.low, 1e-12)
        usual = np.nanmedian(np.maximum(boxes[:, 2:] - boxes[:, :2], 1e-12), axis=0)
        finest = max(1, int(np.sqrt(4 * len(x))))
        self.count = np.clip((span / usual).astype(np.int64) + 1, 1, finest)
        self.size = span / self.count
        cell = self._column(x) + self.count[0] * self._row(y)
        self.order = np.argsort(cell, kind="stable")
        self.begins = np.zeros(int(self.count.prod()) + 1, np.int64)
        np.cumsum(np.bincount(cell, minlength=int(self.count.prod())), out=self.begins[1:])

    def pairs(self, boxes: NDArray[np.float64]) -> tuple[Ints, Ints]:
        """Pairs (box, point) with the point in a cell the box reaches; a box's cells of one row are one stretch."""
        known = np.flatnonzero(np.isfinite(boxes).all(axis=1))
        first_row, last_row = self._row(boxes[known, 1]), self._row(boxes[known, 3])
        box, row = stretches(known, first_row, last_row + 1)
        start = self.begins[row * self.count[0] + self._column(boxes[box, 0])]
        stop = self.begins[row * self.count[0] + self._column(boxes[box, 2]) + 1]
        holder, slot = stretches(box, start, stop)
        return holder, self.order[slot]

    def _column(self, x: NDArray[np.float64]) -> Ints:
        return self._slot(x, 0)

    def _row(self, y: NDArray[np.float64]) -> Ints:
        return self._slot(y, 1)

    def _slot(self, values: NDArray[np.float64], axis: int) -> Ints:
        slot: NDArray[np.float64] = np.clip((values - self.low[axis]) / self.size[axis], 0, self.count[axis] - 1)
        return slot.astype(np.int64)
