"""Who walks and what streets are to them: records of `walkers.toml` and the tables beside it."""

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Literal, TypeVar

import msgspec

from shancheng.ground.pack import Fault, Packs, Table, unknown_name
from shancheng.ground.pack.table import version_on
from shancheng.methods.slope import SLOPES

Basis = Literal["seen", "unverified"]
"""`seen`: read in the source that is named; `unverified`: a default from memory, to be checked against a source."""
Answer = Literal["yes", "no", "unknown"]
Kind = Literal["street", "path", "crossing", "stairs", "escalator", "walkway", "lift"]
Structure = Literal["ground", "bridge", "tunnel", "indoor"]
Direction = Literal["both", "forward", "backward", "either"]
FOOT = "foot"
"""The need of everybody: what answers nothing to it is no street at all."""
FIRST_DAY = dt.date(1900, 1, 1)


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What each of these records carries."""

    key: str
    basis: Basis
    from_: dt.date = msgspec.field(name="from", default=FIRST_DAY)
    until: dt.date | None = None
    source: str


R = TypeVar("R", bound=Record)


class Walker(Record, frozen=True, kw_only=True):
    """Somebody on foot or on wheels: how fast, over what, and what to do where it is not known."""

    name: dict[str, str]
    speed_kmh: float
    """On the level."""
    slope: str = "city"
    """Pace table, see `shancheng.methods.slope`."""
    stairs_up_m_s: float
    stairs_down_m_s: float
    """Metres a second along the flight, its rise included."""
    lift_wait_s: float
    lift_s_per_m: float
    escalator_m_s: float
    """Along the flight, standing; on a level moving walkway it is added to the walking speed."""
    needs: tuple[str, ...] = (FOOT,)
    """What must be answered yes: needs that rules of `streets.toml` answer."""
    unknown: Literal["take", "leave"] = "take"
    """Whether what is not known to be barred is walked, with its doubt marked, or left."""
    grade_percent_max: float = 0.0
    """Steepest grade; 0 is no limit. A grade said by tags is believed; one from the relief only beyond the margin."""
    relief_margin_percent: float = 0.0
    """Between the limit and the limit plus this, a grade from the relief is unknown: it may be its noise."""
    width_m_min: float = 0.0

    @property
    def digest(self) -> str:
        """Sixteen letters that change when anything of the walker does."""
        return _digest(self)


class StreetRule(Record, frozen=True, kw_only=True):
    """What tags say. Of the rules that match, the highest rank decides each of the four things on its own."""

    on: Literal["way", "node"] = "way"
    when: dict[str, tuple[str, ...]]
    """Every key must have one of the values; `*` is any value."""
    rank: int
    kind: Kind | None = None
    structure: Structure | None = None
    direction: Direction | None = None
    """`forward`: only as the way is drawn; `backward`: only against it; `either`: one of the two, not known which."""
    answers: dict[str, Answer] = {}
    """May one with this need pass? Of rules with one rank, the worst answer holds."""


class GateRule(Record, frozen=True, kw_only=True):
    """Which nodes are gates of the areas on whose outline they lie: one record that holds is enough."""

    when: dict[str, tuple[str, ...]]
    """Every key must have one of the values; `*` is any value."""
    unless: dict[str, tuple[str, ...]] = {}
    """Where one of these keys has one of the values, the record does not hold."""


class Measure(Record, frozen=True, kw_only=True):
    """A figure that stands in where the extract has none."""

    value: float
    unit: str


MEASURES: Mapping[str, str] = MappingProxyType(
    {
        "step-rise": "m",
        "step-tread": "m",
        "level-height": "m",
        "lift-rise": "m",
        "sample": "m",
        "smooth": "m",
    }
)
"""Measures that are read, and the unit each is in."""

TABLES = (
    Table("walkers", Walker, ("key",), dated=True),
    Table("streets", StreetRule, ("key",), dated=True),
    Table("gates", GateRule, ("key",), dated=True),
    Table("measures", Measure, ("key",), dated=True),
)


@dataclass(frozen=True)
class WalkTables:
    """All that a network is timed by and areas are entered by, as it holds on one day."""

    walkers: Mapping[str, Walker]
    rules: tuple[StreetRule, ...]
    gates: tuple[GateRule, ...]
    measures: Mapping[str, float]

    @cached_property
    def keys(self) -> frozenset[str]:
        """Keys of tags that are looked at."""
        return frozenset(key for rule in self.rules for key in rule.when) | NUMBER_KEYS

    @cached_property
    def way_keys(self) -> frozenset[str]:
        """Keys that make a way a street: those that rules ask for first where they say what kind it is."""
        return frozenset(next(iter(rule.when)) for rule in self.rules if rule.on == "way" and rule.kind)

    @cached_property
    def gate_keys(self) -> frozenset[str]:
        """Keys of tags that are looked at besides where gates are asked for."""
        return frozenset(key for rule in self.gates for key in (*rule.when, *rule.unless))

    def version(self, walker: str) -> str:
        """Digest of a walker and of the tables it is read with; gates are not in a network and change none."""
        return _digest(self.walkers[walker], self.rules, dict(self.measures))


NO_KEY = "it needs at least one key with at least one value; ['*'] is any value."
NUMBER_KEYS = frozenset({"step_count", "incline", "level", "width"})
"""Keys whose values are read as figures."""


def walk_tables(packs: Packs, on: dt.date) -> WalkTables:
    """The tables of packs that were read and checked, as they hold on a day."""
    walkers = {record.key: record for record in _on(packs, "walkers", Walker, on)}
    measures = {record.key: record.value for record in _on(packs, "measures", Measure, on)}
    rules, gates = tuple(_on(packs, "streets", StreetRule, on)), tuple(_on(packs, "gates", GateRule, on))
    return WalkTables(walkers, rules, gates, measures)


def check(packs: Packs) -> Iterator[Fault]:
    """What is wrong across walkers, streets, gates and measures; nothing where a pack has none of them."""
    rules, walkers = packs.table("streets", StreetRule), packs.table("walkers", Walker)
    needs = {need for rule in rules for need in rule.answers}
    asked = {need for walker in walkers for need in walker.needs}
    for index, walker in enumerate(walkers):
        yield from _walker_faults(packs, index, walker, needs)
    for index, rule in enumerate(rules):
        yield from _rule_faults(packs, index, rule)
        for need in rule.answers.keys() - asked if asked else ():
            yield unknown_name(
                packs, "streets", index, field="answers", name=need, known=asked, what="need of a walker"
            )
    yield from _gate_faults(packs)
    yield from _measure_faults(packs)


def _walker_faults(packs: Packs, index: int, walker: Walker, needs: set[str]) -> Iterator[Fault]:
    if walker.slope not in SLOPES:
        yield unknown_name(packs, "walkers", index, field="slope", name=walker.slope, known=SLOPES, what="pace table")
    for need in walker.needs:
        if need not in needs:
            yield unknown_name(packs, "walkers", index, field="needs", name=need, known=needs, what="need")
    if FOOT not in walker.needs:
        message = f"'{FOOT}' must be among the needs: nobody passes where nobody may walk."
        yield packs.fault("walkers", index, "wrong-value", message, field="needs")
    above = ("speed_kmh", "stairs_up_m_s", "stairs_down_m_s", "escalator_m_s")
    for field in above:
        if not getattr(walker, field) > 0:
            yield packs.fault("walkers", index, "wrong-value", "it must be above 0.", field=field)
    least = ("lift_wait_s", "lift_s_per_m", "grade_percent_max", "relief_margin_percent", "width_m_min")
    for field in least:
        if not getattr(walker, field) >= 0:
            yield packs.fault("walkers", index, "wrong-value", "it may not be below 0.", field=field)
    if walker.speed_kmh > 20:
        message = f"{walker.speed_kmh} km/h is no walk; the speed is in kilometres an hour on the level."
        yield packs.fault("walkers", index, "wrong-value", message, field="speed_kmh")


def _rule_faults(packs: Packs, index: int, rule: StreetRule) -> Iterator[Fault]:
    if not rule.when or not all(rule.when.values()):
        yield packs.fault("streets", index, "missing-value", NO_KEY, field="when")
    says = (rule.kind, rule.structure, rule.direction)
    if not any(says) and not rule.answers:
        message = "it says nothing: give it a kind, a structure, a direction or answers."
        yield packs.fault("streets", index, "missing-value", message)
    if rule.on == "node" and (rule.structure or rule.direction or rule.kind not in (None, "lift")):
        message = "a node can be a lift and can answer; kind, structure and direction are of ways."
        yield packs.fault("streets", index, "wrong-value", message, field="on")


def _gate_faults(packs: Packs) -> Iterator[Fault]:
    gates = packs.table("gates", GateRule)
    for index, gate in enumerate(gates):
        if not gate.when or not all(gate.when.values()):
            yield packs.fault("gates", index, "missing-value", NO_KEY, field="when")
        if not all(gate.unless.values()):
            message = "a key without a value excepts nothing; give it values, or leave it out."
            yield packs.fault("gates", index, "missing-value", message, field="unless")
    if packs.records.get("walkers") and not gates:
        message = "walkers need at least one record that says what a gate is; `base` has some."
        yield Fault(code="missing-value", file=f"{packs.packs[-1].folder.name}/gates.toml", message=message)


def _measure_faults(packs: Packs) -> Iterator[Fault]:
    measures = packs.table("measures", Measure)
    for index, measure in enumerate(measures):
        unit = MEASURES.get(measure.key)
        if unit is None:
            yield unknown_name(packs, "measures", index, field="key", name=measure.key, known=MEASURES, what="measure")
        elif measure.unit != unit:
            message = f"it is read in {unit}, not in '{measure.unit}'."
            yield packs.fault("measures", index, "wrong-value", message, field="unit", nearest=unit)
        if not measure.value > 0:
            yield packs.fault("measures", index, "wrong-value", "it must be above 0.", field="value")
    missing = [key for key in MEASURES if key not in {measure.key for measure in measures}]
    if missing and (packs.records.get("walkers") or measures):
        message = f"walkers need the measures {', '.join(missing)}, which no pack has; `base` has all of them."
        yield Fault(code="missing-value", file=f"{packs.packs[-1].folder.name}/measures.toml", message=message)


def _on(packs: Packs, table: str, of: type[R], on: dt.date) -> Iterator[R]:
    """The version of each record that holds on a day, in the order of the file."""
    keys = dict.fromkeys(record.key for record in packs.table(table, of))
    for key in keys:
        version = version_on(packs.versions(table, of, key), on)
        if version is not None:
            yield version


def _digest(*parts: object) -> str:
    return hashlib.sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()[:16]
