"""Following a report by its code: where it stands, what was answered, and what its reporter may add."""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import segno
from starlette.responses import Response

from shancheng.doors.web.ask import RESIDENT, Ask, Faults, Form
from shancheng.doors.web.errors import Turned, Wrong
from shancheng.doors.web.language import N_
from shancheng.doors.web.mapping import Small, small_maps
from shancheng.doors.web.page import finished, go, page
from shancheng.doors.web.photos import EACH_MAX, PREFIX
from shancheng.doors.web.refusals import said
from shancheng.ground.access import Actor
from shancheng.loop import act as acts
from shancheng.loop.act import AnyAct, Evidence
from shancheng.loop.ledger import Refusal
from shancheng.loop.matter import Matter
from shancheng.loop.move import Move
from shancheng.wings.governance.desk import Wish

CODE_MAX = 200
TEXT_MAX = 2000
YES_NO = {"yes": True, "no": False}
OWN_VERBS = ("note", "rate", "reopen")
SHOWN = frozenset(
    {
        "report",
        "accept",
        "refuse",
        "assign",
        "finish",
        "verify",
        "close",
        "reopen",
        "rate",
        "take",
        "merge",
        "unmerge",
        "note",
    }
)


@dataclass(frozen=True)
class Happened:
    """One line of a report's way, as its reporter may read it."""

    at: int
    verb: str
    text: str = ""
    who: str = ""
    photos: tuple[str, ...] = ()
    own: bool = False


@dataclass(frozen=True)
class Followed:
    """One report of a reporter, with its way and what may be done."""

    matter: Matter
    way: tuple[Happened, ...]
    may: tuple[str, ...]
    spot: Small | None = None
    """Where it is, drawn."""


async def enter(ask: Ask) -> Response:
    """GET /follow"""
    return page(ask, "follow-enter.html", faults=Faults(), code="")


async def find(ask: Ask) -> Response:
    """POST /follow"""
    form = await ask.form()
    code = re.sub(r"\s", "", form.text("code", CODE_MAX)).lower()
    faults = Faults()
    faults.need("code", code, ask.say(N_("Enter the code of your report.")))
    if code and not ask.site.follow.pseudonym_of(code):
        faults.add(
            "code", ask.say(N_("This code is not one of ours. Check it letter by letter, or scan the picture again."))
        )
    if faults:
        return page(ask, "follow-enter.html", status=422, faults=faults, code=code)
    return go(ask, ask.to(f"/follow/{code}"))


async def follow(ask: Ask) -> Response:
    """GET /follow/{token}"""
    return await _show(ask, _reporter(ask), Faults())


async def act(ask: Ask) -> Response:
    """POST /follow/{token}/{matter}/{verb}"""
    by, matter, verb = _reporter(ask), ask.path("matter"), ask.path("verb")
    form, faults = await ask.form(), Faults()
    if verb not in OWN_VERBS:
        raise Turned(404, N_("There is no such page"), N_("Check the address, or begin at the start page."))
    wanted = await _act(ask, verb, form, faults)
    if wanted is not None and not faults:
        answer = await ask.site.desk.do(matter, wanted, by, idem=f"{by.id}:{form.text('key', 60)}"[:120])
        if not isinstance(answer, Refusal):
            return go(ask, ask.to(f"/follow/{ask.path('token')}?did={verb}"))
        faults.add(verb, said(ask, answer))
    return await _show(ask, by, faults, form=form)


async def photo(ask: Ask) -> Response:
    """GET /follow/{token}/photos/{photo}"""
    by, wanted = _reporter(ask), PREFIX + ask.path("photo")
    for followed in await _all(ask, by):
        if any(wanted in line.photos for line in followed.way):
            return picture(ask, wanted)
    raise Turned(404, N_("There is no such photo"), N_("It was taken away, or is not for you to see."))


def picture(ask: Ask, reference: str) -> Response:
    """A photo's bytes."""
    content = ask.site.photos.fetch(reference)
    if content is None:
        raise Turned(404, N_("There is no such photo"), N_("It was taken away, or is not for you to see."))
    return finished(ask, Response(content, media_type="image/jpeg", headers={"cache-control": "private, max-age=3600"}))


def _reporter(ask: Ask) -> Actor:
    pseudonym = ask.site.follow.pseudonym_of(ask.path("token"))
    if not pseudonym:
        raise Turned(
            404, N_("This code is not one of ours"), N_("Check it letter by letter, or scan the picture again.")
        )
    return Actor(pseudonym, RESIDENT)


async def _show(ask: Ask, by: Actor, faults: Faults, form: Form | None = None) -> Response:
    token, query = ask.path("token"), ask.request.query_params
    followed = await _all(ask, by)
    if not followed:
        raise Turned(
            404, N_("There is no report under this code"), N_("It may not have been sent; report it once more.")
        )
    address = f"{ask.request.base_url}{ask.tongue.code}/follow/{token}"
    return page(
        ask,
        "follow.html",
        status=422 if faults else 200,
        private=True,
        followed=followed,
        token=token,
        address=address,
        code=qr(address),
        is_new=query.get("new") == "1",
        did=query.get("did", ""),
        faults=faults,
        sent=form.text if form else lambda name: "",
        reasons=[record for record in ask.rules.reasons.values() if "reopen" in record.verbs],
        limits={"text": TEXT_MAX, "photos": EACH_MAX},
    )


def qr(address: str) -> str:
    """A QR code as SVG, dark on white in either light."""
    out = io.BytesIO()
    made = segno.make(address, error="m", micro=False)
    made.save(out, kind="svg", xmldecl=False, svgns=False, border=3, omitsize=True, dark="#000", light="#fff")
    return out.getvalue().decode()


async def _all(ask: Ask, by: Actor) -> list[Followed]:
    wish = Wish(order="opened", merged=True, limit=20)
    found = await ask.site.desk.worklist(wish, by)
    matters: Sequence[Matter] = () if isinstance(found, Refusal) else found.matters
    drawn = await small_maps(ask, wish, by)
    return [await _followed(ask, matter, by, drawn.get(matter.id)) for matter in matters]


async def _followed(ask: Ask, matter: Matter, by: Actor, spot: Small | None) -> Followed:
    history = await ask.site.desk.history(matter.id, by)
    moves = [] if isinstance(history, Refusal) else history
    allowed = await ask.site.desk.allowed(matter.id, by)
    may = () if isinstance(allowed, Refusal) else tuple(verb for verb in OWN_VERBS if verb in allowed)
    return Followed(matter, tuple(_way(ask, moves, by)), may, spot)


def _way(ask: Ask, moves: Sequence[Move], by: Actor) -> Iterator[Happened]:
    """What a reporter is told: answers, where it went, its own words; never notes of others unless they are public."""
    for move in moves:
        act = move.act
        if act is None or move.verb not in SHOWN:
            continue
        own = move.actor == by.id
        if isinstance(act, acts.Note) and not (own or act.public):
            continue
        proofs = getattr(act, "evidence", ()) if own or isinstance(act, acts.Note) else ()
        photos = tuple(proof.ref for proof in proofs if proof.ref.startswith(PREFIX))
        yield Happened(move.at, move.verb, _told(ask, act, own), _who(ask, act, move), photos, own)


def _told(ask: Ask, act: acts.Act, own: bool) -> str:
    match act:
        case acts.Report(text=text) | acts.Note(text=text):
            return text
        case acts.Accept(reply=reply) | acts.Close(reply=reply):
            return reply
        case acts.Refuse(elsewhere=elsewhere, reply=reply):
            there = ask.say(N_("Please turn to: %(elsewhere)s"), elsewhere=elsewhere)
            return f"{reply}\n{there}".strip()
        case acts.Rate(text=text) | acts.Reopen(text=text) if own:
            return text
    return ""


def _who(ask: Ask, act: acts.Act, move: Move) -> str:
    if isinstance(act, acts.Assign):
        legs = move.then.legs or {}
        lead = next((leg.agency for leg in legs.values() if leg.part == "lead"), act.lead)
        return ask.agency_name(lead) if lead else ""
    return ask.place_name(move.centre) if isinstance(act, acts.Take) and move.centre else ""


async def _act(ask: Ask, verb: str, form: Form, faults: Faults) -> AnyAct | None:
    text = form.text("text", TEXT_MAX)
    if verb == "note":
        proofs = await take_photos(ask, form, faults)
        faults.need("note", text or proofs, ask.say(N_("Write something, or add a photo.")))
        return acts.Note(text=text, evidence=proofs)
    if verb == "rate":
        answers = {name: YES_NO.get(form.text(name)) for name in ("contacted", "resolved", "satisfied")}
        known = any(value is not None for value in answers.values())
        faults.need("rate", known, ask.say(N_("Answer at least one of the questions.")))
        return acts.Rate(**answers, text=text)  # type: ignore[arg-type]
    reason = form.text("reason", 120)
    faults.need("reopen", reason, ask.say(N_("Say why it is not settled.")))
    return acts.Reopen(reason=reason, text=text[:500].replace("\n", " "))


async def take_photos(ask: Ask, form: Form, faults: Faults) -> tuple[Evidence, ...]:
    """Photos of a form, taken in and kept."""
    try:
        return tuple([Evidence("photo", await ask.site.photos.take(content)) for content in await form.files("photo")])
    except Wrong as wrong:
        faults.add("photo", ask.say(wrong.message))
        return ()
