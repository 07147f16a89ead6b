"""`shancheng ledger`: verify, rebuild, back up, restore and export the one ledger everything rests on."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from shancheng.doors.cli.home import Unable
from shancheng.doors.cli.house import Care, House
from shancheng.doors.cli.opening import VARIABLE, add_home, home_of
from shancheng.doors.cli.say import complain, say, say_json

WHOLE, DAMAGED = 0, 1
SHOWN_EVERY_SECONDS = 0.2
T = TypeVar("T")


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `ledger verify`, `rebuild`, `backup`, `restore` and `export`."""
    parser = commands.add_parser("ledger", help="verify, rebuild, back up, restore and export the ledger")
    verbs = parser.add_subparsers(dest="ledger_verb", metavar="VERB", required=True)
    verify = verbs.add_parser("verify", help="walk every line; name the first that is not as it was written")
    verify.add_argument("--lane", default="", help="only this lane")
    _finish(verify, _verify)
    _finish(verbs.add_parser("rebuild", help="make everything beside the moves again; upgrades an older one"), _rebuild)
    backup = verbs.add_parser("backup", help="copy one moment of the ledger, also while it is written to")
    backup.add_argument("to", type=Path, metavar="FILE", help="new file; a ledger itself, without the centre's key")
    _finish(backup, _backup)
    restore = verbs.add_parser("restore", help="put a verified backup in the ledger's place; never over newer moves")
    restore.add_argument("source", type=Path, metavar="FILE", help="a backup")
    _finish(restore, _restore)
    export = verbs.add_parser("export", help="write every move into a file for others")
    export.add_argument("to", type=Path, metavar="FILE", help="new file, .jsonl or .parquet")
    export.add_argument("--format", choices=("jsonl", "parquet"), help="where the file's name does not say it")
    export.add_argument("--lane", default="", help="only this lane")
    _finish(export, _export)


def _finish(parser: argparse.ArgumentParser, run: Callable[[argparse.Namespace, House], int]) -> None:
    add_home(parser)
    parser.add_argument("--json", action="store_true", help="answer for machines")
    parser.set_defaults(run=run)


def _care(house: House) -> Care:
    if house.care is None:
        raise Unable("This build of the command line cannot care for a ledger.")
    return house.care()


def _where(arguments: argparse.Namespace, house: House) -> str:
    """Where the ledger lies; a ledger that is named needs no installation, and none is begun for it."""
    if arguments.ledger:
        return str(arguments.ledger)
    folder = arguments.home or Path(os.environ.get(VARIABLE) or "var")
    if not (folder / "home.json").exists():
        raise Unable(f"There is no installation in {folder}; name one with --home, or the ledger itself with --ledger.")
    return home_of(arguments, house).where


class Meter:
    """How far it is, on standard error, where somebody is looking."""

    def __init__(self, what: str) -> None:
        self.what, self.shown = what, 0.0
        self.looks = sys.stderr.isatty()

    def __call__(self, done: int, whole: int) -> None:
        """So much is done, of so much."""
        now = time.monotonic()
        if self.looks and whole and now - self.shown > SHOWN_EVERY_SECONDS:
            self.shown = now
            sys.stderr.write(f"\r{self.what} {100 * done // whole:>3} % ")
            sys.stderr.flush()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do the work; leaves the line clean."""
        try:
            return asyncio.run(work)
        finally:
            if self.shown:
                sys.stderr.write("\r" + " " * (len(self.what) + 8) + "\r")


def _verify(arguments: argparse.Namespace, house: House) -> int:
    meter = Meter("verifying")
    verdict = meter.run(_care(house).verify(_where(arguments, house), lane=arguments.lane, progress=meter))
    heads = {lane: {"seq": head.seq, "hash": head.hash.hex()} for lane, head in verdict.heads.items()}
    if arguments.json:
        say_json({"whole": verdict.is_whole, "moves": verdict.moves, "heads": heads, "findings": verdict.findings})
    else:
        for lane, head in heads.items():
            say(f"lane {lane}: {head['seq']} moves, last hash {head['hash']}")
        for finding in verdict.findings:
            complain(str(finding))
        say("The ledger is whole." if verdict.is_whole else "The ledger is damaged; restore the last backup.")
    return WHOLE if verdict.is_whole else DAMAGED


def _rebuild(arguments: argparse.Namespace, house: House) -> int:
    home = home_of(arguments, house)
    places = home.rules.places

    def left_of(place: int) -> int:
        return places.left_right(place)[0] if place in places else -1

    meter = Meter("rebuilding")
    done = meter.run(_care(house).rebuild(home.where, left_of, progress=meter))
    if arguments.json:
        say_json({"ledger": home.where, "moves": done.moves, "matters": done.matters})
    else:
        say(f"{done.matters} matters made again from {done.moves} moves.")
    return WHOLE


def _backup(arguments: argparse.Namespace, house: House) -> int:
    where = _where(arguments, house)
    meter = Meter("copying")
    meter.run(_care(house).backup(where, arguments.to, progress=meter))
    size = arguments.to.stat().st_size
    if arguments.json:
        say_json({"ledger": where, "backup": str(arguments.to), "bytes": size})
    else:
        say(f"{arguments.to} holds the ledger ({size / 2**20:.1f} MB), without the centre's key: keep that elsewhere.")
    return WHOLE


def _restore(arguments: argparse.Namespace, house: House) -> int:
    where = _where(arguments, house)
    meter = Meter("restoring")
    heads = meter.run(_care(house).restore(arguments.source, where, progress=meter))
    if arguments.json:
        say_json({"ledger": where, "heads": {lane: head.seq for lane, head in heads.items()}})
    else:
        lanes = ", ".join(f"lane {lane} to move {head.seq}" for lane, head in heads.items())
        say(f"{where} is restored: {lanes or 'it is empty'}.")
    return WHOLE


def _export(arguments: argparse.Namespace, house: House) -> int:
    form = arguments.format or arguments.to.suffix.removeprefix(".")
    if form not in ("jsonl", "parquet"):
        raise Unable(f"{arguments.to} does not say what it is to be; end it in .jsonl or .parquet, or give --format.")
    where = _where(arguments, house)
    meter = Meter("writing")
    care = _care(house)
    number = meter.run(care.export(where, arguments.to, form, lane=arguments.lane, progress=meter))
    if arguments.json:
        say_json({"ledger": where, "file": str(arguments.to), "moves": number})
    else:
        say(f"{number} moves are in {arguments.to}; personal data in it are sealed.")
    return WHOLE
