"""A move: one line of the ledger, and how it changes a matter."""

from collections.abc import Callable, Iterable

import msgspec

from shancheng.loop.act import Act, AnyAct
from shancheng.loop.matter import About, Clock, Custody, Leg, Marks, Matter, Opening, Reporter, Stage, Tallies


class Then(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What a move makes of a matter: the facets it sets, and nothing of the rest.

    Deadlines and routes are in here as they were promised, so folding needs neither calendar nor pack.
    """

    opening: Opening | None = None
    about: About | None = None
    stage: Stage | None = None
    legs: dict[str, Leg] | None = None
    clocks: dict[str, Clock] | None = None
    custody: Custody | None = None
    marks: Marks | None = None
    reporters: dict[str, Reporter] | None = None
    tallies: Tallies | None = None


class Payload(msgspec.Struct, frozen=True, gc=False):
    """The body of a move: what was asked, and what followed from it."""

    act: msgspec.Raw
    then: Then


class Consequence(msgspec.Struct, frozen=True, gc=False):
    """The part of a payload that folding reads; the act is passed over."""

    then: Then


class Move(msgspec.Struct, frozen=True, gc=False):
    """One line of one lane of the ledger."""

    lane: str
    seq: int
    """Dense in its lane, from 1."""
    matter: str
    matter_seq: int
    verb: str
    actor: str
    role: str
    centre: int
    epoch: int
    place: int
    at: int
    """When it occurred."""
    recorded: int
    """When it was written; the difference to `at` is shown."""
    idem: str | None
    mark: int
    """Checksum of the command, so that a key used twice for different acts is noticed."""
    payload: bytes
    """Canonical JSON of `Payload`."""
    sealed: bytes | None = None
    hash: bytes = b""
    """SHA-256 over the previous hash and all of the above."""

    @property
    def then(self) -> Then:
        """What the move makes of its matter."""
        return CONSEQUENCES.decode(self.payload).then

    @property
    def act(self) -> Act | None:
        """What was asked; None when a newer version wrote a verb this one does not know."""
        try:
            return ACTS.decode(PAYLOADS.decode(self.payload).act)
        except msgspec.ValidationError:
            return None


CONSEQUENCES = msgspec.json.Decoder(Consequence)
PAYLOADS = msgspec.json.Decoder(Payload)
ACTS: msgspec.json.Decoder[AnyAct] = msgspec.json.Decoder(AnyAct)
_copied: Callable[[Matter], Matter] = getattr(Matter, "__copy__")  # noqa: B009 - copy.copy's detour costs as much again
CANONICAL = msgspec.json.Encoder(order="sorted")


class NotAMatter(ValueError):
    """Moves that do not begin with an opening."""


def apply(matter: Matter | None, then: Then, matter_id: str, seq: int, at: int, recorded: int) -> Matter:
    """The matter as it stands once a move is written; the one given is left as it was."""
    if matter is None:
        after = _opened(then, matter_id)
    else:
        after = _copied(matter)
        if then.about is not None:
            after.about = then.about
        if then.custody is not None:
            after.custody = then.custody
    if then.stage is not None:
        after.stage = then.stage
    if then.legs is not None:
        after.legs = after.legs | then.legs
    if then.clocks is not None:
        after.clocks = after.clocks | then.clocks
    if then.marks is not None:
        after.marks = then.marks
    if then.reporters is not None:
        after.reporters = after.reporters | then.reporters
    if then.tallies is not None:
        after.tallies = then.tallies
    after.seq, after.at, after.moved = seq, at, recorded
    return after


def _opened(then: Then, matter_id: str) -> Matter:
    if then.opening is None or then.about is None or then.custody is None:
        raise NotAMatter(f"The first move of matter {matter_id} does not open it.")
    return Matter(id=matter_id, opening=then.opening, about=then.about, custody=then.custody)


def fold(moves: Iterable[Move], start: Matter | None = None) -> Matter | None:
    """The state that the moves of one matter lead to."""
    matter = start
    for move in moves:
        matter = apply(matter, move.then, move.matter, move.matter_seq, move.at, move.recorded)
    return matter


Line = tuple[str, int, int, int, bytes]
"""Of a move: matter, its number there, when it occurred and was recorded, payload."""


def refold(states: dict[str, Matter], lines: Iterable[Line]) -> None:
    """Fold lines of any matters, in the order of the lane, into `states`; reads nothing but what folding needs."""
    decode, known = CONSEQUENCES.decode, states.get
    for matter, seq, at, recorded, payload in lines:
        states[matter] = apply(known(matter), decode(payload).then, matter, seq, at, recorded)
