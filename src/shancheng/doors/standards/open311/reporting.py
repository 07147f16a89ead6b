"""POST requests: a report by anybody, or by whoever carries an api_key."""

import math
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from shancheng.doors.standards.open311.asking import Ask, missing
from shancheng.doors.standards.open311.records import LISTS, Question
from shancheng.doors.standards.open311.whereabouts import place_at, place_named
from shancheng.doors.standards.open311.wrong import Wrong, refused
from shancheng.ground.access import Actor
from shancheng.loop.act import Evidence, Note, Report
from shancheng.loop.kind import Category
from shancheng.loop.ledger import Refusal

TEXT_MAX, LINE_MAX, KEY_MAX = 8000, 500, 120
OWN = "own"
ATTRIBUTE = re.compile(r"attribute\[([^\]]{1,120})\](?:\[\])?").fullmatch
WHERE = {"zh": "地址", "en": "Address"}
NOTICE = {
    "zh": "已收到。account_id 是您查询、评价这件事的凭证，请当作 api_key 发送，并妥善保管。",
    "en": "Received. account_id is your key to follow and rate this; send it as api_key, and keep it to yourself.",
}


async def report(ask: Ask) -> tuple[str, Any]:
    """POST requests"""
    code = ask.text("service_code")
    category = ask.catalogue().offered(code) if code else None
    if code and category is None:
        raise Wrong(404, f"There is no service_code '{code[:60]}'; GET services lists them.")
    answers, faults = _answers(ask, category) if category else ([], [])
    place, point, located, unplaced = _whereabouts(ask)
    text = _text(ask, answers)
    faults = [*missing(ask, ["service_code"]), *faults, *unplaced, *_too_long(ask, text)]
    if faults or category is None:
        raise Wrong(400, *faults)
    by, follow = await _reporter(ask, text, place)
    role = ask.desk.rules.roles.get(by.role)
    own = role is not None and role.sees == OWN
    act = Report(
        kind=category.kind,
        category=category.key,
        text=text or ask.catalogue().name(category.key),
        place=place,
        point=point,
        located=located,  # type: ignore[arg-type]
        origin="resident",
        reporter=by.id if own else "",
    )
    receipt = await ask.desk.report(act, by, contact=_contact(ask), idem=_repeat(ask, by))
    if isinstance(receipt, Refusal):
        raise refused(receipt)
    await _keep_picture(ask, receipt.matter, by)
    row = {"service_request_id": receipt.matter, "service_notice": NOTICE[ask.language] if follow else ""}
    return "service_requests", [row | {"account_id": follow or None}]


async def _reporter(ask: Ask, text: str, place: int) -> tuple[Actor, str]:
    """Who reports: the bearer of the key, else somebody new, let in at a bounded rate."""
    if ask.actor is not None:
        return ask.actor, ""
    client = ask.request.client
    places = ask.desk.rules.places
    town = places.cell(place) if place in places else 0
    turned_away = await ask.server.admit(client.host if client else "", town)
    if turned_away:
        raise Wrong(429, turned_away, headers=(("retry-after", "30"),))
    key = ask.request.headers.get("idempotency-key", "")
    return ask.server.newcomer(f"{key}\0{text}".encode() if key else b"")


def _repeat(ask: Ask, by: Actor) -> str | None:
    key = ask.request.headers.get("idempotency-key", "")
    if not key:
        return None
    if len(key) > KEY_MAX or not key.isprintable():
        raise Wrong(400, f"An Idempotency-Key is at most {KEY_MAX} printable characters; a UUID is a good one.")
    return f"{by.id}/{key}"


def _whereabouts(ask: Ask) -> tuple[int, tuple[float, float] | None, str, list[str]]:
    """Place, point, how it was found, and what is wrong with it."""
    rules = ask.desk.rules
    lat, lon = ask.text("lat"), ask.text("long") or ask.text("lon")
    if lat or lon:
        point = _degrees(lon, 180.0), _degrees(lat, 90.0)
        if point[0] is None or point[1] is None:
            return 0, None, "point", ["lat and long are degrees in WGS-84: lat=29.56&long=106.55; send both."]
        place = place_at(rules, point[0], point[1])
        if not place:
            return 0, None, "point", [f"lat {lat[:20]}, long {lon[:20]} lies outside the city; nothing was reported."]
        return place, (point[0], point[1]), "point", []
    named, address = ask.text("address_id"), ask.text("address_string")
    if named:
        place = place_named(rules, named)
        wrong = [] if place else [f"There is no address_id '{named[:60]}' here; send lat and long."]
        return place, None, "picked", wrong
    if address:
        return place_named(rules, address) or rules.places.nodes[0].id, None, "address", []
    return 0, None, "", ["Say where: lat and long, address_string or address_id was not provided."]


def _degrees(text: str, most: float) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) and abs(found) <= most else None


def _text(ask: Ask, answers: list[str]) -> str:
    address = ask.text("address_string")
    where = f"{WHERE[ask.language]}: {address}" if address else ""
    return "\n".join(part for part in (ask.text("description"), *answers, where) if part)


def _too_long(ask: Ask, text: str) -> list[str]:
    long = len(text) > TEXT_MAX
    too_long = [f"description and attributes together are longer than {TEXT_MAX} characters; say less."] if long else []
    lines = ("first_name", "last_name", "phone", "email", "media_url")
    return too_long + [f"{name} is longer than 200 characters." for name in lines if len(ask.text(name)) > 200]


def _answers(ask: Ask, category: Category) -> tuple[list[str], list[str]]:
    """Answers to the service's questions as lines of text, and what is wrong with them."""
    given: dict[str, list[str]] = {}
    for name, value in ask.fields:
        found = ATTRIBUTE(name)
        if found and value.strip():
            given.setdefault(found[1], []).append(value.strip())
    lines: list[str] = []
    faults: list[str] = []
    for question in ask.catalogue().questions(category.key):
        values = given.pop(question.key, [])
        faults += _faults(question, values)
        if values:
            asked = question.text.get(ask.language, question.key).rstrip("?？:：")
            lines.append(f"{asked}: {_said(question, values, ask.language)}")
    known = [f"attribute[{code}] is not asked for this service; leave it out." for code in given]
    return lines, faults + known


def _faults(question: Question, values: list[str]) -> Iterator[str]:
    if question.required and not values:
        yield f"attribute[{question.key}] was not provided; add it."
    if len(values) > 1 and question.datatype != "multivaluelist":
        yield f"attribute[{question.key}] takes one value, not {len(values)}."
    for value in values:
        if question.datatype in LISTS and value not in question.values:
            known = ", ".join(question.values)
            yield f"attribute[{question.key}] is one of {known}, not '{value[:40]}'."
        if question.datatype == "number" and _degrees(value, math.inf) is None:
            yield f"attribute[{question.key}] is a number, not '{value[:40]}'."


def _said(question: Question, values: list[str], language: str) -> str:
    names = (question.values.get(value, {}).get(language, value) for value in values)
    return "; ".join(names)


def _contact(ask: Ask) -> bytes | None:
    """Name, telephone and mail as the house seals them; None where nothing was left."""
    name = " ".join(part for part in (ask.text("first_name"), ask.text("last_name")) if part)
    found = {"name": name, "phone": ask.text("phone"), "email": ask.text("email")}
    return msgspec.json.encode({key: value for key, value in found.items() if value}) if any(found.values()) else None


async def _keep_picture(ask: Ask, matter: str, by: Actor) -> None:
    """Keep the address of a picture beside the report; a role that may write no notes leaves none."""
    pictures = pictures_of(ask)
    if pictures:
        note = Note(text="media_url", evidence=pictures)
        await ask.desk.do(matter, note, by, idem=f"open311/{by.id}/{matter}/media")


def pictures_of(ask: Ask) -> tuple[Evidence, ...]:
    """Addresses of pictures that were sent, as evidence; never fetched from here."""
    urls = [url for url in ask.texts("media_url") if url.startswith(("http://", "https://")) and len(url) <= LINE_MAX]
    return tuple(Evidence(kind="photo", ref=url) for url in urls[:5])
