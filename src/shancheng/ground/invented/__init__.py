"""The invented city: a pack made from a seed, and a day of its matters."""

from shancheng.ground.invented.build import Summary, build
from shancheng.ground.invented.city import City, read_city
from shancheng.ground.invented.day import Day, Happening, Hour, Truth, day, hours, write_day
from shancheng.ground.invented.rate import Storm

__all__ = [
    "City",
    "Day",
    "Happening",
    "Hour",
    "Storm",
    "Summary",
    "Truth",
    "build",
    "day",
    "hours",
    "read_city",
    "write_day",
]
