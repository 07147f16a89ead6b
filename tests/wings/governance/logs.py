"""Random logs: people and agencies who do whatever comes to their mind, as far as the engine lets them."""

import random
from collections.abc import Callable, Sequence

from tests.loop.world import ENGINE, at

from shancheng.ground.access import Actor
from shancheng.loop import act as acts
from shancheng.loop.act import AnyAct, Evidence
from shancheng.loop.batch import Gathering, act_bytes
from shancheng.loop.decide import bound_to, decide, named_in
from shancheng.loop.ledger import Command, Head, Refusal
from shancheng.loop.matter import Matter, Stage
from shancheng.loop.move import Move
from shancheng.loop.rules import Rules

AGENCIES = ("water", "roads", "parks", "quay-office")
CATEGORIES = (("leak", "request"), ("lamp", "request"), ("flood", "incident"), ("slope", "hazard"))
ORIGINS = ("resident", "resident", "resident", "patrol", "sensor", "agency")
PROOF = (Evidence("photo"), Evidence("visit"))
START = at("2025-09-22 08:00")
Draw = Callable[["Teller"], AnyAct | None]


class Teller:
    """Writes one random log."""

    def __init__(self, rules: Rules, seed: int) -> None:
        self.rules = rules
        self.chance = random.Random(seed)
        self.now = START
        self.matters: dict[str, Matter] = {}
        self.matter = ""
        self._gathering = Gathering("random", Head(), lambda place: place)

    def tell(self, commands: int) -> list[Move]:
        """As many commands as asked for, most of them accepted."""
        for number in range(commands):
            self.now += int(self.chance.expovariate(1 / 2_500)) + self.chance.choice((0,) * 15 + (90_000,))
            if not self.matters or self.chance.random() < 0.06:
                self._do(f"m{number}", self._report())
            else:
                self.matter = self.chance.choice(list(self.matters)[-self.chance.choice((3, 3, 12, 60)) :])
                drawn = self.chance.choice(MOVES[self.matters[self.matter].stage])(self)
                if drawn is not None:
                    self._do(self.matter, drawn)
        return self.moves

    @property
    def moves(self) -> list[Move]:
        """What has been written."""
        return self._gathering.moves

    def tell_all(self, matter: str, told: Sequence[AnyAct], *, pause: int, by: str = "i-1") -> None:
        """These acts, one after the other with a pause before each but the first; none may be refused."""
        for number, act in enumerate(told):
            self.now += pause if number else 0
            written = len(self.moves)
            self._decide(matter, act, Actor(by, "importer"), self.now)
            assert len(self.moves) > written, f"{act} was refused"

    def _do(self, matter: str, act: AnyAct) -> None:
        name = self.chance.choice(("i-1", "i-2", "i-3"))
        by = ENGINE if isinstance(act, acts.Escalate) else Actor(name, "importer")
        self._decide(matter, act, by, self.now - self.chance.choice((0, 0, 0, 600, 40_000)))

    def _decide(self, matter: str, act: AnyAct, by: Actor, moment: int) -> None:
        command = Command(act=act, matter=matter, by=by, at=moment, now=self.now)
        wanted = {key for name in named_in(command) for key in (name, *self._bound(name))}
        wanted |= {other for key in wanted for other in self._bound(key)}
        steps = decide({key: self.matters[key] for key in wanted if key in self.matters}, command, self.rules)
        if isinstance(steps, Refusal):
            return
        self._gathering.take(command, act_bytes(act), steps)
        self.matters.update((step.matter, step.after) for step in steps)

    def _bound(self, matter: str) -> tuple[str, ...]:
        return bound_to(self.matters[matter]) if matter in self.matters else ()

    def _report(self) -> AnyAct:
        category, kind = self.chance.choice(CATEGORIES)
        origin = self.chance.choice(ORIGINS)
        return acts.Report(
            kind=kind,
            category=category,
            text="something",
            place=self.chance.randrange(8, 16),
            origin=origin,  # type: ignore[arg-type]
            reporter=f"r-{self.chance.randrange(5)}" if origin == "resident" else "",
            drill=self.chance.random() < 0.05,
        )

    def agency(self) -> str:
        """An agency, most often one with a leg in the matter."""
        legs = list(self.matters[self.matter].legs)
        return self.chance.choice(legs) if legs and self.chance.random() < 0.9 else self.chance.choice(AGENCIES)

    def reporter(self) -> str:
        """A reporter of the matter, or somebody else."""
        return self.chance.choice([*self.matters[self.matter].reporters, "nobody"])

    def maybe(self) -> bool | None:
        """Yes, no, or nothing said."""
        return self.chance.choice((True, True, False, None))


def _escalate(teller: Teller) -> AnyAct | None:
    due = [name for name, clock in teller.matters[teller.matter].clocks.items() if 0 < clock.wake <= teller.now]
    return acts.Escalate(clock=due[0]) if due else None


def _rate(teller: Teller) -> AnyAct:
    say = teller.maybe
    return acts.Rate(reporter=teller.reporter(), contacted=say(), resolved=say(), satisfied=say())


def _assign(teller: Teller) -> AnyAct:
    lead, support = teller.chance.sample(AGENCIES, 2)
    own = teller.chance.random() < 0.5
    return acts.Assign(lead=lead, supports=(support,) if teller.chance.random() < 0.3 else (), own_decision=own)


def _close(teller: Teller) -> AnyAct:
    return acts.Close(
        outcome="settled", reply=teller.chance.choice(("已修好", "已 修好", "已清理", "谢谢")), evidence=PROOF
    )


def _pause(teller: Teller) -> AnyAct:
    return acts.Pause(reason="weather", until=teller.now + teller.chance.randrange(3_600, 400_000))


def _supervise(teller: Teller) -> AnyAct:
    return acts.Supervise(why="watch", report_by=teller.chance.choice((0, teller.now + 200_000)))


def _merge(teller: Teller) -> AnyAct:
    return acts.Merge(into=teller.chance.choice(list(teller.matters)))


def _note(teller: Teller) -> AnyAct:
    return acts.Note(text="noted")


def _split(teller: Teller) -> AnyAct | None:
    if teller.chance.random() < 0.7:
        return None
    first = acts.Part(id=f"{teller.matter}-a", category="lamp", text="one half")
    return acts.Split(parts=(first, acts.Part(id=f"{teller.matter}-b", category="leak", text="the other half")))


WAITING: tuple[Draw, ...] = (
    _pause,
    lambda _: acts.Resume(),
    lambda teller: acts.Extend(minutes=teller.chance.randrange(60, 3_000), reason="weather"),
    _supervise,
    _merge,
    lambda _: acts.Unmerge(why="not the same"),
    _escalate,
    _escalate,
    _note,
)
_ACCEPT: Draw = lambda teller: acts.Accept(reply=teller.chance.choice(("", "收到")))  # noqa: E731
_SIGN: Draw = lambda teller: acts.Sign(agency=teller.agency())  # noqa: E731
_FINISH: Draw = lambda teller: acts.Finish(agency=teller.agency(), outcome="settled", evidence=PROOF)  # noqa: E731
_RETURN: Draw = lambda teller: acts.Return(agency=teller.agency(), reason="not-our-duty")  # noqa: E731
_VERIFY: Draw = lambda teller: acts.Verify(passed=teller.chance.random() < 0.7, evidence=PROOF)  # noqa: E731
_REOPEN: Draw = lambda teller: acts.Reopen(reporter=teller.reporter(), reason="not-settled")  # noqa: E731
_REFUSE: Draw = lambda _: acts.Refuse(reason="no-matter", elsewhere="elsewhere")  # noqa: E731
MOVES: dict[Stage, tuple[Draw, ...]] = {
    Stage.REPORTED: (_ACCEPT,) * 5 + (_REFUSE, _merge, _escalate, _assign),
    Stage.ACCEPTED: (_assign,) * 9 + (*WAITING, _split),
    Stage.ASSIGNED: (_SIGN,) * 12 + (_RETURN, _RETURN, _assign, *WAITING),
    Stage.DOING: (_FINISH,) * 18 + (_RETURN, _SIGN, _SIGN, _SIGN, _assign, _ACCEPT, *WAITING),
    Stage.DONE: (_VERIFY,) * 9 + (_ACCEPT, *WAITING),
    Stage.VERIFIED: (_close,) * 15 + WAITING,
    Stage.CLOSED: (_rate,) * 5 + (_REOPEN, _REOPEN, _note),
    Stage.REFUSED: (_note,),
}


def random_log(rules: Rules, seed: int, commands: int) -> list[Move]:
    """The moves that came of random commands."""
    return Teller(rules, seed).tell(commands)
