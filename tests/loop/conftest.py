"""The small city's rules, compiled once."""

import pytest
from tests.loop.world import Story, rules_of

from shancheng.loop.rules import Rules


@pytest.fixture(scope="session")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    """The rules of the small city."""
    return rules_of(tmp_path_factory.mktemp("city") / "tiny")


@pytest.fixture
def story(rules: Rules) -> Story:
    """A fresh story on the make-up Sunday before the National Day holidays of 2025."""
    return Story(rules)
