"""A tree of places of one day, as far as comparing needs it."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from shancheng.ground.pack.comparing.names import plain_name, stem
from shancheng.ground.pack.table import first_day, version_on


@dataclass(frozen=True)
class Spot:
    """One place on that day."""

    id: int
    level: int
    parent: int
    """0 for the root."""
    name: str
    code: str
    plain: str
    stem: str


@dataclass(frozen=True)
class Tree:
    """Places by id, and shapes of those that have one."""

    spots: Mapping[int, Spot]
    shapes: Mapping[int, Any] = field(default_factory=dict)
    """Shapely geometry in one coordinate system by place id; places without one are compared by name and code only."""


def spot(place: int, level: int, parent: int | None, name: str, code: str) -> Spot:
    """A place with its name made ready for comparing."""
    return Spot(place, level, parent or 0, name, code, plain_name(name), stem(name))


def tree_of(places: Iterable[Any], on: dt.date | None = None, shapes: Mapping[int, Any] | None = None) -> Tree:
    """The tree that dated versions of places make on a day; without a day, of what has not ended.

    A version has id, level, parent, name and code, `from_` and `until`.
    """
    versions: dict[int, list[Any]] = {}
    for version in places:
        versions.setdefault(version.id, []).append(version)
    found = {}
    for place, own in versions.items():
        held = _version(sorted(own, key=first_day), on)
        if held is not None:
            found[place] = spot(place, held.level, held.parent, held.name, held.code)
    return Tree(found, shapes or {})


def _version(versions: Sequence[msgspec.Struct], on: dt.date | None) -> Any:
    if on is not None:
        return version_on(versions, on)
    return None if getattr(versions[-1], "until", None) else versions[-1]
