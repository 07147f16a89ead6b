"""What a reform does to a territory: previewed, applied, and taken back line by line."""

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from shancheng.ground.territory.draft import Draft
from shancheng.ground.territory.errors import ReformError, TerritoryError
from shancheng.ground.territory.records import Edge, Lineage, PlaceCode, PlaceName, PlaceVersion
from shancheng.ground.territory.reform import Reform
from shancheng.ground.territory.tables import Tables

if TYPE_CHECKING:
    from shancheng.ground.territory.territory import Territory

TABLE_NAMES = ("places", "codes", "names", "edges", "lineage")


class Rows(msgspec.Struct, frozen=True, omit_defaults=True):
    """Rows of the five tables."""

    places: tuple[PlaceVersion, ...] = ()
    codes: tuple[PlaceCode, ...] = ()
    names: tuple[PlaceName, ...] = ()
    edges: tuple[Edge, ...] = ()
    lineage: tuple[Lineage, ...] = ()


class Amendment(msgspec.Struct, frozen=True):
    """The rows a reform takes out and puts in; enough to take it back."""

    reform: str
    removed: Rows
    added: Rows


class PlaceLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """A place in a preview."""

    id: int
    name: str
    code: str = ""
    was: str = ""
    """Name of the former parent, the former name or the former code."""
    now: str = ""


class Preview(msgspec.Struct, frozen=True):
    """What a reform would do, for people to read before it is applied."""

    reform: str
    effective: str
    created: tuple[PlaceLine, ...]
    abolished: tuple[PlaceLine, ...]
    moved: tuple[PlaceLine, ...]
    renamed: tuple[PlaceLine, ...]
    recoded: tuple[PlaceLine, ...]
    counts: dict[str, dict[str, int]]
    """Children by kind after the reform, of every parent that gains or loses one."""
    levels: dict[str, int]
    """Places at each level of the official tree after the reform."""
    conflicts: tuple[str, ...]


def preview(territory: "Territory", reform: Reform) -> Preview:
    """What the reform would do to this territory, its conflicts included; nothing is changed."""
    draft = _drafted(territory.tables, territory.city.scheme, reform)
    before, after = draft.before, {place: it for place, it in draft.now.items() if place not in draft.ended}
    both = sorted(before.keys() & after.keys())
    parents = {it.parent for place in both if before[place].parent != after[place].parent for it in _pair(draft, place)}
    return Preview(
        reform=reform.key,
        effective=reform.effective.isoformat(),
        created=tuple(_line(after[place]) for place in sorted(after.keys() - before.keys())),
        abolished=tuple(_line(before[place]) for place in sorted(draft.ended & before.keys())),
        moved=tuple(_change(draft, place, "parent") for place in both if before[place].parent != after[place].parent),
        renamed=tuple(_change(draft, place, "name") for place in both if before[place].name != after[place].name),
        recoded=tuple(_change(draft, place, "code") for place in both if before[place].code != after[place].code),
        counts=_counts(after, parents),
        levels=_levels(after),
        conflicts=tuple(draft.conflicts),
    )


def apply(tables: Tables, scheme: str, reform: Reform) -> tuple[Tables, Amendment]:
    """The tables with the reform in them, and how to take it back; raises ReformError with every conflict."""
    draft = _drafted(tables, scheme, reform)
    if draft.conflicts:
        raise ReformError(reform.key, draft.conflicts)
    before, after = tables.ordered(), draft.result()
    return after, Amendment(reform.key, removed=_without(before, after), added=_without(after, before))


def undo(tables: Tables, amendment: Amendment) -> Tables:
    """The tables as they were before the amendment; raises TerritoryError when rows it added are no longer there."""
    found = {}
    for name in TABLE_NAMES:
        added = set(getattr(amendment.added, name))
        rows = getattr(tables, name)
        if missing := added.difference(rows):
            raise TerritoryError(
                f"Reform {amendment.reform} cannot be taken back: {len(missing)} of its rows in {name} changed since. "
                "Take back the later reforms first."
            )
        found[name] = (*(row for row in rows if row not in added), *getattr(amendment.removed, name))
    return Tables(**found).ordered()


def _drafted(tables: Tables, scheme: str, reform: Reform) -> Draft:
    draft = Draft(tables, scheme, reform)
    draft.carry_out()
    return draft


def _without(tables: Tables, others: Tables) -> Rows:
    kept: dict[str, Any] = {}
    for name in TABLE_NAMES:
        other = set(getattr(others, name))
        kept[name] = tuple(row for row in getattr(tables, name) if row not in other)
    return Rows(**kept)


def _pair(draft: Draft, place: int) -> tuple[PlaceVersion, PlaceVersion]:
    return draft.before[place], draft.now[place]


def _line(version: PlaceVersion, was: str = "", now: str = "") -> PlaceLine:
    return PlaceLine(version.id, version.name, version.code, was, now)


def _change(draft: Draft, place: int, field: str) -> PlaceLine:
    earlier, later = _pair(draft, place)
    if field != "parent":
        return _line(later, getattr(earlier, field), getattr(later, field))
    names = [draft.now[it.parent].name if it.parent in draft.now else "" for it in (earlier, later)]
    return _line(later, *names)


def _counts(after: dict[int, PlaceVersion], parents: Iterable[int | None]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for parent in sorted(place for place in parents if place in after):
        kinds = Counter(version.type or "place" for version in after.values() if version.parent == parent)
        counts[after[parent].name] = dict(sorted(kinds.items()))
    return counts


def _levels(after: dict[int, PlaceVersion]) -> dict[str, int]:
    official = [version for version in after.values() if version.parent is not None or version.level == 1]
    return {str(level): count for level, count in sorted(Counter(version.level for version in official).items())}
