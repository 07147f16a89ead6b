"""Who wants to go where: pairs of nodes, amounts, commodities with prices of their own, and the cost of staying."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from shancheng.methods.equilibrium.errors import DemandError
from shancheng.methods.equilibrium.network import Floats, Integers, Network, Short
from shancheng.methods.given import numbers, spread, whole_numbers


@dataclass(frozen=True)
class Demand:
    """k pairs in the order they were given; pairs with no amount, or from a node to itself, use no link."""

    origin: Short
    destination: Short
    amount: Floats
    """(k,) in the unit of its commodity, e.g. tonnes."""
    commodity: Short
    """(k,)"""
    size: Floats
    """(c,) capacity one unit of each commodity takes."""
    toll: Floats
    """(c, m) what a link costs a commodity besides its time, in units of time: money / value of time."""
    stay: Floats
    """(k,) cost, in units of time, above which a pair rather stays unserved; inf where it must be carried."""

    @property
    def flow(self) -> Floats:
        """(k,) amounts in units of capacity."""
        return self.amount * self.size[self.commodity]

    @classmethod
    def of_pairs(
        cls,
        network: Network,
        *,
        origin: npt.ArrayLike,
        destination: npt.ArrayLike,
        amount: npt.ArrayLike,
        commodity: npt.ArrayLike = 0,
        size: npt.ArrayLike = 1.0,
        toll: npt.ArrayLike | None = None,
        stay: npt.ArrayLike = np.inf,
    ) -> Self:
        """Demand over a network's nodes; numbers are repeated for every pair, `size` has one for each commodity.

        origin, destination int[k], amount float[k] 0 or more, commodity int[k], size float[c] above 0, toll float[c, m]
        0 or more, stay float[k] 0 or more. Raises DemandError where one of them cannot be.
        """
        amounts = numbers(amount, "amounts", DemandError).ravel()
        ends = [_nodes(values, len(amounts), network, name) for values, name in ((origin, "from"), (destination, "to"))]
        sizes = np.atleast_1d(numbers(size, "sizes of commodities", DemandError))
        named = whole_numbers(commodity, "commodities of pairs", DemandError)
        kinds = spread(named, amounts.shape, "commodities of pairs", DemandError).astype(np.int32)
        tolls = np.zeros((len(sizes), network.links)) if toll is None else numbers(toll, "tolls", DemandError).copy()
        stays = spread(stay, amounts.shape, "costs of staying", DemandError)
        if tolls.shape != (len(sizes), network.links):
            raise DemandError(f"Tolls are a table of {len(sizes)} commodities by {network.links} links.")
        if len(kinds) and not (kinds.min() >= 0 and kinds.max() < len(sizes)):
            raise DemandError(f"A pair carries a commodity outside 0 to {len(sizes) - 1}; give each commodity a size.")
        _check("amount", amounts, (amounts >= 0) & np.isfinite(amounts))
        _check("size", sizes, (sizes > 0) & np.isfinite(sizes))
        _check("toll", tolls.ravel(), (tolls >= 0).ravel() & np.isfinite(tolls).ravel())
        _check("cost of staying", stays, stays >= 0)
        return cls(ends[0], ends[1], amounts, kinds, sizes, tolls, stays)


@dataclass(frozen=True)
class Rooted:
    """Pairs that use links, sorted so that those of one commodity and origin, a root, stand together."""

    pair: Integers
    """(q,) the pair each stands for."""
    first: Integers
    """(r + 1,) where the pairs of each root begin."""
    origin: Short
    """(r,)"""
    commodity: Short
    """(r,)"""


def rooted(network: Network, demand: Demand) -> Rooted:
    """The pairs that use links, by root; DemandError where the demand is that of another network."""
    ends = np.concatenate([demand.origin, demand.destination])
    if demand.toll.shape[1] != network.links or ends.max(initial=-1) >= network.nodes:
        raise DemandError(
            f"The demand is over another network than this one of {network.nodes} nodes and {network.links} links; "
            "put it together with `Demand.of_pairs` of this one."
        )
    pair = np.flatnonzero((demand.amount > 0) & (demand.origin != demand.destination))
    pair = pair[np.lexsort((demand.destination[pair], demand.origin[pair], demand.commodity[pair]))]
    origin, commodity = demand.origin[pair], demand.commodity[pair]
    begins = np.ones(len(pair), bool)
    begins[1:] = (origin[1:] != origin[:-1]) | (commodity[1:] != commodity[:-1])
    first = np.append(np.flatnonzero(begins), len(pair))
    return Rooted(pair, first, origin[begins], commodity[begins])


def _nodes(values: npt.ArrayLike, pairs: int, network: Network, way: str) -> Short:
    given = whole_numbers(values, f"nodes pairs go {way}", DemandError).ravel()
    if len(given) != pairs:
        raise DemandError(f"{pairs} amounts are wanted {way} {len(given)} nodes; give one for each.")
    outside = np.flatnonzero((given < 0) | (given >= network.nodes))
    if outside.size:
        at = int(outside[0])
        raise DemandError(f"Pair {at} goes {way} node {given[at]}; there are only nodes 0 to {network.nodes - 1}.")
    return given.astype(np.int32)


def _check(name: str, values: Floats, right: npt.NDArray[np.bool_]) -> None:
    if not right.all():
        at = int(np.argmin(right))
        raise DemandError(f"The {name} numbered {at} is {values[at]}; it must be a number, not below nothing.")
