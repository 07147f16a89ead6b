"""Where a point or an address lies in the city."""

from dataclasses import dataclass
from functools import lru_cache

from shancheng.ground.territory import Snapshot
from shancheng.loop.rules import Rules

ADDRESS_MAX = 300
NAME_MIN = 2
"""Names of places shorter than this are not looked for in addresses."""


def place_at(rules: Rules, lon: float, lat: float) -> int:
    """The smallest place that holds a WGS-84 point, down from the cells that matters are counted by; 0 outside."""
    places = rules.places
    levels = range(int(places.level.max(initial=0)), places.cell_level - 1, -1)
    return next((place for level in levels if (place := places.locate(lon, lat, level))), 0)


def place_named(rules: Rules, address: str) -> int:
    """The place an address names by its number, its code or the names in it; 0 where no name of a place occurs.

    Of the places whose names occur the deepest one counts that has most of those above it named as well; where several
    are alike, what they have in common.
    """
    places = rules.places
    text = address.strip()[:ADDRESS_MAX]
    if text.isdecimal() and len(text) < 17 and int(text) in places:
        return int(text)
    index = _index(places)
    if text in index.codes:
        return index.codes[text]
    named = index.named_in(text.casefold())
    ranked = [(sum(above in named for above in places.chain(place)), places.node(place).level) for place in named]
    best = max(ranked, default=None)
    if best is None:
        return 0
    alike = [places.chain(place) for place, rank in zip(named, ranked, strict=True) if rank == best]
    shared = [step[0] for step in zip(*alike, strict=False) if len(set(step)) == 1]
    return shared[-1] if shared else 0


@dataclass(frozen=True)
class _Index:
    """Names and codes of the places of one tree."""

    codes: dict[str, int]
    names: dict[str, list[int]]
    lengths: tuple[int, ...]
    """How long names are, each length once."""

    def named_in(self, text: str) -> set[int]:
        """Places whose names occur in a text."""
        found: set[int] = set()
        for length in self.lengths:
            for begin in range(len(text) - length + 1):
                found.update(self.names.get(text[begin : begin + length], ()))
        return found


@lru_cache(maxsize=2)
def _index(places: Snapshot) -> _Index:
    names: dict[str, list[int]] = {}
    for node in places.nodes:
        spoken = {node.name, *(places.names.get((node.id, language), "") for language in ("zh", "en"))}
        for word in spoken:
            if len(word) >= NAME_MIN:
                names.setdefault(word.casefold(), []).append(node.id)
    codes = {node.code: node.id for node in places.nodes if node.code}
    return _Index(codes, names, tuple(sorted({len(name) for name in names})))


def address_of(rules: Rules, place: int, language: str) -> str:
    """A place as an address: from the city down in Chinese, from the place up elsewhere."""
    places = rules.places
    if place not in places:
        return ""
    names = [places.name(step, language) for step in places.chain(place)]
    return "".join(names) if language == "zh" else ", ".join(reversed(names))
