"""Which polygon of a coverage holds a point: one at a time, and in bulk."""

import numpy as np
import shapely
from numpy.typing import NDArray

OUTSIDE = 0


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
            inside = touched[np.atleast_1d(shapely.contains(self.polygons[touched], point))]
            touched = inside if len(inside) else touched
        return int(self.ids[touched.min()])

    def locate_many(self, xy: NDArray[np.float64]) -> NDArray[np.int64]:
        """Ids for points `xy[m, 2]`.

        The tree is made of the points and asked with the polygons, so that each polygon is prepared once and meets only
        the points in its box; a tree of polygons asked with points is two hundred times slower for detailed polygons.
        """
        found = np.full(len(xy), OUTSIDE, np.int64)
        if not len(xy) or not len(self):
            return found
        finite = np.isfinite(xy).all(axis=1)
        points = shapely.points(np.where(finite[:, None], xy, np.inf))
        holder, held = shapely.STRtree(points).query(self.polygons, predicate="contains")
        found[held[::-1]] = self.ids[holder[::-1]]
        left_over = np.flatnonzero((found == OUTSIDE) & finite)
        return self._touched(points, left_over, found)

    def _touched(
        self, points: NDArray[np.object_], left_over: NDArray[np.intp], found: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Points inside no polygon may lie on a border; the polygons stand in order of id, so the first one wins."""
        which, touching = self._tree.query(points[left_over], predicate="intersects")
        at = left_over[which]
        lowest = np.full(len(found), len(self.ids), np.intp)
        np.minimum.at(lowest, at, touching)
        found[at] = self.ids[lowest[at]]
        return found
