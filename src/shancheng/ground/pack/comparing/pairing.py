"""Which place of one tree is which place of another: by id, by code and name, by name, by code, by shape."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import shapely

from shancheng.ground.pack.comparing.tree import Spot, Tree

IDS_TRUSTED = 0.8
"""Share of the ids in both trees that must agree in code or name, before ids are taken as permanent."""
SAME = 0.8
"""Share of the area of one shape that must lie in another, to be taken for the same or for a part of it."""
NOTHING = frozenset({None, "", 0})


@dataclass
class Pairing:
    """Pairs found so far, before -> after and back, and what each rests on."""

    before: Tree
    after: Tree
    to: dict[int, int] = field(default_factory=dict)
    back: dict[int, int] = field(default_factory=dict)
    why: dict[int, str] = field(default_factory=dict)

    def pair(self, old: int, new: int, why: str) -> None:
        """Take two places for the same."""
        self.to[old], self.back[new], self.why[old] = new, old, why

    def gone(self) -> list[Spot]:
        """Places before that are nothing after, upper levels first."""
        return sorted((one for one in self.before.spots.values() if one.id not in self.to), key=_order)

    def new(self) -> list[Spot]:
        """Places after that were nothing before, upper levels first."""
        return sorted((one for one in self.after.spots.values() if one.id not in self.back), key=_order)

    def same_parent(self, old: Spot, new: Spot) -> bool:
        """Whether the place above is the same in both trees."""
        return self.to.get(old.parent, 0) == new.parent


def pair_up(before: Tree, after: Tree) -> Pairing:
    """Pairs of two trees; what is paired by more is paired first."""
    pairing = Pairing(before, after)
    if ids_agree(before, after):
        for place in before.spots.keys() & after.spots.keys():
            pairing.pair(place, place, "same id")
    roots = [[one for one in tree.spots.values() if not one.parent] for tree in (before, after)]
    if len(roots[0]) == len(roots[1]) == 1 and not pairing.to:
        pairing.pair(roots[0][0].id, roots[1][0].id, "both are the root")
    _by(pairing, lambda one: (one.code, one.plain) if one.code else None, "same code and name")
    for level in sorted({one.level for one in before.spots.values()}):
        _by(pairing, _under(pairing, level, lambda one: one.plain), "same name under the same parent")
        _by(pairing, lambda one: (one.code, one.level, one.stem) if one.code else None, "same code and stem")
        _by(pairing, _under(pairing, level, lambda one: one.stem), "same stem under the same parent")
        _by_shape(pairing, level)
        _by_code(pairing, level)
    _by(pairing, lambda one: (one.level, one.plain) if len(one.stem) > 1 else None, "same name, nowhere else")
    return pairing


def ids_agree(before: Tree, after: Tree) -> bool:
    """Whether the ids of two trees mean the same places."""
    both = before.spots.keys() & after.spots.keys()
    if not both:
        return False
    agree = sum(
        (one.code != "" and one.code == other.code) or one.stem == other.stem
        for one, other in ((before.spots[place], after.spots[place]) for place in both)
    )
    return agree >= IDS_TRUSTED * len(both)


def overlaps(one: Iterable[int], other: Iterable[int], trees: tuple[Tree, Tree]) -> dict[tuple[int, int], float]:
    """Area common to shapes of two trees by pair of ids, in the square of their unit; none for mere touching."""
    left = [place for place in one if place in trees[0].shapes]
    right = [place for place in other if place in trees[1].shapes]
    if not left or not right:
        return {}
    shapes = np.array([trees[0].shapes[place] for place in left]), np.array([trees[1].shapes[place] for place in right])
    rows, columns = shapely.STRtree(shapes[1]).query(shapes[0], predicate="intersects")
    areas = shapely.area(shapely.intersection(shapes[0][rows], shapes[1][columns]))
    found = zip(rows.tolist(), columns.tolist(), areas.tolist(), strict=True)
    return {(left[row], right[column]): area for row, column, area in found if area > 0}


def _order(one: Spot) -> tuple[int, str, int]:
    return one.level, one.code, one.id


def _under(pairing: Pairing, level: int, word: Callable[[Spot], str]) -> Callable[[Spot], tuple[int, str] | None]:
    """A key of the paired parent and a word; both trees give the parent's id in the tree after."""

    def key(one: Spot) -> tuple[int, str] | None:
        if one.level != level:
            return None
        is_old = pairing.before.spots.get(one.id) is one
        parent = pairing.to.get(one.parent) if is_old else one.parent
        return None if parent is None else (parent, word(one))

    return key


def _by(pairing: Pairing, key: Callable[[Spot], Hashable], why: str) -> None:
    """Pair what has the same key, where the key stands once on each side."""
    left, right = _once(pairing.gone(), key), _once(pairing.new(), key)
    for found, old in left.items():
        if found in right:
            pairing.pair(old.id, right[found].id, why)


def _once(spots: Iterable[Spot], key: Callable[[Spot], Hashable]) -> Mapping[Hashable, Spot]:
    found: dict[Hashable, list[Spot]] = defaultdict(list)
    for one in spots:
        found[key(one)].append(one)
    return {word: own[0] for word, own in found.items() if len(own) == 1 and word not in NOTHING}


def _by_code(pairing: Pairing, level: int) -> None:
    """Same code under the same parent with another name: a rename, unless shapes say that the place is another one."""
    right = {one.code: one for one in pairing.new() if one.code and one.level == level}
    doubled = Counter(one.code for one in pairing.gone() if one.level == level)
    for old in pairing.gone():
        new = right.get(old.code)
        if new is None or old.level != level or doubled[old.code] > 1 or not pairing.same_parent(old, new):
            continue
        if old.id in pairing.before.shapes and new.id in pairing.after.shapes:
            continue
        pairing.pair(old.id, new.id, "same code under the same parent")


def _by_shape(pairing: Pairing, level: int) -> None:
    """Two shapes that cover each other are one place, whatever it is called."""
    gone = [one.id for one in pairing.gone() if one.level == level]
    new = [one.id for one in pairing.new() if one.level == level]
    for (old, other), area in overlaps(gone, new, (pairing.before, pairing.after)).items():
        sizes = pairing.before.shapes[old].area, pairing.after.shapes[other].area
        if area >= SAME * max(sizes) and old not in pairing.to and other not in pairing.back:
            pairing.pair(old, other, "the shapes cover each other")
