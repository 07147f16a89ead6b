"""Real cities as packs in a temporary folder, made from the shared data; and a small invented one beside them."""

import csv
import datetime as dt
from collections.abc import Iterable
from pathlib import Path

import pyarrow.parquet as pq

from shancheng.app import house
from shancheng.ground.calendar import Calendars
from shancheng.ground.pack import find_pack, load_packs
from shancheng.ground.territory import Territory
from shancheng.loop.rules import Rules

CITY = 1000
"""Place id of the city itself; places below have the numbers their own city gives them."""
CASES = Path(__file__).resolve().parents[2] / "cases" / "feeds"

FRAME = """
key = "{key}"
name = {{ en = "{name}" }}
needs = ["base"]
languages = ["en"]
time_zone = "{zone}"
scheme = "{key}"
cell_level = {cell}
centre_levels = [1]
levels = [{levels}]
geometry = [{geometry}]
source = "test"
"""
NATURES = (
    "garbage-in-alley", "dumpster-not-being-emptied", "garbage-in-yard", "dog-feces-in-yard",
    "construction-site-cleanliness-fence", "standing-water", "overflowing-carts", "graffiti-commercial-vehicle",
    "other",
)  # fmt: skip


def chicago(folder: Path, data: Path) -> Path:
    """The city and its 77 community areas."""
    areas = _columns(data / "chicago-geo" / "community_areas.parquet", "AREANO", "COMMUNITY")
    _frame(
        folder,
        name="Chicago",
        zone="America/Chicago",
        levels=("city", "area"),
        geometry=[(data / "chicago-geo" / "community_areas.parquet", 2, "AREANO")],
    )
    _places(folder, "Chicago", [(number, 2, CITY, name, str(number)) for number, name in areas])
    categories = [("sanitation", "")] + [(f"sanitation-{nature}", "sanitation") for nature in NATURES]
    _offices(folder, categories, ["streets"])
    return folder


def new_york(folder: Path, data: Path) -> Path:
    """The city, its five boroughs and its community districts, with the boards' names as a code scheme."""
    geo = data / "nyc-geo"
    boroughs = _columns(geo / "boroughs.parquet", "BoroCode", "BoroName")
    districts = [
        row for row in _columns(geo / "community_districts_simplified.parquet", "GEOCODE", "GEONAME") if row[0]
    ]
    _frame(
        folder,
        name="New York",
        zone="America/New_York",
        levels=("city", "borough", "district"),
        geometry=[
            (geo / "boroughs.parquet", 2, "BoroCode"),
            (geo / "community_districts_simplified.parquet", 3, "GEOCODE"),
        ],
    )
    rows = [(number, 2, CITY, name, str(number)) for number, name in boroughs]
    rows += [(number, 3, number // 100, name, str(number)) for number, name in districts]
    _places(folder, "New York", rows)
    names = {number: name.upper() for number, name in boroughs}
    boards = [(n, "nyc-board", f"{n % 100:02} {names[n // 100]}", "test") for n, _ in districts]
    _table(folder, "codes", ("id", "scheme", "code", "source"), boards)
    _offices(folder, [("animals", ""), ("animal-kept", "animals"), ("animal-sold", "animals")], ["health"])
    return folder


def little(folder: Path) -> Path:
    """A city of two towns without shapes."""
    _frame(folder, name="Little", zone="Asia/Shanghai", levels=("city", "town"), geometry=[])
    _places(folder, "Little", [(1, 2, CITY, "东镇", "001"), (2, 2, CITY, "西镇", "002")])
    _offices(folder, [("streets", ""), ("lamp", "streets"), ("leak", "streets")], ["roads", "water"])
    return folder


def rules_of(folder: Path) -> Rules:
    """The rules of a city, as the house makes them."""
    packs = load_packs([find_pack(folder)], house().tables)
    zone = packs.city.time_zone
    return Rules.of(packs, Territory.of(packs), Calendars.of(packs, zone), on=dt.date(2025, 6, 1), tree="official")


def _columns(path: Path, *names: str) -> list[tuple[int, str]]:
    table = pq.read_table(path, columns=list(names))
    return list(zip(*(table.column(name).to_pylist() for name in names), strict=True))


def _frame(
    folder: Path, *, name: str, zone: str, levels: tuple[str, ...], geometry: list[tuple[Path, int, str]]
) -> None:
    (folder / "geometry").mkdir(parents=True)
    for path, _, _ in geometry:
        (folder / "geometry" / path.name).symlink_to(path.resolve())
    frame = FRAME.format(
        key=folder.name,
        name=name,
        zone=zone,
        cell=len(levels),
        levels=", ".join(f'{{ level = {n}, key = "{k}", name = {{ en = "{k}" }} }}' for n, k in enumerate(levels, 1)),
        geometry=", ".join(f'{{ file = "geometry/{p.name}", level = {n}, id = "{i}" }}' for p, n, i in geometry),
    )
    (folder / "city.toml").write_text(frame, encoding="utf-8")


def _places(folder: Path, city: str, rows: list[tuple[int, int, int, str, str]]) -> None:
    whole = [(CITY, 1, "", city, "city"), *rows]
    header = ("id", "level", "parent", "name", "code", "source")
    _table(folder, "places", header, [(*row, "test") for row in whole])


def _offices(folder: Path, categories: list[tuple[str, str]], agencies: list[str]) -> None:
    header = ("key", "parent", "name_zh", "name_en", "kind", "holder_level", "source")
    rows = [(key, parent, key, key, "request", 1, "test") for key, parent in categories]
    _table(folder, "categories", header, rows)
    names = [(key, key, key, "city", "test") for key in agencies]
    _table(folder, "agencies", ("key", "name_zh", "name_en", "place", "source"), names)
    _table(
        folder, "duties", ("key", "category", "place", "lead", "source"), [("all", "*", "city", agencies[0], "test")]
    )


def _table(folder: Path, name: str, header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
