"""Maps drawn on the server: places shaded by a count, or matters as signs; a table beside them says the same."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from shancheng.doors.web.ask import Ask
from shancheng.wings.governance.desk import Spot

WIDTH = 640.0
TOLERANCE = 1.2
"""In units of the drawing: finer than the eye sees on it."""
PLACES_MAX = 120
SHADES = 5
BUNCH = 44.0
"""Signs nearer to each other than this share one sign with their number."""


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
    west: float
    north: float
    east_scale: float
    north_scale: float
    """Units of the drawing in a degree."""

    def onto(self, lon: float, lat: float) -> tuple[float, float]:
        """Where a point of the earth lies on the drawing."""
        return round((lon - self.west) * self.east_scale, 1), round((self.north - lat) * self.north_scale, 1)


@dataclass(frozen=True)
class Sign:
    """A matter on a drawing, or several that lie too near to each other to be told apart."""

    key: str
    x: float
    y: float
    standing: str
    """The gravest, where there are several."""
    number: int = 1


def map_of(ask: Ask, counts: Mapping[int, int | None], link: str) -> MapView | None:
    """A map of places, all of one level, by count; None where their shapes are not known or there are too many."""
    drawing = drawing_of(ask, tuple(counts))
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


def signs_of(drawing: Drawing, spots: Iterable[Spot]) -> list[Sign]:
    """Each spot as a sign of its own, the first of them on top."""
    signs = [Sign(spot.matter.id, *drawing.onto(*spot.point), spot.standing) for spot in spots]
    return signs[::-1]


def bunched(signs: Sequence[Sign], gravest: Sequence[str]) -> list[Sign]:
    """Signs that lie near to each other as one; `gravest` names the standings, the gravest first."""
    cells: dict[tuple[int, int], list[Sign]] = {}
    for sign in signs:
        cells.setdefault((int(sign.x // BUNCH), int(sign.y // BUNCH)), []).append(sign)
    return [_bunch(near, gravest) for near in cells.values()]


def _bunch(near: Sequence[Sign], gravest: Sequence[str]) -> Sign:
    if len(near) == 1:
        return near[0]
    worst = min(near, key=lambda sign: gravest.index(sign.standing))
    x, y = (round(sum(values) / len(near), 1) for values in zip(*((sign.x, sign.y) for sign in near), strict=True))
    return Sign(worst.key, x, y, worst.standing, len(near))


def _bounds(counts: list[int]) -> tuple[int, ...]:
    """Five shades in round steps up to the largest count."""
    top = max([*counts, 2 * SHADES])
    step = math.ceil(top / SHADES)
    unit = 10 ** max(0, len(str(step)) - 1)
    step = math.ceil(step / unit) * unit if step > 10 else step
    return tuple(step * number for number in range(SHADES))


def places_under(ask: Ask, root: int) -> tuple[int, ...]:
    """The places that a drawing of a place shows: its towns, what lies in a town, or less fine ones of a large city."""
    tree = ask.rules.places
    if root not in tree:
        return ()
    below = tree.node(root).level + 1
    levels = range(max(tree.cell_level, below), below - 1, -1)
    found = [tuple(each for each in map(int, tree.subtree(root)) if tree.node(each).level == level) for level in levels]
    return next((under for under in found if 0 < len(under) <= PLACES_MAX), (root,))


def drawing_of(ask: Ask, places: tuple[int, ...]) -> Drawing | None:
    """Outlines of places of one level; None where their shapes are not known or there are too many."""
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
    west, south, east, north = map(float, shapely.total_bounds(shapes))
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = WIDTH / ((east - west) * squeeze or 1)

    def onto(xy: np.ndarray) -> np.ndarray:
        return np.column_stack(((xy[:, 0] - west) * squeeze * scale, (north - xy[:, 1]) * scale))

    drawn = shapely.coverage_simplify(shapely.transform(shapes, onto), TOLERANCE)
    middles = shapely.point_on_surface(drawn)
    outlines = {
        int(place): (_path(shape), round(middle.x, 1), round(middle.y, 1))
        for place, shape, middle in zip(known, drawn, middles, strict=True)
    }
    height = round((north - south) * scale)
    return Drawing(round(WIDTH), height, outlines, west, north, squeeze * scale, scale)


def _path(shape: shapely.Geometry) -> str:
    rings = shapely.get_rings(shape)
    return "".join(f"M{_points(ring)}Z" for ring in rings)


def _points(ring: shapely.Geometry) -> str:
    return "L".join(f"{x:.0f} {y:.0f}" for x, y in shapely.get_coordinates(ring)[:-1])
