"""Where searches begin: facilities of several categories, each with one or more places where it enters the graph."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from shancheng.methods.graph.arcs import FAR, Arcs, Short, Whole
from shancheng.methods.graph.errors import SourcesError


@dataclass(frozen=True)
class Sources:
    """s entrances of facilities; a facility may have several, as at both ends of the edge it lies on."""

    category: Short
    """(s,)"""
    node: Short
    """(s,)"""
    offset: Short
    """(s,) deciseconds already spent between the facility and the node."""
    facility: Short
    """(s,) the number of the facility, 0 or more; of equally near ones the smaller number counts as nearer."""

    @classmethod
    def of(cls, category: npt.ArrayLike, node: npt.ArrayLike, offset: npt.ArrayLike, facility: npt.ArrayLike) -> Self:
        """Four int[s]; raises SourcesError where they are not whole numbers, too large or of different lengths."""
        given = {"category": category, "node": node, "offset": offset, "facility": facility}
        return cls(**{name: _short(values, name) for name, values in given.items()})

    def __post_init__(self) -> None:
        lengths = {len(part) for part in (self.category, self.node, self.offset, self.facility)}
        if len(lengths) > 1:
            raise SourcesError(
                f"There are {len(self.category)} categories, {len(self.node)} nodes, {len(self.offset)} offsets and "
                f"{len(self.facility)} facilities; give one of each for every entrance."
            )

    def of_category(self, category: int) -> Self:
        """The entrances of one category only."""
        return self.kept(np.flatnonzero(self.category == category))

    def kept(self, which: Whole) -> Self:
        """The entrances at the given places of the arrays."""
        return type(self)(self.category[which], self.node[which], self.offset[which], self.facility[which])


def empty_categories(sources: Sources, categories: int) -> Whole:
    """The categories without any facility; every node is FAR from these, which whoever asks has to be told."""
    return np.flatnonzero(np.bincount(sources.category, minlength=categories)[:categories] == 0)


def check(sources: Sources, over: Arcs, categories: int) -> None:
    """Raise SourcesError with every fault where an entrance is not on the graph or not of a category."""
    findings = (
        (sources.node, over.nodes, "node"),
        (sources.category, categories, "category"),
        (sources.offset, FAR, "offset"),
        (sources.facility, FAR, "facility"),
    )
    faults = [_outside(values, most, name) for values, most, name in findings]
    if any(faults):
        raise SourcesError(" ".join(fault for fault in faults if fault))


def _outside(values: Short, most: int, name: str) -> str:
    wrong = (values < 0) | (values >= most)
    if not wrong.any():
        return ""
    at = int(np.argmax(wrong))
    return f"Entrance {at} has {name} {values[at]}, which is not from 0 to {most - 1} ({int(wrong.sum())} such)."


def _short(values: npt.ArrayLike, name: str) -> Short:
    given = np.asarray(values).ravel()
    if given.size and not np.issubdtype(given.dtype, np.integer):
        raise SourcesError(f"The values of {name} are {given.dtype}; give whole numbers.")
    if given.size and (given.max() > FAR or given.min() < -FAR):
        raise SourcesError(f"A value of {name} is beyond {FAR}; give smaller numbers.")
    return given.astype(np.int32)
