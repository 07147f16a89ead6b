"""What the commands about walking share: the desk, points from files, and where the search is worked."""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shancheng.doors.cli.house import House
from shancheng.doors.cli.say import complain

if TYPE_CHECKING:
    from shancheng.wings.services.desk import Desk, Facilities, Homes, Network, Report, Search, Task

SEARCH = (Path(), Path("var/packs"))
"""Where packs lie beside the shipped ones, for the working folder."""
SHOWN = 5
"""Refused rows of a file that are shown in words; `--json` gives all."""
AHEAD = 16
"""Tiles that are on their way to workers at once, so that the whole is never in memory twice."""


class CannotAsk(Exception):
    """A question that cannot be put like this; the message says what to do."""


def add_points(parser: argparse.ArgumentParser) -> None:
    """Arguments that say which network, homes and facilities, and whose minutes."""
    parser.add_argument("network", type=Path, metavar="NETWORK", help="folder that `network build` wrote")
    parser.add_argument("--homes", type=Path, required=True, metavar="FILE", help="id, lon, lat, people, people_GROUP")
    parser.add_argument(
        "--facilities",
        type=Path,
        required=True,
        action="append",
        metavar="FILE",
        help="id, lon, lat, category, name, capacity; may be repeated",
    )
    parser.add_argument("--datum", default="wgs84", choices=("wgs84", "gcj02", "bd09"), help="of both files")
    parser.add_argument("--walker", default="adult", metavar="KEY", help="whose minutes (%(default)s)")
    parser.add_argument("--minutes", type=float, default=15.0, help="(%(default)g)")
    parser.add_argument("--pack", action="append", metavar="PACK", help="packs that say who walks (base)")
    parser.add_argument("--json", action="store_true", help="answer for machines")


def desk_of(packs: Sequence[str] | None, house: House) -> Desk:
    """The services desk of some packs, as they hold today."""
    from shancheng.ground.network.walkers import walk_tables
    from shancheng.ground.pack import find_pack, load_packs
    from shancheng.wings.services.desk import Desk

    found = load_packs([find_pack(name, SEARCH) for name in packs or ["base"]], house.tables)
    return Desk(walk_tables(found, dt.date.today()))


def points_of(arguments: argparse.Namespace) -> tuple[Homes, Facilities, list[Report]]:
    """Homes and facilities from their files, and what became of the rows, which is said where people read."""
    from shancheng.wings.services.desk import read_facilities, read_homes, together

    homes = read_homes(arguments.homes, datum=arguments.datum)
    parts = [read_facilities(path, datum=arguments.datum) for path in arguments.facilities]
    reports = [homes.report, *(part.report for part in parts)]
    if not arguments.json:
        for report in reports:
            complain_some([*report.sentences], "rows were refused or deserve a look; --json gives them all")
    return homes, together(parts), reports


def complain_some(sentences: Sequence[str], more: str) -> None:
    """The first few sentences, and how many more there are."""
    for sentence in sentences[:SHOWN]:
        complain(sentence)
    if len(sentences) > SHOWN:
        complain(f"... and {len(sentences) - SHOWN} more {more}.")


@contextlib.contextmanager
def searching(network: Network, tiles_m: float, dask: str) -> Iterator[Search]:
    """Where the search is worked: in this process, by tiles in it, or by tiles on Dask."""
    from shancheng.wings.services.desk import alone, by_tiles

    if not tiles_m and not dask:
        yield alone
        return
    size = tiles_m or 4_000.0
    if not dask:
        yield by_tiles(network, size_m=size, run=lambda work, tasks: map(work, tasks))
        return
    with _workers(dask) as run:
        yield by_tiles(network, size_m=size, run=run)


Worked = Callable[[Callable[["Task"], Any], Iterator["Task"]], Iterable[Any]]


@contextlib.contextmanager
def _workers(where: str) -> Iterator[Worked]:
    """Workers of Dask: at an address such as tcp://127.0.0.1:8786, or `local` for processes on this machine."""
    try:
        dask: Any = import_module("distributed")
    except ImportError:
        raise CannotAsk("Dask is not installed here; install it with `pip install 'shancheng[spread]'`.") from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with contextlib.ExitStack() as stack:
        if where == "local":
            where = stack.enter_context(
                dask.LocalCluster(
                    processes=True,
                    threads_per_worker=1,
                    dashboard_address=None,
                    host="127.0.0.1",
                    silence_logs=logging.CRITICAL,
                )
            )
        try:
            client = stack.enter_context(dask.Client(where, timeout="5s", set_as_default=False))
        except (OSError, ValueError) as error:
            raise CannotAsk(
                f"No scheduler of Dask answers at {where} ({error}); start one, or use --dask local."
            ) from error
        yield lambda work, tasks: _flowing(client, dask.as_completed, work, tasks)


def _flowing(client: Any, as_completed: Any, work: Callable[[Task], Any], tasks: Iterator[Task]) -> Iterator[Any]:
    """Some tasks are with the workers at any time; a new one leaves when an answer comes back."""

    def sent() -> Any:
        task = next(tasks, None)
        return None if task is None else client.submit(work, task, pure=False)

    begun = [future for future in (sent() for _ in range(AHEAD)) if future is not None]
    answers = as_completed(begun, loop=client.loop)
    for future in answers:
        yield future.result()
        future.release()
        following = sent()
        if following is not None:
            answers.add(following)


@contextlib.contextmanager
def bar(words: str, *, shown: bool) -> Iterator[Callable[[float, str], None]]:
    """A bar that is told which share of the whole is behind it and what begins now; nothing where nobody looks."""
    if not (shown and sys.stderr.isatty()):
        yield lambda share, step: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as progress:
        task = progress.add_task(words, total=1.0)
        yield lambda share, step: progress.update(task, description=step, completed=share)
