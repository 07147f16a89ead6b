"""Intake: a matter is reported, accepted or refused, and graded."""

from msgspec.structs import replace

from shancheng.loop import clock as clocks
from shancheng.loop.act import Accept, Grade, Refuse, Report
from shancheng.loop.decide.case import Case, Change, nearest, refuse
from shancheng.loop.kind import Category, Kind
from shancheng.loop.ledger import Command
from shancheng.loop.matter import About, Clock, Custody, Marks, Opening, Reporter, Stage, Tallies
from shancheng.loop.move import Then
from shancheng.loop.rules import Rules

ORDINARY = 4
TOWN = 3
NO_MARKS = Marks()


def report(command: Command, act: Report, kind: Kind, at: int, rules: Rules) -> list[Change]:
    """A matter opened at a place, held by the centre its category belongs to."""
    place = rules.where(act.place, at)
    if not place:
        refuse("unknown-name", f"There is no place {act.place} in this city; look one up by code or point.", "place")
    category = _category(act.category, at, rules) if act.category else None
    severity = act.severity or (category.severity if category else ORDINARY)
    then = opening_of(command, act, kind, place=place, category=category, severity=severity, at=at, rules=rules)
    return [(command.matter, act, then)]


def opening_of(
    command: Command,
    act: Report,
    kind: Kind,
    *,
    place: int,
    category: Category | None,
    severity: int,
    at: int,
    rules: Rules,
    parent: str = "",
) -> Then:
    """What a first move sets: opening, place, holder, the answer's clock, the reporter."""
    holder = rules.places.centre(place, category.holder_level if category else TOWN)
    marked = act.confidential or kind.confidential or act.drill or parent
    promise = rules.promise("answer", kind=kind.key, category=act.category, severity=severity, at=at)
    return Then(
        opening=Opening(
            kind=kind.key,
            text=act.text,
            origin=act.origin,
            at=min(command.at, command.now),
            recorded=command.now,
            point=act.point,
            located=act.located,
        ),
        about=About(category=act.category, severity=severity, place=place, cell=rules.places.cell(place)),
        custody=Custody(holder=holder),
        clocks={"answer": clocks.start("answer", promise, at, rules)} if promise else None,
        reporters={act.reporter: Reporter(at=at)} if act.reporter else None,
        marks=Marks(confidential=act.confidential or kind.confidential, drill=act.drill, parent=parent)
        if marked
        else None,
    )


def accept(case: Case, act: Accept) -> list[Change]:
    """The holder takes the matter on; the promise to finish begins."""
    matter = case.matter
    filed_late = case.kind.assign_before_accept and not matter.tallies.accepted
    case.need_stage(Stage.REPORTED, *((Stage.ASSIGNED, Stage.DOING, Stage.DONE) if filed_late else ()))
    case.need_holder()
    key = act.category or matter.about.category
    if not key:
        refuse("category-missing", f"Give matter {case.id} a category before accepting it.", "category")
    category = _category(key, case.at, case.rules)
    severity = act.severity or _severity(case, category)
    about = replace(matter.about, category=key, severity=severity)
    begun = {} if "finish" in matter.clocks else case.started("finish", category=key, severity=severity)
    told = case.told(act.reply) if act.reply else {}
    return case.only(
        Then(
            about=about if about != matter.about else None,
            stage=Stage.ACCEPTED if matter.stage is Stage.REPORTED else None,
            clocks={**case.stopped("answer"), **begun} or None,
            tallies=_due(replace(matter.tallies, accepted=case.at), begun),
            reporters=told or None,
        )
    )


def _severity(case: Case, category: Category) -> int:
    """What was graded at the report stands; a category given only now brings its own grade."""
    return case.matter.about.severity if case.matter.about.category else category.severity


def _due(tallies: Tallies, begun: dict[str, Clock]) -> Tallies:
    return replace(tallies, finish_due=begun["finish"].due) if "finish" in begun else tallies


def refuse_matter(case: Case, act: Refuse) -> list[Change]:
    """The holder does not take it on, and tells every reporter where to go instead."""
    case.need_stage(Stage.REPORTED)
    case.need_holder()
    case.need_reason(act.reason)
    return case.only(
        Then(
            stage=Stage.REFUSED,
            clocks={**case.stopped("answer"), **case.all_fallen_away(but=("answer",))} or None,
            reporters=case.told(act.reply or act.elsewhere) or None,
            tallies=replace(case.matter.tallies, outcome=act.reason),
        )
    )


def grade(case: Case, act: Grade) -> list[Change]:
    """Category or severity corrected; promises in force are brought forward where the new grade is stricter."""
    case.need_stage(Stage.REPORTED, Stage.ACCEPTED, Stage.ASSIGNED, Stage.DOING)
    case.need_holder()
    matter, rules = case.matter, case.rules
    key = act.category or matter.about.category
    if act.category:
        _category(act.category, case.at, rules)
    severity = act.severity or matter.about.severity
    about = replace(matter.about, category=key, severity=severity)
    if about == matter.about:
        refuse("nothing-changes", f"Matter {case.id} has that category and severity already.")
    changed: dict[str, Clock] = {}
    for name, running in matter.clocks.items():
        found = rules.promise(
            clocks.family(name), kind=matter.opening.kind, category=key, severity=severity, at=case.at
        )
        if running.is_open and found and (graded := clocks.regrade(name, running, found, case.at, rules)) != running:
            changed[name] = graded
    return case.only(
        Then(
            about=about,
            clocks=changed or None,
            tallies=replace(matter.tallies, finish_due=changed["finish"].due) if "finish" in changed else None,
        )
    )


def _category(key: str, at: int, rules: Rules) -> Category:
    found = rules.category(key, at)
    if found is None:
        refuse("unknown-name", f"There is no category '{key}'.{nearest(key, rules.categories)}", "category")
    return found
