"""All records of a territory together, as they stand before any day is asked for."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TypeVar

import msgspec

from shancheng.ground.pack import Packs
from shancheng.ground.territory.records import Edge, Lineage, PlaceCode, PlaceName, PlaceVersion

V = TypeVar("V", PlaceVersion, Edge)


@dataclass(frozen=True)
class Tables:
    """The five tables; dated records are closed where their next version begins."""

    places: tuple[PlaceVersion, ...] = ()
    codes: tuple[PlaceCode, ...] = ()
    names: tuple[PlaceName, ...] = ()
    edges: tuple[Edge, ...] = ()
    lineage: tuple[Lineage, ...] = ()

    def ordered(self) -> "Tables":
        """The same rows in the order they are kept in, so that equal tables compare equal."""
        return Tables(
            places=tuple(sorted(self.places, key=lambda row: (row.id, row.from_))),
            codes=tuple(sorted(self.codes, key=lambda row: (row.id, row.scheme, row.from_, row.code))),
            names=tuple(sorted(self.names, key=lambda row: (row.id, row.lang, row.from_, row.kind, row.text))),
            edges=tuple(sorted(self.edges, key=lambda row: (row.tree, row.child, row.from_))),
            lineage=tuple(sorted(self.lineage, key=lambda row: (row.on, row.from_id, row.to_id))),
        )


def tables_of(packs: Packs) -> Tables:
    """The tables of packs, each version closed on the day its successor begins."""
    edges = sorted(packs.table("edges", Edge), key=lambda edge: (edge.tree, edge.child, edge.from_))
    return Tables(
        places=close_versions(packs.table("places", PlaceVersion)),
        codes=packs.table("codes", PlaceCode),
        names=packs.table("names", PlaceName),
        edges=tuple(_close_each(edges, lambda edge: (edge.tree, edge.child))),
        lineage=packs.table("lineage", Lineage),
    ).ordered()


def close_versions(versions: Iterable[PlaceVersion]) -> tuple[PlaceVersion, ...]:
    """Versions in order of place and day, each ending at the latest where the next of the same place begins."""
    ordered = sorted(versions, key=lambda version: (version.id, version.from_))
    return tuple(_close_each(ordered, lambda version: version.id))


def _close_each(records: Iterable[V], key: Callable[[V], object]) -> Iterator[V]:
    for _, group in groupby(records, key):
        yield from _close(list(group))


def _close(versions: Sequence[V]) -> Iterator[V]:
    for earlier, later in pairwise(versions):
        ended = earlier.until is not None and earlier.until <= later.from_
        yield earlier if ended else msgspec.structs.replace(earlier, until=later.from_)
    yield versions[-1]
