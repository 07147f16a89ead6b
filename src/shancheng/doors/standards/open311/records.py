"""Pack records of Open311: the city's endpoint, which services are published, and what is asked of a reporter."""

import datetime as dt
from collections.abc import Iterator
from typing import Literal

import msgspec

from shancheng.ground.pack import Fault, Packs, Table
from shancheng.ground.pack.check import references
from shancheng.loop.kind import Category, Kind, Names, Reason, Record
from shancheng.loop.matter import STAGES

Published = Literal["", "place", "words"]
STATUSES = frozenset(
    {
        "open",
        "closed",
        "fixed",
        "in_progress",
        "action_scheduled",
        "investigating",
        "duplicate",
        "not_councils_responsibility",
        "no_further_action",
        "internal_referral",
        "reopen",
        "for_triage",
    }
)
"""Extended statuses as mySociety's open311-adapter checks them (Role/mySociety.pm)."""
LISTS = frozenset({"singlevaluelist", "multivaluelist"})


class Endpoint(Record, frozen=True, kw_only=True):
    """How the city's endpoint presents itself; `key` is its jurisdiction_id."""

    contact: Names
    """Whom to write to about the endpoint."""
    key_service: Names
    """How one comes by an api_key."""
    statuses: dict[str, str] = msgspec.field(default_factory=dict)
    """Extended status by stage, outcome or reason code, where it differs from the stages' own."""


class Service(Record, frozen=True, kw_only=True):
    """What Open311 says of one category beside its names; `key` is the category's key, and the service_code."""

    keywords: tuple[str, ...] = ()
    published: Published = ""
    """What anybody may read of its matters: nothing, where and how they stand (`place`), or the texts too (`words`)."""
    description_zh: str = ""
    description_en: str = ""


class Question(Record, frozen=True, kw_only=True):
    """One thing that is asked of who reports: an attribute of a service definition; `key` is its code."""

    services: tuple[str, ...]
    """Categories it is asked for, or for those under them."""
    text: Names
    order: int = 1
    datatype: Literal["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"] = "string"
    required: bool = False
    values: dict[str, Names] = msgspec.field(default_factory=dict)
    """Answers that may be chosen, by key."""


TABLES = (
    Table("open311", Endpoint, ("key",), dated=True),
    Table("services", Service, ("key",), form="csv", dated=True),
    Table("questions", Question, ("key",), dated=True),
)
_REFERENCES = (
    references("services", "key", "categories", what="category"),
    references("questions", "services", "categories", what="category"),
)


def check(packs: Packs) -> Iterator[Fault]:
    """Every fault of the records: names that are there, statuses that are known, nothing locked published."""
    for reference in _REFERENCES:
        yield from reference(packs)
    yield from _statuses(packs)
    yield from _locked(packs)
    for index, question in enumerate(packs.table("questions", Question)):
        if (question.datatype in LISTS) != bool(question.values):
            message = "values are given for singlevaluelist and multivaluelist, and for nothing else."
            yield packs.fault("questions", index, "wrong-value", message, field="values")


def _statuses(packs: Packs) -> Iterator[Fault]:
    known = {reason.key for reason in packs.table("reasons", Reason)} | set(STAGES)
    for index, endpoint in enumerate(packs.table("open311", Endpoint)):
        for key, status in endpoint.statuses.items():
            if key not in known:
                message = f"'{key}' is no stage and no reason or outcome code."
                yield packs.fault("open311", index, "unknown-name", message, field="statuses")
            if status not in STATUSES:
                message = f"'{status}' is no extended status; known are {', '.join(sorted(STATUSES))}."
                yield packs.fault("open311", index, "wrong-value", message, field="statuses")


def _locked(packs: Packs) -> Iterator[Fault]:
    locked = {kind.key for kind in packs.table("kinds", Kind) if kind.confidential}
    kinds = {category.key: category.kind for category in packs.table("categories", Category)}
    for index, service in enumerate(packs.table("services", Service)):
        if service.published and kinds.get(service.key) in locked:
            message = f"matters of kind '{kinds[service.key]}' are locked; leave 'published' empty."
            yield packs.fault("services", index, "wrong-value", message, field="published")


def endpoint_on(packs: Packs, day: dt.date) -> Endpoint | None:
    """The endpoint record in force on a day; the last one where there are several."""
    found = packs.standing("open311", Endpoint, day)
    return found[-1] if found else None


def parts_of(record: msgspec.Struct, field: str, language: str) -> str:
    """A name of a record in a language, else in any it has."""
    names: Names = getattr(record, field)
    return names.get(language) or next(iter(names.values()), "")
