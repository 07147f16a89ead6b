"""Closing: the matter is closed and everybody answered; reporters rate; what was not settled is reopened."""

from collections.abc import Iterator

from msgspec.structs import replace

from shancheng.loop.act import Close, Rate, Reopen
from shancheng.loop.decide.case import Case, Change, refuse
from shancheng.loop.decide.work import met
from shancheng.loop.matter import Leg, Matter, Reporter, Stage
from shancheng.loop.move import Then

DAY = 86_400


def close(case: Case, act: Close) -> list[Change]:
    """The matter closed, its reporters and those of every matter merged into it answered."""
    at_once = case.kind.answer_at_once and not case.matter.legs
    case.need_stage(Stage.VERIFIED, *((Stage.ACCEPTED,) if at_once else ()))
    case.need_holder()
    case.need_reason(act.outcome, "outcome")
    case.need_evidence(act.evidence)
    finished = case.stopped("finish")
    kept = case.stopped("reply")
    changes = case.only(
        Then(
            stage=Stage.CLOSED,
            clocks={**case.all_fallen_away(but=("finish", "reply")), **finished, **kept} or None,
            reporters=case.told(act.reply) or None,
            tallies=met(replace(case.matter.tallies, closed=case.at, outcome=act.outcome), finished),
        )
    )
    return [*changes, *_absorbed_closed(case, act), *ended_part(case)]


def _absorbed_closed(case: Case, act: Close) -> Iterator[Change]:
    for key in case.matter.marks.absorbed:
        matter = case.matters.get(key)
        if matter is None or matter.marks.merged_into != case.id:
            continue
        own = replace_matter(case, matter)
        then = Then(
            stage=Stage.CLOSED,
            clocks={**own.all_fallen_away(but=("reply",)), **own.stopped("reply")} or None,
            reporters=own.told(act.reply) or None,
            tallies=replace(matter.tallies, closed=case.at, outcome=act.outcome),
        )
        yield key, act, then


def replace_matter(case: Case, matter: Matter) -> Case:
    """The same command in front of another matter that it also changes."""
    return Case(
        matter=matter,
        command=case.command,
        rules=case.rules,
        kind=case.kind,
        role=case.role,
        at=max(case.at, matter.at),
        matters=case.matters,
    )


def ended_part(case: Case) -> list[Change]:
    """What the end of a part means for the matter it was split from: with the last one, that is done."""
    parent = case.matters.get(case.matter.marks.parent)
    if parent is None or case.id not in parent.marks.open_children:
        return []
    above = replace_matter(case, parent)
    left = tuple(child for child in parent.marks.open_children if child != case.id)
    marks = replace(parent.marks, open_children=left)
    if left or parent.stage not in (Stage.DOING, Stage.ASSIGNED, Stage.ACCEPTED):
        return [(parent.id, case.command.act, Then(marks=marks))]
    finished = above.stopped("finish")
    then = Then(
        marks=marks,
        stage=Stage.DONE,
        clocks={**finished, **above.started("verify")} or None,
        tallies=met(parent.tallies, finished),
    )
    return [(parent.id, case.command.act, then)]


def rate(case: Case, act: Rate) -> list[Change]:
    """A reporter, or the centre that called it, writes down how it went."""
    case.need_stage(Stage.CLOSED)
    key, reporter = _reporter(case, act.reporter)
    _need_in_time(case, "rated")
    if any(case.command.by.id in leg.handlers for leg in case.matter.legs.values()):
        refuse("handler-rates", f"You handled matter {case.id}; a handler may not write down its rating.")
    if act.contacted is None and act.resolved is None and act.satisfied is None:
        refuse("nothing-changes", "Say at least one of contacted, resolved, satisfied.", "satisfied")
    rated = replace(
        reporter,
        rated=case.at,
        contacted=_newer(act.contacted, reporter.contacted),
        resolved=_newer(act.resolved, reporter.resolved),
        satisfied=_newer(act.satisfied, reporter.satisfied),
    )
    return case.only(Then(reporters={key: rated}))


def _newer(given: bool | None, before: bool | None) -> bool | None:
    return before if given is None else given


def _reporter(case: Case, wanted: str) -> tuple[str, Reporter]:
    key = wanted or case.command.by.id
    if case.role.sees == "own" and key != case.command.by.id:
        refuse("not-your-report", "You can only speak for yourself; leave the reporter out.", "reporter")
    reporter = case.matter.reporters.get(key)
    if reporter is None:
        refuse("unknown-reporter", f"'{key}' is no reporter of matter {case.id}.", "reporter")
    return key, reporter


def _need_in_time(case: Case, word: str) -> None:
    days = case.kind.answer_days
    if case.at > case.matter.tallies.closed + days * DAY:
        refuse("too-late", f"Matter {case.id} could be {word} until {days} days after its closing; report it anew.")


def reopen(case: Case, act: Reopen) -> list[Change]:
    """A closed matter taken up again, with new promises beside the old ones; one merged away reopens its target."""
    case.need_stage(Stage.CLOSED)
    _need_in_time(case, "reopened")
    case.need_reason(act.reason)
    if case.role.sees == "own":
        _reporter(case, act.reporter)
    else:
        case.need_holder()
    target = case.matters.get(case.matter.marks.merged_into)
    if target is not None:
        if target.stage is not Stage.CLOSED:
            refuse("wrong-stage", f"Matter {target.id}, into which this was merged, is {target.stage} already.")
        return [_again(replace_matter(case, target)), *_reopened_with(replace_matter(case, target))]
    return [_again(case), *_reopened_with(case)]


def _again(case: Case) -> Change:
    matter = case.matter
    round_ = matter.tallies.reopened + 1
    kept = {f"{name}.{round_}": clock for name, clock in matter.clocks.items() if "." not in name and name in ROUNDS}
    begun = case.started("finish")
    legs = {agency: replace(leg, state="waived", reason="reopened") for agency, leg in _standing(matter)}
    tallies = replace(
        matter.tallies,
        reopened=round_,
        closed=0,
        outcome="",
        finish_met=0,
        finish_spent=0,
        finish_due=begun["finish"].due if "finish" in begun else 0,
    )
    then = Then(stage=Stage.ACCEPTED, clocks={**kept, **begun} or None, legs=legs or None, tallies=tallies)
    return matter.id, case.command.act, then


ROUNDS = ("finish", "reply", "verify", "attend")


def _standing(matter: Matter) -> Iterator[tuple[str, Leg]]:
    return ((agency, leg) for agency, leg in matter.legs.items() if leg.state in ("done", "signed", "offered"))


def _reopened_with(case: Case) -> Iterator[Change]:
    """Matters merged into a reopened one wait with it again."""
    for key in case.matter.marks.absorbed:
        matter = case.matters.get(key)
        if matter is not None and matter.stage is Stage.CLOSED and matter.marks.merged_into == case.id:
            tallies = replace(matter.tallies, closed=0, reopened=matter.tallies.reopened + 1)
            yield key, case.command.act, Then(stage=Stage.ACCEPTED, tallies=tallies)
