"""What is wrong with a pack, said so that its author can mend it."""

import difflib
import heapq
from collections.abc import Collection, Iterable, Sequence
from typing import Literal

import msgspec

NEAR_POOL = 100
"""Among more words than this, the nearest one is looked for among those with the most alike beginnings and ends."""


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One finding: where it is, what it is, and the nearest right name if there is one."""

    code: str
    """Stable kebab-case code of the kind of finding, e.g. `orphan`, `unknown-name`, `overlapping-validity`."""
    file: str
    """Path of the file, from the pack's own folder's name on: `weicheng/duties.csv`."""
    record: str = ""
    """Key of the record, or empty where there is none."""
    field: str = ""
    message: str
    nearest: str = ""
    severity: Literal["error", "warning"] = "error"
    line: int = 0
    """Line of the file, 0 where it is not known."""

    def __str__(self) -> str:
        line = f"line {self.line}" if self.line else ""
        where = ", ".join(part for part in (self.file, line, self.record, self.field) if part)
        hint = f" Did you mean '{self.nearest}'?" if self.nearest else ""
        return f"{where}: {self.message}{hint} [{self.code}]"


class PackError(Exception):
    """A pack that cannot be used; carries every fault that was found."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        more = f"\n... and {len(self.faults) - 20} more." if len(self.faults) > 20 else ""
        super().__init__("\n".join(str(fault) for fault in self.faults[:20]) + more)


def nearest(word: str, words: Collection[str]) -> str:
    """The one of `words` most like `word`, or nothing when none is alike."""
    pool: Iterable[str] = words
    if len(words) > NEAR_POOL:
        pool = heapq.nlargest(NEAR_POOL, words, key=lambda other: _shared_ends(word, other))
    found = difflib.get_close_matches(word, list(pool), n=1, cutoff=0.6)
    return found[0] if found else ""


def _shared_ends(word: str, other: str) -> int:
    """How many letters two words share at their beginnings and at their ends."""
    if word[:1] != other[:1] and word[-1:] != other[-1:]:
        return 0
    return _shared_start(word, other) + _shared_start(word[::-1], other[::-1])


def _shared_start(word: str, other: str) -> int:
    pairs = enumerate(zip(word, other, strict=False))
    return next((at for at, (one, two) in pairs if one != two), min(len(word), len(other)))


def has_errors(faults: Iterable[Fault]) -> bool:
    """Whether any of the faults keeps the pack from being used."""
    return any(fault.severity == "error" for fault in faults)
