"""Which acts somebody may do on a matter as it stands: each is tried on the engine, and nothing is written."""

from collections.abc import Iterator

from shancheng.ground.access import Actor
from shancheng.loop import act as acts
from shancheng.loop.act import VERBS, AnyAct
from shancheng.loop.decide import decide
from shancheng.loop.ledger import Command, Refusal
from shancheng.loop.matter import Matter
from shancheng.loop.rules import Rules

DAY = 86_400
BARRED = frozenset(
    {
        "not-allowed", "not-found", "wrong-stage", "not-holder", "handed-over", "merged", "not-merged", "not-your-leg",
        "not-your-report", "not-offered", "not-asked", "not-paused", "paused-already", "handler-verifies",
        "handler-rates", "own-request", "own-decision-needed", "children-open", "no-centre-above", "no-such-clock",
        "not-a-support", "split-already", "cannot-return", "too-late", "redacted", "unknown-reporter", "nothing-due",
    }
)  # fmt: skip
"""Refusals that say: not by this person, or not as the matter stands. Any other says only what the act still lacks."""
NEVER = frozenset({"report", "escalate", "unseal", "redact"})
"""Verbs that are no answer to a matter, or have a way of their own."""


def allowed(matter: Matter, by: Actor, rules: Rules, now: int) -> tuple[str, ...]:
    """Verbs, in the order of the loop."""
    return tuple(verb for verb in VERBS if verb not in NEVER and any(_open(matter, by, rules, now, verb)))


def _open(matter: Matter, by: Actor, rules: Rules, now: int, verb: str) -> Iterator[bool]:
    for probe in _probes(verb, matter, rules, now):
        command = Command(act=probe, matter=matter.id, by=by, at=now, now=now)
        answer = decide({matter.id: matter}, command, rules)
        yield not isinstance(answer, Refusal) or answer.code not in BARRED


def _probes(verb: str, matter: Matter, rules: Rules, now: int) -> Iterator[AnyAct]:
    """Acts that lack at most what a person would fill in."""
    reason = next((key for key, record in rules.reasons.items() if verb in record.verbs), "")
    plain: dict[str, AnyAct] = {
        "accept": acts.Accept(category=matter.about.category),
        "refuse": acts.Refuse(reason=reason, elsewhere="-"),
        "sign": acts.Sign(),
        "return": acts.Return(reason=reason),
        "attend": acts.Attend(),
        "finish": acts.Finish(outcome=reason),
        "verify": acts.Verify(passed=True),
        "close": acts.Close(outcome=reason, reply="-"),
        "rate": acts.Rate(satisfied=True),
        "reopen": acts.Reopen(reason=reason),
        "ask": acts.Ask(what="extend", reason=reason, minutes=60),
        "pause": acts.Pause(reason=reason, until=now + DAY),
        "resume": acts.Resume(),
        "extend": acts.Extend(minutes=60, reason=reason),
        "raise": acts.Raise(why="-"),
        "lower": acts.Lower(to=0, why="-"),
        "offer": acts.Offer(to=0, why="-"),
        "take": acts.Take(),
        "decline": acts.Decline(why="-"),
        "withdraw": acts.Withdraw(why="-"),
        "supervise": acts.Supervise(why="-"),
        "consult": acts.Consult(agencies=(), decision="-"),
        "merge": acts.Merge(into=""),
        "unmerge": acts.Unmerge(why="-"),
        "split": acts.Split(parts=(acts.Part(id="", category="", text="-"), acts.Part(id="-", category="", text="-"))),
        "note": acts.Note(text="-"),
        "grade": acts.Grade(reason="-"),
    }
    if verb in plain:
        yield plain[verb]
    elif verb == "assign":
        yield from (acts.Assign(own_decision=own) for own in (False, True))
    elif verb == "waive":
        yield from (acts.Waive(agency=agency, reason="-") for agency in matter.legs)
    elif verb == "deny":
        yield from (acts.Deny(what=asked.what, clock=asked.clock) for asked in matter.marks.asked)  # type: ignore[arg-type]
