"""A sheet as a workbook: text is never a formula or link, instants are dates in the city's zone."""

import datetime as dt
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter

from shancheng.ground.sheet.sheet import Cell, Column, Sheet
from shancheng.ground.sheet.words import completeness, word

CELL_MAX = 32_767
"""Characters that a cell may hold."""
FORMATS = {
    "text": "@",
    "count": "#,##0",
    "number": "#,##0.0##",
    "share": "0.0%",
    "instant": "yyyy-mm-dd hh:mm",
}


def write(sheet: Sheet, to: Path) -> None:
    """Write a sheet, one row after the other; no more than a row is held in memory."""
    options = {
        "constant_memory": True,
        "tmpdir": str(to.parent),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
    }
    with xlsxwriter.Workbook(str(to), options) as book:
        made = dt.datetime.fromtimestamp(sheet.at, dt.UTC).replace(tzinfo=None)
        book.set_properties({"title": sheet.title, "author": "Shancheng", "created": made})
        _rows(sheet, book)
        _about(sheet, book)


def _rows(sheet: Sheet, book: Any) -> None:
    page = book.add_worksheet(_name(sheet.title))
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top", "num_format": "@"})
    formats = [book.add_format({"num_format": FORMATS[column.holds], "valign": "top"}) for column in sheet.columns]
    zone = ZoneInfo(sheet.zone)
    for number, column in enumerate(sheet.columns):
        page.set_column(number, number, column.width)
    page.freeze_panes(1, 0)
    page.repeat_rows(0)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    for number, column in enumerate(sheet.columns):
        page.write_string(0, number, column.title, head)
    for line, row in enumerate(sheet.rows, 1):
        for number, (cell, column) in enumerate(zip(row, sheet.columns, strict=True)):
            _put(page, line, number, cell, column, formats[number], zone)
    page.autofilter(0, 0, max(1, len(sheet.rows)), max(0, len(sheet.columns) - 1))


def _put(page: Any, line: int, number: int, cell: Cell, column: Column, form: Any, zone: ZoneInfo) -> None:
    if cell is None:
        return
    if isinstance(cell, str):
        page.write_string(line, number, cell[:CELL_MAX], form)
    elif column.holds == "instant":
        page.write_datetime(line, number, dt.datetime.fromtimestamp(cell, zone).replace(tzinfo=None), form)
    else:
        page.write_number(line, number, cell, form)


def _about(sheet: Sheet, book: Any) -> None:
    page = book.add_worksheet(word(sheet, "about"))
    bold, plain = book.add_format({"bold": True, "valign": "top"}), book.add_format({"text_wrap": True})
    page.set_column(0, 0, 18)
    page.set_column(1, 1, 90)
    lines = (
        (word(sheet, "title"), sheet.title),
        *sheet.about,
        (word(sheet, "zone"), sheet.zone),
        (word(sheet, "rows"), f"{len(sheet.rows):,}. {completeness(sheet)}"),
    )
    for line, (label, text) in enumerate(lines):
        page.write_string(line, 0, label, bold)
        page.write_string(line, 1, text[:CELL_MAX], plain)


def _name(title: str) -> str:
    """A worksheet's name: 31 characters, without those that it may not hold."""
    clean = "".join(" " if sign in "[]:*?/\\'" else sign for sign in title)
    return clean[:31].strip() or "Sheet"
