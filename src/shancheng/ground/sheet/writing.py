"""Writes a sheet in one of four forms; run as a program it does so in a process of its own, with little room."""

import resource
import sys
from pathlib import Path
from typing import Literal, get_args

import msgspec

from shancheng.ground.sheet.sheet import ROWS_MAX, Sheet, cut

Form = Literal["csv", "csv-plain", "xlsx", "gpkg", "pdf"]
FORMS: tuple[str, ...] = get_args(Form)
PAPER_ROWS_MAX = 2_000
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "gpkg": "application/geopackage+sqlite3",
    "pdf": "application/pdf",
}
"""Media types by ending."""
SECONDS_MAX, FILE_MAX = 120, 256 << 20


def write(sheet: Sheet, form: str, to: Path) -> None:
    """Write a sheet into a file; `csv-plain` has no byte order mark. Raises ValueError where the form does not fit.

    Each writer is loaded when it is first asked for: it brings a library that most runs never need.
    """
    bounded = cut(sheet, PAPER_ROWS_MAX if form == "pdf" else ROWS_MAX)
    if form == "xlsx":
        from shancheng.ground.sheet import workbook

        workbook.write(bounded, to)
    elif form == "pdf":
        from shancheng.ground.sheet import paper

        paper.write(bounded, to)
    elif form == "gpkg":
        from shancheng.ground.sheet import package

        package.write(bounded, to)
    elif form in ("csv", "csv-plain"):
        from shancheng.ground.sheet import delimited

        delimited.write(bounded, to, bom=form == "csv")
    else:
        raise ValueError(f"There is no form '{form}'; there is {', '.join(FORMS)}.")


def ending(form: str) -> str:
    """The ending of a file's name in a form."""
    return form.partition("-")[0]


def main(form: str, to: str) -> int:
    """Read a sheet from standard input and write it."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_MAX, SECONDS_MAX))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_MAX, FILE_MAX))
    write(msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Sheet), form, Path(to))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
