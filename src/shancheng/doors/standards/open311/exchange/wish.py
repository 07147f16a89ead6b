"""What an exchange is to do, and the account of what it did."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from shancheng.doors.standards.open311.errors import Unusable
from shancheng.doors.standards.open311.writing import Form
from shancheng.ground.pack.fault import nearest
from shancheng.loop.rules import Rules

TOLD_MAX = 20


@dataclass(frozen=True)
class Wish:
    """Another server, and what is wanted of it."""

    url: str
    """Root of the endpoint, or its discovery document."""
    name: str
    """Short name of the other server: of its matters here, and of the book kept on it."""
    book: Path
    """File that says what has been exchanged."""
    key: str = ""
    jurisdiction: str = ""
    form: Form = "json"
    codes: Mapping[str, str] = field(default_factory=dict)
    """Our category by its service_code; the same word where it is not here."""
    services: tuple[str, ...] = ()
    """Pull: only these service_codes. Push: categories whose open matters are sent as new requests."""
    days: int = 90
    """How far back the first pull looks."""


class Account(msgspec.Struct, kw_only=True):
    """What was done, counted; and what could not be, in sentences."""

    opened: int = 0
    """Matters opened here, or requests opened there."""
    updates: int = 0
    """Updates taken over, or sent."""
    known: int = 0
    """Looked at, and nothing new."""
    refused: int = 0
    reasons: dict[str, int] = msgspec.field(default_factory=dict)

    def refuse(self, sentence: str) -> None:
        """Count something that could not be done; the first sentences are kept."""
        self.refused += 1
        if sentence in self.reasons or len(self.reasons) < TOLD_MAX:
            self.reasons[sentence] = self.reasons.get(sentence, 0) + 1


class Plain(Protocol):
    """A wish as the command line takes it down."""

    @property
    def verb(self) -> Literal["pull", "push"]: ...
    @property
    def url(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def book(self) -> Path: ...
    @property
    def key(self) -> str: ...
    @property
    def jurisdiction(self) -> str: ...
    @property
    def form(self) -> Form: ...
    @property
    def map_file(self) -> Path | None: ...
    @property
    def services(self) -> tuple[str, ...]: ...
    @property
    def days(self) -> int: ...


def wish_of(plain: Plain, rules: Rules) -> Wish:
    """The wish with its map of codes read; raises Unusable."""
    return Wish(
        url=plain.url,
        name=plain.name,
        book=plain.book,
        key=plain.key,
        jurisdiction=plain.jurisdiction,
        form=plain.form,
        codes=read_codes(plain.map_file, rules) if plain.map_file else {},
        services=plain.services,
        days=plain.days,
    )


class _Codes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    services: dict[str, str] = {}


def read_codes(path: Path, rules: Rules) -> dict[str, str]:
    """The map of codes: `[services]` with their service_code on the left, our category on the right."""
    try:
        found = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _Codes).services
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise Unusable(
            f'{path.name} cannot be read ({error}); write [services] and lines like "S01" = "leak".'
        ) from None
    for ours in found.values():
        if ours not in rules.categories:
            near = nearest(ours, rules.categories)
            hint = f" Did you mean '{near}'?" if near else ""
            raise Unusable(f"{path.name}: there is no category '{ours}' in this city.{hint}")
    return found
