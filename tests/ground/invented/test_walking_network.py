"""The network of the invented city is built from its own files, and tells who reaches what and who lacks it."""

import datetime as dt
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from shancheng.ground.datum import from_wgs84
from shancheng.ground.invented.facilities import services
from shancheng.ground.invented.walking import AREA_FILE, FACILITIES, HOMES, RELIEF, STREETS, write_streets
from shancheng.ground.network import walkers
from shancheng.ground.network.build import build
from shancheng.ground.network.gates import Gates, gates_in, write_gates
from shancheng.ground.network.labels import Entrances, entrances_of, sources_of, times_at
from shancheng.ground.network.network import Network
from shancheng.ground.network.points import Facilities, Homes, read_areas, read_facilities, read_homes
from shancheng.ground.network.shifted import shift_finding
from shancheng.ground.network.snapping import Way, snap
from shancheng.ground.network.walkers import WalkTables, walk_tables
from shancheng.ground.pack import find_pack, load_packs
from shancheng.methods.graph.arcs import FAR
from shancheng.methods.graph.nearest import nearest

pytestmark = pytest.mark.slow
KEYS = tuple(service.key for service in services())
QUARTER, HOURS = 9_000, 72_000
"""A quarter of an hour and two hours, deciseconds."""


class City(NamedTuple):
    network: Network
    tables: WalkTables
    homes: Homes
    facilities: Facilities
    gates: Gates
    park: np.ndarray
    """Positions of the areas that are parks."""
    entrances: Facilities
    """The gates once more, from a file."""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    folder: Path = tmp_path_factory.mktemp("walking")
    write_streets(folder, seed=7, scale=0.3)
    tables = walk_tables(load_packs([find_pack("base")], walkers.TABLES), dt.date(2026, 1, 1))
    walked = ["adult", "older", "wheelchair-strict"]
    network = build(folder / STREETS, folder / RELIEF, walked, tables, day=dt.date(2026, 1, 1))
    areas = read_areas(folder / AREA_FILE, categories=KEYS)
    gates = gates_in(folder / STREETS, areas, tables, "adult")
    write_gates(folder / "gates.csv", areas, gates)
    park = np.flatnonzero(areas.category == KEYS.index("park"))
    homes, facilities = read_homes(folder / HOMES), read_facilities(folder / FACILITIES, categories=KEYS)
    return City(network, tables, homes, facilities, gates, park, read_facilities(folder / "gates.csv", categories=KEYS))


def entrances(city: City, walker: str) -> Entrances:
    who = city.tables.walkers[walker]
    return entrances_of(snap(city.network, who, city.facilities.lon, city.facilities.lat), city.facilities.category)


def shares(city: City, walker: str, limit: int, *, way: Way = "there") -> np.ndarray:
    """Share of people who reach each category within a limit."""
    homes = snap(city.network, city.tables.walkers[walker], city.homes.lon, city.homes.lat, ids=city.homes.ids)
    doors, arcs = entrances(city, walker), city.network.arcs(walker)
    over = arcs.reversed() if way == "there" else arcs
    found = nearest(over, sources_of(doors, way=way), categories=len(KEYS), limit=limit)
    reached = times_at(found, homes, doors, way=way).time[:, :, 0] < FAR
    return np.asarray(reached @ city.homes.people / city.homes.people.sum())


def test_most_people_can_walk_to_every_category_and_many_lack_it_within_a_quarter_of_an_hour(city: City) -> None:
    walk, near = shares(city, "adult", HOURS), shares(city, "adult", QUARTER)

    placed = np.isin(np.arange(len(KEYS)), city.facilities.category)
    assert (walk[placed] > 0.8).all()
    assert (near[placed] > 0.1).all()
    assert (near < 0.97).all()
    assert near[KEYS.index("shop")] > 0.6 > near[KEYS.index("nursing-home")]


def test_older_people_reach_less_and_who_needs_a_way_without_steps_the_least(city: City) -> None:
    adult, older, wheels = (shares(city, walker, QUARTER).sum() for walker in ("adult", "older", "wheelchair-strict"))

    assert adult > older > wheels > 0


def test_there_and_back_are_not_the_same_on_hills(city: City) -> None:
    assert (shares(city, "adult", QUARTER) != shares(city, "adult", QUARTER, way="back")).any()


def test_people_on_the_island_reach_only_what_is_on_it(city: City) -> None:
    homes = snap(city.network, city.tables.walkers["adult"], city.homes.lon, city.homes.lat, ids=city.homes.ids)
    sizes = np.bincount(city.network.component)

    alone = np.unique(homes.point[sizes[city.network.component[homes.tail]] < 20])
    doors = entrances(city, "adult")
    arcs = city.network.arcs("adult").reversed()
    found = nearest(arcs, sources_of(doors, way="there"), categories=len(KEYS), limit=HOURS)
    lone = times_at(found, homes, doors, way="there").time[:, alone, 0]
    assert len(alone) > 0
    assert (lone == FAR).mean() > 0.9


def test_parks_are_entered_at_gates_and_walls_keep_everybody_out(city: City) -> None:
    by_area = np.bincount(city.gates.area, minlength=4)

    assert (by_area[city.park] > 0).all()
    assert [area.id for area in city.gates.unentered] == ["A004"]
    snapped = snap(city.network, city.tables.walkers["adult"], city.gates.lon, city.gates.lat)
    assert not snapped.lost
    assert snapped.leg_m.max() < 8.0
    assert snapped.leg_m[snapped.first[:-1]].max() < 0.1


def test_the_gates_of_a_park_are_one_facility_and_the_nearest_of_them_counts(city: City) -> None:
    doors = city.entrances
    snapped = snap(city.network, city.tables.walkers["adult"], doors.lon, doors.lat, ids=doors.ids)
    homes = snap(city.network, city.tables.walkers["adult"], city.homes.lon, city.homes.lat, ids=city.homes.ids)
    gates = entrances_of(snapped, doors.category, doors.facility)

    found = nearest(city.network.arcs("adult").reversed(), sources_of(gates, way="there"), categories=len(KEYS),
                    limit=QUARTER, k=3)  # fmt: skip

    park = times_at(found, homes, gates, way="there").facility[KEYS.index("park")]
    assert len(np.unique(doors.facility)) < len(doors.ids)
    assert set(park[park >= 0].tolist()) <= set(doors.facility.tolist())
    assert all(len(set(row)) == len(row) for row in (row[row >= 0].tolist() for row in park))


def test_homes_in_gcj_02_are_said_to_look_like_it_and_right_ones_are_not(city: City) -> None:
    lon, lat = from_wgs84(city.homes.lon, city.homes.lat, "gcj02")

    finding = shift_finding(city.network, lon, lat, what="homes.csv")

    assert finding is not None
    assert "points look like GCJ-02, not WGS-84" in finding.sentence
    assert "read them with datum 'gcj02'" in finding.sentence
    assert shift_finding(city.network, city.homes.lon, city.homes.lat, what="homes.csv") is None
