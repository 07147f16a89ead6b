"""The land an invented city lies on: two rivers that meet, ridges they cut through, and where people live."""

from dataclasses import dataclass
from math import pi, sqrt

import numpy as np

from shancheng.ground.invented.size import Size
from shancheng.methods.mesh import Floats, Integers

MARGIN = 1.3
"""The land reaches this many city radii from the middle, so that the rim of the city is never the rim of the land."""
RIDGE_SPACING_M, RIDGE_WIDTH_M, RIDGE_HEIGHT_M = 8_500.0, 900.0, 420.0
VALLEY_M = 185.0
COUNTRY_PER_KM2 = 125.0
CORE_SHARE, TOWN_SHARE = 0.42, 0.30
"""Shares of residents near the confluence and near the seats of towns; the rest is countryside. Assumptions."""


@dataclass(frozen=True)
class Rivers:
    """A great river from west to east and one that joins it from the north; metres around the city's middle."""

    radius: float
    phase: Floats
    mouth_x: float

    def great_y(self, x: Floats) -> Floats:
        """Northing of the great river at an easting."""
        u = x / self.radius
        bends = 0.17 * np.sin(2.6 * u + self.phase[0]) + 0.07 * np.sin(7.3 * u + self.phase[1])
        return np.asarray((bends - 0.12) * self.radius)

    def lesser_x(self, y: Floats) -> Floats:
        """Easting of the lesser river at a northing above its mouth."""
        mouth_y = self.great_y(np.array([self.mouth_x]))[0]
        v = np.maximum(y - mouth_y, 0) / self.radius
        bends = 0.14 * np.sin(4.1 * v + self.phase[2]) + 0.05 * np.sin(11.0 * v + self.phase[3])
        start = 0.14 * np.sin(self.phase[2]) + 0.05 * np.sin(self.phase[3])
        return np.asarray(self.mouth_x + (bends - start + 0.15 * v) * self.radius)

    def banks(self, points: Floats) -> Integers:
        """0 south of the great river, 1 and 2 west and east of the lesser one north of it."""
        x, y = points[..., 0], points[..., 1]
        north = y > self.great_y(x)
        return np.where(north, 1 + (x > self.lesser_x(y)), 0).astype(np.int64)

    def distance(self, points: Floats) -> Floats:
        """Metres to the nearer river, roughly: across the bend, not along the normal."""
        x, y = points[..., 0], points[..., 1]
        great = np.abs(y - self.great_y(x)) * 0.85
        lesser = np.where(y > self.great_y(x), np.abs(x - self.lesser_x(y)) * 0.85, np.inf)
        return np.asarray(np.minimum(great, lesser))


@dataclass(frozen=True)
class Land:
    """Rasters over the land, row 0 in the south; a field is read at points by nearest pixel."""

    rivers: Rivers
    reach: float
    """The raster covers -reach .. reach both ways, metres."""
    height_m: Floats
    slope: Floats
    """Rise over run."""
    density: Floats
    """Residents per square metre."""
    rim: Floats
    """Distance from the middle over the distance of the city's limit in that direction; below 1 is inside."""

    @property
    def pixel(self) -> float:
        """Side of a pixel, metres."""
        return 2 * self.reach / len(self.density)

    def at(self, field: Floats, points: Floats) -> Floats:
        """Values of a field at points."""
        cells = np.clip(((points + self.reach) / self.pixel).astype(np.int64), 0, len(field) - 1)
        return field[cells[:, 1], cells[:, 0]]


def land_of(size: Size, chance: np.random.Generator) -> Land:
    """The land of a city of some size."""
    radius = sqrt(size.area_km2 * 1e6 / pi)
    reach = MARGIN * radius
    pixels = int(min(2_000, max(300, 2 * reach / 55)))
    axis = (np.arange(pixels) + 0.5) * (2 * reach / pixels) - reach
    points = np.stack(np.meshgrid(axis, axis), axis=-1)
    rivers = Rivers(radius, chance.uniform(0, 2 * pi, 4), float(chance.uniform(-0.15, 0.1) * radius))
    height = _height(points, rivers, chance)
    rise = np.gradient(height, 2 * reach / pixels)
    slope = np.hypot(rise[0], rise[1])
    rim = _rim(points, radius, chance)
    density = _density(points, rim, slope, rivers, size, chance)
    return Land(rivers, reach, height, slope, density, rim)


def _rim(points: Floats, radius: float, chance: np.random.Generator) -> Floats:
    angle = np.arctan2(points[..., 1], points[..., 0])
    limit = np.ones_like(angle)
    for waves, size in ((2, 0.10), (3, 0.09), (5, 0.05), (7, 0.03), (11, 0.02)):
        limit += size * np.sin(waves * angle + chance.uniform(0, 2 * pi))
    limit *= radius / sqrt(float(np.mean(limit**2)))
    return np.asarray(np.hypot(points[..., 0], points[..., 1]) / limit)


def _height(points: Floats, rivers: Rivers, chance: np.random.Generator) -> Floats:
    tilt = np.deg2rad(22.0)
    along = points[..., 0] * np.sin(tilt) + points[..., 1] * np.cos(tilt)
    across = points[..., 0] * np.cos(tilt) - points[..., 1] * np.sin(tilt)
    height = np.zeros(points.shape[:2])
    half = int(rivers.radius * MARGIN / RIDGE_SPACING_M) + 1
    for number in range(-half, half):
        middle = (number + 0.5 + chance.uniform(-0.15, 0.15)) * RIDGE_SPACING_M
        wobble = 700.0 * np.sin(along / 5_200.0 + chance.uniform(0, 2 * pi))
        crest = 0.75 + 0.35 * np.sin(along / 3_900.0 + chance.uniform(0, 2 * pi))
        height += crest * RIDGE_HEIGHT_M * np.exp(-(((across - middle - wobble) / RIDGE_WIDTH_M) ** 2))
    for length, size in ((4_300.0, 45.0), (2_100.0, 28.0), (1_050.0, 16.0)):
        turn, first, second = chance.uniform(0, 2 * pi, 3)
        one = points[..., 0] * np.cos(turn) + points[..., 1] * np.sin(turn)
        two = points[..., 1] * np.cos(turn) - points[..., 0] * np.sin(turn)
        height += size * (1 + np.sin(2 * pi * one / length + first) * np.sin(2 * pi * two / length + second))
    gorge = 1 - np.exp(-((rivers.distance(points) / 750.0) ** 2))
    return np.asarray(VALLEY_M + gorge * height)


def _density(
    points: Floats, rim: Floats, slope: Floats, rivers: Rivers, size: Size, chance: np.random.Generator
) -> Floats:
    flat = 0.04 + 0.96 * np.exp(-((slope / 0.22) ** 2))
    density = COUNTRY_PER_KM2 / 1e6 * (0.35 + 0.65 * flat)
    pixel = float(points[0, 1, 0] - points[0, 0, 0])
    for x, y, residents in _seats(points, rim, flat, rivers, size, chance):
        spread = 250.0 + 0.0105 * residents if residents < 60_000 else 880.0 * (residents / 60_000) ** 0.4
        half = int(7 * spread / pixel) + 1
        column, row = (round((value - float(points[0, 0, 0])) / pixel) for value in (x, y))
        window = (slice(max(0, row - half), row + half), slice(max(0, column - half), column + half))
        away = np.hypot(points[window][..., 0] - x, points[window][..., 1] - y)
        density[window] += flat[window] * residents / (2 * pi * spread**2) * np.exp(-away / spread)
    dry = 1 - np.exp(-((rivers.distance(points) / 260.0) ** 2))
    return np.asarray(density * (0.15 + 0.85 * dry) * (rim < 1.25))


def _seats(
    points: Floats, rim: Floats, flat: Floats, rivers: Rivers, size: Size, chance: np.random.Generator
) -> list[tuple[float, float, float]]:
    """The core at the confluence, district seats by Zipf's rule, town seats on flat land; each with its residents."""
    mouth = np.array([rivers.mouth_x])
    seats = [(float(mouth[0]) - 300.0, float(rivers.great_y(mouth)[0]) + 500.0)]
    weight = flat * (rim < 0.95) * np.exp(-rivers.distance(points) / (0.5 * rivers.radius))
    mass = np.cumsum(weight.ravel())
    apart = 1.1 * rivers.radius / sqrt(size.towns)
    for draw in chance.random(size.towns * 8):
        pick = points.reshape(-1, 2)[int(np.searchsorted(mass, draw * mass[-1]))]
        if len(seats) < size.towns and min(np.hypot(pick[0] - x, pick[1] - y) for x, y in seats) > apart:
            seats.append((float(pick[0]), float(pick[1])))
    rank = np.arange(1, len(seats) + 1)
    urban = rank <= size.districts
    pull = np.where(urban, rank**-0.9, 0.0)
    pull = CORE_SHARE * pull / pull.sum() + TOWN_SHARE * chance.lognormal(0, 0.5, len(seats)) / len(seats) / 1.13
    return [(x, y, share * size.residents) for (x, y), share in zip(seats, pull.tolist(), strict=True)]
