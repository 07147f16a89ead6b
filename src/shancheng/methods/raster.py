"""A raster over a coverage of detailed polygons: cells that no border crosses know their polygon beforehand."""

from collections.abc import Callable

import numpy as np
import shapely
from numpy.typing import NDArray

from shancheng.methods.stretches import stretches

CELLS = 1 << 20
CROSSED = -1
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Raster:
    """About a million cells over the polygons: each is inside one polygon, outside all, or crossed by a border."""

    def __init__(self, polygons: NDArray[np.object_], locate: Callable[[Floats, Floats], Ints]) -> None:
        """`locate(x[m], y[m]) -> ids[m]` answers exactly; asked once for each run of cells between two borders."""
        left, low, right, high = shapely.total_bounds(polygons)
        self.low = np.array([left, low])
        span = np.maximum(np.array([right, high]) - self.low, 1e-12)
        columns = int(np.clip(np.sqrt(CELLS * span[0] / span[1]), 1, CELLS))
        self.count = np.array([columns, max(1, CELLS // columns)])
        self.size = span / self.count
        crossed = self._crossed(polygons)
        self.label = self._labelled(crossed, locate)

    def look_up(self, x: Floats, y: Floats) -> Ints:
        """Ids for points `x[m], y[m]`, 0 outside; -1 where a border is near and only an exact test can tell."""
        at = np.stack([(x - self.low[0]) / self.size[0], (y - self.low[1]) / self.size[1]])
        on = ((at >= 0) & (at < self.count[:, None])).all(axis=0)
        column, row = np.where(on, at, 0).astype(np.int64)
        return np.where(on, self.label[row, column], CROSSED)

    def _crossed(self, polygons: NDArray[np.object_]) -> NDArray[np.bool_]:
        """Cells that hold some border: all in the box, and a hair more, of a piece of border no longer than a cell."""
        lines = shapely.segmentize(shapely.boundary(polygons), float(self.size.min()))
        ends, which = shapely.get_coordinates(shapely.get_parts(lines), return_index=True)
        pieces = np.flatnonzero(which[1:] == which[:-1])
        low = np.minimum(ends[pieces], ends[pieces + 1])
        high = np.maximum(ends[pieces], ends[pieces + 1])
        first, last = self._cells(low, -1e-6), self._cells(high, 1e-6)
        piece, row = stretches(np.arange(len(pieces)), first[:, 1], last[:, 1] + 1)
        row_piece, column = stretches(np.arange(len(piece)), first[piece, 0], last[piece, 0] + 1)
        crossed = np.zeros((int(self.count[1]), int(self.count[0])), bool)
        crossed[row[row_piece], column] = True
        return crossed

    def _cells(self, points: Floats, hair: float) -> Ints:
        cells: Floats = np.clip((points - self.low) / self.size + hair, 0, self.count - 1)
        return cells.astype(np.int64)

    def _labelled(self, crossed: NDArray[np.bool_], locate: Callable[[Floats, Floats], Ints]) -> NDArray[np.int64]:
        """One exact question for the first cell of each run of a row that no border crosses."""
        begins = ~crossed
        begins[:, 1:] &= crossed[:, :-1]
        row, column = np.nonzero(begins)
        answers = locate(
            self.low[0] + (column + 0.5) * self.size[0],
            self.low[1] + (row + 0.5) * self.size[1],
        )
        run = np.cumsum(begins.ravel()) - 1
        label = np.where(crossed.ravel(), CROSSED, answers[np.maximum(run, 0)] if len(answers) else CROSSED)
        return label.reshape(crossed.shape)
