"""One matter for those who settle it: its way, its parts, its clocks with their reasons, and what may be done now."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from shancheng.doors.web import words
from shancheng.doors.web.ask import Ask, Faults, Form
from shancheng.doors.web.errors import Turned
from shancheng.doors.web.fields import ENTRIES, MAIN, PARTS_MAX, act_of, forms_of
from shancheng.doors.web.follow import picture
from shancheng.doors.web.language import N_
from shancheng.doors.web.page import go, page
from shancheng.doors.web.photos import EACH_MAX, PREFIX
from shancheng.doors.web.refusals import said
from shancheng.loop import clock as clocks
from shancheng.loop.act import Escalate, Evidence
from shancheng.loop.ledger import Refusal
from shancheng.loop.matter import Clock, Matter
from shancheng.loop.move import Move
from shancheng.loop.why import Reason

GONE = (N_("There is no such matter for you"), N_("Check the number; or it lies outside your range."))
WORDY = ("text", "reply", "why", "decision", "elsewhere", "into")
"""Fields of acts that are shown in a timeline, in this order."""


@dataclass(frozen=True)
class Line:
    """One move, as it is read."""

    number: int
    verb: str
    at: int
    recorded: int
    who: str
    actor: str
    text: str
    reason: str
    proofs: tuple[Evidence, ...]
    stage: str


@dataclass(frozen=True)
class ClockView:
    """One promise: what it is, whether it is kept, and why it is due then."""

    name: str
    agency: str
    clock: Clock
    late: bool
    left: int
    """Seconds until it is broken; below 0 once it is."""
    why: Reason | None


async def matter(ask: Ask) -> Response:
    """GET /desk/matters/{matter}"""
    return await _show(ask, Faults())


async def act(ask: Ask) -> Response:
    """POST /desk/matters/{matter}/{verb}"""
    number, verb = ask.path("matter"), ask.path("verb")
    form, faults = await ask.form(), Faults()
    if verb not in ENTRIES:
        raise Turned(404, N_("There is no such page"), N_("Check the address, or begin at the start page."))
    wanted = await act_of(ask, verb, form, faults)
    if wanted is not None:
        idem = f"{ask.actor.id}:{form.text('key', 60)}"[:120]
        answer = await ask.site.desk.do(number, wanted, ask.actor, idem=idem, expect=form.whole("expect"))
        if not isinstance(answer, Refusal):
            return go(ask, ask.to(f"/desk/matters/{number}?did={verb}"))
        faults.add(f"{verb}-{answer.field}" if answer.field else verb, said(ask, answer))
    return await _show(ask, faults, verb, form)


async def photo(ask: Ask) -> Response:
    """GET /desk/matters/{matter}/photos/{photo}"""
    history = await ask.site.desk.history(ask.path("matter"), ask.actor)
    wanted = PREFIX + ask.path("photo")
    moves = [] if isinstance(history, Refusal) else history
    if any(proof.ref == wanted for move in moves for proof in getattr(move.act, "evidence", ())):
        return picture(ask, wanted)
    raise Turned(404, N_("There is no such photo"), N_("It was taken away, or is not for you to see."))


async def _show(ask: Ask, faults: Faults, verb: str = "", form: Form | None = None) -> Response:
    desk, number = ask.site.desk, ask.path("matter")
    seen = await desk.matter(number, ask.actor)
    history, why = await desk.history(number, ask.actor), await desk.why(number, ask.actor)
    allowed = await desk.allowed(number, ask.actor)
    if (
        isinstance(seen, Refusal)
        or isinstance(history, Refusal)
        or isinstance(why, Refusal)
        or isinstance(allowed, Refusal)
    ):
        raise Turned(404, *GONE)
    reasons = {reason.of: reason for reason in why.reasons}
    return page(
        ask,
        "desk/matter.html",
        status=422 if faults else 200,
        matter=seen,
        lines=[_line(ask, move) for move in history],
        clocks=list(_clocks(ask, seen, reasons)),
        reasons=[reason for reason in why.reasons if not reason.of.startswith("clock:")],
        forms_allowed=forms_of(ask, seen, allowed),
        main=MAIN,
        options=options_of(ask, seen),
        own_category=seen.about.category,
        parts_most=PARTS_MAX,
        alike=await _alike(ask, seen),
        faults=faults,
        tried=verb,
        sent=form.text if form else lambda name: "",
        sent_all=form.texts if form else lambda name: (),
        did=ask.request.query_params.get("did", ""),
        key=secrets.token_urlsafe(12),
        photos_most=EACH_MAX,
        prefix=PREFIX,
    )


async def _alike(ask: Ask, seen: Matter) -> list[tuple[str, str]]:
    """Open matters close by of the same category: number and words."""
    if not seen.is_open or seen.marks.merged_into:
        return []
    found = await ask.site.desk.alike(seen.about.category, seen.about.place, seen.opening.point)
    rows = []
    for other in found:
        if other.matter == seen.id:
            continue
        matter = await ask.site.desk.matter(other.matter, ask.actor)
        if not isinstance(matter, Refusal):
            rows.append((matter.id, matter.opening.text))
    return rows


def _line(ask: Ask, move: Move) -> Line:
    act = move.act
    role = ask.rules.roles.get(move.role)
    where = ask.place_name(move.centre) if move.centre else ""
    told = [str(value) for name in WORDY if (value := getattr(act, name, ""))]
    code = getattr(act, "reason", "") or getattr(act, "outcome", "")
    record = ask.rules.reasons.get(code)
    reason = ask.tongue.named(record.name, code) if record else code
    if isinstance(act, Escalate):
        reason = _rung(ask, act, move)
    return Line(
        number=move.matter_seq,
        verb=move.verb,
        at=move.at,
        recorded=move.recorded,
        who=" · ".join(part for part in (ask.tongue.named(role.name, move.role) if role else move.role, where) if part),
        actor=move.actor,
        text="\n".join(told),
        reason=reason,
        proofs=tuple(getattr(act, "evidence", ())) if not isinstance(getattr(act, "evidence", ()), str) else (),
        stage=move.then.stage or "",
    )


def _rung(ask: Ask, act: Escalate, move: Move) -> str:
    """Which clock, and how much of it is used."""
    clock = (move.then.clocks or {}).get(act.clock)
    name = ask.say(words.CLOCKS.get(clocks.family(act.clock), act.clock))
    return f"{name} {clock.rung} %" if clock is not None and clock.rung else name


def _clocks(ask: Ask, seen: Matter, reasons: dict[str, Reason]) -> Iterator[ClockView]:
    for name, clock in seen.clocks.items():
        late, left = clock.is_late(ask.now), clock.due - (clock.met or ask.now)
        yield ClockView(clocks.family(name), name.partition(":")[2], clock, late, left, reasons.get(f"clock:{name}"))


def options_of(ask: Ask, seen: Matter) -> dict[str, Sequence[tuple[str, str]]]:
    """What may be chosen in the fields of acts, by kind of field."""
    rules, tongue = ask.rules, ask.tongue
    tree, here = rules.places, seen.about.place
    upwards = set(tree.chain(here)) if here in tree else set()
    centres = [place for place in sorted(upwards) if tree.node(place).level in rules.packs.city.centre_levels]
    supports = [
        leg.agency for leg in seen.legs.values() if leg.part == "support" and leg.state in ("offered", "signed")
    ]
    categories = [dated.latest for dated in rules.categories.values()]
    return {
        "category": [(c.key, tongue.name(c)) for c in categories if c.parent and c.kind == seen.opening.kind],
        "severity": [(str(grade), tongue.named(record.name)) for grade, record in sorted(rules.severities.items())],
        "agency": sorted(
            ((key, tongue.name(agency)) for key, agency in rules.agencies.items()), key=lambda row: row[1]
        ),
        "centre": [(str(place), ask.place_name(place)) for place in centres if place != seen.custody.holder],
        "support": [(agency, ask.agency_name(agency)) for agency in supports],
        "what": [("pause", ask.say(words.VERBS["pause"])), ("extend", ask.say(words.VERBS["extend"]))],
    }
