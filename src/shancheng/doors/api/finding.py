"""Places: by code, by point, or the tree from the city down."""

import msgspec

from shancheng.doors.api.call import Answer, Call, found
from shancheng.doors.api.form import PlaceView
from shancheng.doors.api.problem import Problem

LISTED_MAX = 2000


class PlaceDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A place in the tree of today."""

    id: int
    code: str
    name: str
    name_en: str
    level: int
    type: str
    parent: int | None
    chain: list[PlaceView]
    """From the city down to the place."""


class Places(msgspec.Struct, frozen=True):
    """Places that were found."""

    places: list[PlaceDetail]


async def places(call: Call) -> Answer:
    """GET /places"""
    asked = call.query(("code", "near", "under", "level"))
    if "code" in asked:
        wanted = [call.api.place_of(code, "code") for code in asked["code"]]
    elif "near" in asked:
        wanted = [_at_point(asked["near"][-1], call)]
    else:
        wanted = _under(asked.get("under", [""])[-1], asked.get("level", [""])[-1], call)
    tag = b'"' + call.api.rules().places.etag.encode() + b'"'
    return found(Places([_detail(place, call) for place in wanted]), headers=((b"etag", tag),))


def _at_point(text: str, call: Call) -> int:
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError:
        message = "'near' is longitude and latitude in degrees, WGS-84: near=106.55,29.56."
        raise Problem(422, "wrong-value", message, "near") from None
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise Problem(422, "wrong-value", "'near' is longitude, then latitude; one of them is out of bounds.", "near")
    found_at = call.api.locate(lon, lat)
    if not found_at:
        raise Problem(404, "outside", f"The point {lon}, {lat} lies outside the city.", "near")
    return found_at


def _under(under: str, level: str, call: Call) -> list[int]:
    """Children of a place, or all places of a level under it; the city itself where nothing is asked."""
    tree = call.api.rules().places
    if not under and not level:
        return [node.id for node in tree.nodes if node.parent is None]
    root = call.api.place_of(under, "under") if under else tree.nodes[0].id
    if root not in tree:
        raise Problem(404, "not-found", f"Place {root} is not in the tree of today.", "under")
    if not level:
        return list(tree.children(root))
    if not level.isdecimal() or len(level) > 2:
        raise Problem(422, "wrong-value", "'level' is a number: 1 is the city, 2 its districts.", "level")
    wanted = [int(place) for place in tree.subtree(root) if tree.node(int(place)).level == int(level)]
    if len(wanted) > LISTED_MAX:
        raise Problem(422, "too-many", f"That are {len(wanted)} places; ask for those under a smaller one.", "under")
    return wanted


def _detail(place: int, call: Call) -> PlaceDetail:
    tree = call.api.rules().places
    if place not in tree:
        raise Problem(404, "not-found", f"Place {place} is not in the tree of today.", "code")
    node = tree.node(place)
    return PlaceDetail(
        id=place,
        code=node.code,
        name=tree.name(place),
        name_en=tree.name(place, "en"),
        level=node.level,
        type=node.type,
        parent=node.parent,
        chain=[call.api.place(above) for above in tree.chain(place)],
    )
