"""Finding a place by what somebody writes: part of its name, or an address that holds it."""

import unicodedata
from collections.abc import Iterator

from shancheng.doors.web.ask import Ask
from shancheng.methods.words import tokens

FOUND_MAX = 12
WHOLE, PART = 3.0, 2.0


def find(ask: Ask, words: str) -> list[int]:
    """Towns and communities whose names fit, best first; an address finds the smallest place it names."""
    wanted = _plain(words)
    if not wanted:
        return []
    scores = {place: score for place in _candidates(ask) if (score := _score(ask, place, wanted)) > 0}
    best = sorted(scores, key=lambda place: (-scores[place], ask.rules.places.index(place)))
    return best[:FOUND_MAX]


def _candidates(ask: Ask) -> Iterator[int]:
    tree = ask.rules.places
    return (node.id for node in tree.nodes if tree.cell_level <= node.level <= tree.cell_level + 1)


def _score(ask: Ask, place: int, wanted: str) -> float:
    """How well a place fits; the places above it count a little, where they are named too."""
    own = _fits(ask, place, wanted)
    if not own:
        return 0.0
    above = ask.rules.places.chain(place)[1:-1]
    return own + sum(_fits(ask, upper, wanted) for upper in above) / 4


def _fits(ask: Ask, place: int, wanted: str) -> float:
    return max(_likeness(_plain(ask.rules.places.name(place, code)), wanted) for code in ("zh", "en"))


def _likeness(name: str, wanted: str) -> float:
    if name and name in wanted:
        return WHOLE + len(name) / 100
    if wanted in name:
        return PART + len(wanted) / max(1, len(name))
    asked, own = set(tokens(wanted)), set(tokens(name))
    shared = len(asked & own) / max(1, len(own))
    return shared if shared > 1 / 2 else 0.0


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def towns(ask: Ask) -> list[tuple[str, list[tuple[int, str]]]]:
    """All towns, under the name of what they lie in."""
    tree = ask.rules.places
    groups: dict[int, list[tuple[int, str]]] = {}
    for place in map(int, tree.at_level(tree.cell_level)):
        groups.setdefault(tree.parent_of(place) or 0, []).append((place, ask.place_name(place)))
    return [(ask.place_name(above), rows) for above, rows in groups.items()]


def inside(ask: Ask, town: int) -> list[int]:
    """A town's communities, and the town itself for whoever does not know which."""
    tree = ask.rules.places
    if town not in tree:
        return []
    return [*tree.children(town), town] if tree.node(town).level >= tree.cell_level else []


def at_point(ask: Ask, lon: float, lat: float) -> int:
    """The smallest place that holds a WGS-84 point; 0 outside the city."""
    tree = ask.rules.places
    deepest = int(tree.level.max(initial=0))
    return next(
        (place for level in range(deepest, tree.cell_level - 1, -1) if (place := tree.locate(lon, lat, level))), 0
    )
