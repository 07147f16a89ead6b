"""`shancheng network`: make a walking network from an extract and a relief, and see what is in one."""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from shancheng.doors.cli.house import House
from shancheng.doors.cli.say import complain, say, say_json
from shancheng.doors.cli.walking import bar, complain_some, desk_of

if TYPE_CHECKING:
    from shancheng.wings.services.desk import Manifest

DONE = 0
PARTS_SHOWN = 5


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `network build`, `network info`, `network gates` and `network invent`."""
    parser = commands.add_parser("network", help="streets, stairs and lifts as a network of walking times")
    verbs = parser.add_subparsers(dest="network_verb", metavar="VERB", required=True)
    build = verbs.add_parser("build", help="from an OpenStreetMap extract and a height model")
    build.add_argument("streets", type=Path, metavar="STREETS.pbf", help="extract of OpenStreetMap")
    build.add_argument("--relief", type=Path, metavar="RELIEF.tif", help="height model in metres; flat without it")
    build.add_argument("--out", type=Path, required=True, metavar="NETWORK", help="folder to keep it in")
    build.add_argument("--walker", action="append", default=[], metavar="KEY", help="only this one; may be repeated")
    build.add_argument("--pack", action="append", metavar="PACK", help="packs that say who walks and how (base)")
    _finish(build, _build)
    info = verbs.add_parser("info", help="what a network was made from, what it holds, what to mistrust")
    info.add_argument("network", type=Path, metavar="NETWORK")
    _finish(info, _info)
    gates = verbs.add_parser("gates", help="where parks and campuses are entered, as facilities for `reach`")
    gates.add_argument("streets", type=Path, metavar="STREETS.pbf", help="extract the gates are in")
    gates.add_argument("--areas", type=Path, required=True, metavar="FILE", help="outlines with id and category")
    gates.add_argument("--walker", default="adult", metavar="KEY", help="who must be let in (%(default)s)")
    gates.add_argument("--out", type=Path, required=True, metavar="FILE.csv", help="facilities to write")
    gates.add_argument("--pack", action="append", metavar="PACK", help="packs that say who walks and how (base)")
    _finish(gates, _gates)
    invent = verbs.add_parser("invent", help="streets, relief, homes and facilities of the invented city")
    invent.add_argument("folder", type=Path, metavar="FOLDER", help="where to write them")
    invent.add_argument("--seed", type=int, default=7, help="(%(default)s)")
    invent.add_argument("--scale", type=float, default=1.0, help="1 is the size that ships (%(default)s)")
    _finish(invent, _invent)


def _finish(parser: argparse.ArgumentParser, run: object) -> None:
    parser.add_argument("--json", action="store_true", help="answer for machines")
    parser.set_defaults(run=run)


def _build(arguments: argparse.Namespace, house: House) -> int:
    desk = desk_of(arguments.pack, house)
    with bar("streets", shown=not arguments.json) as told:
        made = desk.build(
            arguments.streets,
            arguments.relief,
            arguments.out,
            arguments.walker,
            day=dt.date.today(),
            progress=told,
        )
    return _show(made, arguments.json)


def _info(arguments: argparse.Namespace, house: House) -> int:
    from shancheng.wings.services.desk import manifest_of

    return _show(manifest_of(arguments.network), arguments.json)


def _gates(arguments: argparse.Namespace, house: House) -> int:
    found = desk_of(arguments.pack, house).gates(arguments.streets, arguments.areas, arguments.walker, arguments.out)
    nowhere = [f"Area {one}" for one in found.unentered]
    if arguments.json:
        say_json({"gates": len(found.ids), "mapped": int(found.mapped.sum()), "areas_without_entrance": nowhere})
        return DONE
    say(f"wrote {arguments.out}: {len(found.ids):,} entrances, {int(found.mapped.sum()):,} of them mapped as gates.")
    complain_some(nowhere, "areas are entered nowhere; --json names them all")
    return DONE


def _invent(arguments: argparse.Namespace, house: House) -> int:
    from shancheng.wings.services.desk import RELIEF, STREETS, write_streets

    made = write_streets(arguments.folder, arguments.seed, arguments.scale)
    if arguments.json:
        say_json(made)
        return DONE
    say(f"{made.folder}: {made.ways:,} ways, {made.homes:,} homes of {made.residents:,} people,")
    say(f"{made.facilities:,} facilities, {made.sites:,} sites, {made.links:,} links. All of it is invented.")
    folder = arguments.folder
    say(f"Next: shancheng network build {folder / STREETS} --relief {folder / RELIEF} --out {folder / 'network'}")
    return DONE


def _show(manifest: Manifest, as_json: bool) -> int:
    if as_json:
        parts = [{"nodes": size, "parts": count} for size, count in manifest.parts.items()]
        say_json({name: getattr(manifest, name) for name in manifest.__dataclass_fields__} | {"parts": parts})
        return DONE
    counts = manifest.counts
    relief = f"{manifest.relief.name}, " if manifest.relief else "no relief, "
    say(f"Made on {manifest.day} from {manifest.streets.name}, {relief}{counts.ways:,} ways.")
    say(
        f"{counts.nodes:,} nodes, {counts.edges:,} edges, {counts.length_m / 1000:,.1f} km; "
        f"{counts.street_nodes:,} nodes of the extract lie on streets."
    )
    pieces = [f"{count:,} x {size:,} nodes" for size, count in list(manifest.parts.items())[:PARTS_SHOWN]]
    say(f"Parts: {', '.join(pieces)}{' ...' if len(manifest.parts) > PARTS_SHOWN else ''}")
    for key, walked in manifest.walkers.items():
        say(
            f"  {key:20} {walked.length_m / 1000:9,.1f} km open, {walked.largest_share:6.1%} of them in one part "
            f"of {walked.parts:,}; {walked.doubt_share:6.1%} rest on doubtful data"
        )
    for finding in manifest.findings:
        complain(str(finding))
    return DONE
