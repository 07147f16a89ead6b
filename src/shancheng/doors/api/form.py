"""Records as they look outside: times with a zone, places with code and name; and the way back for acts."""

import datetime as dt
import types
import typing
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar, Union

import msgspec
from msgspec import Meta

from shancheng.doors.api.times import in_seconds
from shancheng.loop import matter as facets
from shancheng.loop.act import Act, PlaceId, Seconds
from shancheng.loop.ledger import Receipt

A = TypeVar("A", bound=Act)
Moment = Annotated[dt.datetime, Meta(tz=True, description="ISO 8601 with a zone")]
PlaceName = Annotated[int, Meta(ge=0, le=2**53)] | Annotated[str, Meta(max_length=60)]
"""A place by number or by its code in the city's own scheme."""


class PlaceView(msgspec.Struct, frozen=True, kw_only=True):
    """A place as answers name it."""

    id: int
    code: str
    name: str
    name_en: str


class Names(typing.Protocol):
    """What a form asks to name things: the city's zone and its places."""

    def iso(self, seconds: int) -> str:
        """An instant as ISO 8601 in the city's zone."""

    def place(self, place: int) -> PlaceView:
        """A place with code and name."""


Show = Callable[[Any, Names], Any]
Shape = tuple[Any, Show | None]
"""Type outside, and what turns a value into it; None where nothing changes."""

TIMES: dict[type, frozenset[str]] = {
    facets.Opening: frozenset({"at", "recorded"}),
    facets.Leg: frozenset({"offered", "signed", "ended"}),
    facets.Clock: frozenset({"started", "due", "running", "paused", "paused_until", "met", "wake"}),
    facets.Supervision: frozenset({"at", "report_by"}),
    facets.Consultation: frozenset({"at"}),
    facets.Request: frozenset({"at"}),
    facets.Reporter: frozenset({"at", "told", "rated"}),
    facets.Tallies: frozenset({"accepted", "closed", "finish_due", "finish_met"}),
    facets.Matter: frozenset({"at", "moved"}),
    Receipt: frozenset({"recorded"}),
}
"""Fields that hold an instant, 0 for none."""
PLACES: dict[type, frozenset[str]] = {
    facets.About: frozenset({"place", "cell"}),
    facets.Custody: frozenset({"holder", "offered_to"}),
}
"""Fields that hold a place's number, 0 for none."""
LIST: Any = list
DICT: Any = dict
NOTHING_MORE: Mapping[type, frozenset[str]] = {}


class Form:
    """How one record is shown; worked out once from its types."""

    def __init__(self, record: type, *, times: Mapping[type, frozenset[str]] = NOTHING_MORE) -> None:
        self._times = {**TIMES, **times}
        self._known: dict[type, Shape] = {}
        shape, show = self._shape(record)
        self.type: Any = shape
        """The type outside, for the API's description."""
        self._show = show or _as_it_is

    def show(self, value: Any, names: Names) -> Any:
        """The value as it is answered: plain dicts, lists, texts and numbers."""
        return self._show(value, names)

    def _shape(self, hint: Any) -> Shape:
        if hint == Seconds:
            return Moment | None, _moment
        if hint == PlaceId:
            return PlaceView | None, _place
        if typing.get_origin(hint) is Annotated:
            inner, show = self._shape(typing.get_args(hint)[0])
            return (hint, None) if show is None else (inner, show)
        if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
            return self._record(hint)
        return self._container(hint)

    def _container(self, hint: Any) -> Shape:
        origin, inside = typing.get_origin(hint), typing.get_args(hint)
        if origin in (Union, types.UnionType) and type(None) in inside and len(inside) == 2:
            inner, show = self._shape(next(part for part in inside if part is not type(None)))
            return hint if show is None else inner | None, show and _or_none(show)
        if origin is tuple and len(inside) == 2 and inside[1] is Ellipsis:
            inner, show = self._shape(inside[0])
            return (hint, None) if show is None else (LIST[inner], _each(show))
        if origin in (list, dict):
            inner, show = self._shape(inside[-1])
            if show is None:
                return hint, None
            return (LIST[inner], _each(show)) if origin is list else (DICT[inside[0], inner], _each_value(show))
        return hint, None

    def _record(self, record: type[msgspec.Struct]) -> Shape:
        if record in self._known:
            return self._known[record]
        hints = typing.get_type_hints(record, include_extras=True)
        shapes = {name: self._field(record, name, hints[name]) for name in record.__struct_fields__}
        if all(show is None for _, show in shapes.values()):
            self._known[record] = (record, None)
            return record, None
        fields = [(name, kind) for name, (kind, _) in shapes.items()]
        config = record.__struct_config__
        shape = msgspec.defstruct(
            record.__name__, fields, kw_only=True, frozen=True, tag=config.tag, tag_field=config.tag_field
        )
        shape.__doc__ = record.__doc__
        found = self._known[record] = (shape, _fields({name: show for name, (_, show) in shapes.items()}))
        return found

    def _field(self, record: type, name: str, hint: Any) -> Shape:
        if name in self._times.get(record, ()):
            return Moment | None, _moment
        if name in PLACES.get(record, ()):
            return PlaceView | None, _place
        return self._shape(hint)


def _as_it_is(value: Any, names: Names) -> Any:
    return msgspec.to_builtins(value)


def _moment(value: Any, names: Names) -> str | None:
    return names.iso(value) if value else None


def _place(value: Any, names: Names) -> PlaceView | None:
    return names.place(value) if value else None


def _or_none(show: Show) -> Show:
    return lambda value, names: None if value is None else show(value, names)


def _each(show: Show) -> Show:
    return lambda value, names: [show(part, names) for part in value]


def _each_value(show: Show) -> Show:
    return lambda value, names: {key: show(part, names) for key, part in value.items()}


def _fields(shows: dict[str, Show | None]) -> Show:
    def show_record(value: Any, names: Names) -> dict[str, Any]:
        return {
            name: getattr(value, name) if show is None else show(getattr(value, name), names)
            for name, show in shows.items()
        }

    return show_record


class Body(typing.Generic[A]):
    """How an act is sent: without its verb, with times as text and places by number or code, and when it occurred."""

    def __init__(self, act: type[A]) -> None:
        self.act = act
        hints = typing.get_type_hints(act, include_extras=True)
        fields: list[tuple[str, Any] | tuple[str, Any, Any]] = [("occurred", Moment | None, None)]
        self._times: list[str] = []
        self._places: list[str] = []
        self._plain: list[str] = []
        for field in msgspec.structs.fields(act):
            kind, kept = self._kind(hints[field.name])
            kept.append(field.name)
            if field.required:
                fields.append((field.name, kind))
            else:
                is_time = kept is self._times
                fields.append((field.name, kind | None, None) if is_time else (field.name, kind, field.default))
        self.type = msgspec.defstruct(f"{act.__name__}Body", fields, kw_only=True, forbid_unknown_fields=True)
        self.type.__doc__ = act.__doc__
        self.decode: Callable[[bytes], Any] = msgspec.json.Decoder(self.type).decode

    def _kind(self, hint: Any) -> tuple[Any, list[str]]:
        if hint == Seconds:
            return Moment, self._times
        if hint == PlaceId:
            return PlaceName, self._places
        return hint, self._plain

    def read(self, body: Any, place_of: Callable[[int | str, str], int]) -> A:
        """The act that a decoded body asks for; `place_of(name, field)` finds places."""
        values = {name: getattr(body, name) for name in self._plain}
        for name in self._times:
            moment = getattr(body, name)
            values[name] = in_seconds(moment) if moment is not None else 0
        for name in self._places:
            values[name] = place_of(getattr(body, name), name)
        return self.act(**values)
