"""What every distinct set of tags says: kind, structure, direction, who may pass, and the figures in it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
import numpy.typing as npt

from shancheng.ground.network.segments import Segments
from shancheng.ground.network.streets import Streets
from shancheng.ground.network.walkers import Kind, StreetRule, Structure, WalkTables

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.uint8]
Signs = npt.NDArray[np.int8]
Flags = npt.NDArray[np.bool_]
Tags = Mapping[str, str]

KINDS: tuple[str, ...] = ("none", *get_args(Kind))
"""Names of the codes of `kind`: none, street, path, crossing, stairs, escalator, walkway, lift."""
STRUCTURES: tuple[str, ...] = get_args(Structure)
NO, UNKNOWN, YES = 0, 1, 2
BOTH, FORWARD, BACKWARD, EITHER = 0, 1, -1, 2
_ANSWERS = {"no": NO, "unknown": UNKNOWN, "yes": YES}
_DIRECTIONS = {"both": BOTH, "forward": FORWARD, "backward": BACKWARD, "either": EITHER}


def kind_code(name: str) -> int:
    """The code of a kind by its name."""
    return KINDS.index(name)


@dataclass(frozen=True)
class StreetClass:
    """(t,) arrays over `Streets.tag_sets`: what the set says on a way, and what it says on a node."""

    kind: Codes
    structure: Codes
    direction: Signs
    answers: Mapping[str, Signs]
    """By need: NO, UNKNOWN or YES on a way; NO for `foot` and YES for any other need where no rule says anything."""
    node_lift: Flags
    node_answers: Mapping[str, Signs]
    """By need on a node; YES where no rule says anything."""
    node_says: Flags
    """Some rule speaks of such a node: a lift, a gate, a kerb."""
    steps: Floats
    """Number of steps; NaN where not said."""
    incline: Floats
    """Grade along the way; NaN where not said as a figure."""
    climbs: Signs
    """1 up along the way, -1 down, 0 not said."""
    level_low: Floats
    level_high: Floats
    """Lowest and highest storey named; NaN where none is."""
    width_m: Floats


def classes(streets: Streets, tables: WalkTables) -> StreetClass:
    """What the tag sets of the streets say by the rules of the tables; only sets in use are looked at."""
    sets = streets.tag_sets
    on_way, on_node = _used(streets.way_tags, len(sets)), _used(streets.node_tags, len(sets))
    way = _Verdicts.of(tables.rules, "way", sets, on_way)
    node = _Verdicts.of(tables.rules, "node", sets, on_node)
    levels = [levels_in(tags.get("level", "")) for tags in sets]
    inclines = [incline_of(tags.get("incline", "")) for tags in sets]
    return StreetClass(
        kind=way.kind,
        structure=way.structure,
        direction=way.direction,
        answers=way.answers,
        node_lift=node.kind == kind_code("lift"),
        node_answers={need: np.where(said < 0, YES, said).astype(np.int8) for need, said in node.raw.items()},
        node_says=node.says,
        steps=np.array([steps_of(tags.get("step_count", "")) for tags in sets]),
        incline=np.array([grade for grade, _ in inclines]),
        climbs=np.array([sign for _, sign in inclines], np.int8),
        level_low=np.array([min(named, default=np.nan) for named in levels]),
        level_high=np.array([max(named, default=np.nan) for named in levels]),
        width_m=np.array([width_of(tags.get("width", "")) for tags in sets]),
    )


def lift_nodes(streets: Streets, found: StreetClass) -> Flags:
    """(n,) nodes that are a lift: tagged so and not on a way that is one, or on a lift drawn as a ring."""
    node = found.node_lift[streets.node_tags]
    lift_ways = found.kind[streets.way_tags] == kind_code("lift")
    ring = lift_ways & (streets.way_node[streets.way_first[:-1]] == streets.way_node[streets.way_first[1:] - 1])
    count = np.diff(streets.way_first)
    node[streets.way_node[np.repeat(lift_ways & ~ring, count)]] = False
    node[streets.way_node[np.repeat(ring, count)]] = True
    return node


def segment_kinds(streets: Streets, segments: Segments, found: StreetClass) -> Codes:
    """(s,) code of what each segment is; one that touches a lift is a lift, unless it is stairs or moves."""
    kind: Codes = found.kind[streets.way_tags[segments.way]].copy()
    lift = lift_nodes(streets, found)
    plain = np.isin(kind, [kind_code(name) for name in ("street", "path", "crossing")])
    kind[(lift[segments.tail] | lift[segments.head]) & plain] = kind_code("lift")
    return kind


def stops(streets: Streets, found: StreetClass) -> Flags:
    """(n,) nodes that stay nodes however few segments meet there: lifts, gates, kerbs."""
    says: Flags = found.node_says[streets.node_tags]
    return says


@dataclass(frozen=True)
class _Verdicts:
    kind: Codes
    structure: Codes
    direction: Signs
    raw: Mapping[str, Signs]
    """By need; -1 where no rule says anything."""
    says: Flags

    @property
    def answers(self) -> dict[str, Signs]:
        silent = {need: NO if need == "foot" else YES for need in self.raw}
        return {need: np.where(said < 0, silent[need], said).astype(np.int8) for need, said in self.raw.items()}

    @classmethod
    def of(cls, rules: Sequence[StreetRule], on: str, sets: Sequence[Tags], used: Flags) -> "_Verdicts":
        needs = sorted({need for rule in rules for need in rule.answers})
        kind, structure = np.zeros(len(sets), np.uint8), np.zeros(len(sets), np.uint8)
        direction, says = np.zeros(len(sets), np.int8), np.zeros(len(sets), np.bool_)
        raw = {need: np.full(len(sets), -1, np.int8) for need in needs}
        by_key: dict[str, list[StreetRule]] = {}
        for rule in sorted((rule for rule in rules if rule.on == on), key=lambda rule: rule.rank):
            by_key.setdefault(next(iter(rule.when)), []).append(rule)
        for at in np.flatnonzero(used).tolist():
            matching = _matching(sets[at], by_key)
            says[at] = bool(matching)
            for rule in matching:
                kind[at] = KINDS.index(rule.kind) if rule.kind else kind[at]
                structure[at] = STRUCTURES.index(rule.structure) if rule.structure else structure[at]
                direction[at] = _DIRECTIONS[rule.direction] if rule.direction else direction[at]
            for need, answer in _worst(matching).items():
                raw[need][at] = answer
        return cls(kind, structure, direction, raw, says)


def _used(tags: npt.NDArray[np.int32], sets: int) -> Flags:
    return np.asarray(np.bincount(tags, minlength=sets) > 0)


def _matching(tags: Tags, by_key: Mapping[str, list[StreetRule]]) -> list[StreetRule]:
    """Rules whose every key holds, lowest rank first."""
    found = [rule for key in tags if key in by_key for rule in by_key[key] if holds(rule.when, tags)]
    return sorted(found, key=lambda rule: rule.rank)


def holds(when: Mapping[str, tuple[str, ...]], tags: Tags) -> bool:
    """Whether the tags have every key with one of its values; `*` is any value."""
    return all(key in tags and (values[0] == "*" or tags[key] in values) for key, values in when.items())


def _worst(rules: Iterable[StreetRule]) -> dict[str, int]:
    """By need, the worst answer among the rules of the highest rank that answers it; rules come by rank."""
    found: dict[str, tuple[int, int]] = {}
    for rule in rules:
        for need, answer in rule.answers.items():
            code = _ANSWERS[answer]
            before = found.get(need)
            same = before is not None and before[0] == rule.rank
            found[need] = (rule.rank, min(before[1], code) if same and before else code)
    return {need: code for need, (_, code) in found.items()}


_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
_INCLINE = re.compile(r"([-+]?\d+(?:\.\d+)?)\s*(%|°)")
_STOREYS = re.compile(r"(-?\d+(?:\.\d+)?)(?:-(-?\d+(?:\.\d+)?))?")
_WIDTH = re.compile(r"(\d+(?:[.,]\d+)?)\s*(m|cm)?")
STEPS_MOST = 5_000


def steps_of(text: str) -> float:
    """A number of steps, or NaN."""
    steps = float(text) if text.isdecimal() else np.nan
    return steps if 0 < steps <= STEPS_MOST else np.nan


def incline_of(text: str) -> tuple[float, int]:
    """A grade, or NaN, and whether it goes up (1), down (-1) or is not said: `up`, `-12%`, `8°`, `0`."""
    if text in ("up", "down"):
        return np.nan, 1 if text == "up" else -1
    if text.strip() in ("0", "flat"):
        return 0.0, 0
    match = _INCLINE.fullmatch(text.strip())
    if match is None:
        return np.nan, 0
    figure = float(match[1])
    grade = figure / 100 if match[2] == "%" else float(np.tan(np.radians(min(80.0, max(-80.0, figure)))))
    return grade, int(np.sign(grade))


def levels_in(text: str) -> tuple[float, ...]:
    """The storeys that a text names: `0;14`, `-2-0`, `1`."""
    found: list[float] = []
    for part in text.split(";"):
        match = _STOREYS.fullmatch(part.strip())
        if match:
            found += [float(storey) for storey in match.groups() if storey is not None]
    return tuple(found)


def width_of(text: str) -> float:
    """A width in metres, or NaN."""
    match = _WIDTH.fullmatch(text.strip())
    if match is None:
        return np.nan
    return float(match[1].replace(",", ".")) / (100 if match[2] == "cm" else 1)
