"""The course of things: a few figures step by step through a period, and side by side for the places below."""

from collections.abc import Callable, Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from shancheng.loop.ledger import Head
from shancheng.loop.rules import Rules
from shancheng.wings.governance.book import Book, Table
from shancheng.wings.governance.figures import REOPEN_DAYS, Figure, View, came_back, on_time, part_of

STEPS_MAX = 400
"""Steps that a period may have."""
Counts = NDArray[np.int64]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a period."""

    first: int
    until: int
    """First instant no longer in it."""
    reported: int
    closings: int
    on_time_rate: Figure


class PlaceCounts(msgspec.Struct, frozen=True, kw_only=True):
    """One place below, with the figures that may be compared; the order is that of the register and no rank."""

    place: int
    name_zh: str
    name_en: str
    reported: int
    closings: int
    figures: tuple[Figure, ...]

    def __getitem__(self, key: str) -> Figure:
        """The figure of a key."""
        return next(figure for figure in self.figures if figure.key == key)


class TopicCounts(msgspec.Struct, frozen=True, kw_only=True):
    """One topmost category, '' for what is not sorted yet."""

    category: str
    name_zh: str
    name_en: str
    reported: int
    closings: int
    on_time_rate: Figure


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """Steps, places below and categories of one place and period."""

    place: int
    period: tuple[int, int]
    as_of: int
    lane: str
    seq: int
    steps: tuple[Step, ...]
    places: tuple[PlaceCounts, ...]
    topics: tuple[TopicCounts, ...]


Group = NDArray[np.int64]
"""For each row the number of the group it belongs to; -1 for none."""


def course(
    book: Book,
    rules: Rules,
    *,
    place: int,
    edges: Sequence[int],
    as_of: int,
    lane: str,
    head: Head,
    kinds: tuple[str, ...] = (),
    categories: tuple[str, ...] = (),
) -> Course:
    """The course of a place through the steps between ascending instants; by the definitions of the figures."""
    period = (edges[0], edges[-1])
    view = View(book, rules, place, period, as_of, kinds, categories)
    return Course(
        place=place,
        period=period,
        as_of=as_of,
        lane=lane,
        seq=head.seq,
        steps=tuple(_steps(view, np.asarray(edges, np.int64))),
        places=tuple(_places(view)),
        topics=tuple(_topics(view)),
    )


def _steps(view: View, edges: Counts) -> Iterator[Step]:
    count = len(edges) - 1
    rows, due = view.matters, view.due

    def step_of(instants: NDArray[np.int64]) -> Group:
        return np.where(view.within(instants), np.searchsorted(edges, instants, "right") - 1, -1)

    reported, closings = _tally(step_of(rows["opened"]), count), _tally(step_of(rows["last_closed"]), count)
    when = step_of(due["finish_due"])
    all_due, kept = _tally(when, count), _tally(when, count, on_time(due))
    for number in range(count):
        yield Step(
            first=int(edges[number]),
            until=int(edges[number + 1]),
            reported=int(reported[number]),
            closings=int(closings[number]),
            on_time_rate=part_of("on_time_rate", int(kept[number]), int(all_due[number])),
        )


def _tally(group: Group, count: int, weights: NDArray[np.generic] | None = None) -> Counts:
    """How many rows, or how much weight, each group has."""
    held = group >= 0
    weighed = None if weights is None else weights[held]
    return np.bincount(group[held], weights=weighed, minlength=count).astype(np.int64)


Compared = Callable[[View], tuple[Table, NDArray[np.generic], NDArray[np.generic] | None]]
"""Rows, how much each counts as a hit, and as a try (None: each is one)."""


def _reopened(view: View) -> tuple[Table, NDArray[np.generic], None]:
    closings = view.closings
    rows = np.unique(closings["matter"])
    again = np.isin(rows, closings["matter"][came_back(closings, REOPEN_DAYS)])
    return view.book.matters.table[rows], again, None


COMPARED: dict[str, Compared] = {
    "on_time_rate": lambda view: (view.due, on_time(view.due), None),
    "closing_rate": lambda view: (view.due, view.due["closed"] > 0, None),
    "extension_rate": lambda view: (view.accepted, view.accepted["extensions"] > 0, None),
    "self_found_share": lambda view: (view.accepted, view.accepted["self_found"], None),
    "reopen_rate": _reopened,
    "resolution_rate": lambda view: (view.closed, view.closed["resolved"], view.closed["resolved_known"]),
    "satisfaction_rate": lambda view: (view.closed, view.closed["satisfied"], view.closed["satisfied_known"]),
}
"""Shares that are set side by side for places: none of them is about a person."""


def _places(view: View) -> Iterator[PlaceCounts]:
    tree = view.rules.places
    children = tree.children(view.place)
    bounds = np.array([tree.left_right(child) for child in children], np.int64).reshape(-1, 2)

    def below(rows: Table) -> Group:
        position = view.position[rows["place"]]
        group = np.searchsorted(bounds[:, 0], position, "right") - 1
        inside = (group >= 0) & (position <= bounds[np.maximum(group, 0), 1]) if len(bounds) else group >= 0
        return np.where(inside, group, -1)

    rows, group = view.matters, below(view.matters)
    reported = _tally(np.where(view.within(rows["opened"]), group, -1), len(children))
    closings = _tally(np.where(view.within(rows["last_closed"]), group, -1), len(children))
    compared = {key: _shares(below, *take(view), len(children)) for key, take in COMPARED.items()}
    for number, child in enumerate(children):
        yield PlaceCounts(
            place=child,
            name_zh=tree.name(child, "zh"),
            name_en=tree.name(child, "en"),
            reported=int(reported[number]),
            closings=int(closings[number]),
            figures=tuple(
                part_of(key, int(hits[number]), int(tries[number]), place=child)
                for key, (hits, tries) in compared.items()
            ),
        )


def _shares(
    below: Callable[[Table], Group],
    rows: Table,
    hits: NDArray[np.generic],
    tries: NDArray[np.generic] | None,
    count: int,
) -> tuple[Counts, Counts]:
    group = below(rows)
    return _tally(group, count, hits), _tally(group, count, tries)


def _topics(view: View) -> Iterator[TopicCounts]:
    """By topmost category, in the order of their keys."""
    chains = [view.rules.category_chain(key, view.as_of) for key in view.book.categories.keys]
    tops = [chain[-1] if chain else "" for chain in chains]
    keys = sorted(set(tops))
    if not keys:
        return
    number_of = np.array([keys.index(top) for top in tops], np.int64)
    rows, due = view.matters, view.due
    group, when_due = number_of[rows["category"]], number_of[due["category"]]
    reported = _tally(np.where(view.within(rows["opened"]), group, -1), len(keys))
    closings = _tally(np.where(view.within(rows["last_closed"]), group, -1), len(keys))
    all_due, kept = _tally(when_due, len(keys)), _tally(when_due, len(keys), on_time(due))
    for number, key in enumerate(keys):
        record = view.rules.category(key, view.as_of)
        if reported[number] or closings[number] or all_due[number]:
            yield TopicCounts(
                category=key,
                name_zh=record.name_zh if record else key,
                name_en=record.name_en if record else key,
                reported=int(reported[number]),
                closings=int(closings[number]),
                on_time_rate=part_of("on_time_rate", int(kept[number]), int(all_due[number])),
            )
