"""What the field worker's phone sends, as a form or from its outbox: acts, things found, photos; each done once."""

from collections.abc import Awaitable, Callable

import msgspec
from starlette.responses import JSONResponse, Response

from shancheng.doors.web import places
from shancheng.doors.web.ask import NOBODY, Ask, Faults, Form
from shancheng.doors.web.errors import Turned, Wrong
from shancheng.doors.web.fields import LINE_MAX, TEXT_MAX, WITH_PHOTOS, act_of
from shancheng.doors.web.follow import take_photos
from shancheng.doors.web.grid import (
    FIELD_VERBS,
    categories_of,
    may_photo,
    places_of,
    show_matter,
    show_report,
)
from shancheng.doors.web.language import N_
from shancheng.doors.web.page import PRIVATE, finished, go
from shancheng.doors.web.photos import EACH_MAX, PREFIX
from shancheng.doors.web.refusals import said
from shancheng.loop.act import AnyAct, Evidence, Finish, Note, Point, Report, Verify
from shancheng.loop.ledger import Receipt, Refusal

Handler = Callable[[Ask], Awaitable[Response]]
KEY_MAX = 60
AGE_MAX = 30 * 86_400
"""Seconds an act may have waited on a phone; how far back it counts is decided by the loop."""
CITY_BOUND = 180.0


def for_both(handler: Handler) -> Handler:
    """A handler that also answers the outbox: what turns it away is then said in JSON instead of on a page."""

    async def answer(ask: Ask) -> Response:
        try:
            return await handler(ask)
        except Turned as turned:
            if not _is_outbox(ask):
                raise
            return _told(ask, turned.status, ask.say(turned.text), turned.headers)

    answer.__doc__ = handler.__doc__
    return answer


@for_both
async def act(ask: Ask) -> Response:
    """POST /grid/matters/{matter}/{verb}"""
    number, verb = ask.path("matter"), ask.path("verb")
    form, faults = await ask.form(), Faults()
    if verb not in FIELD_VERBS:
        raise Turned(404, N_("There is no such page"), N_("Check the address, or begin at the start page."))
    wanted = await _act(ask, verb, form, faults)
    if wanted is not None and not faults:
        answer = await ask.site.desk.do(
            number, wanted, ask.actor, idem=_key(ask, form), expect=form.whole("expect"), at=_occurred(ask, form)
        )
        if isinstance(answer, Receipt):
            return _received(ask, answer, f"/grid/matters/{number}?did={verb}")
        faults.add(f"{verb}-{answer.field}" if answer.field else verb, said(ask, answer))
    return _told_all(ask, faults) if _is_outbox(ask) else await show_matter(ask, faults, verb, form)


@for_both
async def report(ask: Ask) -> Response:
    """POST /grid/report"""
    form, faults = await ask.form(), Faults()
    found = await _found(ask, form, faults)
    proofs = () if faults else await _proofs(ask, form, faults)
    if found is not None and not faults:
        answer = await _open(ask, form, found, proofs)
        if isinstance(answer, Receipt):
            return _received(ask, answer, "/grid?did=report")
        faults.add(answer.field or "text", said(ask, answer))
    return _told_all(ask, faults) if _is_outbox(ask) else show_report(ask, faults, form)


@for_both
async def photo(ask: Ask) -> Response:
    """POST /grid/photos: takes one photo in and answers with its signed reference; twice the same, the same answer."""
    form = await ask.form()
    files = await form.files("photo")
    if len(files) != 1:
        return _told(ask, 422, ask.say(N_("Send one photo at a time.")))
    try:
        reference = await ask.site.photos.take(files[0])
    except Wrong as wrong:
        return _told(ask, 422, ask.say(wrong.message))
    name = reference.removeprefix(PREFIX)
    return _json(ask, {"photo": f"{name}.{ask.site.secrets.sign('photo', name)}"})


async def word(ask: Ask) -> Response:
    """GET /grid/word: who is signed in, and the word that forms carry now."""
    account = "" if ask.actor is NOBODY else ask.actor.id
    return _json(ask, {"account": account, "word": ask.site.secrets.form_word(ask.visit)})


async def _act(ask: Ask, verb: str, form: Form, faults: Faults) -> AnyAct | None:
    """The act a form stands for, with the photos that were sent ahead of it."""
    ahead = _ahead(ask, form)
    if verb == "note" and ahead:
        return Note(text=form.text("text", TEXT_MAX), evidence=(*ahead, *await take_photos(ask, form, faults)))
    made = await act_of(ask, verb, form, faults)
    if ahead and verb in WITH_PHOTOS and isinstance(made, Finish | Verify | Note):
        return msgspec.structs.replace(made, evidence=(*ahead, *made.evidence))
    return made


def _ahead(ask: Ask, form: Form) -> tuple[Evidence, ...]:
    """Photos that were taken in before, by references that this house has signed."""
    named = [signed.partition(".") for signed in form.texts("photo_ref")[:EACH_MAX]]
    ours = [name for name, _, signature in named if ask.site.secrets.is_signed("photo", name, signature)]
    return tuple(Evidence(kind="photo", ref=PREFIX + name) for name in ours)


async def _proofs(ask: Ask, form: Form, faults: Faults) -> tuple[Evidence, ...]:
    proofs = (*_ahead(ask, form), *await take_photos(ask, form, faults))
    if len(proofs) > EACH_MAX:
        faults.add("photo", ask.say(N_("Send at most %(most)s photos."), most=EACH_MAX))
    if proofs and not may_photo(ask):
        faults.add("photo", ask.say(N_("Your role cannot add photos to a new report; describe it in words.")))
    return proofs


async def _found(ask: Ask, form: Form, faults: Faults) -> Report | None:
    """The report a form stands for; None with faults where it is not whole."""
    text, point = form.text("text", TEXT_MAX), _point(form)
    place, category = _place(ask, form, point, faults), form.text("category", 120)
    exact = form.text("exact", LINE_MAX).replace("\n", " ")
    faults.need("text", text, ask.say(N_("Write what is wrong.")))
    if category and category not in {key for _, rows in categories_of(ask) for key, _ in rows}:
        faults.add("category", ask.say(N_("Choose what it is about.")))
    if faults:
        return None
    known = ask.rules.category(category, ask.now) if category else None
    where = ask.say(N_("Where exactly: %(exact)s"), exact=exact) if exact else ""
    return Report(
        kind=known.kind if known else "request",
        category=category,
        text=f"{text}\n{where}".strip(),
        place=place,
        point=point,
        located="point" if point else "picked",
        origin="patrol",
    )


def _point(form: Form) -> Point | None:
    lon, lat = form.degrees("lon", CITY_BOUND), form.degrees("lat", CITY_BOUND / 2)
    return None if lon is None or lat is None else (lon, lat)


def _place(ask: Ask, form: Form, point: Point | None, faults: Faults) -> int:
    """The place that was chosen, or the one that holds the position; it has to lie in the range of who reports."""
    chosen = form.whole("place")
    place = chosen or (places.at_point(ask, *point) if point else 0)
    if not place:
        sentence = (
            N_("Choose the place.") if point is None else N_("Your position is outside this city; choose the place.")
        )
        faults.add("place", ask.say(sentence))
    elif place not in {inside for _, rows in places_of(ask) for inside, _ in rows}:
        faults.add("place", ask.say(N_("This place lies outside your range; report it on the page for everybody.")))
    return place


async def _open(ask: Ask, form: Form, found: Report, proofs: tuple[Evidence, ...]) -> Receipt | Refusal:
    """Report it, and add its photos; a repeat does again only what was not done yet."""
    desk, key, at = ask.site.desk, _key(ask, form), _occurred(ask, form)
    answer = await desk.report(found, ask.actor, idem=key, at=at)
    if isinstance(answer, Refusal) or not proofs:
        return answer
    added = await desk.do(answer.matter, Note(text="", evidence=proofs), ask.actor, idem=key and f"{key}:photos", at=at)
    return added if isinstance(added, Refusal) else answer


def _key(ask: Ask, form: Form) -> str | None:
    key = form.text("key", KEY_MAX)
    return f"{ask.actor.id}:{key}"[:110] if key else None


def _occurred(ask: Ask, form: Form) -> int:
    """When it was done, from how long it has waited on the phone: what a phone thinks the time is does not matter."""
    return ask.now - min(form.whole("age"), AGE_MAX)


def _is_outbox(ask: Ask) -> bool:
    return ask.request.headers.get("accept", "").startswith("application/json")


def _received(ask: Ask, receipt: Receipt, page: str) -> Response:
    if not _is_outbox(ask):
        return go(ask, ask.to(page))
    body = {"matter": receipt.matter, "number": receipt.matter_seq, "verb": receipt.verb, "page": ask.to(page)}
    return _json(ask, body | {"repeated": receipt.repeated})


def _told_all(ask: Ask, faults: Faults) -> Response:
    return _told(ask, 422, " ".join(sentence for _, sentence in faults.items()))


def _told(ask: Ask, status: int, sentence: str, headers: dict[str, str] | None = None) -> Response:
    response = _json(ask, {"sentence": sentence}, status)
    response.headers.update(headers or {})
    return response


def _json(ask: Ask, body: dict[str, object], status: int = 200) -> Response:
    return finished(ask, JSONResponse(body, status, PRIVATE))
