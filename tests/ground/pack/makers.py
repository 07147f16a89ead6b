"""Makes a small good pack in a folder, and damages it by a seed in every way a table can be damaged."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from random import Random

from shancheng.ground import access, calendar, territory
from shancheng.ground.network import walkers
from shancheng.ground.pack import Fault, check_packs, references
from shancheng.loop import kind
from shancheng.wings.governance import platforms

TABLES = (*access.TABLES, *kind.TABLES, *calendar.TABLES, *territory.TABLES, *walkers.TABLES, *platforms.TABLES)
CHECKS = (
    calendar.check,
    references("duties", "lead", "agencies", what="agency"),
    references("duties", "hours", "calendar", what="calendar", besides=("always",), negated="!"),
)

CITY = """key = "hill"
name = { zh = "坡城", en = "Hill" }
needs = ["base"]
languages = ["zh", "en"]
time_zone = "Asia/Shanghai"
centre = [106.5, 29.5]
scheme = "hill"
levels = [
  { level = 1, key = "city", name = { zh = "市", en = "city" }, code_pattern = '\\d{4}' },
  { level = 2, key = "district", name = { zh = "区", en = "district" }, code_pattern = '\\d{6}' },
  { level = 3, key = "town", name = { zh = "镇", en = "town" }, code_pattern = '\\d{9}' },
]
"""
PLACES = [
    ["id", "level", "parent", "name", "code", "from", "until", "source"],
    ["1", "1", "", "坡城", "0500", "", "", "invented"],
    ["2", "2", "1", "上区", "050001", "", "", "invented"],
    ["3", "2", "1", "下区", "050002", "", "", "invented"],
    ["4", "3", "2", "石板乡", "050001201", "2010-01-01", "2020-01-01", "invented"],
    ["4", "3", "2", "石板镇", "050001101", "2020-01-01", "", "invented"],
    ["5", "3", "3", "码头镇", "050002101", "2010-01-01", "", "invented"],
]
AGENCIES = [
    ["key", "name_zh", "name_en", "place", "source"],
    ["works", "市政局", "Works", "0500", "invented"],
    ["harbour", "港务局", "Harbour office", "050002", "invented"],
]
CATEGORIES = [
    ["key", "name_zh", "name_en", "kind", "severity", "holder_level", "share", "source"],
    ["lamp", "路灯", "Street light", "request", "4", "3", "0.6", "invented"],
    ["leak", "漏水", "Leak", "incident", "3", "2", "0.4", "invented"],
]
DUTIES = [
    ["key", "category", "place", "hours", "lead", "supports", "source"],
    ["all", "*", "0500", "always", "works", "", "invented"],
    ["quay", "leak", "050002", "!work", "harbour", "works", "invented"],
]
SEVERITIES = """
[[record]]
key = "grade-4"
grade = 4
name = { zh = "一般", en = "ordinary" }
colour = "blue"
source = "invented"
"""


def write_rows(path: Path, rows: list[list[str]]) -> None:
    """A CSV table."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    path.write_text(text.getvalue(), "utf-8")


def read_rows(path: Path) -> list[list[str]]:
    """The rows of a CSV table, header first."""
    return list(csv.reader(path.read_text("utf-8").splitlines()))


def good_pack(parent: Path) -> Path:
    """A small pack without a fault: one city, two districts, two towns, one of them renamed."""
    folder = parent / "hill"
    folder.mkdir(parents=True)
    (folder / "city.toml").write_text(CITY, "utf-8")
    (folder / "severities.toml").write_text(SEVERITIES, "utf-8")
    tables = {"places": PLACES, "agencies": AGENCIES, "categories": CATEGORIES, "duties": DUTIES}
    for name, rows in tables.items():
        write_rows(folder / f"{name}.csv", rows)
    return folder


def faults_of(folder: Path) -> tuple[Fault, ...]:
    """Everything that is found wrong with a pack."""
    return check_packs([folder], TABLES, CHECKS)[1]


def set_cell(path: Path, chance: Random, column: str, value: str, *, rows: range | None = None) -> None:
    """Put a value into a column of some row."""
    found = read_rows(path)
    row = chance.choice(list(rows or range(1, len(found))))
    found[row][found[0].index(column)] = value
    write_rows(path, found)


def replace(path: Path, old: str, new: str) -> None:
    """Exchange a piece of text that is there."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def in_cell(table: str, column: str, *values: str, rows: range | None = None) -> Callable[[Path, Random], None]:
    """A damage to one cell."""
    return lambda folder, chance: set_cell(folder / f"{table}.csv", chance, column, chance.choice(values), rows=rows)


def in_text(file: str, old: str, new: str) -> Callable[[Path, Random], None]:
    """A damage to one piece of a file."""
    return lambda folder, _: replace(folder / file, old, new)


def lose_zeros(folder: Path, chance: Random) -> None:
    """What a spreadsheet does to codes that begin with 0."""
    rows = read_rows(folder / "places.csv")
    row = chance.randrange(1, len(rows))
    rows[row][4] = rows[row][4].lstrip("0")
    write_rows(folder / "places.csv", rows)


def twice(folder: Path, chance: Random) -> None:
    """One row stands there twice."""
    path = folder / chance.choice(["places.csv", "agencies.csv", "duties.csv"])
    rows = read_rows(path)
    write_rows(path, [*rows, chance.choice(rows[1:])])


def in_gb18030(folder: Path, chance: Random) -> None:
    """Saved by a program that does not write UTF-8."""
    path = folder / chance.choice(["places.csv", "agencies.csv", "categories.csv", "severities.toml"])
    path.write_bytes(path.read_text("utf-8").encode("gb18030"))


def cell_too_many(folder: Path, chance: Random) -> None:
    """A comma that nobody quoted."""
    rows = read_rows(folder / "agencies.csv")
    chance.choice(rows[1:]).append("invented too")
    write_rows(folder / "agencies.csv", rows)


def without_column(name: str) -> Callable[[Path, Random], None]:
    """A column is not there."""

    def damage(folder: Path, _: Random) -> None:
        rows = read_rows(folder / "agencies.csv")
        at = rows[0].index(name)
        write_rows(folder / "agencies.csv", [row[:at] + row[at + 1 :] for row in rows])

    return damage


def doubled_column(folder: Path, _: Random) -> None:
    """A column stands there twice."""
    rows = read_rows(folder / "agencies.csv")
    write_rows(folder / "agencies.csv", [[*row, row[0]] for row in rows])


def circle_of_needs(folder: Path, _: Random) -> None:
    """A pack needs a pack that needs it."""
    other = folder.parent / "valley"
    other.mkdir()
    (other / "city.toml").write_text('key = "valley"\nname = { en = "Valley" }\nneeds = ["hill"]\n', "utf-8")
    replace(folder / "city.toml", '["base"]', '["base", "valley"]')


DAMAGES: dict[str, tuple[str, Callable[[Path, Random], None]]] = {
    "a key stands twice": ("duplicate-key", twice),
    "a code as a spreadsheet shows it": ("damaged-code", in_cell("places", "code", "5.001E+11", "5E+8")),
    "a code as a number with a fraction": ("damaged-code", in_cell("places", "code", "50001.0")),
    "an id as a number with a fraction": ("damaged-code", in_cell("places", "id", "7.0")),
    "leading zeros are gone": ("damaged-code", lose_zeros),
    "validity overlaps": ("overlapping-validity", in_cell("places", "until", "2021-05-01", rows=range(4, 5))),
    "validity ends before it begins": ("until-before-from", in_cell("places", "until", "2009-12-31", rows=range(5, 7))),
    "validity is empty": ("until-before-from", in_cell("places", "until", "2010-01-01", rows=range(6, 7))),
    "a name is empty": ("empty-name", in_cell("places", "name", "")),
    "an agency has no name": ("empty-name", in_cell("agencies", "name_en", "")),
    "a name in TOML is empty": ("empty-name", in_text("severities.toml", 'zh = "一般", en = "ordinary"', 'zh = ""')),
    "a source is missing": ("missing-source", in_cell("duties", "source", "")),
    "a source in TOML is missing": ("missing-source", in_text("severities.toml", 'source = "invented"\n', "")),
    "a needed value is missing": ("missing-value", in_cell("duties", "lead", "")),
    "a file is not UTF-8": ("encoding", in_gb18030),
    "a row has a cell too many": ("column-count", cell_too_many),
    "a quote is not closed": ("broken-csv", in_text("agencies.csv", "Works", '"Works')),
    "a column is unknown": ("unknown-column", in_text("agencies.csv", "name_en", "nane_en")),
    "a column is missing": ("missing-column", without_column("place")),
    "the source column is missing": ("missing-column", without_column("source")),
    "a column stands twice": ("duplicate-column", doubled_column),
    "a number is a word": ("wrong-type", in_cell("places", "level", "town", "2.5")),
    "a day is no day": ("wrong-type", in_cell("places", "from", "2024-02-30", "1.6.2024", "soon")),
    "a field in TOML is of the wrong type": ("wrong-type", in_text("severities.toml", "grade = 4", 'grade = "4"')),
    "a field in TOML is unknown": ("unknown-field", in_text("severities.toml", "colour", "color")),
    "a heading in TOML is unknown": ("unknown-field", in_text("severities.toml", "[[record]]", "[[severity]]")),
    "TOML cannot be read": ("broken-toml", in_text("severities.toml", '"blue"', '"blue')),
    "a cell has blanks around it": ("stray-blank", in_cell("agencies", "place", " 0500", "0500 ")),
    "an agency is unknown": ("unknown-name", in_cell("duties", "lead", "work", "harbor")),
    "a calendar is unknown": ("unknown-name", in_cell("duties", "hours", "!wrok")),
    "a needed pack is unknown": ("unknown-pack", in_text("city.toml", '["base"]', '["bass"]')),
    "packs need each other in a circle": ("cycle", circle_of_needs),
    "a time zone is unknown": ("unknown-name", in_text("city.toml", "Asia/Shanghai", "Asia/Shangai")),
    "a level is skipped in city.toml": ("wrong-value", in_text("city.toml", "level = 3", "level = 4")),
    "a code pattern cannot be read": ("wrong-value", in_text("city.toml", "d{4}'", "d{4}('")),
    "a file has a slip in its name": ("unread-file", lambda folder, _: (folder / "agencys.csv").write_text("key\n")),
    "city.toml is missing": ("missing-file", lambda folder, _: (folder / "city.toml").unlink()),
}
"""What is done to the pack, the code of the finding that must come of it, and how it is done."""
