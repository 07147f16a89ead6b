"""The ground of a map: outlines and names of places as GeoJSON, simplified to a bounded size and kept by hash."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from starlette.responses import Response

from shancheng.doors.web.ask import Ask
from shancheng.doors.web.assets import FOR_EVER
from shancheng.doors.web.errors import Turned
from shancheng.doors.web.language import N_
from shancheng.doors.web.page import FRESH, finished

PLACES_MAX = 300
"""Most places of one answer: the levels that go beyond are left to closer looks."""
POINTS_MAX = 3000
"""Most corners of all outlines together; finer ones are left out until they fit."""
FINEST = 1e-5
"""Degrees: about a metre."""
DIGITS = 5


@dataclass(frozen=True)
class Ground:
    """What lies at and under a place, ready to be sent."""

    body: bytes
    hash: str
    bounds: tuple[float, float, float, float]
    """West, south, east, north."""


async def places(ask: Ask) -> Response:
    """GET /map/{place}/places.geojson"""
    place = int(ask.request.path_params["place"])
    found = ground_of(ask, place) if place in ask.rules.places else None
    if found is None:
        raise Turned(404, N_("There is no map of this place"), N_("Its shape is not known; use the lists instead."))
    asked_by_hash = ask.request.query_params.get("v") == found.hash
    headers = {"cache-control": FOR_EVER} if asked_by_hash else FRESH
    return finished(ask, Response(found.body, media_type="application/geo+json", headers=headers))


def ground_of(ask: Ask, place: int) -> Ground | None:
    """The ground of a place; None where no shape of it is known."""
    key = f"ground:{ask.rules.places.etag}:{ask.tongue.code}:{place}"
    if key not in ask.site.shown:
        ask.site.shown[key] = _made(ask, place)
    found: Ground | None = ask.site.shown[key]
    return found


def address_of(ask: Ask, place: int) -> str:
    """Where the ground of a place is found, by its hash; empty where there is none."""
    found = ground_of(ask, place)
    return ask.to(f"/map/{place}/places.geojson?v={found.hash}") if found else ""


def _made(ask: Ask, place: int) -> Ground | None:
    shapes: list[tuple[int, Any, Any]] = []
    for level in _levels(ask, place):
        known, drawn = _shapes(ask, place, level)
        if len(known) and not (shapes and sum(len(each) for _, each, _ in shapes) + len(known) > PLACES_MAX):
            shapes.append((level, known, drawn))
    if not shapes:
        return None
    whole = shapely.total_bounds(np.concatenate([drawn for _, _, drawn in shapes]))
    features = [feature for level, known, drawn in _bounded(shapes) for feature in _features(ask, level, known, drawn)]
    told = {"type": "FeatureCollection", "invented": ask.site.invented, "features": features}
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    west, south, east, north = (round(float(edge), DIGITS) for edge in whole)
    return Ground(body, hashlib.blake2b(body, digest_size=8).hexdigest(), (west, south, east, north))


def _levels(ask: Ask, place: int) -> Sequence[int]:
    """The levels that are drawn: from the one below a place down to the towns, or just the one below a town."""
    tree = ask.rules.places
    below = tree.node(place).level + 1
    return range(below, max(below, tree.cell_level) + 1)


def _shapes(ask: Ask, place: int, level: int) -> tuple[Any, Any]:
    tree = ask.rules.places
    under = [each for each in map(int, tree.subtree(place)) if tree.node(each).level == level]
    return tree.shapes.on(level, np.array(under, np.int64), tree.last_day)


def _bounded(shapes: list[tuple[int, Any, Any]]) -> list[tuple[int, Any, Any]]:
    """The same, coarse enough to hold at most POINTS_MAX corners; borders that places share stay shared."""
    tolerance = FINEST
    while True:
        made = [(level, known, shapely.coverage_simplify(drawn, tolerance)) for level, known, drawn in shapes]
        if sum(int(shapely.get_num_coordinates(drawn).sum()) for _, _, drawn in made) <= POINTS_MAX or tolerance > 1:
            return made
        tolerance *= 2


def _features(ask: Ask, level: int, known: Any, drawn: Any) -> Iterator[dict[str, Any]]:
    middles = shapely.get_coordinates(shapely.point_on_surface(drawn))
    for place, shape, middle in zip(map(int, known), drawn, middles, strict=True):
        about = {"id": place, "level": level, "name": ask.place_name(place)}
        outline = json.loads(shapely.to_geojson(shapely.set_precision(shape, 10**-DIGITS)))
        at = [round(float(edge), DIGITS) for edge in middle]
        yield {"type": "Feature", "id": place, "properties": about, "geometry": outline}
        yield {"type": "Feature", "properties": about, "geometry": {"type": "Point", "coordinates": at}}
