"""What `city.toml` holds: the frame that the other tables of a pack stand in."""

import re
import zoneinfo
from collections.abc import Iterator
from functools import cache
from typing import Literal

import msgspec

from shancheng.ground.pack.fault import Fault, nearest

Datum = Literal["wgs84", "gcj02", "bd09"]


class Level(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One level of the official tree, 1 being the city itself."""

    level: int
    key: str
    name: dict[str, str]
    code_pattern: str = ""
    """Regular expression that a whole code of this level matches; empty for any."""
    optional: bool = False
    """A place below may hang directly on the level above."""


class Layer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of shapes and the level they belong to."""

    file: str
    level: int
    id: str = "id"
    """Column that holds the place id."""
    datum: Datum | Literal[""] = ""
    """Datum of this file where it differs from the city's."""
    crs: str = ""
    """Coordinate reference system, where the file does not say it itself: `EPSG:3435`."""


class City(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The frame of a pack; a pack without places of its own needs only key, name and needs."""

    key: str
    name: dict[str, str]
    needs: tuple[str, ...] = ()
    """Packs this one is laid over; they are read first."""
    languages: tuple[str, ...] = ()
    time_zone: str = "UTC"
    datum: Datum = "wgs84"
    centre: tuple[float, float] | None = None
    """Longitude and latitude in degrees: the middle of the local equal-area projection."""
    scheme: str = ""
    """The code scheme that other tables use to name places."""
    levels: tuple[Level, ...] = ()
    cell_level: int = 3
    centre_levels: tuple[int, ...] = (1, 2, 3)
    trees: tuple[str, ...] = ("official",)
    licences: dict[str, str] = {}
    """Licence by table or layer name."""
    geometry: tuple[Layer, ...] = ()
    source: str = ""

    def level(self, number: int) -> Level | None:
        """The level with this number, or none."""
        return next((level for level in self.levels if level.level == number), None)


def without_broken_patterns(city: City) -> City:
    """The city, any code allowed where the pattern of a level cannot be read; `city_faults` names those."""
    levels = [
        level if _reads(level.code_pattern) else msgspec.structs.replace(level, code_pattern="")
        for level in city.levels
    ]
    return msgspec.structs.replace(city, levels=tuple(levels))


def _reads(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


@cache
def time_zones() -> frozenset[str]:
    """Every time zone this machine knows."""
    return frozenset(zoneinfo.available_timezones())


def city_faults(city: City, file: str) -> Iterator[Fault]:
    """What contradicts itself within one `city.toml`."""
    if city.time_zone not in time_zones():
        message = f"there is no time zone named '{city.time_zone}'; use an IANA name."
        near = nearest(city.time_zone, time_zones())
        yield Fault(code="unknown-name", file=file, field="time_zone", message=message, nearest=near)
    if city.centre and not (-180 <= city.centre[0] <= 180 and -90 <= city.centre[1] <= 90):
        message = "the centre is longitude, then latitude, in degrees."
        yield Fault(code="wrong-value", file=file, field="centre", message=message)
    yield from _level_faults(city, file)


def _level_faults(city: City, file: str) -> Iterator[Fault]:
    numbers = [level.level for level in city.levels]
    if numbers != list(range(1, len(numbers) + 1)):
        message = f"levels are numbered 1, 2, 3 and so on from the city down, not {numbers}."
        yield Fault(code="wrong-value", file=file, field="levels", message=message)
    for level in city.levels:
        try:
            re.compile(level.code_pattern)
        except re.error as error:
            message = f"the code pattern '{level.code_pattern}' cannot be read: {error}."
            yield Fault(code="wrong-value", file=file, record=level.key, field="code_pattern", message=message)
    if not numbers:
        return
    named = [("cell_level", city.cell_level), *(("centre_levels", number) for number in city.centre_levels)]
    named += [("geometry", layer.level) for layer in city.geometry]
    for field, number in named:
        if number not in numbers:
            message = f"level {number} is not one of the levels {numbers}."
            yield Fault(code="unknown-level", file=file, field=field, message=message)
