"""`shancheng account`: make, list and disable the accounts that people sign in to the pages with."""

from __future__ import annotations

import argparse

from shancheng.doors.cli.house import House
from shancheng.doors.cli.opening import add_home, home_of
from shancheng.doors.cli.say import complain, say, say_json


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `account create`, `list`, `password`, `disable` and `enable`."""
    parser = commands.add_parser("account", help="make, list and disable accounts of people who sign in")
    verbs = parser.add_subparsers(dest="account_verb", metavar="VERB", required=True)
    create = verbs.add_parser("create", help="make an account; its first password is shown once")
    create.add_argument("name", help="what it is signed in by: small letters and digits")
    create.add_argument("--role", required=True, help="a role of the packs: operator, handler, admin ...")
    create.add_argument("--place", default="", metavar="CODE", help="place it acts for; the whole city when left out")
    create.add_argument("--agency", default="", metavar="KEY", help="agency it works for")
    create.add_argument("--note", default="", help="who it is for")
    _finish(create, _create)
    _finish(verbs.add_parser("list", help="every account"), _list)
    for verb, words, run in (
        ("password", "give another first password; it is shown once, and whoever is signed in is out", _password),
        ("disable", "let nobody in with it any more; whoever is signed in is out at the next click", _disable),
        ("enable", "let it be used again", _enable),
    ):
        each = verbs.add_parser(verb, help=words)
        each.add_argument("name", help="name of the account, from `account list`")
        _finish(each, run)


def _finish(parser: argparse.ArgumentParser, run: object) -> None:
    add_home(parser)
    parser.add_argument("--json", action="store_true", help="answer for machines")
    parser.set_defaults(run=run)


def _create(arguments: argparse.Namespace, house: House) -> int:
    home = home_of(arguments, house)
    actor = home.actor(arguments.role, arguments.place, arguments.agency)
    password = home.accounts.create(arguments.name.lower(), actor, now=home.now(), note=arguments.note)
    return _show(arguments, password)


def _password(arguments: argparse.Namespace, house: House) -> int:
    return _show(arguments, home_of(arguments, house).accounts.renew(arguments.name.lower()))


def _show(arguments: argparse.Namespace, password: str) -> int:
    if arguments.json:
        say_json({"name": arguments.name.lower(), "password": password})
    else:
        say(password)
        complain("Shown this once; it has to be changed at the first signing in.")
    return 0


def _list(arguments: argparse.Namespace, house: House) -> int:
    home = home_of(arguments, house)
    accounts = home.accounts.all()
    if arguments.json:
        rows = [
            {"name": a.name, "actor": a.actor, "made": a.made, "disabled": a.disabled, "note": a.note} for a in accounts
        ]
        say_json(rows)
        return 0
    places = home.rules.places
    for account in accounts:
        actor = account.actor
        range_ = ", ".join(places.name(place) for place in actor.places if place in places) or "whole city"
        state = "  (disabled)" if account.disabled else "  (first password)" if account.first else ""
        say(f"{account.name:<20} {actor.role:<14} {actor.agency or range_}{state}  {account.note}".rstrip())
    if not accounts:
        say("No accounts yet; `shancheng account create NAME --role operator --place CODE` makes one.")
    return 0


def _disable(arguments: argparse.Namespace, house: House) -> int:
    home = home_of(arguments, house)
    home.accounts.disable(arguments.name.lower(), home.now())
    say(f"{arguments.name.lower()} is disabled.")
    return 0


def _enable(arguments: argparse.Namespace, house: House) -> int:
    home_of(arguments, house).accounts.enable(arguments.name.lower())
    say(f"{arguments.name.lower()} may be used again.")
    return 0
