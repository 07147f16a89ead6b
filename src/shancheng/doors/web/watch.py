"""The supervision list: what is under watch, until when something is expected, and with whom what is late lies."""

import re
from dataclasses import dataclass

from starlette.responses import Response

from shancheng.doors.web.ask import Ask
from shancheng.doors.web.board import crumbs, own_place
from shancheng.doors.web.errors import Turned
from shancheng.doors.web.language import N_
from shancheng.doors.web.page import go, page
from shancheng.loop.ledger import Refusal
from shancheng.loop.matter import Matter
from shancheng.wings.governance.desk import wanted_by

OF_THE_LADDER = re.compile(r"(\d+) % of a promised time is used")
"""What the loop writes where a rung of the ladder puts a matter under watch."""


@dataclass(frozen=True)
class Watched:
    """A matter under watch, and when something is expected of it; 0 for nothing."""

    matter: Matter
    wanted: int
    role: str
    """Name of the role that put it under watch."""
    why: str


async def home(ask: Ask) -> Response:
    """GET /desk/watch"""
    return go(ask, ask.to(f"/desk/watch/{own_place(ask)}"))


async def watch(ask: Ask) -> Response:
    """GET /desk/watch/{place}"""
    place = int(ask.request.path_params["place"])
    found = await ask.site.desk.watch(place, ask.actor)
    if isinstance(found, Refusal):
        raise Turned(404, N_("There is no list here for you"), N_("You may look at the places in your own range."))
    tree = ask.rules.places
    below = [child for child in tree.children(place) if tree.node(child).level <= tree.cell_level]
    rows = [Watched(matter, wanted_by(matter), _role(ask, matter), _why(ask, matter)) for matter in found.matters]
    return page(ask, "desk/watch.html", watch=found, rows=rows, chain=crumbs(ask, place), below=below)


def _why(ask: Ask, matter: Matter) -> str:
    """Why it is under watch; what the ladder writes is said in the language of the page."""
    why = matter.marks.supervised.why if matter.marks.supervised else ""
    share = OF_THE_LADDER.fullmatch(why)
    return ask.say(N_("%(share)s %% of a promised time is used"), share=share[1]) if share else why


def _role(ask: Ask, matter: Matter) -> str:
    supervised = matter.marks.supervised
    role = ask.rules.roles.get(supervised.role) if supervised else None
    return ask.tongue.named(role.name, role.key) if role else supervised.role if supervised else ""
