"""Every figure counted again, slowly and in another way: from whole states before and after each move."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from shancheng.loop.act import Close, Verify
from shancheng.loop.matter import Clock, Matter, Stage
from shancheng.loop.move import Move, fold
from shancheng.loop.rules import Rules

DAY = 86_400
Answer = tuple[float, float]
"""Numerator and denominator."""


class Change(NamedTuple):
    """One move, and the matter before and after it."""

    move: Move
    before: Matter | None
    after: Matter


class Life(NamedTuple):
    """One matter from its first move to its last."""

    changes: list[Change]
    now: Matter

    def verbs(self, *wanted: str) -> list[Change]:
        """Changes by some verbs that were done on this matter."""
        return [change for change in self.changes if change.move.verb in wanted]


def lives_of(moves: Sequence[Move], as_of: int) -> list[Life]:
    """The matters of a log as of an instant, drills left out."""
    by_matter: dict[str, list[Move]] = defaultdict(list)
    for move in moves:
        if move.at <= as_of:
            by_matter[move.matter].append(move)
    lives = []
    for own in by_matter.values():
        states: list[Matter | None] = [None]
        for move in own:
            states.append(fold([move], states[-1]))
        changes = [Change(m, b, a) for m, b, a in zip(own, states, states[1:], strict=False) if a is not None]
        lives.append(Life(changes, changes[-1].after))
    return [life for life in lives if not life.now.marks.drill]


def recount(
    moves: Sequence[Move], rules: Rules, *, place: int, period: tuple[int, int], as_of: int
) -> dict[str, Answer]:
    """Numerator and denominator of every figure of a place, by key."""
    lives = [life for life in lives_of(moves, as_of) if place in rules.places.chain(life.now.about.place)]
    standing = [life for life in lives if not life.now.marks.merged_into]
    found: dict[str, Answer] = {}
    for count in (_volumes, _promises, _legs, _checks, _waits, _words, _speed, _ways):
        found |= count(standing, period, as_of, rules)
    return found | _tells(lives, standing, period)


def _in(moment: float, period: tuple[int, int]) -> bool:
    return period[0] <= moment < period[1]


def _closings(life: Life) -> list[Change]:
    return [
        change
        for change in life.changes
        if change.after.stage is Stage.CLOSED and (change.before is None or change.before.stage is not Stage.CLOSED)
    ]


def _last_closing(life: Life) -> float:
    return max((change.move.at for change in _closings(life)), default=-math.inf)


def _accepted(lives: Iterable[Life], period: tuple[int, int]) -> list[Life]:
    return [life for life in lives if life.now.tallies.accepted and _in(life.now.tallies.accepted, period)]


def _volumes(lives: list[Life], period: tuple[int, int], as_of: int, rules: Rules) -> dict[str, Answer]:
    opened = [life for life in lives if _in(life.now.opening.at, period)]
    accepted = _accepted(lives, period)
    return {
        "reported": (len(opened), 1),
        "accepted": (len(accepted), 1),
        "closings": (sum(_in(_last_closing(life), period) for life in lives), 1),
        "open": (sum(life.now.is_open and life.now.opening.at < period[1] for life in lives), 1),
        "filing_rate": (sum(bool(life.now.tallies.accepted) for life in opened), len(opened)),
        "self_found_share": (
            sum(life.now.opening.origin in ("patrol", "sensor") for life in accepted),
            len(accepted),
        ),
    }


def _finish(matter: Matter) -> Clock | None:
    clock = matter.clocks.get("finish")
    return None if clock is None or clock.void else clock


def due_set(lives: list[Life], period: tuple[int, int], as_of: int) -> list[tuple[Life, Clock]]:
    """Matters whose last granted finish deadline lies in the period, with that clock."""
    found = []
    for life in lives:
        clock = _finish(life.now)
        if clock is None or not _in(clock.due, period):
            continue
        waits = bool(clock.paused) and clock.paused <= clock.due
        if life.now.stage is Stage.CLOSED or (clock.due <= as_of and not waits):
            found.append((life, clock))
    return found


def kept(life: Life, clock: Clock) -> bool:
    """Whether the matter is closed, and was so by its deadline."""
    return life.now.stage is Stage.CLOSED and _last_closing(life) <= clock.due


def _promises(lives: list[Life], period: tuple[int, int], as_of: int, rules: Rules) -> dict[str, Answer]:
    due = due_set(lives, period, as_of)
    return {
        "due": (len(due), 1),
        "closing_rate": (sum(life.now.stage is Stage.CLOSED for life, _ in due), len(due)),
        "on_time_rate": (sum(kept(life, clock) for life, clock in due), len(due)),
        "finished_in_time": (sum(0 < clock.met <= clock.due for _, clock in due), len(due)),
    }


def _legs(lives: list[Life], period: tuple[int, int], as_of: int, rules: Rules) -> dict[str, Answer]:
    offered = returned = wrong = promised = signed = 0
    for life in lives:
        for number, change in enumerate(life.changes):
            if change.move.verb != "assign" or not _in(change.after.at, period):
                continue
            for agency, leg in change.after.legs.items():
                if leg.state != "offered" or agency not in (change.move.then.legs or {}):
                    continue
                rest = life.changes[number:]
                again = next((n for n, c in enumerate(rest[1:], 1) if _offers(c, agency)), len(rest))
                offered += 1
                gave_back = any(_state(c, agency) == "returned" for c in rest[:again])
                returned += gave_back
                wrong += gave_back and _done_later(rest[again:], agency)
                clock = rest[again - 1].after.clocks.get(f"sign:{agency}")
                fell = again < len(rest) and clock is not None and not clock.met
                if clock is not None and not clock.void and not fell and clock.due <= as_of:
                    promised += 1
                    signed += 0 < clock.met <= clock.due
    return {
        "signed_in_time": (signed, promised),
        "return_rate": (returned, offered),
        "wrong_returns": (wrong, returned),
    }


def _offers(change: Change, agency: str) -> bool:
    legs = change.move.then.legs or {}
    return change.move.verb == "assign" and agency in legs and legs[agency].state == "offered"


def _state(change: Change, agency: str) -> str:
    return change.after.legs[agency].state


def _done_later(changes: list[Change], agency: str) -> bool:
    """Whether the agency's part was done in a later round, and that work not sent back by a check that it failed."""
    rounds: list[bool] = []
    for change in changes:
        if _offers(change, agency):
            rounds.append(False)
        elif _state(change, agency) in ("done", "signed"):
            rounds[-1] = _state(change, agency) == "done"
    return any(rounds)


def _checks(lives: list[Life], period: tuple[int, int], as_of: int, rules: Rules) -> dict[str, Answer]:
    checked = failed = closed = reopened = in_time = false = 0
    for life in lives:
        checks = [c.move.act for c in life.verbs("verify") if _in(c.move.at, period)]
        checked += bool(checks)
        failed += any(isinstance(check, Verify) and not check.passed for check in checks)
        ended = [(c, _reopened(life, c)) for c in _closings(life) if _in(c.move.at, period)]
        closed += bool(ended)
        reopened += any(again - c.move.at <= 90 * DAY for c, again in ended)
        timely = [(c, again) for c, again in ended if (clock := _finish(c.after)) and c.move.at <= clock.due]
        in_time += bool(timely)
        false += any(again - c.move.at <= 7 * DAY for c, again in timely)
    return {"rework_rate": (failed, checked), "reopen_rate": (reopened, closed), "false_closures": (false, in_time)}


def _reopened(life: Life, closing: Change) -> float:
    """When the matter was next open again after a closing."""
    later = life.changes[life.changes.index(closing) + 1 :]
    return next((c.move.at for c in later if c.after.stage is not Stage.CLOSED), math.inf)


def _waits(lives: list[Life], period: tuple[int, int], as_of: int, rules: Rules) -> dict[str, Answer]:
    accepted = _accepted(lives, period)
    spent = waited = 0
    for life in accepted:
        if clock := _finish(life.now):
            spent += used(clock, as_of, rules)
            waited += clock.waited + _since(clock.paused, clock, as_of, rules)
    watched = [life for life in accepted if life.now.marks.supervised]
    ends = [(life, _report_by(life)) for life in watched]
    passed = [(life, end) for life, end in ends if 0 < end <= as_of]
    closed_by = sum(life.now.stage is Stage.CLOSED and _last_closing(life) <= end for life, end in passed)
    return {
        "extension_rate": (sum(bool(life.verbs("extend")) for life in accepted), len(accepted)),
        "pause_rate": (sum(bool(life.verbs("pause")) for life in accepted), len(accepted)),
        "paused_time": (waited, spent + waited),
        "supervision_rate": (len(watched), len(accepted)),
        "supervised_in_time": (closed_by, len(passed)),
    }


def _report_by(life: Life) -> int:
    watch, clock = life.now.marks.supervised, _finish(life.now)
    return (watch.report_by if watch else 0) or (clock.due if clock else 0)


def used(clock: Clock, as_of: int, rules: Rules) -> int:
    """Working seconds a clock has run."""
    return clock.spent + _since(clock.running, clock, as_of, rules)


def _since(start: int, clock: Clock, as_of: int, rules: Rules) -> int:
    return rules.calendars[clock.calendar].elapsed(start, as_of) if 0 < start < as_of else 0


def _words(lives: list[Life], period: tuple[int, int], as_of: int, rules: Rules) -> dict[str, Answer]:
    said: Counter[str] = Counter()
    for life in lives:
        last = _last_closing(life)
        if not _in(last, period):
            continue
        answer = life.now.clocks.get("answer")
        prompt = answer is None or answer.void or 0 < answer.met <= answer.due
        for reporter in life.now.reporters.values():
            if reporter.told < last:
                continue
            said["asked"] += 1
            if reporter.rated < last:
                continue
            said["rated"] += 1
            for name in ("contacted", "resolved", "satisfied"):
                said[f"{name} said"] += getattr(reporter, name) is not None
                said[name] += getattr(reporter, name) is True and (prompt or name != "contacted")
    return {
        "answered_share": (said["rated"], said["asked"]),
        "response_rate": (said["contacted"], said["contacted said"]),
        "resolution_rate": (said["resolved"], said["resolved said"]),
        "satisfaction_rate": (said["satisfied"], said["satisfied said"]),
    }


def _speed(lives: list[Life], period: tuple[int, int], as_of: int, rules: Rules) -> dict[str, Answer]:
    clocks = [clock for life in lives if (clock := _finish(life.now)) and _in(clock.started, period)]
    count = sum(bool(clock.met) for clock in clocks), len(clocks)
    return {"working_time_median": count, "working_time_p90": count}


def quantile(
    moves: Sequence[Move], rules: Rules, *, place: int, period: tuple[int, int], as_of: int, at: float
) -> float:
    """Working hours by which a share has finished: the product-limit estimate, walked through step by step."""
    lives = [life for life in lives_of(moves, as_of) if place in rules.places.chain(life.now.about.place)]
    standing = [life for life in lives if not life.now.marks.merged_into]
    clocks = [clock for life in standing if (clock := _finish(life.now)) and _in(clock.started, period)]
    times = [(used(clock, as_of, rules) / 3600, bool(clock.met)) for clock in clocks]
    left = 1.0
    for moment in sorted({time for time, met in times if met}):
        at_risk = sum(time >= moment for time, _ in times)
        left *= 1 - sum(time == moment and met for time, met in times) / at_risk
        if left <= 1 - at + 1e-9:
            return moment
    return math.nan


def _ways(lives: list[Life], period: tuple[int, int], as_of: int, rules: Rules) -> dict[str, Answer]:
    closed = [life.now for life in lives if life.now.stage is Stage.CLOSED and _in(_last_closing(life), period)]
    known = [matter.tallies for matter in closed if matter.tallies.first_lead and matter.tallies.finished_by]
    return {
        "routing_quality": (sum(tallies.first_lead == tallies.finished_by for tallies in known), len(known)),
        "hops": (sum(matter.tallies.hops for matter in closed), len(closed)),
    }


def _tells(lives: list[Life], standing: list[Life], period: tuple[int, int]) -> dict[str, Answer]:
    length = period[1] - period[0]
    now = [life for life in lives if _in(life.now.opening.at, period)]
    before = [life for life in lives if _in(life.now.opening.at + length, period)]
    closings = [(life, c) for life in standing for c in _closings(life) if _in(c.move.at, period)]
    tight = [(life, c) for life, c in closings if _used_up(c)]
    replies = Counter(reply for _, c in closings if (reply := _reply(c)))
    ratings = [(life, c) for life in standing for c in life.verbs("rate") if _in(c.move.at, period)]
    handled = [c for life, c in ratings if c.move.actor in _hands(life, c)]
    return {
        "compression": (len(now), sum(_in(life.now.opening.at, period) for life in standing)),
        "late_budget_reopened": (sum(_reopened(life, c) - c.move.at <= 90 * DAY for life, c in tight), len(tight)),
        "removed_share": (sum(map(_removed, now)), len(now)),
        "reports_change": (len(now), len(before)),
        "ratings_by_handlers": (len(handled), len(ratings)),
        "identical_replies": (sum(n for n in replies.values() if n > 1), sum(replies.values())),
    }


def _hands(life: Life, until: Change) -> set[str]:
    """Everybody who worked on any leg before a change, in any round."""
    before = life.changes[: life.changes.index(until)]
    return {hand for change in before for leg in change.after.legs.values() for hand in leg.handlers}


_removed: Callable[[Life], bool] = lambda life: bool(life.now.marks.merged_into) or life.now.stage is Stage.REFUSED  # noqa: E731


def _used_up(closing: Change) -> bool:
    clock = _finish(closing.after)
    return clock is not None and 0.95 <= clock.spent / (clock.budget + clock.extended) <= 1.0


def _reply(closing: Change) -> str:
    act = closing.move.act
    return "".join(act.reply.split()) if isinstance(act, Close) else ""
