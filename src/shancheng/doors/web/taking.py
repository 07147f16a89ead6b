"""Writes sheets for whoever takes them along: each in a process of its own, few at once, nothing left on disk."""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import msgspec

from shancheng.ground.sheet import Sheet
from shancheng.ground.sheet.writing import ending

AT_ONCE, WAITING_MAX = 2, 6
SECONDS_MAX = 150
PIECE = 1 << 16


class TooManyTakers(Exception):
    """More people wait for files than can be served soon."""


class NotWritten(Exception):
    """The writer ended in a fault."""


@dataclass
class Takers:
    """Those who wait for a file."""

    waiting: int = 0
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def take(self, sheet: Sheet, form: str) -> tuple[BinaryIO, int]:
        """The file of a sheet, open and with no name left on disk, and its length in bytes.

        Raises TooManyTakers where too many wait, NotWritten where the writer failed.
        """
        if self.waiting >= AT_ONCE + WAITING_MAX:
            raise TooManyTakers
        self.waiting += 1
        try:
            async with self._turns:
                return await _written(sheet, form)
        finally:
            self.waiting -= 1


async def _written(sheet: Sheet, form: str) -> tuple[BinaryIO, int]:
    folder = Path(tempfile.mkdtemp(prefix="shancheng-"))
    try:
        file = folder / f"sheet.{ending(form)}"
        await _run(await asyncio.to_thread(msgspec.msgpack.encode, sheet), form, file)
        handle = file.open("rb")
        return handle, file.stat().st_size
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, True)


async def _run(packed: bytes, form: str, file: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "shancheng.ground.sheet.writing", form, str(file)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await asyncio.wait_for(process.communicate(packed), SECONDS_MAX)
    except BaseException:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        raise NotWritten(f"a sheet could not be written as {form}: {said.decode(errors='replace')[-2000:]}")


async def pieces(handle: BinaryIO) -> AsyncIterator[bytes]:
    """A file in pieces; closed at the end, or where whoever reads it leaves."""
    try:
        while piece := await asyncio.to_thread(handle.read, PIECE):
            yield piece
    finally:
        handle.close()
