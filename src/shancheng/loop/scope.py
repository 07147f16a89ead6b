"""What an actor may see: a role, a range of places and kinds, turned into one scope for every door and every store."""

import msgspec

from shancheng.ground.access import Actor, Role
from shancheng.ground.territory import Snapshot
from shancheng.loop.ledger import Scope
from shancheng.loop.matter import Matter

NOTHING = Scope(nothing=True)


def scope_of(actor: Actor, role: Role | None, places: Snapshot) -> Scope:
    """The scope of an actor; a role that is not known sees nothing."""
    if role is None or role.sees == "none":
        return NOTHING
    if role.sees == "own":
        return Scope(party=f"reporter:{actor.id}", kinds=actor.kinds, confidential=True)
    if role.sees == "legs":
        return Scope(party=f"agency:{actor.agency}", kinds=actor.kinds, confidential=role.confidential)
    return Scope(ranges=_ranges(actor, places), kinds=actor.kinds, confidential=role.confidential)


def _ranges(actor: Actor, places: Snapshot) -> tuple[tuple[int, int], ...] | None:
    if not actor.places:
        return None
    return tuple(places.left_right(place) for place in actor.places if place in places)


def narrowed(scope: Scope, place: int, places: Snapshot) -> Scope:
    """The part of a scope that lies under a place."""
    left, right = places.left_right(place)
    if scope.ranges is None:
        return msgspec.structs.replace(scope, ranges=((left, right),))
    kept = tuple((max(low, left), min(high, right)) for low, high in scope.ranges if low <= right and left <= high)
    return msgspec.structs.replace(scope, ranges=kept, nothing=scope.nothing or not kept)


def sees(scope: Scope, matter: Matter, places: Snapshot) -> bool:
    """Whether a matter lies within a scope; says the same as the stores' query builder."""
    if scope.nothing or (scope.kinds and matter.opening.kind not in scope.kinds):
        return False
    if matter.marks.confidential and not scope.confidential:
        return False
    if scope.party and scope.party not in parties_of(matter):
        return False
    if scope.ranges is None:
        return True
    if matter.about.place not in places:
        return False
    left, _ = places.left_right(matter.about.place)
    return any(low <= left <= high for low, high in scope.ranges)


def parties_of(matter: Matter) -> set[str]:
    """Everybody who is a party to a matter, as stores keep them."""
    return {f"agency:{agency}" for agency in matter.legs} | {f"reporter:{reporter}" for reporter in matter.reporters}
