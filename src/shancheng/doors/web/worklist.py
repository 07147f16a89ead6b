"""The worklist: matters that fit what somebody wishes to see, the most urgent first."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import msgspec
from starlette.responses import Response

from shancheng.doors.web.ask import Ask
from shancheng.doors.web.board import own_place
from shancheng.doors.web.language import N_
from shancheng.doors.web.page import page
from shancheng.doors.web.refusals import said
from shancheng.loop.ledger import Page, Refusal
from shancheng.wings.governance.desk import Board, Wish

PAGE_ROWS = 40
LINE_MAX = 500
COUNTED_MAX = 200
FLAGS = ("late", "supervised", "merged", "drill")
LISTS = {"stage": "stages", "kind": "kinds", "category": "categories"}
ORDERS = {"due": N_("most urgent first"), "opened": N_("newest first"), "moved": N_("last moved first")}


@dataclass(frozen=True)
class Standing:
    """How much is open, and how much of that is late, in somebody's range."""

    place: int
    """0 where it is not about a place."""
    open: int
    late: int
    more: bool
    """Whether there is more than was counted."""
    seq: int


async def standing(ask: Ask, place: int) -> Standing:
    """What is open and late at a place for who oversees it; for anybody else, of what they may see."""
    desk = ask.site.desk
    seq = desk.seq
    found = await desk.board(place, ask.actor) if desk.oversees(place, ask.actor) else None
    if isinstance(found, Board):
        return Standing(place, found.place.open, found.place.late, False, seq)
    answer = await desk.worklist(Wish(open_only=True, limit=COUNTED_MAX), ask.actor)
    seen = answer.matters if isinstance(answer, Page) else ()
    late = sum(0 < matter.due < ask.now for matter in seen)
    return Standing(0, len(seen), late, isinstance(answer, Page) and bool(answer.next), seq)


async def worklist(ask: Ask) -> Response:
    """GET /desk/list"""
    asked = ask.request.query_params
    wish, fault = wish_of(ask)
    answer: Page | Refusal = await ask.site.desk.worklist(wish, ask.actor)
    if isinstance(answer, Refusal):
        fault, answer = said(ask, answer), Page(())
    following = urlencode(
        [*((key, value) for key, value in asked.multi_items() if key != "after"), ("after", answer.next)]
    )
    return page(
        ask,
        "desk/list.html",
        matters=answer.matters,
        following=f"?{following}" if answer.next else "",
        asked=asked,
        fault=fault,
        orders=ORDERS,
        places=places_of(ask),
        categories=categories_of(ask),
        standing=await standing(ask, _about(ask, wish.place)),
    )


def _about(ask: Ask, place: int) -> int:
    """The place whose counts stand above the list: the one that is asked for, or one's own."""
    return place if place and ask.site.desk.oversees(place, ask.actor) else own_place(ask)


def wish_of(ask: Ask) -> tuple[Wish, str]:
    """What is wished for, and what could not be understood of it."""
    asked = ask.request.query_params
    values: dict[str, Any] = {"limit": PAGE_ROWS, "open_only": asked.get("open", "1") == "1" and not asked.get("stage")}
    for name, field in LISTS.items():
        if wanted := [value for value in asked.getlist(name) if value]:
            values[field] = wanted
    values |= {name: True for name in FLAGS if asked.get(name)}
    values |= {
        name: asked[name][:LINE_MAX]
        for name in ("words", "lead", "order", "after", "severity", "place")
        if asked.get(name)
    }
    if asked.get("category"):
        values["categories"] = _with_those_under(ask, asked["category"])
    try:
        return msgspec.convert(values, Wish, strict=False), ""
    except msgspec.ValidationError:
        return Wish(limit=PAGE_ROWS), ask.say(
            N_("One of the filters could not be understood; all open matters are shown.")
        )


def _with_those_under(ask: Ask, category: str) -> list[str]:
    """A category, and where it has others under it, those too."""
    under = [key for key, dated in ask.rules.categories.items() if dated.latest.parent == category]
    return [category, *under]


def places_of(ask: Ask) -> list[tuple[int, str]]:
    """Where somebody may look, down to the towns, indented as they lie in each other."""
    tree, root = ask.rules.places, own_place(ask)
    if root not in tree:
        return []
    depth = tree.node(root).level
    nodes = [tree.node(int(place)) for place in tree.subtree(root)]
    lowest = max(tree.cell_level, depth + 1)
    return [
        (node.id, "\u2003" * (node.level - depth) + ask.place_name(node.id)) for node in nodes if node.level <= lowest
    ]


def categories_of(ask: Ask) -> list[tuple[str, str]]:
    """Every category, those under another indented."""
    standing = [dated.latest for dated in ask.rules.categories.values()]
    rows: list[tuple[str, str]] = []
    for top in (category for category in standing if not category.parent):
        rows.append((top.key, ask.tongue.name(top)))
        rows += [(under.key, "\u2003" + ask.tongue.name(under)) for under in standing if under.parent == top.key]
    return rows
