"""A small file of records that only its owner may read: changed by one at a time, whole or not at all."""

import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)


class Unreadable(Exception):
    """A kept file cannot be used."""


class Kept(Generic[T]):
    """Records in a file, shared by every process that opens it; in memory alone where there is no file."""

    def __init__(self, file: Path | None, empty: T) -> None:
        self.file = file
        self._empty = self._content = empty
        self._stamp: tuple[int, int, int] | None = None
        self._turn = threading.Lock()

    def read(self) -> T:
        """What is kept now."""
        if self.file is None:
            return self._content
        try:
            found = self.file.stat()
        except FileNotFoundError:
            return self._empty
        stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
        if stamp != self._stamp:
            self._content, self._stamp = self._decoded(self.file), stamp
        return self._content

    def change(self, do: Callable[[T], T]) -> T:
        """Keep what `do` makes of what is kept, and give it back; nobody else changes it meanwhile."""
        with self._turn, self._alone():
            before = self.read()
            after = do(before)
            if after is before:
                return before
            if self.file is None:
                self._content = after
            else:
                _write(self.file, msgspec.json.format(msgspec.json.encode(after), indent=1))
            return after

    def _decoded(self, file: Path) -> T:
        try:
            return msgspec.json.decode(file.read_bytes(), type=type(self._empty))
        except (msgspec.DecodeError, OSError) as error:
            raise Unreadable(f"{file} cannot be read ({error}); mend it, or put a saved one in its place.") from error

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Between processes; the lock lies in a file of its own, since the other one is replaced."""
        if self.file is None:
            yield
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.file.with_suffix(".lock"), os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _write(file: Path, content: bytes) -> None:
    """Written beside, flushed, then put in place, so that a power cut leaves the old or the new one."""
    beside = file.with_suffix(f".{os.getpid()}.new")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    beside.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
