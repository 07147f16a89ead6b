"""The smallest invented city, its network for three walkers, its homes and facilities."""

import datetime as dt

import pytest

from shancheng.app import house
from shancheng.ground.network.walkers import walk_tables
from shancheng.ground.pack import find_pack, load_packs
from shancheng.wings.services.desk import RELIEF, STREETS, Desk, read_facilities, read_homes, write_streets

DAY = dt.date(2026, 11, 24)
WALKERS = ("adult", "wheelchair-strict", "wheelchair-lenient")


@pytest.fixture(scope="session")
def desk():
    """The desk of the base pack."""
    return Desk(walk_tables(load_packs([find_pack("base", ())], house().tables), DAY))


@pytest.fixture(scope="session")
def town(tmp_path_factory, desk):
    """The folder of a small invented city with its network in `network`."""
    folder = tmp_path_factory.mktemp("town")
    write_streets(folder, 3, 0.1)
    desk.build(folder / STREETS, folder / RELIEF, folder / "network", WALKERS, day=DAY, progress=lambda *_: None)
    return folder


@pytest.fixture(scope="session")
def network(town, desk):
    """Its network, read back."""
    return desk.network(town / "network")


@pytest.fixture(scope="session")
def homes(town):
    """Its homes."""
    return read_homes(town / "homes.csv")


@pytest.fixture(scope="session")
def facilities(town):
    """Its facilities."""
    return read_facilities(town / "facilities.csv")
