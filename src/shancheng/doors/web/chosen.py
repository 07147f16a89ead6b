"""Several matters at once: what may be done on every one of them, done on each, and answered one by one."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from shancheng.doors.web.ask import Ask, Faults, Form
from shancheng.doors.web.errors import Turned
from shancheng.doors.web.fields import PARTS_MAX, ActForm, act_of, forms_of
from shancheng.doors.web.language import N_
from shancheng.doors.web.matter import options_of
from shancheng.doors.web.page import page
from shancheng.doors.web.refusals import said
from shancheng.loop.act import AnyAct
from shancheng.loop.errors import LoopError
from shancheng.loop.ledger import Refusal
from shancheng.loop.matter import Matter

CHOSEN_MAX = 50
TOGETHER = frozenset(
    {
        "take", "accept", "refuse", "assign", "sign", "attend", "return", "extend", "pause", "resume", "grade", "raise",
        "supervise", "note",
    }
)  # fmt: skip
"""What may be done on several at once; not finishing, checking, closing: each needs a proof and answer of its own."""
NUMBER_MAX = 120


@dataclass(frozen=True)
class Done:
    """What became of one of them; `fault` is empty where it was done."""

    number: str
    matter: Matter | None
    fault: str


async def choose(ask: Ask) -> Response:
    """GET /desk/list/chosen: what may be done on those that were ticked."""
    asked = dict.fromkeys(number for number in ask.request.query_params.getlist("matter") if number)
    numbers = list(asked)[:CHOSEN_MAX]
    return await _show(ask, numbers, Faults(), more=len(asked) > CHOSEN_MAX)


async def act(ask: Ask) -> Response:
    """POST /desk/list/chosen/{verb}: the act on each of them, whatever becomes of the others."""
    verb, form, faults = ask.path("verb"), await ask.form(), Faults()
    if verb not in TOGETHER:
        raise Turned(404, N_("There is no such page"), N_("Check the address, or begin at the start page."))
    sent = dict(_seen(text) for text in form.texts("matter"))
    wanted = await act_of(ask, verb, form, faults) if 0 < len(sent) <= CHOSEN_MAX else None
    if wanted is None:
        return await _show(ask, list(sent)[:CHOSEN_MAX], faults, verb, form, more=len(sent) > CHOSEN_MAX)
    key = f"{form.text('key', 40)}-{verb}"
    rows = [await _done(ask, number, seq, wanted, key) for number, seq in sent.items()]
    return page(ask, "desk/chosen-done.html", verb=verb, rows=rows, private=True)


def _seen(text: str) -> tuple[str, int]:
    """Number of a matter, and of its last move when the form was made."""
    number, _, seq = text.rpartition(":")
    return number[:NUMBER_MAX], int(seq) if seq.isdecimal() and len(seq) < 10 else 0


async def _done(ask: Ask, number: str, seq: int, wanted: AnyAct, key: str) -> Done:
    idem = f"{ask.actor.id}:{key}:{number}"[:NUMBER_MAX]
    fault = ""
    try:
        answer = await ask.site.desk.do(number, wanted, ask.actor, idem=idem, expect=seq)
        fault = said(ask, answer) if isinstance(answer, Refusal) else ""
    except LoopError:
        fault = ask.say(N_("Nothing can be written just now; send it again in a little while."))
    matter = await ask.site.desk.matter(number, ask.actor)
    return Done(number, None if isinstance(matter, Refusal) else matter, fault)


async def _show(
    ask: Ask, numbers: Sequence[str], faults: Faults, verb: str = "", form: Form | None = None, *, more: bool = False
) -> Response:
    found = [await ask.site.desk.matter(number, ask.actor) for number in numbers]
    seen = [matter for matter in found if not isinstance(matter, Refusal)]
    return page(
        ask,
        "desk/chosen.html",
        status=422 if faults else 200,
        matters=seen,
        missing=len(numbers) - len(seen),
        more=more,
        most=CHOSEN_MAX,
        forms_allowed=await _forms(ask, seen),
        options=_options(ask, seen),
        own_category="",
        parts_most=PARTS_MAX,
        faults=faults,
        tried=verb,
        sent=form.text if form else lambda name: "",
        sent_all=form.texts if form else lambda name: (),
        key=form.text("key", 40) if form else secrets.token_urlsafe(12),
    )


async def _forms(ask: Ask, seen: Sequence[Matter]) -> list[ActForm]:
    """Forms of the acts that may be done on every one of them now, and need no proof."""
    common = set(TOGETHER)
    for matter in seen:
        allowed = await ask.site.desk.allowed(matter.id, ask.actor)
        common &= set() if isinstance(allowed, Refusal) else set(allowed)
    per_kind = {matter.opening.kind: matter for matter in seen}
    needing = {
        form.verb for matter in per_kind.values() for form in forms_of(ask, matter, sorted(common)) if form.groups
    }
    first = next(iter(seen), None)
    forms = forms_of(ask, first, sorted(common - needing)) if first else []
    return [ActForm(form.verb, form.entries, form.groups, False) for form in forms]


def _options(ask: Ask, seen: Sequence[Matter]) -> dict[str, Sequence[tuple[str, str]]]:
    """What may be chosen for all of them: no category where they are of several kinds."""
    if not seen:
        return {}
    options = options_of(ask, seen[0])
    one_kind = len({matter.opening.kind for matter in seen}) == 1
    return options if one_kind else {**options, "category": ()}
