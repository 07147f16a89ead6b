"""Which datum a position is in: WGS-84, GCJ-02, BD-09, the way between them, and a detector of shifted layers.

GCJ-02 is the datum that maps in China are published in: WGS-84 moved by a smooth function of place, some 100 to 700 m.
The function was never published officially; the formula known since 2010 (a polynomial and sines around 105 E 35 N,
scaled by the radii of the Krasovsky 1940 ellipsoid, a = 6,378,245 m, e2 = 0.00669342162296594) agrees with map
services to centimetres and is the one every open converter uses; see Wikipedia, "Restrictions on geographic data in
China". BD-09 is Baidu's further turn and shift of GCJ-02.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, overload

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from shancheng.ground.pack.fault import nearest

Floats = NDArray[np.float64]
Move = Callable[[Floats, Floats], tuple[Floats, Floats]]

SEMI_MAJOR_M, ECCENTRICITY_SQUARED = 6_378_245.0, 0.00669342162296594323
BAIDU_TURN = math.pi * 3000 / 180
EARTH_RADIUS_M = 6_371_008.8
STEPS = 8
"""Fixed-point steps of the inverse: each shrinks the error at least fiftyfold, from some 700 m."""

OUTLINE = """POLYGON ((
    73.2 39.3, 73.5 40.3, 76.5 41.2, 79.9 42.3, 79.9 43.1, 79.6 45.1, 81.9 45.6, 82.0 45.9, 82.8 47.4, 85.2
    47.3, 85.4 48.6, 86.8 49.4, 88.3 49.5, 90.6 48.2, 91.5 46.8, 91.4 45.6, 93.8 45.3, 95.8 44.6, 96.7 43.1,
    101.9 42.9, 104.9 42.0, 107.3 42.8, 110.2 43.2, 111.3 43.8, 111.3 45.4, 113.6 45.2, 115.7 46.0, 115.1 48.1,
    115.8 50.2, 117.8 49.9, 119.0 50.6, 120.2 52.0, 119.7 52.9, 120.9 53.7, 123.5 53.9, 126.0 53.3, 127.8 50.6,
    128.0 50.1, 130.9 49.2, 131.3 48.2, 134.6 48.8, 135.4 48.7, 133.6 45.0, 131.6 44.6, 131.7 43.3, 130.9 42.1,
    129.3 41.9, 128.3 41.2, 126.9 41.2, 126.2 40.8, 124.7 39.8, 124.3 39.3, 123.5 37.0, 123.0 35.0, 124.0 31.0,
    123.5 29.0, 122.8 25.8, 122.3 24.0, 121.9 21.8, 120.5 21.3, 117.5 20.0, 117.0 8.0, 110.6 8.0, 110.6 17.0,
    108.2 18.0, 107.9 20.8, 107.6 21.3, 106.6 21.7, 105.4 22.8, 104.0 22.2, 102.4 22.0, 102.1 20.9, 101.0 20.9,
    99.8 21.6, 98.9 21.9, 98.6 23.3, 97.3 23.6, 97.2 24.8, 98.2 25.9, 98.4 27.2, 97.0 27.8, 95.9 27.8, 94.0
    26.7, 91.4 26.7, 91.4 27.5, 89.9 27.9, 89.0 27.1, 88.7 27.2, 88.6 27.7, 87.0 27.7, 86.0 27.75, 85.0 28.1,
    83.5 28.9, 81.0 29.9, 80.0 30.4, 78.4 31.0, 78.3 32.3, 77.8 35.4, 75.8 36.2, 74.2 36.8, 74.3 37.2, 73.6
    38.5, 73.2 39.3
))"""
"""Longitude and latitude of a coarse line, drawn 10 to 50 km outside of where maps are shifted; it is no border."""

_AREA = shapely.from_wkt(OUTLINE)
shapely.prepare(_AREA)


class DatumError(ValueError):
    """A datum that does not exist; the sentence names those that do."""


@overload
def to_wgs84(lon: float, lat: float, datum: str) -> tuple[float, float]:
    """One position."""


@overload
def to_wgs84(lon: Floats, lat: Floats, datum: str) -> tuple[Floats, Floats]:
    """Many positions."""


def to_wgs84(lon: float | Floats, lat: float | Floats, datum: str) -> tuple[float, float] | tuple[Floats, Floats]:
    """Longitude and latitude in WGS-84 of a position given in a datum; degrees, numbers or arrays of one shape.

    The exact inverse of `from_wgs84` (within 1e-6 m) by the fixed-point iteration w = target - shift(w). Positions
    outside the shifted area come back as they are. Raises `DatumError` for an unknown datum.
    """
    given = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    found = _moved_back(_move(datum), _near_area(given))
    return _shaped(lon, given, found, _in_area(*found))


@overload
def from_wgs84(lon: float, lat: float, datum: str) -> tuple[float, float]:
    """One position."""


@overload
def from_wgs84(lon: Floats, lat: Floats, datum: str) -> tuple[Floats, Floats]:
    """Many positions."""


def from_wgs84(lon: float | Floats, lat: float | Floats, datum: str) -> tuple[float, float] | tuple[Floats, Floats]:
    """Longitude and latitude in a datum of a WGS-84 position; degrees, numbers or arrays of one shape.

    Positions outside the shifted area come back as they are. Raises `DatumError` for an unknown datum.
    """
    given = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    return _shaped(lon, given, _move(datum)(*_near_area(given)), _in_area(*given))


@overload
def shift_metres(lon: float, lat: float, datum: str) -> float:
    """One position."""


@overload
def shift_metres(lon: Floats, lat: Floats, datum: str) -> Floats:
    """Many positions."""


def shift_metres(lon: float | Floats, lat: float | Floats, datum: str) -> float | Floats:
    """Metres between a WGS-84 position and the same degrees' worth in a datum: what taking one for the other costs."""
    given = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    moved = from_wgs84(*given, datum)
    metres = np.hypot(*_metres(given, moved))
    return float(metres) if np.ndim(lon) == 0 else metres


def _shaped(
    asked: float | Floats, given: tuple[Floats, Floats], moved: tuple[Floats, Floats], inside: NDArray[np.bool_]
) -> tuple[float, float] | tuple[Floats, Floats]:
    lon, lat = np.where(inside, moved[0], given[0]), np.where(inside, moved[1], given[1])
    return (float(lon), float(lat)) if np.ndim(asked) == 0 else (lon, lat)


def _in_area(lon: Floats, lat: Floats) -> NDArray[np.bool_]:
    return np.asarray(shapely.contains_xy(_AREA, lon, lat))


def _near_area(given: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Positions with NaN for those that cannot be in the area, so that no sum runs away on them."""
    west, south, east, north = _AREA.bounds
    lon, lat = given
    near = (lon > west - 1) & (lon < east + 1) & (lat > south - 1) & (lat < north + 1)
    return np.where(near, lon, np.nan), np.where(near, lat, np.nan)


def _to_gcj02(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    east, north = _gcj02_metres(lon - 105.0, lat - 35.0)
    slope = 1 - ECCENTRICITY_SQUARED * np.sin(np.radians(lat)) ** 2
    meridian = SEMI_MAJOR_M * (1 - ECCENTRICITY_SQUARED) / slope**1.5
    parallel = SEMI_MAJOR_M / np.sqrt(slope) * np.cos(np.radians(lat))
    return lon + np.degrees(east / parallel), lat + np.degrees(north / meridian)


def _gcj02_metres(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Metres east and north that GCJ-02 moves a place x and y degrees from 105 E 35 N."""
    across, up = np.pi * x, np.pi * y
    ripple = 20 * np.sin(6 * across) + 20 * np.sin(2 * across)
    root = np.sqrt(np.abs(x))
    waves_east = 20 * np.sin(across) + 40 * np.sin(across / 3) + 150 * np.sin(across / 12) + 300 * np.sin(across / 30)
    waves_north = 20 * np.sin(up) + 40 * np.sin(up / 3) + 160 * np.sin(up / 12) + 320 * np.sin(up / 30)
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + (ripple + waves_east) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + (ripple + waves_north) * 2 / 3
    return east, north


def _to_bd09(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    x, y = _to_gcj02(lon, lat)
    radius = np.hypot(x, y) + 2e-5 * np.sin(y * BAIDU_TURN)
    angle = np.arctan2(y, x) + 3e-6 * np.cos(x * BAIDU_TURN)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _twice(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    return _to_gcj02(*_to_gcj02(lon, lat))


def _undone(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Where a place comes to lie when a shift is taken off that it never had."""
    return _moved_back(_to_gcj02, (lon, lat))


def _moved_back(move: Move, given: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    found = given
    for _ in range(0 if move is _stay else STEPS):
        there = move(*found)
        found = found[0] + given[0] - there[0], found[1] + given[1] - there[1]
    return found


def _stay(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    return lon, lat


MOVES: dict[str, Move] = {
    "wgs84": _stay,
    "gcj02": _to_gcj02,
    "bd09": _to_bd09,
    "gcj02-twice": _twice,
    "gcj02-undone": _undone,
}
"""Where a WGS-84 place lies in each datum, and after two usual mistakes: shifted twice, shifted back without need."""


def _move(datum: str) -> Move:
    if datum not in MOVES:
        near = nearest(datum, MOVES)
        hint = f" Did you mean '{near}'?" if near else ""
        raise DatumError(f"There is no datum named '{datum}'; known are {', '.join(MOVES)}.{hint}")
    return MOVES[datum]


def _metres(here: tuple[Floats, Floats], there: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Metres east and north from one position to another nearby, on a sphere."""
    degree = math.radians(1) * EARTH_RADIUS_M
    return (there[0] - here[0]) * degree * np.cos(np.radians(here[1])), (there[1] - here[1]) * degree


Verdict = Literal["unshifted", "gcj02", "bd09", "gcj02-twice", "gcj02-undone", "undecided"]
VERDICTS: dict[str, Verdict] = {
    "wgs84": "unshifted",
    "gcj02": "gcj02",
    "bd09": "bd09",
    "gcj02-twice": "gcj02-twice",
    "gcj02-undone": "gcj02-undone",
}


@dataclass(frozen=True)
class DatumFinding:
    """What a layer that was taken for WGS-84 turned out to be, and on what evidence."""

    verdict: Verdict
    """The datum it is really in; `unshifted` for WGS-84; `undecided` where none or several would explain it."""
    places: int
    """Number of places that were compared."""
    metres_before: float
    """Median distance from the known places as the layer came."""
    metres_after: float
    """Median distance once it is taken for the datum that explains it best."""

    @property
    def is_shifted(self) -> bool:
        """Whether the layer is in another datum than WGS-84."""
        return self.verdict not in ("unshifted", "undecided")

    def __str__(self) -> str:
        count = f"{self.places} known place{'s' if self.places != 1 else ''}"
        if self.verdict == "unshifted":
            return f"It lies where {count} say it should ({self.metres_before:.0f} m off in the median): WGS-84."
        if self.verdict == "undecided":
            return f"It lies {self.metres_before:.0f} m (median) from {count}; no one datum explains that."
        return (
            f"It is {self.verdict}, not wgs84: {self.metres_before:.0f} m (median) from {count} as it came, "
            f"{self.metres_after:.0f} m once converted."
        )


TOLERANCE_M, DISTINCT_M = 100.0, 20.0


def detect_datum(observed: ArrayLike, reference: ArrayLike) -> DatumFinding:
    """What datum a layer is in that came as WGS-84.

    `observed` float[n, 2] are longitudes and latitudes of places as the layer has them, `reference` float[n, 2] those
    of the same places in WGS-84; pairs that are not finite are left out. For each datum the layer is compared with
    where the known places would lie in it. What remains is summed up by the component-wise median of its vectors, whose
    standard error is 1.2533 x 1.4826 MAD / sqrt n. The datum with the least rest is the verdict if that rest is within
    100 m or three standard errors, and the next one's is more than twice as large and 20 m and three errors larger.
    """
    seen, known = _pairs(observed, reference)
    if not len(seen[0]):
        return DatumFinding("undecided", 0, math.nan, math.nan)
    rests = {name: _metres(there, seen) for name, there in _candidates(known).items()}
    offsets = sorted((_offset(rest), name) for name, rest in rests.items())
    least, best = offsets[0]
    doubt = 3 * _standard_error(rests[best])
    decided = _is_decided(least, [offset for offset, _ in offsets[1:]], doubt)
    before = _median_length(rests["wgs84"])
    return DatumFinding(VERDICTS[best] if decided else "undecided", len(seen[0]), before, _median_length(rests[best]))


def detect_each(observed: ArrayLike, reference: ArrayLike) -> tuple[DatumFinding, ...]:
    """`detect_datum` for every place by itself: float[n, 2] each, to n findings; finds one shifted town in a layer.

    A place is only called shifted if its own distance stands out from the scatter of the layer (six times 1.4826 MAD),
    so that references which are rough by nature name nobody.
    """
    seen, known = np.asarray(observed, np.float64).reshape(-1, 2).T, np.asarray(reference, np.float64).reshape(-1, 2).T
    candidates = _candidates((known[0], known[1]))
    names = list(candidates)
    lengths = np.stack([np.hypot(*_metres(there, (seen[0], seen[1]))) for there in candidates.values()])
    limit = DISTINCT_M + 6 * _scatter(observed, reference)
    return tuple(_alone(names, lengths[:, row].tolist(), limit) for row in range(lengths.shape[1]))


def _alone(names: list[str], lengths: list[float], limit: float) -> DatumFinding:
    before = lengths[names.index("wgs84")]
    if math.isnan(before):
        return DatumFinding("undecided", 0, math.nan, math.nan)
    (least, best), *others = sorted(zip(lengths, names, strict=True))
    decided = _is_decided(least, [length for length, _ in others], 0.0) and (best == "wgs84" or before > limit)
    return DatumFinding(VERDICTS[best] if decided else "undecided", 1, before, least)


def _is_decided(least: float, others: list[float], doubt: float) -> bool:
    """Whether one datum leaves so small a rest, in metres, and every other so much larger a one that it must be it."""
    apart = max(2 * least, least + max(DISTINCT_M, doubt))
    return least <= max(TOLERANCE_M, doubt) and all(other > apart for other in others)


def _scatter(seen: ArrayLike, known: ArrayLike) -> float:
    """Metres by which single places of a layer usually lie off the layer's own median offset; 0 for fewer than four."""
    pairs = _pairs(seen, known)
    if len(pairs[0][0]) < 4:
        return 0.0
    rest = _metres(pairs[1], pairs[0])
    return max(1.4826 * _deviation(part) for part in rest)


def _pairs(observed: ArrayLike, reference: ArrayLike) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    seen, known = np.asarray(observed, np.float64).reshape(-1, 2), np.asarray(reference, np.float64).reshape(-1, 2)
    whole = np.isfinite(seen).all(axis=1) & np.isfinite(known).all(axis=1)
    return (seen[whole, 0], seen[whole, 1]), (known[whole, 0], known[whole, 1])


def _candidates(known: tuple[Floats, Floats]) -> dict[str, tuple[Floats, Floats]]:
    """Where the known places would lie in each datum; outside the shifted area all are one, and only WGS-84 is kept."""
    inside = _in_area(*known)
    if not inside.any():
        return {"wgs84": known}
    return {name: from_wgs84(*known, name) for name in MOVES}


def _offset(rest: tuple[Floats, Floats]) -> float:
    return math.hypot(float(np.median(rest[0])), float(np.median(rest[1])))


def _standard_error(rest: tuple[Floats, Floats]) -> float:
    return 1.2533 * 1.4826 * max(_deviation(part) for part in rest) / math.sqrt(len(rest[0]))


def _deviation(values: Floats) -> float:
    """Median absolute deviation from the median."""
    return float(np.median(np.abs(values - np.median(values))))


def _median_length(rest: tuple[Floats, Floats]) -> float:
    return float(np.median(np.hypot(*rest)))
