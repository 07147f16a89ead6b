"""Reporting in a few steps, without script: what, where, which kind, whether it is known already, who, and sending."""

import secrets
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, fields, replace
from typing import Any

import msgspec
from starlette.responses import Response

from shancheng.doors.web import places
from shancheng.doors.web.ask import RESIDENT, Ask, Faults, Form
from shancheng.doors.web.errors import Wrong
from shancheng.doors.web.language import N_
from shancheng.doors.web.mapping import island
from shancheng.doors.web.page import go, page
from shancheng.doors.web.photos import EACH_MAX, PREFIX
from shancheng.doors.web.refusals import said
from shancheng.ground.access import Actor
from shancheng.loop.act import Evidence, Note, Point, Report
from shancheng.loop.ledger import Refusal
from shancheng.wings.governance.desk import Alike

STEPS = ("what", "where", "category", "alike", "contact", "check")
TEXT_MAX, LINE_MAX, CONTACT_MAX = 4000, 300, 120
NONE = "none"
"""Says that no matter shown is the same."""
CITY_BOUND = 180.0


@dataclass(frozen=True)
class Draft:
    """What has been filled in so far; it travels in the form and is kept nowhere."""

    key: str = ""
    """Sent with the report, so that sending twice reports once."""
    text: str = ""
    photos: tuple[str, ...] = ()
    """Signed references of photos that were taken in."""
    place: int = 0
    exact: str = ""
    """Where exactly, in words."""
    lon: str = ""
    lat: str = ""
    category: str = ""
    same: str = ""
    name: str = ""
    phone: str = ""
    email: str = ""

    @property
    def point(self) -> Point | None:
        """Longitude and latitude, where they were given."""
        return (float(self.lon), float(self.lat)) if self.lon and self.lat else None

    def hidden(self, *shown: str) -> Iterable[tuple[str, str]]:
        """Fields that a step does not show but carries on."""
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name not in shown and value:
                yield each.name, " ".join(value) if isinstance(value, tuple) else str(value)


@dataclass
class Search:
    """Places offered for choosing."""

    words: str = ""
    town: int = 0
    found: list[int] = field(default_factory=list)


async def begin(ask: Ask) -> Response:
    """GET /report"""
    return await _show(ask, "what", Draft(key=secrets.token_urlsafe(12)), Faults())


async def step(ask: Ask) -> Response:
    """POST /report"""
    form = await ask.form()
    here, wish = form.text("step"), form.text("go") or "next"
    if here not in STEPS:
        return go(ask, ask.to("/report"))
    draft, faults, search = _read(ask, form), Faults(), Search(form.text("q", LINE_MAX), form.whole("town"))
    if wish.startswith("edit-") and wish[5:] in STEPS:
        return await _show(ask, wish[5:], draft, faults)
    if wish == "back":
        return await _show(ask, _before(here, draft, bool(form.text("had_alike"))), draft, faults)
    draft = await CHECKS[here](ask, form, draft, faults, search)
    if faults or (here == "where" and (wish == "locate" or (search.found and not draft.place))):
        return await _show(ask, here, draft, faults, search)
    if here == "check":
        return await _send(ask, draft)
    return await _next(ask, here, draft)


def _read(ask: Ask, form: Form) -> Draft:
    """The draft as the form carries it; only photos that this house took in."""
    photos = [ref for ref in form.text("photos").split() if _is_ours(ask, ref)]
    lon, lat = form.degrees("lon", CITY_BOUND), form.degrees("lat", CITY_BOUND / 2)
    return Draft(
        key=form.text("key", 40) or secrets.token_urlsafe(12),
        text=form.text("text", TEXT_MAX + 1),
        photos=tuple(photos[:EACH_MAX]),
        place=form.whole("place"),
        exact=form.text("exact", LINE_MAX).replace("\n", " "),
        lon="" if lon is None or lat is None else f"{lon:.6f}",
        lat="" if lon is None or lat is None else f"{lat:.6f}",
        category=form.text("category", 120),
        same=form.text("same", 120),
        name=form.text("name", CONTACT_MAX),
        phone=form.text("phone", CONTACT_MAX),
        email=form.text("email", CONTACT_MAX),
    )


def _is_ours(ask: Ask, signed: str) -> bool:
    name, _, signature = signed.partition(".")
    return ask.site.secrets.is_signed("photo", name, signature)


async def _check_what(ask: Ask, form: Form, draft: Draft, faults: Faults, search: Search) -> Draft:
    faults.need("text", draft.text, ask.say(N_("Write what is wrong.")))
    if len(draft.text) > TEXT_MAX:
        faults.add("text", ask.say(N_("Your text is too long; write at most %(most)s characters."), most=TEXT_MAX))
    kept = set(form.texts("keep")) if form.text("had_photos") else set(draft.photos)
    photos = [ref for ref in draft.photos if ref in kept]
    for content in await form.files("photo"):
        if len(photos) >= EACH_MAX:
            faults.add("photo", ask.say(N_("Send at most %(most)s photos."), most=EACH_MAX))
            break
        try:
            reference = await ask.site.photos.take(content)
        except Wrong as wrong:
            faults.add("photo", ask.say(wrong.message))
            break
        name = reference.removeprefix(PREFIX)
        photos.append(f"{name}.{ask.site.secrets.sign('photo', name)}")
    return replace(draft, photos=tuple(dict.fromkeys(photos)))


async def _check_where(ask: Ask, form: Form, draft: Draft, faults: Faults, search: Search) -> Draft:
    wish, tree = form.text("go"), ask.rules.places
    if wish == "locate":
        return _located(ask, draft, faults, search)
    if wish == "find":
        search.found = places.find(ask, search.words)
        if not search.found:
            faults.add(
                "q", ask.say(N_("No place with this name was found. Try another word, or choose from the list."))
            )
        return replace(draft, place=0)
    if wish == "list":
        search.found = places.inside(ask, search.town)
        faults.need("town", search.found, ask.say(N_("Choose a town first.")))
        return replace(draft, place=0)
    if draft.place not in tree or tree.node(draft.place).level < tree.cell_level:
        draft = replace(draft, place=0)
        search.found = places.find(ask, search.words) or places.inside(ask, search.town)
        where = "place" if search.found else "q"
        faults.add(where, ask.say(N_("Choose the place: search for it, or take it from the list.")))
    if draft.point and draft.place not in tree.chain(places.at_point(ask, *draft.point) or ask.site.root):
        draft = replace(draft, lon="", lat="")
    return draft


def _located(ask: Ask, draft: Draft, faults: Faults, search: Search) -> Draft:
    """The place of the browser's position, offered for choosing."""
    place = places.at_point(ask, *draft.point) if draft.point else 0
    if not place:
        faults.add("q", ask.say(N_("Your position is outside this city. Search for the place instead.")))
        return replace(draft, place=0, lon="", lat="")
    search.found = [place]
    return replace(draft, place=place)


async def _check_category(ask: Ask, form: Form, draft: Draft, faults: Faults, search: Search) -> Draft:
    chosen = form.text("other") or form.text("category")
    known = {category.key for category in ask.site.desk.reportable()}
    faults.need("category", chosen in known, ask.say(N_("Choose what it is about.")))
    return replace(draft, category=chosen if chosen in known else "", same="")


async def _check_alike(ask: Ask, form: Form, draft: Draft, faults: Faults, search: Search) -> Draft:
    faults.need("same", draft.same, ask.say(N_("Say whether one of these is what you mean.")))
    return draft


async def _check_contact(ask: Ask, form: Form, draft: Draft, faults: Faults, search: Search) -> Draft:
    digits = sum(sign.isdigit() for sign in draft.phone)
    if draft.phone and not 5 <= digits <= 20:
        faults.add("phone", ask.say(N_("Enter a telephone number, such as 138 0000 0000, or leave it empty.")))
    name, at, host = draft.email.partition("@")
    if draft.email and not (name and at and "." in host):
        faults.add("email", ask.say(N_("Enter an email address, such as name@example.com, or leave it empty.")))
    return draft


async def _check_all(ask: Ask, form: Form, draft: Draft, faults: Faults, search: Search) -> Draft:
    """Everything once more: what a browser sends last need not be what it was given."""
    tree, known = ask.rules.places, {category.key for category in ask.site.desk.reportable()}
    for name, right, earlier in (
        ("text", 0 < len(draft.text) <= TEXT_MAX, N_("Write what is wrong.")),
        ("place", draft.place in tree, N_("Choose the place: search for it, or take it from the list.")),
        ("category", draft.category in known, N_("Choose what it is about.")),
    ):
        faults.need(name, right, ask.say(earlier))
    return await _check_contact(ask, form, draft, faults, search)


Check = Callable[[Ask, Form, Draft, Faults, Search], Awaitable[Draft]]
CHECKS: dict[str, Check] = {
    "what": _check_what,
    "where": _check_where,
    "category": _check_category,
    "alike": _check_alike,
    "contact": _check_contact,
    "check": _check_all,
}


def _before(here: str, draft: Draft, had_alike: bool) -> str:
    at = max(0, STEPS.index(here) - 1)
    return STEPS[at - 1] if STEPS[at] == "alike" and not had_alike and not draft.same else STEPS[at]


async def _next(ask: Ask, here: str, draft: Draft) -> Response:
    following = STEPS[STEPS.index(here) + 1]
    if following == "alike" and not await _alike(ask, draft):
        following = "contact"
    return await _show(ask, following, draft, Faults())


async def _alike(ask: Ask, draft: Draft) -> tuple[Alike, ...]:
    return await ask.site.desk.alike(draft.category, draft.place, draft.point)


async def _show(ask: Ask, name: str, draft: Draft, faults: Faults, search: Search | None = None) -> Response:
    search = search or Search()
    if name == "where" and not search.found and draft.place in ask.rules.places:
        search.found = [draft.place]
    status = 422 if faults else 200
    shown = await STEP_PARTS[name](ask, draft) if name in STEP_PARTS else {}
    return page(
        ask, f"report/{name}.html", status=status, draft=draft, faults=faults, limits=LIMITS, search=search, **shown
    )


LIMITS = {"text": TEXT_MAX, "line": LINE_MAX, "contact": CONTACT_MAX, "photos": EACH_MAX}


async def _where_parts(ask: Ask, draft: Draft) -> dict[str, Any]:
    return {"towns": places.towns(ask), "island": island(ask, ask.site.root)}


async def _category_parts(ask: Ask, draft: Draft) -> dict[str, Any]:
    known = {category.key: category for category in ask.site.desk.reportable()}
    best = list(await ask.site.desk.suggest(draft.text))
    if draft.category in known and draft.category not in best:
        best.insert(0, draft.category)
    groups: dict[str, list[str]] = {}
    for category in known.values():
        groups.setdefault(category.parent, []).append(category.key)
    return {"best": best, "groups": groups}


async def _alike_parts(ask: Ask, draft: Draft) -> dict[str, Any]:
    return {"alike": await _alike(ask, draft)}


STEP_PARTS: dict[str, Callable[[Ask, Draft], Awaitable[dict[str, Any]]]] = {
    "where": _where_parts,
    "category": _category_parts,
    "alike": _alike_parts,
}


async def _send(ask: Ask, draft: Draft) -> Response:
    """Report it, with photos and what was said of others alike beside it; on to the receipt."""
    wait = await ask.site.enter(ask.address, _town(ask, draft.place))
    if wait:
        return await _held(ask, draft, wait)
    by = Actor(ask.site.follow.pseudonym(f"web\0{draft.key}\0{draft.text}".encode()), RESIDENT)
    answer = await ask.site.desk.report(
        _act(ask, draft, by), by, contact=_contact(draft), idem=_idem(by, draft, "report")
    )
    if isinstance(answer, Refusal):
        faults = Faults()
        faults.add(answer.field or "text", said(ask, answer))
        return await _show(ask, "check", draft, faults)
    await _add(ask, draft, answer.matter, by)
    return go(ask, ask.to(f"/follow/{ask.site.follow.token(by.id)}?new=1"))


def _town(ask: Ask, place: int) -> int:
    places = ask.rules.places
    return places.cell(place) if place in places else 0


async def _held(ask: Ask, draft: Draft, wait: float) -> Response:
    """Nothing is lost: the whole report stays in the form, to be sent again."""
    faults = Faults()
    faults.add(
        "text", ask.say(N_("Many reports are coming in just now. Nothing is lost: send this again in a minute."))
    )
    response = await _show(ask, "check", draft, faults)
    response.status_code = 429
    response.headers["retry-after"] = str(max(1, round(wait)))
    return response


def _act(ask: Ask, draft: Draft, by: Actor) -> Report:
    category = ask.rules.category(draft.category, ask.now)
    exact = ask.say(N_("Where exactly: %(exact)s"), exact=draft.exact) if draft.exact else ""
    return Report(
        kind=category.kind if category else "request",
        category=draft.category,
        text=f"{draft.text}\n{exact}".strip(),
        place=draft.place,
        point=draft.point,
        located="point" if draft.point else "picked",
        origin="resident",
        reporter=by.id,
    )


def _contact(draft: Draft) -> bytes | None:
    given = {"name": draft.name, "phone": draft.phone, "email": draft.email}
    return msgspec.json.encode({key: value for key, value in given.items() if value}) if any(given.values()) else None


async def _add(ask: Ask, draft: Draft, matter: str, by: Actor) -> None:
    desk = ask.site.desk
    if draft.photos:
        proofs = tuple(Evidence(kind="photo", ref=PREFIX + ref.partition(".")[0]) for ref in draft.photos)
        await desk.do(matter, Note(text="", evidence=proofs), by, idem=_idem(by, draft, "photos"))
    if draft.same and draft.same != NONE:
        text = ask.say(N_("The reporter says that this is the same as matter %(matter)s."), matter=draft.same)
        await desk.do(matter, Note(text=text), by, idem=_idem(by, draft, "same"))


def _idem(by: Actor, draft: Draft, what: str) -> str:
    return f"{by.id}:{what}:{draft.key}"[:120]
