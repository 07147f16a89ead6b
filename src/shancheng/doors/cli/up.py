"""`shancheng up`: the house runs on this machine, the invented city's day plays, and a board shows it."""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import ipaddress
import sys
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shancheng.doors.cli.home import HOST, PORT, Running, Unable, UpWish
from shancheng.doors.cli.house import House
from shancheng.doors.cli.opening import add_home, home_of
from shancheng.doors.cli.say import say
from shancheng.doors.cli.why import board_lines

if TYPE_CHECKING:
    from rich.table import Table

    from shancheng.wings.governance.desk import Board

SPEED_MAX = 100_000.0
LIVE_SECONDS, PLAIN_SECONDS = 1.0, 5.0
RATE_SAMPLES = 10


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `up`."""
    parser = commands.add_parser("up", help="run the house here: the invented city's day, the API, a live board")
    parser.add_argument("--speed", type=float, default=60.0, help="seconds of the city's day in a second (%(default)g)")
    parser.add_argument(
        "--from",
        dest="hurry_to",
        default="00:00",
        metavar="HH:MM",
        help="play the day up to then without waiting, so that something is there to see (%(default)s)",
    )
    parser.add_argument("--host", default=HOST, help="address to answer at (%(default)s)")
    parser.add_argument("--port", type=int, default=PORT, help="port to answer at; 0 for any free one (%(default)s)")
    parser.add_argument(
        "--behind", action="append", metavar="ADDRESS", help="a proxy or network believed about who asks and TLS"
    )
    parser.add_argument("--pack", action="append", metavar="PACK", help="another city: a pack by name or folder")
    parser.add_argument("--seed", type=int, help="seed the invented city is made from (7)")
    parser.add_argument("--scale", type=float, help="size of the invented city (1)")
    parser.add_argument("--no-day", action="store_true", help="do not play the invented city's day")
    parser.add_argument("--quiet", action="store_true", help="no board")
    add_home(parser)
    parser.set_defaults(run=_up)


def _up(arguments: argparse.Namespace, house: House) -> int:
    if not 0 < arguments.speed <= SPEED_MAX:
        raise Unable(
            f"A speed lies between 0 and {SPEED_MAX:g}, not at {arguments.speed:g}; 60 plays a day in 18 minutes."
        )
    if not 0 <= arguments.port <= 65_535:
        raise Unable(f"A port is a number up to 65535, not {arguments.port}.")
    wish = UpWish(
        arguments.host,
        arguments.port,
        arguments.speed,
        not arguments.no_day,
        _time_of_day(arguments.hurry_to),
        _proxies(arguments.behind or ()),
    )
    home = home_of(arguments, house)

    async def watch(running: Running) -> None:
        _greet(running)
        if arguments.quiet:
            return
        if sys.stdout.isatty():
            await _live(running)
        else:
            await _plain(running)

    _run(home.serve(wish, watch))
    say("Stopped; everything that was acknowledged is in the ledger.")
    return 0


def _time_of_day(said: str) -> dt.time:
    try:
        return dt.datetime.strptime(said, "%H:%M").time()
    except ValueError:
        raise Unable(f"'{said}' is no time of day; write --from 10:00 for ten in the morning.") from None


def _proxies(named: Sequence[str]) -> tuple[str, ...]:
    for each in named:
        try:
            ipaddress.ip_network(each)
        except ValueError:
            raise Unable(
                f"'{each}' is no address or network; write --behind 10.0.0.5 or --behind 10.0.0.0/24."
            ) from None
    return tuple(named)


def _run(task: object) -> None:
    """Run to the end, on the faster loop where there is one."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(task)  # type: ignore[arg-type]
    else:
        uvloop.run(task)  # type: ignore[arg-type]


def _greet(running: Running) -> None:
    say(f"{running.city} answers at {running.url} (GET /health, /openapi.json, /boards/{running.root}).")
    if running.tokens:
        say("Tokens to try it with, shown this once; paste the lines into another terminal:")
        say(f"  export SHANCHENG={running.url}")
        for name, value in (*running.example.items(), *running.tokens.items()):
            say(f"  export {name.upper().replace('-', '_')}={value}")
        say('  curl -H "Authorization: Bearer $OPERATOR" $SHANCHENG/worklist?limit=3')
    say("Ctrl-C stops it.")


@dataclass
class Pulse:
    """How fast the ledger has grown of late."""

    samples: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=RATE_SAMPLES))

    def rate(self, now: float, head: int) -> float:
        """Lines a second over the last samples."""
        self.samples.append((now, head))
        (first_at, first), (last_at, last) = self.samples[0], self.samples[-1]
        return (last - first) / (last_at - first_at) if last_at > first_at else 0.0


async def _board(running: Running) -> Board:
    from shancheng.loop.ledger import Refusal

    board = await running.desk.board(running.root, running.watcher)
    if isinstance(board, Refusal):
        raise Unable(board.message)
    return board


def _state(running: Running, pulse: Pulse, board: Board) -> str:
    local = dt.datetime.fromtimestamp(running.clock(), running.rules.zone)
    head = running.head()
    rate = pulse.rate(asyncio.get_running_loop().time(), head)
    stopped = running.stopped()
    return (
        f"{local:%Y-%m-%d %H:%M}  {running.playing()}  line {head}  {rate:.0f}/s  "
        f"open {board.place.open}  late {board.place.late}" + (f"  STOPPED: {stopped}" if stopped else "")
    )


async def _plain(running: Running) -> None:
    pulse = Pulse()
    while True:
        board = await _board(running)
        say("\n".join([_state(running, pulse, board), *board_lines(board)]))
        _say_notices(running)
        await asyncio.sleep(PLAIN_SECONDS)


def _say_notices(running: Running) -> None:
    while running.notices:
        say(running.notices.pop(0))


async def _live(running: Running) -> None:
    from rich.console import Console
    from rich.live import Live

    pulse = Pulse()
    with Live(console=Console(), auto_refresh=False) as live:
        while True:
            board = await _board(running)
            live.update(_table(running, board, _state(running, pulse, board)), refresh=True)
            while running.notices:
                live.console.print(running.notices.pop(0), markup=False)
            await asyncio.sleep(LIVE_SECONDS)


def _table(running: Running, board: Board, state: str) -> Table:
    from rich.table import Table

    table = Table(title=f"{running.city}  {running.url}", caption=state, caption_justify="left", box=None)
    table.padding = (0, 1, 0, 0)
    table.pad_edge = False
    table.add_column("", no_wrap=True, min_width=8)
    for stage in (*board.stages, "late"):
        table.add_column(stage, justify="right", no_wrap=True)
    own = [board.own] if board.own else []
    for row in (*board.children, *own):
        table.add_row(row.name_zh or "(city)", *_cells((*row.stages, row.late)))
    table.add_section()
    table.add_row(board.place.name_zh, *_cells((*board.place.stages, board.place.late)), style="bold")
    return table


def _cells(numbers: Iterable[int]) -> list[str]:
    return [str(number) if number else "·" for number in numbers]
