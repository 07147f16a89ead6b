"""Acts that come in: reports by anybody, every other verb by who carries a token."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from shancheng.doors.api.call import RESIDENT, Answer, Call, decoded, found
from shancheng.doors.api.form import Body, Form, Moment, PlaceName
from shancheng.doors.api.problem import Problem, refused
from shancheng.doors.api.times import in_seconds
from shancheng.ground.access import Actor
from shancheng.loop.act import VERBS, Act, Key, Line, Point, Report, Text, Unseal
from shancheng.loop.ledger import Receipt, Refusal

EVERY_VERB = {verb: act for verb, act in VERBS.items() if verb not in ("report", "unseal")}
"""Verbs that are sent one way; a report opens a matter, and an unsealing answers with what was sealed."""


class Contact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """How to reach the reporter; sealed under a key of its own before it is kept, destroyed by `redact`."""

    name: Line = ""
    phone: Line = ""
    email: Line = ""
    address: Line = ""


class ReportBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something is to be settled at a place."""

    kind: Key
    """Kind of matter: request, incident, hazard, dispute, task."""
    text: Text
    place: PlaceName = 0
    """Number or code of the place; may be left out where there is a point."""
    point: Point | None = None
    category: Key = ""
    severity: Annotated[int, Meta(ge=0, le=4)] = 0
    located: str = ""
    """How the place was found: point, address, picked, sensor; left out, it follows from what was sent."""
    origin: str = "resident"
    """Who noticed: resident, patrol, sensor, agency, import."""
    reporter: Key = ""
    """Pseudonym of the reporter, where one is known already."""
    confidential: bool = False
    drill: bool = False
    occurred: Moment | None = None
    """When it happened or was said; now, where it is left out."""
    contact: Contact | None = None


class ReportReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """What a report is answered with once it is durable."""

    lane: str
    seq: int
    matter: str
    """Number of the matter."""
    matter_seq: int
    verb: str
    recorded: str
    repeated: bool
    """The same report had been written before; nothing was added."""
    follow: str = ""
    """Token by which a reporter without an account follows, rates and reopens; shown once."""


class OpenedText(msgspec.Struct, frozen=True):
    """What one move had sealed."""

    contact: Contact | None
    original: dict[str, str]
    """Text as it was written, by field, before personal data in it were masked."""


class Opened(msgspec.Struct, frozen=True):
    """What a reporter had left under its key; that it was looked at, and why, is in the ledger."""

    sealed: tuple[OpenedText, ...]


DECODE = msgspec.json.Decoder(ReportBody).decode
ENCODE = msgspec.json.Encoder().encode
RECEIPT = Form(Receipt)
LOCATED = frozenset({"", "point", "address", "picked", "sensor"})
ORIGINS = frozenset({"resident", "patrol", "sensor", "agency", "import"})
BODIES: dict[str, Body[Any]] = {verb: Body(act) for verb, act in EVERY_VERB.items()}


async def report(call: Call) -> Answer:
    """POST /matters"""
    body = await call.body() or b"{}"
    wanted: ReportBody = decoded(DECODE, body)
    follow = ""
    place = _place(call, wanted)
    if not call.actor.role:
        call.actor = await _resident(call, wanted, place)
        follow = call.api.follow.token(call.actor.id)
    act = _act(wanted, place, call.actor)
    receipt = await call.api.desk.report(
        act,
        call.actor,
        contact=ENCODE(wanted.contact) if wanted.contact is not None else None,
        idem=call.key(),
        at=in_seconds(wanted.occurred) if wanted.occurred is not None else None,
    )
    if isinstance(receipt, Refusal):
        raise refused(receipt)
    answer = ReportReceipt(
        lane=receipt.lane,
        seq=receipt.seq,
        matter=receipt.matter,
        matter_seq=receipt.matter_seq,
        verb=receipt.verb,
        recorded=call.api.iso(receipt.recorded),
        repeated=receipt.repeated,
        follow=follow,
    )
    location = (b"location", b"/matters/" + receipt.matter.encode())
    return Answer(200 if receipt.repeated else 201, ENCODE(answer), (location, _etag(receipt)))


async def _resident(call: Call, wanted: ReportBody, place: int) -> Actor:
    """Somebody without a token, let in at a bounded rate under a pseudonym made for this report.

    A repeat under the same idempotency key is given the same pseudonym, and so the same receipt.
    """
    api = call.api
    if wanted.origin != RESIDENT or wanted.drill:
        message = "Without a token a report comes from a resident; leave 'origin' and 'drill' out or send a token."
        raise Problem(403, "not-allowed", message, "origin" if wanted.origin != RESIDENT else "drill")
    client = call.scope.get("client")
    places = api.rules().places
    await api.gate.enter(client[0] if client else "", call.started, places.cell(place) if place in places else 0)
    key = call.headers.get(b"idempotency-key")
    seed = key + b"\0" + wanted.text.encode() if key else api.new_key()
    return Actor(id=api.follow.pseudonym(seed), role=RESIDENT)


def _place(call: Call, wanted: ReportBody) -> int:
    if wanted.place:
        return call.api.place_of(wanted.place, "place")
    if wanted.point is None:
        raise Problem(422, "place-missing", "Say where: a 'place' by number or code, or a 'point' [lon, lat].", "place")
    found_at = call.api.locate(*wanted.point)
    if not found_at:
        message = f"The point {list(wanted.point)} lies outside the city; it is longitude, then latitude, in WGS-84."
        raise Problem(422, "outside", message, "point")
    return found_at


def _act(wanted: ReportBody, place: int, by: Actor) -> Report:
    located = wanted.located or ("picked" if wanted.place else "point")
    if located not in LOCATED:
        raise Problem(422, "unknown-name", f"'located' is one of {', '.join(sorted(LOCATED - {''}))}.", "located")
    if wanted.origin not in ORIGINS:
        raise Problem(422, "unknown-name", f"'origin' is one of {', '.join(sorted(ORIGINS))}.", "origin")
    return Report(
        kind=wanted.kind,
        category=wanted.category,
        severity=wanted.severity,
        text=wanted.text,
        place=place,
        point=wanted.point,
        located=located,  # type: ignore[arg-type]
        origin=wanted.origin,  # type: ignore[arg-type]
        reporter=by.id if by.role == RESIDENT else wanted.reporter,
        confidential=wanted.confidential,
        drill=wanted.drill,
    )


async def act(call: Call) -> Answer:
    """POST /matters/{matter}/{verb}"""
    verb = call.path["verb"]
    form = BODIES.get(verb)
    if form is None:
        raise Problem(404, "no-such-page", f"There is no verb '{verb[:40]}'; known are {', '.join(BODIES)}.", "verb")
    body = decoded(form.decode, await call.body() or b"{}")
    occurred = in_seconds(body.occurred) if body.occurred is not None else None
    wanted: Act = form.read(body, call.api.place_of)
    receipt = await call.api.desk.do(
        call.path["matter"],
        wanted,  # type: ignore[arg-type]
        call.actor,
        idem=call.key(),
        expect=call.expected(),
        at=occurred,
    )
    if isinstance(receipt, Refusal):
        raise refused(receipt)
    return found(RECEIPT.show(receipt, call.api), headers=(_etag(receipt),))


UNSEAL = Body(Unseal)


async def unseal(call: Call) -> Answer:
    """POST /matters/{matter}/unseal"""
    body = decoded(UNSEAL.decode, await call.body() or b"{}")
    opened = await call.api.desk.unseal(call.path["matter"], body.reporter, body.purpose, call.actor)
    if isinstance(opened, Refusal):
        raise refused(opened)
    return found(Opened(sealed=tuple(OpenedText(_contact(part.contact), part.original) for part in opened)))


def _contact(sealed: bytes) -> Contact | None:
    return msgspec.json.decode(sealed, type=Contact) if sealed else None


def _etag(receipt: Receipt) -> tuple[bytes, bytes]:
    return b"etag", b'"%d"' % receipt.matter_seq
