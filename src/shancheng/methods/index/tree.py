"""The tree of a composite index: indicators, the nodes above them, weights, directions and the mean of each node."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from shancheng.methods.given import numbers, whole_numbers
from shancheng.methods.index.errors import BadTree

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Mean = Literal["arithmetic", "geometric", "harmonic", "penalised"]
MEANS: Final[tuple[Mean, ...]] = ("arithmetic", "geometric", "harmonic", "penalised")
ROOT: Final = -1


@dataclass(frozen=True)
class Tree:
    """Nodes 0 .. n-1 are the indicators, those after them are made from their children, one of them is the root."""

    parents: Integers
    """(M,) the node above each, `ROOT` for the one that has none."""
    weights: Floats
    """(M,) weight of each node among its siblings, in any unit; the root's is not used."""
    directions: Integers
    """(n,) 1 where more is better, -1 where less is."""
    means: tuple[Mean, ...]
    """(M - n) how each node above the indicators is made; a tree may mix them."""

    @property
    def indicators(self) -> int:
        """How many indicators there are."""
        return len(self.directions)

    @property
    def root(self) -> int:
        """The node that is the index."""
        return int(np.flatnonzero(self.parents == ROOT)[0])

    @cached_property
    def children(self) -> tuple[Integers, ...]:
        """The children of every node, in their order."""
        return tuple(np.flatnonzero(self.parents == node) for node in range(len(self.parents)))

    @cached_property
    def upward(self) -> tuple[int, ...]:
        """The nodes above the indicators, each after all its children."""
        order: list[int] = []
        waiting = [self.root]
        while waiting:
            node = waiting.pop()
            if node >= self.indicators:
                order.append(node)
                waiting += self.children[node].tolist()
        return tuple(reversed(order))

    @cached_property
    def stated(self) -> Floats:
        """(M,) weight of each node in the root if all means are arithmetic: shares among siblings, multiplied down."""
        stated = np.zeros(len(self.parents))
        stated[self.root] = 1.0
        for node in reversed(self.upward):
            own = self.children[node]
            stated[own] = stated[node] * self.weights[own] / self.weights[own].sum()
        return stated

    def mean_of(self, node: int) -> Mean:
        """How a node above the indicators is made."""
        return self.means[node - self.indicators]

    def with_mean(self, mean: Mean) -> "Tree":
        """The same tree with one mean everywhere."""
        return replace(self, means=(mean,) * len(self.means))

    def with_weights(self, weights: Floats) -> "Tree":
        """The same tree with other weights, (M,)."""
        return tree_of(self.parents, weights, self.directions, self.means)


def tree_of(
    parents: Sequence[int] | Integers,
    weights: Sequence[float] | Floats,
    directions: Sequence[int] | Integers,
    means: Mean | Sequence[Mean] = "arithmetic",
) -> Tree:
    """A tree from the parent of every node, indicators first; raises BadTree with the node that is wrong."""
    above, weight = whole_numbers(parents, "parents of nodes", BadTree), numbers(weights, "weights", BadTree)
    direction = whole_numbers(directions, "directions of indicators", BadTree)
    higher = len(above) - len(direction)
    if above.ndim != 1 or weight.shape != above.shape or len(direction) == 0 or higher < 1:
        raise BadTree("A tree needs a parent and a weight for each node, indicators, and at least one node above them.")
    chosen = (means,) * higher if isinstance(means, str) else tuple(means)
    if len(chosen) != higher or any(mean not in MEANS for mean in chosen):
        raise BadTree(f"Each of the {higher} nodes above the indicators needs one mean of: {', '.join(MEANS)}.")
    if not np.isin(direction, (-1, 1)).all():
        raise BadTree("The direction of an indicator is 1 (more is better) or -1 (less is better).")
    tree = Tree(above, weight, direction, chosen)
    _check_shape(tree)
    _check_weights(tree)
    return tree


def _check_shape(tree: Tree) -> None:
    roots = np.flatnonzero(tree.parents == ROOT)
    if len(roots) != 1 or roots[0] < tree.indicators:
        raise BadTree(f"One node above the indicators must be the root (parent {ROOT}); found {roots.tolist()}.")
    others = np.delete(tree.parents, roots[0])
    if not ((others >= tree.indicators) & (others < len(tree.parents))).all():
        raise BadTree("The parent of a node must be one of the nodes above the indicators.")
    unreached = sorted(set(range(tree.indicators, len(tree.parents))) - set(tree.upward))
    if unreached:
        raise BadTree(f"Node {unreached[0]} does not hang under the root.")
    childless = [node for node in tree.upward if len(tree.children[node]) == 0]
    if childless:
        raise BadTree(f"Node {childless[0]} has nothing under it; leave it out.")


def _check_weights(tree: Tree) -> None:
    bad = ~(np.isfinite(tree.weights) & (tree.weights >= 0))
    bad[tree.root] = False
    if bad.any():
        raise BadTree(f"The weight of node {np.flatnonzero(bad)[0]} must be a number not below 0.")
    for node in tree.upward:
        if not tree.weights[tree.children[node]].sum() > 0:
            raise BadTree(f"The weights under node {node} are all 0; one of them must count.")
