"""Facts: what figures need to know of one matter, folded from its moves; figures read moves nowhere else."""

import hashlib

import msgspec

from shancheng.loop.act import Close
from shancheng.loop.matter import Clock, Leg, Marks, Reporter, Stage, Tallies
from shancheng.loop.move import ACTS, PAYLOADS, Move, Then

NO_TALLIES = Tallies()


class Offered(msgspec.Struct, kw_only=True, gc=False):
    """One offer of a leg to an agency, and what became of it; instants, 0 for not."""

    agency: str
    at: int
    answered: int = 0
    """When the promise to sign was fulfilled, by signing or by giving the leg back."""
    sign_due: int = 0
    """By when that was promised; 0 where nothing was promised or the promise fell away."""
    returned: int = 0
    done: int = 0
    row: int = -1
    """Where the book keeps it; -1 for not yet."""


class Closing(msgspec.Struct, kw_only=True, gc=False):
    """One closing of the matter."""

    at: int
    due: int
    """The finish deadline in force then; 0 where there was none."""
    used: float | None
    """Share of the finish budget, with everything granted, that was used; None where there was none."""
    reply: int
    """Fingerprint of the public reply, white space left out; 0 for no words."""
    reopened: int = 0
    row: int = -1


class Check(msgspec.Struct, kw_only=True, gc=False):
    """One verification."""

    at: int
    passed: bool
    row: int = -1


class Rating(msgspec.Struct, kw_only=True, gc=False):
    """One rating, and whether one of the hands that did the work wrote it down."""

    at: int
    by_handler: bool
    row: int = -1


class Voice(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """What one reporter was told and said."""

    told: int
    rated: int
    contacted: bool | None
    resolved: bool | None
    satisfied: bool | None


class Facts(msgspec.Struct, kw_only=True):
    """One matter as figures see it. Every instant is when the thing occurred, not when it was written down."""

    kind: str
    opened: int
    origin: str
    place: int
    category: str
    stage: Stage = Stage.REPORTED
    refused: int = 0
    merged: int = 0
    """When it was merged away; 0 while it stands on its own."""
    drill: bool = False
    finish: Clock | None = None
    """The finish clock of the last round: its `due` is the last granted deadline."""
    answer_due: int = 0
    """0 where no answer was promised or the promise fell away."""
    answer_met: int = 0
    tallies: Tallies = NO_TALLIES
    supervised: int = 0
    report_by: int = 0
    extensions: int = 0
    pauses: int = 0
    handlers: tuple[str, ...] = ()
    voices: dict[str, Voice] = {}
    offers: list[Offered] = []
    closings: list[Closing] = []
    checks: list[Check] = []
    ratings: list[Rating] = []
    seq: int = 0
    """Number of the last move that went in."""
    row: int = -1


def begin(move: Move) -> Facts:
    """The facts of a matter after its first move."""
    then = PAYLOADS.decode(move.payload).then
    assert then.opening is not None and then.about is not None, f"move 1 of {move.matter} does not open it"
    facts = Facts(
        kind=then.opening.kind,
        opened=then.opening.at,
        origin=then.opening.origin,
        place=then.about.place,
        category=then.about.category,
    )
    _follow(facts, move, then)
    return facts


def carry_on(facts: Facts, move: Move) -> None:
    """Take one more move in; a move that is in already changes nothing."""
    if move.matter_seq > facts.seq:
        _follow(facts, move, PAYLOADS.decode(move.payload).then)


def _follow(facts: Facts, move: Move, then: Then) -> None:
    facts.seq = move.matter_seq
    if then.about is not None:
        facts.place, facts.category = then.about.place, then.about.category
    if then.marks is not None:
        _mark(facts, then.marks, move.at)
    if then.reporters is not None:
        facts.voices.update((key, _voice(reporter)) for key, reporter in then.reporters.items())
    if then.legs is not None:
        _take_legs(facts, then.legs)
    if then.clocks is not None:
        _take_clocks(facts, then.clocks)
    if then.tallies is not None:
        facts.tallies = then.tallies
    _count_verb(facts, move)
    if then.stage is not None:
        _change_stage(facts, move, then.stage)


def _mark(facts: Facts, marks: Marks, at: int) -> None:
    facts.merged = (facts.merged or at) if marks.merged_into else 0
    facts.drill = marks.drill
    if marks.supervised is not None:
        facts.supervised, facts.report_by = marks.supervised.at, marks.supervised.report_by


def _voice(reporter: Reporter) -> Voice:
    return Voice(
        told=reporter.told,
        rated=reporter.rated,
        contacted=reporter.contacted,
        resolved=reporter.resolved,
        satisfied=reporter.satisfied,
    )


def _take_legs(facts: Facts, legs: dict[str, Leg]) -> None:
    for agency, leg in legs.items():
        facts.handlers += tuple(key for key in leg.handlers if key not in facts.handlers)
        last = _offer_to(facts, agency)
        if leg.state == "offered" or last is None:
            _offer_again(facts, last, leg)
        elif leg.state == "returned":
            last.returned = leg.ended
        elif leg.state in ("done", "signed"):
            last.done = leg.ended


def _offer_again(facts: Facts, last: Offered | None, leg: Leg) -> None:
    if last is not None and not last.answered:
        last.sign_due = 0
    facts.offers.append(Offered(agency=leg.agency, at=leg.offered))


def _offer_to(facts: Facts, agency: str) -> Offered | None:
    return next((offer for offer in reversed(facts.offers) if offer.agency == agency), None)


def _take_clocks(facts: Facts, clocks: dict[str, Clock]) -> None:
    facts.finish = clocks.get("finish", facts.finish)
    if (answer := clocks.get("answer")) is not None:
        facts.answer_due, facts.answer_met = (0 if answer.void else answer.due), answer.met
    for name, clock in clocks.items():
        family, _, agency = name.partition(":")
        if family == "sign" and (offer := _offer_to(facts, agency)) is not None:
            offer.answered, offer.sign_due = clock.met, 0 if clock.void else clock.due


def _count_verb(facts: Facts, move: Move) -> None:
    if move.verb == "extend":
        facts.extensions += 1
    elif move.verb == "pause":
        facts.pauses += 1
    elif move.verb == "rate":
        facts.ratings.append(Rating(at=move.at, by_handler=move.actor in facts.handlers))


def _change_stage(facts: Facts, move: Move, stage: Stage) -> None:
    before, facts.stage = facts.stage, stage
    if stage is Stage.REFUSED:
        facts.refused = move.at
    if move.verb == "verify":
        facts.checks.append(Check(at=move.at, passed=stage is Stage.VERIFIED))
    if stage is Stage.CLOSED and before is not Stage.CLOSED:
        facts.closings.append(_closing(facts, move))
    elif before is Stage.CLOSED and stage is not Stage.CLOSED and facts.closings:
        facts.closings[-1].reopened = move.at


def _closing(facts: Facts, move: Move) -> Closing:
    clock = facts.finish
    kept = clock if clock is not None and not clock.void else None
    whole = kept.budget + kept.extended if kept else 0
    used = kept.spent / whole if kept and whole else None
    return Closing(at=move.at, due=kept.due if kept else 0, used=used, reply=_fingerprint(move))


def _fingerprint(move: Move) -> int:
    if move.verb != "close":
        return 0
    act = ACTS.decode(PAYLOADS.decode(move.payload).act)
    words = "".join(act.reply.split()) if isinstance(act, Close) else ""
    return int.from_bytes(hashlib.blake2b(words.encode(), digest_size=7).digest()) if words else 0
