"""Where an interrupted import goes on: written whole or not at all, after what it counts is durable."""

import hashlib
import os
from pathlib import Path

import msgspec

from shancheng.doors.feeds.summary import Summary

PIECE = 1 << 20


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """How far an import has come."""

    file: str
    """Hash of the file's content."""
    map: str
    """Hash of the map's content."""
    summary: Summary
    last: str
    """Number of the last matter that went in: where the ledger does not know it, this is not its checkpoint."""
    refused_bytes: int


class Checkpoints:
    """The checkpoint of one file and map, kept in one small file."""

    def __init__(self, path: Path, *, file: Path, map_file: Path) -> None:
        self._path = path
        self._file, self._map = digest(file), digest(map_file)

    def find(self) -> Checkpoint | None:
        """The checkpoint of an interrupted run over the same file by the same map; None where there is none."""
        try:
            found = msgspec.json.decode(self._path.read_bytes(), type=Checkpoint)
        except (OSError, msgspec.DecodeError):
            return None
        return found if (found.file, found.map) == (self._file, self._map) else None

    def keep(self, summary: Summary, *, last: str, refused_bytes: int) -> None:
        """Write how far it has come."""
        made = Checkpoint(file=self._file, map=self._map, summary=summary, last=last, refused_bytes=refused_bytes)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        beside = self._path.with_suffix(".new")
        with beside.open("wb") as file:
            file.write(msgspec.json.encode(made))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)

    def clear(self) -> None:
        """The import is done."""
        self._path.unlink(missing_ok=True)


def digest(path: Path) -> str:
    """Hash of a file's content."""
    found = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            found.update(piece)
    return found.hexdigest()
