"""Nodes, and links whose time grows with their flow."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from shancheng.methods.equilibrium.errors import NetworkError
from shancheng.methods.given import numbers, whole_numbers

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Short = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Network:
    """m directed links over n nodes; link a takes free + slope x flow ** power (curve of the Bureau of Public Roads).

    `slope` is free x b / capacity ** power, so that constant links have slope 0.
    """

    nodes: int
    tail: Short
    """(m,)"""
    head: Short
    """(m,)"""
    free: Floats
    """(m,) time without flow."""
    slope: Floats
    """(m,)"""
    power: Floats
    """(m,) 1 or more."""
    capacity: Floats
    """(m,) flow, inf for none; kept for hard capacities."""
    passes: Flags
    """(n,) whether traffic may pass through the node; where not, ways only begin and end there."""
    out_first: Integers
    """(n + 1,)"""
    out: Short
    """(m,) the links that leave node i are `out[out_first[i]:out_first[i + 1]]`."""

    @property
    def links(self) -> int:
        """How many links there are."""
        return len(self.tail)

    @classmethod
    def of_links(
        cls,
        nodes: int,
        *,
        tail: npt.ArrayLike,
        head: npt.ArrayLike,
        free: npt.ArrayLike,
        capacity: npt.ArrayLike = np.inf,
        b: npt.ArrayLike = 0.0,
        power: npt.ArrayLike = 4.0,
        passes: npt.ArrayLike = True,
    ) -> Self:
        """Put together from m links; the time of a link is free x (1 + b (flow / capacity) ** power).

        tail, head int[m]; free float[m] 0 or more; capacity float above 0 in units of flow; b float 0 or more; power
        float 1 or more, or 0 for a link whose time does not grow; passes bool[n]. Numbers are repeated for every link.
        Raises NetworkError where one of them cannot be.
        """
        if nodes < 0:
            raise NetworkError(f"A network has 0 or more nodes, not {nodes}.")
        tails, heads = (_places(values, nodes, name) for values, name in ((tail, "tail"), (head, "head")))
        if len(tails) != len(heads):
            raise NetworkError(f"{len(tails)} links have a tail and {len(heads)} a head; give one of each.")
        times, room, factor, power_of = (
            _each(values, len(tails), name)
            for values, name in ((free, "free time"), (capacity, "capacity"), (b, "b"), (power, "power"))
        )
        _check(times, room, factor, power_of)
        with np.errstate(over="ignore", invalid="ignore"):
            slope = np.where(factor * times > 0, times * factor / room**power_of, 0.0)
        constant = power_of == 0
        passable = _passable(passes, nodes)
        order = np.argsort(tails, kind="stable")
        return cls(
            nodes=nodes,
            tail=tails.astype(np.int32),
            head=heads.astype(np.int32),
            free=np.where(constant, times + slope, times),
            slope=np.where(constant, 0.0, slope),
            power=np.where(constant, 1.0, power_of),
            capacity=room,
            passes=passable,
            out_first=np.searchsorted(tails[order], np.arange(nodes + 1)).astype(np.int64),
            out=order.astype(np.int32),
        )

    def time(self, flow: Floats) -> Floats:
        """(m,) time of each link at a flow (m,)."""
        times: Floats = self.free + self.slope * np.maximum(flow, 0) ** self.power
        return times

    def beckmann(self, flow: Floats) -> float:
        """The area under the time curves up to the flow: what an equilibrium makes least (Beckmann et al. 1956)."""
        return float((self.free * flow + self.slope * flow ** (self.power + 1) / (self.power + 1)).sum())

    def with_marginal_times(self) -> Self:
        """The network whose equilibrium is the least total time of this one: everybody pays the delay they cause."""
        return replace(self, slope=self.slope * (self.power + 1))


def _places(values: npt.ArrayLike, nodes: int, name: str) -> Integers:
    given = whole_numbers(values, f"{name}s of links", NetworkError).ravel()
    outside = np.flatnonzero((given < 0) | (given >= nodes))
    if outside.size:
        at = int(outside[0])
        raise NetworkError(f"The {name} of link {at} is node {given[at]}, but there are only nodes 0 to {nodes - 1}.")
    return given


def _passable(passes: npt.ArrayLike, nodes: int) -> Flags:
    marks = np.asarray(passes, bool)
    if marks.shape not in ((), (nodes,)):
        raise NetworkError(f"{nodes} nodes have {marks.size} marks whether traffic passes; give one, or one for each.")
    return np.array(np.broadcast_to(marks, (nodes,)))


def _each(values: npt.ArrayLike, links: int, name: str) -> Floats:
    given = numbers(values, f"{name} of links", NetworkError)
    if given.ndim > 1 or given.size not in (1, links):
        raise NetworkError(f"{links} links have {given.size} values of {name}; give one, or one for each.")
    return np.array(np.broadcast_to(given, (links,)))


def _check(free: Floats, capacity: Floats, b: Floats, power: Floats) -> None:
    findings = (
        (~((free >= 0) & np.isfinite(free)), "a free time that is not 0 or more", free),
        (~(capacity > 0), "a capacity that is not above 0; take the link out instead", capacity),
        (~((b >= 0) & np.isfinite(b)), "a factor b that is not 0 or more", b),
        (~(((power >= 1) & np.isfinite(power)) | (power == 0)), "a power that is neither 0 nor 1 or more", power),
    )
    for wrong, sentence, values in findings:
        if wrong.any():
            at = int(np.argmax(wrong))
            raise NetworkError(f"Link {at} has {sentence}: {values[at]} ({int(wrong.sum())} such links).")
