"""How many reports of each category and origin an hour brings, and how likely each grid is to be where."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from shancheng.ground.invented.city import City
from shancheng.ground.invented.demand import ORIGINS, demand_of, weight
from shancheng.ground.invented.making import Theme, table, themes
from shancheng.methods.mesh import Floats, Integers

STORM_TIMES = 8.0
"""A storm raises hazards where it strikes by this factor."""
DISPERSION = 5.0
"""Shape of the negative binomial: the variance of an hour is mean + mean**2 / DISPERSION. Assumption."""
OWN_CURVES = {"patrol": "patrol", "sensor": "flat"}
"""Origins that keep their own hours, whatever the category."""


@dataclass(frozen=True)
class Storm:
    """A storm from one hour to another of the day."""

    first_hour: int
    end_hour: int


@dataclass(frozen=True)
class Rates:
    """Expected numbers of things reported for the first time."""

    city: City
    kind: str
    scale: float
    storm: Storm | None

    @cached_property
    def of_day(self) -> Floats:
        """(categories, origins) in a day without a storm."""
        demand = demand_of(int(self.city.residents.sum()), len(self.city.ids))
        day = next(day for day in table("curves")["day"] if day["key"] == self.kind)
        weights = np.array([[weight(theme, origin) for origin in ORIGINS] for theme in themes()])
        whole = np.array([demand.firsts(origin) * day[origin] for origin in ORIGINS])
        return np.asarray(weights / weights.sum(axis=0) * whole * self.scale)

    @cached_property
    def of_hour(self) -> Floats:
        """(categories, origins, 24) share of the day by hour."""
        curves = {curve["key"]: np.array(curve["hours"]) / sum(curve["hours"]) for curve in table("curves")["curve"]}
        rows = [[curves[OWN_CURVES.get(origin, theme.curve)] for origin in ORIGINS] for theme in themes()]
        return np.array(rows)

    def strikes(self, theme: Theme, hour: int) -> bool:
        """Whether a storm raises a category in an hour."""
        return theme.storm and self.storm is not None and self.storm.first_hour <= hour < self.storm.end_hour

    def lift(self, theme: Theme, hour: int) -> float:
        """How many times more of a category the whole city has in an hour for the storm."""
        if not self.strikes(theme, hour):
            return 1.0
        return float(grid_weights(self.city, theme, True).sum() / grid_weights(self.city, theme, False).sum())


def counts_of(rates: Rates, hour: int, chance: np.random.Generator) -> Sequence[Integers]:
    """(categories, origins) numbers drawn for an hour, negative binomial as a Poisson of a gamma.

    In a storm nobody keeps to the usual hours: what it raises has at least an even share of the day.
    """
    lift = np.array([rates.lift(theme, hour) for theme in themes()])
    share = rates.of_hour[:, :, hour]
    struck = np.array([rates.strikes(theme, hour) for theme in themes()])
    share = np.where(struck[:, None], np.maximum(share, 1 / 24), share)
    means = rates.of_day * share * lift[:, None]
    drawn: Integers = chance.poisson(means * chance.gamma(DISPERSION, 1 / DISPERSION, means.shape))
    return list(drawn)


def grid_weights(city: City, theme: Theme, striking: bool) -> Floats:
    """Relative weight of each grid for a category; `striking` while a storm raises it."""
    people = city.residents.astype(np.float64)
    base = {
        "people": people,
        "mixed": np.sqrt(people),
        "land": np.where(city.rural, 1.0, 0.4),
        "riverside": np.where(city.kinds == "riverside", 1.0, 0.02),
    }[theme.spread]
    factors = np.ones(len(city.ids))
    for kind in ("riverside", "hillside", "exclusive"):
        factors = np.where(city.kinds == kind, getattr(theme, kind), factors)
    return np.asarray(base * factors * np.where(city.exposed & striking, STORM_TIMES, 1.0))
