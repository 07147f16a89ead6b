"""Builds the pack of the invented city from a seed and a scale: the same two always give the same files."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np

from shancheng.ground.invented.agency import AGENCY_COLUMNS, DUTY_COLUMNS, agency_rows, duty_rows
from shancheng.ground.invented.census import Register, registers_of
from shancheng.ground.invented.demand import CATEGORY_COLUMNS, category_rows, demand_of
from shancheng.ground.invented.making import FIRST_DAY, MAKING, SOURCE
from shancheng.ground.invented.place import levels_of
from shancheng.ground.invented.size import size_of
from shancheng.ground.invented.terrain import land_of
from shancheng.ground.invented.write import write_csv, write_shapes

LEVELS = ("city", "district", "town", "community", "grid")
PLACE_COLUMNS = ("id", "level", "parent", "name", "code", "type", "from", "until", "source")
COPIED = ("city.toml", "promises.toml", "open311.toml", "services.csv", "questions.toml", "platforms.toml")
NAME_COLUMNS = ("id", "text", "kind", "lang", "from", "until", "source")


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What was built."""

    folder: str
    seed: int
    scale: float
    places: dict[str, int]
    """Number of places by level."""
    residents: int
    agencies: int
    categories: int
    duties: int
    reports_per_day: int
    """Reports expected on a working weekday without a storm, reports about the same thing included."""
    matters_per_day: int
    """Different things among them."""


def build(folder: Path, seed: int = 7, scale: float = 1.0) -> Summary:
    """Write the whole pack into a folder, over what a former build left there. ValueError for a scale out of bounds."""
    size = size_of(scale)
    chance = np.random.default_rng(seed)
    land = land_of(size, chance)
    registers = registers_of(*levels_of(land, size, chance), chance)
    (folder / "geometry").mkdir(parents=True, exist_ok=True)
    for level, register in zip(LEVELS, registers, strict=True):
        write_shapes(folder / "geometry" / f"{level}.parquet", register)
    for name in COPIED:
        shutil.copyfile(MAKING / name, folder / name)
    return _write_tables(folder, registers, seed, scale)


def _write_tables(folder: Path, registers: Sequence[Register], seed: int, scale: float) -> Summary:
    residents = int(registers[0].residents.sum())
    demand = demand_of(residents, len(registers[-1].ids))
    write_csv(folder / "places.csv", PLACE_COLUMNS, _place_rows(registers))
    write_csv(folder / "names.csv", NAME_COLUMNS, _name_rows(registers))
    write_csv(folder / "population.csv", ("id", "residents", "year", "source"), _resident_rows(registers))
    return Summary(
        folder=str(folder),
        seed=seed,
        scale=scale,
        places={level: len(register.ids) for level, register in zip(LEVELS, registers, strict=True)},
        residents=residents,
        agencies=write_csv(folder / "agencies.csv", AGENCY_COLUMNS, agency_rows(registers)),
        categories=write_csv(folder / "categories.csv", CATEGORY_COLUMNS, category_rows(demand)),
        duties=write_csv(folder / "duties.csv", DUTY_COLUMNS, duty_rows(registers)),
        reports_per_day=round(demand.total),
        matters_per_day=round(demand.distinct),
    )


def _place_rows(registers: Sequence[Register]) -> Iterator[Sequence[object]]:
    for register in registers:
        columns = (register.ids.tolist(), register.parents.tolist(), register.names, register.codes, register.kinds)
        for place, parent, name, code, kind in zip(*columns, strict=True):
            yield place, register.level, parent or "", name.zh, code, kind, FIRST_DAY, "", SOURCE


def _name_rows(registers: Sequence[Register]) -> Iterator[Sequence[object]]:
    """The English name of every place, and above the grids the stem that people use."""
    for register in registers:
        for place, name in zip(register.ids.tolist(), register.names, strict=True):
            yield place, name.en, "pinyin", "en", FIRST_DAY, "", SOURCE
            if register.level < len(LEVELS):
                yield place, name.stem.zh, "short", "zh", FIRST_DAY, "", SOURCE


def _resident_rows(registers: Sequence[Register]) -> Iterator[Sequence[object]]:
    for register in registers:
        for place, residents in zip(register.ids.tolist(), register.residents.tolist(), strict=True):
            yield place, residents, int(FIRST_DAY[:4]), SOURCE
