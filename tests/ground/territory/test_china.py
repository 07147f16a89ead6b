"""Reading yearly lists from package files, and writing them beside rows of other sources."""

import io
import tarfile
from pathlib import Path

import pytest

from shancheng.ground.territory import TerritoryError
from shancheng.ground.territory.china import SOURCE, tree_from_tarballs
from shancheng.ground.territory.writing import keep_own_rows, write_tables

AREAS = 'code,name,cityCode,provinceCode\n110101,"东城区",1101,11\n500101,"万州区",5001,50\n'
STREETS = 'code,name,areaCode,provinceCode,cityCode\n500101001,"甲街道办事处",500101,50,5001\n'
VILLAGES = (
    'code,name,streetCode,provinceCode,cityCode,areaCode\n500101001001,"青坪社区居委会",500101001,50,5001,500101\n'
)


def package(path: Path, version: str, **changed: str) -> Path:
    """A package file as `npm pack` makes it, cut down to one county."""
    tables = {"areas": AREAS, "streets": STREETS, "villages": VILLAGES} | changed
    files = {f"dist/{name}.csv": text for name, text in tables.items()}
    files |= {"package.json": f'{{"version": "{version}"}}', "dist/provinces.csv": 'code,name\n50,"重庆市"\n'}
    with tarfile.open(path, "w:gz") as whole:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(text.encode())
            whole.addfile(entry, io.BytesIO(text.encode()))
    return path


def test_a_province_is_followed_through_packages_in_any_order(tmp_path: Path) -> None:
    first = package(tmp_path / "a.tgz", "2.0.0")
    last = package(tmp_path / "b.tgz", "2.7.0", streets=STREETS.replace("街道办事处", "街道"))

    tables = tree_from_tarballs([last, first], "50")

    assert [(row.id, row.level, row.parent, row.name, row.type) for row in tables.places] == [
        (1, 1, None, "重庆市", "直辖市"),
        (2, 2, 1, "万州区", "区"),
        (3, 3, 2, "甲街道", "街道"),
        (4, 4, 3, "青坪社区居委会", "居委会"),
    ]
    assert [name.text for name in tables.names] == ["甲街道办事处"]


def test_rows_of_other_sources_are_kept_when_the_lists_are_read_again(tmp_path: Path) -> None:
    tables = tree_from_tarballs([package(tmp_path / "a.tgz", "2.0.0")], "50")
    write_tables(tables, tmp_path)
    with (tmp_path / "places.csv").open("a", encoding="utf-8") as file:
        file.write("100001,2,,开发区,,,2020-01-01,press\n")

    write_tables(keep_own_rows(tables, tmp_path, SOURCE), tmp_path)

    lines = (tmp_path / "places.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 6
    assert lines[-1] == "100001,2,,开发区,,,2020-01-01,press"


@pytest.mark.parametrize(("version", "province", "said"), [("9.9.9", "50", "known are 2.0.0"), ("2.0.0", "99", "'99'")])
def test_what_is_not_known_is_said(version: str, province: str, said: str, tmp_path: Path) -> None:
    path = package(tmp_path / "a.tgz", version)

    with pytest.raises(TerritoryError, match=said):
        tree_from_tarballs([path], province)
