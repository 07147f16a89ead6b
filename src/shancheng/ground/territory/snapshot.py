"""The places of one tree as they stand on a day, compiled to arrays in depth-first order."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shancheng.ground.territory.errors import UnknownPlaceError
from shancheng.ground.territory.shapes import Shapes
from shancheng.methods.coverage import Coverage

NOWHERE = -1


@dataclass(frozen=True)
class Node:
    """One place on its way into a snapshot."""

    id: int
    parent: int | None
    level: int
    name: str
    code: str
    type: str


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Immutable arrays over n places; position i is the place's rank in depth-first order.

    `left[i] == i` and `right[i]` is the position of its last descendant, so `x` lies under `p` when
    `left[p] <= left[x] <= right[p]`. `ancestor[level][i]` is the position of the ancestor of i at that level
    (i itself at its own level), or -1 where it has none. `parent[i]` is a position, -1 for a root.
    """

    tree: str
    since: dt.date
    """First day this snapshot holds for."""
    until: dt.date | None
    """First day it no longer does; None while nothing later is known."""
    ids: NDArray[np.int64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    parent: NDArray[np.int32]
    level: NDArray[np.int8]
    ancestor: NDArray[np.int32]
    cell_level: int
    nodes: tuple[Node, ...]
    names: Mapping[tuple[int, str], str]
    """Official names in other languages, by (place, language)."""
    shapes: Shapes
    _position: dict[int, int] = field(repr=False)
    _cell: dict[int, int] = field(repr=False)
    _coverages: dict[int, tuple[int, Coverage]] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.nodes)

    def __contains__(self, place: object) -> bool:
        return place in self._position

    @property
    def last_day(self) -> dt.date:
        """Last day this snapshot holds for, as far as is known."""
        return self.until - dt.timedelta(days=1) if self.until else dt.date.max

    def index(self, place: int) -> int:
        """Position of a place; raises UnknownPlaceError where it is not in this snapshot."""
        try:
            return self._position[place]
        except KeyError:
            raise UnknownPlaceError(place, self.since, self.tree) from None

    def cell(self, place: int) -> int:
        """The place boards count it under: its ancestor at the cell level, or itself when it stands above that."""
        try:
            return self._cell[place]
        except KeyError:
            raise UnknownPlaceError(place, self.since, self.tree) from None

    def left_right(self, place: int) -> tuple[int, int]:
        """First and last position of the place's subtree; both ends belong to it."""
        position = self.index(place)
        return position, self._right[position]

    def node(self, place: int) -> Node:
        """The place's facts on this day."""
        return self.nodes[self.index(place)]

    def name(self, place: int, lang: str = "zh") -> str:
        """Its name in a language, or its own name where it has none in that language."""
        return self.names.get((place, lang)) or self.node(place).name

    def parent_of(self, place: int) -> int | None:
        """Id of its parent; None for a root."""
        return self.node(place).parent

    def chain(self, place: int) -> tuple[int, ...]:
        """Ids from the root down to the place."""
        found = [place]
        above = self.node(place).parent
        while above is not None:
            found.append(above)
            above = self.node(above).parent
        return tuple(reversed(found))

    def centre(self, place: int, level: int) -> int:
        """The ancestor that keeps the centre of a level: the deepest one at that level or above it."""
        at = place
        while self.node(at).level > level:
            above = self.node(at).parent
            if above is None:
                return at
            at = above
        return at

    def children(self, place: int) -> tuple[int, ...]:
        """Ids of its children, in order."""
        return self._children.get(self.index(place), ())

    def subtree(self, place: int) -> NDArray[np.int64]:
        """Ids of the place and everything under it, in order."""
        first, last = self.left_right(place)
        return self.ids[first : last + 1]

    def at_level(self, level: int) -> NDArray[np.int64]:
        """Ids of the places at a level, in order."""
        return self.ids[self._at_level(level)]

    def roll_up(self, values: ArrayLike, level: int) -> NDArray[np.float64]:
        """Sums of `values[n]` (one per position) under each place of a level, in the order of `at_level(level)`."""
        under = self._row(level)
        reached = under >= 0
        weights = np.asarray(values, np.float64)[reached]
        sums = np.bincount(under[reached], weights=weights, minlength=len(self)).astype(np.float64, copy=False)
        return sums[self._at_level(level)]

    def tally(self, places: ArrayLike, level: int) -> NDArray[np.int64]:
        """How many of `places` (ids, any length) lie under each place of a level, in the order of `at_level(level)`."""
        return self.tally_positions(self.positions(places), level)

    def tally_positions(self, positions: NDArray[np.integer], level: int) -> NDArray[np.int64]:
        """As `tally`, for rows that already carry their place's position (its `left`)."""
        here = np.bincount(positions, minlength=len(self))
        return np.rint(self.roll_up(here, level)).astype(np.int64)

    def positions(self, places: ArrayLike) -> NDArray[np.int64]:
        """Positions of many places at once; raises UnknownPlaceError for the first that is not here."""
        wanted = np.asarray(places, np.int64)
        order, ranked = self._ranked
        slot = np.minimum(np.searchsorted(ranked, wanted), len(ranked) - 1)
        if (strange := ranked[slot] != wanted).any():
            raise UnknownPlaceError(int(wanted[strange][0]), self.since, self.tree)
        return order[slot]

    def locate(self, lon: float, lat: float, level: int) -> int:
        """Id of the place of a level that holds a WGS-84 point; 0 outside. On a shared border the lowest id wins."""
        found_at, coverage = self._coverage(level)
        found = coverage.locate(lon, lat)
        if found_at == level or not found:
            return found
        above = int(self._row(level)[self.index(found)])
        return int(self.ids[above]) if above >= 0 else 0

    def locate_many(self, xy: ArrayLike, level: int) -> NDArray[np.int64]:
        """Ids for WGS-84 points `xy[m, 2]` (longitude, latitude), by the same rule as `locate`."""
        found_at, coverage = self._coverage(level)
        found = coverage.locate_many(np.asarray(xy, float))
        if found_at == level:
            return found
        inside = found > 0
        above = self._row(level)[self.positions(found[inside])]
        found[inside] = np.where(above >= 0, self.ids[above], 0)
        return found

    @cached_property
    def etag(self) -> str:
        """A short hash of everything a client can see in this snapshot."""
        digest = hashlib.blake2b(self.tree.encode(), digest_size=12)
        digest.update(self.ids.tobytes() + self.parent.tobytes() + self.level.tobytes())
        digest.update("\n".join(f"{node.name}\t{node.code}\t{node.type}" for node in self.nodes).encode())
        digest.update("\n".join(f"{key}\t{text}" for key, text in sorted(self.names.items())).encode())
        return digest.hexdigest()

    @cached_property
    def _right(self) -> list[int]:
        return [int(last) for last in self.right]

    @cached_property
    def _children(self) -> dict[int, tuple[int, ...]]:
        grouped: dict[int, list[int]] = {}
        for node in self.nodes:
            if node.parent is not None:
                grouped.setdefault(self._position[node.parent], []).append(node.id)
        return {position: tuple(ids) for position, ids in grouped.items()}

    @cached_property
    def _ranked(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        order = np.argsort(self.ids)
        return order, self.ids[order]

    def _row(self, level: int) -> NDArray[np.int32]:
        if 0 <= level < len(self.ancestor):
            row: NDArray[np.int32] = self.ancestor[level]
            return row
        return np.full(len(self), NOWHERE, np.int32)

    def _at_level(self, level: int) -> NDArray[np.int64]:
        return np.flatnonzero(self.level == level)

    def _coverage(self, level: int) -> tuple[int, Coverage]:
        """The coverage that answers for a level: its own polygons when all are known, else the next level's below."""
        if level not in self._coverages:
            self._coverages[level] = self._choose_coverage(level)
        return self._coverages[level]

    def _choose_coverage(self, level: int) -> tuple[int, Coverage]:
        deeper = [at for at in self.shapes.levels if at >= level]
        for at in deeper:
            ids = self.at_level(at)
            known, shapes = self.shapes.on(at, ids, self.last_day)
            if len(ids) and len(known) == len(ids):
                return at, Coverage(known, shapes)
        known, shapes = self.shapes.on(level, self.at_level(level), self.last_day)
        return level, Coverage(known, shapes)


def compile_snapshot(
    nodes: Sequence[Node],
    *,
    tree: str,
    since: dt.date,
    until: dt.date | None,
    cell_level: int,
    names: Mapping[tuple[int, str], str],
    shapes: Shapes,
) -> Snapshot:
    """Arrays from nodes; nodes that no root reaches are left out, siblings stand in order of code, then id."""
    ordered, parents, right = _depth_first(nodes)
    position = {node.id: at for at, node in enumerate(ordered)}
    levels = np.array([node.level for node in ordered], np.int8)
    parent = np.array(parents, np.int32)
    cells = _cells(ordered, parents, cell_level)
    return Snapshot(
        tree=tree,
        since=since,
        until=until,
        ids=np.array([node.id for node in ordered], np.int64),
        left=np.arange(len(ordered), dtype=np.int32),
        right=np.array(right, np.int32),
        parent=parent,
        level=levels,
        ancestor=_ancestors(parent, levels),
        cell_level=cell_level,
        nodes=tuple(ordered),
        names=names,
        shapes=shapes,
        _position=position,
        _cell={node.id: ordered[cell].id for node, cell in zip(ordered, cells, strict=True)},
    )


def _depth_first(nodes: Sequence[Node]) -> tuple[list[Node], list[int], list[int]]:
    """Nodes in depth-first order, with the position of each one's parent and last descendant."""
    children: dict[int | None, list[Node]] = {}
    for node in sorted(nodes, key=lambda node: (node.code, node.id), reverse=True):
        children.setdefault(node.parent, []).append(node)
    waiting = [(node, NOWHERE) for node in children.get(None, ())]
    ordered: list[Node] = []
    parents: list[int] = []
    while waiting:
        node, above = waiting.pop()
        at = len(ordered)
        ordered.append(node)
        parents.append(above)
        waiting.extend((child, at) for child in children.get(node.id, ()))
    right = list(range(len(ordered)))
    for at in range(len(ordered) - 1, 0, -1):
        if (above := parents[at]) >= 0:
            right[above] = max(right[above], right[at])
    return ordered, parents, right


def _ancestors(parent: NDArray[np.int32], level: NDArray[np.int8]) -> NDArray[np.int32]:
    """`ancestor[level][i]`: depth-first order puts a parent's column before its children's."""
    count = len(parent)
    table = np.full((int(level.max(initial=0)) + 1, count), NOWHERE, np.int32)
    for depth in np.unique(level):
        table[depth][level == depth] = np.flatnonzero(level == depth)
    for at in range(count):
        if (above := parent[at]) >= 0:
            table[: level[at], at] = table[: level[at], above]
    return table


def _cells(ordered: Sequence[Node], parents: Sequence[int], cell_level: int) -> list[int]:
    """Position of the cell of each node: itself down to the cell level, its parent's cell below it."""
    cells = list(range(len(ordered)))
    for at, node in enumerate(ordered):
        if node.level > cell_level and parents[at] >= 0:
            cells[at] = cells[parents[at]]
    return cells
