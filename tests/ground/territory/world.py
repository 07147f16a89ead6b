"""Makers of small territories for tests."""

import datetime as dt
import random
from collections.abc import Sequence
from pathlib import Path

from shancheng.ground.pack import City, Level, Packs
from shancheng.ground.pack.table import Pack
from shancheng.ground.territory import TABLES, Edge, Lineage, PlaceVersion, Tables, Territory
from shancheng.ground.territory.shapes import Shapes
from shancheng.ground.territory.tables import close_versions

DAY = dt.date(2024, 1, 1)
LEVELS = tuple(
    Level(level=number, key=key, name={"en": key})
    for number, key in enumerate(("city", "district", "town", "community", "grid"), start=1)
)


def city(**more: object) -> City:
    """A city of five levels."""
    facts: dict[str, object] = {
        "key": "little",
        "name": {"en": "Little"},
        "scheme": "local",
        "levels": LEVELS,
        "cell_level": 3,
        "trees": ("official", "governance"),
    }
    return City(**{**facts, **more})  # type: ignore[arg-type]


def place(number: int, parent: int | None, level: int, name: str = "", **more: object) -> PlaceVersion:
    """One version of a place; its code is its id unless another is given."""
    facts: dict[str, object] = {"code": str(number), "source": "invented", "name": name or f"place {number}"}
    return PlaceVersion(id=number, parent=parent, level=level, **{**facts, **more})  # type: ignore[arg-type]


def territory(
    places: Sequence[PlaceVersion], *, edges: Sequence[Edge] = (), lineage: Sequence[Lineage] = ()
) -> Territory:
    """A territory without shapes."""
    tables = Tables(places=close_versions(places), edges=tuple(edges), lineage=tuple(lineage))
    return Territory.from_tables(city(), tables, Shapes())


def packs(places: Sequence[PlaceVersion], folder: Path = Path("little"), **city_facts: object) -> Packs:
    """Packs as the reader would hand them over."""
    return Packs(
        packs=(Pack("little", folder, city(**city_facts)),),
        records={"places": tuple(places)},
        origins={},
        tables={table.name: table for table in TABLES},
    )


def random_places(seed: int, count: int) -> list[PlaceVersion]:
    """A random tree of at most five levels with scattered ids."""
    chance = random.Random(seed)
    ids = chance.sample(range(1, 10 * count + 10), count)
    found = [place(ids[0], None, 1)]
    for number in ids[1:]:
        above = chance.choice([version for version in found if version.level < 5])
        found.append(place(number, above.id, above.level + 1))
    return found
