"""Matters on a map: the page with its list twin, and the same matters as GeoJSON, within what somebody may see."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import msgspec
from msgspec.structs import replace
from starlette.responses import HTMLResponse, Response

from shancheng.doors.web.ask import Ask
from shancheng.doors.web.board import own_place
from shancheng.doors.web.errors import Turned
from shancheng.doors.web.ground import address_of, ground_of
from shancheng.doors.web.language import N_
from shancheng.doors.web.maps import Drawing, Sign, bunched, drawing_of, places_under, signs_of
from shancheng.doors.web.page import PRIVATE, finished, page, render
from shancheng.doors.web.refusals import said
from shancheng.doors.web.worklist import categories_of, places_of, wish_of
from shancheng.ground.access import Actor
from shancheng.loop.ledger import Refusal
from shancheng.wings.governance.desk import Box, Spot, Spots, Wish

ROWS = 40
"""Matters of the list twin on one page."""
DAY_MAX = 400
"""Matters of an invented city that anybody is shown."""
DIGITS = 5
WHOLE_DIGITS = 12
STANDINGS = {
    "late": N_("past a deadline"),
    "soon": N_("a deadline draws near"),
    "waiting": N_("waiting to be assigned"),
    "working": N_("being worked on"),
    "checked": N_("done, being checked"),
    "over": N_("closed"),
}
"""Signs of the map in words, the gravest first."""
GRAVEST = tuple(STANDINGS)
ISLAND_WORDS = {
    "map": N_("Map; arrow keys move it, plus and minus change its size"),
    "closer": N_("Closer"),
    "farther": N_("Farther"),
    "whole": N_("Whole area"),
    "several": N_("%(n)s matters lie here"),
    "middle": N_("Only the place is known, not the spot."),
    "shut": N_("Close this"),
    "take": N_("Take the spot under the cross"),
    "outside": N_("outside this city"),
    "failed": N_("The map could not be drawn by this browser; the list says the same."),
}


async def desk_map(ask: Ask) -> Response:
    """GET /desk/map"""
    live = ask.to(f"/desk/live/list/{own_place(ask)}")
    seq = ask.site.desk.seq
    return page(ask, "desk/map.html", live_at=live, live_seq=seq, live_into="", **await _parts(ask))


async def part(ask: Ask) -> Response:
    """GET /desk/map/part: the list twin alone."""
    return finished(ask, HTMLResponse(render(ask, "desk/map-twin.html", **await _parts(ask)), headers=PRIVATE))


async def matters(ask: Ask) -> Response:
    """GET /desk/map/matters.geojson: the matters of the map for the filters and the box that were asked for."""
    found, fault = await _found(ask)
    return finished(ask, Response(_geojson(ask, found, fault), media_type="application/geo+json", headers=PRIVATE))


async def day(ask: Ask) -> Response:
    """GET /map/day.geojson: an invented city's matters that moved last, for anybody."""
    found = await day_of(ask)
    if found is None:
        raise Turned(404, N_("There is no such page"), N_("Check the address, or begin at the start page."))
    return finished(ask, Response(_geojson(ask, found, ""), media_type="application/geo+json", headers=PRIVATE))


async def day_of(ask: Ask) -> Spots | None:
    """An invented city's matters that moved last; None in a real city."""
    found = await ask.site.desk.rehearsed(DAY_MAX) if ask.site.invented else None
    return None if isinstance(found, Refusal) else found


async def _found(ask: Ask) -> tuple[Spots, str]:
    """The spots that fit what was asked for, and what could not be understood of it."""
    wish, fault = wish_of(ask)
    box, odd = _box(ask)
    found = await ask.site.desk.located(replace(wish, after=""), ask.actor, box)
    if isinstance(found, Refusal):
        return Spots(()), said(ask, found)
    return found, fault or odd


def _box(ask: Ask) -> tuple[Box | None, str]:
    """The piece of the map that was asked for: `box=west,south,east,north`."""
    text = ask.request.query_params.get("box", "")
    if not text:
        return None, ""
    try:
        return msgspec.convert(dict(zip(Box.__struct_fields__, text.split(","), strict=True)), Box, strict=False), ""
    except (msgspec.ValidationError, ValueError):
        return None, ask.say(N_("The piece of the map could not be understood; all of it is shown."))


async def _parts(ask: Ask) -> dict[str, Any]:
    found, fault = await _found(ask)
    asked = ask.request.query_params
    root = _root(ask)
    first = _whole(ask, "from") if _whole(ask, "from") < len(found.spots) else 0
    filters = [(key, value) for key, value in asked.multi_items() if key not in ("from", "after")]
    drawing = drawing_of(ask, places_under(ask, root))
    return {
        "found": found,
        "rows": found.spots[first : first + ROWS],
        "first": first,
        "earlier": _link(filters, max(0, first - ROWS)) if first else "",
        "later": _link(filters, first + ROWS) if first + ROWS < len(found.spots) else "",
        "asked": asked,
        "fault": fault,
        "places": places_of(ask),
        "categories": categories_of(ask),
        "drawing": drawing,
        "signs": _signs(drawing, found.spots),
        "standings": STANDINGS,
        "island": _island(ask, root, filters),
    }


def _root(ask: Ask) -> int:
    """The place the map is of: the one that was asked for, or where the actor's range begins."""
    wanted = _whole(ask, "place")
    return wanted if wanted in ask.rules.places else own_place(ask)


def _whole(ask: Ask, name: str) -> int:
    """A whole number that was asked for; 0 where there is none."""
    text = ask.request.query_params.get(name, "")
    return int(text) if text.isdecimal() and len(text) <= WHOLE_DIGITS else 0


def _link(filters: Sequence[tuple[str, str]], first: int) -> str:
    return "?" + urlencode([*filters, ("from", str(first))])


def _signs(drawing: Drawing | None, spots: Sequence[Spot]) -> list[Sign]:
    return bunched(signs_of(drawing, spots), GRAVEST) if drawing else []


def _island(ask: Ask, root: int, filters: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    """What the map island is told; empty where the place has no shape."""
    query = urlencode([pair for pair in filters if pair[0] != "box"])
    return island(ask, root) | {
        "matters": f"{ask.to('/desk/map/matters.geojson')}?{query}",
        "twin": f"{ask.to('/desk/map/part')}?{query}",
        "link": ask.to("/desk/matters/"),
    }


def island(ask: Ask, root: int) -> dict[str, str]:
    """What every map island is told of the ground of a place: addresses, bounds and words."""
    found = ground_of(ask, root)
    if found is None:
        return {}
    words = {key: ask.say(word) for key, word in ISLAND_WORDS.items()}
    words |= {key: ask.say(word) for key, word in STANDINGS.items()}
    return {
        "places": address_of(ask, root),
        "inner": ask.to("/map/"),
        "cell": str(ask.rules.places.cell_level),
        "bounds": ",".join(map(str, found.bounds)),
        "words": json.dumps(words, ensure_ascii=False),
    }


@dataclass(frozen=True)
class Small:
    """One matter on a drawing of its town."""

    drawing: Drawing
    signs: list[Sign]
    here: int
    """The place it lies at."""
    exact: bool


async def small_maps(ask: Ask, wish: Wish, by: Actor) -> dict[str, Small]:
    """Drawings of the towns that matters of a wish lie in, by matter; none where no shape is known."""
    found = await ask.site.desk.located(wish, by)
    spots = () if isinstance(found, Refusal) else found.spots
    return {spot.matter.id: small for spot in spots if (small := _small(ask, spot)) is not None}


def _small(ask: Ask, spot: Spot) -> Small | None:
    tree = ask.rules.places
    drawing = drawing_of(ask, places_under(ask, tree.cell(spot.place)))
    here = next((place for place in tree.chain(spot.place) if drawing and place in drawing.outlines), 0)
    return Small(drawing, signs_of(drawing, [spot]), here, spot.exact) if drawing else None


def _geojson(ask: Ask, found: Spots, fault: str) -> bytes:
    """Each matter by number, standing and what and where it is about; names once, beside the matters."""
    told = {
        "type": "FeatureCollection",
        "at": ask.tongue.iso(ask.now),
        "left_out": found.left_out,
        "more": found.more,
        "nowhere": found.nowhere,
        "fault": fault,
        "categories": {key: ask.category_name(key) for key in {spot.matter.about.category for spot in found.spots}},
        "towns": {str(town): ask.chain_name(town) for town in {_town(ask, spot) for spot in found.spots}},
        "features": [_feature(ask, spot) for spot in found.spots],
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def _town(ask: Ask, spot: Spot) -> int:
    """The town a spot is told of: finer places have too many names for one answer, and the list tells them."""
    tree = ask.rules.places
    return tree.cell(spot.place) if spot.place in tree else spot.place


def _feature(ask: Ask, spot: Spot) -> dict[str, Any]:
    category = spot.matter.about.category
    about: dict[str, Any] = {"n": spot.matter.id, "s": spot.standing, "c": category, "p": _town(ask, spot)}
    if not spot.exact:
        about["m"] = 1
    point = [round(edge, DIGITS) for edge in spot.point]
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": point}, "properties": about}
