"""The worklist: what somebody wishes to see, turned into the one query that every store answers."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from shancheng.ground.territory import Snapshot
from shancheng.loop.act import Key, Keys, Line, PlaceId, Seconds
from shancheng.loop.ledger import Query, Refusal, Scope
from shancheng.loop.matter import STAGES
from shancheng.loop.scope import narrowed
from shancheng.methods.words import tokens

LIMIT_MAX = 200
WORDS_MAX = 20


class Wish(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Filters that a person may set on a list; all of them hold at once, and the scope of the person beside them."""

    place: PlaceId = 0
    """Matters at this place or under it; 0 for everywhere."""
    stages: Keys = ()
    open_only: bool = False
    kinds: Keys = ()
    categories: Annotated[tuple[Key, ...], Meta(max_length=200)] = ()
    severity: Annotated[int, Meta(ge=1, le=4)] = 4
    """The least grave that is still listed; 1 is the gravest."""
    holder: PlaceId = 0
    lead: Key = ""
    late: bool = False
    """Only matters with a promise broken by now."""
    supervised: bool = False
    words: Line = ""
    since: Seconds = 0
    """Opened at or after this instant; 0 for any."""
    until: Seconds = 0
    """Opened before this instant; 0 for any."""
    merged: bool = False
    drill: bool = False
    order: Literal["due", "opened", "moved"] = "due"
    after: Line = ""
    """Cursor of the page before."""
    limit: Annotated[int, Meta(ge=1, le=LIMIT_MAX)] = 50


def query_of(wish: Wish, scope: Scope, places: Snapshot, now: int) -> Query | Refusal:
    """The query that a wish makes within a scope, or what is wrong with the wish."""
    if wish.place and wish.place not in places:
        return Refusal(code="unknown-name", message=f"There is no place {wish.place} in this city.", field="place")
    strange = [stage for stage in wish.stages if stage not in STAGES]
    if strange:
        message = f"'{strange[0]}' is no stage; a matter is {', '.join(STAGES)}."
        return Refusal(code="unknown-name", message=message, field="stages")
    return Query(
        scope=narrowed(scope, wish.place, places) if wish.place else scope,
        stages=wish.stages,
        open_only=wish.open_only or wish.late,
        kinds=wish.kinds,
        categories=wish.categories,
        severity_at_most=wish.severity,
        holder=wish.holder,
        lead=wish.lead,
        supervised_only=wish.supervised,
        late_at=now if wish.late else 0,
        opened_from=wish.since,
        opened_until=wish.until,
        words=tuple(dict.fromkeys(tokens(wish.words)))[:WORDS_MAX],
        merged=wish.merged,
        drill=wish.drill,
        order=wish.order,
        after=wish.after,
        limit=max(1, min(wish.limit, LIMIT_MAX)),
    )
