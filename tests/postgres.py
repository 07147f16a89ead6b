"""A private PostgreSQL for the tests: made, started, stopped and thrown away by the suite itself."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

INSTALLED = Path("/usr/lib/postgresql")
MISSING = (
    "PostgreSQL 15 or newer is not installed, so the tests of the city's store do not run; "
    "install it with: apt-get install postgresql"
)


def programs() -> Path | None:
    """The folder that holds initdb and pg_ctl, the newest one; None where there is none."""
    folders = sorted(INSTALLED.glob("*/bin"), key=lambda folder: int(folder.parent.name.split(".")[0]), reverse=True)
    found = shutil.which("initdb")
    if found:
        folders.append(Path(found).resolve().parent)
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "pg_ctl").exists()), None)


class Cluster:
    """One server on a socket in a folder of its own; nothing listens on a network."""

    def __init__(self, *, durable: bool = False) -> None:
        found = programs()
        assert found is not None, MISSING
        self.programs = found
        self.folder = Path(tempfile.mkdtemp(prefix="shancheng-pg-"))
        self.made = 0
        self.data = self.folder / "data"
        self._as = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self._as:
            shutil.chown(self.folder, "postgres")
        self._run("initdb", "-D", self.data, "-U", "shancheng", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        lines = [f"unix_socket_directories = '{self.folder}'", "listen_addresses = ''", "max_connections = 60"]
        lines += [] if durable else ["fsync = off", "full_page_writes = off"]
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write("\n".join([*lines, "max_wal_size = 1GB", ""]))
        self.start()

    def _run(self, program: str, *arguments: object) -> None:
        command = [*self._as, str(self.programs / program), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", timeout=120, check=False)
        assert done.returncode == 0, f"{program} failed: {done.stdout}{done.stderr}"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        log = self.folder / "log"
        self._run("pg_ctl", "-D", self.data, "-l", log, "-w", "-t", "60", "-s", "start")

    def stop(self) -> None:
        """Stop the server."""
        self._run("pg_ctl", "-D", self.data, "-m", "immediate", "-w", "-s", "stop")

    def kill(self) -> None:
        """Kill the server and all of its processes without a word, as a loss of power would."""
        main = int((self.data / "postmaster.pid").read_text(encoding="utf-8").split()[0])
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(main)], capture_output=True, text=True, check=True)
        for process in (main, *map(int, children.stdout.split())):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        until = time.monotonic() + 60
        while Path(f"/proc/{main}").exists() and time.monotonic() < until:
            time.sleep(0.02)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def address(self, database: str) -> str:
        """Where a database is."""
        return f"postgresql://shancheng@/{database}?host={self.folder}"

    def create(self, database: str) -> str:
        """A new empty database; its address."""
        self._run("createdb", "-h", self.folder, "-U", "shancheng", database)
        return self.address(database)

    def create_next(self) -> str:
        """A new empty database whose name nobody needs; its address."""
        self.made += 1
        return self.create(f"test{self.made}")

    def remove(self) -> None:
        """Stop it and throw it away."""
        with contextlib.suppress(AssertionError):
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextlib.contextmanager
def cluster(*, durable: bool = False) -> Iterator[Cluster]:
    """A server for as long as the block lasts."""
    made = Cluster(durable=durable)
    try:
        yield made
    finally:
        made.remove()
