"""Where a point or an address lies in the city."""

from shancheng.ground.territory import Snapshot
from shancheng.loop.rules import Rules

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
    text = address.strip()
    if text.isdecimal() and len(text) < 17 and int(text) in places:
        return int(text)
    coded = next((node.id for node in places.nodes if node.code and node.code == text), 0)
    if coded:
        return coded
    named = {node.id for node in places.nodes if _occurs(node.id, node.name, places, text)}
    ranked = [(sum(above in named for above in places.chain(place)), places.node(place).level) for place in named]
    best = max(ranked, default=None)
    if best is None:
        return 0
    alike = [places.chain(place) for place, rank in zip(named, ranked, strict=True) if rank == best]
    shared = [step[0] for step in zip(*alike, strict=False) if len(set(step)) == 1]
    return shared[-1] if shared else 0


def _occurs(place: int, name: str, places: Snapshot, text: str) -> bool:
    spoken = {name, places.names.get((place, "zh"), ""), places.names.get((place, "en"), "")}
    return any(len(word) >= NAME_MIN and word.casefold() in text.casefold() for word in spoken)


def address_of(rules: Rules, place: int, language: str) -> str:
    """A place as an address: from the city down in Chinese, from the place up elsewhere."""
    places = rules.places
    if place not in places:
        return ""
    names = [places.name(step, language) for step in places.chain(place)]
    return "".join(names) if language == "zh" else ", ".join(reversed(names))
