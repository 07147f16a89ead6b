"""A table that is to leave the house, with everything a reader needs to judge it: what, when, which filter, whence."""

from typing import Literal

import msgspec

Cell = str | int | float | None
Holds = Literal["text", "count", "number", "share", "instant"]
"""`count` is a whole number, `share` a number shown in percent, `instant` int seconds since 1970 UTC."""
Tongue = Literal["zh", "en"]
ROWS_MAX = 20_000
"""Rows that any form takes."""


class Column(msgspec.Struct, frozen=True):
    """One column: its short name for machines, its title for people, and what its cells hold."""

    key: str
    title: str
    holds: Holds = "text"
    width: int = 14
    """Characters that usually fit."""


class Mark(msgspec.Struct, frozen=True):
    """One line of a chart: a value with its interval."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    count: int = 0
    """How many it was worked out from."""


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """One table; cells are in the order of the columns, None where nothing is known."""

    key: str
    """Stem of the file's name and name of the layer: small letters and `-`."""
    title: str
    about: tuple[tuple[str, str], ...]
    """Label and sentence: what it is, as of when, by which filter, from which source."""
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    at: int
    """Instant as of which it holds."""
    zone: str
    """IANA name of the city's time zone."""
    tongue: Tongue = "zh"
    left_out: int = 0
    """How many rows more there are than fit."""
    left_out_at_least: bool = False
    """Whether there are more still that nobody counted."""
    shapes: tuple[bytes | None, ...] = ()
    """WKB in EPSG:4326 for each row; empty where the table has no place on a map."""
    shape: Literal["Point", "MultiPolygon"] = "Point"
    marks: tuple[Mark, ...] = ()
    marks_title: str = ""


def cut(sheet: Sheet, most: int) -> Sheet:
    """The first `most` rows of a sheet, which says how many were left out."""
    spare = len(sheet.rows) - most
    if spare <= 0:
        return sheet
    return msgspec.structs.replace(
        sheet, rows=sheet.rows[:most], shapes=sheet.shapes[:most], left_out=sheet.left_out + spare
    )
