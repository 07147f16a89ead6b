"""`shancheng open311`: requests of another Open311 server come in, and what became of them goes back."""

from __future__ import annotations

import argparse
import asyncio
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from shancheng.doors.cli.home import Home, Unable
from shancheng.doors.cli.house import ExchangeWish, House
from shancheng.doors.cli.opening import add_home, home_of
from shancheng.doors.cli.say import say, say_json

if TYPE_CHECKING:
    from shancheng.doors.cli.house import Exchange, Exchanged

VARIABLE = "SHANCHENG_OPEN311_KEY"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}").fullmatch
DAYS_MAX = 3650


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `open311 pull` and `open311 push`."""
    parser = commands.add_parser("open311", help="exchange requests with another Open311 server")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    pull = verbs.add_parser("pull", help="its open requests become matters here, its updates notes")
    _finish(pull)
    pull.add_argument("--service", action="append", metavar="CODE", help="only this service_code; may be repeated")
    push = verbs.add_parser("push", help="what became of its requests here goes back as updates")
    _finish(push)
    push.add_argument(
        "--service", action="append", metavar="CATEGORY", help="also open new matters of this category there"
    )


def _finish(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", metavar="URL", help="root of its endpoint, or its discovery document")
    parser.add_argument("--name", default="", help="short name of the other server (from its address)")
    parser.add_argument("--key-file", type=Path, metavar="FILE", help=f"file that holds its api_key (else ${VARIABLE})")
    parser.add_argument("--jurisdiction", default="", metavar="ID", help="its jurisdiction_id, where it has several")
    parser.add_argument("--form", choices=("json", "xml"), default="json", help="form it answers in (%(default)s)")
    parser.add_argument("--map", type=Path, metavar="CODES.toml", help="our category by its service_code")
    parser.add_argument("--days", type=int, default=90, help="how far back the first pull looks (%(default)s)")
    parser.add_argument("--json", action="store_true", help="answer for machines")
    add_home(parser)
    parser.set_defaults(run=_exchange)


def _exchange(arguments: argparse.Namespace, house: House) -> int:
    if house.exchange is None:
        raise Unable("This build of the command line speaks no Open311.")
    home = home_of(arguments, house)
    if home.in_use:
        raise Unable(f"This installation is in use and answers at {home.in_use}; stop it, then exchange.")
    wish = _wish(arguments, home)
    account = asyncio.run(_run(home, house.exchange, wish))
    if arguments.json:
        say_json(account)
    else:
        _tell(account, wish)
    return 0


def _wish(arguments: argparse.Namespace, home: Home) -> ExchangeWish:
    name = arguments.name or re.sub(r"[^a-z0-9]+", "-", urlsplit(arguments.url).netloc.lower()).strip("-")[:40]
    if not NAME(name):
        raise Unable(f"'{name}' is no short name; give one with --name: small letters, digits and '-', at most 40.")
    if not 1 <= arguments.days <= DAYS_MAX:
        raise Unable(f"--days is 1 to {DAYS_MAX}, not {arguments.days}.")
    return ExchangeWish(
        verb=arguments.verb,
        url=arguments.url,
        name=name,
        book=home.folder / "open311" / f"{name}.json",
        key=_key(arguments.key_file),
        jurisdiction=arguments.jurisdiction,
        form=arguments.form,
        map_file=arguments.map,
        services=tuple(arguments.service or ()),
        days=arguments.days,
    )


def _key(file: Path | None) -> str:
    return (file.read_text(encoding="utf-8") if file else os.environ.get(VARIABLE, "")).strip()


async def _run(home: Home, exchange: Exchange, wish: ExchangeWish) -> Exchanged:
    async with home.writing() as desk:
        return await exchange(wish, desk)


def _tell(account: Exchanged, wish: ExchangeWish) -> None:
    opened = "matters opened here" if wish.verb == "pull" else "requests opened there"
    updates = "updates taken over" if wish.verb == "pull" else "updates sent"
    say(
        f"{wish.name}: {account.opened:,} {opened}, {account.updates:,} {updates}, "
        f"{account.known:,} with nothing new, {account.refused:,} refused."
    )
    for sentence, number in account.reasons.items():
        say(f"  {number:,}: {sentence}")
