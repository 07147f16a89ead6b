"""A place, or the whole city, told for a reader: where it hangs, what it was, what became of it."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from shancheng.ground.territory.territory import OFFICIAL, Territory


@dataclass(frozen=True)
class VersionLine:
    """One version of a place."""

    since: dt.date
    until: dt.date | None
    name: str
    code: str
    parent: int | None
    source: str


@dataclass(frozen=True)
class PlacePortrait:
    """A place on a day."""

    place: int
    name: str
    code: str
    kind: str
    level: int
    on: dt.date
    chain: tuple[str, ...]
    children: dict[str, int]
    """Number of children by kind."""
    subtree: int
    other_names: tuple[str, ...]
    versions: tuple[VersionLine, ...]
    lives_on_as: tuple[int, ...]

    def __str__(self) -> str:
        lines = [
            f"{self.name} ({self.place}), code {self.code or 'none'}, on {self.on}",
            "  " + " > ".join(self.chain),
            "  children: " + (", ".join(f"{count} {kind}" for kind, count in self.children.items()) or "none"),
        ]
        if self.other_names:
            lines.append("  also: " + ", ".join(self.other_names))
        if self.lives_on_as and self.lives_on_as != (self.place,):
            lines.append("  now: " + ", ".join(map(str, self.lives_on_as)))
        for version in self.versions:
            until = f" until {version.until}" if version.until else ""
            lines.append(f"  from {version.since}{until}: {version.name}, code {version.code} [{version.source}]")
        return "\n".join(lines)


@dataclass(frozen=True)
class CityPortrait:
    """The whole city on a day."""

    city: str
    tree: str
    on: dt.date
    levels: dict[str, int]
    etag: str

    def __str__(self) -> str:
        counts = ", ".join(f"{count:,} {key}" for key, count in self.levels.items())
        return f"{self.city}, {self.tree} tree on {self.on}: {counts}"


def place_portrait(territory: Territory, place: int, on: dt.date, tree: str = OFFICIAL) -> PlacePortrait:
    """The place in a tree on a day; raises UnknownPlaceError where that tree does not hold it."""
    snapshot = territory.snapshot(on, tree)
    node = snapshot.node(place)
    kinds = Counter(snapshot.node(child).type or "place" for child in snapshot.children(place))
    first, last = snapshot.left_right(place)
    others = {name.text for name in territory.tables.names if name.id == place and name.text != node.name}
    return PlacePortrait(
        place=place,
        name=node.name,
        code=node.code,
        kind=node.type,
        level=node.level,
        on=on,
        chain=tuple(snapshot.name(other) for other in snapshot.chain(place)),
        children=dict(sorted(kinds.items())),
        subtree=last - first + 1,
        other_names=tuple(sorted(others)),
        versions=tuple(
            VersionLine(it.from_, it.until, it.name, it.code, it.parent, it.source) for it in territory.versions(place)
        ),
        lives_on_as=territory.resolve(place, territory.last_change),
    )


def city_portrait(territory: Territory, on: dt.date, tree: str = OFFICIAL) -> CityPortrait:
    """How many places each level of a tree has on a day."""
    snapshot = territory.snapshot(on, tree)
    counts = {level.key: len(snapshot.at_level(level.level)) for level in territory.city.levels}
    present = {key: count for key, count in counts.items() if count}
    return CityPortrait(territory.city.key, tree, on, present, snapshot.etag)
