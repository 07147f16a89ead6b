"""The small city's rules, compiled once, and the door over a desk in memory."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.doors.api.front import Front
from tests.loop.world import rules_of

from shancheng.loop.rules import Rules

Opener = Callable[..., Front]


@pytest.fixture(scope="session")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    """The rules of the small city."""
    return rules_of(tmp_path_factory.mktemp("city") / "tiny")


@pytest.fixture
def front(rules: Rules, tmp_path: Path) -> Front:
    """A closed front; `async with` opens it."""
    return Front(rules, tmp_path)
