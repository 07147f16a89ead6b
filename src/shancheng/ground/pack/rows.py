"""Files of a pack as raw rows: text read strictly, with the line each row stands on."""

import csv
import io
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shancheng.ground.pack.fault import Fault, nearest

RECORD_LINE = re.compile(r"^[ \t]*\[\[[ \t]*record\s*\]\]", re.MULTILINE)
CODINGS = ("gb18030", "big5", "cp1252")


@dataclass
class Rows:
    """What one file held: raw rows, their lines, and what was wrong on the way."""

    file: str
    names: tuple[str, ...] = ()
    """Columns of a CSV file that its table knows, in file order."""
    cells: list[Any] = field(default_factory=list)
    """CSV: a list of texts a row, in the order of `names`; TOML: a mapping a record."""
    lines: list[int] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def blame(self, code: str, message: str, **where: Any) -> None:
        """Note a fault of this file."""
        self.faults.append(Fault(code=code, file=self.file, message=message, **where))


def read_text(path: Path, rows: Rows) -> str | None:
    """The text of a UTF-8 file, a byte order mark tolerated; none, and a fault with its line, when it is not UTF-8."""
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"byte 0x{content[error.start]:02X} is not UTF-8{_looks_like(content)}; save the file as UTF-8."
        rows.blame("encoding", message, line=line)
        return None


def _looks_like(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return " (the file looks like UTF-16)"
    for coding in CODINGS:
        try:
            content.decode(coding)
        except UnicodeDecodeError:
            continue
        return f" (the file looks like {coding})"
    return ""


def read_toml(path: Path, rows: Rows) -> dict[str, Any] | None:
    """A TOML file as a mapping; none, and a fault with its line, when it cannot be read."""
    text = read_text(path, rows)
    if text is None:
        return None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        rows.blame("broken-toml", f"{str(error).split(' (at')[0]}.", line=line)
        return None


def toml_rows(path: Path, file: str) -> Rows:
    """The `[[record]]` entries of a TOML table."""
    rows = Rows(file)
    content = read_toml(path, rows)
    if content is None:
        return rows
    for name in content:
        if name != "record":
            message = f"a table holds [[record]] entries only, not '{name}'."
            rows.blame("unknown-field", message, field=name, nearest=nearest(name, ["record"]))
    records = content.get("record", [])
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        rows.blame("wrong-type", "'record' is not a list of records; begin each one with [[record]].", field="record")
        return rows
    text = path.read_text("utf-8-sig")
    lines = [text.count("\n", 0, found.start()) + 1 for found in RECORD_LINE.finditer(text)]
    rows.cells = records
    rows.lines = lines if len(lines) == len(records) else [0] * len(records)
    return rows


def csv_rows(path: Path, file: str, known: Sequence[str], needed: Sequence[str]) -> Rows:
    """The rows of a CSV table with the columns it knows; `needed` are those without a default."""
    rows = Rows(file)
    text = read_text(path, rows)
    if text is None:
        return rows
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, None)
        if not header:
            rows.blame("missing-column", f"the file is empty; its first line names the columns: {', '.join(known)}.")
            return rows
        wanted = _columns(header, rows, known, needed)
        _fill(reader, rows, header, wanted)
    except csv.Error as error:
        rows.blame("broken-csv", f"{error}.", line=reader.line_num)
    return rows


def _columns(header: Sequence[str], rows: Rows, known: Sequence[str], needed: Sequence[str]) -> list[int]:
    """Positions of the known columns; faults for the unknown, doubled and missing ones."""
    wanted: dict[str, int] = {}
    for position, name in enumerate(header):
        if name in wanted:
            rows.blame("duplicate-column", f"column '{name}' stands in the header twice.", line=1, field=name)
        elif name in known:
            wanted[name] = position
        else:
            free = [other for other in known if other not in header]
            message = f"there is no column named '{name}'; known are {', '.join(known)}."
            rows.blame("unknown-column", message, line=1, field=name, nearest=nearest(name, free))
    for name in needed:
        if name not in wanted:
            rows.blame("missing-column", f"column '{name}' is missing.", line=1, field=name)
    rows.names = tuple(wanted)
    return list(wanted.values())


def _fill(reader: Any, rows: Rows, header: Sequence[str], wanted: Sequence[int]) -> None:
    width = len(header)
    straight = list(wanted) == list(range(width))
    for row in reader:
        if not row:
            continue
        if len(row) != width:
            message = f"the row has {len(row)} cells, the header {width}; quote a cell that holds a comma."
            rows.blame("column-count", message, line=reader.line_num)
            continue
        rows.cells.append(row if straight else [row[position] for position in wanted])
        rows.lines.append(reader.line_num)
