"""What a new report could be: categories its words speak for, and open matters that may be the same."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from shancheng.ground.territory import Snapshot
from shancheng.loop.act import Point
from shancheng.loop.kind import Category
from shancheng.loop.matter import Matter
from shancheng.loop.rules import Rules
from shancheng.methods.words import tokens

EXAMPLES_MAX = 400
"""Recent matters whose words are compared."""
NEIGHBOURS = 5
NAME_WEIGHT = 0.6
NEAR_METRES = 250.0
ALIKE_MAX = 5
NOT_REPORTED = frozenset({"task"})
"""Kinds that nobody reports: they come from programmes and rounds."""
METRES_A_DEGREE = 111_320.0


class Alike(msgspec.Struct, frozen=True, kw_only=True):
    """An open matter that may be the same, told so that anybody may read it: no words of its reporter."""

    matter: str
    category: str
    place: int
    at: int
    """When it was reported."""
    stage: str
    metres: int | None = None
    """How far away it is; None where either has no point."""


def reportable(rules: Rules, at: int) -> tuple[Category, ...]:
    """Categories without others under them that somebody may report under, in the order of the pack."""
    standing = [category for dated in rules.categories.values() if (category := dated.at(at)) is not None]
    above = {category.parent for category in standing}
    return tuple(c for c in standing if c.key not in above and c.kind not in NOT_REPORTED)


def suggested(
    text: str, choices: Sequence[Category], examples: Iterable[tuple[str, str]], most: int
) -> tuple[str, ...]:
    """Keys of the categories that fit a text best, best first; empty where no word says anything.

    Votes of the nearest `examples` (text, category) by the cosine of their rare words, and words shared with names.
    """
    wanted = frozenset(tokens(text))
    known = {choice.key for choice in choices}
    seen = [(frozenset(tokens(said)), category) for said, category in examples if category in known]
    spread = Counter(token for bag, _ in seen for token in bag)
    weights = {token: math.log(1 + len(seen) / (1 + spread[token])) or 0.01 for token in wanted}
    scores: dict[str, float] = defaultdict(float)
    nearest = sorted(((_cosine(wanted, bag, weights), category) for bag, category in seen), reverse=True)
    for score, category in nearest[:NEIGHBOURS]:
        scores[category] += score
    for choice in choices:
        name = frozenset(tokens(f"{choice.name_zh} {choice.name_en}"))
        scores[choice.key] += NAME_WEIGHT * len(wanted & name) / math.sqrt(len(name) or 1)
    best = sorted(scores, key=lambda key: -scores[key])
    return tuple(key for key in best[:most] if scores[key] > 0)


def _cosine(wanted: frozenset[str], bag: frozenset[str], weights: dict[str, float]) -> float:
    shared = sum(weights[token] ** 2 for token in wanted & bag)
    return shared / (math.sqrt(sum(weight**2 for weight in weights.values())) * math.sqrt(len(bag))) if shared else 0.0


def alike(found: Iterable[Matter], *, place: int, point: Point | None, places: Snapshot) -> tuple[Alike, ...]:
    """Those of some open matters that lie in the same neighbourhood, or within a short walk; nearest first."""
    around = neighbourhood(place, places)
    left, right = places.left_right(around)
    rows = []
    for matter in found:
        metres = _metres(point, matter.opening.point)
        here = matter.about.place in places and left <= places.left_right(matter.about.place)[0] <= right
        if here or (metres is not None and metres <= NEAR_METRES):
            rows.append((math.inf if metres is None else metres, -matter.opening.at, matter))
    rows.sort(key=lambda row: row[:2])
    return tuple(_told(matter, metres) for metres, _, matter in rows[:ALIKE_MAX])


def neighbourhood(place: int, places: Snapshot) -> int:
    """The community a place lies in, or the place itself where it stands above that."""
    return places.centre(place, places.cell_level + 1)


def _told(matter: Matter, metres: float) -> Alike:
    return Alike(
        matter=matter.id,
        category=matter.about.category,
        place=matter.about.place,
        at=matter.opening.at,
        stage=matter.stage.value,
        metres=None if math.isinf(metres) else round(metres),
    )


def _metres(one: Point | None, other: Point | None) -> float | None:
    """Distance over the ground; flat within a city."""
    if one is None or other is None:
        return None
    east = (one[0] - other[0]) * math.cos(math.radians((one[1] + other[1]) / 2))
    return math.hypot(east, one[1] - other[1]) * METRES_A_DEGREE
