"""`shancheng pack`: begin, check, compare and build city packs."""

from __future__ import annotations

import argparse
import datetime as dt
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from shancheng.doors.cli.house import House
from shancheng.doors.cli.say import complain, say, say_json

if TYPE_CHECKING:
    from shancheng.ground.pack import Fault, Packs
    from shancheng.ground.pack.comparing import Change, Tree

CLEAN, FAULTY, MISUSED = 0, 1, 2
SEARCH = (Path(), Path("var/packs"))
"""Where packs lie beside the shipped ones, for the working folder."""
LATEST = dt.date(2199, 12, 31)
SHOWN_PER_CODE = 20
"""Faults of one code that are shown in words; `--json` gives all."""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `pack init`, `pack check`, `pack diff` and `pack build`."""
    parser = commands.add_parser("pack", help="begin, check, compare and build city packs")
    verbs = parser.add_subparsers(dest="pack_verb", metavar="VERB", required=True)
    _add_init(verbs)
    _add_check(verbs)
    _add_diff(verbs)
    _add_build(verbs)


def _add_init(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    init = verbs.add_parser("init", help="begin a city from a file of boundaries")
    init.add_argument("folder", type=Path, help="new folder; its name becomes the pack's key")
    init.add_argument("--boundaries", type=Path, required=True, metavar="FILE", help=".parquet .gpkg .geojson .shp ...")
    init.add_argument("--id-col", metavar="NAME", help="column of codes; guessed when left out")
    init.add_argument("--name-col", metavar="NAME", help="column of names; guessed when left out")
    init.add_argument("--parent-col", metavar="NAME", help="column of the place above; guessed, '' for none")
    init.add_argument("--name", help="name of the city; the folder's name when left out")
    init.add_argument("--language", default="en", help="language of the names in the file (%(default)s)")
    init.add_argument("--time-zone", default="UTC", help="IANA time zone (%(default)s)")
    init.add_argument("--datum", default="wgs84", choices=("wgs84", "gcj02", "bd09"), help="(%(default)s)")
    init.add_argument("--crs", default="", help="coordinate system, where the file does not say it: EPSG:3435")
    init.add_argument("--encoding", default="", help="of a shapefile without .cpg: utf-8, gb18030")
    init.add_argument("--source", default="", help="who published the file, and when")
    init.add_argument("--licence", default="", help="what it may be used for")
    init.add_argument("--over", default="base", help="pack the city is laid over (%(default)s; cn in China)")
    _finish(init, _init)


def _add_check(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    check = verbs.add_parser("check", help="everything wrong with packs, with file, record and nearest name")
    check.add_argument(
        "packs", nargs="+", metavar="PACK", help="name of a shipped pack, or a folder; later over earlier"
    )
    _finish(check, _check)


def _add_diff(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    diff = verbs.add_parser("diff", help="what changed from one tree to another, as proposed changes")
    diff.add_argument("before", help="name or folder of a pack")
    diff.add_argument("after", help="name or folder of a pack, may be the same")
    diff.add_argument("--before-on", type=dt.date.fromisoformat, metavar="DAY", help="take the tree of this day")
    diff.add_argument("--after-on", type=dt.date.fromisoformat, metavar="DAY", help="take the tree of this day")
    diff.add_argument("--spelling", action="store_true", help="list renames that only spell a name another way")
    _finish(diff, _diff)


def _add_build(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    build = verbs.add_parser("build", help="make a pack from a seed")
    build.add_argument("name", help="key of the pack: weicheng")
    build.add_argument("--folder", type=Path, help="where to write it (var/packs/NAME)")
    build.add_argument("--seed", type=int, default=7, help="(%(default)s)")
    build.add_argument("--scale", type=float, default=1.0, help="1 is the size that ships (%(default)s)")
    _finish(build, _build)


def _finish(parser: argparse.ArgumentParser, run: object) -> None:
    parser.add_argument("--json", action="store_true", help="answer for machines")
    parser.set_defaults(run=run)


def _check(arguments: argparse.Namespace, house: House) -> int:
    from shancheng.ground.pack import PackError, check_packs, find_pack

    try:
        folders = [find_pack(name, SEARCH) for name in arguments.packs]
    except PackError as error:
        return _report(error.faults, arguments.json) or FAULTY
    packs, faults = check_packs(folders, house.tables, house.checks)
    return _report(faults, arguments.json, packs)


def _report(faults: Sequence[Fault], as_json: bool, packs: Packs | None = None) -> int:
    errors = sum(fault.severity == "error" for fault in faults)
    records = {name: len(found) for name, found in packs.records.items() if found} if packs else {}
    if as_json:
        say_json({"faults": faults, "errors": errors, "warnings": len(faults) - errors, "records": records})
    else:
        _say_faults(faults)
        keys = " over ".join(pack.key for pack in reversed(packs.packs)) if packs else ""
        counts = ", ".join(f"{number} {name}" for name, number in records.items())
        say(f"{keys}: {errors} errors, {len(faults) - errors} warnings; {counts}." if packs else f"{errors} errors.")
    return FAULTY if errors else CLEAN


def _say_faults(faults: Sequence[Fault]) -> None:
    shown: Counter[str] = Counter()
    for fault in sorted(faults, key=lambda fault: (fault.severity, fault.file, fault.line)):
        shown[fault.code] += 1
        if shown[fault.code] <= SHOWN_PER_CODE:
            say(f"{fault.severity}: {fault}")
    for code, count in shown.items():
        if count > SHOWN_PER_CODE:
            say(f"... and {count - SHOWN_PER_CODE} more of [{code}]; --json gives them all.")


def _diff(arguments: argparse.Namespace, house: House) -> int:
    from shancheng.ground.pack import PackError, find_pack, load_packs
    from shancheng.ground.pack.comparing import compare

    try:
        before = load_packs([find_pack(arguments.before, SEARCH)], house.tables)
        after = load_packs([find_pack(arguments.after, SEARCH)], house.tables)
    except PackError as error:
        return _report(error.faults, arguments.json) or FAULTY
    changes = compare(_tree(before, arguments.before_on), _tree(after, arguments.after_on))
    if arguments.json:
        say_json({"changes": changes, "counts": Counter(change.kind for change in changes)})
    else:
        _say_changes(changes, arguments.spelling)
    return CLEAN


def _tree(packs: Packs, on: dt.date | None) -> Tree:
    """The tree of a day with its reforms applied, and its shapes where the packs have any."""
    from shancheng.ground.pack.comparing import tree_of
    from shancheng.ground.territory import Territory

    territory, day = Territory.of(packs), on or LATEST
    shapes: dict[int, object] = {}
    for level in territory.shapes.levels:
        ids, found = territory.shapes.on(level, territory.snapshot(day).ids, day)
        shapes.update(zip(ids.tolist(), found, strict=True))
    return tree_of(territory.tables.places, on, shapes)


def _say_changes(changes: Sequence[Change], spelling: bool) -> None:
    counts = Counter(change.kind for change in changes)
    for change in changes:
        if spelling or change.kind != "spelling":
            say(str(change))
    say("; ".join(f"{count} {kind}" for kind, count in counts.items()) or "no change")


def _init(arguments: argparse.Namespace, house: House) -> int:
    from shancheng.ground.pack import PackError, check_packs
    from shancheng.ground.pack.founding import Wish, found_pack

    try:
        founded = found_pack(Wish(**{name: getattr(arguments, name) for name in Wish.__dataclass_fields__}))
    except PackError as error:
        return _report(error.faults, arguments.json) or FAULTY
    packs, faults = check_packs([arguments.folder], house.tables, house.checks)
    if not arguments.json:
        for line in founded.guess:
            say(line)
        for file in founded.files:
            say(f"wrote {file}")
    return _report([*founded.faults, *faults], arguments.json, packs)


def _build(arguments: argparse.Namespace, house: House) -> int:
    builder = house.builders.get(arguments.name)
    if builder is None:
        known = ", ".join(sorted(house.builders)) or "none"
        complain(f"There is no pack named '{arguments.name}' that can be built; known are: {known}.")
        return MISUSED
    if arguments.scale <= 0:
        complain(f"A scale is above 0, not {arguments.scale}; 1 is the size that ships.")
        return MISUSED
    folder = arguments.folder or Path("var/packs") / arguments.name
    made = builder(folder, arguments.seed, arguments.scale)
    if arguments.json:
        say_json({"folder": str(folder), "seed": arguments.seed, "scale": arguments.scale, "made": made})
    else:
        say(f"{folder}: built from seed {arguments.seed} at scale {arguments.scale:g}.")
    return CLEAN
