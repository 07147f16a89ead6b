"""Matters and their moves as Open311 shows them: service requests, updates, and both kinds of status."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shancheng.doors.standards.open311.catalogue import Catalogue
from shancheng.doors.standards.open311.records import Published, endpoint_on
from shancheng.doors.standards.open311.whereabouts import address_of
from shancheng.doors.standards.open311.writing import instant
from shancheng.loop.act import Close, Note, Refuse
from shancheng.loop.matter import Matter, Stage
from shancheng.loop.move import Move, apply
from shancheng.loop.rules import Rules

Row = dict[str, Any]
STATUS = {
    Stage.REPORTED: "open",
    Stage.ACCEPTED: "investigating",
    Stage.ASSIGNED: "action_scheduled",
    Stage.DOING: "in_progress",
    Stage.DONE: "in_progress",
    Stage.VERIFIED: "in_progress",
    Stage.CLOSED: "closed",
    Stage.REFUSED: "no_further_action",
}
"""Extended status of each stage, where the pack says nothing of the stage or of the outcome."""
TOLD = frozenset({"accept", "refuse", "assign", "sign", "finish", "verify", "close", "reopen", "merge", "unmerge"})
"""Verbs that whoever follows a matter is told of; a note only where it is public."""
FOREIGN = "open311:"
"""Before the other server's update_id, as the evidence of a note carries it."""
EXTENDED = "status:"
"""Before the extended status that another server gave, as the evidence of a note carries it."""


@dataclass(frozen=True)
class View:
    """How matters are shown to one asker."""

    rules: Rules
    catalogue: Catalogue
    language: str
    now: int
    published: Mapping[str, Published] | None
    """What may be seen by category; None for an asker who may see what its role sees."""

    def may_show(self, matter: Matter) -> bool:
        """Whether the asker may see the matter at all."""
        return not matter.marks.drill and (self.published is None or matter.about.category in self.published)

    def words(self, matter: Matter) -> bool:
        """Whether the asker may read what people wrote."""
        return self.published is None or self.published.get(matter.about.category) == "words"

    def request(self, matter: Matter, *, extended: bool) -> Row:
        """A matter as a service request."""
        lead = matter.lead
        agency = self.rules.agencies.get(lead.agency) if lead else None
        due = matter.clocks.get("finish")
        point = matter.opening.point
        node = self.rules.places.node(matter.about.place) if matter.about.place in self.rules.places else None
        row: Row = {
            "service_request_id": matter.id,
            "status": status_of(matter),
            "status_notes": self._notes(matter),
            "service_name": self.catalogue.name(matter.about.category),
            "service_code": matter.about.category,
            "description": matter.opening.text if self.words(matter) else "",
            "agency_responsible": (agency.name_zh if self.language == "zh" else agency.name_en) if agency else "",
            "service_notice": "",
            "requested_datetime": instant(matter.opening.at, self.rules.zone),
            "updated_datetime": instant(matter.moved, self.rules.zone),
            "expected_datetime": instant(due.due, self.rules.zone) if due and not due.void else None,
            "address": address_of(self.rules, matter.about.place, self.language),
            "address_id": (node.code or str(node.id)) if node else "",
            "zipcode": "",
            "lat": point[1] if point else None,
            "long": point[0] if point else None,
            "media_url": "",
        }
        return row | {"extended_attributes": self._extended(matter)} if extended else row

    def _notes(self, matter: Matter) -> str:
        if matter.marks.merged_into:
            return f"duplicate of {matter.marks.merged_into}"
        replies = [who.reply for who in matter.reporters.values() if who.reply]
        outcome = self.rules.reasons.get(matter.tallies.outcome) if not matter.is_open else None
        named = outcome.name.get(self.language, outcome.key) if outcome else ""
        return (replies[-1] if replies and self.words(matter) else "") or named or self.stage(matter)

    def stage(self, matter: Matter) -> str:
        """What the city calls the stage a matter stands in."""
        record = self.rules.stages.get(matter.stage)
        return record.name.get(self.language, matter.stage.value) if record else matter.stage.value

    def _extended(self, matter: Matter) -> Row:
        return {
            "status": extended_of(matter, self.rules, self.now),
            "stage": matter.stage.value,
            "kind": matter.opening.kind,
            "severity": matter.about.severity,
            "parent": matter.marks.parent or matter.marks.merged_into,
        }

    def updates(self, moves: Sequence[Move], since: int, until: int) -> Iterator[tuple[int, int, Row]]:
        """What became of one matter from `since` to `until` inclusive: instant, number in the lane, update."""
        matter: Matter | None = None
        for move in moves:
            matter = apply(matter, move.then, move.matter, move.matter_seq, move.at, move.recorded)
            act = move.act if since <= move.recorded <= until else None
            is_told = move.verb in TOLD or (isinstance(act, Note) and act.public)
            if act is not None and is_told:
                yield move.recorded, move.seq, self._update(matter, move)

    def _update(self, matter: Matter, move: Move) -> Row:
        act = move.act
        foreign = foreign_of(act) if isinstance(act, Note) else {}
        said = said_in(act) if self.words(matter) else ""
        return {
            "update_id": foreign.get(FOREIGN) or f"{matter.id}-{move.matter_seq}",
            "service_request_id": matter.id,
            "status": foreign.get(EXTENDED) or extended_of(matter, self.rules, self.now),
            "updated_datetime": instant(move.recorded, self.rules.zone),
            "description": said or self.stage(matter),
            "media_url": "",
        }


def status_of(matter: Matter) -> str:
    """The standard's status: open or closed, and nothing else."""
    return "open" if matter.is_open and not matter.marks.merged_into else "closed"


def extended_of(matter: Matter, rules: Rules, at: int) -> str:
    """The extended status: by outcome or reason, else by stage, as the pack has them, else as stages have them."""
    if matter.marks.merged_into:
        return "duplicate"
    endpoint = endpoint_on(rules.packs, rules.day(at))
    own = endpoint.statuses if endpoint else {}
    outcome = "" if matter.is_open else matter.tallies.outcome
    return own.get(outcome) or own.get(matter.stage.value) or STATUS[matter.stage]


def said_in(act: object) -> str:
    """What people are told by an act."""
    if isinstance(act, Note):
        return act.text
    if isinstance(act, Refuse):
        return act.reply or act.elsewhere
    if isinstance(act, Close):
        return act.reply
    return str(getattr(act, "reply", ""))


def foreign_of(note: Note) -> dict[str, str]:
    """Update_id and extended status that a note was given by another server, by their prefixes."""
    found = {}
    for evidence in note.evidence:
        for prefix in (FOREIGN, EXTENDED):
            if evidence.kind == "record" and evidence.ref.startswith(prefix):
                found[prefix] = evidence.ref.removeprefix(prefix)
    return found
