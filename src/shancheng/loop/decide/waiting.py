"""Waiting: an agency asks, the holder grants or denies; clocks pause, resume, are extended and climb the ladder."""

from msgspec.structs import replace

from shancheng.loop import clock as clocks
from shancheng.loop.act import Ask, Deny, Escalate, Extend, Pause, Resume
from shancheng.loop.decide.case import Case, Change, refuse
from shancheng.loop.matter import OPEN, Clock, Marks, Request, Supervision
from shancheng.loop.move import Then

PAUSE_MAX = 366 * 86_400
ASKED_MAX = 10


def ask(case: Case, act: Ask) -> list[Change]:
    """An agency asks for a pause or more time; the clock runs on until somebody else grants it."""
    case.need_stage(*OPEN)
    leg = case.leg_of(act.agency, "offered", "signed")
    case.clock(act.clock)
    case.need_reason(act.reason)
    waiting = _without(case, act.what, act.clock)
    if len(waiting) >= ASKED_MAX:
        refuse("too-many", f"Matter {case.id} has {ASKED_MAX} questions open; wait until the holder has answered.")
    by = case.command.by
    asked = Request(
        what=act.what,
        clock=act.clock,
        reason=act.reason,
        minutes=act.minutes,
        agency=leg.agency,
        by=by.id,
        role=by.role,
        at=case.at,
    )
    return case.only(Then(marks=replace(case.matter.marks, asked=(*waiting, asked))))


def deny(case: Case, act: Deny) -> list[Change]:
    """The holder does not grant it."""
    case.need_holder()
    left = _without(case, act.what, act.clock)
    if len(left) == len(case.matter.marks.asked):
        refuse("not-asked", f"Nobody has asked to {act.what} '{act.clock}' of matter {case.id}.", "what")
    return case.only(Then(marks=replace(case.matter.marks, asked=left)))


def _without(case: Case, what: str, clock: str) -> tuple[Request, ...]:
    return tuple(asked for asked in case.matter.marks.asked if (asked.what, asked.clock) != (what, clock))


def _need_other_granter(case: Case) -> None:
    """Who works on a matter, or asked, cannot grant itself time."""
    by = case.command.by
    asked = any(by.id == request.by for request in case.matter.marks.asked)
    handled = any(by.id in leg.handlers or by.agency == leg.agency for leg in case.matter.legs.values())
    if (asked or handled) and not case.role.any_centre:
        refuse("own-request", f"You work on matter {case.id}; somebody of the holding centre must grant it time.")


def _granted(case: Case, what: str, clock: str) -> Marks | None:
    left = _without(case, what, clock)
    return replace(case.matter.marks, asked=left) if len(left) < len(case.matter.marks.asked) else None


def pause(case: Case, act: Pause) -> list[Change]:
    """A clock stands still until an instant, at which it runs again by itself."""
    case.need_stage(*OPEN)
    case.need_holder()
    _need_other_granter(case)
    clock = case.clock(act.clock)
    case.need_reason(act.reason)
    if clock.paused:
        refuse("paused-already", f"'{act.clock}' of matter {case.id} is paused already; resume it first.", "clock")
    if not case.at < act.until <= case.at + PAUSE_MAX:
        refuse("bad-time", "A pause ends after it begins and within a year; give another 'until'.", "until")
    still = clocks.pause(clock, case.at, case.rules, by=case.command.by.id, reason=act.reason, until=act.until)
    return case.only(Then(clocks={act.clock: still}, marks=_granted(case, "pause", act.clock)))


def resume(case: Case, act: Resume) -> list[Change]:
    """A paused clock runs again before its time."""
    case.need_holder()
    clock = case.clock(act.clock)
    if not clock.paused:
        refuse("not-paused", f"'{act.clock}' of matter {case.id} is not paused.", "clock")
    return case.only(_resumed(case, act.clock, clock))


def _resumed(case: Case, name: str, clock: Clock) -> Then:
    again = clocks.resume(name, clock, case.at, case.rules)
    tallies = replace(case.matter.tallies, finish_due=again.due) if name == "finish" else None
    return Then(clocks={name: again}, tallies=tallies)


def extend(case: Case, act: Extend) -> list[Change]:
    """A clock is given more working time, before its promise is broken."""
    case.need_stage(*OPEN)
    case.need_holder()
    _need_other_granter(case)
    clock = case.clock(act.clock)
    case.need_reason(act.reason)
    if not clock.paused and case.at > clock.due:
        refuse("too-late", f"The promise '{act.clock}' of matter {case.id} is broken; it can no longer be extended.")
    longer = clocks.extend(act.clock, clock, act.minutes * 60, case.rules)
    tallies = replace(case.matter.tallies, finish_due=longer.due) if act.clock == "finish" else None
    return case.only(Then(clocks={act.clock: longer}, marks=_granted(case, "extend", act.clock), tallies=tallies))


def escalate(case: Case, act: Escalate) -> list[Change]:
    """The engine looks at a clock whose time has come: a pause has run out, or a rung of the ladder is reached."""
    clock = case.clock(act.clock)
    if not clock.wake or clock.wake > case.at:
        refuse("nothing-due", f"Nothing is due on '{act.clock}' of matter {case.id} yet.", "clock")
    if clock.paused:
        return case.only(_resumed(case, act.clock, clock))
    rung = case.rules.next_rung(clocks.family(act.clock), clock.rung)
    if rung is None:
        return case.only(Then(clocks={act.clock: replace(clock, wake=0)}))
    higher = clocks.watch(act.clock, replace(clock, rung=rung.percent), case.rules)
    return case.only(Then(clocks={act.clock: higher}, marks=_watched(case, rung.percent) if rung.supervise else None))


def _watched(case: Case, percent: int) -> Marks | None:
    if case.matter.marks.supervised is not None:
        return None
    by = case.command.by
    why = f"{percent} % of a promised time is used"
    return replace(case.matter.marks, supervised=Supervision(by=by.id, role=by.role, at=case.at, why=why))
