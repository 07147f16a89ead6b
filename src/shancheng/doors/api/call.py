"""One request on its way through the door, and the answer it gets."""

import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import msgspec

from shancheng.doors.api.bucket import Gate
from shancheng.doors.api.follow import PREFIX as FOLLOW
from shancheng.doors.api.follow import Follow
from shancheng.doors.api.form import PlaceView
from shancheng.doors.api.metrics import Metrics
from shancheng.doors.api.problem import Problem, unreadable
from shancheng.doors.api.times import iso_of, seconds_of
from shancheng.doors.api.token import Tokens
from shancheng.ground.access import Actor, Role
from shancheng.ground.pack.fault import nearest
from shancheng.ground.territory import TerritoryError
from shancheng.loop.ledger import Reader
from shancheng.loop.rules import Rules
from shancheng.wings.governance.desk import Desk

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
JSON = b"application/json"
OURS = b"application/vnd.shancheng.v1+json"
BODY_MAX = 65_536
KEY_MAX = 120
RESIDENT = "resident"
NOBODY = Actor(id="", role="")


@dataclass
class Api:
    """What every request of this door may use."""

    desk: Desk
    reader: Reader
    tokens: Tokens
    follow: Follow
    lane: str
    rules: Callable[[], Rules]
    now: Callable[[], int]
    new_key: Callable[[], bytes]
    """Random bytes for a reporter's pseudonym."""
    stopped: Callable[[], str | None]
    """The sentence that says why nothing is acknowledged any more; None while all is well."""
    waiting: Callable[[], int] = lambda: 0
    fault: Callable[[str, BaseException], None] = lambda number, error: None
    """Keeps the trace of a fault of ours under the request's number."""
    gate: Gate = field(default_factory=Gate)
    metrics: Metrics = field(default_factory=Metrics)
    body_max: int = BODY_MAX

    def iso(self, seconds: int) -> str:
        """An instant as ISO 8601 in the city's zone."""
        return iso_of(seconds, self.rules().zone)

    def place(self, place: int) -> PlaceView:
        """A place with code and name; a place that is not in the tree of today keeps its number."""
        places = self.rules().places
        if place not in places:
            return PlaceView(id=place, code="", name="", name_en="")
        return PlaceView(
            id=place, code=places.node(place).code, name=places.name(place), name_en=places.name(place, "en")
        )

    def place_of(self, name: int | str, field: str) -> int:
        """A place's number from its code or number; raises Problem where there is none."""
        rules = self.rules()
        if isinstance(name, int):
            return name
        try:
            return rules.territory.find(name, rules.places.last_day if rules.places.until else rules.places.since)
        except TerritoryError:
            pass
        if name.isdecimal() and len(name) < 17 and int(name) in rules.places:
            return int(name)
        hint = nearest(name, [node.code for node in rules.places.nodes if node.code])
        hint = f" Did you mean '{hint}'?" if hint else " GET /places lists them."
        raise Problem(422 if field else 404, "unknown-name", f"There is no place '{name}' in this city.{hint}", field)

    def locate(self, lon: float, lat: float) -> int:
        """The smallest place that holds a WGS-84 point; 0 outside."""
        places = self.rules().places
        return next((place for level in self._levels if (place := places.locate(lon, lat, level))), 0)

    @property
    def _levels(self) -> range:
        """From the smallest places up, as far as the cells that matters are counted by."""
        places = self.rules().places
        return range(int(places.level.max(initial=0)), places.cell_level - 1, -1)

    def actor(self, token: str) -> Actor | None:
        """Who carries a token; None where it is not known or no longer good."""
        if token.startswith(FOLLOW):
            pseudonym = self.follow.pseudonym_of(token)
            return Actor(id=pseudonym, role=RESIDENT) if pseudonym else None
        return self.tokens.actor(token, self.now())

    def role(self, actor: Actor) -> Role | None:
        """The role an actor is in."""
        return self.rules().roles.get(actor.role)


class Answer(NamedTuple):
    """What goes back: status, body, further headers, and the body's type."""

    status: int
    body: bytes
    headers: Sequence[tuple[bytes, bytes]] = ()
    type: bytes = JSON


class Gone(Exception):
    """The client left before it was answered."""


class Call:
    """One request: its headers, who sent it, what it carries."""

    __slots__ = ("actor", "api", "headers", "id", "path", "receive", "scope", "started")

    def __init__(self, api: Api, scope: Scope, receive: Receive, number: str) -> None:
        self.api = api
        self.scope = scope
        self.receive = receive
        self.id = number
        self.started = time.perf_counter()
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.path: dict[str, str] = scope.get("path_params") or {}
        self.actor = NOBODY

    def header(self, name: bytes) -> str:
        """A header's text; empty where it was not sent."""
        return self.headers.get(name, b"").decode("latin-1").strip()

    async def body(self) -> bytes:
        """The whole body; raises Problem where it is too long or of another type than JSON."""
        announced = self.headers.get(b"content-length", b"0")
        if not announced.isdigit() or int(announced) > self.api.body_max:
            raise self._too_long()
        message = await self.receive()
        body: bytes = message.get("body", b"")
        if message.get("more_body"):
            body = await self._rest(body)
        if message["type"] == "http.disconnect":
            raise Gone
        if len(body) > self.api.body_max:
            raise self._too_long()
        if body:
            self._need_json()
        return body

    async def _rest(self, begun: bytes) -> bytes:
        parts, length = [begun], len(begun)
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise Gone
            parts.append(message.get("body", b""))
            length += len(parts[-1])
            if length > self.api.body_max:
                raise self._too_long()
            if not message.get("more_body"):
                return b"".join(parts)

    def _too_long(self) -> Problem:
        message = f"The body is longer than {self.api.body_max} bytes; send the text alone and attachments elsewhere."
        return Problem(413, "too-long", message, headers=((b"connection", b"close"),))

    def _need_json(self) -> None:
        sent = self.headers.get(b"content-type", b"")
        if sent == JSON:
            return
        if sent.partition(b";")[0].strip().lower() not in (JSON, OURS):
            message = "Send the body as JSON, with the header 'Content-Type: application/json'."
            raise Problem(415, "not-json", message, "Content-Type")

    def key(self) -> str | None:
        """The idempotency key, bound to who sent it; None where there is none."""
        key = self.header(b"idempotency-key")
        if not key:
            return None
        if len(key) > KEY_MAX or not key.isprintable():
            message = f"An Idempotency-Key is at most {KEY_MAX} printable characters; a UUID is a good one."
            raise Problem(422, "wrong-value", message, "Idempotency-Key")
        return f"{self.actor.id}/{key}"

    def expected(self) -> int:
        """The number of the last move that the sender had seen, from `If-Match`; 0 where it does not say."""
        tag = self.header(b"if-match")
        if not tag or tag == "*":
            return 0
        number = tag.removeprefix("W/").strip('"')
        if not number.isdecimal() or not 0 < len(number) < 12:
            message = 'If-Match carries the ETag of the matter as you saw it: "7".'
            raise Problem(422, "wrong-value", message, "If-Match")
        return int(number)

    def query(self, known: Sequence[str]) -> dict[str, list[str]]:
        """Query parameters by name; raises Problem for one that is not known."""
        try:
            pairs = parse_qsl(
                self.scope["query_string"].decode("ascii"), keep_blank_values=True, max_num_fields=100, errors="strict"
            )
        except ValueError:
            raise Problem(400, "wrong-value", "The query cannot be read; send it percent-encoded as UTF-8.") from None
        found: dict[str, list[str]] = {}
        for name, value in pairs:
            if name not in known:
                hint = nearest(name, known)
                hint = f" Did you mean '{hint}'?" if hint else f" Known are {', '.join(known) or 'none'}."
                raise Problem(422, "unknown-name", f"There is no query parameter '{name[:40]}'.{hint}", name[:40])
            found.setdefault(name, []).append(value)
        return found

    def time(self, text: str, field: str) -> int:
        """An instant from a query parameter; raises Problem."""
        try:
            return seconds_of(text, self.api.rules().zone)
        except (ValueError, OverflowError) as error:
            raise Problem(422, "bad-time", f"{field}: {error}", field) from None


def decoded(decode: Callable[[bytes], Any], body: bytes) -> Any:
    """A body as the record it should be; raises Problem with a sentence for whatever is wrong with it."""
    try:
        return decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise unreadable(error) from None


_ENCODE = msgspec.json.Encoder().encode


def found(value: Any, *, status: int = 200, headers: Sequence[tuple[bytes, bytes]] = ()) -> Answer:
    """An answer in JSON."""
    return Answer(status, _ENCODE(value), headers)
