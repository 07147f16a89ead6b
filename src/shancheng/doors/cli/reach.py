"""`shancheng reach`: minutes on foot from every home to what is nearest, and who lacks what."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shancheng.doors.cli.house import House
from shancheng.doors.cli.say import complain, say, say_json
from shancheng.doors.cli.walking import add_points, bar, complain_some, desk_of, points_of, searching

if TYPE_CHECKING:
    from shancheng.doors.cli.layers import Layer
    from shancheng.wings.services.desk import Answers, Facilities, Homes, Lack, Network, Reach, Report

DONE = 0
ANSWERS = {1: "yes", 0: "no", -1: "unknown"}


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `reach`."""
    parser = commands.add_parser("reach", help="minutes on foot to what is nearest, and who lacks what")
    add_points(parser)
    parser.add_argument(
        "--category", action="append", default=[], metavar="NAME", help="only this one; may be repeated"
    )
    parser.add_argument("--nearest", type=int, default=1, metavar="K", help="so many of each category (%(default)s)")
    parser.add_argument("--back", action="store_true", help="the way back: from the facility home")
    parser.add_argument("--step-free", action="store_true", help="for a wheelchair: yes, no or unknown")
    parser.add_argument("--out", type=Path, metavar="FILE", help="homes with minutes: .parquet .gpkg .geojson .csv")
    parser.add_argument("--map", type=Path, metavar="FILE", help="a map: .html or .png")
    parser.add_argument("--map-of", metavar="NAME", help="category on the map; the one most lack when left out")
    parser.add_argument("--tiles", type=float, default=0.0, metavar="METRES", help="search tile by tile")
    parser.add_argument("--dask", default="", metavar="WHERE", help="work tiles on Dask: tcp://HOST:PORT, or local")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace, house: House) -> int:
    from shancheng.wings.services.desk import ReachWish, lacks

    desk = desk_of(arguments.pack, house)
    homes, facilities, reports = points_of(arguments)
    wish = ReachWish(
        minutes=arguments.minutes,
        way="back" if arguments.back else "there",
        nearest=arguments.nearest,
        categories=tuple(arguments.category),
    )
    with bar("reading the network", shown=not arguments.json) as told:
        network = desk.network(arguments.network)
        shifted = desk.shifted(network, homes, facilities)
        told(0.3, "searching")
        with searching(network, arguments.tiles, arguments.dask) as search:
            answers: Answers | None = None
            if arguments.step_free:
                reach, _, answers = desk.step_free(network, homes, facilities, wish, search)
            else:
                reach = desk.reach(arguments.walker, network, homes, facilities, wish, search)
        told(0.9, "counting")
    found = lacks(reach, homes)
    _write(arguments, network, homes, facilities, reach, answers, found)
    if arguments.json:
        say_json(_machine(homes, reports, reach, found, answers) | {"shifted": shifted})
    else:
        for sentence in shifted:
            complain(sentence)
        _tell(homes, reach, found, answers)
    return DONE


def _machine(
    homes: Homes, reports: Sequence[Report], reach: Reach, found: Sequence[Lack], answers: Answers | None
) -> dict[str, Any]:
    return {
        "walker": reach.walker,
        "way": reach.wish.way,
        "minutes": reach.wish.minutes,
        "network_day": reach.day,
        "homes": len(homes.ids),
        "people": float(homes.people.sum()),
        "categories": [_finite(lack) for lack in found],
        "step_free": _step_free(homes, reach, answers) if answers is not None else None,
        "empty_categories": reach.empty,
        "homes_without_street": [str(lost) for lost in reach.homes_lost],
        "facilities_without_street": [str(lost) for lost in reach.facilities_lost],
        "homes_on_islands": int(reach.on_island.sum()),
        "people_on_islands": float(homes.people[reach.on_island].sum()),
        "homes_near_border": int(reach.near_border.any(axis=0).sum()),
        "people_near_border": float(homes.people[reach.near_border.any(axis=0)].sum()),
        "homes_far_from_street": reach.homes_far,
        "facilities_far_from_street": reach.facilities_far,
        "refused": {report.file: report.sentences for report in reports},
    }


def _finite(lack: Lack) -> dict[str, Any]:
    """A line for machines; JSON has no word for what is not a number, so it is null."""
    line = {name: getattr(lack, name) for name in lack.__dataclass_fields__}
    return {name: None if isinstance(v, float) and math.isnan(v) else v for name, v in line.items()}


def _step_free(homes: Homes, reach: Reach, answers: Answers) -> dict[str, dict[str, float]]:
    return {
        category: {word: float(homes.people[answers[row] == code].sum()) for code, word in ANSWERS.items()}
        for row, category in enumerate(reach.categories)
    }


def _tell(homes: Homes, reach: Reach, found: Sequence[Lack], answers: Answers | None) -> None:
    way = "to the facility" if reach.wish.way == "there" else "back home from the facility"
    people = f"{len(homes.ids):,} homes, {homes.people.sum():,.0f} people"
    say(f"{people}; {reach.walker}, {way}, {reach.wish.minutes:g} min.")
    for lack in sorted(found, key=lambda lack: -lack.people_lacking):
        share = "nobody known" if math.isnan(lack.share_within) else f"{lack.share_within:6.1%} have it"
        median = "-" if math.isnan(lack.minutes_median) else f"{lack.minutes_median:.1f} min"
        say(f"  {lack.category:28} {share}, {lack.people_lacking:,.0f} people lack it; median {median}")
    if answers is not None:
        say("Without a step (people):")
        for category, row in _step_free(homes, reach, answers).items():
            say(f"  {category:28} " + ", ".join(f"{word} {people:,.0f}" for word, people in row.items()))
    if reach.near_border.any():
        complain(_near_border(homes, reach))
    if reach.on_island.any():
        first = int(reach.on_island.argmax())
        where = f"first '{homes.ids[first]}' at {homes.lon[first]:.6f}, {homes.lat[first]:.6f}"
        people = f"{homes.people[reach.on_island].sum():,.0f} people"
        complain(
            f"{int(reach.on_island.sum()):,} homes, {people}, lie on islands of the streets, {where}: look for a way."
        )
    for name in reach.empty:
        complain(f"Category '{name}' has no facility on the streets: everybody lacks it.")
    complain_some([f"Home {lost}" for lost in reach.homes_lost], "homes are on no street")
    complain_some([f"Facility {lost}" for lost in reach.facilities_lost], "facilities are on no street")


def _near_border(homes: Homes, reach: Reach) -> str:
    """How many homes may be nearer to something beyond the border of the extract, and what to do."""
    near = reach.near_border.any(axis=0)
    people = f"{int(near.sum()):,} homes, {homes.people[near].sum():,.0f} people"
    return (
        f"{people}, lie within {reach.limit_m:,.0f} m of the border of the streets, and something beyond it may be "
        "nearer to them: take streets and facilities from so much further around."
    )


def _write(
    arguments: argparse.Namespace,
    network: Network,
    homes: Homes,
    facilities: Facilities,
    reach: Reach,
    answers: Answers | None,
    found: Sequence[Lack],
) -> None:
    if arguments.out:
        from shancheng.doors.cli.layers import write_layer

        write_layer(_layer(homes, facilities, reach, answers), arguments.out)
        if not arguments.json:
            say(f"wrote {arguments.out}")
    if arguments.map:
        from shancheng.doors.cli.drawing import draw
        from shancheng.doors.cli.reach_map import drawing_of

        draw(drawing_of(network, homes, facilities, reach, found, arguments.map_of), arguments.map)
        if not arguments.json:
            say(f"wrote {arguments.map}")


def _layer(homes: Homes, facilities: Facilities, reach: Reach, answers: Answers | None) -> Layer:
    import numpy as np

    from shancheng.doors.cli.layers import Layer

    columns: dict[str, Any] = {"id": np.array(homes.ids, object), "people": homes.people}
    columns |= {f"people_{name}": people for name, people in homes.groups.items()}
    names = np.array([*facilities.ids, ""], object)
    for row, category in enumerate(reach.categories):
        for rank in range(reach.wish.nearest):
            end = f"_{rank + 1}" if rank else ""
            columns[f"minutes_{category}{end}"] = reach.minutes[row, :, rank]
            columns[f"facility_{category}{end}"] = names[reach.facility[row, :, rank]]
        if answers is not None:
            columns[f"step_free_{category}"] = np.array([ANSWERS[code] for code in answers[row].tolist()], object)
    columns["near_border"] = reach.near_border.any(axis=0)
    columns["lacks"] = np.where(reach.is_known, (~reach.within()).sum(axis=0), -1).astype(np.int64)
    about = {
        "walker": reach.walker,
        "way": reach.wish.way,
        "minutes": f"{reach.wish.minutes:g}",
        "network_day": reach.day.isoformat(),
        "near_border": "whether something beyond the border of the streets may be nearer, to a category at least",
        "lacks": "how many categories are not within the minutes; -1 where the home is on no street",
    }
    return Layer(homes.lon, homes.lat, columns, about)
