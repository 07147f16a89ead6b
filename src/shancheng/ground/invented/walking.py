"""Writes what one walks on and to in the invented city: streets, relief, homes, facilities, areas, sites, links."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
import shapely

from shancheng.ground.invented.census import Register, registers_of
from shancheng.ground.invented.draft import Draft
from shancheng.ground.invented.facilities import Facility, Grids, facilities_of, services
from shancheng.ground.invented.homes import Houses, Slots, houses_of, slots_of
from shancheng.ground.invented.lattice import STAIR, Lattice, lattice_of
from shancheng.ground.invented.place import levels_of
from shancheng.ground.invented.relief import write_relief
from shancheng.ground.invented.size import Size, size_of
from shancheng.ground.invented.streets import AREAS, RISE_FOR_LIFT_M, Area, draw_streets, write_extract
from shancheng.ground.invented.terrain import Land, land_of
from shancheng.ground.invented.write import degrees, write_csv

STREETS, RELIEF = "streets.osm.pbf", "relief.tif"
HOMES, FACILITIES, AREA_FILE, CATEGORIES = "homes.csv", "facilities.csv", "areas.geojson", "facility-categories.csv"
LINKS, SITES = "links.csv", "sites.csv"
OWN_CHANCE = 4
"""Streets draw from a chance of their own, so that the places of a seed stay what they were."""
FORMS = {
    "park-gated": ("park", "公园（有门）", "park with gates"),
    "park-open": ("park", "公园", "park"),
    "school-gated": ("lower-secondary-school", "中学校园", "school grounds"),
    "clinic-walled": ("health-centre", "在建卫生中心", "health centre behind a wall"),
}
CNY_PER_M = {"bridge": 60_000, "stairs": 9_000, "lift": 45_000}
CNY_PER_PLACE, ROUND_CNY = 25_000, 10_000
"""What links and buildings would cost. Assumptions."""
SITES_PER_GRID = 0.3


class Walking(msgspec.Struct, frozen=True, kw_only=True):
    """What was written."""

    folder: str
    seed: int
    scale: float
    junctions: int
    nodes: int
    ways: int
    homes: int
    residents: int
    facilities: int
    areas: int
    links: int
    sites: int


def write_streets(folder: Path, seed: int = 7, scale: float = 1.0) -> Walking:
    """Write the walking city of a seed and scale into a folder: the same two always give the same bytes.

    It belongs to the pack that `build` makes of them: every resident of every grid lives in a home of it. ValueError
    for a scale out of bounds.
    """
    size = size_of(scale)
    land, registers, towns = _city(size, seed)
    chance = np.random.default_rng([seed, OWN_CHANCE])
    lattice = lattice_of(land, size, max(len(AREAS), size.towns // 2), towns, chance)
    draft, areas, fronts = draw_streets(lattice, chance)
    slots = slots_of(fronts, registers[-1], chance)
    houses = houses_of(slots, registers[-1], chance)
    facilities = facilities_of(houses, slots, _grids(registers), chance)
    folder.mkdir(parents=True, exist_ok=True)
    write_extract(folder / STREETS, draft)
    write_relief(folder / RELIEF, land, _box(draft, houses), chance)
    _write_areas(folder / AREA_FILE, areas)
    write_csv(folder / CATEGORIES, ("key", "name_zh", "name_en"), ((s.key, s.name_zh, s.name_en) for s in services()))
    sites = round(size.grids * SITES_PER_GRID)
    homes = ("id", "lon", "lat", "people", "people_older", "people_child", "place")
    return Walking(
        folder=str(folder),
        seed=seed,
        scale=scale,
        junctions=len(lattice.points),
        nodes=len(draft.places),
        ways=len(draft.ways),
        homes=write_csv(folder / HOMES, homes, _home_rows(houses, registers[-1])),
        residents=int(houses.people.sum()),
        facilities=write_csv(folder / FACILITIES, FACILITY_COLUMNS, _facility_rows(facilities)),
        areas=len(areas),
        links=write_csv(folder / LINKS, LINK_COLUMNS, _link_rows(lattice)),
        sites=write_csv(folder / SITES, SITE_COLUMNS, _site_rows(slots, houses, sites, chance)),
    )


FACILITY_COLUMNS = ("id", "name", "lon", "lat", "category", "capacity")
LINK_COLUMNS = ("id", "kind", "from_lon", "from_lat", "to_lon", "to_lat", "cost")
SITE_COLUMNS = ("id", "lon", "lat", "cost", "capacity")


def _city(size: Size, seed: int) -> tuple[Land, tuple[Register, ...], np.ndarray]:
    """The land and places exactly as `build` draws them, and the middles of towns."""
    chance = np.random.default_rng(seed)
    land = land_of(size, chance)
    levels, traits = levels_of(land, size, chance)
    order = np.argsort(-levels[2].residents, kind="stable")
    return land, registers_of(levels, traits, chance), levels[2].centre[order]


def _grids(registers: tuple[Register, ...]) -> Grids:
    """The grids with their districts, found by way of their communities and towns."""
    above = np.arange(len(registers[-1].ids))
    for level in range(len(registers) - 1, 1, -1):
        above = np.searchsorted(registers[level - 1].ids, registers[level].parents)[above]
    middles = shapely.get_coordinates(shapely.centroid(registers[-1].outlines))
    return Grids(above, registers[-1].residents, middles)


def _box(draft: Draft, houses: Houses) -> tuple[float, float, float, float]:
    places = degrees(np.concatenate([np.array(draft.places), houses.places]))
    (west, south), (east, north) = places.min(axis=0).tolist(), places.max(axis=0).tolist()
    return west, south, east, north


def _home_rows(houses: Houses, grids: Register) -> Iterator[Sequence[object]]:
    columns = (houses.people, houses.older, houses.children, grids.ids[houses.grid])
    rows = zip(degrees(houses.places).tolist(), *(column.tolist() for column in columns), strict=True)
    for number, ((lon, lat), people, older, children, place) in enumerate(rows, start=1):
        yield f"H{number:06d}", lon, lat, people, older, children, place


def _facility_rows(facilities: list[Facility]) -> Iterator[Sequence[object]]:
    places = degrees(np.array([facility.place for facility in facilities])).tolist()
    for facility, (lon, lat) in zip(facilities, places, strict=True):
        service = facility.service
        yield facility.id, f"{service.name_zh} {facility.number}", lon, lat, service.key, facility.capacity


def _link_rows(lattice: Lattice) -> Iterator[Sequence[object]]:
    """Where a river or a slope keeps neighbours apart: a bridge, stairs or a lift could be built."""
    places, height = degrees(lattice.points).tolist(), lattice.height_m.tolist()
    for number, (one, other) in enumerate(lattice.refused.tolist(), start=1):
        length = float(np.hypot(*(lattice.points[one] - lattice.points[other])))
        rise = abs(height[other] - height[one])
        kind = "bridge" if rise / length <= STAIR else "lift" if rise > RISE_FOR_LIFT_M else "stairs"
        cost = max(1, round(CNY_PER_M[kind] * length / ROUND_CNY)) * ROUND_CNY
        yield f"L{number:05d}", kind, *places[one], *places[other], cost


def _site_rows(slots: Slots, houses: Houses, count: int, chance: np.random.Generator) -> Iterator[Sequence[object]]:
    """Free plots where something could be built, each in another grid; dearer where more people live."""
    residents = np.bincount(houses.grid, houses.people, len(slots.first) - 1)
    open_grids = np.flatnonzero((np.diff(slots.first) > 0) & (residents > 0))
    grids = np.sort(chance.choice(open_grids, min(count, len(open_grids)), replace=False))
    places = degrees(slots.places[slots.first[grids + 1] - 1]).tolist()
    capacity = np.round(chance.lognormal(np.log(300), 0.4, len(grids)), -1)
    cost = np.round(capacity * CNY_PER_PLACE * (0.6 + residents[grids] / residents[grids].mean()), -5)
    for number, row in enumerate(zip(places, cost.tolist(), capacity.tolist(), strict=True), start=1):
        (lon, lat), cny, holds = row
        yield f"S{number:05d}", lon, lat, int(max(cny, ROUND_CNY)), int(holds)


def _write_areas(path: Path, areas: Sequence[Area]) -> None:
    features = []
    for number, area in enumerate(areas, start=1):
        category, name_zh, _ = FORMS[area.form]
        ring = degrees(shapely.get_coordinates(area.outline)).tolist()
        told = {"id": f"A{number:03d}", "name": f"{name_zh} {number}", "category": category}
        told |= {"capacity": round(area.outline.area), "origin": "synthetic"}
        shape = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": told, "geometry": shape})
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")
