"""Looks at matters and at counts: one matter, its history, why; lists, boards and figures."""

import base64
import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from shancheng.doors.api.call import Answer, Call, found
from shancheng.doors.api.form import Form, PlaceView
from shancheng.doors.api.problem import Problem, refused, unreadable
from shancheng.ground.pack.fault import nearest
from shancheng.loop.act import VERBS
from shancheng.loop.ledger import Refusal
from shancheng.loop.matter import Matter
from shancheng.loop.move import ACTS, PAYLOADS, Move
from shancheng.wings.governance.desk import Board, Figures, Wish

MATTER = Form(Matter)
BOARD = Form(Board, times={Board: frozenset({"at"})})
FIGURES = Form(Figures, times={Figures: frozenset({"as_of"})})
ACT_FORMS = {verb: Form(act) for verb, act in VERBS.items()}
PLURAL = {"stage": "stages", "kind": "kinds", "category": "categories"}
FLAGS = {"open": "open_only", "late": "late", "supervised": "supervised", "merged": "merged", "drill": "drill"}
PLACES = ("place", "holder")
TIMES = ("since", "until")
PLAIN = ("severity", "lead", "words", "order", "after", "limit")
WISHES = (*PLACES, *PLURAL, *FLAGS, *TIMES, *PLAIN)
"""Query parameters of a worklist; `stage`, `kind` and `category` may be given several times or with commas."""


class MoveView(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a matter's history."""

    lane: str
    seq: int
    matter_seq: int
    verb: str
    at: str
    """When it occurred, ISO 8601 with a zone."""
    recorded: str
    actor: str
    role: str
    centre: PlaceView | None
    epoch: int
    stage: str | None
    """Stage it led to; null where it changed none."""
    act: Any
    """What was asked."""
    hash: str


class History(msgspec.Struct, frozen=True):
    """All moves of a matter, in order."""

    matter: str
    moves: list[MoveView]


class WhyView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one matter that has a reason."""

    matter: str
    as_of: int
    """Number of the matter's last move."""
    reasons: list[Any]


class MattersPage(msgspec.Struct, frozen=True):
    """One page of matters; `next` is the cursor to send as `after`, empty on the last page."""

    matters: list[MATTER.type]  # type: ignore[name-defined]
    next: str


async def matter(call: Call) -> Answer:
    """GET /matters/{matter}"""
    seen = await call.api.desk.matter(call.path["matter"], call.actor)
    if isinstance(seen, Refusal):
        raise refused(seen)
    tag = b'"%d"' % seen.seq
    if call.headers.get(b"if-none-match") == tag:
        return Answer(304, b"", ((b"etag", tag),))
    return found(MATTER.show(seen, call.api), headers=((b"etag", tag),))


async def history(call: Call) -> Answer:
    """GET /matters/{matter}/history"""
    moves = await call.api.desk.history(call.path["matter"], call.actor)
    if isinstance(moves, Refusal):
        raise refused(moves)
    return found(History(call.path["matter"], [_move(move, call) for move in moves]))


def _move(move: Move, call: Call) -> MoveView:
    payload = PAYLOADS.decode(move.payload)
    return MoveView(
        lane=move.lane,
        seq=move.seq,
        matter_seq=move.matter_seq,
        verb=move.verb,
        at=call.api.iso(move.at),
        recorded=call.api.iso(move.recorded),
        actor=move.actor,
        role=move.role,
        centre=call.api.place(move.centre) if move.centre else None,
        epoch=move.epoch,
        stage=payload.then.stage,
        act=_act(move.verb, payload.act, call),
        hash=move.hash.hex(),
    )


def _act(verb: str, raw: msgspec.Raw, call: Call) -> Any:
    """The act with times and places as they are written here; a verb of a newer version as it lies."""
    form = ACT_FORMS.get(verb)
    with contextlib.suppress(msgspec.ValidationError):
        return form.show(ACTS.decode(raw), call.api) if form else raw
    return raw


async def why(call: Call) -> Answer:
    """GET /matters/{matter}/why"""
    reasons = await call.api.desk.why(call.path["matter"], call.actor)
    if isinstance(reasons, Refusal):
        raise refused(reasons)
    return found(reasons)


async def worklist(call: Call) -> Answer:
    """GET /worklist"""
    page = await call.api.desk.worklist(_wish(call), call.actor)
    if isinstance(page, Refusal):
        raise refused(page)
    following = base64.urlsafe_b64encode(page.next.encode()).decode()
    return found({"matters": [MATTER.show(seen, call.api) for seen in page.matters], "next": following})


def _wish(call: Call) -> Wish:
    asked = call.query(WISHES)
    values: dict[str, Any] = {}
    for name, texts in asked.items():
        if name in PLURAL:
            values[PLURAL[name]] = [part for text in texts for part in text.split(",") if part]
        elif name in PLACES:
            values[name] = call.api.place_of(texts[-1], name)
        elif name in TIMES:
            values[name] = call.time(texts[-1], name)
        elif name == "after":
            values[name] = _cursor(texts[-1])
        else:
            values[FLAGS.get(name, name)] = texts[-1]
    try:
        return msgspec.convert(values, Wish, strict=False)
    except msgspec.ValidationError as error:
        raise unreadable(error, "Query parameter") from None


def _cursor(text: str) -> str:
    """The store's own cursor, which is nobody's business outside."""
    try:
        return base64.b64decode(text, altchars=b"-_", validate=True).decode()
    except ValueError:
        message = "'after' is no cursor; send back the `next` of the page before, or leave it out."
        raise Problem(422, "wrong-value", message, "after") from None


async def board(call: Call) -> Answer:
    """GET /boards/{place}"""
    asked = call.query(("at",))
    at = call.time(asked["at"][-1], "at") if "at" in asked else None
    seen = await call.api.desk.board(call.api.place_of(call.path["place"], ""), call.actor, at)
    if isinstance(seen, Refusal):
        raise refused(seen)
    return found(BOARD.show(seen, call.api))


async def figures(call: Call) -> Answer:
    """GET /figures/{place}"""
    asked = call.query(("from", "until", "as_of", "category"))
    period = (_needed(asked, "from", call), _needed(asked, "until", call))
    as_of = call.time(asked["as_of"][-1], "as_of") if "as_of" in asked else None
    categories = tuple(asked.get("category", ()))
    for key in categories:
        _known_category(key, call)
    place = call.api.place_of(call.path["place"], "")
    table = await call.api.desk.figures(place, period, call.actor, as_of, categories=categories)
    if isinstance(table, Refusal):
        raise refused(table)
    shown = FIGURES.show(table, call.api)
    return found({**shown, "period": [call.api.iso(end) for end in period]})


def _known_category(key: str, call: Call) -> None:
    known = call.api.rules().categories
    if key not in known:
        near = nearest(key, list(known))
        hint = f" Did you mean '{near}'?" if near else ""
        raise Problem(422, "unknown-name", f"There is no category '{key[:60]}'.{hint}", "category")


def _needed(asked: Mapping[str, Sequence[str]], name: str, call: Call) -> int:
    if name not in asked:
        message = f"Say which period: ?from=2026-03-01&until=2026-04-01; '{name}' is missing."
        raise Problem(422, "wrong-value", message, name)
    return call.time(asked[name][-1], name)
