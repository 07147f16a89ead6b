"""Reads a map strictly: unknown fields, wrong types and missing answers, all at once and with the nearest name."""

import datetime as dt
import re
import types
import typing
import zoneinfo
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from shancheng.doors.feeds.errors import MapError, Unreadable
from shancheng.doors.feeds.mapping.records import BRACES, Map
from shancheng.ground.pack import Fault
from shancheng.ground.pack.city import time_zones
from shancheng.ground.pack.fault import nearest
from shancheng.ground.pack.rows import Rows, read_toml

NAMED_FORMS = ("iso", "epoch")


def read_map(path: Path) -> Map:
    """The map in a TOML file. Raises MapError with every fault, Unreadable where there is no such file."""
    if not path.is_file():
        raise Unreadable(f"There is no map at {path}; docs/guides/import.md shows how to write one.")
    rows = Rows(path.name)
    content = read_toml(path, rows)
    if content is None:
        raise MapError(rows.faults)
    return map_of(content, path.name)


def map_of(content: dict[str, Any], file: str) -> Map:
    """The map that a TOML document makes. Raises MapError."""
    faults = [
        Fault(code=code, file=file, record=table, field=field, message=message, nearest=near)
        for code, table, field, message, near in _struct_faults(Map, content, "")
    ]
    if faults:
        raise MapError(faults)
    mapping = msgspec.convert(content, Map)
    faults = [
        Fault(code=code, file=file, record=table, field=field, message=message)
        for code, table, field, message in _contradictions(mapping)
    ]
    if faults:
        raise MapError(faults)
    return mapping


Finding = tuple[str, str, str, str, str]


def _struct_faults(struct: type[msgspec.Struct], content: dict[str, Any], table: str) -> Iterator[Finding]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    for name in content.keys() - fields.keys():
        message = f"there is no field named '{name}'; known are {', '.join(fields)}."
        yield "unknown-field", table, name, message, nearest(name, [other for other in fields if other not in content])
    for name, field in fields.items():
        if name in content:
            yield from _value_faults(field.type, content[name], table, name)
        elif field.required:
            yield "missing-value", table, name, f"'{name}' is missing.", ""


def _value_faults(kind: Any, value: Any, table: str, name: str) -> Iterator[Finding]:
    inner = f"{table}.{name}" if table else name
    struct = _struct_in(kind)
    if struct is not None and isinstance(value, dict):
        yield from _struct_faults(struct, value, inner)
    elif typing.get_origin(kind) is dict and isinstance(value, dict):
        for key, each in value.items():
            yield from _value_faults(typing.get_args(kind)[1], each, inner, key)
    else:
        yield from _plain_faults(kind, value, table, name)


def _plain_faults(kind: Any, value: Any, table: str, name: str) -> Iterator[Finding]:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        choices = [str(choice) for choice in _choices(kind) if choice != ""]
        if choices and isinstance(value, str):
            message = f"'{value}' is not one of {', '.join(choices)}."
            yield "unknown-name", table, name, message, nearest(value, choices)
        else:
            message = str(error).split(" - at")[0].replace("`", "'")
            yield "wrong-type", table, name, f"{message[:1].lower()}{message[1:]}.", ""


def _struct_in(kind: Any) -> type[msgspec.Struct] | None:
    parts = typing.get_args(kind) if typing.get_origin(kind) in (typing.Union, types.UnionType) else (kind,)
    return next((part for part in parts if isinstance(part, type) and issubclass(part, msgspec.Struct)), None)


def _choices(kind: Any) -> tuple[Any, ...]:
    if typing.get_origin(kind) is typing.Literal:
        return typing.get_args(kind)
    return tuple(choice for part in typing.get_args(kind) for choice in _choices(part))


def _contradictions(mapping: Map) -> Iterator[tuple[str, str, str, str]]:
    place, times = mapping.place, mapping.times
    if not place.ways:
        message = "no way to find a place is given; name lon and lat, or code, or name."
        yield "missing-value", "place", "lon", message
    if bool(place.lon) != bool(place.lat):
        yield "missing-value", "place", "lat" if place.lon else "lon", "a point needs both lon and lat."
    if not mapping.category.column and not mapping.category.otherwise:
        message = "name the column of the category, or one category for all rows in otherwise."
        yield "missing-value", "category", "column", message
    if mapping.status.column and not mapping.status.values:
        yield "missing-value", "status", "values", "say what each value of the status column means."
    if times.time_zone and times.time_zone not in time_zones():
        near = nearest(times.time_zone, time_zones())
        hint = f" Did you mean '{near}'?" if near else ""
        yield "unknown-name", "times", "time_zone", f"there is no time zone named '{times.time_zone}'.{hint}"
    if mapping.text.template.count("{") != len(BRACES.findall(mapping.text.template)):
        yield "wrong-value", "text", "template", "a brace is not closed; columns stand in braces: {nature}."
    yield from _form_faults(times.forms, "forms")
    for column, forms in times.forms_of.items():
        yield from _form_faults(forms, f"forms_of.{column}")
        if column not in times.columns.values():
            yield "unknown-column", "times", f"forms_of.{column}", "no time of this map is read from that column."


def _form_faults(forms: tuple[str, ...], field: str) -> Iterator[tuple[str, str, str, str]]:
    if not forms:
        yield "missing-value", "times", field, "name at least one form."
    for form in forms:
        if form not in NAMED_FORMS and not _reads_days(form):
            message = f"'{form}' cannot tell one day from another; write a pattern such as %Y-%m-%d, iso or epoch."
            yield "wrong-value", "times", field, message


def _reads_days(form: str) -> bool:
    """Whether a pattern gives back the day it was written from."""
    day = dt.datetime(2011, 10, 29, tzinfo=zoneinfo.ZoneInfo("UTC"))
    try:
        return dt.datetime.strptime(day.strftime(form), form).date() == day.date()
    except (ValueError, re.error):
        return False
