"""The last days of a place or category as drawings: small ones for a table, a larger one with its own table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from shancheng.doors.web.ask import Ask
from shancheng.wings.governance.desk import Series, Trend

STEP, HEIGHT, BAR = 6, 20, 5
BIG_STEP, BIG_HEIGHT, BIG_BAR = 40, 120, 26


@dataclass(frozen=True)
class Spark:
    """A bar for what came in on each day, and a line for what was closed."""

    bars: str
    line: str
    opened: int
    closed: int


@dataclass(frozen=True)
class Day:
    """One day of the larger drawing."""

    name: str
    long: str
    opened: int
    closed: int
    middle: float


@dataclass(frozen=True)
class Trends:
    """Everything about the last days that a board shows."""

    spark: Spark
    days: tuple[Day, ...]
    top: int
    whole: bool
    places: Mapping[int, Spark]
    categories: Mapping[str, Spark]
    none: Spark
    width: int = 0
    height: int = BIG_HEIGHT


def trends_of(ask: Ask, found: Trend) -> Trends | None:
    """The drawings of a trend, those of one table on one scale; None where days are not counted."""
    if not found.days:
        return None
    top = _top([found.place])
    of_places, of_categories = _top(found.places.values()), _top(found.categories.values())
    big = _spark(found.place, top, BIG_STEP, BIG_HEIGHT, BIG_BAR)
    return Trends(
        spark=big,
        days=tuple(_days(ask, found)),
        top=top,
        whole=found.whole,
        places={place: _spark(series, of_places) for place, series in found.places.items()},
        categories={key: _spark(series, of_categories) for key, series in found.categories.items()},
        none=Spark("", "", 0, 0),
        width=BIG_STEP * len(found.days),
    )


def _top(many: Iterable[Series]) -> int:
    return max([1, *(max(*series.opened, *series.closed) for series in many)])


def _spark(series: Series, top: int, step: int = STEP, height: int = HEIGHT, bar: int = BAR) -> Spark:
    return Spark(
        _bars(series.opened, height / top, step, height, bar),
        _line(series.closed, height / top, step, height, bar),
        sum(series.opened),
        sum(series.closed),
    )


def _bars(counts: Sequence[int], scale: float, step: int, height: int, bar: int) -> str:
    return "".join(
        f"M{number * step} {height}v-{max(1.0, count * scale):.1f}h{bar}V{height}z"
        for number, count in enumerate(counts)
        if count
    )


def _line(counts: Sequence[int], scale: float, step: int, height: int, bar: int) -> str:
    if not any(counts):
        return ""
    points = (f"{number * step + bar / 2:g} {height - count * scale:.1f}" for number, count in enumerate(counts))
    return "M" + "L".join(points)


def _days(ask: Ask, found: Trend) -> Iterable[Day]:
    for number, first in enumerate(found.days):
        yield Day(
            name=ask.tongue.day_of_month(first),
            long=ask.tongue.short_day(first),
            opened=found.place.opened[number],
            closed=found.place.closed[number],
            middle=number * BIG_STEP + BIG_BAR / 2,
        )
