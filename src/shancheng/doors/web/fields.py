"""Which fields each act has as a form, and how a sent form becomes the act."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from shancheng.doors.web import words
from shancheng.doors.web.ask import Ask, Faults, Form
from shancheng.doors.web.follow import YES_NO, take_photos
from shancheng.doors.web.language import N_
from shancheng.loop.act import VERBS, AnyAct, Evidence
from shancheng.loop.matter import Matter

Kind = Literal[
    "text", "line", "reason", "category", "severity", "agency", "agencies", "centre", "hours", "until", "matter",
    "passed", "yes", "what", "support", "parts",
]  # fmt: skip
HOUR_MINUTES = 60
NUMBER_BYTES = 10
"""Of a matter's number, as everywhere 20 hexadecimal digits."""
TEXT_MAX = 4000
LINE_MAX = 500
PARTS_MIN, PARTS_MAX = 2, 5
"""Parts that the form for splitting has room for."""


@dataclass(frozen=True)
class Entry:
    """One field of an act."""

    name: str
    kind: Kind
    label: str
    needed: bool = False
    hint: str = ""


@dataclass(frozen=True)
class ActForm:
    """An act somebody may do now, with its fields and what they may be."""

    verb: str
    entries: tuple[Entry, ...]
    groups: tuple[tuple[str, ...], ...]
    """Kinds of evidence it must carry, one of each group."""
    photos: bool


WHY = Entry("why", "line", N_("Why"), needed=True)
REASON = Entry("reason", "reason", N_("Reason"), needed=True)
TEXT = Entry("text", "text", N_("What was found or done"))
REMARK = Entry("text", "line", N_("Remark"))
ENTRIES: dict[str, tuple[Entry, ...]] = {
    "accept": (
        Entry("category", "category", N_("Category")),
        Entry("severity", "severity", N_("Severity")),
        Entry("reply", "text", N_("First answer to the reporter")),
    ),
    "refuse": (
        REASON,
        Entry("elsewhere", "line", N_("Where to go instead"), needed=True),
        Entry("reply", "text", N_("Answer to the reporter")),
    ),
    "assign": (
        Entry("lead", "agency", N_("Lead"), hint=N_("Left empty, the duty list names it.")),
        Entry("supports", "agencies", N_("Supports")),
        Entry("own_decision", "yes", N_("Decided in the centre's own name: it cannot be given back")),
        REMARK,
    ),
    "sign": (),
    "return": (REASON, REMARK),
    "attend": (REMARK,),
    "finish": (Entry("outcome", "reason", N_("Outcome"), needed=True), TEXT),
    "waive": (
        Entry("agency", "support", N_("Which support"), needed=True),
        Entry("reason", "line", N_("Why"), needed=True),
    ),
    "verify": (Entry("passed", "passed", N_("Is it as it should be?"), needed=True), TEXT),
    "close": (
        Entry("outcome", "reason", N_("Outcome"), needed=True),
        Entry("reply", "text", N_("Answer to the reporter"), needed=True),
    ),
    "reopen": (REASON, REMARK),
    "ask": (
        Entry("what", "what", N_("What for"), needed=True),
        REASON,
        Entry("minutes", "hours", N_("Hours of working time")),
        REMARK,
    ),
    "pause": (REASON, Entry("until", "until", N_("Until"), needed=True), REMARK),
    "resume": (),
    "extend": (Entry("minutes", "hours", N_("Hours of working time"), needed=True), REASON, REMARK),
    "deny": (Entry("what", "what", N_("What is not granted"), needed=True), REMARK),
    "raise": (WHY,),
    "lower": (Entry("to", "centre", N_("To which centre"), needed=True), WHY),
    "offer": (Entry("to", "centre", N_("To which centre"), needed=True), WHY),
    "take": (),
    "decline": (WHY,),
    "withdraw": (WHY,),
    "supervise": (WHY, Entry("report_by", "until", N_("Report back by"))),
    "consult": (
        Entry("agencies", "agencies", N_("Agencies"), needed=True),
        Entry("decision", "text", N_("What was decided"), needed=True),
    ),
    "merge": (Entry("into", "matter", N_("Number of the matter it is merged into"), needed=True),),
    "unmerge": (WHY,),
    "split": (
        Entry(
            "parts",
            "parts",
            N_("Parts"),
            hint=N_("At least two. Each is settled on its own; this matter is done when the last of them is closed."),
        ),
    ),
    "note": (
        Entry("text", "text", N_("Note")),
        Entry("public", "yes", N_("The reporter may read it")),
    ),
    "grade": (
        Entry("category", "category", N_("Category")),
        Entry("severity", "severity", N_("Severity")),
        Entry("reason", "line", N_("Why"), needed=True),
    ),
}
"""Verbs that have a form; rating for a reporter is done elsewhere."""
ORDER = (
    "take", "decline", "withdraw", "accept", "refuse", "assign", "sign", "attend", "finish", "return", "ask", "verify",
    "close", "reopen", "extend", "pause", "resume", "deny", "grade", "split", "merge", "unmerge", "raise", "lower",
    "offer", "waive", "consult", "supervise", "note",
)  # fmt: skip
MAIN = frozenset({"take", "accept", "assign", "sign", "finish", "verify", "close", "reopen"})
"""What is done next in the ordinary way; these stand open."""
WITH_PHOTOS = frozenset({"finish", "verify", "close", "note"})


def forms_of(ask: Ask, matter: Matter, allowed: Sequence[str]) -> list[ActForm]:
    """Forms of the acts that are allowed now, in the order of the work."""
    kind = ask.rules.kind(matter.opening.kind, matter.opening.at)
    needs = kind.evidence if kind else {}
    return [
        ActForm(
            verb, ENTRIES[verb], tuple(tuple(group.split("|")) for group in needs.get(verb, ())), verb in WITH_PHOTOS
        )
        for verb in ORDER
        if verb in allowed
    ]


async def act_of(ask: Ask, verb: str, form: Form, faults: Faults) -> AnyAct | None:
    """The act a form stands for; None with faults where it is not whole."""
    values: dict[str, Any] = {"verb": verb}
    for entry in ENTRIES[verb]:
        value = _value(ask, entry, form, faults)
        if entry.needed and value in (None, "", 0, ()):
            faults.add(f"{verb}-{entry.name}", ask.say(N_("Fill in: %(field)s"), field=ask.say(entry.label)))
        if value not in (None, "", 0, ()):
            values[entry.name] = value
    if verb in WITH_PHOTOS:
        proofs = await _evidence(ask, form, faults)
        if proofs:
            values["evidence"] = proofs
    if verb == "note" and not faults and not values.get("text") and not values.get("evidence"):
        faults.add("note-text", ask.say(N_("Write something, or add a photo.")))
    values.setdefault("text", "") if verb == "note" else None
    return None if faults else _made(ask, verb, values, faults)


def _made(ask: Ask, verb: str, values: dict[str, Any], faults: Faults) -> AnyAct | None:
    try:
        return msgspec.convert(values, VERBS[verb], strict=False)  # type: ignore[return-value]
    except msgspec.ValidationError:
        faults.add(verb, ask.say(N_("One of the fields cannot be as it is; look through them once more.")))
        return None


def _value(ask: Ask, entry: Entry, form: Form, faults: Faults) -> Any:
    name = entry.name
    match entry.kind:
        case "agencies":
            return form.texts(name)
        case "severity" | "centre":
            return form.whole(name)
        case "hours":
            return _minutes(form.text(name))
        case "passed":
            return YES_NO.get(form.text(name))
        case "yes":
            return form.text(name) == "yes"
        case "until":
            return _instant(ask, form.text(name))
        case "parts":
            return _parts(ask, form, faults)
        case "text":
            return form.text(name, TEXT_MAX)
    return form.text(name, LINE_MAX).replace("\n", " ")


def _parts(ask: Ask, form: Form, faults: Faults) -> tuple[dict[str, str], ...]:
    """The parts of a split that were filled in; their numbers follow from the form, so that it can be sent twice."""
    parts: list[dict[str, str]] = []
    for number in range(1, PARTS_MAX + 1):
        category = form.text(f"part_category_{number}", LINE_MAX)
        text = form.text(f"part_text_{number}", TEXT_MAX)
        if category and text:
            parts.append({"id": _number(ask, form, number), "category": category, "text": text})
        elif category or text:
            faults.add("split-parts", ask.say(N_("Part %(n)s needs both a category and words."), n=number))
    if len(parts) < PARTS_MIN:
        faults.add("split-parts", ask.say(N_("Fill in at least two parts, each with a category and words.")))
    return tuple(parts)


def _number(ask: Ask, form: Form, part: int) -> str:
    seed = f"{ask.actor.id}\n{form.text('key', 60)}\n{part}".encode()
    return hashlib.blake2b(seed, digest_size=NUMBER_BYTES).hexdigest()


def _minutes(text: str) -> int:
    try:
        return max(0, round(float(text) * HOUR_MINUTES))
    except (ValueError, OverflowError):
        return 0


def _instant(ask: Ask, text: str) -> int:
    """An instant from a field of day and time, in the city's zone."""
    try:
        return int(dt.datetime.fromisoformat(text).replace(tzinfo=ask.rules.zone).timestamp())
    except (ValueError, OverflowError):
        return 0


async def _evidence(ask: Ask, form: Form, faults: Faults) -> tuple[Evidence, ...]:
    """Photos that were sent, and every other proof that was ticked, with its words."""
    photos = await take_photos(ask, form, faults)
    ticked = [kind for kind in form.texts("evidence") if kind in words.EVIDENCE and not (kind == "photo" and photos)]
    told = form.text("evidence_text", LINE_MAX).replace("\n", " ")
    return (*photos, *(Evidence(kind=kind, text=told) for kind in dict.fromkeys(ticked)))
