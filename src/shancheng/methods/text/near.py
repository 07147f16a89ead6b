"""Texts that are nearly the same: every pair above a similarity, found exactly."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from shancheng.methods.text.errors import NotUsable
from shancheng.methods.text.grams import Reading, read

ROWS_AT_ONCE = 1_000

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Pairs:
    """Pairs of texts by number, first < second, ordered."""

    first: Ints
    second: Ints
    similarity: Floats
    """Runs of three units that both have, over those that either has (Jaccard)."""


def near_duplicates(texts: Sequence[str], *, similarity: float = 0.5) -> Pairs:
    """Every pair of texts that are at least so similar, 0 < similarity <= 1; no pair is missed and none is made up.

    A text is the set of its runs of three units (Han characters, or words of other scripts), a text of one or two
    units that of its shorter runs. Runs are put in order, the rarest first; two texts of Jaccard similarity s share one
    of the first n - ceil(s n) + 1 runs of each (Chaudhuri, Ganti, Kaushik, "A primitive operator for similarity
    joins", ICDE 2006), so that only texts which share a rare run are compared. Texts without any unit have no pairs.
    Raises NotUsable for another similarity.
    """
    if not 0 < similarity <= 1:
        raise NotUsable(f"A similarity lies above 0 and at most at 1, not at {similarity}.")
    sets = _sets(texts)
    sizes = np.diff(sets.indptr)
    begins = _beginnings(sets, sizes, similarity)
    found = [_alike(sets, sizes, begins, start, similarity) for start in range(0, len(texts), ROWS_AT_ONCE)]
    first, second, alike = (np.concatenate(column) for column in zip(*found, strict=True)) if found else _none()
    order = np.lexsort((second, first))
    return Pairs(first[order], second[order], alike[order])


def duplicate_groups(texts: Sequence[str], *, similarity: float = 0.5) -> Ints:
    """A number per text, int64[n], that texts joined by a chain of near-duplicates share; for folds kept apart."""
    pairs = near_duplicates(texts, similarity=similarity)
    ones = np.ones(len(pairs.first), bool)
    joined = sparse.csr_matrix((ones, (pairs.first, pairs.second)), shape=(len(texts), len(texts)))
    _, group = sparse.csgraph.connected_components(joined, directed=False)
    return np.asarray(group, np.int64)


def _none() -> tuple[Ints, Ints, Floats]:
    return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)


def _sets(texts: Sequence[str]) -> sparse.csr_matrix:
    """1 per text and run, columns from the rarest run to the most frequent."""
    corpus = read(texts, Reading(opening=0, boost=0.0, texts_min=1, longest_alone=True))
    row, column = corpus.counts.nonzero()
    frequency = np.bincount(column, minlength=len(corpus.keys))
    rank = np.empty(len(corpus.keys), np.int64)
    rank[np.argsort(frequency, kind="stable")] = np.arange(len(corpus.keys))
    sets = sparse.csr_matrix((np.ones(len(row)), (row, rank[column])), shape=corpus.counts.shape)
    sets.sort_indices()
    return sets


def _beginnings(sets: sparse.csr_matrix, sizes: Ints, similarity: float) -> sparse.csr_matrix:
    """The rarest runs of each text, as many as it must share one of."""
    length = sizes - np.ceil(similarity * sizes - 1e-9).astype(np.int64) + 1
    place = np.arange(sets.nnz) - np.repeat(sets.indptr[:-1], sizes)
    early = place < np.repeat(length, sizes)
    row = np.repeat(np.arange(len(sizes)), sizes)[early]
    return sparse.csr_matrix((np.ones(len(row)), (row, sets.indices[early])), shape=sets.shape)


def _alike(
    sets: sparse.csr_matrix, sizes: Ints, begins: sparse.csr_matrix, start: int, similarity: float
) -> tuple[Ints, Ints, Floats]:
    """Pairs whose first text is among the next thousand."""
    shared = sparse.triu(begins[start : start + ROWS_AT_ONCE] @ begins.T, k=start + 1, format="coo")
    first, second = shared.row.astype(np.int64) + start, shared.col.astype(np.int64)
    smaller, larger = np.minimum(sizes[first], sizes[second]), np.maximum(sizes[first], sizes[second])
    possible = smaller >= similarity * larger - 1e-9
    first, second = first[possible], second[possible]
    both = np.asarray(sets[first].multiply(sets[second]).sum(axis=1), np.float64).ravel()
    jaccard = both / np.maximum(sizes[first] + sizes[second] - both, 1)
    near = jaccard >= similarity - 1e-12
    return first[near], second[near], jaccard[near]
