"""Methods that lean on libraries with threads of their own give the same numbers on one thread and on two."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from . import learnt

pytestmark = pytest.mark.slow
ROUNDED = {"density", "complexity"}
"""Products of large matrices are cut by the number of threads: these may differ in their last bits."""


def numbers_on(threads: int, folder: Path) -> dict[str, np.ndarray]:
    """The numbers of all worlds from a process with so many threads."""
    written = folder / f"{threads}.npz"
    limits = {"OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads)}
    subprocess.run([sys.executable, learnt.__file__, written], env=os.environ | limits, check=True, timeout=240)
    with np.load(written) as found:
        return {name: found[name] for name in found.files}


def test_what_is_learnt_does_not_depend_on_the_number_of_threads(tmp_path):
    alone, together = (numbers_on(threads, tmp_path) for threads in (1, 2))

    for name, numbers in alone.items():
        if name in ROUNDED:
            np.testing.assert_allclose(together[name], numbers, rtol=1e-12, atol=1e-14, err_msg=name)
        else:
            np.testing.assert_array_equal(together[name], numbers, err_msg=name)
