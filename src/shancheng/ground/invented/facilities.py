"""Facilities of the invented city: as many of each category as its people would have, and not everywhere."""

import csv
from dataclasses import dataclass
from functools import cache

import numpy as np

from shancheng.ground.invented.homes import Houses, Slots
from shancheng.ground.invented.making import MAKING
from shancheng.methods.mesh import Floats, Integers
from shancheng.methods.partition import share_out, spread

CAPACITY_SPREAD = 0.25


@dataclass(frozen=True)
class Service:
    """A category of the living circle: how many people there are for each, and what one can take."""

    key: str
    name_zh: str
    name_en: str
    people_per: float
    """0 for what is an area and drawn with the streets."""
    capacity: float
    """Places, or people a day."""
    evenness: float
    """1 where people are, less for what gathers where most of them are."""


@dataclass(frozen=True)
class Grids:
    """Where people live, grid by grid."""

    district: Integers
    """(g,) number of the district each grid lies in."""
    residents: Integers
    centre: Floats
    """(g, 2) metres."""


@dataclass(frozen=True)
class Facility:
    """One facility."""

    id: str
    service: Service
    place: Floats
    """Metres."""
    number: int
    """Counted within its category from 1."""
    capacity: int


@cache
def services() -> tuple[Service, ...]:
    """All categories, in the order of the table."""
    with (MAKING / "facilities.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(
            Service(row["key"], row["name_zh"], row["name_en"], *(float(row[name] or 0) for name in NUMBERS))
            for row in csv.DictReader(lines)
        )


NUMBERS = ("people_per", "capacity", "evenness")


def facilities_of(houses: Houses, slots: Slots, grids: Grids, chance: np.random.Generator) -> list[Facility]:
    """Facilities of every category, each in a slot of a grid that no house has, if it has one left."""
    used = np.bincount(houses.grid, minlength=len(slots.first) - 1)
    first_house = np.searchsorted(houses.grid, np.arange(len(used)))
    found: list[Facility] = []
    for service in services():
        if not service.people_per:
            continue
        count = max(2, round(int(grids.residents.sum()) / service.people_per))
        for number, grid in enumerate(_chosen(grids, service.evenness, count, chance).tolist(), start=1):
            place = _free(houses.places[first_house[grid]], slots, grid, used, chance)
            capacity = max(1, round(service.capacity * chance.lognormal(0, CAPACITY_SPREAD)))
            found.append(Facility(f"{service.key}-{number:04d}", service, place, number, capacity))
    return found


def _chosen(grids: Grids, evenness: float, count: int, chance: np.random.Generator) -> Integers:
    """Grids well spread among the people of each district; what is less even keeps to where many live."""
    in_district = np.bincount(grids.district)
    shares = share_out(count, np.bincount(grids.district, grids.residents).astype(np.float64), in_district, least=0)
    weight = np.power(grids.residents + 1.0, 1 + 3 * (1 - evenness)).astype(np.float64)
    groups = np.split(np.argsort(grids.district, kind="stable"), np.cumsum(in_district)[:-1])
    found = [
        group[spread(grids.centre[group], weight[group], int(share), chance)]
        for group, share in zip(groups, shares.tolist(), strict=True)
        if share
    ]
    return np.concatenate(found)


def _free(house: Floats, slots: Slots, grid: int, used: Integers, chance: np.random.Generator) -> Floats:
    """The next slot of a grid, or a spot beside its first house where all are taken."""
    at = int(slots.first[grid] + used[grid])
    if at < slots.first[grid + 1]:
        used[grid] += 1
        return np.asarray(slots.places[at])
    return np.asarray(np.round(house + chance.uniform(-6, 6, 2), 2))
