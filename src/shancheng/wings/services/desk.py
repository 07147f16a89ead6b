"""The services desk: walking networks, who reaches what, who lacks what, where to build; what doors talk to."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from shancheng.ground.invented.walking import RELIEF, STREETS, Walking, write_streets
from shancheng.ground.network.build import Progress, build
from shancheng.ground.network.classes import KINDS
from shancheng.ground.network.gates import Gates, gates_in, write_gates
from shancheng.ground.network.keeping import load, read_kept, save
from shancheng.ground.network.manifest import Manifest
from shancheng.ground.network.network import Network
from shancheng.ground.network.points import Facilities, Homes, Report, read_areas, read_facilities, read_homes
from shancheng.ground.network.proposals import Candidates, Proposals, read_candidates, read_proposals
from shancheng.ground.network.shifted import shift_finding
from shancheng.ground.network.walkers import Walker, WalkTables
from shancheng.wings.services.errors import WishError
from shancheng.wings.services.lacking import Answers, Lack, lacks, step_free
from shancheng.wings.services.links import Built, LinkWish, LinkWorth, worth_of_links
from shancheng.wings.services.reach import Reach, ReachWish, Search, alone, reach
from shancheng.wings.services.sites import Gain, Goal, Sited, SiteWish, choose_sites
from shancheng.wings.services.spread import Run, Task, by_tiles, work

__all__ = [
    "RELIEF", "STREETS", "Answers", "Built", "Candidates", "Desk", "Facilities", "Gain", "Gates", "Goal", "Homes",
    "Lack", "LinkWish", "LinkWorth", "Manifest", "Network", "Proposals", "Reach", "ReachWish", "Report", "Run",
    "Search", "SiteWish", "Sited", "Task", "Walking", "WishError", "alone", "by_tiles", "kind_codes", "lacks",
    "manifest_of", "read_candidates", "read_facilities", "read_homes", "read_proposals", "together", "work",
    "write_streets",
]  # fmt: skip

STRICT, LENIENT = "wheelchair-strict", "wheelchair-lenient"


def together(parts: Sequence[Facilities]) -> Facilities:
    """Facilities of several files as one list; each keeps its own report, and this one has that of the first."""
    if len(parts) == 1:
        return parts[0]
    known = tuple(dict.fromkeys(name for part in parts for name in part.categories))
    before = np.concatenate([[0], np.cumsum([len(part.ids) for part in parts])])
    number = [np.array([known.index(name) for name in part.categories], np.int32) for part in parts]
    return replace(
        parts[0],
        ids=tuple(one for part in parts for one in part.ids),
        names=tuple(one for part in parts for one in part.names),
        lon=np.concatenate([part.lon for part in parts]),
        lat=np.concatenate([part.lat for part in parts]),
        category=np.concatenate([new[part.category] for new, part in zip(number, parts, strict=True)]),
        categories=known,
        capacity=np.concatenate([part.capacity for part in parts]),
        facility=np.concatenate([part.facility + shift for part, shift in zip(parts, before[:-1], strict=True)]),
    )


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

    def gates(self, streets: Path, areas: Path, walker: str, into: Path) -> Gates:
        """Where areas are entered by a walker, written as facilities; areas that are entered nowhere are named."""
        read = read_areas(areas)
        if walker not in self.tables.walkers:
            raise WishError(f"There is no walker '{walker}'; the packs have {', '.join(self.tables.walkers)}.")
        found = gates_in(streets, read, self.tables, walker)
        write_gates(into, read, found)
        return found

    def shifted(self, network: Network, homes: Homes, facilities: Facilities) -> tuple[str, ...]:
        """A sentence for homes or facilities that look as if they came in a shifted datum, such as GCJ-02."""
        asked = ((homes.report.file, homes), (facilities.report.file, facilities))
        found = [shift_finding(network, points.lon, points.lat, what=name) for name, points in asked]
        return tuple(str(one) for one in found if one is not None)

    def reach(
        self,
        walker: str,
        network: Network,
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
        strict, lenient = (self.reach(walker, network, homes, facilities, wish, search) for walker in (STRICT, LENIENT))
        return strict, lenient, step_free(strict, lenient)

    def site(
        self,
        walker: str,
        network: Network,
        homes: Homes,
        facilities: Facilities,
        candidates: Candidates,
        wish: SiteWish,
    ) -> Sited:
        """Where to build for a category, with a proven gap, whom each site serves and what would come next."""
        return choose_sites(network, self.walker(walker, network), homes, facilities, candidates, wish)

    def links(
        self,
        walker: str,
        network: Network,
        homes: Homes,
        facilities: Facilities,
        proposals: Proposals,
        wish: LinkWish,
    ) -> LinkWorth:
        """What each proposed link would save, and which to build in turn."""
        return worth_of_links(network, self.walker(walker, network), homes, facilities, proposals, wish)
