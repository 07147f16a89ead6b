"""`shancheng import`: records of another register walk the loop at their own times."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from shancheng.doors.cli.home import Home, Unable
from shancheng.doors.cli.house import House, ImportWish
from shancheng.doors.cli.opening import add_home, home_of
from shancheng.doors.cli.say import complain, say, say_json

if TYPE_CHECKING:
    from shancheng.doors.cli.house import BringIn, Counts

DONE, BROKEN = 0, 1
FULL = 1000
"""Parts of the progress bar."""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `import 311`."""
    parser = commands.add_parser("import", help="bring in the records of another register")
    forms = parser.add_subparsers(dest="form", metavar="FORM", required=True)
    requests = forms.add_parser(
        "311",
        help="requests of a hotline: CSV (also .gz) or Parquet",
        description="shancheng import 311 requests.csv --map city.toml; how a map is written: docs/guides/import.md",
    )
    requests.add_argument("file", type=Path, metavar="FILE", help="CSV in any encoding, gzip or not, or Parquet")
    requests.add_argument("--map", type=Path, required=True, metavar="MAP.toml", help="which column says what")
    requests.add_argument("--refused", type=Path, metavar="LIST", help="rows that did not go in: .csv or .jsonl")
    requests.add_argument("--pack", action="append", metavar="PACK", help="for a new installation: its packs")
    requests.add_argument("--json", action="store_true", help="answer for machines")
    add_home(requests)
    requests.set_defaults(run=_import)


def _import(arguments: argparse.Namespace, house: House) -> int:
    if house.bring_in is None:
        raise Unable("This build of the command line has no import.")
    home = home_of(arguments, house)
    if home.in_use:
        raise Unable(f"This installation is in use and answers at {home.in_use}; stop it, then import.")
    folder = home.folder / "imports"
    wish = ImportWish(
        file=arguments.file,
        map_file=arguments.map,
        refused=arguments.refused or folder / f"{arguments.file.name}.refused.csv",
        checkpoint=folder / f"{arguments.file.name}.{arguments.map.stem}.checkpoint",
    )
    with _bar(not arguments.json and sys.stderr.isatty()) as progress:
        try:
            counts = asyncio.run(_run(home, house.bring_in, wish, progress))
        except KeyboardInterrupt:
            complain("Interrupted. Nothing is lost: the same command goes on where this one stopped.")
            raise
    if arguments.json:
        say_json({"counts": counts, "refused_rows": str(wish.refused)})
    else:
        _tell(counts, wish)
    return BROKEN if counts.broken else DONE


async def _run(home: Home, bring_in: BringIn, wish: ImportWish, progress: Callable[[float, Counts], None]) -> Counts:
    async with home.writing() as desk:
        return await bring_in(wish, desk, progress)


@contextlib.contextmanager
def _bar(shown: bool) -> Iterator[Callable[[float, Counts], None]]:
    """A progress bar on a terminal, nothing elsewhere."""
    if not shown:
        yield lambda share, counts: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TextColumn("{task.description}"))
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=FULL)

        def progress(share: float, counts: Counts) -> None:
            words = f"{counts.read:,} rows, {counts.refused:,} refused"
            bar.update(task, completed=int(share * FULL), description=words)

        yield progress


def _tell(counts: Counts, wish: ImportWish) -> None:
    if counts.resumed_after:
        say(f"Taken up after row {counts.resumed_after:,} of an interrupted run.")
    say(
        f"{wish.file.name}: {counts.read:,} rows read, {counts.written:,} written, {counts.repeated:,} there already, "
        f"{counts.refused:,} refused; {counts.moves:,} moves."
    )
    say("  " + ", ".join(f"{number:,} {stage}" for stage, number in sorted(counts.stages.items())))
    for code, number in sorted(counts.reasons.items(), key=lambda pair: -pair[1]):
        say(f"  {number:,} refused: {code}")
    if counts.refused:
        say(f"Every refused row and its reason: {wish.refused}")
    if counts.broken:
        complain(counts.broken)
