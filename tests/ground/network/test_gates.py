"""Areas are entered by their gates or where streets cross their outline, never at their centre."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import osmium
import osmium.osm.mutable as osm
import pytest
import shapely

from shancheng.ground.network import walkers
from shancheng.ground.network.classes import classes
from shancheng.ground.network.gates import Gates, gates_of
from shancheng.ground.network.segments import segments_of
from shancheng.ground.network.streets import read_streets
from shancheng.ground.network.walkers import WalkTables, walk_tables
from shancheng.ground.pack import find_pack, load_packs

Spot = tuple[float, float]
Way = tuple[list[Spot], Mapping[str, str]]
Enter = Callable[..., Gates]
SIDE = 0.001
PARK = shapely.box(106.5, 29.5, 106.5 + SIDE, 29.5 + SIDE)
PATH = {"highway": "footway"}


@pytest.fixture(scope="module")
def tables() -> WalkTables:
    return walk_tables(load_packs([find_pack("base")], walkers.TABLES), dt.date(2026, 1, 1))


@pytest.fixture
def enter(tmp_path: Path, tables: WalkTables) -> Enter:
    """Gates of areas among ways given in shares of the park's side, nodes with tags given by place."""

    def entered(
        ways: list[Way],
        nodes: Mapping[Spot, Mapping[str, str]] | None = None,
        areas: Sequence[shapely.Geometry] = (PARK,),
        by: WalkTables = tables,
    ) -> Gates:
        spots = sorted({spot for way, _ in ways for spot in way})
        with osmium.SimpleWriter(str(tmp_path / "streets.osm.pbf"), overwrite=True) as writer:
            for number, spot in enumerate(spots, start=1):
                place = (106.5 + spot[0] * SIDE, 29.5 + spot[1] * SIDE)
                writer.add_node(osm.Node(id=number, location=place, tags=(nodes or {}).get(spot, {})))
            for number, (way, tags) in enumerate(ways, start=1):
                writer.add_way(osm.Way(id=number, nodes=[1 + spots.index(spot) for spot in way], tags=tags))
        streets = read_streets(tmp_path / "streets.osm.pbf", keys=by.keys | by.gate_keys, chosen_by=by.way_keys)
        ids = [f"A{number}" for number in range(len(areas))]
        found, shapes, walker = classes(streets, by), np.array(areas, object), by.walkers["adult"]
        return gates_of(shapes, ids, streets, segments_of(streets), found, walker, rules=by.gates)

    return entered


def places(gates: Gates) -> list[Spot]:
    east, north = (gates.lon - 106.5) / SIDE, (gates.lat - 29.5) / SIDE
    return sorted((round(x, 4), round(y, 4)) for x, y in zip(east.tolist(), north.tolist(), strict=True))


IN_AND_OUT: Way = ([(-0.5, 0.5), (0.0, 0.5), (0.5, 0.5)], PATH)
THROUGH: Way = ([(0.3, -0.5), (0.3, 1.5)], PATH)


def test_an_area_with_an_open_gate_is_entered_there_and_not_where_a_street_crosses(enter: Enter) -> None:
    gates = enter([IN_AND_OUT, THROUGH], {(0.0, 0.5): {"barrier": "gate"}})

    assert places(gates) == [(0.0, 0.5)]
    assert (gates.ids, gates.mapped.tolist()) == (("A0, entrance 1",), [True])


def test_without_a_gate_it_is_entered_wherever_streets_cross_its_outline(enter: Enter) -> None:
    gates = enter([IN_AND_OUT, THROUGH])

    assert places(gates) == [(0.0, 0.5), (0.3, 0.0), (0.3, 1.0)]
    assert gates.mapped.tolist() == [False] * 3


def test_a_gate_drawn_a_few_metres_beside_the_outline_belongs_to_it(enter: Enter) -> None:
    gates = enter([([(-0.5, 0.5), (-0.06, 0.5), (0.5, 0.5)], PATH)], {(-0.06, 0.5): {"barrier": "gate"}})

    assert places(gates) == [(-0.06, 0.5)]


def test_a_locked_gate_is_none_and_what_passes_through_it_does_not_cross(enter: Enter) -> None:
    locked = {(0.0, 0.5): {"barrier": "gate", "access": "private"}}

    assert places(enter([IN_AND_OUT, THROUGH], locked)) == [(0.3, 0.0), (0.3, 1.0)]
    (unentered,) = enter([IN_AND_OUT], locked).unentered
    assert str(unentered).endswith(
        "its gate is closed to this walker, and no street crosses its outline; "
        "map its gates, it is out of reach until then."
    )


def test_an_area_with_neither_is_named_with_its_place_and_never_entered_at_its_centre(enter: Enter) -> None:
    gates = enter([([(-0.5, -0.5), (1.5, -0.5)], PATH)])

    (unentered,) = gates.unentered
    assert len(gates.area) == 0
    assert (unentered.id, unentered.closed) == ("A0", 0)
    assert str(unentered).startswith("'A0' at 106.500500, 29.500500: it has no gate, and no street crosses its outline")


def test_a_bridge_over_an_area_and_a_road_for_cars_only_do_not_enter_it(enter: Enter) -> None:
    bridge: Way = (THROUGH[0], {"highway": "footway", "bridge": "yes", "layer": "1"})
    motorway: Way = ([(0.7, -0.5), (0.7, 1.5)], {"highway": "motorway"})

    assert len(enter([IN_AND_OUT, bridge, motorway]).area) == 1


def test_several_areas_keep_their_own_entrances_in_order(enter: Enter) -> None:
    other = shapely.MultiPolygon([shapely.box(106.5 + 2 * SIDE, 29.5, 106.5 + 3 * SIDE, 29.5 + SIDE)])
    across: Way = ([(-0.5, 0.4), (3.5, 0.4)], PATH)

    gates = enter([across], areas=(PARK, other))

    assert gates.area.tolist() == [0, 0, 1, 1]
    assert gates.ids == ("A0, entrance 1", "A0, entrance 2", "A1, entrance 1", "A1, entrance 2")


@pytest.mark.parametrize(
    ("tags", "gate"),
    [
        ({"entrance": "main"}, True),
        ({"entrance": "emergency"}, False),
        ({"entrance": "garage"}, False),
        ({"entrance": "no", "barrier": "kissing_gate"}, True),
        ({"barrier": "bollard"}, True),
        ({"barrier": "log"}, False),
    ],
)
def test_what_the_shipped_table_calls_a_gate(enter: Enter, tags: Mapping[str, str], gate: bool) -> None:
    gates = enter([IN_AND_OUT, THROUGH], {(0.0, 0.5): tags})

    assert gates.mapped.tolist() == ([True] if gate else [False] * 3)


def test_a_city_replaces_what_a_gate_is_by_key_with_tags_the_base_never_reads(enter: Enter, tmp_path: Path) -> None:
    pack = tmp_path / "town"
    pack.mkdir()
    (pack / "city.toml").write_text('key = "town"\nname = { zh = "镇", en = "Town" }\nneeds = ["base"]\nsource = "t"\n')
    (pack / "gates.toml").write_text(
        """
[[record]]
key = "gate"
when = { barrier = ["gate"], checkpoint = ["*"] }
unless = { checkpoint = ["shut"], disused = ["*"] }
basis = "seen"
source = "a test"
"""
    )
    town = walk_tables(load_packs([pack], walkers.TABLES), dt.date(2026, 1, 1))
    ways = [IN_AND_OUT, THROUGH]

    def mapped(**tags: str) -> bool:
        return enter(ways, {(0.0, 0.5): {"barrier": "gate", **tags}}, by=town).mapped.all()

    assert town.gate_keys == {"barrier", "checkpoint", "disused", "entrance"}
    assert mapped(checkpoint="east")
    assert not mapped()
    assert not mapped(checkpoint="shut")
    assert not mapped(checkpoint="east", disused="yes")
    assert enter(ways, {(0.0, 0.5): {"entrance": "yes"}}, by=town).mapped.all()
