"""A disk that fails on purpose: it loses what was not synced when the power goes, is full, or cannot sync."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

SECTOR = 512
Change = tuple[int, bytes] | int
"""A write at an offset, or a truncation to a length."""


@dataclass
class Kept:
    """What of one file is safe, and what was written since."""

    safe: bytearray = field(default_factory=bytearray)
    exists: bool = False
    """Whether the file itself would be there after a cut."""
    since: list[Change] = field(default_factory=list)

    def sync(self) -> None:
        """Everything written is safe."""
        for change in self.since:
            _make(self.safe, change)
        self.since.clear()
        self.exists = True

    def after_a_cut(self, chance: random.Random) -> bytes | None:
        """What is found when the power is back: some of the unsynced writes, in their order, maybe torn, or none."""
        left = bytearray(self.safe)
        way = chance.choice(("none", "all", "some", "first"))
        cut = chance.randrange(len(self.since) + 1)
        for number, change in enumerate(self.since):
            survives = {"none": False, "all": True, "some": chance.random() < 0.5, "first": number < cut}[way]
            if survives:
                _make(left, _torn(change, chance) if chance.random() < 0.1 else change)
        return bytes(left) if self.exists or chance.random() < 0.5 else None


def _make(content: bytearray, change: Change) -> None:
    if isinstance(change, int):
        del content[change:]
        return
    offset, data = change
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


def _torn(change: Change, chance: random.Random) -> Change:
    if isinstance(change, int):
        return change
    offset, data = change
    return offset, data[: SECTOR * chance.randrange(len(data) // SECTOR + 1)]


class Disk(apsw.VFS):
    """Passes everything on to real files, and keeps account of what would survive."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.files: dict[str, Kept] = {}
        self.removed: dict[str, Kept] = {}
        self.steps_left = -1
        """Steps to the cut; negative for never."""
        self.steps = 0
        self.is_off = False
        self.is_full = False
        self.cannot_sync = False
        self.lies = False
        """Says that it has synced, and has not."""
        super().__init__(name, "")

    def step(self) -> None:
        """One more thing done to the disk; the power may go at it."""
        self.steps += 1
        if self.is_off:
            raise apsw.IOError("the power is off")
        if self.steps_left == 0:
            self.is_off = True
            raise apsw.IOError("the power went")
        self.steps_left -= 1

    def xOpen(self, name: Any, flags: list[int]) -> "DiskFile":
        """Open a file; what lies there already is safe."""
        path = name.filename() if hasattr(name, "filename") else str(name)
        if path not in self.files:
            there = Path(path).exists() if path else False
            self.files[path] = Kept(bytearray(Path(path).read_bytes()) if there else bytearray(), there)
        return DiskFile(self, name, flags, self.files[path])

    def xDelete(self, name: str, sync_folder: bool) -> None:
        """Remove a file; without a sync of its folder it may come back."""
        self.step()
        super().xDelete(name, sync_folder)
        gone = self.files.pop(name, None)
        if gone is not None and not sync_folder:
            self.removed[name] = gone

    def sync_folder(self) -> None:
        """With the first sync of a journal or log SQLite syncs the folder: what it holds and holds no more is safe."""
        self.removed.clear()
        for kept in self.files.values():
            kept.exists = True

    def pull_the_plug(self) -> None:
        """The power is off from now on."""
        self.is_off = True

    def find_again(self, chance: random.Random, home: Path, folder: Path) -> None:
        """Write into a folder what is found when the power is back; files that were never touched are as they were."""
        folder.mkdir()
        for file in home.iterdir():
            if str(file) not in self.files and file.suffix != ".lock" and not file.name.endswith("-shm"):
                (folder / file.name).write_bytes(file.read_bytes())
        back = {name: kept for name, kept in self.removed.items() if chance.random() < 0.5}
        for name, kept in {**back, **self.files}.items():
            content = kept.after_a_cut(chance) if name else None
            if content is not None:
                (folder / Path(name).name).write_bytes(content)


class DiskFile(apsw.VFSFile):
    """One open file of the disk."""

    def __init__(self, disk: Disk, name: Any, flags: list[int], kept: Kept) -> None:
        self.disk, self.kept = disk, kept
        self.is_journal = any(flag & (apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL) for flag in flags[:1])
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:
        """Written, but not safe."""
        if self.disk.is_full:
            raise apsw.FullError("no space is left on the disk")
        self.kept.since.append((offset, bytes(data)))
        self.disk.step()
        super().xWrite(data, offset)

    def xTruncate(self, size: int) -> None:
        """Cut off, but not for good."""
        self.kept.since.append(size)
        self.disk.step()
        super().xTruncate(size)

    def xSync(self, flags: int) -> None:
        """Safe from here on; the real file needs no sync."""
        self.disk.step()
        if self.disk.cannot_sync:
            raise apsw.IOError("fsync failed")
        if self.disk.lies:
            return
        is_new_journal = self.is_journal and not self.kept.exists
        self.kept.sync()
        if is_new_journal:
            self.disk.sync_folder()


@contextmanager
def disk(name: str = "drill") -> Iterator[Disk]:
    """A disk for as long as the block lasts."""
    made = Disk(name)
    try:
        yield made
    finally:
        made.unregister()
