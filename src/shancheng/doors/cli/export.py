"""`shancheng export`: worklist, board or figures into a file to take along; works beside a running house."""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from shancheng.doors.cli.home import Home, Unable
from shancheng.doors.cli.house import House
from shancheng.doors.cli.opening import add_home, home_of
from shancheng.doors.cli.say import say, say_json
from shancheng.doors.cli.why import actor_of, place_of

if TYPE_CHECKING:
    from shancheng.ground.sheet import Sheet
    from shancheng.loop.ledger import Refusal
    from shancheng.wings.governance.desk import Desk

SUFFIXES = {".xlsx": "xlsx", ".csv": "csv", ".gpkg": "gpkg", ".pdf": "pdf"}
DAYS_MAX = 400


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `export`."""
    parser = commands.add_parser("export", help="worklist, board or figures into a file: XLSX, CSV, GeoPackage, PDF")
    parser.add_argument("what", choices=("worklist", "board", "figures"), help="what is written")
    parser.add_argument("file", type=Path, metavar="FILE", help="its ending says the form: .xlsx .csv .gpkg .pdf")
    parser.add_argument("--place", default="", help="code or number; the whole range when left out")
    parser.add_argument("--category", default="", metavar="KEY", help="this category and those under it")
    parser.add_argument("--all", action="store_true", help="worklist: closed and refused ones too")
    parser.add_argument("--late", action="store_true", help="worklist: only with a promise broken")
    parser.add_argument("--days", type=int, default=28, help="figures: the last so many days (%(default)s)")
    parser.add_argument("--compare", default="on_time_rate", metavar="FIGURE", help="figures: drawn on paper")
    parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of the file (%(default)s)")
    parser.add_argument("--plain", action="store_true", help="CSV without the mark that spreadsheets want")
    parser.add_argument("--as", dest="as_", default="", metavar="ROLE@PLACE", help="what that role may see")
    parser.add_argument("--json", action="store_true", help="answer for machines")
    add_home(parser)
    parser.set_defaults(run=_export)


def _export(arguments: argparse.Namespace, house: House) -> int:
    form = _form(arguments)
    if not 1 <= arguments.days <= DAYS_MAX:
        raise Unable(f"--days is 1 to {DAYS_MAX}, not {arguments.days}.")
    home = home_of(arguments, house)
    sheet = asyncio.run(_sheet(arguments, home, form))
    _write(sheet, form, arguments.file)
    told = {"file": str(arguments.file), "rows": len(sheet.rows), "left_out": sheet.left_out}
    if arguments.json:
        say_json(told)
    else:
        say(f"{arguments.file}: {len(sheet.rows):,} rows of '{sheet.title}'; {sheet.left_out:,} more did not fit.")
    return 0


def _form(arguments: argparse.Namespace) -> str:
    form = SUFFIXES.get(arguments.file.suffix.lower(), "")
    if not form:
        raise Unable(f"'{arguments.file.name}' has no known ending; name it {', '.join(SUFFIXES)}.")
    return "csv-plain" if form == "csv" and arguments.plain else form


async def _sheet(arguments: argparse.Namespace, home: Home, form: str) -> Sheet:
    from shancheng.loop.ledger import Refusal as NotGiven

    async with home.reading() as desk:
        found = await _asked(arguments, home, form, desk)
        if isinstance(found, NotGiven):
            raise Unable(found.message)
        return found


async def _asked(arguments: argparse.Namespace, home: Home, form: str, desk: Desk) -> Sheet | Refusal:
    from shancheng.wings.governance.desk import COMPARED, Wish

    by, tongue = actor_of(arguments.as_, home), arguments.lang
    _known(arguments.category, home.rules.categories, "category")
    if arguments.what == "worklist":
        where = place_of(arguments.place, home) if arguments.place else 0
        under = [key for key, dated in home.rules.categories.items() if dated.latest.parent == arguments.category]
        wanted = (arguments.category, *under) if arguments.category else ()
        wish = Wish(place=where, categories=wanted, open_only=not arguments.all, late=arguments.late)
        return await desk.worklist_sheet(wish, by, tongue)
    where = place_of(arguments.place, home) if arguments.place or not by.places else by.places[0]
    if arguments.what == "board":
        return await desk.board_sheet(where, by, tongue)
    _known(arguments.compare, COMPARED, "figure to compare by")
    edges = _days(arguments.days, home)
    categories = (arguments.category,) if arguments.category else ()
    if form == "gpkg":
        return await desk.places_sheet(where, edges, by, tongue, categories=categories)
    return await desk.figures_sheet(where, edges, by, tongue, categories=categories, compared=arguments.compare)


def _known(key: str, among: Collection[str], what: str) -> None:
    from shancheng.ground.pack.fault import nearest

    if key and key not in among:
        raise Unable(
            f"There is no {what} '{key}'.{f' Did you mean {near!r}?' if (near := nearest(key, list(among))) else ''}"
        )


def _days(count: int, home: Home) -> tuple[int, ...]:
    """Instants at which the last so many local days begin, and the end of today."""
    zone = home.rules.zone
    today = dt.datetime.fromtimestamp(home.now(), zone).date()
    days = [today - dt.timedelta(days=number) for number in range(count - 1, -2, -1)]
    return tuple(int(dt.datetime.combine(day, dt.time(), zone).timestamp()) for day in days)


def _write(sheet: Sheet, form: str, file: Path) -> None:
    """Written beside, then put in place: a file that is there is a whole one."""
    from shancheng.ground.sheet.writing import write

    beside = file.with_name(f".{file.name}.new{file.suffix}")
    try:
        write(sheet, form, beside)
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
