"""`shancheng do`: any act on a matter from the command line, by the same desk as every other door."""

from __future__ import annotations

import argparse
import asyncio
import json
from typing import TYPE_CHECKING

from shancheng.doors.cli.home import Home, Unable
from shancheng.doors.cli.house import House
from shancheng.doors.cli.opening import add_home, home_of
from shancheng.doors.cli.say import say, say_json
from shancheng.doors.cli.why import actor_of

if TYPE_CHECKING:
    from shancheng.loop.act import AnyAct
    from shancheng.loop.ledger import Receipt


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `do`."""
    parser = commands.add_parser(
        "do",
        help="do an act on a matter",
        description="shancheng do new report kind=request text=... place=CODE; shancheng do NUMBER accept",
    )
    parser.add_argument("matter", metavar="MATTER", help="number of the matter; `new` for a report")
    parser.add_argument("verb", metavar="VERB", help="report, accept, assign, sign, finish, verify, close ...")
    parser.add_argument("fields", metavar="FIELD=VALUE", nargs="*", help="what the act carries; JSON or plain text")
    parser.add_argument("--as", dest="as_", default="operator", metavar="ROLE@PLACE", help="(%(default)s)")
    parser.add_argument("--key", metavar="KEY", help="idempotency key: a repeat is given the same receipt")
    parser.add_argument("--json", action="store_true", help="answer for machines")
    add_home(parser)
    parser.set_defaults(run=_do)


def _do(arguments: argparse.Namespace, house: House) -> int:
    home = home_of(arguments, house)
    if home.in_use:
        raise Unable(
            f"This installation is in use and answers at {home.in_use}; send the act there "
            "(`shancheng token create` makes a token), or stop it first."
        )
    act = _act(arguments.verb, arguments.fields, home)
    receipt = asyncio.run(_submit(home, arguments, act))
    if arguments.json:
        say_json(receipt)
    else:
        again = " (written before)" if receipt.repeated else ""
        say(f"{receipt.verb} of matter {receipt.matter} is move {receipt.matter_seq}, line {receipt.seq}{again}.")
    return 0


async def _submit(home: Home, arguments: argparse.Namespace, act: AnyAct) -> Receipt:
    from shancheng.loop.act import Report
    from shancheng.loop.ledger import Refusal

    async with home.writing() as desk:
        by = actor_of(arguments.as_, home)
        if isinstance(act, Report):
            answer = await desk.report(act, by, idem=arguments.key)
        else:
            answer = await desk.do(arguments.matter, act, by, idem=arguments.key)
    if isinstance(answer, Refusal):
        raise Unable(answer.message)
    return answer


def _act(verb: str, fields: list[str], home: Home) -> AnyAct:
    import msgspec

    from shancheng.ground.pack.fault import nearest
    from shancheng.loop.act import VERBS

    if verb not in VERBS:
        near = nearest(verb, VERBS)
        raise Unable(f"There is no verb '{verb}'.{f' Did you mean {near!r}?' if near else ''}")
    values = dict(_field(text, home) for text in fields)
    try:
        return msgspec.convert({"verb": verb, **values}, VERBS[verb])  # type: ignore[return-value]
    except msgspec.ValidationError as error:
        raise Unable(f"{verb}: {error}. It takes {', '.join(VERBS[verb].__struct_fields__)}.") from None


def _field(text: str, home: Home) -> tuple[str, object]:
    name, equals, value = text.partition("=")
    if not equals:
        raise Unable(f"'{text}' is no field; write FIELD=VALUE, for example category=lamp.")
    if name in ("place", "to"):
        from shancheng.doors.cli.why import place_of

        return name, place_of(value, home)
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
