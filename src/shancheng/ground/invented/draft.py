"""The map of the invented city as it is drawn: nodes and ways with tags, before they are numbered and written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from shancheng.ground.invented.making import table
from shancheng.methods.mesh import Floats

Tags = dict[str, str]


@dataclass
class Draft:
    """Nodes and ways in the order they are drawn; numbers of nodes begin with 0."""

    places: list[tuple[float, float]] = field(default_factory=list)
    """Metres around the city's middle."""
    node_tags: dict[int, Tags] = field(default_factory=dict)
    ways: list[tuple[Sequence[int], Tags]] = field(default_factory=list)

    def node(self, place: Floats, tags: Mapping[str, str] | None = None) -> int:
        """A new node; gives its number."""
        self.places.append((float(place[0]), float(place[1])))
        if tags:
            self.node_tags[len(self.places) - 1] = dict(tags)
        return len(self.places) - 1

    def way(self, nodes: Sequence[int], tags: Mapping[str, str]) -> None:
        """A new way through nodes."""
        self.ways.append((tuple(nodes), dict(tags)))

    def place(self, node: int) -> Floats:
        """Where a node is."""
        return np.array(self.places[node])


def surveyed(kind: str, chance: np.random.Generator) -> Tags:
    """Tags that a surveyor may or may not have put on a way of a kind, by the shares of the table."""
    stated = [(key, values) for key, often, values in _shares(kind) if chance.random() < often]
    return {key: values[int(chance.integers(len(values)))] for key, values in stated}


def share(name: str) -> float:
    """How often something is stated or there."""
    return float(table("streets")["shares"][name])


@cache
def _shares(kind: str) -> tuple[tuple[str, float, tuple[str, ...]], ...]:
    rows = table("streets")["tags"][kind]
    return tuple((key, float(row[0]), tuple(map(str, row[1:]))) for key, row in rows.items())
