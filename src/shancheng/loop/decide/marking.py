"""Marking: supervision, consultation, notes, sealed reads and erasure; none of them changes the stage."""

from msgspec.structs import replace

from shancheng.loop.act import Consult, Note, Redact, Supervise, Unseal
from shancheng.loop.decide.case import Case, Change, refuse
from shancheng.loop.matter import OPEN, Consultation, Reporter, Supervision
from shancheng.loop.move import Then

CONSULTATIONS_MAX = 20


def supervise(case: Case, act: Supervise) -> list[Change]:
    """The matter is put under watch, or its watch is renewed."""
    case.need_stage(*OPEN)
    by = case.command.by
    watch = Supervision(by=by.id, role=by.role, at=case.at, why=act.why, report_by=act.report_by)
    return case.only(Then(marks=replace(case.matter.marks, supervised=watch)))


def consult(case: Case, act: Consult) -> list[Change]:
    """A joint consultation and its decision are kept with the matter."""
    case.need_stage(*OPEN)
    case.need_holder()
    marks = case.matter.marks
    if len(marks.consultations) >= CONSULTATIONS_MAX:
        refuse("too-many", f"Matter {case.id} has {CONSULTATIONS_MAX} consultations; write a note instead.")
    kept = Consultation(agencies=act.agencies, decision=act.decision, at=case.at, by=case.command.by.id)
    return case.only(Then(marks=replace(marks, consultations=(*marks.consultations, kept))))


def note(case: Case, act: Note) -> list[Change]:
    """Something is written down beside the matter."""
    return case.only(Then())


def unseal(case: Case, act: Unseal) -> list[Change]:
    """The reading of a sealed field is itself a line of the ledger."""
    if not case.role.sealed and not case.role.any_centre:
        refuse("not-allowed", f"The role {case.role.key} may not open sealed fields; ask one that may.")
    reporter = _reporter(case, act.reporter)
    if reporter.redacted:
        refuse("redacted", f"The data of reporter {act.reporter} were destroyed and cannot be opened.")
    return case.only(Then())


def redact(case: Case, act: Redact) -> list[Change]:
    """The reporter's key is destroyed with this move; counts and deadlines stay."""
    reporter = _reporter(case, act.reporter)
    return case.only(Then(reporters={act.reporter: replace(reporter, redacted=True)}))


def _reporter(case: Case, key: str) -> Reporter:
    reporter = case.matter.reporters.get(key)
    if reporter is None:
        refuse("unknown-reporter", f"'{key}' is no reporter of matter {case.id}.", "reporter")
    return reporter
