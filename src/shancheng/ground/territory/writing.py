"""Writes the tables of a territory as the CSV files of a pack."""

import csv
import datetime as dt
import io
from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import msgspec

from shancheng.ground.pack import Table
from shancheng.ground.territory.records import BEGINNING, TABLES, PlaceVersion
from shancheng.ground.territory.tables import Tables

UTF8 = "utf-8"
LAST = ("from", "until", "source")
"""Columns that every table ends with."""


def write_tables(tables: Tables, folder: Path) -> None:
    """One CSV a table; a table without rows has no file."""
    for table in TABLES:
        rows = getattr(tables, table.name)
        path = folder / f"{table.name}.csv"
        if rows:
            write_csv(path, table, _implied(rows) if table.name == "places" else rows)
        elif path.exists():
            path.unlink()


def keep_own_rows(tables: Tables, folder: Path, source: str) -> Tables:
    """The tables with the rows of a folder that came from elsewhere than `source` put beside them."""
    return Tables(
        **{
            table.name: (*getattr(tables, table.name), *rows_of_others(folder / f"{table.name}.csv", table, source))
            for table in TABLES
        }
    ).ordered()


def rows_of_others(path: Path, table: Table, source: str) -> tuple[msgspec.Struct, ...]:
    """Rows of a file whose source is another one."""
    if not path.exists():
        return ()
    with path.open(encoding=UTF8, newline="") as lines:
        rows = [{name: cell for name, cell in row.items() if cell} for row in csv.DictReader(lines)]
    others = [row for row in rows if row.get("source") != source]
    return tuple(msgspec.convert(others, list[table.record], strict=False))  # type: ignore[name-defined]


def write_csv(path: Path, table: Table, rows: Iterable[msgspec.Struct]) -> None:
    """Rows in the order given; columns that hold nothing but their default in every row are left out."""
    records = list(rows)
    fields = [field for field in msgspec.structs.fields(table.record) if _says_something(field, records)]
    fields.sort(key=lambda field: LAST.index(field.encode_name) if field.encode_name in LAST else -1)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([field.encode_name for field in fields])
    writer.writerows([_cell(getattr(record, field.name)) for field in fields] for record in records)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.getvalue(), encoding=UTF8)


def _says_something(field: msgspec.structs.FieldInfo, records: Collection[msgspec.Struct]) -> bool:
    return field.required or any(getattr(record, field.name) != field.default for record in records)


def _implied(rows: Sequence[PlaceVersion]) -> list[PlaceVersion]:
    """Versions without the end that the next version's first day says already."""
    following = {(earlier.id, later.from_) for earlier, later in pairwise(rows) if earlier.id == later.id}
    return [
        msgspec.structs.replace(row, until=None) if row.until is not None and (row.id, row.until) in following else row
        for row in rows
    ]


def _cell(value: object) -> str:
    if value is None or value == BEGINNING:
        return ""
    if isinstance(value, dt.date):
        return value.isoformat()
    return f"{value:g}" if isinstance(value, float) else str(value)
