"""Files to take along: worklist, board and figures as XLSX, CSV, GeoPackage and PDF."""

import datetime as dt
import logging

from starlette.responses import Response, StreamingResponse

from shancheng.doors.web.ask import Ask
from shancheng.doors.web.errors import Turned
from shancheng.doors.web.language import N_
from shancheng.doors.web.measures import asked_of, no_figures
from shancheng.doors.web.page import PRIVATE, finished
from shancheng.doors.web.refusals import said
from shancheng.doors.web.taking import TooManyTakers, pieces
from shancheng.doors.web.worklist import wish_of
from shancheng.ground.sheet import Tongue
from shancheng.ground.sheet.writing import FORMS, TYPES, ending
from shancheng.loop.ledger import Refusal
from shancheng.wings.governance.desk import Sheet

LOG = logging.getLogger("shancheng.web")


async def worklist(ask: Ask) -> Response:
    """GET /desk/list/export/{form}"""
    form, (wish, fault) = _form(ask), wish_of(ask)
    if fault:
        raise Turned(422, N_("This list cannot be taken along"), N_("One of the filters could not be understood."))
    sheet = await ask.site.desk.worklist_sheet(wish, ask.actor, _tongue(ask))
    if isinstance(sheet, Refusal):
        raise Turned(422, N_("This list cannot be taken along"), said(ask, sheet))
    return await _file(ask, sheet, form)


async def board(ask: Ask) -> Response:
    """GET /desk/board/{place}/export/{form}"""
    form = _form(ask)
    sheet = await ask.site.desk.board_sheet(int(ask.request.path_params["place"]), ask.actor, _tongue(ask))
    if isinstance(sheet, Refusal):
        raise Turned(404, N_("There is no board here for you"), N_("You may look at the places in your own range."))
    return await _file(ask, sheet, form)


async def figures(ask: Ask) -> Response:
    """GET /desk/figures/{place}/export/{form}"""
    form, asked = _form(ask), asked_of(ask)
    where, edges, by, desk = asked.place, asked.period.edges, ask.actor, ask.site.desk
    if form == "gpkg":
        sheet = await desk.places_sheet(where, edges, by, _tongue(ask), categories=asked.categories)
    else:
        sheet = await desk.figures_sheet(
            where, edges, by, _tongue(ask), categories=asked.categories, compared=asked.compared
        )
    if isinstance(sheet, Refusal):
        raise no_figures()
    return await _file(ask, sheet, form)


def _tongue(ask: Ask) -> Tongue:
    return "en" if ask.tongue.code == "en" else "zh"


def _form(ask: Ask) -> str:
    form = ask.path("form")
    if form not in FORMS:
        raise Turned(404, N_("There is no such page"), N_("Check the address, or begin at the start page."))
    return form


async def _file(ask: Ask, sheet: Sheet, form: str) -> Response:
    try:
        handle, length = await ask.site.takers.take(sheet, form)
    except TooManyTakers:
        raise Turned(
            503, N_("Too many files are being written"), N_("Wait a minute, then try again."), {"retry-after": "60"}
        ) from None
    LOG.info("%s took along %s as %s: %d rows", ask.actor.id, sheet.key, form, len(sheet.rows))
    day = dt.datetime.fromtimestamp(sheet.at, ask.rules.zone).date().isoformat()
    name = f"{ask.rules.packs.city.key}-{sheet.key}-{day}.{ending(form)}"
    headers = {"content-disposition": f'attachment; filename="{name}"', "content-length": str(length), **PRIVATE}
    return finished(ask, StreamingResponse(pieces(handle), media_type=TYPES[ending(form)], headers=headers))
