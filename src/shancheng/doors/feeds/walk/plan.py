"""The plan of a row: its matter, and the acts that walk it as far as its status says."""

import datetime as dt
import hashlib
import re
from collections.abc import Iterator
from itertools import pairwise

import msgspec

from shancheng.doors.feeds.mapping.records import Map, Standing
from shancheng.doors.feeds.reading import Chunk
from shancheng.doors.feeds.refused import Refused
from shancheng.doors.feeds.walk.cells import Cells
from shancheng.doors.feeds.walk.meaning import Meaning
from shancheng.doors.feeds.walk.moment import Moments
from shancheng.doors.feeds.walk.unfit import Unfit
from shancheng.doors.feeds.walk.whereabouts import Found, Spot, Whereabouts
from shancheng.ground.access import Actor
from shancheng.loop.act import Accept, AnyAct, Assign, Close, Evidence, Finish, Note, Refuse, Report, Sign, Verify
from shancheng.loop.rules import Rules

ROLE = "importer"
ID_MAX = 200
PLAIN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}").fullmatch
PATH = ("reported", "accepted", "assigned", "doing", "done", "verified", "closed")
"""Stages in the order a matter reaches them."""
WHEN = ("created", "accepted", "assigned", "signed", "finished", "verified", "closed")
"""The time of the move that leads to each stage of `PATH`."""
LEADS_TO = {verb: at for at, verb in enumerate(("report", "accept", "assign", "sign", "finish", "verify", "close"))}
LEADS_TO["refuse"] = 1
AT_CREATION = 4
"""So many of them fall back on the creation, the others on the closing."""


class Deed(msgspec.Struct, frozen=True):
    """One act of a row, done at its own time."""

    act: AnyAct
    by: Actor
    at: int
    idem: str
    """The same for every run: what has been written once is not written again."""
    leads_to: int = -1
    """Place in `PATH` of the stage it leads to; -1 where it changes none."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be written for one row."""

    line: int
    row: str
    matter: str
    stage: str
    """Where the matter stands in the end."""
    deeds: tuple[Deed, ...]

    def left(self, stage: str) -> tuple[Deed, ...]:
        """What is still to be done where the matter is there already and stands at a stage."""
        if stage == self.stage or stage not in PATH:
            done = len(PATH) if stage == self.stage else -1
        else:
            done = PATH.index(stage)
        return tuple(deed for deed in self.deeds if deed.leads_to < 0 or deed.leads_to > done)


def matter_id(source: str, row: str) -> str:
    """The number of a row's matter: `source.row`, or `source.~` and a hash where the id is no plain word.

    It is the same for every run, so that a row can only ever be one matter.
    """
    if PLAIN_ID(row):
        return f"{source}.{row}"
    return f"{source}.~{hashlib.blake2b(row.encode(), digest_size=10).hexdigest()}"


class Planner:
    """Makes plans of rows; what it needs of the city it has from the rules."""

    def __init__(self, mapping: Map, rules: Rules) -> None:
        self._mapping = mapping
        self._rules = rules
        self._moments = Moments(mapping.times, rules.zone)
        self._whereabouts = Whereabouts(mapping.place, rules)
        self._meaning = Meaning(mapping, rules)
        self._columns = mapping.times.columns
        source = mapping.source
        self._handler = Actor(f"import:{source}:handler", ROLE)
        self._verifier = Actor(f"import:{source}:verifier", ROLE)

    def ids(self, chunk: Chunk) -> list[str]:
        """The ids of a chunk's rows; empty where there is none."""
        return list(Cells(chunk, self._mapping.file.missing).words(self._mapping.id))

    def plans(self, chunk: Chunk, *, now: int) -> list[Plan | Refused]:
        """A plan for every row of a chunk, or why it cannot go in, in order."""
        cells = Cells(chunk, self._mapping.file.missing)
        found = self._whereabouts.look(cells)
        return [
            chunk.damaged[row] if row in chunk.damaged else self._plan(cells, row, found, line, now)
            for row, line in enumerate(chunk.lines)
        ]

    def _plan(self, cells: Cells, row: int, found: Found, line: int, now: int) -> Plan | Refused:
        key = cells.word(self._mapping.id, row)
        try:
            cells.check(row)
            _check_id(key, self._mapping.id)
            times = self._times(cells, row, now)
            standing = self._meaning.standing(cells, row, is_closed="closed" in times)
            _check_order(times, self._columns, cells, row)
            spot = self._whereabouts.spot(cells, row, found, times["created"])
            matter = matter_id(self._mapping.source, key)
            acts = self._acts(cells, row, times, standing, spot, key)
            deeds = tuple(_deed(matter, act, by, at) for act, by, at in acts)
        except Unfit as unfit:
            return unfit.at(line, key)
        return Plan(line=line, row=key, matter=matter, stage=standing.stage, deeds=deeds)

    def _times(self, cells: Cells, row: int, now: int) -> dict[str, int]:
        times: dict[str, int] = {}
        for word, column in self._columns.items():
            value = cells.raw(column, row)
            if value is not None:
                times[word] = self._moments.read(value, column, now=0 if word == "due" else now)
        if "created" not in times:
            raise Unfit("no-time", "The time of creation is missing.", column=self._columns["created"])
        return times

    def _acts(
        self, cells: Cells, row: int, times: dict[str, int], standing: Standing, spot: Spot, key: str
    ) -> Iterator[tuple[AnyAct, Actor, int]]:
        meaning, created = self._meaning, times["created"]
        category, record = meaning.category(cells, row, created)
        answer = meaning.resolution(cells, row)
        report = Report(
            kind=record.kind,
            category=category,
            text=meaning.text(cells, row),
            place=spot.place,
            point=spot.point,
            located=spot.located,
            origin=meaning.origin(cells, row),
        )
        yield report, self._handler, created
        last = times.get("closed", created)
        if standing.stage == "refused":
            reply = answer or self._mapping.text.reply
            yield Refuse(reason=standing.reason, elsewhere=standing.elsewhere, reply=reply), self._handler, last
        else:
            steps = PATH.index(standing.stage)
            lead, duty = "", ""
            if steps > 1:
                lead, duty = meaning.agency(cells, row, category=category, place=spot.place, at=created)
            walked = self._walked(lead, duty, standing, answer, key)
            for number in range(1, steps + 1):
                fallback = created if number < AT_CREATION else last
                at = times.get(WHEN[number], fallback)
                yield walked[number - 1], self._verifier if WHEN[number] == "verified" else self._handler, at
        noted = self._note(times, standing, answer)
        if noted:
            yield Note(text=noted), self._handler, max(times.get("noted", created), last)

    def _walked(self, lead: str, duty: str, standing: Standing, answer: str, key: str) -> tuple[AnyAct, ...]:
        record = (Evidence("record", ref=f"{self._mapping.source}.{key}"),)
        outcome = standing.outcome or "closed-at-source"
        return (
            Accept(),
            Assign(lead=lead, text=f"Duty list, line {duty}." if duty else "Named in the imported register."),
            Sign(agency=lead),
            Finish(agency=lead, outcome="finished-at-source", text=answer, evidence=record),
            Verify(passed=True, text="Taken over from the imported register.", evidence=record),
            Close(outcome=outcome, reply=answer or self._mapping.text.reply, evidence=record),
        )

    def _note(self, times: dict[str, int], standing: Standing, answer: str) -> str:
        due = times.get("due")
        said = "" if standing.stage in ("done", "verified", "closed", "refused") else answer
        promised = ""
        if due is not None:
            promised = f"Due in the imported register: {dt.datetime.fromtimestamp(due, self._rules.zone).isoformat()}."
        return "\n".join(part for part in (standing.note, said, promised) if part)


def _deed(matter: str, act: AnyAct, by: Actor, at: int) -> Deed:
    verb = str(act.__struct_config__.tag)
    if isinstance(act, Note):
        verb = f"note:{hashlib.blake2b(act.text.encode(), digest_size=6).hexdigest()}"
    return Deed(act, by, at, f"import:{matter}:{verb}", LEADS_TO.get(verb, -1))


def _check_id(key: str, column: str) -> None:
    if not key:
        raise Unfit("missing-id", "The row has no id; without one it cannot be told from others.", column=column)
    if len(key) > ID_MAX:
        raise Unfit("too-long", f"The id has more than {ID_MAX} characters.", column=column, value=key)


def _check_order(times: dict[str, int], columns: dict[str, str], cells: Cells, row: int) -> None:
    given = [word for word in WHEN if word in times]
    for before, after in pairwise(given):
        if times[after] < times[before]:
            value, column = cells.word(columns[after], row), columns[after]
            if after == "closed" and before == "created":
                reason = "The row was closed before it was created; correct one of the times."
                raise Unfit("closed-before-created", reason, column=column, value=value)
            reason = f"The time of '{after}' lies before that of '{before}'; correct one of them."
            raise Unfit("out-of-order", reason, column=column, value=value)
