"""The board of a town, “1-4-1”: one centre, four platforms, one net of communities and grids."""

from starlette.responses import Response

from shancheng.doors.web.ask import Ask
from shancheng.doors.web.board import crumbs
from shancheng.doors.web.errors import Turned
from shancheng.doors.web.language import N_
from shancheng.doors.web.page import go, page
from shancheng.loop.ledger import Refusal
from shancheng.wings.governance.desk import TownBoard


async def town(ask: Ask) -> Response:
    """GET /desk/town/{place}"""
    place = int(ask.request.path_params["place"])
    found = await ask.site.desk.town(place, ask.actor)
    if isinstance(found, TownBoard):
        return page(ask, "desk/town.html", town=found, chain=crumbs(ask, place))
    return _turned(ask, place, found)


def _turned(ask: Ask, place: int, refusal: Refusal) -> Response:
    """Who asks for the board of a place that is no town gets its ordinary one."""
    if refusal.code == "no-town":
        return go(ask, ask.to(f"/desk/board/{place}"))
    raise Turned(404, N_("There is no board here for you"), N_("You may look at the places in your own range."))
