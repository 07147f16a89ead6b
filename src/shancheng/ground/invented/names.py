"""Names of invented places in Chinese and in English, made from syllables; none twice under one parent."""

from dataclasses import dataclass

import numpy as np

from shancheng.ground.invented.making import table
from shancheng.methods.mesh import Integers

BORROWED = 0.08
"""Share of communities named like one in another town: a name alone does not find a place. Assumption."""


@dataclass(frozen=True)
class Name:
    """A stem in both languages: 云溪, Yunxi."""

    zh: str
    en: str


@dataclass(frozen=True)
class FullName:
    """A stem with the suffix of its type, in both languages."""

    stem: Name
    zh: str
    en: str


def city_name() -> FullName:
    """The name of the invented city."""
    zh, en = table("names")["city"]
    return FullName(Name(zh, en), zh + table("names")["suffix"]["city"][0], en)


def stems() -> list[Name]:
    """Every stem the syllables give, in the order of the table."""
    lists = table("names")
    first = [syllable.split() for syllable in lists["first"]]
    second = [syllable.split() for syllable in lists["second"]]
    return [Name(a[0] + b[0], (a[1] + b[1]).capitalize()) for a in first for b in second if a[0] != b[0]]


def seat_names(count: int, chance: np.random.Generator) -> list[Name]:
    """Different stems for districts or towns; past the number of stems they begin again with 新 before them."""
    every = stems()
    order = chance.permutation(len(every))
    found = [every[place] for place in order[:count]]
    while len(found) < count:
        again = [Name("新" + name.zh, "Xin" + name.en.lower()) for name in found[: count - len(found)]]
        found += again
    return found


def community_names(town: Integers, chance: np.random.Generator) -> list[Name]:
    """Stems for communities, given the town of each: none twice in a town, some on purpose the same in two towns."""
    every = stems()
    taken: dict[int, set[str]] = {}
    found: list[Name] = []
    for here in town.tolist():
        own = taken.setdefault(here, set())
        name = _stem_for(found, every, own, chance)
        own.add(name.zh)
        found.append(name)
    return found


def full_name(stem: Name, kind: str) -> FullName:
    """A stem with the suffix of a type of place."""
    zh, en = table("names")["suffix"][kind]
    return FullName(stem, stem.zh + zh, f"{stem.en} {en}")


def grid_name(number: int, kind: str) -> FullName:
    """The name of a grid: its number in its community."""
    zh, en = table("names")["suffix"]["exclusive" if kind == "exclusive" else "grid"]
    return FullName(Name(f"{number}", f"{number}"), f"第{number}{zh}", f"{en} {number}")


def _stem_for(found: list[Name], every: list[Name], own: set[str], chance: np.random.Generator) -> Name:
    for _ in range(100):
        pool = found if found and chance.random() < BORROWED else every
        name = pool[int(chance.integers(len(pool)))]
        if name.zh not in own:
            return name
    return next(name for name in every if name.zh not in own)
