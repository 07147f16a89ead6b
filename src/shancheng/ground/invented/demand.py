"""How many reports a day brings and of which category: published rates where there are some, assumptions elsewhere."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from shancheng.ground.invented.making import FIRST_DAY, Theme, all_themes, themes

REQUESTS_PER_RESIDENT = 0.94 / 1_000
"""Requests a day: 30,000 among 31.9 million people (press reports of 2024-2025, see the guide)."""
FINDINGS_PER_GRID = 0.5
"""What grid workers find a day. Assumption."""
SENSOR_SHARE = 0.06
"""Share of a day that sensors report. Assumption."""
SAME_THING_SHARE = 0.20
"""Share of reports about something that was reported before; 15 to 25 % is assumed."""
CATEGORY_COLUMNS = (
    "key", "parent", "name_zh", "name_en", "kind", "severity", "holder_level", "share", "from", "until", "source",
)  # fmt: skip
Origin = Literal["resident", "patrol", "sensor"]
ORIGINS: tuple[Origin, ...] = ("resident", "patrol", "sensor")
SAME_ORIGINS = (0.68, 0.27, 0.05)
"""Who reports a thing again, by origin. Assumption."""
_SOURCE = "invented; the share of a day is an assumption"


@dataclass(frozen=True)
class Demand:
    """Reports expected on a working weekday by origin, reports about the same thing included."""

    resident: float
    patrol: float
    sensor: float

    @property
    def total(self) -> float:
        """Reports of all origins."""
        return self.resident + self.patrol + self.sensor

    @property
    def distinct(self) -> float:
        """Different things reported."""
        return self.total * (1 - SAME_THING_SHARE)

    def firsts(self, origin: Origin) -> float:
        """Reports of an origin about things not reported before."""
        again = self.total * SAME_THING_SHARE * SAME_ORIGINS[ORIGINS.index(origin)]
        return float(getattr(self, origin)) - again


def demand_of(residents: int, grids: int) -> Demand:
    """What a city of some size is expected to report in a day."""
    resident, patrol = residents * REQUESTS_PER_RESIDENT, grids * FINDINGS_PER_GRID
    return Demand(resident, patrol, (resident + patrol) * SENSOR_SHARE / (1 - SENSOR_SHARE))


def weight(theme: Theme, origin: str) -> float:
    """Relative weight of a category among the reports of one origin."""
    return float(getattr(theme, origin))


def shares(demand: Demand) -> dict[str, float]:
    """Share of a day by category; they sum to 1."""
    found = dict.fromkeys((theme.key for theme in themes()), 0.0)
    for origin in ORIGINS:
        whole = sum(weight(theme, origin) for theme in themes())
        for theme in themes():
            found[theme.key] += getattr(demand, origin) / demand.total * weight(theme, origin) / whole
    return found


def category_rows(demand: Demand) -> Iterator[Sequence[str | int | float]]:
    """Rows of `categories.csv`."""
    share = shares(demand)
    for theme in all_themes():
        own = f"{share[theme.key]:.6f}" if theme.parent else 0
        head = (theme.key, theme.parent, theme.name_zh, theme.name_en, theme.kind)
        yield *head, theme.severity, theme.holder_level, own, FIRST_DAY, "", _SOURCE
