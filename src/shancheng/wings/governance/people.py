"""The people of a rehearsal: who would act on a matter, how long they take, how they decide. All by chance."""

import random

from shancheng.ground.access import Actor
from shancheng.loop import act as acts
from shancheng.loop.act import Evidence, Evidences
from shancheng.loop.matter import Leg, Matter
from shancheng.loop.rules import Rules

MINUTE, HOUR = 60, 3600
GRAVE = 2
"""Matters of this severity or graver are worked on around the clock."""
OFFICE = "work"
OPERATORS, HANDLERS = 2, 3
"""Accounts at each centre, and in each agency."""
REPLIES = (
    "已处理完毕，感谢您的反映。",
    "现场已处置，隐患已消除。",
    "已协调责任单位整改到位。",
    "经核查已恢复正常。",
    "已修复，请您留意。",
)
DEFAULT_BUDGET = 40 * HOUR
AT_ONCE = 90 * MINUTE
SPREAD = 0.75
"""Of the logarithm of every delay."""


class Habits:
    """Shares by which the people of a rehearsal decide. Assumptions, not measured anywhere."""

    merges_same = 0.85
    refuses = 0.03
    raises = 0.015
    returns = 0.07
    does_at_once = 0.45
    asks = 0.08
    grants = 0.75
    passes = 0.93
    rates = 0.35
    satisfied = 0.82
    reopens = 0.04
    mistakes = 0.01
    """Takes something for the same as the last report in the same place that is not."""


class People:
    """Draws who acts, when and how, from one seeded chance."""

    def __init__(self, rules: Rules, chance: random.Random) -> None:
        self.rules = rules
        self.chance = chance

    def does(self, share: float) -> bool:
        """Whether somebody does what this share of people do."""
        return self.chance.random() < share

    def reporter(self, pseudonym: str, origin: str, place: int) -> Actor:
        """The account that a report comes from."""
        if origin == "resident":
            return Actor(pseudonym, "resident")
        if origin == "sensor":
            return Actor(pseudonym, "sensor")
        return Actor(pseudonym, "grid-worker", places=(place,))

    def holder(self, matter: Matter) -> Actor:
        """Somebody of the centre that holds the matter and may see it."""
        centre = matter.custody.holder
        if matter.marks.confidential:
            return Actor(f"leader-{centre}", "leader", centre=centre, places=(centre,))
        return Actor(
            f"operator-{centre}-{self.chance.randrange(OPERATORS)}", "operator", centre=centre, places=(centre,)
        )

    def checker(self, matter: Matter) -> Actor:
        """Somebody who verifies and has no hand in the work."""
        centre = matter.custody.holder
        kind = self.rules.kind(matter.opening.kind, matter.opening.at)
        named = kind.who.get("verify", ()) if kind else ()
        role = named[0] if named else "leader" if matter.marks.confidential else "verifier"
        return Actor(f"{role}-{centre}", role, centre=centre, places=(centre,))

    def hand(self, matter: Matter, leg: Leg) -> Actor:
        """Somebody of the agency; the one who has begun goes on."""
        if matter.marks.confidential:
            centre = matter.custody.holder
            return Actor(f"{leg.agency}-mediator", "mediator", centre=centre, agency=leg.agency, places=(centre,))
        name = leg.handlers[0] if leg.handlers else f"{leg.agency}-{self.chance.randrange(HANDLERS)}"
        return Actor(name, "handler", agency=leg.agency)

    def proof(self, matter: Matter, verb: str) -> Evidences:
        """The evidence that the kind asks for."""
        kind = self.rules.kind(matter.opening.kind, matter.opening.at)
        groups = kind.evidence.get(verb, ()) if kind else ()
        return tuple(Evidence(kind=self.chance.choice(group.split("|"))) for group in groups)

    def reason(self, verb: str) -> str:
        """A reason or outcome that the packs know for a verb."""
        known = sorted(key for key, record in self.rules.reasons.items() if verb in record.verbs)
        return self.chance.choice(known) if known else "settled"

    def at_any_hour(self, now: int, median: int) -> int:
        """When somebody on duty around the clock, or at home, gets to it: log-normal seconds."""
        return now + max(20, int(median * self.chance.lognormvariate(0, SPREAD)))

    def in_office_hours(self, now: int, matter: Matter, median: int) -> int:
        """When an office gets to it: log-normal seconds of its time; when it is grave, sooner and at any hour."""
        calendar = self.rules.calendars.get(OFFICE)
        if matter.about.severity <= GRAVE or calendar is None:
            return self.at_any_hour(now, median // 4)
        return calendar.deadline(now, max(20, int(median * self.chance.lognormvariate(0, SPREAD))))

    def worked(self, now: int, matter: Matter) -> int:
        """When the work is finished, counted from the last move: some at once, most in time, some after it."""
        if self.does(Habits.does_at_once):
            return self.in_office_hours(now, matter, AT_ONCE)
        clock = matter.clocks.get("finish")
        budget = clock.budget + clock.extended if clock else DEFAULT_BUDGET
        seconds = max(MINUTE, int(budget * 0.3 * self.chance.lognormvariate(0, SPREAD)))
        calendar = self.rules.calendars.get(clock.calendar if clock else OFFICE)
        done = calendar.deadline(matter.at, seconds) if calendar else matter.at + seconds
        return done if done > now else self.in_office_hours(now, matter, 2 * HOUR)

    def rating(self) -> acts.Rate:
        """What a reporter says afterwards."""
        satisfied = self.does(Habits.satisfied)
        return acts.Rate(contacted=self.does(0.93), resolved=satisfied or self.does(0.3), satisfied=satisfied)

    def reply(self) -> str:
        """What a reporter is told at the end."""
        return self.chance.choice(REPLIES)
