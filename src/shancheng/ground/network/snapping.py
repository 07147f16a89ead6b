"""Homes and facilities on the streets: the nearest points of edges that a walker may use, and the way to them.

The network itself does not change. A home reads the least time over both ends of its edges; a facility enters a search
as a label at both ends. What lies too far from any street is named, never guessed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike

from shancheng.ground.network.classes import kind_code
from shancheng.ground.network.errors import NetworkError
from shancheng.ground.network.nearby import EdgeIndex, Flags, Floats, Ints, Near, Shorts, metres_to_nearest
from shancheng.ground.network.network import Network

Way = Literal["there", "back"]
"""`there`: from home to facility. `back`: from facility to home."""
CANDIDATES, NEAR_M, FAR_M = 3, 60.0, 300.0
ON_STREET_M, ACROSS_M = 1.0, 8.0
"""A point this near a street lies on it, as gates and bus stops do, and enters no street further than the second."""
LARGEST = 0
"""The number of the largest component."""
NOT_ENTERED = (kind_code("lift"), kind_code("escalator"))
"""Kinds of edges that no door opens to."""


class SnapError(NetworkError):
    """Positions that cannot lie on the earth, or too few of something; the sentence names them."""


class Pace(Protocol):
    """What is read of a walker."""

    @property
    def key(self) -> str: ...
    @property
    def speed_kmh(self) -> float: ...


@dataclass(frozen=True)
class Lost:
    """A point that is too far from every street the walker may use."""

    point: int
    id: str
    lon: float
    lat: float
    metres: float
    """To the nearest such street; inf where there is none at all."""

    def __str__(self) -> str:
        where = f"'{self.id}' at {self.lon:.6f}, {self.lat:.6f}"
        if math.isinf(self.metres):
            return f"{where}: there is no street at all that this walker may use."
        far = f"{self.metres:,.0f} m" if self.metres < 10_000 else f"{self.metres / 1000:,.0f} km"
        what = f"the nearest street this walker may use is {far} away"
        return f"{where}: {what}; look at the position and the streets near it."


@dataclass(frozen=True)
class Snapped:
    """p points on edges of a network for one walker; candidates `first[i]` to `first[i + 1]` are those of point i."""

    walker: str
    ids: tuple[str, ...]
    lon: Floats
    lat: Floats
    first: Ints
    """(p + 1,)"""
    edge: Shorts
    """(c,) nearest first."""
    fraction: Floats
    """(c,) share of the edge's length, from its tail, where the point meets it."""
    leg_m: Floats
    """(c,) straight way from the point to the edge, metres."""
    leg: Floats
    """(c,) the same in deciseconds at the walker's speed, not rounded: it is rounded once with the part of the edge."""
    tail: Shorts
    head: Shorts
    """(c,) nodes at the ends of the edge."""
    forward: Shorts
    backward: Shorts
    """(c,) the walker's deciseconds along the whole edge, -1 where it may not be walked."""
    far: Flags
    """(p,) whether the only candidate is beyond the near distance."""
    lost: tuple[Lost, ...]
    """Points without any candidate."""

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def point(self) -> Ints:
        """(c,) the point each candidate is of."""
        return np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.first))

    def ends(self, *, outward: bool) -> tuple[Ints, Shorts]:
        """Node and deciseconds between each candidate's point and both ends of its edge, (2 c,): tails, then heads.

        `outward` is from the point to the node, otherwise from the node to the point; -1 where it may not be walked,
        but a point that meets the edge at its very end is at that node whichever way the edge may be walked.
        The access leg is in it; the time of the edge is split by the fraction; rounded once.
        """
        tails, heads = (self.backward, self.forward) if outward else (self.forward, self.backward)
        times = [
            np.where((whole < 0) & (part > 0), -1, np.rint(self.leg + np.maximum(whole, 0) * part)).astype(np.int32)
            for whole, part in ((tails, self.fraction), (heads, 1.0 - self.fraction))
        ]
        return np.concatenate([self.tail, self.head]).astype(np.int64), np.concatenate(times)


def snap(
    network: Network,
    walker: Pace,
    lon: ArrayLike,
    lat: ArrayLike,
    *,
    ids: Sequence[str] | None = None,
    candidates: int = CANDIDATES,
    near_m: float = NEAR_M,
    far_m: float = FAR_M,
    index: EdgeIndex | None = None,
) -> Snapped:
    """Points lon[p], lat[p] (WGS-84) on the nearest edges of a network that a walker may use.

    Up to `candidates` edges within `near_m` metres; where there are none, the one nearest within `far_m`, flagged;
    beyond that the point is lost and named with its distance. Where none of the candidates belongs to the largest
    component of the network but an edge within `near_m` does, that edge takes the last place, so that a loose piece of
    path beside a house does not cut it off. A point that lies on a street, as a gate does, enters only what is at that
    very spot: the next street may be behind a fence. Lifts and escalators are not entered from a door. `ids` name the
    points (default: their numbers); `index` may be handed in where the same network is asked often. Raises `SnapError`.
    """
    x, y = np.atleast_1d(np.asarray(lon, np.float64)), np.atleast_1d(np.asarray(lat, np.float64))
    names = tuple(ids) if ids is not None else tuple(map(str, range(len(x))))
    _check(x, y, names, candidates, near_m, far_m)
    index = index or EdgeIndex(network)
    allowed = usable_edges(network, walker.key)
    near = _near(index, network, x, y, near_m, candidates, allowed)
    alone = np.flatnonzero(near.edge[:, 0] < 0)
    further = index.near(x[alone], y[alone], far_m, 1, allowed)
    for kept, found in ((near.edge, further.edge), (near.metres, further.metres), (near.fraction, further.fraction)):
        kept[alone, 0] = found[:, 0]
    far = np.zeros(len(x), np.bool_)
    far[alone] = further.edge[:, 0] >= 0
    lost = np.flatnonzero(near.edge[:, 0] < 0)
    return _snapped(network, walker, names, x, y, near, far, _lost(network, allowed, names, x, y, lost))


def usable_edges(network: Network, walker: str) -> Flags:
    """(e,) edges that a door may open to: the walker may go along them some way, and they are no lift or escalator."""
    if walker not in network.times:
        known = ", ".join(sorted(network.times))
        raise SnapError(f"This network has no walker '{walker}'; it was made for {known}. Build it again with it.")
    times = network.times[walker]
    return ((times.forward >= 0) | (times.backward >= 0)) & ~np.isin(network.edge_kind, NOT_ENTERED)


def _check(lon: Floats, lat: Floats, names: tuple[str, ...], candidates: int, near_m: float, far_m: float) -> None:
    if not len(lon) == len(lat) == len(names):
        raise SnapError(f"There are {len(lon)} longitudes, {len(lat)} latitudes and {len(names)} ids; give one each.")
    if candidates < 1 or not 0 < near_m <= far_m < math.inf:
        message = f"With {candidates} candidates within {near_m:g} m and one within {far_m:g} m nothing can be found; "
        raise SnapError(message + "take at least one candidate, and a far distance not below the near one.")
    wrong = np.flatnonzero(~((np.abs(lon) <= 180) & (np.abs(lat) <= 90)))
    if len(wrong):
        some = ", ".join(f"'{names[p]}' at {lon[p]:g}, {lat[p]:g}" for p in wrong[:5].tolist())
        more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        raise SnapError(f"{len(wrong)} positions are not on the earth in degrees: {some}{more}; correct them first.")


def _near(
    index: EdgeIndex, network: Network, lon: Floats, lat: Floats, near_m: float, candidates: int, allowed: Flags
) -> Near:
    """The candidates, the last of which is given to the largest component where no other belongs to it."""
    near = index.near(lon, lat, near_m, candidates, allowed)
    beyond = (near.metres[:, :1] <= ON_STREET_M) & (near.metres > ACROSS_M)
    near.edge[beyond] = -1
    main = allowed & (network.component[network.edge_tail] == LARGEST)
    has = main[near.edge] & (near.edge >= 0) if len(main) else near.edge >= 0
    asked = np.flatnonzero((near.edge[:, 0] >= 0) & (near.metres[:, 0] > ON_STREET_M) & ~has.any(axis=1))
    found = index.near(lon[asked], lat[asked], near_m, 1, main)
    got = found.edge[:, 0] >= 0
    rows = asked[got]
    place = np.minimum((near.edge[rows] >= 0).sum(axis=1), candidates - 1)
    for kept, new in ((near.edge, found.edge), (near.metres, found.metres), (near.fraction, found.fraction)):
        kept[rows, place] = new[got, 0]
    return near


def _snapped(
    network: Network, walker: Pace, names: tuple[str, ...], lon: Floats, lat: Floats, near: Near, far: Flags,
    lost: tuple[Lost, ...],
) -> Snapped:  # fmt: skip
    kept = near.edge >= 0
    edge, metres, times = near.edge[kept], near.metres[kept], network.times[walker.key]
    return Snapped(
        walker=walker.key,
        ids=names,
        lon=lon,
        lat=lat,
        first=np.concatenate([[0], np.cumsum(kept.sum(axis=1))]).astype(np.int64),
        edge=edge,
        fraction=near.fraction[kept],
        leg_m=metres,
        leg=metres / walker.speed_kmh * 36.0,
        tail=np.asarray(network.edge_tail, np.int32)[edge],
        head=np.asarray(network.edge_head, np.int32)[edge],
        forward=np.asarray(times.forward, np.int32)[edge],
        backward=np.asarray(times.backward, np.int32)[edge],
        far=far,
        lost=lost,
    )


def _lost(
    network: Network, allowed: Flags, names: tuple[str, ...], lon: Floats, lat: Floats, points: Ints
) -> tuple[Lost, ...]:
    if not len(points):
        return ()
    metres = metres_to_nearest(network, allowed, lon[points], lat[points])
    places = zip(points.tolist(), lon[points].tolist(), lat[points].tolist(), metres.tolist(), strict=True)
    return tuple(Lost(point, names[point], x, y, far) for point, x, y, far in places)
