"""Who may do what, where, and to which kinds: the same rules for every door."""

import datetime as dt

import msgspec

from shancheng.ground.pack import Table


class Role(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A role: verbs it may do, what it may see, and how far back it may date an act."""

    key: str
    name: dict[str, str]
    verbs: tuple[str, ...] = ()
    """Verbs of the loop; `*` is every verb."""
    sees: str = "range"
    """`range`: matters in the actor's places; `legs`: those its agency works on; `own`: those it reported; `none`."""
    confidential: bool = False
    """May see matters marked confidential."""
    sealed: bool = False
    """May open sealed fields, with a purpose; every opening is a move."""
    backdate_minutes: int = 1440
    """A clock may start at most this long before the act was recorded; -1 has no bound (imports)."""
    any_centre: bool = False
    """Stands in for any centre and any agency: imports of what happened elsewhere, and the engine itself."""
    manages: bool = False
    """May see health, faults and tokens."""
    from_: dt.date = msgspec.field(name="from", default=dt.date(1900, 1, 1))
    until: dt.date | None = None
    source: str


class Actor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who acts: a pseudonymous account in a role, for a centre or an agency, over a range of places."""

    id: str
    role: str
    centre: int = 0
    """Place id of the centre the actor sits in; 0 for none."""
    agency: str = ""
    places: tuple[int, ...] = ()
    """Roots of the actor's range of places; empty with `sees = range` means the whole city."""
    kinds: tuple[str, ...] = ()
    """Kinds the actor is limited to; empty means all."""


TABLES = (Table("roles", Role, ("key",), dated=True),)
