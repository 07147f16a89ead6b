"""The shapes of a territory by level and day; a file is read when its level is first asked for."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from shancheng.ground.pack import Packs
from shancheng.ground.territory.geometry import ShapeFile, ShapeTable, read_shapes, shape_files
from shancheng.ground.territory.records import BEGINNING, PlaceVersion
from shancheng.ground.territory.tables import Tables

Codes = Mapping[str, int]
Moves = Mapping[int, tuple[dt.date, ...]]


@dataclass(frozen=True, eq=False)
class Shapes:
    """Where the shapes of each level lie, and which of them no longer fit after a reform."""

    files: tuple[ShapeFile, ...] = ()
    codes: Codes = field(default_factory=dict, repr=False)
    """Place ids by code, for files that name places by code."""
    moved: Moves = field(default_factory=dict, repr=False)
    """Days on which places came under or left a place: its older shape is void from then on."""
    settled: dt.date = BEGINNING
    """Last day the packs' own tables change; a shape without a first day shows the places as they are then."""
    _read: dict[ShapeFile, ShapeTable] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, packs: Packs) -> "Shapes":
        """The shape files of packs; a later pack's file of a level replaces an earlier one's."""
        by_level: dict[int, tuple[ShapeFile, ...]] = {}
        for pack in packs.packs:
            files = shape_files(pack, packs.city.levels)
            for level in {file.layer.level for file in files}:
                by_level[level] = tuple(file for file in files if file.layer.level == level)
        return cls(tuple(file for level in sorted(by_level) for file in by_level[level]))

    def for_tables(self, tables: Tables, settled: dt.date) -> "Shapes":
        """The same files, with the codes and moves of these tables."""
        codes = {version.code: version.id for version in tables.places if version.code}
        return replace(self, codes=codes, moved=_moves(tables.places), settled=settled)

    @property
    def levels(self) -> tuple[int, ...]:
        """Levels that have a file, topmost first."""
        return tuple(sorted({file.layer.level for file in self.files}))

    def table(self, file: ShapeFile) -> ShapeTable:
        """A file's content, read once."""
        if file not in self._read:
            self._read[file] = read_shapes(file)
        return self._read[file]

    def on(self, level: int, places: NDArray[np.int64], day: dt.date) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
        """Ids `[k]` and WGS-84 shapes `[k]` of those of `places` whose shape of this level holds on a day."""
        wanted = {int(place) for place in places}
        found = {
            place: shape
            for file in self.files
            if file.layer.level == level
            for place, shape in self._holding(self.table(file), day)
            if place in wanted
        }
        shapes = np.empty(len(found), object)
        shapes[:] = list(found.values())
        return np.array(list(found), np.int64), shapes

    def _holding(self, table: ShapeTable, day: dt.date) -> list[tuple[int, object]]:
        rows = zip(table.keys, table.shapes, table.from_, table.until, strict=True)
        return [
            (place, shape)
            for key, shape, since, until in rows
            if (place := self.place_of(key)) and shape is not None and self._fits(place, since, until, day)
        ]

    def place_of(self, key: int | str) -> int:
        """The place a row of a file speaks of: by id, or by code; 0 for none."""
        return key if isinstance(key, int) else self.codes.get(key, int(key) if key.isdecimal() else 0)

    def _fits(self, place: int, since: dt.date | None, until: dt.date | None, day: dt.date) -> bool:
        """Whether a shape holds on a day: within its dates, and no place moved in or out between then and now."""
        first = since or self.settled
        if (since and day < since) or (until and day >= until):
            return False
        return not any(first < moved <= day for moved in self.moved.get(place, ()))


def _moves(versions: tuple[PlaceVersion, ...]) -> dict[int, tuple[dt.date, ...]]:
    """Days on which a place gained or lost a child by transfer: the child's parent differs between two versions."""
    days: dict[int, set[dt.date]] = {}
    for earlier, later in pairwise(versions):
        if earlier.id == later.id and earlier.parent != later.parent:
            for parent in (earlier.parent, later.parent):
                if parent is not None:
                    days.setdefault(parent, set()).add(later.from_)
    return {place: tuple(sorted(found)) for place, found in days.items()}
