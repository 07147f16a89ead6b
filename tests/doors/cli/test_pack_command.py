"""`shancheng pack` as a person and as a program use it."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import pytest

from shancheng.doors.cli import pack
from shancheng.doors.cli.house import House
from shancheng.ground import access, calendar, territory
from shancheng.ground.network import walkers
from shancheng.loop import kind
from shancheng.wings.governance import platforms

CITY = """key = "{key}"
name = {{ en = "Town" }}
levels = [
  {{ level = 1, key = "city", name = {{ en = "city" }} }},
  {{ level = 2, key = "ward", name = {{ en = "ward" }} }},
]
cell_level = 2
centre_levels = [1]
"""
PLACES = "id,level,parent,name,code,source\n1,1,,Town,T,invented\n2,2,1,North,N,invented\n3,2,1,South,S,invented\n"


def build(folder: Path, seed: int, scale: float) -> object:
    """A builder that writes one file."""
    folder.mkdir(parents=True)
    (folder / "made.txt").write_text(f"{seed} {scale}")
    return {"places": 3}


HOUSE = House(
    tables=(*access.TABLES, *kind.TABLES, *calendar.TABLES, *territory.TABLES, *walkers.TABLES, *platforms.TABLES),
    checks=(calendar.check,),
    builders={"toytown": build},
)


def shancheng(*words: object) -> int:
    """Run a command line and give its exit code."""
    parser = argparse.ArgumentParser("shancheng")
    pack.add(parser.add_subparsers())
    arguments = parser.parse_args([str(word) for word in words])
    answer: int = arguments.run(arguments, HOUSE)
    return answer


def town(folder: Path, places: str = PLACES) -> Path:
    """A pack with two wards."""
    folder.mkdir()
    (folder / "city.toml").write_text(CITY.format(key=folder.name))
    (folder / "places.csv").write_text(places)
    return folder


def test_a_clean_pack_checks_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert shancheng("pack", "check", town(tmp_path / "town")) == 0
    assert capsys.readouterr().out == "town: 0 errors, 0 warnings; 3 places.\n"


def test_a_faulty_pack_checks_with_1_and_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = town(tmp_path / "town", PLACES.replace("South", ""))

    assert shancheng("pack", "check", folder) == 1
    assert "error: town/places.csv, line 4, 3, name: 'name' is missing. [empty-name]" in capsys.readouterr().out


def test_faults_come_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = town(tmp_path / "town", PLACES.replace("South", ""))

    assert shancheng("pack", "check", folder, "--json") == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["errors"] == 1
    assert answer["faults"][0]["code"] == "empty-name"


def test_many_faults_of_one_code_are_shown_as_a_few(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    rows = "".join(f"{number},2,1,,W{number},invented\n" for number in range(10, 60))

    assert shancheng("pack", "check", town(tmp_path / "town", PLACES + rows)) == 1
    out = capsys.readouterr().out
    assert out.count("[empty-name]\n") == 20
    assert "... and 30 more of [empty-name]" in out


def test_shipped_packs_are_found_by_name(capsys: pytest.CaptureFixture[str]):
    assert shancheng("pack", "check", "cn") == 0
    assert capsys.readouterr().out.startswith("cn over base: 0 errors")


def test_an_unknown_pack_names_the_nearest(capsys: pytest.CaptureFixture[str]):
    assert shancheng("pack", "check", "bsae") == 1
    assert "Did you mean 'base'?" in capsys.readouterr().out


def test_diff_says_what_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    before = town(tmp_path / "before")
    after = town(tmp_path / "after", PLACES.replace("North", "Upper Town"))

    assert shancheng("pack", "diff", before, after) == 0
    assert capsys.readouterr().out == "rename: North -> Upper Town; same id\n1 rename\n"


def test_diff_of_two_days_follows_a_shipped_reform(capsys: pytest.CaptureFixture[str]):
    days = ("--before-on", "2025-01-01", "--after-on", "2026-06-01")

    assert shancheng("pack", "diff", "cn-chongqing", "cn-chongqing", *days, "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["counts"]["transfer"] > 40


def test_init_makes_a_city_that_checks(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "wards.geojson"
    ring = [[0, 0], [0, 1], [1, 1], [0, 0]]
    feature = {
        "type": "Feature",
        "properties": {"code": "7", "name": "Only Ward"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))

    assert shancheng("pack", "init", tmp_path / "one", "--boundaries", file, "--source", "s", "--licence", "l") == 0
    out = capsys.readouterr().out
    assert "column code holds codes (guessed): 1 of 1, 7 ..." in out
    assert "one over base: 0 errors, 0 warnings" in out


def test_init_from_a_missing_file_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert shancheng("pack", "init", tmp_path / "one", "--boundaries", tmp_path / "no.shp") == 1
    assert "there is no file" in capsys.readouterr().out


def test_build_hands_seed_and_scale_to_the_builder(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = tmp_path / "toytown"

    assert shancheng("pack", "build", "toytown", "--folder", folder, "--seed", 9, "--scale", 0.5, "--json") == 0
    assert (folder / "made.txt").read_text() == "9 0.5"
    assert json.loads(capsys.readouterr().out)["made"] == {"places": 3}


@pytest.mark.parametrize("words", [("no-such-pack",), ("toytown", "--scale", "0")])
def test_a_wrong_use_of_build_gives_2(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]):
    assert shancheng("pack", "build", *words) == 2
    assert capsys.readouterr().err


def test_help_loads_no_heavy_part():
    code = (
        "import argparse, sys\n"
        "from shancheng.doors.cli import pack\n"
        "pack.add(argparse.ArgumentParser().add_subparsers())\n"
        "print([name for name in ('numpy', 'shapely', 'pyarrow', 'pyogrio', 'rich') if name in sys.modules])"
    )

    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert answer.stdout == "[]\n"
