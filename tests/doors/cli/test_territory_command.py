"""`shancheng territory` as a person and as a program use it."""

import argparse
import json
from pathlib import Path

import pytest

from shancheng.doors.cli import territory as command
from shancheng.doors.cli.house import House
from shancheng.ground import territory
from shancheng.ground.territory import ReformError, TerritoryError

CITY = """key = "town"
name = { en = "Town" }
scheme = "local"
levels = [
  { level = 1, key = "city", name = { en = "city" } },
  { level = 2, key = "district", name = { en = "district" } },
  { level = 3, key = "ward", name = { en = "ward" } },
]
"""
PLACES = """id,level,parent,name,code,type,source
1,1,,Town,T,,invented
2,2,1,North,N,district,invented
3,2,1,South,S,district,invented
4,3,2,Mill,N1,ward,invented
5,3,2,Quay,N2,ward,invented
6,3,3,Mill,S1,ward,invented
"""
REFORM = """key = "quay"
effective = 2025-01-01
source = "invented"
create = [{ id = 7, name = "East", code = "E", parent = "T", type = "district" }]
transfer = [{ from = "N", to = "East", towns = ["Quay"] }]
"""


def shancheng(*words: object) -> int:
    parser = argparse.ArgumentParser("shancheng")
    command.add(parser.add_subparsers())
    arguments = parser.parse_args(["territory", *map(str, words)])
    answer: int = arguments.run(arguments, House(tables=territory.TABLES))
    return answer


@pytest.fixture
def town(tmp_path: Path) -> Path:
    folder = tmp_path / "town"
    folder.mkdir()
    (folder / "city.toml").write_text(CITY)
    (folder / "places.csv").write_text(PLACES)
    return folder


@pytest.fixture
def reform(tmp_path: Path) -> Path:
    path = tmp_path / "reform.toml"
    path.write_text(REFORM)
    return path


def test_a_preview_says_what_would_happen_and_writes_nothing(
    town: Path, reform: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = shancheng("apply", reform, "--pack", town, "--preview")

    said = capsys.readouterr().out
    assert code == 0
    assert "moved Quay (5): North -> East" in said
    assert "East then has 1 ward" in said
    assert not (town / "changes").exists()


def test_a_reform_is_applied_shown_and_undone(town: Path, reform: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert shancheng("apply", reform, "--pack", town, "--json") == 0
    assert [line["name"] for line in json.loads(capsys.readouterr().out)["moved"]] == ["Quay"]

    assert shancheng("show", "Quay", "--pack", town) == 0
    assert "Town > East > Quay" in capsys.readouterr().out
    assert shancheng("show", "Quay", "--pack", town, "--on", "2024-12-31") == 0
    assert "Town > North > Quay" in capsys.readouterr().out

    assert shancheng("undo", "quay", "--pack", town) == 0
    assert shancheng("show", "Quay", "--pack", town, "--on", "2025-01-02") == 0
    assert "Town > North > Quay" in capsys.readouterr().out
    assert not (town / "undo" / "quay.json").exists()


def test_an_ambiguous_name_lists_the_places_it_could_be(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert shancheng("show", "Mill", "--pack", town, "--on", "2024-01-01") == 2
    assert "North Mill (4), South Mill (6)" in capsys.readouterr().err


def test_the_whole_city_is_told_by_level(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert shancheng("show", "--pack", town, "--on", "2024-01-01", "--json") == 0

    assert json.loads(capsys.readouterr().out)["levels"] == {"city": 1, "district": 2, "ward": 3}


def test_a_reform_may_begin_a_pack_of_its_own_over_a_shipped_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "rename.toml"
    path.write_text(
        'key = "r"\neffective = 2027-01-01\nsource = "invented"\nrename = [{ place = "500103", name = "新名" }]\n'
    )
    own = tmp_path / "own"

    assert shancheng("apply", path, "--pack", own, "--over", "cn-chongqing") == 0
    assert shancheng("show", "500103", "--pack", own) == 0
    assert "新名 (4)" in capsys.readouterr().out


def test_a_new_place_without_an_id_is_told_the_next_free_one(town: Path, reform: Path) -> None:
    reform.write_text(REFORM.replace("id = 7, ", ""))

    with pytest.raises(ReformError, match="write id = 7"):
        shancheng("apply", reform, "--pack", town)


def test_shipped_packs_are_never_rewritten(reform: Path) -> None:
    from shancheng.ground.pack.reader import SHIPPED

    with pytest.raises(TerritoryError, match="not rewritten"):
        shancheng("apply", reform, "--pack", SHIPPED / "cn-chongqing")


def test_a_reform_that_others_build_on_is_not_undone(town: Path, reform: Path, tmp_path: Path) -> None:
    later = tmp_path / "later.toml"
    later.write_text(
        'key = "later"\neffective = 2026-01-01\nsource = "invented"\nrename = [{ place = "E", name = "Dawn" }]\n'
    )
    shancheng("apply", reform, "--pack", town)
    shancheng("apply", later, "--pack", town)

    with pytest.raises(TerritoryError, match="cannot be taken back before later"):
        shancheng("undo", "quay", "--pack", town)
