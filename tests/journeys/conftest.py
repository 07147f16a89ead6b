"""A house that really runs: a process of its own, a free port on loopback, real HTTP."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

READY_SECONDS = 60
SHANCHENG = str(Path(sys.executable).parent / "shancheng")


class RunningHouse:
    """One running `shancheng up`, and somebody who asks it."""

    def __init__(self, home: Path, *more: str) -> None:
        self.home = home
        arguments = [SHANCHENG, "up", "--home", str(home), "--port", "0", "--quiet", *more]
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.words: dict[str, str] = {}
        self._read_greeting()
        self.client = httpx.Client(base_url=self.words["SHANCHENG"], timeout=30)

    def _read_greeting(self) -> None:
        assert self.process.stdout is not None
        said = ""
        until = time.monotonic() + READY_SECONDS
        while "Ctrl-C" not in said and time.monotonic() < until:
            line = self.process.stdout.readline()
            if not line and self.process.poll() is not None:
                break
            said += line
        self.words = dict(re.findall(r"export (\w+)=(\S+)", said))
        if "answers at" not in said:
            raise AssertionError(f"the house did not start: {said}")
        self.words.setdefault("SHANCHENG", re.findall(r"answers at (\S+)", said)[0])

    def ask(self, method: str, path: str, role: str = "", **more: object) -> httpx.Response:
        """An answer to a role of the demo tokens, to a token, or to anybody."""
        token = self.words.get(role.upper(), role)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers.update(more.pop("headers", {}))  # type: ignore[call-overload]
        return self.client.request(method, path, headers=headers, **more)  # type: ignore[arg-type]

    def command(self, *arguments: str) -> str:
        """What the command line says about this house."""
        return shancheng("--home", str(self.home), *arguments)

    def stop(self, how: int = signal.SIGTERM) -> int:
        """End it, and how it ended."""
        self.client.close()
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(timeout=30)


def shancheng(*arguments: str, code: int = 0) -> str:
    """What the command says; the options come after the command."""
    options = [argument for argument in arguments[:2] if arguments[0] == "--home"]
    rest = [*arguments[len(options) :], *options]
    done = subprocess.run([SHANCHENG, *rest], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout if code == 0 else done.stderr


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an installation that a whole journey shares."""
    return tmp_path_factory.mktemp("home") / "var"


Runner = Callable[..., RunningHouse]


@pytest.fixture
def start(home: Path) -> Iterator[Runner]:
    """Starts the house; whatever still runs at the end is stopped."""
    started: list[RunningHouse] = []

    def begin(*more: str) -> RunningHouse:
        started.append(RunningHouse(home, *more))
        return started[-1]

    yield begin
    for house in started:
        house.stop()


def answer_of(text: str) -> dict[str, object]:
    """An answer for machines."""
    found: dict[str, object] = json.loads(text)
    return found
