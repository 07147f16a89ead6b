"""From scaled indicators up the tree: weighted arithmetic, geometric, harmonic or penalised means, node by node."""

import numpy as np

from shancheng.methods.index.errors import BadFigures, BadRecipe
from shancheng.methods.index.tree import Floats, Mean, Tree


def aggregated(values: Floats, tree: Tree) -> Floats:
    """(U, M) every node of the tree from (U, n) scaled values.

    Unknown values are left out and their siblings count for more; a node of which nothing is known is NaN, and so is
    all above it that hangs on it alone. Geometric and harmonic means need values above 0 (else BadRecipe).
    """
    if values.ndim != 2 or values.shape[1] != tree.indicators:
        raise BadFigures(f"The tree has {tree.indicators} indicators; the table has the shape {values.shape}.")
    nodes = np.full((len(values), len(tree.parents)), np.nan)
    nodes[:, : tree.indicators] = values
    for node in tree.upward:
        own = tree.children[node]
        nodes[:, node] = _mean(nodes[:, own], tree.weights[own], tree.mean_of(node), node)
    return nodes


def _mean(values: Floats, weights: Floats, mean: Mean, node: int) -> Floats:
    known = ~np.isnan(values)
    weight = known * weights
    whole = weight.sum(axis=1)
    share = np.divide(weight, whole[:, None], out=np.zeros_like(weight), where=whole[:, None] > 0)
    held = np.where(known, values, 1.0)
    refuse_unfit(held, mean, node)
    found = combined(share, held, mean)
    return np.where(whole > 0, found, np.nan)


def combined(share: Floats, values: Floats, mean: Mean) -> Floats:
    """Means over the last axis, the shares summing to 1 there."""
    if mean == "geometric":
        found: Floats = np.exp((share * np.log(values)).sum(axis=-1))
    elif mean == "harmonic":
        found = share.sum(axis=-1) / np.maximum((share / values).sum(axis=-1), np.finfo(float).tiny)
    else:
        found = (share * values).sum(axis=-1)
    if mean == "penalised":
        found = found - (share * (values - found[..., None]) ** 2).sum(axis=-1) / np.where(found != 0, found, 1.0)
    return found


def refuse_unfit(values: Floats, mean: Mean, node: int) -> None:
    """Means other than the arithmetic one are only defined above 0. Raises BadRecipe with the node."""
    if mean != "arithmetic" and not (values > 0).all():
        raise BadRecipe(
            f"Node {node} takes a {mean} mean, but some values under it are not above 0; use a scale that starts above"
            " 0, such as Range(1, 100), rather than add something small."
        )
