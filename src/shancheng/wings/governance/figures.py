"""Figures: the table of rates by which a city's handling of matters is judged, defined once over the book of facts."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from shancheng.loop.ledger import Head
from shancheng.loop.rules import Rules
from shancheng.methods.intervals import kaplan_meier_quantile, wilson
from shancheng.wings.governance.book import CLOSED, YES, Book, Table
from shancheng.wings.governance.meanings import MEANINGS, Unit

DAY = 86_400
REOPEN_DAYS, FALSE_CLOSURE_DAYS = 90, 7
LAST_OF_BUDGET = 0.95
FINISHED = 6
"""Stages from here on are over."""
Mask = NDArray[np.bool_]


class Figure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One number with everything needed to judge it."""

    key: str
    name_zh: str
    name_en: str
    unit: Unit
    formula: str
    numerator: float | None = None
    denominator: float | None = None
    """How many it was worked out from."""
    value: float | None = None
    """None where there is nothing to work it out from."""
    low: float | None = None
    high: float | None = None
    """Ends of the 95 % interval, where there is one."""
    place: int = 0
    """Area it is about, where it is not the whole place."""
    note: str = ""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """The table for one place and period."""

    place: int
    period: tuple[int, int]
    """First instant, and first instant no longer in it."""
    as_of: int
    lane: str
    seq: int
    """Last line of the ledger that went in."""
    figures: tuple[Figure, ...]
    areas: tuple[Figure, ...]
    """`late_against_mix` by area under the place."""

    def __getitem__(self, key: str) -> Figure:
        """The figure of a key."""
        return next(figure for figure in self.figures if figure.key == key)


@dataclass(frozen=True, eq=False)
class View:
    """The rows of one place that a table is made from: drills are out, and so is what was merged away."""

    book: Book
    rules: Rules
    place: int
    period: tuple[int, int]
    as_of: int
    kinds: tuple[str, ...] = ()
    """Kinds that are counted; empty for all."""
    categories: tuple[str, ...] = ()
    """Categories that are counted, with those under them; empty for all."""

    def within(self, instants: NDArray[np.int64]) -> Mask:
        """Which of the instants lie in the period."""
        first, end = self.period
        held: Mask = (instants >= first) & (instants < end)
        return held

    @cached_property
    def position(self) -> NDArray[np.int64]:
        """Position in the tree of each place the book knows; -1 for those that are gone without an heir."""
        places, at = self.rules.places, self.as_of
        alive = (self.rules.where(place, at) for place in self.book.places.keys)
        return np.array([places.index(place) if place else -1 for place in alive], np.int64)

    @cached_property
    def reported(self) -> Mask:
        """Rows of the place, what was merged away included."""
        table = self.book.matters.table
        left, right = self.rules.places.left_right(self.place)
        under = (self.position >= left) & (self.position <= right)
        wanted = np.array([not self.kinds or kind in self.kinds for kind in self.book.kinds.keys], np.bool_)
        about = np.array([self._counts(category) for category in self.book.categories.keys], np.bool_)
        if not len(table):
            return np.zeros(0, np.bool_)
        here: Mask = under[table["place"]] & wanted[table["kind"]] & about[table["category"]] & ~table["drill"]
        return here

    def _counts(self, category: str) -> bool:
        chain = self.rules.category_chain(category, self.as_of)
        return not self.categories or any(above in self.categories for above in chain)

    @cached_property
    def standing(self) -> Mask:
        """Rows of the place that stand on their own."""
        alone: Mask = self.reported & (self.book.matters.table["merged"] == 0)
        return alone

    @cached_property
    def matters(self) -> Table:
        """The matters themselves."""
        return self.book.matters.table[self.standing]

    @cached_property
    def accepted(self) -> Table:
        """Matters accepted in the period."""
        return self.matters[self.within(self.matters["accepted"])]

    @cached_property
    def closed(self) -> Table:
        """Matters whose last closing lies in the period, reopened since or not."""
        return self.matters[self.within(self.matters["last_closed"])]

    @cached_property
    def due(self) -> Table:
        """The due set (应结案)."""
        rows = self.matters
        passed = (rows["finish_due"] <= self.as_of) & ~((rows["paused"] > 0) & (rows["paused"] <= rows["finish_due"]))
        is_closed = rows["closed"] > 0
        return rows[rows["promised"] & self.within(rows["finish_due"]) & (is_closed | passed)]

    @cached_property
    def offers(self) -> Table:
        """Legs offered in the period."""
        return self._events(self.book.offers.table)

    @cached_property
    def closings(self) -> Table:
        """Closings in the period, each one of them."""
        return self._events(self.book.closings.table)

    @cached_property
    def checks(self) -> Table:
        """Verifications in the period."""
        return self._events(self.book.checks.table)

    @cached_property
    def ratings(self) -> Table:
        """Ratings in the period."""
        return self._events(self.book.ratings.table)

    def _events(self, table: Table) -> Table:
        found: Table = table[self.standing[table["matter"]] & self.within(table["at"])]
        return found


def figures(
    book: Book,
    rules: Rules,
    *,
    place: int,
    period: tuple[int, int],
    as_of: int,
    lane: str,
    head: Head,
    kinds: tuple[str, ...] = (),
    categories: tuple[str, ...] = (),
) -> Figures:
    """The whole table for a place and a period, as of an instant; of some kinds or categories only, if named."""
    view = View(book, rules, place, period, as_of, kinds, categories)
    return Figures(
        place=place,
        period=period,
        as_of=as_of,
        lane=lane,
        seq=head.seq,
        figures=tuple(figure for part in PARTS for figure in part(view)),
        areas=tuple(_by_area(view)),
    )


def _counts(view: View) -> Iterator[Figure]:
    rows = view.matters
    yield _count("reported", view.within(rows["opened"]))
    yield _count("accepted", view.within(rows["accepted"]))
    yield _count("closings", view.within(rows["last_closed"]))
    yield _count("open", (rows["stage"] < FINISHED) & (rows["opened"] < view.period[1]))
    opened = rows[view.within(rows["opened"])]
    yield _share("filing_rate", opened["accepted"] > 0)


def _deadlines(view: View) -> Iterator[Figure]:
    due = view.due
    yield _count("due", np.ones(len(due), bool))
    yield _share("closing_rate", due["closed"] > 0)
    yield _share("on_time_rate", on_time(due))
    yield _share("finished_in_time", (due["finish_met"] > 0) & (due["finish_met"] <= due["finish_due"]))


def on_time(due: Table) -> Mask:
    """Which matters of the due set were closed by their deadline."""
    kept: Mask = (due["closed"] > 0) & (due["closed"] <= due["finish_due"])
    return kept


def _legs(view: View) -> Iterator[Figure]:
    offers = view.offers
    promised = offers[(offers["sign_due"] > 0) & (offers["sign_due"] <= view.as_of)]
    yield _share("signed_in_time", (promised["answered"] > 0) & (promised["answered"] <= promised["sign_due"]))
    yield _share("return_rate", offers["returned"] > 0)
    yield _share("wrong_returns", offers["done_later"][offers["returned"] > 0])


def _quality(view: View) -> Iterator[Figure]:
    checks = view.checks
    yield part_of("rework_rate", len(np.unique(checks["matter"][~checks["passed"]])), len(np.unique(checks["matter"])))
    closings = view.closings
    in_time = (closings["due"] > 0) & (closings["at"] <= closings["due"])
    yield _reopened("reopen_rate", closings, REOPEN_DAYS)
    yield _reopened("false_closures", closings[in_time], FALSE_CLOSURE_DAYS)


def _reopened(key: str, closings: Table, days: int) -> Figure:
    """Of the matters closed, how many came back within some days."""
    again = closings["matter"][came_back(closings, days)]
    return part_of(key, len(np.unique(again)), len(np.unique(closings["matter"])))


def came_back(closings: Table, days: int) -> Mask:
    """Which closings were followed by a reopening within some days."""
    back: Mask = (closings["reopened"] > 0) & (closings["reopened"] - closings["at"] <= days * DAY)
    return back


def _waiting(view: View) -> Iterator[Figure]:
    accepted = view.accepted
    yield _share("extension_rate", accepted["extensions"] > 0)
    yield _share("pause_rate", accepted["pauses"] > 0)
    promised = accepted[accepted["promised"]]
    spent, waited = (int(column.sum()) for column in _used(view, promised))
    yield _ratio("paused_time", waited, spent + waited)
    yield _share("supervision_rate", accepted["supervised"] > 0)
    watched = accepted[accepted["supervised"] > 0]
    until = np.where(watched["report_by"] > 0, watched["report_by"], watched["finish_due"])
    passed = (until > 0) & (until <= view.as_of)
    yield _share("supervised_in_time", ((watched["closed"] > 0) & (watched["closed"] <= until))[passed])


def _used(view: View, rows: Table) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Working seconds that each finish clock has run and has been paused, up to the instant asked for."""
    spent, waited = rows["spent"].copy(), rows["waited"].copy()
    for number, key in enumerate(view.book.calendars.keys):
        for total, since in ((spent, rows["running"]), (waited, rows["paused"])):
            on = (rows["calendar"] == number) & (since > 0) & (since < view.as_of)
            total[on] += view.rules.calendars[key].elapsed_in_bulk(since[on], view.as_of)
    return spent, waited


def _voices(view: View) -> Iterator[Figure]:
    closed = view.closed
    asked, answered = int(closed["asked"].sum()), int(closed["answered"].sum())
    yield part_of("answered_share", answered, asked)
    note = f"answered {answered} of {asked} asked"
    yield part_of("response_rate", *_summed(closed, "contacted", "contact_known"), note=note)
    yield part_of("resolution_rate", *_summed(closed, "resolved", "resolved_known"), note=note)
    yield part_of("satisfaction_rate", *_summed(closed, "satisfied", "satisfied_known"), note=note)
    yield _share("self_found_share", view.accepted["self_found"])


def _summed(rows: Table, *columns: str) -> tuple[int, ...]:
    return tuple(int(rows[column].sum()) for column in columns)


def _working_time(view: View) -> Iterator[Figure]:
    rows = view.matters
    begun = rows[rows["promised"] & view.within(rows["finish_started"])]
    spent, _ = _used(view, begun)
    finished = begun["finish_met"] > 0
    for key, at in (("working_time_median", 0.5), ("working_time_p90", 0.9)):
        found = kaplan_meier_quantile(spent / 3600, finished, at) if len(begun) else math.nan
        value = None if math.isnan(found) else float(found)
        note = f"{int((~finished).sum())} of them not finished yet"
        yield _figure(key, numerator=int(finished.sum()), denominator=len(begun), value=value, note=note)


def _routing(view: View) -> Iterator[Figure]:
    opened = view.book.matters.table
    reports = int((view.reported & view.within(opened["opened"])).sum())
    yield _ratio("compression", reports, int(view.within(view.matters["opened"]).sum()))
    closed = view.closed[view.closed["stage"] == CLOSED]
    yield _share("routing_quality", closed["same_agency"][closed["same_agency"] >= 0] == YES)
    yield _ratio("hops", int(closed["hops"].sum()), len(closed))


def _tells(view: View) -> Iterator[Figure]:
    closings = view.closings
    last_moment = closings[(closings["used"] >= LAST_OF_BUDGET) & (closings["used"] <= 1.0)]
    yield _share("late_budget_reopened", came_back(last_moment, REOPEN_DAYS))
    yield from _removals(view)
    yield _share("ratings_by_handlers", view.ratings["by_handler"])
    replies = closings["reply"][closings["reply"] != 0]
    _, where, often = np.unique(replies, return_inverse=True, return_counts=True)
    yield _share("identical_replies", often[where] > 1)


def _removals(view: View) -> Iterator[Figure]:
    first, end = view.period
    rows = view.book.matters.table[view.reported]
    removed = (rows["merged"] > 0) | (rows["refused"] > 0)
    before = (rows["opened"] >= 2 * first - end) & (rows["opened"] < first)
    now, then = _share("removed_share", removed[view.within(rows["opened"])]), _share("removed_share", removed[before])
    yield now
    yield _difference("removed_share_change", now, then)
    yield _ratio("reports_change", int(view.within(rows["opened"]).sum()), int(before.sum()))


def _difference(key: str, now: Figure, then: Figure) -> Figure:
    """Difference of two shares with Newcombe's interval (Statistics in Medicine 17, 1998, method 10)."""
    if now.value is None or then.value is None:
        return _figure(key, denominator=(now.denominator or 0) + (then.denominator or 0))
    assert now.low is not None and now.high is not None and then.low is not None and then.high is not None
    change = now.value - then.value
    return _figure(
        key,
        denominator=(now.denominator or 0) + (then.denominator or 0),
        value=change,
        low=change - math.hypot(now.value - now.low, then.high - then.value),
        high=change + math.hypot(now.high - now.value, then.value - then.low),
    )


def _by_area(view: View) -> Iterator[Figure]:
    """Late against what the area's mix of categories would give, for each area under the place."""
    due, places = view.due, view.rules.places
    if not len(due):
        return
    late = ~on_time(due)
    often = np.bincount(due["category"], weights=late) / np.maximum(np.bincount(due["category"]), 1)
    expected = often[due["category"]]
    position = view.position[due["place"]]
    for area in places.children(view.place):
        left, right = places.left_right(area)
        inside = (position >= left) & (position <= right)
        if inside.any():
            yield _against(area, int(late[inside].sum()), float(expected[inside].sum()), int(inside.sum()))


def _against(area: int, late: int, expected: float, count: int) -> Figure:
    note = f"{late} late of {count}, {expected:.1f} expected"
    if not expected:
        return _figure("late_against_mix", numerator=late, denominator=count, place=area, note=note)
    low, high = wilson(late, count)
    scale = count / expected
    return _figure(
        "late_against_mix",
        numerator=late,
        denominator=count,
        value=late / expected,
        low=float(low) * scale,
        high=float(high) * scale,
        place=area,
        note=note,
    )


def _count(key: str, rows: Mask) -> Figure:
    found = int(rows.sum())
    return _figure(key, numerator=found, value=float(found))


def _share(key: str, hits: Any) -> Figure:
    return part_of(key, int(np.sum(hits)), len(hits))


def part_of(key: str, hits: int, of: int, *, note: str = "", place: int = 0) -> Figure:
    """A share of counted things with Wilson's interval; empty where there are none."""
    if not of:
        return _figure(key, numerator=hits, denominator=of, note=note, place=place)
    low, high = map(float, wilson(hits, of))
    return _figure(key, numerator=hits, denominator=of, value=hits / of, low=low, high=high, note=note, place=place)


def _ratio(key: str, top: int, bottom: int) -> Figure:
    return _figure(key, numerator=top, denominator=bottom, value=top / bottom if bottom else None)


def _figure(key: str, **facts: Any) -> Figure:
    meaning = MEANINGS[key]
    return Figure(
        key=key, name_zh=meaning.name_zh, name_en=meaning.name_en, unit=meaning.unit, formula=meaning.formula, **facts
    )


PARTS: Sequence[Callable[[View], Iterator[Figure]]] = (
    _counts,
    _deadlines,
    _legs,
    _quality,
    _waiting,
    _voices,
    _working_time,
    _routing,
    _tells,
)
