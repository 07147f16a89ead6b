"""Checks across the tables of a pack: names that must exist, and whatever else a room asks of the records it reads."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path

from shancheng.ground.pack.fault import Fault, nearest
from shancheng.ground.pack.reader import read_packs, unread_files
from shancheng.ground.pack.table import Packs, Table

Check = Callable[[Packs], Iterable[Fault]]
"""What a room asks of packs that were read; it must bear tables from which wrong records were left out."""


def check_packs(
    folders: Sequence[Path], tables: Sequence[Table], checks: Sequence[Check], search: Sequence[Path] = ()
) -> tuple[Packs, tuple[Fault, ...]]:
    """The packs and every fault of reading and of `checks`; a wrong record may show twice, where others name it."""
    packs, faults = read_packs(folders, tables, search)
    found = list(faults)
    for pack in packs.packs:
        found += unread_files(pack, tables)
    for check in checks if packs.packs else ():
        found += check(packs)
    return packs, tuple(found)


def unknown_name(
    packs: Packs, table: str, index: int, *, field: str, name: str, known: Collection[str], what: str
) -> Fault:
    """The fault of a record that names something which is not there: `what` is the noun, `known` the right names."""
    message = f"there is no {what} named '{name}'."
    return packs.fault(table, index, "unknown-name", message, field=field, nearest=nearest(name, known))


def references(
    table: str, field: str, to_table: str, *, what: str, to_field: str = "key", besides: Collection[str] = (),
    negated: str = "",
) -> Check:  # fmt: skip
    """A check that each value of `field` (a text or a list) stands in `to_table`; empty and `besides` are allowed.

    `negated` is a sign that may stand before a name: `!work`.
    """

    def check(packs: Packs) -> Iterator[Fault]:
        known = {str(getattr(record, to_field)) for record in packs.records.get(to_table, ())}
        allowed = known | set(besides) | {""}
        for index, record in enumerate(packs.records.get(table, ())):
            for name in _texts(getattr(record, field)):
                if name.removeprefix(negated) not in allowed:
                    yield unknown_name(packs, table, index, field=field, name=name, known=known, what=what)

    return check


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, (tuple, list, set, frozenset)):
        return tuple(str(part) for part in value)
    return ("" if value is None else str(value),)
