"""Places with several modes as one network: a node for each place and mode, and links where goods change over."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from shancheng.methods.equilibrium.errors import NetworkError
from shancheng.methods.equilibrium.network import Integers, Network
from shancheng.methods.given import spread, whole_numbers


@dataclass(frozen=True)
class ModeNetwork:
    """The expanded network; places 0 to p - 1 keep their numbers as the nodes where demand begins and ends."""

    network: Network
    ride: Integers
    """(r,) the link of each ride that was given."""
    change: Integers
    """(t,) the link of each change that was given."""
    door: Integers
    """(d,) links between a place and its modes, which cost nothing."""

    def at_place(self, place: int) -> Integers:
        """Every link that touches a place in any mode: what is lost when its terminals are."""
        touches = (self._place(self.network.tail) == place) | (self._place(self.network.head) == place)
        return np.flatnonzero(touches)

    def _place(self, node: npt.NDArray[np.int32]) -> Integers:
        places = int((~self.network.passes).sum())
        return node.astype(np.int64) % places


def expand_modes(
    places: int,
    modes: int,
    *,
    rides: dict[str, npt.ArrayLike],
    changes: dict[str, npt.ArrayLike],
) -> ModeNetwork:
    """A network with node place for the place itself and node (mode + 1) x places + place for the place in a mode.

    `rides` are links within a mode: place_from, place_to, mode int[r] and free, capacity, b, power as
    `Network.of_links` takes them; `changes` are transfers (handling and waiting): place, mode_from, mode_to int[t] and
    the same numbers. Goods enter and leave at any mode that a ride or a change has in their place, at no cost. Raises
    NetworkError where a place or a mode is none, or as `Network.of_links` does.
    """
    _refuse_gaps(rides, ("place_from", "place_to", "mode"), "rides")
    _refuse_gaps(changes, ("place", "mode_from", "mode_to"), "changes")
    ride_ends = [_node(rides[end], rides["mode"], places, modes) for end in ("place_from", "place_to")]
    change_ends = [_node(changes["place"], changes[end], places, modes) for end in ("mode_from", "mode_to")]
    used = np.unique(np.concatenate([*ride_ends, *change_ends]))
    doors = 2 * len(used)
    counts = (len(ride_ends[0]), len(change_ends[0]), doors)
    numbers = {
        name: np.concatenate(
            [
                spread(rides.get(name, rest), counts[:1], f"{name} of rides", NetworkError),
                spread(changes.get(name, rest), counts[1:2], f"{name} of changes", NetworkError),
                np.full(doors, door),
            ]
        )
        for name, rest, door in (("free", 0.0, 0.0), ("capacity", np.inf, np.inf), ("b", 0.0, 0.0), ("power", 4.0, 1.0))
    }
    nodes = (modes + 1) * places
    network = Network.of_links(
        nodes,
        tail=np.concatenate([ride_ends[0], change_ends[0], used % places, used]),
        head=np.concatenate([ride_ends[1], change_ends[1], used, used % places]),
        passes=np.arange(nodes) >= places,
        **numbers,
    )
    ends = np.cumsum([0, *counts])
    return ModeNetwork(network, *(np.arange(low, high) for low, high in pairwise(ends.tolist())))


def _node(place: npt.ArrayLike, mode: npt.ArrayLike, places: int, modes: int) -> Integers:
    at, by = (whole_numbers(values, "places and modes", NetworkError).ravel() for values in (place, mode))
    if len(at) != len(by):
        raise NetworkError(f"{len(at)} ends of rides or changes have {len(by)} modes; give one for each.")
    if ((at < 0) | (at >= places) | (by < 0) | (by >= modes)).any():
        raise NetworkError(f"A ride or a change is outside places 0 to {places - 1} or modes 0 to {modes - 1}.")
    return (by + 1) * places + at


def _refuse_gaps(given: dict[str, npt.ArrayLike], needed: tuple[str, ...], what: str) -> None:
    missing = [name for name in needed if name not in given]
    if missing:
        raise NetworkError(f"The {what} do not say their {' and '.join(missing)}; give {', '.join(needed)}.")
