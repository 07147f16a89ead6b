"""Worklist, board and figures as sheets that leave the house: bounded, nothing confidential, personal data masked."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
import shapely

from shancheng.ground.mask import mask
from shancheng.ground.sheet import Cell, Column, Holds, Mark, Sheet, Tongue
from shancheng.ground.sheet.sheet import ROWS_MAX
from shancheng.loop.ledger import Head, Query, Reader
from shancheng.loop.matter import Matter
from shancheng.loop.rules import Rules
from shancheng.wings.governance.board import Board, PlaceRow
from shancheng.wings.governance.course import COMPARED, Course
from shancheng.wings.governance.figures import Figure, Figures
from shancheng.wings.governance.located import spot_of
from shancheng.wings.governance.meanings import MEANINGS
from shancheng.wings.governance.sheet_words import ORIGINS, STAGES, UNITS, column, of, said
from shancheng.wings.governance.worklist import Wish

PAGE = 500
COUNTED_MAX = 60_000
"""Matters that are still counted after those that fit."""
WORKLIST = (
    "number", "category", "severity", "stage", "place", "code", "lead", "holder", "reported_at", "due_at", "late",
    "watched", "reports", "origin", "words",
)  # fmt: skip
FIGURES = ("place", "code", "figure", "value", "unit", "low", "high", "numerator", "denominator", "formula")


@dataclass(frozen=True)
class Desktop:
    """What every sheet is filled with: rules, language, as of when, and the line of the ledger."""

    rules: Rules
    tongue: Tongue
    at: int
    lane: str
    head: Head

    def name(self, zh: str, en: str) -> str:
        """The name in the sheet's language, or the other one where it has none."""
        return (en or zh) if self.tongue == "en" else (zh or en)

    def place(self, place: int) -> str:
        """A place's name."""
        places = self.rules.places
        return places.name(place, self.tongue) if place in places else str(place)

    def chain(self, place: int) -> str:
        """A place's name with those above it, the city left out."""
        places = self.rules.places
        if place not in places:
            return str(place)
        names = [places.name(above, self.tongue) for above in places.chain(place)[1:]] or [self.place(place)]
        return " ".join(names) if self.tongue == "zh" else ", ".join(reversed(names))

    def code(self, place: int) -> str:
        """A place's code."""
        places = self.rules.places
        return places.node(place).code if place in places else ""

    def category(self, key: str) -> str:
        """A category's name."""
        record = self.rules.category(key, self.at)
        return self.name(record.name_zh, record.name_en) if record else key or said(self.tongue, "none")

    def agency(self, key: str) -> str:
        """An agency's name."""
        record = self.rules.agencies.get(key)
        return self.name(record.name_zh, record.name_en) if record else key

    def day(self, at: int) -> str:
        """The local day and minute of an instant."""
        return dt.datetime.fromtimestamp(at, self.rules.zone).strftime("%Y-%m-%d %H:%M")

    def severity(self, grade: int) -> str:
        """A severity's name."""
        record = self.rules.severities.get(grade)
        return self.name(record.name.get("zh", ""), record.name.get("en", "")) if record else str(grade)

    def yes(self, holds: bool) -> str:
        """Yes or no."""
        return said(self.tongue, "yes" if holds else "no")

    def about(self, *lines: tuple[str, str], note: str) -> tuple[tuple[str, str], ...]:
        """What a sheet is about: its own lines, as of when, whence, and what to mind."""
        source = said(self.tongue, "ledger", self.lane, f"{self.head.seq:,}")
        notes = [said(self.tongue, note)]
        if self.rules.packs.city.source == "invented":
            notes.append(said(self.tongue, "invented"))
        told = [*lines, ("as_of", self.day(self.at)), ("source", source), *(("note", text) for text in notes)]
        return tuple((said(self.tongue, label), text) for label, text in told)

    def sheet(self, key: str, title: str, about: tuple[tuple[str, str], ...], columns: Sequence[Column]) -> Sheet:
        """A sheet without rows."""
        return Sheet(
            key=key,
            title=title,
            about=about,
            columns=tuple(columns),
            rows=(),
            at=self.at,
            zone=str(self.rules.zone),
            tongue=self.tongue,
        )

    def columns(self, *keys: str) -> list[Column]:
        """Columns by name."""
        return [column(self.tongue, key) for key in keys]


async def worklist_sheet(reader: Reader, query: Query, wish: Wish, desktop: Desktop, most: int = ROWS_MAX) -> Sheet:
    """The first `most` matters of a query, none of them confidential; how many more is counted up to a bound."""
    open_query = msgspec.structs.replace(
        query, scope=msgspec.structs.replace(query.scope, confidential=False), after="", limit=PAGE
    )
    rows: list[tuple[Cell, ...]] = []
    shapes: list[bytes | None] = []
    seen = 0
    while True:
        page = await reader.find(open_query)
        for matter in page.matters[: max(0, most - seen)]:
            point, row = _matter_row(matter, desktop)
            rows.append(row)
            shapes.append(point)
        seen += len(page.matters)
        if not page.next or seen >= most + COUNTED_MAX:
            break
        open_query = msgspec.structs.replace(open_query, after=page.next)
    about = desktop.about(("filter", filter_of(wish, desktop)), note="locked")
    made = desktop.sheet("worklist", said(desktop.tongue, "worklist"), about, desktop.columns(*WORKLIST, "located"))
    return msgspec.structs.replace(
        made,
        rows=tuple(rows),
        shapes=tuple(shapes),
        left_out=max(0, seen - most),
        left_out_at_least=bool(page.next),
    )


def _matter_row(matter: Matter, desktop: Desktop) -> tuple[bytes | None, tuple[Cell, ...]]:
    """Where a matter is shown, and its cells; nothing of who reported it or who acts on it."""
    tongue, about = desktop.tongue, matter.about
    spot = spot_of(matter, desktop.rules.places, desktop.at)
    return (
        shapely.to_wkb(shapely.Point(spot.point)) if spot else None,
        (
            matter.id,
            desktop.category(about.category),
            desktop.severity(about.severity),
            of(STAGES, matter.stage, tongue),
            desktop.chain(about.place),
            desktop.code(about.place),
            desktop.agency(matter.lead.agency) if matter.lead else "",
            desktop.place(matter.custody.holder),
            matter.opening.at,
            matter.due or None,
            desktop.yes(0 < matter.due < desktop.at),
            desktop.yes(matter.marks.supervised is not None),
            len(matter.marks.absorbed) + 1,
            of(ORIGINS, matter.opening.origin, tongue),
            mask(matter.opening.text)[0],
            said(tongue, "exact" if spot.exact else "middle") if spot else "",
        ),
    )


def filter_of(wish: Wish, desktop: Desktop) -> str:
    """The filters of a wish in words."""
    tongue = desktop.tongue
    told = [desktop.chain(wish.place)] if wish.place else []
    told += [of(STAGES, stage, tongue) for stage in wish.stages]
    told += [desktop.category(key) for key in wish.categories[:1]]
    told += [f"{said(tongue, 'kinds')} {kind}" for kind in wish.kinds]
    told += [
        said(tongue, flag) for flag in ("open_only", "late", "supervised", "merged", "drill") if getattr(wish, flag)
    ]
    if wish.severity < 4:
        told.append(said(tongue, "severity", desktop.severity(wish.severity)))
    if wish.words:
        told.append(said(tongue, "words", mask(wish.words)[0]))
    told += [desktop.agency(wish.lead)] if wish.lead else []
    told += [desktop.place(wish.holder)] if wish.holder else []
    told += [said(tongue, end, desktop.day(at)) for end in ("since", "until") if (at := getattr(wish, end))]
    return ("；" if tongue == "zh" else "; ").join(told) or said(tongue, "all")


def board_sheet(board: Board, desktop: Desktop) -> Sheet:
    """A board: its places and its categories, a line each, places with their outlines."""
    tongue = desktop.tongue
    stages = [Column(stage, of(STAGES, stage, tongue), "count", 9) for stage in board.stages]
    columns = [*desktop.columns("part", "name", "code", "open", "late_count"), *stages]
    part = said(tongue, "place")
    rows = [_counted(part, desktop.name(row.name_zh, row.name_en), row, desktop) for row in board.children]
    if board.own:
        rows.append(_counted(part, said(tongue, "own"), board.own, desktop))
    whole = board.place
    rows.append(_counted(said(tongue, "whole"), desktop.name(whole.name_zh, whole.name_en), whole, desktop))
    for topic in board.categories:
        name = desktop.name(topic.name_zh, topic.name_en) or said(tongue, "none")
        rows.append((said(tongue, "category"), name, topic.category, topic.open, None, *topic.stages))
    title = f"{said(tongue, 'board')} {desktop.name(whole.name_zh, whole.name_en)}"
    made = desktop.sheet("board", title, desktop.about(note="locked_kinds"), columns)
    outlines = [*outlines_of([row.place for row in board.children], desktop.rules), *[None] * len(rows)]
    return msgspec.structs.replace(made, rows=tuple(rows), shapes=tuple(outlines[: len(rows)]), shape="MultiPolygon")


def _counted(part: str, name: str, row: PlaceRow, desktop: Desktop) -> tuple[Cell, ...]:
    return part, name, desktop.code(row.place), row.open, row.late, *row.stages


def figures_sheet(table: Figures, course: Course, categories: Sequence[str], compared: str, desktop: Desktop) -> Sheet:
    """The whole table of a place, and for each place below what may be compared; one line a figure."""
    rows = [_figure_row(table.place, figure, desktop) for figure in table.figures]
    rows += [_figure_row(row.place, figure, desktop) for row in course.places for figure in row.figures]
    rows += [_figure_row(figure.place, figure, desktop) for figure in table.areas]
    made = desktop.sheet(
        "figures",
        _titled("figures", table.place, desktop),
        _about(course, categories, desktop),
        desktop.columns(*FIGURES),
    )
    marks = tuple(
        Mark(
            desktop.name(row.name_zh, row.name_en), figure.value, figure.low, figure.high, int(figure.denominator or 0)
        )
        for row in course.places
        if (figure := row[compared])
    )
    title = MEANINGS[compared]
    return msgspec.structs.replace(
        made, rows=tuple(rows), marks=marks, marks_title=desktop.name(title.name_zh, title.name_en)
    )


def _figure_row(place: int, figure: Figure, desktop: Desktop) -> tuple[Cell, ...]:
    meaning = MEANINGS[figure.key]
    return (
        desktop.place(place),
        desktop.code(place),
        desktop.name(figure.name_zh, figure.name_en),
        figure.value,
        of(UNITS, figure.unit, desktop.tongue),
        figure.low,
        figure.high,
        figure.numerator,
        None if figure.denominator is None else round(figure.denominator),
        desktop.name(meaning.formula_zh, meaning.formula),
    )


def places_sheet(course: Course, categories: Sequence[str], desktop: Desktop) -> Sheet:
    """The places below, a line each with its outline: what may be compared, with ends of the interval and n."""
    columns = desktop.columns("name", "code", "reports_in", "closings_in")
    for key in COMPARED:
        title = desktop.name(MEANINGS[key].name_zh, MEANINGS[key].name_en)
        for part in ("value", "low", "high", "denominator"):
            what = column(desktop.tongue, part)
            holds: Holds = "count" if part == "denominator" else "share"
            columns.append(
                Column(f"{key}_{'n' if part == 'denominator' else part}", f"{title} · {what.title}", holds, 10)
            )
    rows = tuple(tuple(_place_row(row.place, course, number, desktop)) for number, row in enumerate(course.places))
    about = _about(course, categories, desktop)
    made = desktop.sheet("figures-places", _titled("places", course.place, desktop), about, columns)
    shapes = tuple(outlines_of([row.place for row in course.places], desktop.rules))
    return msgspec.structs.replace(made, rows=rows, shapes=shapes, shape="MultiPolygon")


def _place_row(place: int, course: Course, number: int, desktop: Desktop) -> Iterator[Cell]:
    row = course.places[number]
    yield from (desktop.name(row.name_zh, row.name_en), desktop.code(place), row.reported, row.closings)
    for key in COMPARED:
        figure = row[key]
        yield from (figure.value, figure.low, figure.high, round(figure.denominator or 0))


def _titled(key: str, place: int, desktop: Desktop) -> str:
    return f"{said(desktop.tongue, key)} {desktop.place(place)}"


def _about(course: Course, categories: Sequence[str], desktop: Desktop) -> tuple[tuple[str, str], ...]:
    first, until = course.period
    wanted = "、".join(desktop.category(key) for key in categories) or said(desktop.tongue, "all")
    period = f"{desktop.day(first)} – {desktop.day(until)}"
    told = desktop.about(
        ("place", desktop.place(course.place)), ("period", period), ("filter", wanted), note="locked_kinds"
    )
    return (*told, (said(desktop.tongue, "note"), said(desktop.tongue, "no_rank")))


def outlines_of(places: Sequence[int], rules: Rules) -> list[bytes | None]:
    """WKB outlines of places, all of one level; None where a shape is not known."""
    tree = rules.places
    found: dict[int, bytes] = {}
    for level in {tree.node(place).level for place in places if place in tree}:
        known, shapes = tree.shapes.on(level, np.array(places, np.int64), tree.last_day)
        found |= {int(place): shapely.to_wkb(shape) for place, shape in zip(known, shapes, strict=True)}
    return [found.get(place) for place in places]
