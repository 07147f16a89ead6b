"""Ledgers of every kind to test against, one contract for all."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.loop.world import rules_of
from tests.postgres import MISSING, Cluster, cluster, programs

from shancheng.loop.rules import Rules


@pytest.fixture(scope="session")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    """The rules of the small city."""
    return rules_of(tmp_path_factory.mktemp("city") / "tiny")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """One private server for each test process; a database for each test."""
    if programs() is None:
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    with cluster() as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty ledger may be made."""
    if request.param == "sqlite":
        return str(tmp_path / "ledger.db")
    server: Cluster = request.getfixturevalue("postgres")
    return server.create_next()
