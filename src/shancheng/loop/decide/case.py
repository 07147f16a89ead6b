"""One command in front of the engine: the matter, who asks, and the questions every verb asks of them."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NoReturn

from msgspec.structs import replace

from shancheng.ground.access import Role
from shancheng.loop import clock as clocks
from shancheng.loop.act import AnyAct, Evidence
from shancheng.loop.kind import Kind
from shancheng.loop.ledger import Command, Refusal
from shancheng.loop.matter import Clock, Leg, Matter, Reporter, Stage
from shancheng.loop.move import Then
from shancheng.loop.rules import Rules

Change = tuple[str, AnyAct, Then]
"""Matter, the act written for it, and what follows."""


class Refused(Exception):
    """A verb says no; caught by `decide`, never seen outside."""

    def __init__(self, code: str, message: str, field: str = "") -> None:
        self.refusal = Refusal(code=code, message=message, field=field)
        super().__init__(message)


def refuse(code: str, message: str, field: str = "") -> NoReturn:
    """Say no, with a stable code and a sentence that says what to do next."""
    raise Refused(code, message, field)


@dataclass(frozen=True, slots=True)
class Case:
    """A command on an existing matter, with everything needed to decide it."""

    matter: Matter
    command: Command
    rules: Rules
    kind: Kind
    role: Role
    at: int
    """When the act counts as done: never before the matter's last move, never further back than the role may date."""
    matters: Mapping[str, Matter]
    """The matter and those it is bound to."""

    @property
    def id(self) -> str:
        """The matter's id."""
        return self.matter.id

    def only(self, then: Then) -> list[Change]:
        """A change of this matter alone."""
        return [(self.matter.id, self.command.act, then)]

    def other(self, matter: str, field: str = "") -> Matter:
        """Another matter that this one is, or is to be, bound to."""
        found = self.matters.get(matter)
        if found is None:
            refuse("unknown-matter", f"There is no matter {matter} here; check the number.", field)
        return found

    def need_stage(self, *stages: Stage) -> None:
        """Refuse where the matter stands somewhere else."""
        if self.matter.stage not in stages:
            allowed = " or ".join(stages)
            refuse(
                "wrong-stage",
                f"Matter {self.id} is {self.matter.stage}; {verb_of(self.command.act)} needs it to be {allowed}.",
            )

    def need_holder(self) -> None:
        """Refuse whoever does not sit in the holding centre; a role the kind names for the verb may be outside."""
        if self.role.any_centre or self.command.by.centre == self.matter.custody.holder:
            return
        if self.role.key in self.kind.who.get(verb_of(self.command.act), ()):
            return
        refuse(
            "not-holder",
            f"Matter {self.id} is held by centre {self.matter.custody.holder}; only that centre may "
            f"{verb_of(self.command.act)} it. Ask it to hand the matter over.",
        )

    def need_evidence(self, given: Iterable[Evidence]) -> None:
        """Refuse an act that does not carry the evidence its kind asks for."""
        kinds = {evidence.kind for evidence in given}
        for group in self.kind.evidence.get(verb_of(self.command.act), ()):
            if not self.role.any_centre and kinds.isdisjoint(group.split("|")):
                wanted = " or ".join(group.split("|"))
                refuse("evidence-missing", f"To {verb_of(self.command.act)} matter {self.id}, add evidence: {wanted}.")

    def need_reason(self, reason: str, field: str = "reason") -> None:
        """Refuse a reason or outcome code that the verb does not know; with none listed for it, any is taken."""
        verb = verb_of(self.command.act)
        known = sorted(key for key, record in self.rules.reasons.items() if verb in record.verbs)
        if known and reason not in known and not self.role.any_centre:
            what = f"is no {field} to {verb} with"
            refuse("unknown-name", f"'{reason}' {what}; give one of {', '.join(known)}.", field)

    def leg_of(self, agency: str, *states: str) -> Leg:
        """The leg that the actor works on, in one of these states."""
        own = self.command.by.agency
        wanted = agency or own
        if not self.role.any_centre and wanted != own:
            refuse("not-your-leg", f"You act for '{own or 'no agency'}', not for '{wanted}'.", "agency")
        leg = self.matter.legs.get(wanted)
        if leg is None:
            refuse("not-your-leg", f"'{wanted}' has no part in matter {self.id}.", "agency")
        if leg.state not in states:
            refuse("wrong-stage", f"The part of '{wanted}' in matter {self.id} is {leg.state}, not {or_(states)}.")
        return leg

    def clock(self, name: str) -> Clock:
        """An open clock by name."""
        found = self.matter.clocks.get(name)
        if found is None or not found.is_open:
            running = or_(sorted(key for key, clock in self.matter.clocks.items() if clock.is_open)) or "none"
            refuse("no-such-clock", f"Matter {self.id} has no open promise '{name}'; open now: {running}.", "clock")
        return found

    def told(self, reply: str) -> dict[str, Reporter]:
        """Every reporter answered now."""
        return {key: replace(who, told=self.at, reply=reply) for key, who in self.matter.reporters.items()}

    def started(self, name: str, *, leg: str = "", category: str = "", severity: int = 0) -> dict[str, Clock]:
        """The clock of a promise begun now; empty where no pack promises it."""
        promise = self.rules.promise(
            name,
            kind=self.matter.opening.kind,
            category=category or self.matter.about.category,
            severity=severity or self.matter.about.severity,
            at=self.at,
        )
        if promise is None:
            return {}
        return {f"{name}:{leg}" if leg else name: clocks.start(name, promise, self.at, self.rules)}

    def stopped(self, *names: str) -> dict[str, Clock]:
        """Those of the clocks that are open, fulfilled now."""
        return {name: clocks.stop(clock, self.at, self.rules) for name, clock in self._open(names)}

    def fallen_away(self, *names: str) -> dict[str, Clock]:
        """Those of the clocks that are open, no longer owed."""
        return {name: clocks.fall_away(clock, self.at, self.rules) for name, clock in self._open(names)}

    def all_fallen_away(self, *, but: Iterable[str] = ()) -> dict[str, Clock]:
        """Every open clock no longer owed, but for some."""
        return self.fallen_away(*(name for name in self.matter.clocks if name not in set(but)))

    def _open(self, names: Iterable[str]) -> list[tuple[str, Clock]]:
        found = ((name, self.matter.clocks.get(name)) for name in names)
        return [(name, clock) for name, clock in found if clock is not None and clock.is_open]


def verb_of(act: AnyAct) -> str:
    """The verb of an act."""
    return str(act.__struct_config__.tag)


def or_(words: Iterable[str]) -> str:
    """Words joined the way a sentence does."""
    return " or ".join(words)


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint at the nearest known name, or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" Did you mean '{close[0]}'?" if close else ""
