"""Places of an invented city with ids, codes, types and names, numbered from the north-west."""

from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
import shapely

from shancheng.ground.invented.names import FullName, city_name, community_names, full_name, grid_name, seat_names
from shancheng.ground.invented.place import Level, Traits
from shancheng.methods.mesh import Flags, Floats, Integers, Shapes

ID_STEP = 1_000_000
"""Ids are the level times this, plus the running number in order of codes: 5_000_001 is the first grid."""
CITY_CODE = "990100"
RIVERSIDE_M, RIVERSIDE_HEIGHT_M = 420.0, 260.0
HILLSIDE_SLOPE = 0.16
EXCLUSIVE_SHARE = 0.05
"""Share of town grids that are a campus, a market or a station. Assumption."""


@dataclass(frozen=True)
class Register:
    """The places of one level, in order of their codes."""

    level: int
    ids: Integers
    parents: Integers
    """Ids of the parents; 0 for the city."""
    codes: tuple[str, ...]
    kinds: tuple[str, ...]
    names: tuple[FullName, ...]
    outlines: Shapes
    residents: Integers


def registers_of(levels: tuple[Level, ...], traits: Traits, chance: np.random.Generator) -> tuple[Register, ...]:
    """Registers of all five levels."""
    first = levels[0]
    city = Register(
        1, np.array([ID_STEP + 1]), np.zeros(1, np.int64), (CITY_CODE,), ("city",), (city_name(),), first.outline,
        first.residents,
    )  # fmt: skip
    registers = [city]
    place = np.zeros(1, dtype=np.int64)
    for depth in range(1, len(levels)):
        level = levels[depth]
        kinds = _kinds(depth, level, traits, chance)
        parent = place[level.parent]
        order = _order(parent, _blocks(depth, kinds), level.centre)
        place = np.argsort(order)
        registers.append(_register(depth, level, kinds, parent[order], order, registers[-1], chance))
    return tuple(registers)


def reading_order(x: Floats, y: Floats) -> Integers:
    """Indices of points as one reads a page: in bands from north to south, in each from west to east."""
    bands = ceil(sqrt(len(x)))
    span = max(float(np.ptp(y)), 1e-9)
    band = np.minimum((y.max() - y) / span * bands, bands - 1).astype(np.int64)
    return np.lexsort((x, band))


def _order(parent: Integers, block: Integers, centre: Floats) -> Integers:
    """Indices in order of codes: by parent, then by the hundred their type is numbered in, then in reading order."""
    family = parent * 10 + block
    by_family = np.argsort(family, kind="stable")
    cuts = np.flatnonzero(np.diff(family[by_family])) + 1
    groups = np.split(by_family, cuts)
    return np.concatenate([group[reading_order(*centre[group].T)] for group in groups])


def _blocks(depth: int, kinds: list[str]) -> Integers:
    """Streets 001-, towns 101-, townships 201-; residents' committees 001-, villages 201- (national rule 2009-91)."""
    hundreds = {"town": 1, "township": 2, "village": 2}
    return np.array([hundreds.get(kind, 0) if depth in (2, 3) else 0 for kind in kinds], dtype=np.int64)


def _register(
    depth: int, level: Level, kinds: list[str], parent: Integers, order: Integers, above: Register,
    chance: np.random.Generator,
) -> Register:  # fmt: skip
    own = tuple(kinds[index] for index in order.tolist())
    family = parent * 10 + _blocks(depth, list(own))
    number = np.arange(len(order)) - np.searchsorted(family, family) + 1
    width = 2 if depth == 1 else 3
    suffixes = (number + 100 * (family % 10)).tolist()
    if max(suffixes) >= 10**width:
        raise ValueError(f"A place has more than {10**width - 1} places below it; use a smaller scale.")
    stem = [CITY_CODE[:4] if depth == 1 else above.codes[index] for index in parent.tolist()]
    codes = tuple(f"{code}{suffix:0{width}d}" for code, suffix in zip(stem, suffixes, strict=True))
    names = _names(depth, own, parent, number, chance)
    ids = (depth + 1) * ID_STEP + 1 + np.arange(len(order))
    return Register(depth + 1, ids, above.ids[parent], codes, own, names, level.outline[order], level.residents[order])


def _names(
    depth: int, kinds: tuple[str, ...], parent: Integers, number: Integers, chance: np.random.Generator
) -> tuple[FullName, ...]:
    if depth == 4:
        return tuple(grid_name(place, kind) for place, kind in zip(number.tolist(), kinds, strict=True))
    stems = community_names(parent, chance) if depth == 3 else seat_names(len(kinds), chance)
    return tuple(full_name(stem, kind) for stem, kind in zip(stems, kinds, strict=True))


def _kinds(depth: int, level: Level, traits: Traits, chance: np.random.Generator) -> list[str]:
    if depth == 4:
        return _grid_kinds(traits, chance)
    areas = shapely.area(level.outline) / 1e6
    dense = level.residents / areas
    if depth == 1:
        return _either(dense < 0.7 * np.median(dense), "county", "district")
    if depth == 2:
        return ["street" if per_km2 > 900 else "town" if per_km2 > 220 else "township" for per_km2 in dense.tolist()]
    return _either(dense > 650, "residents", "village")


def _either(flags: Flags, yes: str, no: str) -> list[str]:
    return [yes if flag else no for flag in flags.tolist()]


def _grid_kinds(traits: Traits, chance: np.random.Generator) -> list[str]:
    urban = traits.residents_per_km2 > 1_500
    exclusive = urban & (chance.random(len(urban)) < EXCLUSIVE_SHARE)
    riverside = (traits.river_m < RIVERSIDE_M) & (traits.height_m < RIVERSIDE_HEIGHT_M)
    hillside = traits.slope > HILLSIDE_SLOPE
    names = np.array(["general", "hillside", "riverside", "exclusive"])
    kind = np.select([exclusive, riverside, hillside], [3, 2, 1], 0)
    return [str(name) for name in names[kind]]
