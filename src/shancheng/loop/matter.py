"""A matter: one thing the city has undertaken to settle, in five facets that are never mixed."""

import enum

import msgspec

from shancheng.loop.act import Evidence, Point


class Stage(enum.StrEnum):
    """Where a matter stands in the loop."""

    REPORTED = "reported"
    ACCEPTED = "accepted"
    ASSIGNED = "assigned"
    DOING = "doing"
    DONE = "done"
    VERIFIED = "verified"
    CLOSED = "closed"
    REFUSED = "refused"


STAGES = tuple(Stage)
OPEN = frozenset({Stage.REPORTED, Stage.ACCEPTED, Stage.ASSIGNED, Stage.DOING, Stage.DONE, Stage.VERIFIED})


class Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A part of a matter's state: small, frozen, compared by value."""


class Opening(Fact, frozen=True, kw_only=True):
    """How the matter began; never changes."""

    kind: str
    text: str
    origin: str
    at: int
    """When it happened or was said."""
    recorded: int
    point: Point | None = None
    located: str = "picked"


class About(Fact, frozen=True, kw_only=True):
    """What and where the matter is, as known now."""

    category: str
    severity: int
    place: int
    """Leaf place id."""
    cell: int
    """Place id that boards count it under (its town)."""


class Leg(Fact, frozen=True, kw_only=True):
    """One agency's share of the work."""

    agency: str
    part: str = "lead"
    """`lead` or `support`."""
    state: str = "offered"
    """`offered`, `signed`, `returned`, `done`, `waived`."""
    offered: int
    signed: int = 0
    ended: int = 0
    duty: str = ""
    """Key of the duty-list line that named it; empty when the holder chose by hand."""
    reason: str = ""
    own_decision: bool = False
    handlers: tuple[str, ...] = ()
    """Accounts that worked on it; none of them may verify."""
    evidence: tuple[Evidence, ...] = ()


class Clock(Fact, frozen=True, kw_only=True):
    """One promise and the time spent on it, in working seconds of its calendar."""

    promise: str
    """Key of the promise record."""
    calendar: str
    budget: int
    started: int
    due: int
    running: int = 0
    """Instant since which it runs; 0 while paused and once stopped."""
    spent: int = 0
    """Working seconds used before `running`."""
    paused: int = 0
    """Instant since which it stands still; 0 when it does not."""
    paused_by: str = ""
    paused_reason: str = ""
    paused_until: int = 0
    waited: int = 0
    """Working seconds of the calendar that all pauses together have taken."""
    extended: int = 0
    """Working seconds granted on top of the promise."""
    met: int = 0
    """Instant at which the promise was kept or at last fulfilled; 0 until then."""
    void: bool = False
    """Stopped because the promise fell away (merged, refused, returned)."""
    rung: int = 0
    """Percent of the last rung of the ladder that was reached."""
    wake: int = 0
    """Instant at which the engine has to look at it again; 0 for never."""

    @property
    def is_open(self) -> bool:
        """Whether the promise is still to be kept."""
        return not self.met and not self.void

    def is_late(self, at: int) -> bool:
        """Whether the promise was, or by `at` is, broken."""
        return not self.void and (self.met or at) > self.due


class Custody(Fact, frozen=True, kw_only=True):
    """Which centre may write the matter."""

    holder: int
    epoch: int = 1
    offered_to: int = 0
    """Centre that an offer waits for; the holder may not write meanwhile."""
    by: str = ""
    """`raise`, `lower` or `offer`."""


class Supervision(Fact, frozen=True, kw_only=True):
    """A matter under watch."""

    by: str
    role: str
    at: int
    why: str
    report_by: int = 0


class Consultation(Fact, frozen=True, kw_only=True):
    """What a joint consultation decided."""

    agencies: tuple[str, ...]
    decision: str
    at: int
    by: str


class Request(Fact, frozen=True, kw_only=True):
    """A pause or extension an agency has asked for and nobody has answered."""

    what: str
    clock: str
    reason: str
    minutes: int
    agency: str
    by: str
    role: str
    at: int


class Marks(Fact, frozen=True, kw_only=True):
    """What is said of a matter beside its stage."""

    supervised: Supervision | None = None
    merged_into: str = ""
    absorbed: tuple[str, ...] = ()
    """Matters merged into this one."""
    parent: str = ""
    children: tuple[str, ...] = ()
    open_children: tuple[str, ...] = ()
    confidential: bool = False
    drill: bool = False
    consultations: tuple[Consultation, ...] = ()
    asked: tuple[Request, ...] = ()


class Reporter(Fact, frozen=True, kw_only=True):
    """One reporter of the matter, what it was told and what it said."""

    at: int
    told: int = 0
    """When it was last answered; 0 for not yet."""
    reply: str = ""
    rated: int = 0
    contacted: bool | None = None
    resolved: bool | None = None
    satisfied: bool | None = None
    redacted: bool = False


class Tallies(Fact, frozen=True, kw_only=True):
    """Counts and instants that figures are made from."""

    accepted: int = 0
    closed: int = 0
    """Instant of the last closing; 0 while open."""
    outcome: str = ""
    first_lead: str = ""
    finished_by: str = ""
    hops: int = 0
    returns: int = 0
    failed_checks: int = 0
    reopened: int = 0
    finish_due: int = 0
    finish_met: int = 0
    finish_spent: int = 0
    """Working seconds the finish clock had used when it was met."""


class Matter(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """One matter as the fold of its moves. Never changed in place: `apply` gives the next one."""

    id: str
    opening: Opening
    about: About
    custody: Custody
    stage: Stage = Stage.REPORTED
    legs: dict[str, Leg] = {}
    """By agency."""
    clocks: dict[str, Clock] = {}
    """By name: `finish`, `answer`, ...; legs' own as `sign:AGENCY`."""
    marks: Marks = Marks()
    reporters: dict[str, Reporter] = {}
    tallies: Tallies = Tallies()
    seq: int = 0
    """Number of its last move, from 1."""
    at: int = 0
    """When its last move occurred."""
    moved: int = 0
    """When its last move was recorded."""

    @property
    def is_open(self) -> bool:
        """Whether anything is still to be done."""
        return self.stage in OPEN

    @property
    def lead(self) -> Leg | None:
        """The leading leg in work, if there is one."""
        for leg in self.legs.values():
            if leg.part == "lead" and leg.state not in ("returned", "waived"):
                return leg
        return None

    @property
    def due(self) -> int:
        """The next instant at which a promise is broken; 0 when none is open."""
        soonest = 0
        for clock in self.clocks.values():
            if not (clock.met or clock.void or clock.paused) and (not soonest or clock.due < soonest):
                soonest = clock.due
        return soonest

    @property
    def wake(self) -> int:
        """The next instant at which the engine has to look at the matter; 0 for never."""
        soonest = 0
        for clock in self.clocks.values():
            if clock.wake and (not soonest or clock.wake < soonest):
                soonest = clock.wake
        return soonest
