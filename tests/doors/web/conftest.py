"""The small city's rules, and its pages in memory."""

from pathlib import Path

import pytest
from tests.doors.web.pages import Pages
from tests.loop.world import rules_of

from shancheng.loop.rules import Rules
from shancheng.wings.governance import platforms


@pytest.fixture(scope="session")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    """The rules of the small city."""
    return rules_of(tmp_path_factory.mktemp("city") / "tiny", more=platforms.TABLES)


@pytest.fixture
def pages(rules: Rules, tmp_path: Path) -> Pages:
    """Closed pages; `async with` opens them."""
    return Pages(rules, tmp_path)


@pytest.fixture
def anyio_backend() -> str:
    """Stories run on asyncio."""
    return "asyncio"
