"""How many places of each level a city of a given scale has; scale 1 is a town of 300,000 people."""

from dataclasses import dataclass
from math import log

SCALE_LEAST, SCALE_MOST = 0.1, 100.0
FULL_SCALE = 62.0
RESIDENTS, AREA_KM2 = 300_000, 480.0
SMALL = (5, 24, 160, 1_000)
"""Districts, towns, communities, grids at scale 1."""
FULL = (38, 1_031, 11_270, 62_000)
"""The same at scale 62: those of the largest city we know (see the guide)."""


@dataclass(frozen=True)
class Size:
    """Numbers of places by level, residents, and the area they live on."""

    districts: int
    towns: int
    communities: int
    grids: int
    residents: int
    area_km2: float


def size_of(scale: float) -> Size:
    """The size at a scale: powers of the scale that pass through both known cities. ValueError outside 0.1 .. 100."""
    if not SCALE_LEAST <= scale <= SCALE_MOST:
        raise ValueError(f"The scale is {scale:g}; it can be from {SCALE_LEAST:g} to {SCALE_MOST:g}. 1 is 1,000 grids.")
    counts = [
        max(2, round(small * scale ** (log(full / small) / log(FULL_SCALE))))
        for small, full in zip(SMALL, FULL, strict=True)
    ]
    districts, towns, communities, grids = counts
    return Size(districts, towns, communities, grids, residents=round(RESIDENTS * scale), area_km2=AREA_KM2 * scale)
