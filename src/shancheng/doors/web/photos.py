"""Photos that people send: developed in a process with little room, kept by the hash of what came out."""

import asyncio
import hashlib
import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from shancheng.doors.web.errors import Wrong
from shancheng.doors.web.language import N_

BYTES_MAX = 12 << 20
EACH_MAX = 3
"""Photos in one report or act."""
SECONDS_MAX = 25
AT_ONCE = 2
WAITING_MAX = 32
PREFIX = "photo:"
NAME = re.compile(r"[0-9a-f]{64}")
TOO_LARGE = 4


@dataclass
class Photos:
    """A folder of photos, named by the SHA-256 of their bytes."""

    folder: Path
    waiting: int = 0
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def take(self, data: bytes) -> str:
        """Develop and keep a photo; its reference. Raises Wrong with a sentence where it is no picture."""
        if len(data) > BYTES_MAX:
            raise Wrong("photo", N_("The photo is larger than 12 MB; send a smaller one."))
        if self.waiting >= WAITING_MAX:
            raise Wrong("photo", N_("Too many photos are being taken in; send yours again in a minute."))
        self.waiting += 1
        try:
            async with self._room:
                picture = await _developed(data)
        finally:
            self.waiting -= 1
        name = hashlib.sha256(picture).hexdigest()
        await asyncio.to_thread(self._keep, name, picture)
        return PREFIX + name

    def _keep(self, name: str, picture: bytes) -> None:
        file = self._file(name)
        if file.exists():
            return
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = file.with_suffix(f".{os.getpid()}.new")
        with beside.open("wb") as out:
            out.write(picture)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(file)

    def fetch(self, reference: str) -> bytes | None:
        """The JPEG of a reference; None where there is none."""
        name = reference.removeprefix(PREFIX)
        if not NAME.fullmatch(name):
            return None
        try:
            return self._file(name).read_bytes()
        except FileNotFoundError:
            return None

    def _file(self, name: str) -> Path:
        return self.folder / name[:2] / f"{name}.jpg"


async def _developed(data: bytes) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-m", "shancheng.doors.web.darkroom"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        picture, _ = await asyncio.wait_for(process.communicate(data), SECONDS_MAX)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise Wrong("photo", N_("The photo takes too long to open; send another one.")) from None
    if process.returncode == 0:
        return picture
    if process.returncode == TOO_LARGE:
        raise Wrong("photo", N_("The photo has too many pixels to open; send a smaller one."))
    raise Wrong("photo", N_("This file cannot be opened as a photo; send a JPEG, PNG or WebP picture."))
