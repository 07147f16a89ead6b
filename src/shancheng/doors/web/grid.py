"""The field worker's pages on a phone: what is to be done, one matter with its acts, what was found outside."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from shancheng.doors.web.ask import NOBODY, Ask, Faults, Form
from shancheng.doors.web.errors import Turned
from shancheng.doors.web.fields import TEXT_MAX, ActForm, forms_of
from shancheng.doors.web.language import N_
from shancheng.doors.web.matter import GONE
from shancheng.doors.web.page import page
from shancheng.doors.web.photos import EACH_MAX, PREFIX
from shancheng.loop.ledger import Page, Refusal
from shancheng.loop.matter import Matter
from shancheng.loop.move import Move
from shancheng.wings.governance.desk import Wish

ROWS = 40
STEPS_SHOWN = 6
FIELD_VERBS = ("sign", "attend", "finish", "verify", "return", "ask", "note")
"""What is done outside, in the order of the work; everything else is done at a desk."""
NEXT = ("sign", "finish", "verify")
"""Acts by which a matter is one's own turn."""
THEN = {"sign": ("attend", "finish")}
"""What ordinarily follows an act; the phone offers it while that act still waits to be sent."""


@dataclass(frozen=True)
class Row:
    """A matter on the list, and the act that is next for whoever looks; empty where it is somebody else's turn."""

    matter: Matter
    next: str


@dataclass(frozen=True)
class Happened:
    """One move, as it is read on a phone."""

    verb: str
    at: int
    text: str
    photos: tuple[str, ...]


@dataclass(frozen=True)
class FieldForm:
    """An act with its fields; `after` names the act that has to be done before."""

    form: ActForm
    after: str


async def home(ask: Ask) -> Response:
    """GET /grid: the list; for nobody, the way in, so that what waits on the phone is always seen."""
    if ask.actor is NOBODY:
        return page(ask, "grid/enter.html", private=True, account="")
    return page(ask, "grid/list.html", account=ask.actor.id, **await list_parts(ask))


async def matter(ask: Ask) -> Response:
    """GET /grid/matters/{matter}"""
    return await show_matter(ask, Faults())


async def report(ask: Ask) -> Response:
    """GET /grid/report"""
    return show_report(ask, Faults())


async def show_matter(ask: Ask, faults: Faults, tried: str = "", form: Form | None = None) -> Response:
    """The page of a matter, once more with what was wrong where an act was tried."""
    parts = await matter_parts(ask, ask.path("matter"), faults, tried, form)
    return page(ask, "grid/matter.html", status=422 if faults else 200, account=ask.actor.id, **parts)


def show_report(ask: Ask, faults: Faults, form: Form | None = None) -> Response:
    """The form for what was found, once more with what was wrong where it was sent."""
    parts = report_parts(ask, faults, form)
    return page(ask, "grid/report.html", status=422 if faults else 200, account=ask.actor.id, **parts)


async def list_parts(ask: Ask) -> dict[str, Any]:
    """What the list shows: one's own turns first, then everything else that is open and may be seen."""
    after, agency = ask.request.query_params.get("after", "")[:500], ask.actor.agency
    own = await _find(ask, Wish(lead=agency, open_only=True, limit=ROWS)) if agency and not after else Page(())
    rest = await _find(ask, Wish(open_only=True, limit=ROWS, after=after))
    known = {found.id: found for found in (*own.matters, *rest.matters)}
    rows = [Row(found, await _next(ask, found)) for found in known.values()]
    return {
        "mine": [row for row in rows if row.next],
        "others": [row for row in rows if not row.next],
        "following": rest.next,
        "did": ask.request.query_params.get("did", ""),
    }


async def _find(ask: Ask, wish: Wish) -> Page:
    found = await ask.site.desk.worklist(wish, ask.actor)
    return Page(()) if isinstance(found, Refusal) else found


async def _next(ask: Ask, found: Matter) -> str:
    allowed = await ask.site.desk.allowed(found.id, ask.actor)
    return "" if isinstance(allowed, Refusal) else next((verb for verb in NEXT if verb in allowed), "")


async def matter_parts(
    ask: Ask, number: str, faults: Faults, tried: str = "", form: Form | None = None
) -> dict[str, Any]:
    """What a matter's page shows; raises Turned where it is not there for who asks."""
    desk = ask.site.desk
    seen, allowed = await desk.matter(number, ask.actor), await desk.allowed(number, ask.actor)
    history = await desk.history(number, ask.actor)
    if isinstance(seen, Refusal) or isinstance(allowed, Refusal) or isinstance(history, Refusal):
        raise Turned(404, *GONE)
    return {
        "matter": seen,
        "forms_now": list(_forms(ask, seen, allowed)),
        "way": [_happened(move) for move in reversed(history[1:][-STEPS_SHOWN:])],
        "photos": _photos(history),
        "faults": faults,
        "tried": tried,
        "sent": form.text if form else lambda name: "",
        "sent_all": form.texts if form else lambda name: (),
        "key": form.text("key", 60) if form else secrets.token_urlsafe(12),
        "did": ask.request.query_params.get("did", "") if ask.request.method == "GET" else "",
        "limits": LIMITS,
    }


def _forms(ask: Ask, seen: Matter, allowed: Sequence[str]) -> Iterable[FieldForm]:
    now = [verb for verb in FIELD_VERBS if verb in allowed]
    later = {verb: first for first, verbs in THEN.items() if first in now for verb in verbs if verb not in now}
    made = {form.verb: form for form in forms_of(ask, seen, (*now, *later))}
    return (FieldForm(made[verb], later.get(verb, "")) for verb in FIELD_VERBS if verb in made)


def _happened(move: Move) -> Happened:
    text = next((said for name in ("text", "reply", "why") if (said := getattr(move.act, name, ""))), "")
    return Happened(move.verb, move.at, text, _refs(move))


def _photos(history: Sequence[Move]) -> list[str]:
    return list(dict.fromkeys(ref for move in history for ref in _refs(move)))


def _refs(move: Move) -> tuple[str, ...]:
    proofs = getattr(move.act, "evidence", ())
    found = () if isinstance(proofs, str) else proofs
    return tuple(proof.ref.removeprefix(PREFIX) for proof in found if proof.ref.startswith(PREFIX))


LIMITS = {"text": TEXT_MAX, "photos": EACH_MAX}


def report_parts(ask: Ask, faults: Faults, form: Form | None = None) -> dict[str, Any]:
    """What the form for something found shows."""
    return {
        "places": places_of(ask),
        "categories": categories_of(ask),
        "may_photo": may_photo(ask),
        "faults": faults,
        "sent": form.text if form else lambda name: "",
        "key": form.text("key", 60) if form else secrets.token_urlsafe(12),
        "limits": LIMITS,
    }


def places_of(ask: Ask) -> list[tuple[str, list[tuple[int, str]]]]:
    """Towns and what lies in them, within the range of who asks, by the name of the town."""
    tree = ask.rules.places
    roots = [place for place in ask.actor.places or (ask.site.root,) if place in tree]
    groups: dict[int, list[tuple[int, str]]] = {}
    for place in dict.fromkeys(int(inside) for root in roots for inside in tree.subtree(root)):
        if tree.node(place).level >= tree.cell_level:
            groups.setdefault(tree.cell(place), []).append((place, ask.place_name(place)))
    return [(ask.place_name(town), rows) for town, rows in groups.items()]


def categories_of(ask: Ask) -> list[tuple[str, list[tuple[str, str]]]]:
    """What a report may be about, under the name of what it belongs to; nothing that who asks might not see again."""
    open_to_all = ask.role is not None and ask.role.confidential
    groups: dict[str, list[tuple[str, str]]] = {}
    for category in ask.site.desk.reportable():
        kind = ask.rules.kind(category.kind, ask.now)
        if open_to_all or (kind is not None and not kind.confidential):
            groups.setdefault(category.parent, []).append((category.key, ask.tongue.name(category)))
    return [(ask.category_name(parent) if parent else ask.say(N_("Others")), rows) for parent, rows in groups.items()]


def may_photo(ask: Ask) -> bool:
    """Whether photos can be added to what one reports: only where the report can be seen again."""
    return ask.role is not None and ask.role.sees == "range"
