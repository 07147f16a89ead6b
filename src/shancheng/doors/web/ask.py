"""One request for a page: who asks, in which language, and what the form holds."""

import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive

from shancheng.doors.web.account_signing import Signing
from shancheng.doors.web.accounts import Account
from shancheng.doors.web.admin_house import House
from shancheng.doors.web.errors import Turned
from shancheng.doors.web.language import N_, Tongue
from shancheng.doors.web.live import Live
from shancheng.doors.web.photos import BYTES_MAX, EACH_MAX, Photos
from shancheng.doors.web.session import Secrets
from shancheng.doors.web.sessions import Session
from shancheng.doors.web.taking import Takers
from shancheng.ground.access import Actor, Role
from shancheng.loop.rules import Rules
from shancheng.wings.governance.desk import Desk

BODY_MAX = BYTES_MAX * EACH_MAX + (1 << 20)
FIELDS_MAX = 120
FIELD_BYTES_MAX = 100_000
NOBODY = Actor(id="", role="")
RESIDENT = "resident"


class Follow(Protocol):
    """Makes and checks what a reporter without an account follows its matter by."""

    def pseudonym(self, seed: bytes) -> str:
        """A pseudonym that only its key and this seed lead to."""

    def token(self, pseudonym: str) -> str:
        """The token of a pseudonym."""

    def pseudonym_of(self, token: str) -> str | None:
        """The pseudonym of a token; None where it is not one of ours."""


@dataclass
class Site:
    """What every page may use."""

    desk: Desk
    follow: Follow
    account: Callable[[str], Actor | None]
    """Who carries a token; None where it is not known or no longer good."""
    enter: Callable[[str, int], Awaitable[float]]
    """Lets an anonymous report from an address for a town in, perhaps after a wait; else in how many seconds."""
    secrets: Secrets
    photos: Photos
    stopped: Callable[[], str | None] = lambda: None
    fault: Callable[[str, BaseException], None] = lambda number, error: None
    signing: Signing = field(default_factory=Signing)
    house: House | None = None
    """What those who run the house may look at; None where that is not shown."""
    takers: Takers = field(default_factory=Takers)
    """Writes files to take along."""
    shown: dict[str, Any] = field(default_factory=dict)
    """Pictures that are drawn once, such as maps."""
    leaving: Callable[[], bool] = lambda: False
    """Whether the house is about to stop answering."""
    live: Live = field(init=False)
    """Pages that look on while the ledger grows."""

    def __post_init__(self) -> None:
        self.live = Live(self.desk, leaving=lambda: self.leaving())

    @property
    def rules(self) -> Rules:
        """The rules in force."""
        return self.desk.rules

    @property
    def root(self) -> int:
        """The city itself."""
        return self.rules.places.nodes[0].id

    @property
    def invented(self) -> bool:
        """Whether the city is an invented one, which every page says."""
        return self.rules.packs.city.source == "invented"


class Ask:
    """One request: what pages read from it."""

    def __init__(self, site: Site, request: Request, tongue: Tongue) -> None:
        self.site = site
        self.request = request
        self.tongue = tongue
        self.visit = ""
        self.is_new_visit = False
        self.actor = NOBODY
        self.account: Account | None = None
        self.session: Session | None = None
        self.begun = time.perf_counter()

    @property
    def rules(self) -> Rules:
        """The rules in force."""
        return self.site.rules

    @property
    def role(self) -> Role | None:
        """The role of who asks."""
        return self.rules.roles.get(self.actor.role)

    @property
    def now(self) -> int:
        """The city's time."""
        return self.site.desk.now()

    @property
    def address(self) -> str:
        """Where the request comes from."""
        return self.request.client.host if self.request.client else ""

    def say(self, message: str, **values: object) -> str:
        """A message in the page's language."""
        return self.tongue.say(message, **values)

    def path(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    def to(self, path: str) -> str:
        """The address of a page in this language."""
        return f"/{self.tongue.code}{path}"

    def elsewhere(self, code: str) -> str:
        """This very page in another language."""
        path = self.request.url.path
        rest = path[3:] if path[:4] in ("/zh/", "/en/") or path in ("/zh", "/en") else ""
        query = self.request.url.query
        return f"/{code}{rest or '/'}" + (f"?{query}" if query and self.request.method in ("GET", "HEAD") else "")

    def place_name(self, place: int) -> str:
        """A place's name; its number where it is not in the tree of today."""
        places = self.rules.places
        return places.name(place, self.tongue.code) if place in places else str(place)

    def chain_name(self, place: int) -> str:
        """A place with those above it, the city left out, as addresses are written in this language."""
        places = self.rules.places
        if place not in places:
            return str(place)
        names = [places.name(above, self.tongue.code) for above in places.chain(place)[1:]] or [self.place_name(place)]
        return " ".join(names) if self.tongue.code == "zh" else ", ".join(reversed(names))

    def category_name(self, key: str) -> str:
        """A category's name."""
        if not key:
            return self.say(N_("not sorted yet"))
        return self.tongue.name(self.rules.category(key, self.now), key)

    def agency_name(self, key: str) -> str:
        """An agency's name."""
        return self.tongue.name(self.rules.agencies.get(key), key)

    async def form(self) -> "Form":
        """What was sent, once it is known to come from a form of this visit; raises Turned."""
        self._need_same_origin()
        try:
            data = await self.request.form(max_files=EACH_MAX, max_fields=FIELDS_MAX, max_part_size=FIELD_BYTES_MAX)
        except ClientDisconnect:
            raise Turned(
                400, N_("You left before it was sent"), N_("Nothing was received; please send it again.")
            ) from None
        except (MultiPartException, HTTPException, ValueError):
            raise Turned(
                400,
                N_("What you sent cannot be read"),
                N_("The form holds too much, or was cut off on its way. Go back and send it again, with fewer photos."),
            ) from None
        form = Form(data)
        if not self.site.secrets.is_form_word(form.text("form_word"), self.visit):
            raise Turned(
                403,
                N_("This form is no longer valid"),
                N_("It was open for too long, or your browser keeps no cookies. Go back, reload and send it again."),
            )
        return form

    def _need_same_origin(self) -> None:
        headers = self.request.headers
        origin, fetched = headers.get("origin"), headers.get("sec-fetch-site", "same-origin")
        foreign = origin is not None and urlsplit(origin).netloc != headers.get("host", "")
        if foreign or fetched not in ("same-origin", "none"):
            raise Turned(
                403, N_("This form came from another site"), N_("Open the page here and fill the form in anew.")
            )


class Form:
    """The fields of a form: text without control characters, line ends as one."""

    def __init__(self, data: FormData) -> None:
        self._data = data

    def text(self, name: str, most: int = 0) -> str:
        """A text field, trimmed; cut at `most` characters where that is given."""
        value = self._data.get(name)
        if not isinstance(value, str):
            return ""
        clean = "".join(sign for sign in value.replace("\r\n", "\n") if sign == "\n" or sign.isprintable()).strip()
        return clean[:most] if most else clean

    @property
    def names(self) -> frozenset[str]:
        """The names of the fields that were sent."""
        return frozenset(self._data)

    def texts(self, name: str) -> tuple[str, ...]:
        """Every value of a field."""
        return tuple(value.strip() for value in self._data.getlist(name) if isinstance(value, str) and value.strip())

    def whole(self, name: str) -> int:
        """A whole number; 0 where there is none."""
        text = self.text(name)
        return int(text) if text.isdecimal() and text.isascii() and len(text) < 17 else 0

    def degrees(self, name: str, most: float) -> float | None:
        """An angle between -most and most; None where there is none."""
        try:
            value = float(self.text(name))
        except ValueError:
            return None
        return value if -most <= value <= most else None

    async def files(self, name: str) -> list[bytes]:
        """Files that were chosen; empty ones left out."""
        found = [file for file in self._data.getlist(name) if isinstance(file, UploadFile) and file.filename]
        return [content for file in found if (content := await file.read())]


def bounded(receive: Receive, most: int = BODY_MAX) -> Receive:
    """The same body, given up where it becomes longer than `most` bytes."""
    length = 0

    async def next_part() -> Message:
        nonlocal length
        message = await receive()
        length += len(message.get("body", b""))
        if length > most:
            raise Turned(
                413,
                N_("That is too much at once"),
                N_("Photos may have 12 MB each. Go back and send smaller or fewer ones."),
            )
        return message

    return next_part


@dataclass
class Faults:
    """What is to be mended in a form, by field, in the order in which it was found."""

    by_field: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, sentence: str) -> None:
        """Keep the first fault of a field."""
        self.by_field.setdefault(name, sentence)

    def need(self, name: str, value: object, sentence: str) -> None:
        """A field that must not be empty."""
        if not value:
            self.add(name, sentence)

    def __bool__(self) -> bool:
        return bool(self.by_field)

    def get(self, name: str) -> str:
        """The fault of a field; empty where there is none."""
        return self.by_field.get(name, "")

    def items(self) -> Iterable[tuple[str, str]]:
        """Fields and sentences, for the summary."""
        return self.by_field.items()
