"""What has been warmed compiles nothing more when it is first used."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
COUNTED = """
import json, sys
sys.path.insert(0, sys.argv[1])
import scenes
from numba.core.dispatcher import Dispatcher
from shancheng.methods.series import compiled, novelty_compiled
from shancheng.methods.cascade import kernel as cascade, replay_kernel
from shancheng.methods.equilibrium import kernel as equilibrium
from shancheng.methods.warming import warm
modules = (compiled, novelty_compiled, cascade, replay_kernel, equilibrium)


def compiled_forms():
    return {
        f"{module.__name__}.{name}": len(held.signatures)
        for module in modules
        for name, held in vars(module).items()
        if isinstance(held, Dispatcher)
    }


warm()
warmed = compiled_forms()
scenes.cascade(), scenes.equilibrium()
print(json.dumps([warmed, compiled_forms()]))
"""


def test_after_warming_nothing_is_compiled_when_it_is_first_used():
    folder = str(Path(__file__).parent)

    done = subprocess.run([sys.executable, "-c", COUNTED, folder], capture_output=True, text=True, check=True)

    warmed, used = json.loads(done.stdout)
    assert warmed
    assert used == warmed
