"""Checks: each kind of damage is found under its own code, and what is whole is left alone."""

from pathlib import Path

import pytest
from tests.ground.territory.damage import DAMAGES, LittlePack, shifted

from shancheng.ground.pack import Fault, check_packs
from shancheng.ground.pack.reader import SHIPPED
from shancheng.ground.territory import TABLES
from shancheng.ground.territory.checks import check


def findings(folder: Path) -> list[Fault]:
    _, faults = check_packs([folder], TABLES, [check], [SHIPPED])
    return [fault for fault in faults if fault.code != "unread-file"]


def test_an_intact_pack_has_nothing_to_find(tmp_path: Path) -> None:
    assert findings(LittlePack().write(tmp_path / "little")) == []


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("code", sorted(DAMAGES))
def test_each_kind_of_damage_is_found_under_its_code(code: str, seed: int, tmp_path: Path) -> None:
    pack = LittlePack(seed)
    DAMAGES[code](pack)

    found = findings(pack.write(tmp_path / "little"))

    assert code in {fault.code for fault in found}, "\n".join(map(str, found))


def test_a_single_shifted_district_is_named(tmp_path: Path) -> None:
    pack = LittlePack()
    pack.shapes[2][14] = shifted(pack.shapes[2][14])

    found = [fault for fault in findings(pack.write(tmp_path / "little")) if fault.code == "datum-shift"]

    assert [fault.record for fault in found] == ["14"]


def test_a_finding_names_file_line_and_record(tmp_path: Path) -> None:
    pack = LittlePack()
    pack.rows[5]["parent"] = 7777

    found = findings(pack.write(tmp_path / "little"))[0]

    assert (found.code, found.file, found.line, found.field) == ("orphan", "little/places.csv", 7, "parent")


def test_the_shipped_tree_of_a_real_city_has_nothing_to_find() -> None:
    assert findings(SHIPPED / "cn-chongqing") == []
