"""Makes a new pack from one file of boundaries: places and shapes of every level, and templates for the rest."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from shancheng.ground.pack.fault import Fault, PackError
from shancheng.ground.pack.founding import template
from shancheng.ground.pack.founding.boundary import Boundary, read_boundary, united, write_shapes
from shancheng.ground.pack.founding.columns import Columns, choose_columns, text_of


@dataclass(frozen=True)
class Wish:
    """What a new pack is to be made from; None means guess."""

    folder: Path
    boundaries: Path
    id_col: str | None = None
    name_col: str | None = None
    parent_col: str | None = None
    """Empty for none."""
    name: str | None = None
    language: str = "en"
    time_zone: str = "UTC"
    datum: str = "wgs84"
    crs: str = ""
    encoding: str = ""
    source: str = ""
    licence: str = ""
    over: str = "base"


@dataclass(frozen=True)
class Founded:
    """What was made: the guess in sentences, the files, and findings about the boundaries."""

    guess: tuple[str, ...]
    files: tuple[str, ...]
    faults: tuple[Fault, ...]


@dataclass
class Stand:
    """One place on its way into the pack."""

    code: str
    name: str
    parent: str
    """Code of the place above; empty for the root."""
    shapes: list[Any] = field(default_factory=list)
    id: int = 0


def found_pack(wish: Wish) -> Founded:
    """Write a new pack into `wish.folder`, which must be empty. Raises PackError and writes nothing otherwise."""
    if wish.folder.exists() and (not wish.folder.is_dir() or any(wish.folder.iterdir())):
        message = f"{wish.folder} is there already; name a new folder, or empty it."
        raise PackError([Fault(code="folder-taken", file=wish.folder.name, message=message)])
    boundary = read_boundary(wish.boundaries, crs=wish.crs, encoding=wish.encoding)
    columns = choose_columns(
        boundary.columns, code=wish.id_col, name=wish.name_col, parent=wish.parent_col, file=boundary.file
    )
    levels = _levels(wish, boundary, columns)
    _number(levels)
    source = wish.source or f"{boundary.file}; publisher not stated"
    if not wish.source:
        boundary.find("missing-source", "nothing says who published it and when; --source says it.")
    if not wish.licence:
        boundary.find("missing-licence", "nothing says what it may be used for; --licence says it.")
    files = _texts(wish, boundary, levels, source)
    for name, text in files.items():
        (wish.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (wish.folder / name).write_text(text, "utf-8")
    shapes = _write_shapes(wish.folder, levels, source)
    return Founded(columns.guess, (*files, *shapes), tuple(boundary.faults))


def _levels(wish: Wish, boundary: Boundary, columns: Columns) -> list[list[Stand]]:
    """Places of every level, the city first."""
    root = Stand(wish.folder.name, wish.name or wish.folder.name, "")
    names = [text_of(value) for value in boundary.columns[columns.name]]
    codes = _codes(boundary, columns, names)
    above = _above(boundary, columns, root)
    lowest: dict[str, Stand] = {}
    for row, (code, name, parent) in enumerate(zip(codes, names, above[1], strict=True)):
        if not code:
            boundary.find(
                "missing-value", f"the row has no code in {columns.code} and was left out.", row=f"row {row + 1}"
            )
            continue
        stand = lowest.setdefault(code, Stand(code, name or code, parent))
        stand.shapes.append(boundary.shapes[row])
        if len(stand.shapes) == 2:
            boundary.find("duplicate-code", "several rows have this code; they became one place.", row=code)
    taken = set(lowest) & {stand.code for stand in above[0]}
    for stand in above[0]:
        stand.code = f"{columns.parent}-{stand.code}" if taken else stand.code
    for stand in lowest.values():
        stand.parent = f"{columns.parent}-{stand.parent}" if taken and columns.parent else stand.parent
    return [[root], *([above[0]] if above[0] else []), list(lowest.values())]


def _codes(boundary: Boundary, columns: Columns, names: Sequence[str]) -> list[str]:
    """A code a row; one that rows with different names share is no code and gets a number."""
    codes = [text_of(value) for value in boundary.columns[columns.code]]
    called: dict[str, list[str]] = defaultdict(list)
    for code, name in zip(codes, names, strict=True):
        if name not in called[code]:
            called[code].append(name)
    for code, own in called.items():
        if code and len(own) > 1:
            message = f"{len(own)} places with different names share this code; they got {code}-1 and so on."
            boundary.find("duplicate-code", message, row=code)
    return [
        f"{code}-{called[code].index(name) + 1}" if code and len(called[code]) > 1 else code
        for code, name in zip(codes, names, strict=True)
    ]


def _above(boundary: Boundary, columns: Columns, root: Stand) -> tuple[list[Stand], list[str]]:
    """Places between the city and the rows, and the code of the one above each row."""
    if not columns.parent:
        return [], [root.code] * len(boundary.shapes)
    codes = [text_of(value) for value in boundary.columns[columns.parent_code]]
    names = [text_of(value) for value in boundary.columns[columns.parent]]
    found = {code: Stand(code, name or code, root.code) for code, name in zip(codes, names, strict=True)}
    return list(found.values()), codes


def _number(levels: Sequence[list[Stand]]) -> None:
    """Permanent ids from the city down, by code within a level; shapes of upper levels from those below."""
    number = 0
    for level in levels:
        level.sort(key=lambda stand: (len(stand.code), stand.code))
        for stand in level:
            number += 1
            stand.id = number
    for upper, lower in reversed(list(pairwise(levels))):
        below: dict[str, list[Any]] = defaultdict(list)
        for stand in lower:
            below[stand.parent] += stand.shapes
        whole = united(below)
        for stand in upper:
            stand.shapes = [whole[stand.code]] if stand.code in whole else []


def _texts(wish: Wish, boundary: Boundary, levels: Sequence[list[Stand]], source: str) -> dict[str, str]:
    ids = {stand.code: stand.id for level in levels for stand in level}
    rows = [
        (stand.id, number, ids.get(stand.parent, ""), stand.name, stand.code, source)
        for number, level in enumerate(levels, 1)
        for stand in level
    ]
    root = levels[0][0].code
    districts = [(stand.code, stand.name) for stand in levels[1]]
    files = {
        "city.toml": _city_text(wish, boundary, levels, source),
        "places.csv": template.csv_text(("id", "level", "parent", "name", "code", "source"), rows),
        "agencies.csv": template.agencies_text(root, districts),
        "categories.csv": template.categories_text(min(len(levels), 3)),
        "duties.csv": template.duties_text(root, districts),
    }
    return files if wish.over != "base" else {**files, "calendar.toml": template.calendar_text()}


def _city_text(wish: Wish, boundary: Boundary, levels: Sequence[list[Stand]], source: str) -> str:
    west, south, east, north = shapely.total_bounds(boundary.shapes)
    centres = list(range(1, min(len(levels), 3) + 1))
    lines = {
        "key": wish.folder.name,
        "name": {wish.language: wish.name or wish.folder.name},
        "needs": [wish.over],
        "languages": [wish.language],
        "time_zone": wish.time_zone,
        "datum": wish.datum,
        "centre": [round(float(west + east) / 2, 4), round(float(south + north) / 2, 4)],
        "scheme": wish.folder.name,
        "cell_level": centres[-1],
        "centre_levels": centres,
        "source": source,
        "licences": {"places": wish.licence or "not stated", "geometry": wish.licence or "not stated"},
    }
    text = "# The frame of the city; what each field means stands in the pack format.\n"
    text += "".join(f"{key} = {template.toml_value(value)}\n" for key, value in lines.items())
    named = list(zip(levels, template.LEVELS, strict=False))
    for number, (level, (key, zh, en)) in enumerate(named, 1):
        pattern = code_pattern([stand.code for stand in level]) if number > 1 else ""
        row = {"level": number, "key": key, "name": {"zh": zh, "en": en}, "code_pattern": pattern}
        text += "\n[[levels]]\n" + "".join(f"{field} = {template.toml_value(value)}\n" for field, value in row.items())
    for number, (_, (key, _, _)) in enumerate(named, 1):
        text += f'\n[[geometry]]\nfile = "geometry/{key}.parquet"\nlevel = {number}\n'
    return text


def code_pattern(codes: Sequence[str]) -> str:
    """A regular expression that all codes match, as narrow as their length and digits allow; empty for no pattern."""
    short, long = min(map(len, codes)), max(map(len, codes))
    if all(code.isascii() and code.isdigit() for code in codes):
        return rf"\d{{{short}}}" if short == long else rf"\d{{{short},{long}}}"
    if short == long and all(re.fullmatch(r"[A-Z0-9]+", code) for code in codes):
        places = zip(*codes, strict=True)
        kinds = [r"\d" if all(map(str.isdigit, place)) else "[A-Z0-9]" for place in places]
        return "".join(kinds)
    return ""


def _write_shapes(folder: Path, levels: Sequence[list[Stand]], source: str) -> list[str]:
    files = []
    for number, (level, (key, _, _)) in enumerate(zip(levels, template.LEVELS, strict=False), 1):
        name, own = f"geometry/{key}.parquet", [stand for stand in level if stand.shapes]
        shapes = np.array([united({0: stand.shapes})[0] for stand in own], dtype=object)
        origin = "official" if number == len(levels) else "derived"
        write_shapes(folder / name, [stand.id for stand in own], shapes, origin=origin, source=source)
        files.append(name)
    return files
