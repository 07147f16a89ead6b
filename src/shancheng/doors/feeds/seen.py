"""Which ids of a file have been seen: eight bytes a row, so that a file of millions fits in memory."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class Seen:
    """A set of ids by 64-bit hash, kept as few sorted arrays (log-structured merge; the odds of a false hit in ten
    million ids are one in several hundred thousand)."""

    def __init__(self) -> None:
        self._sorted: list[NDArray[np.uint64]] = []

    def repeats(self, ids: Sequence[str]) -> list[bool]:
        """Take more ids in; for each, whether it had been seen before. Empty ids never count as seen."""
        if not ids:
            return []
        hashes = np.array([_hash(key) for key in ids], np.uint64)
        seen = np.zeros(len(hashes), bool)
        for known in self._sorted:
            at = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
            seen |= known[at] == hashes
        _, first = np.unique(hashes, return_index=True)
        again = np.ones(len(hashes), bool)
        again[first] = False
        self._keep(np.unique(hashes))
        return [bool(key) and known for key, known in zip(ids, (seen | again).tolist(), strict=True)]

    def _keep(self, more: NDArray[np.uint64]) -> None:
        while self._sorted and len(self._sorted[-1]) <= len(more):
            more = np.union1d(self._sorted.pop(), more)
        self._sorted.append(more)


def _hash(key: str) -> int:
    content = key.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest())
