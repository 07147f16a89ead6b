"""The ledger as the loop needs it: what a store has to offer, and the records that go in and come out."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Literal, Protocol

import msgspec

from shancheng.ground.access import Actor
from shancheng.loop.act import AnyAct
from shancheng.loop.matter import STAGES, Matter
from shancheng.loop.move import Move, Then

GENESIS = bytes(32)
"""Hash before the first move of a lane."""


class Command(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An act on a matter: by whom, when it occurred, when it reached us."""

    act: AnyAct
    matter: str
    by: Actor
    at: int
    now: int
    idem: str | None = None
    """Key under which a repeat gets the same receipt."""
    expect: int = 0
    """Number of the matter's last move that the sender had seen; 0 when it does not care."""
    sealed: bytes | None = None
    """Personal data, already encrypted under the reporter's key."""
    key: "ReporterKey | None" = None


class ReporterKey(msgspec.Struct, frozen=True, gc=False):
    """A reporter's data key, wrapped by the centre's; destroyed on `redact`."""

    reporter: str
    wrapped: bytes


class Receipt(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is answered once a command is durable."""

    lane: str
    seq: int
    matter: str
    matter_seq: int
    verb: str
    recorded: int
    repeated: bool = False
    """The same command had been written before; nothing was added."""


class Refusal(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Why a command was not written: a stable code and a sentence that says what to do next."""

    code: str
    message: str
    field: str = ""


class Step(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One move that was decided but is not written yet."""

    matter: str
    act: AnyAct
    then: Then
    before: Matter | None
    after: Matter


class Head(msgspec.Struct, frozen=True, gc=False):
    """The last line of a lane."""

    seq: int = 0
    hash: bytes = GENESIS


class Row(msgspec.Struct, frozen=True, gc=False):
    """What lists, boards and searches need of a matter, beside its state."""

    matter: str
    seq: int
    kind: str
    category: str
    severity: int
    place: int
    left: int
    """Depth-first number of the place in the governance tree; renumbered after a reform."""
    cell: int
    stage: str
    holder: int
    lead: str
    opened: int
    moved: int
    due: int
    """Next broken promise; 0 for none."""
    wake: int
    """Next instant at which the engine has to look; 0 for never."""
    is_open: bool
    supervised: bool
    merged: bool
    confidential: bool
    drill: bool
    state: bytes
    """The matter, msgpack."""


Cell = tuple[int, str]
"""Place id a board counts under, and category."""
Deltas = list[int]
"""Change of the count in each of the eight stages, in the order of `STAGES`."""


class Batch(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Everything that one transaction makes durable together."""

    moves: Sequence[Move]
    rows: Sequence[Row]
    counters: Mapping[Cell, Deltas]
    parties: Sequence[tuple[str, str]]
    """(`agency:KEY` or `reporter:PSEUDONYM`, matter) pairs that are new; repeats are ignored."""
    keys: Sequence[ReporterKey]
    forgotten: Sequence[str]
    """Reporters whose keys are destroyed."""
    head: Head
    previous: Head


class Lane(Protocol):
    """The one writer of one lane. Opening it takes the lane; a second writer is refused or fenced off."""

    name: str
    head: Head

    async def states(self, matters: Iterable[str]) -> dict[str, Matter]:
        """The matters that exist, by id."""

    async def receipts(self, keys: Iterable[str]) -> dict[str, tuple[int, Receipt]]:
        """Checksum and receipt of the first move written under each idempotency key."""

    async def append(self, batch: Batch) -> None:
        """Make the batch durable, whole or not at all.

        Raises Conflict when nothing was written because something is there already; NotHolder when another writer has
        the lane; Stopped for every fault of the disk or the server, after which this lane must not be used again.
        """

    async def close(self) -> None:
        """Give the lane up."""


class Scope(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What an actor may see, in terms that a store can filter by; several conditions all hold."""

    nothing: bool = False
    ranges: tuple[tuple[int, int], ...] | None = None
    """Depth-first ranges of places, both ends included; None for everywhere."""
    kinds: tuple[str, ...] = ()
    party: str = ""
    """Only matters this `agency:KEY` or `reporter:PSEUDONYM` is a party to."""
    confidential: bool = False
    """Whether confidential matters are seen too."""


class Query(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A list that somebody wants: scope, filters, order, page."""

    scope: Scope
    stages: tuple[str, ...] = ()
    open_only: bool = False
    kinds: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    severity_at_most: int = 4
    """1 is the gravest."""
    holder: int = 0
    lead: str = ""
    supervised_only: bool = False
    late_at: int = 0
    """Only matters with a promise broken before this instant."""
    opened_from: int = 0
    opened_until: int = 0
    words: tuple[str, ...] = ()
    """Tokens that must all occur (`shancheng.methods.words`)."""
    merged: bool = False
    """Whether matters that were merged away are listed too."""
    drill: bool = False
    """Only drills when true, never drills when false."""
    order: Literal["due", "opened", "moved"] = "due"
    """`due`: earliest first, matters with no open promise last; `opened` and `moved`: newest first."""
    after: str = ""
    """Cursor of the page before."""
    limit: int = 50


class Page(msgspec.Struct, frozen=True, gc=False):
    """One page of a list, and the cursor of the next; empty when there is none."""

    matters: tuple[Matter, ...]
    next: str = ""


class Count(msgspec.Struct, frozen=True, gc=False):
    """How many matters of a cell and category stand in each stage."""

    cell: int
    category: str
    stages: tuple[int, ...]


class Due(msgspec.Struct, frozen=True, gc=False):
    """How many open matters have their next promise broken by when: before the first of the instants that were asked
    for, then from each of them to the next.
    """

    by_cell: dict[int, tuple[int, ...]]
    by_category: dict[str, tuple[int, ...]]


class Reader(Protocol):
    """The reading side; never waits for the writer, and works when the writer has stopped."""

    async def head(self, lane: str) -> Head:
        """The last durable line of a lane."""

    async def matter(self, matter: str) -> Matter | None:
        """One matter as it stands."""

    async def history(self, matter: str) -> list[Move]:
        """All moves of one matter, in order."""

    def moves(self, lane: str, after: int = 0, until: int | None = None) -> AsyncIterator[Sequence[Move]]:
        """The moves of a lane in order, in chunks, from the one after `after` to `until` inclusive."""

    async def find(self, query: Query) -> Page:
        """A page of matters; search by words sees matters once `index_words` has passed them."""

    async def counts(self, cells: Sequence[int] | None = None) -> list[Count]:
        """Counters of these cells (None: all), one per cell and category."""

    async def counts_by_category(self, cells: Sequence[int] | None = None) -> dict[str, tuple[int, ...]]:
        """Counters summed over the cells."""

    async def counts_by_cell(self, cells: Sequence[int] | None = None) -> dict[int, tuple[int, ...]]:
        """Counters summed over the categories."""

    async def due(self, scope: Scope, instants: Sequence[int]) -> Due:
        """Open matters whose next promise breaks before the last of some ascending instants, counted."""

    async def woken(self, until: int, limit: int) -> list[str]:
        """Matters the engine has to look at by `until`, earliest first."""

    async def key(self, reporter: str) -> bytes | None:
        """A reporter's wrapped data keys, one after the other; None once destroyed."""


async def last_recorded(reader: Reader, lane: Lane) -> int:
    """When the last line of a lane was written; 0 for an empty one."""
    last = 0
    async for moves in reader.moves(lane.name, max(0, lane.head.seq - 1), lane.head.seq):
        last = moves[-1].recorded
    return last


def row_of(matter: Matter, left: int) -> Row:
    """The row that lists, boards and searches find a matter by."""
    lead = matter.lead
    return Row(
        matter.id,
        matter.seq,
        matter.opening.kind,
        matter.about.category,
        matter.about.severity,
        matter.about.place,
        left,
        matter.about.cell,
        matter.stage.value,
        matter.custody.holder,
        lead.agency if lead else "",
        matter.opening.at,
        matter.moved,
        matter.due,
        matter.wake,
        matter.is_open,
        matter.marks.supervised is not None,
        bool(matter.marks.merged_into),
        matter.marks.confidential,
        matter.marks.drill,
        STATES.encode(matter),
    )


STATES = msgspec.msgpack.Encoder()
STATE = msgspec.msgpack.Decoder(Matter)
STAGE_INDEX = {stage: number for number, stage in enumerate(STAGES)}


def counted(matter: Matter | None) -> tuple[int, str, int] | None:
    """Cell, category and stage number a matter is counted under; None for drills and matters merged away."""
    if matter is None or matter.marks.merged_into or matter.marks.drill:
        return None
    return matter.about.cell, matter.about.category, STAGE_INDEX[matter.stage]
