"""The board: how many stand where, and how many are late, for a place, the places below it and its categories."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from shancheng.doors.web.ask import Ask
from shancheng.doors.web.errors import Turned
from shancheng.doors.web.language import N_
from shancheng.doors.web.maps import MapView, map_of
from shancheng.doors.web.page import go, page
from shancheng.doors.web.trends import trends_of
from shancheng.loop.ledger import Refusal
from shancheng.wings.governance.desk import Board, CategoryRow

OPEN_STAGES = ("reported", "accepted", "assigned", "doing", "done", "verified")


@dataclass(frozen=True)
class Group:
    """A topmost category and those under it."""

    top: CategoryRow
    under: tuple[CategoryRow, ...]


async def home(ask: Ask) -> Response:
    """GET /desk"""
    role = ask.role
    if role is not None and role.sees == "range":
        return go(ask, ask.to(f"/desk/board/{own_place(ask)}"))
    return go(ask, ask.to("/desk/list"))


def own_place(ask: Ask) -> int:
    """Where somebody's range begins: the first of their places, or the city."""
    return ask.actor.places[0] if ask.actor.places else ask.site.root


async def board(ask: Ask) -> Response:
    """GET /desk/board/{place}"""
    found = await _board(ask)
    is_town = found.place.level == ask.rules.places.cell_level
    chain = crumbs(ask, found.place.place)
    return page(ask, "desk/board.html", chain=chain, is_town=is_town, **await parts(ask, found))


def crumbs(ask: Ask, place: int) -> list[int]:
    """A place and those above it, as far as somebody may look at them."""
    return [above for above in ask.rules.places.chain(place) if _may_look(ask, above)]


async def _board(ask: Ask) -> Board:
    found = await ask.site.desk.board(int(ask.request.path_params["place"]), ask.actor)
    if isinstance(found, Refusal):
        raise Turned(404, N_("There is no board here for you"), N_("You may look at the places in your own range."))
    return found


async def parts(ask: Ask, found: Board) -> dict[str, Any]:
    """What the part of a board shows that changes; the same for everybody who may see it."""
    trend = await ask.site.desk.trend(found.place.place, ask.actor)
    return {
        "board": found,
        "map": _map(ask, found),
        "groups": _groups(found.categories),
        "trends": None if isinstance(trend, Refusal) else trends_of(ask, trend),
    }


def _may_look(ask: Ask, place: int) -> bool:
    tree = ask.rules.places
    left, right = tree.left_right(place)
    ranges = [tree.left_right(own) for own in ask.actor.places if own in tree]
    return not ask.actor.places or any(low <= left and right <= high for low, high in ranges)


def _map(ask: Ask, found: Board) -> MapView | None:
    return map_of(ask, {row.place: row.open for row in found.children}, ask.to("/desk/board"))


def _groups(rows: Sequence[CategoryRow]) -> list[Group]:
    tops = sorted((row for row in rows if not row.parent), key=lambda row: (-row.open, row.category))
    return [Group(top, tuple(row for row in rows if row.parent == top.category and row.open)) for top in tops]
