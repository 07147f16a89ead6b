"""What the loop asks of the packs it goes by: names that exist, budgets that are one, duties that do not collide."""

import itertools
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeVar

from shancheng.ground.pack import Fault, Packs
from shancheng.ground.pack.check import references, unknown_name
from shancheng.loop.act import VERBS
from shancheng.loop.kind import Category, Duty, Kind, LadderStep, Promise, Reason, Record, Severity, StageName
from shancheng.loop.matter import STAGES

R = TypeVar("R", bound=Record)
REFERENCES = (
    references("promises", "calendar", "calendar", what="calendar"),
    references("promises", "kind", "kinds", what="kind of matter", besides=("*",)),
    references("promises", "category", "categories", what="category", besides=("*",)),
    references("ladder", "tells", "roles", what="role"),
    references("categories", "parent", "categories", what="category"),
    references("categories", "kind", "kinds", what="kind of matter"),
    references("duties", "category", "categories", what="category", besides=("*",)),
    references("duties", "lead", "agencies", what="agency"),
    references("duties", "supports", "agencies", what="agency"),
    references("duties", "hours", "calendar", what="calendar", besides=("always",), negated="!"),
    references("duties", "place", "places", what="place with the code", to_field="code"),
    references("agencies", "place", "places", what="place with the code", to_field="code"),
)


def check(packs: Packs) -> Iterator[Fault]:
    """Every fault the loop finds in packs that were read."""
    for reference in REFERENCES:
        yield from reference(packs)
    yield from _budgets(packs)
    yield from _verbs(packs)
    yield from _circles(packs)
    yield from _grades(packs)
    yield from collisions(packs)


def _budgets(packs: Packs) -> Iterator[Fault]:
    for index, promise in enumerate(packs.table("promises", Promise)):
        if (promise.budget_minutes > 0) == (promise.budget_days > 0):
            message = "exactly one of budget_minutes and budget_days is above 0."
            yield packs.fault("promises", index, "wrong-value", message, field="budget_minutes")
        if not 0 <= promise.severity <= 4:
            yield packs.fault("promises", index, "wrong-value", "severity is 1 to 4, or 0 for any.", field="severity")
    for index, step in enumerate(packs.table("ladder", LadderStep)):
        if step.percent <= 0:
            yield packs.fault("ladder", index, "wrong-value", "a rung stands above 0 percent.", field="percent")


def _verbs(packs: Packs) -> Iterator[Fault]:
    roles = {str(getattr(role, "key", "")) for role in packs.records.get("roles", ())}
    for index, kind in enumerate(packs.table("kinds", Kind)):
        named = [*(("verbs", verb) for verb in kind.verbs), *(("who", verb) for verb in kind.who)]
        for field, verb in [*named, *(("evidence", verb) for verb in kind.evidence)]:
            if verb not in VERBS:
                yield unknown_name(packs, "kinds", index, field=field, name=verb, known=VERBS, what="verb")
        for role in itertools.chain.from_iterable(kind.who.values()):
            if role not in roles:
                yield unknown_name(packs, "kinds", index, field="who", name=role, known=roles, what="role")
    for index, reason in enumerate(packs.table("reasons", Reason)):
        for verb in reason.verbs:
            if verb not in VERBS:
                yield unknown_name(packs, "reasons", index, field="verbs", name=verb, known=VERBS, what="verb")


def _circles(packs: Packs) -> Iterator[Fault]:
    categories = packs.table("categories", Category)
    parents = {category.key: category.parent for category in categories}
    for index, category in enumerate(categories):
        seen, above = {category.key}, category.parent
        while above and above not in seen:
            seen.add(above)
            above = parents.get(above, "")
        if above == category.key:
            yield packs.fault("categories", index, "cycle", "it is its own ancestor.", field="parent")


def _grades(packs: Packs) -> Iterator[Fault]:
    for index, stage in enumerate(packs.table("stages", StageName)):
        if stage.key not in STAGES:
            yield unknown_name(packs, "stages", index, field="key", name=stage.key, known=STAGES, what="stage")
    for index, severity in enumerate(packs.table("severities", Severity)):
        if not 1 <= severity.grade <= 4:
            yield packs.fault("severities", index, "wrong-value", "a grade is 1 (gravest) to 4.", field="grade")


def collisions(packs: Packs) -> Iterator[Fault]:
    """Lines of the duty list, and promises, of which neither is more specific and which hold at the same time."""
    yield from _collide(
        packs, "duties", packs.table("duties", Duty), lambda duty: (duty.category, duty.place, duty.hours)
    )
    yield from _collide(
        packs,
        "promises",
        packs.table("promises", Promise),
        lambda promise: (promise.clock, promise.kind, promise.category, promise.severity),
    )


def _collide(packs: Packs, table: str, records: Iterable[R], reach: Callable[[R], Hashable]) -> Iterator[Fault]:
    groups: dict[Hashable, list[tuple[int, R]]] = {}
    for index, record in enumerate(records):
        groups.setdefault(reach(record), []).append((index, record))
    for group in groups.values():
        for (_, one), (index, other) in itertools.combinations(group, 2):
            if one.key != other.key and _overlap(one, other):
                message = f"it says the same as '{one.key}' for the same days; make one of them more specific."
                yield packs.fault(table, index, "conflict", message)


def _overlap(one: Record, other: Record) -> bool:
    starts_before_end = other.until is None or one.from_ < other.until
    return starts_before_end and (one.until is None or other.from_ < one.until)
