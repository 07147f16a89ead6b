"""How many minutes on foot every home is from the nearest facilities of every category, and whose they are."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shancheng.ground.network.border import metres_to_border
from shancheng.ground.network.labels import Entrances, entrances_of, sources_of, times_at
from shancheng.ground.network.network import Network
from shancheng.ground.network.points import Facilities, Homes
from shancheng.ground.network.snapping import Lost, Pace, Snapped, Way, snap
from shancheng.methods.graph.arcs import FAR, Arcs
from shancheng.methods.graph.nearest import LIMIT_MOST, NEAREST_MOST, Nearest, nearest
from shancheng.methods.graph.sources import Sources
from shancheng.wings.services.errors import WishError

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int32]
DECISECONDS = 600
"""In a minute."""
MINUTES_MOST = LIMIT_MOST / DECISECONDS / 4
CAP = 2.0
"""How many times the limit is searched, so that a gap has a size."""

Search = Callable[[Arcs, Sources, int, int, int], Nearest]
"""Arcs, sources, categories, limit in deciseconds, k; one process does it by itself, many do it by tiles."""


@dataclass(frozen=True)
class ReachWish:
    """What is asked: whose minutes, how many, which way, how many facilities of each category."""

    minutes: float = 15.0
    way: Way = "there"
    nearest: int = 1
    categories: tuple[str, ...] = ()
    """Those asked for, in this order; all that there are where none is named."""

    def __post_init__(self) -> None:
        if not 0 < self.minutes <= MINUTES_MOST:
            raise WishError(
                f"{self.minutes:g} minutes cannot be asked for; give more than 0 and at most {MINUTES_MOST:g}."
            )
        if not 1 <= self.nearest <= NEAREST_MOST:
            raise WishError(f"The {self.nearest} nearest cannot be kept; ask for 1 to {NEAREST_MOST}.")


@dataclass(frozen=True)
class Reach:
    """c categories, h homes and the k nearest facilities; minutes are known up to twice the wish's."""

    wish: ReachWish
    walker: str
    limit_m: float
    """Metres that the walker goes on the level within the minutes."""
    day: dt.date
    """Of the network."""
    categories: tuple[str, ...]
    minutes: Floats
    """(c, h, k) access legs included; NaN where there is no way within twice the minutes, or the home is lost."""
    facility: Indices
    """(c, h, k) first row of the facility, -1 where there is none."""
    is_known: npt.NDArray[np.bool_]
    """(h,) whether the home is on the streets of this walker at all."""
    homes_lost: tuple[Lost, ...]
    facilities_lost: tuple[Lost, ...]
    empty: tuple[str, ...]
    """Categories asked for that have no facility on the streets."""
    on_island: npt.NDArray[np.bool_]
    """(h,) homes that no street joins to the largest part of the network."""
    near_border: npt.NDArray[np.bool_]
    """(c, h) homes that the border of the extract is within the minutes of, as the crow flies at the walker's speed on
    the level, and nearer to than the facilities found: what lies beyond it is not known and may be nearer."""
    homes_far: int
    facilities_far: int
    """Points whose nearest street is beyond the near distance: their access leg is a guess."""

    def within(self, minutes: float | None = None) -> npt.NDArray[np.bool_]:
        """(c, h) whether the nearest facility is within the minutes of the wish, or those given."""
        limit = self.wish.minutes if minutes is None else minutes
        return self.minutes[:, :, 0] <= limit


@dataclass(frozen=True)
class Placed:
    """Homes and facilities on the streets of one walker, ready for any search."""

    homes: Snapped
    entrances: Entrances
    categories: tuple[str, ...]


def alone(over: Arcs, sources: Sources, categories: int, limit: int, k: int) -> Nearest:
    """The search in this process."""
    return nearest(over, sources, categories=categories, limit=limit, k=k)


def reach(
    network: Network, walker: Pace, homes: Homes, facilities: Facilities, wish: ReachWish, *, search: Search = alone
) -> Reach:
    """Minutes from every home to the nearest facilities of every category, or the way back.

    Raises WishError for a category that no facility has, NetworkError where the network does not know the walker.
    """
    placed = place(network, walker, homes, facilities, wish.categories)
    over = network.arcs(walker.key)
    limit = int(wish.minutes * CAP * DECISECONDS)
    sources = sources_of(placed.entrances, way=wish.way)
    at_nodes = search(
        over.reversed() if wish.way == "there" else over, sources, len(placed.categories), limit, wish.nearest
    )
    found = times_at(at_nodes, placed.homes, placed.entrances, way=wish.way)
    minutes = np.where(found.time == FAR, np.nan, found.time / DECISECONDS)
    known = np.ones(len(homes.ids), bool)
    known[[lost.point for lost in placed.homes.lost]] = False
    served = set(placed.entrances.category[np.diff(placed.entrances.snapped.first) > 0].tolist())
    return Reach(
        wish=wish,
        walker=walker.key,
        limit_m=_metres_in(wish.minutes, walker),
        day=network.manifest.day,
        categories=placed.categories,
        minutes=minutes,
        facility=found.facility,
        is_known=known,
        homes_lost=placed.homes.lost,
        facilities_lost=placed.entrances.snapped.lost,
        empty=tuple(name for number, name in enumerate(placed.categories) if number not in served),
        on_island=_on_island(network, placed.homes),
        near_border=known & _near_border(network, walker, homes, minutes, wish.minutes),
        homes_far=int(placed.homes.far.sum()),
        facilities_far=int(placed.entrances.snapped.far.sum()),
    )


def _on_island(network: Network, homes: Snapped) -> npt.NDArray[np.bool_]:
    joined = np.zeros(len(homes), np.bool_)
    joined[homes.point[network.component[homes.tail] == 0]] = True
    return ~joined & (np.diff(homes.first) > 0)


def _near_border(network: Network, walker: Pace, homes: Homes, minutes: Floats, limit: float) -> npt.NDArray[np.bool_]:
    """(c, h) whether something beyond the border could be among the nearest, as far as distances say."""
    away = metres_to_border(network, homes.lon, homes.lat) / _metres_in(1.0, walker)
    furthest = np.nan_to_num(minutes[:, :, -1], nan=np.inf)
    return np.asarray((away <= limit) & (away < furthest))


def _metres_in(minutes: float, walker: Pace) -> float:
    return minutes * walker.speed_kmh * 1000 / 60


def place(network: Network, walker: Pace, homes: Homes, facilities: Facilities, wanted: Sequence[str] = ()) -> Placed:
    """Homes and the facilities of the wanted categories on the streets; raises WishError for a category nobody has."""
    unknown = [name for name in wanted if name not in facilities.categories]
    if unknown:
        known = ", ".join(facilities.categories) or "none at all"
        raise WishError(f"No facility is of category {', '.join(map(repr, unknown))}; there are {known}.")
    categories = tuple(wanted) or facilities.categories
    number = np.full(len(facilities.categories), -1)
    for at, name in enumerate(categories):
        number[facilities.categories.index(name)] = at
    kinds = number[facilities.category]
    rows = np.flatnonzero(kinds >= 0)
    ids = [facilities.ids[row] for row in rows.tolist()]
    there = snap(network, walker, facilities.lon[rows], facilities.lat[rows], ids=ids)
    return Placed(
        homes=snap(network, walker, homes.lon, homes.lat, ids=homes.ids),
        entrances=entrances_of(there, kinds[rows], facilities.facility[rows]),
        categories=categories,
    )
