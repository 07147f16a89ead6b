"""Reports as they stand when a new one comes in: what is open at the same address and near by, described in numbers."""

import math
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shancheng.methods.given import whole_numbers
from shancheng.methods.text.errors import NotUsable, same_length

NEAR_M = 150.0
ADDRESS_MEMORY = 64
"""Reports of one address that are looked back on."""
CELL_MEMORY = 256
"""Open reports of one cell of the grid that are looked at, the newest first."""
WEEK, SEASON = 7 * 86_400, 45 * 86_400
FEATURES = (
    "nature",
    "area",
    "weekday",
    "x_m",
    "y_m",
    "reports_at_address",
    "reports_at_address_in_a_week",
    "reports_at_address_in_45_days",
    "open_at_address",
    "open_of_nature_at_address",
    "seconds_since_newest_at_address",
    "seconds_since_newest_open_at_address",
    "seconds_since_oldest_open_at_address",
    "seconds_since_newest_open_of_nature_at_address",
    "seconds_since_last_end_at_address",
    "nature_of_newest_open_at_address",
    "nature_of_oldest_open_at_address",
    "open_near",
    "open_of_nature_near",
    "metres_to_nearest_open",
    "metres_to_nearest_open_of_nature",
)
NOT_ENDED = np.iinfo(np.int64).max

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Report:
    """What is known of a report when it comes in."""

    at: int
    """Seconds since 1970."""
    x_m: float
    """Position in a plane, metres; NaN where it is not known."""
    y_m: float
    nature: int
    """Number of the category."""
    address: int = -1
    """Number of the exact address, door or object; -1 where there is none."""
    area: int = -1
    """Number of a district, ward or town; -1 where it is not known."""
    weekday: int = -1
    """0 to 6 by the calendar of the place; -1 where it is not known."""


class OpenReports:
    """An index of reports by address and by place, kept up to date as reports come in and end."""

    def __init__(self) -> None:
        self._reports: dict[int, Report] = {}
        """The open ones, by number."""
        self._at_address: defaultdict[int, deque[tuple[int, Report]]] = defaultdict(
            lambda: deque(maxlen=ADDRESS_MEMORY)
        )
        self._last_end: dict[int, int] = {}
        self._cells: defaultdict[tuple[int, int], dict[int, Report]] = defaultdict(dict)

    def __len__(self) -> int:
        return len(self._reports)

    def add(self, number: int, report: Report) -> None:
        """Take a report in as open; numbers are not used twice, and reports come in the order of their times.

        Raises NotUsable for a number that is open already.
        """
        if number in self._reports:
            raise NotUsable(f"Report {number} is open already; every report has a number of its own.")
        self._reports[number] = report
        if report.address >= 0:
            self._at_address[report.address].append((number, report))
        if _has_place(report):
            self._cells[_cell(report)][number] = report

    def end(self, number: int, at: int) -> None:
        """A report has ended; NotUsable where it is not open."""
        report = self._reports.pop(number, None)
        if report is None:
            raise NotUsable(f"Report {number} is not open; only an open report can end.")
        if report.address >= 0:
            self._last_end[report.address] = max(at, self._last_end.get(report.address, at))
        if _has_place(report):
            cell = self._cells[_cell(report)]
            del cell[number]
            if not cell:
                del self._cells[_cell(report)]

    def describe(self, report: Report) -> Floats:
        """`FEATURES` of a new report, float64[21]; NaN where there is nothing to speak of."""
        here = self._at_address.get(report.address, ()) if report.address >= 0 else ()
        itself = report.nature, report.area, report.weekday, report.x_m, report.y_m
        return np.array([*itself, *self._address(report, here), *self._near(report)], np.float64)

    def likest(self, report: Report, most: int = 3) -> list[int]:
        """Numbers of the open reports it may repeat: same address first, then same nature, then the nearest."""
        found: dict[int, tuple[bool, bool, float, int]] = {}
        here = self._at_address.get(report.address, ())
        open_here = [(number, old) for number, old in here if number in self._reports]
        for number, old in (*open_here, *self._around(report)):
            apart = math.hypot(old.x_m - report.x_m, old.y_m - report.y_m) if _has_place(report) else math.inf
            same = old.address == report.address and report.address >= 0
            if same or apart <= NEAR_M:
                found[number] = (not same, old.nature != report.nature, apart, -old.at)
        return sorted(found, key=lambda number: (*found[number], number))[:most]

    def _address(self, report: Report, here: Sequence[tuple[int, Report]]) -> list[float]:
        at = report.at
        still = [old for number, old in here if number in self._reports]
        alike = [old for old in still if old.nature == report.nature]
        ended = self._last_end.get(report.address) if report.address >= 0 else None
        return [
            len(here),
            sum(at - old.at <= WEEK for _, old in here),
            sum(at - old.at <= SEASON for _, old in here),
            len(still),
            len(alike),
            at - here[-1][1].at if here else math.nan,
            at - still[-1].at if still else math.nan,
            at - still[0].at if still else math.nan,
            at - alike[-1].at if alike else math.nan,
            at - ended if ended is not None else math.nan,
            still[-1].nature if still else math.nan,
            still[0].nature if still else math.nan,
        ]

    def _near(self, report: Report) -> list[float]:
        count, alike, nearest, nearest_alike = 0, 0, math.inf, math.inf
        for _, old in self._around(report):
            apart = math.hypot(old.x_m - report.x_m, old.y_m - report.y_m)
            if apart > NEAR_M:
                continue
            count, nearest = count + 1, min(nearest, apart)
            if old.nature == report.nature:
                alike, nearest_alike = alike + 1, min(nearest_alike, apart)
        return [count, alike, nearest if count else math.nan, nearest_alike if alike else math.nan]

    def _around(self, report: Report) -> list[tuple[int, Report]]:
        if not _has_place(report):
            return []
        column, row = _cell(report)
        return [
            item
            for across in (-1, 0, 1)
            for up in (-1, 0, 1)
            if (cell := self._cells.get((column + across, row + up)))
            for item in islice(reversed(cell.items()), CELL_MEMORY)
        ]


def replay(reports: Sequence[Report], ended: ArrayLike) -> Floats:
    """`FEATURES` of each report as it came in, float64[n, 21].

    Reports stand in the order in which they came; `ended` int[n] says when each ended (`NOT_ENDED` while it had not).
    A report that ended at the very second another came in still counts as open, so with whole days nothing is used
    that was not known when the day began. Raises WrongShape, or NotUsable where the times are not in order.
    """
    ends = whole_numbers(ended, "ends of reports", NotUsable).ravel()
    same_length(reports=reports, ends=ends)
    if any(later.at < earlier.at for earlier, later in zip(reports, islice(reports, 1, None), strict=False)):
        raise NotUsable("Reports have to stand in the order in which they came in; sort them by time.")
    described = np.empty((len(reports), len(FEATURES)))
    known, order = OpenReports(), iter(np.argsort(ends, kind="stable").tolist())
    waiting = next(order, None)
    for number, report in enumerate(reports):
        while waiting is not None and ends[waiting] < report.at:
            if waiting < number:
                known.end(waiting, int(ends[waiting]))
            waiting = next(order, None)
        described[number] = known.describe(report)
        if ends[number] >= report.at:
            known.add(number, report)
    return described


def _has_place(report: Report) -> bool:
    return math.isfinite(report.x_m) and math.isfinite(report.y_m)


def _cell(report: Report) -> tuple[int, int]:
    return math.floor(report.x_m / NEAR_M), math.floor(report.y_m / NEAR_M)
