"""Rows that did not go in: what each one says wrong, and the file that lists them."""

import csv
import io
import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

SHOWN = 200
"""Characters of a value that are shown."""
FORMULA = ("=", "+", "-", "@", "\t")


class Refused(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One row that did not go in, and why."""

    line: int
    """Line of a text file on which the row begins, or number of the row in Parquet, from 1."""
    row: str = ""
    """Id of the row in its register, where it could be read."""
    column: str = ""
    value: str = ""
    code: str
    """Stable kebab-case code of the reason."""
    reason: str
    """A sentence that says what to do."""


NAMES = Refused.__struct_fields__


class RefusedFile:
    """The list of refused rows as CSV, or as JSON lines where the name ends in `.jsonl`."""

    def __init__(self, path: Path, *, keep_bytes: int = 0) -> None:
        """Open the list, keeping that many bytes of an earlier, interrupted run."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._as_json = path.suffix == ".jsonl"
        there = path.exists() and path.stat().st_size >= keep_bytes > 0
        self._file = path.open("r+b" if there else "wb")
        self._file.truncate(keep_bytes if there else 0)
        self._file.seek(0, os.SEEK_END)
        if not there and not self._as_json:
            self._file.write(_csv_line(NAMES))

    def add(self, refused: Iterable[Refused]) -> None:
        """Write more rows."""
        for row in refused:
            self._file.write(msgspec.json.encode(row) + b"\n" if self._as_json else _csv_line(_cells(row)))

    def settle(self) -> int:
        """Make what is written durable; answers with its length in bytes."""
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._file.tell()

    def close(self) -> None:
        """Settle and let go."""
        self.settle()
        self._file.close()


def shown(value: object) -> str:
    """A value as it can be shown: shortened, control characters written out, no lone surrogates."""
    text = str(value)
    cut = text[:SHOWN] + ("..." if len(text) > SHOWN else "")
    plain = "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in cut)
    return plain.encode("utf-8", "backslashreplace").decode()


def _cells(row: Refused) -> list[str]:
    return [str(row.line), _harmless(row.row), _harmless(row.column), _harmless(row.value), row.code, row.reason]


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; numbers stay as they are."""
    if not cell.startswith(FORMULA):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell


def _csv_line(cells: Iterable[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue().encode()
