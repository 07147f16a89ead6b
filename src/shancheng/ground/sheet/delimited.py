"""A sheet as CSV: what, when and by which filter stand in the last lines; nothing in it can act as a formula."""

import csv
import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

from shancheng.ground.sheet.sheet import Cell, Column, Sheet
from shancheng.ground.sheet.words import completeness

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take text for a formula, full-width forms included (OWASP, CSV injection)."""


def write(sheet: Sheet, to: Path, *, bom: bool = True) -> None:
    """Write a sheet; with `bom` a widespread spreadsheet reads Chinese as what it is, without it programs do."""
    zone = ZoneInfo(sheet.zone)
    with to.open("w", encoding="utf-8-sig" if bom else "utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow([harmless(column.title) for column in sheet.columns])
        for row in sheet.rows:
            writer.writerow([_text(cell, column, zone) for cell, column in zip(row, sheet.columns, strict=True)])
        writer.writerow([])
        for label, text in (*sheet.about, ("", completeness(sheet))):
            writer.writerow([harmless(label), harmless(text)])


def harmless(text: str) -> str:
    """Text that stays text: an apostrophe before what a spreadsheet would work out."""
    return f"'{text}" if text.startswith(FORMULA) or text.lstrip().startswith(FORMULA) else text


def _text(cell: Cell, column: Column, zone: ZoneInfo) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return harmless(cell)
    if column.holds == "instant":
        return dt.datetime.fromtimestamp(cell, zone).isoformat()
    return str(cell)
