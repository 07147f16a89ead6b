"""What a reporter left under seal: opened with a purpose, a short while after somebody proved who they are."""

from collections.abc import Mapping

import msgspec
from starlette.responses import Response

from shancheng.doors.web.account import is_proved
from shancheng.doors.web.ask import Ask, Faults
from shancheng.doors.web.errors import Turned
from shancheng.doors.web.language import N_
from shancheng.doors.web.page import go, page
from shancheng.doors.web.refusals import said
from shancheng.loop.ledger import Refusal
from shancheng.loop.matter import Matter
from shancheng.wings.governance.desk import Sealed

PURPOSE_MAX = 300
CONTACT = {"name": N_("Name"), "phone": N_("Telephone"), "email": N_("E-mail"), "address": N_("Address")}
FIELDS = {"text": N_("Words"), "reply": N_("Reply"), "decision": N_("Decision")}


async def form(ask: Ask) -> Response:
    """GET /desk/matters/{matter}/sealed"""
    return _show(ask, await _matter(ask), Faults())


async def unseal(ask: Ask) -> Response:
    """POST /desk/matters/{matter}/sealed"""
    sent, faults, matter = await ask.form(), Faults(), await _matter(ask)
    if not is_proved(ask):
        return go(ask, ask.to(f"/sign-in?again=1&then={ask.request.url.path}"))
    number, purpose = sent.whole("reporter"), sent.text("purpose", PURPOSE_MAX)
    reporters = list(matter.reporters)
    faults.need("reporter", 1 <= number <= len(reporters), ask.say(N_("Choose a reporter.")))
    faults.need("purpose", purpose, ask.say(N_("Say what for; it is written in the ledger before anything is shown.")))
    if faults:
        return _show(ask, matter, faults, purpose=purpose)
    opened = await ask.site.desk.unseal(matter.id, reporters[number - 1], purpose, ask.actor)
    if isinstance(opened, Refusal):
        faults.add("reporter", said(ask, opened))
        return _show(ask, matter, faults, purpose=purpose)
    return _show(ask, matter, faults, opened=opened, chosen=number, purpose=purpose)


async def _matter(ask: Ask) -> Matter:
    found = await ask.site.desk.matter(ask.path("matter"), ask.actor)
    if isinstance(found, Refusal):
        raise Turned(404, N_("There is no such matter for you"), N_("Check the number; or it lies outside your range."))
    if ask.role is None or not ask.role.sealed:
        raise Turned(403, N_("This is not for your role"), N_("Ask whoever runs this house."))
    return found


def _show(
    ask: Ask,
    matter: Matter,
    faults: Faults,
    *,
    opened: tuple[Sealed, ...] | None = None,
    chosen: int = 0,
    purpose: str = "",
) -> Response:
    reporters = enumerate(matter.reporters.values(), 1)
    return page(
        ask,
        "desk/sealed.html",
        status=422 if faults else 200,
        private=True,
        matter=matter,
        reporters=[(number, ask.tongue.moment(reporter.at)) for number, reporter in reporters if not reporter.redacted],
        faults=faults,
        purpose=purpose,
        chosen=chosen,
        opened=None if opened is None else [_lines(ask, part) for part in opened],
        proved=is_proved(ask),
        again=ask.to(f"/sign-in?again=1&then={ask.request.url.path}"),
    )


def _lines(ask: Ask, part: Sealed) -> list[tuple[str, str]]:
    """What lay beside one move: how to reach the reporter, and words as they were written."""
    contact: Mapping[str, str] = msgspec.json.decode(part.contact, type=dict[str, str]) if part.contact else {}
    lines = [(ask.say(name), contact[key]) for key, name in CONTACT.items() if contact.get(key)]
    return lines + [(ask.say(FIELDS.get(field, field)), text) for field, text in part.original.items()]
