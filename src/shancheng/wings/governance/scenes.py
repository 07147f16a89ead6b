"""Scenes of a rehearsal: what somebody would do with a matter as it stands. Pure; nothing where the scene is over."""

from collections.abc import Callable, Sequence
from typing import Literal

from shancheng.ground.access import Actor
from shancheng.loop import act as acts
from shancheng.loop.act import AnyAct
from shancheng.loop.matter import Leg, Matter, Stage
from shancheng.wings.governance.people import HOUR, MINUTE, Habits, People

Doing = tuple[AnyAct, Actor]
Scene = Callable[[People, Matter, str, Matter | None], Sequence[Doing]]
"""People, matter, what it is about (an agency), and the matter that this one is the same as, where it is known."""
DAY = 24 * HOUR


def triage(people: People, matter: Matter, about: str, same: Matter | None) -> Sequence[Doing]:
    """A new report is merged, refused or accepted."""
    if matter.stage is not Stage.REPORTED:
        return ()
    by = people.holder(matter)
    if same is not None and people.does(Habits.merges_same) and _mergeable(matter, same):
        return [(acts.Merge(into=same.id, score=0.9), by)]
    if same is None and people.does(Habits.refuses) and matter.opening.origin == "resident":
        return [
            (acts.Refuse(reason=people.reason("refuse"), elsewhere="物业或产权单位", reply="经核不属受理范围。"), by)
        ]
    return [(acts.Accept(reply="已受理，将尽快处理。" if people.does(0.5) else ""), by)]


def _mergeable(matter: Matter, same: Matter) -> bool:
    return (
        same.id != matter.id
        and same.is_open
        and not same.marks.merged_into
        and not matter.marks.absorbed
        and same.opening.kind == matter.opening.kind
        and same.custody.holder == matter.custody.holder
    )


def assign(people: People, matter: Matter, about: str, same: Matter | None) -> Sequence[Doing]:
    """An accepted matter goes to who the duty list names, or now and then to the centre above."""
    if matter.stage is not Stage.ACCEPTED or matter.custody.offered_to:
        return ()
    by = people.holder(matter)
    if matter.custody.epoch == 1 and people.does(Habits.raises) and people.rules.places.parent_of(by.centre):
        return [(acts.Raise(why="涉及多个街镇，请上级协调"), by)]
    kind = people.rules.kind(matter.opening.kind, matter.opening.at)
    own = kind is not None and matter.tallies.returns >= kind.returns_before_own_decision
    route = people.rules.route(matter.about.category, matter.about.place, matter.at)
    lead = "" if route else people.chance.choice(sorted(people.rules.agencies))
    return [(acts.Assign(lead=lead, own_decision=own), by)]


def take(people: People, matter: Matter, about: str, same: Matter | None) -> Sequence[Doing]:
    """A centre answers for what it was offered."""
    centre = matter.custody.offered_to
    if not centre:
        return ()
    role = "leader" if matter.marks.confidential else "operator"
    return [(acts.Take(), Actor(f"{role}-{centre}-0", role, centre=centre, places=(centre,)))]


def sign(people: People, matter: Matter, about: str, same: Matter | None) -> Sequence[Doing]:
    """An agency takes its leg up, goes there, or gives it back."""
    leg = _leg(matter, about, "offered")
    if leg is None:
        return ()
    by = people.hand(matter, leg)
    if not leg.own_decision and people.does(Habits.returns):
        return [(acts.Return(reason=people.reason("return"), duty=leg.duty), by)]
    signed: list[Doing] = [(acts.Sign(), by)]
    return [*signed, (acts.Attend(), by)] if people.does(0.6) and leg.part == "lead" else signed


def ask(people: People, matter: Matter, about: str, same: Matter | None) -> Sequence[Doing]:
    """An agency asks for time."""
    leg, clock = _leg(matter, about, "signed"), matter.clocks.get("finish")
    if leg is None or clock is None or not clock.is_open or clock.paused:
        return ()
    what: Literal["pause", "extend"] = "pause" if people.does(0.5) else "extend"
    asked = acts.Ask(what=what, reason=people.reason(what), minutes=people.chance.randrange(4, 30) * 60)
    return [(asked, people.hand(matter, leg))]


def grant(people: People, matter: Matter, about: str, same: Matter | None) -> Sequence[Doing]:
    """The holder answers what was asked; a promise that is broken is not stretched any more."""
    clock = matter.clocks.get("finish")
    if not matter.marks.asked or clock is None or not clock.is_open:
        return ()
    asked, by = matter.marks.asked[0], people.holder(matter)
    late = matter.at > clock.due
    if asked.what == "pause" and people.does(Habits.grants) and not clock.paused:
        until = matter.moved + people.chance.randrange(4, 9) * DAY
        return [(acts.Pause(reason=asked.reason, until=until, text="同意挂账"), by)]
    if asked.what == "extend" and people.does(Habits.grants) and not late:
        return [(acts.Extend(minutes=max(asked.minutes, 60), reason=asked.reason, text="同意延期"), by)]
    return [(acts.Deny(what=asked.what, text="请按期办结"), by)]  # type: ignore[arg-type]


def finish(people: People, matter: Matter, about: str, same: Matter | None) -> Sequence[Doing]:
    """An agency says that its leg is done."""
    leg = _leg(matter, about, "signed")
    if leg is None:
        return ()
    done = acts.Finish(outcome="settled", text="已处理", evidence=people.proof(matter, "finish"))
    return [(done, people.hand(matter, leg))]


def verify(people: People, matter: Matter, about: str, same: Matter | None) -> Sequence[Doing]:
    """Somebody checks the work."""
    if matter.stage is not Stage.DONE:
        return ()
    passed = people.does(Habits.passes)
    text = "现场核查合格" if passed else "问题仍存在，退回整改"
    return [(acts.Verify(passed=passed, text=text, evidence=people.proof(matter, "verify")), people.checker(matter))]


def close(people: People, matter: Matter, about: str, same: Matter | None) -> Sequence[Doing]:
    """The holder closes the matter and answers."""
    if matter.stage is not Stage.VERIFIED:
        return ()
    evidence = people.proof(matter, "close")
    closed = acts.Close(outcome=people.reason("close"), reply=people.reply(), evidence=evidence)
    return [(closed, people.holder(matter))]


def rate(people: People, matter: Matter, about: str, same: Matter | None) -> Sequence[Doing]:
    """Reporters say how it went; some want it taken up again."""
    doings: list[Doing] = []
    if matter.stage is not Stage.CLOSED:
        return doings
    for pseudonym, reporter in matter.reporters.items():
        by = Actor(pseudonym, "resident")
        if reporter.told and not reporter.rated and people.does(Habits.rates):
            doings.append((people.rating(), by))
        if not matter.marks.merged_into and people.does(Habits.reopens):
            return [*doings, (acts.Reopen(reason=people.reason("reopen")), by)]
    return doings


def _leg(matter: Matter, agency: str, state: str) -> Leg | None:
    leg = matter.legs.get(agency)
    working = matter.stage in (Stage.ASSIGNED, Stage.DOING) and not matter.custody.offered_to
    return leg if leg is not None and leg.state == state and working else None


SCENES: dict[str, Scene] = {
    "triage": triage,
    "assign": assign,
    "take": take,
    "sign": sign,
    "ask": ask,
    "grant": grant,
    "finish": finish,
    "verify": verify,
    "close": close,
    "rate": rate,
}
NEXT: dict[Stage, tuple[str, int, bool]] = {
    Stage.REPORTED: ("triage", 8 * MINUTE, False),
    Stage.ACCEPTED: ("assign", 10 * MINUTE, False),
    Stage.DONE: ("verify", 90 * MINUTE, True),
    Stage.VERIFIED: ("close", 30 * MINUTE, False),
    Stage.CLOSED: ("rate", 4 * HOUR, False),
}
"""By stage: what the centre or the reporters do next, the median seconds until then, whether in office hours only."""
