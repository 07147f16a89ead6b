"""Records a territory is made of: places and what is dated under them."""

import datetime as dt
from typing import Literal

import msgspec

from shancheng.ground.pack import Table

NameKind = Literal["official", "short", "former", "alias", "pinyin"]
LineageKind = Literal["rename", "recode", "upgrade", "transfer", "merge", "split", "redraw", "create", "abolish"]
BEGINNING = dt.date(1900, 1, 1)


class Dated(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What holds from a first day until the first day it no longer does."""

    from_: dt.date = msgspec.field(name="from", default=BEGINNING)
    until: dt.date | None = None
    source: str

    def holds(self, day: dt.date) -> bool:
        """Whether the record is in force on a day."""
        return self.from_ <= day and (self.until is None or day < self.until)


class PlaceVersion(Dated, frozen=True, kw_only=True):
    """A place as it was for a while: its level, parent, name and code. The id never changes and is never used again."""

    id: int
    level: int
    parent: int | None = None
    """Id of the parent in the official tree; None for the root, and for places that only other trees hold."""
    name: str
    code: str = ""
    type: str = ""
    lon: float | None = None
    lat: float | None = None
    """Where its seat stands, in WGS-84 degrees."""


class PlaceCode(Dated, frozen=True, kw_only=True):
    """A code of a place in one more scheme."""

    id: int
    scheme: str
    code: str


class PlaceName(Dated, frozen=True, kw_only=True):
    """One more name of a place: in another language, short, former, or as people say it."""

    id: int
    text: str
    kind: NameKind = "alias"
    lang: str = "zh"


class Edge(Dated, frozen=True, kw_only=True):
    """The parent of a place in a tree other than the official one."""

    tree: str
    child: int
    parent: int | None = None
    """None takes the place out of the tree."""


class Lineage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What became of a place on a day; `weight` is the share of it that went there."""

    from_id: int
    to_id: int
    on: dt.date
    kind: LineageKind
    weight: float = 1.0
    source: str


TABLES = (
    Table("places", PlaceVersion, ("id",), form="csv", dated=True),
    Table("codes", PlaceCode, ("id", "scheme", "code"), form="csv", dated=True),
    Table("names", PlaceName, ("id", "text", "kind"), form="csv", dated=True),
    Table("edges", Edge, ("tree", "child"), form="csv", dated=True),
    Table("lineage", Lineage, ("from_id", "to_id", "on"), form="csv"),
)
