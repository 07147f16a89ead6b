"""Short texts as sparse rows: runs of one to three units, what stands at the beginning counting more."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, repeat

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from shancheng.methods.text.errors import NothingToLearn, NotUsable

UNITS_MAX = 2_000
"""A text is read up to here; residents' letters are shorter."""
UNIT_CHARACTERS_MAX = 64
RUN_UNITS_MAX = 3
_BITS = 21
"""Three units of this many bits each fit one 64-bit key, with one bit left that marks the beginning."""
_UNKNOWN = (1 << _BITS) - 1
_OPENING = np.uint64(1 << 63)
_UNSPACED = "぀-ヿ㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff々〇"
_UNIT = re.compile(f"[{_UNSPACED}]|[^\\W_{_UNSPACED}]+")

Ints = NDArray[np.int64]
Keys = NDArray[np.uint64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Reading:
    """How a text is read; lengths in units (a Han character or kana, or a word or number of another script)."""

    opening: int = 24
    """Units at the beginning, where the title is, that are also counted as features of their own."""
    boost: float = 2.0
    """How many times more the very first unit weighs than the last; falls off by 1/e every `reach` units."""
    reach: float = 24.0
    texts_min: int = 8
    """Runs found in fewer of the texts learnt from are left out."""
    longest_alone: bool = False
    """Whether a text is its runs of three units alone, or, where it has fewer, all its runs."""

    def __post_init__(self) -> None:
        if self.opening < 0 or self.boost < 0 or not self.reach > 0 or self.texts_min < 1:
            raise NotUsable(f"A text cannot be read with {self}; lengths are positive, a boost is at least 0.")


@dataclass(frozen=True)
class Vocabulary:
    """The runs of units that are known, and what each weighs."""

    reading: Reading
    units: dict[str, int]
    keys: Keys
    """Ascending; a key is up to three unit numbers, and one bit for runs of the beginning."""
    weights: Floats
    """log((1 + texts) / (1 + texts with the run)) + 1, per key."""

    def rows(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """One row of unit length per text, float64[texts, keys]; a text with no known run gives an empty row."""
        row, key, amount = _runs([units(text) for text in texts], self.units, self.reading)
        column = np.minimum(np.searchsorted(self.keys, key), len(self.keys) - 1)
        known = self.keys[column] == key
        shape = (len(texts), len(self.keys))
        return self.weighed(sparse.csr_matrix((amount[known], (row[known], column[known])), shape=shape))

    def weighed(self, counts: sparse.csr_matrix) -> sparse.csr_matrix:
        """Rows of amounts in the columns of this vocabulary, weighed and brought to unit length."""
        held = np.diff(counts.indptr)
        amount = np.log1p(counts.data) * self.weights[counts.indices]
        squares = np.bincount(np.repeat(np.arange(len(held)), held), amount**2, len(held))
        amount /= np.repeat(np.sqrt(squares), held)
        return sparse.csr_matrix((amount, counts.indices, counts.indptr), shape=counts.shape)

    def run(self, column: int) -> str:
        """The words of one column, `^` before it where it stands for the beginning of a text."""
        key = int(self.keys[column])
        numbers = [(key >> shift) & _UNKNOWN for shift in (2 * _BITS, _BITS, 0)]
        named = {number: unit for unit, number in self.units.items() if number in numbers}
        return "^" * (key >> 63) + " ".join(named[number] for number in numbers if number)


@dataclass(frozen=True)
class Corpus:
    """Texts that were read, as amounts of every run that is frequent enough among all of them."""

    reading: Reading
    units: dict[str, int]
    keys: Keys
    counts: sparse.csr_matrix
    """float64[texts, keys]"""

    def learnt(self, chosen: Ints) -> tuple[Vocabulary, sparse.csr_matrix]:
        """The vocabulary of some of the texts by themselves, and a row of it for every text of the corpus.

        A run belongs to it that occurs in at least `reading.texts_min` of the chosen texts; NothingToLearn where none
        does.
        """
        holding = np.bincount(self.counts[chosen].indices, minlength=len(self.keys))
        often = np.flatnonzero(holding >= self.reading.texts_min)
        if not often.size:
            raise NothingToLearn(
                f"No run of words occurs in {self.reading.texts_min} of the {len(chosen)} texts;"
                " give more texts, or ask for fewer."
            )
        weights = np.log((1 + len(chosen)) / (1 + holding[often])) + 1
        words = Vocabulary(self.reading, self.units, self.keys[often], weights)
        return words, words.weighed(self.counts[:, often])


def units(text: str) -> list[str]:
    """Units of a text in order: `A区Bus 12 晚点` gives a, 区, bus, 12, 晚, 点. Signs and blanks fall away."""
    found = _UNIT.findall(unicodedata.normalize("NFKC", text[: 4 * UNITS_MAX]).casefold())
    return [unit[:UNIT_CHARACTERS_MAX] for unit in found[:UNITS_MAX]]


def read(texts: Sequence[str], reading: Reading) -> Corpus:
    """Texts read once, to make vocabularies of any part of them; runs too rare for the whole are left out."""
    found = [units(text) for text in texts]
    different = dict.fromkeys(chain.from_iterable(found))
    known = {unit: min(number, _UNKNOWN) for number, unit in enumerate(different, start=1)}
    row, key, amount = _runs(found, known, reading)
    order = np.argsort(key, kind="stable")
    row, key, amount = row[order], key[order], amount[order]
    new_key = np.append(True, key[1:] != key[:-1])[: len(key)]
    new_text = new_key | np.append(True, row[1:] != row[:-1])[: len(key)]
    number = np.cumsum(new_key) - 1
    often = np.bincount(number[new_text], minlength=1) >= reading.texts_min
    kept, place = often[number], np.cumsum(often) - 1
    shape = (len(texts), int(often.sum()))
    counts = sparse.csr_matrix((amount[kept], (row[kept], place[number[kept]])), shape=shape)
    return Corpus(reading, known, key[new_key & kept], counts)


def _runs(texts: Sequence[list[str]], known: dict[str, int], reading: Reading) -> tuple[Ints, Keys, Floats]:
    """Text number, key and amount of every run with known units only, from the units of each text; repeats stay."""
    lengths = np.array([len(read) for read in texts], np.int64)
    numbered = map(known.get, chain.from_iterable(texts), repeat(_UNKNOWN))
    number = np.fromiter(numbered, np.uint64, int(lengths.sum()))
    row = np.repeat(np.arange(len(texts)), lengths)
    position = np.arange(len(number)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    amount = 1 + reading.boost * np.exp(-position / reading.reach)
    parts = [_runs_of(size, number, row) for size in range(1, RUN_UNITS_MAX + 1)]
    if reading.longest_alone:
        short = lengths[row] < RUN_UNITS_MAX
        parts = [(at[short[at]], keys[short[at]]) for at, keys in parts[:-1]] + parts[-1:]
    start = np.concatenate([at for at, _ in parts])
    key = np.concatenate([keys for _, keys in parts])
    early = position[start] < reading.opening
    return (
        np.concatenate([row[start], row[start[early]]]),
        np.concatenate([key, key[early] | _OPENING]),
        np.concatenate([amount[start], np.ones(int(early.sum()))]),
    )


def _runs_of(size: int, number: Keys, row: Ints) -> tuple[Ints, Keys]:
    """Where each run of so many units starts, and its key."""
    count = max(0, len(number) - size + 1)
    key, whole = np.zeros(count, np.uint64), np.ones(count, bool)
    for offset in range(size):
        here = number[offset : offset + count]
        key = (key << np.uint64(_BITS)) | here
        whole &= (here != _UNKNOWN) & (row[offset : offset + count] == row[:count])
    return np.flatnonzero(whole), key[whole]
