"""Clocks: how a promise starts, waits, is stretched, watched and kept. Instants are UTC, budgets working seconds."""

from msgspec.structs import replace

from shancheng.ground.calendar import Calendar
from shancheng.loop.kind import Promise
from shancheng.loop.matter import Clock
from shancheng.loop.rules import Rules


def start(name: str, promise: Promise, at: int, rules: Rules) -> Clock:
    """A clock that begins to run at an instant."""
    calendar = rules.calendars[promise.calendar]
    budget = rules.budget(promise)
    return Clock(
        promise=promise.key,
        calendar=promise.calendar,
        budget=budget,
        started=at,
        running=at,
        due=calendar.deadline(at, budget),
        wake=_next_wake(name, calendar, at, budget, 0, 0, rules),
    )


def watch(name: str, clock: Clock, rules: Rules) -> Clock:
    """The clock with its next rung of the ladder worked out."""
    calendar, given = rules.calendars[clock.calendar], clock.budget + clock.extended
    return replace(clock, wake=_next_wake(name, calendar, clock.running, given, clock.spent, clock.rung, rules))


def _next_wake(name: str, calendar: Calendar, running: int, given: int, spent: int, above: int, rules: Rules) -> int:
    rung = rules.next_rung(family(name), above)
    if rung is None or not running:
        return 0
    return max(1, calendar.deadline(running, max(0, given * rung.percent // 100 - spent)))


def family(name: str) -> str:
    """The promise's name without the leg it belongs to or the round it is of: `sign:parks` is a `sign`."""
    return name.partition(":")[0].partition(".")[0]


def spent_by(clock: Clock, at: int, rules: Rules) -> int:
    """Working seconds used up to an instant."""
    if not clock.running or at <= clock.running:
        return clock.spent
    return clock.spent + rules.calendars[clock.calendar].elapsed(clock.running, at)


def stop(clock: Clock, at: int, rules: Rules) -> Clock:
    """The clock with its promise fulfilled at an instant, in time or not."""
    return replace(rest(clock, at, rules), met=at)


def fall_away(clock: Clock, at: int, rules: Rules) -> Clock:
    """The clock with its promise no longer owed."""
    return replace(rest(clock, at, rules), void=True)


def rest(clock: Clock, at: int, rules: Rules) -> Clock:
    """The clock standing still, with what it has used and waited added up."""
    waited = clock.waited
    if clock.paused:
        waited += rules.calendars[clock.calendar].elapsed(clock.paused, max(at, clock.paused))
    return replace(clock, spent=spent_by(clock, at, rules), running=0, paused=0, paused_until=0, waited=waited, wake=0)


def pause(clock: Clock, at: int, rules: Rules, *, by: str, reason: str, until: int) -> Clock:
    """The clock waiting until an instant, at which the engine wakes it."""
    still = rest(clock, at, rules)
    return replace(still, paused=at, paused_by=by, paused_reason=reason, paused_until=until, wake=until)


def resume(name: str, clock: Clock, at: int, rules: Rules) -> Clock:
    """The clock running again; a promise broken before the pause stays broken."""
    was_late = clock.paused > clock.due
    again = replace(rest(clock, at, rules), running=at, paused_by="", paused_reason="")
    if not was_late:
        left = again.budget + again.extended - again.spent
        again = replace(again, due=rules.calendars[again.calendar].deadline(at, max(0, left)))
    return watch(name, again, rules)


def extend(name: str, clock: Clock, seconds: int, rules: Rules) -> Clock:
    """The clock with working seconds granted on top of its promise."""
    longer = replace(clock, extended=clock.extended + seconds)
    from_ = clock.running or clock.paused
    left = longer.budget + longer.extended - longer.spent
    longer = replace(longer, due=rules.calendars[clock.calendar].deadline(from_, max(0, left)))
    return watch(name, longer, rules) if clock.running else longer


def take_up(name: str, clock: Clock, rules: Rules) -> Clock:
    """A promise thought fulfilled that was not: it runs on from where it stood, as if it had never stopped."""
    return watch(name, replace(clock, met=0, running=clock.met), rules)


def regrade(name: str, clock: Clock, promise: Promise, at: int, rules: Rules) -> Clock:
    """The clock under another promise from now on, if that brings it forward; a promise is never made later."""
    if promise.key == clock.promise:
        return clock
    budget = rules.budget(promise)
    due = rules.calendars[promise.calendar].deadline(at, budget)
    if due >= clock.due:
        return clock
    running = at if clock.running else 0
    regraded = replace(
        clock,
        promise=promise.key,
        calendar=promise.calendar,
        budget=budget,
        spent=0,
        extended=0,
        rung=0,
        running=running,
        due=due,
    )
    return watch(name, regraded, rules) if running else regraded
