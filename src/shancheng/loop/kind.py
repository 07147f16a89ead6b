"""Records that make a city's matters: kinds, promises, ladder, categories, agencies, duties. All of them data."""

import datetime as dt
from typing import Literal

import msgspec

from shancheng.ground.pack import Table

Names = dict[str, str]
"""A name by language: `{"zh": "诉求", "en": "request"}`."""


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every pack record carries: its key, its first day, and where its values come from."""

    key: str
    from_: dt.date = msgspec.field(name="from", default=dt.date(1900, 1, 1))
    until: dt.date | None = None
    source: str


class Kind(Record, frozen=True, kw_only=True):
    """A kind of matter: which verbs it knows, who may do them, and what they must carry."""

    name: Names
    verbs: tuple[str, ...] = ()
    """Verbs of this kind; empty means every verb of the loop."""
    who: dict[str, tuple[str, ...]] = {}
    """Roles that may do a verb, where this kind narrows the roles table: `{"verify": ["delivery-unit"]}`."""
    evidence: dict[str, tuple[str, ...]] = {}
    """Evidence a verb must carry, any one of a `|` group: `{"finish": ["photo"], "verify": ["photo|visit|call"]}`."""
    assign_before_accept: bool = False
    """Handle first, file afterwards (先处置后补录)."""
    answer_at_once: bool = False
    """May be closed straight from `accepted`, when the answer itself settles it."""
    confidential: bool = False
    answer_days: int = 30
    """Days after closing in which a reporter may rate or reopen."""
    returns_before_own_decision: int = 2
    """On this many returns the holder must decide in its own name; no agency may return it again."""
    children_max: int = 10


class Promise(Record, frozen=True, kw_only=True):
    """A time promised: how long one clock may run, in which calendar. The most specific record wins."""

    clock: Literal["answer", "sign", "attend", "finish", "verify", "reply"]
    kind: str = "*"
    category: str = "*"
    severity: int = 0
    """1 (gravest) to 4; 0 means any."""
    calendar: str
    budget_minutes: int = 0
    budget_days: int = 0
    """Working days of the calendar, each as long as its ordinary day. Exactly one of the two budgets is above 0."""


class LadderStep(Record, frozen=True, kw_only=True):
    """One rung of the escalation ladder: at this share of a clock's budget these roles are told."""

    clock: str
    percent: int
    tells: tuple[str, ...]
    supervise: bool = False
    """Mark the matter as supervised (督办) when this rung is reached."""


class Severity(Record, frozen=True, kw_only=True):
    """A grade of severity: 1 特别重大, 2 重大, 3 较大, 4 一般."""

    grade: int
    name: Names
    colour: str


class StageName(Record, frozen=True, kw_only=True):
    """What a city calls a stage of the loop."""

    name: Names


class Reason(Record, frozen=True, kw_only=True):
    """A reason code, and the verbs that may give it."""

    name: Names
    verbs: tuple[str, ...]


class Agency(Record, frozen=True, kw_only=True):
    """A body that handles matters: a department, a town office, a company."""

    name_zh: str
    name_en: str
    place: str
    """Code of the place it answers for."""


class Category(Record, frozen=True, kw_only=True):
    """What a matter is about; a tree by `parent`."""

    parent: str = ""
    name_zh: str
    name_en: str
    kind: str
    severity: int = 4
    holder_level: int = 3
    """Level of the centre that holds such matters first (1 city, 2 district, 3 town)."""
    share: float = 0.0


class Duty(Record, frozen=True, kw_only=True):
    """One line of the duty list: who answers for a category in a place, and when."""

    category: str = "*"
    place: str
    hours: str = "always"
    """`always`; a calendar's key for inside its working time; `!` and the key for outside it."""
    lead: str
    supports: tuple[str, ...] = ()


TABLES = (
    Table("kinds", Kind, ("key",), dated=True),
    Table("promises", Promise, ("key",), dated=True),
    Table("ladder", LadderStep, ("key",), dated=True),
    Table("severities", Severity, ("key",), dated=True),
    Table("stages", StageName, ("key",), dated=True),
    Table("reasons", Reason, ("key",), dated=True),
    Table("agencies", Agency, ("key",), form="csv", dated=True),
    Table("categories", Category, ("key",), form="csv", dated=True),
    Table("duties", Duty, ("key",), form="csv", dated=True),
)
