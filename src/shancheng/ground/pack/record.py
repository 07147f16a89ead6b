"""Raw rows turned into records: all at once when they are right, field by field when they are not."""

import datetime as dt
import re
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec

from shancheng.ground.pack.fault import Fault, nearest
from shancheng.ground.pack.rows import Rows
from shancheng.ground.pack.table import Table

DAMAGED = re.compile(r"\d(\.\d+)?[eE]\+?\d+|\d+\.0+").fullmatch
FREE_TEXT = ("source", "name", "name_zh", "name_en", "text", "note")
MISSING = {"source": "missing-source", "name": "empty-name", "name_zh": "empty-name", "name_en": "empty-name"}


@dataclass(frozen=True)
class Shape:
    """The fields of a record, by the names files use for them."""

    table: Table

    @cached_property
    def fields(self) -> dict[str, Any]:
        """Field descriptions by the name a file uses."""
        return {field.encode_name: field for field in msgspec.structs.fields(self.table.record)}

    @cached_property
    def needed(self) -> tuple[str, ...]:
        """Fields without a default; a source is always needed where the record has one."""
        return tuple(name for name, field in self.fields.items() if field.required or name == "source")

    @cached_property
    def lists(self) -> frozenset[str]:
        """Fields that hold several values, written with `;` in a cell."""
        return frozenset(name for name, field in self.fields.items() if _is_list(field.type))

    @cached_property
    def codes(self) -> frozenset[str]:
        """Fields that hold keys, codes or whole numbers: what a spreadsheet damages."""
        return frozenset(
            name
            for name, field in self.fields.items()
            if name not in FREE_TEXT and name not in self.lists and {str, int} & set(_parts(field.type))
        )

    @cached_property
    def key(self) -> tuple[str, ...]:
        """Key fields by the name a file uses."""
        names = {field.name: name for name, field in self.fields.items()}
        return tuple(names.get(part, part) for part in self.table.key)


def records_of(shape: Shape, rows: Rows) -> tuple[list[msgspec.Struct], list[int]]:
    """The right records of a file and the indexes of their rows; faults of the wrong ones go to `rows`."""
    is_csv = shape.table.form == "csv"
    if is_csv:
        _tidy(shape, rows)
    values = [_named(shape, rows.names, row) for row in rows.cells] if is_csv else rows.cells
    found = _all_at_once(shape, values, lax=is_csv)
    indexes = list(range(len(values)))
    if found is None:
        found, indexes = _one_by_one(shape, rows, values, lax=is_csv)
    _empty_words(shape, rows, found, indexes)
    return found, indexes


def label(shape: Shape, values: Mapping[str, Any]) -> str:
    """The key of a raw record as far as it is there."""
    return "/".join(str(values[name]) for name in shape.key if values.get(name) not in (None, ""))


def _tidy(shape: Shape, rows: Rows) -> None:
    """Blanks around cells and codes that a spreadsheet spoiled: both are named, the blanks are taken off."""
    for index, row in enumerate(rows.cells):
        for position, cell in enumerate(row):
            if cell[:1].isspace() or cell[-1:].isspace():
                row[position] = cell.strip()
                message = f"'{cell}' has blanks around it; they were left out."
                _blame(shape, rows, index, "stray-blank", rows.names[position], message, severity="warning")
    for position, name in enumerate(rows.names):
        if name not in shape.codes:
            continue
        for index, row in enumerate(rows.cells):
            if DAMAGED(row[position]):
                message = (
                    f"'{row[position]}' was damaged by a spreadsheet; format the column as text and fill it again."
                )
                _blame(shape, rows, index, "damaged-code", name, message)


def _named(shape: Shape, names: Sequence[str], row: Sequence[str]) -> dict[str, Any]:
    values: dict[str, Any] = {name: cell for name, cell in zip(names, row, strict=True) if cell}
    for name in shape.lists.intersection(values):
        values[name] = [part.strip() for part in values[name].split(";") if part.strip()]
    return values


def _all_at_once(shape: Shape, values: Sequence[Any], *, lax: bool) -> list[msgspec.Struct] | None:
    known = shape.fields.keys()
    if any(row.keys() - known for row in values):
        return None
    try:
        return msgspec.convert(values, list[shape.table.record], strict=not lax)  # type: ignore[name-defined]
    except msgspec.ValidationError:
        return None


def _one_by_one(
    shape: Shape, rows: Rows, values: Sequence[dict[str, Any]], *, lax: bool
) -> tuple[list[msgspec.Struct], list[int]]:
    found: list[msgspec.Struct] = []
    indexes: list[int] = []
    whole = not lax or all(name in rows.names for name, field in shape.fields.items() if field.required)
    for index, row in enumerate(values):
        faults = list(_field_faults(shape, rows, index, row, lax=lax))
        rows.faults += faults
        if faults or not whole:
            continue
        try:
            found.append(msgspec.convert(row, shape.table.record, strict=not lax))
        except msgspec.ValidationError as error:
            _blame(shape, rows, index, "wrong-value", "", f"{str(error).split(' - at')[0]}.", values=row)
            continue
        indexes.append(index)
    return found, indexes


def _field_faults(shape: Shape, rows: Rows, index: int, row: dict[str, Any], *, lax: bool) -> Iterator[Fault]:
    where: dict[str, Any] = {"file": rows.file, "line": rows.lines[index], "record": label(shape, row)}
    for name in row.keys() - shape.fields.keys():
        message = f"there is no field named '{name}'; known are {', '.join(shape.fields)}."
        free = [other for other in shape.fields if other not in row]
        yield Fault(code="unknown-field", field=name, message=message, nearest=nearest(name, free), **where)
    for name, field in shape.fields.items():
        if name in row:
            yield from _value_fault(field, name, row[name], lax=lax, where=where)
        elif field.required and (not lax or name in rows.names):
            message = f"'{name}' is missing."
            yield Fault(code=MISSING.get(name, "missing-value"), field=name, message=message, **where)


def _value_fault(field: Any, name: str, value: Any, *, lax: bool, where: dict[str, Any]) -> Iterator[Fault]:
    try:
        msgspec.convert(value, field.type, strict=not lax)
    except msgspec.ValidationError as error:
        choices = [str(choice) for choice in _choices(field.type)]
        if choices:
            message = f"'{value}' is not one of {', '.join(choices)}."
            near = nearest(str(value), choices)
            yield Fault(code="unknown-name", field=name, message=message, nearest=near, **where)
            return
        inside = str(error).partition(" - at `$")[2].strip("`")
        message = f"'{value}' is not {_in_words(field.type)}" + (f" (at {inside.lstrip('.')})." if inside else ".")
        yield Fault(code="wrong-type", field=name, message=message, **where)


def _empty_words(shape: Shape, rows: Rows, found: Sequence[msgspec.Struct], indexes: Sequence[int]) -> None:
    for name, code in MISSING.items():
        field = shape.fields.get(name)
        if field is None or not (field.required or name in ("name", "source")) or _column_missing(shape, rows, name):
            continue
        for record, index in zip(found, indexes, strict=True):
            if _is_blank(getattr(record, field.name)):
                message = "the source is missing: name a document, a law, or 'invented'." if name == "source" else ""
                _blame(shape, rows, index, code, name, message or f"'{name}' is empty.", values=None, record=record)


def _column_missing(shape: Shape, rows: Rows, name: str) -> bool:
    return shape.table.form == "csv" and name not in rows.names


def _is_blank(value: Any) -> bool:
    if isinstance(value, dict):
        return not any(value.values())
    return value is None or (isinstance(value, str) and not value.strip())


def _blame(
    shape: Shape,
    rows: Rows,
    index: int,
    code: str,
    name: str,
    message: str,
    *,
    values: dict[str, Any] | None = None,
    record: msgspec.Struct | None = None,
    severity: str = "error",
) -> None:
    if record is not None:
        key = "/".join(map(str, shape.table.key_of(record)))
    elif values is None and shape.table.form == "csv":
        key = label(shape, _named(shape, rows.names, rows.cells[index]))
    else:
        key = label(shape, values or {})
    rows.blame(code, message, line=rows.lines[index], record=key, field=name, severity=severity)


def _parts(kind: Any) -> tuple[Any, ...]:
    """The members of a union, or the type itself."""
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return typing.get_args(kind)
    return (kind,)


def _is_list(kind: Any) -> bool:
    return any((typing.get_origin(part) or part) in (tuple, list, set, frozenset) for part in _parts(kind))


def _choices(kind: Any) -> list[Any]:
    literals = [part for part in _parts(kind) if typing.get_origin(part) is typing.Literal]
    return [choice for part in literals for choice in typing.get_args(part) if choice != ""]


WORDS: dict[Any, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dt.date: "a date like 2024-06-01",
    dt.time: "a time like 09:00",
    type(None): "empty",
}


def _in_words(kind: Any) -> str:
    """A type said so that a planner understands it."""
    parts = [part for part in _parts(kind) if part is not type(None)]
    if len(parts) > 1:
        return " or ".join(_in_words(part) for part in parts)
    whole = parts[0]
    origin = typing.get_origin(whole)
    if origin in (tuple, list, set, frozenset):
        return f"a list, each {_in_words(typing.get_args(whole)[0])}"
    if origin is dict:
        return f"a mapping to {_in_words(typing.get_args(whole)[1]).removeprefix('a ')}"
    return WORDS.get(whole, "what this field holds")
