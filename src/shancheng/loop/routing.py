"""Routing: who answers for a category at a place and a time. The most specific line of the duty list wins."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

import msgspec

from shancheng.ground.calendar import Calendar
from shancheng.loop.dated import span_of
from shancheng.loop.kind import Duty


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """Who is to handle a matter, and the line of the duty list that says so."""

    lead: str
    supports: tuple[str, ...]
    duty: str
    category: str
    """Category of the line: the matter's own, one above it, or `*`."""
    place: int
    """Place of the line: the matter's own or one above it."""
    hours: str
    passed_over: tuple[str, ...] = ()
    """Less specific lines that would have answered too."""


class _Line(msgspec.Struct, frozen=True):
    duty: Duty
    place: int
    since: int
    until: int


class DutyList:
    """The duty list, compiled: lines by category and place.

    More specific is: the closer category; then the closer place; then a line bound to hours before one that always
    holds. Two lines alike in all three that are ever in force together are a conflict, reported by `conflicts`.
    """

    def __init__(
        self,
        duties: Iterable[Duty],
        *,
        place_of: Callable[[str], int],
        zone: ZoneInfo,
        calendars: Mapping[str, Calendar],
    ) -> None:
        self._calendars = calendars
        self._lines: dict[tuple[str, int], list[_Line]] = {}
        for duty in duties:
            line = _Line(duty, place_of(duty.place), *span_of(duty, zone))
            self._lines.setdefault((duty.category, line.place), []).append(line)
        for lines in self._lines.values():
            lines.sort(key=lambda line: (line.duty.hours == "always", line.duty.key))

    def route(self, categories: Sequence[str], places: Sequence[int], at: int) -> Route | None:
        """The winning line for a matter; `categories` from the leaf up, `places` from the leaf up."""
        answering = self._answering(categories, places, at)
        first = next(answering, None)
        if first is None:
            return None
        return Route(
            lead=first.duty.lead,
            supports=first.duty.supports,
            duty=first.duty.key,
            category=first.duty.category,
            place=first.place,
            hours=first.duty.hours,
            passed_over=tuple(line.duty.key for line in itertools.islice(answering, 5)),
        )

    def _answering(self, categories: Sequence[str], places: Sequence[int], at: int) -> Iterator[_Line]:
        for category in (*categories, "*"):
            for place in places:
                for line in self._lines.get((category, place), ()):
                    if line.since <= at < line.until and self._keeps(line.duty.hours, at):
                        yield line

    def _keeps(self, hours: str, at: int) -> bool:
        if hours == "always":
            return True
        outside = hours.startswith("!")
        return self._calendars[hours.lstrip("!")].is_working(at) is not outside

    def conflicts(self) -> Iterator[tuple[Duty, Duty]]:
        """Pairs of lines of which neither is more specific and which are in force together."""
        for lines in self._lines.values():
            for one, other in itertools.combinations(lines, 2):
                same_hours = one.duty.hours == other.duty.hours
                if same_hours and one.since < other.until and other.since < one.until:
                    yield one.duty, other.duty
