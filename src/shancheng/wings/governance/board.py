"""The board: how many matters stand where, for one place, its places below and its categories, from counters."""

import asyncio
import bisect
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from shancheng.ground.territory import Snapshot
from shancheng.loop.ledger import Head, Query, Reader, Scope
from shancheng.loop.matter import OPEN, STAGES, Matter
from shancheng.loop.rules import Rules

NO_STAGES = (0,) * len(STAGES)
OPEN_STAGES = tuple(number for number, stage in enumerate(STAGES) if stage in OPEN)
LISTED_MAX = 20_000
"""Matters that a board below the cell level looks through, one by one, before it says that it is not whole."""
PAGE = 500

Stages = tuple[int, ...]
DAY = 86_400
SOON = (DAY, 3 * DAY)
"""How soon a promise breaks that a board counts apart."""
NOT_DUE = (0,) * len(SOON)
NONE_DUE = (0, *NOT_DUE)


class PlaceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One place on a board."""

    place: int
    name_zh: str
    name_en: str
    level: int
    stages: Stages
    """How many stand in each stage, in the order of the board's `stages`."""
    open: int
    late: int
    due: tuple[int, ...] = NOT_DUE
    """Open, in time, and with a promise that breaks within the first day, and from then within three."""


class CategoryRow(msgspec.Struct, frozen=True, kw_only=True):
    """One category on a board; a category with others under it counts them too."""

    category: str
    parent: str
    name_zh: str
    name_en: str
    stages: Stages
    open: int
    late: int = 0
    due: tuple[int, ...] = NOT_DUE


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """Counts for one place as of one line of the ledger; drills and matters merged away are left out."""

    lane: str
    seq: int
    at: int
    place: PlaceRow
    stages: tuple[str, ...] = tuple(STAGES)
    own: PlaceRow | None = None
    """What is counted at the place itself and not in one below; None where there is nothing."""
    children: tuple[PlaceRow, ...] = ()
    categories: tuple[CategoryRow, ...] = ()
    whole: bool = True
    """False where there was more below the cell level than a board looks through."""


async def board(
    reader: Reader, rules: Rules, *, lane: str, head: Head, place: int, kinds: Sequence[str], at: int
) -> Board:
    """The board of a place that is in the tree, holding at least everything up to `head`; some kinds only, if named."""
    places = rules.places
    if places.node(place).level > places.cell_level:
        return await _small_board(reader, rules, lane=lane, head=head, place=place, kinds=kinds, at=at)
    left_right = places.left_right(place)
    scope = Scope(ranges=(left_right,), kinds=tuple(kinds), confidential=True)
    cells = None if places.parent_of(place) is None else _cells_under(place, places)
    counts, due = await asyncio.gather(_counts(reader, rules, cells, kinds, at), reader.due(scope, _instants(at)))
    by_cell, by_category = counts
    alive, due_alive = _alive(by_cell, rules, place, at), _alive(due.by_cell, rules, place, at)
    return _assembled(rules, lane, head, place, at, (alive, due_alive), (by_category, due.by_category))


def _instants(at: int) -> tuple[int, ...]:
    return (at, *(at + seconds for seconds in SOON))


async def _counts(
    reader: Reader, rules: Rules, cells: Sequence[int] | None, kinds: Sequence[str], at: int
) -> tuple[dict[int, Stages], dict[str, Stages]]:
    if not kinds:
        return await reader.counts_by_cell(cells), await reader.counts_by_category(cells)
    by_cell: dict[int, Stages] = {}
    by_category: dict[str, Stages] = {}
    for count in await reader.counts(cells):
        category = rules.category(count.category, at)
        if category is not None and category.kind in kinds:
            by_cell[count.cell] = _plus(by_cell.get(count.cell, NO_STAGES), count.stages)
            by_category[count.category] = _plus(by_category.get(count.category, NO_STAGES), count.stages)
    return by_cell, by_category


def _cells_under(place: int, places: Snapshot) -> list[int]:
    left, right = places.left_right(place)
    cells = places.ids[left : right + 1][places.level[left : right + 1] <= places.cell_level]
    return [int(cell) for cell in cells]


def _alive(counts: Mapping[int, Stages], rules: Rules, place: int, at: int) -> dict[int, Stages]:
    """Counts by cells that are in the tree: a cell that is gone counts with its heir, or else with the place."""
    alive: dict[int, Stages] = {}
    for cell, stages in counts.items():
        heir = rules.where(cell, at) or place
        alive[heir] = _plus(alive[heir], stages) if heir in alive else tuple(stages)
    return alive


def _assembled(
    rules: Rules,
    lane: str,
    head: Head,
    place: int,
    at: int,
    by_cell: tuple[Mapping[int, Stages], Mapping[int, Stages]],
    by_category: tuple[Mapping[str, Stages], Mapping[str, Stages]],
) -> Board:
    """Put together from counts by stage and by how soon a promise breaks, each by cell and by category."""
    places = rules.places
    counted, broken = (_rolled_up(counts, place, places) for counts in by_cell)
    rows = {
        under: _row(under, counted.get(under, NO_STAGES), broken.get(under, NONE_DUE), places)
        for under in (*places.children(place), 0)
    }
    own = rows.pop(0)
    totals = [(row.stages, (row.late, *row.due)) for row in (*rows.values(), own)]
    whole = _row(place, _plus(*(stages for stages, _ in totals)), _plus(*(due for _, due in totals)), places)
    return Board(
        lane=lane,
        seq=head.seq,
        at=at,
        place=whole,
        own=_row(place, own.stages, (own.late, *own.due), places) if any(own.stages) and rows else None,
        children=tuple(rows.values()) if places.node(place).level < places.cell_level else (),
        categories=tuple(_category_rows(*by_category, rules, at)),
    )


def _rolled_up(by_cell: Mapping[int, Stages], place: int, places: Snapshot) -> dict[int, Stages]:
    """Counts by the child of the place that a cell lies under; 0 for the place itself."""
    depth = len(places.chain(place))
    found: dict[int, Stages] = {}
    for cell, stages in by_cell.items():
        chain = places.chain(cell)
        under = chain[depth] if len(chain) > depth else 0
        found[under] = _plus(found[under], stages) if under in found else stages
    return found


def _row(place: int, stages: Stages, due: Stages, places: Snapshot) -> PlaceRow:
    node = places.node(place) if place else None
    return PlaceRow(
        place=place,
        name_zh=places.name(place, "zh") if node else "",
        name_en=places.name(place, "en") if node else "",
        level=node.level if node else 0,
        stages=stages,
        open=_open(stages),
        late=due[0],
        due=due[1:],
    )


def _category_rows(
    by_category: Mapping[str, Stages], due: Mapping[str, Stages], rules: Rules, at: int
) -> Iterable[CategoryRow]:
    """Leaves and everything above them, each with what is under it, in order of the key."""
    sums, broken = _above(by_category, rules, at), _above(due, rules, at)
    for key in sorted(sums):
        category_record, late = rules.category(key, at), broken.get(key, NONE_DUE)
        yield CategoryRow(
            category=key,
            parent=category_record.parent if category_record else "",
            name_zh=category_record.name_zh if category_record else key,
            name_en=category_record.name_en if category_record else key,
            stages=sums[key],
            open=_open(sums[key]),
            late=late[0],
            due=late[1:],
        )


def _above(by_category: Mapping[str, Stages], rules: Rules, at: int) -> dict[str, Stages]:
    """Counts of categories and of everything above them."""
    sums: dict[str, Stages] = {}
    for category, counts in by_category.items():
        for above in rules.category_chain(category, at) or ("",):
            sums[above] = _plus(sums[above], counts) if above in sums else tuple(counts)
    return sums


async def _small_board(
    reader: Reader, rules: Rules, *, lane: str, head: Head, place: int, kinds: Sequence[str], at: int
) -> Board:
    """A place below the cells has no counters: its matters are looked through."""
    places = rules.places
    scope = Scope(ranges=(places.left_right(place),), kinds=tuple(kinds), confidential=True)
    by_place: dict[int, Stages] = {}
    by_category: dict[str, Stages] = {}
    due: dict[int, Stages] = {}
    due_by_category: dict[str, Stages] = {}
    matters, whole = await _listed(reader, scope)
    instants = _instants(at)
    for matter in matters:
        stages = tuple(int(stage is matter.stage) for stage in STAGES)
        where, category = rules.where(matter.about.place, at) or place, matter.about.category
        by_place[where] = _plus(by_place.get(where, NO_STAGES), stages)
        by_category[category] = _plus(by_category.get(category, NO_STAGES), stages)
        if matter.is_open and 0 < matter.due < instants[-1]:
            step = bisect.bisect_right(instants, matter.due)
            one = tuple(int(step == number) for number in range(len(instants)))
            due[where] = _plus(due.get(where, NONE_DUE), one)
            due_by_category[category] = _plus(due_by_category.get(category, NONE_DUE), one)
    made = _assembled(rules, lane, head, place, at, (by_place, due), (by_category, due_by_category))
    return msgspec.structs.replace(made, whole=whole)


async def _listed(reader: Reader, scope: Scope) -> tuple[list[Matter], bool]:
    found: list[Matter] = []
    after = ""
    while len(found) < LISTED_MAX:
        page = await reader.find(Query(scope=scope, order="moved", after=after, limit=PAGE))
        found += page.matters
        after = page.next
        if not after:
            return found, True
    return found, False


def _plus(*rows: Stages) -> Stages:
    return tuple(map(sum, zip(*rows, strict=True)))


def _open(stages: Stages) -> int:
    return sum(stages[number] for number in OPEN_STAGES)
