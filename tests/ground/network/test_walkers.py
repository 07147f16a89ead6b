"""Walkers, street rules and measures: what the shipped tables hold, and what is said of wrong ones."""

import datetime as dt
from pathlib import Path

import pytest

from shancheng.ground.network.walkers import MEASURES, TABLES, WalkTables, check, walk_tables
from shancheng.ground.pack import Fault, check_packs, find_pack

DAY = dt.date(2026, 6, 1)


def faults_of(folder: Path, **files: str) -> list[Fault]:
    """A pack over `base` with these tables."""
    pack = folder / "town"
    pack.mkdir()
    (pack / "city.toml").write_text('key = "town"\nname = { zh = "镇", en = "Town" }\nneeds = ["base"]\nsource = "t"\n')
    for name, text in files.items():
        (pack / f"{name}.toml").write_text(text)
    _, faults = check_packs([pack], TABLES, [check])
    return [fault for fault in faults if fault.code != "unread-file"]


def shipped() -> WalkTables:
    packs, faults = check_packs([find_pack("base")], TABLES, [check])
    assert not [fault for fault in faults if fault.code != "unread-file"]
    return walk_tables(packs, DAY)


WALKER = """
[[record]]
key = "adult"
name = { zh = "成年人", en = "adult" }
speed_kmh = 5.0
stairs_up_m_s = 0.6
stairs_down_m_s = 0.6
lift_wait_s = 40
lift_s_per_m = 1.0
escalator_m_s = 0.5
basis = "unverified"
source = "a test"
"""


def test_base_has_the_six_walkers_and_every_measure_and_says_what_each_value_rests_on() -> None:
    tables = shipped()

    assert list(tables.walkers) == [
        "adult",
        "older",
        "child-with-adult",
        "pram",
        "wheelchair-strict",
        "wheelchair-lenient",
    ]
    assert tables.measures.keys() == MEASURES.keys()
    assert tables.measures["step-rise"] == 0.16
    assert tables.walkers["wheelchair-strict"].unknown == "leave"
    assert tables.walkers["wheelchair-lenient"].grade_percent_max == 12


def test_the_keys_to_read_are_those_of_the_rules_and_those_read_as_figures() -> None:
    tables = shipped()

    assert {"highway", "surface", "ramp:wheelchair", "step_count", "incline", "level"} <= tables.keys
    assert "highway" in tables.way_keys
    assert "surface" not in tables.way_keys


def test_every_slip_in_a_table_is_named_at_once_with_the_nearest_right_name(tmp_path: Path) -> None:
    walkers = WALKER.replace("speed_kmh = 5.0", 'speed_kmh = 0\nslope = "toblr"\nneeds = ["foot", "wheelchiar"]')
    streets = """
[[record]]
key = "mine"
when = { highway = ["footway"] }
rank = 50
answers = { whelchair = "no" }
basis = "seen"
source = "a test"

[[record]]
key = "nothing"
when = { highway = ["*"] }
rank = 50
basis = "seen"
source = "a test"
"""
    measures = """
[[record]]
key = "step-rise"
value = 16
unit = "cm"
basis = "seen"
source = "a test"

[[record]]
key = "step-raise"
value = 1
unit = "m"
basis = "seen"
source = "a test"
"""

    found = faults_of(tmp_path, walkers=walkers, streets=streets, measures=measures)

    said = {(fault.file, fault.record, fault.field): fault for fault in found}
    assert said["town/walkers.toml", "adult", "slope"].nearest == "tobler"
    assert said["town/walkers.toml", "adult", "needs"].nearest == "wheelchair"
    assert "above 0" in said["town/walkers.toml", "adult", "speed_kmh"].message
    assert said["town/streets.toml", "mine", "answers"].nearest == "wheelchair"
    assert "says nothing" in said["town/streets.toml", "nothing", ""].message
    assert said["town/measures.toml", "step-rise", "unit"].nearest == "m"
    assert said["town/measures.toml", "step-raise", "key"].nearest == "step-rise"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('basis = "unverified"', 'basis = "sen"'), "'sen' is not one of seen, unverified"),
        (("speed_kmh = 5.0", "speed_kph = 5.0"), "there is no field named 'speed_kph'"),
        (("speed_kmh = 5.0", "speed_kmh = 50"), "50.0 km/h is no walk"),
        (("lift_wait_s = 40", "lift_wait_s = -1"), "may not be below 0"),
        (('source = "a test"', ""), "'source' is missing"),
        (("speed_kmh = 5.0", 'speed_kmh = 5.0\nneeds = ["pram"]'), "must be among the needs"),
    ],
)
def test_a_wrong_walker_is_a_sentence(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    found = faults_of(tmp_path, walkers=WALKER.replace(*change))

    assert any(says in fault.message for fault in found), [str(fault) for fault in found]


def test_a_rule_of_nodes_may_not_speak_of_structure(tmp_path: Path) -> None:
    streets = """
[[record]]
key = "odd"
on = "node"
when = { bridge = ["yes"] }
rank = 5
structure = "bridge"
basis = "seen"
source = "a test"
"""

    found = faults_of(tmp_path, streets=streets)

    assert [fault.field for fault in found] == ["on"]


GATE = """
[[record]]
key = "gate"
when = { barrier = ["gate"] }
basis = "seen"
source = "a test"
"""


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('["gate"]', "[]"), "at least one key with at least one value"),
        (('{ barrier = ["gate"] }', "{}"), "at least one key with at least one value"),
        (("basis", "unless = { barrier = [] }\nbasis"), "a key without a value excepts nothing"),
        (("basis", "rank = 3\nbasis"), "there is no field named 'rank'"),
        (('source = "a test"', ""), "'source' is missing"),
    ],
)
def test_a_wrong_gate_is_a_sentence_with_its_file_and_record(
    tmp_path: Path, change: tuple[str, str], says: str
) -> None:
    (found,) = faults_of(tmp_path, gates=GATE.replace(*change))

    assert says in found.message
    assert (found.file, found.record) == ("town/gates.toml", "gate")


def test_walkers_without_a_word_on_gates_are_not_enough(tmp_path: Path) -> None:
    pack = tmp_path / "alone"
    pack.mkdir()
    (pack / "city.toml").write_text('key = "alone"\nname = { zh = "独", en = "Alone" }\nsource = "t"\n')
    (pack / "walkers.toml").write_text(WALKER)

    _, faults = check_packs([pack], TABLES, [check])

    assert any(fault.file == "alone/gates.toml" and "what a gate is" in fault.message for fault in faults)


def test_what_a_gate_is_changes_no_network(tmp_path: Path) -> None:
    pack = tmp_path / "town"
    pack.mkdir()
    (pack / "city.toml").write_text('key = "town"\nname = { zh = "镇", en = "Town" }\nneeds = ["base"]\nsource = "t"\n')
    (pack / "gates.toml").write_text(GATE)
    packs, _ = check_packs([pack], TABLES, [check])

    town = walk_tables(packs, DAY)

    assert town.gates != shipped().gates
    assert town.version("adult") == shipped().version("adult")


def test_a_later_version_takes_over_on_its_day_and_changes_the_digest(tmp_path: Path) -> None:
    later = WALKER.replace("speed_kmh = 5.0", "speed_kmh = 4.5\nfrom = 2027-01-01")
    pack = tmp_path / "town"
    pack.mkdir()
    (pack / "city.toml").write_text('key = "town"\nname = { zh = "镇", en = "Town" }\nneeds = ["base"]\nsource = "t"\n')
    (pack / "walkers.toml").write_text(WALKER + later)
    packs, _ = check_packs([pack], TABLES, [check])

    before, after = walk_tables(packs, DAY), walk_tables(packs, dt.date(2027, 1, 1))

    assert before.walkers["adult"].speed_kmh == 5.0
    assert after.walkers["adult"].speed_kmh == 4.5
    assert before.version("adult") != after.version("adult")
    assert before.version("older") == after.version("older")
    assert before.walkers["adult"].digest != after.walkers["adult"].digest
    assert before.walkers["older"].digest == after.walkers["older"].digest
