"""The small city's rules for the governance desk."""

import pytest
from tests.loop.world import rules_of

from shancheng.loop.rules import Rules
from shancheng.wings.governance import platforms


@pytest.fixture(scope="session")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    """The rules of the small city."""
    return rules_of(tmp_path_factory.mktemp("city") / "tiny", more=platforms.TABLES)
