"""Facilities of the invented city: as many of each category as its people would have, and not everywhere."""

import csv
from dataclasses import dataclass
from functools import cache

import numpy as np

from shancheng.ground.invented.homes import Houses, Slots
from shancheng.ground.invented.making import MAKING
from shancheng.methods.mesh import Floats, Integers

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


def facilities_of(houses: Houses, slots: Slots, chance: np.random.Generator) -> list[Facility]:
    """Facilities of every category, each in a slot of a grid that no house has, if it has one left."""
    used = np.bincount(houses.grid, minlength=len(slots.first) - 1)
    found: list[Facility] = []
    for service in services():
        if not service.people_per:
            continue
        count = max(2, round(int(houses.people.sum()) / service.people_per))
        for number, house in enumerate(_chosen(houses, service.evenness, count, chance).tolist(), start=1):
            place = _free(houses, slots, house, used, chance)
            capacity = max(1, round(service.capacity * chance.lognormal(0, CAPACITY_SPREAD)))
            found.append(Facility(f"{service.key}-{number:04d}", service, place, number, capacity))
    return found


def _chosen(houses: Houses, evenness: float, count: int, chance: np.random.Generator) -> Integers:
    """Houses at even steps through the people: a category lies where they live, crowded grids count for more."""
    crowd = np.bincount(houses.grid, houses.people)[houses.grid] / np.bincount(houses.grid)[houses.grid]
    weight = houses.people * np.maximum(crowd, 1.0) ** (3 * (1 - evenness))
    mass = np.cumsum(weight)
    steps = (np.arange(count) + chance.uniform(0, 1, count)) / count * mass[-1]
    return np.asarray(np.searchsorted(mass, steps).clip(0, len(mass) - 1))


def _free(houses: Houses, slots: Slots, house: int, used: Integers, chance: np.random.Generator) -> Floats:
    """The next slot of the house's grid, or a spot beside the house where all are taken."""
    grid = int(houses.grid[house])
    at = int(slots.first[grid] + used[grid])
    if at < slots.first[grid + 1]:
        used[grid] += 1
        return np.asarray(slots.places[at])
    return np.asarray(np.round(houses.places[house] + chance.uniform(-6, 6, 2), 2))
