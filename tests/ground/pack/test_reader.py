"""The pack reader: what it finds, how it says so, and which record wins."""

import datetime as dt
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shancheng.ground.access import Role
from shancheng.ground.pack import Fault, PackError, Table, find_pack, load_packs, read_packs
from shancheng.ground.pack.fault import nearest
from shancheng.ground.territory import PlaceVersion
from shancheng.loop.kind import Duty, Severity

from .makers import DAMAGES, TABLES, faults_of, good_pack, in_gb18030, read_rows, replace, set_cell, write_rows

TODAY = dt.date(2026, 1, 1)


def test_a_good_pack_has_no_fault(tmp_path: Path):
    assert faults_of(good_pack(tmp_path)) == ()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("what", DAMAGES)
def test_every_damage_is_found_under_its_code(tmp_path: Path, what: str, seed: int):
    code, damage = DAMAGES[what]
    folder = good_pack(tmp_path)

    damage(folder, Random(seed))

    found = faults_of(folder)
    assert code in {fault.code for fault in found}, f"seed {seed}: {[str(fault) for fault in found]}"
    assert all(fault.message.endswith((".", "...")) and fault.file for fault in found)


def test_all_faults_of_a_pack_are_reported_at_once(tmp_path: Path):
    folder = good_pack(tmp_path)
    rows = read_rows(folder / "places.csv")
    rows[1][1], rows[1][3], rows[1][7] = "one", "", ""
    rows[3][5] = "2024-13-01"
    write_rows(folder / "places.csv", rows)
    replace(folder / "severities.toml", "grade = 4", "grade = true")

    found = {(fault.file, fault.line, fault.field, fault.code) for fault in faults_of(folder)}

    assert found == {
        ("hill/places.csv", 2, "level", "wrong-type"),
        ("hill/places.csv", 2, "name", "empty-name"),
        ("hill/places.csv", 2, "source", "missing-source"),
        ("hill/places.csv", 4, "from", "wrong-type"),
        ("hill/severities.toml", 2, "grade", "wrong-type"),
    }


def test_a_fault_names_file_line_record_field_and_nearest_name(tmp_path: Path):
    folder = good_pack(tmp_path)
    set_cell(folder / "duties.csv", Random(1), "lead", "harbor", rows=range(2, 3))

    found = faults_of(folder)

    assert [str(fault) for fault in found] == [
        "hill/duties.csv, line 3, quay, lead: there is no agency named 'harbor'. Did you mean 'harbour'? [unknown-name]"
    ]


def test_text_that_is_not_utf_8_is_named_by_byte_and_line(tmp_path: Path):
    folder = good_pack(tmp_path)
    in_gb18030(folder, Random(0))

    fault = next(fault for fault in faults_of(folder) if fault.code == "encoding")

    assert fault.line > 0
    assert "gb18030" in fault.message


def test_a_byte_order_mark_is_no_fault(tmp_path: Path):
    folder = good_pack(tmp_path)
    for name in ("places.csv", "severities.toml"):
        path = folder / name
        path.write_text(path.read_text("utf-8"), "utf-8-sig")

    assert faults_of(folder) == ()


def test_quoted_cells_may_hold_commas_and_line_breaks(tmp_path: Path):
    folder = good_pack(tmp_path)
    set_cell(folder / "agencies.csv", Random(0), "name_en", 'Works, roads\nand "light"', rows=range(1, 2))
    set_cell(folder / "duties.csv", Random(0), "lead", "wroks", rows=range(2, 3))

    found = faults_of(folder)

    assert [(fault.code, fault.line) for fault in found] == [("unknown-name", 3)]


def test_loading_a_faulty_pack_raises_with_every_fault(tmp_path: Path):
    folder = good_pack(tmp_path)
    set_cell(folder / "places.csv", Random(2), "name", "")
    set_cell(folder / "agencies.csv", Random(2), "source", "")

    with pytest.raises(PackError) as error:
        load_packs([folder], TABLES)

    assert {fault.code for fault in error.value.faults} == {"empty-name", "missing-source"}
    assert "hill/places.csv" in str(error.value)


def test_packs_that_are_needed_are_read_first(tmp_path: Path):
    packs = load_packs([good_pack(tmp_path)], TABLES)

    assert [pack.key for pack in packs.packs] == ["base", "hill"]
    assert packs.city.key == "hill"


def test_a_later_pack_replaces_a_whole_record_and_leaves_the_others(tmp_path: Path):
    packs = load_packs([good_pack(tmp_path)], TABLES)

    severities = packs.table("severities", Severity)
    ordinary = packs.in_force("severities", Severity, "grade-4", TODAY)

    assert len(severities) == 4
    assert ordinary is not None and ordinary.source == "invented"
    assert packs.origins["severities"][-1].file == "hill/severities.toml"


def test_a_later_pack_replaces_every_version_of_a_record(tmp_path: Path):
    folder = good_pack(tmp_path)
    later = tmp_path / "later"
    later.mkdir()
    (later / "city.toml").write_text('key = "later"\nname = { en = "Later" }\nneeds = ["hill"]\n', "utf-8")
    rows = read_rows(folder / "places.csv")
    write_rows(later / "places.csv", [rows[0], ["4", "3", "2", "石板街道", "050001001", "2024-01-01", "", "invented"]])

    packs = load_packs([later], TABLES)

    assert [place.name for place in packs.versions("places", PlaceVersion, 4)] == ["石板街道"]
    assert packs.in_force("places", PlaceVersion, 4, dt.date(2015, 1, 1)) is None


def test_the_version_in_force_is_the_one_of_the_day(tmp_path: Path):
    packs = load_packs([good_pack(tmp_path)], TABLES)

    names = [packs.in_force("places", PlaceVersion, 4, dt.date(year, 1, 1)) for year in (2009, 2010, 2019, 2020)]

    assert [place and place.name for place in names] == [None, "石板乡", "石板乡", "石板镇"]


def test_standing_gives_one_version_a_key(tmp_path: Path):
    packs = load_packs([good_pack(tmp_path)], TABLES)

    assert len(packs.standing("places", PlaceVersion, TODAY)) == 5
    assert len(packs.standing("places", PlaceVersion, dt.date(2000, 1, 1))) == 3


def test_lists_in_a_cell_are_separated_by_semicolons(tmp_path: Path):
    folder = good_pack(tmp_path)
    set_cell(folder / "duties.csv", Random(0), "supports", "works; harbour;", rows=range(1, 2))

    duty = load_packs([folder], TABLES).in_force("duties", Duty, "all", TODAY)

    assert duty is not None and duty.supports == ("works", "harbour")


def test_a_table_that_is_needed_and_not_there_is_a_fault(tmp_path: Path):
    needed = Table("wards", PlaceVersion, ("id",), form="csv", required=True)

    _, faults = read_packs([good_pack(tmp_path)], [needed])

    assert [(fault.code, fault.file) for fault in faults] == [("missing-file", "hill/wards.csv")]


def test_toml_records_may_be_spread_over_a_folder(tmp_path: Path):
    folder = good_pack(tmp_path)
    (folder / "severities").mkdir()
    (folder / "severities" / "more.toml").write_text(
        (folder / "severities.toml").read_text("utf-8").replace("grade-4", "grade-5").replace("= 4", "= 5"), "utf-8"
    )

    packs = load_packs([folder], TABLES)

    assert packs.in_force("severities", Severity, "grade-5", TODAY) is not None


def test_a_pack_that_is_not_there_names_the_nearest():
    with pytest.raises(PackError) as error:
        find_pack("bsae")

    assert error.value.faults[0].nearest == "base"


def test_a_folder_that_is_no_pack_says_how_to_make_one(tmp_path: Path):
    with pytest.raises(PackError, match="pack init"):
        find_pack(tmp_path)


def test_the_shipped_packs_base_and_cn_have_no_fault():
    for name in ("base", "cn"):
        assert [str(fault) for fault in faults_of(find_pack(name))] == []


def test_an_importer_may_date_back_without_bound():
    importer = load_packs([find_pack("base")], TABLES).in_force("roles", Role, "importer", TODAY)

    assert importer is not None and importer.backdate_minutes == -1


def test_nearest_is_found_among_many_names():
    names = [f"place-{number:05d}" for number in range(20_000)]

    assert nearest("placa-01234", names) == "place-01234"
    assert nearest("", names) == ""


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=60), st.sampled_from(["places.csv", "agencies.csv", "severities.toml", "city.toml"]))
def test_no_text_makes_the_reader_fail(tmp_path_factory: pytest.TempPathFactory, text: str, name: str):
    folder = good_pack(tmp_path_factory.mktemp("any"))
    (folder / name).write_text(text, "utf-8", errors="surrogatepass")

    assert all(isinstance(fault, Fault) for fault in faults_of(folder))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(alphabet='a0.,;"\n E+-全', max_size=8), min_size=8, max_size=8))
def test_no_row_makes_the_reader_fail(tmp_path_factory: pytest.TempPathFactory, cells: list[str]):
    folder = good_pack(tmp_path_factory.mktemp("any"))
    rows = read_rows(folder / "places.csv")
    write_rows(folder / "places.csv", [*rows, cells])

    assert all(isinstance(fault, Fault) for fault in faults_of(folder))
