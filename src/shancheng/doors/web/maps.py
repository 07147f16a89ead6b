"""Maps as drawings made on the server: places shaded by a count, each a link; the table beside them says the same."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely

from shancheng.doors.web.ask import Ask

WIDTH = 640.0
TOLERANCE = 1.2
"""In units of the drawing: finer than the eye sees on it."""
PLACES_MAX = 120
SHADES = 5


@dataclass(frozen=True)
class Area:
    """One place of a map."""

    place: int
    name: str
    path: str
    """Outline as SVG path data."""
    x: float
    y: float
    count: int | None
    shade: int
    link: str


@dataclass(frozen=True)
class MapView:
    """A drawn map."""

    width: int
    height: int
    areas: tuple[Area, ...]
    bounds: tuple[int, ...]
    """Smallest count of each shade."""


@dataclass(frozen=True)
class Drawing:
    """Outlines of places, drawn once."""

    width: int
    height: int
    outlines: Mapping[int, tuple[str, float, float]]
    """Path data and where the name stands, by place."""


def map_of(ask: Ask, counts: Mapping[int, int | None], link: str) -> MapView | None:
    """A map of places, all of one level, by count; None where their shapes are not known or there are too many."""
    drawing = _drawing(ask, tuple(counts))
    if drawing is None:
        return None
    bounds = _bounds([count or 0 for count in counts.values()])
    areas = [
        Area(
            place=place,
            name=ask.place_name(place),
            path=path,
            x=x,
            y=y,
            count=counts[place],
            shade=sum((counts[place] or 0) >= bound for bound in bounds[1:]),
            link=f"{link}/{place}",
        )
        for place, (path, x, y) in drawing.outlines.items()
    ]
    return MapView(drawing.width, drawing.height, tuple(areas), bounds)


def _bounds(counts: list[int]) -> tuple[int, ...]:
    """Five shades in round steps up to the largest count."""
    top = max([*counts, 2 * SHADES])
    step = math.ceil(top / SHADES)
    unit = 10 ** max(0, len(str(step)) - 1)
    step = math.ceil(step / unit) * unit if step > 10 else step
    return tuple(step * number for number in range(SHADES))


def _drawing(ask: Ask, places: tuple[int, ...]) -> Drawing | None:
    tree = ask.rules.places
    key = f"map:{tree.etag}:{hash(places)}"
    if key not in ask.site.shown:
        ask.site.shown[key] = _draw(ask, places)
    found: Drawing | None = ask.site.shown[key]
    return found


def _draw(ask: Ask, places: tuple[int, ...]) -> Drawing | None:
    tree = ask.rules.places
    levels = {tree.node(place).level for place in places}
    if len(levels) != 1 or len(places) > PLACES_MAX:
        return None
    known, shapes = tree.shapes.on(levels.pop(), np.array(places, np.int64), tree.last_day)
    if not len(known):
        return None
    west, south, east, north = shapely.total_bounds(shapes)
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = WIDTH / ((east - west) * squeeze or 1)

    def onto(xy: np.ndarray) -> np.ndarray:
        return np.column_stack(((xy[:, 0] - west) * squeeze * scale, (north - xy[:, 1]) * scale))

    drawn = shapely.simplify(shapely.transform(shapes, onto), TOLERANCE)
    middles = shapely.point_on_surface(drawn)
    outlines = {
        int(place): (_path(shape), round(middle.x, 1), round(middle.y, 1))
        for place, shape, middle in zip(known, drawn, middles, strict=True)
    }
    return Drawing(round(WIDTH), round((north - south) * scale), outlines)


def _path(shape: shapely.Geometry) -> str:
    rings = shapely.get_rings(shape)
    return "".join(f"M{_points(ring)}Z" for ring in rings)


def _points(ring: shapely.Geometry) -> str:
    return "L".join(f"{x:.1f} {y:.1f}" for x, y in shapely.get_coordinates(ring))
