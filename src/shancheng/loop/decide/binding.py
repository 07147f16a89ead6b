"""Binding: matters that are the same are merged and can be parted again; a large one is split into parts."""

from msgspec.structs import replace

from shancheng.loop import clock as clocks
from shancheng.loop.act import Merge, Part, Report, Split, Unmerge
from shancheng.loop.decide.case import Case, Change, nearest, refuse
from shancheng.loop.decide.intake import opening_of
from shancheng.loop.matter import OPEN, Clock, Stage
from shancheng.loop.move import Then

ABSORBED_MAX = 1000


def merge(case: Case, act: Merge) -> list[Change]:
    """The matter is carried on in another; both know of it, and its reporters stay its own."""
    case.need_stage(*OPEN)
    case.need_holder()
    target = case.other(act.into, "into")
    _need_mergeable(case, target.id)
    if target.marks.merged_into:
        refuse("merged-already", f"Matter {target.id} was merged into {target.marks.merged_into}; name that.", "into")
    if not target.is_open:
        refuse("wrong-stage", f"Matter {target.id} is {target.stage}; only an open matter can take another in.", "into")
    if case.matter.opening.kind != target.opening.kind or case.matter.marks.confidential != target.marks.confidential:
        refuse("not-alike", f"Matter {target.id} is of another kind or another confidence.", "into")
    if len(target.marks.absorbed) >= ABSORBED_MAX:
        refuse("too-many", f"Matter {target.id} has taken in {ABSORBED_MAX} others; open a task for it.", "into")
    asleep = {name: replace(clock, wake=0) for name, clock in case.matter.clocks.items() if clock.wake}
    marks = replace(case.matter.marks, merged_into=target.id)
    taken = replace(target.marks, absorbed=(*target.marks.absorbed, case.id))
    return [
        *case.only(Then(marks=marks, clocks=asleep or None)),
        (target.id, case.command.act, Then(marks=taken)),
    ]


def _need_mergeable(case: Case, into: str) -> None:
    marks = case.matter.marks
    if into == case.id:
        refuse("nothing-changes", "A matter cannot be merged into itself.", "into")
    if marks.absorbed or marks.children:
        refuse("not-alike", f"Matter {case.id} has others bound to it; unmerge those first, or merge the other way.")
    if marks.parent:
        refuse("not-alike", f"Matter {case.id} is a part of {marks.parent} and cannot be merged away.")


def unmerge(case: Case, act: Unmerge) -> list[Change]:
    """The matter stands on its own again, on the promises it had all along."""
    case.need_holder()
    marks = case.matter.marks
    if not marks.merged_into:
        refuse("not-merged", f"Matter {case.id} is not merged into another.")
    awake: dict[str, Clock] = {}
    for name, clock in case.matter.clocks.items():
        if clock.is_open:
            awake[name] = (
                replace(clock, wake=clock.paused_until) if clock.paused else clocks.watch(name, clock, case.rules)
            )
    changes = case.only(Then(marks=replace(marks, merged_into=""), clocks=awake or None))
    target = case.matters.get(marks.merged_into)
    if target is not None:
        left = tuple(key for key in target.marks.absorbed if key != case.id)
        changes.append((target.id, case.command.act, Then(marks=replace(target.marks, absorbed=left))))
    return changes


def split(case: Case, act: Split) -> list[Change]:
    """The matter becomes parts that are settled each on its own; it is done when the last of them is closed."""
    case.need_stage(Stage.ACCEPTED, Stage.ASSIGNED)
    case.need_holder()
    marks = case.matter.marks
    if marks.children or marks.parent or marks.absorbed:
        refuse("split-already", f"Matter {case.id} is bound to others already and cannot be split.")
    if len(act.parts) > case.kind.children_max:
        refuse("too-many", f"A {case.kind.key} has at most {case.kind.children_max} parts.", "parts")
    ids = tuple(part.id for part in act.parts)
    if len({*ids, case.id}) != len(ids) + 1 or any(key in case.matters for key in ids if key):
        refuse("bad-number", "Every part needs a number of its own that no other matter has.", "parts")
    legs = {
        agency: replace(leg, state="waived", ended=case.at, reason="split")
        for agency, leg in case.matter.legs.items()
        if leg.state in ("offered", "signed")
    }
    own = Then(
        stage=Stage.DOING,
        marks=replace(marks, children=ids, open_children=ids),
        legs=legs or None,
        clocks=case.fallen_away("attend", *(name for name in case.matter.clocks if name.startswith("sign:"))) or None,
    )
    return [*case.only(own), *(_part(case, part) for part in act.parts)]


def _part(case: Case, part: Part) -> Change:
    rules, matter = case.rules, case.matter
    category = rules.category(part.category, case.at)
    if category is None:
        refuse(
            "unknown-name",
            f"There is no category '{part.category}'.{nearest(part.category, rules.categories)}",
            "parts",
        )
    place = rules.where(part.place or matter.about.place, case.at)
    if not place:
        refuse("unknown-name", f"There is no place {part.place} in this city.", "parts")
    act = Report(
        kind=matter.opening.kind,
        category=part.category,
        severity=matter.about.severity,
        text=part.text,
        place=place,
        located=matter.opening.located,  # type: ignore[arg-type]
        origin="agency",
        confidential=matter.marks.confidential,
        drill=matter.marks.drill,
    )
    then = opening_of(
        case.command,
        act,
        case.kind,
        place=place,
        category=category,
        severity=matter.about.severity,
        at=case.at,
        rules=rules,
        parent=matter.id,
    )
    return part.id, act, then
