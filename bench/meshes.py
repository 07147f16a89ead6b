"""Meshes of jagged cells that fit without gap or overlap, made from a seed."""

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def mesh(columns: int, rows: int, per_edge: int, seed: int) -> NDArray[np.object_]:
    """`columns * rows` polygons over [0, columns] x [0, rows], each with `4 * per_edge` vertices."""
    chance = np.random.default_rng(seed)
    corners = np.stack(np.meshgrid(np.arange(columns + 1.0), np.arange(rows + 1.0)), axis=-1)
    corners[1:-1, 1:-1] += chance.uniform(-0.2, 0.2, corners[1:-1, 1:-1].shape)
    flat = _edges(corners[:, :-1], corners[:, 1:], per_edge, chance)
    steep = _edges(corners[:-1], corners[1:], per_edge, chance)
    rings = [
        np.concatenate(
            [
                flat[row, column, :-1],
                steep[row, column + 1, :-1],
                flat[row + 1, column, :0:-1],
                steep[row, column, :0:-1],
            ]
        )
        for row in range(rows)
        for column in range(columns)
    ]
    return np.array([shapely.Polygon(ring) for ring in rings], object)


def _edges(start: Floats, end: Floats, per_edge: int, chance: np.random.Generator) -> Floats:
    """Jagged lines `[..., per_edge + 1, 2]` between corners; both cells beside an edge share its vertices."""
    along = np.linspace(0, 1, per_edge + 1)
    line = start[..., None, :] + (end - start)[..., None, :] * along[:, None]
    across = np.stack([-(end - start)[..., 1], (end - start)[..., 0]], axis=-1)
    jag = chance.uniform(-0.1, 0.1, line.shape[:-1]) * np.minimum(along, 1 - along)
    return np.asarray(line + across[..., None, :] * jag[..., None])
