"""The board of a town, “1-4-1”: its centre, its four platforms, and the communities and grids below."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import msgspec

from shancheng.loop.ledger import Query, Reader, Scope
from shancheng.loop.matter import Matter, Stage
from shancheng.loop.rules import Rules
from shancheng.wings.governance.board import NOT_DUE, OPEN_STAGES, SOON, Board, CategoryRow, PlaceRow
from shancheng.wings.governance.platforms import Platform, platform_of, platforms

OPEN_MAX, PAGE = 5_000, 500
"""Open matters that are looked through one by one to tell the communities apart."""
WAITING = (Stage.REPORTED, Stage.ACCEPTED, Stage.DONE, Stage.VERIFIED)
"""Stages in which it is the centre's turn: to take on, to assign, to check, to close."""


class PlatformRow(msgspec.Struct, frozen=True, kw_only=True):
    """One platform of the town; '' for what belongs to none."""

    key: str
    name: dict[str, str]
    open: int
    late: int
    due: tuple[int, ...]
    categories: tuple[CategoryRow, ...]
    """Those with anything open, the most first; each counts what is under no other row here."""


class CommunityRow(msgspec.Struct, frozen=True, kw_only=True):
    """One community below the town; place 0 for what is known of the town alone."""

    place: int
    name_zh: str
    name_en: str
    grids: int
    open: int
    late: int
    due: tuple[int, ...]


class TownBoard(msgspec.Struct, frozen=True, kw_only=True):
    """The whole of it, as of one line of the ledger."""

    seq: int
    at: int
    centre: PlaceRow
    waiting: dict[str, int]
    """How many wait for the centre, by stage."""
    platforms: tuple[PlatformRow, ...]
    communities: tuple[CommunityRow, ...]
    whole: bool = True
    """False where more is open than was looked through for the communities."""


async def town_board(reader: Reader, rules: Rules, *, counted: Board, kinds: Sequence[str]) -> TownBoard:
    """The board of a town by what its ordinary board counts, and by a look at every open matter for the communities."""
    place, at = counted.place.place, counted.at
    scope = Scope(ranges=(rules.places.left_right(place),), kinds=tuple(kinds), confidential=True)
    matters, whole = await _open(reader, scope)
    return TownBoard(
        seq=counted.seq,
        at=at,
        centre=counted.place,
        waiting={stage.value: counted.place.stages[counted.stages.index(stage.value)] for stage in WAITING},
        platforms=tuple(_platforms(counted, rules)),
        communities=tuple(_communities(matters, place, rules, at)),
        whole=whole,
    )


async def _open(reader: Reader, scope: Scope) -> tuple[list[Matter], bool]:
    found: list[Matter] = []
    after = ""
    while len(found) < OPEN_MAX:
        page = await reader.find(Query(scope=scope, open_only=True, order="opened", after=after, limit=PAGE))
        found += page.matters
        after = page.next
        if not after:
            return found, True
    return found, False


def _platforms(counted: Board, rules: Rules) -> Iterable[PlatformRow]:
    among = platforms(rules, counted.at)
    rows: dict[str, list[CategoryRow]] = {platform.key: [] for platform in among}
    for row in _own(counted.categories):
        rows.setdefault(platform_of(row.category, among, rules, counted.at), []).append(row)
    named: Mapping[str, Platform] = {platform.key: platform for platform in among}
    for key, own in rows.items():
        yield PlatformRow(
            key=key,
            name=named[key].name if key in named else {},
            open=sum(row.open for row in own),
            late=sum(row.late for row in own),
            due=_sum([row.due for row in own]),
            categories=tuple(sorted((row for row in own if row.open), key=lambda row: (-row.open, row.category))),
        )


def _own(rows: Sequence[CategoryRow]) -> Iterable[CategoryRow]:
    """Rows without what the rows under them count."""
    under: dict[str, list[CategoryRow]] = {}
    for row in rows:
        under.setdefault(row.parent, []).append(row)
    for row in rows:
        below = under.get(row.category, []) if row.category else []
        stages = tuple(map(sum, zip(row.stages, *(_less(other.stages) for other in below), strict=True)))
        yield msgspec.structs.replace(
            row,
            stages=stages,
            open=sum(stages[number] for number in OPEN_STAGES),
            late=row.late - sum(other.late for other in below),
            due=_sum([row.due, *(_less(other.due) for other in below)]),
        )


def _less(counts: Sequence[int]) -> tuple[int, ...]:
    return tuple(-count for count in counts)


def _sum(rows: Sequence[Sequence[int]]) -> tuple[int, ...]:
    return tuple(map(sum, zip(*rows, strict=True))) if rows else NOT_DUE


def _communities(matters: Sequence[Matter], town: int, rules: Rules, at: int) -> Iterable[CommunityRow]:
    """Communities in the order of the register; at the end what is known of the town alone."""
    places = rules.places
    depth = len(places.chain(town))
    held: dict[int, list[Matter]] = {}
    for matter in matters:
        chain = places.chain(rules.where(matter.about.place, at) or town)
        held.setdefault(chain[depth] if len(chain) > depth else 0, []).append(matter)
    for community in (*places.children(town), *((0,) if 0 in held else ())):
        own = held.get(community, [])
        yield CommunityRow(
            place=int(community),
            name_zh=places.name(community, "zh") if community else "",
            name_en=places.name(community, "en") if community else "",
            grids=len(places.children(community)) if community else 0,
            open=len(own),
            late=sum(0 < matter.due < at for matter in own),
            due=_due(own, at),
        )


def _due(matters: Sequence[Matter], at: int) -> tuple[int, ...]:
    ends = (at, *(at + seconds for seconds in SOON))
    return tuple(sum(low <= matter.due < high for matter in matters if matter.due) for low, high in pairwise(ends))
