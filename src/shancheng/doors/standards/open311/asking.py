"""One request on its way in: its fields, who sent it, and what each field has to be."""

import datetime as dt
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qsl

from starlette.requests import Request

from shancheng.doors.standards.open311.catalogue import Catalogue
from shancheng.doors.standards.open311.records import endpoint_on
from shancheng.doors.standards.open311.showing import View
from shancheng.doors.standards.open311.writing import Form
from shancheng.doors.standards.open311.wrong import Wrong
from shancheng.ground.access import Actor
from shancheng.wings.governance.desk import Desk

FIELDS_MAX = 200
BODY_MAX = 256 * 1024
EXAMPLE = "2026-03-01T08:30:00+08:00"
PUBLIC = Actor("open311", "publisher")
"""Who looks where nobody says who it is; what the role sees is in the packs."""
LANGUAGES = ("zh", "en")
FORM = "application/x-www-form-urlencoded"


class Newcomer(Protocol):
    """Makes somebody who reports without a key: an actor under a pseudonym, and the key to follow by."""

    def __call__(self, seed: bytes) -> tuple[Actor, str]:
        """The same for the same seed; another one every time where there is none."""


@dataclass(frozen=True)
class Server:
    """What every request of this endpoint may use; the house hands it in."""

    desk: Desk
    actor: Callable[[str], Actor | None]
    """Who carries an api_key: a token of the house, or one to follow by."""
    newcomer: Newcomer
    admit: Callable[[str, int], Awaitable[str]]
    """Lets somebody without a key in, by address and town, perhaps after a wait; else a sentence sends it away."""
    fault: Callable[[str, BaseException], None] = lambda number, error: None


@dataclass
class Ask:
    """One request."""

    server: Server
    request: Request
    form: Form
    fields: list[tuple[str, str]]
    """Of the query and the form, in order."""
    actor: Actor | None = None
    """Who carries the api_key that was sent; None where none was."""

    @property
    def desk(self) -> Desk:
        """The governance desk."""
        return self.server.desk

    @property
    def language(self) -> str:
        """Language of names: `lang`, else the first the browser asks for, else the city's first."""
        wanted = [self.text("lang"), *self.request.headers.get("accept-language", "").split(",")]
        own = self.desk.rules.packs.city.languages
        codes = (word.strip().partition(";")[0].partition("-")[0].lower() for word in (*wanted, *own))
        return next((code for code in codes if code in LANGUAGES), LANGUAGES[0])

    def text(self, name: str) -> str:
        """A field's last value; empty where it was not sent."""
        return next((value.strip() for key, value in reversed(self.fields) if key == name), "")

    def texts(self, name: str) -> list[str]:
        """Every value of a field, also under `name[]`."""
        return [value.strip() for key, value in self.fields if key in (name, f"{name}[]") and value.strip()]

    def listed(self, name: str) -> list[str]:
        """Values of a field that may be repeated or separated by commas."""
        return [part.strip() for text in self.texts(name) for part in text.split(",") if part.strip()]

    def moment(self, name: str) -> int | None:
        """An instant, whole seconds; None where it was not sent. Without a zone it is the city's time."""
        text = self.text(name)
        if not text:
            return None
        try:
            moment = dt.datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
            return int((moment if moment.tzinfo else moment.replace(tzinfo=self.desk.rules.zone)).timestamp())
        except (ValueError, OverflowError):
            raise Wrong(400, f"{name} '{text[:40]}' is not a time; write it like {EXAMPLE}.") from None

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number from 1 to `most`."""
        text = self.text(name)
        if not text:
            return default
        if not text.isdecimal() or len(text) > 9 or not 1 <= int(text) <= most:
            raise Wrong(400, f"{name} is a whole number from 1 to {most}, not '{text[:40]}'.")
        return int(text)

    def catalogue(self) -> Catalogue:
        """The services as they stand now."""
        return Catalogue(self.desk, self.language)

    def view(self) -> View:
        """How matters are shown to this asker: by role with a key, else what the city publishes."""
        catalogue = self.catalogue()
        return View(
            rules=self.desk.rules,
            catalogue=catalogue,
            language=self.language,
            now=self.desk.now(),
            published=None if self.actor else catalogue.published(),
        )


async def ask_of(server: Server, request: Request, form: Form) -> Ask:
    """The request with its fields read, its jurisdiction and its key known; raises Wrong."""
    fields = _parsed(request.url.query)
    if request.method == "POST":
        fields += await _form(request)
    ask = Ask(server, request, form, fields)
    _check_jurisdiction(ask)
    key = ask.text("api_key") or _bearer(request)
    if key:
        ask.actor = server.actor(key)
        if ask.actor is None:
            raise Wrong(403, "This api_key is not known here, was revoked, or its days are over; ask for a new one.")
    return ask


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _check_jurisdiction(ask: Ask) -> None:
    wanted = ask.text("jurisdiction_id")
    if not wanted or wanted in jurisdictions(ask.desk):
        return
    known = ", ".join(jurisdictions(ask.desk))
    raise Wrong(404, f"There is no jurisdiction_id '{wanted[:40]}' here; it is {known}, or leave it out.")


def jurisdictions(desk: Desk) -> tuple[str, ...]:
    """Names this endpoint answers to."""
    rules = desk.rules
    endpoint = endpoint_on(rules.packs, rules.day(desk.now()))
    own = [endpoint.key] if endpoint else []
    return tuple(dict.fromkeys([*own, rules.packs.city.key]))


def _parsed(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict")
    except ValueError:
        message = f"The fields cannot be read; send at most {FIELDS_MAX}, percent-encoded as UTF-8."
        raise Wrong(400, message) from None


async def _form(request: Request) -> list[tuple[str, str]]:
    body = await _body(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in (FORM, ""):
        try:
            return _parsed(body.decode("utf-8"))
        except UnicodeDecodeError:
            raise Wrong(400, "The form is not UTF-8; send the fields percent-encoded as UTF-8.") from None
    if kind == "multipart/form-data":
        return await _multipart(request, body)
    raise Wrong(415, f"Send the fields as {FORM}, not as {kind[:60]}.")


async def _body(request: Request) -> bytes:
    parts: list[bytes] = []
    length = 0
    async for part in request.stream():
        parts.append(part)
        length += len(part)
        if length > BODY_MAX:
            message = f"The form is longer than {BODY_MAX // 1024} KiB; send pictures as media_url."
            raise Wrong(413, message, headers=(("connection", "close"),))
    return b"".join(parts)


async def _multipart(request: Request, body: bytes) -> list[tuple[str, str]]:
    """The texts of a form in parts; a file is turned away with a sentence rather than lost."""
    from starlette.formparsers import MultiPartException, MultiPartParser

    async def stream() -> Any:
        yield body

    try:
        found = await MultiPartParser(request.headers, stream(), max_fields=FIELDS_MAX, max_files=5).parse()
    except (MultiPartException, KeyError, ValueError) as error:
        raise Wrong(400, f"The form cannot be read ({str(error)[:80]}); send it as {FORM}.") from None
    files = [key for key, value in found.multi_items() if not isinstance(value, str)]
    if files:
        raise Wrong(400, f"Files are not taken here ('{files[0][:40]}'); give the address of a picture as media_url.")
    return [(key, value) for key, value in found.multi_items() if isinstance(value, str)]


def missing(ask: Ask, names: Iterable[str]) -> list[str]:
    """A sentence for every field that was not sent."""
    return [f"{name} was not provided; add it." for name in names if not ask.text(name)]
