"""Charts drawn on the server: lines through a period, bars and intervals side by side, each with its table."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

WIDTH = 560
LEFT, RIGHT, TOP, BOTTOM, HEIGHT = 48, 12, 12, 30, 240
ROW, ROW_LINE = 38, 25
"""Height of one row of bars, and where in it the bar lies; its name stands above, so that no name is cut."""
LABELS_MAX = 5
STEPS = (1, 2, 2.5, 5, 10)
Say = Callable[[float], str]
Series = Sequence[float | None]


@dataclass(frozen=True)
class Stroke:
    """A line, by its path and the class that gives it its colour and dashes."""

    path: str
    kind: str


@dataclass(frozen=True)
class Box:
    """A filled rectangle."""

    x: float
    y: float
    width: float
    height: float
    kind: str


@dataclass(frozen=True)
class Word:
    """A text in the drawing."""

    x: float
    y: float
    text: str
    anchor: str = "middle"
    kind: str = ""


@dataclass(frozen=True)
class Chart:
    """A drawing with what it is called, what it shows in a sentence, and the same as a table."""

    key: str
    title: str
    says: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    height: int = HEIGHT
    width: int = WIDTH
    strokes: tuple[Stroke, ...] = ()
    boxes: tuple[Box, ...] = ()
    words: tuple[Word, ...] = ()
    legend: tuple[tuple[str, str], ...] = ()
    """Class and meaning of each kind of mark."""


@dataclass(frozen=True)
class Named:
    """A series of values, one a step, with the class it is drawn in."""

    kind: str
    name: str
    values: Series
    lows: Series = ()
    highs: Series = ()


@dataclass(frozen=True)
class Table:
    """What a chart is called, what it says, and the table that says the same."""

    key: str
    title: str
    says: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass
class _Frame:
    """Where a value and a step lie."""

    top: float
    count: int
    height: int = HEIGHT
    strokes: list[Stroke] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)

    def x(self, step: int) -> float:
        """The middle of a step."""
        return LEFT + (WIDTH - LEFT - RIGHT) * (step + 0.5) / max(1, self.count)

    def y(self, value: float) -> float:
        """The height of a value."""
        return TOP + (self.height - TOP - BOTTOM) * (1 - value / self.top)


def lines(table: Table, series: Sequence[Named], labels: Sequence[str], say: Say, most: float = 0.0) -> Chart:
    """Values through steps, a line for each series, lows and highs as whiskers; the scale ends at `most`, if given."""
    known = [value for named in series for value in (*named.values, *named.highs) if value is not None]
    step = most / 4 if most else step_of(max(known, default=0.0))
    frame = _Frame(most or step * max(1, math.ceil(max(known, default=0.0) / step)), len(labels))
    _grid(frame, step, say)
    for number in _spread(len(labels)):
        last = number == len(labels) - 1 > 0
        x = WIDTH if last else round(frame.x(number), 1)
        frame.words.append(Word(x, HEIGHT - 8, labels[number], "end" if last else "middle", "axis"))
    for named in series:
        _draw(frame, named)
    return Chart(
        table.key,
        table.title,
        table.says,
        table.head,
        table.rows,
        strokes=tuple(frame.strokes),
        boxes=tuple(frame.boxes),
        words=tuple(frame.words),
        legend=tuple((named.kind, named.name) for named in series),
    )


def _draw(frame: _Frame, named: Named) -> None:
    for number, (low, high) in enumerate(zip(named.lows, named.highs, strict=True)):
        if low is not None and high is not None:
            frame.strokes.append(Stroke(_whisker(frame, number, low, high), f"{named.kind} thin"))
    frame.strokes += [Stroke(path, named.kind) for path in _runs(frame, named.values)]
    for number, value in enumerate(named.values):
        if value is not None:
            frame.boxes.append(Box(round(frame.x(number) - 2.5, 1), round(frame.y(value) - 2.5, 1), 5, 5, named.kind))


def _grid(frame: _Frame, step: float, say: Say) -> None:
    for number in range(round(frame.top / step) + 1):
        y = round(frame.y(number * step), 1)
        frame.strokes.append(Stroke(f"M{LEFT} {y}H{WIDTH - RIGHT}", "base" if not number else "grid"))
        frame.words.append(Word(LEFT - 7, y + 4, say(number * step), "end", "axis"))


def step_of(top: float, about: int = 4) -> float:
    """A round step that reaches `top` in about so many; at least 1."""
    if top <= about:
        return 1.0
    power = 10.0 ** math.floor(math.log10(top / about))
    return float(next(step * power for step in STEPS if step * power * about >= top))


def _spread(count: int) -> list[int]:
    """Which of so many steps have a label, the last one always."""
    every = max(1, math.ceil(count / LABELS_MAX))
    return list(range(count - 1, -1, -every))


def _runs(frame: _Frame, values: Series) -> list[str]:
    """Paths through values that follow each other; where one is missing the line breaks off."""
    paths, path = [], ""
    for number, value in enumerate(values):
        if value is None:
            paths.append(path)
            path = ""
        else:
            path += f"{'L' if path else 'M'}{frame.x(number):.1f} {frame.y(value):.1f}"
    return [path for path in (*paths, path) if "L" in path]


def _whisker(frame: _Frame, step: int, low: float, high: float) -> str:
    x, upper, lower = frame.x(step), frame.y(high), frame.y(low)
    return f"M{x:.1f} {upper:.1f}V{lower:.1f}M{x - 3:.1f} {upper:.1f}h6M{x - 3:.1f} {lower:.1f}h6"


@dataclass(frozen=True)
class Beside:
    """One row of a chart of rows: its name, its value with its interval, and what is written at its end."""

    name: str
    value: float | None
    said: str
    low: float | None = None
    high: float | None = None


def bars(table: Table, rows: Sequence[Beside]) -> Chart:
    """Values as bars, in the order in which they come."""
    top = max([row.value or 0.0 for row in rows] or [0.0]) or 1.0
    boxes = [
        box
        for number, row in enumerate(rows)
        for box in (
            Box(0, number * ROW + ROW_LINE - 5, WIDTH, 9, "rest"),
            Box(0, number * ROW + ROW_LINE - 5, round(WIDTH * (row.value or 0.0) / top, 1), 9, "a"),
        )
    ]
    return _rowed(table, rows, boxes=boxes)


@dataclass(frozen=True)
class Scale:
    """From where to where shares are drawn, and how far apart its lines stand."""

    low: float
    high: float
    step: float

    def x(self, share: float) -> float:
        """Where a share lies."""
        return round(WIDTH * (share - self.low) / (self.high - self.low), 1)

    @property
    def lines(self) -> tuple[float, ...]:
        """Shares that have a line."""
        return tuple(self.low + number * self.step for number in range(round((self.high - self.low) / self.step) + 1))


WHOLE_SCALE = Scale(0.0, 1.0, 0.25)


def scale_of(rows: Sequence[Beside]) -> Scale:
    """A scale in round steps that holds all rows with their intervals; the whole one where that is hardly wider."""
    known = [value for row in rows for value in (row.value, row.low, row.high) if value is not None]
    if not known or max(known) - min(known) > 0.5:
        return WHOLE_SCALE
    parts = next(parts for parts in (100, 50, 20, 10, 5) if max(known) - min(known) <= 3 / parts)
    low, high = math.floor(min(known) * parts + 1e-9), math.ceil(max(known) * parts - 1e-9)
    low = min(low, high - 1) if high == parts else low
    high = max(high, low + 1)
    return Scale(max(0, low) / parts, min(parts, high) / parts, 1 / parts)


def intervals(
    table: Table, rows: Sequence[Beside], whole: Beside, legend: tuple[str, str, str], scale: Scale, say: Say
) -> Chart:
    """Shares with their intervals as whiskers, and the share of the whole as a line across; in the order they come.

    `legend` says what the tick, the whisker and the line across are.
    """
    foot = len(rows) * ROW + 4
    strokes = [Stroke(f"M{scale.x(line)} 0V{foot}", "grid") for line in scale.lines]
    words = [
        Word(
            scale.x(line),
            foot + 16,
            say(line),
            "start" if not n else "end" if n == len(scale.lines) - 1 else "middle",
            "axis",
        )
        for n, line in enumerate(scale.lines)
    ]
    if whole.value is not None and rows:
        strokes.append(Stroke(f"M{scale.x(whole.value)} 0V{foot}", "whole"))
    boxes = []
    for number, row in enumerate(rows):
        y = number * ROW + ROW_LINE
        if row.low is not None and row.high is not None:
            low, high = scale.x(row.low), scale.x(row.high)
            strokes.append(Stroke(f"M{low} {y}H{high}M{low} {y - 4}v8M{high} {y - 4}v8", "a thin"))
        if row.value is not None:
            boxes.append(Box(scale.x(row.value) - 2.5, y - 6, 5, 12, "a"))
    kinds = zip(("a", "a thin", "whole"), legend, strict=True)
    return _rowed(table, rows, strokes=strokes, boxes=boxes, words=words, foot=24, legend=tuple(kinds))


def _rowed(
    table: Table,
    rows: Sequence[Beside],
    *,
    strokes: Sequence[Stroke] = (),
    boxes: Sequence[Box] = (),
    words: Sequence[Word] = (),
    foot: int = 0,
    legend: tuple[tuple[str, str], ...] = (),
) -> Chart:
    names = [
        word
        for number, row in enumerate(rows)
        for word in (
            Word(0, number * ROW + 14, row.name, "start"),
            Word(WIDTH, number * ROW + 14, row.said, "end", "axis"),
        )
    ]
    return Chart(
        table.key,
        table.title,
        table.says,
        table.head,
        table.rows,
        height=max(1, len(rows)) * ROW + foot,
        strokes=tuple(strokes),
        boxes=tuple(boxes),
        words=(*names, *words),
        legend=legend,
    )
