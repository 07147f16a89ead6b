"""Work: legs are offered, signed, returned, attended and finished; somebody else verifies."""

from msgspec.structs import replace

from shancheng.loop import clock as clocks
from shancheng.loop.act import Assign, Attend, Finish, Return, Sign, Verify, Waive
from shancheng.loop.decide.case import Case, Change, nearest, or_, refuse
from shancheng.loop.matter import Clock, Leg, Stage, Tallies
from shancheng.loop.move import Then

IN_WORK = ("offered", "signed")


def assign(case: Case, act: Assign) -> list[Change]:
    """One lead and any supports are offered the matter; legs that are no longer named fall away."""
    early = (Stage.REPORTED,) if case.kind.assign_before_accept else ()
    case.need_stage(*early, Stage.ACCEPTED, Stage.ASSIGNED, Stage.DOING)
    case.need_holder()
    _need_own_decision(case, act)
    offered = _offered(case, act)
    lead = next(leg for leg in offered.values() if leg.part == "lead")
    dropped = {
        agency: replace(leg, state="waived", ended=case.at, reason="reassigned")
        for agency, leg in case.matter.legs.items()
        if leg.state in IN_WORK and agency not in offered
    }
    signing: dict[str, Clock] = {}
    for agency in offered:
        signing.update(case.started("sign", leg=agency))
    begun = {} if "finish" in case.matter.clocks else case.started("finish")
    fallen = case.fallen_away("attend", *(f"sign:{agency}" for agency in case.matter.legs))
    before = case.matter.tallies
    tallies = replace(
        before,
        hops=before.hops + 1,
        first_lead=before.first_lead or lead.agency,
        finish_due=begun["finish"].due if begun else before.finish_due,
    )
    return case.only(
        Then(
            stage=Stage.ASSIGNED,
            legs={**dropped, **offered},
            clocks={**fallen, **signing, **begun} or None,
            tallies=tallies,
        )
    )


def _need_own_decision(case: Case, act: Assign) -> None:
    returns = case.matter.tallies.returns
    if returns >= case.kind.returns_before_own_decision and not act.own_decision:
        refuse(
            "own-decision-needed",
            f"Matter {case.id} has been returned {returns} times; the holder must now decide in its own name: "
            "assign it with own_decision, and it cannot be returned again.",
            "own_decision",
        )


def _offered(case: Case, act: Assign) -> dict[str, Leg]:
    duty, lead, supports = "", act.lead, act.supports
    if not lead:
        route = case.rules.route(case.matter.about.category, case.matter.about.place, case.at)
        if route is None:
            refuse(
                "no-route",
                f"No line of the duty list answers for category '{case.matter.about.category}' at place "
                f"{case.matter.about.place}; name a lead, and add the line to the duty list.",
                "lead",
            )
        duty, lead, supports = route.duty, route.lead, (*route.supports, *act.supports)
    for agency in (lead, *supports):
        if agency not in case.rules.agencies and not case.role.any_centre:
            refuse("unknown-name", f"There is no agency '{agency}'.{nearest(agency, case.rules.agencies)}", "lead")
    legs = {
        agency: Leg(agency=agency, part="support", offered=case.at, duty=duty, handlers=_hands(case, agency))
        for agency in supports
        if agency != lead
    }
    hands = _hands(case, lead)
    legs[lead] = Leg(agency=lead, offered=case.at, duty=duty, own_decision=act.own_decision, handlers=hands)
    return legs


def _hands(case: Case, agency: str) -> tuple[str, ...]:
    """Who has worked on it for the agency in an earlier round; they still may not verify."""
    before = case.matter.legs.get(agency)
    return before.handlers if before else ()


def sign(case: Case, act: Sign) -> list[Change]:
    """The agency takes its leg up; the matter is being done."""
    case.need_stage(Stage.ASSIGNED, Stage.DOING)
    leg = case.leg_of(act.agency, "offered")
    attending = case.started("attend") if leg.part == "lead" else {}
    return case.only(
        Then(
            stage=Stage.DOING if case.matter.stage is not Stage.DOING else None,
            legs={leg.agency: _worked_on(replace(leg, state="signed", signed=case.at), case)},
            clocks={**case.stopped(f"sign:{leg.agency}"), **attending} or None,
        )
    )


def give_back(case: Case, act: Return) -> list[Change]:
    """The agency gives its leg back; with the lead gone the matter waits for another assignment."""
    case.need_stage(Stage.ASSIGNED, Stage.DOING)
    leg = case.leg_of(act.agency, *IN_WORK)
    if leg.own_decision:
        refuse(
            "cannot-return",
            f"Matter {case.id} was assigned to '{leg.agency}' by the holder's own decision and cannot be returned; "
            "finish it, or ask the holder to pause or extend.",
        )
    case.need_reason(act.reason)
    returned = replace(leg, state="returned", ended=case.at, reason=act.reason)
    left = {agency: other for agency, other in case.matter.legs.items() if agency != leg.agency}
    # A support's return never finishes the matter: the lead is still at work or still to sign.
    tallies = replace(case.matter.tallies, returns=case.matter.tallies.returns + 1)
    gone = leg.part == "lead"
    dropped = {
        agency: replace(other, state="waived", ended=case.at, reason="lead-returned")
        for agency, other in left.items()
        if gone and other.state in IN_WORK
    }
    ended = [leg.agency, *dropped]
    waiting = Stage.ACCEPTED if case.matter.tallies.accepted or not case.kind.assign_before_accept else Stage.REPORTED
    return case.only(
        Then(
            stage=waiting if gone else None,
            legs={**dropped, leg.agency: _worked_on(returned, case)},
            clocks={
                **case.stopped(f"sign:{leg.agency}"),
                **case.fallen_away(*(f"sign:{agency}" for agency in ended[1:]), *(("attend",) if gone else ())),
            }
            or None,
            tallies=tallies,
        )
    )


def attend(case: Case, act: Attend) -> list[Change]:
    """Somebody of the agency has come to the place."""
    case.need_stage(Stage.ASSIGNED, Stage.DOING)
    leg = case.leg_of(act.agency, "signed")
    return case.only(Then(legs={leg.agency: _worked_on(leg, case)}, clocks=case.stopped("attend") or None))


def finish(case: Case, act: Finish) -> list[Change]:
    """A leg is done; with the lead and every support done, so is the matter."""
    case.need_stage(Stage.ASSIGNED, Stage.DOING)
    leg = case.leg_of(act.agency, "signed")
    case.need_reason(act.outcome, "outcome")
    case.need_evidence(act.evidence)
    done = _worked_on(
        replace(leg, state="done", ended=case.at, reason=act.outcome, evidence=(*leg.evidence, *act.evidence)), case
    )
    return case.only(_after_leg(case, done))


def waive(case: Case, act: Waive) -> list[Change]:
    """A supporting leg is let go; if it was the last one waited for, the matter is done."""
    case.need_stage(Stage.ASSIGNED, Stage.DOING)
    case.need_holder()
    leg = case.matter.legs.get(act.agency)
    if leg is None or leg.part != "support" or leg.state not in IN_WORK:
        supports = sorted(a for a, found in case.matter.legs.items() if found.part == "support")
        refuse("not-a-support", f"Only a support at work can be waived; here: {or_(supports) or 'none'}.", "agency")
    return case.only(_after_leg(case, replace(leg, state="waived", ended=case.at, reason=act.reason)))


def _after_leg(case: Case, ended: Leg) -> Then:
    legs = {**case.matter.legs, ended.agency: ended}
    tallies = case.matter.tallies
    changed = case.stopped("attend") if ended.part == "lead" else {}
    changed.update(case.fallen_away(f"sign:{ended.agency}"))
    if not _all_done(legs):
        return Then(legs={ended.agency: ended}, clocks=changed or None)
    finished = case.stopped("finish")
    lead = next(leg.agency for leg in legs.values() if leg.part == "lead" and leg.state == "done")
    return Then(
        stage=Stage.DONE,
        legs={ended.agency: ended},
        clocks={**changed, **finished, **case.started("verify")} or None,
        tallies=met(replace(tallies, finished_by=lead), finished),
    )


def met(tallies: Tallies, finished: dict[str, Clock]) -> Tallies:
    """The tallies with the finish clock's outcome, where it has just been stopped."""
    clock = finished.get("finish")
    if clock is None:
        return tallies
    return replace(tallies, finish_due=clock.due, finish_met=clock.met, finish_spent=clock.spent)


def _all_done(legs: dict[str, Leg]) -> bool:
    current = [leg for leg in legs.values() if leg.state not in ("returned", "waived")]
    return bool(current) and all(leg.state == "done" for leg in current)


def _worked_on(leg: Leg, case: Case) -> Leg:
    who = case.command.by.id
    return leg if who in leg.handlers else replace(leg, handlers=(*leg.handlers, who))


def verify(case: Case, act: Verify) -> list[Change]:
    """Somebody other than the handler checks; what does not pass goes back to be done, on the same promise."""
    case.need_stage(Stage.DONE)
    case.need_holder()
    _need_not_handler(case)
    if case.matter.marks.open_children:
        refuse("children-open", f"Matter {case.id} waits for its parts: {', '.join(case.matter.marks.open_children)}.")
    if act.passed:
        case.need_evidence(act.evidence)
        return case.only(Then(stage=Stage.VERIFIED, clocks={**case.stopped("verify"), **case.started("reply")} or None))
    return case.only(_failed(case))


def _need_not_handler(case: Case) -> None:
    by = case.command.by
    handled = any(by.id in leg.handlers or (by.agency and by.agency == leg.agency) for leg in case.matter.legs.values())
    if handled:
        refuse(
            "handler-verifies",
            f"You handled matter {case.id}; somebody who did not must verify it.",
        )


def _failed(case: Case) -> Then:
    matter, rules = case.matter, case.rules
    legs = {a: replace(leg, state="signed", ended=0) for a, leg in matter.legs.items() if leg.state == "done"}
    changed = case.stopped("verify")
    finish_clock = matter.clocks.get("finish")
    if finish_clock is not None and finish_clock.met:
        changed["finish"] = clocks.take_up("finish", finish_clock, rules)
    return Then(
        stage=Stage.DOING,
        legs=legs,
        clocks=changed or None,
        tallies=replace(matter.tallies, failed_checks=matter.tallies.failed_checks + 1, finish_met=0, finish_spent=0),
    )
