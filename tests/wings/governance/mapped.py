"""The small city with shapes: eight communities in a row, each a square of a hundredth of a degree."""

import json
from pathlib import Path

import shapely
from tests.loop.world import EAST, MILL, QUAY, WEST, rules_of

from shancheng.loop.rules import Rules
from shancheng.wings.governance.desk import Box

SIDE = 0.01
WEST_EDGE, SOUTH_EDGE = 106.0, 29.0
EVERYWHERE = Box(105.0, 28.0, 107.0, 30.0)


def square(first: int, last: int) -> shapely.Geometry:
    """The land of the communities with these numbers, from 0."""
    return shapely.box(WEST_EDGE + SIDE * first, SOUTH_EDGE, WEST_EDGE + SIDE * (last + 1), SOUTH_EDGE + SIDE)


def middle_of(number: int) -> tuple[float, float]:
    """The middle of a community."""
    return (WEST_EDGE + SIDE * (number + 0.5), SOUTH_EDGE + SIDE / 2)


def box_of(first: int, last: int) -> Box:
    """A box around the middles of some communities, and around no other's."""
    (west, north), (east, _) = middle_of(first), middle_of(last)
    return Box(west - SIDE / 4, SOUTH_EDGE, east + SIDE / 4, north + SIDE / 4)


def mapped_rules(folder: Path) -> Rules:
    """The rules of the small city, its places drawn."""
    lands = {
        "district": {EAST: square(0, 3), WEST: square(4, 7)},
        "town": {QUAY + n: square(2 * n, 2 * n + 1) for n in range(MILL - QUAY + 2)},
        "community": {8 + n: square(n, n) for n in range(8)},
    }
    (folder / "geometry").mkdir(parents=True, exist_ok=True)
    for level, shapes in lands.items():
        features = [
            {"type": "Feature", "properties": {"id": place}, "geometry": shapely.geometry.mapping(shape)}
            for place, shape in shapes.items()
        ]
        told = json.dumps({"type": "FeatureCollection", "features": features})
        (folder / "geometry" / f"{level}.geojson").write_text(told, encoding="utf-8")
    return rules_of(folder)
