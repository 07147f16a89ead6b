"""Where a row is: by point, by code or by name, in the order its map gives."""

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec
import numpy as np

from shancheng.doors.feeds.mapping.records import PlaceOf
from shancheng.doors.feeds.walk.cells import Cells
from shancheng.doors.feeds.walk.unfit import Unfit
from shancheng.ground.datum import to_wgs84
from shancheng.ground.territory import UnknownPlaceError
from shancheng.loop.rules import Rules

Located = Literal["point", "picked"]


class Spot(msgspec.Struct, frozen=True):
    """A place and how it was found."""

    place: int
    point: tuple[float, float] | None
    located: Located


class Found(msgspec.Struct, frozen=True):
    """What the points of a chunk say, row by row."""

    points: Sequence[tuple[float, float] | None]
    """WGS-84; None where the cells are empty or no point on earth."""
    places: Sequence[int]
    """0 outside the city."""


class Whereabouts:
    """Finds the places of rows in the city as it stands."""

    def __init__(self, mapping: PlaceOf, rules: Rules) -> None:
        self._mapping = mapping
        self._rules = rules
        self._datum = mapping.datum or rules.territory.city.datum
        self._scheme = mapping.scheme or rules.territory.city.scheme
        self._level = mapping.level or max(rules.places.shapes.levels, default=1)
        self._names = self._by_name() if mapping.name else {}
        self._ways: dict[str, Callable[[Cells, int, Found, int], int]] = {
            "point": self._by_point,
            "code": self._by_code,
            "name": self._by_word,
        }

    def look(self, cells: Cells) -> Found:
        """Locate every point of a chunk at once."""
        mapping = self._mapping
        if not (mapping.lon and mapping.lat):
            return Found((None,) * len(cells), (0,) * len(cells))
        pairs = zip(cells.words(mapping.lon), cells.words(mapping.lat), strict=True)
        given = [_point(lon, lat) for lon, lat in pairs]
        at = [row for row, point in enumerate(given) if point]
        places = [0] * len(given)
        if at:
            lon, lat = np.array([given[row] for row in at], float).T
            lon, lat = to_wgs84(lon, lat, self._datum)
            found = self._rules.places.locate_many(np.column_stack((lon, lat)), self._level)
            for row, east, north, place in zip(at, lon.tolist(), lat.tolist(), found.tolist(), strict=True):
                given[row], places[row] = (round(east, 7), round(north, 7)), place
        return Found(given, places)

    def spot(self, cells: Cells, row: int, found: Found, at: int) -> Spot:
        """The place of one row at an instant. Raises the first way's Unfit that had something to go by."""
        problem: Unfit | None = None
        for way in self._mapping.ways:
            try:
                place = self._ways[way](cells, row, found, at)
            except Unfit as unfit:
                problem = problem or unfit
                continue
            if place:
                return Spot(place, found.points[row], "point" if way == "point" else "picked")
        raise problem or Unfit(
            "missing-place", "The row names no place: its columns of point, code and name are empty."
        )

    def _by_point(self, cells: Cells, row: int, found: Found, at: int) -> int:
        lon, lat = (cells.word(column, row) for column in (self._mapping.lon, self._mapping.lat))
        if not lon and not lat:
            return 0
        value, column = f"{lon} {lat}", self._mapping.lon
        if found.points[row] is None:
            reason = "Longitude and latitude are not a point on earth, in degrees; are the columns swapped?"
            raise Unfit("no-point", reason, column=column, value=value)
        if not found.places[row]:
            reason = "The point lies outside the city; check it, or the datum of the map."
            raise Unfit("outside-city", reason, column=column, value=value)
        return found.places[row]

    def _by_code(self, cells: Cells, row: int, found: Found, at: int) -> int:
        code = cells.word(self._mapping.code, row)
        if not code:
            return 0
        wanted = code.zfill(self._mapping.digits)
        for day in (self._rules.day(at), self._rules.places.last_day, self._rules.places.since):
            try:
                place = self._rules.territory.by_code(self._scheme, wanted, day)
            except UnknownPlaceError:
                continue
            if here := self._rules.where(place, at):
                return here
        reason = f"The city has no place with code '{wanted}' of scheme '{self._scheme}'."
        raise Unfit("unknown-place", reason, column=self._mapping.code, value=code)

    def _by_word(self, cells: Cells, row: int, found: Found, at: int) -> int:
        name = cells.word(self._mapping.name, row)
        if not name:
            return 0
        places = self._names.get(name.casefold(), set())
        if len(places) == 1:
            return next(iter(places))
        what = f"{len(places)} places are" if places else "no place is"
        reason = f"In this city {what} called '{name[:60]}'; name the level in the map, or use codes."
        raise Unfit("unknown-place", reason, column=self._mapping.name, value=name)

    def _by_name(self) -> dict[str, set[int]]:
        names: defaultdict[str, set[int]] = defaultdict(set)
        places, level = self._rules.places, self._mapping.name_level
        for node in places.nodes:
            if level in (0, node.level):
                names[node.name.casefold()].add(node.id)
        for name in self._rules.territory.tables.names:
            if name.id in places and level in (0, places.node(name.id).level):
                names[name.text.casefold()].add(name.id)
        return dict(names)


def _point(lon: str, lat: str) -> tuple[float, float] | None:
    """A point in degrees; 0, 0 is what registers write for unknown."""
    try:
        point = float(lon), float(lat)
    except ValueError:
        return None
    if not (math.isfinite(point[0]) and abs(point[0]) <= 180 and abs(point[1]) <= 90) or point == (0.0, 0.0):
        return None
    return point
