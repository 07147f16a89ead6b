"""Ways and tagged nodes as lines of OPL, the text form of OSM data that libosmium writes, turned into arrays.

The form is laid down in the OPL file format manual (osmcode.org): one object a line, fields parted by spaces, tags
after `T`, the nodes of a way after `N`, and what would be mistaken for a separator as `%` hexadecimal code point `%`.
"""

import re
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Indices = npt.NDArray[np.int32]
Tags = tuple[tuple[str, str], ...]

AT_A_TIME = 1 << 24
"""Bytes of text that are turned into arrays at once."""
ESCAPED = re.compile(r"%([0-9a-f]+)%")


@dataclass(frozen=True)
class Lines:
    """What the text says, in its order."""

    node_osm: Integers
    node_tags: Indices
    """Tagged nodes and the position of their tags in `tag_sets`."""
    way_osm: Integers
    way_length: Integers
    """How many nodes each way names."""
    way_ref: Integers
    """The nodes they name, one way after the other."""
    way_tags: Indices
    tag_sets: tuple[Mapping[str, str], ...]
    """Distinct sets of tags; the first is empty."""


class _TagSets:
    """Distinct sets of tags, numbered as they come; 0 is the empty set."""

    def __init__(self, keys: frozenset[str]) -> None:
        self.sets: dict[Tags, int] = {(): 0}
        self._keys = keys
        self._key: dict[bytes, str | None] = {}
        """How a key is written, and what it is; None for those not asked for."""
        self._seen: dict[tuple[bytes, ...], int] = {}

    def number(self, tags: bytes) -> int:
        """The number of the set of those tags that are asked for, from a field such as `Thighway=path,lit=yes`."""
        asked = tuple([tag for tag in tags[1:].split(b",") if self._asked(tag.partition(b"=")[0])])
        known = self._seen.get(asked)
        if known is None:
            pairs = [tag.split(b"=") for tag in asked]
            read = sorted((plain(key), plain(value)) for key, value in pairs)
            known = self._seen[asked] = self.sets.setdefault(tuple(read), len(self.sets))
        return known

    def _asked(self, key: bytes) -> bool:
        if key not in self._key:
            self._key[key] = name if (name := plain(key)) in self._keys else None
        return self._key[key] is not None


class _Gathered:
    """What was read so far."""

    def __init__(self, keys: frozenset[str]) -> None:
        self.tag_sets = _TagSets(keys)
        self.node_osm, self.node_tags = array("q"), array("q")
        self.way_osm, self.way_tags, self.way_length = array("q"), array("q"), array("q")
        self.refs: list[Integers] = [np.zeros(0, np.int64)]

    def take(self, lines: Sequence[bytes]) -> None:
        """Add some lines."""
        named = []
        for line in lines:
            number, tags, *rest = line.split()
            if number.startswith(b"w"):
                self.way_osm.append(int(number[1:]))
                self.way_tags.append(self.tag_sets.number(tags))
                self.way_length.append(rest[0].count(b"n"))
                named.append(rest[0])
            else:
                self.node_osm.append(int(number[1:]))
                self.node_tags.append(self.tag_sets.number(tags))
        self.refs.append(_refs(named))


def read_lines(path: Path, keys: frozenset[str], *, at_a_time: int = AT_A_TIME) -> Lines:
    """Nodes and ways of an OPL file without metadata, with the tags in `keys`; ValueError where it is another form."""
    gathered = _Gathered(keys)
    with path.open("rb") as file:
        while lines := file.readlines(at_a_time):
            gathered.take(lines)
    return Lines(
        np.array(gathered.node_osm, np.int64),
        np.array(gathered.node_tags, np.int32),
        np.array(gathered.way_osm, np.int64),
        np.array(gathered.way_length, np.int64),
        np.concatenate(gathered.refs),
        np.array(gathered.way_tags, np.int32),
        tuple(dict(tags) for tags in gathered.tag_sets.sets),
    )


def plain(written: bytes) -> str:
    """A key or value without what protects its separators: `a%20%b` is `a b`."""
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), written.decode("utf-8", "replace"))


def _refs(named: Sequence[bytes]) -> Integers:
    """All numbers of fields such as `Nn1,n2`, end to end."""
    text = b",".join(field[1:] for field in named if len(field) > 1).replace(b"n", b"")
    return np.fromstring(text.decode("ascii"), np.int64, sep=",") if text else np.zeros(0, np.int64)
