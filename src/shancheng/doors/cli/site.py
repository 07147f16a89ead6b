"""`shancheng site`: where to build a facility or a link, with whom it serves and how sure that is."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shancheng.doors.cli.house import House
from shancheng.doors.cli.say import complain, say, say_json
from shancheng.doors.cli.walking import CannotAsk, add_points, bar, complain_some, desk_of, points_of

if TYPE_CHECKING:
    from shancheng.doors.cli.layers import Layer
    from shancheng.wings.services.desk import Desk, Facilities, Homes, LinkWorth, Proposals, Report, Sited

DONE = 0
GOALS = ("cover", "near", "all")
SHOWN = 20
"""Links that are told in words."""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `site`."""
    parser = commands.add_parser("site", help="where to build: a facility, or a stair, lift, ramp, bridge or gate")
    add_points(parser)
    parser.add_argument("--candidates", type=Path, metavar="FILE", help="sites: id, lon, lat, cost, capacity")
    parser.add_argument("--links", type=Path, metavar="FILE", help="links: id, kind, from_lon, from_lat, to_lon, ...")
    parser.add_argument(
        "--category", action="append", default=[], metavar="NAME", help="what is to be built or reached"
    )
    parser.add_argument(
        "--goal", choices=GOALS, default="cover", help="most people, least minutes, or all (%(default)s)"
    )
    parser.add_argument("--count", type=int, metavar="N", help="so many at most")
    parser.add_argument("--budget", type=float, default=math.inf, metavar="MONEY", help="in the money of the file")
    parser.add_argument("--gap", type=float, default=0.01, help="how far from the best at most; 0 is proven best")
    parser.add_argument("--anew", action="store_true", help="as if nothing stood yet")
    parser.add_argument("--capacity", action="store_true", help="serve nobody beyond what a site can")
    parser.add_argument("--back", action="store_true", help="the way back: from the facility home")
    parser.add_argument("--out", type=Path, metavar="FILE", help="the choice: .parquet .gpkg .geojson .csv")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace, house: House) -> int:
    if bool(arguments.candidates) == bool(arguments.links):
        raise CannotAsk("Say what may be built: sites with --candidates, or links with --links, one of the two.")
    desk = desk_of(arguments.pack, house)
    homes, facilities, reports = points_of(arguments)
    asked = _links if arguments.links else _sites
    return asked(arguments, desk, homes, facilities, reports)


def _sites(
    arguments: argparse.Namespace, desk: Desk, homes: Homes, facilities: Facilities, reports: list[Report]
) -> int:
    from shancheng.wings.services.desk import SiteWish, read_candidates

    if len(arguments.category) != 1:
        raise CannotAsk("Sites are chosen for one category at a time: name it with --category.")
    candidates = read_candidates(arguments.candidates, datum=arguments.datum)
    _say_rows(candidates.report, arguments.json)
    wish = SiteWish(
        category=arguments.category[0],
        goal=arguments.goal,
        minutes=arguments.minutes,
        way="back" if arguments.back else "there",
        count=arguments.count,
        budget=arguments.budget,
        gap=arguments.gap,
        anew=arguments.anew,
        with_capacity=arguments.capacity,
    )
    with bar("choosing sites", shown=not arguments.json):
        network = desk.network(arguments.network)
        shifted = desk.shifted(network, homes, facilities)
        found = desk.site(arguments.walker, network, homes, facilities, candidates, wish)
    if arguments.out:
        _write(_site_layer(found), arguments)
    if arguments.json:
        say_json(_machine(found, [*reports, candidates.report]) | {"shifted": shifted})
    else:
        complain_some(shifted, "files look shifted")
        _tell_sites(found)
    return DONE


def _say_rows(report: Report, as_json: bool) -> None:
    if not as_json:
        complain_some([*report.sentences], "rows were refused or deserve a look; --json gives them all")


def _write(layer: Layer, arguments: argparse.Namespace) -> None:
    from shancheng.doors.cli.layers import write_layer

    write_layer(layer, arguments.out)
    if not arguments.json:
        say(f"wrote {arguments.out}")


def _site_layer(found: Sited) -> Layer:
    import numpy as np

    from shancheng.doors.cli.layers import Layer

    gains = found.gains
    columns: dict[str, Any] = {
        "id": np.array([gain.id for gain in gains], object),
        "people": np.array([gain.people for gain in gains], np.float64),
        "cost": np.array([gain.cost for gain in gains], np.float64),
        "runner_up": np.array([gain.runner_up for gain in gains], object),
        "runner_up_loss": np.array([gain.runner_up_loss for gain in gains], np.float64),
    }
    about = {"category": found.wish.category, "walker": found.walker, "gap": f"{found.gap:.4f}", "how": found.how}
    lon, lat = (np.array([getattr(gain, name) for gain in gains], np.float64) for name in ("lon", "lat"))
    return Layer(lon, lat, columns, about, "sites")


def _machine(found: Sited, reports: Sequence[Report]) -> dict[str, Any]:
    names = ("walker", "gains", "people", "people_before", "people_after", "person_minutes", "beyond_reach", "left_out")
    sure = ("value", "bound", "gap", "how")
    return {name: getattr(found, name) for name in (*names, *sure)} | {
        "category": found.wish.category,
        "goal": found.wish.goal,
        "minutes": found.wish.minutes,
        "homes_without_street": [str(lost) for lost in found.homes_lost],
        "sites_without_street": [str(lost) for lost in found.sites_lost],
        "refused": {report.file: report.sentences for report in reports},
    }


def _tell_sites(found: Sited) -> None:
    wish = found.wish
    sure = "proven best" if found.gap == 0 else f"at most {found.gap:.2%} from the best"
    say(f"{wish.category}, {found.walker}, {wish.minutes:g} min: {len(found.gains)} new sites, {sure} ({found.how}).")
    say(f"{found.people_before:,.0f} of {found.people:,.0f} people have it now, {found.people_after:,.0f} then.")
    for gain in found.gains:
        after = f"next best {gain.runner_up}, {gain.runner_up_loss:,.0f} fewer" if gain.runner_up else "no other helps"
        cost = f", costs {gain.cost:,.0f}" if gain.cost else ""
        say(f"  {gain.id:16} serves {gain.people:,.0f} nobody else would{cost}; {after}")
    say(f"{found.left_out:,.0f} could be helped by more sites; {found.beyond_reach:,.0f} are beyond every site here.")
    complain_some([f"Home {lost}" for lost in found.homes_lost], "homes are on no street")
    complain_some([f"Site {lost}" for lost in found.sites_lost], "sites are on no street")


def _links(
    arguments: argparse.Namespace, desk: Desk, homes: Homes, facilities: Facilities, reports: list[Report]
) -> int:
    from shancheng.wings.services.desk import LinkWish, read_proposals

    proposals = read_proposals(arguments.links, datum=arguments.datum)
    _say_rows(proposals.report, arguments.json)
    wish = LinkWish(
        minutes=arguments.minutes,
        way="back" if arguments.back else "there",
        categories=tuple(arguments.category),
        count=10 if arguments.count is None else arguments.count,
        budget=arguments.budget,
    )
    with bar("judging links", shown=not arguments.json):
        network = desk.network(arguments.network)
        shifted = desk.shifted(network, homes, facilities)
        found = desk.links(arguments.walker, network, homes, facilities, proposals, wish)
    if arguments.out:
        _write(_link_layer(found, proposals), arguments)
    if arguments.json:
        refused = {report.file: report.sentences for report in [*reports, proposals.report]}
        say_json(_links_machine(found) | {"refused": refused, "shifted": shifted})
    else:
        complain_some(shifted, "files look shifted")
        _tell_links(found)
    return DONE


def _links_machine(found: LinkWorth) -> dict[str, Any]:
    """The links for machines; bound and gap are null where links help one another."""
    names = ("built", "by_cost", "cost", "saved_together", "saved_by_all", "helped", "lost")
    sure = {name: None if found.helped else getattr(found, name) for name in ("bound", "gap")}
    rows = zip(found.ids, found.saved.sum(axis=1).tolist(), found.brought.sum(axis=1).tolist(), strict=True)
    each = [{"id": one, "person_minutes_saved": saved, "people_brought": brought} for one, saved, brought in rows]
    return {name: getattr(found, name) for name in names} | sure | {"each": each}


def _link_layer(found: LinkWorth, proposals: Proposals) -> Layer:
    import numpy as np

    from shancheng.doors.cli.layers import Layer

    row = [proposals.ids.index(one) for one in found.ids]
    turn = {built.id: number for number, built in enumerate(found.built, start=1)}
    columns: dict[str, Any] = {
        "id": np.array(found.ids, object),
        "kind": np.array([proposals.kind[at] for at in row], object),
        "cost": proposals.cost[row],
        "build_turn": np.array([turn.get(one, 0) for one in found.ids], np.int64),
        "saved_in_turn": np.full(len(row), np.nan),
        "brought_in_turn": np.full(len(row), np.nan),
        "runner_up": np.full(len(row), "", object),
    }
    for built in found.built:
        at = found.ids.index(built.id)
        columns["saved_in_turn"][at], columns["brought_in_turn"][at] = built.person_minutes_saved, built.people_brought
        columns["runner_up"][at] = built.runner_up
    for number, category in enumerate(found.categories):
        columns[f"saved_{category}"] = found.saved[:, number]
        columns[f"brought_{category}"] = found.brought[:, number]
    lon = (proposals.from_lon[row] + proposals.to_lon[row]) / 2
    lat = (proposals.from_lat[row] + proposals.to_lat[row]) / 2
    about = {
        "saved": "person-minutes if only this link is built",
        "build_turn": "0 for those that are not chosen",
        "saved_in_turn": "person-minutes on top of the links of earlier turns",
        "runner_up": "the link that would have come next best at this turn",
    }
    return Layer(lon, lat, columns, about, "links")


def _tell_links(found: LinkWorth) -> None:
    order = "by what they save for their cost" if found.by_cost else "by what they save"
    judged = f"{len(found.ids):,} links judged by {len(found.categories)} categories"
    say(f"{judged}; to build {order}, each with those before it:")
    for turn, built in enumerate(found.built[:SHOWN], start=1):
        cost = f", costs {built.cost:,.0f}" if built.cost else ""
        alone = f"{built.person_minutes_alone:,.0f}"
        saved = f"{built.person_minutes_saved:,.0f}"
        saved += f" person-minutes ({alone} alone)" if alone != saved else " person-minutes"
        after = f"next best {built.runner_up}: {built.runner_up_saved:,.0f}" if built.runner_up else "no other helps"
        brought = f"brings {built.people_brought:,.0f} people within the minutes"
        say(f"  {turn:3} {built.id:12} {built.kind:9} saves {saved}, {brought}{cost}; {after}")
    if len(found.built) > SHOWN:
        say(f"  ... and {len(found.built) - SHOWN} more; --out and --json have them all.")
    if found.built:
        _tell_together(found)
    else:
        complain("None of these links that can be paid saves anybody a minute; look at where they begin and end.")
    complain_some(list(found.lost), "links cannot be judged")


def _tell_together(found: LinkWorth) -> None:
    cost = f", for {found.cost:,.0f}" if found.cost else ""
    all_of_them = f"{found.saved_by_all:,.0f} person-minutes that all {len(found.ids):,} links would"
    say(f"Together they save {found.saved_together:,.0f} of the {all_of_them}{cost}.")
    if found.helped:
        say("Some links save more after others than alone, so that how far this is from the best cannot be proven.")
    elif found.gap == 0:
        say("Proven best: no other choice within these limits saves more.")
    else:
        say(f"No other choice within these limits saves more than {found.gap:.2%} more.")
