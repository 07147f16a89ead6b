"""What every test may ask for."""

import os
from pathlib import Path

import pytest

from shancheng.ground.invented import build

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data for tests; where it is missing, CI fails and a laptop skips with a sentence."""
    folder = Path(os.environ.get("SHANCHENG_DATA", ROOT.parent / "shared" / "data"))
    if folder.is_dir():
        return folder
    sentence = f"Real data is not at {folder}; set SHANCHENG_DATA to the folder that holds it."
    if os.environ.get("CI"):
        pytest.fail(sentence)
    pytest.skip(sentence)


@pytest.fixture(scope="session")
def weicheng(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack of the invented city at scale 1; it takes half a second, so every test process makes its own."""
    folder = tmp_path_factory.mktemp("packs") / "weicheng"
    build(folder, seed=7, scale=1.0)
    return folder
