"""What people, grid workers and sensors write: templates with slots, in Chinese and in English; no personal data."""

from dataclasses import dataclass

import numpy as np

from shancheng.ground.invented.city import City
from shancheng.ground.invented.making import Theme, phrases, table

NAMES_COMMUNITY = 0.55
"""Share of reports that name the community. Assumption."""


@dataclass(frozen=True)
class Spot:
    """Where something is, in words; all reports of one thing share it."""

    zh: str
    en: str


def spot_in(city: City, grid: int, chance: np.random.Generator) -> Spot:
    """A spot that fits a grid."""
    kind = str(city.kinds[grid])
    zh, en = _pick("where_rural" if kind == "general" and city.rural[grid] else f"where_{kind}", chance)
    if chance.random() > NAMES_COMMUNITY:
        return Spot(zh, en)
    return Spot(city.community_zh[grid] + zh, f"{en} in {city.community_en[grid]}")


def wording(theme: Theme, spot: Spot, origin: str, chance: np.random.Generator) -> tuple[str, str]:
    """One report of a category at a spot, in Chinese and in English."""
    ways = phrases()[theme.key]
    way = ways[int(chance.integers(len(ways)))]
    since = _pick("since", chance)
    zh, en = way.zh.format(where=spot.zh, since=since[0]), way.en.format(where=spot.en, since=since[1])
    before = _pick("opening" if origin == "resident" else f"{origin}_opening", chance)
    after = _pick(_closing(theme), chance) if origin == "resident" else ("", "")
    end_zh, end_en = ("" if text[-1] in "？?" else stop for text, stop in ((zh, "。"), (en, ".")))
    return f"{before[0]}{zh}{end_zh}{after[0]}", f"{before[1]}{en}{end_en}{after[1]}"


def _closing(theme: Theme) -> str:
    if theme.parent == "welfare":
        return "closing_welfare"
    return "closing_hazard" if theme.kind in ("hazard", "incident") else "closing"


def _pick(words: str, chance: np.random.Generator) -> tuple[str, str]:
    every = table("words")[words]
    zh, en = every[int(chance.integers(len(every)))]
    return zh, en
