"""Floors as gates: an indicator below its legal floor shuts every node above it, whatever the mean says."""

from dataclasses import dataclass

import numpy as np

from shancheng.methods.given import numbers
from shancheng.methods.index.errors import BadFigures
from shancheng.methods.index.tree import Flags, Floats, Tree


@dataclass(frozen=True)
class Gates:
    """Where a floor is broken, and what that shuts."""

    broken: Flags
    """(U, n) indicators beyond their floor on the bad side."""
    unknown: Flags
    """(U, n) indicators that have a floor and no figure: not known to be kept."""
    shut: Flags
    """(U, M) nodes with a broken floor at or below them; shown red, whatever their value."""


def gates(values: Floats, floors: Floats, tree: Tree) -> Gates:
    """Gates of (U, n) untreated values in the units of the floors, (n,); NaN where an indicator has no floor.

    Raises BadFigures for another shape.
    """
    limits = numbers(floors, "floors", BadFigures)
    if limits.shape != (tree.indicators,) or values.shape[1:] != limits.shape:
        raise BadFigures(f"Floors must be {tree.indicators} numbers, one for each indicator, NaN where there is none.")
    broken = (values - limits) * tree.directions < 0
    unknown = np.isnan(values) & ~np.isnan(limits)
    shut = np.zeros((len(values), len(tree.parents)), dtype=np.bool_)
    shut[:, : tree.indicators] = broken
    for node in tree.upward:
        shut[:, node] = shut[:, tree.children[node]].any(axis=1)
    return Gates(broken, unknown, shut)
