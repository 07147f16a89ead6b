"""A day of an invented city: what is reported hour by hour, and, apart from it, the truth."""

import csv
import datetime as dt
import heapq
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import shapely

from shancheng.ground.invented.city import City
from shancheng.ground.invented.demand import ORIGINS, SAME_ORIGINS, SAME_THING_SHARE, Origin
from shancheng.ground.invented.making import Theme, themes
from shancheng.ground.invented.rate import Rates, Storm, counts_of, grid_weights
from shancheng.ground.invented.wording import Spot, spot_in, wording

HOUR = 3600
EVENING_STORM = Storm(18, 21)
MISTAKEN = 0.06
"""Share of residents' reports that come under a wrong category of the same branch. Assumption."""
DELAY_S, DELAY_SPREAD = 1_500.0, 1.0
"""Median seconds until somebody else reports the same thing, and the spread of its logarithm. Assumption."""
SAME_MOST = 12
"""At most this many more reports of one thing come of one burst."""
NEARBY_DEGREES = 0.0004


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One report as it comes in; what is really behind it is in `Truth`."""

    index: int
    """Running number in the day, in order of time."""
    at: int
    category: str
    place: int
    lon: float
    lat: float
    origin: Origin
    text_zh: str
    text_en: str
    severity: int
    reporter: str


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """What is behind a report."""

    index: int
    category: str
    same_as: int
    """Index of the first report of the same thing; -1 for the first itself."""
    storm: bool
    """In the hours of the storm, where it strikes, of a category it raises."""


class Hour(NamedTuple):
    """What came in within one hour."""

    reports: list[Happening]
    truth: list[Truth]

    def since(self, instant: int) -> "Hour":
        """What came in from an instant on."""
        kept = [(report, truth) for report, truth in zip(*self, strict=True) if report.at >= instant]
        return Hour([report for report, _ in kept], [truth for _, truth in kept])


class Day(msgspec.Struct, frozen=True):
    """A whole day, in order of time."""

    reports: tuple[Happening, ...]
    truth: tuple[Truth, ...]

    @property
    def matters(self) -> int:
        """Different things among the reports."""
        return sum(truth.same_as < 0 for truth in self.truth)

    @property
    def same_share(self) -> float:
        """Share of reports about something reported before."""
        return 1 - self.matters / max(len(self.reports), 1)

    @property
    def origins(self) -> dict[str, int]:
        """Number of reports by origin."""
        return dict(Counter(report.origin for report in self.reports))


class Draft(NamedTuple):
    """A report before it has its number; the heap keeps drafts in order of time."""

    at: int
    serial: int
    first: int
    """Serial of the first report of the same thing; its own for the first."""
    theme: Theme
    grid: int
    lon: float
    lat: float
    spot: Spot
    origin: Origin
    storm: bool


@dataclass
class Queue:
    """Drafts still to come, and how many of each sort there were."""

    drafts: list[Draft] = field(default_factory=list)
    serial: int = 0
    index: int = 0
    firsts: int = 0
    again: int = 0
    numbers: dict[int, int] = field(default_factory=dict)
    """Index by serial, of things that may be reported again."""

    def add(self, draft: Draft) -> None:
        """Put a draft in line."""
        heapq.heappush(self.drafts, draft)
        self.serial += 1


def day(
    city: City, date: dt.date, seed: int = 7, scale: float = 1.0, storm: Storm | None = EVENING_STORM, kind: str = ""
) -> Day:
    """All reports of a day; `hours` gives them bit by bit and explains the arguments."""
    every = list(hours(city, date, seed, scale, storm, kind))
    reports = tuple(report for hour in every for report in hour.reports)
    return Day(reports, tuple(truth for hour in every for truth in hour.truth))


def hours(
    city: City, date: dt.date, seed: int = 7, scale: float = 1.0, storm: Storm | None = EVENING_STORM, kind: str = ""
) -> Iterator[Hour]:
    """The 24 hours of a day, one at a time, so that memory holds no more than an hour and what is still to come.

    `scale` multiplies the reports, not the city. `kind` is weekday, weekend or make-up; left empty, the weekday tells.
    The same city, date, seed, scale, storm and kind always give the same day.
    """
    chance = np.random.default_rng([seed, date.toordinal()])
    midnight = int(dt.datetime.combine(date, dt.time(), city.zone).timestamp())
    rates = Rates(city, kind or ("weekend" if date.weekday() >= 5 else "weekday"), scale, storm)
    queue = Queue()
    for hour in range(24):
        start = midnight + hour * HOUR
        firsts = list(_firsts(city, rates, hour, start, queue, chance))
        _again(city, firsts, midnight + 24 * HOUR, queue, chance)
        yield _settle(city, queue, start + HOUR, chance)


def write_day(folder: Path, every: Iterable[Hour]) -> int:
    """Write `reports.csv`, and apart from it `truth.csv`; gives the number of reports."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    with (
        (folder / "reports.csv").open("w", encoding="utf-8", newline="") as reports,
        (folder / "truth.csv").open("w", encoding="utf-8", newline="") as truth,
    ):
        report_lines, truth_lines = csv.writer(reports, lineterminator="\n"), csv.writer(truth, lineterminator="\n")
        report_lines.writerow(Happening.__struct_fields__)
        truth_lines.writerow(Truth.__struct_fields__)
        for hour in every:
            report_lines.writerows(msgspec.structs.astuple(report) for report in hour.reports)
            truth_lines.writerows(msgspec.structs.astuple(line) for line in hour.truth)
            count += len(hour.reports)
    return count


def _firsts(
    city: City, rates: Rates, hour: int, start: int, queue: Queue, chance: np.random.Generator
) -> Iterator[Draft]:
    """Drafts of things reported for the first time in an hour."""
    for theme, counts in zip(themes(), counts_of(rates, hour, chance), strict=True):
        if counts.sum() == 0:
            continue
        striking = rates.strikes(theme, hour)
        mass = np.cumsum(grid_weights(city, theme, striking))
        for origin in (origin for origin, n in zip(ORIGINS, counts.tolist(), strict=True) for _ in range(n)):
            grid = int(np.searchsorted(mass, chance.random() * mass[-1], side="right"))
            lon, lat = _point(city, grid, chance)
            at = start + int(chance.integers(HOUR))
            storm = striking and bool(city.exposed[grid])
            spot = spot_in(city, grid, chance)
            draft = Draft(at, queue.serial, queue.serial, theme, grid, lon, lat, spot, origin, storm)
            queue.add(draft)
            queue.firsts += 1
            yield draft


def _again(city: City, firsts: list[Draft], end: int, queue: Queue, chance: np.random.Generator) -> None:
    """Put in line what others report of the same things; bursts are drawn until their share of the day is right."""
    mass = np.cumsum([draft.theme.burst for draft in firsts])
    wanted = SAME_THING_SHARE / (1 - SAME_THING_SHARE) * queue.firsts
    while len(mass) and mass[-1] > 0 and queue.again < wanted:
        first = firsts[int(np.searchsorted(mass, chance.random() * mass[-1], side="right"))]
        for _ in range(min(int(chance.geometric(1 / (1 + first.theme.burst))), SAME_MOST)):
            queue.add(_same(city, first, end, queue.serial, chance))
            queue.again += 1


def _same(city: City, first: Draft, end: int, serial: int, chance: np.random.Generator) -> Draft:
    """Another report of the same thing, a little later and a few steps away in the same grid."""
    at = first.at + 30 + int(DELAY_S * chance.lognormal(0, DELAY_SPREAD))
    if at >= end:
        at = first.at + int(chance.integers(max(end - first.at, 1)))
    lon, lat = first.lon, first.lat
    shift = chance.normal(0, NEARBY_DEGREES, 2)
    if shapely.contains_xy(city.shapes[first.grid], lon + shift[0], lat + shift[1]):
        lon, lat = round(float(lon + shift[0]), 6), round(float(lat + shift[1]), 6)
    able = [
        (origin, share) for origin, share in zip(ORIGINS, SAME_ORIGINS, strict=True) if getattr(first.theme, origin) > 0
    ]
    mass = np.cumsum([share for _, share in able])
    origin = able[int(np.searchsorted(mass, chance.random() * mass[-1], side="right"))][0]
    return first._replace(at=at, serial=serial, lon=lon, lat=lat, origin=origin)


def _settle(city: City, queue: Queue, until: int, chance: np.random.Generator) -> Hour:
    """Reports that came before `until`, numbered in order of time."""
    hour = Hour([], [])
    while queue.drafts and queue.drafts[0].at < until:
        draft = heapq.heappop(queue.drafts)
        first = queue.numbers.setdefault(draft.first, queue.index)
        hour.reports.append(_report(city, draft, queue.index, chance))
        same_as = -1 if draft.serial == draft.first else first
        hour.truth.append(Truth(index=queue.index, category=draft.theme.key, same_as=same_as, storm=draft.storm))
        queue.index += 1
    awaited = {draft.first for draft in queue.drafts}
    queue.numbers = {serial: index for serial, index in queue.numbers.items() if serial in awaited}
    return hour


def _report(city: City, draft: Draft, index: int, chance: np.random.Generator) -> Happening:
    theme = draft.theme
    if draft.origin == "resident" and chance.random() < MISTAKEN:
        branch = [other for other in themes() if other.parent == theme.parent]
        theme = branch[int(chance.integers(len(branch)))]
    zh, en = wording(draft.theme, draft.spot, draft.origin, chance)
    return Happening(
        index=index,
        at=draft.at,
        category=theme.key,
        place=int(city.ids[draft.grid]),
        lon=draft.lon,
        lat=draft.lat,
        origin=draft.origin,
        text_zh=zh,
        text_en=en,
        severity=theme.severity,
        reporter=_reporter(city, draft, chance),
    )


def _reporter(city: City, draft: Draft, chance: np.random.Generator) -> str:
    """A pseudonym: by chance for residents, by place for grid workers and devices."""
    if draft.origin == "resident":
        return f"resident-{int(chance.integers(16**8)):08x}"
    return f"{draft.origin}-{city.ids[draft.grid]}"


def _point(city: City, grid: int, chance: np.random.Generator) -> tuple[float, float]:
    """A point anywhere in a grid."""
    shape = city.shapes[grid]
    west, south, east, north = shape.bounds
    for lon, lat in chance.random((40, 2)) * (east - west, north - south) + (west, south):
        if shapely.contains_xy(shape, round(float(lon), 6), round(float(lat), 6)):
            return round(float(lon), 6), round(float(lat), 6)
    inner = shape.representative_point()
    return inner.x, inner.y
