"""The little city, compiled once, and an office for every test."""

from pathlib import Path

import pytest
from tests.doors.feeds.bringing import Office
from tests.doors.feeds.cities import little, rules_of

from shancheng.loop.rules import Rules


@pytest.fixture(scope="session")
def little_rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    """The rules of the little city."""
    return rules_of(little(tmp_path_factory.mktemp("packs") / "little"))


@pytest.fixture
def office(little_rules: Rules, tmp_path: Path) -> Office:
    """An office with an empty ledger."""
    return Office(little_rules, tmp_path)
