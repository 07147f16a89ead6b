"""What a pack's places and shapes can have wrong with them, each finding with its stable code."""

import contextlib
import datetime as dt
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from shancheng.ground.pack import City, Fault, PackError, Packs
from shancheng.ground.territory.amendment import apply
from shancheng.ground.territory.errors import ReformError
from shancheng.ground.territory.records import Edge, Lineage, PlaceCode, PlaceName, PlaceVersion
from shancheng.ground.territory.reform import reforms_in
from shancheng.ground.territory.shape_checks import shape_faults
from shancheng.ground.territory.tables import close_versions, tables_of

FOREVER = dt.date.max
Versions = Mapping[int, tuple[PlaceVersion, ...]]


def check(packs: Packs) -> Iterator[Fault]:
    """Every finding about the territory; the reader names those of single rows: empty names, dates, damaged codes."""
    rows = packs.table("places", PlaceVersion)
    closed = close_versions(rows)
    versions = {place: tuple(group) for place, group in itertools.groupby(closed, lambda version: version.id)}
    in_other_trees = {edge.child for edge in packs.table("edges", Edge)}
    for index, row in enumerate(rows):
        yield from _placing(packs, index, row, versions, in_other_trees)
        yield from _code_form(packs, index, row)
    yield from _duplicate_codes(packs, closed)
    yield from _unknown_places(packs, versions)
    yield from _reforms(packs)
    yield from shape_faults(packs, closed)


def _placing(
    packs: Packs, index: int, row: PlaceVersion, versions: Versions, in_other_trees: set[int]
) -> Iterator[Fault]:
    """Where a version hangs: an orphan, a cycle or a skipped level."""
    if row.parent is None:
        if row.level > 1 and row.id not in in_other_trees:
            message = f"{row.name} has no parent, and no other tree holds it either."
            yield packs.fault("places", index, "orphan", message, field="parent")
        return
    if gap := _uncovered(row, versions):
        message = f"the parent {row.parent} of {row.name} {gap}."
        yield packs.fault("places", index, "orphan", message, field="parent")
        return
    above = _on(versions, row.parent, row.from_)
    if circle := _circle(row, versions):
        names = " -> ".join(map(str, circle))
        yield packs.fault("places", index, "cycle", f"the places hang under each other: {names}.", field="parent")
    elif above is not None and (skipped := _skipped(packs.city, above.level, row.level)):
        message = f"{row.name} is at level {row.level} and its parent {above.name} at level {above.level}: {skipped}."
        yield packs.fault("places", index, "level-skip", message, field="parent")


def _uncovered(row: PlaceVersion, versions: Versions) -> str:
    """What is missing of the parent during the version's days; nothing when it is there throughout."""
    assert row.parent is not None
    closed = next((version for version in versions[row.id] if version.from_ == row.from_), row)
    day, last = closed.from_, closed.until or FOREVER
    parents = versions.get(row.parent, ())
    if not parents:
        return "does not exist"
    for parent in parents:
        if parent.from_ <= day < (parent.until or FOREVER):
            day = parent.until or FOREVER
    return "" if day >= last else f"is not there on {day}"


def _on(versions: Versions, place: int, day: dt.date) -> PlaceVersion | None:
    return next((version for version in versions.get(place, ()) if version.holds(day)), None)


def _circle(row: PlaceVersion, versions: Versions) -> tuple[int, ...]:
    """The ring of places a version is part of on its first day; empty when the way up ends."""
    way = [row.id]
    above = row.parent
    while above is not None:
        if above == row.id:
            return (*way, above)
        if above in way:
            return ()
        way.append(above)
        version = _on(versions, above, row.from_)
        above = version.parent if version else None
    return ()


def _skipped(city: City, above: int, level: int) -> str:
    if above >= level:
        return "a parent stands above its children"
    left_out = [number for number in range(above + 1, level) if not ((it := city.level(number)) and it.optional)]
    return f"level {left_out[0]} is left out and is not optional" if left_out else ""


def _code_form(packs: Packs, index: int, row: PlaceVersion) -> Iterator[Fault]:
    level = packs.city.level(row.level)
    if level is None:
        numbers = [level.level for level in packs.city.levels]
        yield packs.fault(
            "places", index, "unknown-level", f"level {row.level} is not one of {numbers}.", field="level"
        )
    elif level.code_pattern and row.code and not re.fullmatch(level.code_pattern, row.code):
        message = f"'{row.code}' is no code of a {level.key}: it should match {level.code_pattern}."
        yield packs.fault("places", index, "code-form", message, field="code")


def _duplicate_codes(packs: Packs, closed: Iterable[PlaceVersion]) -> Iterator[Fault]:
    """Two places that carry one code of a scheme on one day."""
    line = {(row.id, row.from_): index for index, row in enumerate(packs.table("places", PlaceVersion))}
    held = [
        ((packs.city.scheme, it.code), it.from_, it.until or FOREVER, it.id, "places", line[it.id, it.from_])
        for it in closed
        if it.code and (it.id, it.from_) in line
    ]
    held += [
        ((it.scheme, it.code), it.from_, it.until or FOREVER, it.id, "codes", index)
        for index, it in enumerate(packs.table("codes", PlaceCode))
    ]
    for _, group in itertools.groupby(sorted(held), lambda it: it[0]):
        latest = None
        for it in group:
            if latest and it[1] < latest[2] and it[3] != latest[3]:
                message = f"code {it[0][1]} is place {latest[3]}'s already on {it[1]}."
                yield packs.fault(it[4], it[5], "duplicate-code", message, field="code")
            latest = it if latest is None or it[2] > latest[2] else latest


def _unknown_places(packs: Packs, versions: Versions) -> Iterator[Fault]:
    """Rows of the other tables that name a place, or a tree, that is not there."""
    known = versions.keys() | _created(packs)
    kinds: tuple[tuple[str, type[msgspec.Struct], tuple[str, ...]], ...] = (
        ("codes", PlaceCode, ("id",)),
        ("names", PlaceName, ("id",)),
        ("edges", Edge, ("child", "parent")),
        ("lineage", Lineage, ("from_id", "to_id")),
    )
    for name, kind, fields in kinds:
        for index, row in enumerate(packs.table(name, kind)):
            for field in fields:
                place = getattr(row, field)
                if place is not None and place not in known:
                    yield packs.fault(name, index, "unknown-name", f"there is no place {place}.", field=field)
    for index, edge in enumerate(packs.table("edges", Edge)):
        if edge.tree not in packs.city.trees:
            message = f"there is no tree named '{edge.tree}'; name it in city.toml, trees."
            yield packs.fault("edges", index, "unknown-name", message, field="tree")


def _created(packs: Packs) -> set[int]:
    """Ids that reforms of the packs create."""
    with contextlib.suppress(PackError):
        return {made.id for pack in packs.packs for reform in reforms_in(pack.folder) for made in reform.create}
    return set()


def _reforms(packs: Packs) -> Iterator[Fault]:
    """Reforms that cannot be read, or do not fit the places they are about."""
    try:
        reforms = [(pack, reform) for pack in packs.packs for reform in reforms_in(pack.folder)]
    except PackError as error:
        yield from error.faults
        return
    tables = tables_of(packs)
    for pack, reform in sorted(reforms, key=lambda it: (it[1].effective, it[1].key)):
        try:
            tables, _ = apply(tables, packs.city.scheme, reform)
        except ReformError as error:
            for conflict in error.conflicts:
                yield Fault(
                    code="reform-conflict", file=f"{pack.folder.name}/changes", record=reform.key, message=conflict
                )
