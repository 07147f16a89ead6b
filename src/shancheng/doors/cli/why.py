"""`shancheng why`, `matter` and `board`: looks at the ledger; they work beside a running house."""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
from typing import TYPE_CHECKING, TypeVar

from shancheng.doors.cli.home import Home, Unable
from shancheng.doors.cli.house import House
from shancheng.doors.cli.opening import add_home, home_of
from shancheng.doors.cli.say import say, say_json

if TYPE_CHECKING:
    from shancheng.ground.access import Actor
    from shancheng.loop.matter import Matter
    from shancheng.loop.move import Move
    from shancheng.wings.governance.desk import Board, PlaceRow

ROLE = "leader"
"""Who is looking when nothing else is said: sees the whole city."""
T = TypeVar("T")


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `why`, `matter` and `board`."""
    why = commands.add_parser("why", help="why a matter stands as it does, down to the pack line")
    why.add_argument("matter", metavar="MATTER", help="number of the matter")
    why.add_argument("--lang", choices=("zh", "en"), default="en", help="language of the reasons (%(default)s)")
    _finish(why, _why)
    matter = commands.add_parser("matter", help="one matter and its history")
    matter.add_argument("matter", metavar="MATTER", help="number of the matter")
    _finish(matter, _matter)
    board = commands.add_parser("board", help="how many matters stand where")
    board.add_argument("place", metavar="PLACE", nargs="?", default="", help="code or number; the city when left out")
    _finish(board, _board)


def _finish(parser: argparse.ArgumentParser, run: object) -> None:
    add_home(parser)
    parser.add_argument("--as", dest="as_", default="", metavar="ROLE@PLACE", help="look with the eyes of a role")
    parser.add_argument("--json", action="store_true", help="answer for machines")
    parser.set_defaults(run=run)


def actor_of(text: str, home: Home, role: str = ROLE) -> Actor:
    """An account from `role@place` or `role@agency:KEY`; the whole city where no place is named."""
    named, _, where = text.partition("@")
    agency = where.removeprefix("agency:") if where.startswith("agency:") else ""
    return home.actor(named or role, "" if agency else where, agency)


def _seen(answer: object, kind: type[T]) -> T:
    """What the desk gave, or its refusal as an error."""
    from shancheng.loop.ledger import Refusal

    if isinstance(answer, Refusal):
        raise Unable(answer.message)
    assert isinstance(answer, kind)
    return answer


def _why(arguments: argparse.Namespace, house: House) -> int:
    from shancheng.loop.why import Why

    async def ask(home: Home) -> Why:
        async with home.reading() as desk:
            return _seen(await desk.why(arguments.matter, actor_of(arguments.as_, home)), Why)

    why = asyncio.run(ask(home_of(arguments, house)))
    if arguments.json:
        say_json(why)
        return 0
    for reason in why.reasons:
        moves = f"  moves {', '.join(map(str, reason.moves))}" if reason.moves else ""
        say(f"{reason.of}: {reason.zh if arguments.lang == 'zh' else reason.en}")
        if reason.pack or moves:
            say(f"    {reason.pack}{moves}")
    return 0


def _matter(arguments: argparse.Namespace, house: House) -> int:
    from shancheng.loop.matter import Matter

    home = home_of(arguments, house)

    async def ask() -> tuple[Matter, list[Move]]:
        async with home.reading() as desk:
            actor = actor_of(arguments.as_, home)
            seen = _seen(await desk.matter(arguments.matter, actor), Matter)
            return seen, _seen(await desk.history(arguments.matter, actor), list)

    seen, moves = asyncio.run(ask())
    if arguments.json:
        say_json(seen)
        return 0
    _say_matter(seen, moves, home)
    return 0


def _say_matter(matter: Matter, moves: list[Move], home: Home) -> None:
    rules = home.rules

    def local(at: int) -> str:
        return f"{dt.datetime.fromtimestamp(at, rules.zone):%Y-%m-%d %H:%M}"

    def name(place: int) -> str:
        return rules.places.name(place) if place in rules.places else str(place)

    say(f"{matter.id}  {matter.stage}  {matter.opening.kind} {matter.about.category} grade {matter.about.severity}")
    say(f"  at {name(matter.about.place)}, held by {name(matter.custody.holder)}, opened {local(matter.opening.at)}")
    say(f"  {matter.opening.text}")
    for leg in matter.legs.values():
        say(f"  {leg.part:<8}{leg.agency}  {leg.state}")
    width = max(map(len, matter.clocks), default=0)
    for key, clock in matter.clocks.items():
        state = (
            "void" if clock.void else f"met {local(clock.met)}" if clock.met else "paused" if clock.paused else "runs"
        )
        say(f"  {key:<{width}}  due {local(clock.due)}  {state}{'  late' if clock.is_late(home.now()) else ''}")
    for move in moves:
        say(f"  {move.matter_seq:>3}  {local(move.at)}  {move.verb:<10}{move.role} {move.actor}")


def _board(arguments: argparse.Namespace, house: House) -> int:
    from shancheng.wings.governance.desk import Board

    home = home_of(arguments, house)

    async def ask() -> Board:
        async with home.reading() as desk:
            return _seen(await desk.board(place_of(arguments.place, home), actor_of(arguments.as_, home)), Board)

    board = asyncio.run(ask())
    if arguments.json:
        say_json(board)
    else:
        for line in board_lines(board):
            say(line)
    return 0


def place_of(name: str, home: Home) -> int:
    """A place's number from its code or number; the city where nothing is said."""
    places = home.rules.places
    if not name:
        return places.nodes[0].id
    found = next((node.id for node in places.nodes if node.code == name), 0)
    found = found or (int(name) if name.isdecimal() and int(name) in places else 0)
    if not found:
        raise Unable(f"There is no place '{name}'; a board is of a place by code or number.")
    return found


def board_lines(board: Board) -> list[str]:
    """A board as lines of text."""
    header = "".join(f"{stage:>10}" for stage in (*board.stages, "late"))
    rows = [*board.children, *([board.own] if board.own else []), board.place]
    return [f"{'':<24}{header}", *(_row(row) for row in rows)]


def _row(row: PlaceRow) -> str:
    from unicodedata import east_asian_width

    name = row.name_zh or "(here)"
    wide = sum(east_asian_width(letter) in "WF" for letter in name)
    return name + " " * max(1, 24 - len(name) - wide) + "".join(f"{n:>10}" for n in (*row.stages, row.late))
