"""Supervision: what is under watch, by whom and until when, and with whom what is late lies."""

from collections.abc import Iterable, Sequence

import msgspec

from shancheng.loop.ledger import Query, Reader, Scope
from shancheng.loop.matter import Matter

SHOWN_MAX, LATE_MAX, PAGE = 300, 2_000, 500


class LateWith(msgspec.Struct, frozen=True, kw_only=True):
    """What is late with one agency, or with a centre where no agency leads yet."""

    agency: str
    centre: int
    """The holder; 0 where an agency leads."""
    late: int
    supervised: int
    longest: int
    """Seconds since the oldest of the broken promises was due."""


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """The supervision list of a place."""

    place: int
    at: int
    seq: int
    matters: tuple[Matter, ...]
    """Under watch and open, what is to be reported back first in front."""
    more: bool
    """Whether there are more under watch than are shown."""
    late_with: tuple[LateWith, ...]
    whole: bool
    """False where more is late than was looked through."""


async def watch(reader: Reader, scope: Scope, *, place: int, seq: int, at: int) -> Watch:
    """What is under watch and what is late within a scope."""
    watched, rest = await _listed(reader, Query(scope=scope, supervised_only=True, open_only=True), SHOWN_MAX)
    late, whole = await _listed(reader, Query(scope=scope, open_only=True, late_at=at), LATE_MAX)
    return Watch(
        place=place,
        at=at,
        seq=seq,
        matters=tuple(sorted(watched, key=lambda matter: (wanted_by(matter) or 1 << 60, matter.id))),
        more=not rest,
        late_with=tuple(_late_with(late, at)),
        whole=whole,
    )


def wanted_by(matter: Matter) -> int:
    """When something is expected of a matter under watch: the report back, or the next promise; 0 for nothing."""
    instants = (matter.marks.supervised.report_by if matter.marks.supervised else 0, matter.due)
    return min((instant for instant in instants if instant), default=0)


async def _listed(reader: Reader, query: Query, most: int) -> tuple[list[Matter], bool]:
    """Up to `most` matters, and whether these are all."""
    found: list[Matter] = []
    after = ""
    while len(found) < most:
        limit = min(PAGE, most - len(found))
        page = await reader.find(msgspec.structs.replace(query, after=after, limit=limit))
        found += page.matters
        after = page.next
        if not after:
            return found, True
    return found, False


def _late_with(late: Sequence[Matter], at: int) -> Iterable[LateWith]:
    """The most late first."""
    held: dict[tuple[str, int], list[Matter]] = {}
    for matter in late:
        lead = matter.lead
        held.setdefault((lead.agency, 0) if lead else ("", matter.custody.holder), []).append(matter)
    for (agency, centre), own in sorted(held.items(), key=lambda item: (-len(item[1]), item[0])):
        yield LateWith(
            agency=agency,
            centre=centre,
            late=len(own),
            supervised=sum(matter.marks.supervised is not None for matter in own),
            longest=at - min(matter.due for matter in own),
        )
