"""The territory of a city: permanent places, what is dated under them, and snapshots of any day."""

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from shancheng.ground.pack import City, Packs
from shancheng.ground.territory.amendment import apply
from shancheng.ground.territory.errors import UnknownPlaceError
from shancheng.ground.territory.records import BEGINNING, Edge, Lineage, PlaceVersion
from shancheng.ground.territory.reform import reforms_in
from shancheng.ground.territory.shapes import Shapes
from shancheng.ground.territory.snapshot import Node, Snapshot, compile_snapshot
from shancheng.ground.territory.tables import Tables, tables_of

R = TypeVar("R")
OFFICIAL = "official"
ROOT_LEVEL = 1
SNAPSHOTS_KEPT = 64

SHOWN = ("pinyin", "official")
"""Kinds of name that show a place in another language; the later wins."""


@dataclass(frozen=True, eq=False)
class Territory:
    """Compiled tables of a city; every answer is for a day."""

    city: City
    tables: Tables
    shapes: Shapes
    _days: tuple[dt.date, ...]
    """Days on which anything changes, in order."""
    _versions: Mapping[int, tuple[PlaceVersion, ...]] = field(repr=False)
    _codes: Mapping[tuple[str, str], tuple[tuple[dt.date, dt.date | None, int], ...]] = field(repr=False)
    _became: Mapping[int, tuple[Lineage, ...]] = field(repr=False)
    _came_from: Mapping[int, tuple[Lineage, ...]] = field(repr=False)
    _snapshots: dict[tuple[dt.date, str], Snapshot] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, packs: Packs) -> "Territory":
        """The territory that packs describe, reforms included. Geometry is not read until a point is asked for."""
        tables, city = tables_of(packs), packs.city
        settled = max((row.from_ for row in tables.places), default=BEGINNING)
        for reform in sorted(
            (reform for pack in packs.packs for reform in reforms_in(pack.folder)),
            key=lambda reform: (reform.effective, reform.key),
        ):
            tables, _ = apply(tables, city.scheme, reform)
        return cls.from_tables(city, tables, Shapes.of(packs), settled)

    @classmethod
    def from_tables(cls, city: City, tables: Tables, shapes: Shapes, settled: dt.date = BEGINNING) -> "Territory":
        """The territory of tables that are already closed and reformed; `settled` is the day undated shapes show."""
        versions = _grouped((version.id, version) for version in tables.places)
        return cls(
            city=city,
            tables=tables,
            shapes=shapes.for_tables(tables, settled),
            _days=_days_of_change(tables),
            _versions=versions,
            _codes=_code_book(tables, city.scheme),
            _became=_grouped((line.from_id, line) for line in tables.lineage),
            _came_from=_grouped((line.to_id, line) for line in tables.lineage),
        )

    def snapshot(self, on: dt.date, tree: str = OFFICIAL) -> Snapshot:
        """The tree as it stands on a day; the same object for every day between two changes."""
        at = bisect_right(self._days, on)
        since = self._days[at - 1] if at else dt.date.min
        if (since, tree) not in self._snapshots:
            if len(self._snapshots) >= SNAPSHOTS_KEPT:
                self._snapshots.pop(next(iter(self._snapshots)))
            until = self._days[at] if at < len(self._days) else None
            self._snapshots[since, tree] = self._compile(since, until, tree)
        return self._snapshots[since, tree]

    def version(self, place: int, on: dt.date) -> PlaceVersion | None:
        """The place as it was on a day; None where it did not exist."""
        return next((version for version in self._versions.get(place, ()) if version.holds(on)), None)

    def versions(self, place: int) -> tuple[PlaceVersion, ...]:
        """Every version of a place, oldest first."""
        return self._versions.get(place, ())

    def resolve(self, place: int, on: dt.date) -> tuple[int, ...]:
        """The places it lives on as on a day: itself while it exists, else its heirs, or before its day its forebears.

        Ordered by weight, the largest share first. A place of which nothing is known but that it ended, or began, is
        answered by its parent. Empty on days before anything is known; raises UnknownPlaceError for an id nobody had.
        """
        if place not in self._versions:
            raise UnknownPlaceError(place, on)
        shares: dict[int, float] = {}
        self._spread(place, on, 1.0, shares, frozenset())
        return tuple(sorted(shares, key=lambda heir: (-shares[heir], heir))) or self._by_parent(place, on)

    def _by_parent(self, place: int, on: dt.date) -> tuple[int, ...]:
        versions = self._versions[place]
        parent = (versions[0] if on < versions[0].from_ else versions[-1]).parent
        return self.resolve(parent, on) if parent is not None and parent in self._versions else ()

    def by_code(self, scheme: str, code: str, on: dt.date) -> int:
        """Id of the place that carries a code of a scheme on a day; raises UnknownPlaceError."""
        for from_, until, place in self._codes.get((scheme, code), ()):
            if from_ <= on and (until is None or on < until):
                return place
        raise UnknownPlaceError(f"with {scheme} code '{code}'", on)

    def find(self, code: str, on: dt.date) -> int:
        """Id of the place that carries a code of the city's own scheme on a day; raises UnknownPlaceError."""
        return self.by_code(self.city.scheme, code, on)

    def named(self, asked: str, on: dt.date) -> tuple[int, ...]:
        """Places that carry a code of any scheme, a name, or an id on a day; codes come before names."""
        coded = {
            place
            for (_, code), lines in self._codes.items()
            if code == asked
            for from_, until, place in lines
            if from_ <= on and (until is None or on < until)
        }
        if coded:
            return tuple(sorted(coded))
        called = {it.id for it in self.tables.places if it.name == asked and it.holds(on)}
        called |= {it.id for it in self.tables.names if it.text == asked and self.version(it.id, on)}
        if not called and asked.isdecimal() and self.version(int(asked), on):
            return (int(asked),)
        return tuple(sorted(called))

    def label(self, place: int, on: dt.date) -> str:
        """The place's name with that of its parent before it."""
        version = self.version(place, on)
        if version is None:
            return str(place)
        above = self.version(version.parent, on) if version.parent is not None else None
        return f"{above.name} {version.name}" if above else version.name

    @property
    def last_change(self) -> dt.date:
        """The latest day on which anything is known to change."""
        return self._days[-1] if self._days else dt.date.min

    def _spread(self, place: int, on: dt.date, weight: float, shares: dict[int, float], seen: frozenset[int]) -> None:
        """Add the place's weight to whatever it is on that day, along the lineage in the direction of time."""
        if place in seen:
            return
        if self.version(place, on) is not None:
            shares[place] = shares.get(place, 0.0) + weight
            return
        ended = self._versions[place][0].from_ <= on
        lines = self._became.get(place, ()) if ended else self._came_from.get(place, ())
        for line in lines:
            if line.from_id != line.to_id and (line.on <= on) == ended:
                other = line.to_id if ended else line.from_id
                self._spread(other, on, weight * line.weight, shares, seen | {place})

    def _compile(self, since: dt.date, until: dt.date | None, tree: str) -> Snapshot:
        names = {
            (name.id, name.lang): name.text
            for kind in SHOWN
            for name in self.tables.names
            if name.kind == kind and name.holds(since)
        }
        return compile_snapshot(
            self._nodes(since, tree),
            tree=tree,
            since=since,
            until=until,
            cell_level=self.city.cell_level,
            names=names,
            shapes=self.shapes,
        )

    def _nodes(self, on: dt.date, tree: str) -> list[Node]:
        """Places of a tree on a day. A place below the first level without a parent belongs to other trees only."""
        edges = {} if tree == OFFICIAL else self._edges(on, tree)
        nodes = []
        for version in self.tables.places:
            if not version.holds(on):
                continue
            parent = edges.get(version.id, version.parent)
            if parent is not None or version.level == ROOT_LEVEL:
                nodes.append(Node(version.id, parent, version.level, version.name, version.code, version.type))
        return nodes

    def _edges(self, on: dt.date, tree: str) -> dict[int, int | None]:
        if tree not in self.city.trees:
            raise UnknownPlaceError(f"in a tree named '{tree}' (trees: {', '.join(self.city.trees)})", on, tree)
        return {edge.child: edge.parent for edge in self.tables.edges if edge.tree == tree and edge.holds(on)}


def _grouped(pairs: Iterable[tuple[int, R]]) -> dict[int, tuple[R, ...]]:
    groups: dict[int, list[R]] = {}
    for key, record in pairs:
        groups.setdefault(key, []).append(record)
    return {key: tuple(records) for key, records in groups.items()}


def _days_of_change(tables: Tables) -> tuple[dt.date, ...]:
    """Every first day and every day after a last one."""
    dated: tuple[PlaceVersion | Edge, ...] = (*tables.places, *tables.edges)
    days = {record.from_ for record in dated} | {record.until for record in dated if record.until is not None}
    days |= {line.on for line in tables.lineage}
    days |= {name.from_ for name in tables.names if name.kind in SHOWN}
    return tuple(sorted(days))


def _code_book(tables: Tables, scheme: str) -> dict[tuple[str, str], tuple[tuple[dt.date, dt.date | None, int], ...]]:
    book: dict[tuple[str, str], list[tuple[dt.date, dt.date | None, int]]] = {}
    for version in tables.places:
        if version.code:
            book.setdefault((scheme, version.code), []).append((version.from_, version.until, version.id))
    for line in tables.codes:
        book.setdefault((line.scheme, line.code), []).append((line.from_, line.until, line.id))
    return {key: tuple(sorted(lines, key=lambda line: (line[0], line[2]))) for key, lines in book.items()}
