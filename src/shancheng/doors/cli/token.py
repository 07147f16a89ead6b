"""`shancheng token`: make, list and take back the tokens that programs and people come in by."""

from __future__ import annotations

import argparse
import datetime as dt

from shancheng.doors.cli.home import Unable
from shancheng.doors.cli.house import House
from shancheng.doors.cli.opening import add_home, home_of
from shancheng.doors.cli.say import complain, say, say_json

DAYS_MAX = 3650


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `token create`, `token list` and `token revoke`."""
    parser = commands.add_parser("token", help="make, list and take back access tokens")
    verbs = parser.add_subparsers(dest="token_verb", metavar="VERB", required=True)
    create = verbs.add_parser("create", help="make a token; it is shown once")
    create.add_argument("--role", required=True, help="a role of the packs: operator, handler, verifier ...")
    create.add_argument("--place", default="", metavar="CODE", help="place it acts for; the whole city when left out")
    create.add_argument("--agency", default="", metavar="KEY", help="agency it works for")
    create.add_argument("--days", type=int, default=90, help="how long it is good; 0 for ever (%(default)s)")
    create.add_argument("--note", default="", help="who or what it is for")
    _finish(create, _create)
    _finish(verbs.add_parser("list", help="every token but the tokens themselves"), _list)
    revoke = verbs.add_parser("revoke", help="take a token back; it stops working within a second")
    revoke.add_argument("key", help="short name of the token, from `token list`")
    _finish(revoke, _revoke)


def _finish(parser: argparse.ArgumentParser, run: object) -> None:
    add_home(parser)
    parser.add_argument("--json", action="store_true", help="answer for machines")
    parser.set_defaults(run=run)


def _create(arguments: argparse.Namespace, house: House) -> int:
    if not 0 <= arguments.days <= DAYS_MAX:
        raise Unable(f"A token is good for 1 to {DAYS_MAX} days, or for ever with --days 0; not {arguments.days}.")
    home = home_of(arguments, house)
    actor = home.actor(arguments.role, arguments.place, arguments.agency)
    token = home.tokens.create(
        actor, now=home.now(), days=arguments.days, note=arguments.note[:120], chance=home.chance
    )
    if arguments.json:
        say_json({"token": token, "actor": actor, "days": arguments.days})
    else:
        say(token)
        complain(f"{actor.id}: shown this once, then kept only as a hash. Send it as 'Authorization: Bearer ...'.")
    return 0


def _list(arguments: argparse.Namespace, house: House) -> int:
    home = home_of(arguments, house)
    tokens = home.tokens.all()
    if arguments.json:
        say_json([{"key": t.key, "actor": t.actor, "made": t.made, "until": t.until, "note": t.note} for t in tokens])
        return 0
    for token in tokens:
        actor = token.actor
        range_ = ", ".join(home.rules.places.name(p) for p in actor.places if p in home.rules.places) or "whole city"
        until = "for ever" if not token.until else f"until {dt.datetime.fromtimestamp(token.until, home.rules.zone):%F}"
        over = " (over)" if token.until and token.until <= home.now() else ""
        say(f"{token.key}  {actor.role:<14} {actor.agency or range_}  {until}{over}  {token.note}".rstrip())
    if not tokens:
        say("No tokens yet; `shancheng token create --role operator --place CODE` makes one.")
    return 0


def _revoke(arguments: argparse.Namespace, house: House) -> int:
    if not home_of(arguments, house).tokens.revoke(arguments.key):
        raise Unable(f"There is no token '{arguments.key}'; `shancheng token list` shows them.")
    say(f"{arguments.key} is taken back.")
    return 0
