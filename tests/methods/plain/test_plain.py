"""The compiled methods beside the same methods run as plain Python and numpy, and on one thread."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from . import scenes

pytestmark = pytest.mark.slow


def elsewhere(folder: Path, **settings: str) -> dict[str, np.ndarray]:
    """The numbers of all scenes from another process in which numba is told `settings`."""
    written = folder / "numbers.npz"
    subprocess.run([sys.executable, scenes.__file__, written], env=os.environ | settings, check=True, timeout=240)
    with np.load(written) as found:
        return {name: found[name] for name in found.files}


def test_compiled_and_plain_methods_give_the_same_numbers(tmp_path):
    ours = scenes.all_numbers()

    plain = elsewhere(tmp_path, NUMBA_DISABLE_JIT="1")

    assert plain.keys() == ours.keys()
    for name, numbers in plain.items():
        np.testing.assert_allclose(ours[name], numbers, rtol=1e-12, atol=1e-12, err_msg=name)


def test_one_thread_and_many_give_the_very_same_numbers(tmp_path):
    ours = scenes.all_numbers()

    alone = elsewhere(tmp_path, NUMBA_NUM_THREADS="1")

    for name, numbers in alone.items():
        np.testing.assert_array_equal(ours[name], numbers, err_msg=name)
