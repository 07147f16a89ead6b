"""The first page: what this city is, how it stands right now, and the ways on from here."""

from dataclasses import dataclass
from typing import Any

from starlette.responses import HTMLResponse, Response

from shancheng.doors.web.ask import Ask
from shancheng.doors.web.errors import Turned
from shancheng.doors.web.language import N_
from shancheng.doors.web.mapping import STANDINGS, day_of, island
from shancheng.doors.web.maps import MapView, drawing_of, map_of, places_under, signs_of
from shancheng.doors.web.page import FRESH, finished, page, render
from shancheng.loop.ledger import Refusal
from shancheng.wings.governance.desk import OpenCounts


@dataclass(frozen=True)
class Level:
    """How many places a level has."""

    name: str
    count: int


async def start(ask: Ask) -> Response:
    """GET /"""
    return page(ask, "start.html", levels=_levels(ask), **await _now(ask))


async def now(ask: Ask) -> Response:
    """GET /now: the part of the start page that changes."""
    return finished(ask, HTMLResponse(render(ask, "now.html", **await _now(ask)), headers=FRESH))


async def about(ask: Ask) -> Response:
    """GET /about"""
    return page(ask, "about.html", levels=_levels(ask))


async def counts_of(ask: Ask, place: int) -> OpenCounts:
    """What anybody may know of a place; raises Turned where there is none."""
    counts = await ask.site.desk.open_counts(place)
    if isinstance(counts, Refusal):
        raise Turned(404, N_("There is no such place"), N_("Choose one from the open figures."))
    return counts


async def _now(ask: Ask) -> dict[str, Any]:
    """What changes: counts, and the map; of an invented city its matters one by one."""
    counts, spots = await counts_of(ask, ask.site.root), await day_of(ask)
    drawing = drawing_of(ask, places_under(ask, ask.site.root)) if spots else None
    return {
        "counts": counts,
        "map": _map(ask, counts) if drawing is None else None,
        "drawing": drawing,
        "signs": signs_of(drawing, spots.spots) if drawing and spots else [],
        "standings": STANDINGS,
        "island": island(ask, ask.site.root) | {"matters": ask.to("/map/day.geojson")} if drawing else {},
    }


def _map(ask: Ask, counts: OpenCounts) -> MapView | None:
    return map_of(ask, {row.place: row.open for row in counts.children if row.place}, ask.to("/figures"))


def _levels(ask: Ask) -> list[Level]:
    places, city = ask.rules.places, ask.rules.packs.city
    found = [(level, len(places.at_level(level.level))) for level in city.levels]
    return [Level(ask.tongue.named(level.name), count) for level, count in found if level.level > 1 and count]
