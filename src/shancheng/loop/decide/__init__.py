"""Deciding: what a command would write, or why it would not. Pure; never raises."""

from collections.abc import Callable, Mapping
from typing import Any

from shancheng.ground.access import Role
from shancheng.ground.calendar import CalendarError
from shancheng.ground.territory import TerritoryError
from shancheng.loop.act import Report
from shancheng.loop.decide import binding, closing, custody, intake, marking, waiting, work
from shancheng.loop.decide.case import Case, Change, Refused, nearest, refuse, verb_of
from shancheng.loop.kind import Kind
from shancheng.loop.ledger import Command, Refusal, Step
from shancheng.loop.matter import Matter
from shancheng.loop.move import apply
from shancheng.loop.rules import Rules
from shancheng.loop.scope import scope_of, sees

AHEAD_MAX = 300
"""Seconds that a sender's clock may be ahead of ours."""

VERBS: dict[str, Callable[[Case, Any], list[Change]]] = {
    "accept": intake.accept,
    "refuse": intake.refuse_matter,
    "grade": intake.grade,
    "assign": work.assign,
    "sign": work.sign,
    "return": work.give_back,
    "attend": work.attend,
    "finish": work.finish,
    "waive": work.waive,
    "verify": work.verify,
    "close": closing.close,
    "rate": closing.rate,
    "reopen": closing.reopen,
    "ask": waiting.ask,
    "deny": waiting.deny,
    "pause": waiting.pause,
    "resume": waiting.resume,
    "extend": waiting.extend,
    "escalate": waiting.escalate,
    "offer": custody.offer,
    "raise": custody.raise_,
    "lower": custody.lower,
    "take": custody.take,
    "decline": custody.decline,
    "withdraw": custody.withdraw,
    "merge": binding.merge,
    "unmerge": binding.unmerge,
    "split": binding.split,
    "supervise": marking.supervise,
    "consult": marking.consult,
    "note": marking.note,
    "unseal": marking.unseal,
    "redact": marking.redact,
}
WHILE_OFFERED = frozenset({"take", "decline", "withdraw", "escalate", "unseal", "redact"})
WHILE_MERGED = frozenset({"unmerge", "note", "rate", "reopen", "unseal", "redact"})


def decide(matters: Mapping[str, Matter], command: Command, rules: Rules) -> tuple[Step, ...] | Refusal:
    """The moves a command would write, in order, or the refusal; `matters` holds all that it may touch."""
    try:
        return _steps(matters, command, _changes(matters, command, rules))
    except Refused as refused:
        return refused.refusal
    except (CalendarError, TerritoryError) as error:
        return Refusal(code="out-of-bounds", message=str(error))


def bound_to(matter: Matter) -> tuple[str, ...]:
    """Other matters that a command on this one may read or change."""
    marks = matter.marks
    return tuple(key for key in (marks.merged_into, marks.parent, *marks.absorbed) if key)


def named_in(command: Command) -> tuple[str, ...]:
    """Matters that a command itself names."""
    named = getattr(command.act, "into", ""), *(part.id for part in getattr(command.act, "parts", ()))
    return tuple(key for key in (command.matter, *named) if key)


def _changes(matters: Mapping[str, Matter], command: Command, rules: Rules) -> list[Change]:
    verb, act = verb_of(command.act), command.act
    role = _role(command, verb, rules)
    matter = matters.get(command.matter)
    if isinstance(act, Report):
        if matter is not None:
            refuse("exists-already", f"There is a matter {command.matter} already; send the report without a number.")
        kind = _kind(act.kind, verb, role, command.now, rules)
        return intake.report(command, act, kind, _when(command, role, 0), rules)
    if matter is None:
        refuse("not-found", f"There is no matter {command.matter} here that you can see; check the number.")
    kind = _kind(matter.opening.kind, verb, role, matter.opening.at, rules)
    _need_sight(matter, command, role, rules)
    _need_unchanged(matter, command)
    _need_writable(matter, verb)
    case = Case(matter, command, rules, kind, role, _when(command, role, matter.at), matters)
    return VERBS[verb](case, act)


def _role(command: Command, verb: str, rules: Rules) -> Role:
    role = rules.roles.get(command.by.role)
    if role is None:
        refuse("not-allowed", f"There is no role '{command.by.role}'.{nearest(command.by.role, rules.roles)}")
    if verb not in role.verbs and "*" not in role.verbs:
        refuse("not-allowed", f"The role {role.key} may not {verb}; it may {', '.join(role.verbs) or 'only look'}.")
    return role


def _kind(key: str, verb: str, role: Role, at: int, rules: Rules) -> Kind:
    kind = rules.kind(key, at)
    if kind is None:
        refuse("unknown-name", f"There is no kind of matter '{key}'.{nearest(key, rules.kinds)}", "kind")
    if kind.verbs and verb not in kind.verbs:
        refuse("not-allowed", f"A {kind.key} knows no {verb}.")
    allowed = kind.who.get(verb)
    if allowed and role.key not in allowed and not role.any_centre:
        refuse("not-allowed", f"A {kind.key} is for {', '.join(allowed)} to {verb}, not for {role.key}.")
    return kind


def _need_sight(matter: Matter, command: Command, role: Role, rules: Rules) -> None:
    if role.any_centre and not command.by.places and not command.by.kinds:
        return
    if role.manages and verb_of(command.act) == "redact":
        return
    offered = matter.custody.offered_to
    if offered and command.by.centre == offered:
        return
    if not sees(scope_of(command.by, role, rules.places), matter, rules.places):
        refuse("not-found", f"There is no matter {matter.id} here that you can see; check the number.")


def _need_unchanged(matter: Matter, command: Command) -> None:
    if command.expect and command.expect != matter.seq:
        refuse(
            "changed-meanwhile",
            f"Matter {matter.id} has {matter.seq} moves, you had seen {command.expect}; look again, then decide.",
        )


def _need_writable(matter: Matter, verb: str) -> None:
    if matter.custody.offered_to and verb not in WHILE_OFFERED:
        refuse(
            "handed-over",
            f"Matter {matter.id} has been offered to centre {matter.custody.offered_to}; wait for its answer, "
            "or withdraw the offer.",
        )
    if matter.marks.merged_into and verb not in WHILE_MERGED:
        refuse("merged", f"Matter {matter.id} was merged into {matter.marks.merged_into}; act on that one.")


def _when(command: Command, role: Role, not_before: int) -> int:
    if command.at > command.now + AHEAD_MAX:
        refuse("bad-time", "The time given lies in the future; check the clock of your device.", "at")
    at = min(command.at, command.now)
    if role.backdate_minutes >= 0:
        at = max(at, command.now - role.backdate_minutes * 60)
    return max(at, not_before)


def _steps(matters: Mapping[str, Matter], command: Command, changes: list[Change]) -> tuple[Step, ...]:
    steps: list[Step] = []
    states: dict[str, Matter] = {}
    for matter_id, act, then in changes:
        before = states.get(matter_id) or matters.get(matter_id)
        at = _moment(command, before, then)
        seq = before.seq + 1 if before else 1
        after = apply(before, then, matter_id, seq, at, command.now)
        states[matter_id] = after
        steps.append(Step(matter=matter_id, act=act, then=then, before=before, after=after))
    return tuple(steps)


def _moment(command: Command, before: Matter | None, then: Any) -> int:
    at = min(command.at, command.now)
    return max(at, before.at) if before else at
