"""Whether a map fits the file it is for and the city it brings rows into: every fault at once."""

from collections.abc import Collection, Iterator

from shancheng.doors.feeds.errors import MapError
from shancheng.doors.feeds.mapping.records import Map, Standing, columns_of
from shancheng.ground.pack import Fault
from shancheng.ground.pack.fault import nearest
from shancheng.loop.rules import Rules

SHOWN = 12


def fit_to_file(mapping: Map, names: Collection[str], *, map_file: str, file: str) -> None:
    """Raises MapError where the map names columns that the file does not have."""
    faults = [
        Fault(
            code="unknown-column",
            file=map_file,
            record=table,
            field=field,
            message=f"{file} has no column '{column}'; it has {some_of(names)}.",
            nearest=nearest(column, list(names)),
        )
        for column, table, field in columns_of(mapping)
        if column not in names
    ]
    if faults:
        raise MapError(faults)


def fit_to_city(mapping: Map, rules: Rules, *, map_file: str) -> None:
    """Raises MapError where the map names categories, agencies, reasons, schemes or levels the city does not have."""
    findings = [*_names(mapping, rules), *_places(mapping, rules), *_reasons(mapping, rules)]
    faults = [
        Fault(code="unknown-name", file=map_file, record=table, field=field, message=message, nearest=near)
        for table, field, message, near in findings
    ]
    if faults:
        raise MapError(faults)


def some_of(names: Collection[str]) -> str:
    """The first dozen names, in words."""
    shown = [str(name) for name in names][:SHOWN]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return (", ".join(shown) or "nothing") + more


Finding = tuple[str, str, str, str]


def _unknown(what: str, word: str, known: Collection[str], table: str, field: str) -> Iterator[Finding]:
    if word and word not in known:
        message = f"this city has no {what} '{word}'; it has {some_of(sorted(known))}."
        yield table, field, message, nearest(word, known)


def _names(mapping: Map, rules: Rules) -> Iterator[Finding]:
    for value, key in mapping.category.values.items():
        yield from _unknown("category", key, rules.categories, "category.values", value)
    yield from _unknown("category", mapping.category.otherwise, rules.categories, "category", "otherwise")
    for value, key in mapping.agency.values.items():
        yield from _unknown("agency", key, rules.agencies, "agency.values", value)
    yield from _unknown("agency", mapping.agency.otherwise, rules.agencies, "agency", "otherwise")


def _places(mapping: Map, rules: Rules) -> Iterator[Finding]:
    city = rules.territory.city
    schemes = {line.scheme for line in rules.territory.tables.codes} | {city.scheme}
    yield from _unknown("scheme of place codes", mapping.place.scheme, schemes, "place", "scheme")
    levels = {str(level.level) for level in city.levels}
    for field in ("level", "name_level"):
        wanted = getattr(mapping.place, field)
        yield from _unknown("level", str(wanted) if wanted else "", levels, "place", field)


def _reasons(mapping: Map, rules: Rules) -> Iterator[Finding]:
    for value, standing in mapping.status.values.items():
        if isinstance(standing, Standing):
            verb, word = ("refuse", standing.reason) if standing.stage == "refused" else ("close", standing.outcome)
            known = {key for key, reason in rules.reasons.items() if verb in reason.verbs}
            yield from _unknown(f"reason to {verb}", word if known else "", known, "status.values", value)
