"""Random commands, most of them possible, some of them nonsense; everything comes from one seed."""

import random
from collections.abc import Callable, Sequence

from tests.loop.world import (
    CATEGORIES,
    CITY,
    DISTRICT,
    EAST,
    ENGINE,
    GATE,
    HILL,
    LEADER,
    MILL,
    OPERATOR,
    OTHER_OPERATOR,
    PHOTO,
    QUAY,
    SUPERVISOR,
    WEST,
    Actor,
    handler,
)  # fmt: skip

from shancheng.loop.act import (
    Accept,
    AnyAct,
    Ask,
    Assign,
    Attend,
    Close,
    Consult,
    Decline,
    Deny,
    Escalate,
    Extend,
    Finish,
    Grade,
    Lower,
    Merge,
    Note,
    Offer,
    Part,
    Pause,
    Raise,
    Rate,
    Redact,
    Refuse,
    Reopen,
    Report,
    Resume,
    Return,
    Sign,
    Split,
    Supervise,
    Take,
    Unmerge,
    Unseal,
    Verify,
    Waive,
    Withdraw,
)  # fmt: skip
from shancheng.loop.ledger import Command
from shancheng.loop.matter import Matter, Stage

IMPORTER = Actor("import:1", "importer")
ADMIN = Actor("a-1", "admin", centre=CITY)
ACTORS = [
    OPERATOR, OTHER_OPERATOR, DISTRICT, LEADER, SUPERVISOR, ENGINE, ADMIN, IMPORTER, handler("water"), handler("roads"),
    handler("quay-office"), Actor("r-1", "resident"), Actor("r-2", "resident"), Actor("x", "nobody"),
    Actor("o-west", "operator", centre=WEST, places=(WEST,)), Actor("d-1", "delivery-unit", centre=CITY),
]  # fmt: skip
AGENCY = ("", "water", "roads", "quay-office", "nowhere")
CLOCK = ("answer", "sign", "attend", "finish", "verify", "reply")


def _ways(chance: random.Random, others: Sequence[str], now: int) -> list[Callable[[], AnyAct]]:
    pick = chance.choice
    agency = lambda: pick(AGENCY)  # noqa: E731 - a table of small makers reads better than twenty functions
    other = lambda: pick(others) if others else "m0"  # noqa: E731
    return [
        lambda: Accept(category=pick(("", "leak", "lamp", "no-such")), severity=chance.randint(0, 4)),
        lambda: Refuse(reason=pick(("not-the-city", "whim")), elsewhere="there"),
        lambda: Assign(lead=agency(), supports=(agency(),), own_decision=chance.random() < 0.5),
        lambda: Assign(lead=agency(), own_decision=chance.random() < 0.5),
        lambda: Sign(agency=agency()),
        lambda: Return(agency=agency(), reason=pick(("not-our-duty", "whim"))),
        lambda: Attend(agency=agency()),
        lambda: Finish(agency=agency(), outcome="settled", evidence=pick(((), PHOTO))),
        lambda: Waive(agency=agency(), reason="not needed"),
        lambda: Verify(passed=chance.random() < 0.7, evidence=PHOTO),
        lambda: Close(outcome="settled", reply="done", evidence=PHOTO),
        lambda: Rate(reporter=pick(("", "r-1")), satisfied=pick((None, True, False)), resolved=pick((None, True))),
        lambda: Reopen(reason="came-back"),
        lambda: Ask(agency=agency(), what=pick(("pause", "extend")), clock=pick(CLOCK), reason="weather", minutes=60),
        lambda: Deny(what=pick(("pause", "extend")), clock=pick(CLOCK)),
        lambda: Pause(clock=pick(CLOCK), reason="weather", until=now + chance.randint(-10, 10**6)),
        lambda: Resume(clock=pick(CLOCK)),
        lambda: Extend(clock=pick(CLOCK), minutes=chance.choice((1, 600, 5_000_000)), reason="needs-works"),
        lambda: Escalate(clock=pick((*CLOCK, "sign:water", "sign:roads"))),
        lambda: Raise(why="up"),
        lambda: Lower(to=pick((QUAY, HILL, MILL, GATE, 99)), why="down"),
        lambda: Offer(to=pick((CITY, EAST, WEST, QUAY, 8)), why="over"),
        lambda: Take(),
        lambda: Decline(why="no"),
        lambda: Withdraw(why="no"),
        lambda: Supervise(why="watch"),
        lambda: Consult(agencies=("water",), decision="dig"),
        lambda: Merge(into=other(), score=chance.random()),
        lambda: Unmerge(why="other"),
        lambda: Split(parts=tuple(_part(chance) for _ in range(2))),
        lambda: Note(text="seen"),
        lambda: Grade(category=pick(("", "leak", "lamp")), severity=chance.randint(0, 4), reason="seen"),
        lambda: Unseal(reporter="r-1", purpose="call"),
        lambda: Redact(reporter=pick(("r-1", "r-2")), reason="asked"),
    ]  # fmt: skip


def _part(chance: random.Random) -> Part:
    return Part(id=f"p{chance.randint(0, 10**9)}", category="leak", text="part")


def onward(matter: Matter, chance: random.Random) -> tuple[AnyAct, Actor]:
    """The act that takes the matter on along the loop, by somebody who may do it."""
    holder = Actor(f"o-{chance.randint(1, 2)}", "leader", centre=matter.custody.holder)
    by_stage: dict[Stage, AnyAct] = {
        Stage.REPORTED: Accept(category="" if matter.about.category else "leak"),
        Stage.ACCEPTED: Assign(own_decision=matter.tallies.returns > 1),
        Stage.DONE: Verify(passed=chance.random() < 0.8, evidence=PHOTO),
        Stage.VERIFIED: Close(outcome="settled", reply="done", evidence=PHOTO),
        Stage.CLOSED: Rate(reporter=next(iter(matter.reporters), ""), satisfied=chance.random() < 0.7),
    }
    if matter.stage is Stage.REPORTED and chance.random() < 0.1:
        return Refuse(reason="not-the-city", elsewhere="there"), holder
    if matter.stage is Stage.DONE and chance.random() < 0.2:
        holder = Actor("o-torn", "leader", centre=matter.custody.holder, agency=next(iter(matter.legs), ""))
    if matter.stage in by_stage:
        return by_stage[matter.stage], holder
    leg = next((leg for leg in matter.legs.values() if leg.state in ("offered", "signed")), None)
    if leg is None:
        return Note(text="waiting"), holder
    act = Sign() if leg.state == "offered" else Finish(outcome="settled", evidence=PHOTO)
    return act, handler(leg.agency)


def report(chance: random.Random) -> Report:
    """A report of something somewhere."""
    key, _, kind, *_ = chance.choice(CATEGORIES)
    return Report(
        kind=chance.choice((kind, kind, kind, "no-such")) if chance.random() < 0.1 else kind,
        category=chance.choice((key, key, "")),
        text="something",
        place=chance.choice((8, 9, 10, 12, 15, QUAY, EAST, CITY, 99 if chance.random() < 0.1 else 8)),
        reporter=chance.choice(("", "r-1", "r-2")),
        origin=chance.choice(("resident", "patrol", "sensor", "agency")),
        drill=chance.random() < 0.05,
    )


def fitting(matter: Matter, chance: random.Random) -> Actor:
    """Somebody who might well act on the matter: its holder's operator, its agencies' people, its reporters."""
    holder = Actor(f"o-{chance.randint(1, 2)}", "operator", centre=matter.custody.holder)
    offered = Actor("o-offered", "operator", centre=matter.custody.offered_to)
    agencies = [handler(agency) for agency in matter.legs] or [handler("water")]
    return chance.choice((holder, holder, offered, *agencies, *agencies, Actor("r-1", "resident"), ENGINE))


def command(chance: random.Random, matters: dict[str, Matter], now: int, number: int) -> Command:
    """The next command: a report, a fitting act on an open matter, or nonsense."""
    if not matters or chance.random() < 0.12:
        return Command(act=report(chance), matter=f"m{number}", by=chance.choice(ACTORS), at=now, now=now)
    keys = list(matters)[-12:]
    key = chance.choice(keys)
    if chance.random() < 0.5:
        act, by = onward(matters[key], chance)
        return Command(act=act, matter=key, by=by, at=now, now=now)
    by = fitting(matters[key], chance) if chance.random() < 0.85 else chance.choice(ACTORS)
    act = chance.choice(_ways(chance, keys, now))()
    back = chance.choice((0, 0, 0, 600, 10**6, -(10**5)))
    return Command(act=act, matter=key, by=by, at=now - back, now=now, expect=chance.choice((0, 0, 0, 0, 3)))
