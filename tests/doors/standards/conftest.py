"""The invented city's rules with what it says of Open311, compiled once, and its endpoint over a desk in memory."""

from pathlib import Path

import pytest
from tests.doors.standards.front import Front

from shancheng.app import house
from shancheng.ground.calendar import Calendars
from shancheng.ground.invented import build
from shancheng.ground.pack import load_packs
from shancheng.ground.territory import Territory
from shancheng.loop.rules import Rules


@pytest.fixture
def anyio_backend() -> str:
    """The one event loop there is."""
    return "asyncio"


def rules_of(folder: Path) -> Rules:
    """The rules of a pack as the house reads them."""
    from shancheng.ground.pack import find_pack

    packs = load_packs([find_pack(str(folder), [])], list(house().tables), [])
    zone = packs.city.time_zone
    return Rules.of(packs, Territory.of(packs), Calendars.of(packs, zone), on=Front.DAY, tree="official")


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack of a small invented city."""
    folder = tmp_path_factory.mktemp("packs") / "weicheng"
    build(folder, seed=7, scale=0.1)
    return folder


@pytest.fixture(scope="session")
def rules(city: Path) -> Rules:
    """Its rules."""
    return rules_of(city)


@pytest.fixture
def front(rules: Rules, tmp_path: Path) -> Front:
    """A closed front; `async with` opens it."""
    return Front(rules, tmp_path)
