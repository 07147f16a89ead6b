"""Reads packs: every table strictly, every fault at once, later packs over earlier ones by whole record."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from shancheng.ground.pack.city import City, city_faults, without_broken_patterns
from shancheng.ground.pack.fault import Fault, PackError, has_errors, nearest
from shancheng.ground.pack.record import Shape, records_of
from shancheng.ground.pack.rows import Rows, csv_rows, read_toml, toml_rows
from shancheng.ground.pack.table import Key, Origin, Pack, Packs, Table
from shancheng.ground.pack.validity import validity_faults

SHIPPED = Path(__file__).resolve().parents[2] / "packs"
"""Where the packs lie that come with Shancheng."""


@dataclass
class Content:
    """One table as one pack holds it."""

    records: list[msgspec.Struct] = field(default_factory=list)
    places: list[tuple[str, int]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    files: int = 0


def load_packs(folders: Sequence[Path], tables: Sequence[Table], search: Sequence[Path] = ()) -> Packs:
    """The packs, laid over each other. Raises PackError with every fault when any of them is an error."""
    packs, faults = read_packs(folders, tables, search)
    if has_errors(faults):
        raise PackError(faults)
    return packs


def read_packs(
    folders: Sequence[Path], tables: Sequence[Table], search: Sequence[Path] = ()
) -> tuple[Packs, tuple[Fault, ...]]:
    """The packs and all that is wrong with them; packs they need are read first, from `search` or beside them."""
    found, faults = _with_needs(folders, search)
    records: dict[str, tuple[msgspec.Struct, ...]] = {}
    origins: dict[str, tuple[Origin, ...]] = {}
    for table in tables:
        contents = [read_table(pack, table) for pack in found]
        for content in contents:
            faults += content.faults
        if table.required and not any(content.files for content in contents):
            message = f"the table '{table.name}' is needed and no pack has it."
            faults.append(Fault(code="missing-file", file=file_of(found, table), message=message))
        records[table.name], origins[table.name] = _laid_over(table, contents)
    return Packs(found, records, origins, {table.name: table for table in tables}), tuple(faults)


def file_of(packs: Sequence[Pack], table: Table) -> str:
    """The file a table would lie in, in the last of the packs."""
    folder = packs[-1].folder.name if packs else "?"
    return f"{folder}/{table.name}.{table.form}"


def find_pack(name: str | Path, search: Sequence[Path] = ()) -> Path:
    """The folder of a pack, by path or by name in `search` and among the shipped ones. Raises PackError."""
    path = Path(name)
    if (path / "city.toml").is_file():
        return path
    places = [*search, SHIPPED]
    for place in places:
        if len(path.parts) == 1 and (place / path / "city.toml").is_file():
            return place / path
    known = sorted({entry.parent.name for place in places if place.is_dir() for entry in place.glob("*/city.toml")})
    if path.is_dir():
        message = f"the folder {path} has no city.toml, so it is not a pack; `shancheng pack init` makes one."
        raise PackError([Fault(code="missing-file", file=f"{path.name}/city.toml", message=message)])
    message = f"there is no pack named '{name}'; known are {', '.join(known) or 'none'}."
    raise PackError([Fault(code="unknown-pack", file=str(name), message=message, nearest=nearest(str(name), known))])


def read_table(pack: Pack, table: Table) -> Content:
    """One table of one pack: its records, where each stands, and what is wrong with it."""
    shape, content = Shape(table), Content()
    for path in table_files(pack.folder, table):
        file = f"{pack.folder.name}/{path.relative_to(pack.folder).as_posix()}"
        rows = (
            toml_rows(path, file) if table.form == "toml" else csv_rows(path, file, tuple(shape.fields), shape.needed)
        )
        found, indexes = records_of(shape, rows)
        content.files += 1
        content.records += found
        content.places += [(file, rows.lines[index]) for index in indexes]
        content.faults += rows.faults
    content.faults += validity_faults(table, content.records, content.places)
    content.faults += _lost_zeros(pack.city, table, content)
    return content


def table_files(folder: Path, table: Table) -> list[Path]:
    """Files of a table: `name.csv` or `name.toml`, and for TOML also every file in a folder of that name."""
    single = folder / f"{table.name}.{table.form}"
    files = [single] if single.is_file() else []
    return files + sorted((folder / table.name).glob("*.toml") if table.form == "toml" else [])


def _lost_zeros(city: City, table: Table, content: Content) -> Iterator[Fault]:
    """Codes that would fit the pattern of their level with the zeros back that a spreadsheet took off."""
    if not {"level", "code"} <= set(table.record.__struct_fields__):
        return
    patterns = {level.level: re.compile(level.code_pattern) for level in city.levels if level.code_pattern}
    for record, (file, line) in zip(content.records, content.places, strict=True):
        code, pattern = str(getattr(record, "code", "") or ""), patterns.get(getattr(record, "level", 0))
        if not code.isdigit() or pattern is None or pattern.fullmatch(code):
            continue
        whole = next((zeros + code for zeros in ("0", "00", "000") if pattern.fullmatch(zeros + code)), None)
        if whole:
            key = "/".join(map(str, table.key_of(record)))
            message = f"the code '{code}' has lost its leading zeros; format the column as text."
            where: dict[str, Any] = {"file": file, "line": line, "record": key, "field": "code"}
            yield Fault(code="damaged-code", message=message, nearest=whole, **where)


def _laid_over(table: Table, contents: Sequence[Content]) -> tuple[tuple[msgspec.Struct, ...], tuple[Origin, ...]]:
    winner: dict[Key, int] = {}
    keys = [[table.key_of(record) for record in content.records] for content in contents]
    for number, own in enumerate(keys):
        winner.update(dict.fromkeys(own, number))
    kept = [
        (content.records[index], Origin(*content.places[index]))
        for number, content in enumerate(contents)
        for index, key in enumerate(keys[number])
        if winner[key] == number
    ]
    return tuple(record for record, _ in kept), tuple(origin for _, origin in kept)


def _with_needs(folders: Sequence[Path], search: Sequence[Path]) -> tuple[tuple[Pack, ...], list[Fault]]:
    found: dict[Path, Pack] = {}
    faults: list[Fault] = []
    for folder in folders:
        _read_with_needs(folder, (), search, found, faults)
    return tuple(found.values()), faults


def _read_with_needs(
    folder: Path, above: tuple[str, ...], search: Sequence[Path], found: dict[Path, Pack], faults: list[Fault]
) -> None:
    whole = folder.resolve()
    if whole in found:
        return
    pack, own = read_city(folder)
    faults += own
    for name in pack.city.needs if pack else ():
        chain = (*above, folder.name)
        if name in chain:
            message = f"packs need each other in a circle: {' -> '.join((*chain, name))}."
            faults.append(Fault(code="cycle", file=f"{folder.name}/city.toml", field="needs", message=message))
            continue
        try:
            needed = find_pack(name, [*search, folder.parent])
        except PackError as error:
            named = msgspec.structs.replace(error.faults[0], file=f"{folder.name}/city.toml", field="needs")
            faults.append(named)
            continue
        _read_with_needs(needed, chain, search, found, faults)
    if pack is not None:
        found[whole] = pack


def read_city(folder: Path) -> tuple[Pack | None, list[Fault]]:
    """A pack's frame from its `city.toml`, or none, and what is wrong with it."""
    rows = Rows(f"{folder.name}/city.toml")
    path = folder / "city.toml"
    if not path.is_file():
        rows.blame("missing-file", f"the folder {folder} has no city.toml.")
        return None, rows.faults
    content = read_toml(path, rows)
    if content is None:
        return None, rows.faults
    rows.cells, rows.lines = [content], [0]
    cities, _ = records_of(Shape(Table("city", City, ("key",))), rows)
    faults = [fault for fault in rows.faults if fault.code != "missing-source"]
    if not cities:
        return None, faults
    city = cities[0]
    assert isinstance(city, City)
    pack = Pack(city.key, folder, without_broken_patterns(city))
    return pack, [*faults, *city_faults(city, rows.file)]


def unread_files(pack: Pack, tables: Iterable[Table]) -> Iterator[Fault]:
    """Tables in a pack's folder that nothing reads, usually a slip of the pen; warnings."""
    known = {f"{table.name}.{table.form}" for table in tables} | {"city.toml"}
    for path in sorted(pack.folder.iterdir()):
        if path.suffix in (".toml", ".csv") and path.name not in known:
            message, near = f"no table is read from a file named '{path.name}'.", nearest(path.name, known)
            file = f"{pack.folder.name}/{path.name}"
            yield Fault(code="unread-file", file=file, message=message, nearest=near, severity="warning")
