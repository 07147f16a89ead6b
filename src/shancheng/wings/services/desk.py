"""The services desk: walking networks, who reaches what, who lacks what, where to build; what doors talk to."""

import datetime as dt
from collections.abc import Collection, Sequence
from pathlib import Path

from shancheng.ground.invented.walking import RELIEF, STREETS, Walking, write_streets
from shancheng.ground.network.build import Progress, build
from shancheng.ground.network.classes import KINDS
from shancheng.ground.network.keeping import load, read_kept, save
from shancheng.ground.network.manifest import Manifest
from shancheng.ground.network.network import Network
from shancheng.ground.network.points import Facilities, Homes, read_facilities, read_homes
from shancheng.ground.network.walkers import Walker, WalkTables
from shancheng.wings.services.errors import WishError
from shancheng.wings.services.lacking import Answers, Lack, lacks, step_free
from shancheng.wings.services.reach import Reach, ReachWish, Search, alone, reach
from shancheng.wings.services.spread import Run, Task, by_tiles, work

__all__ = [
    "RELIEF", "STREETS", "Answers", "Desk", "Facilities", "Homes", "Lack", "Manifest", "Network", "Reach", "ReachWish",
    "Run", "Search", "Task", "Walking", "WishError", "alone", "by_tiles", "kind_codes", "lacks", "manifest_of",
    "read_facilities", "read_homes", "work", "write_streets",
]  # fmt: skip

STRICT, LENIENT = "wheelchair-strict", "wheelchair-lenient"


def kind_codes(names: Collection[str]) -> tuple[int, ...]:
    """The codes that edges of these kinds have in a network."""
    return tuple(code for code, name in enumerate(KINDS) if name in names)


def manifest_of(folder: Path) -> Manifest:
    """What the network in a folder was made from, and what it holds."""
    return read_kept(folder).network


class Desk:
    """Every question about walking; the tables of the city's packs say who walks and how."""

    def __init__(self, tables: WalkTables) -> None:
        self.tables = tables

    def build(
        self,
        streets: Path,
        relief: Path | None,
        into: Path,
        walkers: Sequence[str],
        *,
        day: dt.date,
        progress: Progress,
    ) -> Manifest:
        """Make the network of an extract and a relief and keep it in a folder; every walker where none is named."""
        network = build(streets, relief, walkers or tuple(self.tables.walkers), self.tables, day=day, progress=progress)
        save(network, into)
        return network.manifest

    def network(self, folder: Path) -> Network:
        """The network kept in a folder."""
        return load(folder)

    def walker(self, key: str, network: Network) -> Walker:
        """A walker as the network was timed for; raises WishError where there is none, or the tables have changed."""
        timed = network.manifest.walkers
        if key not in timed or key not in self.tables.walkers:
            raise WishError(f"This network has no walker '{key}'; it was made for {', '.join(sorted(timed))}.")
        if timed[key].version != self.tables.version(key):
            raise WishError(
                f"The network was timed for another '{key}' than the packs describe today: build it again, or name the "
                "packs it was built with."
            )
        return self.tables.walkers[key]

    def reach(
        self,
        network: Network,
        walker: str,
        homes: Homes,
        facilities: Facilities,
        wish: ReachWish,
        search: Search = alone,
    ) -> Reach:
        """Minutes from every home to the nearest facilities of every category, or the way back."""
        return reach(network, self.walker(walker, network), homes, facilities, wish, search=search)

    def step_free(
        self, network: Network, homes: Homes, facilities: Facilities, wish: ReachWish, search: Search = alone
    ) -> tuple[Reach, Reach, Answers]:
        """The strict and the lenient answer for a wheelchair, and yes, no or unknown for each category and home."""
        strict, lenient = (self.reach(network, walker, homes, facilities, wish, search) for walker in (STRICT, LENIENT))
        return strict, lenient, step_free(strict, lenient)
