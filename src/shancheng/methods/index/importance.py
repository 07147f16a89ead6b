"""What a weight says beside what it does: how much each node moves the index, whatever weight it was given."""

from dataclasses import dataclass

import numpy as np

from shancheng.methods.index.errors import BadFigures
from shancheng.methods.index.tree import Floats, Tree


@dataclass(frozen=True)
class Importance:
    """Stated and effective importance of every node."""

    stated: Floats
    """(M,) weight in the root, multiplied down the tree."""
    squared_correlation: Floats
    """(M,) share of the index's variance that a straight line on the node explains; 0 where it is alike everywhere."""
    effective: Floats
    """(M,) stated weight x covariance with the index / variance of the index: under arithmetic means the children of
    a node share its own exactly, and what counts against the index is negative.
    """


def importance(nodes: Floats, tree: Tree) -> Importance:
    """Importance of every node in the root over (U, M) nodes, unknown cells left out (Paruolo et al. 2013).

    Raises BadFigures where a node is known in fewer than three units, or the index is alike in all.
    """
    if nodes.ndim != 2 or nodes.shape[1] != len(tree.parents):
        raise BadFigures(f"There must be a column for each of the {len(tree.parents)} nodes.")
    root = nodes[:, tree.root]
    known = ~np.isnan(nodes) & ~np.isnan(root)[:, None]
    count = known.sum(axis=0)
    if (count < 3).any():
        raise BadFigures(f"Node {np.flatnonzero(count < 3)[0]} is known in fewer than three units.")
    held, index = np.where(known, nodes, 0.0), np.where(known, root[:, None], 0.0)
    away = np.where(known, nodes - held.sum(axis=0) / count, 0.0)
    index_away = np.where(known, root[:, None] - index.sum(axis=0) / count, 0.0)
    both, own, whole = (away * index_away).sum(axis=0), (away**2).sum(axis=0), (index_away**2).sum(axis=0)
    if not (whole > 0).all():
        raise BadFigures("The index is the same in every unit; nothing moves it.")
    square = np.divide(both**2, own * whole, out=np.zeros_like(both), where=own > 0)
    return Importance(tree.stated, square, tree.stated * both / whole)
